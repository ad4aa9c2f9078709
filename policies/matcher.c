/* Value conditions; see matcher.h. */
#include "policies/matcher.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policies/glob.h"
#include "policies/matcher_parts.h"
#include "policies/pathset.h"
#include "policies/sets.h"
#include "policies/vocab.h"

#define INT_TEXT 20

/* What a condition is on. */
enum use {
	USE_OPTION = 1,
	USE_MEMBER = 2,
	USE_WORD = 4,
	USE_ALL = 7,
};

struct reading {
	const struct yaml_node *sets;
	enum use use;
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
read_range(const struct yaml_node *n, const struct reading *r, struct matcher *m,
    struct err *err)
{
	const struct yaml_node *low, *high;
	enum rc rc;

	(void)r;
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
read_literal(const struct yaml_node *n, const struct reading *r, struct matcher *m,
    struct err *err)
{
	(void)r;
	(void)m;
	return check_literal(n, NULL, err);
}

static enum rc
read_in(const struct yaml_node *n, const struct reading *r, struct matcher *m,
    struct err *err)
{
	(void)r;
	(void)m;
	return sets_check_list(n, err);
}

static enum rc
read_glob(const struct yaml_node *n, const struct reading *r, struct matcher *m,
    struct err *err)
{
	(void)r;
	(void)m;
	return vocab_each(n, check_glob, NULL, err);
}

static enum rc
read_arn(const struct yaml_node *n, const struct reading *r, struct matcher *m,
    struct err *err)
{
	(void)r;
	(void)m;
	return vocab_each(n, check_arn, NULL, err);
}

static enum rc
read_block(const struct yaml_node *n, void *arg, struct err *err)
{
	struct matcher *m = arg;
	struct netblock *b = &m->blocks[m->n_blocks];

	if (!netblock_read(yaml_span(n), b))
		return yaml_expected(n, err, "an address or a block of addresses");
	if (!netblock_whole(b))
		return yaml_fail(
		    n, err, "bits behind the length of the prefix are set");
	m->n_blocks++;
	return RC_OK;
}

static enum rc
read_cidr(const struct yaml_node *n, const struct reading *r, struct matcher *m,
    struct err *err)
{
	size_t most = yaml_kind(n) == YAML_LIST ? yaml_count(n) : 1;

	(void)r;
	if (most > SETS_VALUES)
		return vocab_count(n, YAML_LIST, 1, SETS_VALUES, err);
	if ((m->blocks = calloc(most + 1, sizeof m->blocks[0])) == NULL)
		return err_memory(err);
	return vocab_each(n, read_block, m, err);
}

static enum rc
read_re(const struct yaml_node *n, const struct reading *r, struct matcher *m,
    struct err *err)
{
	const char *text;
	struct err why = { "" };
	enum rc rc;

