/* Looking through screens as they come; see find.h. */
#include "replay/find.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "replay/scene.h"
#include "replay/report.h"
#include "replay/sieve.h"

/* A screen of the widest characters, all in one line, is less. */
#define LINE_MOST (32u << 20)

struct find {
	const struct find_init *init;
	FILE *f;
	struct scene *scene;
	struct sieve *sieve;
	struct buf line, copy;
	struct buf drawn;   /* what has to be drawn of an event */
	struct buf command; /* of the match before */
	uint64_t found;
	bool failed;
};

/* ---- what is told ---- */

/* Call put for each line around those of rows first to last, before (from the top
 * down) or behind. */
static void
each_line(struct find *f, bool before, int first, int last,
    void (*put)(struct find *, void *arg), void *arg)
{
	struct pane *p = terminal_pane(scene_terminal(f->scene));
	int from = last + 1, n = f->init->context, a, b;

	if (before)
		for (from = first, n = 0; n < f->init->context && from > 0; n++) {
			buf_reset(&f->copy);
			pane_line_text(p, from - 1, &f->copy, &from, &b);
		}
	for (int row = from; n > 0 && row < pane_rows(p); n--, row = b + 1) {
		buf_reset(&f->copy);
		pane_line_text(p, row, &f->copy, &a, &b);
		put(f, arg);
	}
}

static void
put_around(struct find *f, void *arg)
{
	const char *indent = arg;

	if (f->copy.len == 0)
		return;
	fprintf(f->f, "%s", indent);
	fwrite(f->copy.p, 1, f->copy.len, f->f);
	fputc('\n', f->f);
}

static void
put_text(struct find *f, int first, int last)
{
	char clock[SCENE_CLOCK], indent[SCENE_CLOCK + 2];
	struct span command = scene_command(f->scene);

	scene_clock(scene_us(f->scene), clock);
	memset(indent, ' ', sizeof indent);
	indent[strlen(clock) + 2] = '\0';
	if (!span_eq(command, buf_span(&f->command))) {
		buf_reset(&f->command);
		buf_span_put(&f->command, command);
		fprintf(f->f, "command: %.*s\n", (int)command.len, command.p);
	}
	each_line(f, true, first, last, put_around, indent);
	fprintf(f->f, "%s  ", clock);
	fwrite(f->line.p, 1, f->line.len, f->f);
	fputc('\n', f->f);
	each_line(f, false, first, last, put_around, indent);
}

static void
add_around(struct find *f, void *arg)
{
	json_array_append_new(arg, json_stringn((const char *)f->copy.p, f->copy.len));
}

static json_t *
around(struct find *f, bool before, int first, int last)
{
	json_t *list = json_array();

	each_line(f, before, first, last, add_around, list);
	return list;
}

static void
put_object(struct find *f, json_t *o)
{
	if (o == NULL || json_dumpf(o, f->f, JSON_COMPACT | JSON_ENSURE_ASCII) != 0)
		f->failed = true;
	fputc('\n', f->f);
	json_decref(o);
}

static void
put_json(struct find *f, int first, int last)
{
	struct span command = scene_command(f->scene);
	char iso[REPORT_TIME];
	json_t *o = json_pack("{s:s, s:f, s:s, s:s%, s:o, s:o}", "t", "found", "at",
	    (double)scene_us(f->scene) / 1e6, "screen",
	    terminal_alternate(scene_terminal(f->scene)) ? "alternate" : "main", "text",
	    (const char *)f->line.p, f->line.len, "before",
	    around(f, true, first, last), "after", around(f, false, first, last));

	report_time(scene_start_ms(f->scene), scene_us(f->scene), iso);
	if (iso[0] != '\0')
		json_object_set_new(o, "time", json_string(iso));
	if (command.len > 0)
		json_object_set_new(
		    o, "command", json_stringn((const char *)command.p, command.len));
	put_object(f, o);
}

/* ---- what is looked at ---- */

/* Look at the line of row; gives its last row.  A line that matched before is told
 * once, however it goes on. */
static int
look(struct find *f, struct pane *p, int row)
{
	bool before = false, now;
	int first, last;

	buf_reset(&f->line);
	pane_line_text(p, row, &f->line, &first, &last);
	buf_reset(&f->copy);
	buf_span_put(&f->copy, buf_span(&f->line));
	now = buf_ok(&f->copy) && needle_in(f->init->pattern, &f->copy);
	f->failed |= !buf_ok(&f->copy);
	for (int i = first; i <= last; i++) {
		before |= pane_mark(p, i)->matched;
		pane_mark(p, i)->matched = now;
	}
	if (!now || before)
		return last;
	f->found++;
	if (f->init->json)
		put_json(f, first, last);
	else
		put_text(f, first, last);
	return last;
}

static void
settled(void *arg, int from, int to)
{
	struct find *f = arg;
	struct pane *p = terminal_pane(scene_terminal(f->scene));

	for (int row = from; row < to && row < pane_rows(p); row++)
		row = look(f, p, row);
}

static enum rc
draw(struct find *f, struct err *err)
{
	struct event all = { .code = 'o', .data = buf_span(&f->drawn) };

	if (!buf_ok(&f->drawn))
		return err_memory(err);
	return all.data.len > 0 ? scene_draw(f->scene, &all, err) : RC_OK;
}

/* Output as far as it must be; the rest at once, but behind the output before it. */
static enum rc
take(struct find *f, const struct event *e, struct err *err)
{
	struct pane *p = terminal_pane(scene_terminal(f->scene));
	unsigned rows = (unsigned)pane_rows(p);
	enum rc rc;

	buf_reset(&f->drawn);
	if (e->code == 'o')
		sieve_put(f->sieve, e->data, rows, &f->drawn);
	else if (e->code == 'r')
		sieve_end(f->sieve, rows, &f->drawn);
	if ((rc = draw(f, err)) != RC_OK || e->code == 'o')
		return rc;
	return scene_draw(f->scene, e, err);
}

static enum rc
read_all(struct find *f, struct err *err)
{
	struct event e;
	enum rc rc;

	while ((rc = scene_skip(f->scene, &e, err)) == RC_OK) {
		rc = take(f, &e, err);
		event_clear(&e);
		if (rc != RC_OK)
			return rc;
		if (f->failed)
			return err_memory(err);
		if (ferror(f->f))
			return err_errno(err, RC_FAIL, "write");
	}
	return rc == RC_END ? RC_OK : rc;
}

enum rc
find_run(struct source *source, const struct find_init *init, FILE *f, uint64_t *found,
    struct err *err)
{
	struct find s = { .init = init, .f = f };
	const struct terminal_on on = { .arg = &s, .settled = settled };
	enum rc rc;

	buf_init(&s.line, LINE_MOST);
	buf_init(&s.copy, LINE_MOST);
	buf_init(&s.command, LINE_MOST);
	buf_init(&s.drawn, SIZE_MAX);
	if ((rc = sieve_new(init->pattern, &s.sieve, err)) == RC_OK &&
	    (rc = scene_open(source, &on, &s.scene, err)) == RC_OK)
		rc = read_all(&s, err);
	if (rc == RC_OK && init->json)
		put_object(&s,
		    json_pack("{s:s, s:I}", "t", "end", "found", (json_int_t)s.found));
	if (fflush(f) != 0 && rc == RC_OK)
		rc = err_errno(err, RC_FAIL, "write");
	*found = s.found;
	scene_close(s.scene);
	sieve_free(s.sieve);
	buf_clear(&s.drawn);
	buf_clear(&s.line);
	buf_clear(&s.copy);
	buf_clear(&s.command);
	return rc;
}
