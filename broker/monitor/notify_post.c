/* What the store is told of notices, in order, and only while it keeps up. */
#include "broker/monitor/notify_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/log.h"

static void
kept(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct note *note = arg;
	struct place *p = note->place;

	(void)bytes;
	(void)fd;
	if (rc != RC_OK)
		notify_forget(note, why);
	else
		note->kept = true;
	notify_try(p);
}

/* What the store keeps of a new one: a line of what it is about, then the body. */
static enum rc
ask_to_keep(struct note *note)
{
	struct msg_notice_new m = { .notice = span_of(note->id),
		.outlet = span_of(note->place->name),
		.at_ms = note->at_ms };
	struct buf stored;
	enum rc rc = RC_FAIL;

	buf_init(&stored, MSG_TEXT_MAX);
	buf_printf(&stored, "%s %s\n", note->event, note->hold);
	buf_put(&stored, note->body, note->len);
	m.body = buf_span(&stored);
	if (buf_ok(&stored))
		rc =
		    keep_ask(note->place->all->m->keep, MSG_NOTICE_NEW, &m, kept, note);
	buf_clear(&stored);
	return rc;
}

static void
send_letter(struct notify *n, const struct letter *l)
{
	const struct msg_notice_set m = { .notice = span_of(l->id),
		.state = (uint8_t)l->state,
		.tries = l->tries,
		.next_ms = l->next_ms,
		.text = span_of(l->why) };

	if (l->note == NULL)
		/* Not kept: it is sent once more after a restart, under the same id. */
		(void)keep_ask(n->m->keep, MSG_NOTICE_SET, &m, NULL, NULL);
	else if (ask_to_keep(l->note) == RC_OK)
		l->note->asked = true;
	else
		notify_forget(l->note, "the store cannot be asked");
}

/* Holds go first: what the keeper has not taken yet is not made longer, for a queue that
 * runs over ends the broker. */
static void
post_letters(struct notify *n)
{
	while (n->letters != NULL && !keep_behind(n->m->keep)) {
		struct letter *l = n->letters;

		if ((n->letters = l->next) == NULL)
			n->last_letter = &n->letters;
		send_letter(n, l);
		free(l);
	}
	if (n->letters != NULL)
		timer_set(n->post, NOTIFY_BEHIND_MS);
}

static void
post_again(void *arg)
{
	post_letters(arg);
}

static bool
add_letter(struct notify *n, const struct letter *from)
{
	struct letter *l = malloc(sizeof *l);

	if (l == NULL)
		return false;
	*l = *from;
	l->next = NULL;
	*n->last_letter = l;
	n->last_letter = &l->next;
	post_letters(n);
	return true;
}

void
notify_untell(const struct note *note)
{
	struct notify *n = note->place->all;
	struct letter **at = &n->letters, *l;

	while ((l = *at) != NULL && l->note != note)
		at = &l->next;
	if (l == NULL)
		return;
	if ((*at = l->next) == NULL)
		n->last_letter = at;
	free(l);
}

void
notify_tell(struct notify *n, const char *id, enum msg_notice_state state,
    uint32_t tries, uint64_t next_ms, const char *why)
{
	struct letter l = { .state = state, .tries = tries, .next_ms = next_ms };

	snprintf(l.id, sizeof l.id, "%s", id);
	snprintf(l.why, sizeof l.why, "%s", why);
	(void)add_letter(n, &l);
}

void
notify_keep(struct note *note)
{
	if (!add_letter(note->place->all, &(struct letter){ .note = note }))
		notify_forget(note, "no memory");
}

void
notify_note_state(const struct note *note, enum msg_notice_state state)
{
	notify_tell(
	    note->place->all, note->id, state, note->tries, note->next_ms, note->why);
}

enum rc
notify_open_post(struct notify *n, struct err *err)
{
	n->last_letter = &n->letters;
	n->post = loop_timer(n->m->loop, post_again, n);
	return n->post == NULL ? err_memory(err) : RC_OK;
}

void
notify_close_post(struct notify *n)
{
	while (n->letters != NULL) {
		struct letter *l = n->letters;

		n->letters = l->next;
		free(l);
	}
	timer_free(n->post);
}
