/* aws-chunked; the signed cases are those of the S3 API reference. */
#include "tests/support/unit.h"

#include "broker/gate/chunks.h"

#define SEED "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
#define FIRST "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"
#define SECOND "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"
#define LAST "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"
#define TRAILERS "df5735bd9f3295cd9386572292562fefc93ba94e80a0a1ddcbd652c4e0a75e6c"
#define NAMES "first,Second, third"

/* The pieces of a body; each may be spoiled. */
struct body {
	const char *first, *second, *last;
	const char *end; /* behind the last chunk's line */
};

static const struct body plain = { FIRST, SECOND, LAST, "\r\n" };
static const struct body trailed = { FIRST, SECOND, LAST,
	"first:1st\r\nsecond: 2nd\r\nTHIRD:3rd\r\nx-amz-trailer-signature:" TRAILERS
	"\r\n\r\n" };

static void
put_chunk(struct buf *b, size_t n, const char *signature)
{
	buf_printf(b, "%zx;chunk-signature=%s\r\n", n, signature);
	for (size_t i = 0; i < n; i++)
		buf_u8(b, 'a');
	if (n > 0)
		buf_text(b, "\r\n");
}

static void
put_body(struct buf *b, const struct body *body)
{
	buf_init(b, 1 << 20);
	put_chunk(b, 65536, body->first);
	put_chunk(b, 1024, body->second);
	put_chunk(b, 0, body->last);
	buf_text(b, body->end);
	assert_true(buf_ok(b));
}

