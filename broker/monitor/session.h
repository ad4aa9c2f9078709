/* Sessions: one command each, from the bytes of an exec request to the sealed
 * recording.
 *
 * A session belongs to a connection while the client is there; what runs is ended, and
 * its recording closed, after the client has gone. */
#ifndef BROKER_MONITOR_SESSION_H
#define BROKER_MONITOR_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/monitor/conn.h"
#include "lib/base/err.h"
#include "lib/wire/msg.h"

struct monitor;
struct sessions;

enum rc sessions_new(struct monitor *m, struct sessions **ret, struct err *err);
void sessions_free(struct sessions *all);

/* What connections tell sessions: for conns_new(). */
struct conn_owner sessions_owner(struct sessions *all);

/* EXEC_ASK on channel chan of c.  RC_REFUSE when the channel has one already: the front
 * broke a rule.  Whatever is asked is answered over c. */
enum rc session_ask(struct sessions *all, struct conn *c, uint32_t chan,
    const struct msg_exec_ask *ask, struct err *err);
/* The client closed the channel, or withdraws its hold. */
void session_gone(struct sessions *all, struct conn *c, uint32_t chan);
/* The connection has ended: all of its sessions do. */
void sessions_gone(struct sessions *all, struct conn *c);

/* True while a command of this connection is not over. */
bool sessions_have(const struct sessions *all, const struct conn *c);

/* From the launcher, by number. */
void session_launched(
    struct sessions *all, uint32_t number, const struct msg_launched *m);
void session_exited(struct sessions *all, uint32_t number, const struct msg_exited *m);

/* Stop everything that runs: the broker ends.  sessions_count() falls to 0 as they do.
 */
void sessions_stop(struct sessions *all, const char *why);
size_t sessions_count(const struct sessions *all);

#endif
