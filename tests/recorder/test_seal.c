#include "tests/support/unit.h"

#include <sodium.h>

#include "recorder/chunk.h"
#include "recorder/seal.h"
#include "recorder/trust.h"

static const uint8_t sid[16] = { 9, 8, 7 }, h[32] = { 6, 5, 4 };

struct fixture {
	struct keyfile *device;
	struct secret *sk;
	uint8_t spk[32];
	struct buf open, seal, footer;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct seal s = { .chunks = 3, .offset = 0x0102030405060708 };
	struct seal_footer t = {
		.status = SEAL_POLICY, .chunks = 4, .offset = 99, .plain_total = 77
	};
	struct seal_open o;

	assert_int_equal(
	    keyfile_new(KEYFILE_DEVICE, span_of("b"), &f->device, NULL), RC_OK);
	assert_int_equal(secret_new(64, &f->sk, NULL), RC_OK);
	crypto_sign_keypair(f->spk, secret_bytes(f->sk));
	memcpy(o.sid, sid, 16);
	memcpy(o.spk, f->spk, 32);
	memcpy(o.h1, h, 32);
	assert_int_equal(
	    seal_certify(f->device, sid, f->spk, h, o.dkid, o.sig, NULL), RC_OK);
	memcpy(s.h, h, 32);
	memcpy(t.h, h, 32);
	t.index = span_make("an index of some bytes", 22);
	buf_init(&f->open, 1000);
	buf_init(&f->seal, 1000);
	buf_init(&f->footer, 1000);
	seal_open_put(&o, &f->open);
	assert_int_equal(seal_put(&s, sid, f->sk, &f->seal, NULL), RC_OK);
	assert_int_equal(seal_footer_put(&t, sid, f->sk, &f->footer, NULL), RC_OK);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	keyfile_free(f->device);
	secret_free(f->sk);
	buf_clear(&f->open);
	buf_clear(&f->seal);
	buf_clear(&f->footer);
	free(f);
	return 0;
}

static void
what_is_put_is_parsed_and_verified(void **state)
{
	struct fixture *f = *state;
	struct seal_open o;
	struct seal s;
	struct seal_footer t;
	uint8_t dkid[8];

	assert_int_equal(f->open.len, SEAL_OPEN_LEN);
	assert_int_equal(f->seal.len, SEAL_LEN);
	assert_int_equal(seal_open_parse(buf_span(&f->open), &o, NULL), RC_OK);
	assert_memory_equal(o.sid, sid, 16);
	assert_memory_equal(o.spk, f->spk, 32);
	assert_memory_equal(o.h1, h, 32);
	assert_int_equal(trust_dkid(keyfile_public(f->device), dkid, NULL), RC_OK);
	assert_memory_equal(o.dkid, dkid, 8);
	assert_int_equal(seal_open_verify(&o, keyfile_public(f->device), NULL), RC_OK);
	assert_int_equal(seal_parse(buf_span(&f->seal), &s, NULL), RC_OK);
	assert_true(s.chunks == 3 && s.offset == 0x0102030405060708);
	assert_int_equal(f->seal.p[16], 8); /* little endian */
	assert_int_equal(seal_verify(buf_span(&f->seal), sid, f->spk, NULL), RC_OK);
	assert_int_equal(seal_footer_parse(buf_span(&f->footer), &t, NULL), RC_OK);
	assert_true(t.status == SEAL_POLICY && t.chunks == 4 && t.offset == 99 &&
		    t.plain_total == 77 && span_is(t.index, "an index of some bytes"));
	assert_int_equal(
	    seal_footer_verify(buf_span(&f->footer), sid, f->spk, NULL), RC_OK);
}

static enum rc
judge_open(struct fixture *f)
{
	struct seal_open o;
	enum rc rc = seal_open_parse(buf_span(&f->open), &o, NULL);

	return rc == RC_OK ? seal_open_verify(&o, keyfile_public(f->device), NULL) : rc;
}

