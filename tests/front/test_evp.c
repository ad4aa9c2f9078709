/* The entry points themselves: this program defines them, as the front does. */
#include "tests/support/unit.h"

#include <openssl/evp.h>
#include <unistd.h>

#include "broker/front/evp.h"
#include "lib/base/frame.h"
#include "lib/wire/codec.h"
#include "tests/support/userkey.h"

unsigned gss_indicate_mechs(unsigned *minor, void **set);

static const uint8_t host[32] = { 1, 2, 3 };

static void
raw_of(EVP_PKEY *k, uint8_t out[32])
{
	size_t n = 32;

	assert_int_equal(EVP_PKEY_get_raw_public_key(k, out, &n), 1);
}

static int
verify(const struct userkey *k, struct span sig, struct span bytes)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	int r;

	assert_int_equal(
	    EVP_DigestVerifyInit_ex(c, NULL, k->digest, NULL, NULL, k->key, NULL), 1);
	r = EVP_DigestVerify(c, sig.p, sig.len, bytes.p, bytes.len);
	EVP_MD_CTX_free(c);
	return r;
}

static int
sign(EVP_PKEY *k, struct span bytes, uint8_t sig[64])
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t n = 64;
	int r;

	assert_int_equal(EVP_DigestSignInit(c, NULL, NULL, NULL, k), 1);
	r = EVP_DigestSign(c, sig, &n, bytes.p, bytes.len);
	EVP_MD_CTX_free(c);
	return r;
}

/* What libssh has verified, with an algorithm in its place. */
static void
login_data(struct buf *b, const char *algorithm)
{
	static const uint8_t sid[32];

	buf_reset(b);
	buf_string(b, span_make(sid, sizeof sid));
	buf_u8(b, 50);
	buf_string(b, span_of("alice"));
	buf_string(b, span_of("ssh-connection"));
	buf_string(b, span_of("publickey"));
	buf_u8(b, 1);
	buf_string(b, span_of(algorithm));
	buf_string(b, span_of("a key blob"));
}

static void
at_rest_it_is_openssl(void **state)
{
	struct userkey u;
	struct evp_capture cap;
	struct buf sig;

	(void)state;
	evp_stop();
	buf_init(&sig, 4096);
	userkey_make(&u, "ssh-ed25519", 0);
	userkey_sign(&u, span_of("bytes"), &sig);
	assert_int_equal(verify(&u, buf_span(&sig), span_of("bytes")), 1);
	assert_int_not_equal(verify(&u, buf_span(&sig), span_of("others")), 1);
	assert_false(evp_take(&cap));
	evp_spoil(true);
	userkey_sign(&u, span_of("bytes"), &sig);
	evp_spoil(false);
	assert_int_not_equal(verify(&u, buf_span(&sig), span_of("bytes")), 1);
	buf_clear(&sig);
	userkey_clear(&u);
}

static void
verifications_are_kept_in_order(void **state)
{
	static const char *const names[] = { "rsa-sha2-512", "ssh-ed25519" };
	uint8_t dummy[32] = { 9 }, sk[69] = { 0 }, sig[64];
	struct evp_capture cap;
	struct userkey u;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	userkey_make(&u, "ssh-ed25519", 0);
	evp_serve(host, dummy, -1);
	for (size_t i = 0; i < ROWS(names); i++) {
		login_data(&b, names[i]);
		memset(sig, 'a' + (int)i, sizeof sig);
		assert_int_equal(
		    verify(&u, span_make(sig, sizeof sig), buf_span(&b)), 1);
	}
	sk[32] = 5;
	sk[36] = 7;
	assert_int_equal(verify(&u, span_make(sig, 64), span_make(sk, sizeof sk)), 1);
	for (size_t i = 0; i < ROWS(names); i++) {
		assert_true(evp_take(&cap));
		assert_string_equal(cap.algorithm, names[i]);
		assert_int_equal(cap.sig_len, 64);
		assert_int_equal(cap.sig[63], 'a' + (int)i);
		assert_int_equal(cap.flags, 0);
		assert_false(cap.sk);
	}
	assert_true(evp_take(&cap));
	assert_string_equal(cap.algorithm, "");
	assert_true(cap.sk);
	assert_int_equal(cap.flags, 5);
	assert_int_equal(cap.counter, 7);
	assert_false(evp_take(&cap));
	/* Data that is no login's is refused, and leaves nothing behind. */
	assert_int_equal(verify(&u, span_make(sig, 64), span_of("something else")), 0);
	assert_false(evp_take(&cap));
	assert_false(evp_overflow());
	evp_stop();
	buf_clear(&b);
	userkey_clear(&u);
}

