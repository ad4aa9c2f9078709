#include "tests/support/unit.h"

#include <sodium.h>

#include "broker/identity/loginkey.h"
#include "lib/model/pubkey.h"
#include "tests/support/keys.h"
#include "tests/support/userkey.h"

static const char *const algorithms[] = { "ssh-ed25519", "ecdsa-sha2-nistp256",
	"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-256", "rsa-sha2-512",
	"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com" };
#define PLAIN 6 /* so many are no security keys */
#define RSA(i) ((i) == 4 || (i) == 5)

static void
each_kind_verifies_its_own_signature_only(void **state)
{
	struct buf sig;

	(void)state;
	buf_init(&sig, 4096);
	for (size_t i = 0; i < PLAIN; i++) {
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
		assert_false(loginkey_verify(
		    k, span_make(sig.p, sig.len - 1), span_of("bytes")));
		assert_false(loginkey_verify(k, span_make(NULL, 0), span_of("bytes")));
		sig.p[sig.len / 2] ^= 4;
		assert_false(loginkey_verify(k, buf_span(&sig), span_of("bytes")));
		loginkey_free(k);
		userkey_clear(&u);
	}
	buf_clear(&sig);
}

static void
security_keys_verify_with_their_flags_and_counter(void **state)
{
	struct loginkey *p = NULL;
	struct userkey plain;
	uint8_t text[69] = { 0 };
	struct buf sig;

	(void)state;
	buf_init(&sig, 4096);
	for (size_t i = PLAIN; i < ROWS(algorithms); i++) {
		struct span bytes = span_of("bytes"), s;
		struct loginkey *k = NULL;
		struct userkey u;

		assert_true(loginkey_algorithm_sk(span_of(algorithms[i])));
		userkey_make(&u, algorithms[i], 0);
		assert_int_equal(
		    loginkey_new(span_of(algorithms[i]), buf_span(&u.blob), &k, NULL),
		    RC_OK);
		userkey_sign_sk(&u, bytes, 0x85, 0x01020304, &sig);
		s = buf_span(&sig);
		assert_true(loginkey_verify_sk(k, s, bytes, 0x85, 0x01020304));
		assert_false(loginkey_verify_sk(k, s, bytes, 0x84, 0x01020304));
		assert_false(loginkey_verify_sk(k, s, bytes, 0x85, 0x04030201));
		assert_false(
		    loginkey_verify_sk(k, s, span_of("Bytes"), 0x85, 0x01020304));
		assert_false(loginkey_verify_sk(
		    k, span_make(s.p, s.len - 1), bytes, 0x85, 0x01020304));
		assert_false(
		    loginkey_verify_sk(k, span_make(NULL, 0), bytes, 0x85, 0x01020304));
		/* As plain keys do it, it is nobody's signature. */
		assert_false(loginkey_verify(k, s, bytes));
		userkey_sign(&u, bytes, &sig);
		assert_false(loginkey_verify(k, buf_span(&sig), bytes));
		assert_false(loginkey_verify_sk(k, buf_span(&sig), bytes, 0, 0));
		loginkey_free(k);
		userkey_clear(&u);
	}
	for (size_t i = 0; i < PLAIN; i++)
		assert_false(loginkey_algorithm_sk(span_of(algorithms[i])));
	/* What looks like one, by a plain key: the application's hash all zeroes. */
	userkey_make(&plain, "ssh-ed25519", 0);
	crypto_hash_sha256(text + 37, (const uint8_t *)"bytes", 5);
	text[32] = 1;
	userkey_sign(&plain, span_make(text, sizeof text), &sig);
	assert_int_equal(
	    loginkey_new(span_of("ssh-ed25519"), buf_span(&plain.blob), &p, NULL),
	    RC_OK);
	assert_true(loginkey_verify(p, buf_span(&sig), span_make(text, sizeof text)));
	assert_false(loginkey_verify_sk(p, buf_span(&sig), span_of("bytes"), 1, 0));
	loginkey_free(p);
	userkey_clear(&plain);
	buf_clear(&sig);
}

/* Made by ssh-keygen -Y sign with a security key that is none, over what SSHSIG makes of
 * the text; other people's code and keys, so that both of ours cannot be wrong alike. */
