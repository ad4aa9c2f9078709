/* Judging, strictly from left to right: a place is passed only when no more text can change
 * what its verifiers say, so that it does not matter how the input is cut. */
#include "recorder/mask/stream_parts.h"

#include <string.h>

/* A look at the shadow, and what was found in it. */
struct scan {
	struct mask_stream *s;
	struct mask_view v;
	bool looked;	 /* for literals, up to the view's end */
	uint64_t limit;	 /* from here on literals may begin that are not there whole */
	uint64_t hidden; /* the same, and such as are masked themselves */
	uint64_t hold;	 /* what stands before it can be shown */
};

static void
lower(uint64_t *hold, uint64_t place)
{
	if (place < *hold)
		*hold = place;
}

static void
go_to(struct mask_stream *s, uint64_t at)
{
	if (at == s->at)
		return;
	s->at = at;
	s->asked = 0;
	s->runs_asked = 0;
}

/* Done with all before `to`, or with the place that was asked about. */
static void
done(struct mask_stream *s, uint64_t place, uint64_t to)
{
	s->floor = to > place ? to : place + 1;
	if (s->fixed < s->floor)
		s->fixed = s->floor;
	go_to(s, s->floor);
}

static bool
is_allowed(const struct scan *n, size_t from, size_t len)
{
	const struct rules_style *style = &n->s->r->style;

	for (size_t i = 0; i < style->n_allowed; i++)
		if (span_eq(style->allowed[i], span_make(n->v.p + from, len)))
			return true;
	return false;
}

/* Is what is open from here on an allowed text, to *to? */
static enum mask_says
is_allowed_open(const struct scan *n, const struct mask_find *f, size_t *to)
{
	const struct rules_style *style = &n->s->r->style;
	struct mask_open o = f->open;
	size_t left = n->v.len - f->from;
	bool begins = false;

	for (size_t i = 0; i < style->n_allowed; i++) {
		size_t len = style->allowed[i].len;

		begins |= memcmp(style->allowed[i].p, n->v.p + f->from,
			      len < left ? len : left) == 0;
	}
	*to = f->from;
	if (!begins)
		return MASK_NO;
	if (o.run(&o, &n->v, f->from, to) == MASK_YES)
		return is_allowed(n, f->from, *to - f->from) ? MASK_YES : MASK_NO;
	return *to - f->from > n->s->r->allowed_longest ? MASK_NO : MASK_MORE;
}

static void
begin_range(struct scan *n, uint64_t place, const struct mask_find *f)
{
	struct mask_stream *s = n->s;
	uint64_t from = n->v.base + f->from;

	if (f->id)
		from += s->r->style.reveal;
	s->range = (struct range){ .open = f->open,
		.rule = f->rule,
		.quote = f->quote,
		.place = place,
		.from = from < s->floor ? s->floor : from,
		.to = n->v.base + f->from };
}

/* YES.  False: no memory. */
static bool
take(struct scan *n, uint64_t place, const struct mask_find *f)
{
	struct mask_stream *s = n->s;
	uint64_t to = n->v.base + f->to;
	size_t end;
	bool fine = true;

	if (f->open.run != NULL) {
		if (is_allowed_open(n, f, &end) == MASK_YES) {
			done(s, place, n->v.base + end);
			return true;
		}
		begin_range(n, place, f);
		s->range.on = true;
		return true;
	}
	if (f->to > f->from && to > s->floor &&
	    !is_allowed(n, f->from, f->to - f->from)) {
		begin_range(n, place, f);
		fine = stream_mask(s, to);
		stream_mask_end(s);
	}
	done(s, place, to);
	return fine;
}

/* Ask one verifier, and act. */
static enum mask_says
ask(struct scan *n, mask_verify_fn *verify, const void *arg)
{
	struct mask_stream *s = n->s;
	struct mask_context kept = s->c;
	struct mask_find f = { 0 };
	size_t at = (size_t)(s->at - n->v.base), to;
	enum mask_says says = verify(arg, &n->v, at, &s->c, &f);

	if (says == MASK_YES && f.open.run != NULL &&
	    is_allowed_open(n, &f, &to) == MASK_MORE) {
		s->c = kept;
		f.hold = f.from;
		says = MASK_MORE;
	}
	if (says == MASK_MORE) {
		lower(&n->hold, n->v.base + f.hold);
		return says;
	}
	s->armed = s->r->all_runs;
	if (s->fixed <= s->at)
		s->fixed = s->at + 1;
	if (says == MASK_YES && !take(n, s->at, &f))
		s->broken = true;
	return says;
}

