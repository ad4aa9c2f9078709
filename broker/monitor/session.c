/* The list of sessions, and how each ends; see session.h. */
#include "broker/monitor/session.h"

#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/monitor/services.h"
#include "broker/monitor/session_parts.h"
#include "broker/monitor/veiling.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "recorder/mask/mask.h"

struct sessions {
	struct monitor *m;
	struct session *first;
	uint32_t last_number;
	size_t count;
};

static const struct verb_sessions asked_by_verbs = { live_list, watching_ask };

enum rc
sessions_new(struct monitor *m, struct sessions **ret, struct err *err)
{
	struct sessions *all = calloc(1, sizeof *all);

	if (all == NULL)
		return err_memory(err);
	all->m = m;
	m->verb_sessions = &asked_by_verbs;
	*ret = all;
	return RC_OK;
}

void
sessions_free(struct sessions *all)
{
	if (all == NULL)
		return;
	while (all->first != NULL)
		session_free(all->first);
	free(all);
}

struct session *
session_first(const struct sessions *all)
{
	return all->first;
}

struct monitor *
session_monitor(const struct session *s)
{
	return s->all->m;
}

const struct veil *
session_veil(const struct session *s)
{
	return veil_of(s->all->m);
}

struct buf
session_veiled(const struct session *s, const char *text)
{
	struct buf b;

	buf_init(&b, mask_growth(strlen(text)) + 16);
	veil_line(session_veil(s), span_of(text), &b);
	if (!buf_ok(&b)) {
		buf_reset(&b);
		buf_text(&b, "[MASKED]");
	}
	return b;
}

