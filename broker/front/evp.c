/* Interposed entry points of OpenSSL and GSSAPI; see evp.h. */
#include "broker/front/evp.h"

#include <dlfcn.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/frame.h"
#include "lib/wire/codec.h"

#define PREIMAGE_MIN 200
#define PREIMAGE_MAX 39000 /* what MSG_SIGN carries */
#define CAPTURES 16
/* sha256(application), flags, counter, sha256(message): what a security key signs.
 * Nothing else that is verified here is that short. */
#define SK_SIGNED 69

typedef int update_fn(EVP_MD_CTX *, const void *, size_t);
typedef int sign_fn(
    EVP_MD_CTX *, unsigned char *, size_t *, const unsigned char *, size_t);
typedef int verify_fn(
    EVP_MD_CTX *, const unsigned char *, size_t, const unsigned char *, size_t);
typedef int public_fn(const EVP_PKEY *, unsigned char *, size_t *);
typedef unsigned mechs_fn(unsigned *, void **);

unsigned gss_indicate_mechs(unsigned *minor, void **set);

/* The hooks of this process. */
static struct {
	update_fn *update;
	sign_fn *sign;
	verify_fn *verify;
	public_fn *raw_public;
	mechs_fn *no_mechs;
	bool serving, overflow, spoil;
	int sign_fd;
	unsigned signs;
	uint8_t host[32], dummy[32];
	uint8_t pre[PREIMAGE_MAX]; /* the last exchange hash's preimage */
	size_t pre_len;
	struct evp_capture kept[CAPTURES];
	unsigned first, count;
} hook;

/* Also from the first call of a hook: libraries start before main() does. */
static const char *
resolve(void)
{
	static const struct {
		const char *name;
		void *to;
	} names[] = {
		{ "EVP_DigestUpdate", &hook.update },
		{ "EVP_DigestSign", &hook.sign },
		{ "EVP_DigestVerify", &hook.verify },
		{ "EVP_PKEY_get_raw_public_key", &hook.raw_public },
		{ "gss_create_empty_oid_set", &hook.no_mechs },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		void *f = dlsym(RTLD_NEXT, names[i].name);

		/* Without GSSAPI in libssh there is nothing to keep shut. */
		if (f == NULL && names[i].to != &hook.no_mechs)
			return names[i].name;
		memcpy(names[i].to, &f, sizeof f);
	}
	return NULL;
}

static void
need(void)
{
	if (hook.update == NULL && resolve() != NULL)
		abort();
}

enum rc
evp_open(struct err *err)
{
	const char *missing = resolve();

	if (missing != NULL)
		return err_set(err, RC_FAIL, "OpenSSL has no %s", missing);
	return RC_OK;
}

void
evp_serve(const uint8_t host[32], const uint8_t dummy[32], int sign_fd)
{
	evp_stop();
	memcpy(hook.host, host, sizeof hook.host);
	memcpy(hook.dummy, dummy, sizeof hook.dummy);
	hook.sign_fd = sign_fd;
	hook.serving = true;
}

void
evp_stop(void)
{
	hook.serving = hook.overflow = hook.spoil = false;
	hook.pre_len = 0;
	hook.first = hook.count = hook.signs = 0;
}

bool
evp_take(struct evp_capture *ret)
{
	if (hook.count == 0)
		return false;
	*ret = hook.kept[hook.first];
	hook.first = (hook.first + 1) % CAPTURES;
	hook.count--;
	return true;
}

bool
evp_overflow(void)
{
	return hook.overflow;
}

unsigned
evp_signs(void)
{
	return hook.signs;
}

void
evp_spoil(bool spoil)
{
	hook.spoil = spoil;
}

/* libssh hashes the preimage of the exchange hash in one call: it begins with the
 * string V_C (RFC 4253 section 8). */
int
EVP_DigestUpdate(EVP_MD_CTX *c, const void *d, size_t n)
{
	const uint8_t *p = d;

	need();
	if (hook.serving && n > PREIMAGE_MIN && n <= PREIMAGE_MAX && p[0] == 0 &&
	    p[1] == 0 && p[2] == 0 && memcmp(p + 4, "SSH-2.0-", 8) == 0) {
		memcpy(hook.pre, p, n);
		hook.pre_len = n;
	}
	return hook.update(c, d, n);
}

static bool
is_dummy(EVP_MD_CTX *c)
{
	EVP_PKEY_CTX *pc = EVP_MD_CTX_get_pkey_ctx(c);
	EVP_PKEY *k = pc != NULL ? EVP_PKEY_CTX_get0_pkey(pc) : NULL;
	uint8_t raw[32];
	size_t n = sizeof raw;

	return k != NULL && EVP_PKEY_get_base_id(k) == EVP_PKEY_ED25519 &&
	       hook.raw_public(k, raw, &n) == 1 && n == sizeof raw &&
	       memcmp(raw, hook.dummy, n) == 0;
}

