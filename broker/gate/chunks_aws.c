/* The aws-chunked framing; see chunks.h.
 *
 *	unsigned:  SIZE CRLF DATA CRLF … 0 CRLF (NAME:VALUE CRLF)* CRLF
 *	signed:    SIZE;chunk-signature=HEX CRLF DATA CRLF … the last one empty; trailers
 *		   are followed by x-amz-trailer-signature:HEX
 */
#include "broker/gate/chunks.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/id.h"

#define LINE 2304 /* a size with its signature; a trailer */
#define SIZE_DIGITS 15

enum state {
	SIZE,
	DATA,
	DATA_END,
	TRAILER,
	OVER,
	BROKEN,
};

struct awschunks {
	enum awschunks_mode mode;
	bool is_signed;
	enum state state;
	uint64_t length, data; /* promised; seen */
	uint64_t left;	       /* of the chunk */
	uint8_t line[LINE];
	size_t n_line;
	/* Signed: the hash of the chunk so far, its signature, the one before. */
	EVP_MD_CTX *hash;
	struct sigv4_key key;
	char claimed[SIGV4_HEX], before[SIGV4_HEX];
	/* Trailers: announced, as they came, and how many of each. */
	char names[AWSCHUNKS_TRAILER];
	struct span announced[AWSCHUNKS_TRAILERS];
	bool seen[AWSCHUNKS_TRAILERS];
	size_t n_announced;
	struct buf trailers; /* "name:value\r\n"… */
	struct sigv4_header lines[AWSCHUNKS_TRAILERS];
	size_t at[AWSCHUNKS_TRAILERS]; /* where each begins in trailers */
	size_t n_lines;
	bool sealed; /* x-amz-trailer-signature was right */
};

static bool
trailer_name(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '-')
			return false;
	return s.len > 0 && !span_is(s, "x-amz-trailer-signature");
}

/* "x-amz-checksum-crc32, x-amz-checksum-sha256", any case. */
static enum rc
read_names(struct awschunks *a, struct span s, struct err *err)
{
	char *save = NULL;

	if (!span_copy(s, a->names, sizeof a->names))
		return err_set(err, RC_REFUSE, "too many names of trailers");
	for (char *p = a->names; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p | 0x20);
	for (char *word = strtok_r(a->names, ", ", &save); word != NULL;
	     word = strtok_r(NULL, ", ", &save)) {
		if (a->n_announced == AWSCHUNKS_TRAILERS ||
		    !trailer_name(span_of(word)))
			return err_set(err, RC_REFUSE, "ill-formed names of trailers");
		a->announced[a->n_announced++] = span_of(word);
	}
	return RC_OK;
}

enum rc
awschunks_new(
    const struct awschunks_init *init, struct awschunks **ret, struct err *err)
{
	struct awschunks *a = calloc(1, sizeof *a);
	enum rc rc;

	if (a == NULL)
		return err_memory(err);
	a->mode = init->mode;
	a->is_signed = init->mode != AWSCHUNKS_FOLLOW;
	a->length = init->length;
	buf_init(&a->trailers, AWSCHUNKS_TRAILER);
	if ((rc = read_names(a, init->trailers, err)) != RC_OK)
		goto fail;
	if (a->is_signed) {
		a->key = init->key;
		if (!span_copy(span_of(init->seed), a->before, sizeof a->before)) {
			rc = err_set(err, RC_REFUSE, "no signature to begin with");
			goto fail;
		}
		a->hash = EVP_MD_CTX_new();
		if (a->hash == NULL) {
			rc = err_memory(err);
			goto fail;
		}
	}
	*ret = a;
	return RC_OK;
fail:
	awschunks_free(a);
	return rc;
}

void
awschunks_free(struct awschunks *a)
{
	if (a == NULL)
		return;
	EVP_MD_CTX_free(a->hash);
	buf_clear(&a->trailers);
	free(a);
}

static enum rc
malformed(const char *what, struct err *err)
{
	return err_set(err, RC_REFUSE, "the body's aws-chunked framing: %s", what);
}

