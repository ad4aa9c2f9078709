/* The marker behind a line; see marker.h.  A parser of what a target sends: it compares,
 * byte by byte, and keeps no more than a marker is long. */
#include "broker/session/marker.h"

#include <string.h>

#define BEL 0x07
#define HEAD (sizeof RENDER_MARK - 1)
#define BODY (HEAD + RENDER_NONCE) /* what stands before the first ';' */
#define HELD_MOST (BODY + 8 + MARKER_TEXT + RENDER_NONCE)

enum match { NO, PERHAPS, END, TRIP };

void
marker_init(struct marker *m)
{
	memset(m, 0, sizeof *m);
	buf_init(&m->held, HELD_MOST + 1);
}

void
marker_clear(struct marker *m)
{
	buf_clear(&m->held);
	marker_init(m);
}

void
marker_expect(struct marker *m, const char *nonce, bool with_text)
{
	memcpy(m->nonce, nonce, RENDER_NONCE);
	m->nonce[RENDER_NONCE] = '\0';
	m->with_text = with_text;
}

/* Whether what is held begins like this; as far as both go. */
static bool
begins(const struct buf *held, size_t at, const char *text, size_t len)
{
	size_t n = held->len - at < len ? held->len - at : len;

	return len > 0 && memcmp(held->p + at, text, n) == 0;
}

/* Behind the status: BEL, or the text, which ends with the nonce. */
static enum match
match_rest(struct marker *m, size_t at)
{
	struct buf *held = &m->held;
	size_t tail = 1 + RENDER_NONCE + 1; /* ";" nonce BEL */
	const uint8_t *end;

	if (held->p[at] == BEL)
		return END; /* a probe's has no text, whatever ran */
	if (held->p[at] != ';' || !m->with_text)
		return NO;
	if (held->len >= HELD_MOST)
		return NO;
	end = held->p + held->len - tail;
	if (held->len < at + 1 + tail || end[tail - 1] != BEL || end[0] != ';' ||
	    memcmp(end + 1, m->nonce, RENDER_NONCE) != 0)
		return PERHAPS;
	m->text = span_make(held->p + at + 1, (size_t)(end - held->p) - at - 1);
	return END;
}

static enum match
match_status(struct marker *m)
{
	struct buf *held = &m->held;
	unsigned status = 0;
	size_t at = BODY + 1;

	if (held->p[BODY] != ';')
		return NO;
	for (; at < held->len && held->p[at] >= '0' && held->p[at] <= '9'; at++)
		status = status * 10 + (held->p[at] - '0');
	if (at > BODY + 4 || status > 255)
		return NO;
	if (at == held->len)
		return PERHAPS;
	if (at == BODY + 1)
		return NO;
	m->status = (uint8_t)status;
	return match_rest(m, at);
}

static enum match
match(struct marker *m)
{
	struct buf *held = &m->held;
	bool ours, trip;

	if (!begins(held, 0, RENDER_MARK, HEAD))
		return NO;
	if (held->len <= HEAD)
		return PERHAPS;
	ours = begins(held, HEAD, m->nonce, strlen(m->nonce));
	trip = begins(held, HEAD, m->tripwire, strlen(m->tripwire));
	if (held->len < BODY)
		return ours || trip ? PERHAPS : NO;
	if (trip)
		return TRIP;
	if (!ours)
		return NO;
	return held->len == BODY ? PERHAPS : match_status(m);
}

/* What is held is no marker: it goes on, up to where one could begin again. */
static void
give_on(struct marker *m, struct buf *out)
{
	const uint8_t *esc;
	size_t n = m->held.len;

	do {
		esc = m->held.len > 1
			  ? memchr(m->held.p + 1, RENDER_MARK[0], m->held.len - 1)
			  : NULL;
		n = esc != NULL ? (size_t)(esc - m->held.p) : m->held.len;
		buf_put(out, m->held.p, n);
		buf_skip(&m->held, n);
	} while (m->held.len > 0 && match(m) == NO);
}

enum marker_what
marker_take(struct marker *m, struct span *in, struct buf *out)
{
	m->text = span_of("");
	while (in->len > 0) {
		enum match found;

		if (m->held.len == 0) {
			const uint8_t *esc = memchr(in->p, RENDER_MARK[0], in->len);
			size_t n = esc != NULL ? (size_t)(esc - in->p) : in->len;

			buf_put(out, in->p, n);
			*in = span_make(in->p + n, in->len - n);
			if (in->len == 0)
				break;
		}
		buf_u8(&m->held, in->p[0]);
		*in = span_make(in->p + 1, in->len - 1);
		found = match(m);
		if (found == NO) {
			give_on(m, out);
			continue;
		}
		if (found == PERHAPS)
			continue;
		/* The text lies in the memory that is kept. */
		m->held.len = 0;
		m->nonce[0] = '\0';
		return found == TRIP ? MARKER_TRIP : MARKER_END;
	}
	return MARKER_NONE;
}
