#include "tests/support/unit.h"

#include "broker/gate/head.h"

#define S(text)                                                                        \
	{                                                                              \
		text, sizeof text - 1                                                  \
	}

static enum rc
try(const char *text, size_t len, struct head **ret, size_t *used)
{
	struct err err = { "" };
	enum rc rc = head_read(span_make(text, len), ret, used, &err);

	assert_true((rc == RC_REFUSE) == (err.text[0] != '\0'));
	return rc;
}

static void
what_two_readers_read_differently_is_refused(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} rows[] = {
		S("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
		S("GET / HTTP/1.1\nHost: a\n\n"),
		S("GET / HTTP/1.1\r\nHost: a\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nx: 1\r\n 2\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nx: 1\r\n\t2\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nx : 1\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nx\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nx:\t1\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nx: \x01\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nx: \xC3\xA4\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nx: \0\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nx-amz-acl: a\r\nX-Amz-ACL: b\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
		  "Content-Length: 1\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: "
		  "1234567890123456\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, "
		  "chunked\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, x\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nConnection: x-amz-acl\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nConnection: close, x\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nTrailer: x\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n"),
		S("GET / HTTP/1.1\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost:\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a:\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a:0\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: a:443:443\r\n\r\n"),
		S("GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n"),
		S("GET / HTTP/1.0\r\nHost: a\r\n\r\n"),
		S("GET / HTTP/2\r\nHost: a\r\n\r\n"),
		S("GET /  HTTP/1.1\r\nHost: a\r\n\r\n"),
		S("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
		S("GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
		S("GET /\r\nHost: a\r\n\r\n"),
		S("get / HTTP/1.1\r\nHost: a\r\n\r\n"),
		S("G:T / HTTP/1.1\r\nHost: a\r\n\r\n"),
		S("AVERYLONGMETHODNAME / HTTP/1.1\r\nHost: a\r\n\r\n"),
		S("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
		S("GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
		S("GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
		S("GET /#x HTTP/1.1\r\nHost: a\r\n\r\n"),
		S("GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n"),
		S("GET /a\"b HTTP/1.1\r\nHost: a\r\n\r\n"),
		S("CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n"),
		S("CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n"),
		S("CONNECT a: HTTP/1.1\r\nHost: a\r\n\r\n"),
		S("CONNECT http://a:443 HTTP/1.1\r\nHost: a\r\n\r\n"),
		S("CONNECT u@a:443 HTTP/1.1\r\nHost: a\r\n\r\n"),
		S("CONNECT a:443 HTTP/1.1\r\nContent-Length: 5\r\n\r\n"),
		S("CONNECT a:443 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"),
		S("\x16\x03\x01"),
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct head *h = NULL;
		size_t used = 7;

		if (try(rows[i].text, rows[i].len, &h, &used) != RC_REFUSE)
			fail_msg("row %zu was not refused: %s", i, rows[i].text);
		assert_null(h);
		assert_int_equal(used, 7);
	}
}

static void
a_request_is_read(void **state)
{
	static const char text[] = "PUT /b/k%20a?x=1&y HTTP/1.1\r\nHost: "
				   "S3.Eu-West-1.amazonaws.com:443\r\n"
				   "X-Amz-Meta-A:  a  b \r\nContent-Length: 12\r\n"
				   "Expect: 100-Continue\r\nempty:\r\n\r\nbody";
	struct span value = { 0 };
	struct head *h = NULL;
	const char *name;
	size_t used = 0, n = 0;
	uint16_t port;

	(void)state;
	assert_int_equal(try(text, sizeof text - 1, &h, &used), RC_OK);
	assert_int_equal(used, sizeof text - 5);
	assert_string_equal(head_method(h), "PUT");
	assert_true(span_is(head_path(h), "/b/k%20a"));
	assert_true(span_is(head_query(h), "x=1&y"));
	assert_string_equal(head_host(h), "s3.eu-west-1.amazonaws.com");
	assert_int_equal(head_port(h), 443);
	assert_false(head_connect(h, &name, &port));
	assert_int_equal(head_body(h), HEAD_LENGTH);
	assert_int_equal(head_length(h), 12);
	assert_true(head_expects(h));
	assert_true(head_keeps(h));
	head_headers(h, &n);
	assert_int_equal(n, 5);
	assert_int_equal(head_find(h, "x-amz-meta-a", &value), 1);
	assert_true(span_is(value, "a  b"));
	assert_int_equal(head_find(h, "EMPTY", &value), 1);
	assert_int_equal(value.len, 0);
	assert_int_equal(head_find(h, "x-amz-meta", NULL), 0);
	head_free(h);
}

static void
a_tunnel_is_read(void **state)
{
	static const char text[] = "CONNECT Sts.Amazonaws.com:443 HTTP/1.0\r\n"
				   "Proxy-Authorization: Basic eDp5\r\n\r\n";
	struct head *h = NULL;
	const char *name = NULL;
	size_t used = 0;
	uint16_t port = 0;

	(void)state;
	assert_int_equal(try(text, sizeof text - 1, &h, &used), RC_OK);
	assert_true(head_connect(h, &name, &port));
	assert_string_equal(name, "sts.amazonaws.com");
	assert_int_equal(port, 443);
	assert_int_equal(head_body(h), HEAD_NONE);
	assert_int_equal(head_path(h).len, 0);
	head_free(h);
}

static void
bodies_and_connections(void **state)
{
	static const struct {
		const char *lines;
		enum head_body body;
		bool keeps;
	} rows[] = { { "Connection: close\r\n", HEAD_NONE, false },
		{ "Connection: Keep-Alive\r\n", HEAD_NONE, true },
		{ "transfer-encoding: Chunked\r\n", HEAD_CHUNKED, true },
		{ "Content-Length: 0\r\n", HEAD_LENGTH, true } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct head *h = NULL;
		char text[256];
		size_t used = 0;
		int n = snprintf(text, sizeof text,
		    "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", rows[i].lines);

		assert_int_equal(try(text, (size_t)n, &h, &used), RC_OK);
		assert_int_equal(head_body(h), rows[i].body);
		assert_int_equal(head_keeps(h), rows[i].keeps);
		head_free(h);
	}
}

/* However a head is cut: it waits, and what is wrong is said as soon as it is seen. */
static void
every_beginning_waits(void **state)
{
	static const char text[] = "GET /a HTTP/1.1\r\nHost: a\r\nx: 1\r\n\r\n";
	struct head *h = NULL;
	size_t used = 0;

	(void)state;
	for (size_t n = 0; n < sizeof text - 1; n++)
		assert_int_equal(try(text, n, &h, &used), RC_WAIT);
	assert_null(h);
	assert_int_equal(try("GET /a\n", 7, &h, &used), RC_REFUSE);
}

static void
a_head_is_bounded(void **state)
{
	char *text = malloc(HEAD_BYTES + 64);
	struct head *h = NULL;
	size_t used = 0, at;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', HEAD_BYTES + 64);
	memcpy(text, "GET /", 5);
	assert_int_equal(try(text, HEAD_BYTES - 1, &h, &used), RC_WAIT);
	assert_int_equal(try(text, HEAD_BYTES, &h, &used), RC_REFUSE);
	at = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost: a\r\n");
	for (unsigned i = 0; i < HEAD_HEADERS; i++)
		at += (size_t)sprintf(text + at, "h%u: 1\r\n", i);
	at += (size_t)sprintf(text + at, "\r\n");
	assert_int_equal(try(text, at, &h, &used), RC_REFUSE);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_two_readers_read_differently_is_refused),
		cmocka_unit_test(a_request_is_read),
		cmocka_unit_test(a_tunnel_is_read),
		cmocka_unit_test(bodies_and_connections),
		cmocka_unit_test(every_beginning_waits),
		cmocka_unit_test(a_head_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