static int
hex_value(uint8_t c)
{
	uint8_t low = c | 0x20;

	if (c >= '0' && c <= '9')
		return c - '0';
	return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* The size at the front of the line; what follows it is left in rest. */
static bool
read_size(struct span *rest, uint64_t *size)
{
	size_t n = 0;

	*size = 0;
	while (n < rest->len && n <= SIZE_DIGITS && hex_value(rest->p[n]) >= 0)
		*size = *size * 16 + (uint64_t)hex_value(rest->p[n++]);
	*rest = span_make(rest->p + n, rest->len - n);
	return n > 0 && n <= SIZE_DIGITS;
}

/* ";chunk-signature=" and 64 digits, or nothing where nothing is signed. */
static bool
read_signature(struct awschunks *a, struct span rest)
{
	static const char name[] = ";chunk-signature=";
	size_t n = sizeof name - 1;

	if (!a->is_signed)
		return rest.len == 0;
	return span_starts(rest, name) && rest.len == n + SIGV4_HEX - 1 &&
	       span_copy(
		   span_make(rest.p + n, rest.len - n), a->claimed, sizeof a->claimed);
}

/* The chunk is whole: its signature was made over its data and the chain before. */
static enum rc
check_chunk(struct awschunks *a, struct err *err)
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	char hash[SIGV4_HEX], right[SIGV4_HEX];
	enum rc rc;

	if (!a->is_signed)
		return RC_OK;
	if (EVP_DigestFinal_ex(a->hash, sum, NULL) != 1)
		return err_set(err, RC_FAIL, "SHA-256 failed");
	id_hex(sum, 32, hash);
	if ((rc = sigv4_chunk_hashed(&a->key, a->before, hash, right, err)) != RC_OK)
		return rc;
	if (CRYPTO_memcmp(right, a->claimed, SIGV4_HEX - 1) != 0)
		return malformed("a chunk's signature is false", err);
	memcpy(a->before, right, sizeof a->before);
	return RC_OK;
}

static enum rc
begin_chunk(struct awschunks *a, struct buf *out, struct err *err)
{
	struct span rest = span_make(a->line, a->n_line);
	uint64_t size;

	if (!read_size(&rest, &size) || !read_signature(a, rest))
		return malformed("an ill-formed line before a chunk", err);
	if (size > a->length - a->data)
		return malformed("more data than its length says", err);
	if (a->is_signed && EVP_DigestInit_ex(a->hash, EVP_sha256(), NULL) != 1)
		return err_set(err, RC_FAIL, "SHA-256 failed");
	a->left = size;
	if (size > 0) {
		a->state = DATA;
		if (a->mode == AWSCHUNKS_REFRAME)
			buf_printf(out, "%llx\r\n", (unsigned long long)size);
		return RC_OK;
	}
	if (a->data != a->length)
		return malformed("less data than its length says", err);
	a->state = TRAILER;
	return check_chunk(a, err);
}

/* x-amz-trailer-signature closes the chain. */
static enum rc
check_trailers(struct awschunks *a, struct span claimed, struct err *err)
{
	char right[SIGV4_HEX];
	enum rc rc;

	if (!a->is_signed || a->sealed)
		return malformed("a signature of trailers", err);
	for (size_t i = 0; i < a->n_lines; i++) {
		struct sigv4_header *t = &a->lines[i];

		t->name.p = a->trailers.p + a->at[i];
		t->value.p = t->name.p + t->name.len + 1;
	}
	if ((rc = sigv4_trailer(
		 &a->key, a->before, a->lines, a->n_lines, right, err)) != RC_OK)
		return rc;
	if (claimed.len != SIGV4_HEX - 1 ||
	    CRYPTO_memcmp(right, claimed.p, SIGV4_HEX - 1) != 0)
		return malformed("the trailers' signature is false", err);
	a->sealed = true;
	return RC_OK;
}

static enum rc
add_trailer(struct awschunks *a, struct span name, struct span value, struct err *err)
{
	for (size_t i = 0; i < a->n_announced; i++) {
		if (!span_eq(a->announced[i], name) || a->seen[i])
			continue;
		a->seen[i] = true;
		a->at[a->n_lines] = a->trailers.len;
		a->lines[a->n_lines++] = (struct sigv4_header){ name, value };
		buf_span_put(&a->trailers, name);
		buf_u8(&a->trailers, ':');
		buf_span_put(&a->trailers, value);
		buf_text(&a->trailers, "\r\n");
		return buf_ok(&a->trailers) ? RC_OK
					    : malformed("too long trailers", err);
	}
	return malformed("a trailer that was not announced", err);
}

static enum rc
end_trailers(struct awschunks *a, struct buf *out, struct err *err)
{
	if (a->n_lines != a->n_announced)
		return malformed("a trailer is missing", err);
	if (a->is_signed && a->n_lines > 0 && !a->sealed)
		return malformed("the trailers are not signed", err);
	a->state = OVER;
	if (a->mode != AWSCHUNKS_REFRAME)
		return RC_OK;
	buf_text(out, "0\r\n");
	buf_span_put(out, buf_span(&a->trailers));
	buf_text(out, "\r\n");
	return RC_OK;
}

