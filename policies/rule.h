/* One rule of a policy, and a set of them ready to be asked. */
#ifndef POLICIES_RULE_H
#define POLICIES_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "lib/model/verdict.h"
#include "policies/awsrule.h"
#include "policies/terms.h"
#include "policies/when.h"
#include "policies/where.h"
#include "policies/who.h"
#include "policies/zone.h"

struct forwardrule;
struct runbook;
struct scriptrule;
struct shape;
struct ssmrule;

#define RULE_REASON 256 /* bytes of the administrator's sentence */

#define RULE_PATH(p) (1u << (p)) /* of enum path */

/* An exception; NULL where it says nothing. */
struct unless {
	struct who *who;
	struct where *where;
	struct when *when;
	struct awsrule *aws;
	size_t n_shapes;
	struct shape **shapes;
};

struct rule {
	/* What is looked at first comes first: there are many rules. */
	enum effect effect;
	unsigned paths;	     /* RULE_PATH bits */
	struct who *who;     /* NULL: everybody */
	struct where *where; /* NULL: everywhere */
	struct when *when;   /* NULL: always */
	/* What a runbook is compiled to: about the words that come from it, and nothing
	 * else; its aws has the operation alone.  NULL: a rule as it was written. */
	const struct runbook *runbook;
	/* What it is about; at least one of these. */
	struct awsrule *aws; /* NULL: no call of AWS */
	size_t n_shapes;     /* command: one of these, … */
	struct shape **shapes;
	bool undecidable; /* … or lines that cannot be decided; a hold only where the
			   * file's defaults say undecidable: hold */
	struct forwardrule *forward;
	struct ssmrule *ssm;
	struct scriptrule *script;
	/* Not when all of these hold, each as far as it is said. */
	struct unless *unless;
	/* What its commands may redirect. */
	bool redirect_null, redirect_merge;
	/* A list of path patterns (of a set, or the rule's own), or NULL. */
	const struct yaml_node *redirect_from;
	const struct yaml_node *run_as; /* a list of OS users, or NULL */
	const char *reason; /* borrowed from the document; NULL when there is none */
	/* Of EFFECT_HOLD, and of a runbook, whose template they approve; else NULL. */
	struct approver_need *need;
	const struct yaml_node *examples; /* NULL when there are none */
	const struct yaml_node *place;	  /* of its id, for messages */
	char name[VERDICT_RULE];	  /* "POLICY/RULE" */
	struct terms terms;
};

/* Rules in the order of their names, and the digest of the policies they came from. */
struct ruleset {
	size_t n;
	const struct rule **rules;
	uint8_t digest[32];
	size_t n_runbooks;
	const struct runbook *const *runbooks; /* theirs, in no order */
	struct index *index; /* policies/index.h; NULL: every rule is looked at */
	/* Scratch of decisions, one at a time (ruling_arena() bytes); NULL: each takes
	 * its own. */
	struct arena *arena;
};

/* Bring the rules of a set into their order; those of one name stay in that they have.
 * RC_FAIL when out of memory. */
enum rc ruleset_sort(struct ruleset *set, struct err *err);

/* The file that a rule stands in. */
struct rule_file {
	const char *policy;		/* its name */
	const struct yaml_node *sets;	/* checked, or NULL */
	const struct yaml_node *shapes; /* the same */
	bool hold_undecidable;		/* its defaults say so */
	struct zones *zones;		/* which live as long as its rules */
};

/* Read the mapping n as a rule of that file.  Texts stay borrowed from the document.  On
 * RC_OK *ret is to be cleared: rule_clear().  RC_REFUSE with the place and what was
 * expected; RC_FAIL when out of memory. */
enum rc rule_read(const struct rule_file *file, const struct yaml_node *n,
    struct rule *ret, struct err *err);
/* Free what it holds; it is empty again. */
void rule_clear(struct rule *r);

#endif
