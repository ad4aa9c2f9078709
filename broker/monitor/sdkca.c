/* The authority for SDKs; see sdkca.h. */
#include "broker/monitor/sdkca.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "broker/monitor/sdkfile.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/secret.h"

#define FILE_MAX 8192
#define HOST_MAX 253
#define LABEL_MAX 63
#define SERIAL_BITS 159 /* positive, and 20 bytes at most */
#define CA_S (10 * 365 * 86400L)
#define LEAF_S (12 * 3600L)
/* Clients' clocks that are behind ours. */
#define BEFORE_S 600

struct sdkca {
	EVP_PKEY *key;
	X509 *cert;
	struct buf pem;
	char mark[9];
};

struct extension {
	int nid;
	const char *value;
};

#define CONSTRAINTS                                                                    \
	"critical,permitted;DNS:amazonaws.com,permitted;DNS:amazonaws.com.cn,"         \
	"permitted;DNS:api.aws,permitted;DNS:localhost,"                               \
	"permitted;IP:127.0.0.1/255.255.255.255,"                                      \
	"permitted;IP:::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

static const struct extension ca_extensions[] = {
	{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
	{ NID_key_usage, "critical,keyCertSign,cRLSign" },
	{ NID_ext_key_usage, "serverAuth" },
	{ NID_name_constraints, CONSTRAINTS },
	{ NID_subject_key_identifier, "hash" },
};

/* ---- which hosts ---- */

static bool
is_name(struct span host)
{
	size_t label = 0;

	if (host.len == 0 || host.len > HOST_MAX)
		return false;
	for (size_t i = 0; i < host.len; i++) {
		char c = (char)host.p[i];

		if (c == '.') {
			if (label == 0 || host.p[i - 1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			(c == '-' && label > 0)) ||
		    ++label > LABEL_MAX)
			return false;
	}
	return label > 0 && host.p[host.len - 1] != '-';
}

static bool
is_below(struct span host, const char *domain)
{
	size_t n = strlen(domain);

	return host.len > n + 1 && host.p[host.len - n - 1] == '.' &&
	       memcmp(host.p + host.len - n, domain, n) == 0;
}

static bool
is_address(struct span host)
{
	return span_is(host, "127.0.0.1") || span_is(host, "::1");
}

bool
sdkca_allows(struct span host)
{
	static const char *const domains[] = { "amazonaws.com", "amazonaws.com.cn",
		"api.aws" };

	if (span_is(host, "localhost") || is_address(host))
		return true;
	if (!is_name(host))
		return false;
	for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++)
		if (is_below(host, domains[i]))
			return true;
	return false;
}

/* ---- certificates ---- */

static bool
set_serial(X509 *cert)
{
	BIGNUM *n = BN_new();
	bool good = n != NULL &&
		    BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
		    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;

	BN_free(n);
	return good;
}

static bool
set_times(X509 *cert, long seconds)
{
	time_t now = (time_t)(clock_wall_ms() / 1000);

	return ASN1_TIME_set(X509_getm_notBefore(cert), now - BEFORE_S) != NULL &&
	       ASN1_TIME_set(X509_getm_notAfter(cert), now + seconds) != NULL;
}

/* No common name: what a certificate is for stands in its alternative names, and the
 * constraints are about those. */
static bool
set_subject(X509 *cert, const char *unit)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC,
		   (const unsigned char *)"Broker", -1, -1, 0) == 1 &&
	       X509_NAME_add_entry_by_txt(name, "OU", MBSTRING_ASC,
		   (const unsigned char *)unit, -1, -1, 0) == 1;
}

static bool
add_extensions(X509 *cert, X509 *issuer, const struct extension *all, size_t n)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509V3_set_ctx_nodb(&ctx);
	for (size_t i = 0; i < n; i++) {
		X509_EXTENSION *e =
		    X509V3_EXT_conf_nid(NULL, &ctx, all[i].nid, all[i].value);
		bool good = e != NULL && X509_add_ext(cert, e, -1) == 1;

		X509_EXTENSION_free(e);
		if (!good)
			return false;
	}
	return true;
}

static X509 *
new_cert(EVP_PKEY *key, const char *unit, long seconds)
{
	X509 *cert = X509_new();

	if (cert != NULL && X509_set_version(cert, X509_VERSION_3) == 1 &&
	    set_serial(cert) && set_times(cert, seconds) && set_subject(cert, unit) &&
	    X509_set_pubkey(cert, key) == 1)
		return cert;
	X509_free(cert);
	return NULL;
}

