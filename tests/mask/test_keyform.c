/* What stands around a key, with every shorter text first. */
#include "tests/support/unit.h"

#include "recorder/mask/keyform.h"

static enum mask_says
read_key(const char *text, const char *word, struct keyform *ret)
{
	const char *at = strstr(text, word);
	struct mask_view v = { (const uint8_t *)text, strlen(text), 0, true };
	size_t from = (size_t)(at - text), to = from + strlen(word);
	enum mask_says says = keyform_read(&v, from, to, ret);

	for (size_t len = to; len < strlen(text); len++) {
		struct mask_view cut = { v.p, len, 0, false };
		struct keyform k;
		enum mask_says early = keyform_read(&cut, from, to, &k);

		if (early == MASK_MORE)
			continue;
		assert_int_equal(early, says);
		if (early == MASK_YES) {
			assert_int_equal(k.sign, ret->sign);
			assert_int_equal(k.value, ret->value);
		}
	}
	return says;
}

static void
signs(void **state)
{
	static const struct {
		const char *text;
		enum keyform_sign sign;
		const char *value; /* what begins there */
	} rows[] = {
		{ "key: v", SIGN_COLON, "v" },
		{ "key : v", SIGN_COLON, "v" },
		{ "\"key\":1", SIGN_COLON, "1" },
		{ "\"key\":\n  \"v\"", SIGN_COLON, "\"v\"" },
		{ "\\\"key\\\": \\\"v\\\"", SIGN_COLON, "\\\"v\\\"" },
		{ "key:v", SIGN_TIGHT, "v" },
		{ "key:\"v\"", SIGN_COLON, "\"v\"" },
		{ "key:: dg==", SIGN_COLON, "dg==" },
		{ "key := v", SIGN_COLON, "v" },
		{ "key=v", SIGN_EQUALS, "v" },
		{ "key => v", SIGN_EQUALS, "v" },
		{ "a['key'] = v", SIGN_EQUALS, "v" },
		{ "key ?= v", SIGN_EQUALS, "v" },
		{ "key%3Dv", SIGN_EQUALS, "v" },
		{ "| key  |  v |", SIGN_CELL, "v |" },
		{ "key \xe2\x94\x82 v", SIGN_CELL, "v" },
		{ "key\tv", SIGN_TAB, "v" },
		{ "key  v", SIGN_GAP, "v" },
		{ "<key>v", SIGN_TAG, "v" },
		{ "f('key', 'v')", SIGN_COMMA, "'v')" },
		{ "key::v", SIGN_NONE, NULL },
		{ "key == v", SIGN_NONE, NULL },
		{ "key =~ v", SIGN_NONE, NULL },
		{ "key:\n  v", SIGN_NONE, NULL },
		{ "key: \n", SIGN_NONE, NULL },
		{ "key=\n", SIGN_NONE, NULL },
		{ "key, v", SIGN_NONE, NULL },
		{ "key", SIGN_NONE, NULL },
		{ "key\n", SIGN_NONE, NULL },
		{ "key%20v", SIGN_NONE, NULL },
	};
	struct keyform k;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(read_key(rows[i].text, "key", &k), MASK_YES);
		if (k.sign != rows[i].sign)
			fail_msg("%s: %d", rows[i].text, k.sign);
		if (rows[i].value != NULL)
			assert_string_equal(rows[i].text + k.value, rows[i].value);
	}
	assert_int_equal(read_key("keys: v", "key", &k), MASK_NO);
	assert_int_equal(read_key("key\\n: v", "key", &k), MASK_NO);
}

static void
identifiers(void **state)
{
	static const struct {
		const char *text;
		size_t from, begins;
	} rows[] = {
		{ "a b.c_d-key: v", 2, 2 },
		{ " \"a-key\": v", 2, 1 },
		{ " \\\"a-key\\\": v", 3, 1 },
		{ " --key v", 1, 1 },
		{ "key: v", 0, 0 },
	};
	struct keyform k;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mask_view v = { (const uint8_t *)rows[i].text,
			strlen(rows[i].text), 0, true };

		assert_int_equal(read_key(rows[i].text, "key", &k), MASK_YES);
		assert_int_equal(k.from, rows[i].from);
		assert_int_equal(keyform_begins(&v, &k), rows[i].begins);
	}
}

static void
lines(void **state)
{
	static const struct {
		const char *text;
		bool start, escaped, item;
		uint32_t column;
	} rows[] = {
		{ "key", true, false, false, 0 },
		{ "a\n  key", true, false, false, 2 },
		{ "a\r\n- key", true, false, true, 2 },
		{ "a\x1e key", true, true, false, 1 },
		{ "export key", true, false, false, 0 },
		{ "> key", true, false, false, 0 },
		{ "a key", false, false, false, 0 },
		{ "{ key", false, false, false, 0 },
		{ "reexport key", false, false, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mask_view v = { (const uint8_t *)rows[i].text,
			strlen(rows[i].text), 0, true };
		struct keyform_line l;

		keyform_line(&v, v.len - 3, &l);
		if (l.start != rows[i].start || l.escaped != rows[i].escaped ||
		    l.item != rows[i].item || l.column != rows[i].column)
			fail_msg("%s", rows[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs),
		cmocka_unit_test(identifiers),
		cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
