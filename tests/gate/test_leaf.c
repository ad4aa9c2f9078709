#include "tests/support/unit.h"

#include <stdbool.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "broker/gate/leaf.h"

static struct leaf *
own(void)
{
	struct leaf *l = NULL;
	struct err err = { "" };

	assert_int_equal(leaf_new(NULL, NULL, &l, &err), RC_OK);
	return l;
}

static X509 *
find(struct leaf *l, const char *host)
{
	STACK_OF(X509) *chain = NULL;
	X509 *cert = NULL;
	struct err err = { "" };

	assert_int_equal(leaf_find(l, host, &cert, &chain, &err), RC_OK);
	assert_non_null(cert);
	return cert;
}

static X509 *
read_pem(struct span pem)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.len);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	assert_non_null(x);
	BIO_free(bio);
	return x;
}

/* As a client checks it: chain, purpose, time, name. */
static bool
trusted(struct leaf *l, X509 *cert, const char *host)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509 *ca = read_pem(leaf_ca(l));
	bool good;

	assert_int_equal(X509_STORE_add_cert(store, ca), 1);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, cert, NULL), 1);
	X509_VERIFY_PARAM_set_purpose(
	    X509_STORE_CTX_get0_param(ctx), X509_PURPOSE_SSL_SERVER);
	X509_VERIFY_PARAM_set_flags(
	    X509_STORE_CTX_get0_param(ctx), X509_V_FLAG_X509_STRICT);
	good =
	    X509_verify_cert(ctx) == 1 && X509_check_host(cert, host, 0, 0, NULL) == 1;
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	X509_free(ca);
	return good;
}

static void
test_trusted(void **state)
{
	struct leaf *l = own();

	(void)state;
	assert_true(trusted(
	    l, find(l, "s3.eu-west-1.amazonaws.com"), "s3.eu-west-1.amazonaws.com"));
	assert_true(trusted(l, find(l, "a.b.s3.cn-north-1.amazonaws.com.cn"),
	    "a.b.s3.cn-north-1.amazonaws.com.cn"));
	assert_false(trusted(
	    l, find(l, "s3.eu-west-1.amazonaws.com"), "sts.eu-west-1.amazonaws.com"));
	/* The CA signs for no other names. */
	assert_false(trusted(l, find(l, "example.com"), "example.com"));
	assert_false(trusted(l, find(l, "notamazonaws.com"), "notamazonaws.com"));
	leaf_free(l);
}

static void
test_ca(void **state)
{
	struct leaf *l = own(), *m = own();
	X509 *ca = read_pem(leaf_ca(l));
	int critical = 0;
	BASIC_CONSTRAINTS *bc =
	    X509_get_ext_d2i(ca, NID_basic_constraints, &critical, NULL);
	NAME_CONSTRAINTS *nc;

	(void)state;
	assert_non_null(bc);
	assert_int_equal(critical, 1);
	assert_true(bc->ca);
	assert_int_equal(ASN1_INTEGER_get(bc->pathlen), 0);
	nc = X509_get_ext_d2i(ca, NID_name_constraints, &critical, NULL);
	assert_non_null(nc);
	assert_int_equal(critical, 1);
	assert_int_equal(X509_get_key_usage(ca), KU_KEY_CERT_SIGN);
	assert_int_equal(X509_check_private_key(ca, leaf_key(l)), 0);
	/* Each command has another one. */
	assert_false(span_eq(leaf_ca(l), leaf_ca(m)));
	assert_false(trusted(m, find(l, "sts.amazonaws.com"), "sts.amazonaws.com"));
	BASIC_CONSTRAINTS_free(bc);
	NAME_CONSTRAINTS_free(nc);
	X509_free(ca);
	leaf_free(l);
	leaf_free(m);
}

static void
test_kept(void **state)
{
	struct leaf *l = own();
	X509 *first = find(l, "first.amazonaws.com");
	char host[64];

	(void)state;
	assert_ptr_equal(find(l, "first.amazonaws.com"), first);
	/* More than are kept: the one in use stays, others make room. */
	for (int i = 0; i < 3 * LEAF_HOSTS; i++) {
		snprintf(host, sizeof host, "b%d.s3.amazonaws.com", i);
		assert_true(trusted(l, find(l, host), host));
		assert_ptr_equal(find(l, "first.amazonaws.com"), first);
	}
	leaf_free(l);
}

