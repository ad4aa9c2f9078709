/* All about one hold, for those who decide on it and for who asked: each word on a line
 * of its own, escaped, nothing cut off.
 *
 * What is over is asked of the keeper, and so is what others like it came to; only
 * approvers are told that, and what a hold would touch. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/holds_parts.h"
#include "broker/monitor/veiling.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/model/status.h"

/* Similar requests older than this say little. */
#define LATELY_MS (30ull * 24 * 3600 * 1000)

/* The same words for all whom it is none of, and where there is nothing. */
#define NONE "no such hold, or none of yours"

struct hold_why {
	struct hold_why *next;
	struct holds *all;
	struct verb_call *call;
	char id[ID_HOLD_TEXT];
	bool approver;
	json_t *about; /* all of it but what similar ones came to */
};

static void
end_why(struct hold_why *w)
{
	for (struct hold_why **p = &w->all->asking; *p != NULL; p = &(*p)->next)
		if (*p == w) {
			*p = w->next;
			break;
		}
	json_decref(w->about);
	free(w);
}

static void
refuse(struct hold_why *w, int status, const char *text)
{
	struct verb_call *call = w->call;

	end_why(w);
	verb_answer(call, status, "%s", text);
}

void
hold_whys_end(struct holds *all)
{
	while (all->asking != NULL) {
		if (all->m->keep != NULL)
			keep_forget(all->m->keep, all->asking);
		refuse(all->asking, STATUS_FAILED, "the broker is ending");
	}
}

/* ---- text ---- */

static void
label(struct buf *out, const char *name)
{
	buf_printf(out, "  %-10s", name);
}

static void
put(struct buf *out, const char *name, const json_t *v)
{
	if (json_string_value(v) == NULL || json_string_length(v) == 0)
		return;
	label(out, name);
	text_escape(out, span_make(json_string_value(v), json_string_length(v)));
	buf_u8(out, '\n');
}

/* Between the quotes stands all of the word: what is at its ends shows, too. */
static void
put_words(struct buf *out, const char *name, const json_t *list)
{
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v)
	{
		label(out, i == 0 ? name : "");
		buf_printf(out, "%3zu \"", i + 1);
		text_escape(
		    out, span_make(json_string_value(v), json_string_length(v)));
		buf_text(out, "\"\n");
	}
}

static void
put_list(struct buf *out, const char *name, const json_t *list)
{
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v) put(out, i == 0 ? name : "", v);
}

/* "group sre, bob" of a condition's member. */
static void
put_names(struct buf *out, const char *before, const json_t *list)
{
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v)
	{
		buf_text(out, i == 0 ? before : ", ");
		text_escape(out, span_of(json_string_value(v)));
	}
}

static void
put_needs(struct buf *out, const json_t *needs)
{
	size_t i;
	json_t *n;

	json_array_foreach(needs, i, n)
	{
		label(out, i == 0 ? "needs" : "");
		buf_printf(out, "%lld of %lld",
		    (long long)json_integer_value(json_object_get(n, "have")),
		    (long long)json_integer_value(json_object_get(n, "need")));
		put_names(out, " from ", json_object_get(n, "from"));
		put_names(out, ", not ", json_object_get(n, "not"));
		put_names(out, ", by ", json_object_get(n, "auth"));
		if (json_object_get(n, "verified") != NULL)
			buf_text(out, " with its PIN");
		if (json_is_true(json_object_get(n, "distinct_groups")))
			buf_text(out, ", of different groups");
		buf_text(out, " (rule ");
		text_escape(
		    out, span_of(json_string_value(json_object_get(n, "rule"))));
		buf_text(out, ")\n");
	}
}

static void
put_part(struct buf *out, const char *before, const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	if (json_string_value(v) == NULL || json_string_length(v) == 0)
		return;
	buf_text(out, before);
	text_escape(out, span_make(json_string_value(v), json_string_length(v)));
}

