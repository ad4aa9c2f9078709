/* A CA for a command, and leaves; see leaf.h. */
#include "broker/gate/leaf.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

/* Clocks of a client may be behind; a command lasts no longer than that. */
#define SINCE_S (-600)
#define LASTS_S (7 * 24 * 3600)

struct entry {
	char host[LEAF_NAME];
	X509 *cert; /* NULL: awaited, or refused */
	STACK_OF(X509) * chain;
	uint32_t number;
	bool refused;
	uint64_t used; /* for who goes first */
};

struct leaf {
	leaf_ask_fn *ask;
	void *arg;
	EVP_PKEY *key, *ca_key;
	X509 *ca;
	struct buf pem, spki;
	uint32_t numbers;
	uint64_t uses;
	struct entry entries[LEAF_HOSTS];
};

struct extension {
	int nid;
	const char *value;
};

/* Only names that the gate serves; were the key to leak, it would sign for no other. */
static const struct extension of_ca[] = {
	{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
	{ NID_key_usage, "critical,keyCertSign" },
	{ NID_subject_key_identifier, "hash" },
	{ NID_name_constraints,
	    "critical,permitted;DNS:amazonaws.com,"
	    "permitted;DNS:amazonaws.com.cn,permitted;DNS:api.aws" },
};

static bool
add_extension(X509 *cert, X509 *issuer, const struct extension *e)
{
	X509_EXTENSION *x;
	X509V3_CTX ctx;
	bool good;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509V3_set_ctx_nodb(&ctx);
	if ((x = X509V3_EXT_conf_nid(NULL, &ctx, e->nid, e->value)) == NULL)
		return false;
	good = X509_add_ext(cert, x, -1) == 1;
	X509_EXTENSION_free(x);
	return good;
}

static bool
set_serial(X509 *cert)
{
	uint8_t random[16];
	BIGNUM *n;
	bool good;

	if (RAND_bytes(random, sizeof random) != 1)
		return false;
	random[0] &= 0x7f; /* positive, and never of more than 16 bytes */
	n = BN_bin2bn(random, sizeof random, NULL);
	good = n != NULL && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
	BN_free(n);
	return good;
}

static bool
set_name(X509_NAME *name, const char *text)
{
	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		   (const unsigned char *)text, -1, -1, 0) == 1;
}

/* issuer NULL: its own. */
static X509 *
certify(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *by,
    const struct extension *ext, size_t n)
{
	X509 *cert = X509_new();
	X509_NAME *from;
	bool good = cert != NULL && X509_set_version(cert, 2) == 1 &&
		    set_serial(cert) &&
		    X509_gmtime_adj(X509_getm_notBefore(cert), SINCE_S) != NULL &&
		    X509_gmtime_adj(X509_getm_notAfter(cert), LASTS_S) != NULL &&
		    X509_set_pubkey(cert, key) == 1 &&
		    set_name(X509_get_subject_name(cert), name);

	if (good) {
		from = X509_get_subject_name(issuer != NULL ? issuer : cert);
		good = X509_set_issuer_name(cert, from) == 1;
	}
	for (size_t i = 0; good && i < n; i++)
		good = add_extension(cert, issuer != NULL ? issuer : cert, &ext[i]);
	if (good && X509_sign(cert, by, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

static bool
make_ca(struct leaf *l)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p = NULL;
	long n = 0;

	l->ca_key = EVP_EC_gen("P-256");
	if (l->ca_key != NULL)
		l->ca = certify(l->ca_key, "Broker, CA of one command", NULL, l->ca_key,
		    of_ca, sizeof of_ca / sizeof of_ca[0]);
	if (l->ca != NULL && bio != NULL && PEM_write_bio_X509(bio, l->ca) == 1)
		n = BIO_get_mem_data(bio, &p);
	buf_put(&l->pem, p, n > 0 ? (size_t)n : 0);
	BIO_free(bio);
	return n > 0 && buf_ok(&l->pem);
}

static bool
put_spki(struct leaf *l)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(l->key, &der);

	if (n > 0)
		buf_put(&l->spki, der, (size_t)n);
	OPENSSL_free(der);
	return n > 0 && buf_ok(&l->spki);
}

enum rc
leaf_new(leaf_ask_fn *ask, void *arg, struct leaf **ret, struct err *err)
{
	struct leaf *l = calloc(1, sizeof *l);

	if (l == NULL)
		return err_memory(err);
	l->ask = ask;
	l->arg = arg;
	buf_init(&l->pem, LEAF_PEM);
	buf_init(&l->spki, 512);
	l->key = EVP_EC_gen("P-256");
	if (l->key == NULL || !put_spki(l) || (ask == NULL && !make_ca(l))) {
		leaf_free(l);
		return err_set(err, RC_FAIL, "make a certificate authority");
	}
	*ret = l;
	return RC_OK;
}

static void
forget(struct entry *e)
{
	X509_free(e->cert);
	sk_X509_pop_free(e->chain, X509_free);
	memset(e, 0, sizeof *e);
}

void
leaf_free(struct leaf *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < LEAF_HOSTS; i++)
		forget(&l->entries[i]);
	EVP_PKEY_free(l->key);
	EVP_PKEY_free(l->ca_key);
	X509_free(l->ca);
	buf_clear(&l->pem);
	buf_clear(&l->spki);
	free(l);
}

