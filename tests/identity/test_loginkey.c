#include "tests/support/unit.h"

#include "broker/identity/loginkey.h"
#include "tests/support/userkey.h"

static const char *const algorithms[] = { "ssh-ed25519", "ecdsa-sha2-nistp256",
	"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-256", "rsa-sha2-512" };

static void
each_kind_verifies_its_own_signature_only(void **state)
{
	struct buf sig;

	(void)state;
	buf_init(&sig, 4096);
	for (size_t i = 0; i < ROWS(algorithms); i++) {
		struct loginkey *k = NULL;
		struct userkey u;
		struct err err = { "" };

		userkey_make(&u, algorithms[i], 2048);
		userkey_sign(&u, span_of("bytes"), &sig);
		assert_int_equal(
		    loginkey_new(span_of(algorithms[i]), buf_span(&u.blob), &k, &err),
		    RC_OK);
		assert_true(loginkey_verify(k, buf_span(&sig), span_of("bytes")));
		assert_false(loginkey_verify(k, buf_span(&sig), span_of("Bytes")));
		assert_false(
		    loginkey_verify(k, span_make(sig.p, sig.len - 1), span_of("bytes")));
		assert_false(loginkey_verify(k, span_make(NULL, 0), span_of("bytes")));
		sig.p[sig.len / 2] ^= 4;
		assert_false(loginkey_verify(k, buf_span(&sig), span_of("bytes")));
		loginkey_free(k);
		userkey_clear(&u);
	}
	buf_clear(&sig);
}

static void
rsa_sha_1_and_2_do_not_stand_in_for_each_other(void **state)
{
	struct loginkey *k = NULL;
	struct userkey u;
	struct buf sig;

	(void)state;
	buf_init(&sig, 4096);
	userkey_make(&u, "rsa-sha2-256", 2048);
	userkey_sign(&u, span_of("bytes"), &sig);
	assert_int_equal(
	    loginkey_new(span_of("rsa-sha2-512"), buf_span(&u.blob), &k, NULL), RC_OK);
	assert_false(loginkey_verify(k, buf_span(&sig), span_of("bytes")));
	loginkey_free(k);
	buf_clear(&sig);
	userkey_clear(&u);
}

/* Every algorithm against every blob: only the pairs that belong together pass. */
static void
algorithms_belong_to_types(void **state)
{
	static const char *const others[] = { "ssh-rsa", "ssh-dss",
		"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
		"ssh-ed25519-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com",
		"", "ssh-ed2551", "ssh-ed255199" };

	(void)state;
	for (size_t i = 0; i < ROWS(algorithms); i++) {
		struct loginkey *k = NULL;
		struct userkey u;

		userkey_make(&u, algorithms[i], 2048);
		for (size_t j = 0; j < ROWS(algorithms); j++) {
			bool rsa = i >= 4 && j >= 4;
			enum rc want = i == j || rsa ? RC_OK : RC_REFUSE;

			assert_int_equal(loginkey_new(span_of(algorithms[j]),
					     buf_span(&u.blob), &k, NULL),
			    want);
			if (want == RC_OK)
				loginkey_free(k);
		}
		for (size_t j = 0; j < ROWS(others); j++)
			assert_int_equal(
			    loginkey_new(span_of(others[j]), buf_span(&u.blob), &k, NULL),
			    RC_REFUSE);
		userkey_clear(&u);
	}
}

/* No cut, longer or changed-type blob is taken; a changed point is not on its curve. */
static void
damaged_blobs_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(algorithms); i++) {
		struct span alg = span_of(algorithms[i]);
		struct loginkey *k = NULL;
		struct userkey u;

		userkey_make(&u, algorithms[i], 2048);
		for (size_t n = 0; n < u.blob.len; n++)
			assert_int_equal(
			    loginkey_new(alg, span_make(u.blob.p, n), &k, NULL),
			    RC_REFUSE);
		if (i >= 1 && i <= 3) {
			u.blob.p[u.blob.len - 1] ^= 1;
			assert_int_equal(
			    loginkey_new(alg, buf_span(&u.blob), &k, NULL), RC_REFUSE);
			u.blob.p[u.blob.len - 1] ^= 1;
		}
		buf_u8(&u.blob, 0);
		assert_int_equal(
		    loginkey_new(alg, buf_span(&u.blob), &k, NULL), RC_REFUSE);
		userkey_clear(&u);
	}
}

static void
put_rsa(struct buf *b, const uint8_t *e, size_t elen, size_t nlen, uint8_t first)
{
	uint8_t n[2100];

	memset(n, 0xff, sizeof n);
	n[0] = 0;
	n[1] = first;
	buf_reset(b);
	buf_string(b, span_of("ssh-rsa"));
	buf_string(b, span_make(e, elen));
	buf_string(b, span_make(n, nlen + 1));
}

static void
rsa_numbers_have_bounds(void **state)
{
	static const uint8_t one[] = { 1 }, even[] = { 4 }, zero[] = { 0 },
			     padded[] = { 0, 3 }, minus[] = { 0x83 },
			     good[] = { 1, 0, 1 },
			     longish[] = { 1, 0, 0, 0, 0, 0, 0, 0, 1 };
	static const struct {
		const uint8_t *e;
		size_t elen, nlen;
		uint8_t first;
		enum rc want;
	} rows[] = {
		{ good, 3, 256, 0x80, RC_OK },
		{ good, 3, 2048, 0x80, RC_OK },
		{ good, 3, 255, 0x80, RC_REFUSE },  /* 2040 bits */
		{ good, 3, 256, 0x40, RC_REFUSE },  /* padded and 2047 bits */
		{ good, 3, 2049, 0x80, RC_REFUSE }, /* 16392 bits */
		{ one, 1, 256, 0x80, RC_REFUSE },
		{ even, 1, 256, 0x80, RC_REFUSE },
		{ zero, 1, 256, 0x80, RC_REFUSE },
		{ zero, 0, 256, 0x80, RC_REFUSE },
		{ padded, 2, 256, 0x80, RC_REFUSE },
		{ minus, 1, 256, 0x80, RC_REFUSE },
		{ longish, 9, 256, 0x80, RC_REFUSE },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct loginkey *k = NULL;
		enum rc rc;

		put_rsa(&b, rows[i].e, rows[i].elen, rows[i].nlen, rows[i].first);
		rc = loginkey_new(span_of("rsa-sha2-256"), buf_span(&b), &k, NULL);
		if (rc != rows[i].want)
			fail_msg("row %zu: %s", i, rc_name(rc));
		loginkey_free(k);
	}
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_verifies_its_own_signature_only),
		cmocka_unit_test(rsa_sha_1_and_2_do_not_stand_in_for_each_other),
		cmocka_unit_test(algorithms_belong_to_types),
		cmocka_unit_test(damaged_blobs_are_refused),
		cmocka_unit_test(rsa_numbers_have_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
