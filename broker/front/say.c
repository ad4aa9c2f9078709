/* Words on stderr; see say.h. */
#include "broker/front/say.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

void
say_text(struct buf *out, struct say how, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		bool bare = text.p[i] == '\n' && (i == 0 || text.p[i - 1] != '\r');

		if (how.pty && bare)
			buf_u8(out, '\r');
		buf_u8(out, text.p[i]);
	}
}

static void
say_object(struct buf *out, struct say how, json_t *inner)
{
	json_t *o = json_pack("{s:o}", "broker", inner);
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;

	if (text == NULL)
		out->bad = true;
	say_text(out, how, span_of(text));
	say_text(out, how, span_of("\n"));
	free(text);
	json_decref(o);
}

/* text is printable by now. */
static void
say_line(struct buf *out, struct say how, const char *event, const char *text)
{
	if (how.json) {
		say_object(
		    out, how, json_pack("{s:s, s:s}", "event", event, "text", text));
		return;
	}
	say_text(out, how, span_of("broker: "));
	say_text(out, how, span_of(text));
	say_text(out, how, span_of("\n"));
}

void
say_event(struct buf *out, struct say how, const char *event, const char *fmt, ...)
{
	char text[1024];
	struct buf shown;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_init(&shown, 8 * sizeof text);
	text_show(&shown, span_of(text));
	say_line(out, how, event, buf_cstr(&shown));
	buf_clear(&shown);
}

void
say_word(struct buf *out, struct say how, const char *event, struct span text)
{
	if (text.len == 0)
		return;
	if (!span_starts(text, how.json ? "{" : "broker: ")) {
		say_event(out, how, event, "%.*s", (int)text.len, (const char *)text.p);
		return;
	}
	say_text(out, how, text);
	if (text.p[text.len - 1] != '\n')
		say_text(out, how, span_of("\n"));
}

void
say_exit(struct buf *out, struct say how, unsigned status, bool ran)
{
	if (how.json)
		say_object(out, how,
		    json_pack("{s:s, s:i, s:b}", "event", "exit", "status", (int)status,
			"ran", (int)ran));
}
