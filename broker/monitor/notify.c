/* The queue of notices; see notify.h.  Each stands in the store before it is tried, and
 * until it is delivered or set aside. */
#include "broker/monitor/notify_parts.h"
#include "broker/monitor/veiling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/holds.h"
#include "broker/monitor/noticeform.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/model/needs.h"

static const char gone[] = "its outlet is not configured any more";

/* ---- outlets ---- */

const struct config_notify *
notify_config(const struct place *p)
{
	return &p->all->m->rules.config->notify.v[p->at];
}

struct place *
notify_place(const struct notify *n, struct span name)
{
	for (struct place *p = n->places; p != NULL; p = p->next)
		if (span_is(name, p->name))
			return p;
	return NULL;
}

struct note *
notify_find(const struct notify *n, struct span id)
{
	for (struct place *p = n->places; p != NULL; p = p->next)
		for (struct note *note = p->first; note != NULL; note = note->next)
			if (span_is(id, note->id))
				return note;
	return NULL;
}

static void
pause_over(void *arg)
{
	notify_try_now(arg);
}

static enum rc
add_place(struct notify *n, size_t at, struct err *err)
{
	struct place *p = calloc(1, sizeof *p);

	if (p == NULL || (p->timer = loop_timer(n->m->loop, pause_over, p)) == NULL) {
		free(p);
		return err_memory(err);
	}
	p->all = n;
	p->at = at;
	span_copy(span_of(notify_config(p)->name), p->name, sizeof p->name);
	p->next = n->places;
	n->places = p;
	return RC_OK;
}

/* ---- notes ---- */

enum rc
notify_id(struct notify *n, char id[ID_NONCE_TEXT], struct err *err)
{
	uint64_t now = clock_wall_ms();
	char random[ID_NONCE_TEXT];
	enum rc rc;

	/* Their order is that of their ids, also in the store. */
	n->last_id_ms = now > n->last_id_ms ? now : n->last_id_ms + 1;
	if ((rc = id_nonce(random, err)) == RC_OK)
		snprintf(id, ID_NONCE_TEXT, "%012llx%.10s",
		    (unsigned long long)n->last_id_ms & 0xFFFFFFFFFFFFull, random);
	return rc;
}

static void
free_note(struct note *note)
{
	struct notify *n = note->place->all;

	if (n->m->keep != NULL)
		keep_forget(n->m->keep, note);
	notify_untell(note);
	n->waiting--;
	n->bytes -= note->len;
	free(note->body);
	free(note);
}

static void
unlink_note(struct note *note)
{
	struct note **at = &note->place->first;

	while (*at != note)
		at = &(*at)->next;
	*at = note->next;
	if (note->place->flying == note)
		notify_stop(note->place);
}

static void
link_note(struct note *note)
{
	struct note **at = &note->place->first;
	struct notify *n = note->place->all;

	while (*at != NULL && strcmp((*at)->id, note->id) < 0)
		at = &(*at)->next;
	/* What is under way stays the first. */
	if (*at != NULL && *at == note->place->flying)
		at = &(*at)->next;
	note->next = *at;
	*at = note;
	n->waiting++;
	n->bytes += note->len;
}

void
notify_event(struct notify *n, const char *kind, const char *id, const char *outlet,
    const char *hold, const char *why, const char *by)
{
	struct keep_event e = { .kind = kind, .identity = by };
	char *detail = keep_detail_take(
	    json_pack("{s:s, s:s*, s:s*, s:s*}", "notice", id, "outlet", outlet, "hold",
		hold != NULL && hold[0] != '\0' ? hold : NULL, "why", why),
	    JSON_COMPACT | JSON_ENSURE_ASCII);

	e.detail = detail;
	(void)keep_event(n->m->keep, &e, NULL, NULL);
	free(detail);
}

void
notify_over(struct note *note, enum msg_notice_state state, const char *why)
{
	struct notify *n = note->place->all;
	char text[NOTIFY_WHY];

	snprintf(text, sizeof text, "%s", why);
	unlink_note(note);
	if (note->asked)
		notify_tell(n, note->id, state, note->tries, 0, text);
	if (state == NOTICE_SET_ASIDE)
		log_line(LOG_ERROR, "notice %s to %s is set aside: %s", note->id,
		    note->place->name, text);
	free_note(note);
}

/* ---- too many ---- */

/* The oldest that is not under way: of those that nobody has to act on, or of all. */
static struct note *
oldest(const struct notify *n, bool all)
{
	struct note *found = NULL;

	for (struct place *p = n->places; p != NULL; p = p->next)
		for (struct note *note = p->first; note != NULL; note = note->next)
			if (note != p->flying &&
			    (all || strcmp(note->event, "pending") != 0) &&
			    (found == NULL || strcmp(note->id, found->id) < 0))
				found = note;
	return found;
}

void
notify_make_room(struct notify *n)
{
	struct note *note;

	while (n->waiting > NOTIFY_MOST || n->bytes > NOTIFY_BYTES) {
		if ((note = oldest(n, false)) == NULL &&
		    (note = oldest(n, true)) == NULL)
			return;
		notify_over(note, NOTICE_SET_ASIDE, "too many notices wait");
	}
}

