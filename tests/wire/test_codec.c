#include "tests/support/unit.h"

#include "lib/wire/codec.h"

static void
every_message_survives_the_trip_empty_or_is_refused(void **state)
{
	(void)state;
	for (int type = 1; type < MSG_COUNT; type++) {
		union msg_any *m = calloc(1, sizeof *m),
			      *back = calloc(1, sizeof *back);
		struct buf b;
		enum rc rc;

		buf_init(&b, 200000);
		rc = codec_encode((enum msg)type, m, &b, NULL);
		if (rc == RC_OK) {
			assert_int_equal(
			    codec_decode((enum msg)type, buf_span(&b), back, NULL),
			    RC_OK);
			/* one byte more is one too many */
			buf_u8(&b, 0);
			assert_int_equal(
			    codec_decode((enum msg)type, buf_span(&b), back, NULL),
			    RC_REFUSE);
		}
		assert_string_not_equal(codec_name((enum msg)type), "?");
		buf_clear(&b);
		free(m);
		free(back);
	}
	assert_string_equal(codec_name(MSG_COUNT), "?");
	assert_string_equal(codec_name(0), "?");
}

static void
values_come_back_as_they_went(void **state)
{
	struct msg_exec_ask *m = calloc(1, sizeof *m);
	union msg_any *back = calloc(1, sizeof *back);
	struct buf b;

	(void)state;
	*m = (struct msg_exec_ask){ .form = FORM_ARGV,
		.pty = 1,
		.columns = 80,
		.rows = 24,
		.reason = span_of("why") };
	m->argv.n = 2;
	m->argv.v[0] = span_of("aws");
	m->argv.v[1] = span_of("");
	buf_init(&b, 1000);
	assert_int_equal(codec_encode(MSG_EXEC_ASK, m, &b, NULL), RC_OK);
	assert_int_equal(codec_decode(MSG_EXEC_ASK, buf_span(&b), back, NULL), RC_OK);
	assert_int_equal(back->exec_ask.form, FORM_ARGV);
	assert_int_equal(back->exec_ask.argv.n, 2);
	assert_true(span_is(back->exec_ask.argv.v[0], "aws"));
	assert_int_equal(back->exec_ask.argv.v[1].len, 0);
	assert_true(span_is(back->exec_ask.reason, "why"));
	assert_int_equal(back->exec_ask.rows, 24);
	/* each truncation is refused */
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(
		    codec_decode(MSG_EXEC_ASK, span_make(b.p, n), back, NULL),
		    RC_REFUSE);
	buf_clear(&b);
	free(m);
	free(back);
}

static void
bounds_hold_both_ways(void **state)
{
	struct msg_auth_try t = { .user = span_make("alice\0evil", 10) };
	struct msg_seal seal = { .spk = span_of("short") };
	struct msg_open_rec rec = { 0 };
	struct msg_call_says says = { .policy = span_of("too short") };
	struct err err;
	struct buf b;
	union msg_any *m = calloc(1, sizeof *m);

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(codec_encode(MSG_AUTH_TRY, &t, &b, &err), RC_REFUSE);
	assert_string_equal(err.text, "message AUTH_TRY: field user does not fit");
	assert_int_equal(codec_encode(MSG_SEAL, &seal, &b, &err), RC_REFUSE);
	assert_int_equal(codec_encode(MSG_OPEN_REC, &rec, &b, &err), RC_REFUSE);
	assert_int_equal(codec_encode(MSG_CALL_SAYS, &says, &b, &err), RC_REFUSE);
	assert_string_equal(err.text, "message CALL_SAYS: field policy does not fit");
	assert_int_equal(codec_encode((enum msg)0, &rec, &b, &err), RC_REFUSE);
	assert_int_equal(codec_encode((enum msg)MSG_COUNT, &rec, &b, &err), RC_REFUSE);
	/* a user name with a NUL, from a peer that does not check */
	buf_reset(&b);
	buf_u8(&b, 0);
	buf_string(&b, t.user);
	for (int i = 0; i < 3; i++)
		buf_string(&b, span_of(""));
	buf_u8(&b, 0);
	buf_u32(&b, 0);
	assert_int_equal(codec_decode(MSG_AUTH_TRY, buf_span(&b), m, &err), RC_REFUSE);
	assert_string_equal(err.text, "message AUTH_TRY: field user is malformed");
	/* a list that claims to be endless */
	buf_reset(&b);
	buf_u32(&b, 0xffffffff);
	assert_int_equal(codec_decode(MSG_VERB, buf_span(&b), m, &err), RC_REFUSE);
	buf_clear(&b);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_survives_the_trip_empty_or_is_refused),
		cmocka_unit_test(values_come_back_as_they_went),
		cmocka_unit_test(bounds_hold_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
