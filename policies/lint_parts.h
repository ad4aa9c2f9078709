/* Between the files of lint. */
#ifndef POLICIES_LINT_PARTS_H
#define POLICIES_LINT_PARTS_H

#include <stdbool.h>

#include "policies/lint.h"

/* What a rule can be about. */
enum lint_subject {
	LINT_COMMAND,
	LINT_AWS,
	LINT_FORWARD,
	LINT_SSM,
	LINT_SCRIPT,
};

#define LINT_SUBJECTS (LINT_SCRIPT + 1)

/* Keys of a rule, or of an exception, that are looked at again and again; NULL where they
 * are not there. */
struct lint_keys {
	const struct yaml_node *who, *where, *when;
	const struct yaml_node *subjects[LINT_SUBJECTS];
};

/* One rule and where it stands. */
struct lint_rule {
	const struct policy *policy;
	const struct rule *rule;
	const struct yaml_node *map; /* the mapping it was read from */
	struct lint_keys keys;	     /* of it */
};

struct lint {
	const struct lint_facts *facts; /* NULL: none */
	bool warnings;			/* they are wanted */
	void (*found)(const struct lint_finding *f, void *arg);
	void *arg;
};

/* Hand over a finding about a rule; its place is that of the key, or of the rule's id
 * where key is NULL or not there. */
void lint_tell(const struct lint *l, enum lint_level level, const char *code,
    const struct lint_rule *r, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

/* All rules of the policies; yours to free().  NULL: out of memory. */
struct lint_rule *lint_gather(
    const struct policy *const *policies, size_t n, size_t *count);

/* policies/lint_pairs.c.  Call each for pairs of the n rules, among them all of which one
 * could cover the other (lint_covers) and that is to be told: in the order of the wide
 * ones, and of the narrow ones for each.  Narrow ones are no denies; without warnings
 * wide ones are.  RC_FAIL when out of memory. */
enum rc lint_pairs(const struct lint *l, const struct lint_rule *all, size_t n,
    void (*each)(const struct lint *l, const struct lint_rule *wide,
	const struct lint_rule *narrow),
    struct err *err);

/* policies/lint_rule.c: everything about one rule alone. */
void lint_rule(const struct lint *l, const struct lint_rule *r);

/* policies/lint_tool.c: what is known of the programs that an allow names. */
struct shape;
void lint_tool(const struct lint *l, const struct lint_rule *r, const struct shape *s);

/* policies/lint_aws.c: names that are none, conditions on what may be left out. */
void lint_aws(const struct lint *l, const struct lint_rule *r);

/* True when a matcher by regular expression stands in it, at any depth. */
bool lint_has_re(const struct yaml_node *n);

/* policies/lint_cover.c. */
void lint_read_keys(const struct yaml_node *map, struct lint_keys *ret);
/* True when all that narrow may match is matched by wide too;
 * false also when that cannot be told. */
bool lint_covers(const struct lint_rule *wide, const struct lint_rule *narrow);
/* True when a rule's own exception takes all of it away. */
bool lint_swallowed(const struct lint_rule *r);

#endif
