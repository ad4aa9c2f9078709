#include "tests/support/unit.h"

#include "replay/pane.h"

struct left {
	struct buf text;
	int rows;
};

static void
leaves(void *arg, struct pane *p, int row)
{
	struct left *l = arg;

	pane_row_text(p, row, &l->text);
	buf_text(&l->text, pane_mark(p, row)->wraps ? "+" : "|");
	l->rows++;
}

static struct pane *
made(int columns, int rows, struct left *l)
{
	struct pane *p;

	if (l != NULL)
		buf_init(&l->text, 1 << 20);
	assert_int_equal(
	    pane_new(columns, rows, l != NULL ? leaves : NULL, l, &p, NULL), RC_OK);
	return p;
}

static void
shows(struct pane *p, int row, const char *want)
{
	struct buf text;

	buf_init(&text, 1 << 16);
	pane_row_text(p, row, &text);
	if (strcmp(buf_cstr(&text), want) != 0)
		fail_msg("row %d is '%s', not '%s'", row, buf_cstr(&text), want);
	buf_clear(&text);
}

static void
put(struct pane *p, const char *text)
{
	pane_text(p, span_of(text));
}

static void
act(struct pane *p, const char *sequence)
{
	pane_control(p, span_of(sequence));
}

static void
sizes_are_clamped(void **state)
{
	static const struct {
		int columns, rows, want_columns, want_rows;
	} rows[] = { { 1, 1, 2, 2 }, { 0, -5, 2, 2 }, { 80, 24, 80, 24 },
		{ 70000, 70000, 1000, 100 }, { 100, 70000, 100, 1000 },
		{ 300, 900, 300, 333 } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pane *p = made(rows[i].columns, rows[i].rows, NULL);

		assert_int_equal(pane_columns(p), rows[i].want_columns);
		assert_int_equal(pane_rows(p), rows[i].want_rows);
		pane_free(p);
	}
	pane_free(NULL);
}

static void
the_margin_joins_rows(void **state)
{
	struct pane *p = made(10, 4, NULL);
	struct buf line;
	int first, last;

	(void)state;
	put(p, "0123456789abc");
	assert_true(pane_wraps(p, 0));
	assert_false(pane_wraps(p, 1));
	buf_init(&line, 1000);
	pane_line_text(p, 1, &line, &first, &last);
	assert_string_equal(buf_cstr(&line), "0123456789abc");
	assert_int_equal(first, 0);
	assert_int_equal(last, 1);
	/* A row that is full and ends is one of its own. */
	act(p, "\r");
	act(p, "\n");
	put(p, "ABCDEFGHIJ");
	act(p, "\r");
	act(p, "\n");
	put(p, "next");
	assert_false(pane_wraps(p, 2));
	/* Written anew, it does not go on any more. */
	act(p, "\033[1;1H");
	act(p, "\033[K");
	assert_false(pane_wraps(p, 0));
	buf_clear(&line);
	pane_free(p);
}

static void
blanks_at_the_margin_count(void **state)
{
	struct pane *p = made(10, 4, NULL);
	struct buf line;
	int first, last;

	(void)state;
	put(p, "a word    and another  ");
	buf_init(&line, 1000);
	pane_line_text(p, 0, &line, &first, &last);
	assert_string_equal(buf_cstr(&line), "a word    and another");
	buf_clear(&line);
	pane_free(p);
}

static void
wide_characters_have_two_columns(void **state)
{
	struct pane *p = made(5, 2, NULL);
	struct pane_cell c;

	(void)state;
	put(p, "\xE4\xB8\x96\xE7\x95\x8C\xE4\xB8\x96");
	shows(p, 0, "\xE4\xB8\x96\xE7\x95\x8C");
	shows(p, 1, "\xE4\xB8\x96");
	assert_true(pane_wraps(p, 0));
	pane_cell(p, 0, 0, &c);
	assert_int_equal(c.width, 2);
	assert_int_equal(c.chars[0], 0x4E16);
	pane_cell(p, 0, 1, &c);
	assert_int_equal(c.width, 0);
	pane_cell(p, 0, 4, &c);
	assert_int_equal(c.width, 1);
	assert_int_equal(c.chars[0], 0);
	pane_free(p);
}

static void
characters_are_made_printable(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "e\xCC\x81", "e\xCC\x81" }, /* combining */
		{ "a\xE2\x80\xAE"
		  "b",
		    "ab" }, /* right to left override */
		{ "s\xE2\x80\x8B"
		  "ee",
		    "see" }, /* zero width space */
		{ "a\xC2\xA0"
		  "b",
		    "a b" },			    /* no-break space */
		{ "\xEE\x80\x80", "\xEF\xBF\xBD" }, /* private use */
		{ "\xEF\xBF\xBD", "\xEF\xBF\xBD" },
		{ "a\xE3\x80\x80"
		  "b",
		    "a b" }, /* ideographic space: two columns */
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pane *p = made(20, 2, NULL);

		put(p, rows[i].text);
		shows(p, 0, rows[i].want);
		pane_free(p);
	}
}

