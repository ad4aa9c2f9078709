/* Logins as a front passes them on, honest ones and others: for tests of authn. */
#ifndef TESTS_IDENTITY_LOGINS_H
#define TESTS_IDENTITY_LOGINS_H

#include <unistd.h>

#include "broker/identity/authn.h"
#include "tests/support/unit.h"
#include "tests/support/userkey.h"

#define NONCE_A "0123456789abcdef012345"
#define NONCE_B "543210fedcba9876543210"
#define VERSION "SSH-2.0-broker_"
#define HOSTBOUND "publickey-hostbound-v00@openssh.com"

/* The exchange that is signed, in parts that a row may replace. */
struct exchange {
	const char *v_c, *v_s;
	uint8_t i_c, i_s; /* their first byte */
	struct span k_s;
	const char *rest;
};

struct world {
	struct hostkey *host, *other_host;
	struct userkey alice, mallory;
	struct authn *a;
	struct buf preimage, sig, bytes;
};

static inline bool
knows_all_but_nobody(void *arg, struct span user, struct span blob)
{
	(void)arg;
	(void)blob;
	return !span_is(user, "nobody");
}

static inline struct hostkey *
make_host(void)
{
	char folder[] = "/tmp/authn.XXXXXX", path[64], public[80];
	struct hostkey *k = NULL;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/key", folder);
	snprintf(public, sizeof public, "%s.pub", path);
	assert_int_equal(hostkey_make(path, &k, NULL), RC_OK);
	unlink(path);
	unlink(public);
	rmdir(folder);
	return k;
}

static inline int
setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	w->host = make_host();
	w->other_host = make_host();
	userkey_make(&w->alice, "ssh-ed25519", 0);
	userkey_make(&w->mallory, "ssh-ed25519", 0);
	buf_init(&w->preimage, 100000);
	buf_init(&w->sig, 4096);
	buf_init(&w->bytes, 100000);
	assert_int_equal(authn_new(w->host, NONCE_A, false, &w->a, NULL), RC_OK);
	*state = w;
	return 0;
}

static inline int
teardown(void **state)
{
	struct world *w = *state;

	authn_free(w->a);
	hostkey_free(w->host);
	hostkey_free(w->other_host);
	userkey_clear(&w->alice);
	userkey_clear(&w->mallory);
	buf_clear(&w->preimage);
	buf_clear(&w->sig);
	buf_clear(&w->bytes);
	free(w);
	return 0;
}

static inline struct exchange
honest(struct world *w)
{
	return (struct exchange){ "SSH-2.0-client", VERSION NONCE_A, 20, 20,
		hostkey_blob(w->host), "kex values and K" };
}

static inline struct span
preimage(struct world *w, const struct exchange *x)
{
	uint8_t init[40] = { 0 };

	buf_reset(&w->preimage);
	buf_string(&w->preimage, span_of(x->v_c));
	buf_string(&w->preimage, span_of(x->v_s));
	init[0] = x->i_c;
	buf_string(&w->preimage, span_make(init, sizeof init));
	init[0] = x->i_s;
	buf_string(&w->preimage, span_make(init, sizeof init));
	buf_string(&w->preimage, x->k_s);
	buf_text(&w->preimage, x->rest);
	return buf_span(&w->preimage);
}

static inline enum rc
sign(struct world *w, struct authn *a, const struct exchange *x, uint8_t hash_len)
{
	struct msg_sign m = { hash_len, preimage(w, x) };
	uint8_t sig[HOSTKEY_SIGNATURE];
	struct err err = { "" };

	return authn_sign(a, &m, sig, &err);
}

static inline void
key_exchange(struct world *w, struct authn *a)
{
	struct exchange x = honest(w);

	assert_int_equal(sign(w, a, &x, 32), RC_OK);
}

/* The bytes that a client signs, in parts that a row may replace. */
struct claim {
	struct span sid;
	uint8_t type;
	const char *user, *service, *method;
	uint8_t is_signed;
	const char *algorithm;
	struct span blob, host;
};

static inline struct claim
honest_claim(struct world *w, const struct userkey *k, const char *user)
{
	return (struct claim){ authn_session_id(w->a), 50, user, "ssh-connection",
		"publickey", 1, k->algorithm, buf_span(&k->blob), { NULL, 0 } };
}

static inline struct span
sign_claim(struct world *w, const struct userkey *k, const struct claim *c)
{
	struct buf *b = &w->bytes;

	buf_reset(b);
	buf_string(b, c->sid);
	buf_u8(b, c->type);
	buf_string(b, span_of(c->user));
	buf_string(b, span_of(c->service));
	buf_string(b, span_of(c->method));
	buf_u8(b, c->is_signed);
	buf_string(b, span_of(c->algorithm));
	buf_string(b, c->blob);
	if (c->host.len > 0)
		buf_string(b, c->host);
	userkey_sign(k, buf_span(b), &w->sig);
	return buf_span(&w->sig);
}

static inline struct msg_auth_try
try_of(const struct userkey *k, const char *user, struct span sig)
{
	return (struct msg_auth_try){ sig.len > 0, span_of(user), span_of(k->algorithm),
		buf_span(&k->blob), sig, 0, 0 };
}

/* yes, no, or the front must die. */
static inline char
answer(struct authn *a, const struct msg_auth_try *m)
{
	struct err err = { "" };
	bool yes = false;

	switch (authn_try(a, m, knows_all_but_nobody, NULL, &yes, &err)) {
	case RC_OK:
		return yes ? 'y' : 'n';
	case RC_REFUSE:
		return 'x';
	default:
		return '?';
	}
}

static inline char
log_in(struct world *w, const struct userkey *k, const char *user)
{
	struct claim c = honest_claim(w, k, user);
	struct msg_auth_try m = try_of(k, user, sign_claim(w, k, &c));

	return answer(w->a, &m);
}

/* The same by a security key, which says so of itself. */
static inline struct msg_auth_try
try_of_sk(struct world *w, const struct userkey *k, const struct claim *c,
    uint8_t flags, uint32_t counter)
{
	struct msg_auth_try m = try_of(k, c->user, sign_claim(w, k, c));

	userkey_sign_sk(k, buf_span(&w->bytes), flags, counter, &w->sig);
	m.signature = buf_span(&w->sig);
	m.flags = flags;
	m.counter = counter;
	return m;
}

static inline char
log_in_sk(struct world *w, const struct userkey *k, const char *user, uint8_t flags,
    uint32_t counter)
{
	struct claim c = honest_claim(w, k, user);
	struct msg_auth_try m = try_of_sk(w, k, &c, flags, counter);

	return answer(w->a, &m);
}

#endif
