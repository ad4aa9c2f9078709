/* What fronts say, and the answers; see conn.h. */
#include "broker/monitor/conn_parts.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/model/notice.h"
#include "lib/model/status.h"

/* Tries behind the last one that can succeed: a client may have sent them at once. */
#define LATE_TRIES 16

static enum rc
answer_sign(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct conn *c = arg;
	struct msg_signed says;
	uint8_t sig[64];
	enum rc rc = authn_sign(c->authn, &m->sign, sig, err);

	(void)fds;
	if (rc != RC_OK)
		return rc;
	says.signature = span_make(sig, sizeof sig);
	return port_send(c->sign, MSG_SIGNED, id, &says, NULL, 0);
}

/* Which identity holds this key; authn asks before it verifies anything. */
static bool
known_key(void *arg, struct span user, struct span blob)
{
	struct conn *c = arg;

	(void)user;
	return authn_failures(c->authn) <
		   c->all->m->rules.config->limits.auth_failures &&
	       identity_by_key(c->all->m->rules.config->identities, blob, NULL) != NULL;
}

static void
note_login(struct conn *c)
{
	struct monitor *m = c->all->m;
	const struct identity *who = identity_by_key(
	    m->rules.config->identities, authn_who(c->authn)->blob, NULL);
	struct keep_event e = { .kind = "login", .identity = c->name };
	char detail[512];

	if (who == NULL || !span_copy(span_of(who->name), c->name, sizeof c->name))
		return;
	c->since = c->active = clock_mono_ms();
	timer_set(c->timer, m->rules.config->limits.idle);
	snprintf(detail, sizeof detail,
	    "{\"source\":\"%s\",\"key\":\"%s\",\"method\":\"publickey\","
	    "\"proof\":\"%s\"%s}",
	    c->source, authn_who(c->authn)->fingerprint, proof_name(conn_proof(c)),
	    conn_verified(c) ? ",\"verified\":true" : "");
	e.detail = detail;
	(void)keep_event(m->keep, &e, NULL, NULL);
	log_line(LOG_NOTICE, "%s logged in from %s with %s", c->name, c->source,
	    authn_who(c->authn)->fingerprint);
}

static void
note_failure(struct conn *c, const struct err *why)
{
	struct keep_event e = { .kind = "login.failed" };
	char detail[128];

	log_line(LOG_NOTICE, "login from %s refused: %s", c->source, why->text);
	snprintf(detail, sizeof detail, "{\"source\":\"%s\"}", c->source);
	e.detail = detail;
	(void)keep_event(c->all->m->keep, &e, NULL, NULL);
}

static enum rc
answer_auth_try(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct conn *c = arg;
	bool was_known = conn_state(c) == ST_KNOWN, yes = false;
	struct msg_auth_says says;
	enum rc rc = authn_try(c->authn, &m->auth_try, known_key, c, &yes, err);

	(void)fds;
	if (rc != RC_OK)
		return rc;
	if (authn_failures(c->authn) > AUTHN_FAILURES_MAX + LATE_TRIES)
		return err_set(err, RC_REFUSE, "it goes on trying to log in");
	says.yes = yes;
	if (c->kind == NEW_CLIENT && !was_known) {
		if (conn_state(c) == ST_KNOWN)
			note_login(c);
		else if (!yes && m->auth_try.is_signed &&
			 authn_failures(c->authn) <= AUTHN_FAILURES_MAX)
			note_failure(c, err);
		conns_rest_if_behind(c->all);
	}
	/* Known, yet no name: the identity went away in this very moment. */
	if (conn_state(c) == ST_KNOWN && c->name[0] == '\0')
		return err_set(err, RC_REFUSE, "the identity has gone");
	return port_send(c->talk, MSG_AUTH_SAYS, id, &says, NULL, 0);
}

static enum rc
answer_exec_ask(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct conn *c = arg;
	enum rc rc;

	(void)fds;
	c->requests++;
	c->active = clock_mono_ms();
	rc = c->all->owner.asked(c->all->owner.arg, c, id, &m->exec_ask, err);
	conns_rest_if_behind(c->all);
	return rc;
}

static enum rc
answer_forward_ask(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct conn *c = arg;
	enum rc rc;

	(void)fds;
	c->requests++;
	c->active = clock_mono_ms();
	rc = c->all->owner.forwarded(c->all->owner.arg, c, id, &m->forward_ask, err);
	conns_rest_if_behind(c->all);
	return rc;
}

static enum rc
answer_shell_ask(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	const struct notice n = { .event = "refused",
		.text = "refused: there is no shell here; run one command: "
			"ssh broker aws s3 ls, or: ssh broker help",
		.retry_after = -1 };
	struct conn *c = arg;
	struct buf line;
	enum rc rc;

	(void)fds;
	c->requests++;
	buf_init(&line, 1024);
	rc = notice_put(&line, &n, m->shell_ask.json, err);
	if (rc == RC_OK)
		conn_deny(c, id, STATUS_USAGE, m->shell_ask.json, buf_span(&line));
	buf_clear(&line);
	return rc;
}

static enum rc
answer_gone(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct conn *c = arg;

	(void)fds;
	(void)err;
	c->active = clock_mono_ms();
	c->all->owner.left(c->all->owner.arg, c, id, m->gone.withdrawn != 0);
	conns_rest_if_behind(c->all);
	return RC_OK;
}

static enum rc
answer_staged(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct conn *c = arg;
	enum rc rc;

	(void)fds;
	c->active = clock_mono_ms();
	rc = c->all->owner.staged(c->all->owner.arg, c, id, &m->staged, err);
	conns_rest_if_behind(c->all);
	return rc;
}

static const struct route sign_routes[] = {
	{ MSG_SIGN, 0, 39100, 0, answer_sign },
};
static const struct route talk_routes[] = {
	/* Tries that were under way when one was accepted are answered: no. */
	{ MSG_AUTH_TRY, ST_NEW | ST_KNOWN, 19000, 0, answer_auth_try },
	{ MSG_EXEC_ASK, ST_KNOWN, FRAME_MAX, 0, answer_exec_ask },
	{ MSG_SHELL_ASK, ST_KNOWN, 16, 0, answer_shell_ask },
	{ MSG_FORWARD_ASK, ST_KNOWN, 300, 0, answer_forward_ask },
	{ MSG_GONE, ST_KNOWN, 1, 0, answer_gone },
	{ MSG_STAGED, ST_KNOWN, 48, 0, answer_staged },
};

static void
port_gone(void *arg, enum rc rc, const struct err *err)
{
	struct conn *c = arg;

	if (rc != RC_END)
		log_line(LOG_ERROR, "connection from %s: %s", c->source, err->text);
	conn_cut(c);
}

static void
talk_drained(void *arg)
{
	struct conn *c = arg;

	c->all->owner.drained(c->all->owner.arg, c);
}

enum rc
conn_ports_take(struct conn *c, int sign, int talk, struct err *err)
{
	struct loop *l = c->all->m->loop;
	struct port_owner owner = { .routes = sign_routes,
		.nroutes = 1,
		.arg = c,
		.state = conn_state,
		.gone = port_gone };
	enum rc rc = port_open_take(l, sign, &owner, &c->sign, err);

	if (rc != RC_OK) {
		close(talk);
		return rc;
	}
	owner.routes = talk_routes;
	owner.drained = talk_drained;
	owner.nroutes = sizeof talk_routes / sizeof talk_routes[0];
	return port_open_take(l, talk, &owner, &c->talk, err);
}
