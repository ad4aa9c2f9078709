/* Objects out of payloads, and nothing else. */
#include "tests/support/unit.h"

#include "broker/target/ssm_json.h"

static void
only_a_whole_object_is_read(void **state)
{
	static const char *const bad[] = { "", " ", "[]", "null", "1", "\"x\"", "{",
		"{}x", "{}{}", "{\"a\":}", "{'a':1}", "{\"a\":\"\xff\"}" };
	struct buf deep;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_null(ssm_json_object(span_of(bad[i]), 100));
	assert_null(ssm_json_object(span_of("{}  "), 3));
	buf_init(&deep, 1u << 20);
	buf_text(&deep, "{\"a\":");
	for (unsigned i = 0; i < 100000; i++)
		buf_u8(&deep, '[');
	assert_null(ssm_json_object(buf_span(&deep), 1u << 20));
	buf_clear(&deep);
}

static void
members_are_copied_where_they_fit(void **state)
{
	json_t *j = ssm_json_object(span_of("{\"a\":\"xyz\",\"b\":null,\"c\":1,\"d\":"
					    "\"x\\u0000y\",\"e\":\"\\u003c\"}"),
	    100);
	struct span s = { NULL, 9 };
	char out[4] = "old";

	(void)state;
	assert_non_null(j);
	assert_true(ssm_json_copy(j, "a", out, 4));
	assert_string_equal(out, "xyz");
	assert_false(ssm_json_copy(j, "a", out, 3));
	assert_string_equal(out, "");
	assert_true(ssm_json_copy(j, "b", out, 4));
	assert_true(ssm_json_copy(j, "none", out, 4));
	assert_string_equal(out, "");
	assert_false(ssm_json_copy(j, "c", out, 4));
	assert_false(ssm_json_copy(j, "d", out, 4));
	assert_true(ssm_json_copy(j, "e", out, 4));
	assert_string_equal(out, "<");
	assert_false(ssm_json_text(j, "c", &s));
	assert_false(ssm_json_text(j, "none", &s));
	assert_false(ssm_json_text(NULL, "a", &s));
	assert_int_equal(s.len, 9);
	assert_true(ssm_json_text(j, "d", &s));
	assert_int_equal(s.len, 3);
	json_decref(j);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_whole_object_is_read),
		cmocka_unit_test(members_are_copied_where_they_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
