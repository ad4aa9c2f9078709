/* The rules of the configuration: a literal and the run of a class behind it, or a regular
 * expression that begins at the literal and sees a kibibyte from there.  Where an expression
 * takes too long, all from the literal to the next blank is masked: what cannot be judged is
 * not shown. */
#include "recorder/mask/build.h"

#include <string.h>

#include "recorder/mask/charclass.h"
#include "recorder/mask/pattern.h"

#define WINDOW 1024 /* bytes from the literal on that an expression sees */
#define BEHIND 64   /* bytes before it, for what looks behind */

/* A rule's own copy: the policy need not live as long. */
struct custom {
	char id[MASK_RULE_ID];
	uint32_t class_[8];
	size_t min, max;
	bool after;
	const struct pattern *pattern;
};

struct led {
	const struct custom *rule;
	size_t len; /* of the literal */
};

/* May the secret end before the byte at i? */
static enum mask_says
border(const struct custom *r, const struct mask_view *v, size_t i)
{
	int c;

	if (!r->after)
		return MASK_YES;
	c = view_at(v, i);
	if (c == VIEW_MORE)
		return MASK_MORE;
	return view_word(c) ? MASK_NO : MASK_YES;
}

static enum mask_says
found(const struct custom *r, const struct mask_view *v, size_t at, size_t from,
    size_t to, struct mask_find *ret)
{
	enum mask_says says = border(r, v, to);

	ret->hold = at;
	ret->rule = r->id;
	ret->from = from;
	ret->to = to;
	return says;
}

static enum mask_says
verify_run(const void *arg, const struct mask_view *v, size_t at,
    struct mask_context *c, struct mask_find *ret)
{
	const struct led *l = arg;
	size_t n = 0, from = at + l->len;

	(void)c;
	while (n < l->rule->max && charclass_has(l->rule->class_, view_at(v, from + n)))
		n++;
	ret->hold = at;
	if (n < l->rule->max && view_at(v, from + n) == VIEW_MORE)
		return MASK_MORE;
	return n < l->rule->min ? MASK_NO : found(l->rule, v, at, at, from + n, ret);
}

/* The literal, and what follows up to a blank. */
static enum mask_says
run_to_blank(struct mask_open *o, const struct mask_view *v, size_t from, size_t *to)
{
	int c;

	while ((c = view_at(v, from)) >= 0 && (o->count < o->limit || c > ' ')) {
		o->count += o->count < o->limit;
		from++;
	}
	*to = from;
	return c == VIEW_MORE ? MASK_MORE : MASK_YES;
}

static enum mask_says
verify_pattern(const void *arg, const struct mask_view *v, size_t at,
    struct mask_context *c, struct mask_find *ret)
{
	const struct led *l = arg;
	size_t behind = at < BEHIND ? at : BEHIND, from = 0, to = 0;
	bool full = v->len - at >= WINDOW, more = !v->end || v->len - at > WINDOW;
	size_t len = behind + (full ? WINDOW : v->len - at);
	const uint8_t *p = v->p + at - behind;

	(void)c;
	ret->hold = at;
	switch (pattern_at(l->rule->pattern, span_make(p, len), behind, full || v->end,
	    full && more, &from, &to)) {
	case PATTERN_NO:
		return MASK_NO;
	case PATTERN_MORE:
		return MASK_MORE;
	case PATTERN_YES:
		return found(l->rule, v, at, at - behind + from, at - behind + to, ret);
	case PATTERN_LIMIT:
		break;
	}
	/* With less text it could take too long where with more it does not. */
	if (!full && !v->end)
		return MASK_MORE;
	ret->rule = l->rule->id;
	ret->from = at;
	ret->open =
	    (struct mask_open){ .run = run_to_blank, .limit = (uint32_t)l->len };
	return MASK_YES;
}

static void
drop_pattern(void *p)
{
	pattern_free(p);
}

static bool
make_pattern(struct mask_build *b, const struct mask_custom *from, struct custom *r)
{
	struct pattern *p = NULL;
	struct err err = { "" };
	enum rc rc = pattern_new(from->regex, &p, &err);

	if (rc != RC_OK) {
		build_fail(b, rc, "rule %s: %s", from->id, err.text);
		return false;
	}
	r->pattern = p;
	return mask_build_own(b, p, drop_pattern);
}

static void
add(struct mask_build *b, const struct mask_custom *from)
{
	struct custom *r = mask_build_keep(b, sizeof *r);
	struct led *led = mask_build_keep(b, from->n_literals * sizeof *led);

	if (r == NULL || led == NULL)
		return;
	memcpy(r->id, from->id, sizeof r->id);
	memcpy(r->class_, from->class_, sizeof r->class_);
	r->min = from->min;
	r->max = from->max;
	r->after = from->after;
	if (from->regex != NULL && !make_pattern(b, from, r))
		return;
	for (size_t i = 0; i < from->n_literals; i++) {
		led[i] = (struct led){ r, from->literals[i].len };
		mask_build_literal(b, from->literals[i],
		    MASK_EXACT | (from->before ? MASK_WORD : 0),
		    r->pattern != NULL ? verify_pattern : verify_run, &led[i]);
	}
}

void
customs_build(struct mask_build *b)
{
	const struct mask_policy *p = mask_build_policy(b);

	for (size_t i = 0; i < mask_policy_customs(p); i++) {
		const struct mask_custom *c = mask_policy_custom(p, i);

		if (!c->asked || mask_build_on(b, 0, c->id))
			add(b, c);
	}
}
