/* The front's listener: accepts, counts, and forks a process for each connection.  It
 * reads nothing from the network. */
#ifndef BROKER_FRONT_LISTENER_H
#define BROKER_FRONT_LISTENER_H

#include "lib/base/err.h"

/* control: the frame socket to the monitor (taken).  first, n: the listening sockets'
 * descriptors, first to first + n - 1 (taken).  Waits for MSG_SETUP, runs the
 * self-test, says MSG_TESTED, waits for MSG_SERVE, then serves.  Returns when the
 * monitor has gone (RC_END) or something failed.  A connection's process never returns
 * from here. */
enum rc listener_run(int control, int first, unsigned n, struct err *err);

#endif
