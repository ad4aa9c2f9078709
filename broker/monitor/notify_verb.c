/* What `broker notify` does: try the webhooks, and see to what was set aside. */
#include "broker/monitor/notify_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/noticeform.h"
#include "broker/monitor/verbcall.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/model/status.h"

#define USAGE "usage: notify test [NAME]|list|retry ID|retry all|drop ID"
#define ROWS_MOST 1000u /* of one list, of those set aside */

/* ---- test ---- */

/* One post of a trial; they end in any order. */
struct shot {
	struct trial *trial;
	char name[65];
	struct http_call *call; /* NULL: over */
};

struct trial {
	struct trial *next;
	struct notify *n;
	struct verb_call *call;
	struct shot shots[CONFIG_NOTIFY_MOST];
	size_t n_shots, open;
	bool failed;
};

static void
trial_free(struct trial *t)
{
	struct trial **at = &t->n->trials;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	free(t);
}

static void
trial_end(struct trial *t)
{
	struct verb_call *call = t->call;
	int status = t->failed ? STATUS_UNREACHABLE : STATUS_OK;

	trial_free(t);
	call->done(call->arg, call, buf_ok(&call->out) ? status : STATUS_FAILED);
}

static void
put_json_take(struct buf *out, json_t *o)
{
	char *s = keep_detail_take(o, JSON_COMPACT | JSON_ENSURE_ASCII);

	if (s == NULL)
		out->bad = true;
	else
		buf_printf(out, "%s\n", s);
	free(s);
}

static void
put_shot(struct trial *t, const char *name, bool taken, const char *why)
{
	struct buf *out = &t->call->out;

	t->failed |= !taken;
	if (t->call->json) {
		put_json_take(out, json_pack("{s:s, s:b, s:s}", "outlet", name,
				       "delivered", taken, "answer", why));
		return;
	}
	buf_printf(out, "%s %s: ", taken ? "delivered to" : "not delivered to", name);
	text_escape(out, span_of(why));
	buf_text(out, "\n");
}

static void
shot_over(
    void *arg, enum rc rc, unsigned status, struct span body, const struct err *err)
{
	struct shot *s = arg;
	struct trial *t = s->trial;
	char why[NOTIFY_WHY];
	bool poison, taken = notify_taken(rc, status, err, &poison, why);

	(void)body;
	s->call = NULL;
	put_shot(t, s->name, taken, why);
	if (--t->open == 0)
		trial_end(t);
}

static void
shoot(struct trial *t, struct place *p)
{
	struct shot *s = &t->shots[t->n_shots++];
	struct err err = { "out of memory" };
	struct noticeform f = { .broker = t->n->m->rules.config->name,
		.event = "test",
		.by = t->call->name,
		.reason = "",
		.needs = "",
		.at_ms = clock_wall_ms() };
	char id[ID_NONCE_TEXT], *body = NULL;
	enum rc rc = notify_id(t->n, id, &err);

	s->trial = t;
	snprintf(s->name, sizeof s->name, "%s", p->name);
	f.notice = id;
	if (rc == RC_OK)
		body =
		    noticeform_body((enum config_format)notify_config(p)->format, &f);
	if (body != NULL &&
	    notify_post(p, id, span_of(body), shot_over, s, &s->call, &err) == RC_OK)
		t->open++;
	else
		put_shot(t, s->name, false, err.text);
	free(body);
}

static void
do_test(struct notify *n, struct verb_call *call)
{
	struct place *only = NULL;
	struct trial *t;

	if (call->argc > 3) {
		verb_answer(call, STATUS_USAGE, USAGE);
		return;
	}
	if (call->argc == 3 &&
	    (only = notify_place(n, span_of(call->argv[2]))) == NULL) {
		verb_answer(
		    call, STATUS_USAGE, "no webhook of that name is configured");
		return;
	}
	if (n->places == NULL) {
		verb_answer(call, STATUS_USAGE, "no webhook is configured (notify)");
		return;
	}
	if ((t = calloc(1, sizeof *t)) == NULL) {
		verb_answer(call, STATUS_FAILED, "out of memory");
		return;
	}
	t->n = n;
	t->call = call;
	t->next = n->trials;
	n->trials = t;
	for (struct place *p = n->places; p != NULL; p = p->next)
		if ((only == NULL || p == only) && t->n_shots < CONFIG_NOTIFY_MOST)
			shoot(t, p);
	if (t->open == 0)
		trial_end(t);
}

