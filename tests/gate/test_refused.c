#include "tests/support/unit.h"

#include "broker/gate/refused.h"

static const char *
answer(const struct refused *why, enum refused_form form, unsigned how)
{
	static struct buf out;

	buf_clear(&out);
	buf_init(&out, 65536);
	refused_answer(why, form, "id-1", how, &out);
	assert_true(buf_ok(&out));
	return buf_cstr(&out);
}

static void
each_protocol_has_its_form(void **state)
{
	static const struct {
		enum refused_form form;
		const char *parts[4];
	} rows[] = {
		{ REFUSED_PLAIN, { "text/plain", "\r\n\r\nno <&> \"way\"\n" } },
		{ REFUSED_S3,
		    { "<Error><Code>AccessDenied</Code>", "no &lt;&amp;&gt; \"way\"",
			"x-amz-request-id: id-1\r\n",
			"<RequestId>id-1</RequestId></Error>" } },
		{ REFUSED_XML,
		    { "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</",
			"</Error><RequestId>id-1</RequestId></ErrorResponse>" } },
		{ REFUSED_EC2,
		    { "<Response><Errors><Error><Code>UnauthorizedOperation</Code>",
			"<RequestID>id-1</RequestID></Response>" } },
		{ REFUSED_JSON,
		    { "{\"__type\":\"AccessDeniedException\"",
			"\"message\":\"no <&> \\\"way\\\"\"", "x-amz-json-1.1" } },
		{ REFUSED_REST_JSON, { "x-amzn-ErrorType: AccessDeniedException\r\n",
					 "application/json\r\n", "\"message\"" } },
	};
	struct refused why;

	(void)state;
	assert_int_equal(refused_denied(&why, "no <&> \"%s\"", "way"), RC_REFUSE);
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *text = answer(&why, rows[i].form, 0);
		const char *body = strstr(text, "\r\n\r\n"), *length;

		assert_ptr_equal(strstr(text, "HTTP/1.1 403 Forbidden\r\n"), text);
		for (size_t j = 0; j < 4 && rows[i].parts[j] != NULL; j++)
			assert_non_null(strstr(text, rows[i].parts[j]));
		length = strstr(text, "Content-Length: ");
		assert_non_null(length);
		assert_int_equal(strlen(body + 4), strtoul(length + 16, NULL, 10));
		assert_null(strstr(text, "Connection"));
	}
	answer(&why, REFUSED_PLAIN, 0);
}

static void
a_head_request_gets_no_body(void **state)
{
	struct refused why;
	const char *text;

	(void)state;
	refused_bad(&why, "no");
	text = answer(&why, REFUSED_S3, REFUSED_HEAD | REFUSED_CLOSE);
	assert_ptr_equal(strstr(text, "HTTP/1.1 400 Bad Request\r\n"), text);
	assert_non_null(strstr(text, "Connection: close\r\n"));
	assert_ptr_equal(strstr(text, "\r\n\r\n") + 4, text + strlen(text));
}

static void
nothing_breaks_out_of_the_answer(void **state)
{
	struct refused why;

	(void)state;
	refused_set(&why, 407, "Proxy", "a\r\nSet-Cookie: x\x01\xff\\");
	assert_null(strstr(answer(&why, REFUSED_PLAIN, 0), "\nSet-Cookie"));
	assert_non_null(
	    strstr(answer(&why, REFUSED_PLAIN, 0), "Proxy-Authenticate: Basic"));
	assert_non_null(
	    strstr(answer(&why, REFUSED_JSON, 0), "a??Set-Cookie: x??\\\\"));
}

static void
long_sentences_are_cut(void **state)
{
	struct refused why;
	char text[2 * REFUSED_TEXT];

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_int_equal(refused_failed(&why, "%s", text), RC_FAIL);
	assert_int_equal(strlen(why.text), REFUSED_TEXT - 1);
	assert_int_equal(why.status, 500);
	assert_int_equal(refused_bad(NULL, "x"), RC_REFUSE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_protocol_has_its_form),
		cmocka_unit_test(a_head_request_gets_no_body),
		cmocka_unit_test(nothing_breaks_out_of_the_answer),
		cmocka_unit_test(long_sentences_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
