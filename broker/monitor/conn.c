/* Connections; see conn.h.  Each has two frame sockets: sign (answered at once, the
 * front waits inside the key exchange) and talk (everything else). */
#include "broker/monitor/conn_parts.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/log.h"

/* The front ends a login that takes too long; one that does not is not ours any more.
 */
#define LOGIN_SLACK_MS 5000
/* How often it is looked whether the keeper has caught up. */
#define REST_MS 10

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

void
conns_rest_if_behind(struct conns *all)
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

void
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

uint32_t
conn_state(void *arg)
{
	struct conn *c = arg;

	return authn_who(c->authn) != NULL && c->kind == NEW_CLIENT ? ST_KNOWN : ST_NEW;
}

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
	if ((rc = conn_ports_take(c, sign, talk, err)) != RC_OK)
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
