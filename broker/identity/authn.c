/* Logins as the monitor sees them; see authn.h.  Checks stand in the order in which
 * they are made; what is not proven is no. */
#include "broker/identity/authn.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "broker/identity/loginkey.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/text.h"

#define VERSION "SSH-2.0-broker_"
#define VERSION_MAX AUTHN_CLIENT_MAX
#define KEXINIT_MAX 35000 /* RFC 4253 section 6.1 */
#define SIGNED_MAX (64 * 1024)
#define MSG_KEXINIT 20
#define MSG_USERAUTH_REQUEST 50
#define SERVICE "ssh-connection"
#define PLAIN "publickey"
#define HOSTBOUND "publickey-hostbound-v00@openssh.com"

struct authn {
	const struct hostkey *key;
	char version[sizeof VERSION + ID_NONCE_TEXT];
	bool test;
	unsigned signs, failures;
	/* Signatures that were verified; a security key's without a touch counts apart. */
	unsigned good, bad, untouched;
	uint8_t sid[EVP_MAX_MD_SIZE];
	size_t sid_len; /* 0: no exchange hash yet */
	char client[4 * AUTHN_CLIENT_MAX + 2];
	struct authn_who who;
	char user[AUTHN_USER_MAX + 1];
	uint8_t *blob;
};

static bool
is_nonce(const char *s)
{
	size_t n = 0;

	for (; s[n] != '\0'; n++)
		if (!isdigit((unsigned char)s[n]) && (s[n] < 'a' || s[n] > 'f'))
			return false;
	return n == ID_NONCE_TEXT - 1;
}

enum rc
authn_new(const struct hostkey *key, const char *nonce, bool test, struct authn **ret,
    struct err *err)
{
	struct authn *a;

	if (!is_nonce(nonce))
		return err_set(err, RC_REFUSE, "not a nonce");
	if ((a = calloc(1, sizeof *a)) == NULL)
		return err_memory(err);
	a->key = key;
	a->test = test;
	memcpy(a->version, VERSION, sizeof VERSION - 1);
	memcpy(a->version + sizeof VERSION - 1, nonce, ID_NONCE_TEXT);
	*ret = a;
	return RC_OK;
}

void
authn_free(struct authn *a)
{
	if (a == NULL)
		return;
	free(a->blob);
	free(a);
}

const struct authn_who *
authn_who(const struct authn *a)
{
	return a->who.user != NULL ? &a->who : NULL;
}

struct span
authn_session_id(const struct authn *a)
{
	return span_make(a->sid, a->sid_len);
}

const char *
authn_client(const struct authn *a)
{
	return a->client;
}

unsigned
authn_failures(const struct authn *a)
{
	return a->failures;
}

bool
authn_is_test(const struct authn *a)
{
	return a->test;
}

bool
authn_test_passed(const struct authn *a)
{
	return a->test && a->good == 1 && a->bad == 1 && a->untouched == 1;
}

static const EVP_MD *
hash_of(uint8_t len)
{
	switch (len) {
	case 32:
		return EVP_sha256();
	case 48:
		return EVP_sha384();
	case 64:
		return EVP_sha512();
	}
	return NULL;
}

static bool
is_kexinit(struct span s)
{
	return s.len > 0 && s.p[0] == MSG_KEXINIT;
}

/* That these bytes are the exchange of this connection and of no other one: a hash that
 * was seen elsewhere cannot be had signed again, since our nonce is in it. */
