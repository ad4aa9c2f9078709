/* What a hostile front may try, each as a row, and what must then not happen. */
#include "tests/support/unit.h"

#include <openssl/evp.h>

#include "lib/base/clock.h"
#include "tests/identity/logins.h"

static void
the_signature_is_over_the_hash_of_the_preimage(void **state)
{
	static const struct {
		uint8_t len;
		const char *md;
	} rows[] = { { 32, "SHA256" }, { 48, "SHA384" }, { 64, "SHA512" } };
	struct world *w = *state;
	struct exchange x = honest(w);
	EVP_PKEY *pub = EVP_PKEY_new_raw_public_key(
	    EVP_PKEY_ED25519, NULL, hostkey_public(w->host), 32);

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct msg_sign m = { rows[i].len, preimage(w, &x) };
		EVP_MD_CTX *c = EVP_MD_CTX_new();
		uint8_t sig[HOSTKEY_SIGNATURE], hash[64];
		size_t n = sizeof hash;

		assert_int_equal(authn_sign(w->a, &m, sig, NULL), RC_OK);
		assert_int_equal(EVP_Q_digest(NULL, rows[i].md, NULL, m.preimage.p,
				     m.preimage.len, hash, &n),
		    1);
		assert_int_equal(EVP_DigestVerifyInit(c, NULL, NULL, NULL, pub), 1);
		assert_int_equal(EVP_DigestVerify(c, sig, sizeof sig, hash, n), 1);
		EVP_MD_CTX_free(c);
		/* Rekeys do not change the session id. */
		assert_int_equal(authn_session_id(w->a).len, 32);
	}
	EVP_PKEY_free(pub);
}

static void
foreign_exchanges_are_not_signed(void **state)
{
	struct world *w = *state;
	struct exchange good = honest(w), x;
	uint8_t sig[HOSTKEY_SIGNATURE], bare[32] = { 7 };
	struct msg_sign m;

#define BAD(field, value)                                                              \
	do {                                                                           \
		x = good;                                                              \
		x.field = (value);                                                     \
		assert_int_equal(sign(w, w->a, &x, 32), RC_REFUSE);                    \
	} while (0)
	BAD(v_s, VERSION NONCE_B);
	BAD(v_s, VERSION);
	BAD(v_s, VERSION NONCE_A "x");
	BAD(v_s, "SSH-2.0-libssh");
	BAD(v_c, "SSH-1.5-client");
	BAD(v_c, "");
	BAD(i_c, 21);
	BAD(i_s, 0);
	BAD(k_s, hostkey_blob(w->other_host));
	BAD(k_s, span_make(NULL, 0));
	BAD(rest, "");
	assert_int_equal(sign(w, w->a, &good, 0), RC_REFUSE);
	assert_int_equal(sign(w, w->a, &good, 20), RC_REFUSE);
	assert_int_equal(sign(w, w->a, &good, 33), RC_REFUSE);
	m = (struct msg_sign){ 32, span_make(bare, sizeof bare) };
	assert_int_equal(authn_sign(w->a, &m, sig, NULL), RC_REFUSE);
	m = (struct msg_sign){ 32, span_make(NULL, 0) };
	assert_int_equal(authn_sign(w->a, &m, sig, NULL), RC_REFUSE);
	/* Every cut of a good one, but for the free end. */
	for (size_t n = 0; n + strlen(good.rest) <= preimage(w, &good).len; n++) {
		struct authn *b = NULL;

		assert_int_equal(authn_new(w->host, NONCE_A, false, &b, NULL), RC_OK);
		m = (struct msg_sign){ 32, span_make(w->preimage.p, n) };
		assert_int_equal(authn_sign(b, &m, sig, NULL), RC_REFUSE);
		assert_int_equal(authn_session_id(b).len, 0);
		authn_free(b);
	}
	assert_int_equal(authn_session_id(w->a).len, 0);
}

static void
key_exchanges_are_counted(void **state)
{
	struct world *w = *state;
	struct exchange x = honest(w);

	for (unsigned i = 0; i < AUTHN_SIGNS_MAX; i++)
		assert_int_equal(sign(w, w->a, &x, 32), RC_OK);
	assert_int_equal(sign(w, w->a, &x, 32), RC_REFUSE);
}

