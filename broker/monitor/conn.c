/* Connections; see conn.h.  Each has two frame sockets: sign (answered at once, the
 * front waits inside the key exchange) and talk (everything else). */
#include "broker/monitor/conn.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/identity/authn.h"
#include "broker/monitor/monitor.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/log.h"
#include "lib/model/notice.h"
#include "lib/model/status.h"
#include "lib/wire/port.h"

/* Tries behind the last one that can succeed: a client may have sent them at once. */
#define LATE_TRIES 16
/* The front ends a login that takes too long; one that does not is not ours any more.
 */
#define LOGIN_SLACK_MS 5000
/* How often it is looked whether the keeper has caught up. */
#define REST_MS 10

enum {
	ST_NEW = 1,
	ST_KNOWN = 2,
};

struct conn {
	struct conn *next;
	struct conns *all;
	enum msg_new_kind kind;
	struct port *sign, *talk;
	int tcp;
	struct authn *authn;
	char source[INET6_ADDRSTRLEN + 8];
	char name[65]; /* of the identity; "" before login */
	uint64_t since;
	unsigned requests;
	struct timer *timer; /* until login, then for limits.idle */
	uint64_t active;     /* when the front last said something about a channel */
};

struct conns {
	struct monitor *m;
	struct conn_owner owner;
	struct conn *first;
	size_t count;
	bool passed;	    /* the front's self-test */
	struct timer *rest; /* while the keeper is behind */
	bool resting;
};

/* Each word of a front may become events: while the keeper is behind, no front is read,
 * or a flood of them would cost the broker its keeper. */
static void
set_resting(struct conns *all, bool resting)
{
	all->resting = resting;
	for (struct conn *c = all->first; c != NULL; c = c->next)
		port_pause(c->talk, resting);
	if (resting)
		timer_set(all->rest, REST_MS);
}

static void
rest_over(void *arg)
{
	struct conns *all = arg;

	set_resting(all, keep_behind(all->m->keep));
}

static void
rest_if_behind(struct conns *all)
{
	if (!all->resting && keep_behind(all->m->keep))
		set_resting(all, true);
}

enum rc
conns_new(struct monitor *m, const struct conn_owner *owner, struct conns **ret,
    struct err *err)
{
	struct conns *all = calloc(1, sizeof *all);

	if (all == NULL)
		return err_memory(err);
	all->m = m;
	all->owner = *owner;
	if ((all->rest = loop_timer(m->loop, rest_over, all)) == NULL) {
		free(all);
		return err_memory(err);
	}
	*ret = all;
	return RC_OK;
}

static void
free_conn(struct conn *c)
{
	port_close(c->sign);
	port_close(c->talk);
	if (c->tcp >= 0)
		close(c->tcp);
	authn_free(c->authn);
	timer_free(c->timer);
	free(c);
}

/* Its sessions end with it; its front, once told so by the closed sockets, says its last
 * words to the client and ends. */
static void
conn_close(struct conn *c)
{
	struct conns *all = c->all;

	for (struct conn **p = &all->first; *p != NULL; p = &(*p)->next)
		if (*p == c) {
			*p = c->next;
			all->count--;
			break;
		}
	if (c->kind == NEW_TEST)
		all->passed = authn_test_passed(c->authn);
	all->owner.closed(all->owner.arg, c);
	free_conn(c);
}

/* The front is gone, or broke a rule: one that lives on must not keep the client
 * waiting. */
static void
conn_cut(struct conn *c)
{
	(void)shutdown(c->tcp, SHUT_RDWR);
	conn_close(c);
}

void
conns_free(struct conns *all)
{
	if (all == NULL)
		return;
	while (all->first != NULL)
		conn_close(all->first);
	timer_free(all->rest);
	free(all);
}

static void
port_gone(void *arg, enum rc rc, const struct err *err)
{
	struct conn *c = arg;

	if (rc != RC_END)
		log_line(LOG_ERROR, "connection from %s: %s", c->source, err->text);
	conn_cut(c);
}

static uint32_t
conn_state(void *arg)
{
	struct conn *c = arg;

	return authn_who(c->authn) != NULL && c->kind == NEW_CLIENT ? ST_KNOWN : ST_NEW;
}

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
		rest_if_behind(c->all);
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
	rest_if_behind(c->all);
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
	rest_if_behind(c->all);
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
	rest_if_behind(c->all);
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
	rest_if_behind(c->all);
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

/* Nobody has logged in in time, or nothing has run for long. */
static void
timer_over(void *arg)
{
	struct conn *c = arg;
	uint64_t idle = c->all->m->rules.config->limits.idle;
	uint64_t quiet = clock_mono_ms() - c->active;

	if (conn_state(c) == ST_KNOWN && c->all->owner.busy(c->all->owner.arg, c)) {
		c->active = clock_mono_ms();
		timer_set(c->timer, idle);
	} else if (conn_state(c) == ST_KNOWN && quiet < idle)
		timer_set(c->timer, idle - quiet);
	else {
		log_line(LOG_NOTICE, "connection from %s: %s", c->source,
		    conn_state(c) == ST_KNOWN ? "idle, ended" : "no login in time");
		conn_close(c);
	}
}

