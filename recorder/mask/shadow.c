/* See shadow.h.  Text without anything special is copied as it is and needs no piece of its
 * own in the map. */
#include "recorder/mask/shadow.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "lib/base/text.h"
#include "recorder/mask/unit.h"

/* Shadow behind which nobody knows any more whether the cursor stayed in its row. */
#define ROW_SEEN 512
/* What an erasure can have looked at again. */
#define BACK (MASK_BACK + 2 * MASK_LITERAL)

void
shadow_clear(struct shadow *s)
{
	ring_clear(&s->raw);
	ring_clear(&s->text);
	free(s->pieces);
	*s = (struct shadow){ 0 };
}

bool
shadow_put(struct shadow *s, struct span raw, uint64_t keep_raw)
{
	if (keep_raw > s->read)
		keep_raw = s->read;
	return ring_put(&s->raw, raw.p, raw.len, keep_raw);
}

static bool
add_piece(
    struct shadow *s, uint64_t shadow, uint64_t raw, size_t len, enum piece_kind kind)
{
	size_t room = s->room == 0 ? 64 : 2 * s->room;
	struct piece *p;

	if (s->n == s->room && s->head > s->n / 2) {
		memmove(s->pieces, s->pieces + s->head,
		    (s->n - s->head) * sizeof *s->pieces);
		s->n -= s->head;
		s->head = 0;
	}
	if (s->n == s->room) {
		if ((p = realloc(s->pieces, room * sizeof *p)) == NULL)
			return false;
		s->pieces = p;
		s->room = room;
	}
	s->pieces[s->n++] = (struct piece){ shadow, raw, (uint32_t)len, kind };
	return true;
}

/* Input at s->read that stands for itself. */
static bool
feed_plain(struct shadow *s, size_t n, uint64_t keep)
{
	uint64_t end = ring_end(&s->text);
	const struct piece *last = s->n > s->head ? &s->pieces[s->n - 1] : NULL;

	if ((last == NULL || last->kind != PIECE_LINEAR ||
		last->raw + (end - last->shadow) != s->read) &&
	    !add_piece(s, end, s->read, 0, PIECE_LINEAR))
		return false;
	if (!ring_put(&s->text, ring_at(&s->raw, s->read), n, keep))
		return false;
	s->read += n;
	return true;
}

static bool
feed_folded(struct shadow *s, const struct unit *u, enum piece_kind kind, size_t len,
    uint64_t keep)
{
	if (!add_piece(s, ring_end(&s->text), s->read, u->raw, kind) ||
	    !ring_put(&s->text, u->text, len, keep))
		return false;
	s->read += u->raw;
	return true;
}

/* Has the cursor left the row that it was set to before?  Far away from there it has. */
static bool
same_row(const struct shadow *s, uint32_t row)
{
	uint64_t end = ring_end(&s->text);
	const uint8_t *p;

	if (s->row != row || end - s->row_at > ROW_SEEN || s->row_at < s->text.base)
		return false;
	p = ring_at(&s->text, s->row_at);
	return memchr(p, '\n', (size_t)(end - s->row_at)) == NULL &&
	       memchr(p, SHADOW_BREAK, (size_t)(end - s->row_at)) == NULL;
}

static bool
feed_unit(struct shadow *s, const struct unit *u, uint64_t keep)
{
	bool same;

	switch (u->kind) {
	case UNIT_PLAIN:
		return feed_plain(s, u->raw, keep);
	case UNIT_FOLD:
		return feed_folded(s, u, PIECE_FOLD, u->len, keep);
	case UNIT_GONE:
		return feed_folded(s, u, PIECE_ESCAPE, 0, keep);
	case UNIT_MOVE:
		return feed_folded(s, u, PIECE_ESCAPE, u->len, keep);
	case UNIT_ROW:
		same = same_row(s, u->row);
		if (!feed_folded(s, u, PIECE_ESCAPE, same ? 0 : u->len, keep))
			return false;
		s->row = u->row;
		s->row_at = ring_end(&s->text);
		return true;
	default: /* what shows nothing, and is not kept where something is masked */
		return feed_folded(s, u, PIECE_FOLD, 0, keep);
	}
}

/* A character of UTF-8 is not torn. */
static size_t
whole_chars(const uint8_t *p, size_t n)
{
	size_t look = n < 3 ? n : 3;

	return p[n - 1] < 0x80 ? n : n - text_partial(span_make(p + n - look, look));
}

enum shadow_says
shadow_feed(struct shadow *s, bool end, uint64_t keep)
{
	struct unit u;

	keep = keep > BACK ? keep - BACK : 0;
	while (s->read < ring_end(&s->raw)) {
		const uint8_t *p = ring_at(&s->raw, s->read);
		struct span left = span_make(p, (size_t)(ring_end(&s->raw) - s->read));
		size_t n = unit_plain(left);

		if (n > 0) {
			if (n == left.len && !end && (n = whole_chars(p, n)) == 0)
				break;
			if (!feed_plain(s, n, keep))
				return SHADOW_FAIL;
			continue;
		}
		unit_read(left, end, &u);
		if (u.kind == UNIT_WAIT)
			break;
		if (!feed_unit(s, &u, keep))
			return SHADOW_FAIL;
		if (u.kind == UNIT_ERASE)
			return SHADOW_ERASE;
	}
	return SHADOW_DONE;
}

uint64_t
shadow_erase(struct shadow *s, uint64_t floor)
{
	uint64_t end = ring_end(&s->text);
	uint8_t c;

	do {
		if (end <= floor || end == s->text.base)
			break;
		c = *ring_at(&s->text, end - 1);
		if (c == '\n' || c == '\r' || c == SHADOW_BREAK)
			break;
		end--;
	} while ((c & 0xc0) == 0x80);
	ring_cut(&s->text, end);
	for (size_t i = s->n; i > s->head && s->pieces[i - 1].shadow > end; i--)
		s->pieces[i - 1].shadow = end;
	if (s->row_at > end)
		s->row_at = end;
	return end;
}

void
shadow_view(const struct shadow *s, bool end, struct mask_view *ret)
{
	*ret = (struct mask_view){ s->text.p == NULL ? (const uint8_t *)""
						     : s->text.p + s->text.start,
		s->text.len, s->text.base, end };
}

/* The last piece that begins at or before this place; the first one for what was before. */
static const struct piece *
piece_of(const struct shadow *s, uint64_t place)
{
	size_t low = s->head, high = s->n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (s->pieces[mid].shadow <= place)
			low = mid;
		else
			high = mid;
	}
	return &s->pieces[low];
}

uint64_t
shadow_from(const struct shadow *s, uint64_t place)
{
	const struct piece *p;

	if (place >= ring_end(&s->text) || s->n == s->head)
		return s->read;
	p = piece_of(s, place);
	if (p->kind != PIECE_LINEAR || place < p->shadow)
		return p->raw;
	return p->raw + (place - p->shadow);
}

uint64_t
shadow_to(const struct shadow *s, uint64_t place)
{
	const struct piece *p;

	if (place == 0 || s->n == s->head)
		return s->n == s->head ? s->read : 0;
	p = piece_of(s, place - 1);
	if (place <= p->shadow)
		return p->raw;
	return p->kind == PIECE_LINEAR ? p->raw + (place - p->shadow) : p->raw + p->len;
}

void
shadow_forget(struct shadow *s, uint64_t raw)
{
	while (s->head + 1 < s->n && s->pieces[s->head + 1].raw <= raw)
		s->head++;
}
