/* See mask.h: pieces of input come in, the time is kept, what is held is bounded. */
#include "recorder/mask/stream_parts.h"

#include <stdlib.h>

#include <sodium.h>

/* So much input is looked at together: it stays in the processor's cache. */
#define PIECE 16384

struct mask_stream *
mask_stream_new(const struct mask_rules *r, enum mask_pace pace)
{
	struct mask_stream *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->r = r;
	s->pace = pace;
	s->armed = s->r->all_runs;
	return s;
}

void
mask_stream_free(struct mask_stream *s)
{
	if (s == NULL)
		return;
	shadow_clear(&s->sh);
	stands_clear(&s->stands);
	free(s->tallies);
	sodium_memzero(s, sizeof *s);
	free(s);
}

void
mask_stream_tell(struct mask_stream *s, mask_hit_fn *fn, void *arg)
{
	s->tell = fn;
	s->tell_arg = arg;
}

void
mask_stream_rules(struct mask_stream *s, const struct mask_rules *r)
{
	s->r = r;
	s->asked = 0;
	s->runs_asked = 0;
	s->armed = s->r->all_runs;
	s->gram = s->at;
	stands_reset(&s->stands);
}

/* Where a character is taken back, literals that it stood within are looked for again. */
static void
erase(struct mask_stream *s)
{
	uint64_t end, back;

	if (s->range.on)
		return;
	end = shadow_erase(&s->sh, s->floor);
	back = end < MASK_LITERAL ? 0 : end - MASK_LITERAL;
	if (back < s->fixed)
		back = s->fixed < end ? s->fixed : end;
	if (back < s->at)
		s->at = back;
	if (s->shown_text > end)
		s->shown_text = end;
	mask_stream_rules(s, s->r);
}

static uint64_t
needed(const struct mask_stream *s)
{
	if (s->range.on)
		return s->range.to;
	return s->at < s->shown_text ? s->at : s->shown_text;
}

static enum rc
step(struct mask_stream *s, bool end, struct err *err)
{
	enum shadow_says says;
	enum rc rc;

	do {
		says = shadow_feed(&s->sh, end, needed(s));
		if (says == SHADOW_FAIL)
			return err_memory(err);
		if ((rc = stream_scan(s, end && says == SHADOW_DONE, err)) != RC_OK)
			return rc;
		if (says == SHADOW_ERASE)
			erase(s);
	} while (says == SHADOW_ERASE);
	return RC_OK;
}

size_t
mask_held(const struct mask_stream *s)
{
	return (size_t)(ring_end(&s->sh.raw) - s->shown);
}

size_t
mask_held_most(const struct mask_stream *s)
{
	return s->held_most;
}

/* A bit of input: no more than may be held together with what is.  So the place where that
 * is reached does not depend on how the input comes. */
static enum rc
put_piece(struct mask_stream *s, struct span in, struct err *err)
{
	size_t held;
	enum rc rc;

	if (!shadow_put(&s->sh, in, s->shown))
		return err_memory(err);
	if ((rc = step(s, false, err)) != RC_OK)
		return rc;
	held = mask_held(s);
	if (held > s->held_most)
		s->held_most = held;
	return held >= s->r->style.max_hold ? stream_force(s, err) : RC_OK;
}

/* After anything that may have failed: nothing raw may come out of a stream that did. */
static enum rc
settle(struct mask_stream *s, enum rc rc, struct err *err)
{
	if (rc == RC_OK && !buf_ok(s->out))
		rc = err_set(err, RC_FAIL, "masking: no room for what comes out");
	s->out = NULL;
	if (rc != RC_OK) {
		s->broken = true;
		shadow_clear(&s->sh);
		s->shown = 0;
	}
	return rc;
}

static enum rc
ready(struct mask_stream *s, struct buf *out, struct err *err)
{
	s->out = out;
	if (s->broken || s->ended)
		return err_set(err, RC_FAIL, "masking has %s before",
		    s->broken ? "failed" : "ended");
	return RC_OK;
}

enum rc
mask_put(struct mask_stream *s, struct span in, uint64_t now_us, struct buf *out,
    struct err *err)
{
	uint64_t shown = s->shown;
	size_t held = mask_held(s);
	enum rc rc = ready(s, out, err);

	while (rc == RC_OK && in.len > 0) {
		size_t n = s->r->style.max_hold - mask_held(s);

		n = n < PIECE ? n : PIECE;
		n = n < in.len ? n : in.len;
		rc = put_piece(s, span_make(in.p, n), err);
		in = span_make(in.p + n, in.len - n);
	}
	if (held == 0 || s->shown != shown)
		s->since_us = now_us;
	return settle(s, rc, err);
}

uint64_t
mask_due_us(const struct mask_stream *s)
{
	if (s->broken || s->range.on || mask_held(s) == 0)
		return UINT64_MAX;
	return s->since_us + s->r->style.hold_us[s->pace];
}

enum rc
mask_release(struct mask_stream *s, uint64_t now_us, struct buf *out, struct err *err)
{
	enum rc rc = ready(s, out, err);

	if (rc == RC_OK && now_us >= mask_due_us(s)) {
		stream_show_raw(s, ring_end(&s->sh.raw));
		s->shown_text = ring_end(&s->sh.text);
	}
	return settle(s, rc, err);
}

enum rc
mask_end(struct mask_stream *s, struct buf *out, struct err *err)
{
	enum rc rc = ready(s, out, err);

	if (rc == RC_OK)
		rc = step(s, true, err);
	s->ended = true;
	return settle(s, rc, err);
}

const char *
mask_count(const struct mask_stream *s, size_t i, uint64_t *ret)
{
	if (i >= s->n_tallies)
		return NULL;
	*ret = s->tallies[i].n;
	return s->tallies[i].rule;
}
