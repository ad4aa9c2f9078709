/* Security keys: what is proven by a touch, and what a hostile front makes of it. */
#include "tests/identity/logins.h"
#include "tests/support/unit.h"

#define SK_ED "sk-ssh-ed25519@openssh.com"
#define SK_EC "sk-ecdsa-sha2-nistp256@openssh.com"

static const char *const kinds[] = { SK_ED, SK_EC };

static void
anew(struct world *w)
{
	authn_free(w->a);
	assert_int_equal(authn_new(w->host, NONCE_A, false, &w->a, NULL), RC_OK);
	key_exchange(w, w->a);
}

static void
a_touched_key_logs_in_by_both_forms(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < 2 * ROWS(kinds); i++) {
		struct msg_auth_try m;
		struct userkey u;
		struct claim c;

		anew(w);
		userkey_make(&u, kinds[i / 2], 0);
		m = try_of(&u, "alice", span_make(NULL, 0));
		assert_int_equal(answer(w->a, &m), 'y');
		assert_null(authn_who(w->a)); /* a probe is never a login */
		c = honest_claim(w, &u, "alice");
		if (i % 2 == 1) {
			c.method = HOSTBOUND;
			c.host = hostkey_blob(w->host);
		}
		m = try_of_sk(w, &u, &c, 0x01, 7);
		assert_int_equal(answer(w->a, &m), 'y');
		assert_int_equal(authn_who(w->a)->proof, PROOF_SK);
		assert_false(authn_who(w->a)->verified);
		assert_true(span_eq(authn_who(w->a)->blob, buf_span(&u.blob)));
		userkey_clear(&u);
	}
}

/* Each value of the flags, as the key signed it: only the touch is demanded, only the
 * bit for it shows a PIN. */
static void
flags_say_what_is_proven(void **state)
{
	struct world *w = *state;
	struct userkey u;

	userkey_make(&u, SK_ED, 0);
	for (unsigned flags = 0; flags <= 0xff; flags++) {
		bool touched = (flags & 1) != 0;

		anew(w);
		assert_int_equal(log_in_sk(w, &u, "alice", (uint8_t)flags, flags),
		    touched ? 'y' : 'n');
		if (!touched) {
			assert_null(authn_who(w->a));
			continue;
		}
		assert_int_equal(authn_who(w->a)->proof, PROOF_SK);
		assert_true(authn_who(w->a)->verified == ((flags & 4) != 0));
	}
	userkey_clear(&u);
	anew(w);
	assert_int_equal(log_in(w, &w->alice, "alice"), 'y');
	assert_int_equal(authn_who(w->a)->proof, PROOF_KEY);
	assert_false(authn_who(w->a)->verified);
}

static void
counters_are_signed_and_not_kept(void **state)
{
	static const uint32_t counters[] = { 5, 5, 0, 0xffffffff, 1 };
	struct world *w = *state;
	struct userkey u;

	userkey_make(&u, SK_EC, 0);
	for (size_t i = 0; i < ROWS(counters); i++) {
		anew(w);
		assert_int_equal(log_in_sk(w, &u, "alice", 1, counters[i]), 'y');
	}
	userkey_clear(&u);
}

/* One try on a connection of its own, with a field that is another than was signed. */
#define SAYS(what, field, value)                                                       \
	do {                                                                           \
		anew(w);                                                               \
		m = good;                                                              \
		m.field = (value);                                                     \
		assert_int_equal(answer(w->a, &m), what);                              \
		assert_null(authn_who(w->a));                                          \
	} while (0)

