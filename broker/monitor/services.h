/* The four service processes: keeper, launcher, session nursery, listener.
 *
 * They start in this order, each confined and under its own uid; the listener last, and
 * it serves only after the self-test of the front has passed.  When any of them ends,
 * the monitor ends: a broker of three is none.
 */
#ifndef BROKER_MONITOR_SERVICES_H
#define BROKER_MONITOR_SERVICES_H

#include <stdbool.h>
#include <stddef.h>

#include "broker/monitor/spawn.h"
#include "lib/base/err.h"
#include "lib/wire/msg.h"

struct monitor;
struct services;

#define SERVICES_LISTEN_MAX 16

/* In the order of their start. */
enum service {
	SERVICE_KEEPER,
	SERVICE_LAUNCH,
	SERVICE_NURSERY,
	SERVICE_LISTENER,
	SERVICE_COUNT
};

/* Under which uids the parts run; all zero where brokerd is unprivileged. */
struct service_users {
	struct spawn_user monitor, keeper, front, session, launch, command;
};

/* Who is told what the services say. */
struct services_owner {
	void *arg;
	/* A connection, with its descriptors (taken). */
	enum rc (*opened)(void *arg, enum msg_new_kind kind, int sign, int talk,
	    int tcp, struct err *err);
	/* Did the front's self-test see what it must? */
	bool (*tested)(void *arg);
	void (*launched)(void *arg, uint32_t session, const struct msg_launched *m);
	void (*exited)(void *arg, uint32_t session, const struct msg_exited *m);
	void (*cut)(void *arg, const struct msg_cut_rec *m);
};

struct services_init {
	struct services_owner owner;
	const char *libexec; /* folder of the programs */
	struct service_users users;
	const int
	    *listen; /* listening sockets, borrowed until services_start is back */
	unsigned nlisten;
};

/* Fork and exec all four; the rest happens in the loop.  On RC_OK *ret is yours. */
enum rc services_start(struct monitor *m, const struct services_init *init,
    struct services **ret, struct err *err);
/* The same in two steps, for processes that somebody else has started: services
 * without any, then the control socket of each (taken).  On RC_OK *ret is yours. */
enum rc services_new(struct monitor *m, const struct services_owner *owner,
    struct services **ret, struct err *err);
enum rc services_join_take(
    struct services *s, enum service which, int sock, struct err *err);
/* Close their sockets (each ends by itself), wait at most 3 s, then kill what is left.
 */
void services_stop(struct services *s);

/* SIGCHLD: reap; a service that has ended ends the monitor. */
void services_reap(struct services *s);
/* True once connections are served. */
bool services_serving(const struct services *s);

/* To the nursery: MSG_START with its eight descriptors (borrowed). */
enum rc services_start_session(
    struct services *s, const struct msg_start *m, const int fds[8]);
/* To the launcher: MSG_LAUNCH with four descriptors (borrowed), MSG_KILL. */
enum rc services_launch(
    struct services *s, uint32_t session, const struct msg_launch *m, const int fds[4]);
/* Pass a signal to a session's command, by way of the launcher. */
void services_kill(struct services *s, uint32_t session, int signo);

/* Look the service users up by name (broker, broker-keep, broker-front, broker-run,
 * broker-launch, broker-aws); only when root.  RC_REFUSE names one that is missing. */
enum rc service_users_find(struct service_users *ret, struct err *err);

#endif