void
notify_trials_end(struct notify *n)
{
	while (n->trials != NULL) {
		struct trial *t = n->trials;
		struct verb_call *call = t->call;

		for (size_t i = 0; i < t->n_shots; i++)
			http_cancel(t->shots[i].call);
		trial_free(t);
		verb_answer(call, STATUS_FAILED, "the broker ends");
	}
}

/* ---- rows of the store ---- */

/* A walk over those that were set aside, for one call. */
struct walk {
	struct notify *n;
	struct verb_call *call;
	char after[ID_NONCE_TEXT];
	char only[ID_NONCE_TEXT]; /* this one alone, or "" */
	unsigned rows;
	/* RC_OK: go on. */
	void (*row)(struct walk *w, const struct msg_recalled *row);
};

static void walk_next(struct walk *w);

static void
walk_end(struct walk *w, enum rc rc, const char *why)
{
	struct verb_call *call = w->call;
	bool none = w->only[0] != '\0' && w->rows == 0;

	free(w);
	if (rc != RC_OK)
		verb_answer(call, STATUS_FAILED, "%s", why);
	else if (none)
		verb_answer(call, STATUS_USAGE, "no notice of that id was set aside");
	else
		call->done(
		    call->arg, call, buf_ok(&call->out) ? STATUS_OK : STATUS_FAILED);
}

static void
walked(void *arg, enum rc rc, const char *why, const struct msg_recalled *row)
{
	struct walk *w = arg;

	if (rc != RC_OK || !span_copy(row->id, w->after, sizeof w->after)) {
		walk_end(w, rc == RC_END ? RC_OK : RC_FAIL,
		    rc == RC_OK ? "a row of the store is not readable" : why);
		return;
	}
	if (row->state == NOTICE_SET_ASIDE &&
	    (w->only[0] == '\0' || strcmp(w->only, w->after) == 0)) {
		w->rows++;
		w->row(w, row);
	}
	if (w->only[0] != '\0' || w->rows >= ROWS_MOST)
		walk_end(w, RC_OK, "");
	else
		walk_next(w);
}

static void
walk_next(struct walk *w)
{
	const struct msg_recall m = { .what = RECALL_NOTICE,
		.after = span_of(w->after) };

	if (keep_recall(w->n->m->keep, &m, walked, w) != RC_OK)
		walk_end(w, RC_FAIL, "the keeper cannot be asked");
}

/* The greatest id that is less: what stands behind it is that one, if it is there. */
static void
id_before(char id[ID_NONCE_TEXT])
{
	for (size_t i = strlen(id); i-- > 0;) {
		if (id[i] != '0') {
			id[i] = id[i] == 'a' ? '9' : (char)(id[i] - 1);
			return;
		}
		id[i] = 'f';
	}
}

static bool
read_id(const char *s, char id[ID_NONCE_TEXT])
{
	return strlen(s) == ID_NONCE_TEXT - 1 &&
	       strspn(s, "0123456789abcdef") == ID_NONCE_TEXT - 1 &&
	       span_copy(span_of(s), id, ID_NONCE_TEXT);
}

static void
walk_start(struct notify *n, struct verb_call *call, const char *only,
    void (*row)(struct walk *w, const struct msg_recalled *row))
{
	struct walk *w = calloc(1, sizeof *w);

	if (w == NULL) {
		verb_answer(call, STATUS_FAILED, "out of memory");
		return;
	}
	w->n = n;
	w->call = call;
	w->row = row;
	if (only != NULL && read_id(only, w->only)) {
		memcpy(w->after, w->only, sizeof w->after);
		id_before(w->after);
	}
	walk_next(w);
}

