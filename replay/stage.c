/* Pictures and streams; see stage.h. */
#include "replay/stage.h"

#include <stdlib.h>
#include <string.h>

#include "replay/canvas.h"
#include "lib/base/screen.h"
#include "replay/shortcut.h"
#include "replay/terminal.h"

#define BAR_MOST 8192
#define DRAWN_MOST (32u << 20)
#define ROWS_MOST PANE_MOST

struct stage {
	enum stage_kind kind;
	struct screen *filter; /* of a stream; of a picture it counts */
	struct terminal *terminal;
	struct shortcut *shortcut; /* before the terminal */
	struct buf drawn;	   /* behind it */
	bool failed;
	struct canvas *canvas;
	unsigned columns, rows; /* of the session */
	bool entered;
	uint64_t removed; /* before the last restart */
	struct buf line;
};

/* The other screen: the watcher's own comes back in the end. */
static const char enter[] = "\033[?1049h";
static const char leave[] = "\033[0m\033[?25h\033[?1049l";

static const char *const help_lines[] = {
	"",
	"space     pause, and go on",
	".         the next event, and pause",
	"] [       the next mark, the one before",
	"left      10 seconds back       (h)",
	"right     10 seconds forward    (l)",
	"Home End  the beginning, the end",
	"0 - 9     so many tenths of it",
	"g         go to a time (95, 1:35, 1:02:03) or a mark (#3)",
	"+ - =     faster, slower, as recorded",
	"i         cut silences to 2 seconds, or not",
	"b         the bar: always, never, where it fits",
	"?         these keys",
	"q         quit",
	"",
};

#define HELP_ROWS (sizeof help_lines / sizeof help_lines[0])
#define HELP_COLUMNS 62

static enum rc
new_picture(struct stage *s, struct err *err)
{
	static const struct terminal_on nothing = { 0 };
	enum rc rc;

	if ((rc = terminal_new((int)s->columns, (int)s->rows, &nothing, &s->terminal,
		 err)) != RC_OK ||
	    (rc = shortcut_new(&s->shortcut, err)) != RC_OK)
		return rc;
	return canvas_new(&s->canvas, err);
}

enum rc
stage_new(enum stage_kind kind, unsigned columns, unsigned rows, struct stage **ret,
    struct err *err)
{
	struct stage *s = calloc(1, sizeof *s);
	enum rc rc;

	if (s == NULL)
		return err_memory(err);
	s->kind = kind;
	s->columns = columns;
	s->rows = rows;
	buf_init(&s->line, BAR_MOST);
	buf_init(&s->drawn, DRAWN_MOST);
	if ((rc = screen_new(kind == STAGE_RAW, &s->filter, err)) == RC_OK &&
	    kind == STAGE_PICTURE)
		rc = new_picture(s, err);
	if (rc == RC_OK)
		*ret = s;
	else
		stage_free(s);
	return rc;
}

void
stage_free(struct stage *s)
{
	if (s == NULL)
		return;
	canvas_free(s->canvas);
	terminal_free(s->terminal);
	shortcut_free(s->shortcut);
	buf_clear(&s->drawn);
	screen_free(s->filter);
	buf_clear(&s->line);
	free(s);
}

enum rc
stage_fit(struct stage *s, unsigned columns, unsigned rows, struct err *err)
{
	return canvas_fit(s->canvas, columns, rows, err);
}

/* ---- the session's side ---- */

/* What came out of the shortcut. */
static enum rc
draw(struct stage *s, struct err *err)
{
	enum rc rc = RC_FAIL;

	if (!s->failed && buf_ok(&s->drawn))
		rc = s->drawn.len > 0
			 ? terminal_put(s->terminal, buf_span(&s->drawn), err)
			 : RC_OK;
	else
		err_memory(err);
	s->failed = rc != RC_OK;
	buf_reset(&s->drawn);
	return rc;
}

static unsigned
rows_of(const struct stage *s)
{
	return s->rows < ROWS_MOST ? s->rows : ROWS_MOST;
}

/* All that was put is on the terminal then; a failure is told by the next output. */
static void
settle(struct stage *s)
{
	shortcut_end(s->shortcut, rows_of(s), &s->drawn);
	draw(s, NULL);
}

enum rc
stage_output(struct stage *s, struct span bytes, struct buf *out, struct err *err)
{
	if (s->kind == STAGE_PICTURE) {
		shortcut_put(s->shortcut, bytes, rows_of(s), &s->drawn);
		return draw(s, err);
	}
	screen_put(s->filter, bytes, out);
	return buf_ok(out) ? RC_OK : err_memory(err);
}

void
stage_resize(struct stage *s, unsigned columns, unsigned rows)
{
	if (s->kind == STAGE_PICTURE)
		settle(s);
	s->columns = columns;
	s->rows = rows;
	if (s->kind == STAGE_PICTURE)
		terminal_resize(s->terminal, columns, rows);
}

