/* What agent and client seal for each other, by their vectors and by ourselves. */
#include "tests/support/unit.h"

#include "broker/target/ssm_crypt.h"
#include "broker/target/ssm_frame.h"
#include "broker/target/ssm_json.h"
#include "recorder/b64.h"
#include "tests/target/vectors.h"

/* With the halves of the key in turn: the agent's side of the same session. */
static struct ssm_crypt *
side(bool agent)
{
	struct ssm_crypt *c = NULL;
	uint8_t key[SSM_KEY];

	vectors_key(agent, key);
	assert_int_equal(ssm_crypt_new(span_make(key, sizeof key), &c, NULL), RC_OK);
	return c;
}

static void
payload_of(const char *name, struct buf *frame, struct span *payload)
{
	struct ssm_frame f;

	vectors_frame(name, frame);
	assert_int_equal(ssm_frame_read(buf_span(frame), &f, NULL), RC_OK);
	*payload = f.payload;
}

static void
vectors_are_opened(void **state)
{
	static const struct {
		const char *name, *plain;
		bool agent; /* it is the one who opens */
	} rows[] = {
		{ "agent_encrypted_output", "$ ", false },
		{ "agent_encrypted_exit_code", "EXIT_CODE: 0", false },
		{ "client_encrypted_input", "whoami\r", true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct ssm_crypt *c = side(rows[i].agent),
				 *other = side(!rows[i].agent);
		struct buf frame, out;
		struct span payload;

		payload_of(rows[i].name, &frame, &payload);
		buf_init(&out, 4096);
		assert_int_equal(ssm_crypt_open(c, payload, &out, NULL), RC_OK);
		assert_true(span_is(buf_span(&out), rows[i].plain));
		assert_int_equal(ssm_crypt_open(other, payload, &out, NULL), RC_REFUSE);
		assert_true(span_is(buf_span(&out), rows[i].plain));
		buf_clear(&frame);
		buf_clear(&out);
		ssm_crypt_free(c);
		ssm_crypt_free(other);
	}
}

static void
what_is_sealed_opens_at_the_other_end_alone(void **state)
{
	struct ssm_crypt *client = side(false), *agent = side(true);
	struct buf sealed, plain;

	(void)state;
	buf_init(&sealed, 1u << 20);
	buf_init(&plain, 1u << 20);
	for (size_t n = 0; n < 3000; n += 1 + n / 7) {
		uint8_t *text = calloc(1, n + 1);

		buf_reset(&sealed);
		buf_reset(&plain);
		memset(text, (int)n, n);
		assert_int_equal(
		    ssm_crypt_seal(client, span_make(text, n), &sealed, NULL), RC_OK);
		assert_int_equal(sealed.len, n + SSM_SEALED);
		assert_int_equal(
		    ssm_crypt_open(client, buf_span(&sealed), &plain, NULL), RC_REFUSE);
		assert_int_equal(
		    ssm_crypt_open(agent, buf_span(&sealed), &plain, NULL), RC_OK);
		assert_int_equal(plain.len, n);
		assert_memory_equal(plain.p, text, n);
		free(text);
	}
	buf_clear(&sealed);
	buf_clear(&plain);
	ssm_crypt_free(client);
	ssm_crypt_free(agent);
}

static void
every_changed_or_missing_byte_is_refused(void **state)
{
	struct ssm_crypt *c = side(false);
	struct buf frame, out;
	struct span payload;
	uint8_t *copy;

	(void)state;
	payload_of("agent_encrypted_exit_code", &frame, &payload);
	buf_init(&out, 4096);
	copy = malloc(payload.len);
	for (size_t i = 0; i < payload.len; i++) {
		memcpy(copy, payload.p, payload.len);
		assert_int_equal(
		    ssm_crypt_open(c, span_make(copy, i), &out, NULL), RC_REFUSE);
		copy[i] ^= 0x80;
		assert_int_equal(
		    ssm_crypt_open(c, span_make(copy, payload.len), &out, NULL),
		    RC_REFUSE);
	}
	assert_int_equal(out.len, 0);
	/* It still opens what is whole. */
	assert_int_equal(ssm_crypt_open(c, payload, &out, NULL), RC_OK);
	free(copy);
	buf_clear(&frame);
	buf_clear(&out);
	ssm_crypt_free(c);
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 12);
}

