/* What sigv4 must refuse to sign.  test_sigv4.c has what it signs. */
#include "tests/support/unit.h"

#include "lib/base/sigv4.h"

static struct secret *
make_secret(const char *text)
{
	struct secret *s = NULL;

	assert_int_equal(secret_copy(span_of(text), &s, NULL), RC_OK);
	return s;
}

static const struct sigv4_header host = { .name = { (const uint8_t *)"Host", 4 },
	.value = { (const uint8_t *)"h", 1 } };

static enum rc
try_request(const char *path, const char *query, const struct sigv4_header *headers,
    size_t n, struct sigv4_key key)
{
	struct secret *secret = make_secret("s");
	struct sigv4_request r = { "GET", span_of(path), span_of(query), headers, n,
		SIGV4_EMPTY_HASH, true };
	char signature[SIGV4_HEX];
	struct buf out;
	struct err err;
	enum rc a, b;

	if (key.secret == NULL)
		key.secret = secret;
	buf_init(&out, 65536);
	a = sigv4_header(&r, &key, true, &out, signature, &err);
	b = sigv4_url(&r, &key, 60, &out, signature, &err);
	buf_clear(&out);
	secret_free(secret);
	return a == RC_OK ? b : a;
}

static const struct sigv4_key good = { .access_key_id = "AKID",
	.region = "eu-west-1",
	.service = "s3",
	.time_ms = 1767322000000 };

static void
ill_formed_requests_are_refused(void **state)
{
	static const struct {
		const char *path, *query;
	} bad[] = { { "a", "" }, { "/%", "" }, { "/%4x", "" }, { "/", "a=%" },
		{ "/", "%zz=1" }, { "/", "a=b+c" }, { "/", "a+b" },
		{ "/", "X-Amz-Date=1" }, { "/", "a=1&X%2DAmz-Signature=00" },
		{ "/", "X-Amz-Security-Token" } };

	(void)state;
	assert_int_equal(try_request("/%20a", "a=%2B&b", &host, 1, good), RC_OK);
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_int_equal(
		    try_request(bad[i].path, bad[i].query, &host, 1, good), RC_REFUSE);
}

static void
ill_formed_headers_are_refused(void **state)
{
	static const struct {
		const char *name, *value;
	} bad[] = { { "", "v" }, { "a b", "v" }, { "a:", "v" }, { "a\n", "v" },
		{ "\xC3\xA4", "v" }, { "a", "v\r\nX-Evil: 1" }, { "a", "v\n" },
		{ "Authorization", "v" }, { "x-amz-DATE", "v" },
		{ "x-amz-security-token", "v" }, { "x-amz-content-sha256", "v" } };
	struct sigv4_header two[2] = { host, { { 0 }, { 0 } } };
	struct sigv4_header many[SIGV4_HEADERS_MAX + 1];

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		two[1].name = span_of(bad[i].name);
		two[1].value = span_of(bad[i].value);
		assert_int_equal(try_request("/", "", two, 2, good), RC_REFUSE);
	}
	two[1].name = span_of("a");
	two[1].value = span_make("v\0w", 3);
	assert_int_equal(try_request("/", "", two, 2, good), RC_REFUSE);
	assert_int_equal(try_request("/", "", NULL, 0, good), RC_REFUSE);
	for (size_t i = 0; i < ROWS(many); i++)
		many[i] = host;
	assert_int_equal(try_request("/", "", many, ROWS(many), good), RC_REFUSE);
}

static void
ill_formed_keys_are_refused(void **state)
{
	struct secret *big = NULL, *hostile = make_secret("t\r\nX: y");
	struct sigv4_key bad[8];

	(void)state;
	assert_int_equal(secret_new(257, &big, NULL), RC_OK);
	for (size_t i = 0; i < ROWS(bad); i++)
		bad[i] = good;
	bad[0].access_key_id = "";
	bad[1].access_key_id = "AK/ID";
	bad[2].region = "eu west";
	bad[3].region = "eu/west";
	bad[4].service = "s3\n";
	bad[5].secret = big;
	bad[6].token = hostile;
	bad[7].time_ms = UINT64_MAX;
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_int_equal(try_request("/", "", &host, 1, bad[i]), RC_REFUSE);
	secret_free(big);
	secret_free(hostile);
}

static void
bounds_are_kept(void **state)
{
	struct secret *secret = make_secret("s");
	struct sigv4_key key = good;
	struct sigv4_request r = { "GET", span_of("/"), { 0 }, &host, 1,
		SIGV4_EMPTY_HASH, true };
	char out[SIGV4_HEX];
	struct buf b;

	(void)state;
	key.secret = secret;
	buf_init(&b, 65536);
	assert_int_equal(sigv4_url(&r, &key, 0, &b, out, NULL), RC_REFUSE);
	assert_int_equal(
	    sigv4_url(&r, &key, SIGV4_EXPIRES_MAX + 1, &b, out, NULL), RC_REFUSE);
	assert_int_equal(sigv4_chunk(&key, "no", span_of(""), out, NULL), RC_REFUSE);
	assert_int_equal(sigv4_event(&key, "", span_of(""), out, NULL), RC_REFUSE);
	assert_int_equal(sigv4_trailer(&key, "", NULL, 0, out, NULL), RC_REFUSE);
	buf_clear(&b);
	secret_free(secret);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ill_formed_requests_are_refused),
		cmocka_unit_test(ill_formed_headers_are_refused),
		cmocka_unit_test(ill_formed_keys_are_refused),
		cmocka_unit_test(bounds_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
