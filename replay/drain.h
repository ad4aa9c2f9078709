/* Where a player's bytes go: a terminal, or a pipe whose reader may leave. */
#ifndef REPLAY_DRAIN_H
#define REPLAY_DRAIN_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* Write all of b to fd and empty it.  A signal to stop ends the wait for a reader that
 * is slow, unless these are the last bytes, on which the terminal depends: they are
 * tried all the same, but a terminal that takes nothing holds nobody.  RC_END: a signal,
 * or nobody reads any more; RC_FAIL: I/O, or b is bad. */
enum rc drain_flush(int fd, struct buf *b, bool last, struct err *err);

#endif
