/* The list without a screen: what is pending, then each change, as lines for people or
 * objects for programs. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/boards_parts.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

/* All that is pending at once; a longer list is refused. */
#define LINES_MOST (16u << 20)

/* 2026-11-21T10:00:00Z denied 7F3K-Q2MX ci: aws s3 rm … (by alice: too late) */
static void
put_text(const struct hold *h, const char *event, uint64_t at_ms, const char *by,
    const char *reason, struct buf *out)
{
	char at[21];

	clock_iso(at_ms, at);
	buf_printf(out, "%s %s %s ", at, event, hold_id(h));
	text_escape(out, span_of(hold_identity(h)));
	buf_text(out, ": ");
	text_escape(out, span_of(hold_shown(h)));
	if (hold_reveals(h)[0] != '\0')
		buf_text(out, " (its answer will not be masked)");
	if (by[0] != '\0' || reason[0] != '\0') {
		buf_text(out, by[0] != '\0' ? " (by " : " (");
		text_escape(out, span_of(by));
		buf_text(out, by[0] != '\0' && reason[0] != '\0' ? ": " : "");
		text_escape(out, span_of(reason));
		buf_u8(out, ')');
	}
	buf_u8(out, '\n');
}

static void
put_object(const struct hold *h, const char *event, uint64_t at_ms, const char *by,
    const char *reason, struct buf *out)
{
	json_t *o = json_object(), *hold = hold_json(h);
	char at[21], *s = NULL;

	clock_iso(at_ms, at);
	if (o != NULL && hold != NULL &&
	    json_object_set_new(o, "event", json_string(event)) == 0 &&
	    json_object_set_new(o, "at", json_string(at)) == 0 &&
	    json_object_set_new(o, "by", json_string(by)) == 0 &&
	    json_object_set_new(o, "why", json_string(reason)) == 0 &&
	    json_object_update_missing(o, hold) == 0)
		s = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(o);
	json_decref(hold);
	if (s == NULL) {
		out->bad = true;
		return;
	}
	buf_printf(out, "%s\n", s);
	free(s);
}

static void
put(const struct view *v, const struct hold *h, const char *event, uint64_t at_ms,
    const char *by, const char *reason, struct buf *out)
{
	if (v->call->json)
		put_object(h, event, at_ms, by, reason, out);
	else
		put_text(h, event, at_ms, by, reason, out);
	/* A raw terminal wants CR LF. */
	if (v->call->pty && buf_ok(out) && out->len > 0) {
		out->len--;
		buf_text(out, "\r\n");
	}
}

static void
send_lines(struct view *v, struct buf *out)
{
	if (buf_ok(out))
		view_send(v, buf_span(out));
	else
		view_send(v, span_of("broker: too much is pending to show\n"));
}

void
view_begin_lines(struct view *v)
{
	struct buf out;

	buf_init(&out, LINES_MOST);
	for (const struct hold *h = holds_first(v->all->m->holds); h != NULL;
	     h = hold_next(h))
		if (hold_state(h) == HOLD_PENDING)
			put(v, h, "pending", hold_asked_ms(h), "", "", &out);
	send_lines(v, &out);
	buf_clear(&out);
}

void
view_tell(struct view *v, const struct hold *h, const char *event, const char *by,
    const char *reason)
{
	struct buf out;

	buf_init(&out, LINES_MOST);
	put(v, h, event, clock_wall_ms(), by, reason, &out);
	send_lines(v, &out);
	buf_clear(&out);
}
