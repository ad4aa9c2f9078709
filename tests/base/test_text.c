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
		{ "\xC0\xAF", false },	       /* overlong */
		{ "\xE0\x80\xAF", false },     /* overlong */
		{ "\xED\xA0\x80", false },     /* surrogate */
		{ "\xF4\x90\x80\x80", false }, /* over U+10FFFF */
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

/* Facts of Unicode that no later version changes, but for the ranges kept for new
 * ideographs: those are beyond what today's tables have. */
static void
characters_that_do_not_exist_are_not_plain(void **state)
{
	static const uint32_t bad[] = { 0x0378, 0x0379, 0x0530, 0x0557, 0x05FF, 0x0984,
		0x0BFF, 0x1D455, 0x1D4AD, 0xFB07, 0x32000, 0x3FFFD, 0x3FFFE, 0x40000,
		0xE0000, 0xE0002, 0xFDD0, 0xFDEF, 0xFFFE, 0xFFFF, 0x1FFFE, 0x4FFFF,
		0x10FFFE, 0x10FFFF, 0x110000, UINT32_MAX };
	static const uint32_t good[] = { 0xA1, 0x0377, 0x037A, 0x0531, 0x0556, 0x05D0,
		0x0627, 0x0905, 0x0985, 0x0E01, 0x10D0, 0x1200, 0x13A0, 0x3042, 0x30A2,
		0x3400, 0x4DBF, 0x4E00, 0x9FA5, 0xAC00, 0xD7A3, 0xFB06, 0xFB13, 0xFFFD,
		0x10330, 0x1D454, 0x1D4AC, 0x1F600, 0x1F9FF, 0x20000, 0x2A6D6,
		0x30000 };

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++)
		if (text_plain(bad[i]))
			fail_msg("U+%04X", bad[i]);
	for (size_t i = 0; i < ROWS(good); i++)
		if (!text_plain(good[i]))
			fail_msg("U+%04X", good[i]);
}

/* Whole blocks that are full or empty; a table out of order would lose some. */
static void
blocks_are_plain_or_not_as_a_whole(void **state)
{
	static const struct {
		uint32_t first, last;
		bool plain;
	} rows[] = {
		{ 0x0020, 0x007E, true },
		{ 0x00AE, 0x034E, true },
		{ 0x0400, 0x04FF, true },
		{ 0x2200, 0x22FF, true },
		{ 0x3400, 0x9FFC, true },
		{ 0xAC00, 0xD7A3, true },
		{ 0xD7FC, 0xF8FF, false },
		{ 0x1F300, 0x1F64F, true },
		{ 0x20000, 0x2A6DD, true },
		{ 0x2FA1E, 0x2FFFF, false },
		{ 0x323B0, 0x110000, false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (uint32_t cp = rows[i].first; cp <= rows[i].last; cp++)
			if (text_plain(cp) != rows[i].plain)
				fail_msg("U+%04X", cp);
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

static void
characters_have_widths(void **state)
{
	static const struct {
		uint32_t cp;
		unsigned width;
	} rows[] = {
		{ 'a', 1 },
		{ 0xFC, 1 },
		{ 0x0301, 0 }, /* combining acute accent */
		{ 0x20DD, 0 }, /* enclosing circle */
		{ 0x4E2D, 2 },
		{ 0xAC00, 2 },
		{ 0x1161, 0 },
		{ 0xFF21, 2 },
		{ 0xFF71, 1 },
		{ 0x1F600, 2 },
		{ 0x2500, 1 },
		{ 0x10FFFF, 1 },
		{ 0xFFFFFFFF, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (text_width(rows[i].cp) != rows[i].width)
			fail_msg("U+%04X", (unsigned)rows[i].cp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_valid_utf8_passes),
		cmocka_unit_test(partial_endings_are_seen),
		cmocka_unit_test(invisible_characters_are_not_plain),
		cmocka_unit_test(characters_that_do_not_exist_are_not_plain),
		cmocka_unit_test(blocks_are_plain_or_not_as_a_whole),
		cmocka_unit_test(hostile_bytes_become_printable),
		cmocka_unit_test(characters_have_widths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
