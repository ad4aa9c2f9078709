/* The handshake's payloads by their vectors, and what agents might say else. */
#include "tests/support/unit.h"

#include "broker/target/ssm_frame.h"
#include "broker/target/ssm_handshake.h"
#include "tests/target/vectors.h"

static const char client_version[] = "1.2.677.0";

static struct span
payload_of(const char *name, struct buf *frame)
{
	struct ssm_frame f;

	vectors_frame(name, frame);
	assert_int_equal(ssm_frame_read(buf_span(frame), &f, NULL), RC_OK);
	return f.payload;
}

static struct ssm_request
request(const char *name)
{
	struct ssm_request r;
	struct buf frame;
	struct span payload = payload_of(name, &frame);

	assert_int_equal(ssm_request_read(payload, &r, NULL), RC_OK);
	buf_clear(&frame);
	return r;
}

static struct ssm_request
request_text(const char *text)
{
	struct ssm_request r;

	assert_int_equal(ssm_request_read(span_of(text), &r, NULL), RC_OK);
	return r;
}

static void
requests_of_all_kinds_are_read(void **state)
{
	static const struct {
		const char *name;
		enum ssm_session session;
		const char *host, *port, *type;
		bool kms;
	} rows[] = {
		{ "agent_handshake_request_nonint", SSM_BATCH, "", "", "", false },
		{ "agent_handshake_request_shell_kms", SSM_SHELL, "", "", "", true },
		{ "agent_handshake_request_port", SSM_PORT, "", "5432",
		    "LocalPortForwarding", false },
		{ "agent_handshake_request_port_remote", SSM_PORT, "db.internal",
		    "5432", "LocalPortForwarding", false },
		{ "agent_handshake_request_ssh", SSM_PORT, "", "22", "", false },
	};
	static const struct agentversion version = { { 3, 3, 987, 0 } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct ssm_request r = request(rows[i].name);

		assert_int_equal(agentversion_compare(&r.agent, &version), 0);
		assert_int_equal(r.session, rows[i].session);
		assert_string_equal(r.host, rows[i].host);
		assert_string_equal(r.port, rows[i].port);
		assert_string_equal(r.type, rows[i].type);
		assert_int_equal(r.kms, rows[i].kms);
		assert_int_equal(r.n_actions, rows[i].kms ? 2 : 1);
	}
}

static void
kms_is_taken_verbatim(void **state)
{
	struct ssm_request r = request("agent_handshake_request_shell_kms");

	(void)state;
	assert_string_equal(r.kms_key, "arn:aws:kms:us-east-1:111122223333:key/"
				       "1234abcd-12ab-34cd-56ef-1234567890ab");
	assert_string_equal(r.challenge, "AAECAwQFBgcICQoLDA0ODw==");
}

#define SESSION(parameters)                                                            \
	"{\"RequestedClientActions\":[{\"ActionType\":\"SessionType\","                \
	"\"ActionParameters\":" parameters "}]}"

static void
requests_are_read_leniently(void **state)
{
	struct ssm_request r;

	(void)state;
	r = request_text(
	    SESSION("{\"SessionType\":\"InteractiveCommands\",\"New\":[1]}"));
	assert_int_equal(r.session, SSM_COMMAND);
	assert_int_equal(r.agent.part[0], 0);
	r = request_text(SESSION("{\"SessionType\":\"Standard_Stream\","
				 "\"Properties\":{\"host\":{},\"portNumber\":22}}"));
	assert_int_equal(r.session, SSM_SHELL);
	r = request_text(
	    SESSION("{\"SessionType\":\"\\u0050ort\",\"Properties\":{"
		    "\"host\":\"\\u003ca\\u003e\",\"portNumber\":\"1\"}}"));
	assert_int_equal(r.session, SSM_PORT);
	assert_string_equal(r.host, "<a>");
	r = request_text(SESSION("{\"SessionType\":\"Foo\"}"));
	assert_int_equal(r.session, SSM_UNKNOWN);
	assert_string_equal(r.session_name, "Foo");
	r = request_text(SESSION("null"));
	assert_int_equal(r.session, SSM_UNKNOWN);
	r = request_text("{\"AgentVersion\":\"new\",\"RequestedClientActions\":"
			 "[{\"ActionType\":\"Dance\"}]}");
	assert_int_equal(r.actions[0].what, SSM_ASKS_OTHER);
	assert_string_equal(r.actions[0].name, "Dance");
}

#define KMS(parameters)                                                                \
	"{\"ActionType\":\"KMSEncryption\",\"ActionParameters\":" parameters "}"
#define ACTIONS(list) "{\"RequestedClientActions\":[" list "]}"
#define D "{\"ActionType\":\"D\"}"