struct span
leaf_ca(const struct leaf *l)
{
	return buf_span(&l->pem);
}

EVP_PKEY *
leaf_key(const struct leaf *l)
{
	return l->key;
}

/* What may stand in a certificate's text form: nothing that means more there. */
static bool
good_host(const char *host)
{
	size_t n = strlen(host);

	return n > 0 && n < LEAF_NAME &&
	       strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") == n;
}

/* The entry of host, or the one to use for it; *found tells which. */
static struct entry *
entry_of(struct leaf *l, const char *host, bool *found)
{
	struct entry *oldest = &l->entries[0];

	*found = true;
	for (size_t i = 0; i < LEAF_HOSTS; i++) {
		struct entry *e = &l->entries[i];

		if (strcmp(e->host, host) == 0)
			return e;
		if (e->used < oldest->used)
			oldest = e;
	}
	*found = false;
	return oldest;
}

static enum rc
make_leaf(struct leaf *l, struct entry *e, struct err *err)
{
	struct in_addr a;
	char san[LEAF_NAME + 8];
	const struct extension ext[] = {
		{ NID_subject_alt_name, san },
		{ NID_basic_constraints, "critical,CA:FALSE" },
		{ NID_key_usage, "critical,digitalSignature" },
		{ NID_ext_key_usage, "serverAuth" },
		{ NID_subject_key_identifier, "hash" },
		{ NID_authority_key_identifier, "keyid:always" },
	};

	snprintf(san, sizeof san, "%s:%s",
	    inet_pton(AF_INET, e->host, &a) == 1 ? "IP" : "DNS", e->host);
	e->cert = certify(l->key, "Broker, a command's gate", l->ca, l->ca_key, ext,
	    sizeof ext / sizeof ext[0]);
	return e->cert != NULL ? RC_OK : err_set(err, RC_FAIL, "make a certificate");
}

static enum rc
obtain(struct leaf *l, struct entry *e, struct err *err)
{
	enum rc rc;

	if (l->ask == NULL)
		return make_leaf(l, e, err);
	e->number = ++l->numbers;
	rc = l->ask(l->arg, e->number, e->host, buf_span(&l->spki), err);
	return rc == RC_OK ? RC_WAIT : rc;
}

enum rc
leaf_find(struct leaf *l, const char *host, X509 **cert, STACK_OF(X509) * *chain,
    struct err *err)
{
	struct entry *e;
	enum rc rc = RC_OK;
	bool found;

	if (!good_host(host))
		return err_set(err, RC_REFUSE, "not the name of a host");
	e = entry_of(l, host, &found);
	if (!found) {
		forget(e);
		snprintf(e->host, sizeof e->host, "%s", host);
		rc = obtain(l, e, err);
	}
	e->used = ++l->uses;
	if (rc != RC_OK && rc != RC_WAIT) {
		forget(e);
		return rc;
	}
	if (e->refused)
		return err_set(err, RC_REFUSE, "no certificate is given for %s", host);
	if (e->cert == NULL)
		return RC_WAIT;
	*cert = e->cert;
	*chain = e->chain;
	return RC_OK;
}

static bool
read_chain(struct entry *e, struct span pem)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.len);
	X509 *x;
	bool good;

	e->chain = sk_X509_new_null();
	if (bio == NULL || e->chain == NULL) {
		BIO_free(bio);
		return false;
	}
	e->cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	good = e->cert != NULL;
	while (good && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		if (!(good = sk_X509_push(e->chain, x) > 0))
			X509_free(x);
	BIO_free(bio);
	return good;
}

enum rc
leaf_answer(struct leaf *l, uint32_t number, struct span chain, struct err *err)
{
	struct entry *e = NULL;

	for (size_t i = 0; i < LEAF_HOSTS; i++)
		if (l->entries[i].number == number && number != 0)
			e = &l->entries[i];
	if (e == NULL || e->cert != NULL || e->refused)
		return RC_OK;
	if (chain.len == 0) {
		e->refused = true;
		return RC_OK;
	}
	if (chain.len <= LEAF_PEM && read_chain(e, chain) &&
	    X509_check_private_key(e->cert, l->key) == 1)
		return RC_OK;
	X509_free(e->cert);
	e->cert = NULL;
	e->refused = true;
	return err_set(err, RC_REFUSE, "a certificate that does not fit");
}
