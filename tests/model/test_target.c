#include "tests/support/unit.h"

#include "lib/model/target.h"

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X396 X64 X64 X64 X64 X64 X64 "xxxxxxxxxxxx"
#define HEX32 "0123456789abcdef0123456789abcdef"

static void
an_id_is_told_by_its_form(void **state)
{
	static const struct {
		const char *text;
		enum target_kind kind;
	} rows[] = {
		{ "i-0", TARGET_INSTANCE },
		{ "i-0123456789abcdef0", TARGET_INSTANCE },
		{ "i-" HEX32, TARGET_INSTANCE },
		{ "i-" HEX32 "0", TARGET_NONE },
		{ "i-", TARGET_NONE },
		{ "i-0ABC", TARGET_NONE },
		{ "i-0abg", TARGET_NONE },
		{ "I-0abc", TARGET_NONE },
		{ " i-0abc", TARGET_NONE },
		{ "i-0abc\n", TARGET_NONE },
		{ "mi-0abc", TARGET_MANAGED },
		{ "mi-", TARGET_NONE },
		{ "mi-x", TARGET_NONE },
		{ "ecs:c_t_r", TARGET_CONTAINER },
		{ "ecs:" X396, TARGET_CONTAINER },
		{ "ecs:" X396 "x", TARGET_NONE },
		{ "ecs:", TARGET_NONE },
		{ "ecs:a b", TARGET_NONE },
		{ "ecs:a'b", TARGET_NONE },
		{ "ecs:\xC3\xA4", TARGET_NONE },
		{ "", TARGET_NONE },
		{ "web-1", TARGET_NONE },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (target_kind(span_of(rows[i].text)) != rows[i].kind)
			fail_msg("row %zu: %s", i, rows[i].text);
	assert_int_equal(target_kind(span_make("i-0\0", 4)), TARGET_NONE);
	assert_int_equal(target_kind(span_make("ecs:a\0b", 7)), TARGET_NONE);
}

static void
an_alias_is_no_id_no_option_and_not_the_gate(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "web-1", true },
		{ "1", true },
		{ "_x", true },
		{ X64, true },
		{ X64 "x", false },
		{ "", false },
		{ "aws", false },
		{ "aws1", true },
		{ "-x", false },
		{ ".x", false },
		{ "a:b", false },
		{ "a@b", false },
		{ "a/b", false },
		{ "a b", false },
		{ "i-0abc", false },
		{ "i-web", true },
		{ "mi-0", false },
		{ "ecs:a", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (target_alias(span_of(rows[i].text)) != rows[i].good)
			fail_msg("row %zu: %s", i, rows[i].text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_is_told_by_its_form),
		cmocka_unit_test(an_alias_is_no_id_no_option_and_not_the_gate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