/* What another verifier of a place whose answer waits would want to be held. */
static void
peek(struct scan *n, mask_verify_fn *verify, const void *arg)
{
	struct mask_context c = n->s->c;
	struct mask_find f = { 0 };
	enum mask_says says =
	    verify(arg, &n->v, (size_t)(n->s->at - n->v.base), &c, &f);

	if (says != MASK_NO)
		lower(&n->hold, n->v.base + (says == MASK_MORE ? f.hold : f.from));
}

/* Runs that begin at this place, if they are armed. */
static uint16_t
runs_at(struct mask_stream *s, const struct mask_view *v, uint64_t place)
{
	const uint8_t *p = v->p + (place - v->base);
	unsigned bits = s->r->classes[*p] & s->armed;

	if (place > 0)
		bits &= ~(unsigned)s->r->classes[p[-1]];
	for (unsigned left = bits; left != 0; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctz(left);

		if (s->r->b.runs[i].armed != NULL &&
		    !s->r->b.runs[i].armed(&s->c, place)) {
			s->armed &= (uint16_t) ~(1U << i);
			bits &= ~(1U << i);
		}
	}
	return (uint16_t)bits;
}

/* The first place from `from` on, before until, where a run begins; else until. */
static uint64_t
next_run(struct scan *n, uint64_t from, uint64_t until)
{
	struct mask_stream *s = n->s;

	if (s->r->b.n_runs == 0)
		return until;
	for (; from < until && s->armed != 0; from++)
		if (runs_at(s, &n->v, from) != 0)
			return from;
	return until;
}

/* The stands and runs at s->at, in their order; with peeking, those behind the one whose
 * answer waits. */
static enum mask_says
ask_place(struct scan *n)
{
	struct mask_stream *s = n->s;
	uint64_t place = s->at;
	enum mask_says says = MASK_NO;
	uint16_t runs;

	for (size_t i = s->stands.head + s->asked;
	     i < s->stands.n && s->stands.p[i].place == place; i++) {
		const struct build_literal *l =
		    &s->r->b.literals[s->stands.p[i].literal];

		if (says == MASK_MORE)
			peek(n, l->verify, l->arg);
		else if ((says = ask(n, l->verify, l->arg)) == MASK_YES)
			return says;
		s->asked += says == MASK_NO;
	}
	runs = runs_at(s, &n->v, place) & (uint16_t)~s->runs_asked;
	for (unsigned left = runs; left != 0; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctz(left);
		const struct build_run *r = &s->r->b.runs[i];

		if (says == MASK_MORE)
			peek(n, r->verify, r->arg);
		else if ((says = ask(n, r->verify, r->arg)) == MASK_YES)
			return says;
		else if (says == MASK_NO)
			s->runs_asked |= (uint16_t)(1U << i);
	}
	return says;
}

static bool
look(struct scan *n)
{
	struct mask_stream *s = n->s;
	const struct mask_view *v = &n->v;
	size_t at = (size_t)(s->at - v->base), from, to, hidden;

	if (!n->looked) {
		from = s->gram > s->at ? (size_t)(s->gram - v->base) : at;
		to = trigger_find(s->r->trigger, v, from, at, &s->stands);
		if (to == SIZE_MAX)
			return false;
		s->gram = v->base + to;
	}
	if (!n->looked || n->limit < s->at) {
		n->limit = v->base + trigger_partial(s->r->trigger, v, at, &hidden);
		n->hidden = v->base + hidden;
	}
	n->looked = true;
	return true;
}

/* The next place where there is somebody to ask, at most the limit. */
static uint64_t
next_place(struct scan *n)
{
	struct mask_stream *s = n->s;
	struct stands *t = &s->stands;
	uint64_t place = n->limit;

	while (t->head < t->n && t->p[t->head].place < s->at)
		t->head++;
	if (t->head == t->n)
		stands_reset(t);
	else
		lower(&place, t->p[t->head].place);
	return next_run(n, s->at, place);
}