/* ---- new ones ---- */

void
notify_forget(struct note *note, const char *why)
{
	log_line(LOG_ERROR, "a notice to %s is not kept, so not sent: %s",
	    note->place->name, why);
	unlink_note(note);
	free_note(note);
}

static struct note *
make_note(struct place *p, const char *id, struct span body)
{
	struct note *note = calloc(1, sizeof *note);

	if (note == NULL || (note->body = span_dup(body)) == NULL) {
		free(note);
		return NULL;
	}
	note->place = p;
	note->len = body.len;
	snprintf(note->id, sizeof note->id, "%s", id);
	note->at_ms = note->since_ms = clock_wall_ms();
	return note;
}

static void
add_note(struct place *p, struct noticeform *f, const char *hold)
{
	struct note *note = NULL;
	char id[ID_NONCE_TEXT];
	char *body = NULL;

	if (notify_id(p->all, id, NULL) == RC_OK) {
		f->notice = id;
		body = noticeform_body((enum config_format)notify_config(p)->format, f);
	}
	if (body != NULL)
		note = make_note(p, id, span_of(body));
	free(body);
	if (note == NULL) {
		log_line(LOG_ERROR, "no memory for a notice to %s", p->name);
		return;
	}
	snprintf(note->event, sizeof note->event, "%s", f->event);
	snprintf(note->hold, sizeof note->hold, "%s", hold);
	link_note(note);
	notify_keep(note);
}

static bool
wants(const struct place *p, const char *event)
{
	const struct config_notify *c = notify_config(p);

	for (unsigned i = 0; config_events_words[i] != NULL; i++)
		if (strcmp(config_events_words[i], event) == 0)
			return c->events & 1u << i;
	return false;
}

static void
put_needs(const struct hold *h, struct buf *out)
{
	const struct verdict *v = hold_verdict(h);

	for (size_t i = 0; i < v->n_needs; i++) {
		buf_printf(out, "%s%u of ", i > 0 ? "; " : "", v->needs[i].need);
		needs_put(&v->needs[i], out);
	}
}

/* Words of people, and of AWS. */
static const char *
put_masked(const struct notify *n, const char *text, struct buf *out)
{
	if (text != NULL)
		veil_line(veil_of(n->m), span_of(text), out);
	return buf_ok(out) ? buf_cstr(out) : "[MASKED]";
}

static void
on_hold(void *arg, const struct hold *h, const char *event, const char *by,
    const char *reason)
{
	struct notify *n = arg;
	struct noticeform f = { .broker = n->m->rules.config->name,
		.event = event,
		.by = by,
		.at_ms = clock_wall_ms() };
	json_t *hold = NULL;
	struct buf needs, words, preview;

	buf_init(&needs, 65536);
	buf_init(&words, 65536);
	buf_init(&preview, 65536);
	f.reason = put_masked(n, reason, &words);
	f.preview = put_masked(n,
	    json_string_value(json_object_get(
		json_object_get(hold_request(h), "preview"), "summary")),
	    &preview);
	for (struct place *p = n->places; p != NULL; p = p->next) {
		if (!wants(p, event))
			continue;
		if (hold == NULL) {
			put_needs(h, &needs);
			hold = hold_json(h);
		}
		f.hold = hold;
		f.needs = buf_cstr(&needs);
		if (hold == NULL)
			log_line(LOG_ERROR, "no memory for a notice to %s", p->name);
		else
			add_note(p, &f, hold_id(h));
	}
	json_decref(hold);
	buf_clear(&needs);
	buf_clear(&words);
	buf_clear(&preview);
	notify_make_room(n);
}

/* ---- those of the last start ---- */

/* "EVENT HOLD\n": cut off its body. */
static bool
read_envelope(struct span *s, struct note *note)
{
	const uint8_t *end = s->len > 0 ? memchr(s->p, '\n', s->len) : NULL;
	const uint8_t *blank;
	struct span line;

	if (end == NULL)
		return false;
	line = span_make(s->p, (size_t)(end - s->p));
	blank = line.len > 0 ? memchr(line.p, ' ', line.len) : NULL;
	if (blank == NULL ||
	    !span_copy(span_make(line.p, (size_t)(blank - line.p)), note->event,
		sizeof note->event) ||
	    !span_copy(span_make(blank + 1, (size_t)(end - blank) - 1), note->hold,
		sizeof note->hold))
		return false;
	*s = span_make(end + 1, s->len - line.len - 1);
	return true;
}

struct note *
notify_take_row(struct notify *n, struct place *p, const struct msg_recalled *row)
{
	struct note about = { 0 }, *note;
	struct span body = row->text;

	if (!read_envelope(&body, &about) ||
	    !span_copy(row->id, about.id, sizeof about.id) ||
	    notify_find(n, row->id) != NULL ||
	    (note = make_note(p, about.id, body)) == NULL)
		return NULL;
	memcpy(note->event, about.event, sizeof note->event);
	memcpy(note->hold, about.hold, sizeof note->hold);
	note->at_ms = note->since_ms = row->at_ms;
	note->next_ms = row->until_ms;
	note->tries = row->used;
	note->asked = note->kept = true;
	link_note(note);
	return note;
}