static void
malformed_requests_are_refused(void **state)
{
	static const char *const bad[] = { "", "[]", "{}",
		"{\"RequestedClientActions\":{}}", ACTIONS(""), ACTIONS("1"),
		ACTIONS("{\"ActionType\":1}"),
		ACTIONS("{\"ActionType\":\"a\\u0000b\"}"),
		ACTIONS(D "," D "," D "," D "," D "," D "," D "," D "," D),
		ACTIONS(KMS("{}")), ACTIONS(KMS("null")),
		ACTIONS(KMS("{\"KMSKeyId\":\"\"}")),
		ACTIONS(KMS("{\"KMSKeyId\":\"k\",\"Challenge\":7}")),
		ACTIONS(KMS("{\"KMSKeyId\":\"k\"}") "," KMS("{\"KMSKeyId\":\"k\"}")),
		SESSION("{\"SessionType\":7}"),
		SESSION("{\"SessionType\":\"Port\",\"Properties\":[]}"),
		SESSION(
		    "{\"SessionType\":\"Port\",\"Properties\":{\"portNumber\":22}}"),
		SESSION("{\"SessionType\":\"Port\",\"Properties\":{\"host\":"
			"\"a\\u0000\"}}") };
	struct ssm_request r = { .n_actions = 77 };
	struct buf b;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++)
		if (ssm_request_read(span_of(bad[i]), &r, NULL) != RC_REFUSE)
			fail_msg("%s", bad[i]);
	buf_init(&b, 8192);
	buf_text(&b, "{\"RequestedClientActions\":[{\"ActionType\":\"KMSEncryption\","
		     "\"ActionParameters\":{\"KMSKeyId\":\"");
	for (unsigned i = 0; i < 2049; i++)
		buf_u8(&b, 'k');
	buf_text(&b, "\"}}]}");
	assert_int_equal(ssm_request_read(buf_span(&b), &r, NULL), RC_REFUSE);
	assert_int_equal(r.n_actions, 77);
	buf_clear(&b);
}

static void
answers(
    struct ssm_request *r, const struct ssm_done *done, bool good, const char *vector)
{
	bool is_good = !good;
	struct buf out, frame;
	struct span want = payload_of(vector, &frame);

	buf_init(&out, 65536);
	assert_int_equal(ssm_request_answer(r, done, &out, &is_good, NULL), RC_OK);
	if (!span_eq(buf_span(&out), want))
		fail_msg("%s: %s", vector, buf_cstr(&out));
	assert_int_equal(is_good, good);
	buf_clear(&out);
	buf_clear(&frame);
}

static void
responses_are_those_of_clients(void **state)
{
	struct ssm_done done = { .client_version = client_version };
	struct ssm_request r = request("agent_handshake_request_nonint");

	(void)state;
	answers(&r, &done, true, "client_handshake_response");
	r = request_text(SESSION("{\"SessionType\":\"Foo\"}"));
	answers(&r, &done, false, "client_handshake_response_failed");
	r = request("agent_handshake_request_shell_kms");
	done.cipher = "Y2lwaGVydGV4dC1ibG9iLW9mLWRhdGEta2V5";
	answers(&r, &done, true, "client_handshake_response_kms_challenge");
	r.challenge[0] = '\0';
	answers(&r, &done, true, "client_handshake_response_kms");
}

static void
says(const struct ssm_request *r, const struct ssm_done *done, const char *want)
{
	struct buf out;
	bool good = true;

	buf_init(&out, 65536);
	assert_int_equal(ssm_request_answer(r, done, &out, &good, NULL), RC_OK);
	assert_string_equal(buf_cstr(&out), want);
	assert_false(good);
	buf_clear(&out);
}

static void
failures_are_named(void **state)
{
	struct ssm_done done = { .client_version = client_version,
		.kms_error = "no \"key\"" };
	struct ssm_request r = request("agent_handshake_request_shell_kms");

	(void)state;
	says(&r, &done,
	    "{\"ClientVersion\":\"1.2.677.0\",\"ProcessedClientActions\":[{"
	    "\"ActionType\":"
	    "\"SessionType\",\"ActionStatus\":1,\"ActionResult\":null,\"Error\":\"\"},{"
	    "\"ActionType\":\"KMSEncryption\",\"ActionStatus\":2,\"ActionResult\":null,"
	    "\"Error\":\"Failed to process action KMSEncryption: no \\\"key\\\"\"}],"
	    "\"Errors\":[\"no \\\"key\\\"\"]}");
	r = request_text(ACTIONS("{\"ActionType\":\"Dance\"}," D));
	says(&r, &done,
	    "{\"ClientVersion\":\"1.2.677.0\",\"ProcessedClientActions\":[{"
	    "\"ActionType\":"
	    "\"Dance\",\"ActionStatus\":3,\"ActionResult\":null,\"Error\":\"Failed to "
	    "process "
	    "action Dance: Unsupported action Dance\"},{\"ActionType\":\"D\","
	    "\"ActionStatus\":3,\"ActionResult\":null,\"Error\":\"Failed to process "
	    "action D: "
	    "Unsupported action D\"}],\"Errors\":[\"Unsupported action Dance\","
	    "\"Unsupported action D\"]}");
	r = request("agent_handshake_request_port");
	done.refused = "another port was asked for";
	says(&r, &done,
	    "{\"ClientVersion\":\"1.2.677.0\",\"ProcessedClientActions\":[{"
	    "\"ActionType\":"
	    "\"SessionType\",\"ActionStatus\":2,\"ActionResult\":null,\"Error\":"
	    "\"Failed to "
	    "process action SessionType: another port was asked for\"}],"
	    "\"Errors\":[\"another port was asked for\"]}");
}