	(void)r;
	if ((rc = yaml_line_text(n, 1, RE_TEXT, &text, err)) != RC_OK)
		return rc;
	if ((rc = re_compile(yaml_span(n), &m->re, &why)) == RC_REFUSE)
		return yaml_fail(n, err, "%s", why.text);
	return rc == RC_OK ? rc : err_memory(err);
}

static enum rc
read_paths(const struct yaml_node *n, const struct reading *r, struct matcher *m,
    struct err *err)
{
	return sets_paths(n, r->sets, &m->node, err);
}

static const struct form {
	const char *key;
	enum kind kind;
	unsigned uses;
	enum rc (*read)(const struct yaml_node *n, const struct reading *r,
	    struct matcher *m, struct err *err);
} forms[] = {
	{ "in", IN, USE_ALL, read_in },
	{ "literal", LITERAL, USE_ALL, read_literal },
	{ "glob", GLOB, USE_ALL, read_glob },
	{ "arn", ARN, USE_ALL, read_arn },
	{ "int", INT, USE_ALL, read_range },
	{ "cidr", CIDR, USE_ALL, read_cidr },
	{ "re", RE, USE_ALL, read_re },
	{ "path_in", PATH_IN, USE_WORD, read_paths },
};

static const struct vocab keys[] = {
	{ "in", VOCAB_MAY },
	{ "literal", VOCAB_MAY },
	{ "glob", VOCAB_MAY },
	{ "arn", VOCAB_MAY },
	{ "int", VOCAB_MAY },
	{ "cidr", VOCAB_MAY },
	{ "re", VOCAB_MAY },
	{ "each", VOCAB_MAY },
	{ NULL, VOCAB_MAY },
};

static const struct vocab word_keys[] = {
	{ "in", VOCAB_MAY },
	{ "literal", VOCAB_MAY },
	{ "glob", VOCAB_MAY },
	{ "arn", VOCAB_MAY },
	{ "int", VOCAB_MAY },
	{ "cidr", VOCAB_MAY },
	{ "re", VOCAB_MAY },
	{ "path_in", VOCAB_MAY },
	{ NULL, VOCAB_MAY },
};

static const struct {
	const char *word;
	enum kind kind;
	unsigned uses;
} plain[] = {
	{ "any", ANY, USE_ALL },
	{ "flag", FLAG, USE_OPTION },
	{ "literal", WRITTEN, USE_WORD },
	{ "cidr", ANY_CIDR, USE_ALL },
	{ "arn", ANY_ARN, USE_ALL },
	{ "instance", INSTANCE, USE_ALL },
};

static enum rc
read_set(const struct yaml_node *n, const struct reading *r, struct matcher *m,
    struct err *err)
{
	enum sets_kind kind = sets_kind(r->sets, yaml_cstr(n));

	if (kind == SETS_NONE)
		return yaml_expected(n, err,
		    r->use == USE_OPTION
			? "any, flag, the name of a set, a list or a mapping"
			: "any, the name of a set, a list or a mapping");
	if (kind == SETS_PATHS && r->use != USE_WORD)
		return yaml_fail(n, err, "%s is a set of paths, for words of commands",
		    yaml_cstr(n));
	m->kind = kind == SETS_PATHS ? PATH_IN : IN;
	m->node = sets_list(r->sets, yaml_cstr(n));
	return RC_OK;
}

static enum rc
read_word(const struct yaml_node *n, const struct reading *r, struct matcher *m,
    struct err *err)
{
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if ((plain[i].uses & r->use) &&
		    strcmp(plain[i].word, yaml_cstr(n)) == 0) {
			m->kind = plain[i].kind;
			return RC_OK;
		}
	return read_set(n, r, m, err);
}

static enum rc read_any(const struct yaml_node *n, const struct reading *r,
    struct matcher *m, struct err *err);

static enum rc
read_form(const struct yaml_node *v, const struct reading *r, struct matcher *m,
    struct err *err)
{
	struct reading inner = { r->sets, r->use == USE_OPTION ? USE_MEMBER : r->use };

	if (strcmp(yaml_cstr(yaml_key(v)), "each") == 0) {
		if (m->each)
			return yaml_fail(yaml_key(v), err, "each within each");
		m->each = true;
		return read_any(v, &inner, m, err);
	}
	m->node = v;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (strcmp(forms[i].key, yaml_cstr(yaml_key(v))) == 0) {
			m->kind = forms[i].kind;
			return forms[i].read(v, r, m, err);
		}
	return err_set(err, RC_FAIL, "no reader for a matcher");
}

static enum rc
read_any(const struct yaml_node *n, const struct reading *r, struct matcher *m,
    struct err *err)
{
	enum rc rc;

	if (yaml_kind(n) == YAML_TEXT)
		return read_word(n, r, m, err);
	m->node = n;
	m->kind = IN;
	if (yaml_kind(n) == YAML_LIST)
		return sets_check_list(n, err);
	if ((rc = vocab_check(n, r->use == USE_WORD ? word_keys : keys, err)) !=
		RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 1, err)) != RC_OK)
		return rc;
	return read_form(yaml_first(n), r, m, err);
}

