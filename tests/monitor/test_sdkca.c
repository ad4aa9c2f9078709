#include "tests/support/unit.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/monitor/sdkca.h"

struct place {
	char folder[64], file[96];
	struct sdkca *ca;
	EVP_PKEY *key; /* a gate's */
	uint8_t der[512];
	size_t der_len;
};

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	unsigned char *to = p->der;
	struct err err = { "" };

	snprintf(p->folder, sizeof p->folder, "/tmp/sdkca.XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	snprintf(p->file, sizeof p->file, "%s/sdk-ca.pem", p->folder);
	if (sdkca_open(p->file, &p->ca, &err) != RC_OK)
		fail_msg("%s", err.text);
	p->key = EVP_EC_gen("P-256");
	p->der_len = (size_t)i2d_PUBKEY(p->key, &to);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	sdkca_free(p->ca);
	EVP_PKEY_free(p->key);
	unlink(p->file);
	rmdir(p->folder);
	free(p);
	return 0;
}

static X509 *
read_cert(BIO *b)
{
	X509 *cert = PEM_read_bio_X509(b, NULL, NULL, NULL);

	assert_non_null(cert);
	return cert;
}

static X509 *
cert_of(const char *pem)
{
	BIO *b = BIO_new_mem_buf(pem, -1);
	X509 *cert = read_cert(b);

	BIO_free(b);
	return cert;
}

/* As a client that trusts the authority and wants to talk to host: 0 is good. */
static int
verify(X509 *root, X509 *leaf, const char *host)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int error;

	assert_int_equal(X509_STORE_add_cert(store, root), 1);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, leaf, NULL), 1);
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
	if (X509_VERIFY_PARAM_set1_ip_asc(param, host) != 1)
		assert_int_equal(X509_VERIFY_PARAM_set1_host(param, host, 0), 1);
	(void)X509_verify_cert(ctx);
	error = X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return error;
}

static enum rc
leaf(const struct place *p, const char *host, struct buf *chain, struct err *err)
{
	return sdkca_leaf(
	    p->ca, span_of(host), span_make(p->der, p->der_len), chain, err);
}

static const char *const allowed[] = { "s3.amazonaws.com",
	"bucket.s3.eu-west-1.amazonaws.com", "a.b.c.s3.amazonaws.com",
	"sts.cn-north-1.amazonaws.com.cn", "s3.dualstack.us-east-1.api.aws",
	"localhost", "127.0.0.1", "::1" };

static void
a_client_accepts_what_it_signs(void **state)
{
	struct place *p = *state;
	X509 *root = cert_of(sdkca_pem(p->ca));

	for (size_t i = 0; i < ROWS(allowed); i++) {
		struct buf chain;
		X509 *first, *second;
		EVP_PKEY *key;
		BIO *b;

		buf_init(&chain, 8192);
		assert_int_equal(leaf(p, allowed[i], &chain, NULL), RC_OK);
		b = BIO_new_mem_buf(chain.p, (int)chain.len);
		first = read_cert(b);
		second = read_cert(b);
		assert_int_equal(verify(root, first, allowed[i]), X509_V_OK);
		assert_int_equal(X509_cmp(second, root), 0);
		key = X509_get_pubkey(first);
		assert_int_equal(EVP_PKEY_eq(key, p->key), 1);
		assert_int_not_equal(
		    verify(root, first, "s3.us-east-2.amazonaws.com"), X509_V_OK);
		assert_int_not_equal(verify(root, first, "127.0.0.2"), X509_V_OK);
		EVP_PKEY_free(key);
		X509_free(first);
		X509_free(second);
		BIO_free(b);
		buf_clear(&chain);
	}
	X509_free(root);
}