/* True when the kept preimage is what was hashed: the monitor would sign its hash, and
 * the client must not get a signature of anything else. */
static bool
is_preimage_of(const uint8_t *hash, size_t n)
{
	const EVP_MD *md = n == 32   ? EVP_sha256()
			   : n == 48 ? EVP_sha384()
			   : n == 64 ? EVP_sha512()
				     : NULL;
	uint8_t again[EVP_MAX_MD_SIZE];
	unsigned len;

	return md != NULL && hook.pre_len > 0 &&
	       EVP_Digest(hook.pre, hook.pre_len, again, &len, md, NULL) == 1 &&
	       len == n && memcmp(again, hash, n) == 0;
}

/* Blocking: the monitor answers at once, and a watchdog runs. */
static bool
ask_signature(size_t hash_len, uint8_t sig[64])
{
	struct msg_sign m = { (uint8_t)hash_len, span_make(hook.pre, hook.pre_len) };
	union msg_any answer;
	struct buf b;
	struct frame f;
	bool good = false;

	buf_init(&b, FRAME_MAX);
	if (codec_encode(MSG_SIGN, &m, &b, NULL) != RC_OK ||
	    frame_send(hook.sign_fd, MSG_SIGN, 0, buf_span(&b), NULL, 0, NULL) != RC_OK)
		goto out;
	b.max = 4096;
	if (frame_recv(hook.sign_fd, &b, &f, NULL) != RC_OK)
		goto out;
	good = f.type == MSG_SIGNED && f.nfds == 0 &&
	       codec_decode(MSG_SIGNED, f.body, &answer, NULL) == RC_OK &&
	       answer.signed_.signature.len == 64;
	if (good)
		memcpy(sig, answer.signed_.signature.p, 64);
	frame_close_fds(&f);
out:
	buf_clear(&b);
	return good;
}

int
EVP_DigestSign(
    EVP_MD_CTX *c, unsigned char *sig, size_t *sl, const unsigned char *t, size_t n)
{
	int r;

	need();
	if (hook.serving && is_dummy(c)) {
		if (sig == NULL) {
			*sl = 64;
			return 1;
		}
		if (*sl < 64 || !is_preimage_of(t, n) || !ask_signature(n, sig))
			return 0;
		*sl = 64;
		hook.signs++;
		return 1;
	}
	r = hook.sign(c, sig, sl, t, n);
	if (hook.spoil && r == 1 && sig != NULL && *sl > 8)
		sig[8] ^= 1;
	return r;
}

/* The signed data is session id, byte, user, service, method, byte, algorithm, blob
 * (RFC 4252 section 7). */
static bool
find_algorithm(struct span data, char out[EVP_ALGORITHM_MAX + 1])
{
	struct cur c;

	cur_init(&c, data);
	cur_string(&c, EVP_MAX_MD_SIZE);
	cur_u8(&c);
	for (int i = 0; i < 3; i++)
		cur_string(&c, data.len);
	cur_u8(&c);
	return span_copy(cur_string(&c, data.len), out, EVP_ALGORITHM_MAX + 1) &&
	       !c.bad;
}

int
EVP_DigestVerify(
    EVP_MD_CTX *c, const unsigned char *s, size_t sl, const unsigned char *t, size_t n)
{
	struct evp_capture *k;

	need();
	if (!hook.serving)
		return hook.verify(c, s, sl, t, n);
	if (hook.count == CAPTURES || sl > EVP_SIGNATURE_MAX) {
		hook.overflow = true;
		return 0;
	}
	k = &hook.kept[(hook.first + hook.count) % CAPTURES];
	memset(k, 0, sizeof *k);
	memcpy(k->sig, s, sl);
	k->sig_len = sl;
	if (n == SK_SIGNED) {
		k->sk = true;
		k->flags = t[32];
		k->counter = (uint32_t)t[33] << 24 | (uint32_t)t[34] << 16 |
			     (uint32_t)t[35] << 8 | t[36];
	} else if (!find_algorithm(span_make(t, n), k->algorithm)) {
		return 0;
	}
	hook.count++;
	return 1;
}

/* libssh 0.12 asks for the public half of the key that it signs with. */
int
EVP_PKEY_get_raw_public_key(const EVP_PKEY *k, unsigned char *out, size_t *len)
{
	int r;

	need();
	r = hook.raw_public(k, out, len);
	if (r == 1 && out != NULL && hook.serving && *len == 32 &&
	    memcmp(out, hook.dummy, 32) == 0)
		memcpy(out, hook.host, 32);
	return r;
}

/* libssh answers gssapi-with-mic before login, advertised or not, and libkrb5 then
 * reads files and asks name servers.  No mechanism: it refuses at once. */
unsigned
gss_indicate_mechs(unsigned *minor, void **set)
{
	need();
	return hook.no_mechs != NULL ? hook.no_mechs(minor, set) : 13u << 16;
}