/* ---- list ---- */

struct line {
	const char *id, *outlet, *event, *hold, *state, *why;
	uint64_t at_ms;
	uint32_t tries;
};

static void
put_row(struct verb_call *call, const struct line *l)
{
	struct buf *out = &call->out;
	char at[21];

	clock_iso(l->at_ms, at);
	if (call->json) {
		put_json_take(
		    out, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "notice",
			     l->id, "outlet", l->outlet, "event", l->event, "hold",
			     l->hold, "state", l->state, "time", at, "tries",
			     (json_int_t)l->tries, "why", l->why));
		return;
	}
	buf_printf(out, "%s %s %s %s %s of %s, %u tries", l->id, l->state, l->outlet,
	    l->event, l->hold, at, (unsigned)l->tries);
	if (l->why[0] != '\0') {
		buf_text(out, ": ");
		text_escape(out, span_of(l->why));
	}
	buf_text(out, "\n");
}

/* "EVENT HOLD\n" before the body. */
static void
split_envelope(struct span s, char event[16], char hold[ID_HOLD_TEXT])
{
	char line[32] = "";

	snprintf(line, sizeof line, "%.*s", (int)(s.len < 31 ? s.len : 31),
	    (const char *)s.p);
	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%15s %9s", event, hold) < 1)
		event[0] = hold[0] = '\0';
}

/* {"error": …}, as the keeper gives what went wrong last. */
static void
read_error(struct span detail, char why[NOTIFY_WHY])
{
	json_t *o = json_loadb((const char *)detail.p, detail.len, 0, NULL);
	const char *s = json_string_value(json_object_get(o, "error"));

	snprintf(why, NOTIFY_WHY, "%s", s == NULL ? "" : s);
	json_decref(o);
}

static void
list_row(struct walk *w, const struct msg_recalled *row)
{
	char outlet[65] = "", event[16] = "", hold[ID_HOLD_TEXT] = "";
	char why[NOTIFY_WHY] = "";
	struct line l = { .id = w->after,
		.outlet = outlet,
		.event = event,
		.hold = hold,
		.state = "aside",
		.why = why,
		.at_ms = row->at_ms,
		.tries = row->used };

	span_copy(row->outlet, outlet, sizeof outlet);
	read_error(row->detail, why);
	split_envelope(row->text, event, hold);
	put_row(w->call, &l);
}

static void
do_list(struct notify *n, struct verb_call *call)
{
	if (call->argc != 2) {
		verb_answer(call, STATUS_USAGE, USAGE);
		return;
	}
	for (struct place *p = n->places; p != NULL; p = p->next)
		for (const struct note *note = p->first; note != NULL;
		     note = note->next) {
			struct line l = { note->id, p->name, note->event, note->hold,
				"waiting", note->why, note->at_ms, note->tries };

			put_row(call, &l);
		}
	walk_start(n, call, NULL, list_row);
}

/* ---- retry, drop ---- */

static void
did(struct verb_call *call, const char *what, const char *id)
{
	if (call->json)
		buf_printf(
		    &call->out, "{\"did\":\"%s\",\"notice\":\"%s\"}\n", what, id);
	else
		buf_printf(&call->out, "%s %s\n", what, id);
}

/* It has all its tries again. */
static void
retry_row(struct walk *w, const struct msg_recalled *row)
{
	struct msg_recalled fresh = *row;
	struct place *p = notify_place(w->n, row->outlet);
	struct note *note;

	fresh.used = 0;
	fresh.until_ms = 0;
	if (p == NULL || (note = notify_take_row(w->n, p, &fresh)) == NULL) {
		did(w->call, p == NULL ? "no-outlet" : "not-read", w->after);
		return;
	}
	note->since_ms = clock_wall_ms();
	notify_note_state(note, NOTICE_WAITING);
	notify_event(
	    w->n, "notice.retried", w->after, p->name, note->hold, NULL, w->call->name);
	did(w->call, "retried", w->after);
	notify_try_now(p);
	notify_make_room(w->n);
}

