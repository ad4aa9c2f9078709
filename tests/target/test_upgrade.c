#include "tests/support/unit.h"

#include <jansson.h>
#include <time.h>

#include "broker/target/upgrade.h"

#define HOST "ssmmessages.eu-west-1.amazonaws.com"
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" /* RFC 6455 section 1.3 */

/* ---- addresses ---- */

static const struct {
	const char *text;
	bool good;
} urls[] = {
	{ "wss://" HOST "/v1/data-channel/a@b-0?role=x&cell-number=A+b/c==", true },
	{ "wss://" HOST "/", true },
	{ "ws://" HOST "/v1", false },
	{ "https://" HOST "/v1", false },
	{ "wss://" HOST, false },
	{ "wss://" HOST "?x", false },
	{ "wss://" HOST ":443/v1", false },
	{ "wss://" HOST ".evil.test/v1", false },
	{ "wss://evil.test/" HOST "/", false },
	{ "wss://user@" HOST "/v1", false },
	{ "wss://ssmmessages.us-east-1.amazonaws.com/v1", false },
	{ "wss://" HOST ".cn/v1", false },
	{ "wss://" HOST "/v1#x", false },
	{ "wss://" HOST "/v1 x", false },
	{ "wss://" HOST "/v1\r\nX: y", false },
	{ "wss://" HOST "/\xc3\xa9", false },
	{ "wss://", false },
	{ "", false },
};

static void
test_urls(void **state)
{
	struct upgrade_url u;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(urls); i++) {
		enum rc rc = upgrade_url(
		    span_of(urls[i].text), "eu-west-1", "amazonaws.com", &u, &err);

		if (rc != (urls[i].good ? RC_OK : RC_REFUSE))
			fail_msg("%s: %d", urls[i].text, rc);
	}
	assert_int_equal(upgrade_url(span_of("wss://" HOST "/p/a?b=c?d"), "eu-west-1",
			     "amazonaws.com", &u, &err),
	    RC_OK);
	assert_true(span_is(u.path, "/p/a"));
	assert_true(span_is(u.query, "b=c?d"));
	assert_int_equal(
	    upgrade_url(span_of("wss://ssmmessages.cn-north-1.amazonaws.com.cn/x"),
		"cn-north-1", "amazonaws.com.cn", &u, &err),
	    RC_OK);
}

/* ---- the vectors ---- */

static uint64_t
date_ms(const char *text)
{
	struct tm tm = { 0 };

	assert_non_null(strptime(text, "%Y%m%dT%H%M%SZ", &tm));
	return (uint64_t)timegm(&tm) * 1000;
}

static const char *
member(const json_t *j, const char *name)
{
	return json_string_value(json_object_get(j, name));
}

static void
check_vector(const json_t *j)
{
	const char *token = member(j, "session_token");
	struct secret *secret, *t = NULL;
	struct sigv4_key key = {
		.access_key_id = member(j, "access_key"),
		.region = member(j, "region"),
		.service = member(j, "service"),
		.time_ms = date_ms(member(j, "amz_date")),
	};
	struct upgrade_url u;
	char want[1024];
	struct buf out;
	struct err err;

	assert_int_equal(
	    secret_copy(span_of(member(j, "secret_key")), &secret, &err), RC_OK);
	if (token != NULL)
		assert_int_equal(secret_copy(span_of(token), &t, &err), RC_OK);
	key.secret = secret;
	key.token = t;
	assert_int_equal(upgrade_url(span_of(member(j, "url")), key.region,
			     "amazonaws.com", &u, &err),
	    RC_OK);
	buf_init(&out, 65536);
	assert_int_equal(upgrade_request(&u, &key, KEY, &out, &err), RC_OK);
	snprintf(
	    want, sizeof want, "\r\nAuthorization: %s\r\n", member(j, "authorization"));
	assert_non_null(strstr(buf_cstr(&out), want));
	/* The line of the request is the address's, byte for byte. */
	snprintf(want, sizeof want, "GET %s HTTP/1.1\r\nHost: %s\r\n",
	    strstr(member(j, "url"), ".com/") + 4, u.host);
	assert_true(span_starts(buf_span(&out), want));
	assert_int_equal(
	    strstr(buf_cstr(&out), "X-Amz-Security-Token") != NULL, token != NULL);
	buf_clear(&out);
	secret_free(secret);
	secret_free(t);
}

static void
test_vectors(void **state)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	json_t *all, *j;
	size_t i;

	(void)state;
	snprintf(path, sizeof path, "%s/tests/vectors/ssm/ws_sigv4.json",
	    top != NULL ? top : ".");
	assert_non_null(all = json_load_file(path, 0, NULL));
	assert_int_equal(json_array_size(all), 2);
	json_array_foreach(all, i, j) check_vector(j);
	json_decref(all);
}

