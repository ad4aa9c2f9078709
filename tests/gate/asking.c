/* See asking.h. */
#include "tests/support/unit.h"

#include "tests/gate/asking.h"

static void
put_lines(struct buf *b, const char *lines)
{
	for (const char *p = lines; *p != '\0'; p++) {
		if (*p == '\n')
			buf_u8(b, '\r');
		buf_u8(b, (uint8_t)*p);
	}
}

struct head *
asking_head(const char *lines)
{
	struct head *h = NULL;
	struct err err = { "" };
	size_t used = 0;
	struct buf b;

	buf_init(&b, HEAD_BYTES);
	put_lines(&b, lines);
	buf_text(&b, "\r\n");
	if (head_read(buf_span(&b), &h, &used, &err) != RC_OK)
		fail_msg("%s in: %s", err.text, lines);
	assert_int_equal(used, b.len);
	buf_clear(&b);
	return h;
}

struct secret *
asking_secret(void)
{
	struct secret *s = NULL;

	assert_int_equal(secret_copy(span_of(ASKING_SECRET), &s, NULL), RC_OK);
	return s;
}

struct head *
asking_signed(
    const char *lines, const char *service, const char *region, const char *body)
{
	struct head *plain = asking_head(lines), *h;
	struct secret *secret = asking_secret();
	const struct sigv4_key key = { ASKING_ID, secret, NULL, region, service,
		ASKING_NOW };
	struct sigv4_request r = { .method = head_method(plain),
		.path = head_path(plain),
		.query = head_query(plain),
		.s3_rules = strcmp(service, "s3") == 0 };
	char hash[SIGV4_HEX], named[96] = "", signature[SIGV4_HEX];
	struct span own = { 0 };
	struct buf text;
	size_t n;

	assert_int_equal(sigv4_hash(span_of(body), hash, NULL), RC_OK);
	r.payload_hash = hash;
	if (head_find(plain, "x-amz-content-sha256", &own) > 0) {
		assert_true(span_copy(own, named, sizeof named));
		r.payload_hash = named;
	}
	r.headers = head_headers(plain, &n);
	r.n_headers = n;
	buf_init(&text, HEAD_BYTES);
	buf_text(&text, lines);
	assert_int_equal(
	    sigv4_header(&r, &key, r.s3_rules && own.p == NULL, &text, signature, NULL),
	    RC_OK);
	for (size_t i = strlen(lines); i < text.len; i++)
		if (text.p[i] == '\r') {
			memmove(text.p + i, text.p + i + 1, text.len - i - 1);
			text.len--;
		}
	h = asking_head(buf_cstr(&text));
	buf_clear(&text);
	secret_free(secret);
	head_free(plain);
	return h;
}