static void
read_source(struct conn *c)
{
	struct sockaddr_storage a = { 0 };
	socklen_t n = sizeof a;
	const void *at = NULL;

	snprintf(c->source, sizeof c->source, "?");
	if (getpeername(c->tcp, (struct sockaddr *)&a, &n) != 0)
		return;
	if (a.ss_family == AF_INET)
		at = &((struct sockaddr_in *)&a)->sin_addr;
	else if (a.ss_family == AF_INET6)
		at = &((struct sockaddr_in6 *)&a)->sin6_addr;
	if (at != NULL)
		inet_ntop(a.ss_family, at, c->source, sizeof c->source);
}

static void
talk_drained(void *arg)
{
	struct conn *c = arg;

	c->all->owner.drained(c->all->owner.arg, c);
}

static enum rc
open_ports(struct conn *c, int sign, int talk, struct err *err)
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

enum rc
conn_open_take(struct conns *all, enum msg_new_kind kind, int sign, int talk, int tcp,
    struct err *err)
{
	struct conn *c = calloc(1, sizeof *c);
	struct msg_nonce hello;
	char nonce[ID_NONCE_TEXT];
	enum rc rc;

	if (c == NULL) {
		close(sign);
		close(talk);
		close(tcp);
		return err_memory(err);
	}
	c->all = all;
	c->kind = kind;
	c->tcp = tcp;
	if ((rc = open_ports(c, sign, talk, err)) != RC_OK)
		goto out;
	read_source(c);
	if ((c->timer = loop_timer(all->m->loop, timer_over, c)) == NULL) {
		rc = err_memory(err);
		goto out;
	}
	if (kind == NEW_CLIENT)
		timer_set(
		    c->timer, all->m->rules.config->limits.login + LOGIN_SLACK_MS);
	if ((rc = id_nonce(nonce, err)) != RC_OK ||
	    (rc = authn_new(
		 all->m->hostkey, nonce, kind == NEW_TEST, &c->authn, err)) != RC_OK)
		goto out;
	hello.nonce = span_of(nonce);
	if ((rc = port_send(c->talk, MSG_NONCE, 0, &hello, NULL, 0)) != RC_OK)
		goto out;
	c->next = all->first;
	all->first = c;
	all->count++;
	port_pause(c->talk, all->resting);
	c = NULL; /* the list's from here */
out:
	if (c != NULL)
		free_conn(c);
	return rc;
}

bool
conns_tested(const struct conns *all)
{
	const struct conn *c = all->first;

	/* Its end may not have been noticed yet; what it tried has. */
	if (c != NULL)
		return c->next == NULL && c->kind == NEW_TEST &&
		       authn_test_passed(c->authn);
	return all->passed;
}

const struct identity *
conn_identity(const struct conn *c)
{
	return identity_by_name(c->all->m->rules.config->identities, span_of(c->name));
}

const char *
conn_name(const struct conn *c)
{
	return c->name;
}

const char *
conn_key(const struct conn *c)
{
	return authn_who(c->authn)->fingerprint;
}

const char *
conn_source(const struct conn *c)
{
	return c->source;
}

enum proof
conn_proof(const struct conn *c)
{
	return authn_who(c->authn)->proof;
}

bool
conn_verified(const struct conn *c)
{
	return authn_who(c->authn)->verified;
}

const char *
conn_user(const struct conn *c)
{
	return authn_who(c->authn)->user;
}

const char *
conn_client(const struct conn *c)
{
	return authn_client(c->authn);
}

uint64_t
conn_since(const struct conn *c)
{
	return c->since;
}

bool
conn_first(const struct conn *c)
{
	return c->requests == 1;
}

void
conn_send(struct conn *c, uint32_t chan, enum msg type, const void *m, const int *fds,
    unsigned nfds)
{
	enum rc rc = port_send(c->talk, type, chan, m, fds, nfds);

	if (rc != RC_OK && rc != RC_END)
		log_line(LOG_ERROR, "connection from %s: cannot send: %s", c->source,
		    rc_name(rc));
}

bool
conn_full(const struct conn *c)
{
	return port_full(c->talk);
}

void
conn_say(struct conn *c, uint32_t chan, struct span text)
{
	struct msg_text m = { .text = text };

	conn_send(c, chan, MSG_SAY, &m, NULL, 0);
}

void
conn_deny(struct conn *c, uint32_t chan, int status, bool json, struct span text)
{
	struct msg_verdict m = { .effect = VERDICT_DENY,
		.json = json,
		.status = (uint8_t)status,
		.text = text };

	conn_send(c, chan, MSG_VERDICT, &m, NULL, 0);
}

static bool
still_valid(const struct conn *c)
{
	const struct identity *who = identity_by_key(
	    c->all->m->rules.config->identities, authn_who(c->authn)->blob, NULL);

	return who != NULL && strcmp(who->name, c->name) == 0;
}

void
conns_recheck(struct conns *all)
{
	for (struct conn *c = all->first, *next; c != NULL; c = next) {
		next = c->next;
		if (c->kind != NEW_CLIENT || c->name[0] == '\0' || still_valid(c))
			continue;
		log_line(LOG_NOTICE,
		    "%s from %s: no longer configured, connection ended", c->name,
		    c->source);
		conn_close(c);
	}
}

size_t
conns_count(const struct conns *all)
{
	return all->count;
}
