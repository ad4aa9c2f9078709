/* Signals that ask the program to stop: noticed between two steps, so that the
 * terminal is always put in order first. */
#ifndef REPLAY_STOP_H
#define REPLAY_STOP_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"

/* From here on SIGINT, SIGTERM, SIGHUP and SIGQUIT are noted, and a blocked read or
 * write returns with EINTR; SIGPIPE is ignored.  RC_FAIL if the kernel refuses. */
enum rc stop_watch(struct err *err);

/* The number of the signal that came last, or 0. */
int stop_signal(void);

/* From here on a change of the terminal's size ends a stop_poll that waits, with EINTR;
 * one that comes just before it does not, so wait for a second at most.  RC_FAIL as
 * above. */
enum rc stop_watch_size(struct err *err);
/* True once for each change, or for several. */
bool stop_resized(void);

/* poll(2) that cannot miss a signal to stop.  UINT64_MAX waits without end.  Returns as
 * poll does; -1 with EINTR also when a signal came before the call. */
int stop_poll(struct pollfd *fds, nfds_t n, uint64_t timeout_us);

#endif