static void
no_nonce_comes_twice(void **state)
{
	enum { N = 2000 };
	struct ssm_crypt *sides[2] = { side(false), side(false) };
	static uint8_t seen[2 * N][12];
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (unsigned i = 0; i < 2 * N; i++) {
		buf_reset(&out);
		assert_int_equal(
		    ssm_crypt_seal(sides[i / N], span_of("x"), &out, NULL), RC_OK);
		memcpy(seen[i], out.p, 12);
	}
	qsort(seen, 2 * N, 12, by_bytes);
	for (unsigned i = 1; i < 2 * N; i++)
		assert_memory_not_equal(seen[i], seen[i - 1], 12);
	buf_clear(&out);
	ssm_crypt_free(sides[0]);
	ssm_crypt_free(sides[1]);
}

/* The text that a payload {"Challenge":…} seals. */
static void
challenge_of(struct ssm_crypt *c, struct span payload, struct buf *out)
{
	json_t *j = ssm_json_object(payload, 4096);
	struct buf sealed;
	struct span text;

	assert_true(ssm_json_text(j, "Challenge", &text));
	buf_init(&sealed, 4096);
	assert_true(b64_read(&sealed, text));
	buf_init(out, 4096);
	assert_int_equal(ssm_crypt_open(c, buf_span(&sealed), out, NULL), RC_OK);
	buf_clear(&sealed);
	json_decref(j);
}

static void
a_challenge_is_answered(void **state)
{
	struct ssm_crypt *client = side(false), *agent = side(true);
	struct buf frame, ours, plain, theirs;
	struct span payload;

	(void)state;
	payload_of("agent_enc_challenge_request", &frame, &payload);
	buf_init(&ours, 4096);
	assert_int_equal(ssm_crypt_answer(client, payload, &ours, NULL), RC_OK);
	buf_clear(&frame);
	payload_of("client_enc_challenge_response", &frame, &payload);
	assert_int_equal(ours.len, payload.len);
	challenge_of(agent, buf_span(&ours), &plain);
	challenge_of(agent, payload, &theirs);
	assert_int_equal(plain.len, 64);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(plain.p[i], 0xa5);
	assert_true(span_eq(buf_span(&plain), buf_span(&theirs)));
	buf_clear(&frame);
	buf_clear(&ours);
	buf_clear(&plain);
	buf_clear(&theirs);
	ssm_crypt_free(client);
	ssm_crypt_free(agent);
}

static void
other_challenges_are_refused(void **state)
{
	static const char *const bad[] = { "", "{}", "{\"Challenge\":1}",
		"{\"Challenge\":\"\"}", "{\"Challenge\":\"****\"}",
		"{\"Challenge\":\"AAAA\"}",
		"{\"Challenge\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}" };
	struct ssm_crypt *c = side(false);
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_int_equal(
		    ssm_crypt_answer(c, span_of(bad[i]), &out, NULL), RC_REFUSE);
	assert_int_equal(out.len, 0);
	buf_clear(&out);
	ssm_crypt_free(c);
}

static void
keys_of_another_length_and_full_buffers(void **state)
{
	struct ssm_crypt *c = NULL;
	uint8_t key[SSM_KEY + 1] = { 0 }, room[40];
	struct buf out;

	(void)state;
	assert_int_equal(ssm_crypt_new(span_make(key, 63), &c, NULL), RC_REFUSE);
	assert_int_equal(ssm_crypt_new(span_make(key, 65), &c, NULL), RC_REFUSE);
	assert_null(c);
	ssm_crypt_free(NULL);
	c = side(false);
	buf_over(&out, room, sizeof room);
	assert_int_equal(ssm_crypt_seal(c, span_make(key, 12), &out, NULL), RC_FAIL);
	assert_int_equal(out.len, 0);
	assert_true(buf_ok(&out));
	assert_int_equal(ssm_crypt_seal(c, span_make(key, 11), &out, NULL), RC_OK);
	ssm_crypt_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_are_opened),
		cmocka_unit_test(what_is_sealed_opens_at_the_other_end_alone),
		cmocka_unit_test(every_changed_or_missing_byte_is_refused),
		cmocka_unit_test(no_nonce_comes_twice),
		cmocka_unit_test(a_challenge_is_answered),
		cmocka_unit_test(other_challenges_are_refused),
		cmocka_unit_test(keys_of_another_length_and_full_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
