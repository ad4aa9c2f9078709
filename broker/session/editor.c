/* The line and its keys; see editor.h. */
#include "broker/session/editor_parts.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
#define COLUMNS_LEAST 8
#define COLUMNS_MOST 65535

static uint32_t
bounded(uint32_t n, uint32_t least)
{
	return n < least ? least : n > COLUMNS_MOST ? COLUMNS_MOST : n;
}

enum rc
editor_new(struct span hints, uint32_t columns, uint32_t rows, struct editor **ret,
    struct err *err)
{
	struct editor *e = calloc(1, sizeof *e);

	if (e == NULL)
		return err_memory(err);
	buf_init(&e->paste, EDITOR_PASTE);
	buf_init(&e->waits, EDITOR_PASTE);
	e->columns = bounded(columns == 0 ? 80 : columns, COLUMNS_LEAST);
	e->rows = bounded(rows == 0 ? 24 : rows, 1);
	if (history_new(&e->history, err) != RC_OK ||
	    completion_new(hints, &e->completion, err) != RC_OK) {
		editor_free(e);
		return RC_FAIL;
	}
	*ret = e;
	return RC_OK;
}

void
editor_free(struct editor *e)
{
	if (e == NULL)
		return;
	history_free(e->history);
	completion_free(e->completion);
	buf_clear(&e->paste);
	buf_clear(&e->waits);
	free(e);
}

size_t
editor_char(const struct editor *e, size_t i)
{
	uint32_t cp;
	unsigned n = text_char(span_make(e->line + i, e->len - i), &cp);

	return n > 0 ? n : 1;
}

size_t
editor_before(const struct editor *e, size_t i)
{
	do {
		i--;
		while (i > 0 && (e->line[i] & 0xc0) == 0x80)
			i--;
	} while (i > 0 && editor_width(e, i) == 0);
	return i;
}

size_t
editor_behind(const struct editor *e, size_t i)
{
	do
		i += editor_char(e, i);
	while (i < e->len && editor_width(e, i) == 0);
	return i;
}

/* A mark that combines is drawn with what it stands on. */
bool
editor_insert(struct editor *e, struct span text, struct buf *out)
{
	size_t from = e->cur;
	bool end = e->cur == e->len;

	if (text.len == 0)
		return true;
	if (text.len > sizeof e->line - e->len)
		return false;
	memmove(e->line + e->cur + text.len, e->line + e->cur, e->len - e->cur);
	memcpy(e->line + e->cur, text.p, text.len);
	e->len += text.len;
	e->cur += text.len;
	if (from > 0 && editor_width(e, from) == 0) {
		from = editor_before(e, from);
		end = false;
	}
	editor_draw_from(e, from, !end, out);
	return true;
}

static void
erase(struct editor *e, size_t from, size_t to, struct buf *out)
{
	if (from == to)
		return;
	memmove(e->line + from, e->line + to, e->len - to);
	e->len -= to - from;
	e->cur = from;
	editor_draw_from(e, from, true, out);
}

static void
replace(struct editor *e, struct span line, struct buf *out)
{
	if (line.len > sizeof e->line)
		return;
	if (line.len > 0)
		memmove(e->line, line.p, line.len);
	e->len = e->cur = line.len;
	editor_draw_from(e, 0, true, out);
}

static size_t
word_start(const struct editor *e)
{
	size_t i = e->cur;

	while (i > 0 && (e->line[i - 1] == ' ' || e->line[i - 1] == '\t'))
		i--;
	while (i > 0 && e->line[i - 1] != ' ' && e->line[i - 1] != '\t')
		i--;
	return i;
}

static void
go(struct editor *e, size_t to, struct buf *out)
{
	if (to == e->cur)
		return;
	e->cur = to;
	editor_draw_cursor(e, out);
}

static void
recall(struct editor *e, enum key key, struct buf *out)
{
	struct span line;

	if (key == KEY_UP ? history_back(e->history, span_make(e->line, e->len), &line)
			  : history_forth(e->history, &line))
		replace(e, line, out);
}

/* Names in rows, each with two blanks behind it. */
static void
put_names(const struct editor *e, struct span names, struct buf *out)
{
	size_t col = 0;

	while (names.len > 0) {
		const uint8_t *lf = memchr(names.p, '\n', names.len);
		size_t n = lf != NULL ? (size_t)(lf - names.p) : names.len;

		if (col > 0 && col + n + 2 > e->columns) {
			buf_text(out, "\r\n");
			col = 0;
		}
		buf_put(out, names.p, n);
		buf_text(out, "  ");
		col += n + 2;
		n += lf != NULL;
		names = span_make(names.p + n, names.len - n);
	}
	buf_text(out, "\r\n");
}

/* The first Tab puts in what all names go on with; a second one lists them. */
static bool
complete(struct editor *e, struct buf *out)
{
	struct buf more, list;
	bool several = false;
	size_t n;

	buf_init(&more, SHELL_LINE);
	buf_init(&list, COMPLETION_LIST + 1);
	n = completion_find(e->completion, span_make(e->line, e->cur), &more, &list);
	if (n == 0 || !buf_ok(&more)) {
		buf_u8(out, '\a');
	} else if (more.len > 0) {
		editor_insert(e, buf_span(&more), out);
	} else if (e->tabbed && n > 1) {
		editor_draw_behind(e, out);
		put_names(e, buf_span(&list), out);
		editor_draw(e, out);
	} else
		several = n > 1;
	buf_clear(&more);
	buf_clear(&list);
	return several;
}

