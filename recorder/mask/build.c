/* What the families of rules add is gathered here; see build.h.  Nothing is searched for
 * here. */
#include "recorder/mask/build.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "recorder/mask/seed.h"

#define MOST_LITERALS 65536

struct build_kept {
	struct build_kept *next;
	void (*drop)(void *); /* of what is not among the bytes; NULL */
	void *owned;
	size_t n;
	max_align_t bytes[];
};

void
build_fail(struct mask_build *b, enum rc rc, const char *fmt, ...)
{
	char text[ERR_TEXT];
	va_list ap;

	if (b->rc != RC_OK)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	b->rc = err_set(&b->err, rc, "%s", text);
}

static bool
more_room(struct mask_build *b)
{
	size_t room = b->room == 0 ? 512 : 2 * b->room;
	struct build_literal *p;

	if (b->n_literals < b->room)
		return true;
	if (room > MOST_LITERALS) {
		build_fail(b, RC_FAIL, "too many literals to mask");
		return false;
	}
	if ((p = realloc(b->literals, room * sizeof *p)) == NULL) {
		build_fail(b, RC_FAIL, "out of memory");
		return false;
	}
	b->literals = p;
	b->room = room;
	return true;
}

void
mask_build_literal(struct mask_build *b, struct span literal, unsigned flags,
    mask_verify_fn *verify, const void *arg)
{
	struct build_literal *l;

	if (literal.len < 3 || literal.len > MASK_LITERAL) {
		build_fail(b, RC_REFUSE, "a literal to mask has %zu bytes, not 3 to %d",
		    literal.len, MASK_LITERAL);
		return;
	}
	if (b->rc != RC_OK || !more_room(b))
		return;
	l = &b->literals[b->n_literals++];
	*l = (struct build_literal){
		.len = literal.len, .flags = flags, .verify = verify, .arg = arg
	};
	memcpy(l->text, literal.p, literal.len);
}

void
mask_build_run(struct mask_build *b, const uint32_t class_[8],
    bool (*armed)(const struct mask_context *c, uint64_t at), mask_verify_fn *verify,
    const void *arg)
{
	struct build_run *r;

	if (b->n_runs == BUILD_RUNS) {
		build_fail(b, RC_FAIL, "too many runs to mask");
		return;
	}
	r = &b->runs[b->n_runs++];
	*r = (struct build_run){ .armed = armed, .verify = verify, .arg = arg };
	memcpy(r->class_, class_, sizeof r->class_);
}

void
mask_build_tail(
    struct mask_build *b, size_t (*tail)(const struct mask_view *v, size_t floor))
{
	if (b->n_tails == BUILD_TAILS)
		build_fail(b, RC_FAIL, "too many tails to mask");
	else
		b->tails[b->n_tails++] = tail;
}

void *
mask_build_keep(struct mask_build *b, size_t n)
{
	struct build_kept *k = calloc(1, sizeof *k + n);

	if (k == NULL) {
		build_fail(b, RC_FAIL, "out of memory");
		return NULL;
	}
	k->n = n;
	k->next = b->kept;
	b->kept = k;
	return k->bytes;
}

bool
mask_build_own(struct mask_build *b, void *p, void (*drop)(void *p))
{
	if (mask_build_keep(b, 0) == NULL) {
		drop(p);
		return false;
	}
	b->kept->drop = drop;
	b->kept->owned = p;
	return true;
}

const struct mask_policy *
mask_build_policy(const struct mask_build *b)
{
	return b->policy;
}

bool
mask_build_on(const struct mask_build *b, unsigned policy, const char *id)
{
	bool own = b->more == NULL || !b->more->only_names;

	if (own && (policy & mask_policy_on(b->policy)))
		return true;
	for (size_t i = 0; b->more != NULL && i < b->more->n_names; i++)
		if ((policy & mask_policy_bit(b->more->names[i])) ||
		    (id != NULL && span_is(b->more->names[i], id)))
			return true;
	return false;
}

bool
mask_build_seed(const struct mask_build *b, size_t i, struct span *ret)
{
	if (b->more == NULL || i >= b->more->n_seeds)
		return false;
	*ret = b->more->seeds[i];
	return true;
}

enum mask_says
build_stands(const struct build_literal *l, const struct mask_view *v, size_t at)
{
	if ((l->flags & MASK_WORD) && at > 0 && view_word(v->p[at - 1]))
		return MASK_NO;
	for (size_t i = 0; i < l->len; i++) {
		int c = view_at(v, at + i), want = l->text[i];

		if (c < 0)
			return c == VIEW_MORE ? MASK_MORE : MASK_NO;
		if (!(l->flags & MASK_EXACT)) {
			c = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
			want = want >= 'A' && want <= 'Z' ? want | 0x20 : want;
		}
		if (c != want)
			return MASK_NO;
	}
	return MASK_YES;
}

static void
check_more(struct mask_build *b)
{
	struct seed seed;

	if (b->more == NULL)
		return;
	for (size_t i = 0; i < b->more->n_names; i++)
		if (!mask_policy_knows(b->policy, b->more->names[i]))
			build_fail(b, RC_REFUSE, "no masking is named \"%.*s\"",
			    (int)b->more->names[i].len,
			    (const char *)b->more->names[i].p);
	for (size_t i = 0; i < b->more->n_seeds; i++)
		if (!seed_read(b->more->seeds[i], &seed))
			build_fail(b, RC_REFUSE, "a malformed seed of masking");
}

struct family {
	void (*build)(struct mask_build *b);
	unsigned policy; /* only where this one is on; 0: it looks for itself */
};

static enum rc
build(struct mask_build *b, const struct mask_policy *p, const struct mask_more *more,
    const struct family *families, size_t n, struct err *err)
{
	*b = (struct mask_build){ .policy = p, .more = more };
	check_more(b);
	for (size_t i = 0; i < n && b->rc == RC_OK; i++)
		if (families[i].policy == 0 ||
		    mask_build_on(b, families[i].policy, NULL))
			families[i].build(b);
	return b->rc == RC_OK ? RC_OK : err_set(err, b->rc, "%s", b->err.text);
}

enum rc
build_all(struct mask_build *b, const struct mask_policy *p,
    const struct mask_more *more, struct err *err)
{
	static const struct family families[] = {
		{ seeds_build, 0 }, /* the first: see below */
		{ customs_build, 0 },
		{ tokens_build, MASK_SECRETS },
		{ armor_build, MASK_SECRETS },
		{ address_build, MASK_SECRETS },
		{ nearby_build, MASK_SECRETS },
		{ encoded_build, MASK_SECRETS },
		{ fields_build, MASK_SECRETS },
		{ siblings_build, MASK_SECRETS },
		{ person_build, 0 },
	};
	size_t n = sizeof families / sizeof families[0];

	return build(
	    b, p, more, families, more != NULL && more->only_seeds ? 1 : n, err);
}

enum rc
build_one(struct mask_build *b, const struct mask_policy *p,
    const struct mask_more *more, void (*family)(struct mask_build *b), struct err *err)
{
	const struct family one = { family, 0 };

	return build(b, p, more, &one, 1, err);
}

void
build_clear(struct mask_build *b)
{
	struct build_kept *k, *next;

	for (k = b->kept; k != NULL; k = next) {
		next = k->next;
		if (k->drop != NULL)
			k->drop(k->owned);
		sodium_memzero(k->bytes, k->n);
		free(k);
	}
	free(b->literals);
	*b = (struct mask_build){ .rc = RC_OK };
}
