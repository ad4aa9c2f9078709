/* One process, one loop: poll(2) over descriptors, timers, and signals.
 *
 * Everything may be added, changed and removed inside a callback.  Nothing in a
 * callback may block.
 */
#ifndef LIB_BASE_LOOP_H
#define LIB_BASE_LOOP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"

struct loop;
struct watch; /* one descriptor */
struct timer; /* one deadline */

/* revents: what poll(2) said (POLLIN, POLLOUT, POLLHUP, POLLERR). */
typedef void loop_fd_fn(void *arg, short revents);
typedef void loop_timer_fn(void *arg);
typedef void loop_signal_fn(void *arg, int signo);

/* On RC_OK *ret is yours: loop_free().  RC_FAIL: memory. */
enum rc loop_new(struct loop **ret, struct err *err);
/* Frees watches and timers that are left; closes no descriptor but the signals'. */
void loop_free(struct loop *l);

/* Watch fd (borrowed) for events.  NULL when out of memory. */
struct watch *loop_fd(struct loop *l, int fd, short events, loop_fd_fn *fn, void *arg);
/* Change what is watched for; 0 leaves the descriptor out altogether, also its
 * hang-up. */
void loop_fd_events(struct watch *w, short events);
/* Stop watching, forget w.  Does not close the descriptor.  NULL is fine. */
void loop_fd_close(struct watch *w);

/* A timer, not armed.  NULL when out of memory. */
struct timer *loop_timer(struct loop *l, loop_timer_fn *fn, void *arg);
/* Fire once, ms from now; replaces an earlier setting. */
void timer_set(struct timer *t, uint64_t ms);
void timer_stop(struct timer *t);
/* NULL is fine. */
void timer_free(struct timer *t);

/* Take these signals through a signalfd from now on: they are blocked for the
 * process, and fn is called from the loop.  Once a loop.  RC_FAIL with errno text. */
enum rc loop_signals(struct loop *l, const int *signals, size_t n, loop_signal_fn *fn,
    void *arg, struct err *err);

/* One turn: wait at most max_ms (-1: as long as it takes; 0: look only), then call
 * what is due.  RC_FAIL when poll(2) fails. */
enum rc loop_step(struct loop *l, int max_ms, struct err *err);
/* Turn until loop_stop(). */
enum rc loop_run(struct loop *l, struct err *err);
/* Let loop_run() return RC_OK after this turn. */
void loop_stop(struct loop *l);

#endif
