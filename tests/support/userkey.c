#include "tests/support/userkey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *algorithm, *digest, *curve, *group;
} kinds[] = {
	{ "ssh-ed25519", NULL, NULL, NULL },
	{ "ecdsa-sha2-nistp256", "SHA256", "nistp256", "P-256" },
	{ "ecdsa-sha2-nistp384", "SHA384", "nistp384", "P-384" },
	{ "ecdsa-sha2-nistp521", "SHA512", "nistp521", "P-521" },
	{ "rsa-sha2-256", "SHA256", NULL, NULL },
	{ "rsa-sha2-512", "SHA512", NULL, NULL },
	{ "sk-ssh-ed25519@openssh.com", NULL, NULL, NULL },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", "SHA256", "nistp256", "P-256" },
};

static void
must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "userkey: %s\n", what);
	exit(1);
}

static void
put_mpint(struct buf *b, EVP_PKEY *key, const char *name)
{
	uint8_t bytes[2049] = { 0 };
	BIGNUM *n = NULL;
	int len;

	must(EVP_PKEY_get_bn_param(key, name, &n), name);
	len = BN_bn2bin(n, bytes + 1);
	if ((bytes[1] & 0x80) != 0)
		buf_string(b, span_make(bytes, (size_t)len + 1));
	else
		buf_string(b, span_make(bytes + 1, (size_t)len));
	BN_free(n);
}

static void
put_ec(struct userkey *k, const char *curve)
{
	uint8_t point[200];
	size_t n = 0;

	must(EVP_PKEY_get_octet_string_param(
		 k->key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &n),
	    "point");
	buf_string(&k->blob, span_of(k->algorithm));
	buf_string(&k->blob, span_of(curve));
	buf_string(&k->blob, span_make(point, n));
}

static void
put_ed25519(struct userkey *k)
{
	uint8_t raw[32];
	size_t n = sizeof raw;

	must(EVP_PKEY_get_raw_public_key(k->key, raw, &n), "raw");
	buf_string(&k->blob, span_of(k->algorithm));
	buf_string(&k->blob, span_make(raw, n));
}

void
userkey_make(struct userkey *k, const char *algorithm, unsigned bits)
{
	size_t i = 0;

	while (strcmp(kinds[i].algorithm, algorithm) != 0)
		i++;
	k->algorithm = kinds[i].algorithm;
	k->digest = kinds[i].digest;
	buf_init(&k->blob, 16384);
	if (kinds[i].group != NULL) {
		must((k->key = EVP_EC_gen(kinds[i].group)) != NULL, "EC");
		put_ec(k, kinds[i].curve);
	} else if (k->digest == NULL) {
		must((k->key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")) != NULL, "Ed");
		put_ed25519(k);
	} else {
		must((k->key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits)) !=
			 NULL,
		    "RSA");
		buf_string(&k->blob, span_of("ssh-rsa"));
		put_mpint(&k->blob, k->key, OSSL_PKEY_PARAM_RSA_E);
		put_mpint(&k->blob, k->key, OSSL_PKEY_PARAM_RSA_N);
	}
	k->application = strncmp(k->algorithm, "sk-", 3) == 0 ? "ssh:" : NULL;
	if (k->application != NULL)
		buf_string(&k->blob, span_of(k->application));
	must(buf_ok(&k->blob), "blob");
}

void
userkey_clear(struct userkey *k)
{
	EVP_PKEY_free(k->key);
	buf_clear(&k->blob);
}

void
userkey_sign(const struct userkey *k, struct span bytes, struct buf *sig)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t n = 2048;

	buf_reset(sig);
	must(buf_room(sig, n) != NULL, "room");
	must(EVP_DigestSignInit_ex(c, NULL, k->digest, NULL, NULL, k->key, NULL),
	    "init");
	must(EVP_DigestSign(c, sig->p, &n, bytes.p, bytes.len), "sign");
	sig->len = n;
	EVP_MD_CTX_free(c);
}

void
userkey_sign_sk(const struct userkey *k, struct span bytes, uint8_t flags,
    uint32_t counter, struct buf *sig)
{
	uint8_t hash[32];
	struct buf b;

	buf_init(&b, 1000);
	must(EVP_Digest(k->application, strlen(k->application), hash, NULL,
		 EVP_sha256(), NULL),
	    "hash");
	buf_put(&b, hash, sizeof hash);
	buf_u8(&b, flags);
	buf_u32(&b, counter);
	must(EVP_Digest(bytes.p, bytes.len, hash, NULL, EVP_sha256(), NULL), "hash");
	buf_put(&b, hash, sizeof hash);
	must(buf_ok(&b), "room");
	userkey_sign(k, buf_span(&b), sig);
	buf_clear(&b);
}
