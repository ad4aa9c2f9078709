/* Between the files of lint. */
#ifndef POLICIES_LINT_PARTS_H
#define POLICIES_LINT_PARTS_H

#include <stdbool.h>

#include "policies/lint.h"

/* One rule and where it stands. */
struct lint_rule {
	const struct policy *policy;
	const struct rule *rule;
	const struct yaml_node *map; /* the mapping it was read from */
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

/* policies/lint_rule.c: everything about one rule alone. */
void lint_rule(const struct lint *l, const struct lint_rule *r);

/* policies/lint_tool.c: what is known of the programs that an allow names. */
struct shape;
void lint_tool(const struct lint *l, const struct lint_rule *r, const struct shape *s);

/* policies/lint_aws.c: conditions on what may be left out. */
void lint_aws(const struct lint *l, const struct lint_rule *r);

/* True when a matcher by regular expression stands in it, at any depth. */
bool lint_has_re(const struct yaml_node *n);

/* policies/lint_cover.c.  True when all that narrow may match is matched by wide too;
 * false also when that cannot be told. */
bool lint_covers(const struct lint_rule *wide, const struct lint_rule *narrow);
/* True when a rule's own exception takes all of it away. */
bool lint_swallowed(const struct lint_rule *r);

#endif
