#include "tests/support/unit.h"

#include "lib/base/text.h"
#include "replay/bar.h"
#include "replay/pace.h"

#define SECOND 1000000

static const char *
bar_of(const struct bar *b, unsigned columns, struct buf *out)
{
	buf_reset(out);
	bar_put(b, columns, out);
	return buf_cstr(out);
}

static void
it_says_what_there_is(void **state)
{
	struct bar b = {
		.state = "playing",
		.at_us = 75 * SECOND,
		.total_us = 150 * (uint64_t)SECOND,
		.speed = 1,
		.limit_us = PACE_NO_LIMIT,
	};
	struct buf out;

	(void)state;
	buf_init(&out, 8192);
	assert_string_equal(
	    bar_of(&b, 42, &out), " playing 1:15/2:30                        ");
	assert_string_equal(
	    bar_of(&b, 50, &out), " playing 1:15/2:30 [#####-----] 50%               ");
	b.speed = 0.25;
	b.limit_us = 1500000;
	b.label = 2;
	b.labels = 9;
	b.text = "cmd: ls";
	b.mark = "not verified";
	assert_string_equal(bar_of(&b, 100, &out),
	    " playing 1:15/2:30 [##########----------] 50% 0.25x idle 1.5s  2/9 cmd: ls"
	    "             not verified ");
	b.notice = "resized to 1x1";
	assert_non_null(strstr(bar_of(&b, 100, &out), "  resized to 1x1  "));
	assert_null(strstr(bar_of(&b, 100, &out), "cmd:"));
	/* longer than it was said to be */
	b.at_us = 999 * (uint64_t)SECOND;
	assert_non_null(strstr(bar_of(&b, 100, &out), "[####################] 100%"));
	b.total_us = b.at_us = 0;
	assert_non_null(
	    strstr(bar_of(&b, 100, &out), "0:00/0:00 [####################] 100%"));
	buf_clear(&out);
}

static void
it_is_as_wide_as_the_window(void **state)
{
	char text[600];
	struct bar b = {
		.state = "seeking",
		.at_us = UINT64_MAX / 2,
		.total_us = UINT64_MAX,
		.speed = 1024,
		.limit_us = 86400 * (uint64_t)SECOND,
		.label = 65536,
		.labels = 65536,
		.text = text,
		.mark = "not verified",
	};
	struct buf out;

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	buf_init(&out, 1 << 16);
	for (unsigned n = 1; n <= 1000; n++) {
		if (strlen(bar_of(&b, n, &out)) != n)
			fail_msg("%u columns: %s", n, buf_cstr(&out));
		/* what speaks against it is the last to go */
		if (n >= 14 && strstr(buf_cstr(&out), " not verified ") == NULL)
			fail_msg("%u columns: %s", n, buf_cstr(&out));
	}
	/* characters are not cut */
	b.mark = NULL;
	b.text = "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9";
	for (unsigned n = 30; n < 120; n++) {
		bar_of(&b, n, &out);
		assert_true(text_utf8(buf_span(&out)));
	}
	buf_clear(&out);
}

static void
times_are_written(void **state)
{
	static const struct {
		uint64_t us;
		const char *text;
	} rows[] = {
		{ 0, "0:00" },
		{ 999999, "0:00" },
		{ 61 * (uint64_t)SECOND, "1:01" },
		{ 3599 * (uint64_t)SECOND, "59:59" },
		{ 3600 * (uint64_t)SECOND, "1:00:00" },
		{ 360000 * (uint64_t)SECOND, "100:00:00" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 64);
	for (size_t i = 0; i < ROWS(rows); i++) {
		buf_reset(&out);
		bar_time(rows[i].us, &out);
		assert_string_equal(buf_cstr(&out), rows[i].text);
	}
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_what_there_is),
		cmocka_unit_test(it_is_as_wide_as_the_window),
		cmocka_unit_test(times_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
