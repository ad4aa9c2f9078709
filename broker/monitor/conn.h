/* Connections: one SSH login each, as the monitor sees it.
 *
 * What a connection is called, who it is and since when, is the monitor's own finding:
 * the peer's address from the socket, the identity from a signature it verified itself.
 */
#ifndef BROKER_MONITOR_CONN_H
#define BROKER_MONITOR_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/model/facts.h"
#include "lib/model/identity.h"
#include "lib/wire/msg.h"

struct conn;
struct conns;
struct monitor;

/* Who is told what the clients of connections ask for. */
struct conn_owner {
	void *arg;
	/* EXEC_ASK on channel chan.  Anything but RC_OK ends the connection. */
	enum rc (*asked)(void *arg, struct conn *c, uint32_t chan,
	    const struct msg_exec_ask *ask, struct err *err);
	/* FORWARD_ASK, the same. */
	enum rc (*forwarded)(void *arg, struct conn *c, uint32_t chan,
	    const struct msg_forward_ask *ask, struct err *err);
	/* The client closed the channel, or (withdrawn) interrupted what it waits for. */
	void (*left)(void *arg, struct conn *c, uint32_t chan, bool withdrawn);
	/* The connection ends. */
	void (*closed)(void *arg, struct conn *c);
	/* True while something of the connection is under way: it is not idle. */
	bool (*busy)(void *arg, const struct conn *c);
	/* STAGED on channel chan.  Anything but RC_OK ends the connection. */
	enum rc (*staged)(void *arg, struct conn *c, uint32_t chan,
	    const struct msg_staged *m, struct err *err);
	/* The front has taken all that waited, after conn_full() was true. */
	void (*drained)(void *arg, const struct conn *c);
};

/* owner is copied. */
enum rc conns_new(struct monitor *m, const struct conn_owner *owner, struct conns **ret,
    struct err *err);
/* Closes all connections. */
void conns_free(struct conns *all);

/* A new connection from the listener, with its three descriptors (taken). */
enum rc conn_open_take(struct conns *all, enum msg_new_kind kind, int sign, int talk,
    int tcp, struct err *err);

/* True when the front's self-test has ended and saw exactly what it must. */
bool conns_tested(const struct conns *all);

/* The connection's identity as the present configuration has it; NULL when it has gone
 * from there. */
const struct identity *conn_identity(const struct conn *c);
/* Its name at login. */
const char *conn_name(const struct conn *c);
/* "SHA256:…" of the key that proved it; the client's address; both borrowed. */
const char *conn_key(const struct conn *c);
const char *conn_source(const struct conn *c);
/* How it was proven, and whether a security key asked for a PIN, or the like, too. */
enum proof conn_proof(const struct conn *c);
bool conn_verified(const struct conn *c);
/* The user name that SSH was given, and what the client says it is; both borrowed, and
 * neither proves anything. */
const char *conn_user(const struct conn *c);
const char *conn_client(const struct conn *c);
/* When it logged in (clock_mono_ms). */
uint64_t conn_since(const struct conn *c);
/* True while the present request is the connection's first. */
bool conn_first(const struct conn *c);

/* Send to the front about channel chan; a failure ends the connection by itself. */
void conn_send(struct conn *c, uint32_t chan, enum msg type, const void *m,
    const int *fds, unsigned nfds);
/* True while the front has not taken what it was sent: what can wait is to wait. */
bool conn_full(const struct conn *c);
/* Text for the channel's stderr, whole lines. */
void conn_say(struct conn *c, uint32_t chan, struct span text);
/* Refuse or end the channel with text and status. */
void conn_deny(struct conn *c, uint32_t chan, int status, bool json, struct span text);

/* Apply a new configuration: connections whose identity has gone, or lost the key, end.
 */
void conns_recheck(struct conns *all);
/* How many are open. */
size_t conns_count(const struct conns *all);

#endif
