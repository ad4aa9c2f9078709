/* Named lists; see sets.h. */
#include "policies/sets.h"

#include <stddef.h>

#include "lib/model/name.h"
#include "lib/model/profile.h"
#include "policies/vocab.h"

#define SETS 256
#define VALUE 2048

enum rc
sets_check_list(const struct yaml_node *n, struct err *err)
{
	const char *text;
	enum rc rc;

	if ((rc = vocab_count(n, YAML_LIST, 1, SETS_VALUES, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v))
		if ((rc = yaml_line_text(v, 0, VALUE, &text, err)) != RC_OK)
			return rc;
	return RC_OK;
}

static enum rc
check_regions(const struct yaml_node *n, struct err *err)
{
	enum rc rc;

	if ((rc = sets_check_list(n, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v))
		if (!profile_region(yaml_span(v)))
			return yaml_expected(v, err, "the name of a region");
	return RC_OK;
}

static enum rc
check_set(const struct yaml_node *n, struct err *err)
{
	static const struct vocab keys[] = {
		{ "regions", VOCAB_MAY },
		{ "values", VOCAB_MAY },
		{ "paths", VOCAB_LATER },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *regions;
	enum rc rc;

	if (!name_plain(yaml_span(yaml_key(n))))
		return yaml_expected(yaml_key(n), err,
		    "a name of 1 to %d of A-Z a-z 0-9 . _ -", NAME_MOST);
	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 1, err)) != RC_OK)
		return rc;
	regions = yaml_find(n, "regions");
	return regions != NULL ? check_regions(regions, err)
			       : sets_check_list(yaml_find(n, "values"), err);
}

enum rc
sets_check(const struct yaml_node *n, struct err *err)
{
	enum rc rc;

	if ((rc = vocab_count(n, YAML_MAP, 0, SETS, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v))
		if ((rc = check_set(v, err)) != RC_OK)
			return rc;
	return RC_OK;
}

const struct yaml_node *
sets_list(const struct yaml_node *sets, const char *name)
{
	const struct yaml_node *set = sets == NULL ? NULL : yaml_find(sets, name);

	return set == NULL ? NULL : yaml_first(set);
}

bool
sets_has(const struct yaml_node *list, struct span value)
{
	for (const struct yaml_node *v = yaml_first(list); v != NULL; v = yaml_next(v))
		if (span_eq(yaml_span(v), value))
			return true;
	return false;
}
