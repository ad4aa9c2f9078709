/* Version 3 from either version; see export_v3.h.  All events stay, those of codes that
 * players pass over, too; comments do not. */
#include "replay/export_v3.h"

#include <stdlib.h>
#include <string.h>

#include "recorder/cast.h"
#include "replay/export_cast.h"
#include "replay/reel.h"

#define OUT_MOST (8 * SOURCE_LINE_MOST)
#define OUT_FULL 65536

/* Members that are said in another way in version 3. */
static const char *const said[] = { "version", "width", "height", "duration", "term" };

static bool
is_said(const char *name)
{
	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
		if (strcmp(name, said[i]) == 0)
			return true;
	return false;
}

/* "term": what version 3 had there stays; the type comes from TERM. */
static json_t *
term_of(const struct reel *r)
{
	const json_t *header = reel_header(r);
	const json_t *type = json_object_get(json_object_get(header, "env"), "TERM");
	const json_t *before = json_object_get(header, "term");
	json_t *term = json_is_object(before) ? json_deep_copy(before) : json_object();
	unsigned columns, rows;

	reel_size(r, &columns, &rows);
	json_object_set_new(term, "cols", json_integer(columns));
	json_object_set_new(term, "rows", json_integer(rows));
	if (json_is_string(type) && json_object_get(term, "type") == NULL)
		json_object_set(term, "type", (json_t *)type);
	return term;
}

static enum rc
put_header(const struct reel *r, struct buf *out, struct err *err)
{
	json_t *header = json_object(), *value;
	const char *name;
	char *text;

	json_object_set_new(header, "version", json_integer(3));
	json_object_set_new(header, "term", term_of(r));
	json_object_foreach((json_t *)reel_header(r), name, value) if (!is_said(name))
	    json_object_set(header, name, value);
	text = json_dumps(header, JSON_COMPACT);
	json_decref(header);
	if (text == NULL)
		return err_memory(err);
	buf_text(out, text);
	buf_u8(out, '\n');
	free(text);
	return RC_OK;
}

/* The interval stands where cast_event_put has the time.  A code of several letters
 * means nothing to anybody: its first would mean something else. */
static void
put_event(const struct event *e, uint64_t since_us, struct buf *out)
{
	if (e->code != '\0' && e->code != '"' && e->code != '\\')
		cast_event_put(out, e->us - since_us, e->code, e->data);
}

static enum rc
put_all(struct reel *r, int fd, struct buf *out, struct err *err)
{
	uint64_t since_us = 0;
	struct event e;
	enum rc rc;

	if ((rc = reel_head(r, err)) != RC_OK ||
	    (rc = put_header(r, out, err)) != RC_OK)
		return rc;
	while ((rc = reel_next(r, &e, err)) == RC_OK) {
		size_t before = out->len;

		put_event(&e, since_us, out);
		if (out->len > before)
			since_us = e.us;
		event_clear(&e);
		if (!buf_ok(out))
			return err_memory(err);
		if (out->len < OUT_FULL)
			continue;
		if ((rc = export_cast_write(fd, buf_span(out), err)) != RC_OK)
			return rc;
		buf_reset(out);
	}
	return rc == RC_END ? export_cast_write(fd, buf_span(out), err) : rc;
}

enum rc
export_v3(struct source *source, int fd, struct err *err)
{
	struct reel *r;
	struct buf out;
	enum rc rc;

	if ((rc = reel_new(source, &r, err)) != RC_OK)
		return rc;
	buf_init(&out, OUT_MOST);
	if ((rc = put_all(r, fd, &out, err)) == RC_OK)
		rc = export_cast_finish(fd, err);
	buf_clear(&out);
	reel_free(r);
	return rc;
}
