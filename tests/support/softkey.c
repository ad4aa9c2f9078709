/* A security key in software, as OpenSSH's SecurityKeyProvider: a shared object that
 * ssh-keygen and ssh load (PROTOCOL.u2f, sk-api.h).  For tests: it is touched by a
 * variable, so it proves nothing about anybody.
 *
 *	SOFTKEY		the device: a file of at least 32 secret bytes
 *	SOFTKEY_FLAGS	what it says of a signature: 0 no touch, 1 touch (default), 5 PIN, too
 *	SOFTKEY_COUNTER	what it has counted to (default 7)
 *
 * cc -shared -fPIC -o softkey.so softkey.c -lcrypto */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API_VERSION 0x000a0000
#define ALG_ECDSA 0
#define ALG_ED25519 1
#define ERR_GENERAL -1
#define ERR_UNSUPPORTED -2
#define ERR_DEVICE_NOT_FOUND -4

#define HANDLE 32
#define SECRET 32

/* The layouts are the interface's. */
struct sk_enroll_response {
	uint8_t flags;
	uint8_t *public_key;
	size_t public_key_len;
	uint8_t *key_handle;
	size_t key_handle_len;
	uint8_t *signature;
	size_t signature_len;
	uint8_t *attestation_cert;
	size_t attestation_cert_len;
	uint8_t *authdata;
	size_t authdata_len;
};

struct sk_sign_response {
	uint8_t flags;
	uint32_t counter;
	uint8_t *sig_r;
	size_t sig_r_len;
	uint8_t *sig_s;
	size_t sig_s_len;
};

struct sk_resident_key;
struct sk_option;

uint32_t sk_api_version(void);
int sk_enroll(uint32_t alg, const uint8_t *challenge, size_t challenge_len,
    const char *application, uint8_t flags, const char *pin, struct sk_option **options,
    struct sk_enroll_response **ret);
int sk_sign(uint32_t alg, const uint8_t *data, size_t data_len, const char *application,
    const uint8_t *handle, size_t handle_len, uint8_t flags, const char *pin,
    struct sk_option **options, struct sk_sign_response **ret);
int sk_load_resident_keys(const char *pin, struct sk_option **options,
    struct sk_resident_key ***ret, size_t *n);

static unsigned long
number(const char *name, unsigned long otherwise)
{
	const char *s = getenv(name);

	return s != NULL && *s != '\0' ? strtoul(s, NULL, 0) : otherwise;
}

/* As devices do it: nothing is stored but one secret, from which each key comes. */
static int
derive(
    uint32_t alg, const char *application, const uint8_t *handle, uint8_t out[SECRET])
{
	const char *path = getenv("SOFTKEY");
	uint8_t master[SECRET], text[1 + 256 + HANDLE] = { (uint8_t)alg };
	size_t n = strlen(application), got;
	unsigned len;
	FILE *f;

	if (path == NULL || n > 255 || (f = fopen(path, "rb")) == NULL)
		return 0;
	got = fread(master, 1, sizeof master, f);
	fclose(f);
	memcpy(text + 1, application, n);
	memcpy(text + 1 + 256, handle, HANDLE);
	return got == sizeof master && HMAC(EVP_sha256(), master, sizeof master, text,
					   sizeof text, out, &len) != NULL;
}

/* The point that belongs to the number; not one that anybody would guard money with. */
static EVP_PKEY *
p256_of(const uint8_t secret[SECRET], uint8_t point[65])
{
	EC_GROUP *g = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *p = EC_POINT_new(g);
	BIGNUM *n = BN_bin2bn(secret, SECRET, NULL);
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	BN_set_negative(n, 0);
	BN_clear_bit(n, 255); /* so that it is below the order of the curve */
	if (EC_POINT_mul(g, p, n, NULL, NULL, NULL) == 1 &&
	    EC_POINT_point2oct(g, p, POINT_CONVERSION_UNCOMPRESSED, point, 65, NULL) ==
		65 &&
	    OSSL_PARAM_BLD_push_utf8_string(
		b, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) &&
	    OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, 65) &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, n) &&
	    (params = OSSL_PARAM_BLD_to_param(b)) != NULL &&
	    EVP_PKEY_fromdata_init(c) == 1)
		(void)EVP_PKEY_fromdata(c, &key, EVP_PKEY_KEYPAIR, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	EVP_PKEY_CTX_free(c);
	BN_free(n);
	EC_POINT_free(p);
	EC_GROUP_free(g);
	return key;
}

/* Its public half as the interface has it: 32 bytes, or a point. */
static EVP_PKEY *
key_of(uint32_t alg, const char *application, const uint8_t *handle, uint8_t *pub,
    size_t *pub_len)
{
	uint8_t secret[SECRET];
	EVP_PKEY *key;

	if (!derive(alg, application, handle, secret))
		return NULL;
	if (alg == ALG_ECDSA) {
		*pub_len = 65;
		return p256_of(secret, pub);
	}
	*pub_len = 32;
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, SECRET);
	if (key == NULL || EVP_PKEY_get_raw_public_key(key, pub, pub_len) != 1) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

