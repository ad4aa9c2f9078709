/* A closed list of names with a condition on the values of each: the `options` and the
 * `parameters` of a rule. */
#ifndef POLICIES_CLAUSE_H
#define POLICIES_CLAUSE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "policies/matcher.h"

#define CLAUSE_NAMES 256

struct clause;

enum clause_kind {
	CLAUSE_OPTIONS,	   /* named as the CLI does, without dashes in front */
	CLAUSE_PARAMETERS, /* as the API or the CLI does: InstanceIds, instance-ids */
};

/* Read the mapping; texts stay borrowed from the document.  On RC_OK *ret is yours:
 * clause_free().  RC_REFUSE with the place, also for a name that stands twice in two
 * spellings; RC_FAIL when out of memory. */
enum rc clause_read(const struct yaml_node *n, const struct yaml_node *sets,
    enum clause_kind kind, struct clause **ret, struct err *err);
/* NULL is fine. */
void clause_free(struct clause *c);

/* The heaviest of its conditions: matcher_weight().  NULL is fine. */
size_t clause_weight(const struct clause *c);

/* Two spellings of one name. */
bool clause_same(const char *a, const char *b);
/* Row i of those that clause_count() counts. */
const char *clause_at(
    const struct clause *c, size_t i, const struct matcher **condition);

size_t clause_count(const struct clause *c);
/* The condition on that name; NULL: it is not in the list.  also: a second spelling
 * that counts as well, or NULL. */
const struct matcher *clause_find(
    const struct clause *c, const char *name, const char *also);

#endif
