/* What the caller of a held command is told, and the line on its terminal that counts
 * down. */
#include <jansson.h>
#include <string.h>

#include "broker/monitor/session_parts.h"
#include "lib/base/clock.h"
#include "lib/model/status.h"

/* How often the remaining time is shown, and when one may ask again at the latest. */
#define COUNT_MS 10000
#define RETRY_SECONDS 60
/* All that a terminal has to know: to the line's begin, and away with it. */
#define CLEAR "\r\x1b[K"

static uint64_t
left_ms(const struct hold *h)
{
	uint64_t now = clock_wall_ms(), until = hold_until_ms(h);

	return until > now ? until - now : 0;
}

/* Not sooner than it makes sense, nor later than there is something to find. */
static int64_t
retry_after(const struct hold *h)
{
	uint64_t s = (left_ms(h) + 999) / 1000;

	return s == 0 ? 1 : s < RETRY_SECONDS ? (int64_t)s : RETRY_SECONDS;
}

/* ---- the remaining time ---- */

static void
count(void *arg)
{
	struct session *s = arg;
	struct buf b;
	uint64_t left;

	if (s->state != SESSION_HELD || s->hold == NULL)
		return;
	left = (left_ms(s->hold) + 999) / 1000;
	buf_init(&b, 256);
	buf_printf(&b, "%sbroker: %s expires in ", CLEAR, hold_id(s->hold));
	if (left >= 3600)
		buf_printf(&b, "%lluh", (unsigned long long)(left / 3600));
	if (left >= 60)
		buf_printf(&b, "%llum", (unsigned long long)(left / 60 % 60));
	buf_printf(&b, "%llus", (unsigned long long)(left % 60));
	session_say(s, buf_span(&b));
	buf_clear(&b);
	s->counting = true;
	timer_set(s->countdown, COUNT_MS);
}

/* Only people have use for it. */
static void
begin_counting(struct session *s)
{
	if (!s->command.pty || s->json)
		return;
	if (s->countdown == NULL)
		s->countdown = loop_timer(session_monitor(s)->loop, count, s);
	if (s->countdown != NULL) /* it waits without it as well */
		timer_set(s->countdown, COUNT_MS);
}

void
heldtell_quiet(struct session *s)
{
	if (s->countdown != NULL)
		timer_stop(s->countdown);
	if (s->counting)
		session_say(s, span_of(CLEAR));
	s->counting = false;
}

/* ---- it waits ---- */

