#include "tests/support/unit.h"

#include "lib/base/sequence.h"

static void
only_what_is_listed_passes(void **state)
{
	static const struct {
		const char *body;
		char final;
		const char *out; /* "" for nothing */
		bool whole;
	} rows[] = {
		{ "", 'm', "\033[m", true },
		{ "1;;3", 'm', "\033[1;;3m", true },
		{ "4:3", 'm', "\033[4:3m", true },
		{ "4:3", 'H', "", false },
		{ "123456", 'A', "", false },
		{ "12345", 'A', "\033[12345A", true },
		{ "1;2", 'A', "", false },
		{ "", 'J', "\033[J", true },
		{ "3", 'J', "", false },
		{ "?0", 'J', "\033[?0J", true },
		{ "?25;1000;7", 'l', "\033[?25;7l", false },
		{ "?25", 'h', "\033[?25h", true },
		{ "?", 'h', "", false },
		{ "", 'h', "", false },
		{ ">25", 'h', "", false },
		{ "25?", 'h', "", false },
		{ " ", 'q', "\033[ q", true },
		{ "!", 'p', "\033[!p", true },
		{ "1!", 'p', "", false },
		{ "!!", 'p', "", false },
		{ "", 'u', "\033[u", true },
		{ "0", 'u', "", false },
		{ "", 'n', "", false },
		{ "", '\0', "", false },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 256);
	for (size_t i = 0; i < ROWS(rows); i++) {
		bool whole;

		buf_reset(&out);
		whole =
		    sequence_csi(&out, span_of(rows[i].body), (uint8_t)rows[i].final);
		if (whole != rows[i].whole || strcmp(buf_cstr(&out), rows[i].out) != 0)
			fail_msg("row %zu", i);
	}
	buf_clear(&out);
}

/* Of all two-byte and three-byte forms, exactly the listed ones. */
static void
few_escapes_pass(void **state)
{
	struct buf out;
	unsigned passed = 0;

	(void)state;
	buf_init(&out, 256);
	for (unsigned inter = 0x1F; inter < 0x30; inter++)
		for (unsigned final = 0x30; final < 0x7F; final++) {
			uint8_t body = (uint8_t)inter;
			size_t n = inter < 0x20 ? 0 : 1;

			buf_reset(&out);
			passed +=
			    sequence_esc(&out, span_make(&body, n), (uint8_t) final);
		}
	buf_clear(&out);
	assert_int_equal(passed, 7 + 4 * 3 + 5); /* 7 8 D E H M c; charsets; ESC # */
}

static void
the_other_screen_is_named(void **state)
{
	(void)state;
	assert_true(sequence_names_alt(span_of("?1049")));
	assert_true(sequence_names_alt(span_of("?25;47")));
	assert_false(sequence_names_alt(span_of("?25")));
	assert_false(sequence_names_alt(span_of("1049")));
	assert_false(sequence_names_alt(span_of("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_listed_passes),
		cmocka_unit_test(few_escapes_pass),
		cmocka_unit_test(the_other_screen_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
