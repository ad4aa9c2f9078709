#include "tests/support/unit.h"

#include "broker/gate/jsonbody.h"

#define S(text)                                                                        \
	{                                                                              \
		text, sizeof text - 1                                                  \
	}

static void
what_another_reader_reads_differently_is_refused(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} rows[] = { S(""), S("{"), S("{}x"), S("{\"a\":1,\"a\":2}"),
		S("{\"a\":1,\"\\u0061\":2}"), S("{\"x\":{\"a\":1,\"a\":1}}"),
		S("[{\"a\":1,\"a\":1}]"), S("\xEF\xBB\xBF{}"), S("\xFE\xFF\0{\0}"),
		S("{\0}\0"), S("\xFF\xFE{\0}\0"), S("{\"a\":\"\\u0000\"}"),
		S("{\"a\":\"\xFF\"}"), S("{\"a\":\"\\uD800\"}"), S("{'a':1}"),
		S("{a:1}"), S("{\"a\":1,}"), S("{\"a\":01}"), S("{\"a\":NaN}"),
		S("/**/{}"), S("{\"a\":99999999999999999999}") };
	struct refused why = { 0 };
	json_t *v = NULL;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (jsonbody_read(span_make(rows[i].text, rows[i].len), &v, &why) !=
		    RC_REFUSE)
			fail_msg("row %zu was not refused", i);
	assert_int_equal(why.status, 400);
}

static void
depth_is_bounded(void **state)
{
	char text[4 * JSONBODY_DEPTH];
	struct refused why = { 0 };
	json_t *v = NULL;

	(void)state;
	for (size_t n = JSONBODY_DEPTH; n <= JSONBODY_DEPTH + 1; n++) {
		memset(text, '[', n);
		memset(text + n, ']', n);
		assert_int_equal(jsonbody_read(span_make(text, 2 * n), &v, &why),
		    n == JSONBODY_DEPTH ? RC_OK : RC_REFUSE);
		json_decref(v);
		v = NULL;
	}
	/* Brackets within texts are none. */
	memset(text, '[', sizeof text);
	text[0] = '"';
	text[1] = '\\';
	text[2] = '"';
	text[sizeof text - 1] = '"';
	assert_int_equal(jsonbody_read(span_make(text, sizeof text), &v, &why), RC_OK);
	json_decref(v);
}

static void
scalars_have_a_text(void **state)
{
	static const struct {
		const char *json, *text;
	} rows[] = { { "\"a\\u00e4\"", "a\xC3\xA4" }, { "17", "17" },
		{ "-1.5", "-1.5" }, { "true", "true" }, { "false", "false" },
		{ "null", NULL }, { "[]", NULL }, { "{}", NULL } };
	struct refused why = { 0 };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		json_t *v = NULL;
		struct buf b;

		buf_init(&b, 100);
		assert_int_equal(jsonbody_read(span_of(rows[i].json), &v, &why), RC_OK);
		assert_int_equal(jsonbody_text(v, &b), rows[i].text != NULL);
		assert_string_equal(
		    buf_cstr(&b), rows[i].text == NULL ? "" : rows[i].text);
		json_decref(v);
		buf_clear(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_another_reader_reads_differently_is_refused),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(scalars_have_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
