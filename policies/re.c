/* Regular expressions; see re.h.
 *
 * Every byte that an expression can take is a state (Glushkov's construction); a set of
 * states is four words, and a step from a byte to the next is a few operations on them.
 * Repeats are copies of the states of what is repeated. */
#include "policies/re.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 16  /* groups in groups */
#define REPEAT 64 /* {n,m} */
#define BITS 4

struct bits {
	uint64_t w[BITS];
};

struct re {
	unsigned n; /* states in use */
	bool empty; /* the empty text fits */
	struct bits first, last;
	struct bits follow[RE_STATES];
	struct bits takes[256]; /* for each byte, the states that take it */
};

/* What a part of the expression is: its states are from to to - 1. */
struct piece {
	struct bits first, last;
	bool empty;
	unsigned from, to;
};

struct parse {
	struct span s;
	size_t at;
	unsigned depth;
	struct re *r;
	struct err *err;
};

static void
set_bit(struct bits *b, unsigned i)
{
	b->w[i / 64] |= (uint64_t)1 << i % 64;
}

static bool
has_bit(const struct bits *b, unsigned i)
{
	return b->w[i / 64] >> i % 64 & 1;
}

static void
join(struct bits *a, const struct bits *b)
{
	for (size_t i = 0; i < BITS; i++)
		a->w[i] |= b->w[i];
}

static struct bits
shifted(const struct bits *b, const struct piece *p, unsigned by)
{
	struct bits ret = { { 0 } };

	for (unsigned i = p->from; i < p->to; i++)
		if (has_bit(b, i))
			set_bit(&ret, i + by);
	return ret;
}

static enum rc
bad(const struct parse *p, size_t at, const char *what)
{
	return err_set(
	    p->err, RC_REFUSE, "%s at byte %zu of the expression", what, at + 1);
}

static int
peek(const struct parse *p)
{
	return p->at < p->s.len ? p->s.p[p->at] : -1;
}

static bool
is_repeat(int c)
{
	return c == '?' || c == '*' || c == '+' || c == '{';
}

/* One state more, which takes nothing yet. */
static enum rc
new_state(struct parse *p, struct piece *ret)
{
	struct piece one = { .from = p->r->n, .to = p->r->n + 1 };

	if (p->r->n == RE_STATES)
		return bad(p, p->at, "more than 256 states");
	p->r->n++;
	set_bit(&one.first, one.from);
	set_bit(&one.last, one.from);
	*ret = one;
	return RC_OK;
}

/* From every end of a to every beginning of b. */
static void
lead(struct re *r, const struct bits *ends, const struct piece *a,
    const struct bits *begins)
{
	for (unsigned i = a->from; i < a->to; i++)
		if (has_bit(ends, i))
			join(&r->follow[i], begins);
}

/* b stands behind a; the result is in a. */
static void
chain(struct re *r, struct piece *a, const struct piece *b)
{
	lead(r, &a->last, a, &b->first);
	if (a->empty)
		join(&a->first, &b->first);
	if (b->empty)
		join(&a->last, &b->last);
	else
		a->last = b->last;
	a->empty = a->empty && b->empty;
	a->to = b->to;
}

static enum rc
copy(struct parse *p, const struct piece *a, struct piece *ret)
{
	unsigned by = p->r->n - a->from;
	struct re *r = p->r;

	if (a->to - a->from > RE_STATES - r->n)
		return bad(p, p->at, "more than 256 states");
	for (unsigned i = a->from; i < a->to; i++) {
		r->follow[i + by] = shifted(&r->follow[i], a, by);
		for (unsigned c = 0; c < 256; c++)
			if (has_bit(&r->takes[c], i))
				set_bit(&r->takes[c], i + by);
	}
	r->n += a->to - a->from;
	*ret = (struct piece){ .first = shifted(&a->first, a, by),
		.last = shifted(&a->last, a, by),
		.empty = a->empty,
		.from = a->from + by,
		.to = a->to + by };
	return RC_OK;
}

/* a so often: most 0 is without end. */
static enum rc
repeat(struct parse *p, struct piece *a, unsigned least, unsigned most)
{
	struct piece one = *a, next;
	enum rc rc;

	/* Copies before a leads back into itself. */
	for (unsigned i = 1; i < least || i < most; i++) {
		if (one.from == one.to)
			break;
		if ((rc = copy(p, &one, &next)) != RC_OK)
			return rc;
		if (i >= least)
			next.empty = true;
		if (most == 0 && i + 1 >= least)
			lead(p->r, &next.last, &next, &next.first);
		chain(p->r, a, &next);
	}
	if (most == 0 && least < 2)
		lead(p->r, &a->last, a, &a->first);
	if (least == 0)
		a->empty = true;
	return RC_OK;
}