static enum rc
check_preimage(const struct authn *a, struct span preimage, struct err *err)
{
	struct span v_c, v_s, i_c, i_s, k_s;
	struct cur c;

	cur_init(&c, preimage);
	v_c = cur_string(&c, VERSION_MAX);
	v_s = cur_string(&c, VERSION_MAX);
	i_c = cur_string(&c, KEXINIT_MAX);
	i_s = cur_string(&c, KEXINIT_MAX);
	k_s = cur_string(&c, LOGINKEY_BLOB_MAX);
	if (c.bad || c.left == 0)
		return err_set(err, RC_REFUSE, "the preimage is cut");
	if (!span_starts(v_c, "SSH-2.0-"))
		return err_set(err, RC_REFUSE, "the preimage has no client version");
	if (!is_kexinit(i_c) || !is_kexinit(i_s))
		return err_set(err, RC_REFUSE, "the preimage has no KEXINIT");
	if (!span_is(v_s, a->version))
		return err_set(err, RC_REFUSE, "the preimage is of another connection");
	if (!span_eq(k_s, hostkey_blob(a->key)))
		return err_set(err, RC_REFUSE, "the preimage is of another host key");
	return RC_OK;
}

/* The first string of the preimage, which has been checked. */
static void
note_client(struct authn *a, struct span preimage)
{
	struct buf out;
	struct cur c;

	cur_init(&c, preimage);
	buf_over(&out, a->client, sizeof a->client);
	text_show(&out, cur_string(&c, VERSION_MAX));
	(void)buf_cstr(&out);
}

enum rc
authn_sign(struct authn *a, const struct msg_sign *m, uint8_t sig[HOSTKEY_SIGNATURE],
    struct err *err)
{
	const EVP_MD *md = hash_of(m->hash_len);
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned n;
	enum rc rc;

	if (a->signs >= AUTHN_SIGNS_MAX)
		return err_set(
		    err, RC_REFUSE, "more than %u key exchanges", AUTHN_SIGNS_MAX);
	a->signs++;
	if (md == NULL)
		return err_set(err, RC_REFUSE, "a hash of %u bytes", m->hash_len);
	if ((rc = check_preimage(a, m->preimage, err)) != RC_OK)
		return rc;
	if (EVP_Digest(m->preimage.p, m->preimage.len, hash, &n, md, NULL) != 1 ||
	    n != m->hash_len)
		return err_set(err, RC_FAIL, "hash the key exchange");
	if ((rc = hostkey_sign(a->key, span_make(hash, n), sig, err)) != RC_OK)
		return rc;
	if (a->sid_len == 0) {
		memcpy(a->sid, hash, n);
		a->sid_len = n;
		note_client(a, m->preimage);
	}
	return RC_OK;
}

/* What no front that runs our code ever sends. */
static enum rc
check_form(const struct authn *a, const struct msg_auth_try *m, struct err *err)
{
	if (m->is_signed > 1 || m->user.len > AUTHN_USER_MAX || span_has_nul(m->user) ||
	    m->algorithm.len == 0 || m->algorithm.len > 63 ||
	    span_has_nul(m->algorithm) || m->blob.len < LOGINKEY_BLOB_MIN ||
	    m->blob.len > LOGINKEY_BLOB_MAX ||
	    m->signature.len > LOGINKEY_SIGNATURE_MAX)
		return err_set(err, RC_REFUSE, "a login try is malformed");
	if (m->is_signed == 0 && m->signature.len != 0)
		return err_set(err, RC_REFUSE, "a probe with a signature");
	if ((m->flags != 0 || m->counter != 0) &&
	    (m->is_signed == 0 || !loginkey_algorithm_sk(m->algorithm)))
		return err_set(err, RC_REFUSE, "flags without a security key");
	if (a->sid_len == 0)
		return err_set(err, RC_REFUSE, "a login before the key exchange");
	return RC_OK;
}

/* RFC 4252 section 7; the host key's blob ends it in OpenSSH's host-bound form. */
static void
build_signed(
    const struct authn *a, const struct msg_auth_try *m, bool bound, struct buf *b)
{
	buf_reset(b);
	buf_string(b, authn_session_id(a));
	buf_u8(b, MSG_USERAUTH_REQUEST);
	buf_string(b, m->user);
	buf_string(b, span_of(SERVICE));
	buf_string(b, span_of(bound ? HOSTBOUND : PLAIN));
	buf_u8(b, 1);
	buf_string(b, m->algorithm);
	buf_string(b, m->blob);
	if (bound)
		buf_string(b, hostkey_blob(a->key));
}

