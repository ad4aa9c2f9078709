#include "tests/support/unit.h"

#include "lib/model/name.h"

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void
alphabets_and_lengths_are_kept(void **state)
{
	static const struct {
		const char *text;
		bool identity, label, plain;
	} rows[] = {
		{ "ci-deploy", true, true, true },
		{ "alice@example.com", true, true, false },
		{ "a_+=,.@-", true, true, false },
		{ "ab", true, true, true },
		{ "a", false, true, true },
		{ "", false, false, false },
		{ X64, true, true, true },
		{ X64 "x", false, false, false },
		{ "two words", false, false, false },
		{ "group:sre", false, false, false },
		{ "a/b", false, false, false },
		{ "a\nb", false, false, false },
		{ "\xC3\xA4\xC3\xA4", false, false, false },
		{ "a\x7F", false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct span s = span_of(rows[i].text);

		if (name_identity(s) != rows[i].identity ||
		    name_label(s) != rows[i].label || name_plain(s) != rows[i].plain)
			fail_msg("row %zu: %s", i, rows[i].text);
	}
	assert_false(name_identity(span_make("ab\0c", 4)));
	assert_false(name_plain(span_make("\0", 1)));
}

static void
users_of_targets_are_no_numbers(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "root", true },
		{ "_apt", true },
		{ "A.b-c_9", true },
		{ "aaaaaaaaaabbbbbbbbbbccccccccccdd", true },
		{ "aaaaaaaaaabbbbbbbbbbccccccccccdde", false },
		{ "", false },
		{ "0", false },
		{ "9a", false },
		{ "-u", false },
		{ ".a", false },
		{ "#0", false },
		{ "a/b", false },
		{ "a@b", false },
		{ "a b", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (name_os_user(span_of(rows[i].text)) != rows[i].good)
			fail_msg("%s", rows[i].text);
	assert_false(name_os_user(span_make("a\0b", 3)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alphabets_and_lengths_are_kept),
		cmocka_unit_test(users_of_targets_are_no_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
