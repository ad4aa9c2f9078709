/* Value conditions; see matcher.h. */
#include "policies/matcher.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policies/glob.h"
#include "policies/sets.h"
#include "policies/vocab.h"

#define INT_TEXT 20

enum kind {
	ANY,
	FLAG,
	IN,	 /* list */
	LITERAL, /* node */
	GLOB,	 /* node: a text or a list */
	ARN,
	INT,
};

struct matcher {
	enum kind kind;
	bool each;
	const struct yaml_node *node;
	int64_t least, most;
};

static bool
read_int(struct span s, int64_t *ret)
{
	char text[INT_TEXT + 1];
	size_t digits;
	char *p = text;

	if (!span_copy(s, text, sizeof text))
		return false;
	p += *p == '-';
	digits = strspn(p, "0123456789");
	/* No sign, zero or blank more than needed: -0 and 007 are other texts. */
	if (digits == 0 || digits > 18 || p[digits] != '\0' ||
	    (p[0] == '0' && (digits > 1 || p != text)))
		return false;
	*ret = strtoll(text, NULL, 10);
	return true;
}

static enum rc
read_range(const struct yaml_node *n, struct matcher *m, struct err *err)
{
	const struct yaml_node *low, *high;
	enum rc rc;

	if ((rc = vocab_count(n, YAML_LIST, 2, 2, err)) != RC_OK)
		return rc;
	low = yaml_first(n);
	high = yaml_next(low);
	if (!read_int(yaml_span(low), &m->least))
		return yaml_expected(low, err, "a whole number");
	if (!read_int(yaml_span(high), &m->most) || m->most < m->least)
		return yaml_expected(high, err, "a whole number not below the first");
	return RC_OK;
}

static enum rc
check_glob(const struct yaml_node *n, void *arg, struct err *err)
{
	const char *text;

	(void)arg;
	return yaml_line_text(n, 1, GLOB_MOST, &text, err);
}

static enum rc
check_arn(const struct yaml_node *n, void *arg, struct err *err)
{
	const char *text;

	(void)arg;
	return arnpattern_read(n, &text, err);
}

static enum rc
check_literal(const struct yaml_node *n, void *arg, struct err *err)
{
	const char *text;

	(void)arg;
	return yaml_line_text(n, 0, GLOB_MOST, &text, err);
}

static enum rc
read_literal(const struct yaml_node *n, struct matcher *m, struct err *err)
{
	(void)m;
	return check_literal(n, NULL, err);
}

static enum rc
read_in(const struct yaml_node *n, struct matcher *m, struct err *err)
{
	(void)m;
	return sets_check_list(n, err);
}

static enum rc
read_glob(const struct yaml_node *n, struct matcher *m, struct err *err)
{
	(void)m;
	return vocab_each(n, check_glob, NULL, err);
}

static enum rc
read_arn(const struct yaml_node *n, struct matcher *m, struct err *err)
{
	(void)m;
	return vocab_each(n, check_arn, NULL, err);
}

static const struct {
	const char *key;
	enum kind kind;
	enum rc (*read)(const struct yaml_node *n, struct matcher *m, struct err *err);
} forms[] = {
	{ "in", IN, read_in },
	{ "literal", LITERAL, read_literal },
	{ "glob", GLOB, read_glob },
	{ "arn", ARN, read_arn },
	{ "int", INT, read_range },
};

static const struct vocab keys[] = {
	{ "in", VOCAB_MAY },
	{ "literal", VOCAB_MAY },
	{ "glob", VOCAB_MAY },
	{ "arn", VOCAB_MAY },
	{ "int", VOCAB_MAY },
	{ "each", VOCAB_MAY },
	{ "cidr", VOCAB_LATER },
	{ "instance", VOCAB_LATER },
	{ "path_in", VOCAB_LATER },
	{ "re", VOCAB_LATER },
	{ NULL, VOCAB_MAY },
};

static enum rc
read_word(const struct yaml_node *n, const struct yaml_node *sets, bool flags,
    struct matcher *m, struct err *err)
{
	const char *word = yaml_cstr(n);
	const struct yaml_node *list = sets_list(sets, word);

