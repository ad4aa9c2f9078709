#include "tests/support/unit.h"

#include "broker/monitor/objectname.h"

struct row {
	const char *name;
	bool good;
};

static void
buckets_have_the_names_that_s3_takes(void **state)
{
	static const struct row rows[] = { { "abc", true }, { "a-b.c", true },
		{ "0ab", true }, { "my.bucket.name", true }, { "a--b", true },
		{ "", false }, { "ab", false }, { "Upper", false }, { "a_b", false },
		{ "-ab", false }, { "ab-", false }, { ".ab", false }, { "ab.", false },
		{ "a..b", false }, { "a b", false }, { "a/b", false },
		{ "x.s3.evil.example/", false },
		{ "b\xc3\xbc"
		  "cher",
		    false } };
	char longer[80];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (objectname_bucket(span_of(rows[i].name)) != rows[i].good)
			fail_msg("%s", rows[i].name);
	memset(longer, 'a', 64);
	longer[64] = '\0';
	assert_false(objectname_bucket(span_of(longer)));
	assert_true(objectname_bucket(span_of(longer + 1)));
	assert_false(objectname_bucket(span_make("ab\0c", 4)));
}

static void
keys_mean_the_same_everywhere(void **state)
{
	static const struct row rows[] = { { "", true }, { "a", true },
		{ "a/b/", true }, { "a b+%", true }, { "\xc3\xa9", true },
		{ "...", true }, { ".a/b.", true }, { "/", false }, { "/a", false },
		{ "a//b", false }, { "a/b//", false }, { "a/../b", false },
		{ "..", false }, { "./a", false }, { "a/.", false }, { "a\nb", false },
		{ "a\x7f", false }, { "\xff", false } };
	char longer[1100];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (objectname_key(span_of(rows[i].name)) != rows[i].good)
			fail_msg("%s", rows[i].name);
	memset(longer, 'a', 1025);
	longer[1025] = '\0';
	assert_false(objectname_key(span_of(longer)));
	assert_true(objectname_key(span_of(longer + 1)));
	assert_false(objectname_key(span_make("a\0b", 3)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_have_the_names_that_s3_takes),
		cmocka_unit_test(keys_mean_the_same_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
