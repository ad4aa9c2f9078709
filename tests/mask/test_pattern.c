/* Regular expressions: where they match, when more text could change it, and their bounds. */
#include "tests/support/unit.h"

#include "config.h"
#include "recorder/mask/pattern.h"

#ifdef HAVE_PCRE2
static struct pattern *
make(const char *text)
{
	struct pattern *p = NULL;
	struct err err = { "" };

	if (pattern_new(text, &p, &err) != RC_OK)
		fail_msg("%s: %s", text, err.text);
	return p;
}

static const struct {
	const char *pattern, *text;
	size_t at;
	bool whole, goes_on;
	enum pattern_says says;
	size_t from, to;
} table[] = {
	{ "ab+", "abb", 0, true, false, PATTERN_YES, 0, 3 },
	{ "ab+", "abb", 0, false, false, PATTERN_MORE, 0, 0 },
	{ "ab+", "abbc", 0, false, false, PATTERN_YES, 0, 3 },
	{ "ab+", "xabb", 0, true, false, PATTERN_NO, 0, 0 },
	{ "ab+", "xabb", 1, true, false, PATTERN_YES, 1, 4 },
	{ "ab+", "a", 0, false, false, PATTERN_MORE, 0, 0 },
	{ "ab+", "a", 0, true, false, PATTERN_NO, 0, 0 },
	{ "ab+", "ac", 0, false, false, PATTERN_NO, 0, 0 },
	{ "ab$", "ab", 0, true, false, PATTERN_YES, 0, 2 },
	{ "ab$", "ab", 0, true, true, PATTERN_NO, 0, 0 },
	{ "ab$", "ab", 0, false, false, PATTERN_MORE, 0, 0 },
	{ "ab(?=;)", "ab", 0, false, false, PATTERN_MORE, 0, 0 },
	{ "ab(?=;)", "ab;", 0, false, false, PATTERN_YES, 0, 2 },
	{ "(?<=x)ab", "xab;", 1, false, false, PATTERN_YES, 1, 3 },
	{ "(?<=x)ab", "yab;", 1, false, false, PATTERN_NO, 0, 0 },
	{ "a\\Kb", "ab;", 0, false, false, PATTERN_YES, 1, 2 },
	{ "a*", "b", 0, true, false, PATTERN_NO, 0, 0 },
	{ "a.c", "a\nc", 0, true, false, PATTERN_NO, 0, 0 },
	{ "a.c", "a\xffz", 0, true, false, PATTERN_NO, 0, 0 },
	{ "a.z", "a\xffz", 0, true, false, PATTERN_YES, 0, 3 },
	{ "(a+)+(a+)+(a+)+b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", 0, true, false,
	    PATTERN_LIMIT, 0, 0 },
};

static void
matches(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		struct pattern *p = make(table[i].pattern);
		size_t from = 0, to = 0;
		enum pattern_says says = pattern_at(p, span_of(table[i].text),
		    table[i].at, table[i].whole, table[i].goes_on, &from, &to);

		if (says != table[i].says || from != table[i].from || to != table[i].to)
			fail_msg("%s on %s: %d [%zu, %zu)", table[i].pattern,
			    table[i].text, says, from, to);
		pattern_free(p);
	}
}

/* An expression may lower its bounds, not lift them. */
static void
bounds_stay(void **state)
{
	static const char *const lifted[] = { "(*LIMIT_MATCH=4000000000)(a+)+(a+)+b",
		"(*LIMIT_HEAP=4000000000)(a|b)*c" };
	char *text = malloc(200000);
	size_t from, to;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', 200000);
	for (size_t i = 0; i < ROWS(lifted); i++) {
		struct pattern *p = make(lifted[i]);

		assert_int_equal(
		    pattern_at(p, span_make(text, 200000), 0, true, false, &from, &to),
		    PATTERN_LIMIT);
		pattern_free(p);
	}
	free(text);
}

static void
refused(void **state)
{
	static const char *const texts[] = { "ab(", "a{2,1}", "[z-a]", "(*UTF)a",
		"a\\C", "(?<=a+)b" };

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		struct pattern *p = NULL;
		struct err err = { "" };

		if (pattern_new(texts[i], &p, &err) != RC_REFUSE || p != NULL ||
		    strncmp(err.text, "at its byte ", 12) != 0)
			fail_msg("%s: %s", texts[i], err.text);
	}
	pattern_free(NULL);
}
#else
static void
none(void **state)
{
	struct pattern *p = NULL;
	struct err err = { "" };

	(void)state;
	assert_int_equal(pattern_new("a", &p, &err), RC_REFUSE);
	assert_string_equal(err.text, "this build has no regular expressions");
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef HAVE_PCRE2
		cmocka_unit_test(matches),
		cmocka_unit_test(bounds_stay),
		cmocka_unit_test(refused),
#else
		cmocka_unit_test(none),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
