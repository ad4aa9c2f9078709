/* Acknowledgements: our form to the byte, theirs in any form. */
#include "tests/support/unit.h"

#include "broker/target/ssm_ack.h"
#include "tests/target/vectors.h"

static void
ours_is_the_form_that_agents_know(void **state)
{
	struct ssm_ack a = { .type = SSM_OUTPUT, .sequence = 42 }, back;
	char out[SSM_ACK_ROOM];
	struct ssm_frame f;
	struct buf bytes;
	size_t n;

	(void)state;
	vectors_frame("agent_output", &bytes);
	assert_int_equal(ssm_frame_read(buf_span(&bytes), &f, NULL), RC_OK);
	memcpy(a.id, f.id, sizeof a.id);
	buf_clear(&bytes);
	vectors_frame("client_acknowledge", &bytes);
	assert_int_equal(ssm_frame_read(buf_span(&bytes), &f, NULL), RC_OK);
	n = ssm_ack_write(&a, out);
	assert_true(span_eq(span_make(out, n), f.payload));
	assert_int_equal(ssm_ack_read(span_make(out, n), &back, NULL), RC_OK);
	assert_memory_equal(&a, &back, sizeof a);
	buf_clear(&bytes);
}

static void
the_longest_fits(void **state)
{
	struct ssm_ack a = { .type = SSM_OUTPUT, .sequence = INT64_MIN }, back;
	char out[SSM_ACK_ROOM];
	size_t n;

	(void)state;
	memset(a.id, 0xff, sizeof a.id);
	n = ssm_ack_write(&a, out);
	assert_true(n < SSM_ACK_ROOM);
	assert_int_equal(out[n - 1], '}');
	assert_int_equal(ssm_ack_read(span_make(out, n), &back, NULL), RC_OK);
	assert_true(back.sequence == INT64_MIN);
}

static void
an_agents_is_read(void **state)
{
	struct ssm_frame f;
	struct ssm_ack a;
	struct buf bytes;

	(void)state;
	vectors_frame("agent_acknowledge", &bytes);
	assert_int_equal(ssm_frame_read(buf_span(&bytes), &f, NULL), RC_OK);
	assert_int_equal(ssm_ack_read(f.payload, &a, NULL), RC_OK);
	assert_int_equal(a.type, SSM_INPUT);
	assert_int_equal(a.sequence, 7);
	assert_int_equal(a.id[0], 0xaa);
	buf_clear(&bytes);
}

static void
a_number_is_all_that_it_needs(void **state)
{
	struct ssm_ack a;

	(void)state;
	assert_int_equal(
	    ssm_ack_read(
		span_of(" { \"x\": [1], \"AcknowledgedMessageSequenceNumber\": 3,"
			"\"AcknowledgedMessageId\":\"none\"}"),
		&a, NULL),
	    RC_OK);
	assert_int_equal(a.sequence, 3);
	assert_int_equal(a.type, SSM_OTHER);
	assert_int_equal(a.id[0], 0);
}

static void
others_are_refused(void **state)
{
	static const char *const bad[] = { "", "{}", "[]", "{",
		"{\"AcknowledgedMessageSequenceNumber\":\"3\"}",
		"{\"AcknowledgedMessageSequenceNumber\":3.5}",
		"{\"AcknowledgedMessageSequenceNumber\":null}",
		"{\"AcknowledgedMessageSequenceNumber\":99999999999999999999}" };
	struct ssm_ack a = { .sequence = 77 };
	char *longer = malloc(SSM_ACK_MAX + 1);

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_int_equal(ssm_ack_read(span_of(bad[i]), &a, NULL), RC_REFUSE);
	memset(longer, ' ', SSM_ACK_MAX + 1);
	memcpy(longer, "{\"AcknowledgedMessageSequenceNumber\":3}", 39);
	assert_int_equal(
	    ssm_ack_read(span_make(longer, SSM_ACK_MAX + 1), &a, NULL), RC_REFUSE);
	assert_int_equal(a.sequence, 77);
	assert_int_equal(ssm_ack_read(span_make(longer, SSM_ACK_MAX), &a, NULL), RC_OK);
	free(longer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours_is_the_form_that_agents_know),
		cmocka_unit_test(the_longest_fits),
		cmocka_unit_test(an_agents_is_read),
		cmocka_unit_test(a_number_is_all_that_it_needs),
		cmocka_unit_test(others_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