static void
put_approvals(struct buf *out, const json_t *list)
{
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v)
	{
		label(out, i == 0 ? "approved" : "");
		put_part(out, "by ", v, "name");
		put_part(out, ", proof ", v, "proof");
		if (json_is_true(json_object_get(v, "verified")))
			buf_text(out, " with its PIN");
		put_part(out, " ", v, "key");
		put_part(out, ", from ", v, "source");
		put_part(out, ", ", v, "time");
		put_part(out, ": ", v, "reason");
		buf_u8(out, '\n');
	}
}

/* ", NAME VALUE"; of an object each member, and what is deeper as it is. */
static void
put_member(struct buf *out, const char *name, const json_t *v, bool deeper)
{
	const char *part;
	json_t *one;
	char *s;

	if (deeper && json_is_object(v)) {
		json_object_foreach((json_t *)(uintptr_t)v, part, one)
		    put_member(out, part, one, false);
		return;
	}
	buf_text(out, ", ");
	text_escape(out, span_of(name));
	buf_u8(out, ' ');
	if (json_is_string(v)) {
		text_escape(
		    out, span_make(json_string_value(v), json_string_length(v)));
		return;
	}
	s = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	if (s == NULL)
		out->bad = true;
	else
		text_escape(out, span_of(s));
	free(s);
}

static void
put_item(struct buf *out, const json_t *item)
{
	const char *name;
	json_t *v;

	label(out, "");
	put_part(out, "", item, "name");
	json_object_foreach((json_t *)(uintptr_t)item, name,
	    v) if (strcmp(name, "name") != 0) put_member(out, name, v, true);
	buf_u8(out, '\n');
}

static void
put_preview(struct buf *out, const json_t *preview)
{
	size_t i;
	json_t *v;

	if (preview == NULL)
		return;
	label(out, "touches");
	put_part(out, "", preview, "summary");
	if (json_object_get(preview, "summary") == NULL)
		put_part(out, "not known: ", preview, "state");
	put_part(out, ", ", preview, "why");
	buf_u8(out, '\n');
	json_array_foreach(json_object_get(preview, "items"), i, v) put_item(out, v);
	if (json_is_true(json_object_get(preview, "more"))) {
		label(out, "");
		buf_text(out, "and more, which are not listed\n");
	}
}

static void
put_time(struct buf *out, const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);
	char at[21];

	if (json_is_integer(v)) {
		clock_iso((uint64_t)json_integer_value(v), at);
		buf_text(out, at);
	} else
		put_part(out, "", o, name);
}

static void
put_similar(struct buf *out, const json_t *list)
{
	size_t i;
	json_t *v;

	if (list == NULL)
		return;
	label(out, "similar");
	buf_text(out, json_array_size(list) == 0
			  ? "nothing by this rule in the last 30 days\n"
			  : "of the last 30 days, the newest first\n");
	json_array_foreach(list, i, v)
	{
		label(out, "");
		put_time(out, v, "at");
		put_part(out, " ", v, "id");
		put_part(out, " ", v, "state");
		put_part(out, " by ", v, "by");
		if (json_is_true(json_object_get(v, "same")))
			buf_text(out, " (the same)");
		put_part(out, ": ", v, "command");
		if (json_object_get(v, "command_bytes") != NULL)
			buf_printf(out, " ... the first bytes of %lld",
			    (long long)json_integer_value(
				json_object_get(v, "command_bytes")));
		buf_u8(out, '\n');
	}
}

static void
put_end(struct buf *out, const json_t *about)
{
	const json_t *end = json_object_get(about, "ended");

	if (end == NULL)
		return;
	label(out, "ended");
	put_part(out, "", end, "time");
	put_part(out, ", by ", end, "by");
	put_part(out, ", proof ", end, "proof");
	put_part(out, ": ", end, "reason");
	buf_u8(out, '\n');
}

/* Where and how it runs on a target. */
static void
put_place(struct buf *out, const json_t *r)
{
	struct buf target;

	buf_init(&target, HOLD_TARGET);
	hold_target_put(r, &target);
	if (target.len > 0) {
		label(out, "target");
		text_escape(out, buf_span(&target));
		buf_u8(out, '\n');
	}
	buf_clear(&target);
	put(out, "as", json_object_get(r, "run_as"));
	put(out, "in", json_object_get(r, "directory"));
	put(out, "host", json_object_get(r, "host"));
	put(out, "mode", json_object_get(r, "mode"));
}

