#include "tests/support/unit.h"

#include "lib/base/uri.h"

static void
bytes_go_there_and_back(void **state)
{
	struct buf all, there, back;

	(void)state;
	buf_init(&all, 256);
	buf_init(&there, 1024);
	buf_init(&back, 256);
	for (unsigned c = 0; c < 256; c++)
		buf_u8(&all, (uint8_t)c);
	uri_encode(&there, buf_span(&all), "");
	assert_int_equal(there.len, 66 + 3 * (256 - 66));
	assert_true(uri_decode(&back, buf_span(&there)));
	assert_true(span_eq(buf_span(&all), buf_span(&back)));
	buf_clear(&all);
	buf_clear(&there);
	buf_clear(&back);
}

static void
what_is_kept_is_kept(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	uri_encode(&b, span_of("/a b+c/~%"), "/");
	assert_string_equal(buf_cstr(&b), "/a%20b%2Bc/~%25");
	buf_clear(&b);
}

static void
broken_escapes_are_refused_whole(void **state)
{
	static const char *const bad[] = { "%", "%2", "ab%", "%2g", "%g2", "%%20",
		"a%4" };
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	for (size_t i = 0; i < ROWS(bad); i++) {
		assert_false(uri_decode(&b, span_of(bad[i])));
		assert_int_equal(b.len, 0);
	}
	assert_true(uri_decode(&b, span_of("%2f%2F+")));
	assert_string_equal(buf_cstr(&b), "//+");
	buf_clear(&b);
}

static void
a_form_is_joined(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	uri_form(&b, "Action", span_of("X"));
	uri_form(&b, "Name", span_of("a b&c=d"));
	assert_string_equal(buf_cstr(&b), "Action=X&Name=a%20b%26c%3Dd");
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_go_there_and_back),
		cmocka_unit_test(what_is_kept_is_kept),
		cmocka_unit_test(broken_escapes_are_refused_whole),
		cmocka_unit_test(a_form_is_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
