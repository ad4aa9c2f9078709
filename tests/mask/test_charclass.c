/* Classes of bytes: what is read, what is refused, and the one spelling. */
#include "tests/support/unit.h"

#include "recorder/mask/charclass.h"

static const struct {
	const char *text, *has, *spelled;
} good[] = {
	{ "a", "a", "a" },
	{ "a-c", "abc", "a-c" },
	{ "cba", "abc", "a-c" },
	{ "ab", "ab", "ab" },
	{ "aab-bb", "ab", "ab" },
	{ "A-Za-z0-9_-", "AZaz09_-", "0-9A-Z_a-z-" },
	{ "-a", "a-", "a-" },
	{ "a-", "a-", "a-" },
	{ "-", "-", "-" },
	{ "a-c-", "abc-", "a-c-" },
	{ "--", "-", "-" },
	/* A range over the dash has it, too. */
	{ "+-/", "+,-./", "+,./-" },
	{ " -~", " a~-", " -,.-~-" },
	{ "\\]^", "\\]^", "\\-^" },
};

static void
read_and_spelled(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(good); i++) {
		uint32_t class_[8] = { 0 }, again[8] = { 0 };
		struct buf out;

		assert_null(charclass_read(span_of(good[i].text), class_));
		for (const char *c = good[i].has; *c != '\0'; c++)
			assert_true(charclass_has(class_, *c));
		assert_false(charclass_has(class_, 0x7f));
		assert_false(charclass_has(class_, 0x80));
		assert_false(charclass_has(class_, -1));
		buf_init(&out, 256);
		charclass_put(&out, class_);
		assert_string_equal(buf_cstr(&out), good[i].spelled);
		assert_null(charclass_read(buf_span(&out), again));
		assert_memory_equal(class_, again, sizeof again);
		buf_clear(&out);
	}
}

static void
refused(void **state)
{
	static const char *const bad[] = { "", "b-a", "a-c-e", "a\x7f", "\t",
		"\xc3\xa4", "a-\xc3", "\x1f-a" };

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		uint32_t class_[8] = { 7, 7, 7 };
		const char *wrong = charclass_read(span_of(bad[i]), class_);

		assert_non_null(wrong);
		assert_int_equal(class_[0], 7);
	}
}

/* Any two characters: what is read is spelled and read back. */
static void
all_pairs(void **state)
{
	(void)state;
	for (unsigned a = 0x20; a < 0x7f; a++)
		for (unsigned b = 0x20; b < 0x7f; b++) {
			uint32_t class_[8] = { 0 }, again[8] = { 0 };
			struct buf out;

			charclass_add(class_, a, a);
			charclass_add(class_, b, b);
			buf_init(&out, 64);
			charclass_put(&out, class_);
			assert_null(charclass_read(buf_span(&out), again));
			assert_memory_equal(class_, again, sizeof again);
			buf_clear(&out);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_and_spelled),
		cmocka_unit_test(refused),
		cmocka_unit_test(all_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