static bool
read_number(struct parse *p, unsigned *ret)
{
	unsigned n = 0;
	size_t from = p->at;

	while (peek(p) >= '0' && peek(p) <= '9' && p->at - from < 3)
		n = n * 10 + (p->s.p[p->at++] - '0');
	*ret = n;
	return p->at > from && n <= REPEAT;
}

/* {n}, {n,}, {n,m}. */
static enum rc
read_braces(struct parse *p, struct piece *a)
{
	size_t from = p->at++;
	unsigned least, most;

	if (!read_number(p, &least))
		return bad(p, from, "{n,m} with numbers up to 64 expected");
	most = least;
	if (peek(p) == ',') {
		p->at++;
		most = 0;
		if (peek(p) != '}' && (!read_number(p, &most) || most < least))
			return bad(p, from, "{n,m} with numbers up to 64 expected");
		if (most == 0 && p->s.p[p->at - 1] == '0')
			return bad(p, from, "nothing is taken no times");
	} else if (most == 0) {
		return bad(p, from, "nothing is taken no times");
	}
	if (peek(p) != '}')
		return bad(p, from, "{n,m} with numbers up to 64 expected");
	p->at++;
	return repeat(p, a, least, most);
}

static bool
is_punct(int c)
{
	return c > ' ' && c < 0x7f && strchr("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", c);
}

/* A byte of a class: itself, or punctuation behind a backslash. */
static enum rc
class_byte(struct parse *p, int *ret)
{
	int c = peek(p);

	if (c == '\\') {
		p->at++;
		c = peek(p);
		if (!is_punct(c))
			return bad(p, p->at, "punctuation expected behind \\");
	} else if (c == '[') {
		return bad(p, p->at, "[ in a class needs a \\");
	}
	if (c < 0)
		return bad(p, p->at, "a class that does not end");
	if (c >= 0x80)
		return bad(p, p->at, "a class is of ASCII");
	p->at++;
	*ret = c;
	return RC_OK;
}

static enum rc
class_range(struct parse *p, bool in[256])
{
	size_t from = p->at;
	int low, high;
	enum rc rc;

	if ((rc = class_byte(p, &low)) != RC_OK)
		return rc;
	high = low;
	if (peek(p) == '-' && p->at + 1 < p->s.len && p->s.p[p->at + 1] != ']') {
		p->at++;
		if ((rc = class_byte(p, &high)) != RC_OK)
			return rc;
		if (high < low)
			return bad(p, from, "a range that goes down");
	}
	for (int c = low; c <= high; c++)
		in[c] = true;
	return RC_OK;
}

static enum rc
read_class(struct parse *p, struct piece *ret)
{
	bool in[256] = { false }, not = false;
	size_t from = p->at++;
	enum rc rc;

	if (peek(p) == '^') {
		not = true;
		p->at++;
	}
	if (peek(p) == ']')
		return bad(p, from, "an empty class");
	while (peek(p) != ']')
		if ((rc = class_range(p, in)) != RC_OK)
			return rc;
	p->at++;
	if ((rc = new_state(p, ret)) != RC_OK)
		return rc;
	for (unsigned c = 0; c < 256; c++)
		if (in[c] != not )
			set_bit(&p->r->takes[c], ret->from);
	return RC_OK;
}

static enum rc
read_byte(struct parse *p, struct piece *ret)
{
	int c = peek(p);
	enum rc rc;

	if (c == '\\') {
		p->at++;
		if (!is_punct(c = peek(p)))
			return bad(p, p->at, "punctuation expected behind \\");
	} else if (is_repeat(c)) {
		return bad(p, p->at, "nothing to repeat");
	} else if (c == '^' || c == '$') {
		return bad(
		    p, p->at, "an anchor: expressions are anchored by themselves");
	} else if (c == '}' || c == ']') {
		return bad(p, p->at, "a closing bracket without an opening one");
	}
	p->at++;
	if ((rc = new_state(p, ret)) == RC_OK)
		set_bit(&p->r->takes[c], ret->from);
	return rc;
}