static enum rc
restart_picture(struct stage *s, struct err *err)
{
	static const struct terminal_on nothing = { 0 };
	struct shortcut *shortcut = NULL;
	struct terminal *t = NULL;
	enum rc rc;

	if ((rc = terminal_new((int)s->columns, (int)s->rows, &nothing, &t, err)) !=
		RC_OK ||
	    (rc = shortcut_new(&shortcut, err)) != RC_OK) {
		terminal_free(t);
		return rc;
	}
	if (terminal_removed(s->terminal) > s->removed)
		s->removed = terminal_removed(s->terminal);
	terminal_free(s->terminal);
	shortcut_free(s->shortcut);
	s->terminal = t;
	s->shortcut = shortcut;
	s->failed = false;
	return RC_OK;
}

enum rc
stage_restart(
    struct stage *s, unsigned columns, unsigned rows, struct buf *out, struct err *err)
{
	s->columns = columns;
	s->rows = rows;
	if (s->kind == STAGE_PICTURE)
		return restart_picture(s, err);
	screen_reset(s->filter, out);
	buf_text(out, "\033[2J\033[H");
	return RC_OK;
}

/* ---- the watcher's side ---- */

bool
stage_fits(const struct stage *s)
{
	return s->columns <= canvas_columns(s->canvas) &&
	       s->rows <= canvas_rows(s->canvas);
}

void
stage_size(const struct stage *s, unsigned *columns, unsigned *rows)
{
	*columns = s->columns;
	*rows = s->rows;
}

/* Of a terminal that is too small, a line less is too small as well. */
static bool
has_bar(const struct stage *s, enum stage_bar when)
{
	if (when == STAGE_BAR_FITTING)
		return s->rows < canvas_rows(s->canvas) || !stage_fits(s);
	return when == STAGE_BAR_ALWAYS;
}

/* The rows that are seen: those down to the cursor, where not all are. */
static unsigned
first_row(const struct pane *p, unsigned room)
{
	int row, column;
	unsigned rows = (unsigned)pane_rows(p), last;

	pane_cursor(p, &row, &column);
	last = (unsigned)row < rows ? (unsigned)row : rows - 1;
	return last < room ? 0 : last - room + 1;
}

static void
put_pane(struct stage *s, unsigned room)
{
	const struct pane *p = terminal_pane(s->terminal);
	unsigned from = first_row(p, room);
	int row, column;

	for (unsigned i = 0; i < room && from + i < (unsigned)pane_rows(p); i++)
		for (int k = 0; k < pane_columns(p); k++) {
			struct pane_cell cell;

			pane_cell(p, (int)(from + i), k, &cell);
			canvas_cell(s->canvas, i, (unsigned)k, &cell);
		}
	pane_cursor(p, &row, &column);
	if (pane_cursor_shown(p) && (unsigned)row >= from)
		canvas_cursor(s->canvas, (unsigned)row - from, (unsigned)column);
}

static void
put_bar(struct stage *s, const struct bar *bar)
{
	buf_reset(&s->line);
	bar_put(bar, canvas_columns(s->canvas), &s->line);
	canvas_text(
	    s->canvas, canvas_rows(s->canvas) - 1, 0, buf_span(&s->line), PANE_REVERSE);
}

static void
put_help(struct stage *s)
{
	unsigned columns = canvas_columns(s->canvas);
	unsigned left = columns > HELP_COLUMNS ? (columns - HELP_COLUMNS) / 2 : 0;

	for (unsigned i = 0; i < HELP_ROWS; i++) {
		buf_reset(&s->line);
		buf_printf(&s->line, "  %-*s", (int)HELP_COLUMNS - 2, help_lines[i]);
		canvas_text(s->canvas, i + 1, left, buf_span(&s->line), PANE_REVERSE);
	}
}

void
stage_show(struct stage *s, const struct bar *bar, enum stage_bar when, bool help,
    struct buf *out)
{
	unsigned rows;

	if (s->kind != STAGE_PICTURE)
		return;
	settle(s);
	if (!s->entered)
		buf_text(out, enter);
	s->entered = true;
	rows = canvas_rows(s->canvas);
	canvas_clear(s->canvas);
	/* A bar that covers a row of a picture that fits leaves the picture in place. */
	put_pane(s, has_bar(s, when) && !stage_fits(s) && rows > 1 ? rows - 1 : rows);
	if (help)
		put_help(s);
	if (has_bar(s, when))
		put_bar(s, bar);
	canvas_paint(s->canvas, out);
}

void
stage_finish(struct stage *s, struct buf *out)
{
	if (s->entered)
		buf_text(out, leave);
	s->entered = false;
	screen_reset(s->filter, out);
}

uint64_t
stage_removed(const struct stage *s)
{
	uint64_t now = s->kind == STAGE_PICTURE ? terminal_removed(s->terminal)
						: screen_removed(s->filter);

	return now > s->removed ? now : s->removed;
}