static struct secret *
secret_of_reference(void)
{
	struct secret *s = NULL;

	assert_int_equal(
	    secret_copy(span_of("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), &s, NULL),
	    RC_OK);
	return s;
}

static struct awschunks *
reader(enum awschunks_mode mode, const char *names, const struct secret *secret)
{
	const struct awschunks_init init = { .mode = mode,
		.length = 66560,
		.trailers = span_of(names),
		.key = { "AKIAIOSFODNN7EXAMPLE", secret, NULL, "us-east-1", "s3",
		    1369353600000 },
		.seed = SEED };
	struct awschunks *a = NULL;

	assert_int_equal(awschunks_new(&init, &a, NULL), RC_OK);
	return a;
}

/* Feed in pieces of so many bytes. */
static enum rc
feed(struct awschunks *a, struct span in, size_t piece, struct buf *out)
{
	enum rc rc = RC_OK;

	while (in.len > 0 && (rc == RC_OK || rc == RC_END)) {
		size_t n = in.len < piece ? in.len : piece;

		rc = awschunks_feed(a, span_make(in.p, n), out, NULL);
		in = span_make(in.p + n, in.len - n);
	}
	return rc;
}

static enum rc
try(enum awschunks_mode mode, const char *names, const struct body *body, size_t piece,
    struct buf *out)
{
	struct secret *secret = secret_of_reference();
	struct awschunks *a = reader(mode, names, secret);
	struct buf in;
	enum rc rc;

	put_body(&in, body);
	rc = feed(a, buf_span(&in), piece, out);
	assert_int_equal(awschunks_done(a), rc == RC_END);
	if (rc == RC_END)
		assert_int_equal(awschunks_data(a), 66560);
	awschunks_free(a);
	secret_free(secret);
	buf_clear(&in);
	return rc;
}

static void
signed_chunks_become_a_plain_body(void **state)
{
	static const size_t pieces[] = { 1, 7, 1000, 65536, 1 << 20 };

	(void)state;
	for (size_t i = 0; i < ROWS(pieces); i++) {
		struct buf out;

		buf_init(&out, 1 << 20);
		assert_int_equal(
		    try(AWSCHUNKS_DECODE, "", &plain, pieces[i], &out), RC_END);
		assert_int_equal(out.len, 66560);
		for (size_t j = 0; j < out.len; j++)
			assert_int_equal(out.p[j], 'a');
		buf_clear(&out);
	}
}

static void
signed_trailers_become_unsigned_ones(void **state)
{
	static const char head[] = "10000\r\naaa", middle[] = "aa\r\n400\r\naa",
			  tail[] = "aa\r\n0\r\nfirst:1st\r\nsecond:2nd\r\n"
				   "third:3rd\r\n\r\n";
	struct awschunks_init init = {
		.mode = AWSCHUNKS_FOLLOW, .length = 66560, .trailers = span_of(NAMES)
	};
	struct awschunks *a = NULL;
	struct buf out, again;

	(void)state;
	for (size_t piece = 1; piece < 70000; piece *= 13) {
		buf_init(&out, 1 << 20);
		buf_init(&again, 1 << 20);
		assert_int_equal(
		    try(AWSCHUNKS_REFRAME, NAMES, &trailed, piece, &out), RC_END);
		assert_true(span_starts(buf_span(&out), head));
		assert_non_null(memmem(out.p, out.len, middle, sizeof middle - 1));
		assert_memory_equal(
		    out.p + out.len - (sizeof tail - 1), tail, sizeof tail - 1);
		/* What came out is itself a body in unsigned chunks. */
		assert_int_equal(awschunks_new(&init, &a, NULL), RC_OK);
		assert_int_equal(feed(a, buf_span(&out), 999, &again), RC_END);
		assert_true(span_eq(buf_span(&out), buf_span(&again)));
		awschunks_free(a);
		buf_clear(&out);
		buf_clear(&again);
	}
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* A body that is false anywhere never becomes complete: the last byte of the chunk is
 * not among what came out. */
static void
false_signatures_are_refused(void **state)
{
	static const struct {
		struct body body;
		const char *names;
		size_t most; /* bytes that may come out */
	} rows[] = {
		{ { ZEROS, SECOND, LAST, "\r\n" }, "", 65535 },
		{ { FIRST, ZEROS, LAST, "\r\n" }, "", 66559 },
		{ { FIRST, FIRST, LAST, "\r\n" }, "", 66559 },
		{ { FIRST, SECOND, ZEROS, "\r\n" }, "", 66560 },
		{ { FIRST, SECOND, LAST, "x\r\n" }, "", 66560 },
		{ { FIRST, SECOND, LAST, "\r\nmore" }, "", 66560 },
		{ { "", SECOND, LAST, "\r\n" }, "", 0 },
		{ { FIRST "0", SECOND, LAST, "\r\n" }, "", 0 },
		{ { FIRST, SECOND, LAST, "first:1st\r\n\r\n" }, "", 66560 },
		{ { FIRST, SECOND, LAST, "first:1st\r\n\r\n" }, "first", 66560 },
		{ { FIRST, SECOND, LAST, "\r\n" }, "first", 66560 },
		{ { FIRST, SECOND, LAST,
		      "first:1st\r\nx-amz-trailer-signature:" ZEROS "\r\n\r\n" },
		    "first", 66560 },
		{ { FIRST, SECOND, LAST,
		      "x-amz-trailer-signature:" TRAILERS "\r\nfirst:1st\r\n\r\n" },
		    "first", 66560 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf out;

		buf_init(&out, 1 << 20);
		if (try(AWSCHUNKS_DECODE, rows[i].names, &rows[i].body, 500, &out) !=
		    RC_REFUSE)
			fail_msg("row %zu was not refused", i);
		assert_in_range(out.len, 0, rows[i].most);
		buf_clear(&out);
	}
}

static enum rc
follow(const char *text, uint64_t length, const char *names, struct buf *out)
{
	struct awschunks_init init = {
		.mode = AWSCHUNKS_FOLLOW, .length = length, .trailers = span_of(names)
	};
	struct awschunks *a = NULL;
	enum rc rc;

	if ((rc = awschunks_new(&init, &a, NULL)) != RC_OK)
		return rc;
	rc = feed(a, span_of(text), 3, out);
	awschunks_free(a);
	return rc;
}

static void
unsigned_chunks_are_followed_untouched(void **state)
{
	static const char *const rows[] = {
		"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
		"2\r\nhe\r\n3\r\nllo\r\n0\r\nX-Amz-Checksum-CRC32: AAAAAA==\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf out;

		buf_init(&out, 1000);
		assert_int_equal(
		    follow(rows[i], 5, "x-amz-checksum-crc32", &out), RC_END);
		assert_string_equal(buf_cstr(&out), rows[i]);
		buf_clear(&out);
	}
}

static void
ill_formed_framing_is_refused(void **state)
{
	static const struct {
		const char *text, *names;
	} rows[] = {
		{ "6\r\nhello!\r\n0\r\n\r\n", "" }, /* more than promised */
		{ "4\r\nhell\r\n0\r\n\r\n", "" },   /* less */
		{ "5\r\nhello0\r\n\r\n", "" },
		{ "5\r\nhelloxx\r\n0\r\n\r\n", "" },
		{ "5\nhello\r\n0\r\n\r\n", "" },
		{ "5;chunk-signature=x\r\nhello\r\n0\r\n\r\n", "" },
		{ "x\r\n", "" },
		{ "\r\n", "" },
		{ "1234567890123456\r\n", "" },
		{ "5\r\nhello\r\n0\r\nx:1\r\n\r\n", "" },
		{ "5\r\nhello\r\n0\r\nx:1\r\nx:1\r\n\r\n", "x" },
		{ "5\r\nhello\r\n0\r\nx\r\n\r\n", "x" },
		{ "5\r\nhello\r\n0\r\n\r\n", "x" },
		{ "5\r\nhello\r\n0\r\nx:\x01\r\n\r\n", "x" },
		{ "5\r\nhello\r\n0\r\nx-amz-trailer-signature:" ZEROS "\r\n\r\n", "" },
		{ "5\r\nhello\r\n0\r\n\r\n0\r\n\r\n", "" },
		{ "", "a b;c" },
		{ "", "a,b,c,d,e,f,g,h,i" },
		{ "", "x-amz-trailer-signature" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf out;

		buf_init(&out, 1000);
		if (follow(rows[i].text, 5, rows[i].names, &out) != RC_REFUSE)
			fail_msg("row %zu was not refused", i);
		buf_clear(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signed_chunks_become_a_plain_body),
		cmocka_unit_test(signed_trailers_become_unsigned_ones),
		cmocka_unit_test(false_signatures_are_refused),
		cmocka_unit_test(unsigned_chunks_are_followed_untouched),
		cmocka_unit_test(ill_formed_framing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
