#include "tests/support/unit.h"

#include "broker/target/ssmanswer.h"

static const struct {
	unsigned status;
	const char *body;
	enum ssmword word;
} refusals[] = {
	{ 400, "{\"__type\":\"TargetNotConnected\",\"message\":\"x\"}",
	    ANSWER_NOT_CONNECTED },
	{ 400, "{\"__type\":\"InvalidInstanceId\"}", ANSWER_NOT_CONNECTED },
	{ 400, "{\"__type\":\"com.amazonaws.ssm#InvalidDocument\"}", ANSWER_REFUSED },
	{ 400, "{\"__type\":\"a#b#AccessDeniedException:http://x/\"}", ANSWER_REFUSED },
	{ 400, "{\"__type\":\"AccessDenied\"}", ANSWER_REFUSED },
	{ 400, "{\"__type\":\"ValidationException\"}", ANSWER_REFUSED },
	{ 400, "{\"__type\":\"InvalidParameters\"}", ANSWER_REFUSED },
	{ 400, "{\"__type\":\"BadRequest\"}", ANSWER_REFUSED },
	{ 400, "{\"__type\":\"DoesNotExistException\"}", ANSWER_GONE },
	{ 400, "{\"__type\":\"InvocationDoesNotExist\"}", ANSWER_NOT_YET },
	{ 400, "{\"__type\":\"ThrottlingException\"}", ANSWER_BUSY },
	{ 400, "{\"__type\":\"Throttling\"}", ANSWER_BUSY },
	{ 400, "{\"__type\":\"ThrottledException\"}", ANSWER_BUSY },
	{ 400, "{\"__type\":\"RequestLimitExceeded\"}", ANSWER_BUSY },
	{ 400, "{\"__type\":\"TooManyRequestsException\"}", ANSWER_BUSY },
	{ 400, "{\"__type\":\"RequestThrottled\"}", ANSWER_BUSY },
	{ 400, "{\"__type\":\"RequestThrottledException\"}", ANSWER_BUSY },
	{ 429, "", ANSWER_BUSY },
	{ 400, "{\"__type\":\"ExpiredTokenException\"}", ANSWER_EXPIRED },
	{ 403, "{\"__type\":\"ExpiredToken\"}", ANSWER_EXPIRED },
	{ 400, "{\"__type\":\"RequestExpired\"}", ANSWER_EXPIRED },
	{ 400, "{\"__type\":\"UnrecognizedClientException\"}", ANSWER_REFUSED },
	{ 403, "{\"__type\":\"InvalidSignatureException\"}", ANSWER_REFUSED },
	{ 403, "{\"__type\":\"SignatureDoesNotMatch\"}", ANSWER_REFUSED },
	{ 400, "{\"__type\":\"MissingAuthenticationTokenException\"}", ANSWER_REFUSED },
	{ 400, "{\"__type\":\"IncompleteSignature\"}", ANSWER_REFUSED },
	{ 500, "{\"__type\":\"InternalServerError\"}", ANSWER_TROUBLE },
	{ 400, "{\"__type\":\"InternalServerError\"}", ANSWER_TROUBLE },
	{ 503, "{\"__type\":\"ServiceUnavailable\"}", ANSWER_TROUBLE },
	{ 502, "<html>", ANSWER_TROUBLE },
	{ 403, "<html>", ANSWER_REFUSED },
	{ 401, "", ANSWER_REFUSED },
	{ 404, "{}", ANSWER_REFUSED },
	{ 302, "", ANSWER_NONSENSE },
	{ 400, "{\"__type\":\"throttling\"}", ANSWER_REFUSED }, /* exactly, or not */
	{ 400, "{\"__type\":7}", ANSWER_REFUSED },
};

static void
test_refusals(void **state)
{
	struct ssmanswer a;

	(void)state;
	for (size_t i = 0; i < ROWS(refusals); i++)
		for (unsigned op = 0; op < OP_OPS; op++) {
			ssmanswer_read(
			    op, refusals[i].status, span_of(refusals[i].body), &a);
			if (a.word != refusals[i].word)
				fail_msg("%s: %d", refusals[i].body, a.word);
			assert_true(a.text[0] != '\0');
			ssmanswer_clear(&a);
		}
}

static void
test_text_is_printable(void **state)
{
	static const char body[] =
	    "{\"__type\":\"AccessDeniedException\",\"Message\":\"no\\u001b[2J \\u202e"
	    "\xc3\xa9\"}";
	char text[4096] = "{\"__type\":\"x\",\"message\":\"";
	struct ssmanswer a;

	(void)state;
	ssmanswer_read(OP_START, 400, span_of(body), &a);
	assert_non_null(strstr(a.text, "no\\x1B[2J"));
	assert_non_null(strstr(a.text, "\xc3\xa9"));
	assert_null(strstr(a.text, "\xe2\x80\xae"));
	ssmanswer_clear(&a);
	memset(text + strlen(text), 'y', 3000);
	strcpy(text + 3020, "\"}");
	ssmanswer_read(OP_START, 400, span_of(text), &a);
	assert_true(strlen(a.text) < 400);
	ssmanswer_clear(&a);
}

