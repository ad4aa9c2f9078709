#include "tests/support/unit.h"

#include "broker/gate/authz.h"
#include "tests/gate/asking.h"

#define SCOPE ASKING_ID "/20261121/eu-west-1/sts/aws4_request"
#define SIG "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define GOOD                                                                           \
	"Authorization: AWS4-HMAC-SHA256 Credential=" SCOPE ", "                       \
	"SignedHeaders=host;x-amz-date, Signature=" SIG "\n"
#define TOP "POST / HTTP/1.1\nHost: sts.eu-west-1.amazonaws.com\n"
#define DATED TOP "X-Amz-Date: " ASKING_DATE "\n"
#define NAMED(names)                                                                   \
	"Authorization: AWS4-HMAC-SHA256 Credential=" SCOPE ",SignedHeaders=" names    \
	",Signature=" SIG "\n"
#define SCOPED(scope)                                                                  \
	"Authorization: AWS4-HMAC-SHA256 Credential=" scope                            \
	", SignedHeaders=host;x-amz-date, Signature=" SIG "\n"

static void
what_is_no_signature_is_refused(void **state)
{
	static const struct {
		const char *lines, *code;
	} rows[] = {
		{ DATED, "MissingAuthenticationToken" },
		{ TOP GOOD, "SignatureDoesNotMatch" }, /* no date */
		{ TOP "X-Amz-Date: 20261121T0800\n" GOOD, "SignatureDoesNotMatch" },
		{ TOP "X-Amz-Date: 20261121T086000Z\n" GOOD, "SignatureDoesNotMatch" },
		{ TOP "X-Amz-Date: 20261122T080000Z\n" GOOD, "SignatureDoesNotMatch" },
		{ TOP "Date: Sat, 21 Nov 2026 08:00:00 GMT\n" GOOD,
		    "SignatureDoesNotMatch" },
		{ DATED "Authorization: AWS AKID:sig\n", "InvalidRequest" },
		{ DATED "Authorization: Bearer x\n", "InvalidRequest" },
		{ DATED "Authorization: AWS4-ECDSA-P256-SHA256 Credential=x\n",
		    "InvalidRequest" },
		{ DATED "Authorization: AWS4-HMAC-SHA256 \n",
		    "AuthorizationHeaderMalformed" },
		{ DATED "Authorization: AWS4-HMAC-SHA256 Credential=" SCOPE "\n",
		    "AuthorizationHeaderMalformed" },
		{ DATED "Authorization: AWS4-HMAC-SHA256 Credential=" SCOPE
			", Credential=" SCOPE ", SignedHeaders=host, Signature=" SIG
			"\n",
		    "AuthorizationHeaderMalformed" },
		{ DATED "Authorization: AWS4-HMAC-SHA256 Credential=" SCOPE
			", SignedHeaders=host, Signature=" SIG ", More=1\n",
		    "AuthorizationHeaderMalformed" },
		{ DATED SCOPED(ASKING_ID "/20261121/eu-west-1/sts"),
		    "AuthorizationHeaderMalformed" },
		{ DATED SCOPED(ASKING_ID "/20261121/eu-west-1/sts/aws4_request/x"),
		    "AuthorizationHeaderMalformed" },
		{ DATED SCOPED(ASKING_ID "/2026112/eu-west-1/sts/aws4_request"),
		    "AuthorizationHeaderMalformed" },
		{ DATED SCOPED(ASKING_ID "/20261121//sts/aws4_request"),
		    "AuthorizationHeaderMalformed" },
		{ DATED SCOPED(ASKING_ID "/20261121/eu.west/sts/aws4_request"),
		    "AuthorizationHeaderMalformed" },
		{ DATED SCOPED("A%20B/20261121/eu-west-1/sts/aws4_request"),
		    "AuthorizationHeaderMalformed" },
		{ DATED SCOPED(ASKING_ID "/20261120/eu-west-1/sts/aws4_request"),
		    "SignatureDoesNotMatch" },
		{ DATED NAMED("x-amz-date"), "AccessDenied" }, /* host is not signed */
		{ DATED NAMED("host"), "AccessDenied" },       /* the date is not */
		{ DATED "X-Amz-Acl: private\n" NAMED("host;x-amz-date"),
		    "AccessDenied" },
		{ DATED NAMED("x-amz-date;host"), "SignatureDoesNotMatch" },
		{ DATED NAMED("host;host;x-amz-date"), "SignatureDoesNotMatch" },
		{ DATED NAMED("host;x-amz-acl;x-amz-date"), "SignatureDoesNotMatch" },
		{ DATED NAMED("host;;x-amz-date"), "SignatureDoesNotMatch" },
		{ DATED NAMED("Host;x-amz-date"), "SignatureDoesNotMatch" },
		{ DATED "X-Amz-Security-Token: x\n" GOOD, "InvalidToken" },
		{ DATED "X-Amz-Content-Sha256: SIGNED\n" NAMED(
		      "host;x-amz-content-sha256;x-amz-date"),
		    "InvalidRequest" },
		{ DATED
		    "X-Amz-Content-Sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\n" NAMED(
			"host;x-amz-content-sha256;x-amz-date"),
		    "InvalidRequest" }, /* of S3 alone */
		{ DATED SCOPED(ASKING_ID "/20261121/eu-west-1/s3/aws4_request"),
		    "InvalidRequest" }, /* S3 without a hash */
		{ "POST /?X-Amz-Signature=" SIG " HTTP/1.1\nHost: a\n" GOOD,
		    "InvalidRequest" }, /* two of them */
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct head *h = asking_head(rows[i].lines);
		struct refused why = { 0 };
		struct authz a;

		if (authz_read(h, &a, &why) != RC_REFUSE ||
		    strcmp(why.code, rows[i].code) != 0)
			fail_msg("row %zu: %s: %s", i, why.code, why.text);
		head_free(h);
	}
}

