#include "tests/support/unit.h"

#include "lib/base/text.h"

static void
only_valid_utf8_passes(void **state)
{
	static const struct {
		const char *s;
		bool good;
	} rows[] = {
		{ "", true },
		{ "plain", true },
		{ "\xC3\xBC", true },
		{ "\xE2\x9C\x93", true },
		{ "\xF0\x9F\x98\x80", true },
		{ "\xC0\xAF", false },		/* overlong */
		{ "\xE0\x80\xAF", false },	/* overlong */
		{ "\xED\xA0\x80", false },	/* surrogate */
		{ "\xF4\x90\x80\x80", false },	/* over U+10FFFF */
		{ "\xF8\x88\x80\x80\x80", false },
		{ "\x80", false },
		{ "\xC3", false },
		{ "\xE2\x9C", false },
		{ "\xC3(", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (text_utf8(span_of(rows[i].s)) != rows[i].good)
			fail_msg("row %zu", i);
}

static void
partial_endings_are_seen(void **state)
{
	(void)state;
	assert_int_equal(text_partial(span_of("ab")), 0);
	assert_int_equal(text_partial(span_of("a\xC3")), 1);
	assert_int_equal(text_partial(span_of("a\xE2\x9C")), 2);
	assert_int_equal(text_partial(span_of("a\xF0\x9F\x98")), 3);
	assert_int_equal(text_partial(span_of("a\xE2\x9C\x93")), 0);
	assert_int_equal(text_partial(span_of("")), 0);
}

static void
invisible_characters_are_not_plain(void **state)
{
	static const uint32_t bad[] = { 0, 9, 0x7F, 0x85, 0xA0, 0xAD, 0x200B, 0x202E,
		0x2066, 0x3000, 0xE000, 0xFEFF, 0xE0041, 0x2028, 0x110000 };
	static const uint32_t good[] = { ' ', '~', 0xFC, 0x2713, 0x4E2D, 0x1F600 };

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_false(text_plain(bad[i]));
	for (size_t i = 0; i < ROWS(good); i++)
		assert_true(text_plain(good[i]));
}

static void
hostile_bytes_become_printable(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	text_escape(&b, span_make("a\0\x1b[31m\xC3\xBC\\\xFF", 11));
	assert_string_equal(buf_cstr(&b), "a\\x00\\x1B[31m\\xC3\\xBC\\\\\\xFF");
	buf_reset(&b);
	text_show(&b, span_of("\xC3\xBC \xE2\x80\x8B\n"));
	assert_string_equal(buf_cstr(&b), "\xC3\xBC \\xE2\\x80\\x8B\\x0A");
	buf_reset(&b);
	text_say(&b, span_of("\xC3\xBC \\x1B \x1b\n"));
	assert_string_equal(buf_cstr(&b), "\xC3\xBC \\x1B \\x1B\\x0A");
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_valid_utf8_passes),
		cmocka_unit_test(partial_endings_are_seen),
		cmocka_unit_test(invisible_characters_are_not_plain),
		cmocka_unit_test(hostile_bytes_become_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
