/* See mask.h and rules.h. */
#include "recorder/mask/rules.h"

#include <stdlib.h>

_Static_assert(BUILD_RUNS <= 16, "a run has a bit in classes");

void
rules_style(const struct mask_policy *p, struct rules_style *ret)
{
	*ret = (struct rules_style){ .counts_only = mask_policy_counts_only(p),
		.same_width = mask_policy_same_width(p),
		.reveal = mask_policy_reveal(p),
		.max_hold = mask_policy_max_hold(p) };
	for (enum mask_pace i = 0; i < MASK_PACES; i++)
		ret->hold_us[i] = mask_policy_hold_us(p, i);
	for (size_t i = 0; i < mask_policy_allows(p) && i < MASK_ALLOWED; i++)
		ret->allowed[ret->n_allowed++] = mask_policy_allowed(p, i);
}

static bool
copy_allowed(struct mask_rules *r)
{
	struct rules_style *s = &r->style;
	size_t at = 0;

	buf_init(&r->allowed, SIZE_MAX / 2);
	for (size_t i = 0; i < s->n_allowed; i++)
		buf_span_put(&r->allowed, s->allowed[i]);
	if (!buf_ok(&r->allowed))
		return false;
	for (size_t i = 0; i < s->n_allowed; i++) {
		s->allowed[i].p = r->allowed.p + at;
		at += s->allowed[i].len;
		if (s->allowed[i].len > r->allowed_longest)
			r->allowed_longest = s->allowed[i].len;
	}
	return true;
}

enum rc
rules_take(struct mask_build *b, const struct rules_style *style,
    struct mask_rules **ret, struct err *err)
{
	struct mask_rules *r = calloc(1, sizeof *r);
	enum rc rc;

	if (r == NULL) {
		build_clear(b);
		return err_memory(err);
	}
	r->b = *b;
	r->style = *style;
	r->all_runs = (uint16_t)((1U << r->b.n_runs) - 1);
	for (size_t i = 0; i < r->b.n_runs; i++)
		for (unsigned c = 0; c < 256; c++)
			if (r->b.runs[i].class_[c >> 5] >> (c & 31) & 1)
				r->classes[c] |= (uint16_t)(1U << i);
	rc = trigger_new(r->b.literals, r->b.n_literals, &r->trigger, err);
	if (rc == RC_OK && !copy_allowed(r))
		rc = err_memory(err);
	if (rc != RC_OK)
		mask_rules_free(r);
	else
		*ret = r;
	return rc;
}

enum rc
mask_rules_new(const struct mask_policy *p, const struct mask_more *more,
    struct mask_rules **ret, struct err *err)
{
	struct rules_style style;
	struct mask_build b;
	enum rc rc;

	if ((rc = build_all(&b, p, more, err)) != RC_OK) {
		build_clear(&b);
		return rc;
	}
	rules_style(p, &style);
	return rules_take(&b, &style, ret, err);
}

void
mask_rules_free(struct mask_rules *r)
{
	if (r == NULL)
		return;
	trigger_free(r->trigger);
	build_clear(&r->b);
	buf_clear(&r->allowed);
	free(r);
}
