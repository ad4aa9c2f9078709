/* Files of a command: its stdin becomes DIR/in before it starts, DIR/out is printed
 * when it has ended well. */
#ifndef BROKER_LAUNCH_STAGE_H
#define BROKER_LAUNCH_STAGE_H

#include <stdint.h>

#include "lib/base/err.h"

/* Both copy until all is done or a signal can be read from the signalfd signals: then
 * RC_END, and *signo is it. */

/* Everything from the descriptor from into the new file dir/in, at most max bytes.
 * RC_REFUSE: it was more, or more than there is room for.  RC_FAIL with errno text. */
enum rc stage_in(
    int from, const char *dir, uint64_t max, int signals, int *signo, struct err *err);
/* The file dir/out to the descriptor to.  RC_END with SIGPIPE when nobody reads there.
 * RC_REFUSE: there is no such file, or it is not a plain one.  RC_FAIL with errno text.
 */
enum rc stage_out(const char *dir, int to, int signals, int *signo, struct err *err);

#endif