static void
set_row_aside(struct notify *n, const struct msg_recalled *row, const char *why)
{
	char id[ID_NONCE_TEXT];

	if (span_copy(row->id, id, sizeof id))
		notify_tell(n, id, NOTICE_SET_ASIDE, row->used, 0, why);
}

/* One that waits for people, but not for ever. */
static void
look_at_aside(struct notify *n, const struct msg_recalled *row)
{
	uint64_t now = clock_wall_ms();

	if (now > row->at_ms && now - row->at_ms > NOTIFY_ASIDE_MS)
		notify_tell(n, n->after, NOTICE_DELIVERED, row->used, 0,
		    "set aside for too long");
}

static void recall_next(struct notify *n);

static void
recalled(void *arg, enum rc rc, const char *why, const struct msg_recalled *row)
{
	struct notify *n = arg;
	struct place *p;

	if (rc == RC_OK && span_copy(row->id, n->after, sizeof n->after)) {
		if (row->state != NOTICE_WAITING)
			look_at_aside(n, row);
		else if ((p = notify_place(n, row->outlet)) == NULL)
			set_row_aside(n, row, gone);
		else if (notify_take_row(n, p, row) == NULL)
			set_row_aside(n, row, "it cannot be read");
		notify_make_room(n);
		recall_next(n);
		return;
	}
	if (rc != RC_END)
		log_line(LOG_ERROR, "notices that wait cannot be read: %s",
		    rc == RC_OK ? "an id that is too long" : why);
	n->ready = true;
	for (p = n->places; p != NULL; p = p->next)
		notify_try(p);
}

static void
recall_next(struct notify *n)
{
	const struct msg_recall m = { .what = RECALL_NOTICE,
		.after = span_of(n->after) };

	if (keep_recall(n->m->keep, &m, recalled, n) != RC_OK)
		recalled(n, RC_FAIL, "the keeper cannot be asked", NULL);
}

void
notify_recall(struct notify *n, void (*done)(void *arg, enum rc rc), void *arg)
{
	n->after[0] = '\0';
	recall_next(n);
	/* Nobody waits for notices, not even a start. */
	done(arg, RC_OK);
}

/* ---- its life ---- */

static void
free_place(struct place *p)
{
	while (p->first != NULL) {
		struct note *note = p->first;

		unlink_note(note);
		free_note(note);
	}
	timer_free(p->timer);
	free(p);
}

/* What waits for an outlet that is no more may be for another one, some day. */
static void
drop_place(struct place **at)
{
	struct place *p = *at;

	notify_stop(p);
	while (p->first != NULL)
		notify_over(p->first, NOTICE_SET_ASIDE, gone);
	*at = p->next;
	free_place(p);
}

static bool
find_config(const struct config_notifies *all, const char *name, size_t *ret)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->v[i].name, name) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

void
notify_recheck(struct notify *n)
{
	const struct config_notifies *all = &n->m->rules.config->notify;
	struct place **at = &n->places;
	struct err err = { "" };

	while (*at != NULL)
		if (find_config(all, (*at)->name, &(*at)->at))
			at = &(*at)->next;
		else
			drop_place(at);
	for (size_t i = 0; i < all->n; i++)
		if (notify_place(n, span_of(all->v[i].name)) == NULL &&
		    add_place(n, i, &err) != RC_OK)
			log_line(LOG_ERROR, "no notices to %s: %s", all->v[i].name,
			    err.text);
	/* Perhaps the trouble was what has been changed. */
	for (struct place *p = n->places; p != NULL; p = p->next)
		notify_try_now(p);
}

enum rc
notify_new(struct monitor *m, struct notify **ret, struct err *err)
{
	struct notify *n = calloc(1, sizeof *n);
	enum rc rc = RC_OK;

	if (n == NULL)
		return err_memory(err);
	n->m = m;
	rc = notify_open_post(n, err);
	for (size_t i = 0; rc == RC_OK && i < m->rules.config->notify.n; i++)
		rc = add_place(n, i, err);
	if (rc == RC_OK && !holds_listen(m->holds, on_hold, n))
		rc = err_set(err, RC_FAIL, "too many listen to holds");
	if (rc != RC_OK) {
		notify_free(n);
		return rc;
	}
	*ret = n;
	return RC_OK;
}

void
notify_free(struct notify *n)
{
	if (n == NULL)
		return;
	holds_unlisten(n->m->holds, n);
	if (n->m->keep != NULL)
		keep_forget(n->m->keep, n);
	notify_trials_end(n);
	for (struct place *p = n->places; p != NULL; p = p->next)
		notify_stop(p);
	http_free(n->http);
	while (n->places != NULL) {
		struct place *p = n->places;

		n->places = p->next;
		free_place(p);
	}
	notify_close_post(n);
	free(n);
}