static void
too_much_is_seen(void **state)
{
	uint8_t dummy[32] = { 9 }, sig[EVP_SIGNATURE_MAX + 1] = { 0 };
	struct userkey u;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	userkey_make(&u, "ssh-ed25519", 0);
	login_data(&b, "ssh-ed25519");
	evp_serve(host, dummy, -1);
	for (int i = 0; i < 16; i++)
		assert_int_equal(verify(&u, span_make(sig, 64), buf_span(&b)), 1);
	assert_false(evp_overflow());
	assert_int_equal(verify(&u, span_make(sig, 64), buf_span(&b)), 0);
	assert_true(evp_overflow());
	evp_serve(host, dummy, -1);
	assert_int_equal(verify(&u, span_make(sig, sizeof sig), buf_span(&b)), 0);
	assert_true(evp_overflow());
	evp_stop();
	buf_clear(&b);
	userkey_clear(&u);
}

/* The preimage of an exchange hash, as libssh hashes it. */
static void
hash_exchange(struct buf *b, uint8_t hash[32])
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	buf_reset(b);
	buf_string(b, span_of("SSH-2.0-client"));
	while (b->len < 400)
		buf_u8(b, 'k');
	assert_int_equal(EVP_DigestInit_ex(c, EVP_sha256(), NULL), 1);
	assert_int_equal(EVP_DigestUpdate(c, b->p, b->len), 1);
	assert_int_equal(EVP_DigestFinal_ex(c, hash, NULL), 1);
	EVP_MD_CTX_free(c);
}

static void
the_host_signature_is_asked_for(void **state)
{
	uint8_t dummy[32], hash[32], other[32] = { 3 }, sig[64], shown[32];
	uint8_t answer[64] = { 0 };
	struct msg_signed m = { span_make(answer, sizeof answer) };
	static union msg_any got;
	struct buf pre, body, room;
	struct userkey u;
	struct frame f;
	int pair[2];

	(void)state;
	memset(answer, 's', sizeof answer);
	buf_init(&pre, 4096);
	buf_init(&body, 4096);
	buf_init(&room, FRAME_MAX);
	userkey_make(&u, "ssh-ed25519", 0);
	raw_of(u.key, dummy);
	assert_int_equal(frame_pair(pair, NULL), RC_OK);
	evp_serve(host, dummy, pair[0]);
	/* Without the preimage, or for another hash, there is no signature. */
	assert_int_equal(sign(u.key, span_make(other, 32), sig), 0);
	hash_exchange(&pre, hash);
	assert_int_equal(sign(u.key, span_make(other, 32), sig), 0);
	assert_int_equal(sign(u.key, span_make(hash, 31), sig), 0);
	assert_int_equal(evp_signs(), 0);
	assert_int_equal(codec_encode(MSG_SIGNED, &m, &body, NULL), RC_OK);
	assert_int_equal(
	    frame_send(pair[1], MSG_SIGNED, 0, buf_span(&body), NULL, 0, NULL), RC_OK);
	assert_int_equal(sign(u.key, span_make(hash, 32), sig), 1);
	assert_memory_equal(sig, answer, 64);
	assert_int_equal(evp_signs(), 1);
	assert_int_equal(frame_recv(pair[1], &room, &f, NULL), RC_OK);
	assert_int_equal(f.type, MSG_SIGN);
	assert_int_equal(codec_decode(MSG_SIGN, f.body, &got, NULL), RC_OK);
	assert_int_equal(got.sign.hash_len, 32);
	assert_true(span_eq(got.sign.preimage, buf_span(&pre)));
	/* The dummy shows as the host. */
	raw_of(u.key, shown);
	assert_memory_equal(shown, host, 32);
	/* The monitor refuses, or is gone. */
	m.signature.len = 0;
	buf_reset(&body);
	assert_int_equal(codec_encode(MSG_SIGNED, &m, &body, NULL), RC_OK);
	assert_int_equal(
	    frame_send(pair[1], MSG_SIGNED, 0, buf_span(&body), NULL, 0, NULL), RC_OK);
	assert_int_equal(sign(u.key, span_make(hash, 32), sig), 0);
	close(pair[1]);
	assert_int_equal(sign(u.key, span_make(hash, 32), sig), 0);
	close(pair[0]);
	evp_stop();
	raw_of(u.key, shown);
	assert_memory_equal(shown, dummy, 32);
	buf_clear(&pre);
	buf_clear(&body);
	buf_clear(&room);
	userkey_clear(&u);
}

static void
gssapi_has_no_mechanism(void **state)
{
	struct {
		size_t count;
		void *elements;
	} *set = NULL;
	unsigned minor = 0;

	(void)state;
	assert_int_equal(evp_open(NULL), RC_OK);
	if (gss_indicate_mechs(&minor, (void **)&set) == 0) {
		assert_int_equal(set->count, 0);
		free(set);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_rest_it_is_openssl),
		cmocka_unit_test(verifications_are_kept_in_order),
		cmocka_unit_test(too_much_is_seen),
		cmocka_unit_test(the_host_signature_is_asked_for),
		cmocka_unit_test(gssapi_has_no_mechanism),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
