/* Events in order, and the terminal behind them; see scene.h. */
#include "replay/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "replay/report.h"
#include "replay/stop.h"

#define COMMAND_MOST 4096
#define MARK_COMMAND "cmd: "

struct scene {
	struct source *source;
	struct terminal *terminal;
	json_t *header;
	bool relative; /* version 3: times are intervals */
	uint64_t start_ms, us;
	struct buf command;
};

/* ---- the header ---- */

static int
header_int(const json_t *o, const char *name, int otherwise)
{
	json_int_t v = json_integer_value(json_object_get(o, name));

	return v > 0 && v <= 65535 ? (int)v : otherwise;
}

static enum rc
read_header(struct scene *r, const struct terminal_on *on, struct err *err)
{
	const json_t *size;
	struct span line;
	json_int_t version, start;
	enum rc rc;

	if ((rc = source_line(r->source, &line, err)) != RC_OK)
		return rc == RC_END ? err_set(err, RC_REFUSE, "no header") : rc;
	r->header = json_loadb((const char *)line.p, line.len,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	version = json_integer_value(json_object_get(r->header, "version"));
	if (version != 2 && version != 3)
		return err_set(
		    err, RC_REFUSE, "line 1: not an asciicast of version 2 or 3");
	r->relative = version == 3;
	start = json_integer_value(json_object_get(r->header, "timestamp"));
	if (start > 0 && start <= REPORT_START_MOST)
		r->start_ms = (uint64_t)start * 1000;
	size = r->relative ? json_object_get(r->header, "term") : r->header;
	return terminal_new(header_int(size, r->relative ? "cols" : "width", 80),
	    header_int(size, r->relative ? "rows" : "height", 24), on, &r->terminal,
	    err);
}

enum rc
scene_open(struct source *source, const struct terminal_on *on, struct scene **ret,
    struct err *err)
{
	struct scene *r = calloc(1, sizeof *r);
	enum rc rc;

	if (r == NULL)
		return err_memory(err);
	r->source = source;
	/* Escaped, a byte takes four. */
	buf_init(&r->command, 4 * COMMAND_MOST);
	if ((rc = read_header(r, on, err)) != RC_OK) {
		scene_close(r);
		return rc;
	}
	*ret = r;
	return RC_OK;
}

void
scene_close(struct scene *r)
{
	if (r == NULL)
		return;
	terminal_free(r->terminal);
	json_decref(r->header);
	buf_clear(&r->command);
	free(r);
}

/* ---- what an event means ---- */

static void
set_command(struct scene *r, struct span text)
{
	if (text.len > COMMAND_MOST) {
		text.len = COMMAND_MOST;
		text.len -= text_partial(text);
	}
	buf_reset(&r->command);
	text_show(&r->command, text);
}

/* The writer of marks has made their text printable. */
static void
take_mark(struct scene *r, struct span text)
{
	size_t n = strlen(MARK_COMMAND);

	if (!span_starts(text, MARK_COMMAND) || text.len > COMMAND_MOST)
		return;
	buf_reset(&r->command);
	text_say(&r->command, span_make(text.p + n, text.len - n));
}

static void
take_object(struct scene *r, struct span text)
{
	json_t *o = json_loadb((const char *)text.p, text.len, JSON_ALLOW_NUL, NULL);
	const json_t *v = json_object_get(o, "command");
	const char *type = json_string_value(json_object_get(o, "t"));

	if (type != NULL && strcmp(type, "command") == 0 && json_is_string(v))
		set_command(
		    r, span_make(json_string_value(v), json_string_length(v)));
	json_decref(o);
}

/* "120x40". */
static void
take_size(struct scene *r, struct span text)
{
	char copy[16], *end;
	unsigned long columns, rows;

	if (!span_copy(text, copy, sizeof copy))
		return;
	columns = strtoul(copy, &end, 10);
	if (*end != 'x')
		return;
	rows = strtoul(end + 1, &end, 10);
	if (*end == '\0' && columns <= 65535 && rows <= 65535)
		terminal_resize(r->terminal, (uint32_t)columns, (uint32_t)rows);
}

enum rc
scene_draw(struct scene *r, const struct event *e, struct err *err)
{
	switch (e->code) {
	case 'o':
		return terminal_put(r->terminal, e->data, err);
	case 'r':
		take_size(r, e->data);
		break;
	case 'm':
		take_mark(r, e->data);
		break;
	case 'B':
		take_object(r, e->data);
		break;
	}
	return RC_OK;
}

/* ---- reading ---- */

/* Version 3 allows comments and empty lines. */
static enum rc
next_line(struct scene *r, struct span *ret, struct err *err)
{
	enum rc rc;

	do {
		if (stop_signal() != 0)
			return err_set(err, RC_FAIL, "interrupted");
		rc = source_line(r->source, ret, err);
	} while (
	    rc == RC_OK && r->relative && (ret->len == 0 || ret->p[0] == '#'));
	return rc;
}

enum rc
scene_skip(struct scene *r, struct event *e, struct err *err)
{
	struct span line;
	enum rc rc;

	if ((rc = next_line(r, &line, err)) != RC_OK)
		return rc;
	if ((rc = event_parse(line, e, err)) == RC_OK) {
		r->us = r->relative ? r->us + e->us : e->us;
		e->us = r->us;
		if (r->us > EVENT_MOST_US)
			rc = err_set(err, RC_REFUSE, "the time is out of range");
		if (rc != RC_OK)
			event_clear(e);
	}
	if (rc == RC_REFUSE)
		err_add(err, "line %llu",
		    (unsigned long long)source_line_number(r->source));
	return rc;
}

enum rc
scene_next(struct scene *r, struct event *e, struct err *err)
{
	enum rc rc;

	if ((rc = scene_skip(r, e, err)) != RC_OK ||
	    (rc = scene_draw(r, e, err)) == RC_OK)
		return rc;
	event_clear(e);
	return rc;
}

const json_t *
scene_header(const struct scene *r)
{
	return r->header;
}

struct terminal *
scene_terminal(const struct scene *r)
{
	return r->terminal;
}

uint64_t
scene_start_ms(const struct scene *r)
{
	return r->start_ms;
}

uint64_t
scene_us(const struct scene *r)
{
	return r->us;
}

struct span
scene_command(const struct scene *r)
{
	return buf_span(&r->command);
}

void
scene_clock(uint64_t us, char ret[SCENE_CLOCK])
{
	uint64_t ms = us / 1000, s = ms / 1000;

	snprintf(ret, SCENE_CLOCK, "%llu:%02u:%02u.%03u", (unsigned long long)(s / 3600),
	    (unsigned)(s / 60 % 60), (unsigned)(s % 60), (unsigned)(ms % 1000));
}
