/* See naive.h. */
#include "tests/mask/naive.h"

#include <stdlib.h>
#include <string.h>

static bool
in_class(const uint32_t class_[8], int c)
{
	return c >= 0 && (class_[c >> 5] >> (c & 31) & 1);
}

/* Ask with all of the text, and (steady) with each beginning of it before. */
static enum mask_says
ask(const struct naive *n, mask_verify_fn *verify, const void *arg,
    const struct mask_view *v, size_t at, struct mask_context *c, struct mask_find *ret)
{
	struct mask_context kept = *c;
	enum mask_says says = verify(arg, v, at, c, ret);

	assert_int_not_equal(says, MASK_MORE);
	for (size_t len = at + 1; n->steady && len <= v->len && len < at + 700; len++) {
		struct mask_context again = kept;
		struct mask_find f = { 0 };
		const struct mask_view cut = { v->p, len, v->base, false };
		enum mask_says early = verify(arg, &cut, at, &again, &f);

		if (early == MASK_MORE) {
			assert_memory_equal(&again, &kept, sizeof again);
			assert_true(f.hold <= len);
			/* What may be shown by then is not masked later. */
			if (says == MASK_YES &&
			    (ret->open.run != NULL || ret->to > ret->from))
				assert_true(f.hold <= ret->from);
			continue;
		}
		assert_int_equal(early, says);
		assert_memory_equal(&again, c, sizeof again);
		if (says == MASK_YES) {
			assert_int_equal(f.from, ret->from);
			assert_ptr_equal(f.open.run, ret->open.run);
			if (f.open.run == NULL)
				assert_int_equal(f.to, ret->to);
		}
	}
	return says;
}

/* The end of a range that went on: once in one go, once byte by byte. */
static size_t
run_open(
    const struct naive *n, struct mask_open o, const struct mask_view *v, size_t from)
{
	struct mask_open slow = o;
	size_t to = from, at = from, len = from;

	assert_int_equal(o.run(&o, v, from, &to), MASK_YES);
	assert_true(to >= from && to <= v->len);
	while (n->steady) {
		const struct mask_view cut = { v->p, len, v->base, len == v->len };
		size_t next = at;
		enum mask_says says = slow.run(&slow, &cut, at, &next);

		assert_true(next >= at && next <= cut.len);
		at = next;
		if (says == MASK_YES)
			break;
		assert_int_equal(says, MASK_MORE);
		assert_true(len < v->len);
		len++;
	}
	if (n->steady)
		assert_int_equal(at, to);
	return to;
}

static bool
is_allowed(const struct naive *n, struct span text)
{
	for (size_t i = 0; i < n->n_allowed; i++)
		if (span_eq(n->allowed[i], text))
			return true;
	return false;
}

/* YES at this place: note it and go on behind it. */
static size_t
take(struct naive *n, const struct mask_view *v, size_t at, size_t floor,
    const struct mask_find *f)
{
	size_t to = f->to, from = f->from + (f->id ? n->reveal : 0);

	if (from < floor)
		from = floor;
	if (f->open.run != NULL)
		to = run_open(n, f->open, v, f->from);
	if (to > from && !is_allowed(n, span_make(v->p + f->from, to - f->from))) {
		assert_true(n->n < NAIVE_MOST);
		assert_non_null(f->rule);
		n->hits[n->n++] =
		    (struct naive_hit){ f->rule, from, to, f->quote, f->id };
	}
	return to > at ? to : at + 1;
}

static bool
literals(struct naive *n, const struct mask_build *b, const struct mask_view *v,
    size_t *at, size_t *floor, struct mask_context *c)
{
	for (size_t i = 0; i < b->n_literals; i++) {
		const struct build_literal *l = &b->literals[i];
		struct mask_find f = { 0 };

		if (build_stands(l, v, *at) != MASK_YES ||
		    ask(n, l->verify, l->arg, v, *at, c, &f) != MASK_YES)
			continue;
		*at = *floor = take(n, v, *at, *floor, &f);
		return true;
	}
	return false;
}

static bool
runs(struct naive *n, const struct mask_build *b, const struct mask_view *v, size_t *at,
    size_t *floor, struct mask_context *c)
{
	for (size_t i = 0; i < b->n_runs; i++) {
		const struct build_run *r = &b->runs[i];
		struct mask_find f = { 0 };

		if (!in_class(r->class_, view_at(v, *at)) ||
		    (*at > 0 && in_class(r->class_, v->p[*at - 1])) ||
		    (r->armed != NULL && !r->armed(c, v->base + *at)) ||
		    ask(n, r->verify, r->arg, v, *at, c, &f) != MASK_YES)
			continue;
		*at = *floor = take(n, v, *at, *floor, &f);
		return true;
	}
	return false;
}

void
naive_run(const struct mask_build *b, struct span shadow, struct naive *n)
{
	const struct mask_view v = { shadow.p, shadow.len, 0, true };
	struct mask_context c = { 0 };
	size_t floor = 0;

	for (size_t at = 0; at < v.len;)
		if (!literals(n, b, &v, &at, &floor, &c) &&
		    !runs(n, b, &v, &at, &floor, &c))
			at++;
}

char *
naive_text(const struct naive *n, struct span shadow)
{
	struct buf out;
	size_t at = 0;
	char *text;

	buf_init(&out, 4 * shadow.len + 65536);
	for (size_t i = 0; i < n->n; i++) {
		const struct naive_hit *h = &n->hits[i];
		const char *q = h->quote ? "\"" : "";

		buf_put(&out, shadow.p + at, h->from - at);
		buf_printf(&out, "%s[MASKED:%s]%s", q, h->rule, q);
		at = h->to;
	}
	buf_put(&out, shadow.p + at, shadow.len - at);
	assert_true(buf_ok(&out));
	text = strdup(buf_cstr(&out));
	buf_clear(&out);
	return text;
}

char *
naive_family(void (*family)(struct mask_build *b), const char *policy, const char *text)
{
	struct naive *n = calloc(1, sizeof *n);
	struct mask_policy *p = NULL;
	struct mask_build b;
	struct err err;
	char *out;

	assert_non_null(n);
	n->steady = true;
	if (policy == NULL)
		assert_int_equal(mask_policy_read(NULL, &p, &err), RC_OK);
	else
		assert_int_equal(
		    mask_policy_parse("test", span_of(policy), &p, &err), RC_OK);
	assert_int_equal(build_one(&b, p, NULL, family, &err), RC_OK);
	naive_run(&b, span_of(text), n);
	out = naive_text(n, span_of(text));
	build_clear(&b);
	mask_policy_free(p);
	free(n);
	return out;
}