	if (strcmp(word, "any") == 0) {
		m->kind = ANY;
	} else if (flags && strcmp(word, "flag") == 0) {
		m->kind = FLAG;
	} else if (list != NULL) {
		m->kind = IN;
		m->node = list;
	} else {
		return yaml_expected(n, err,
		    flags ? "any, flag, the name of a set, a list or a mapping"
			  : "any, the name of a set, a list or a mapping");
	}
	return RC_OK;
}

static enum rc
read_any(const struct yaml_node *n, const struct yaml_node *sets, bool flags,
    struct matcher *m, struct err *err)
{
	const struct yaml_node *v;
	enum rc rc;

	if (yaml_kind(n) == YAML_TEXT)
		return read_word(n, sets, flags, m, err);
	m->node = n;
	m->kind = IN;
	if (yaml_kind(n) == YAML_LIST)
		return sets_check_list(n, err);
	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 1, err)) != RC_OK)
		return rc;
	v = yaml_first(n);
	if (yaml_find(n, "each") != NULL) {
		if (m->each)
			return yaml_fail(yaml_key(v), err, "each within each");
		m->each = true;
		return read_any(v, sets, false, m, err);
	}
	m->node = v;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (strcmp(forms[i].key, yaml_cstr(yaml_key(v))) == 0) {
			m->kind = forms[i].kind;
			return forms[i].read(v, m, err);
		}
	return err_set(err, RC_FAIL, "no reader for a matcher");
}

enum rc
matcher_read(const struct yaml_node *n, const struct yaml_node *sets, bool flags,
    struct matcher **ret, struct err *err)
{
	struct matcher *m = calloc(1, sizeof *m);
	enum rc rc;

	if (m == NULL)
		return err_memory(err);
	if ((rc = read_any(n, sets, flags, m, err)) != RC_OK) {
		matcher_free(m);
		return rc;
	}
	*ret = m;
	return RC_OK;
}

void
matcher_free(struct matcher *m)
{
	free(m);
}

static bool
fits_arn(const char *pattern, struct span value)
{
	return strcmp(pattern, "*") == 0 ? span_starts(value, "arn:")
					 : glob_matches(pattern, value);
}

static bool
fits_glob(const char *pattern, struct span value)
{
	return glob_matches(pattern, value);
}

/* The node is a text, or a list of them of which one is enough. */
static bool
fits_one(const struct yaml_node *n, bool (*fits)(const char *, struct span),
    struct span value)
{
	if (yaml_kind(n) == YAML_TEXT)
		return fits(yaml_cstr(n), value);
	for (n = yaml_first(n); n != NULL; n = yaml_next(n))
		if (fits(yaml_cstr(n), value))
			return true;
	return false;
}

static bool
fits(const struct matcher *m, struct span value)
{
	int64_t number;

	switch (m->kind) {
	case ANY:
		return true;
	case FLAG:
		return false;
	case IN:
		return sets_has(m->node, value);
	case LITERAL:
		return span_eq(yaml_span(m->node), value);
	case GLOB:
		return fits_one(m->node, fits_glob, value);
	case ARN:
		return fits_one(m->node, fits_arn, value);
	case INT:
		return read_int(value, &number) && number >= m->least &&
		       number <= m->most;
	}
	return false;
}

void
matcher_see(
    const struct matcher *m, struct span value, bool known, struct matcher_tally *t)
{
	t->n++;
	if (!known)
		t->unknown = true;
	else if (fits(m, value))
		t->fit = true;
	else
		t->misfit = true;
}

unsigned
matcher_fit(const struct matcher *m, const struct matcher_tally *t)
{
	unsigned fit = 0;

	if (m->kind == ANY && !m->each)
		return FIT_BOTH;
	if (m->kind == FLAG)
		return t->n == 0 ? FIT_BOTH : FIT_NO;
	/* A member that is there without values: nobody knows what the service makes of
	 * an empty list. */
	if (t->fit || t->unknown || t->n == 0)
		fit |= FIT_MAYBE;
	if (t->fit && !t->unknown && !t->misfit && (m->each || t->n == 1))
		fit |= FIT_SURE;
	return fit;
}
