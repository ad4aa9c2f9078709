#include "tests/support/unit.h"

#include "replay/needle.h"

static bool
in(const char *pattern, bool ignore_case, const char *text)
{
	struct needle *p;
	struct buf line;
	struct err err;
	bool ret;

	if (needle_new(pattern, ignore_case, &p, &err) != RC_OK)
		fail_msg("%s: %s", pattern, err.text);
	buf_init(&line, 1000);
	buf_text(&line, text);
	ret = needle_in(p, &line);
	buf_clear(&line);
	needle_free(p);
	return ret;
}

static void
texts_and_expressions(void **state)
{
	static const struct {
		const char *pattern;
		bool ignore_case;
		const char *text;
		bool want;
	} rows[] = {
		{ "secret", false, "a secret here", true },
		{ "secret", false, "a Secret here", false },
		{ "secret", true, "a SeCRet here", true },
		{ "SECRET", true, "a secret here", true },
		{ "a.c", false, "abc", false },
		{ "a.c", false, "xa.cx", true },
		{ "/a.c/", false, "xabcx", true },
		{ "/a.c/", false, "ac", false },
		{ "/^a/", false, "abc", true },
		{ "/^b/", false, "abc", false },
		{ "/c$/", false, "abc", true },
		{ "/b$/", false, "abc", false },
		{ "/^abc$/", false, "abc", true },
		{ "/a|b$/", false, "xax", false },
		{ "/cost: \\$/", false, "cost: $5", true },
		{ "/\\\\$/", false, "dir\\", true },
		{ "/[0-9]{3}/", false, "ab123", true },
		{ "/[0-9]{3}/", false, "ab12", false },
		{ "/ERROR|warn/", true, "a WARNing", true },
		{ "/", false, "a/b", true },
		{ "/x", false, "a/x", true },
		{ "\xC3\xA9", false, "caf\xC3\xA9", true },
		{ "x", false, "", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (in(rows[i].pattern, rows[i].ignore_case, rows[i].text) !=
		    rows[i].want)
			fail_msg("row %zu: %s in %s", i, rows[i].pattern, rows[i].text);
}

static void
mistakes_are_named(void **state)
{
	static const char *const rows[] = { "", "//", "/^$/", "/(a/", "/a**/", "/[/",
		"/\\d/", "/a)|(b/", "/{/" };
	char longest[2000];
	struct needle *p = NULL;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		err_clear(&err);
		if (needle_new(rows[i], false, &p, &err) != RC_REFUSE ||
		    err.text[0] == '\0')
			fail_msg("row %zu: %s", i, err.text);
	}
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	assert_int_equal(needle_new(longest, false, &p, &err), RC_REFUSE);
	assert_null(p);
	needle_free(NULL);
}

/* What makes others take an age. */
static void
hostile_lines_take_no_time(void **state)
{
	struct needle *p;
	struct buf line;

	(void)state;
	assert_int_equal(needle_new("/(a|aa)+(a|b)*$/", false, &p, NULL), RC_OK);
	buf_init(&line, 1 << 20);
	for (int i = 0; i < 100000; i++)
		buf_u8(&line, 'a');
	buf_u8(&line, 'c');
	assert_false(needle_in(p, &line));
	buf_clear(&line);
	needle_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_and_expressions),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(hostile_lines_take_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