static void
test_session(void **state)
{
	struct ssmanswer a;

	(void)state;
	ssmanswer_read(OP_START, 200,
	    span_of("{\"SessionId\":\"alice@x-01\",\"TokenValue\":\"AAE+/=\","
		    "\"StreamUrl\":\"wss://h/p?q\",\"Other\":[{}]}"),
	    &a);
	assert_int_equal(a.word, ANSWER_DONE);
	assert_string_equal(a.id, "alice@x-01");
	assert_true(span_is(secret_span(a.token), "AAE+/="));
	assert_string_equal(a.url, "wss://h/p?q");
	ssmanswer_clear(&a);
	ssmanswer_read(OP_RESUME, 200, span_of("{\"SessionId\":\"x\"}"), &a);
	assert_int_equal(a.word, ANSWER_DONE);
	assert_null(a.token);
	ssmanswer_clear(&a);
	ssmanswer_read(OP_RESUME, 200, span_of("{\"TokenValue\":\"\"}"), &a);
	assert_int_equal(a.word, ANSWER_DONE);
	assert_null(a.token);
	ssmanswer_clear(&a);
	ssmanswer_read(OP_RESUME, 200, span_of("{\"TokenValue\":\"t\"}"), &a);
	assert_int_equal(a.word, ANSWER_DONE);
	assert_non_null(a.token);
	assert_null(a.url);
	ssmanswer_clear(&a);
	ssmanswer_clear(&a);
}

static const struct {
	enum ssmop op;
	const char *body;
} nonsense[] = {
	{ OP_START, "" },
	{ OP_START, "[]" },
	{ OP_START, "{" },
	{ OP_START, "{}" },
	{ OP_START,
	    "{\"SessionId\":\"a b\",\"TokenValue\":\"t\",\"StreamUrl\":\"u\"}" },
	{ OP_START, "{\"SessionId\":\"\",\"TokenValue\":\"t\",\"StreamUrl\":\"u\"}" },
	{ OP_START, "{\"SessionId\":\"a\\u0000b\",\"TokenValue\":\"t\","
		    "\"StreamUrl\":\"u\"}" },
	{ OP_START, "{\"SessionId\":7,\"TokenValue\":\"t\",\"StreamUrl\":\"u\"}" },
	{ OP_START,
	    "{\"SessionId\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
	    "\"TokenValue\":\"t\",\"StreamUrl\":\"u\"}" },
	{ OP_START, "{\"SessionId\":\"a\",\"StreamUrl\":\"u\"}" },
	{ OP_START,
	    "{\"SessionId\":\"a\",\"TokenValue\":\"t\\n\",\"StreamUrl\":\"u\"}" },
	{ OP_START, "{\"SessionId\":\"a\",\"TokenValue\":\"t\"}" },
	{ OP_START,
	    "{\"SessionId\":\"a\",\"TokenValue\":\"t\",\"StreamUrl\":\"u u\"}" },
	{ OP_RESUME, "{\"TokenValue\":\"t t\"}" },
	{ OP_RESUME, "{\"TokenValue\":\"t\",\"StreamUrl\":\"\\u007f\"}" },
	{ OP_DATA_KEY, "{\"CiphertextBlob\":\"AAAA\"}" },
	{ OP_DATA_KEY, "{\"CiphertextBlob\":\"AAAA\",\"Plaintext\":\"AAAA\"}" },
	{ OP_DATA_KEY, "{\"CiphertextBlob\":\"AAAA\",\"Plaintext\":\"!!\"}" },
	{ OP_SEND, "{\"CommandId\":\"x\"}" },
	{ OP_SEND, "{\"Command\":{\"CommandId\":\"\"}}" },
	{ OP_INVOCATION, "{\"Status\":\"Odd\"}" },
	{ OP_INVOCATION, "{}" },
	{ OP_TERMINATE, "7" },
	{ OP_CANCEL, "\"x\"" },
};

static void
test_nonsense(void **state)
{
	struct ssmanswer a;

	(void)state;
	for (size_t i = 0; i < ROWS(nonsense); i++) {
		ssmanswer_read(nonsense[i].op, 200, span_of(nonsense[i].body), &a);
		if (a.word != ANSWER_NONSENSE)
			fail_msg("%s: %d", nonsense[i].body, a.word);
		assert_null(a.token);
		assert_null(a.url);
		assert_null(a.key);
		assert_true(a.text[0] != '\0');
		ssmanswer_clear(&a);
	}
}