static void
every_kind_of_key_logs_in_by_both_forms(void **state)
{
	static const char *const algorithms[] = { "ssh-ed25519", "ecdsa-sha2-nistp256",
		"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-256",
		"rsa-sha2-512" };
	struct world *w = *state;

	for (size_t i = 0; i < 2 * ROWS(algorithms); i++) {
		const struct authn_who *who;
		struct userkey u;
		struct claim c;
		struct msg_auth_try m;
		char fp[SSHKEY_FINGERPRINT];

		authn_free(w->a);
		assert_int_equal(
		    authn_new(w->host, NONCE_A, false, &w->a, NULL), RC_OK);
		key_exchange(w, w->a);
		userkey_make(&u, algorithms[i / 2], 3072);
		m = try_of(&u, "alice", span_make(NULL, 0));
		assert_int_equal(answer(w->a, &m), 'y');
		assert_null(authn_who(w->a)); /* a probe is never a login */
		c = honest_claim(w, &u, "alice");
		if (i % 2 == 1) {
			c.method = HOSTBOUND;
			c.host = hostkey_blob(w->host);
		}
		m = try_of(&u, "alice", sign_claim(w, &u, &c));
		assert_int_equal(answer(w->a, &m), 'y');
		who = authn_who(w->a);
		assert_non_null(who);
		assert_string_equal(who->user, "alice");
		assert_string_equal(who->method, "publickey");
		assert_true(span_eq(who->blob, buf_span(&u.blob)));
		sshkey_fingerprint(buf_span(&u.blob), fp);
		assert_string_equal(who->fingerprint, fp);
		assert_true(clock_mono_ms() - who->at_ms < 60000);
		userkey_clear(&u);
	}
}

/* The client signed something else than what this login is. */
static void
signatures_for_anything_else_are_no(void **state)
{
	struct world *w = *state;
	struct authn *b = NULL;
	struct exchange other = honest(w);
	struct claim good, c;
	struct msg_auth_try m;
	uint8_t zeros[32] = { 0 };

	key_exchange(w, w->a);
	/* Another connection, with its own nonce and session id. */
	assert_int_equal(authn_new(w->host, NONCE_B, false, &b, NULL), RC_OK);
	other.v_s = VERSION NONCE_B;
	assert_int_equal(sign(w, b, &other, 32), RC_OK);
	good = honest_claim(w, &w->alice, "alice");
#define NO(field, value)                                                               \
	do {                                                                           \
		authn_free(w->a);                                                      \
		assert_int_equal(                                                      \
		    authn_new(w->host, NONCE_A, false, &w->a, NULL), RC_OK);           \
		key_exchange(w, w->a);                                                 \
		good.sid = authn_session_id(w->a);                                     \
		c = good;                                                              \
		c.field = (value);                                                     \
		m = try_of(&w->alice, "alice", sign_claim(w, &w->alice, &c));          \
		assert_int_equal(answer(w->a, &m), 'n');                               \
		assert_null(authn_who(w->a));                                          \
	} while (0)
	NO(sid, authn_session_id(b));
	NO(sid, span_make(zeros, 32));
	NO(sid, span_make(NULL, 0));
	NO(type, 51);
	NO(user, "bob");
	NO(user, "alic");
	NO(user, "alice\nevil");
	NO(service, "ssh-other");
	NO(service, "");
	NO(method, "hostbased");
	NO(method, HOSTBOUND); /* without the host key */
	NO(is_signed, 0);
	NO(algorithm, "rsa-sha2-512");
	NO(blob, buf_span(&w->mallory.blob));
	NO(host, hostkey_blob(w->host)); /* bound, but the plain name */
	authn_free(b);
}

static void
a_login_bound_to_another_host_is_no(void **state)
{
	struct world *w = *state;
	struct claim c;
	struct msg_auth_try m;

	key_exchange(w, w->a);
	c = honest_claim(w, &w->alice, "alice");
	c.method = HOSTBOUND;
	c.host = hostkey_blob(w->other_host);
	m = try_of(&w->alice, "alice", sign_claim(w, &w->alice, &c));
	assert_int_equal(answer(w->a, &m), 'n');
	assert_null(authn_who(w->a));
}

