/* A stream over a descriptor that somebody else opened and closes. */
#ifndef REPLAY_OUTLET_H
#define REPLAY_OUTLET_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/base/err.h"

/* On RC_OK *ret is yours: outlet_close().  RC_FAIL: memory. */
enum rc outlet_open(int fd, FILE **ret, struct err *err);
/* Write what is left, and if sync make it durable where fd is a file.  RC_FAIL: I/O,
 * now or before. */
enum rc outlet_close(FILE *f, int fd, bool sync, struct err *err);

#endif
