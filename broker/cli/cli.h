/* What every command of `broker` is given. */
#ifndef BROKER_CLI_CLI_H
#define BROKER_CLI_CLI_H

#include <stdbool.h>

struct cli {
	const char *root; /* --root DIR, or NULL */
	bool json;
};

#endif