#define PRE(expires, more)                                                             \
	"GET /b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" ASKING_ID        \
	"%2F20261121%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=" ASKING_DATE          \
	"&X-Amz-Expires=" expires "&X-Amz-SignedHeaders=host" more                     \
	" HTTP/1.1\nHost: s3.eu-west-1.amazonaws.com\n"

static void
ill_formed_urls_are_refused(void **state)
{
	static const char *const rows[] = {
		PRE("60", ""),
		PRE("60", "&X-Amz-Signature=" SIG "&X-Amz-Signature=" SIG),
		PRE("60", "&X-Amz-Signature=" SIG "&X-Amz-Date=" ASKING_DATE),
		PRE("60", "&X-Amz-Signature=" SIG "&X-Amz-Security-Token=x"),
		PRE("60", "&X-Amz-Signature=" SIG "&X-Amz-Content-Sha256=x"),
		PRE("60", "&X-Amz-Signature=0"),
		PRE("60", "&X-Amz-Signature=%zz"),
		PRE("0", "&X-Amz-Signature=" SIG),
		PRE("604801", "&X-Amz-Signature=" SIG),
		PRE("99999999999", "&X-Amz-Signature=" SIG),
		PRE("-1", "&X-Amz-Signature=" SIG),
		PRE("", "&X-Amz-Signature=" SIG),
		"GET /b/k?X-Amz-Signature=" SIG " HTTP/1.1\nHost: a\n",
		"GET /b/k?AWSAccessKeyId=x&Signature=y&Expires=1 HTTP/1.1\nHost: a\n",
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct head *h = asking_head(rows[i]);
		struct refused why = { 0 };
		struct authz a;

		if (authz_read(h, &a, &why) != RC_REFUSE)
			fail_msg("row %zu was not refused", i);
		head_free(h);
	}
}

static enum rc
verify(struct head *h, uint64_t now, const char *hash, struct refused *why)
{
	struct secret *secret = asking_secret();
	struct authz a;
	enum rc rc;

	if (authz_read(h, &a, why) != RC_OK)
		fail_msg("%s: %s", why->code, why->text);
	rc = authz_verify(&a, h, span_of(ASKING_ID), secret, now, hash, why);
	secret_free(secret);
	return rc;
}

