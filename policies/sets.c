/* Named lists; see sets.h. */
#include "policies/sets.h"

#include <stddef.h>

#include "lib/model/name.h"
#include "lib/model/profile.h"
#include "policies/pathset.h"
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

static const struct {
	const char *key;
	enum sets_kind kind;
	enum rc (*check)(const struct yaml_node *list, struct err *err);
} kinds[] = {
	{ "regions", SETS_REGIONS, check_regions },
	{ "values", SETS_TEXTS, sets_check_list },
	{ "paths", SETS_PATHS, pathset_check },
};

static enum rc
check_set(const struct yaml_node *n, struct err *err)
{
	static const struct vocab keys[] = {
		{ "regions", VOCAB_MAY },
		{ "values", VOCAB_MAY },
		{ "paths", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	enum rc rc;

	if (!name_plain(yaml_span(yaml_key(n))))
		return yaml_expected(yaml_key(n), err,
		    "a name of 1 to %d of A-Z a-z 0-9 . _ -", NAME_MOST);
	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 1, err)) != RC_OK)
		return rc;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (yaml_find(n, kinds[i].key) != NULL)
			return kinds[i].check(yaml_first(n), err);
	return err_set(err, RC_FAIL, "no reader for a set");
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

enum sets_kind
sets_kind(const struct yaml_node *sets, const char *name)
{
	const struct yaml_node *set = sets == NULL ? NULL : yaml_find(sets, name);

	for (size_t i = 0; set != NULL && i < sizeof kinds / sizeof kinds[0]; i++)
		if (yaml_find(set, kinds[i].key) != NULL)
			return kinds[i].kind;
	return SETS_NONE;
}

enum rc
sets_paths(const struct yaml_node *n, const struct yaml_node *sets,
    const struct yaml_node **ret, struct err *err)
{
	enum rc rc;

	if (yaml_kind(n) == YAML_TEXT) {
		if (sets_kind(sets, yaml_cstr(n)) != SETS_PATHS)
			return yaml_expected(
			    n, err, "the name of a set of paths, or a list of paths");
		*ret = sets_list(sets, yaml_cstr(n));
		return RC_OK;
	}
	if ((rc = pathset_check(n, err)) == RC_OK)
		*ret = n;
	return rc;
}

bool
sets_has(const struct yaml_node *list, struct span value)
{
	for (const struct yaml_node *v = yaml_first(list); v != NULL; v = yaml_next(v))
		if (span_eq(yaml_span(v), value))
			return true;
	return false;
}