/* The front changes what it passes on. */
static void
tampered_tries_are_refused(void **state)
{
	struct world *w = *state;
	struct claim c;
	struct msg_auth_try good, m;
	struct span sig;

	key_exchange(w, w->a);
	c = honest_claim(w, &w->alice, "alice");
	sig = sign_claim(w, &w->alice, &c);
	good = try_of(&w->alice, "alice", sig);
#define SAYS(what, field, value)                                                       \
	do {                                                                           \
		authn_free(w->a);                                                      \
		assert_int_equal(                                                      \
		    authn_new(w->host, NONCE_A, false, &w->a, NULL), RC_OK);           \
		key_exchange(w, w->a);                                                 \
		m = good;                                                              \
		m.field = (value);                                                     \
		assert_int_equal(answer(w->a, &m), what);                              \
		assert_null(authn_who(w->a));                                          \
	} while (0)
	SAYS('n', user, span_of("root"));
	SAYS('n', user, span_of("nobody"));
	SAYS('n', user, span_make(NULL, 0));
	SAYS('x', user, span_make("alice\0evil", 10));
	SAYS('x', user,
	    span_of(
		"a23456789012345678901234567890123456789012345678901234567890abcd"));
	SAYS('n', blob, buf_span(&w->mallory.blob));
	SAYS('x', blob, span_make(w->alice.blob.p, 10));
	SAYS('x', blob, span_make(NULL, 0));
	SAYS('n', blob, span_make(w->alice.blob.p, w->alice.blob.len - 1));
	SAYS('n', algorithm, span_of("ssh-rsa"));
	SAYS('n', algorithm, span_of("rsa-sha2-256"));
	SAYS('n', algorithm, span_of("ecdsa-sha2-nistp256"));
	SAYS('n', algorithm, span_of("sk-ssh-ed25519@openssh.com"));
	SAYS('n', algorithm, span_of("ssh-ed25519-cert-v01@openssh.com"));
	SAYS('x', algorithm, span_make(NULL, 0));
	SAYS('x', algorithm, span_make("ssh-ed25519\0x", 13));
	SAYS('n', signature, span_make(NULL, 0)); /* signed, without a signature */
	SAYS('n', signature, span_make(sig.p, 63));
	SAYS('x', is_signed, 0); /* a probe with a signature */
	SAYS('x', is_signed, 2);
	SAYS('x', flags, 1);
	SAYS('x', flags, 0xff);
	SAYS('x', counter, 1);
	for (unsigned bit = 0; bit < 8 * 64; bit += 37) {
		w->sig.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		SAYS('n', flags, 0);
		w->sig.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	/* And the untouched one is good, so that the rows above mean something. */
	assert_int_equal(answer(w->a, &good), 'y');
	assert_non_null(authn_who(w->a));
}

static void
a_login_needs_a_key_exchange(void **state)
{
	struct world *w = *state;
	struct msg_auth_try m = try_of(&w->alice, "alice", span_make(NULL, 0));

	assert_int_equal(answer(w->a, &m), 'x');
	assert_int_equal(log_in(w, &w->alice, "alice"), 'x');
	assert_null(authn_who(w->a));
}

static void
nobody_logs_in_twice(void **state)
{
	struct world *w = *state;

	key_exchange(w, w->a);
	assert_int_equal(log_in(w, &w->alice, "alice"), 'y');
	assert_int_equal(log_in(w, &w->mallory, "mallory"), 'n');
	assert_int_equal(log_in(w, &w->alice, "alice"), 'n');
	assert_string_equal(authn_who(w->a)->user, "alice");
}

static void
failures_end_it(void **state)
{
	struct world *w = *state;
	struct msg_auth_try probe = try_of(&w->alice, "nobody", span_make(NULL, 0));

	key_exchange(w, w->a);
	for (unsigned i = 0; i < AUTHN_FAILURES_MAX; i++)
		assert_int_equal(answer(w->a, &probe), 'n');
	assert_int_equal(authn_failures(w->a), AUTHN_FAILURES_MAX);
	assert_int_equal(log_in(w, &w->alice, "alice"), 'n');
	assert_null(authn_who(w->a));
}

/* Weak and foreign keys are refused before anybody signs with them. */
static void
probes_are_judged_like_logins(void **state)
{
	struct world *w = *state;
	struct userkey weak;
	struct msg_auth_try m;
	struct buf cert;

	key_exchange(w, w->a);
	userkey_make(&weak, "rsa-sha2-512", 1024);
	m = try_of(&weak, "alice", span_make(NULL, 0));
	assert_int_equal(answer(w->a, &m), 'n');
	buf_init(&cert, 1000);
	buf_string(&cert, span_of("sk-ssh-ed25519-cert-v01@openssh.com"));
	buf_string(&cert, span_make(hostkey_public(w->host), 32));
	buf_string(&cert, span_of("ssh:"));
	m = (struct msg_auth_try){ 0, span_of("alice"),
		span_of("sk-ssh-ed25519-cert-v01@openssh.com"), buf_span(&cert),
		{ NULL, 0 }, 0, 0 };
	assert_int_equal(answer(w->a, &m), 'n');
	buf_clear(&cert);
	userkey_clear(&weak);
}

/* All three signatures, or all but the security key's. */
static void
self_test(struct world *w, bool touchless)
{
	struct userkey sk;
	struct claim c;
	struct msg_auth_try m;

	authn_free(w->a);
	assert_int_equal(authn_new(w->host, NONCE_A, true, &w->a, NULL), RC_OK);
	assert_true(authn_is_test(w->a));
	key_exchange(w, w->a);
	assert_int_equal(log_in(w, &w->alice, "alice"), 'n');
	assert_false(authn_test_passed(w->a));
	userkey_make(&sk, "sk-ssh-ed25519@openssh.com", 0);
	if (touchless)
		assert_int_equal(log_in_sk(w, &sk, "selftest", 0x04, 9), 'n');
	userkey_clear(&sk);
	assert_false(authn_test_passed(w->a));
	c = honest_claim(w, &w->alice, "selftest");
	m = try_of(&w->alice, "selftest", sign_claim(w, &w->alice, &c));
	w->sig.p[3] ^= 1;
	assert_int_equal(answer(w->a, &m), 'n');
	assert_false(authn_test_passed(w->a));
	w->sig.p[3] ^= 1;
	assert_int_equal(answer(w->a, &m), 'y');
	assert_true(authn_test_passed(w->a) == touchless);
}

static void
a_self_test_is_for_its_user_and_counts(void **state)
{
	struct world *w = *state;
	struct claim c;
	struct msg_auth_try m;

	self_test(w, false);
	self_test(w, true);
	/* The counts are of a test only. */
	authn_free(w->a);
	assert_int_equal(authn_new(w->host, NONCE_A, false, &w->a, NULL), RC_OK);
	key_exchange(w, w->a);
	c = honest_claim(w, &w->alice, "selftest");
	m = try_of(&w->alice, "selftest", sign_claim(w, &w->alice, &c));
	w->sig.p[3] ^= 1;
	assert_int_equal(answer(w->a, &m), 'n');
	w->sig.p[3] ^= 1;
	assert_int_equal(answer(w->a, &m), 'y');
	assert_false(authn_test_passed(w->a));
}

static void
nonces_have_a_form(void **state)
{
	static const char *const bad[] = { "", "0123456789abcdef01234",
		"0123456789abcdef0123456", "0123456789ABCDEF012345",
		"0123456789abcdef01234g" };
	struct world *w = *state;

	for (size_t i = 0; i < ROWS(bad); i++) {
		struct authn *b = NULL;

		assert_int_equal(
		    authn_new(w->host, bad[i], false, &b, NULL), RC_REFUSE);
		assert_null(b);
	}
}

/* Only what both ends have agreed on counts, and the first time. */
static void
the_client_is_named(void **state)
{
	struct world *w = *state;
	struct exchange x = honest(w);

	assert_string_equal(authn_client(w->a), "");
	x.v_c = "HTTP/1.1";
	assert_int_equal(sign(w, w->a, &x, 32), RC_REFUSE);
	assert_string_equal(authn_client(w->a), "");
	x.v_c = "SSH-2.0-OpenSSH_9.2p1 \x1b[2J\xff";
	assert_int_equal(sign(w, w->a, &x, 32), RC_OK);
	assert_string_equal(authn_client(w->a), "SSH-2.0-OpenSSH_9.2p1 \\x1B[2J\\xFF");
	x.v_c = "SSH-2.0-another";
	assert_int_equal(sign(w, w->a, &x, 32), RC_OK);
	assert_string_equal(authn_client(w->a), "SSH-2.0-OpenSSH_9.2p1 \\x1B[2J\\xFF");
}

static void
a_long_client_fits(void **state)
{
	char text[256] = "SSH-2.0-";
	struct world *w = *state;
	struct exchange x = honest(w);

	memset(text + 8, 1, 247);
	x.v_c = text;
	assert_int_equal(sign(w, w->a, &x, 32), RC_OK);
	assert_int_equal(strlen(authn_client(w->a)), 8 + 4 * 247);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_signature_is_over_the_hash_of_the_preimage),
		T(the_client_is_named),
		T(a_long_client_fits),
		T(foreign_exchanges_are_not_signed),
		T(key_exchanges_are_counted),
		T(every_kind_of_key_logs_in_by_both_forms),
		T(signatures_for_anything_else_are_no),
		T(a_login_bound_to_another_host_is_no),
		T(tampered_tries_are_refused),
		T(a_login_needs_a_key_exchange),
		T(nobody_logs_in_twice),
		T(failures_end_it),
		T(probes_are_judged_like_logins),
		T(a_self_test_is_for_its_user_and_counts),
		T(nonces_have_a_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