/* The front cannot always see which form the client used, so both are tried.  Flags and
 * counter are the front's word until the signature has covered them. */
static bool
verify(const struct authn *a, const struct msg_auth_try *m, const struct loginkey *k)
{
	bool sk = loginkey_algorithm_sk(m->algorithm), good = false;
	struct buf b;

	buf_init(&b, SIGNED_MAX);
	for (int bound = 0; bound <= 1 && !good; bound++) {
		build_signed(a, m, bound, &b);
		if (!buf_ok(&b))
			break;
		good = sk ? loginkey_verify_sk(
				k, m->signature, buf_span(&b), m->flags, m->counter)
			  : loginkey_verify(k, m->signature, buf_span(&b));
	}
	buf_clear(&b);
	return good;
}

/* Who holds a key in software signs without anybody there; a security key is one only
 * with the touch.  The counter is not kept: it would tell of a cloned key only if all
 * that the key signs came by here, and many devices count for all their keys at once, or
 * never beyond zero. */
static bool
lacks_touch(const struct msg_auth_try *m)
{
	return loginkey_algorithm_sk(m->algorithm) && !(m->flags & LOGINKEY_TOUCHED);
}

static enum rc
log_in(struct authn *a, const struct msg_auth_try *m, struct err *err)
{
	if ((a->blob = malloc(m->blob.len)) == NULL)
		return err_memory(err);
	memcpy(a->blob, m->blob.p, m->blob.len);
	span_copy(m->user, a->user, sizeof a->user);
	sshkey_fingerprint(m->blob, a->who.fingerprint);
	a->who.user = a->user;
	a->who.blob = span_make(a->blob, m->blob.len);
	a->who.method = PLAIN;
	a->who.proof = loginkey_algorithm_sk(m->algorithm) ? PROOF_SK : PROOF_KEY;
	a->who.verified =
	    a->who.proof == PROOF_SK && (m->flags & LOGINKEY_VERIFIED) != 0;
	a->who.at_ms = clock_mono_ms();
	a->who.wall_ms = clock_wall_ms();
	return RC_OK;
}

/* RC_OK: yes.  RC_REFUSE: no, and why. */
static enum rc
judge(struct authn *a, const struct msg_auth_try *m, authn_known_fn *known, void *arg,
    struct err *err)
{
	struct loginkey *k = NULL;
	bool may;
	enum rc rc;

	if (a->who.user != NULL)
		return err_set(err, RC_REFUSE, "somebody is logged in already");
	if (a->failures >= AUTHN_FAILURES_MAX)
		return err_set(err, RC_REFUSE, "too many failures");
	may =
	    a->test ? span_is(m->user, AUTHN_TEST_USER) : known(arg, m->user, m->blob);
	if (!may)
		return err_set(err, RC_REFUSE, "the key is not known");
	/* On probes too: a client invited to sign with a key that is then refused
	 * may wait for ever. */
	if ((rc = loginkey_new(m->algorithm, m->blob, &k, err)) != RC_OK ||
	    m->is_signed == 0)
		goto out;
	if (!verify(a, m, k)) {
		a->bad++;
		rc = err_set(err, RC_REFUSE, "the signature is wrong");
	} else if (lacks_touch(m)) {
		a->untouched++;
		rc = err_set(err, RC_REFUSE, "the security key was not touched");
	} else {
		a->good++;
		rc = log_in(a, m, err);
	}
out:
	loginkey_free(k);
	return rc;
}

enum rc
authn_try(struct authn *a, const struct msg_auth_try *m, authn_known_fn *known,
    void *arg, bool *yes, struct err *err)
{
	enum rc rc;

	if ((rc = check_form(a, m, err)) != RC_OK)
		return rc;
	rc = judge(a, m, known, arg, err);
	if (rc != RC_OK && rc != RC_REFUSE)
		return rc;
	if (rc == RC_REFUSE)
		a->failures++;
	*yes = rc == RC_OK;
	return RC_OK;
}
