#include "tests/support/unit.h"

#include "tests/gate/reading.h"

#define S3 "Host: s3.eu-west-1.amazonaws.com\nx-amz-date: 20261121T080000Z\n"
#define UNSIGNED "x-amz-content-sha256: UNSIGNED-PAYLOAD\n"
#define HASH                                                                           \
	"x-amz-content-sha256: "                                                       \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
#define FRAMED "x-amz-decoded-content-length: 5\nContent-Encoding: gzip,aws-chunked\n"

/* "METHOD path?query|signed headers|others|payload|length", one line. */
static const char *
text_of(const struct onward *o)
{
	static char text[4096];
	struct buf b;

	buf_init(&b, sizeof text);
	buf_printf(&b, "%s %.*s?%.*s", o->method, (int)o->path.len, o->path.p,
	    (int)o->query.len, o->query.p);
	for (size_t i = 0; i < o->n_headers; i++) {
		buf_u8(&b, i == 0 || i == o->n_signed ? '|' : ',');
		buf_printf(&b, "%.*s:%.*s", (int)o->headers[i].name.len,
		    o->headers[i].name.p, (int)o->headers[i].value.len,
		    o->headers[i].value.p);
	}
	buf_printf(&b, "|%s%s|", o->payload == NULL ? "-" : o->payload,
	    o->with_hash ? "" : " unsaid");
	if (o->framed)
		buf_printf(&b, "%s of %d ",
		    o->chunks.mode == AWSCHUNKS_FOLLOW	 ? "follow"
		    : o->chunks.mode == AWSCHUNKS_DECODE ? "decode"
							 : "reframe",
		    (int)o->chunks.length);
	if (o->has_length)
		buf_printf(&b, "%d", (int)o->length);
	else
		buf_text(&b, "chunked");
	snprintf(text, sizeof text, "%s", buf_cstr(&b));
	buf_clear(&b);
	return text;
}

