/* Users' keys over OpenSSL; see loginkey.h.  Knows nothing of whose key it is.  Lengths
 * and layout of a blob are lib/model/pubkey.h's business, not looked at twice. */
#include "broker/identity/loginkey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model/pubkey.h"

struct kind;
typedef EVP_PKEY *read_fn(const struct kind *kind, struct cur *c);
static read_fn read_ed25519, read_ecdsa, read_rsa;

struct kind {
	const char *algorithm; /* of the signature */
	const char *type;      /* of the blob */
	const char *digest;    /* NULL: the algorithm has its own */
	read_fn *read;	       /* the blob behind its type */
	const char *group;     /* the curve as OpenSSL names it */
	bool sk;	       /* a security key: its application ends the blob */
};

static const struct kind kinds[] = {
	{ "ssh-ed25519", "ssh-ed25519", NULL, read_ed25519, NULL, false },
	{ "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "SHA256", read_ecdsa, "P-256",
	    false },
	{ "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", "SHA384", read_ecdsa, "P-384",
	    false },
	{ "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", "SHA512", read_ecdsa, "P-521",
	    false },
	{ "rsa-sha2-256", "ssh-rsa", "SHA256", read_rsa, NULL, false },
	{ "rsa-sha2-512", "ssh-rsa", "SHA512", read_rsa, NULL, false },
	{ PUBKEY_SK_ED25519, PUBKEY_SK_ED25519, NULL, read_ed25519, NULL, true },
	{ PUBKEY_SK_P256, PUBKEY_SK_P256, "SHA256", read_ecdsa, "P-256", true },
};

struct loginkey {
	const struct kind *kind;
	EVP_PKEY *key;
	uint8_t application[SHA256_DIGEST_LENGTH]; /* its hash; of security keys */
};

static EVP_PKEY *
read_ed25519(const struct kind *kind, struct cur *c)
{
	struct span raw = cur_string(c, c->left);

	(void)kind;
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw.p, raw.len);
}

/* A key from named parts; that a point lies on its curve is for OpenSSL to find. */
static EVP_PKEY *
from_parts(const char *type, OSSL_PARAM_BLD *parts)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(parts);
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (params == NULL || c == NULL || EVP_PKEY_fromdata_init(c) != 1 ||
	    EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(c);
	OSSL_PARAM_free(params);
	return key;
}

static EVP_PKEY *
read_ecdsa(const struct kind *kind, struct cur *c)
{
	struct span curve = cur_string(c, c->left), point = cur_string(c, c->left);
	OSSL_PARAM_BLD *b;
	EVP_PKEY *key = NULL;

	(void)curve; /* its type says it too, and pubkey_blob compared them */
	if ((b = OSSL_PARAM_BLD_new()) == NULL)
		return NULL;
	if (OSSL_PARAM_BLD_push_utf8_string(
		b, OSSL_PKEY_PARAM_GROUP_NAME, kind->group, 0) &&
	    OSSL_PARAM_BLD_push_octet_string(
		b, OSSL_PKEY_PARAM_PUB_KEY, point.p, point.len))
		key = from_parts("EC", b);
	OSSL_PARAM_BLD_free(b);
	return key;
}

static BIGNUM *
read_mpint(struct cur *c)
{
	struct span s = cur_string(c, c->left);

	return BN_bin2bn(s.p, (int)s.len, NULL);
}

static EVP_PKEY *
read_rsa(const struct kind *kind, struct cur *c)
{
	BIGNUM *e = read_mpint(c), *n = read_mpint(c);
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY *key = NULL;

	(void)kind;
	if (b != NULL && e != NULL && n != NULL &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e))
		key = from_parts("RSA", b);
	OSSL_PARAM_BLD_free(b);
	BN_free(e);
	BN_free(n);
	return key;
}

static const struct kind *
find_kind(struct span algorithm)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (span_is(algorithm, kinds[i].algorithm))
			return &kinds[i];
	return NULL;
}

bool
loginkey_algorithm_sk(struct span algorithm)
{
	const struct kind *kind = find_kind(algorithm);

	return kind != NULL && kind->sk;
}

static bool
sha256(struct span s, uint8_t out[SHA256_DIGEST_LENGTH])
{
	unsigned n;

	return EVP_Digest(s.p, s.len, out, &n, EVP_sha256(), NULL) == 1;
}

enum rc
loginkey_new(
    struct span algorithm, struct span blob, struct loginkey **ret, struct err *err)
{
	const struct kind *kind = find_kind(algorithm);
	const char *type;
	unsigned bits;
	struct loginkey *k;
	EVP_PKEY *key;
	struct cur c;
	enum rc rc;

	if (kind == NULL)
		return err_set(
		    err, RC_REFUSE, "the signature algorithm is not accepted");
	if ((rc = pubkey_blob(blob, &type, &bits, err)) != RC_OK)
		return rc;
	cur_init(&c, blob);
	if (!span_is(cur_string(&c, blob.len), kind->type))
		return err_set(err, RC_REFUSE, "the algorithm is not the key's");
	if ((key = kind->read(kind, &c)) == NULL)
		return err_set(err, RC_REFUSE, "the %s key is malformed", kind->type);
	if ((k = malloc(sizeof *k)) == NULL) {
		EVP_PKEY_free(key);
		return err_memory(err);
	}
	*k = (struct loginkey){ .kind = kind, .key = key };
	if (kind->sk && !sha256(cur_string(&c, c.left), k->application)) {
		loginkey_free(k);
		return err_set(err, RC_FAIL, "hash an application");
	}
	*ret = k;
	return RC_OK;
}

void
loginkey_free(struct loginkey *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->key);
	free(k);
}

static bool
verify(const struct loginkey *k, struct span sig, struct span bytes)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool good = c != NULL && sig.len > 0 && sig.len <= LOGINKEY_SIGNATURE_MAX &&
		    EVP_DigestVerifyInit_ex(
			c, NULL, k->kind->digest, NULL, NULL, k->key, NULL) == 1 &&
		    EVP_DigestVerify(c, sig.p, sig.len, bytes.p, bytes.len) == 1;

	EVP_MD_CTX_free(c);
	return good;
}

bool
loginkey_verify(const struct loginkey *k, struct span sig, struct span bytes)
{
	return !k->kind->sk && verify(k, sig, bytes);
}

/* PROTOCOL.u2f, "SSH U2F signatures". */
bool
loginkey_verify_sk(const struct loginkey *k, struct span sig, struct span bytes,
    uint8_t flags, uint32_t counter)
{
	/* and one more, that a buf_over keeps for itself */
	uint8_t room[2 * SHA256_DIGEST_LENGTH + 5 + 1], hash[SHA256_DIGEST_LENGTH];
	struct buf b;

	if (!k->kind->sk || !sha256(bytes, hash))
		return false;
	buf_over(&b, room, sizeof room);
	buf_put(&b, k->application, sizeof k->application);
	buf_u8(&b, flags);
	buf_u32(&b, counter);
	buf_put(&b, hash, sizeof hash);
	return buf_ok(&b) && verify(k, sig, buf_span(&b));
}