bool
session_settle_shown(struct session *s)
{
	free(s->shown);
	s->shown = veil_command_text(session_veil(s), s->canon);
	return s->shown != NULL;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
session_close_fds(struct session *s)
{
	int *const fds[] = { &s->rec, &s->data, &s->in_w, &s->out_r, &s->err_r,
		&s->gate_r, &s->ca, &s->in_r, &s->out_w, &s->err_w, &s->gate_w };

	for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
		close_fd(fds[i]);
}

void
session_free(struct session *s)
{
	struct sessions *all = s->all;

	for (struct session **p = &all->first; *p != NULL; p = &(*p)->next)
		if (*p == s) {
			*p = s->next;
			all->count--;
			break;
		}
	watching_over(s, "the session was lost", STATUS_FAILED);
	if (all->m->keep != NULL)
		keep_forget(all->m->keep, s);
	heldfirst_stop(s);
	json_decref(s->previewed);
	json_decref(s->grant_approvals);
	hold_close(s->hold);
	if (s->leasing != NULL)
		vault_cancel(s->leasing);
	lease_free(s->lease);
	wirecalls_free(s->wirecalls);
	lineasks_free(s->lines);
	remote_stop(s);
	if (s->call != NULL)
		verb_abandon(s->call);
	port_close(s->ctl);
	session_close_fds(s);
	timer_free(s->patience);
	timer_free(s->countdown);
	timer_free(s->deadline);
	command_clear(&s->command);
	aws_free(s->aws);
	remote_free(s->remote);
	free(s->canon);
	free(s->shown);
	explicit_bzero(s->dummy_secret, sizeof s->dummy_secret);
	buf_clear(&s->refuse_text);
	free(s);
}

enum rc
session_event(struct session *s, const char *kind, const char *rule, const char *detail,
    keep_fn *fn)
{
	struct keep_event e = { .kind = kind,
		.identity = s->identity,
		.sid = s->sid,
		.rule = rule,
		.detail = detail };

	return keep_event(s->all->m->keep, &e, fn, s);
}

void
session_say(struct session *s, struct span text)
{
	if (s->conn != NULL)
		conn_say(s->conn, s->chan, text);
}

bool
session_crowded(const struct session *s)
{
	const struct config *c = s->all->m->rules.config;
	size_t n = 0, own = 0;

	for (const struct session *o = s->all->first; o != NULL; o = o->next) {
		if (o->state < SESSION_LEASING || o->state > SESSION_CLOSING)
			continue;
		n++;
		own += strcmp(o->identity, s->identity) == 0;
	}
	return n >= c->limits.sessions || own >= c->limits.sessions_per_identity;
}

static struct session *
find(const struct sessions *all, const struct conn *c, uint32_t chan)
{
	for (struct session *s = all->first; s != NULL; s = s->next)
		if (s->conn == c && s->chan == chan)
			return s;
	return NULL;
}

static struct session *
by_number(const struct sessions *all, uint32_t number)
{
	for (struct session *s = all->first; s != NULL; s = s->next)
		if (s->number == number)
			return s;
	return NULL;
}

static struct session *
make(struct sessions *all, struct conn *c, uint32_t chan, struct err *err)
{
	struct session *s = calloc(1, sizeof *s);

	if (s == NULL) {
		err_memory(err);
		return NULL;
	}
	s->all = all;
	s->conn = c;
	s->chan = chan;
	s->number = ++all->last_number;
	s->gate = GATE_COMMAND;
	s->retry_after = -1;
	s->since_ms = clock_wall_ms();
	s->rec = s->data = s->in_w = s->out_r = s->err_r = s->gate_r = s->ca = s->in_r =
	    s->out_w = s->err_w = s->gate_w = -1;
	buf_init(&s->refuse_text, MSG_TEXT_MAX);
	if (id_uuid7(s->sid, err) != RC_OK) {
		free(s);
		return NULL;
	}
	id_uuid_text(s->sid, s->sid_text);
	span_copy(span_of(conn_name(c)), s->identity, sizeof s->identity);
	span_copy(span_of(conn_key(c)), s->key, sizeof s->key);
	span_copy(span_of(conn_source(c)), s->source, sizeof s->source);
	s->next = all->first;
	all->first = s;
	all->count++;
	return s;
}

/* Channels of this connection that are not answered yet.  The front keeps this bound;
 * one that does not is no longer ours. */
static size_t
open_channels(const struct sessions *all, const struct conn *c)
{
	size_t n = 0;

	for (const struct session *s = all->first; s != NULL; s = s->next)
		n += s->conn == c && s->state != SESSION_CLOSING;
	return n;
}

/* The caller of a held command has gone: the hold stays, unless it was withdrawn, its
 * rule ends it with the connection, or nobody could come back for it. */
static void
leave_hold(struct session *s, bool withdrawn)
{
	bool known = identity_by_name(s->all->m->rules.config->identities,
			 span_of(s->identity)) != NULL;
	bool ends = withdrawn || !known || held_cancels(s);
	json_t *o =
	    json_pack("{s:s*}", "hold", s->hold == NULL ? NULL : hold_id(s->hold));
	char *detail = keep_detail_take(o, JSON_COMPACT);

	(void)session_event(
	    s, ends ? "withdrawn" : "left", s->verdict.rule, detail, NULL);
	free(detail);
	if (withdrawn)
		hold_withdraw(s->hold);
	else if (ends)
		hold_close(s->hold);
	else
		hold_leave(s->hold);
	s->hold = NULL;
}

/* The client is no longer there for this session. */
static void
leave(struct session *s, bool withdrawn)
{
	s->conn = NULL;
	switch (s->state) {
	case SESSION_STARTING:
	case SESSION_RUNNING:
		run_stop(s, STOP_GONE, "the client has gone");
		break;
	case SESSION_CLOSING:
		break; /* it ends by itself */
	case SESSION_OPENING:
		s->stopping = true; /* the keeper's answer decides: see run.c */
		break;
	default:
		if (s->state == SESSION_HELD)
			leave_hold(s, withdrawn);
		session_free(s);
	}
}

void
session_launched(struct sessions *all, uint32_t number, const struct msg_launched *m)
{
	struct session *s = by_number(all, number);

	if (s != NULL)
		run_launched(s, m);
}

void
session_exited(struct sessions *all, uint32_t number, const struct msg_exited *m)
{
	struct session *s = by_number(all, number);

	if (s != NULL)
		run_exited(s, m);
}

void
session_cut(struct sessions *all, const struct msg_cut_rec *m)
{
	char text[1025];

	span_copy(m->text, text, sizeof text);
	for (struct session *s = all->first; s != NULL; s = s->next)
		if (span_eq(m->sid, span_make(s->sid, sizeof s->sid))) {
			run_cut(s, (enum msg_why)m->why, text);
			return;
		}
}

void
sessions_stop(struct sessions *all, const char *why)
{
	for (struct session *s = all->first, *next; s != NULL; s = next) {
		next = s->next;
		if (s->state == SESSION_STARTING || s->state == SESSION_RUNNING)
			run_stop(s, STOP_SHUTDOWN, why);
		else if (s->state == SESSION_OPENING)
			s->stopping = true; /* the keeper's answer decides: see run.c */
		else if (s->call != NULL)
			call_stop(s);
		else if (s->state == SESSION_HELD && !held_cancels(s) &&
			 hold_state(s->hold) == HOLD_PENDING)
			heldtell_later(s, s->hold, why);
		else if (s->state < SESSION_OPENING)
			tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule, why);
	}
}