/* What only moves or cuts. */
static void
edit(struct editor *e, enum key key, struct buf *out)
{
	switch (key) {
	case KEY_BACKSPACE:
		if (e->cur > 0)
			erase(e, editor_before(e, e->cur), e->cur, out);
		break;
	case KEY_DELETE:
	case KEY_EOF:
		if (e->cur < e->len)
			erase(e, e->cur, editor_behind(e, e->cur), out);
		break;
	case KEY_CUT_LINE:
		erase(e, 0, e->cur, out);
		break;
	case KEY_CUT_REST:
		erase(e, e->cur, e->len, out);
		break;
	case KEY_CUT_WORD:
		erase(e, word_start(e), e->cur, out);
		break;
	case KEY_LEFT:
		go(e, e->cur > 0 ? editor_before(e, e->cur) : 0, out);
		break;
	case KEY_RIGHT:
		go(e, e->cur < e->len ? editor_behind(e, e->cur) : e->cur, out);
		break;
	case KEY_HOME:
		go(e, 0, out);
		break;
	case KEY_END:
		go(e, e->len, out);
		break;
	default:
		break;
	}
}

static enum editor_what
finish(struct editor *e, enum editor_what what, struct buf *out)
{
	buf_text(out, PASTE_OFF);
	editor_draw_behind(e, out);
	e->open = false;
	history_rest(e->history);
	return what;
}

enum editor_what
editor_take(struct editor *e, uint8_t byte, struct buf *out)
{
	struct keystroke k = keys_take(&e->keys, byte);
	bool tabbed = e->tabbed;

	if (!e->open || k.key == KEY_NOTHING)
		return EDITOR_MORE;
	if (k.key == KEY_PASTED) {
		enum editor_what what = editor_paste_end(e, out);

		return what == EDITOR_MORE ? what : finish(e, what, out);
	}
	if (e->keys.pasting) {
		editor_paste_take(e, &k);
		return EDITOR_MORE;
	}
	e->tabbed = false;
	switch (k.key) {
	case KEY_TEXT:
		if (!editor_insert(e, span_make(k.text, k.len), out))
			buf_u8(out, '\a');
		return EDITOR_MORE;
	case KEY_ENTER:
		return finish(e, EDITOR_LINE, out);
	case KEY_INTERRUPT:
		buf_text(out, "^C");
		editor_drop(e);
		return finish(e, EDITOR_CLEAR, out);
	case KEY_EOF:
		if (e->len == 0)
			return finish(e, EDITOR_END, out);
		break;
	case KEY_TAB:
		e->tabbed = tabbed;
		e->tabbed = complete(e, out);
		return EDITOR_MORE;
	case KEY_UP:
	case KEY_DOWN:
		recall(e, k.key, out);
		return EDITOR_MORE;
	case KEY_REDRAW:
		buf_text(out, "\033[H\033[2J");
		e->shown = false;
		editor_draw(e, out);
		return EDITOR_MORE;
	default:
		break;
	}
	edit(e, k.key, out);
	return EDITOR_MORE;
}

enum editor_what
editor_begin(struct editor *e, const char *prompt, struct buf *out)
{
	struct buf shown;
	enum editor_what what;

	buf_init(&shown, 4 * EDITOR_PROMPT);
	text_say(&shown, span_of(prompt));
	while (shown.len > EDITOR_PROMPT)
		shown.len--;
	shown.len -= text_partial(buf_span(&shown));
	if (!buf_ok(&shown) ||
	    !span_copy(buf_span(&shown), e->prompt, sizeof e->prompt))
		e->prompt[0] = '\0';
	buf_clear(&shown);
	e->len = e->cur = 0;
	e->open = true;
	e->shown = e->tabbed = e->stale = false;
	buf_text(out, PASTE_ON);
	editor_draw(e, out);
	what = editor_paste_next(e, out);
	return what == EDITOR_MORE ? what : finish(e, what, out);
}

struct span
editor_line(const struct editor *e)
{
	return span_make(e->line, e->len);
}

void
editor_hide(struct editor *e, struct buf *out)
{
	if (e->open)
		editor_draw_nothing(e, out);
}

void
editor_show(struct editor *e, struct buf *out)
{
	if (e->open && !e->shown)
		editor_draw(e, out);
}

/* Terminals that are made narrower wrap again what they show, most of them: the row of the
 * cursor is counted with the new width. */
void
editor_resize(struct editor *e, uint32_t columns, uint32_t rows, struct buf *out)
{
	e->columns = bounded(columns == 0 ? 80 : columns, COLUMNS_LEAST);
	e->rows = bounded(rows == 0 ? 24 : rows, 1);
	if (!e->open || !e->shown)
		return;
	editor_draw_resized(e, out);
}

void
editor_leave(struct editor *e, struct buf *out)
{
	if (!e->open)
		return;
	finish(e, EDITOR_END, out);
}

void
editor_remember(struct editor *e, struct span line)
{
	history_add(e->history, line);
}

void
editor_history(const struct editor *e, struct buf *out)
{
	for (size_t i = 0; i < history_count(e->history); i++) {
		buf_printf(out, "%5zu  ", i + 1);
		text_say(out, history_at(e->history, i));
		buf_text(out, "\r\n");
	}
}

void
editor_help(const struct editor *e, struct buf *out)
{
	struct buf list;

	buf_init(&list, COMPLETION_LIST + 1);
	completion_commands(e->completion, &list);
	put_names(e, buf_span(&list), out);
	buf_clear(&list);
}

void
editor_tell(struct editor *e, const char *text, struct buf *out)
{
	editor_draw_nothing(e, out);
	buf_printf(out, "broker: %s\r\n", text);
	editor_draw(e, out);
}
