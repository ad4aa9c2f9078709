/* Where values end, in one go and byte by byte. */
#include "tests/support/unit.h"

#include "recorder/mask/extent.h"

#define BR "\x1e"

/* How many bytes of the text are the value's. */
static size_t
length(const struct extent *e, struct mask_open o, const char *text)
{
	const uint8_t *p = (const uint8_t *)text;
	struct mask_view v = { p, strlen(text), 0, true };
	struct mask_open slow = o;
	size_t to = 0, at = 0;

	assert_int_equal(e->run(&o, &v, 0, &to), MASK_YES);
	for (v.len = 0; v.len <= strlen(text); v.len++) {
		enum mask_says says;

		v.end = v.len == strlen(text);
		says = e->run(&slow, &v, at, &at);
		assert_true(at <= v.len);
		if (says == MASK_YES)
			break;
		assert_int_equal(says, MASK_MORE);
	}
	assert_int_equal(at, to);
	return to;
}

struct row {
	const struct extent *e;
	struct mask_open o;
	const char *text;
	size_t len;
};

static const struct row rows[] = {
	{ &extent_quoted, { .quote = '"' }, "ab\"c", 2 },
	{ &extent_quoted, { .quote = '"' }, "a\\\"b\\\\\"c", 6 },
	{ &extent_quoted, { .quote = '\'' }, "a\"b'c", 3 },
	{ &extent_quoted, { .quote = '"', .level = 1 }, "a\\\\\\\"b\\\"c", 6 },
	{ &extent_quoted, { .quote = '"', .level = 1 }, "ab\"c", 2 },
	{ &extent_quoted, { .quote = '"', .level = 1 }, "a\\\\\\\\\\\"b", 5 },
	{ &extent_quoted, { .quote = '"', .level = 2 }, "ab\\\\\\\"c", 2 },
	{ &extent_quoted, { .quote = '"', .level = 2 }, "ab\\\"c", 2 },
	{ &extent_quoted, { .quote = '"', .flag = EXTENT_IN_LINE }, "ab\ncd\"", 2 },
	{ &extent_quoted, { .quote = '"', .flag = EXTENT_IN_LINE }, "ab" BR "cd\"e",
	    5 },
	{ &extent_quoted, { .quote = '"', .limit = 2 }, "a\nb\"c", 3 },
	{ &extent_quoted, { .quote = '"', .limit = 2 }, "a\nb\nc\nd\"", 6 },
	{ &extent_quoted, { .quote = '\'', .flag = EXTENT_DOUBLED }, "a''b'c", 4 },
	{ &extent_triple, { .quote = '"', .limit = 9 }, "a\"b\"\"c\"\"\"d", 6 },
	{ &extent_bare, { .level = 0 }, "ab c", 2 },
	{ &extent_bare, { .level = 0 }, "ab;c", 2 },
	{ &extent_bare, { .level = 0 }, "ab" BR "c", 2 },
	{ &extent_bare, { .level = 0 }, "a\\b\\\\\"c", 3 },
	{ &extent_bare, { .level = 0 }, "a]b]", 3 },
	{ &extent_bare, { .level = 0 }, "a%26b", 5 },
	{ &extent_bare, { .flag = EXTENT_IN_URL }, "a%20b%26c", 5 },
	{ &extent_variable, { .level = 0 }, "${A} b", 4 },
	{ &extent_line, { .level = 0 }, "a b, c", 3 },
	{ &extent_line, { .level = 0 }, "a \"b\";\n", 6 },
	{ &extent_line, { .level = 0 }, "a b # c", 3 },
	{ &extent_line, { .level = 0 }, "a#b  c", 3 },
	{ &extent_line, { .level = 0 }, "a b ", 3 },
	{ &extent_line, { .flag = EXTENT_IN_STRING }, "a b\\\" c", 3 },
	{ &extent_cell, { .level = 0 }, "a b  |", 3 },
	{ &extent_cell, { .level = 0 }, "a b|c", 3 },
	{ &extent_cell, { .level = 0 }, "a \xe2\x94\x82", 1 },
	{ &extent_cell, { .level = 0 }, "\xe2\x82\xac\n", 3 },
	{ &extent_tab, { .level = 0 }, "a b\tc", 3 },
	{ &extent_tag, { .limit = 9 }, "a\nb</x>", 3 },
	{ &extent_block, { .indent = 1 }, "a\n  b\n\n  c\n d", 10 },
	{ &extent_block, { .indent = 0 }, "a" BR " b" BR "c", 4 },
	{ &extent_block, { .flag = EXTENT_IN_STRING }, "a" BR " b\"c", 4 },
};

static void
ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t n = length(rows[i].e, rows[i].o, rows[i].text);

		if (n != rows[i].len)
			fail_msg("row %zu, \"%s\": %zu", i, rows[i].text, n);
	}
}

static void
levels(void **state)
{
	static const uint8_t want[] = { 0, 1, 1, 2, 2, 2, 2, 3 };

	(void)state;
	for (size_t i = 0; i < ROWS(want); i++)
		assert_int_equal(extent_level(i), want[i]);
	assert_int_equal(extent_level(SIZE_MAX / 4), 6);
}

/* Many backslashes are neither waited for nor looked at again and again. */
static void
backslashes(void **state)
{
	static char text[200001];
	struct mask_open o = { .quote = '"', .level = 2 };

	(void)state;
	memset(text, '\\', sizeof text - 1);
	assert_int_equal(length(&extent_quoted, o, text), sizeof text - 1);
	o.level = 0;
	assert_int_equal(length(&extent_bare, o, text), sizeof text - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends),
		cmocka_unit_test(levels),
		cmocka_unit_test(backslashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
