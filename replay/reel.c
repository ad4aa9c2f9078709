/* Events with one notion of time; see reel.h. */
#include "replay/reel.h"

#include <stdlib.h>
#include <string.h>

#include "recorder/cast.h"

struct reel {
	struct source *source;
	json_t *header; /* NULL: not read yet */
	unsigned version;
	unsigned columns, rows;
	uint64_t start_ms;
	uint64_t us; /* time of the event before */
	bool passed; /* the header line, since the last rewind */
};

enum rc
reel_new(struct source *source, struct reel **ret, struct err *err)
{
	struct reel *r = calloc(1, sizeof *r);

	if (r == NULL)
		return err_memory(err);
	r->source = source;
	*ret = r;
	return RC_OK;
}

void
reel_free(struct reel *r)
{
	if (r == NULL)
		return;
	json_decref(r->header);
	free(r);
}

/* ---- the header ---- */

static unsigned
side(const json_t *j, unsigned usual)
{
	json_int_t v = json_integer_value(j);

	return v >= 1 && v <= REEL_SIDE_MOST ? (unsigned)v : usual;
}

/* Sizes stand in the header itself in version 2, in "term" in version 3. */
static void
take_header(struct reel *r, json_t *header)
{
	json_int_t start = json_integer_value(json_object_get(header, "timestamp"));
	const json_t *term = json_object_get(header, "term");
	bool flat = r->version == 2;

	r->header = header;
	r->columns = side(
	    flat ? json_object_get(header, "width") : json_object_get(term, "cols"),
	    80);
	r->rows = side(
	    flat ? json_object_get(header, "height") : json_object_get(term, "rows"),
	    24);
	if (start > 0 && start <= REEL_START_MOST)
		r->start_ms = (uint64_t)start * 1000;
}

static enum rc
parse_header(struct reel *r, struct span line, struct err *err)
{
	json_t *root = json_loadb((const char *)line.p, line.len,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	json_int_t version = json_integer_value(json_object_get(root, "version"));

	if (version != 2 && version != 3) {
		json_decref(root);
		return err_set(
		    err, RC_REFUSE, "line 1: not an asciicast of version 2 or 3");
	}
	r->version = (unsigned)version;
	take_header(r, root);
	return RC_OK;
}

enum rc
reel_head(struct reel *r, struct err *err)
{
	struct span line;
	enum rc rc;

	if (r->passed)
		return RC_OK;
	if ((rc = source_line(r->source, &line, err)) != RC_OK)
		return rc == RC_END ? err_set(err, RC_REFUSE, "no header") : rc;
	if (r->header == NULL && (rc = parse_header(r, line, err)) != RC_OK)
		return rc;
	r->passed = true;
	return RC_OK;
}

const json_t *
reel_header(const struct reel *r)
{
	return r->header;
}

unsigned
reel_version(const struct reel *r)
{
	return r->version;
}

void
reel_size(const struct reel *r, unsigned *columns, unsigned *rows)
{
	*columns = r->columns;
	*rows = r->rows;
}

uint64_t
reel_start_ms(const struct reel *r)
{
	return r->start_ms;
}

/* ---- events ---- */

/* Version 3 allows comments and empty lines. */
static bool
skipped(const struct reel *r, struct span line)
{
	return r->version == 3 && (line.len == 0 || line.p[0] == '#');
}

/* Times become times since the beginning; a clock that goes back stands still. */
static enum rc
take_time(struct reel *r, struct event *e, struct err *err)
{
	if (r->version == 3)
		e->us += r->us;
	if (e->us < r->us)
		e->us = r->us;
	/* Sums of intervals are bounded as single times are. */
	if (e->us > EVENT_MOST_US)
		return err_set(err, RC_REFUSE, "the time is out of range");
	r->us = e->us;
	return RC_OK;
}

static enum rc
take_line(struct reel *r, struct span line, struct event *e, struct err *err)
{
	enum rc rc = event_parse(line, e, err);

	if (rc == RC_OK && (rc = take_time(r, e, err)) != RC_OK)
		event_clear(e);
	if (rc == RC_REFUSE)
		err_add(err, "line %llu",
		    (unsigned long long)source_line_number(r->source));
	return rc;
}

/* The next line that is an event's. */
static enum rc
next_line(struct reel *r, struct span *line, struct err *err)
{
	enum rc rc;

	if ((rc = reel_head(r, err)) != RC_OK)
		return rc;
	do
		if ((rc = source_line(r->source, line, err)) != RC_OK)
			return rc;
	while (skipped(r, *line));
	return RC_OK;
}

enum rc
reel_next(struct reel *r, struct event *e, struct err *err)
{
	struct span line;
	enum rc rc;

	if ((rc = next_line(r, &line, err)) != RC_OK)
		return rc;
	return take_line(r, line, e, err);
}

/* The code of a line as recorders write it: [1.5, "o", "…"]. */
static char
code_of(struct span line)
{
	const uint8_t *comma = memchr(line.p, ',', line.len);
	const uint8_t *end = line.p + line.len;

	if (comma == NULL)
		return '\0';
	do
		comma++;
	while (comma < end && *comma == ' ');
	if (end - comma < 4 || comma[0] != '"' || comma[1] == '\\' || comma[2] != '"')
		return '\0';
	return (char)comma[1];
}

enum rc
reel_skim(struct reel *r, char code, struct event *e, struct err *err)
{
	struct event skimmed = { 0 };
	struct span line;
	enum rc rc;

	if ((rc = next_line(r, &line, err)) != RC_OK)
		return rc;
	skimmed.code = code_of(line);
	/* Intervals would not add up to the same: their decimals are cut here. */
	if (r->version == 3 || skimmed.code == '\0' || skimmed.code == code ||
	    !cast_event_time(line, &skimmed.us))
		return take_line(r, line, e, err);
	if ((rc = take_time(r, &skimmed, err)) == RC_OK)
		*e = skimmed;
	return rc;
}

enum rc
reel_rewind(struct reel *r, struct err *err)
{
	r->us = 0;
	r->passed = false;
	return source_rewind(r->source, err);
}

static bool
parse_side(const char **text, unsigned *ret)
{
	unsigned v = 0;
	size_t n = 0;

	for (; **text >= '0' && **text <= '9' && n < 6; (*text)++, n++)
		v = v * 10 + (unsigned)(**text - '0');
	*ret = v;
	return n > 0 && v >= 1 && v <= REEL_SIDE_MOST;
}

bool
reel_parse_size(struct span text, unsigned *columns, unsigned *rows)
{
	char copy[16];
	const char *s = copy;
	unsigned c, r;

	if (!span_copy(text, copy, sizeof copy) || !parse_side(&s, &c) || *s++ != 'x' ||
	    !parse_side(&s, &r) || *s != '\0')
		return false;
	*columns = c;
	*rows = r;
	return true;
}
