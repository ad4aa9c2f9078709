/* The control port; see ask.h. */
#include "broker/session/ask.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/wire/port.h"

/* Signals that a client gets through in a second. */
#define SIGNALS_A_SECOND 16

struct ask {
	struct ask_owner owner;
	struct port *port;
	uint32_t id;
	uint64_t second; /* the one that signals are counted in */
	unsigned signals;
};

static enum rc
answer_sealed(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;

	(void)id;
	(void)fds;
	return a->owner.sealed(a->owner.arg, &m->sealed, err);
}

static enum rc
answer_exited(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;

	(void)id;
	(void)fds;
	if (m->exited.how > HOW_NEVER)
		return err_set(
		    err, RC_REFUSE, "message EXITED: how is %u", m->exited.how);
	return a->owner.exited(a->owner.arg, &m->exited, err);
}

static enum rc
answer_stop(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;

	(void)id;
	(void)fds;
	if (m->stop.why < STOP_GONE || m->stop.why > STOP_DISK)
		return err_set(err, RC_REFUSE, "message STOP: why is %u", m->stop.why);
	return a->owner.stop(a->owner.arg, &m->stop, err);
}

static enum rc
answer_closed(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;

	(void)id;
	(void)fds;
	return a->owner.closed(a->owner.arg, &m->closed, err);
}

static enum rc
answer_room(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;

	(void)id;
	(void)fds;
	return a->owner.room(a->owner.arg, &m->room, err);
}

static enum rc
answer_lease(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;

	(void)id;
	(void)fds;
	return a->owner.lease(a->owner.arg, &m->lease, err);
}

static enum rc
answer_call(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;

	(void)fds;
	return a->owner.verdict(a->owner.arg, id, &m->call_says, err);
}

static enum rc
answer_leaf(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;

	(void)fds;
	return a->owner.leaf(a->owner.arg, id, &m->leaf, err);
}

static enum rc
answer_watch(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;
	int sock = fds[0];

	fds[0] = -1;
	return a->owner.watch_take(a->owner.arg, id, &m->watch, sock, err);
}

static enum rc
answer_unwatch(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;

	(void)fds;
	return a->owner.unwatch(a->owner.arg, id, &m->unwatch, err);
}

/* In all states behind SEAL: an answer may cross the end of what it is for. */
#define LATER (ASK_OPEN | ASK_DRAIN | ASK_STOP | ASK_FULL | ASK_ENDED | ASK_OVER)

/* EXITED and STOP may cross our ENDED on the way; what is stopped before it is certified
 * has its EXITED, too. */
static const struct route routes[] = {
	{ MSG_SEALED, ASK_SEAL, 128, 0, answer_sealed },
	{ MSG_EXITED, ASK_SEAL | ASK_OPEN | ASK_STOP | ASK_FULL | ASK_ENDED | ASK_OVER,
	    16, 0, answer_exited },
	{ MSG_STOP, 0, 2048, 0, answer_stop },
	{ MSG_CLOSED, ASK_ENDED | ASK_OVER, 16, 0, answer_closed },
	{ MSG_ROOM, ASK_FULL | ASK_ENDED | ASK_OVER, 16, 0, answer_room },
	{ MSG_LEASE, LATER, 20480, 0, answer_lease },
	{ MSG_CALL_SAYS, LATER, 40960, 0, answer_call },
	{ MSG_LEAF, LATER, 16384, 0, answer_leaf },
	{ MSG_WATCH, LATER, 512, 1, answer_watch },
	{ MSG_UNWATCH, LATER, 1100, 0, answer_unwatch },
};

static uint32_t
state(void *arg)
{
	struct ask *a = arg;

	return a->owner.state(a->owner.arg);
}

static void
gone(void *arg, enum rc rc, const struct err *err)
{
	struct ask *a = arg;

	a->owner.gone(a->owner.arg, rc, err);
}

enum rc
ask_open_take(struct loop *l, int sock, uint32_t id, const struct ask_owner *owner,
    struct ask **ret, struct err *err)
{
	struct ask *a = calloc(1, sizeof *a);
	struct port_owner po = { .routes = routes,
		.nroutes = sizeof routes / sizeof routes[0],
		.arg = a,
		.state = state,
		.gone = gone };
	enum rc rc;

	if (a == NULL) {
		close(sock);
		return err_memory(err);
	}
	if ((rc = port_open_take(l, sock, &po, &a->port, err)) != RC_OK) {
		free(a);
		return rc;
	}
	a->owner = *owner;
	a->id = id;
	*ret = a;
	return RC_OK;
}

void
ask_close(struct ask *a)
{
	if (a == NULL)
		return;
	port_close(a->port);
	free(a);
}

enum rc
ask_seal(struct ask *a, const uint8_t spk[32], const uint8_t h1[32])
{
	struct msg_seal m = { span_make(spk, 32), span_make(h1, 32) };

	return port_send(a->port, MSG_SEAL, a->id, &m, NULL, 0);
}

enum rc
ask_ready(struct ask *a, const struct msg_ready *m)
{
	return port_send(a->port, MSG_READY, a->id, m, NULL, 0);
}

/* As an answer to what waits for the monitor's. */
static enum rc
sent(enum rc rc, struct err *err)
{
	if (rc == RC_END)
		return err_set(err, rc, "the broker is gone");
	return rc == RC_OK ? RC_OK : err_set(err, rc, "the broker cannot be asked");
}

enum rc
ask_call(struct ask *a, uint32_t call, struct span facts, struct err *err)
{
	const struct msg_call_ask m = { facts };

	if (port_full(a->port))
		return err_set(err, RC_RETRY, "the broker is busy");
	return sent(port_send(a->port, MSG_CALL_ASK, call, &m, NULL, 0), err);
}

enum rc
ask_call_gone(struct ask *a, uint32_t call)
{
	return port_send(a->port, MSG_CALL_GONE, call, NULL, NULL, 0);
}

enum rc
ask_leaf(
    struct ask *a, uint32_t number, const char *host, struct span key, struct err *err)
{
	const struct msg_leaf_ask m = { span_of(host), key };

	if (port_full(a->port))
		return err_set(err, RC_RETRY, "the broker is busy");
	return sent(port_send(a->port, MSG_LEAF_ASK, number, &m, NULL, 0), err);
}

enum rc
ask_lease(struct ask *a)
{
	return port_send(a->port, MSG_LEASE_ASK, a->id, NULL, NULL, 0);
}

enum rc
ask_watched(struct ask *a, uint32_t number, const struct msg_watched *m)
{
	return port_send(a->port, MSG_WATCHED, number, m, NULL, 0);
}

enum rc
ask_signal(struct ask *a, uint8_t signo)
{
	struct msg_signal m = { signo };
	uint64_t second = clock_mono_ms() / 1000;

	if (second != a->second)
		a->signals = 0;
	a->second = second;
	if (a->signals >= SIGNALS_A_SECOND)
		return RC_OK;
	a->signals++;
	return port_send(a->port, MSG_SIGNAL, a->id, &m, NULL, 0);
}

enum rc
ask_full(struct ask *a)
{
	return port_send(a->port, MSG_FULL, a->id, NULL, NULL, 0);
}

enum rc
ask_ended(struct ask *a, const struct msg_ended *m)
{
	return port_send(a->port, MSG_ENDED, a->id, m, NULL, 0);
}
