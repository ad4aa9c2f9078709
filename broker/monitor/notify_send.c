/* Delivering notices: one try at a time for each outlet, in order, with pauses that grow.
 * What a receiver refuses for good is set aside, and the next one goes. */
#include "broker/monitor/notify_parts.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "broker/monitor/noticekeys.h"
#include "broker/monitor/noticesign.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/quantity.h"

/* ---- one post ---- */

enum rc
notify_post(struct place *p, const char *id, struct span body, http_fn *fn, void *arg,
    struct http_call **ret, struct err *err)
{
	const struct config_notify *c = notify_config(p);
	struct notify *n = p->all;
	struct http_options o = { .plain = strncmp(c->url, "http://", 7) == 0,
		.timeout_ms = NOTIFY_TRY_MS,
		.max_body = NOTIFY_ANSWER_MAX,
		.keep_head = true,
		.ca_file = c->ca_file };
	struct span secret = noticekeys_at(n->m->rules.notice_keys, p->at);
	struct buf headers;
	char room[256];
	enum rc rc = RC_OK;

	if (secret.len == 0)
		return err_set(err, RC_FAIL, "there is no secret to sign with");
	if (n->http == NULL && (rc = http_new(n->m->loop, &n->http, err)) != RC_OK)
		return rc;
	buf_over(&headers, room, sizeof room);
	buf_text(&headers, "Content-Type: application/json\r\n");
	if ((rc = noticesign_put(
		 secret, clock_wall_ms() / 1000, id, body, &headers, err)) != RC_OK)
		return rc;
	return http_ask(n->http, HTTP_POST, c->url, buf_span(&headers), body, &o, fn,
	    arg, ret, err);
}

bool
notify_taken(enum rc rc, unsigned status, const struct err *err, bool *poison,
    char why[NOTIFY_WHY])
{
	*poison = rc == RC_OK && status >= 400 && status <= 499 && status != 408 &&
		  status != 425 && status != 429;
	if (rc != RC_OK)
		snprintf(why, NOTIFY_WHY, "%.*s", NOTIFY_WHY - 1, err->text);
	else if (status >= 300 && status <= 399)
		snprintf(
		    why, NOTIFY_WHY, "HTTP %u: redirects are not followed", status);
	else
		snprintf(why, NOTIFY_WHY, "HTTP %u", status);
	return rc == RC_OK && status >= 200 && status <= 299;
}

/* ---- pauses ---- */

/* Doubling from a second to five minutes, a quarter more or less: many brokers must not
 * knock together. */
static uint64_t
pause_of(unsigned failures)
{
	unsigned shift = failures > 9 ? 9 : failures - 1;
	uint64_t ms = (uint64_t)NOTIFY_PAUSE_MS << shift;

	if (ms > NOTIFY_PAUSE_MOST_MS)
		ms = NOTIFY_PAUSE_MOST_MS;
	return ms - ms / 4 + randombytes_uniform((uint32_t)(ms / 2) + 1);
}

/* What the receiver asks for, in seconds; a date, or anything else, is not heeded. */
static uint64_t
asked_pause(const struct http_call *call)
{
	struct span s = http_header(call, "Retry-After");
	uint64_t seconds;

	if (!quantity_uint(s, &seconds))
		return 0;
	return seconds < NOTIFY_ASKED_MOST_MS / 1000 ? seconds * 1000
						     : NOTIFY_ASKED_MOST_MS;
}

static void
pause_for(struct place *p, uint64_t ms)
{
	p->pausing = true;
	timer_set(p->timer, ms);
}

/* ---- how a try ended ---- */

static void
went_well(struct place *p, struct note *note)
{
	if (p->failures >= NOTIFY_ALARM) {
		log_line(LOG_NOTICE, "notices are delivered again to %s", p->name);
		notify_event(p->all, "notice.recovered", note->id, p->name, note->hold,
		    NULL, NULL);
	}
	p->failures = 0;
	notify_over(note, NOTICE_DELIVERED, "");
}

static bool
given_up(const struct note *note)
{
	uint64_t now = clock_wall_ms();

	return note->tries >= NOTIFY_TRIES ||
	       (now > note->since_ms && now - note->since_ms >= NOTIFY_AGE_MS);
}

static void
went_wrong(struct place *p, struct note *note, bool poison, uint64_t asked)
{
	uint64_t ms;

	note->tries++;
	if (poison) {
		notify_over(note, NOTICE_SET_ASIDE, note->why);
		return;
	}
	if (++p->failures == NOTIFY_ALARM) {
		log_line(LOG_ERROR, "notices are not delivered to %s: %s", p->name,
		    note->why);
		notify_event(p->all, "notice.failing", note->id, p->name, note->hold,
		    note->why, NULL);
	}
	ms = pause_of(p->failures);
	pause_for(p, ms > asked ? ms : asked);
	if (given_up(note)) {
		notify_over(note, NOTICE_SET_ASIDE, note->why);
		return;
	}
	note->next_ms = clock_wall_ms() + (ms > asked ? ms : asked);
	notify_note_state(note, NOTICE_WAITING);
}

static void
posted(void *arg, enum rc rc, unsigned status, struct span body, const struct err *err)
{
	struct place *p = arg;
	struct note *note = p->flying;
	uint64_t asked = rc == RC_OK ? asked_pause(p->call) : 0;
	bool poison;

	(void)body;
	p->call = NULL;
	p->flying = NULL;
	if (notify_taken(rc, status, err, &poison, note->why))
		went_well(p, note);
	else
		went_wrong(p, note, poison, asked);
	notify_try(p);
}

/* ---- the next one ---- */

static void
begin(struct place *p, struct note *note)
{
	struct err err = { "" };

	p->flying = note;
	if (notify_post(p, note->id, span_make(note->body, note->len), posted, p,
		&p->call, &err) == RC_OK)
		return;
	p->flying = NULL;
	snprintf(note->why, sizeof note->why, "%.*s", NOTIFY_WHY - 1, err.text);
	went_wrong(p, note, false, 0);
}

void
notify_try(struct place *p)
{
	struct note *note = p->first;
	uint64_t now = clock_wall_ms();

	if (!p->all->ready || p->call != NULL || p->pausing || note == NULL ||
	    !note->kept)
		return;
	/* Left by the last start in the middle of a pause; the clock may have been set. */
	if (note->next_ms > now) {
		pause_for(p, note->next_ms - now < NOTIFY_ASKED_MOST_MS
				 ? note->next_ms - now
				 : NOTIFY_ASKED_MOST_MS);
		note->next_ms = 0;
		return;
	}
	begin(p, note);
}

void
notify_try_now(struct place *p)
{
	timer_stop(p->timer);
	p->pausing = false;
	if (p->first != NULL)
		p->first->next_ms = 0;
	notify_try(p);
}

void
notify_stop(struct place *p)
{
	http_cancel(p->call);
	p->call = NULL;
	p->flying = NULL;
}