/* What is open goes on.  False: to the view's end, or worse. */
static bool
go_on(struct scan *n)
{
	struct mask_stream *s = n->s;
	size_t to = (size_t)(s->range.to - n->v.base);
	enum mask_says says = s->range.open.run(&s->range.open, &n->v, to, &to);

	s->range.to = n->v.base + to;
	if (!stream_mask(s, s->range.to) || (says == MASK_MORE && n->v.end))
		s->broken = true;
	if (says == MASK_MORE || s->broken)
		return false;
	done(s, s->range.place, s->range.to);
	stream_mask_end(s);
	n->looked = false;
	return true;
}

/* What is not judged yet, from this place on, is held where it may be masked. */
static void
hold_unjudged(struct scan *n, uint64_t from)
{
	struct mask_stream *s = n->s;

	lower(&n->hold, n->hidden < s->at ? s->at : n->hidden);
	for (size_t i = s->stands.head; i < s->stands.n; i++) {
		const struct stand *t = &s->stands.p[i];
		const struct build_literal *l = &s->r->b.literals[t->literal];

		if (t->place >= n->hold)
			break;
		if (t->place >= from)
			lower(
			    &n->hold, t->place + (l->flags & MASK_SHOWN ? l->len : 0));
	}
	if (from < n->hold)
		n->hold = next_run(n, from, n->hold);
}

static void
hold_tails(struct scan *n)
{
	const struct mask_build *b = &n->s->r->b;
	uint64_t floor = n->s->floor;

	for (size_t i = 0; i < b->n_tails && !n->v.end; i++)
		lower(&n->hold,
		    n->v.base + b->tails[i](&n->v, floor > n->v.base
						       ? (size_t)(floor - n->v.base)
						       : 0));
}

/* Up to where something waits.  MORE: a verifier does. */
static enum mask_says
walk(struct scan *n)
{
	struct mask_stream *s = n->s;

	for (;;) {
		uint64_t place;

		if (s->broken || (s->range.on && !go_on(n)))
			return MASK_NO;
		if (!look(n)) {
			s->broken = true;
			return MASK_NO;
		}
		place = next_place(n);
		go_to(s, place);
		if (place >= n->limit)
			return MASK_NO;
		switch (ask_place(n)) {
		case MASK_MORE:
			return MASK_MORE;
		case MASK_NO:
			go_to(s, place + 1);
			break;
		default:
			break;
		}
	}
}

enum rc
stream_scan(struct mask_stream *s, bool end, struct err *err)
{
	struct scan n = { .s = s };
	enum mask_says says;

	shadow_view(&s->sh, end, &n.v);
	n.hold = n.v.base + n.v.len;
	says = walk(&n);
	if (s->broken || (says == MASK_MORE && end))
		return err_set(err, RC_FAIL, "masking: a rule does not decide");
	if (s->range.on) {
		stream_show(
		    s, s->range.from < s->range.to ? s->range.from : s->range.to);
		return RC_OK;
	}
	hold_unjudged(&n, says == MASK_MORE ? s->at + 1 : s->at);
	hold_tails(&n);
	stream_show(s, n.hold);
	return RC_OK;
}

/* What was held for too long a text is masked up to where a word ends. */
static enum mask_says
run_held(struct mask_open *o, const struct mask_view *v, size_t from, size_t *to)
{
	(void)o;
	for (*to = from; *to < v->len; ++*to)
		if (v->p[*to] <= ' ' || strchr("\"'<>,;|", v->p[*to]) != NULL)
			return MASK_YES;
	return v->end ? MASK_YES : MASK_MORE;
}

enum rc
stream_force(struct mask_stream *s, struct err *err)
{
	uint64_t keep = s->shown_text < s->at ? s->shown_text : s->at;
	enum shadow_says says;

	while ((says = shadow_feed(&s->sh, true, keep)) == SHADOW_ERASE)
		;
	if (says == SHADOW_FAIL)
		return err_memory(err);
	if (!s->range.on)
		s->range = (struct range){ .on = true,
			.open = { .run = run_held },
			.rule = "held",
			.place = s->at,
			.from = s->shown_text < s->floor ? s->floor : s->shown_text };
	s->range.to = ring_end(&s->sh.text);
	if (!stream_mask_raw(s, s->range.to, s->sh.read))
		return err_memory(err);
	return RC_OK;
}
