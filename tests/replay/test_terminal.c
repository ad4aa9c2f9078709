#include "tests/support/unit.h"

#include "replay/terminal.h"

struct seen {
	struct terminal *t;
	struct buf text;
};

static void
on_line(void *arg, struct span text, bool fresh)
{
	struct seen *s = arg;

	buf_span_put(&s->text, text);
	buf_text(&s->text, fresh ? "|" : ".");
}

static void
on_turn(void *arg, bool alternate)
{
	struct seen *s = arg;

	buf_text(&s->text, alternate ? "<" : "{");
	if (!alternate)
		terminal_text(s->t, &s->text);
	buf_text(&s->text, alternate ? "" : "}>");
}

static void
open_it(struct seen *s, int columns, int rows)
{
	const struct terminal_on on = { .arg = s, .line = on_line, .turn = on_turn };

	buf_init(&s->text, 1 << 20);
	assert_int_equal(terminal_new(columns, rows, &on, &s->t, NULL), RC_OK);
}

static void
put(struct seen *s, const char *text)
{
	assert_int_equal(terminal_put(s->t, span_of(text), NULL), RC_OK);
}

static void
close_it(struct seen *s, const char *want)
{
	assert_int_equal(terminal_end(s->t, NULL), RC_OK);
	if (strcmp(buf_cstr(&s->text), want) != 0)
		fail_msg("'%s' is not '%s'", buf_cstr(&s->text), want);
	buf_clear(&s->text);
	terminal_free(s->t);
}

static void
each_line_is_told_once(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "one\r\ntwo\r\nthree\r\nfour\r\nfive\r\n",
		    "one|two|three|four|five|" },
		{ "one\r\n\r\nthree", "one||three|" },
		{ "", "" },
		/* Broken by the margin, by colours, by moves: one line. */
		{ "a line that is longer than ten", "a line that is longer than ten|" },
		{ "\033[31mre\033[1md\033[0m", "red|" },
		{ "ac\bbc", "abc|" },
		{ "over\rOVER", "OVER|" },
		/* What is cleared was there. */
		{ "gone\r\nwith it\033[2J\033[Hnew", "gone|with it|new|" },
		{ "gone\033[H\033[Jnew", "gone|new|" },
		{ "gone\033cnew", "gone|new|" },
		{ "a\r\nb\033[99Sc", "a|b|| c|" },
		{ "a\r\nb\033[H\033[99Mc", "a|b|c|" },
		{ "gone\033#8", "gone|EEEEEEEEEE|EEEEEEEEEE|EEEEEEEEEE|" },
		/* Of a pipe. */
		{ "one\ntwo\n", "one|two|" },
		{ "one\r\ntwo\nthree", "one|two|   three|" },
		{ "one\ntwo\r\n  three", "one|two|  three|" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct seen s;

		open_it(&s, 10, 3);
		put(&s, rows[i].in);
		close_it(&s, rows[i].want);
	}
}

static void
the_alternate_pane_is_another(void **state)
{
	struct seen s;

	(void)state;
	open_it(&s, 20, 3);
	put(&s, "$ vi\r\n");
	assert_false(terminal_alternate(s.t));
	put(&s, "\033[?1049h\033[Hedit\033[3;1Hbottom");
	assert_true(terminal_alternate(s.t));
	put(&s, "\033[?1049l$ ls\r\n");
	assert_false(terminal_alternate(s.t));
	put(&s, "\033[?47;25hless");
	close_it(&s, "$ vi|<{edit\n\nbottom\n}>$ ls|<{\n\nless\n}>");
}

static void
a_window_made_small_meanwhile_costs_nothing(void **state)
{
	struct seen s;

	(void)state;
	open_it(&s, 20, 6);
	put(&s, "1\r\n2\r\n3\r\n4\r\n$ vi\033[?1049h\033[Hx");
	terminal_resize(s.t, 10, 2);
	put(&s, "y");
	terminal_resize(s.t, 20, 6);
	put(&s, "\033[?1049l");
	close_it(&s, "1|2|3|4|$ vi|<{xy\n}>");
}