static void
a_full_buffer_is_no_answer(void **state)
{
	struct ssm_done done = { .client_version = client_version };
	struct ssm_request r = request("agent_handshake_request_nonint");
	bool good = false;
	uint8_t room[64];
	struct buf out;

	(void)state;
	buf_over(&out, room, sizeof room);
	assert_int_equal(ssm_request_answer(&r, &done, &out, &good, NULL), RC_FAIL);
	assert_false(good);
}

static void
completion_may_have_a_message(void **state)
{
	struct buf frame, out;

	(void)state;
	buf_init(&out, 64);
	assert_true(
	    ssm_complete_read(payload_of("agent_handshake_complete", &frame), &out));
	assert_int_equal(out.len, 0);
	buf_clear(&frame);
	assert_true(ssm_complete_read(
	    payload_of("agent_handshake_complete_kms", &frame), &out));
	assert_string_equal(buf_cstr(&out), "This session is encrypted using AWS KMS.");
	buf_clear(&frame);
	assert_false(ssm_complete_read(span_of("nothing"), &out));
	assert_true(ssm_complete_read(
	    span_of("{\"CustomerMessage\":\"0123456789012345678901234567890\"}"),
	    &out));
	assert_int_equal(out.len, 64);
	buf_clear(&out);
}

static void
exit_codes_are_one_number(void **state)
{
	static const struct {
		const char *text;
		int32_t code;
	} rows[] = {
		{ "EXIT_CODE: 127", 127 },
		{ "EXIT_CODE: 0", 0 },
		{ "EXIT_CODE:7", 7 },
		{ "  EXIT_CODE:   -1", -1 },
		{ "EXIT_CODE: 2147483647", INT32_MAX },
		{ "EXIT_CODE: -2147483648", INT32_MIN },
	};
	static const char *const bad[] = { "", "EXIT_CODE",
		"EXIT_CODE:", "EXIT_CODE: ", "EXIT_CODE: -", "EXIT_CODE: x",
		"EXIT_CODE: 1 ", "EXIT_CODE: 1\n", "EXIT_CODE: --1", "EXIT_CODE: +1",
		"EXIT_CODE: 2147483648", "EXIT_CODE: -2147483649",
		"EXIT_CODE: 00000000000", "exit_code: 1", "1" };
	int32_t code = 77;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++)
		if (ssm_exit_read(span_of(bad[i]), &code))
			fail_msg("%s", bad[i]);
	assert_int_equal(code, 77);
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_true(ssm_exit_read(span_of(rows[i].text), &code));
		assert_int_equal(code, rows[i].code);
	}
}

static void
flags_and_sizes(void **state)
{
	static const uint8_t unreached[] = { 0, 0, 0, 3 };
	uint8_t flag[SSM_FLAG_LEN];
	char size[SSM_SIZE_ROOM];
	struct buf frame;
	uint32_t v = 0;

	(void)state;
	ssm_flag_write(SSM_TERMINATE, flag);
	assert_true(span_eq(
	    span_make(flag, 4), payload_of("client_flag_terminate_session", &frame)));
	buf_clear(&frame);
	assert_true(ssm_flag_read(span_make(unreached, 4), &v));
	assert_int_equal(v, SSM_UNREACHED);
	assert_false(ssm_flag_read(span_make(unreached, 3), &v));
	assert_false(ssm_flag_read(span_of("12345"), &v));
	assert_int_equal(ssm_size_write(120, 40, size), 22);
	assert_true(span_is(payload_of("client_size", &frame), size));
	buf_clear(&frame);
	ssm_size_write(0, UINT32_MAX, size);
	assert_string_equal(size, "{\"cols\":1,\"rows\":65535}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_of_all_kinds_are_read),
		cmocka_unit_test(kms_is_taken_verbatim),
		cmocka_unit_test(requests_are_read_leniently),
		cmocka_unit_test(malformed_requests_are_refused),
		cmocka_unit_test(responses_are_those_of_clients),
		cmocka_unit_test(failures_are_named),
		cmocka_unit_test(a_full_buffer_is_no_answer),
		cmocka_unit_test(completion_may_have_a_message),
		cmocka_unit_test(exit_codes_are_one_number),
		cmocka_unit_test(flags_and_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
