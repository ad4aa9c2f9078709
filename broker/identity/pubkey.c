/* Users' keys over OpenSSL; see pubkey.h.  Knows nothing of whose key it is. */
#include "broker/identity/pubkey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdlib.h>

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 16384
#define RSA_E_MAX 8 /* bytes; a longer exponent only costs time */

struct kind;
typedef EVP_PKEY *read_fn(const struct kind *kind, struct cur *c);
static read_fn read_ed25519, read_ecdsa, read_rsa;

struct kind {
	const char *algorithm; /* of the signature */
	const char *type;      /* of the blob */
	const char *digest;    /* NULL: the algorithm has its own */
	read_fn *read;	       /* the blob behind its type */
	const char *curve;     /* as the blob and OpenSSL name it */
	const char *group;
	size_t point; /* length of an uncompressed point */
};

static const struct kind kinds[] = {
	{ "ssh-ed25519", "ssh-ed25519", NULL, read_ed25519, NULL, NULL, 0 },
	{ "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "SHA256", read_ecdsa,
	    "nistp256", "P-256", 65 },
	{ "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", "SHA384", read_ecdsa,
	    "nistp384", "P-384", 97 },
	{ "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", "SHA512", read_ecdsa,
	    "nistp521", "P-521", 133 },
	{ "rsa-sha2-256", "ssh-rsa", "SHA256", read_rsa, NULL, NULL, 0 },
	{ "rsa-sha2-512", "ssh-rsa", "SHA512", read_rsa, NULL, NULL, 0 },
};

struct pubkey {
	const struct kind *kind;
	EVP_PKEY *key;
};

static EVP_PKEY *
read_ed25519(const struct kind *kind, struct cur *c)
{
	struct span raw = cur_string(c, 32);

	(void)kind;
	if (!cur_done(c) || raw.len != 32)
		return NULL;
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw.p, raw.len);
}

/* A key from named parts; what the parts may be, OpenSSL checks too (the point must lie
 * on the curve). */
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
	struct span curve = cur_string(c, 16), point = cur_string(c, 133);
	OSSL_PARAM_BLD *b;
	EVP_PKEY *key = NULL;

	/* RFC 5656 allows compressed points; nobody sends them, and one key must not
	 * have two blobs. */
	if (!cur_done(c) || !span_is(curve, kind->curve) || point.len != kind->point ||
	    point.p[0] != 4 || (b = OSSL_PARAM_BLD_new()) == NULL)
		return NULL;
	if (OSSL_PARAM_BLD_push_utf8_string(
		b, OSSL_PKEY_PARAM_GROUP_NAME, kind->group, 0) &&
	    OSSL_PARAM_BLD_push_octet_string(
		b, OSSL_PKEY_PARAM_PUB_KEY, point.p, point.len))
		key = from_parts("EC", b);
	OSSL_PARAM_BLD_free(b);
	return key;
}

/* A positive mpint in its one shortest form (RFC 4251 section 5). */
static BIGNUM *
read_mpint(struct cur *c, size_t max)
{
	struct span s = cur_string(c, max + 1);

	if (c->bad || s.len == 0 || (s.p[0] & 0x80) != 0)
		return NULL;
	if (s.len > max && s.p[0] != 0)
		return NULL;
	if (s.p[0] == 0 && (s.len == 1 || (s.p[1] & 0x80) == 0))
		return NULL;
	return BN_bin2bn(s.p, (int)s.len, NULL);
}

static bool
rsa_fits(const BIGNUM *n, const BIGNUM *e)
{
	int bits = n != NULL ? BN_num_bits(n) : 0;

	return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX && BN_is_odd(n) &&
	       e != NULL && BN_is_odd(e) && !BN_is_one(e);
}

static EVP_PKEY *
read_rsa(const struct kind *kind, struct cur *c)
{
	BIGNUM *e = read_mpint(c, RSA_E_MAX), *n = read_mpint(c, RSA_BITS_MAX / 8);
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY *key = NULL;

	(void)kind;
	if (b != NULL && cur_done(c) && rsa_fits(n, e) &&
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

enum rc
pubkey_new(
    struct span algorithm, struct span blob, struct pubkey **ret, struct err *err)
{
	const struct kind *kind = find_kind(algorithm);
	struct pubkey *k;
	EVP_PKEY *key;
	struct cur c;

	if (kind == NULL)
		return err_set(
		    err, RC_REFUSE, "the signature algorithm is not accepted");
	if (blob.len < PUBKEY_BLOB_MIN || blob.len > PUBKEY_BLOB_MAX)
		return err_set(err, RC_REFUSE, "a key of %zu bytes", blob.len);
	cur_init(&c, blob);
	if (!span_is(cur_string(&c, 64), kind->type))
		return err_set(err, RC_REFUSE, "the algorithm is not the key's");
	if ((key = kind->read(kind, &c)) == NULL)
		return err_set(err, RC_REFUSE, "the %s key is malformed", kind->type);
	if ((k = malloc(sizeof *k)) == NULL) {
		EVP_PKEY_free(key);
		return err_memory(err);
	}
	*k = (struct pubkey){ kind, key };
	*ret = k;
	return RC_OK;
}

void
pubkey_free(struct pubkey *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->key);
	free(k);
}

bool
pubkey_verify(const struct pubkey *k, struct span sig, struct span bytes)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool good = c != NULL && sig.len > 0 && sig.len <= PUBKEY_SIGNATURE_MAX &&
		    EVP_DigestVerifyInit_ex(
			c, NULL, k->kind->digest, NULL, NULL, k->key, NULL) == 1 &&
		    EVP_DigestVerify(c, sig.p, sig.len, bytes.p, bytes.len) == 1;

	EVP_MD_CTX_free(c);
	return good;
}
