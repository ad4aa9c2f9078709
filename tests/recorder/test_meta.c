#include "tests/support/unit.h"

#include "recorder/meta.h"

static void
the_line_has_one_form(void **state)
{
	static const struct {
		struct meta m;
		const char *line;
	} rows[] = {
		{ { 80, 24, 1, NULL, NULL, "{}" },
		    "{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1,"
		    "\"title\":\"\","
		    "\"env\":{},\"hoop\":{}}\n" },
		{ { 120, 40, 1795167217, "a \"b\"\x1b", "xterm",
		      "{ \"user\" :\n\"alice\" }" },
		    "{\"version\":2,\"width\":120,\"height\":40,\"timestamp\":"
		    "1795167217,"
		    "\"title\":\"a \\\"b\\\"\\\\x1B\",\"env\":{\"TERM\":\"xterm\"},"
		    "\"hoop\":{\"user\":\"alice\"}}\n" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf b;

		buf_init(&b, 4096);
		assert_int_equal(meta_put(&rows[i].m, &b, NULL), RC_OK);
		assert_string_equal(buf_cstr(&b), rows[i].line);
		buf_clear(&b);
	}
}

static void
what_is_no_object_is_refused(void **state)
{
	static const char *const bad[] = { NULL, "", "x", "[]", "1", "null", "{",
		"{} x", "{\"a\":1,\"a\":2}", "{\"a\":\"\xff\"}", "{\"a\":\"\\u0000\"}",
		"{a:1}" };
	struct meta m = { 80, 24, 1, NULL, NULL, NULL };
	json_t *root = NULL;
	struct err err;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		buf_init(&b, 4096);
		m.json = bad[i];
		assert_int_equal(meta_object(bad[i], &root, NULL), RC_REFUSE);
		assert_null(root);
		assert_int_equal(meta_put(&m, &b, &err), RC_REFUSE);
		assert_int_equal(strncmp(err.text, "META: ", 6), 0);
		assert_int_equal(b.len, 0);
		buf_clear(&b);
	}
	assert_int_equal(meta_object("{\"a\":1}", &root, NULL), RC_OK);
	assert_int_equal(json_integer_value(json_object_get(root, "a")), 1);
	json_decref(root);
	assert_int_equal(meta_object("{}", NULL, NULL), RC_OK);
}

static void
no_room_is_a_failure(void **state)
{
	struct meta m = { 80, 24, 1, "a title", "xterm", "{}" };
	struct buf b;

	(void)state;
	for (size_t max = 0; max < 100; max++) {
		buf_init(&b, max);
		assert_int_equal(meta_put(&m, &b, NULL), RC_FAIL);
		buf_clear(&b);
	}
}

static void
texts_are_cut_between_characters(void **state)
{
	char text[META_TEXT_MAX + 8];
	struct buf b;

	(void)state;
	memset(text, 'a', sizeof text);
	memcpy(text + META_TEXT_MAX - 2, "\xe2\x9c\x93", 4);
	buf_init(&b, META_TEXT_MAX * 4);
	meta_text(&b, text);
	assert_int_equal(b.len, META_TEXT_MAX - 2);
	buf_reset(&b);
	memset(text, '\xff', META_TEXT_MAX);
	text[META_TEXT_MAX] = '\0';
	meta_text(&b, text);
	assert_int_equal(b.len, META_TEXT_MAX * 4);
	assert_int_equal(strncmp(buf_cstr(&b), "\\xFF\\xFF", 8), 0);
	buf_reset(&b);
	meta_text(&b, NULL);
	assert_int_equal(b.len, 0);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_has_one_form),
		cmocka_unit_test(what_is_no_object_is_refused),
		cmocka_unit_test(no_room_is_a_failure),
		cmocka_unit_test(texts_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
