#include "tests/support/unit.h"

#include "replay/table.h"

static const struct table_column columns[] = { { "A", TABLE_LEFT },
	{ "N", TABLE_RIGHT }, { "LAST", TABLE_LEFT } };

static void
put(struct table *t, const char *a, const char *b, const char *c)
{
	table_put(t, span_of(a));
	table_next(t);
	table_put(t, span_of(b));
	table_next(t);
	table_put(t, span_of(c));
	table_next(t);
}

static struct table *
make(void)
{
	struct table *t = NULL;

	assert_int_equal(table_new(columns, ROWS(columns), &t, NULL), RC_OK);
	return t;
}

static void
flush_is(struct table *t, const char *want)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(table_flush(t, f, NULL), RC_OK);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, want);
	free(text);
}

static void
columns_are_aligned(void **state)
{
	struct table *t = make();

	(void)state;
	put(t, "long one", "1", "x y");
	put(t, "b", "12345", "");
	put(t, "", "", "z");
	put(t, "", "", "");
	flush_is(t, "A             N  LAST\n"
		    "long one      1  x y\n"
		    "b         12345\n"
		    "                 z\n"
		    "\n");
	table_free(t);
	table_free(NULL);
}

static void
titles_stand_once_and_widths_stay(void **state)
{
	struct table *t = make();

	(void)state;
	flush_is(t, "");
	put(t, "wide", "1", "x");
	flush_is(t, "A     N  LAST\nwide  1  x\n");
	put(t, "w", "2", "y");
	flush_is(t, "w     2  y\n");
	flush_is(t, "");
	/* A row that is not whole waits. */
	table_put(t, span_of("half"));
	table_next(t);
	flush_is(t, "");
	table_next(t);
	table_put(t, span_of("now"));
	table_next(t);
	flush_is(t, "half     now\n");
	table_free(t);
}

static void
characters_count_not_bytes(void **state)
{
	struct table *t = make();

	(void)state;
	put(t, "\xc3\xa4\xc3\xb6", "1", "x");
	put(t, "abc", "1", "x");
	flush_is(t, "A    N  LAST\n\xc3\xa4\xc3\xb6   1  x\nabc  1  x\n");
	table_free(t);
}

static void
no_control_gets_through(void **state)
{
	struct table *t = make();

	(void)state;
	table_put(t, span_make("a\0b\n\x1b\x7f", 6));
	table_next(t);
	table_next(t);
	table_next(t);
	flush_is(t, "A       N  LAST\na b   \n");
	table_free(t);
}

static void
what_cannot_be_written_is_told(void **state)
{
	struct table *t = make();
	struct err err = { "" };
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(f);
	setvbuf(f, NULL, _IONBF, 0);
	put(t, "a", "1", "b");
	assert_int_equal(table_flush(t, f, &err), RC_FAIL);
	fclose(f);
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_aligned),
		cmocka_unit_test(titles_stand_once_and_widths_stay),
		cmocka_unit_test(characters_count_not_bytes),
		cmocka_unit_test(no_control_gets_through),
		cmocka_unit_test(what_cannot_be_written_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
