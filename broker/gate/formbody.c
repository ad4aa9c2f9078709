/* Forms; see formbody.h. */
#include "broker/gate/formbody.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/uri.h"

static struct span
next_part(struct span *rest, uint8_t separator)
{
	const uint8_t *at =
	    rest->len == 0 ? NULL : memchr(rest->p, separator, rest->len);
	size_t n = at == NULL ? rest->len : (size_t)(at - rest->p);
	struct span part = span_make(rest->p, n);

	n += at != NULL;
	*rest = span_make(rest->p + n, rest->len - n);
	return part;
}

/* text does not move: it has room for all from the start. */
static bool
decode(struct formbody *f, struct span s, unsigned how, struct span *ret)
{
	size_t start = f->text.len, at = start;

	if (s.len > 0 && memchr(s.p, '+', s.len) != NULL && !(how & FORMBODY_PLUS))
		return false;
	if (!uri_decode(&f->text, s) || !buf_ok(&f->text))
		return false;
	/* Escapes are gone: go along the source to tell "+" from "%2B". */
	for (size_t i = 0; i < s.len; i++, at++) {
		if (s.p[i] == '+')
			f->text.p[at] = ' ';
		else if (s.p[i] == '%')
			i += 2;
	}
	*ret = span_make(f->text.p + start, f->text.len - start);
	return text_utf8(*ret) && !span_has_nul(*ret);
}

static int
compare(const void *left, const void *right)
{
	const struct formbody_pair *a = *(const struct formbody_pair *const *)left;
	const struct formbody_pair *b = *(const struct formbody_pair *const *)right;
	size_t n = a->name.len < b->name.len ? a->name.len : b->name.len;
	int c = memcmp(a->name.p, b->name.p, n);

	return c != 0 ? c : (a->name.len > b->name.len) - (a->name.len < b->name.len);
}

static enum rc
no_name_twice(const struct formbody *f, struct refused *why)
{
	const struct formbody_pair **order;
	enum rc rc = RC_OK;

	if (f->n < 2)
		return RC_OK;
	if ((order = calloc(f->n, sizeof *order)) == NULL)
		return refused_failed(why, "out of memory");
	for (size_t i = 0; i < f->n; i++)
		order[i] = &f->v[i];
	qsort(order, f->n, sizeof *order, compare);
	for (size_t i = 1; i < f->n && rc == RC_OK; i++)
		if (span_eq(order[i - 1]->name, order[i]->name))
			rc = refused_bad(why, "a parameter stands twice");
	free(order);
	return rc;
}

static size_t
count(struct span s)
{
	size_t n = s.len > 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.p[i] == '&';
	return n;
}

static enum rc
read_pairs(struct span s, unsigned how, struct formbody *f, struct refused *why)
{
	while (s.len > 0) {
		struct span value = next_part(&s, '&');
		struct span name = next_part(&value, '=');
		struct formbody_pair *pair = &f->v[f->n];

		if (name.len == 0 || !decode(f, name, how, &pair->name) ||
		    pair->name.len == 0 || !decode(f, value, how, &pair->value))
			return refused_bad(why, "an ill-formed parameter");
		f->n++;
	}
	return RC_OK;
}

enum rc
formbody_read(struct span s, unsigned how, struct formbody *ret, struct refused *why)
{
	struct formbody f = { .n = 0 };
	size_t most = count(s);
	enum rc rc;

	if (most > FORMBODY_PAIRS)
		return refused_bad(why, "too many parameters");
	buf_init(&f.text, s.len + 1);
	f.v = calloc(most + 1, sizeof *f.v);
	if (f.v == NULL || buf_room(&f.text, s.len + 1) == NULL)
		rc = refused_failed(why, "out of memory");
	else if ((rc = read_pairs(s, how, &f, why)) == RC_OK &&
		 !(how & FORMBODY_REPEATS))
		rc = no_name_twice(&f, why);
	if (rc == RC_OK)
		*ret = f;
	else
		formbody_clear(&f);
	return rc;
}

void
formbody_clear(struct formbody *f)
{
	buf_clear(&f->text);
	free(f->v);
	*f = (struct formbody){ .n = 0 };
}

const struct span *
formbody_find(const struct formbody *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (span_is(f->v[i].name, name))
			return &f->v[i].value;
	return NULL;
}