static void
what_goes_on(void **state)
{
	static const struct {
		const char *lines, *service, *text;
		bool endpoint;
	} rows[] = {
		{ "GET /logs/a%7eb:c?versionId=a%2fb&x-id=GetObject HTTP/1.1\n" S3
			UNSIGNED
		  "User-Agent: cli\nx-amz-meta: 1\nAccept-Encoding: identity\n"
		  "If-Match: x\nAuthorization: y\nConnection: keep-alive\n"
		  "Content-Length: 0\nExpect: 100-continue\n",
		    "s3",
		    "GET /logs/a~b%3Ac?versionId=a%2Fb|host:s3.eu-west-1.amazonaws.com,"
		    "x-amz-meta:1,If-Match:x|User-Agent:cli,Accept-Encoding:identity|"
		    "UNSIGNED-PAYLOAD|0",
		    false },
		{ "GET /k HTTP/1.1\nHost: logs.s3.eu-west-1.amazonaws.com:443\n" HASH,
		    "s3",
		    "GET /k?|host:logs.s3.eu-west-1.amazonaws.com|"
		    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855|"
		    "0",
		    false },
		{ "GET /s3/logs?acl&X-Amz-Signature=x&X-Amz-Date=y HTTP/1.1\n"
		  "Host: localhost:1\n",
		    "s3", "GET /logs?acl=|host:s3.eu-west-1.amazonaws.com|-|0", true },
		{ "GET /s3 HTTP/1.1\nHost: localhost:1\n", "s3",
		    "GET /?|host:s3.eu-west-1.amazonaws.com|-|0", true },
		{ "POST / HTTP/1.1\nHost: sts.eu-west-1.amazonaws.com\nContent-Length: "
		  "9\n"
		  "Content-Type: t\nX-Amz-Target: u\nTransfer-EncodingX: v\n",
		    "sts",
		    "POST /?|host:sts.eu-west-1.amazonaws.com,Content-Type:t,"
		    "X-Amz-Target:u,Transfer-EncodingX:v|- unsaid|9",
		    false },
		{ "GET /a:b/c%3Ad HTTP/1.1\nHost: lambda.eu-west-1.amazonaws.com\n",
		    "lambda",
		    "GET /a:b/c%3Ad?|host:lambda.eu-west-1.amazonaws.com|- unsaid|0",
		    false },
		{ "PUT /logs/k HTTP/1.1\n" S3 FRAMED "Transfer-Encoding: chunked\n"
		  "x-amz-trailer: x-amz-checksum-crc32\n"
		  "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\n",
		    "s3",
		    "PUT /logs/k?|host:s3.eu-west-1.amazonaws.com,"
		    "x-amz-decoded-content-length:5,Content-Encoding:gzip,aws-chunked,"
		    "x-amz-trailer:x-amz-checksum-crc32|"
		    "STREAMING-UNSIGNED-PAYLOAD-TRAILER|follow of 5 chunked",
		    false },
		{ "PUT /logs/k HTTP/1.1\n" S3 FRAMED "Content-Length: 99\n"
		  "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\n",
		    "s3",
		    "PUT "
		    "/logs/k?|host:s3.eu-west-1.amazonaws.com,Content-Encoding:gzip|"
		    "UNSIGNED-PAYLOAD|decode of 5 5",
		    false },
		{ "PUT /logs/k HTTP/1.1\n" S3 FRAMED "Content-Length: 99\n"
		  "x-amz-trailer: x-amz-checksum-crc32\n"
		  "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER\n",
		    "s3",
		    "PUT /logs/k?|host:s3.eu-west-1.amazonaws.com,"
		    "x-amz-decoded-content-length:5,Content-Encoding:gzip,aws-chunked,"
		    "x-amz-trailer:x-amz-checksum-crc32|"
		    "STREAMING-UNSIGNED-PAYLOAD-TRAILER|reframe of 5 chunked",
		    false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct refused why = { 0 };
		struct onward o = { 0 };
		struct reading r;

		reading_of(&r, rows[i].endpoint, rows[i].lines, rows[i].service,
		    "eu-west-1", span_of(""));
		if (onward_new(r.h, &r.a, &r.p, false, &o, &why) != RC_OK)
			fail_msg("row %zu: %s", i, why.text);
		if (strcmp(text_of(&o), rows[i].text) != 0)
			fail_msg("row %zu: %s\n\tnot %s", i, text_of(&o), rows[i].text);
		onward_clear(&o);
		reading_clear(&r);
	}
}

static void
frames_that_cannot_go_on(void **state)
{
	static const char *const rows[] = {
		"x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\n",
		"x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\n"
		"x-amz-decoded-content-length: x\n",
		"x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\n"
		"x-amz-decoded-content-length: 1234567890123456\n",
		"x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\n"
		"x-amz-decoded-content-length: 5\nx-amz-trailer: x-amz-acl\n",
		"x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\n"
		"x-amz-decoded-content-length: 5\n"
		"x-amz-trailer: x-amz-checksum-crc32, content-type\n",
		"x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\n"
		"x-amz-decoded-content-length: 5\nx-amz-trailer: "
		"x-amz-checksum-crc32\n",
		UNSIGNED "x-amz-trailer: x-amz-checksum-crc32\n",
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct refused why = { 0 };
		struct onward o = { 0 };
		struct reading r;
		char lines[1024];

		snprintf(
		    lines, sizeof lines, "PUT /logs/k HTTP/1.1\n" S3 "%s", rows[i]);
		reading_of(&r, false, lines, "s3", "eu-west-1", span_of(""));
		if (onward_new(r.h, &r.a, &r.p, false, &o, &why) != RC_REFUSE)
			fail_msg("row %zu was not refused", i);
		assert_null(o.store);
		reading_clear(&r);
	}
}

static void
an_inflated_body_loses_its_coding(void **state)
{
	static const char lines[] =
	    "POST / HTTP/1.1\nHost: dynamodb.eu-west-1.amazonaws.com\n"
	    "Content-Encoding: gzip\n" HASH;
	struct refused why = { 0 };
	struct onward o = { 0 };
	struct reading r;

	(void)state;
	reading_of(&r, false, lines, "dynamodb", "eu-west-1", span_of(""));
	assert_int_equal(onward_new(r.h, &r.a, &r.p, true, &o, &why), RC_OK);
	assert_string_equal(
	    text_of(&o), "POST /?|host:dynamodb.eu-west-1.amazonaws.com|-|0");
	onward_clear(&o);
	reading_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_on),
		cmocka_unit_test(frames_that_cannot_go_on),
		cmocka_unit_test(an_inflated_body_loses_its_coding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