static void
a_signature_is_verified(void **state)
{
	static const char lines[] =
	    TOP "Content-Type: text/plain\nUser-Agent: x\nX-Amz-Target: a.b\n";
	struct head *h = asking_signed(lines, "sts", "eu-west-1", "body");
	struct refused why = { 0 };
	char hash[SIGV4_HEX];
	struct authz a;

	(void)state;
	assert_int_equal(authz_read(h, &a, &why), RC_OK);
	assert_string_equal(a.id, ASKING_ID);
	assert_string_equal(a.service, "sts");
	assert_string_equal(a.region, "eu-west-1");
	assert_int_equal(a.time_ms, ASKING_NOW);
	assert_int_equal(a.payload, AUTHZ_NONE);
	assert_false(a.presigned);
	assert_int_equal(sigv4_hash(span_of("body"), hash, NULL), RC_OK);
	assert_int_equal(verify(h, ASKING_NOW, hash, &why), RC_OK);
	assert_int_equal(verify(h, ASKING_NOW + AUTHZ_SKEW_MS, hash, &why), RC_OK);
	assert_int_equal(verify(h, ASKING_NOW - AUTHZ_SKEW_MS, hash, &why), RC_OK);
	assert_int_equal(
	    verify(h, ASKING_NOW + AUTHZ_SKEW_MS + 1, hash, &why), RC_REFUSE);
	assert_string_equal(why.code, "RequestTimeTooSkewed");
	assert_int_equal(
	    verify(h, ASKING_NOW - AUTHZ_SKEW_MS - 1, hash, &why), RC_REFUSE);
	assert_int_equal(verify(h, ASKING_NOW, SIGV4_EMPTY_HASH, &why), RC_REFUSE);
	assert_string_equal(why.code, "SignatureDoesNotMatch");
	assert_int_equal(verify(h, ASKING_NOW, NULL, &why), RC_FAIL);
	head_free(h);
}

static void
other_keys_do_not_fit(void **state)
{
	struct head *h = asking_signed(TOP, "sts", "eu-west-1", "");
	struct secret *secret = asking_secret(), *other = NULL;
	struct refused why = { 0 };
	struct authz a;

	(void)state;
	assert_int_equal(secret_copy(span_of("other"), &other, NULL), RC_OK);
	assert_int_equal(authz_read(h, &a, &why), RC_OK);
	assert_int_equal(authz_verify(&a, h, span_of("AKIAOTHER"), secret, ASKING_NOW,
			     SIGV4_EMPTY_HASH, &why),
	    RC_REFUSE);
	assert_string_equal(why.code, "InvalidClientTokenId");
	assert_int_equal(authz_verify(&a, h, span_of(ASKING_ID), other, ASKING_NOW,
			     SIGV4_EMPTY_HASH, &why),
	    RC_REFUSE);
	assert_string_equal(why.code, "SignatureDoesNotMatch");
	secret_free(secret);
	secret_free(other);
	head_free(h);
}

/* Nothing of what was signed can be changed under way. */
static void
a_changed_request_does_not_fit(void **state)
{
	static const char *const pairs[][2] = { { "GET /a?b=1", "PUT /a?b=1" },
		{ "/a?b", "/c?b" }, { "b=1", "b=2" },
		{ "eu-west-1.amaz", "eu-west-2.amaz" }, { "private", "publice" } };
	struct head *h =
	    asking_signed("GET /a?b=1 HTTP/1.1\nHost: s3.eu-west-1.amazonaws.com\n"
			  "x-amz-acl: private\n",
		"s3", "eu-west-1", "");
	const struct sigv4_header *all;
	struct buf text;
	size_t n;

	(void)state;
	buf_init(&text, 4096);
	buf_text(&text, "GET /a?b=1 HTTP/1.1\n");
	all = head_headers(h, &n);
	for (size_t i = 0; i < n; i++)
		buf_printf(&text, "%.*s: %.*s\n", (int)all[i].name.len, all[i].name.p,
		    (int)all[i].value.len, all[i].value.p);
	head_free(h);
	for (size_t i = 0; i <= ROWS(pairs); i++) {
		char copy[4096], *at;
		struct refused why = { 0 };

		snprintf(copy, sizeof copy, "%s", buf_cstr(&text));
		if (i < ROWS(pairs)) {
			assert_non_null(at = strstr(copy, pairs[i][0]));
			memcpy(at, pairs[i][1], strlen(pairs[i][1]));
		}
		h = asking_head(copy);
		assert_int_equal(verify(h, ASKING_NOW, SIGV4_EMPTY_HASH, &why),
		    i < ROWS(pairs) ? RC_REFUSE : RC_OK);
		head_free(h);
	}
	buf_clear(&text);
}

