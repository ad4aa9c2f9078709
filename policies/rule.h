/* One rule of a policy, and a set of them ready to be asked. */
#ifndef POLICIES_RULE_H
#define POLICIES_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "lib/model/verdict.h"
#include "policies/clause.h"
#include "policies/match.h"
#include "policies/terms.h"
#include "policies/who.h"

#define RULE_OPERATIONS 256 /* patterns in one rule */
#define RULE_RESOURCES 256  /* the same */
#define RULE_REASON 256	    /* bytes of the administrator's sentence */

#define RULE_PATH(p) (1u << (p)) /* of enum path */

struct rule {
	char name[VERDICT_RULE]; /* "POLICY/RULE" */
	enum effect effect;
	unsigned paths;	 /* RULE_PATH bits */
	struct who *who; /* NULL: everybody */
	size_t n_matches;
	struct match *matches;
	size_t n_resources; /* 0: all, also what names none */
	const char **resources;
	struct clause *parameters; /* NULL: not said */
	struct clause *options;	   /* the same */
	struct terms terms;
	const char *reason; /* borrowed from the document; NULL when there is none */
	struct approver_need need;	  /* EFFECT_HOLD */
	const struct yaml_node *examples; /* NULL when there are none */
	const struct yaml_node *place;	  /* of its id, for messages */
};

/* Rules in the order of their names, and the digest of the policies they came from. */
struct ruleset {
	size_t n;
	const struct rule **rules;
	uint8_t digest[32];
};

/* Bring the rules of a set into their order. */
void ruleset_sort(struct ruleset *set);

/* Read the mapping n as a rule of the policy of that name; sets: the file's, checked, or
 * NULL.  Texts stay borrowed from the document.  On RC_OK *ret is to be cleared:
 * rule_clear().  RC_REFUSE with the place and what was expected; RC_FAIL when out of
 * memory. */
enum rc rule_read(const char *policy, const struct yaml_node *n,
    const struct yaml_node *sets, struct rule *ret, struct err *err);
/* Free what it holds; it is empty again. */
void rule_clear(struct rule *r);

#endif