static void
a_narrow_window_cuts_nothing_untold(void **state)
{
	struct seen s;

	(void)state;
	open_it(&s, 20, 4);
	put(&s, "short\r\nrather a long line\r\n");
	terminal_resize(s.t, 8, 4);
	put(&s, "on");
	close_it(&s, "short|rather a long line|on|");
}

static void
sizes_count_from_the_next_output(void **state)
{
	struct seen s;

	(void)state;
	open_it(&s, 20, 4);
	for (uint32_t i = 0; i < 100000; i++)
		terminal_resize(s.t, i, i);
	terminal_resize(s.t, 0, 0);
	assert_int_equal(pane_rows(terminal_pane(s.t)), 4);
	put(&s, "x");
	assert_int_equal(pane_rows(terminal_pane(s.t)), 2);
	assert_int_equal(pane_columns(terminal_pane(s.t)), 2);
	terminal_resize(s.t, UINT32_MAX, 70000);
	put(&s, "x");
	assert_int_equal(pane_columns(terminal_pane(s.t)), PANE_MOST);
	assert_int_equal(pane_rows(terminal_pane(s.t)), PANE_CELLS / PANE_MOST);
	close_it(&s, "xx|");
}

static void
hostile_sequences_leave_nothing(void **state)
{
	static const char *const rows[] = {
		"\033]52;c;aGVsbG8=\007",
		"\033]0;title\007",
		"\033]2;title\033\\",
		"\033[6n",
		"\033[5n",
		"\033[c",
		"\033[>c",
		"\033[=c",
		"\033P$qm\033\\",
		"\033Phook\033\\",
		"\033_apc\033\\",
		"\033^pm\033\\",
		"\033Xsos\033\\",
		"\033[?1000h",
		"\033[?1006h",
		"\033[?2004h",
		"\033[18t",
		"\033[>q",
		"\033]8;;http://x/\007",
		"\033kname\033\\",
		"\005",
		"\033Z",
		"\033[x",
		"\033[?6n",
		"\033]10;?\007",
		"\033]4;1;?\007",
		"\033[4i",
		"\033[?996n",
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct seen s;

		open_it(&s, 20, 3);
		put(&s, "<");
		put(&s, rows[i]);
		put(&s, ">");
		if (strcmp(buf_cstr(&s.text), "") != 0)
			fail_msg("row %zu told '%s'", i, buf_cstr(&s.text));
		close_it(&s, "<>|");
	}
}

static void
endless_lines_come_in_parts(void **state)
{
	struct seen s;
	char part[1001];
	size_t bars = 0;

	(void)state;
	open_it(&s, 100, 3);
	memset(part, 'x', sizeof part - 1);
	part[sizeof part - 1] = '\0';
	for (int i = 0; i < 200; i++)
		put(&s, part);
	assert_int_equal(terminal_end(s.t, NULL), RC_OK);
	assert_true(buf_ok(&s.text));
	for (size_t i = 0; i < s.text.len; i++)
		bars += s.text.p[i] == '|';
	assert_int_equal(bars, 4);
	assert_int_equal(s.text.len, 200000 + bars);
	buf_clear(&s.text);
	terminal_free(s.t);
}

static void
seen_lines_are_not_fresh(void **state)
{
	struct seen s;

	(void)state;
	open_it(&s, 10, 2);
	put(&s, "one\r\ntwo");
	pane_seen(terminal_pane(s.t));
	put(&s, "\r\nthree");
	close_it(&s, "one.two.three|");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_is_told_once),
		cmocka_unit_test(the_alternate_pane_is_another),
		cmocka_unit_test(a_window_made_small_meanwhile_costs_nothing),
		cmocka_unit_test(a_narrow_window_cuts_nothing_untold),
		cmocka_unit_test(sizes_count_from_the_next_output),
		cmocka_unit_test(hostile_sequences_leave_nothing),
		cmocka_unit_test(endless_lines_come_in_parts),
		cmocka_unit_test(seen_lines_are_not_fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
