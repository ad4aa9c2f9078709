#include "tests/support/unit.h"

#include "broker/monitor/schema.h"

struct thing {
	uint64_t wait, size, count;
	unsigned word;
	const char *text;
};

#define AT(member) offsetof(struct thing, member)

static const char *const words[] = { "one", "two", NULL };
static const char *const later[] = { "three", "four://", NULL };
static const struct schema_row rows[] = {
	{ "text", &schema_text, AT(text), 1, 5, "abc", NULL, NULL, false },
	{ "deep", &schema_map, SCHEMA_NOWHERE, 0, 0, NULL, NULL, NULL, false },
	{ "deep.wait", &schema_duration, AT(wait), 1000, 9000, "5s", NULL, NULL,
	    false },
	{ "deep.more", &schema_map, SCHEMA_NOWHERE, 0, 0, NULL, NULL, NULL, false },
	{ "deep.more.size", &schema_size, AT(size), 1, 4096, "1KiB", NULL, NULL,
	    false },
	{ "deep.more.word", &schema_choice, AT(word), 0, 0, "two", words, later,
	    false },
	{ "deep.count", &schema_number, AT(count), 1, 9, NULL, NULL, NULL, true },
	{ "deep.far", &schema_later, SCHEMA_NOWHERE, 0, 0, NULL, NULL, NULL, false },
	{ "nowhere", &schema_choice, SCHEMA_NOWHERE, 0, 0, "one", words, NULL, false },
};

/* Walk the text along the table; gives the number of errors. */
static unsigned
walk(const char *text, struct thing *t, struct buf *report, struct schema_keep **keep)
{
	struct schema_run run = {
		.rows = rows, .count = ROWS(rows), .keep = keep, .report = report
	};
	struct yaml_doc *d = NULL;
	struct err err = { "" };

	assert_int_equal(yaml_parse("t", span_of(text), &d, &err), RC_OK);
	*t = (struct thing){ 0 };
	assert_int_equal(
	    schema_read_map(&run, "", yaml_root(d), yaml_root(d), t, &err), RC_OK);
	schema_report_rest(&run);
	yaml_doc_free(d);
	return run.errors;
}

static void
values_and_fallbacks_reach_their_place(void **state)
{
	struct schema_keep *keep = NULL;
	struct thing t;

	(void)state;
	assert_int_equal(
	    walk("deep: {count: 3, more: {word: one}, wait: 2s}", &t, NULL, &keep), 0);
	assert_int_equal(t.count, 3);
	assert_int_equal(t.wait, 2000);
	assert_int_equal(t.word, 0);
	assert_int_equal(t.size, 1024);
	assert_string_equal(t.text, "abc"); /* lives in the keep */
	assert_int_equal(walk("deep: {count: 3}", &t, NULL, &keep), 0);
	assert_int_equal(t.word, 1);
	assert_int_equal(t.wait, 5000);
	schema_keep_free(keep);
}

static void
every_error_has_its_line(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "{}", "t:1:1: expected the key deep.count, found none\n" },
		{ "deep: {}", "t:1:7: expected the key deep.count, found none\n" },
		{ "deep: x", "t:1:7: expected a mapping, found \"x\"\n" },
		{ "deep: {count: 0}",
		    "t:1:15: expected a number from 1 to 9, found \"0\"\n" },
		{ "deep: {count: 1, far: {}}",
		    "t:1:18: expected no key deep.far: it is not in this version\n" },
		{ "deep: {count: 1, more: {word: three}}",
		    "t:1:31: expected no three for deep.more.word: it is not in this "
		    "version\n" },
		{ "deep: {count: 1, more: {word: \"four://x\"}}",
		    "t:1:31: expected no four://x for" },
		{ "deep: {count: 1, more: {word: threes}}",
		    "t:1:31: expected one of one, two, found \"threes\"\n" },
		{ "deep: {count: 1}\ndeep.wait: 1s",
		    "t:2:1: expected a key out of text, deep, nowhere, found "
		    "\"deep.wait\"\n" },
		{ "deep: {count: 1}\ntext: abcdef\nx: y",
		    "t:2:7: expected text of 1 to 5 bytes, found \"abcdef\"\nt:3:1: " },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct schema_keep *keep = NULL;
		struct thing t;
		struct buf report;

		buf_init(&report, 4096);
		if (walk(cases[i].text, &t, &report, &keep) == 0 ||
		    strncmp(buf_cstr(&report), cases[i].want, strlen(cases[i].want)) !=
			0)
			fail_msg("case %zu: %s", i, buf_cstr(&report));
		buf_clear(&report);
		schema_keep_free(keep);
	}
}

static unsigned released;

static void
release(void *p)
{
	/* Newest first: what was kept later may lean on what was kept before. */
	assert_int_equal(*(unsigned *)p, 2 - released++);
}

static void
keepsakes_go_newest_first(void **state)
{
	static unsigned order[] = { 0, 1, 2 };
	struct schema_keep *keep = NULL;
	struct schema_run run = { .keep = &keep };

	(void)state;
	for (size_t i = 0; i < ROWS(order); i++)
		assert_ptr_equal(schema_keep(&run, &order[i], release), &order[i]);
	assert_null(schema_keep(&run, NULL, release));
	schema_keep_free(keep);
	assert_int_equal(released, 3);
	schema_keep_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_and_fallbacks_reach_their_place),
		cmocka_unit_test(every_error_has_its_line),
		cmocka_unit_test(keepsakes_go_newest_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