static void
what_the_front_changes_is_seen(struct world *w, const char *kind)
{
	struct msg_auth_try good, m;
	struct userkey u, other;
	struct span sig;
	struct claim c;

	userkey_make(&u, kind, 0);
	userkey_make(&other, kind, 0);
	anew(w);
	c = honest_claim(w, &u, "alice");
	/* Not touched, and the front says it was; or that a PIN was asked for. */
	good = try_of_sk(w, &u, &c, 0, 7);
	SAYS('n', flags, 0);
	SAYS('n', flags, 1);
	SAYS('n', flags, 5);
	c = honest_claim(w, &u, "alice"); /* its session id is that of w->a */
	good = try_of_sk(w, &u, &c, 1, 7);
	sig = good.signature;
	SAYS('n', flags, 5);
	SAYS('n', flags, 0);
	SAYS('n', flags, 0x81);
	SAYS('n', counter, 8);
	SAYS('n', counter, 0);
	SAYS('n', counter, 7u << 24);
	SAYS('n', user, span_of("bob"));
	SAYS('n', blob, buf_span(&other.blob));
	SAYS('n', blob, buf_span(&w->alice.blob));
	SAYS('n', blob, span_make(u.blob.p, u.blob.len - 1));
	SAYS('n', signature, span_make(NULL, 0));
	SAYS('n', signature, span_make(sig.p, sig.len - 1));
	SAYS('n', signature, span_make(sig.p, sig.len + 1));
	SAYS('x', signature, span_make(sig.p, 2049));
	/* Flags and counter belong to a signature of a security key. */
	good.is_signed = 0;
	good.signature = span_make(NULL, 0);
	SAYS('x', flags, 1);
	good.flags = 0;
	SAYS('x', counter, 1);
	good.counter = 0;
	anew(w);
	assert_int_equal(answer(w->a, &good), 'y'); /* an honest probe */
	good =
	    (struct msg_auth_try){ 1, good.user, good.algorithm, good.blob, sig, 1, 7 };
	SAYS('x', is_signed, 0);
	SAYS('x', algorithm, span_of("ssh-ed25519"));
	SAYS('x', algorithm, span_of("ecdsa-sha2-nistp256"));
	SAYS('x', algorithm, span_of("webauthn-sk-ecdsa-sha2-nistp256@openssh.com"));
	SAYS('x', algorithm, span_of("sk-ssh-ed25519-cert-v01@openssh.com"));
	SAYS('n', algorithm, span_of(strcmp(kind, SK_ED) == 0 ? SK_EC : SK_ED));
	for (unsigned bit = 0; bit < 8 * sig.len; bit += 37) {
		w->sig.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		SAYS('n', flags, 1);
		w->sig.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	anew(w);
	assert_int_equal(answer(w->a, &good), 'y');
	/* And once somebody is in, nobody is let in again. */
	assert_int_equal(answer(w->a, &good), 'n');
	userkey_clear(&other);
	userkey_clear(&u);
}

static void
a_front_that_lies_is_found_out(void **state)
{
	struct world *w = *state;

	/* Behind the longest signature there is something to read, too. */
	assert_non_null(buf_room(&w->sig, 4000));
	for (size_t i = 0; i < ROWS(kinds); i++)
		what_the_front_changes_is_seen(w, kinds[i]);
}

/* What the key has signed was something else than this login. */
static void
signatures_for_anything_else_are_no(void **state)
{
	struct world *w = *state;
	struct exchange x = honest(w);
	struct authn *b = NULL;
	struct msg_auth_try m;
	struct claim good, c;
	struct userkey u;

	userkey_make(&u, SK_ED, 0);
	assert_int_equal(authn_new(w->host, NONCE_B, false, &b, NULL), RC_OK);
	x.v_s = VERSION NONCE_B;
	assert_int_equal(sign(w, b, &x, 32), RC_OK);
#define NO(field, value)                                                               \
	do {                                                                           \
		anew(w);                                                               \
		good = honest_claim(w, &u, "alice");                                   \
		c = good;                                                              \
		c.field = (value);                                                     \
		m = try_of_sk(w, &u, &c, 1, 7);                                        \
		m.user = span_of("alice");                                             \
		assert_int_equal(answer(w->a, &m), 'n');                               \
		assert_null(authn_who(w->a));                                          \
	} while (0)
	NO(sid, authn_session_id(b));
	NO(sid, span_make(NULL, 0));
	NO(type, 51);
	NO(user, "bob");
	NO(service, "ssh-other");
	NO(method, HOSTBOUND); /* without the host key */
	NO(host, hostkey_blob(w->host));
	NO(is_signed, 0);
	NO(algorithm, SK_EC);
	NO(blob, buf_span(&w->alice.blob));
	anew(w);
	c = honest_claim(w, &u, "alice");
	c.method = HOSTBOUND;
	c.host = hostkey_blob(w->other_host);
	m = try_of_sk(w, &u, &c, 1, 7);
	assert_int_equal(answer(w->a, &m), 'n');
	/* Made for another application: an SSH key of the same device, say. */
	anew(w);
	u.application = "https://example.com";
	assert_int_equal(log_in_sk(w, &u, "alice", 1, 7), 'n');
	u.application = "ssh:";
	anew(w);
	assert_int_equal(log_in_sk(w, &u, "alice", 1, 7), 'y');
	authn_free(b);
	userkey_clear(&u);
}

/* The same 32 bytes may be a plain key's and a security key's public half: each signs
 * for its own kind alone. */
static void
the_kinds_do_not_stand_in_for_each_other(void **state)
{
	struct world *w = *state;
	struct userkey plain, sk;
	struct msg_auth_try m;
	struct claim c;
	uint8_t raw[32];
	size_t n = sizeof raw;

	userkey_make(&plain, "ssh-ed25519", 0);
	userkey_make(&sk, SK_ED, 0);
	EVP_PKEY_free(sk.key);
	sk.key = plain.key;
	assert_int_equal(EVP_PKEY_up_ref(plain.key), 1);
	assert_int_equal(EVP_PKEY_get_raw_public_key(plain.key, raw, &n), 1);
	buf_reset(&sk.blob);
	buf_string(&sk.blob, span_of(SK_ED));
	buf_string(&sk.blob, span_make(raw, n));
	buf_string(&sk.blob, span_of("ssh:"));
	/* Signed as a plain key does it, in the security key's name. */
	anew(w);
	c = honest_claim(w, &sk, "alice");
	m = try_of(&sk, "alice", sign_claim(w, &sk, &c));
	assert_int_equal(answer(w->a, &m), 'n');
	anew(w);
	m.flags = 1;
	assert_int_equal(answer(w->a, &m), 'n');
	/* Signed as a security key does it, in the plain key's. */
	anew(w);
	c = honest_claim(w, &plain, "alice");
	(void)sign_claim(w, &plain, &c);
	userkey_sign_sk(&sk, buf_span(&w->bytes), 1, 7, &w->sig);
	m = try_of(&plain, "alice", buf_span(&w->sig));
	assert_int_equal(answer(w->a, &m), 'n');
	anew(w);
	m.flags = 1;
	m.counter = 7;
	assert_int_equal(answer(w->a, &m), 'x');
	assert_null(authn_who(w->a));
	/* Both can log in. */
	anew(w);
	assert_int_equal(log_in_sk(w, &sk, "alice", 1, 7), 'y');
	anew(w);
	assert_int_equal(log_in(w, &plain, "alice"), 'y');
	userkey_clear(&sk);
	userkey_clear(&plain);
}

static void
an_untouched_key_is_a_failure_that_counts(void **state)
{
	struct world *w = *state;
	struct userkey u;

	userkey_make(&u, SK_ED, 0);
	anew(w);
	for (unsigned i = 0; i < AUTHN_FAILURES_MAX; i++)
		assert_int_equal(log_in_sk(w, &u, "alice", 4, 7), 'n');
	assert_int_equal(authn_failures(w->a), AUTHN_FAILURES_MAX);
	assert_int_equal(log_in_sk(w, &u, "alice", 5, 7), 'n');
	assert_null(authn_who(w->a));
	userkey_clear(&u);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_touched_key_logs_in_by_both_forms),
		T(flags_say_what_is_proven),
		T(counters_are_signed_and_not_kept),
		T(a_front_that_lies_is_found_out),
		T(signatures_for_anything_else_are_no),
		T(the_kinds_do_not_stand_in_for_each_other),
		T(an_untouched_key_is_a_failure_that_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
