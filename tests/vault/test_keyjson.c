#include "tests/support/unit.h"

#include "broker/vault/keyjson.h"

#define KEYS "\"AccessKeyId\":\"ASIAEXAMPLE\",\"SecretAccessKey\":\"s/+=\""
#define REST "\"Token\":\"t==\",\"Expiration\":\"2026-01-02T03:04:05Z\""
#define ALL KEYS "," REST

static void
each_form_is_read(void **state)
{
	static const struct {
		const char *text;
		enum keyjson_form form;
		bool token, expires;
	} rows[] = {
		{ "{" ALL "}", KEYJSON_CONTAINER, true, true },
		{ " {\"RoleArn\":\"arn\",\"AccountId\":\"1\"," ALL ",\"New\":[{}]}\n",
		    KEYJSON_CONTAINER, true, true },
		{ "{\"Code\":\"Success\"," ALL "}", KEYJSON_CONTAINER, true, true },
		{ "{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\"," ALL "}",
		    KEYJSON_INSTANCE, true, true },
		{ "{" KEYS "}", KEYJSON_LASTING, false, false },
		{ "{\"AccessKey\":{\"UserName\":\"u\",\"Status\":\"Active\"," KEYS "}}",
		    KEYJSON_LASTING, false, false },
	};
	struct sources_key *k;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		k = NULL;
		assert_int_equal(
		    keyjson_parse(span_of(rows[i].text), rows[i].form, &k, &err),
		    RC_OK);
		assert_string_equal(k->access_key_id, "ASIAEXAMPLE");
		assert_true(span_is(secret_span(k->secret), "s/+="));
		assert_int_equal(k->token != NULL, rows[i].token);
		assert_int_equal(k->expires_ms, rows[i].expires ? 1767323045000 : 0);
		sources_free(k);
	}
}

static void
all_else_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum keyjson_form form;
		const char *why;
	} rows[] = {
		{ "", KEYJSON_CONTAINER, "no JSON" },
		{ "<html>", KEYJSON_CONTAINER, "no JSON" },
		{ "[]", KEYJSON_CONTAINER, "expected a JSON object" },
		{ "{" ALL "} x", KEYJSON_CONTAINER, "no JSON" },
		{ "{" ALL "," KEYS "}", KEYJSON_CONTAINER, "no JSON" },
		{ "{" ALL ",\"Code\":\"Failed\"}", KEYJSON_CONTAINER,
		    "it says Failed" },
		{ "{" ALL ",\"Code\":null}", KEYJSON_CONTAINER, "it says" },
		{ "{" ALL "}", KEYJSON_INSTANCE, "it says : " },
		{ "{\"Code\":\"success\"," ALL "}", KEYJSON_INSTANCE,
		    "it says success" },
		{ "{" KEYS "}", KEYJSON_CONTAINER, "the Token is missing" },
		{ "{" KEYS ",\"Token\":\"t\"}", KEYJSON_CONTAINER, "the Expiration" },
		{ "{" KEYS ",\"Token\":\"t\",\"Expiration\":1767323045}",
		    KEYJSON_CONTAINER, "the Expiration" },
		{ "{" REST "}", KEYJSON_CONTAINER, "is missing" },
		{ "{\"AccessKeyId\":1,\"SecretAccessKey\":\"s\"," REST "}",
		    KEYJSON_CONTAINER, "is missing" },
		{ "{\"AccessKeyId\":\"ASIA\\u0000X\",\"SecretAccessKey\":\"s\"," REST
		  "}",
		    KEYJSON_CONTAINER, "" },
		{ "{\"AccessKeyId\":\"ASIAEXAMPLE\",\"SecretAccessKey\":\"a\\nb\"," REST
		  "}",
		    KEYJSON_CONTAINER, "ill-formed" },
		{ "{" ALL "}", KEYJSON_LASTING, "these credentials expire" },
		{ "{\"AccessKey\":[]}", KEYJSON_LASTING, "is missing" },
	};
	struct sources_key *k = NULL;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(
		    keyjson_parse(span_of(rows[i].text), rows[i].form, &k, &err),
		    RC_REFUSE);
		assert_non_null(strstr(err.text, rows[i].why));
		assert_null(k);
	}
}

static void
a_stranger_s_words_are_printable_and_short(void **state)
{
	char text[2048] = "{\"Code\":\"\\u001b[2J";
	struct sources_key *k = NULL;
	struct err err;

	(void)state;
	memset(text + strlen(text), 'x', 1000);
	strcat(text, "\",\"Message\":\"\xC3\xA4\"}");
	assert_int_equal(
	    keyjson_parse(span_of(text), KEYJSON_INSTANCE, &k, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "it says \\x1B[2Jxxx"));
	assert_non_null(strstr(err.text, ": \\xC3\\xA4"));
	assert_true(strlen(err.text) < 200);
}

static void
length_is_bounded(void **state)
{
	struct sources_key *k = NULL;
	struct buf b;

	(void)state;
	buf_init(&b, KEYJSON_MAX + 1);
	buf_text(&b, "{" ALL "}");
	while (b.len < KEYJSON_MAX)
		buf_u8(&b, ' ');
	assert_int_equal(
	    keyjson_parse(buf_span(&b), KEYJSON_CONTAINER, &k, NULL), RC_OK);
	sources_free(k);
	buf_u8(&b, ' ');
	assert_int_equal(
	    keyjson_parse(buf_span(&b), KEYJSON_CONTAINER, &k, NULL), RC_REFUSE);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_is_read),
		cmocka_unit_test(all_else_is_refused),
		cmocka_unit_test(a_stranger_s_words_are_printable_and_short),
		cmocka_unit_test(length_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
