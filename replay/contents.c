/* Rows of what happened; see contents.h. */
#include "replay/contents.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

struct contents {
	json_t *list;
	uint64_t more;
	struct buf command; /* the text of the command before, shown */
};

static struct span
text_of(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	return span_make(json_string_value(v), json_string_length(v));
}

enum rc
contents_new(struct contents **ret, struct err *err)
{
	struct contents *c = calloc(1, sizeof *c);

	if (c != NULL)
		c->list = json_array();
	if (c == NULL || c->list == NULL) {
		free(c);
		return err_memory(err);
	}
	buf_init(&c->command, 8 * CONTENTS_TEXT_MOST);
	*ret = c;
	return RC_OK;
}

void
contents_free(struct contents *c)
{
	if (c == NULL)
		return;
	json_decref(c->list);
	buf_clear(&c->command);
	free(c);
}

static void
show(struct buf *out, struct span s)
{
	bool cut = s.len > CONTENTS_TEXT_MOST;

	if (cut) {
		s.len = CONTENTS_TEXT_MOST;
		s.len -= text_partial(s);
	}
	text_say(out, s);
	buf_text(out, cut ? "…" : "");
}

static enum rc
add(struct contents *c, uint64_t us, const char *kind, const struct buf *text,
    struct err *err)
{
	if (json_array_size(c->list) >= CONTENTS_MOST) {
		c->more++;
		return RC_OK;
	}
	if (!buf_ok(text) ||
	    json_array_append_new(
		c->list, json_pack("{s:f, s:s, s:s%}", "at", (double)us / 1e6, "kind",
			     kind, "text", (const char *)text->p, text->len)) != 0)
		return err_memory(err);
	return RC_OK;
}

/* A mark that names the command once more would be a row for nothing. */
static enum rc
add_mark(struct contents *c, const struct event *e, struct err *err)
{
	struct buf text;
	enum rc rc = RC_OK;

	buf_init(&text, 8 * CONTENTS_TEXT_MOST);
	show(&text, e->data);
	if (c->command.len == 0 || text.len < 5 || memcmp(text.p, "cmd: ", 5) != 0 ||
	    !span_eq(span_make(text.p + 5, text.len - 5), buf_span(&c->command)))
		rc = add(c, e->us, "mark", &text, err);
	buf_clear(&text);
	return rc;
}

static void
show_call(const json_t *o, struct buf *text)
{
	const json_t *list = json_object_get(o, "resources");
	const json_t *first = json_array_get(list, 0);
	bool named = text_of(o, "operation").len > 0;

	show(text, text_of(o, named ? "service" : "method"));
	buf_u8(text, ' ');
	show(text, text_of(o, named ? "operation" : "host"));
	if (first != NULL) {
		buf_u8(text, ' ');
		show(text,
		    span_make(json_string_value(first), json_string_length(first)));
	}
}

static void
show_member(const json_t *o, const char *name, struct buf *text)
{
	if (text_of(o, name).len == 0)
		return;
	buf_text(text, text->len > 0 ? ": " : "");
	show(text, text_of(o, name));
}

static void
show_command(const json_t *o, struct buf *text)
{
	show(text, text_of(o, "command"));
}

static void
show_refused(const json_t *o, struct buf *text)
{
	show_call(o, text);
	show_member(o, "reason", text);
}

static void
show_notice(const json_t *o, struct buf *text)
{
	show_member(o, "why", text);
	show_member(o, "text", text);
}

static void
show_mask(const json_t *o, struct buf *text)
{
	json_int_t count = json_integer_value(json_object_get(o, "count"));

	show_member(o, "rule", text);
	if (text->len > 0)
		buf_printf(text, ": %lld", (long long)count);
}

static const struct {
	const char *type, *kind;
	void (*show)(const json_t *, struct buf *);
} types[] = {
	{ "command", "command", show_command },
	{ "aws.call", "call", show_call },
	{ "aws.refused", "refused", show_refused },
	{ "limit", "limit", show_notice },
	{ "notice", "notice", show_notice },
	{ "mask", "mask", show_mask },
};

static enum rc
add_object(struct contents *c, uint64_t us, const json_t *o, struct err *err)
{
	struct span type = text_of(o, "t");
	struct buf text;
	enum rc rc = RC_OK;

	buf_init(&text, 64 * CONTENTS_TEXT_MOST);
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (!span_is(type, types[i].type))
			continue;
		types[i].show(o, &text);
		if (text.len > 0)
			rc = add(c, us, types[i].kind, &text, err);
		if (i == 0) {
			buf_reset(&c->command);
			buf_span_put(&c->command, buf_span(&text));
		}
	}
	buf_clear(&text);
	return rc;
}

enum rc
contents_add(struct contents *c, const struct event *e, struct err *err)
{
	json_t *o;
	enum rc rc;

	if (e->code == 'm')
		return add_mark(c, e, err);
	if (e->code != 'B')
		return RC_OK;
	o = json_loadb((const char *)e->data.p, e->data.len, JSON_ALLOW_NUL, NULL);
	rc = add_object(c, e->us, o, err);
	json_decref(o);
	return rc;
}

json_t *
contents_list(const struct contents *c)
{
	return c->list;
}

uint64_t
contents_more(const struct contents *c)
{
	return c->more;
}