size_t
sessions_count(const struct sessions *all)
{
	return all->count;
}

/* ---- as the owner of connections ---- */

/* Something is asked for on channel chan.  A second time on a channel breaks a rule of
 * the front's; whatever is asked is answered over c. */
static enum rc
begin(struct sessions *all, struct conn *c, uint32_t chan, struct session **ret,
    struct err *err)
{
	if (find(all, c, chan) != NULL)
		return err_set(err, RC_REFUSE, "a second command on one channel");
	if (open_channels(all, c) >=
	    all->m->rules.config->limits.channels_per_connection)
		return err_set(err, RC_REFUSE, "too many channels");
	*ret = make(all, c, chan, err);
	return *ret == NULL ? RC_FAIL : RC_OK;
}

static enum rc
asked(void *arg, struct conn *c, uint32_t chan, const struct msg_exec_ask *ask,
    struct err *err)
{
	struct session *s = NULL;
	enum rc rc = begin(arg, c, chan, &s, err);

	if (rc == RC_OK)
		ask_begin(s, ask);
	return rc;
}

static enum rc
forwarded(void *arg, struct conn *c, uint32_t chan, const struct msg_forward_ask *ask,
    struct err *err)
{
	struct session *s = NULL;
	enum rc rc = begin(arg, c, chan, &s, err);

	if (rc == RC_OK)
		forward_begin(s, ask);
	return rc;
}

/* The client closed the channel, or withdraws its hold. */
static void
left(void *arg, struct conn *c, uint32_t chan, bool withdrawn)
{
	struct session *s = find(arg, c, chan);

	if (s != NULL)
		leave(s, withdrawn);
}

static void
closed(void *arg, struct conn *c)
{
	struct sessions *all = arg;

	for (struct session *s = all->first, *next; s != NULL; s = next) {
		next = s->next;
		if (s->conn == c)
			leave(s, false);
	}
}

static enum rc
staged(void *arg, struct conn *c, uint32_t chan, const struct msg_staged *m,
    struct err *err)
{
	struct session *s = find(arg, c, chan);

	/* One that was refused meanwhile may be gone. */
	return s == NULL ? RC_OK : staging_done(s, m, err);
}

static bool
busy(void *arg, const struct conn *c)
{
	const struct sessions *all = arg;

	for (const struct session *s = all->first; s != NULL; s = s->next)
		if (s->conn == c)
			return true;
	return false;
}

static void
drained(void *arg, const struct conn *c)
{
	struct sessions *all = arg;

	for (struct session *s = all->first, *next; s != NULL; s = next) {
		next = s->next;
		if (s->conn == c)
			call_drained(s);
	}
}

struct conn_owner
sessions_owner(struct sessions *all)
{
	return (struct conn_owner){ .arg = all,
		.asked = asked,
		.forwarded = forwarded,
		.left = left,
		.closed = closed,
		.busy = busy,
		.drained = drained,
		.staged = staged };
}
