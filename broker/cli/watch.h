/* A session shown as it runs: the program's end of the DATA pair. */
#ifndef BROKER_CLI_WATCH_H
#define BROKER_CLI_WATCH_H

#include <stdbool.h>

#include "lib/base/err.h"

/* Copy what comes on sock (taken) to stdout until the session says how it ended.  Where
 * stdin and stdout are terminals, q and ^C end it too; nothing else that is typed goes
 * anywhere, and the terminal is left as it was found.
 * RC_END: it is over, *status is the exit status, and its last line stands on stderr
 * (json: as an object).  RC_OK: sock closed without a word.  RC_FAIL: what came makes no
 * sense, or stdout takes nothing. */
enum rc watch_run_take(int sock, bool json, int *status, struct err *err);

#endif
