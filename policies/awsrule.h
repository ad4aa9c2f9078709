/* The `aws` of a rule, and of an exception in it: which calls, on what, said how. */
#ifndef POLICIES_AWSRULE_H
#define POLICIES_AWSRULE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "policies/clause.h"
#include "policies/match.h"

#define AWSRULE_OPERATIONS 256 /* patterns in one rule */
#define AWSRULE_RESOURCES 256  /* the same */
#define AWSRULE_REQUIRED 64

struct awsrule {
	size_t n_matches;
	struct match *matches;
	size_t n_resources; /* 0: all, also what names none */
	const char **resources;
	struct clause *parameters; /* NULL: not said */
	struct clause *options;	   /* the same */
	/* Of these two lists, what has to be there for a sure answer. */
	size_t n_required;
	const char **required;
	size_t weight;	      /* of its heaviest condition: matcher_weight() */
	size_t resource_cost; /* of all resources, in looks at a pattern */
};

/* Read the mapping; sets: the file's, checked, or NULL.  options: the rule is on exec,
 * so that the key options is taken.  listed: a deny is about what is listed, so an empty
 * list would be about nothing and is refused.  Texts stay borrowed.  On RC_OK *ret is
 * yours: awsrule_free().  RC_REFUSE with the place; RC_FAIL when out of memory. */
enum rc awsrule_read(const struct yaml_node *n, const struct yaml_node *sets,
    bool options, bool listed, struct awsrule **ret, struct err *err);
/* One that names this operation, in the CLI's spelling, and nothing else; the texts, and
 * text, which is both of them for people, stay borrowed.  RC_REFUSE: there are no rules about that service; RC_FAIL: memory. */
enum rc awsrule_exact(const char *service, const char *operation, const char *text,
    struct awsrule **ret, struct err *err);
/* NULL is fine. */
void awsrule_free(struct awsrule *a);

#endif