static void
test_data_key(void **state)
{
	static const char body[] =
	    "{\"CiphertextBlob\":\"c2VhbGVk\",\"Plaintext\":"
	    "\"AAECAwQFBgcICQoLDA0ODxAREh"
	    "MUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==\"}";
	struct ssmanswer a;

	(void)state;
	ssmanswer_read(OP_DATA_KEY, 200, span_of(body), &a);
	assert_int_equal(a.word, ANSWER_DONE);
	assert_string_equal(a.sealed, "c2VhbGVk");
	assert_int_equal(secret_len(a.key), 64);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(secret_bytes(a.key)[i], i);
	ssmanswer_clear(&a);
}

static const struct {
	const char *body;
	enum ssmrun run;
	int status;
	const char *out, *err;
	bool cut;
} invocations[] = {
	{ "{\"Status\":\"Pending\"}", RUN_RUNS, -1, "", "", false },
	{ "{\"Status\":\"InProgress\",\"ResponseCode\":-1}", RUN_RUNS, -1, "", "",
	    false },
	{ "{\"Status\":\"Delayed\"}", RUN_RUNS, -1, "", "", false },
	{ "{\"Status\":\"Cancelling\"}", RUN_RUNS, -1, "", "", false },
	{ "{\"Status\":\"Success\",\"ResponseCode\":0,\"StandardOutputContent\":"
	  "\"a\\n\"}",
	    RUN_RAN, 0, "a\n", "", false },
	{ "{\"Status\":\"Failed\",\"ResponseCode\":7,\"StandardErrorContent\":\"b\"}",
	    RUN_RAN, 7, "", "b", false },
	{ "{\"Status\":\"Failed\",\"ResponseCode\":-1,\"StatusDetails\":"
	  "\"Undeliverable\"}",
	    RUN_RAN_NOT, -1, "", "", false },
	{ "{\"Status\":\"TimedOut\",\"ResponseCode\":-1}", RUN_RAN_NOT, -1, "", "",
	    false },
	{ "{\"Status\":\"Cancelled\"}", RUN_CANCELLED, -1, "", "", false },
	{ "{\"Status\":\"Success\",\"ResponseCode\":0,\"StandardOutputContent\":"
	  "\"abc\\n---Output truncated---\",\"StandardErrorContent\":"
	  "\"d---Output truncated---\"}",
	    RUN_RAN, 0, "abc", "d---Output truncated---", true },
	{ "{\"Status\":\"Success\",\"ResponseCode\":300,\"StandardErrorContent\":"
	  "\"x\\n---Error truncated----\"}",
	    RUN_RAN, 44, "", "x", true },
};

static void
test_invocation(void **state)
{
	struct ssmanswer a;

	(void)state;
	for (size_t i = 0; i < ROWS(invocations); i++) {
		ssmanswer_read(OP_INVOCATION, 200, span_of(invocations[i].body), &a);
		assert_int_equal(a.word, ANSWER_DONE);
		assert_int_equal(a.run, invocations[i].run);
		assert_int_equal(a.status, invocations[i].status);
		assert_true(span_is(buf_span(&a.out), invocations[i].out));
		assert_true(span_is(buf_span(&a.err), invocations[i].err));
		assert_int_equal(a.cut, invocations[i].cut);
		ssmanswer_clear(&a);
	}
}

static void
test_too_long(void **state)
{
	char *text = malloc(SSMANSWER_MAX + 10);
	struct ssmanswer a;

	(void)state;
	memset(text, ' ', SSMANSWER_MAX + 10);
	memcpy(text, "{}", 2);
	ssmanswer_read(OP_TERMINATE, 200, span_make(text, SSMANSWER_MAX), &a);
	assert_int_equal(a.word, ANSWER_DONE);
	ssmanswer_clear(&a);
	ssmanswer_read(OP_TERMINATE, 200, span_make(text, SSMANSWER_MAX + 1), &a);
	assert_int_equal(a.word, ANSWER_NONSENSE);
	ssmanswer_clear(&a);
	free(text);
}

static void
test_names(void **state)
{
	char text[64];

	(void)state;
	ssmop_target(OP_DATA_KEY, text);
	assert_string_equal(text, "TrentService.GenerateDataKey");
	ssmop_target(OP_START, text);
	assert_string_equal(text, "AmazonSSM.StartSession");
	assert_string_equal(ssmop_service(OP_DATA_KEY), "kms");
	assert_string_equal(ssmop_service(OP_CANCEL), "ssm");
	assert_string_equal(ssmop_name(OP_INVOCATION), "GetCommandInvocation");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_text_is_printable),
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_data_key),
		cmocka_unit_test(test_invocation),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
