#include "tests/support/unit.h"

#include <jansson.h>

#include "lib/base/text.h"
#include "recorder/cast.h"

static void
events_are_json(void **state)
{
	static const struct {
		uint64_t us;
		char code;
		const char *text, *line;
	} rows[] = {
		{ 0, 'o', "", "[0.000000, \"o\", \"\"]\n" },
		{ 1, 'm', "a", "[0.000001, \"m\", \"a\"]\n" },
		{ 3600999999, 'o', "\"\\\b\t\n\f\r",
		    "[3600.999999, \"o\", \"\\\"\\\\\\b\\t\\n\\f\\r\"]\n" },
		{ 5, 'o', "\x1b\x01\x7f/",
		    "[0.000005, \"o\", \"\\u001b\\u0001\\u007f/\"]\n" },
		{ 5, 'o', "\xe2\x9c\x93", "[0.000005, \"o\", \"\xe2\x9c\x93\"]\n" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf b;

		buf_init(&b, 1000);
		cast_event_put(&b, rows[i].us, rows[i].code, span_of(rows[i].text));
		assert_string_equal(buf_cstr(&b), rows[i].line);
		buf_clear(&b);
	}
}

/* A JSON library reads back what the table wrote, for each character. */
static void
each_character_survives(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < 0x300; c++) {
		uint8_t utf8[2] = { (uint8_t)c };
		size_t n = 1;
		struct buf b;
		json_t *e;

		if (c >= 0x80) {
			utf8[0] = (uint8_t)(0xC0 | c >> 6);
			utf8[1] = (uint8_t)(0x80 | (c & 0x3F));
			n = 2;
		}
		buf_init(&b, 1000);
		cast_event_put(&b, 1, 'o', span_make(utf8, n));
		e = json_loadb((char *)b.p, b.len, JSON_ALLOW_NUL, NULL);
		assert_non_null(e);
		assert_int_equal(json_string_length(json_array_get(e, 2)), n);
		assert_memory_equal(json_string_value(json_array_get(e, 2)), utf8, n);
		json_decref(e);
		buf_clear(&b);
	}
}