static void
test_names(void **state)
{
	static const char *const bad[] = { "", "a,DNS:evil.com", "a b",
		"A.amazonaws.com", "*.amazonaws.com", "a\n.amazonaws.com", "a:443",
		"[::1]" };
	struct leaf *l = own();
	STACK_OF(X509) * chain;
	char host[300];
	X509 *cert;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_int_equal(leaf_find(l, bad[i], &cert, &chain, &err), RC_REFUSE);
	memset(host, 'a', sizeof host - 1);
	host[sizeof host - 1] = '\0';
	assert_int_equal(leaf_find(l, host, &cert, &chain, &err), RC_REFUSE);
	leaf_free(l);
}

/* ---- leaves that are asked for ---- */

struct asked {
	unsigned count;
	uint32_t number;
	char host[256];
	bool refuse;
	struct buf key;
};

static enum rc
ask(void *arg, uint32_t number, const char *host, struct span key, struct err *err)
{
	struct asked *a = arg;

	a->count++;
	a->number = number;
	snprintf(a->host, sizeof a->host, "%s", host);
	buf_reset(&a->key);
	buf_span_put(&a->key, key);
	return a->refuse ? err_set(err, RC_RETRY, "busy") : RC_OK;
}

/* A certificate for that key by some CA, as PEM. */
static void
sign(EVP_PKEY *key, struct buf *pem)
{
	EVP_PKEY *ca = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_mem());
	X509 *x = X509_new();
	char *p;
	long n;

	X509_set_pubkey(x, key);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 60);
	assert_true(X509_sign(x, ca, EVP_sha256()) > 0);
	PEM_write_bio_X509(bio, x);
	PEM_write_bio_X509(bio, x); /* and what stands for its CA */
	n = BIO_get_mem_data(bio, &p);
	buf_put(pem, p, (size_t)n);
	BIO_free(bio);
	X509_free(x);
	EVP_PKEY_free(ca);
}

static void
test_asked(void **state)
{
	struct asked a = { .count = 0 };
	struct leaf *l = NULL;
	STACK_OF(X509) *chain = NULL;
	const unsigned char *der;
	EVP_PKEY *key, *other = EVP_EC_gen("P-256");
	struct err err = { "" };
	struct buf pem;
	X509 *cert;

	(void)state;
	buf_init(&a.key, 1024);
	buf_init(&pem, LEAF_PEM);
	assert_int_equal(leaf_new(ask, &a, &l, &err), RC_OK);
	assert_int_equal(leaf_ca(l).len, 0);
	assert_int_equal(leaf_find(l, "localhost", &cert, &chain, &err), RC_WAIT);
	assert_int_equal(leaf_find(l, "localhost", &cert, &chain, &err), RC_WAIT);
	assert_int_equal(a.count, 1);
	assert_string_equal(a.host, "localhost");
	der = a.key.p;
	key = d2i_PUBKEY(NULL, &der, (long)a.key.len);
	assert_non_null(key);
	/* Numbers of nothing are dropped. */
	assert_int_equal(leaf_answer(l, 0, span_of("x"), &err), RC_OK);
	assert_int_equal(leaf_answer(l, 77, span_of("x"), &err), RC_OK);
	sign(key, &pem);
	assert_int_equal(leaf_answer(l, a.number, buf_span(&pem), &err), RC_OK);
	assert_int_equal(leaf_find(l, "localhost", &cert, &chain, &err), RC_OK);
	assert_int_equal(X509_check_private_key(cert, leaf_key(l)), 1);
	assert_int_equal(sk_X509_num(chain), 1);
	/* Refused, for another key, no certificate, or not to be asked for. */
	assert_int_equal(leaf_find(l, "a.api.aws", &cert, &chain, &err), RC_WAIT);
	assert_int_equal(leaf_answer(l, a.number, span_of(""), &err), RC_OK);
	assert_int_equal(leaf_find(l, "a.api.aws", &cert, &chain, &err), RC_REFUSE);
	assert_int_equal(leaf_find(l, "b.api.aws", &cert, &chain, &err), RC_WAIT);
	buf_reset(&pem);
	sign(other, &pem);
	assert_int_equal(leaf_answer(l, a.number, buf_span(&pem), &err), RC_REFUSE);
	assert_int_equal(leaf_find(l, "b.api.aws", &cert, &chain, &err), RC_REFUSE);
	assert_int_equal(leaf_find(l, "c.api.aws", &cert, &chain, &err), RC_WAIT);
	assert_int_equal(leaf_answer(l, a.number, span_of("junk"), &err), RC_REFUSE);
	a.refuse = true;
	assert_int_equal(leaf_find(l, "d.api.aws", &cert, &chain, &err), RC_RETRY);
	a.refuse = false;
	assert_int_equal(leaf_find(l, "d.api.aws", &cert, &chain, &err), RC_WAIT);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	buf_clear(&pem);
	buf_clear(&a.key);
	leaf_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trusted),
		cmocka_unit_test(test_ca),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