static X509 *
new_ca(EVP_PKEY *key)
{
	X509 *cert = new_cert(key, "gate for SDKs", CA_S);

	if (cert != NULL &&
	    X509_set_issuer_name(cert, X509_get_subject_name(cert)) == 1 &&
	    add_extensions(cert, cert, ca_extensions,
		sizeof ca_extensions / sizeof ca_extensions[0]) &&
	    X509_sign(cert, key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

/* ---- PEM ---- */

static void
take_bio(struct buf *out, BIO *b)
{
	char *p = NULL;
	long n = BIO_get_mem_data(b, &p);

	buf_put(out, p, n > 0 ? (size_t)n : 0);
	if (n > 0)
		OPENSSL_cleanse(p, (size_t)n); /* it may have been a key */
	BIO_free(b);
}

static bool
put_pem(struct buf *out, EVP_PKEY *key, X509 *cert)
{
	BIO *b = BIO_new(BIO_s_mem());
	bool good = b != NULL &&
		    (key == NULL || PEM_write_bio_PKCS8PrivateKey(
					b, key, NULL, NULL, 0, NULL, NULL) == 1) &&
		    (cert == NULL || PEM_write_bio_X509(b, cert) == 1);

	if (b != NULL)
		take_bio(out, b);
	return good && buf_ok(out);
}

static enum rc
make(struct buf *text, struct err *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = key == NULL ? NULL : new_ca(key);
	bool good = cert != NULL && put_pem(text, key, cert);

	X509_free(cert);
	EVP_PKEY_free(key);
	return good ? RC_OK : err_set(err, RC_FAIL, "OpenSSL cannot make an authority");
}

static bool
is_p256(const EVP_PKEY *key)
{
	char group[32] = "";

	return key != NULL && EVP_PKEY_is_a(key, "EC") == 1 &&
	       EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
	       strcmp(group, "prime256v1") == 0;
}

static bool
is_constrained(X509 *cert)
{
	int critical = 0;
	NAME_CONSTRAINTS *nc =
	    X509_get_ext_d2i(cert, NID_name_constraints, &critical, NULL);
	bool good = nc != NULL && critical == 1;

	NAME_CONSTRAINTS_free(nc);
	return good;
}

static enum rc
check(const struct sdkca *ca, struct err *err)
{
	time_t now = (time_t)(clock_wall_ms() / 1000);

	if (!is_p256(ca->key) || ca->cert == NULL ||
	    X509_check_private_key(ca->cert, ca->key) != 1 ||
	    X509_check_ca(ca->cert) != 1 || !is_constrained(ca->cert))
		return err_set(err, RC_REFUSE,
		    "expected a P-256 key and the certificate of an authority with "
		    "name constraints");
	if (X509_cmp_time(X509_get0_notAfter(ca->cert), &now) != 1)
		return err_set(
		    err, RC_REFUSE, "it has ended: move it away for a new one");
	return RC_OK;
}

static enum rc
describe(struct sdkca *ca, struct err *err)
{
	uint8_t sum[EVP_MAX_MD_SIZE];

	if (X509_digest(ca->cert, EVP_sha256(), sum, NULL) != 1 ||
	    !put_pem(&ca->pem, NULL, ca->cert))
		return err_memory(err);
	buf_cstr(&ca->pem);
	id_hex(sum, 4, ca->mark);
	return RC_OK;
}

enum rc
sdkca_open(const char *path, struct sdkca **ret, struct err *err)
{
	struct sdkca *ca = calloc(1, sizeof *ca);
	struct secret *text = NULL;
	BIO *b = NULL;
	enum rc rc;

	if (ca == NULL)
		return err_memory(err);
	buf_init(&ca->pem, FILE_MAX);
	if ((rc = sdkfile_open(path, FILE_MAX, make, &text, err)) != RC_OK)
		goto out;
	b = BIO_new_mem_buf(secret_bytes(text), (int)secret_len(text));
	if (b != NULL) {
		ca->key = PEM_read_bio_PrivateKey(b, NULL, NULL, (void *)"");
		ca->cert = PEM_read_bio_X509(b, NULL, NULL, (void *)"");
	}
	rc = check(ca, err);
	if (rc == RC_OK)
		rc = describe(ca, err);
	if (rc != RC_OK)
		err_add(err, "%s", path);
out:
	BIO_free(b);
	secret_free(text);
	if (rc != RC_OK) {
		sdkca_free(ca);
		return rc;
	}
	*ret = ca;
	return RC_OK;
}

void
sdkca_free(struct sdkca *ca)
{
	if (ca == NULL)
		return;
	EVP_PKEY_free(ca->key);
	X509_free(ca->cert);
	buf_clear(&ca->pem);
	free(ca);
}

const char *
sdkca_pem(const struct sdkca *ca)
{
	return (const char *)ca->pem.p;
}

const char *
sdkca_mark(const struct sdkca *ca)
{
	return ca->mark;
}

/* ---- leaves ---- */

static EVP_PKEY *
read_key(struct span der)
{
	const unsigned char *p = der.p;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)der.len);

	if (is_p256(key) && p == der.p + der.len)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

static X509 *
new_leaf(const struct sdkca *ca, struct span host, EVP_PKEY *key)
{
	char names[HOST_MAX + sizeof "DNS:"];
	const struct extension all[] = {
		{ NID_basic_constraints, "critical,CA:FALSE" },
		{ NID_key_usage, "critical,digitalSignature" },
		{ NID_ext_key_usage, "serverAuth" },
		{ NID_subject_alt_name, names },
		{ NID_subject_key_identifier, "hash" },
		{ NID_authority_key_identifier, "keyid:always" },
	};
	X509 *cert = new_cert(key, "gate", LEAF_S);

	/* Nothing but the letters of host names can be in it: see is_name(). */
	snprintf(names, sizeof names, "%s:%.*s", is_address(host) ? "IP" : "DNS",
	    (int)host.len, (const char *)host.p);
	if (cert != NULL &&
	    X509_set_issuer_name(cert, X509_get_subject_name(ca->cert)) == 1 &&
	    add_extensions(cert, ca->cert, all, sizeof all / sizeof all[0]) &&
	    X509_sign(cert, ca->key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

enum rc
sdkca_leaf(const struct sdkca *ca, struct span host, struct span key, struct buf *chain,
    struct err *err)
{
	EVP_PKEY *public;
	X509 *cert;
	bool good;

	if (!sdkca_allows(host))
		return err_set(err, RC_REFUSE, "no certificates for such a host");
	if ((public = read_key(key)) == NULL)
		return err_set(err, RC_REFUSE, "expected a key on P-256");
	cert = new_leaf(ca, host, public);
	good = cert != NULL && put_pem(chain, NULL, cert);
	X509_free(cert);
	EVP_PKEY_free(public);
	if (!good)
		return err_set(err, RC_FAIL, "OpenSSL cannot make a certificate");
	buf_span_put(chain, buf_span(&ca->pem));
	return buf_ok(chain) ? RC_OK : err_memory(err);
}