static void
put_reveals(struct buf *out, const json_t *calls)
{
	if (json_string_length(calls) == 0)
		return;
	label(out, "reveals");
	buf_text(out, "its answer will not be masked: ");
	text_escape(out, span_of(json_string_value(calls)));
	buf_u8(out, '\n');
}

static void
put_request(struct buf *out, const json_t *about)
{
	const json_t *r = json_object_get(about, "request");

	put_place(out, r);
	put_words(out, "words", json_object_get(r, "argv"));
	put(out, "line", json_object_get(r, "line"));
	put(out, "runs", json_object_get(about, "command"));
	put(out, "runbook", json_object_get(json_object_get(r, "runbook"), "name"));
	put(out, "call", json_object_get(about, "call"));
	put_reveals(out, json_object_get(r, "reveals"));
	put_list(out, "calls", json_object_get(r, "calls"));
	put_list(out, "resources", json_object_get(r, "resources"));
	if (json_is_true(json_object_get(r, "more_resources")))
		buf_text(out, "            and more, which are not listed\n");
	put_preview(out, json_object_get(r, "preview"));
	label(out, "stdin");
	hold_stdin_put(r, out);
	buf_u8(out, '\n');
	if (json_is_true(json_object_get(r, "out")))
		buf_text(out, "  output    its file is printed on stdout\n");
	put(out, "profile", json_object_get(about, "profile"));
	put(out, "role", json_object_get(r, "role"));
	put(out, "account", json_object_get(r, "account"));
	put(out, "region", json_object_get(r, "region"));
}

static void
show_text(const json_t *about, struct buf *out)
{
	text_escape(out, span_of(json_string_value(json_object_get(about, "id"))));
	put_part(out, " ", about, "state");
	buf_u8(out, '\n');
	put(out, "who", json_object_get(about, "identity"));
	put(out, "for", json_object_get(about, "owner"));
	put(out, "from", json_object_get(about, "source"));
	put(out, "key", json_object_get(about, "key"));
	put(out, "path", json_object_get(about, "path"));
	put_request(out, about);
	put(out, "reason", json_object_get(about, "asker_says"));
	if (json_string_length(json_object_get(about, "asker_says")) > 0)
		buf_text(out, "            (the asker's own words, unverified)\n");
	put(out, "rule", json_object_get(about, "rule"));
	put(out, "says", json_object_get(about, "rule_says"));
	put_needs(out, json_object_get(about, "needs"));
	put_approvals(out, json_object_get(about, "approvals"));
	put(out, "digest", json_object_get(about, "digest"));
	put(out, "policy", json_object_get(about, "policy"));
	put(out, "asked", json_object_get(about, "asked"));
	put(out, "until", json_object_get(about, "until"));
	put_end(out, about);
	put_similar(out, json_object_get(about, "similar"));
}

/* ---- what is told ---- */

