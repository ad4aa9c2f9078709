/* Bounded bytes; see buf.h.  Knows nothing of what the bytes mean. */
#include "lib/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf) { .max = max };
}

/* The byte that buf_room keeps is within the room: else it would grow, and free what is
 * not ours. */
void
buf_over(struct buf *b, void *room, size_t size)
{
	*b = (struct buf) { .p = room, .cap = size, .max = size - 1 };
}

void
buf_clear(struct buf *b)
{
	if (b == NULL)
		return;
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	free(b->p);
	buf_init(b, b->max);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->bad = false;
}

bool
buf_ok(const struct buf *b)
{
	return !b->bad;
}

struct span
buf_span(const struct buf *b)
{
	return span_make(b->p, b->bad ? 0 : b->len);
}

void
buf_skip(struct buf *b, size_t n)
{
	if (n >= b->len) {
		b->len = 0;
		return;
	}
	memmove(b->p, b->p + n, b->len - n);
	b->len -= n;
}

/* Memory that held secrets must not be left behind by realloc, so a new block is
 * taken and the old one wiped. */
static bool
grow(struct buf *b, size_t need)
{
	size_t cap = b->cap ? b->cap : 256;
	uint8_t *p;

	while (cap < need)
		cap *= 2;
	if ((p = malloc(cap)) == NULL)
		return false;
	if (b->p != NULL) {
		memcpy(p, b->p, b->len);
		explicit_bzero(b->p, b->cap);
		free(b->p);
	}
	b->p = p;
	b->cap = cap;
	return true;
}

uint8_t *
buf_room(struct buf *b, size_t n)
{
	if (b->bad)
		return NULL;
	if (n > b->max || b->len > b->max - n) {
		b->bad = true;
		return NULL;
	}
	/* One byte more than asked, so that buf_cstr always has its place. */
	if (b->len + n + 1 > b->cap && !grow(b, b->len + n + 1)) {
		b->bad = true;
		return NULL;
	}
	return b->p + b->len;
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	uint8_t *to = buf_room(b, n);

	if (to == NULL)
		return;
	if (n > 0)
		memcpy(to, p, n);
	b->len += n;
}

void
buf_span_put(struct buf *b, struct span s)
{
	buf_put(b, s.p, s.len);
}

static void
put_be(struct buf *b, uint64_t v, unsigned n)
{
	uint8_t x[8];

	for (unsigned i = 0; i < n; i++)
		x[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
	buf_put(b, x, n);
}

static void
put_le(struct buf *b, uint64_t v, unsigned n)
{
	uint8_t x[8];

	for (unsigned i = 0; i < n; i++)
		x[i] = (uint8_t)(v >> (8 * i));
	buf_put(b, x, n);
}

void
buf_u8(struct buf *b, uint8_t v)
{
	put_be(b, v, 1);
}

void
buf_u16(struct buf *b, uint16_t v)
{
	put_be(b, v, 2);
}

void
buf_u32(struct buf *b, uint32_t v)
{
	put_be(b, v, 4);
}

void
buf_u64(struct buf *b, uint64_t v)
{
	put_be(b, v, 8);
}

void
buf_le16(struct buf *b, uint16_t v)
{
	put_le(b, v, 2);
}

void
buf_le32(struct buf *b, uint32_t v)
{
	put_le(b, v, 4);
}

void
buf_le64(struct buf *b, uint64_t v)
{
	put_le(b, v, 8);
}

void
buf_string(struct buf *b, struct span s)
{
	if (s.len > UINT32_MAX) {
		b->bad = true;
		return;
	}
	buf_u32(b, (uint32_t)s.len);
	buf_span_put(b, s);
}

void
buf_text(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	uint8_t *to;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->bad = true;
		return;
	}
	/* The spare byte that buf_room keeps takes vsnprintf's NUL. */
	if ((to = buf_room(b, (size_t)n)) == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf((char *)to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

const char *
buf_cstr(struct buf *b)
{
	if (buf_room(b, 0) == NULL)
		return "";
	b->p[b->len] = '\0';
	return (const char *)b->p;
}

struct span
span_make(const void *p, size_t n)
{
	return (struct span) { .p = p, .len = n };
}

struct span
span_of(const char *s)
{
	return span_make(s, s == NULL ? 0 : strlen(s));
}

bool
span_eq(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
span_is(struct span a, const char *s)
{
	return span_eq(a, span_of(s));
}

bool
span_starts(struct span a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.len >= n && (n == 0 || memcmp(a.p, prefix, n) == 0);
}

bool
span_has_nul(struct span a)
{
	return a.len > 0 && memchr(a.p, '\0', a.len) != NULL;
}

char *
span_dup(struct span a)
{
	char *s;

	if (span_has_nul(a) || (s = malloc(a.len + 1)) == NULL)
		return NULL;
	if (a.len > 0)
		memcpy(s, a.p, a.len);
	s[a.len] = '\0';
	return s;
}

bool
span_copy(struct span a, char *out, size_t size)
{
	if (size > 0)
		out[0] = '\0';
	if (a.len >= size || span_has_nul(a))
		return false;
	if (a.len > 0)
		memcpy(out, a.p, a.len);
	out[a.len] = '\0';
	return true;
}

void
cur_init(struct cur *c, struct span s)
{
	*c = (struct cur) { .p = s.p, .left = s.len };
}

struct span
cur_bytes(struct cur *c, size_t n)
{
	struct span s = { 0 };

	if (c->bad || n > c->left) {
		c->bad = true;
		return s;
	}
	s = span_make(c->p, n);
	if (n > 0)
		c->p += n;
	c->left -= n;
	return s;
}

static uint64_t
get_be(struct cur *c, unsigned n)
{
	struct span s = cur_bytes(c, n);
	uint64_t v = 0;

	for (size_t i = 0; i < s.len; i++)
		v = v << 8 | s.p[i];
	return v;
}

static uint64_t
get_le(struct cur *c, unsigned n)
{
	struct span s = cur_bytes(c, n);
	uint64_t v = 0;

	for (size_t i = s.len; i-- > 0;)
		v = v << 8 | s.p[i];
	return v;
}

uint8_t
cur_u8(struct cur *c)
{
	return (uint8_t)get_be(c, 1);
}

uint16_t
cur_u16(struct cur *c)
{
	return (uint16_t)get_be(c, 2);
}

uint32_t
cur_u32(struct cur *c)
{
	return (uint32_t)get_be(c, 4);
}

uint64_t
cur_u64(struct cur *c)
{
	return get_be(c, 8);
}

uint16_t
cur_le16(struct cur *c)
{
	return (uint16_t)get_le(c, 2);
}

uint32_t
cur_le32(struct cur *c)
{
	return (uint32_t)get_le(c, 4);
}

uint64_t
cur_le64(struct cur *c)
{
	return get_le(c, 8);
}

struct span
cur_string(struct cur *c, size_t max)
{
	uint32_t n = cur_u32(c);

	if (n > max)
		c->bad = true;
	return cur_bytes(c, c->bad ? 0 : n);
}

struct span
cur_rest(struct cur *c)
{
	return cur_bytes(c, c->bad ? 0 : c->left);
}

bool
cur_done(const struct cur *c)
{
	return !c->bad && c->left == 0;
}