static void
invalid_runs_become_one_mark(void **state)
{
	static const struct {
		const char *raw;
		size_t valid;
		const char *scrubbed;
	} rows[] = {
		{ "abc", 3, "abc" },
		{ "a\xff\xfe\x62", 1, "a\xef\xbf\xbd\x62" },
		{ "\x80", 0, "\xef\xbf\xbd" },
		{ "abcdefghijk\xe2\x82", 11, "abcdefghijk\xef\xbf\xbd" },
		{ "\xc0\xaf", 0, "\xef\xbf\xbd" },
		{ "\xed\xa0\x80x", 0, "\xef\xbf\xbdx" },
		{ "\xf4\x90\x80\x80", 0, "\xef\xbf\xbd" },
		{ "12345678\xe2\x82\xac\x31", 12, "12345678\xe2\x82\xac\x31" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf b;

		buf_init(&b, 100);
		assert_int_equal(cast_valid(span_of(rows[i].raw)), rows[i].valid);
		cast_scrub(&b, span_of(rows[i].raw));
		assert_string_equal(buf_cstr(&b), rows[i].scrubbed);
		assert_true(text_utf8(buf_span(&b)));
		buf_clear(&b);
	}
}

static void
binary_is_told_from_text(void **state)
{
	uint8_t noise[256];

	(void)state;
	for (unsigned i = 0; i < sizeof noise; i++)
		noise[i] = (uint8_t)i;
	assert_true(cast_binary(span_make(noise, sizeof noise)));
	assert_true(cast_binary(span_make("\0\0\0\0", 4)));
	/* Latin-1 text, a coloured line, a stray NUL in much text */
	assert_false(cast_binary(span_of("gr\xFC\xDF Gott, caf\xE9\r\n")));
	assert_false(cast_binary(span_of("\x1b[31mred\x1b[0m\a\b\t\xFF")));
	assert_false(cast_binary(span_make("0123456789012345678901234567890\0", 32)));
	assert_false(cast_binary(span_of("")));
}

#define LONG 1100

/* Escaped in wide steps or byte by byte, it is the same: all densities, all places. */
static void
wide_steps_change_nothing(void **state)
{
	static const char signs[] = "\x1b\"\\\r\n\x7f\t\x01";
	uint8_t text[LONG];
	uint32_t x = 1;

	(void)state;
	for (size_t n = 0; n <= LONG; n += n < 70 ? 1 : 103) {
		struct buf whole, bytes;

		for (size_t i = 0; i < n; i++) {
			x = x * 1664525 + 1013904223;
			text[i] = x >> 24 < n % 7 * 40 ? (uint8_t)signs[x >> 8 & 7]
						       : (uint8_t)('a' + (x >> 8) % 26);
		}
		buf_init(&whole, 2 * 6 * LONG);
		buf_init(&bytes, 2 * 6 * LONG);
		cast_escape(&whole, span_make(text, n));
		for (size_t i = 0; i < n; i++)
			cast_escape(&bytes, span_make(text + i, 1));
		assert_true(
		    buf_ok(&whole) && span_eq(buf_span(&whole), buf_span(&bytes)));
		buf_clear(&whole);
		buf_clear(&bytes);
	}
}

static void
the_first_invalid_byte_is_found_everywhere(void **state)
{
	uint8_t text[100];

	(void)state;
	for (size_t at = 0; at < sizeof text; at++) {
		memset(text, 'a', sizeof text);
		memcpy(text, "m\xc3\xa9", at >= 3 ? 3 : 0);
		text[at] = 0xFF;
		assert_int_equal(cast_valid(span_make(text, sizeof text)), at);
		assert_int_equal(cast_valid(span_make(text, at)), at);
	}
}

/* One in 32 is text still, one more is not, wherever they stand. */
static void
the_bound_of_binary_is_kept(void **state)
{
	uint8_t text[1024];

	(void)state;
	memset(text, 'a', sizeof text);
	memset(text + sizeof text - 32, 0x01, 32);
	assert_false(cast_binary(span_make(text, sizeof text)));
	text[500] = 0x01;
	assert_true(cast_binary(span_make(text, sizeof text)));
}

static void
times_are_read_to_the_microsecond(void **state)
{
	static const struct {
		const char *line;
		bool ok;
		uint64_t us;
	} rows[] = {
		{ "[0, \"o\"", true, 0 },
		{ "[1.5,", true, 1500000 },
		{ "[12.000001,", true, 12000001 },
		{ "[0.1234567,", true, 123456 },
		{ "[999999999999.999999,", true, 999999999999999999 },
		{ "", false, 0 },
		{ "[", false, 0 },
		{ "[,", false, 0 },
		{ "[1", false, 0 },
		{ "[1.", false, 0 },
		{ "[1.,", false, 0 },
		{ "[01,", false, 0 },
		{ "[-1,", false, 0 },
		{ "[1e3,", false, 0 },
		{ "[ 1,", false, 0 },
		{ "[1000000000000,", false, 0 },
		{ "{1,", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint64_t us = 77;

		assert_int_equal(
		    cast_event_time(span_of(rows[i].line), &us), rows[i].ok);
		assert_true(us == (rows[i].ok ? rows[i].us : 77));
	}
}

static void
a_line_of_the_container_has_one_form(void **state)
{
	static const char *const good[] = { "[0, \"E\", \"\"]", "[0, \"S\", \"AAAA\"]",
		"[123, \"F\", \"A\"]" };
	static const char *const bad[] = { "", "[", "[]", "[0, \"E\", \"AAAA\"",
		"[0, \"E\"]", "[0, \"e\", \"AAAA\"]", "[0,\"E\", \"AAAA\"]",
		"[0, \"E\",\"AAAA\"]", "[0.0, \"E\", \"AAAA\"]",
		"[00, \"E\", \"AAAA\"]", "[-1, \"E\", \"AAAA\"]",
		" [0, \"E\", \"AAAA\"]", "[0, \"E\", \"AAAA\"] ",
		"[0, \"E\", \"AAAA\"]]", "[0, \"EE\", \"AAAA\"]", "[0, \"E\", AAAA]",
		"[, \"E\", \"AAAA\"]", "[1234567890123, \"E\", \"AAAA\"]",
		"[0, \"E\", \"]" };
	struct cast_line l;

	(void)state;
	for (size_t i = 0; i < ROWS(good); i++) {
		struct span s = span_of(good[i]);

		assert_true(cast_line_parse(s, &l));
		/* A crash may leave any beginning of it. */
		for (size_t n = 1; n <= s.len; n++)
			assert_true(cast_line_begun(span_make(s.p, n)));
	}
	for (size_t i = 0; i < ROWS(bad); i++)
		if (cast_line_parse(span_of(bad[i]), &l))
			fail_msg("%s is read", bad[i]);
}

static void
what_is_put_is_parsed(void **state)
{
	struct cast_line l;
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	cast_line_put(&b, 42, 'E', span_of("foobar"));
	assert_string_equal(buf_cstr(&b), "[42, \"E\", \"Zm9vYmFy\"]\n");
	assert_true(cast_line_parse(span_make(b.p, b.len - 1), &l));
	assert_int_equal(l.time, 42);
	assert_int_equal(l.code, 'E');
	assert_true(span_is(l.data, "Zm9vYmFy"));
	assert_false(cast_line_parse(buf_span(&b), &l));
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_json),
		cmocka_unit_test(each_character_survives),
		cmocka_unit_test(invalid_runs_become_one_mark),
		cmocka_unit_test(binary_is_told_from_text),
		cmocka_unit_test(wide_steps_change_nothing),
		cmocka_unit_test(the_first_invalid_byte_is_found_everywhere),
		cmocka_unit_test(the_bound_of_binary_is_kept),
		cmocka_unit_test(times_are_read_to_the_microsecond),
		cmocka_unit_test(a_line_of_the_container_has_one_form),
		cmocka_unit_test(what_is_put_is_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