/* Old examples end a trailer with an LF of its own before the CRLF; no client does, and
 * it is refused as a control character. */
static enum rc
read_trailer(struct awschunks *a, struct buf *out, struct err *err)
{
	struct span line = span_make(a->line, a->n_line), name, value;
	const uint8_t *colon = memchr(a->line, ':', a->n_line);

	if (line.len == 0)
		return end_trailers(a, out, err);
	if (colon == NULL || a->sealed)
		return malformed("an ill-formed trailer", err);
	for (uint8_t *p = a->line; p < colon; p++)
		*p = *p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p;
	name = span_make(a->line, (size_t)(colon - a->line));
	value = span_make(colon + 1, line.len - name.len - 1);
	while (value.len > 0 && value.p[0] == ' ')
		value = span_make(value.p + 1, value.len - 1);
	while (value.len > 0 && value.p[value.len - 1] == ' ')
		value.len--;
	if (span_is(name, "x-amz-trailer-signature"))
		return check_trailers(a, value, err);
	return add_trailer(a, name, value, err);
}

/* Gather a line up to its CRLF; *used bytes of in were taken, *whole at its end. */
static enum rc
take_line(
    struct awschunks *a, struct span in, size_t *used, bool *whole, struct err *err)
{
	for (*used = 0; *used < in.len;) {
		uint8_t c = in.p[(*used)++];
		bool after_cr = a->n_line > 0 && a->line[a->n_line - 1] == '\r';

		if (after_cr && c == '\n') {
			a->n_line--;
			*whole = true;
			return RC_OK;
		}
		if (after_cr || (c != '\r' && (c < 0x20 || c >= 0x7F)) ||
		    a->n_line == sizeof a->line)
			return malformed("an ill-formed line", err);
		a->line[a->n_line++] = c;
	}
	return RC_OK;
}

static enum rc
end_line(struct awschunks *a, struct buf *out, struct err *err)
{
	enum rc rc;

	if (a->state == SIZE)
		rc = begin_chunk(a, out, err);
	else if (a->state == TRAILER)
		rc = read_trailer(a, out, err);
	else {
		rc = a->n_line == 0 ? RC_OK : malformed("a chunk without its end", err);
		a->state = SIZE;
	}
	a->n_line = 0;
	return rc;
}

/* Data goes on as it comes, but the chunk's last byte waits for its signature. */
static enum rc
take_data(
    struct awschunks *a, struct span in, size_t *used, struct buf *out, struct err *err)
{
	size_t n = in.len < a->left ? in.len : (size_t)a->left;
	enum rc rc = RC_OK;

	*used = n;
	a->data += n;
	a->left -= n;
	if (a->is_signed && EVP_DigestUpdate(a->hash, in.p, n) != 1)
		return err_set(err, RC_FAIL, "SHA-256 failed");
	if (a->mode != AWSCHUNKS_FOLLOW)
		buf_put(out, in.p, a->left == 0 ? n - 1 : n);
	if (a->left > 0)
		return RC_OK;
	a->state = DATA_END;
	if ((rc = check_chunk(a, err)) != RC_OK)
		return rc;
	if (a->mode != AWSCHUNKS_FOLLOW)
		buf_u8(out, in.p[n - 1]);
	if (a->mode == AWSCHUNKS_REFRAME)
		buf_text(out, "\r\n");
	return RC_OK;
}

static enum rc
step(
    struct awschunks *a, struct span in, size_t *used, struct buf *out, struct err *err)
{
	bool whole = false;
	enum rc rc;

	if (a->state == OVER || a->state == BROKEN)
		return malformed("more bytes behind its end", err);
	if (a->state == DATA)
		return take_data(a, in, used, out, err);
	if ((rc = take_line(a, in, used, &whole, err)) != RC_OK || !whole)
		return rc;
	return end_line(a, out, err);
}

enum rc
awschunks_feed(struct awschunks *a, struct span in, struct buf *out, struct err *err)
{
	size_t at = 0, used = 0;
	enum rc rc;

	while (at < in.len) {
		rc = step(a, span_make(in.p + at, in.len - at), &used, out, err);
		if (rc != RC_OK) {
			a->state = BROKEN;
			return rc;
		}
		at += used;
	}
	if (a->mode == AWSCHUNKS_FOLLOW)
		buf_span_put(out, in);
	if (!buf_ok(out))
		return err_memory(err);
	return a->state == OVER ? RC_END : RC_OK;
}

bool
awschunks_done(const struct awschunks *a)
{
	return a->state == OVER;
}

uint64_t
awschunks_data(const struct awschunks *a)
{
	return a->data;
}
