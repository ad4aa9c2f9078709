/* A session's calls, read from its events; see commands.h.  How a row looks as text is
 * in report.c. */
#include "replay/commands.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "replay/calls.h"
#include "replay/report.h"
#include "replay/event.h"
#include "replay/stop.h"

/* Rows of the table that wait until its columns' widths are chosen. */
#define ROWS_MOST 1024
#define LINE_MOST (8u << 20)

struct commands {
	FILE *f;
	bool json, relative;
	uint64_t start_ms; /* 0: not known */
	uint64_t us;
	json_t *hoop;  /* of META; NULL: none */
	json_t *close; /* the last event, when it was recorded */
	struct calls *calls;
	struct report *rows; /* text */
	size_t waiting, made, refused;
};

/* ---- JSON ---- */

static enum rc
put_json(struct commands *c, json_t *j, struct err *err)
{
	char *text = j != NULL ? json_dumps(j, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	const char *rest, *del;

	json_decref(j);
	if (text == NULL)
		return err_memory(err);
	/* The one control character that JSON lets stand. */
	for (rest = text; (del = strchr(rest, 0x7F)) != NULL; rest = del + 1)
		fprintf(c->f, "%.*s\\u007f", (int)(del - rest), rest);
	fprintf(c->f, "%s\n", rest);
	free(text);
	return ferror(c->f) ? err_errno(err, RC_FAIL, "write") : RC_OK;
}

static void
set_time(const struct commands *c, json_t *o, uint64_t us)
{
	char iso[REPORT_TIME];

	report_time(c->start_ms, us, iso);
	if (iso[0] != '\0')
		json_object_set_new(o, "time", json_string(iso));
	json_object_set_new(o, "at", json_real((double)us / 1e6));
}

/* A call's beginning and end as one object: they share the name of no member but the
 * call's number.  The broker's own members come last, so that an event cannot pass for
 * another. */
static json_t *
row_json(const struct commands *c, const struct calls_row *row)
{
	json_t *o = json_object();

	if (row->done != NULL)
		json_object_update(o, row->done);
	if (row->event != NULL)
		json_object_update(o, row->event);
	if (row->kind == CALLS_MADE) {
		json_object_set_new(o, "t", json_string("call"));
		json_object_set_new(o, "ended", json_boolean(row->done != NULL));
	} else if (row->kind == CALLS_REFUSED) {
		json_object_set_new(o, "t", json_string("refused"));
	}
	set_time(c, o, row->us);
	return o;
}

static json_t *
session_json(const struct commands *c, json_t *proof)
{
	json_t *o = json_pack(
	    "{s:s, s:O*, s:O*}", "t", "session", "meta", c->hoop, "proof", proof);

	set_time(c, o, 0);
	json_object_del(o, "at");
	return o;
}

static json_t *
end_json(const struct commands *c)
{
	json_t *o = json_object();

	if (c->close != NULL)
		json_object_update(o, c->close);
	json_object_set_new(o, "t", json_string("end"));
	json_object_set_new(o, "recorded", json_boolean(c->close != NULL));
	json_object_set_new(o, "calls", json_integer((json_int_t)c->made));
	json_object_set_new(o, "refused_calls", json_integer((json_int_t)c->refused));
	set_time(c, o, c->us);
	return o;
}

/* ---- text ---- */

static enum rc
put_text(struct commands *c, struct buf *text, struct err *err)
{
	enum rc rc = buf_ok(text) ? RC_OK : err_memory(err);

	if (rc == RC_OK && fwrite(text->p, 1, text->len, c->f) != text->len)
		rc = err_errno(err, RC_FAIL, "write");
	buf_clear(text);
	return rc;
}

static enum rc
put_session(struct commands *c, json_t *proof, struct err *err)
{
	struct buf text;

	if (c->json)
		return put_json(c, session_json(c, proof), err);
	buf_init(&text, LINE_MOST);
	report_session(c->hoop, c->start_ms, &text);
	return put_text(c, &text, err);
}

static enum rc
put_end(struct commands *c, struct err *err)
{
	struct buf text;

	if (c->json)
		return put_json(c, end_json(c), err);
	buf_init(&text, LINE_MOST);
	report_end(c->close, c->made, c->refused, &text);
	return put_text(c, &text, err);
}

/* ---- rows ---- */

static enum rc
put_row(struct commands *c, const struct calls_row *row, struct err *err)
{
	c->made += row->kind == CALLS_MADE;
	c->refused += row->kind == CALLS_REFUSED;
	if (c->json)
		return put_json(c, row_json(c, row), err);
	report_row(c->rows, row);
	return ++c->waiting % ROWS_MOST == 0 ? report_flush(c->rows, c->f, err) : RC_OK;
}

static enum rc
put_rows(struct commands *c, bool all, struct err *err)
{
	struct calls_row row;
	enum rc rc = RC_OK;

	while (rc == RC_OK && calls_take(c->calls, all, &row)) {
		rc = put_row(c, &row, err);
		json_decref(row.event);
		json_decref(row.done);
	}
	if (all && rc == RC_OK && !c->json)
		rc = report_flush(c->rows, c->f, err);
	return rc;
}

/* ---- the asciicast ---- */

static enum rc
read_header(struct commands *c, struct source *source, struct err *err)
{
	struct span line;
	json_t *root;
	json_int_t version, start;
	enum rc rc;

	if ((rc = source_line(source, &line, err)) != RC_OK)
		return rc == RC_END ? err_set(err, RC_REFUSE, "no header") : rc;
	root = json_loadb((const char *)line.p, line.len,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	version = json_integer_value(json_object_get(root, "version"));
	start = json_integer_value(json_object_get(root, "timestamp"));
	if (start > 0 && start <= REPORT_START_MOST)
		c->start_ms = (uint64_t)start * 1000;
	if (json_is_object(json_object_get(root, "hoop")))
		c->hoop = json_incref(json_object_get(root, "hoop"));
	json_decref(root);
	if (version != 2 && version != 3)
		return err_set(
		    err, RC_REFUSE, "line 1: not an asciicast of version 2 or 3");
	c->relative = version == 3;
	return RC_OK;
}

/* What a "B" event says. */
static enum rc
read_object(struct commands *c, struct span data, struct err *err)
{
	json_error_t why;
	json_t *o = json_loadb((const char *)data.p, data.len,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
	const char *type;
	enum rc rc;

	if (!json_is_object(o)) {
		json_decref(o);
		return err_set(err, RC_REFUSE, "an event: %s",
		    o != NULL ? "not an object" : why.text);
	}
	type = json_string_value(json_object_get(o, "t"));
	if (type != NULL && strcmp(type, "session.close") == 0) {
		json_decref(c->close);
		c->close = json_incref(o);
	}
	rc = calls_add(c->calls, c->us, o, data.len, err);
	json_decref(o);
	return rc == RC_OK ? put_rows(c, false, err) : rc;
}

static enum rc
read_event(struct commands *c, struct span line, struct err *err)
{
	struct event e;
	enum rc rc;

	/* Version 3 allows comments and empty lines. */
	if (c->relative && (line.len == 0 || line.p[0] == '#'))
		return RC_OK;
	if ((rc = event_parse(line, &e, err)) != RC_OK)
		return rc;
	c->us = c->relative ? c->us + e.us : e.us;
	if (c->us > EVENT_MOST_US)
		rc = err_set(err, RC_REFUSE, "the time is out of range");
	else if (e.code == 'B')
		rc = read_object(c, e.data, err);
	event_clear(&e);
	return rc;
}

static enum rc
read_all(struct commands *c, struct source *source, json_t *proof, struct err *err)
{
	struct span line;
	enum rc rc;

	if ((rc = read_header(c, source, err)) == RC_OK)
		rc = put_session(c, proof, err);
	if (rc == RC_OK && !c->json)
		rc = report_new(c->hoop, c->start_ms, &c->rows, err);
	while (rc == RC_OK && (rc = source_line(source, &line, err)) == RC_OK) {
		if (stop_signal() != 0)
			return err_set(err, RC_END, "interrupted");
		rc = read_event(c, line, err);
		if (rc == RC_REFUSE)
			err_add(err, "line %llu",
			    (unsigned long long)source_line_number(source));
		/* Not the recording's end. */
		if (rc == RC_END)
			return rc;
	}
	if (rc != RC_END)
		return rc;
	if ((rc = put_rows(c, true, err)) == RC_OK)
		rc = put_end(c, err);
	return rc;
}

enum rc
commands_run(struct source *source, bool json, json_t *proof, FILE *f, struct err *err)
{
	struct commands c = { .f = f, .json = json };
	enum rc rc;

	if ((rc = calls_new(&c.calls, err)) == RC_OK)
		rc = read_all(&c, source, proof, err);
	if (fflush(f) != 0 && rc == RC_OK)
		rc = err_errno(err, RC_FAIL, "write");
	report_free(c.rows);
	calls_free(c.calls);
	json_decref(c.hoop);
	json_decref(c.close);
	return rc;
}
