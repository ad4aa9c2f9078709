/* Port connections of one SSH connection (ssh -L, direct-tcpip of RFC 4254 section 7.2):
 * from the client's request through the monitor's verdict to bytes both ways, with
 * backpressure.
 *
 * Where a connection leads is for the monitor to know; here are no sockets but the DATA
 * pair.  libssh cannot put a reason into a refusal: it goes before it as a debug message
 * (RFC 4253 section 11.3), which OpenSSH shows with -v.
 */
#ifndef BROKER_FRONT_FORWARD_H
#define BROKER_FRONT_FORWARD_H

#include <stdbool.h>

#include "broker/front/ask.h"
#include "broker/front/channel.h"

struct forwards;

/* None yet.  place is borrowed.  On RC_OK *ret is yours: forwards_free().  RC_FAIL:
 * memory. */
enum rc forwards_new(
    const struct channel_place *place, struct forwards **ret, struct err *err);
/* Drops all of them: before the libssh session is freed.  NULL is fine. */
void forwards_free(struct forwards *all);

/* Take a request to open one (also on failure), and ask the monitor about it; number is
 * ours, never used twice on a connection.  RC_FAIL: memory. */
enum rc forwards_take(
    struct forwards *all, ssh_message m, uint32_t number, struct err *err);

/* How many there are, asked ones too. */
uint32_t forwards_count(const struct forwards *all);

/* What the monitor says about one of them.  False: no such number here.  An attached fd
 * is taken where it is known. */
bool forwards_verdict(
    struct forwards *all, uint32_t number, const struct msg_verdict *v);
bool forwards_attach_take(struct forwards *all, uint32_t number, int fd);
/* The monitor has gone: what waits for it is refused. */
void forwards_lost(struct forwards *all);

/* Move what can be moved now.  RC_REFUSE: the client broke a window, drop the connection.
 * From the loop, never from a callback of libssh's. */
enum rc forwards_step(struct forwards *all, struct err *err);
/* Something has come since the last step: step again before sleeping. */
bool forwards_news(const struct forwards *all);

#endif
