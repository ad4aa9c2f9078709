#include "tests/support/unit.h"

#include "lib/base/sigv4_canon.h"

static const struct sigv4_header host = { .name = { (const uint8_t *)"Host", 4 },
	.value = { (const uint8_t *)"h", 1 } };

static void
dot_segments_as_the_sdks_do(void **state)
{
	static const struct {
		const char *wire, *canonical;
	} rows[] = { { "", "/" }, { "/", "/" }, { "//", "/" }, { "/..", "/" },
		{ "/../../a", "/a" }, { "/a/b/..", "/a" }, { "/a/b/../", "/a/" },
		{ "/a/./b/.", "/a/b" }, { "/a//", "/a/" }, { "/a%2Fb", "/a%252Fb" },
		{ "/...", "/..." } };
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	for (size_t i = 0; i < ROWS(rows); i++) {
		buf_reset(&b);
		assert_int_equal(
		    sigv4_path(span_of(rows[i].wire), false, &b, NULL), RC_OK);
		assert_string_equal(buf_cstr(&b), rows[i].canonical);
	}
	buf_clear(&b);
}

static void
the_s3_rules_leave_segments_alone(void **state)
{
	static const struct {
		const char *wire, *canonical;
	} rows[] = { { "", "/" }, { "/a//b/../c", "/a//b/../c" }, { "/%61%2f", "/a/" },
		{ "/a b+\"", "/a%20b%2B%22" }, { "/%00", "/%00" } };
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	for (size_t i = 0; i < ROWS(rows); i++) {
		buf_reset(&b);
		assert_int_equal(
		    sigv4_path(span_of(rows[i].wire), true, &b, NULL), RC_OK);
		assert_string_equal(buf_cstr(&b), rows[i].canonical);
	}
	assert_int_equal(sigv4_path(span_of("/%2"), true, &b, NULL), RC_REFUSE);
	assert_int_equal(sigv4_path(span_of("a/b"), false, &b, NULL), RC_REFUSE);
	buf_clear(&b);
}

static void
queries_are_sorted_by_key_then_value(void **state)
{
	static const struct {
		const char *wire, *canonical;
	} rows[] = { { "", "" }, { "&&", "" }, { "b&a", "a=&b=" },
		{ "a=2&a=10&a=1", "a=1&a=10&a=2" }, { "a-b=1&a=1", "a=1&a-b=1" },
		{ "a=b=c", "a=b%3Dc" }, { "=&=", "=&=" }, { "%41=%7e", "A=~" },
		{ "X-Amz-Signature=0&z=1", "z=1" } };
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	for (size_t i = 0; i < ROWS(rows); i++) {
		buf_reset(&b);
		assert_int_equal(sigv4_query(span_of(rows[i].wire), &b, NULL), RC_OK);
		assert_string_equal(buf_cstr(&b), rows[i].canonical);
	}
	buf_clear(&b);
}

static void
keys_are_found_however_they_are_spelled(void **state)
{
	(void)state;
	assert_true(sigv4_query_has(span_of("a=1&X%2damz-Date=2"), "X-amz-Date"));
	assert_true(sigv4_query_has(span_of("a"), "a"));
	assert_false(sigv4_query_has(span_of("b=a&ab=1"), "a"));
	assert_false(sigv4_query_has(span_of(""), "a"));
}

static void
bounds_are_kept(void **state)
{
	struct sigv4_request r = { "GET", span_of("/"), { 0 }, &host, 1,
		SIGV4_EMPTY_HASH, true };
	struct buf b, many;

	(void)state;
	buf_init(&many, 65536);
	for (unsigned i = 0; i < SIGV4_PARAMS_MAX; i++)
		buf_text(&many, "a&");
	buf_init(&b, SIGV4_TEXT_MAX);
	assert_int_equal(sigv4_query(buf_span(&many), &b, NULL), RC_OK);
	buf_text(&many, "a&");
	assert_int_equal(sigv4_query(buf_span(&many), &b, NULL), RC_REFUSE);
	buf_clear(&b);
	buf_init(&b, 20);
	assert_int_equal(sigv4_canon(&r, &b, NULL), RC_REFUSE);
	buf_clear(&b);
	buf_clear(&many);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dot_segments_as_the_sdks_do),
		cmocka_unit_test(the_s3_rules_leave_segments_alone),
		cmocka_unit_test(queries_are_sorted_by_key_then_value),
		cmocka_unit_test(keys_are_found_however_they_are_spelled),
		cmocka_unit_test(bounds_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
