/* One screen; see still.h. */
#include "replay/still.h"

#include <jansson.h>

#include "replay/scene.h"
#include "replay/report.h"

#define SCREEN_MOST (32u << 20)

static const struct terminal_on quiet = { 0 };

/* When the last event was; then back to the beginning. */
static enum rc
find_end(struct source *source, uint64_t *ret_us, struct err *err)
{
	struct scene *r = NULL;
	struct event e;
	enum rc rc;

	if ((rc = scene_open(source, &quiet, &r, err)) != RC_OK)
		return rc;
	while ((rc = scene_skip(r, &e, err)) == RC_OK)
		event_clear(&e);
	*ret_us = scene_us(r);
	scene_close(r);
	return rc == RC_END ? source_rewind(source, err) : rc;
}

static json_t *
lines(const struct pane *p, struct buf *room)
{
	json_t *list = json_array();

	for (int i = 0; i < pane_rows(p); i++) {
		buf_reset(room);
		pane_row_text(p, i, room);
		json_array_append_new(
		    list, json_stringn((const char *)room->p, room->len));
	}
	return list;
}

static enum rc
put_json(const struct scene *r, uint64_t us, FILE *f, struct buf *room, struct err *err)
{
	const struct terminal *t = scene_terminal(r);
	const struct pane *p = terminal_pane(t);
	struct span command = scene_command(r);
	char iso[REPORT_TIME];
	int row, column, status;
	json_t *o;

	pane_cursor(p, &row, &column);
	o = json_pack("{s:f, s:s, s:i, s:i, s:{s:i, s:i, s:b}, s:o}", "at",
	    (double)us / 1e6, "screen", terminal_alternate(t) ? "alternate" : "main",
	    "columns", pane_columns(p), "rows", pane_rows(p), "cursor", "row", row + 1,
	    "column", column + 1, "shown", pane_cursor_shown(p), "lines",
	    lines(p, room));
	report_time(scene_start_ms(r), us, iso);
	if (iso[0] != '\0')
		json_object_set_new(o, "time", json_string(iso));
	if (command.len > 0)
		json_object_set_new(
		    o, "command", json_stringn((const char *)command.p, command.len));
	if (o == NULL || !buf_ok(room))
		return err_memory(err);
	status = json_dumpf(o, f, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(o);
	fputc('\n', f);
	return status == 0 ? RC_OK : err_set(err, RC_FAIL, "write");
}

static enum rc
put(const struct scene *r, uint64_t us, bool json, FILE *f, struct err *err)
{
	enum rc rc = RC_OK;
	struct buf room;

	buf_init(&room, SCREEN_MOST);
	if (json) {
		rc = put_json(r, us, f, &room, err);
	} else {
		terminal_text(scene_terminal(r), &room);
		fwrite(room.p, 1, room.len, f);
		if (!buf_ok(&room))
			rc = err_memory(err);
	}
	buf_clear(&room);
	if (fflush(f) != 0 && rc == RC_OK)
		rc = err_errno(err, RC_FAIL, "write");
	return rc;
}

/* Draw what happened until then.  The event that comes later is read, and left. */
static enum rc
draw(struct scene *r, uint64_t us, uint64_t *ret_us, struct err *err)
{
	struct event e;
	enum rc rc = RC_OK;

	*ret_us = 0;
	while (rc == RC_OK && (rc = scene_skip(r, &e, err)) == RC_OK) {
		if (e.us > us) {
			*ret_us = us;
			event_clear(&e);
			return RC_OK;
		}
		*ret_us = e.us;
		rc = scene_draw(r, &e, err);
		event_clear(&e);
	}
	return rc == RC_END ? RC_OK : rc;
}

enum rc
still_run(
    struct source *source, const struct moment *at, bool json, FILE *f, struct err *err)
{
	struct scene *r = NULL;
	uint64_t end_us = 0, us, shown_us;
	enum rc rc = RC_OK;

	if (at->from == MOMENT_END)
		rc = find_end(source, &end_us, err);
	if (rc == RC_OK)
		rc = scene_open(source, &quiet, &r, err);
	if (rc == RC_OK)
		rc = moment_us(at, scene_start_ms(r), end_us, &us, err);
	if (rc == RC_OK)
		rc = draw(r, us, &shown_us, err);
	if (rc == RC_OK)
		rc = put(r, shown_us, json, f, err);
	scene_close(r);
	return rc;
}
