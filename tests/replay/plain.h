/* A plain asciicast in a file without a name, for tests of what reads one. */
#ifndef TESTS_REPLAY_PLAIN_H
#define TESTS_REPLAY_PLAIN_H

#include "replay/source.h"

/* A descriptor of a file with this content, yours to close. */
int plain_file(const char *text, size_t len);
/* The same opened and proven (as not verified); *fd is yours, too. */
struct source *plain_source(const char *text, size_t len, int *fd);

#endif
