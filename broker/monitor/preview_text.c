/* A preview for people.  All of it but our own words is a stranger's: names, values,
 * labels of tags.  Each is escaped, so that nothing moves a cursor or hides a line. */
#include "broker/monitor/preview.h"

#include <string.h>

#include "lib/base/text.h"

static const struct {
	const char *state, *begins;
} heads[] = {
	{ "done", "preview: " },
	{ "failed", "preview failed: " },
	{ "late", "preview incomplete: " },
	{ "none", "no preview: " },
	{ "budget", "no preview: " },
};

static void
put_text(struct buf *out, const json_t *s)
{
	if (json_is_string(s))
		text_show(out, span_make(json_string_value(s), json_string_length(s)));
}

static const char *
begin_of(const char *state)
{
	for (size_t i = 0; state != NULL && i < sizeof heads / sizeof heads[0]; i++)
		if (strcmp(heads[i].state, state) == 0)
			return heads[i].begins;
	return "preview failed: ";
}

static void
put_pairs(struct buf *out, const json_t *pairs, const char *before, const char *between)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)pairs, key, value)
	{
		buf_text(out, before);
		text_show(out, span_of(key));
		buf_text(out, between);
		put_text(out, value);
	}
}

static void
put_item(struct buf *out, const json_t *item)
{
	const json_t *bytes = json_object_get(item, "bytes");
	const json_t *tags = json_object_get(item, "tags");

	buf_text(out, "  ");
	put_text(out, json_object_get(item, "what"));
	if (json_is_true(json_object_get(item, "target")))
		buf_text(out, " there now");
	buf_text(out, " ");
	put_text(out, json_object_get(item, "name"));
	if (json_is_integer(bytes))
		buf_printf(
		    out, "; %" JSON_INTEGER_FORMAT " bytes", json_integer_value(bytes));
	put_pairs(out, json_object_get(item, "about"), "; ", " ");
	if (json_object_size(tags) > 0) {
		buf_text(out, "; tags");
		put_pairs(out, tags, " ", "=");
	}
	buf_text(out, "\n");
}

static void
put_rest(struct buf *out, const json_t *preview, size_t listed)
{
	const json_t *count = json_object_get(preview, "count");
	const bool more = json_is_true(json_object_get(preview, "more"));

	if (json_integer_value(count) > (json_int_t)listed)
		buf_printf(out, "  and %s%" JSON_INTEGER_FORMAT " more\n",
		    more ? "at least " : "",
		    json_integer_value(count) - (json_int_t)listed);
	else if (more)
		buf_text(out, "  and perhaps more\n");
}

void
preview_text(const json_t *preview, struct buf *out)
{
	const json_t *items = json_object_get(preview, "items"), *item;
	const json_t *why = json_object_get(preview, "why");
	const json_t *summary = json_object_get(preview, "summary");
	size_t i, ours = 0;

	if (!json_is_object(preview))
		return;
	buf_text(out, begin_of(json_string_value(json_object_get(preview, "state"))));
	put_text(out, json_is_string(summary) ? summary : why);
	buf_text(out, "\n");
	json_array_foreach(items, i, item)
	{
		put_item(out, item);
		ours += !json_is_true(json_object_get(item, "target"));
	}
	put_rest(out, preview, ours);
	if (json_is_string(summary) && json_is_string(why)) {
		buf_text(out, "  not all could be asked: ");
		put_text(out, why);
		buf_text(out, "\n");
	}
}
