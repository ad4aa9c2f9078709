#include "tests/support/unit.h"

#include <limits.h>

#include "replay/canvas.h"

static struct canvas *
make(unsigned columns, unsigned rows, struct buf *out)
{
	struct canvas *c = NULL;

	buf_init(out, 1 << 20);
	assert_int_equal(canvas_new(&c, NULL), RC_OK);
	assert_int_equal(canvas_fit(c, columns, rows, NULL), RC_OK);
	return c;
}

static const char *
painted(struct canvas *c, struct buf *out)
{
	buf_reset(out);
	canvas_paint(c, out);
	assert_true(buf_ok(out));
	return buf_cstr(out);
}

static void
only_what_differs_is_sent(void **state)
{
	struct buf out;
	struct canvas *c = make(10, 3, &out);

	(void)state;
	canvas_text(c, 1, 2, span_of("abc"), 0);
	assert_string_equal(painted(c, &out), "\033[?25l\033[0m\033[2J\033[2;3Habc");
	assert_string_equal(painted(c, &out), "");
	canvas_clear(c);
	canvas_text(c, 1, 2, span_of("axc"), 0);
	assert_string_equal(painted(c, &out), "\033[2;4Hx");
	canvas_clear(c);
	canvas_cursor(c, 1, 4);
	assert_string_equal(painted(c, &out), "\033[2;3H   \033[2;5H\033[?25h");
	canvas_clear(c);
	canvas_cursor(c, 0, 0);
	assert_string_equal(painted(c, &out), "\033[1;1H");
	canvas_clear(c);
	assert_string_equal(painted(c, &out), "\033[?25l");
	/* a terminal of another size: nobody knows what it shows */
	canvas_text(c, 0, 0, span_of("z"), 0);
	assert_int_equal(canvas_fit(c, 4, 2, NULL), RC_OK);
	canvas_text(c, 0, 0, span_of("z"), 0);
	assert_string_equal(painted(c, &out), "\033[?25l\033[0m\033[2J\033[1;1Hz");
	canvas_free(c);
	buf_clear(&out);
}

static void
styles_are_sent_once(void **state)
{
	static const struct {
		struct pane_style style;
		const char *sgr;
	} rows[] = {
		{ { 0, 0, PANE_BOLD }, "\033[0;1m" },
		{ { 0, 0, PANE_ITALIC | PANE_UNDERLINE }, "\033[0;3;4m" },
		{ { 0, 0, PANE_BLINK | PANE_REVERSE | PANE_STRIKE }, "\033[0;5;7;9m" },
		{ { PANE_PALETTE, PANE_PALETTE + 7, 0 }, "\033[0;30;47m" },
		{ { PANE_PALETTE + 8, PANE_PALETTE + 15, 0 }, "\033[0;90;107m" },
		{ { PANE_PALETTE + 16, PANE_PALETTE + 255, 0 },
		    "\033[0;38;5;16;48;5;255m" },
		{ { PANE_RGB, PANE_RGB + 0xFFFFFF, 0 },
		    "\033[0;38;2;0;0;0;48;2;255;255;255m" },
		{ { PANE_RGB + 0x010203, 0, 0 }, "\033[0;38;2;1;2;3m" },
	};
	char want[128];
	struct buf out;
	struct canvas *c = make(10, 1, &out);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct pane_cell cell = {
			.chars = { 'x' }, .width = 1, .style = rows[i].style
		};

		assert_int_equal(canvas_fit(c, 10, 1, NULL), RC_OK);
		canvas_cell(c, 0, 0, &cell);
		canvas_cell(c, 0, 1, &cell);
		snprintf(want, sizeof want, "\033[?25l\033[0m\033[2J\033[1;1H%sxx",
		    rows[i].sgr);
		assert_string_equal(painted(c, &out), want);
		/* and left again */
		canvas_clear(c);
		canvas_text(c, 0, 0, span_of("yy"), 0);
		assert_string_equal(painted(c, &out), "\033[1;1H\033[0myy");
	}
	canvas_free(c);
	buf_clear(&out);
}