static void
test_presigned(void **state)
{
	static const char *const names[] = { "X-Amz-Algorithm", "X-Amz-Credential",
		"X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature",
		"X-Amz-Security-Token" };
	struct sigv4_key key = { .access_key_id = "AKIDEXAMPLE",
		.region = "eu-west-1",
		.service = "ssmmessages" };
	struct secret *secret;
	struct upgrade_url u;
	char url[256];
	struct buf out;
	struct err err;

	(void)state;
	assert_int_equal(secret_copy(span_of("s"), &secret, &err), RC_OK);
	key.secret = secret;
	for (size_t i = 0; i <= ROWS(names); i++) {
		snprintf(url, sizeof url, "wss://" HOST "/p?a=b&%s=1",
		    i < ROWS(names) ? names[i] : "X-Amz-Other");
		assert_int_equal(
		    upgrade_url(span_of(url), "eu-west-1", "amazonaws.com", &u, &err),
		    RC_OK);
		assert_int_equal(upgrade_presigned(&u), i < ROWS(names));
		buf_init(&out, 65536);
		assert_int_equal(upgrade_request(&u, &key, KEY, &out, &err), RC_OK);
		assert_int_equal(
		    strstr(buf_cstr(&out), "Authorization:") != NULL, i == ROWS(names));
		buf_clear(&out);
		/* And without a key. */
		assert_int_equal(upgrade_request(&u, NULL, KEY, &out, &err), RC_OK);
		assert_null(strstr(buf_cstr(&out), "Authorization:"));
		buf_clear(&out);
	}
	secret_free(secret);
}

/* ---- answers ---- */

#define OK101                                                                          \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n"                   \
	"Connection: keep-alive, Upgrade\r\n"

static const struct {
	const char *text;
	enum rc rc;
	unsigned status;
} answers[] = {
	{ OK101 "Sec-WebSocket-Accept: " ACCEPT "\r\n\r\nrest", RC_OK, 101 },
	{ OK101 "sec-websocket-accept:" ACCEPT "\r\n\r\n", RC_OK, 101 },
	{ OK101 "Sec-WebSocket-Accept: " ACCEPT "\r\n", RC_WAIT, 0 },
	{ "", RC_WAIT, 0 },
	{ "HTT", RC_WAIT, 0 },
	{ "SSH-2.0-x", RC_REFUSE, 0 },
	{ "HTTP/1.0 101 x\r\n\r\n", RC_REFUSE, 0 },
	{ "HTTP/1.1 1x1 x\r\n\r\n", RC_REFUSE, 0 },
	{ "HTTP/1.1 1011 x\r\n\r\n", RC_REFUSE, 0 },
	{ "HTTP/1.1 403 No\r\nX: y\r\n\r\n{\"m\":\"\x1b[2J\"}", RC_REFUSE, 403 },
	{ "HTTP/1.1 200 OK\r\n\r\n", RC_REFUSE, 200 },
	{ OK101 "\r\n", RC_REFUSE, 101 },
	{ OK101 "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOp=\r\n\r\n", RC_REFUSE,
	    101 },
	{ OK101 "Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO=\r\n\r\n", RC_REFUSE,
	    101 },
	{ OK101 "Sec-WebSocket-Accept: " ACCEPT "\r\nSec-WebSocket-Accept: " ACCEPT
		"\r\n\r\n",
	    RC_REFUSE, 101 },
	{ OK101 "Sec-WebSocket-Accept: " ACCEPT
		"\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
	    RC_REFUSE, 101 },
	{ OK101 "Sec-WebSocket-Accept: " ACCEPT "\r\nSec-WebSocket-Protocol: x\r\n\r\n",
	    RC_REFUSE, 101 },
	{ "HTTP/1.1 101 x\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " ACCEPT
	  "\r\n\r\n",
	    RC_REFUSE, 101 },
	{ "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " ACCEPT
	  "\r\n\r\n",
	    RC_REFUSE, 101 },
	{ "HTTP/1.1 101 x\r\nUpgrade: h2c\r\nConnection: upgrade\r\n"
	  "Sec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
	    RC_REFUSE, 101 },
};

static void
test_answers(void **state)
{
	unsigned status;
	struct err err;
	size_t used;

	(void)state;
	for (size_t i = 0; i < ROWS(answers); i++) {
		enum rc rc =
		    upgrade_answer(span_of(answers[i].text), KEY, &used, &status, &err);

		if (rc != answers[i].rc || status != answers[i].status)
			fail_msg("%zu: %d, %u", i, rc, status);
		if (rc == RC_OK)
			assert_ptr_equal(answers[i].text + used,
			    strstr(answers[i].text, "\r\n\r\n") + 4);
		if (rc == RC_REFUSE)
			assert_null(strchr(err.text, '\x1b'));
	}
}

static void
test_long_head(void **state)
{
	static char text[UPGRADE_HEAD + 1];
	unsigned status;
	struct err err;
	size_t used;

	(void)state;
	snprintf(text, sizeof text, "HTTP/1.1 101 x\r\nX: ");
	memset(text + strlen(text), 'y', sizeof text - strlen(text));
	assert_int_equal(upgrade_answer(span_make(text, UPGRADE_HEAD - 1), KEY, &used,
			     &status, &err),
	    RC_WAIT);
	assert_int_equal(
	    upgrade_answer(span_make(text, UPGRADE_HEAD), KEY, &used, &status, &err),
	    RC_REFUSE);
}

static void
test_keys(void **state)
{
	char a[UPGRADE_KEY], b[UPGRADE_KEY];
	struct err err;

	(void)state;
	assert_int_equal(upgrade_key(a, &err), RC_OK);
	assert_int_equal(upgrade_key(b, &err), RC_OK);
	assert_int_equal(strlen(a), 24);
	assert_string_not_equal(a, b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_presigned),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_long_head),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