static const char *
given(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* As people were asked, whatever a reload made of the rules since. */
static struct notice
held_notice(const struct hold *h)
{
	const struct verdict *v = hold_verdict(h);

	return (struct notice){ .event = "held",
		.id = hold_id(h),
		.rule = given(v->rule),
		.code = given(v->code),
		.reason = given(v->reason),
		.retry_after = retry_after(h) };
}

static void
put_held(struct buf *out, const struct hold *h)
{
	buf_printf(out, "held: %s needs ", hold_id(h));
	tell_needs(out, hold_verdict(h));
}

void
heldtell_held(struct session *s)
{
	struct msg_verdict m = { .effect = VERDICT_HOLD, .json = s->json };
	struct notice n = held_notice(s->hold);
	struct buf b, lines;

	buf_init(&b, TELL_TEXT);
	buf_init(&lines, MSG_TEXT_MAX);
	put_held(&b, s->hold);
	buf_text(&b, "; expires in ");
	/* In whole seconds, and never one too few. */
	tell_duration(&b, (left_ms(s->hold) + 999) / 1000 * 1000);
	n.text = buf_cstr(&b);
	if (notice_put(&lines, &n, s->json, NULL) == RC_OK && !s->json)
		buf_printf(&lines, "broker: approver runs: broker approve %s\n", n.id);
	m.text = buf_span(&lines);
	if (s->conn != NULL)
		conn_send(s->conn, s->chan, MSG_VERDICT, &m, NULL, 0);
	buf_clear(&b);
	buf_clear(&lines);
	begin_counting(s);
}

void
heldtell_later(struct session *s, const struct hold *h, const char *why)
{
	struct notice n = held_notice(h);
	struct buf b, more;
	char id[ID_HOLD_TEXT];

	span_copy(span_of(n.id), id, sizeof id);
	n.id = id;
	buf_init(&b, TELL_TEXT);
	buf_init(&more, 128);
	put_held(&b, h);
	buf_printf(&b, "; %s", why);
	buf_printf(&more, "broker: run it later with: ssh broker request %s\n", id);
	n.text = buf_cstr(&b);
	if (s->hold == h)
		held_leave(s);
	tell_notice_more(s, STATUS_HELD, &n, buf_cstr(&more));
	buf_clear(&b);
	buf_clear(&more);
}

/* ---- it goes on ---- */

static void
say(struct session *s, struct notice *n, struct buf *text)
{
	struct buf line;

	n->text = buf_cstr(text);
	buf_init(&line, MSG_TEXT_MAX);
	if (notice_put(&line, n, s->json, NULL) == RC_OK)
		session_say(s, buf_span(&line));
	buf_clear(&line);
}

/* "alice and carol": all who said yes. */
static void
put_approvers(struct buf *out, const struct hold *h)
{
	json_t *names = hold_approvers_json(h), *name;
	size_t i;

	json_array_foreach(names, i, name)
	{
		if (i > 0)
			buf_text(out, " and ");
		buf_text(out, json_string_value(name));
	}
	json_decref(names);
}

void
heldtell_approved(struct session *s)
{
	struct notice n = {
		.event = "approved", .id = hold_id(s->hold), .retry_after = -1
	};
	struct buf by, text;

	heldtell_quiet(s);
	buf_init(&by, TELL_TEXT);
	buf_init(&text, TELL_TEXT);
	put_approvers(&by, s->hold);
	n.by = buf_cstr(&by);
	buf_printf(&text, "approved %s by %s after ", n.id, n.by);
	tell_duration(&text, hold_age_ms(s->hold) / 1000 * 1000);
	say(s, &n, &text);
	buf_clear(&by);
	buf_clear(&text);
}

void
heldtell_granted(struct session *s)
{
	struct notice n = { .event = "granted",
		.id = s->granted,
		.by = s->grant_by,
		.rule = s->verdict.rule,
		.retry_after = -1 };
	struct buf b;

	buf_init(&b, TELL_TEXT);
	buf_printf(&b, "granted: %s by %s, %u %s left", s->granted, s->grant_by,
	    s->grant_left, s->grant_left == 1 ? "use" : "uses");
	say(s, &n, &b);
	buf_clear(&b);
}

/* ---- it does not ---- */

void
heldtell_denied(struct session *s, const char *by, const char *reason)
{
	char id[ID_HOLD_TEXT];
	struct notice n = { .event = "denied",
		.id = id,
		.by = by,
		.rule = s->verdict.rule,
		.reason = reason,
		.retry_after = -1 };
	struct buf b;

	span_copy(span_of(hold_id(s->hold)), id, sizeof id);
	buf_init(&b, 4096);
	buf_printf(&b, "denied: %s by %s%s%s", id, by, reason[0] ? ": " : "", reason);
	n.text = buf_cstr(&b);
	tell_notice(s, STATUS_DENIED, &n);
	buf_clear(&b);
}

void
heldtell_expired(struct session *s)
{
	char id[ID_HOLD_TEXT];
	struct notice n = { .event = "expired",
		.id = id,
		.rule = s->verdict.rule,
		.text = "expired: nobody decided in time; nothing ran, try again later",
		.retry_after = RETRY_SECONDS };

	span_copy(span_of(hold_id(s->hold)), id, sizeof id);
	tell_notice(s, STATUS_HELD, &n);
}

void
heldtell_lately(struct session *s, uint64_t ago_ms, const char *by)
{
	uint64_t stands = session_monitor(s)->rules.config->holds.denied;
	uint64_t left = stands > ago_ms ? stands - ago_ms : 0;
	uint64_t minutes = ago_ms / 60000;
	struct notice n = { .event = "denied",
		.rule = s->verdict.rule,
		.by = by,
		.code = "lately",
		.retry_after = (int64_t)((left + 999) / 1000) };
	struct buf b;

	buf_init(&b, TELL_TEXT);
	buf_text(&b, "denied: ");
	tell_command(&b, s);
	if (minutes == 0)
		buf_text(&b, " was denied just now");
	else
		buf_printf(&b, " was denied %llu %s ago", (unsigned long long)minutes,
		    minutes == 1 ? "minute" : "minutes");
	buf_printf(&b, " by %s; nobody was asked again", by);
	n.text = buf_cstr(&b);
	n.escaped = true;
	tell_notice(s, STATUS_DENIED, &n);
	buf_clear(&b);
}
