/* Conditions on facts; see oneof.h. */
#include "policies/oneof.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "policies/glob.h"
#include "policies/sets.h"
#include "policies/vocab.h"

static enum rc
check_text(const struct yaml_node *n, const struct yaml_node *sets,
    const struct oneof_kind *kind, struct err *err)
{
	const char *text;
	enum rc rc;

	if ((rc = yaml_line_text(n, 1, ONEOF_BYTES, &text, err)) != RC_OK)
		return rc;
	if (kind == NULL || kind->valid(yaml_span(n)))
		return RC_OK;
	if (sets_list(sets, text) != NULL)
		return yaml_expected(
		    n, err, "%s; a set is written {in: %s}", kind->what, text);
	return yaml_expected(n, err, "%s", kind->what);
}

/* A text alone is no set, though the options of `aws` name theirs so: whoever means the
 * set would get a condition that nothing fits. */
static enum rc
check_alone(const struct yaml_node *n, const struct yaml_node *sets,
    const struct oneof_kind *kind, struct err *err)
{
	const char *text;
	enum rc rc;

	if ((rc = check_text(n, sets, kind, err)) != RC_OK)
		return rc;
	text = yaml_cstr(n);
	if (sets_list(sets, text) != NULL)
		return yaml_expected(n, err,
		    "[%s] for the text, since there is such a set; "
		    "a set is written {in: %s}",
		    text, text);
	return RC_OK;
}

/* A text or a list of texts. */
static enum rc
read_texts(const struct yaml_node *n, const struct yaml_node *sets,
    const struct oneof_kind *kind, struct oneof *o, struct err *err)
{
	enum rc rc;

	o->n = n;
	if (yaml_kind(n) == YAML_TEXT)
		return check_alone(n, sets, kind, err);
	if ((rc = vocab_count(n, YAML_LIST, 1, ONEOF_VALUES, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v))
		if ((rc = check_text(v, sets, kind, err)) != RC_OK)
			return rc;
	return RC_OK;
}

static enum rc
read_in(const struct yaml_node *n, const struct yaml_node *sets,
    const struct oneof_kind *kind, struct oneof *o, struct err *err)
{
	const struct yaml_node *list;

	if (yaml_kind(n) != YAML_TEXT)
		return read_texts(n, sets, kind, o, err);
	if ((list = sets_list(sets, yaml_cstr(n))) == NULL)
		return yaml_expected(n, err, "the name of a set, or a list");
	o->n = list;
	return RC_OK;
}

enum rc
oneof_read(const struct yaml_node *n, const struct yaml_node *sets,
    const struct oneof_kind *kind, struct oneof *ret, struct err *err)
{
	static const struct vocab keys[] = {
		{ "glob", VOCAB_MAY },
		{ "in", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	struct oneof o = { .fold = ret->fold };
	const struct yaml_node *glob;
	enum rc rc;

	if (yaml_kind(n) != YAML_MAP) {
		rc = read_texts(n, sets, kind, &o, err);
	} else if ((rc = vocab_check(n, keys, err)) == RC_OK &&
		   (rc = vocab_count(n, YAML_MAP, 1, 1, err)) == RC_OK) {
		glob = yaml_find(n, "glob");
		o.glob = glob != NULL;
		rc = glob != NULL ? read_texts(glob, NULL, NULL, &o, err)
				  : read_in(yaml_first(n), sets, kind, &o, err);
	}
	if (rc == RC_OK)
		*ret = o;
	return rc;
}

static bool
matches(const struct oneof *o, const struct yaml_node *v, const char *value)
{
	const char *text = yaml_cstr(v);
	char lower[ONEOF_BYTES + 1];
	size_t n = strlen(value);

	if (!o->glob)
		return (o->fold ? strcasecmp(text, value) : strcmp(text, value)) == 0;
	if (!o->fold)
		return glob_matches(text, span_of(value));
	if (n >= sizeof lower)
		return false;
	for (size_t i = 0; i <= n; i++)
		lower[i] = (char)(value[i] >= 'A' && value[i] <= 'Z' ? value[i] + 32
								     : value[i]);
	return glob_matches_lower(text, lower);
}

/* Walk its texts: with v NULL the first, else the one behind. */
static const struct yaml_node *
next(const struct oneof *o, const struct yaml_node *v)
{
	if (v == NULL)
		return yaml_kind(o->n) == YAML_TEXT ? o->n : yaml_first(o->n);
	return v == o->n ? NULL : yaml_next(v);
}

unsigned
oneof_fit(const struct oneof *o, const char *value)
{
	if (o->n == NULL)
		return FIT_BOTH;
	if (value == NULL)
		return FIT_MAYBE;
	for (const struct yaml_node *v = next(o, NULL); v != NULL; v = next(o, v))
		if (matches(o, v, value))
			return FIT_BOTH;
	return FIT_NO;
}

/* True when the text may stand for the id of an instance. */
static bool
may_be_id(const struct oneof *o, const char *text)
{
	if (o->glob)
		return glob_holds_some(text, span_of("i-")) ||
		       glob_holds_some(text, span_of("mi-"));
	return strncmp(text, "i-", 2) == 0 || strncmp(text, "mi-", 3) == 0;
}

unsigned
oneof_fit_target(const struct oneof *o, const char *name, const char *id)
{
	unsigned fit;

	if (name == NULL || id == NULL) {
		fit = oneof_fit(o, name != NULL ? name : id);
		if (fit != FIT_NO || id != NULL)
			return name == NULL && fit == FIT_NO ? FIT_MAYBE : fit;
		for (const struct yaml_node *v = next(o, NULL); v != NULL;
		     v = next(o, v))
			if (may_be_id(o, yaml_cstr(v)))
				return FIT_MAYBE;
		return FIT_NO;
	}
	return oneof_fit(o, name) | oneof_fit(o, id);
}