static void
payloads_are_told_apart(void **state)
{
	static const struct {
		const char *value;
		enum authz_payload payload;
	} rows[] = { { "UNSIGNED-PAYLOAD", AUTHZ_UNSIGNED },
		{ "STREAMING-UNSIGNED-PAYLOAD-TRAILER", AUTHZ_STREAM_UNSIGNED },
		{ "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", AUTHZ_STREAM_SIGNED },
		{ "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
		    AUTHZ_STREAM_SIGNED_TRAILER },
		{ SIGV4_EMPTY_HASH, AUTHZ_HASH } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct refused why = { 0 };
		char lines[512], other[SIGV4_HEX];
		struct head *h;
		struct authz a;

		snprintf(lines, sizeof lines,
		    "PUT /b/k HTTP/1.1\nHost: s3.eu-west-1.amazonaws.com\n"
		    "x-amz-content-sha256: %s\n",
		    rows[i].value);
		h = asking_signed(lines, "s3", "eu-west-1", "");
		assert_int_equal(authz_read(h, &a, &why), RC_OK);
		assert_int_equal(a.payload, rows[i].payload);
		assert_int_equal(verify(h, ASKING_NOW, NULL, &why), RC_OK);
		assert_int_equal(sigv4_hash(span_of("x"), other, NULL), RC_OK);
		assert_int_equal(verify(h, ASKING_NOW, other, &why),
		    rows[i].payload == AUTHZ_HASH ? RC_REFUSE : RC_OK);
		head_free(h);
	}
}

static struct head *
presigned(const char *path, const char *query, const char *service, unsigned expires)
{
	struct secret *secret = asking_secret();
	const struct sigv4_key key = { ASKING_ID, secret, NULL, "eu-west-1", service,
		ASKING_NOW };
	const struct sigv4_header host = { span_of("host"),
		span_of("h.amazonaws.com") };
	const bool s3 = strcmp(service, "s3") == 0;
	const struct sigv4_request r = { "GET", span_of(path), span_of(query), &host, 1,
		s3 ? "UNSIGNED-PAYLOAD" : SIGV4_EMPTY_HASH, s3 };
	char signature[SIGV4_HEX], lines[4096];
	struct buf q;

	buf_init(&q, 4096);
	assert_int_equal(sigv4_url(&r, &key, expires, &q, signature, NULL), RC_OK);
	snprintf(lines, sizeof lines, "GET %s?%s HTTP/1.1\nHost: h.amazonaws.com\n",
	    path, buf_cstr(&q));
	buf_clear(&q);
	secret_free(secret);
	return asking_head(lines);
}

static void
a_presigned_url_is_verified(void **state)
{
	struct head *h = presigned("/b/k", "versionId=7", "s3", 600);
	struct refused why = { 0 };
	struct authz a;

	(void)state;
	assert_int_equal(authz_read(h, &a, &why), RC_OK);
	assert_true(a.presigned);
	assert_int_equal(a.payload, AUTHZ_UNSIGNED);
	assert_int_equal(a.expires, 600);
	assert_int_equal(verify(h, ASKING_NOW + 600000, NULL, &why), RC_OK);
	assert_int_equal(verify(h, ASKING_NOW + 601000, NULL, &why), RC_REFUSE);
	head_free(h);
	h = presigned("/", "Action=GetCallerIdentity&Version=2011-06-15", "sts", 60);
	assert_int_equal(verify(h, ASKING_NOW, SIGV4_EMPTY_HASH, &why), RC_OK);
	assert_int_equal(verify(h, ASKING_NOW, SIG, &why), RC_REFUSE);
	head_free(h);
}

static void
dates_are_counted_right(void **state)
{
	static const struct {
		const char *date;
		uint64_t ms;
	} rows[] = { { "20000229T235959Z", 951868799000 },
		{ "20240301T000000Z", 1709251200000 }, { "19700101T000000Z", 0 },
		{ "21000301T000000Z", 4107542400000 } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct refused why = { 0 };
		char lines[1024];
		struct authz a;
		struct head *h;

		snprintf(lines, sizeof lines,
		    TOP
		    "X-Amz-Date: %s\nAuthorization: AWS4-HMAC-SHA256 Credential=A/"
		    "%.8s/eu-west-1/sts/aws4_request, SignedHeaders=host;x-amz-date,"
		    " Signature=" SIG "\n",
		    rows[i].date, rows[i].date);
		h = asking_head(lines);
		assert_int_equal(authz_read(h, &a, &why), RC_OK);
		assert_int_equal(a.time_ms, rows[i].ms);
		head_free(h);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_signature_is_refused),
		cmocka_unit_test(ill_formed_urls_are_refused),
		cmocka_unit_test(a_signature_is_verified),
		cmocka_unit_test(other_keys_do_not_fit),
		cmocka_unit_test(a_changed_request_does_not_fit),
		cmocka_unit_test(payloads_are_told_apart),
		cmocka_unit_test(a_presigned_url_is_verified),
		cmocka_unit_test(dates_are_counted_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