static void
do_retry(struct notify *n, struct verb_call *call)
{
	char id[ID_NONCE_TEXT];
	struct note *note;
	bool all = call->argc == 3 && strcmp(call->argv[2], "all") == 0;

	if (call->argc != 3 || (!all && !read_id(call->argv[2], id))) {
		verb_answer(call, STATUS_USAGE, USAGE);
		return;
	}
	if (!all && (note = notify_find(n, span_of(id))) != NULL) {
		did(call, "retried", id);
		notify_try_now(note->place);
		call->done(call->arg, call, STATUS_OK);
		return;
	}
	for (struct place *p = n->places; all && p != NULL; p = p->next)
		notify_try_now(p);
	walk_start(n, call, all ? NULL : id, retry_row);
}

struct dropping {
	struct notify *n;
	struct verb_call *call;
	char id[ID_NONCE_TEXT];
};

static void
dropped(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct dropping *d = arg;
	struct verb_call *call = d->call;

	(void)bytes;
	(void)fd;
	if (rc == RC_OK) {
		notify_event(
		    d->n, "notice.dropped", d->id, NULL, NULL, NULL, call->name);
		did(call, "dropped", d->id);
		call->done(
		    call->arg, call, buf_ok(&call->out) ? STATUS_OK : STATUS_FAILED);
	} else
		verb_answer(
		    call, rc == RC_REFUSE ? STATUS_USAGE : STATUS_FAILED, "%s", why);
	free(d);
}

/* To the store it is as good as delivered: nobody is to hear of it any more. */
static void
do_drop(struct notify *n, struct verb_call *call)
{
	struct dropping *d;
	struct msg_notice_set m = { .state = NOTICE_DELIVERED };
	struct note *note;
	char id[ID_NONCE_TEXT], why[96];

	if (call->argc != 3 || !read_id(call->argv[2], id)) {
		verb_answer(call, STATUS_USAGE, USAGE);
		return;
	}
	snprintf(why, sizeof why, "dropped by %s", call->name);
	if ((note = notify_find(n, span_of(id))) != NULL) {
		struct place *p = note->place;

		notify_event(
		    n, "notice.dropped", id, p->name, note->hold, NULL, call->name);
		notify_over(note, NOTICE_DELIVERED, why);
		notify_try(p);
		did(call, "dropped", id);
		call->done(call->arg, call, STATUS_OK);
		return;
	}
	if ((d = calloc(1, sizeof *d)) == NULL) {
		verb_answer(call, STATUS_FAILED, "out of memory");
		return;
	}
	*d = (struct dropping){ .n = n, .call = call };
	memcpy(d->id, id, sizeof d->id);
	m.notice = span_of(d->id);
	m.text = span_of(why);
	if (keep_ask(n->m->keep, MSG_NOTICE_SET, &m, dropped, d) != RC_OK) {
		free(d);
		verb_answer(call, STATUS_FAILED, "the keeper cannot be asked");
	}
}

/* ---- which ---- */

static bool
may(const struct verb_call *call)
{
	const struct config *c = call->m->rules.config;

	return config_may_approve(c, call->who) ||
	       (call->proof == PROOF_UID && config_may_archive(c, call->who));
}

void
notify_verb(struct notify *n, struct verb_call *call)
{
	static const struct {
		const char *name;
		void (*run)(struct notify *n, struct verb_call *call);
	} deeds[] = {
		{ "test", do_test },
		{ "list", do_list },
		{ "retry", do_retry },
		{ "drop", do_drop },
	};

	if (n == NULL) {
		verb_answer(call, STATUS_FAILED, "there are no notices here");
		return;
	}
	if (!may(call)) {
		verb_answer(call, STATUS_DENIED, "you have no right to see to notices");
		return;
	}
	for (size_t i = 0; call->argc > 1 && i < sizeof deeds / sizeof deeds[0]; i++)
		if (strcmp(call->argv[1], deeds[i].name) == 0) {
			deeds[i].run(n, call);
			return;
		}
	verb_answer(call, STATUS_USAGE, USAGE);
}