static void
wide_and_combined_characters_keep_their_place(void **state)
{
	static const struct pane_cell wide = { .chars = { 0x4E2D }, .width = 2 };
	static const struct pane_cell half = { .width = 0 };
	static const struct pane_cell joined = { .chars = { 'e', 0x301 }, .width = 1 };
	struct buf out;
	struct canvas *c = make(4, 1, &out);

	(void)state;
	canvas_cell(c, 0, 0, &wide);
	canvas_cell(c, 0, 1, &half);
	canvas_cell(c, 0, 2, &joined);
	canvas_text(c, 0, 3, span_of("z"), 0);
	/* behind each the place is named again */
	assert_string_equal(painted(c, &out),
	    "\033[?25l\033[0m\033[2J\033[1;1H\xE4\xB8\xAD\033[1;3He\xCC\x81\033[1;4Hz");
	/* one that does not fit is a blank */
	canvas_clear(c);
	canvas_cell(c, 0, 3, &wide);
	canvas_paint(c, &out);
	assert_null(strstr(painted(c, &out), "\xE4"));
	canvas_free(c);
	buf_clear(&out);
}

/* Cells come from libvterm, texts from marks: neither may send a control character. */
static void
nothing_but_text_is_painted(void **state)
{
	static const char *texts[] = { "a\033]0;x\007b", "\xC2\x9B", "\x7F", "\xFF\xFE",
		"\xE2\x80\xAE", "a\nb\rc\tc", "\xF4\x90\x80\x80" };
	struct buf out;
	struct canvas *c = make(20, 2, &out);

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		assert_int_equal(canvas_fit(c, 20, 2, NULL), RC_OK);
		canvas_text(c, 0, 0, span_of(texts[i]), 0);
		painted(c, &out);
		for (const char *s = buf_cstr(&out) + 17; *s != '\0'; s++)
			if ((uint8_t)*s < 0x20 && strncmp(s, "\033[", 2) != 0)
				fail_msg("text %zu: %02x", i, (uint8_t)*s);
		assert_null(strstr(buf_cstr(&out), "\033]"));
		assert_null(strstr(buf_cstr(&out), "\xC2\x9B"));
		assert_null(strstr(buf_cstr(&out), "\xE2\x80\xAE"));
	}
	for (uint32_t cp = 1; cp < 0xA0; cp += cp == 0x1F ? 0x60 : 1) {
		struct pane_cell cell = { .chars = { cp }, .width = 1 };

		assert_int_equal(canvas_fit(c, 20, 2, NULL), RC_OK);
		canvas_cell(c, 0, 0, &cell);
		painted(c, &out);
		assert_null(strstr(buf_cstr(&out) + 17, "\xC2"));
		for (const char *s = buf_cstr(&out) + 17; *s != '\0'; s++)
			if ((uint8_t)*s < 0x20 && strncmp(s, "\033[", 2) != 0)
				fail_msg("cell %x: %02x", cp, (uint8_t)*s);
	}
	canvas_free(c);
	buf_clear(&out);
}

static void
what_lies_outside_is_left_out(void **state)
{
	struct pane_cell cell = { .chars = { 'x' }, .width = 1 };
	struct buf out;
	struct canvas *c = make(0, 0, &out);

	(void)state;
	assert_int_equal(canvas_columns(c), 1);
	assert_int_equal(canvas_rows(c), 1);
	assert_int_equal(canvas_fit(c, UINT_MAX, UINT_MAX, NULL), RC_OK);
	assert_int_equal(canvas_columns(c), CANVAS_MOST);
	assert_int_equal(canvas_rows(c), CANVAS_MOST);
	canvas_cell(c, CANVAS_MOST, 0, &cell);
	canvas_cell(c, 0, UINT_MAX, &cell);
	canvas_text(c, CANVAS_MOST, 0, span_of("x"), 0);
	canvas_cursor(c, CANVAS_MOST, 3);
	assert_string_equal(painted(c, &out), "\033[?25l\033[0m\033[2J");
	canvas_text(c, 0, CANVAS_MOST - 2, span_of("abc"), 0);
	assert_string_equal(painted(c, &out), "\033[1;999Hab");
	canvas_free(c);
	canvas_free(NULL);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_differs_is_sent),
		cmocka_unit_test(styles_are_sent_once),
		cmocka_unit_test(wide_and_combined_characters_keep_their_place),
		cmocka_unit_test(nothing_but_text_is_painted),
		cmocka_unit_test(what_lies_outside_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
