#include "tests/support/unit.h"

#include "replay/pace.h"
#include "replay/stage.h"

static const struct bar bar = {
	.state = "playing", .speed = 1, .limit_us = PACE_NO_LIMIT
};

static struct stage *
make(enum stage_kind kind, struct buf *out)
{
	struct stage *s = NULL;

	buf_init(out, 1 << 20);
	assert_int_equal(stage_new(kind, 20, 5, &s, NULL), RC_OK);
	return s;
}

static const char *
shown(struct stage *s, enum stage_bar when, bool help, struct buf *out)
{
	buf_reset(out);
	stage_show(s, &bar, when, help, out);
	return buf_cstr(out);
}

static void
streams_pass_on(void **state)
{
	static const struct {
		enum stage_kind kind;
		const char *passes, *reset;
	} rows[] = {
		{ STAGE_STREAM, "a\033[31mb", "\033[0m" },
		{ STAGE_RAW, "a\033[31m\033[cb", "\033[?2004l" },
	};
	struct stage *s;
	struct buf out;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		s = make(rows[i].kind, &out);
		assert_int_equal(
		    stage_output(s, span_of("a\033[31m\033[cb"), &out, NULL), RC_OK);
		assert_string_equal(buf_cstr(&out), rows[i].passes);
		assert_int_equal(stage_removed(s), rows[i].kind == STAGE_STREAM);
		assert_string_equal(shown(s, STAGE_BAR_ALWAYS, true, &out), "");
		stage_finish(s, &out);
		assert_non_null(strstr(buf_cstr(&out), rows[i].reset));
		assert_null(strstr(buf_cstr(&out), "1049"));
		stage_free(s);
		buf_clear(&out);
	}
	stage_free(NULL);
}

static void
a_picture_holds_back(void **state)
{
	struct buf out;
	struct stage *s = make(STAGE_PICTURE, &out);

	(void)state;
	assert_int_equal(stage_fit(s, 80, 24, NULL), RC_OK);
	assert_true(stage_fits(s));
	assert_int_equal(
	    stage_output(s, span_of("a\033]0;t\007\033[31mb"), &out, NULL), RC_OK);
	assert_int_equal(out.len, 0);
	shown(s, STAGE_BAR_NEVER, false, &out);
	assert_int_equal(strncmp(buf_cstr(&out), "\033[?1049h", 8), 0);
	assert_non_null(strstr(buf_cstr(&out), "a\033[0;31mb"));
	assert_null(strstr(buf_cstr(&out), "playing"));
	assert_non_null(strstr(shown(s, STAGE_BAR_FITTING, false, &out), "playing"));
	assert_non_null(strstr(shown(s, STAGE_BAR_FITTING, true, &out), "quit"));
	/* anew: the screen is empty, what was taken away is not forgotten */
	assert_int_equal(stage_restart(s, 20, 5, &out, NULL), RC_OK);
	assert_int_equal(stage_removed(s), 1);
	shown(s, STAGE_BAR_NEVER, false, &out);
	assert_null(strstr(buf_cstr(&out), "a\033"));
	buf_reset(&out);
	stage_finish(s, &out);
	assert_string_equal(buf_cstr(&out), "\033[0m\033[?25h\033[?1049l");
	buf_reset(&out);
	stage_finish(s, &out);
	assert_string_equal(buf_cstr(&out), "");
	stage_free(s);
	buf_clear(&out);
}

static void
the_bar_finds_its_place(void **state)
{
	static const struct {
		unsigned columns, rows;
		enum stage_bar when;
		bool bar, first;
	} rows[] = {
		{ 20, 6, STAGE_BAR_FITTING, true, true },
		{ 20, 5, STAGE_BAR_FITTING, false, true },
		{ 20, 5, STAGE_BAR_ALWAYS, true, true },
		{ 20, 6, STAGE_BAR_NEVER, false, true },
		/* a part alone, down to the cursor */
		{ 20, 4, STAGE_BAR_FITTING, true, false },
		{ 20, 4, STAGE_BAR_NEVER, false, false },
		{ 19, 9, STAGE_BAR_FITTING, true, true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf out;
		struct stage *s = make(STAGE_PICTURE, &out);

		assert_int_equal(
		    stage_fit(s, rows[i].columns, rows[i].rows, NULL), RC_OK);
		assert_int_equal(
		    stage_output(s, span_of("A\r\nB\r\nC\r\nD\r\nE"), &out, NULL),
		    RC_OK);
		shown(s, rows[i].when, false, &out);
		if ((strstr(buf_cstr(&out), "playing") != NULL) != rows[i].bar ||
		    (strstr(buf_cstr(&out), "\033[1;1HA") != NULL) != rows[i].first)
			fail_msg("row %zu: %s", i, buf_cstr(&out));
		/* the last row is never lost but to a bar that was asked for */
		assert_true(strchr(buf_cstr(&out), 'E') != NULL ||
			    rows[i].when == STAGE_BAR_ALWAYS);
		stage_free(s);
		buf_clear(&out);
	}
}

static void
sizes_change(void **state)
{
	unsigned columns, rows;
	struct buf out;
	struct stage *s = make(STAGE_PICTURE, &out);

	(void)state;
	assert_int_equal(stage_fit(s, 30, 10, NULL), RC_OK);
	stage_resize(s, 65535, 65535);
	stage_size(s, &columns, &rows);
	assert_true(columns == 65535 && rows == 65535);
	assert_false(stage_fits(s));
	assert_int_equal(stage_output(s, span_of("\033[999;999HZ"), &out, NULL), RC_OK);
	shown(s, STAGE_BAR_FITTING, false, &out);
	stage_resize(s, 1, 1);
	assert_int_equal(stage_output(s, span_of("\033[HQ"), &out, NULL), RC_OK);
	assert_true(stage_fits(s));
	assert_non_null(strchr(shown(s, STAGE_BAR_FITTING, false, &out), 'Q'));
	stage_free(s);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_pass_on),
		cmocka_unit_test(a_picture_holds_back),
		cmocka_unit_test(the_bar_finds_its_place),
		cmocka_unit_test(sizes_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