static uint8_t *
copy(const void *p, size_t n, size_t *len)
{
	uint8_t *r = malloc(n);

	if (r != NULL)
		memcpy(r, p, n);
	*len = r != NULL ? n : 0;
	return r;
}

uint32_t
sk_api_version(void)
{
	return API_VERSION;
}

int
sk_enroll(uint32_t alg, const uint8_t *challenge, size_t challenge_len,
    const char *application, uint8_t flags, const char *pin, struct sk_option **options,
    struct sk_enroll_response **ret)
{
	struct sk_enroll_response *r;
	uint8_t handle[HANDLE], pub[65];
	size_t pub_len;
	EVP_PKEY *key;

	(void)challenge;
	(void)challenge_len;
	(void)pin;
	(void)options;
	if (alg != ALG_ECDSA && alg != ALG_ED25519)
		return ERR_UNSUPPORTED;
	if (RAND_bytes(handle, sizeof handle) != 1 ||
	    (key = key_of(alg, application, handle, pub, &pub_len)) == NULL)
		return ERR_DEVICE_NOT_FOUND;
	EVP_PKEY_free(key);
	if ((r = calloc(1, sizeof *r)) == NULL)
		return ERR_GENERAL;
	r->flags = flags;
	r->public_key = copy(pub, pub_len, &r->public_key_len);
	r->key_handle = copy(handle, sizeof handle, &r->key_handle_len);
	/* An attestation that nobody will look at. */
	r->signature = copy("", 1, &r->signature_len);
	*ret = r;
	return 0;
}

static int
put_signature(uint32_t alg, EVP_PKEY *key, const uint8_t *text, size_t n,
    struct sk_sign_response *r)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	uint8_t sig[128], num[32];
	const uint8_t *p = sig;
	size_t len = sizeof sig;
	ECDSA_SIG *parts;
	int good = EVP_DigestSignInit(c, NULL, alg == ALG_ECDSA ? EVP_sha256() : NULL,
		       NULL, key) == 1 &&
		   EVP_DigestSign(c, sig, &len, text, n) == 1;

	EVP_MD_CTX_free(c);
	if (!good)
		return 0;
	if (alg == ALG_ED25519) {
		r->sig_r = copy(sig, len, &r->sig_r_len);
		return 1;
	}
	if ((parts = d2i_ECDSA_SIG(NULL, &p, (long)len)) == NULL)
		return 0;
	BN_bn2binpad(ECDSA_SIG_get0_r(parts), num, sizeof num);
	r->sig_r = copy(num, sizeof num, &r->sig_r_len);
	BN_bn2binpad(ECDSA_SIG_get0_s(parts), num, sizeof num);
	r->sig_s = copy(num, sizeof num, &r->sig_s_len);
	ECDSA_SIG_free(parts);
	return 1;
}

int
sk_sign(uint32_t alg, const uint8_t *data, size_t data_len, const char *application,
    const uint8_t *handle, size_t handle_len, uint8_t flags, const char *pin,
    struct sk_option **options, struct sk_sign_response **ret)
{
	struct sk_sign_response *r;
	uint8_t text[69], pub[65];
	size_t pub_len;
	EVP_PKEY *key;
	int good;

	(void)flags;
	(void)pin;
	(void)options;
	if ((alg != ALG_ECDSA && alg != ALG_ED25519) || handle_len != HANDLE)
		return ERR_UNSUPPORTED;
	if ((key = key_of(alg, application, handle, pub, &pub_len)) == NULL)
		return ERR_DEVICE_NOT_FOUND;
	if ((r = calloc(1, sizeof *r)) == NULL)
		return ERR_GENERAL;
	r->flags = (uint8_t)number("SOFTKEY_FLAGS", 1);
	r->counter = (uint32_t)number("SOFTKEY_COUNTER", 7);
	good = EVP_Digest(application, strlen(application), text, NULL, EVP_sha256(),
		   NULL) == 1 &&
	       EVP_Digest(data, data_len, text + 37, NULL, EVP_sha256(), NULL) == 1;
	text[32] = r->flags;
	for (int i = 0; i < 4; i++)
		text[33 + i] = (uint8_t)(r->counter >> (24 - 8 * i));
	good = good && put_signature(alg, key, text, sizeof text, r);
	EVP_PKEY_free(key);
	if (!good) {
		free(r);
		return ERR_GENERAL;
	}
	*ret = r;
	return 0;
}

int
sk_load_resident_keys(const char *pin, struct sk_option **options,
    struct sk_resident_key ***ret, size_t *n)
{
	(void)pin;
	(void)options;
	(void)ret;
	(void)n;
	return ERR_UNSUPPORTED;
}