static const char *
given(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static json_t *
end_json(const struct hold *h)
{
	char at[21];

	if (!hold_state_final(h->state))
		return NULL;
	clock_iso(h->changed_ms, at);
	return json_pack("{s:s, s:s*, s:s*, s:s*}", "time", at, "by", given(h->by),
	    "proof", given(h->proof), "reason", given(h->why));
}

/* With which key, and from where, is for those who decide. */
static void
leave_out(json_t *approvals)
{
	size_t i;
	json_t *v;

	json_array_foreach(approvals, i, v)
	{
		json_object_del(v, "key");
		json_object_del(v, "source");
	}
}

/* All that is known of it; NULL: no memory. */
static json_t *
about_hold(const struct hold *h, bool approver)
{
	json_t *o = hold_json(h), *more;
	char policy[65];

	id_hex(h->verdict.policy, 32, policy);
	more = json_pack("{s:s*, s:s*, s:s*, s:s, s:o*}", "key", given(h->key),
	    "rule_says", given(h->verdict.reason), "call", given(h->verdict.call),
	    "policy", policy, "ended", end_json(h));
	if (o == NULL || more == NULL || json_object_update(o, more) != 0 ||
	    (approver && h->request != NULL &&
		json_object_set_new(o, "request", json_deep_copy(h->request)) != 0)) {
		json_decref(o);
		o = NULL;
	}
	json_decref(more);
	if (!approver)
		leave_out(json_object_get(o, "approvals"));
	/* When the state of something that is over ends, means nothing. */
	if (o != NULL && hold_state_final(h->state))
		json_object_del(o, "until");
	return o;
}

static void
show(struct hold_why *w)
{
	struct verb_call *call = w->call;

	/* What the store has of others like it was written as it was asked for. */
	if (!veil_json(veil_of(w->all->m), w->about))
		call->out.bad = true;
	else if (call->json)
		hold_line_take(json_incref(w->about), &call->out);
	else
		show_text(w->about, &call->out);
	if (!buf_ok(&call->out)) {
		buf_reset(&call->out);
		refuse(w, STATUS_FAILED, "it cannot be shown whole");
		return;
	}
	end_why(w);
	call->done(call->arg, call, STATUS_OK);
}

static void
similar(void *arg, enum rc rc, const char *why, const struct msg_recalled *row)
{
	struct hold_why *w = arg;
	json_t *list = NULL;

	(void)why;
	if (rc == RC_OK)
		list = json_loadb((const char *)row->text.p, row->text.len,
		    JSON_REJECT_DUPLICATES, NULL);
	else if (rc == RC_END)
		list = json_array();
	if (json_is_array(list))
		json_object_set(w->about, "similar", list);
	json_decref(list);
	show(w);
}

static void
tell(struct hold_why *w, const struct hold *h)
{
	struct msg_recall m = { .what = RECALL_SIMILAR, .after = span_of(w->id) };
	uint64_t now = clock_wall_ms();

	bool own = strcmp(h->identity, w->call->name) == 0;

	if (!w->approver && !own) {
		refuse(w, STATUS_DENIED, NONE);
		return;
	}
	/* Who decides on others' is no approver of an own one. */
	w->approver &= !own;
	if ((w->about = about_hold(h, w->approver)) == NULL) {
		refuse(w, STATUS_FAILED, "out of memory");
		return;
	}
	m.since_ms = now > LATELY_MS ? now - LATELY_MS : 0;
	if (!w->approver)
		show(w);
	else if (keep_recall(w->all->m->keep, &m, similar, w) != RC_OK)
		show(w);
}

/* ---- what is over ---- */

static void
found(void *arg, enum rc rc, const char *why, const struct msg_recalled *row)
{
	struct hold_why *w = arg;
	struct hold *h = NULL;
	struct err err = { "" };

	(void)why;
	if (rc == RC_END || rc == RC_REFUSE) {
		refuse(w, STATUS_DENIED, NONE);
		return;
	}
	if (rc != RC_OK) {
		refuse(w, STATUS_FAILED, "the store cannot be asked");
		return;
	}
	if (!span_is(row->id, w->id) ||
	    (rc = hold_row_read(w->all, row, &h, &err)) != RC_OK)
		refuse(w, w->approver ? STATUS_FAILED : STATUS_DENIED,
		    w->approver ? "what is kept of that hold cannot be read" : NONE);
	else
		tell(w, h);
	hold_drop(h);
}

void
holds_why(struct holds *all, struct verb_call *call)
{
	struct msg_recall m = { .what = RECALL_ONE };
	const struct hold *h;
	struct hold_why *w;

	if (call->argc != 2) {
		verb_answer(call, STATUS_USAGE, "usage: why ID");
		return;
	}
	if ((w = calloc(1, sizeof *w)) == NULL) {
		verb_answer(call, STATUS_FAILED, "out of memory");
		return;
	}
	w->all = all;
	w->call = call;
	w->approver = approval_right(call);
	w->next = all->asking;
	all->asking = w;
	if (!id_hold_parse(span_of(call->argv[1]), w->id)) {
		refuse(w, STATUS_DENIED, NONE);
		return;
	}
	m.after = span_of(w->id);
	if ((h = holds_find(all, w->id)) != NULL)
		tell(w, h);
	else if (keep_recall(all->m->keep, &m, found, w) != RC_OK)
		refuse(w, STATUS_FAILED, "the store cannot be asked");
}