static void
styles_are_told(void **state)
{
	struct pane *p = made(40, 2, NULL);
	static const struct {
		const char *sgr;
		struct pane_style want;
	} rows[] = {
		{ "\033[0m", { 0, 0, 0 } },
		{ "\033[0;31m", { PANE_PALETTE + 1, 0, 0 } },
		{ "\033[0;97;104m", { PANE_PALETTE + 15, PANE_PALETTE + 12, 0 } },
		{ "\033[0;38;5;200m", { PANE_PALETTE + 200, 0, 0 } },
		{ "\033[0;48;2;1;2;3m", { 0, PANE_RGB + 0x010203, 0 } },
		{ "\033[0;3;4;9m",
		    { 0, 0, PANE_ITALIC | PANE_UNDERLINE | PANE_STRIKE } },
		{ "\033[0;1;5;7m", { 0, 0, PANE_BOLD | PANE_BLINK | PANE_REVERSE } },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pane_cell c;

		act(p, rows[i].sgr);
		put(p, "x");
		pane_cell(p, 0, (int)i, &c);
		if (c.style.fg != rows[i].want.fg || c.style.bg != rows[i].want.bg ||
		    c.style.attributes != rows[i].want.attributes)
			fail_msg("row %zu: %u %u %u", i, c.style.fg, c.style.bg,
			    c.style.attributes);
	}
	pane_free(p);
}

static void
rows_leave_once(void **state)
{
	struct left l = { .rows = 0 };
	struct pane *p = made(10, 3, &l);

	(void)state;
	for (int i = 0; i < 6; i++) {
		put(p, i == 1 ? "0123456789ab" : "row");
		act(p, "\r");
		act(p, "\n");
	}
	assert_string_equal(buf_cstr(&l.text), "row|0123456789+ab|row|row|");
	assert_int_equal(l.rows, 5);
	buf_clear(&l.text);
	pane_free(p);
}

static void
a_long_line_leaves_as_one(void **state)
{
	struct left l = { .rows = 0 };
	struct pane *p = made(4, 2, &l);

	(void)state;
	put(p, "aaaabbbbccccddddeeee");
	assert_string_equal(buf_cstr(&l.text), "aaaa+bbbb+cccc+");
	shows(p, 0, "dddd");
	assert_true(pane_wraps(p, 0));
	buf_clear(&l.text);
	pane_free(p);
}

static void
marks_move_with_their_rows(void **state)
{
	struct pane *p = made(10, 4, NULL);
	int from, to;

	(void)state;
	put(p, "one");
	assert_true(pane_changed(p, &from, &to));
	assert_int_equal(from, 0);
	assert_int_equal(to, 1);
	assert_false(pane_changed(p, &from, &to));
	pane_mark(p, 0)->matched = true;
	act(p, "\033[L");
	assert_false(pane_mark(p, 0)->matched);
	assert_true(pane_mark(p, 1)->matched);
	pane_seen(p);
	assert_false(pane_touched(p, 1));
	assert_false(pane_mark(p, 1)->fresh);
	act(p, "\033[4;1H");
	put(p, "x");
	assert_true(pane_touched(p, 3));
	assert_true(pane_mark(p, 3)->fresh);
	act(p, "\n");
	assert_true(pane_mark(p, 0)->matched);
	assert_true(pane_mark(p, 2)->fresh);
	assert_false(pane_mark(p, 3)->matched);
	pane_free(p);
}

static void
a_smaller_screen_lets_rows_go(void **state)
{
	struct left l = { .rows = 0 };
	struct pane *p = made(10, 5, &l);

	(void)state;
	for (int i = 0; i < 4; i++) {
		put(p, "row");
		act(p, "\r");
		act(p, "\n");
	}
	put(p, "last");
	assert_int_equal(pane_resize(p, 10, 2, NULL), RC_OK);
	assert_string_equal(buf_cstr(&l.text), "row|row|row|");
	shows(p, 1, "last");
	assert_int_equal(pane_resize(p, 30, 8, NULL), RC_OK);
	shows(p, 0, "row");
	shows(p, 7, "");
	assert_int_equal(l.rows, 3);
	buf_clear(&l.text);
	pane_free(p);
}

/* Where libvterm would write above the screen. */
static void
a_cursor_above_the_screen_comes_back(void **state)
{
	struct pane *p = made(20, 6, NULL);
	int row, column;

	(void)state;
	put(p, "a");
	act(p, "\033#8");
	act(p, "\033[4h");
	assert_int_equal(pane_resize(p, 8, 4, NULL), RC_OK);
	pane_cursor(p, &row, &column);
	assert_int_equal(row, 0);
	assert_int_equal(column, 1);
	put(p, "o");
	shows(p, 0, "EoEEEEEE");
	pane_free(p);
}

static void
the_cursor_is_known(void **state)
{
	struct pane *p = made(10, 5, NULL);
	int row, column;

	(void)state;
	act(p, "\033[3;4H");
	pane_cursor(p, &row, &column);
	assert_int_equal(row, 2);
	assert_int_equal(column, 3);
	assert_true(pane_cursor_shown(p));
	act(p, "\033[?25l");
	assert_false(pane_cursor_shown(p));
	act(p, "\033[999;999H");
	pane_cursor(p, &row, &column);
	assert_int_equal(row, 4);
	assert_int_equal(column, 9);
	pane_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_clamped),
		cmocka_unit_test(the_margin_joins_rows),
		cmocka_unit_test(blanks_at_the_margin_count),
		cmocka_unit_test(wide_characters_have_two_columns),
		cmocka_unit_test(characters_are_made_printable),
		cmocka_unit_test(styles_are_told),
		cmocka_unit_test(rows_leave_once),
		cmocka_unit_test(a_long_line_leaves_as_one),
		cmocka_unit_test(marks_move_with_their_rows),
		cmocka_unit_test(a_smaller_screen_lets_rows_go),
		cmocka_unit_test(a_cursor_above_the_screen_comes_back),
		cmocka_unit_test(the_cursor_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
