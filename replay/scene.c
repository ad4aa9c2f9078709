/* Events in order, and the terminal behind them; see scene.h. */
#include "replay/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "replay/reel.h"
#include "replay/stop.h"

#define COMMAND_MOST 4096
#define MARK_COMMAND "cmd: "

struct scene {
	struct reel *reel;
	struct terminal *terminal;
	uint64_t us;
	struct buf command;
};

static enum rc
start(struct scene *s, struct source *source, const struct terminal_on *on,
    struct err *err)
{
	unsigned columns, rows;
	enum rc rc;

	if ((rc = reel_new(source, &s->reel, err)) != RC_OK)
		return rc;
	if ((rc = reel_head(s->reel, err)) != RC_OK)
		return rc;
	reel_size(s->reel, &columns, &rows);
	return terminal_new((int)columns, (int)rows, on, &s->terminal, err);
}

enum rc
scene_open(struct source *source, const struct terminal_on *on, struct scene **ret,
    struct err *err)
{
	struct scene *s = calloc(1, sizeof *s);
	enum rc rc;

	if (s == NULL)
		return err_memory(err);
	/* Escaped, a byte takes four. */
	buf_init(&s->command, 4 * COMMAND_MOST);
	if ((rc = start(s, source, on, err)) != RC_OK) {
		scene_close(s);
		return rc;
	}
	*ret = s;
	return RC_OK;
}

void
scene_close(struct scene *s)
{
	if (s == NULL)
		return;
	terminal_free(s->terminal);
	reel_free(s->reel);
	buf_clear(&s->command);
	free(s);
}

/* ---- what an event means ---- */

static void
set_command(struct scene *s, struct span text)
{
	if (text.len > COMMAND_MOST) {
		text.len = COMMAND_MOST;
		text.len -= text_partial(text);
	}
	buf_reset(&s->command);
	text_show(&s->command, text);
}

/* The writer of marks has made their text printable. */
static void
take_mark(struct scene *s, struct span text)
{
	size_t n = strlen(MARK_COMMAND);

	if (!span_starts(text, MARK_COMMAND) || text.len > COMMAND_MOST)
		return;
	buf_reset(&s->command);
	text_say(&s->command, span_make(text.p + n, text.len - n));
}

static void
take_object(struct scene *s, struct span text)
{
	json_t *o = json_loadb((const char *)text.p, text.len, JSON_ALLOW_NUL, NULL);
	const json_t *v = json_object_get(o, "command");
	const char *type = json_string_value(json_object_get(o, "t"));

	if (type != NULL && strcmp(type, "command") == 0 && json_is_string(v))
		set_command(s, span_make(json_string_value(v), json_string_length(v)));
	json_decref(o);
}

static void
take_size(struct scene *s, struct span text)
{
	unsigned columns, rows;

	if (reel_parse_size(text, &columns, &rows))
		terminal_resize(s->terminal, columns, rows);
}

enum rc
scene_draw(struct scene *s, const struct event *e, struct err *err)
{
	switch (e->code) {
	case 'o':
		return terminal_put(s->terminal, e->data, err);
	case 'r':
		take_size(s, e->data);
		break;
	case 'm':
		take_mark(s, e->data);
		break;
	case 'B':
		take_object(s, e->data);
		break;
	}
	return RC_OK;
}

/* ---- reading ---- */

enum rc
scene_skip(struct scene *s, struct event *e, struct err *err)
{
	enum rc rc;

	if (stop_signal() != 0)
		return err_set(err, RC_FAIL, "interrupted");
	if ((rc = reel_next(s->reel, e, err)) == RC_OK)
		s->us = e->us;
	return rc;
}

enum rc
scene_next(struct scene *s, struct event *e, struct err *err)
{
	enum rc rc;

	if ((rc = scene_skip(s, e, err)) != RC_OK ||
	    (rc = scene_draw(s, e, err)) == RC_OK)
		return rc;
	event_clear(e);
	return rc;
}

const json_t *
scene_header(const struct scene *s)
{
	return reel_header(s->reel);
}

struct terminal *
scene_terminal(const struct scene *s)
{
	return s->terminal;
}

uint64_t
scene_start_ms(const struct scene *s)
{
	return reel_start_ms(s->reel);
}

uint64_t
scene_us(const struct scene *s)
{
	return s->us;
}

struct span
scene_command(const struct scene *s)
{
	return buf_span(&s->command);
}

void
scene_clock(uint64_t us, char ret[SCENE_CLOCK])
{
	uint64_t ms = us / 1000, sec = ms / 1000;

	snprintf(ret, SCENE_CLOCK, "%llu:%02u:%02u.%03u",
	    (unsigned long long)(sec / 3600), (unsigned)(sec / 60 % 60),
	    (unsigned)(sec % 60), (unsigned)(ms % 1000));
}
