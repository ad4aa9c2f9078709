/* An object an event; see export_jsonl.h.  "t" tells what it is, "time" and "at" when;
 * the rest by a table.  All is ASCII: what reads logs often prints them. */
#include "replay/export_jsonl.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "replay/export_cast.h"
#include "replay/reel.h"

#define OUT_MOST (16 * SOURCE_LINE_MOST)
#define OUT_FULL 65536
#define TIME 48

/* ---- what an event says, by its code ---- */

static json_t *
text_of(struct span s)
{
	return json_stringn((const char *)s.p, s.len);
}

static void
say_text(struct span data, json_t *o)
{
	json_object_set_new(o, "text", text_of(data));
}

static void
say_label(struct span data, json_t *o)
{
	json_object_set_new(o, "label", text_of(data));
}

static void
say_base64(struct span data, json_t *o)
{
	json_object_set_new(o, "base64", text_of(data));
}

static void
say_size(struct span data, json_t *o)
{
	unsigned columns, rows;

	if (!reel_parse_size(data, &columns, &rows)) {
		say_text(data, o);
		return;
	}
	json_object_set_new(o, "columns", json_integer(columns));
	json_object_set_new(o, "rows", json_integer(rows));
}

static void
say_status(struct span data, json_t *o)
{
	char text[12], *end;
	long v;

	if (!span_copy(data, text, sizeof text) || strspn(text, "-0123456789") == 0) {
		say_text(data, o);
		return;
	}
	v = strtol(text, &end, 10);
	if (*end == '\0')
		json_object_set_new(o, "status", json_integer(v));
	else
		say_text(data, o);
}

static void
say_object(struct span data, json_t *o)
{
	json_t *event =
	    json_loadb((const char *)data.p, data.len, JSON_ALLOW_NUL, NULL);

	if (json_is_object(event))
		json_object_set(o, "event", event);
	else
		say_text(data, o);
	json_decref(event);
}

static const struct {
	char code;
	const char *name;
	void (*say)(struct span data, json_t *o);
} rows[] = {
	{ 'o', "output", say_text },
	{ 'i', "input", say_text },
	{ 'r', "resize", say_size },
	{ 'm', "marker", say_label },
	{ 'b', "raw", say_base64 },
	{ 'B', "event", say_object },
	{ 'x', "exit", say_status },
};

#define NROWS (sizeof rows / sizeof rows[0])

/* ---- objects ---- */

static void
set_time(const struct reel *r, uint64_t us, json_t *o)
{
	uint64_t ms = reel_start_ms(r);
	char iso[21], time[TIME];

	if (ms != 0) {
		clock_iso(ms + us / 1000000 * 1000, iso);
		iso[19] = '\0'; /* the Z comes behind the fraction */
		snprintf(time, sizeof time, "%s.%06uZ", iso, (unsigned)(us % 1000000));
		json_object_set_new(o, "time", json_string(time));
	}
	json_object_set_new(o, "at", json_real((double)us / 1e6));
}

static json_t *
event_json(const struct reel *r, const struct event *e)
{
	json_t *o = json_object();
	size_t i = 0;

	while (i < NROWS && rows[i].code != e->code)
		i++;
	json_object_set_new(o, "t", json_string(i < NROWS ? rows[i].name : "other"));
	set_time(r, e->us, o);
	if (i < NROWS) {
		rows[i].say(e->data, o);
		return o;
	}
	json_object_set(o, "code", json_array_get(e->root, 1));
	say_text(e->data, o);
	return o;
}

static json_t *
session_json(const struct reel *r, const json_t *proof)
{
	json_t *o = json_object();
	unsigned columns, lines;

	reel_size(r, &columns, &lines);
	json_object_set_new(o, "t", json_string("session"));
	set_time(r, 0, o);
	json_object_set_new(o, "columns", json_integer(columns));
	json_object_set_new(o, "rows", json_integer(lines));
	json_object_set(o, "meta", (json_t *)reel_header(r));
	if (proof != NULL)
		json_object_set(o, "proof", (json_t *)proof);
	return o;
}

/* As a line; takes o. */
static enum rc
put_take(json_t *o, struct buf *out, struct err *err)
{
	char *text =
	    json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	const char *rest, *del;

	json_decref(o);
	if (text == NULL)
		return err_memory(err);
	/* The one control character that JSON lets stand. */
	for (rest = text; (del = strchr(rest, 0x7F)) != NULL; rest = del + 1) {
		buf_put(out, rest, (size_t)(del - rest));
		buf_text(out, "\\u007f");
	}
	buf_text(out, rest);
	buf_u8(out, '\n');
	free(text);
	return buf_ok(out) ? RC_OK : err_memory(err);
}

static enum rc
put_all(struct reel *r, const json_t *proof, int fd, struct buf *out, struct err *err)
{
	struct event e;
	enum rc rc;

	if ((rc = reel_head(r, err)) != RC_OK ||
	    (rc = put_take(session_json(r, proof), out, err)) != RC_OK)
		return rc;
	while ((rc = reel_next(r, &e, err)) == RC_OK) {
		rc = put_take(event_json(r, &e), out, err);
		event_clear(&e);
		if (rc == RC_OK && out->len >= OUT_FULL) {
			rc = export_cast_write(fd, buf_span(out), err);
			buf_reset(out);
		}
		if (rc != RC_OK)
			return rc;
	}
	return rc == RC_END ? export_cast_write(fd, buf_span(out), err) : rc;
}

enum rc
export_jsonl(struct source *source, const json_t *proof, int fd, struct err *err)
{
	struct reel *r;
	struct buf out;
	enum rc rc;

	if ((rc = reel_new(source, &r, err)) != RC_OK)
		return rc;
	buf_init(&out, OUT_MOST);
	if ((rc = put_all(r, proof, fd, &out, err)) == RC_OK)
		rc = export_cast_finish(fd, err);
	buf_clear(&out);
	reel_free(r);
	return rc;
}
