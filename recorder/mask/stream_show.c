/* What goes out of a stream: the input as it is, or a label in its place.  See mask.h. */
#include "recorder/mask/stream_parts.h"

#include <stdlib.h>
#include <string.h>

void
stream_show_raw(struct mask_stream *s, uint64_t raw)
{
	if (raw <= s->shown)
		return;
	buf_put(s->out, ring_at(&s->sh.raw, s->shown), (size_t)(raw - s->shown));
	s->shown = raw;
	shadow_forget(&s->sh, raw);
}

void
stream_show(struct mask_stream *s, uint64_t place)
{
	stream_show_raw(s, shadow_from(&s->sh, place));
	if (place > s->shown_text)
		s->shown_text = place;
}

static bool
count(struct mask_stream *s, const char *rule)
{
	struct tally *t;

	for (size_t i = 0; i < s->n_tallies; i++)
		if (strcmp(s->tallies[i].rule, rule) == 0) {
			s->tallies[i].n++;
			return true;
		}
	if ((t = realloc(s->tallies, (s->n_tallies + 1) * sizeof *t)) == NULL)
		return false;
	s->tallies = t;
	t[s->n_tallies++] = (struct tally){ rule, 1 };
	return true;
}

static void
quote(struct mask_stream *s)
{
	if (s->range.quote && !s->r->style.counts_only)
		buf_u8(s->out, '"');
}

static bool
begin(struct mask_stream *s)
{
	s->range.begun = true;
	s->range.raw_from = s->shown;
	quote(s);
	if (!s->r->style.counts_only && !s->r->style.same_width) {
		buf_text(s->out, "[MASKED:");
		buf_text(s->out, s->range.rule);
		buf_u8(s->out, ']');
	}
	return count(s, s->range.rule);
}

/* A star for each character; lines stay lines. */
static void
stars(struct mask_stream *s, uint64_t from, uint64_t to)
{
	if (from < s->shown_text)
		from = s->shown_text;
	for (; from < to; from++) {
		uint8_t c = *ring_at(&s->sh.text, from);

		if (c == '\n' || c == '\r')
			buf_u8(s->out, c);
		else if ((c & 0xc0) != 0x80)
			buf_u8(s->out, '*');
	}
}

/* Of the input up to raw only escape sequences go out: colours go on behind the label as
 * they were to go on behind the secret. */
static void
escapes(struct mask_stream *s, uint64_t place, uint64_t raw)
{
	const struct shadow *sh = &s->sh;

	for (size_t i = sh->head; i < sh->n && sh->pieces[i].raw < raw; i++) {
		const struct piece *p = &sh->pieces[i];
		uint64_t next = i + 1 < sh->n ? p[1].shadow : ring_end(&sh->text);
		uint64_t from = p->raw < s->shown ? s->shown : p->raw;

		if (p->kind == PIECE_ESCAPE && p->raw + p->len > from)
			buf_put(s->out, ring_at(&sh->raw, from),
			    (size_t)(p->raw + p->len - from));
		else if (p->kind != PIECE_ESCAPE && s->r->style.same_width)
			stars(s, p->shadow, next < place ? next : place);
	}
}

bool
stream_mask_raw(struct mask_stream *s, uint64_t place, uint64_t raw)
{
	stream_show(s, s->range.from);
	if (raw <= s->shown)
		return true;
	if (!s->range.begun && !begin(s))
		return false;
	if (s->r->style.counts_only) {
		stream_show_raw(s, raw);
	} else {
		escapes(s, place, raw);
		s->shown = raw;
		shadow_forget(&s->sh, raw);
	}
	if (place > s->shown_text)
		s->shown_text = place;
	return true;
}

bool
stream_mask(struct mask_stream *s, uint64_t place)
{
	return place <= s->range.from ||
	       stream_mask_raw(s, place, shadow_to(&s->sh, place));
}

void
stream_mask_end(struct mask_stream *s)
{
	struct mask_hit hit = { s->range.rule, s->range.raw_from, s->shown };

	if (s->range.begun) {
		quote(s);
		if (s->tell != NULL)
			s->tell(s->tell_arg, &hit);
	}
	s->range = (struct range){ .on = false };
}