static void
other_hosts_are_refused(void **state)
{
	static const char *const hosts[] = { "", ".", "example.com", "amazonaws.com",
		"amazonaws.com.cn", "api.aws", "com", "evilamazonaws.com",
		"s3.amazonaws.com.evil.net", "s3.amazonaws.com.", ".amazonaws.com",
		"a..amazonaws.com", "*.amazonaws.com", "S3.amazonaws.com",
		"s3.AMAZONAWS.com", "-a.amazonaws.com", "a-.amazonaws.com",
		"a_b.amazonaws.com", "a b.amazonaws.com", "a,DNS:b.amazonaws.com",
		"a\n.amazonaws.com", "caf\xc3\xa9.amazonaws.com", "localhost.",
		"localhos", "x.localhost", "127.0.0.2", "127.1", "0.0.0.0",
		"::", "[::1]", "0:0:0:0:0:0:0:1", "api.aws.com", "xapi.aws" };
	struct place *p = *state;
	char longest[300];
	struct buf chain;

	buf_init(&chain, 8192);
	for (size_t i = 0; i < ROWS(hosts); i++) {
		struct err err = { "" };

		if (sdkca_allows(span_of(hosts[i])) ||
		    leaf(p, hosts[i], &chain, &err) != RC_REFUSE)
			fail_msg("\"%s\" was allowed", hosts[i]);
		assert_non_null(strstr(err.text, "host"));
	}
	assert_false(sdkca_allows(span_make("s3\0.amazonaws.com", 17)));
	/* A label of 63 is one, of 64 is none; so with 253 in all. */
	memset(longest, 'a', sizeof longest);
	memcpy(longest + 63, ".amazonaws.com", 15);
	assert_true(sdkca_allows(span_of(longest)));
	memset(longest, 'a', sizeof longest);
	memcpy(longest + 64, ".amazonaws.com", 15);
	assert_false(sdkca_allows(span_of(longest)));
	for (size_t n = 253; n <= 254; n++) {
		for (size_t i = 0; i < n; i++)
			longest[i] = i % 2 == 0 ? 'a' : '.';
		memcpy(longest + n - 14, ".amazonaws.com", 15);
		longest[n - 15] = 'a';
		assert_int_equal(sdkca_allows(span_of(longest)), n == 253);
	}
	assert_int_equal(chain.len, 0);
	buf_clear(&chain);
}

static void
other_keys_are_refused(void **state)
{
	struct place *p = *state;
	EVP_PKEY *keys[] = { EVP_EC_gen("P-384"),
		EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), EVP_EC_gen("secp256k1") };
	struct buf chain;
	uint8_t der[512];

	buf_init(&chain, 8192);
	for (size_t i = 0; i < ROWS(keys); i++) {
		unsigned char *to = der;
		int n = i2d_PUBKEY(keys[i], &to);

		assert_true(n > 0);
		assert_int_equal(sdkca_leaf(p->ca, span_of("localhost"),
				     span_make(der, (size_t)n), &chain, NULL),
		    RC_REFUSE);
		EVP_PKEY_free(keys[i]);
	}
	/* Each cut of a good one, and one with something behind it. */
	for (size_t n = 0; n < p->der_len; n++)
		assert_int_equal(sdkca_leaf(p->ca, span_of("localhost"),
				     span_make(p->der, n), &chain, NULL),
		    RC_REFUSE);
	memcpy(der, p->der, p->der_len);
	der[p->der_len] = 0;
	assert_int_equal(sdkca_leaf(p->ca, span_of("localhost"),
			     span_make(der, p->der_len + 1), &chain, NULL),
	    RC_REFUSE);
	assert_int_equal(chain.len, 0);
	buf_clear(&chain);
}

/* Even with the authority's key nobody gets further than the constraints. */
static void
the_constraints_bind_the_key_itself(void **state)
{
	static const struct {
		const char *names, *host;
	} rows[] = {
		{ "DNS:example.com", "example.com" },
		{ "DNS:com", "com" },
		{ "DNS:amazonaws.com.evil.net", "amazonaws.com.evil.net" },
		{ "DNS:evilamazonaws.com", "evilamazonaws.com" },
		{ "DNS:localhost.evil.net", "localhost.evil.net" },
		{ "DNS:s3.amazonaws.com,DNS:example.com", "example.com" },
		{ "DNS:s3.amazonaws.com,DNS:example.com", "s3.amazonaws.com" },
		{ "IP:192.0.2.1", "192.0.2.1" },
		{ "IP:127.0.0.2", "127.0.0.2" },
		{ "IP:::2", "::2" },
	};
	struct place *p = *state;
	X509 *root = cert_of(sdkca_pem(p->ca));
	FILE *f = fopen(p->file, "r");
	EVP_PKEY *stolen = PEM_read_PrivateKey(f, NULL, NULL, NULL);

	fclose(f);
	assert_non_null(stolen);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf chain;
		X509 *cert;
		X509_EXTENSION *e;
		X509V3_CTX ctx;

		buf_init(&chain, 8192);
		assert_int_equal(leaf(p, "s3.amazonaws.com", &chain, NULL), RC_OK);
		cert = cert_of(buf_cstr(&chain));
		X509_EXTENSION_free(X509_delete_ext(
		    cert, X509_get_ext_by_NID(cert, NID_subject_alt_name, -1)));
		X509V3_set_ctx_nodb(&ctx);
		e = X509V3_EXT_conf_nid(
		    NULL, &ctx, NID_subject_alt_name, rows[i].names);
		assert_non_null(e);
		assert_int_equal(X509_add_ext(cert, e, -1), 1);
		X509_EXTENSION_free(e);
		assert_true(X509_sign(cert, stolen, EVP_sha256()) > 0);
		assert_int_equal(
		    verify(root, cert, rows[i].host), X509_V_ERR_PERMITTED_VIOLATION);
		X509_free(cert);
		buf_clear(&chain);
	}
	EVP_PKEY_free(stolen);
	X509_free(root);
}

