/* Holds of before a restart: taken back, row by row, before anybody is served. */
#include <stdio.h>
#include <stdlib.h>

#include "broker/monitor/holds_parts.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/text.h"

static void
recalled(struct holds *all, enum rc rc)
{
	if (rc == RC_OK)
		rc = holds_sort(all);
	all->recalled(all->recalled_arg, rc);
}

/* It never becomes a hold again, in any version. */
static void
cancel_row(struct holds *all, const struct msg_recalled *row, const char *why)
{
	char reason[600];
	struct msg_hold_set m = {
		.hold = row->id, .state = HOLD_CANCELLED, .at_ms = clock_wall_ms()
	};
	struct buf id;

	buf_init(&id, 300);
	text_escape(&id, row->id);
	log_line(LOG_ERROR, "hold %s cannot be taken back, and is cancelled: %s",
	    buf_cstr(&id), why);
	buf_clear(&id);
	snprintf(reason, sizeof reason, "cannot be taken back: %s", why);
	m.reason = span_of(reason);
	(void)keep_ask(all->m->keep, MSG_HOLD_SET, &m, NULL, NULL);
}

/* RC_REFUSE: it cannot be read; RC_FAIL: memory. */
static enum rc
take_back(struct holds *all, const struct msg_recalled *row, struct err *err)
{
	struct hold *h = NULL;
	enum rc rc = hold_row_read(all, row, &h, err);

	if (rc == RC_OK && (h->state != HOLD_PENDING && h->state != HOLD_APPROVED))
		rc = err_set(err, RC_REFUSE, "it is over");
	if (rc == RC_OK && hold_arm(h) != RC_OK)
		rc = err_memory(err);
	if (rc != RC_OK) {
		hold_drop(h);
		return rc;
	}
	hold_list(h);
	/* Its caller's connection ended with the broker of before. */
	if (h->cancel_on_disconnect)
		hold_close(h);
	return RC_OK;
}

static void ask_next(struct holds *all, enum msg_recall_what what, struct span after);

static void
take_denied(struct holds *all, const struct msg_recalled *row)
{
	uint64_t now = clock_wall_ms();
	uint64_t ago = now > row->changed_ms ? now - row->changed_ms : 0;
	struct hold *h = NULL;
	struct err err = { "" };

	/* Nothing can come of it: what cannot be read is left alone. */
	if (hold_row_read(all, row, &h, &err) == RC_OK && h->state == HOLD_DENIED)
		holds_note_denial(all, h->identity, h->digest, h->by, ago);
	hold_drop(h);
}

static void
denied_row(void *arg, enum rc rc, const char *why, const struct msg_recalled *row)
{
	struct holds *all = arg;

	(void)why;
	if (rc != RC_OK) {
		recalled(all, rc == RC_END ? RC_OK : rc);
		return;
	}
	take_denied(all, row);
	ask_next(all, RECALL_DENIED, row->id);
}

static void
live_row(void *arg, enum rc rc, const char *why, const struct msg_recalled *row)
{
	struct holds *all = arg;
	struct err err = { "" };

	(void)why;
	if (rc == RC_END && all->m->rules.config->holds.denied > 0) {
		ask_next(all, RECALL_DENIED, span_make(NULL, 0));
		return;
	}
	if (rc != RC_OK) {
		recalled(all, rc == RC_END ? RC_OK : rc);
		return;
	}
	if ((rc = take_back(all, row, &err)) == RC_REFUSE)
		cancel_row(all, row, err.text);
	if (rc == RC_FAIL)
		recalled(all, rc);
	else
		ask_next(all, RECALL_HOLD, row->id);
}

static void
ask_next(struct holds *all, enum msg_recall_what what, struct span after)
{
	uint64_t within = all->m->rules.config->holds.denied, now = clock_wall_ms();
	struct msg_recall m = { .what = (uint8_t)what,
		.after = after,
		.since_ms = what == RECALL_DENIED && now > within ? now - within : 0 };

	if (keep_recall(all->m->keep, &m, what == RECALL_DENIED ? denied_row : live_row,
		all) != RC_OK)
		recalled(all, RC_FAIL);
}

void
holds_recall(struct holds *all, void (*done)(void *arg, enum rc rc), void *arg)
{
	all->recalled = done;
	all->recalled_arg = arg;
	ask_next(all, RECALL_HOLD, span_make(NULL, 0));
}

void
holds_resume(struct holds *all)
{
	struct hold_cursor c;
	struct hold *h;

	hold_cursor_open(all, &c);
	while ((h = hold_cursor_next(&c)) != NULL) {
		const struct hold_owner *owner = hold_owner(h);

		if (owner != NULL && h->left && !h->busy && h->state == HOLD_APPROVED &&
		    h->until > clock_mono_ms())
			owner->settled(owner->arg, h, h->state, h->by, h->why);
	}
	hold_cursor_close(&c);
}