static enum rc
judge_seal(struct fixture *f)
{
	struct seal s;
	enum rc rc = seal_parse(buf_span(&f->seal), &s, NULL);

	return rc == RC_OK ? seal_verify(buf_span(&f->seal), sid, f->spk, NULL) : rc;
}

static enum rc
judge_footer(struct fixture *f)
{
	struct seal_footer t;
	enum rc rc = seal_footer_parse(buf_span(&f->footer), &t, NULL);

	return rc == RC_OK ? seal_footer_verify(buf_span(&f->footer), sid, f->spk, NULL)
			   : rc;
}

static void
no_changed_bit_is_taken(void **state)
{
	struct fixture *f = *state;
	const struct {
		struct buf *b;
		enum rc (*judge)(struct fixture *f);
	} rows[] = { { &f->open, judge_open }, { &f->seal, judge_seal },
		{ &f->footer, judge_footer } };

	for (size_t r = 0; r < ROWS(rows); r++) {
		assert_int_equal(rows[r].judge(f), RC_OK);
		for (size_t i = 0; i < rows[r].b->len * 8; i++) {
			rows[r].b->p[i / 8] ^= (uint8_t)(1u << i % 8);
			if (rows[r].judge(f) != RC_REFUSE)
				fail_msg("record %zu, bit %zu", r, i);
			rows[r].b->p[i / 8] ^= (uint8_t)(1u << i % 8);
		}
		while (rows[r].b->len-- > 0)
			assert_int_equal(rows[r].judge(f), RC_REFUSE);
	}
}

static void
one_record_never_stands_for_another(void **state)
{
	struct fixture *f = *state;
	struct seal_open o;
	struct seal s;
	struct seal_footer t;
	uint8_t other[16] = { 1 };

	assert_int_equal(seal_parse(buf_span(&f->open), &s, NULL), RC_REFUSE);
	assert_int_equal(seal_open_parse(buf_span(&f->seal), &o, NULL), RC_REFUSE);
	assert_int_equal(seal_footer_parse(buf_span(&f->seal), &t, NULL), RC_REFUSE);
	assert_int_equal(seal_footer_parse(buf_span(&f->open), &t, NULL), RC_REFUSE);
	/* Another session's, or a seal's signature read as a footer's. */
	assert_int_equal(
	    seal_verify(buf_span(&f->seal), other, f->spk, NULL), RC_REFUSE);
	assert_int_equal(
	    seal_footer_verify(buf_span(&f->seal), sid, f->spk, NULL), RC_REFUSE);
	assert_int_equal(
	    seal_verify(buf_span(&f->footer), sid, f->spk, NULL), RC_REFUSE);
	assert_int_equal(seal_verify(span_make("x", 1), sid, f->spk, NULL), RC_REFUSE);
	assert_int_equal(
	    seal_verify(buf_span(&f->seal), sid, keyfile_public(f->device), NULL),
	    RC_REFUSE);
}

static void
only_a_device_key_certifies(void **state)
{
	struct fixture *f = *state;
	struct keyfile *admin = NULL;
	uint8_t dkid[8], sig[64];

	assert_int_equal(keyfile_new(KEYFILE_ADMIN, span_of("a"), &admin, NULL), RC_OK);
	assert_int_equal(
	    seal_certify(admin, sid, f->spk, h, dkid, sig, NULL), RC_REFUSE);
	keyfile_free(admin);
}

static void
no_room_is_a_failure(void **state)
{
	struct fixture *f = *state;
	struct seal s = { .chunks = 1 };
	struct buf small;

	buf_init(&small, SEAL_LEN - 1);
	assert_int_equal(seal_put(&s, sid, f->sk, &small, NULL), RC_FAIL);
	buf_clear(&small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    what_is_put_is_parsed_and_verified, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    no_changed_bit_is_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    one_record_never_stands_for_another, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    only_a_device_key_certifies, setup, teardown),
		cmocka_unit_test_setup_teardown(no_room_is_a_failure, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
