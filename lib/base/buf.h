/* Bytes: a bounded buffer that grows, a span that borrows, a cursor that reads.
 *
 * Buffer and cursor keep their first error: later calls do nothing, and one
 * check at the end (buf_ok, cur_done) tells.  Integers are big endian unless
 * the name says le.  A string on the wire is u32 length + bytes (RFC 4251
 * section 5).
 */
#ifndef LIB_BASE_BUF_H
#define LIB_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes; p may be NULL when len is 0. */
struct span {
	const uint8_t *p;
	size_t len;
};

struct buf {
	uint8_t *p;
	size_t len;	/* bytes in use */
	size_t cap;	/* bytes allocated */
	size_t max;	/* never more than this */
	bool bad;	/* over max, or out of memory: content is not to be used */
};

/* An empty buffer that will hold at most max bytes.  Allocates nothing. */
void buf_init(struct buf *b, size_t max);
/* An empty buffer over size bytes of the caller's, 1 at least.  It holds one less, never
 * grows, and is not to be cleared. */
void buf_over(struct buf *b, void *room, size_t size);
/* Wipe and free the content; b is as after buf_init.  NULL is fine. */
void buf_clear(struct buf *b);
/* Forget the content and the error, keep the memory. */
void buf_reset(struct buf *b);
/* True while every put so far fitted. */
bool buf_ok(const struct buf *b);
/* The content, borrowed until the next change. */
struct span buf_span(const struct buf *b);
/* Drop n bytes at the front (n <= len). */
void buf_skip(struct buf *b, size_t n);
/* Room for n more bytes at b->p + b->len; NULL (and bad) when it cannot be had.
 * The caller fills it and adds to b->len. */
uint8_t *buf_room(struct buf *b, size_t n);

void buf_put(struct buf *b, const void *p, size_t n);
void buf_span_put(struct buf *b, struct span s);
void buf_u8(struct buf *b, uint8_t v);
void buf_u16(struct buf *b, uint16_t v);
void buf_u32(struct buf *b, uint32_t v);
void buf_u64(struct buf *b, uint64_t v);
void buf_le16(struct buf *b, uint16_t v);
void buf_le32(struct buf *b, uint32_t v);
void buf_le64(struct buf *b, uint64_t v);
/* u32 length, then the bytes. */
void buf_string(struct buf *b, struct span s);
/* Text without its NUL. */
void buf_text(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* End the text with a NUL that does not count, and return it: borrowed until the
 * next change; "" when bad. */
const char *buf_cstr(struct buf *b);

/* A span over a C string (without the NUL); NULL gives an empty one. */
struct span span_of(const char *s);
struct span span_make(const void *p, size_t n);
bool span_eq(struct span a, struct span b);
/* Equal to this C string, byte for byte. */
bool span_is(struct span a, const char *s);
bool span_starts(struct span a, const char *prefix);
/* True when a NUL stands in it. */
bool span_has_nul(struct span a);
/* A heap copy with a NUL behind it, yours to free(); NULL when out of memory or
 * when a NUL stands inside, so that a name cannot be cut short. */
char *span_dup(struct span a);
/* Copy as a C string into out[size]; false (out empty) if it does not fit or a NUL
 * stands inside. */
bool span_copy(struct span a, char *out, size_t size);

struct cur {
	const uint8_t *p;
	size_t left;
	bool bad;	/* something did not fit: every later read gives zero or empty */
};

void cur_init(struct cur *c, struct span s);
uint8_t cur_u8(struct cur *c);
uint16_t cur_u16(struct cur *c);
uint32_t cur_u32(struct cur *c);
uint64_t cur_u64(struct cur *c);
uint16_t cur_le16(struct cur *c);
uint32_t cur_le32(struct cur *c);
uint64_t cur_le64(struct cur *c);
/* Exactly n bytes, borrowed. */
struct span cur_bytes(struct cur *c, size_t n);
/* u32 length + bytes, at most max of them. */
struct span cur_string(struct cur *c, size_t max);
/* All that is left. */
struct span cur_rest(struct cur *c);
/* True when nothing failed and nothing is left over. */
bool cur_done(const struct cur *c);

#endif