static void
a_signature_of_openssh_verifies(void **state)
{
	static const struct {
		const char *line, *sig;
		uint8_t flags;
		uint32_t counter;
	} rows[] = {
		{ KEY_SK_ED25519,
		    "16a5d224d845f768c6a0f5b603045e3670a050512f44da1f5e1f858d"
		    "044fcd94d509ee10897d95079f5492772e2366684ef27abb6fdcb162"
		    "f343e78e27fba209",
		    5, 0x01020304 },
		{ KEY_SK_P256,
		    "304502200f67663546efad77d217f0f583f542a030be45880d218967"
		    "c85affbc3a8620b9022100d682e1e1365d9e42ad5c1f3fbeab3baf1c"
		    "496eb1750305cf5b2735c4d9af2cbb",
		    1, 7 },
	};
	uint8_t sig[80], hash[64];
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	crypto_hash_sha512(hash, (const uint8_t *)"hello", 5);
	buf_text(&b, "SSHSIG"); /* OpenSSH's PROTOCOL.sshsig */
	buf_string(&b, span_of("file"));
	buf_string(&b, span_of(""));
	buf_string(&b, span_of("sha512"));
	buf_string(&b, span_make(hash, sizeof hash));
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct loginkey *k = NULL;
		struct pubkey p;
		size_t n;

		assert_int_equal(sodium_hex2bin(sig, sizeof sig, rows[i].sig,
				     strlen(rows[i].sig), NULL, &n, NULL),
		    0);
		assert_int_equal(pubkey_parse(span_of(rows[i].line), &p, NULL), RC_OK);
		assert_int_equal(
		    loginkey_new(span_of(p.type), p.blob, &k, NULL), RC_OK);
		assert_true(loginkey_verify_sk(k, span_make(sig, n), buf_span(&b),
		    rows[i].flags, rows[i].counter));
		assert_false(loginkey_verify_sk(k, span_make(sig, n), buf_span(&b),
		    rows[i].flags ^ 1, rows[i].counter));
		loginkey_free(k);
		pubkey_clear(&p);
	}
	buf_clear(&b);
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
	static const char *const others[] = { "ssh-rsa", "ssh-dss", "sk-ssh-ed25519",
		"webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
		"sk-ssh-ed25519-cert-v01@openssh.com",
		"ssh-ed25519-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com",
		"", "ssh-ed2551", "ssh-ed255199" };

	(void)state;
	for (size_t i = 0; i < ROWS(algorithms); i++) {
		struct loginkey *k = NULL;
		struct userkey u;

		userkey_make(&u, algorithms[i], 2048);
		for (size_t j = 0; j < ROWS(algorithms); j++) {
			bool rsa = RSA(i) && RSA(j);
			enum rc want = i == j || rsa ? RC_OK : RC_REFUSE;

			assert_int_equal(loginkey_new(span_of(algorithms[j]),
					     buf_span(&u.blob), &k, NULL),
			    want);
			if (want == RC_OK)
				loginkey_free(k);
		}
		for (size_t j = 0; j < ROWS(others); j++)
			assert_int_equal(loginkey_new(span_of(others[j]),
					     buf_span(&u.blob), &k, NULL),
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
		if (!RSA(i) && strstr(algorithms[i], "ecdsa") != NULL) {
			/* the last byte of the point */
			size_t at =
			    u.blob.len - 1 -
			    (u.application != NULL ? 4 + strlen(u.application) : 0);

			u.blob.p[at] ^= 1;
			assert_int_equal(
			    loginkey_new(alg, buf_span(&u.blob), &k, NULL), RC_REFUSE);
			u.blob.p[at] ^= 1;
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
		cmocka_unit_test(security_keys_verify_with_their_flags_and_counter),
		cmocka_unit_test(a_signature_of_openssh_verifies),
		cmocka_unit_test(rsa_sha_1_and_2_do_not_stand_in_for_each_other),
		cmocka_unit_test(algorithms_belong_to_types),
		cmocka_unit_test(damaged_blobs_are_refused),
		cmocka_unit_test(rsa_numbers_have_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