static void
a_leaf_is_for_one_host_for_hours(void **state)
{
	struct place *p = *state;
	struct buf chain;
	X509 *cert, *other;
	int days = 0, seconds = 0;

	buf_init(&chain, 8192);
	assert_int_equal(leaf(p, "s3.amazonaws.com", &chain, NULL), RC_OK);
	cert = cert_of(buf_cstr(&chain));
	buf_reset(&chain);
	assert_int_equal(leaf(p, "s3.amazonaws.com", &chain, NULL), RC_OK);
	other = cert_of(buf_cstr(&chain));
	assert_int_not_equal(ASN1_INTEGER_cmp(X509_get0_serialNumber(cert),
				 X509_get0_serialNumber(other)),
	    0);
	assert_int_equal(X509_check_ca(cert), 0);
	assert_int_equal(
	    ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert)), 1);
	assert_int_equal(days, 0);
	assert_true(seconds > 12 * 3600 - 60 && seconds <= 12 * 3600);
	X509_free(cert);
	X509_free(other);
	buf_clear(&chain);
}

static void
it_stays_the_same_and_shows_no_key(void **state)
{
	struct place *p = *state;
	struct sdkca *again = NULL;
	struct stat st;

	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(sdkca_open(p->file, &again, NULL), RC_OK);
	assert_string_equal(sdkca_pem(again), sdkca_pem(p->ca));
	assert_null(strstr(sdkca_pem(again), "PRIVATE"));
	assert_int_equal(strncmp(sdkca_pem(again), "-----BEGIN CERT", 15), 0);
	sdkca_free(again);
}

static void
refused(const struct place *p, const char *why)
{
	struct sdkca *ca = NULL;
	struct err err = { "" };

	assert_int_equal(sdkca_open(p->file, &ca, &err), RC_REFUSE);
	assert_null(ca);
	if (strstr(err.text, why) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", why, err.text);
}

static void
put(const struct place *p, EVP_PKEY *key, X509 *cert)
{
	FILE *f = fopen(p->file, "w");

	assert_int_equal(fchmod(fileno(f), 0600), 0);
	if (key != NULL)
		PEM_write_PKCS8PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	if (cert != NULL)
		PEM_write_X509(f, cert);
	fputs("\n", f);
	fclose(f);
}

static void
what_is_no_authority_of_ours_is_refused(void **state)
{
	struct place *p = *state;
	X509 *root = cert_of(sdkca_pem(p->ca)), *free_one = X509_dup(root);
	FILE *f = fopen(p->file, "r");
	EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);

	fclose(f);
	put(p, key, root);
	sdkca_free(p->ca);
	p->ca = NULL;
	assert_int_equal(sdkca_open(p->file, &p->ca, NULL), RC_OK);
	put(p, NULL, NULL);
	refused(p, "expected a P-256 key");
	put(p, NULL, root);
	refused(p, "expected a P-256 key");
	put(p, key, NULL);
	refused(p, "expected a P-256 key");
	put(p, p->key, root);
	refused(p, "expected a P-256 key");
	X509_EXTENSION_free(X509_delete_ext(
	    free_one, X509_get_ext_by_NID(free_one, NID_name_constraints, -1)));
	assert_true(X509_sign(free_one, key, EVP_sha256()) > 0);
	put(p, key, free_one);
	refused(p, "name constraints");
	ASN1_TIME_set(X509_getm_notAfter(root), 1000000000);
	assert_true(X509_sign(root, key, EVP_sha256()) > 0);
	put(p, key, root);
	refused(p, "has ended");
	assert_int_equal(chmod(p->file, 0644), 0);
	refused(p, "sdk-ca.pem");
	EVP_PKEY_free(key);
	X509_free(root);
	X509_free(free_one);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_client_accepts_what_it_signs),
		T(other_hosts_are_refused),
		T(other_keys_are_refused),
		T(the_constraints_bind_the_key_itself),
		T(a_leaf_is_for_one_host_for_hours),
		T(it_stays_the_same_and_shows_no_key),
		T(what_is_no_authority_of_ours_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
