#include "tests/support/unit.h"

#include "policies/refusal.h"

static void
hostile_words_are_shown_and_cut(void **state)
{
	char shown[REFUSAL_WORD], big[500];

	(void)state;
	assert_string_equal(refusal_word("a b", shown), "a b");
	assert_string_equal(refusal_word("\x1b[31m\\", shown), "\\x1B[31m\\x5C");
	assert_string_equal(refusal_word("\xC3\xBC", shown), "\\xC3\\xBC");
	memset(big, 'a', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	assert_true(strlen(refusal_word(big, shown)) < REFUSAL_WORD);
	assert_string_equal(shown + strlen(shown) - 4, "a...");
	memset(big, '\x01', sizeof big - 1);
	assert_true(strlen(refusal_word(big, shown)) < REFUSAL_WORD);
	assert_string_equal(shown + strlen(shown) - 7, "\\x01...");
}

static void
status_and_text_go_together(void **state)
{
	struct refusal r = { 0 };

	(void)state;
	assert_int_equal(refusal_set(&r, STATUS_DENIED, "option: %s", "x"), RC_REFUSE);
	assert_int_equal(r.status, STATUS_DENIED);
	assert_string_equal(r.err.text, "option: x");
	assert_int_equal(refusal_memory(&r), RC_FAIL);
	assert_int_equal(r.status, STATUS_FAILED);
}

static void
a_text_has_a_code(void **state)
{
	static const char *const rows[][2] = {
		{ "option: --ca-bundle", "option" },
		{ "operator: ; at byte 3", "operator" },
		{ "file: s3 cp: x: y", "file" },
		{ "usage: aws SERVICE", "usage" },
		{ "sqs: no queue", "usage" },
		{ "options: x", "usage" },
		{ "option", "option" },
		{ "", "usage" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_string_equal(refusal_code(rows[i][0]), rows[i][1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_words_are_shown_and_cut),
		cmocka_unit_test(a_text_has_a_code),
		cmocka_unit_test(status_and_text_go_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
