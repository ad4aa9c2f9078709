#include "tests/support/unit.h"

#include "policies/glob.h"

static void
patterns_stand_for_texts(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool match;
	} rows[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "*", "", true },
		{ "*", "a/b:c", true },
		{ "?", "", false },
		{ "a", "A", false },
		{ "a*c", "abbbc", true },
		{ "a*c", "ac", true },
		{ "a*c", "acb", false },
		{ "a?c", "abc", true },
		{ "a?c", "ac", false },
		{ "*a*a", "aba", true },
		{ "*aab", "aaab", true },
		{ "a**", "a", true },
		{ "*?", "", false },
		{ "a\\*", "a\\x", true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (glob_matches(rows[i].pattern, span_of(rows[i].text)) !=
		    rows[i].match)
			fail_msg("%s and %s", rows[i].pattern, rows[i].text);
	assert_true(glob_matches_lower("Describe*", "describeinstances"));
	assert_false(glob_matches_lower("describe*", "Describe"));
	/* A NUL in the text is a byte like others, and none of the pattern. */
	assert_false(glob_matches("a", span_make("a\0b", 3)));
	assert_true(glob_matches("a*b", span_make("a\0b", 3)));
}

static void
beginnings_hold_all_or_some(void **state)
{
	static const struct {
		const char *pattern, *beginning;
		bool all, some;
	} rows[] = {
		{ "*", "", true, true },
		{ "a/*", "a/", true, true },
		{ "a/*", "a/b", true, true },
		{ "a/*", "a", false, true },
		{ "a/*", "b", false, false },
		{ "a/*.log", "a/", false, true },
		{ "a/*.log", "a/x", false, true },
		{ "a/*.log", "b/", false, false },
		{ "a/b", "a/", false, true },
		{ "a/b", "a/b", false, true },
		{ "a/b", "a/b/", false, false },
		{ "a?c*", "ab", false, true },
		{ "a?c*", "abc", true, true },
		{ "a?c*", "abd", false, false },
		{ "*keep", "a/", false, true },
		{ "", "", false, true },
		{ "", "a", false, false },
		{ "***", "abc", true, true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct span s = span_of(rows[i].beginning);

		if (glob_holds_all(rows[i].pattern, s) != rows[i].all ||
		    glob_holds_some(rows[i].pattern, s) != rows[i].some)
			fail_msg("%s and %s...", rows[i].pattern, rows[i].beginning);
	}
}

static uint32_t
next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void
random_text(uint32_t *seed, const char *set, size_t most, char *out)
{
	size_t n = next(seed) % (most + 1);

	for (size_t i = 0; i < n; i++)
		out[i] = set[next(seed) % strlen(set)];
	out[n] = '\0';
}

/* Against their meaning: all, and some, of the texts that begin so. */
static void
beginnings_agree_with_texts(void **state)
{
	uint32_t seed = 3;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		char pattern[8], text[16], more[8];
		struct span s = span_of(text);
		bool whole;

		random_text(&seed, "ab*?", 6, pattern);
		random_text(&seed, "ab", 4, text);
		s = span_of(text);
		random_text(&seed, "ab", 5, more);
		whole = glob_holds_all(pattern, s);
		if (!glob_holds_some(pattern, s)) {
			assert_false(whole);
			strcat(text, more);
			assert_false(glob_matches(pattern, span_of(text)));
			continue;
		}
		strcat(text, more);
		if (whole)
			assert_true(glob_matches(pattern, span_of(text)));
	}
}

static void
long_patterns_are_bounded(void **state)
{
	char pattern[GLOB_MOST + 2], text[2049];

	(void)state;
	memset(pattern, 'a', sizeof pattern);
	for (size_t i = 0; i < GLOB_MOST; i += 2)
		pattern[i] = '*';
	pattern[GLOB_MOST] = '\0';
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_true(glob_holds_some(pattern, span_of(text)));
	assert_true(glob_matches(pattern, span_of(text)));
	pattern[GLOB_MOST] = '*';
	pattern[GLOB_MOST + 1] = '\0';
	assert_false(glob_holds_some(pattern, span_of(text)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_stand_for_texts),
		cmocka_unit_test(beginnings_hold_all_or_some),
		cmocka_unit_test(beginnings_agree_with_texts),
		cmocka_unit_test(long_patterns_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
