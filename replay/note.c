/* Notes as text; see note.h.  Types that nobody knows show the members that others
 * have. */
#include "replay/note.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/text.h"

#define MEMBERS 18
#define COUNTS 6

/* In the order in which they are shown; counts behind the texts, with their names. */
static const struct form {
	const char *type; /* NULL: any other */
	const char *members[MEMBERS];
	const char *counts[COUNTS];
} forms[] = {
	{ "line", { "line", "verdict", "rule", "hold", "why" }, { NULL } },
	{ "line.end", { "how" }, { "status", "bytes", "duration_ms" } },
	{ "program", { "what", "command" }, { "typed", "bytes" } },
	{ "target", { "what", "text" }, { NULL } },
	{ "target.open", { "instance", "document", "id" }, { NULL } },
	{ "target.close", { "how", "text" }, { "status" } },
	{ "port.open", { "instance", "host" }, { "port" } },
	{ "port.close", { "instance", "host" }, { "port", "ms" } },
	{ NULL,
	    { "why", "text", "command", "verdict", "rule", "hold", "by", "proof",
		"decision", "reason", "direction", "name", "sha256", "target", "host" },
	    { "size", "port", "count" } },
};

static struct span
text_of(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	return span_make(json_string_value(v), json_string_length(v));
}

static const struct form *
form_of(struct span type)
{
	const struct form *f = forms;

	while (f->type != NULL && !span_is(type, f->type))
		f++;
	return f;
}

static void
put_part(struct span text, struct buf *out)
{
	if (text.len == 0)
		return;
	buf_text(out, out->len > 0 ? ": " : "");
	text_show(out, text);
}

static bool
count_of(const json_t *o, const char *name, long long *ret)
{
	const json_t *v = json_object_get(o, name);

	*ret = json_integer_value(v);
	return json_is_integer(v) && *ret >= 0;
}

/* What went one way through a port. */
static void
put_way(const json_t *event, const char *name, struct buf *out)
{
	const json_t *way = json_object_get(event, name);
	long long bytes;

	if (!count_of(way, "bytes", &bytes))
		return;
	buf_printf(out, ": %s %lld bytes", name, bytes);
	if (text_of(way, "sha256").len > 0) {
		buf_text(out, " sha256 ");
		text_show(out, text_of(way, "sha256"));
	}
}

void
note_text(const json_t *event, struct buf *out)
{
	const struct form *f = form_of(text_of(event, "t"));
	long long n;

	put_part(text_of(event, "t"), out);
	for (size_t i = 0; i < MEMBERS && f->members[i] != NULL; i++)
		put_part(text_of(event, f->members[i]), out);
	for (size_t i = 0; i < COUNTS && f->counts[i] != NULL; i++)
		if (count_of(event, f->counts[i], &n))
			buf_printf(out, ": %s %lld", f->counts[i], n);
	put_way(event, "up", out);
	put_way(event, "down", out);
}
