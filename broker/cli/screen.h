/* A list that takes the whole terminal: the program's end of its DATA pair. */
#ifndef BROKER_CLI_SCREEN_H
#define BROKER_CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/err.h"

/* True where stdin and stdout are one's terminal; its size as an option of the verb,
 * "--screen=80x24". */
bool screen_option(char *out, size_t size);

/* Pass keys and sizes on, and frames back, on sock (taken) until brokerd says that it is
 * over.  The terminal is left as it was found, also when the broker is gone or a signal
 * ends it.
 * RC_END: it is over, *status is the exit status.  RC_OK: sock closed without a word.
 * RC_FAIL: what came makes no sense, or stdout takes nothing. */
enum rc screen_run_take(int sock, int *status, struct err *err);

#endif