static enum rc
read_dot(struct parse *p, struct piece *ret)
{
	enum rc rc;

	p->at++;
	if ((rc = new_state(p, ret)) == RC_OK)
		for (unsigned c = 0; c < 256; c++)
			set_bit(&p->r->takes[c], ret->from);
	return rc;
}

static enum rc read_choice(struct parse *p, struct piece *ret);

static enum rc
read_group(struct parse *p, struct piece *ret)
{
	size_t from = p->at++;
	enum rc rc;

	if (p->depth++ == DEPTH)
		return bad(p, from, "too many groups in each other");
	if ((rc = read_choice(p, ret)) != RC_OK)
		return rc;
	if (peek(p) != ')')
		return bad(p, from, "a group that does not end");
	p->at++;
	p->depth--;
	return RC_OK;
}

static enum rc
read_atom(struct parse *p, struct piece *ret)
{
	switch (peek(p)) {
	case '(':
		return read_group(p, ret);
	case '[':
		return read_class(p, ret);
	case '.':
		return read_dot(p, ret);
	default:
		return read_byte(p, ret);
	}
}

static enum rc
read_repeated(struct parse *p, struct piece *ret)
{
	enum rc rc = read_atom(p, ret);
	int c;

	if (rc != RC_OK || !is_repeat(c = peek(p)))
		return rc;
	if (c == '{') {
		rc = read_braces(p, ret);
	} else {
		p->at++;
		rc = repeat(p, ret, c == '+', c == '?');
	}
	if (rc == RC_OK && is_repeat(peek(p)))
		return bad(p, p->at, "a repeat of a repeat");
	return rc;
}

static enum rc
read_chain(struct parse *p, struct piece *ret)
{
	struct piece all = { .empty = true, .from = p->r->n, .to = p->r->n };
	enum rc rc;

	while (peek(p) >= 0 && peek(p) != '|' && peek(p) != ')') {
		struct piece one;

		if ((rc = read_repeated(p, &one)) != RC_OK)
			return rc;
		chain(p->r, &all, &one);
	}
	*ret = all;
	return RC_OK;
}

static enum rc
read_choice(struct parse *p, struct piece *ret)
{
	struct piece one;
	enum rc rc;

	if ((rc = read_chain(p, ret)) != RC_OK)
		return rc;
	while (peek(p) == '|') {
		p->at++;
		if ((rc = read_chain(p, &one)) != RC_OK)
			return rc;
		join(&ret->first, &one.first);
		join(&ret->last, &one.last);
		ret->empty = ret->empty || one.empty;
		ret->to = one.to;
	}
	return RC_OK;
}

enum rc
re_compile(struct span text, struct re **ret, struct err *err)
{
	struct parse p = { .s = text, .err = err };
	struct piece all;
	enum rc rc;

	if (text.len == 0 || text.len > RE_TEXT)
		return err_set(
		    err, RC_REFUSE, "an expression has 1 to %d bytes", RE_TEXT);
	if ((p.r = calloc(1, sizeof *p.r)) == NULL)
		return err_memory(err);
	rc = read_choice(&p, &all);
	if (rc == RC_OK && p.at < text.len)
		rc = bad(&p, p.at, "a closing bracket without an opening one");
	if (rc != RC_OK) {
		re_free(p.r);
		return rc;
	}
	p.r->first = all.first;
	p.r->last = all.last;
	p.r->empty = all.empty;
	*ret = p.r;
	return RC_OK;
}

void
re_free(struct re *r)
{
	free(r);
}

unsigned
re_states(const struct re *r)
{
	return r->n;
}

static struct bits
step(const struct re *r, const struct bits *now)
{
	struct bits next = { { 0 } };

	for (unsigned w = 0; w < BITS; w++)
		for (uint64_t left = now->w[w]; left != 0; left &= left - 1)
			join(&next,
			    &r->follow[w * 64 + (unsigned)__builtin_ctzll(left)]);
	return next;
}

static bool
meet(struct bits *a, const struct bits *b)
{
	uint64_t any = 0;

	for (size_t i = 0; i < BITS; i++)
		any |= a->w[i] &= b->w[i];
	return any != 0;
}

bool
re_matches(const struct re *r, struct span s)
{
	struct bits now = r->first;

	if (s.len == 0)
		return r->empty;
	for (size_t i = 0; i < s.len; i++) {
		if (i > 0)
			now = step(r, &now);
		if (!meet(&now, &r->takes[s.p[i]]))
			return false;
	}
	return meet(&now, &r->last);
}
