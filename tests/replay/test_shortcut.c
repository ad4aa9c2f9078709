#include "tests/support/unit.h"

#include "replay/shortcut.h"
#include "replay/terminal.h"

#define EVENTS 400

/* What a session may print: plain lines for the most part.  No accents: whether libvterm
 * keeps one at the margin depends on where output was cut into events. */
static const char *const parts[] = { "\r\n", "\r\n", "\r\n", "word ", "x",
	"a longer part of a line, ", "\033[31m", "\033[0m", "\033[m", "\033[1;44m",
	"\xE4\xB8\xAD", "\t", "\b\b", "\r", "\n", "\a", "\033[7;38;5;99m" };
/* What is not plain, and comes now and then. */
static const char *const others[] = { "\033[2J", "\033[H", "\033[3;4H", "\033[K",
	"\033[?1049h", "\033[?1049l", "\0337", "\0338", "\033[4h", "\033[4l",
	"\033[?7l", "\033[?7h", "\033[2A", "\033[L", "\033[M", "\033(0", "\033(B",
	"\033]0;t\007", "\033[2;4r", "\033[r", "\033[?6h", "\033c", "\016", "\017",
	"\x0B", "\xC2\x9B", "\033[3", "\033", "\033]0;open", "\033[?69h\033[2;5s",
	"\033[S", "\033[T", "\033D", "\033M", "\033E", "\033#8", "\033[12b", "\005",
	"\033[!p" };

static uint32_t
draw_lot(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % n;
}

static void
same_screens(const struct terminal *a, const struct terminal *b, uint32_t seed)
{
	const struct pane *p = terminal_pane(a), *q = terminal_pane(b);
	int row, column, other_row, other_column;

	assert_int_equal(pane_rows(p), pane_rows(q));
	assert_int_equal(pane_columns(p), pane_columns(q));
	pane_cursor(p, &row, &column);
	pane_cursor(q, &other_row, &other_column);
	if (row != other_row || column != other_column)
		fail_msg("seed %u: the cursor", seed);
	for (row = 0; row < pane_rows(p); row++)
		for (column = 0; column < pane_columns(p); column++) {
			struct pane_cell c, d;

			memset(&c, 0, sizeof c);
			memset(&d, 0, sizeof d);
			pane_cell(p, row, column, &c);
			pane_cell(q, row, column, &d);
			if (memcmp(&c, &d, sizeof c) != 0)
				fail_msg(
				    "seed %u: row %d, column %d", seed, row, column);
		}
}

static void
put(struct terminal *t, struct buf *b)
{
	if (b->len > 0)
		assert_int_equal(terminal_put(t, buf_span(b), NULL), RC_OK);
	buf_reset(b);
}

/* The same output, whole and shortened, leaves the same screen. */
static size_t
compare(uint32_t seed)
{
	static const struct terminal_on nothing = { 0 };
	unsigned columns, rows;
	struct terminal *whole, *less;
	struct buf event, out;
	struct shortcut *s;
	uint32_t lot = seed;
	size_t given = 0, drawn = 0;

	columns = 4 + draw_lot(&lot, 30);
	rows = 2 + draw_lot(&lot, 10);
	assert_int_equal(
	    terminal_new((int)columns, (int)rows, &nothing, &whole, NULL), RC_OK);
	assert_int_equal(
	    terminal_new((int)columns, (int)rows, &nothing, &less, NULL), RC_OK);
	assert_int_equal(shortcut_new(&s, NULL), RC_OK);
	buf_init(&event, 1 << 16);
	buf_init(&out, 1 << 20);
	for (int i = 0; i < EVENTS; i++) {
		for (uint32_t n = draw_lot(&lot, 20); n > 0; n--)
			buf_text(&event, parts[draw_lot(&lot, ROWS(parts))]);
		if (draw_lot(&lot, seed % 2 ? 100 : 400) == 0)
			buf_text(&event, others[draw_lot(&lot, ROWS(others))]);
		given += event.len;
		shortcut_put(s, buf_span(&event), rows, &out);
		drawn += out.len;
		put(less, &out);
		put(whole, &event);
		if (draw_lot(&lot, 200) > 0 && i < EVENTS - 1)
			continue;
		shortcut_end(s, rows, &out);
		drawn += out.len;
		put(less, &out);
		same_screens(whole, less, seed);
	}
	shortcut_free(s);
	terminal_free(whole);
	terminal_free(less);
	buf_clear(&event);
	buf_clear(&out);
	return given > 0 ? drawn * 100 / given : 100;
}

static void
the_screen_is_the_same(void **state)
{
	size_t percent = 0;

	(void)state;
	for (uint32_t seed = 1; seed <= 700; seed++)
		percent += compare(seed);
	/* and much was left out */
	assert_in_range(percent / 700, 1, 80);
}

static void
long_runs_are_bounded(void **state)
{
	struct shortcut *s;
	struct buf out;

	(void)state;
	buf_init(&out, 64u << 20);
	assert_int_equal(shortcut_new(&s, NULL), RC_OK);
	shortcut_put(s, span_of("\r\n"), 24, &out);
	for (int i = 0; i < 100000; i++) {
		shortcut_put(s, span_of("\033[31ma line of plain text\r\n"), 24, &out);
		shortcut_put(s, span_of("\033[0m"), 24, &out);
	}
	shortcut_end(s, 24, &out);
	assert_in_range(out.len, 24 * 28, 4000);
	/* a line without an end, and one that is all colours */
	buf_reset(&out);
	for (int i = 0; i < 100000; i++)
		shortcut_put(s, span_of("no end at all "), 24, &out);
	shortcut_end(s, 24, &out);
	assert_int_equal(out.len, 1400000);
	buf_reset(&out);
	for (int i = 0; i < 100000; i++)
		shortcut_put(s, span_of("\033[1m\r\n"), 24, &out);
	shortcut_end(s, 24, &out);
	assert_true(buf_ok(&out));
	assert_in_range(out.len, 24 * 6, 600000);
	shortcut_free(s);
	shortcut_free(NULL);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_screen_is_the_same),
		cmocka_unit_test(long_runs_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
