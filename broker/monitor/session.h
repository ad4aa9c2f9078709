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

/* None yet, and what verbs ask of them.  m is borrowed; on RC_OK *ret is yours: sessions_free().  RC_FAIL: memory. */
enum rc sessions_new(struct monitor *m, struct sessions **ret, struct err *err);
void sessions_free(struct sessions *all);

/* What connections tell sessions, for conns_new(): a command was asked for, its client
 * withdrew it, a connection has ended; and whether one has a command that is not over. */
struct conn_owner sessions_owner(struct sessions *all);

/* From the launcher, by number. */
void session_launched(
    struct sessions *all, uint32_t number, const struct msg_launched *m);
/* The keeper ends one. */
void session_cut(struct sessions *all, const struct msg_cut_rec *m);
void session_exited(struct sessions *all, uint32_t number, const struct msg_exited *m);

/* Apply a new configuration: watchers who lost the right are shown no more. */
void sessions_recheck(struct sessions *all);

/* Stop everything that runs: the broker ends.  sessions_count() falls to 0 as they do.
 */
void sessions_stop(struct sessions *all, const char *why);
size_t sessions_count(const struct sessions *all);

#endif