static enum rc
read_new(const struct yaml_node *n, const struct reading *r, struct matcher **ret,
    struct err *err)
{
	struct matcher *m = calloc(1, sizeof *m);
	enum rc rc;

	if (m == NULL)
		return err_memory(err);
	if ((rc = read_any(n, r, m, err)) != RC_OK) {
		matcher_free(m);
		return rc;
	}
	*ret = m;
	return RC_OK;
}

enum rc
matcher_read(const struct yaml_node *n, const struct yaml_node *sets, bool flags,
    struct matcher **ret, struct err *err)
{
	struct reading r = { sets, flags ? USE_OPTION : USE_MEMBER };

	return read_new(n, &r, ret, err);
}

enum rc
matcher_read_word(const struct yaml_node *n, const struct yaml_node *sets,
    struct matcher **ret, struct err *err)
{
	struct reading r = { sets, USE_WORD };

	return read_new(n, &r, ret, err);
}

void
matcher_free(struct matcher *m)
{
	if (m == NULL)
		return;
	re_free(m->re);
	free(m->blocks);
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
fits_int(const struct matcher *m, struct span value)
{
	int64_t number;

	return read_int(value, &number) && number >= m->least && number <= m->most;
}

static bool
fits_cidr(const struct matcher *m, struct span value)
{
	struct netblock b;

	if (!netblock_read(value, &b))
		return false;
	for (size_t i = 0; i < m->n_blocks; i++)
		if (netblock_holds(&m->blocks[i], &b))
			return true;
	return m->kind == ANY_CIDR;
}

/* arn, partition, service, region, account, and what is left, whichever. */
static bool
is_arn(struct span value)
{
	size_t colons = 0;

	for (size_t i = 0; i < value.len; i++)
		colons += value.p[i] == ':';
	return span_starts(value, "arn:") && colons >= 5;
}

static bool
is_instance(struct span value)
{
	if (!span_starts(value, "i-") || (value.len != 2 + 8 && value.len != 2 + 17))
		return false;
	for (size_t i = 2; i < value.len; i++)
		if (value.p[i] == '\0' ||
		    strchr("0123456789abcdef", value.p[i]) == NULL)
			return false;
	return true;
}

static bool
fits(const struct matcher *m, struct span value)
{
	switch (m->kind) {
	case ANY:
	case WRITTEN:
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
	case ANY_ARN:
		return is_arn(value);
	case INT:
		return fits_int(m, value);
	case CIDR:
	case ANY_CIDR:
		return fits_cidr(m, value);
	case INSTANCE:
		return is_instance(value);
	case RE:
		return re_matches(m->re, value);
	case PATH_IN: /* of words alone */
		return false;
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

/* Its text has a slash: it was written for paths. */
static bool
about_paths(const struct matcher *m)
{
	const struct yaml_node *n = m->node;

	if (m->kind != GLOB && m->kind != RE)
		return false;
	if (yaml_kind(n) == YAML_TEXT)
		return strchr(yaml_cstr(n), '/') != NULL;
	for (n = yaml_first(n); n != NULL; n = yaml_next(n))
		if (strchr(yaml_cstr(n), '/') != NULL)
			return true;
	return false;
}

/* A part of the word is "..". */
static bool
climbs(const struct shell_word *w)
{
	const char *p = w->text;

	while ((p = strstr(p, "..")) != NULL) {
		if ((p == w->text || p[-1] == '/') && (p[2] == '\0' || p[2] == '/'))
			return true;
		p++;
	}
	return false;
}

unsigned
matcher_fit_word(const struct matcher *m, const struct shell_word *w)
{
	if (m->kind == PATH_IN)
		return pathset_fit(m->node, w);
	if (m->kind == ANY)
		return FIT_BOTH;
	if (shell_word_glob(w))
		return FIT_MAYBE;
	if (!fits(m, span_make(w->text, w->len)))
		return FIT_NO;
	/* Who writes "/srv/" and a star does not mean /srv/../etc. */
	return climbs(w) && about_paths(m) ? FIT_MAYBE : FIT_BOTH;
}
