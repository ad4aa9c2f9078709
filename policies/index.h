/* Which rules may speak about a request, without looking at all of them.
 *
 * A rule is found by the names in it: services and operations, programs, or that it is
 * about redirections, ports, sessions, scripts, lines that nobody understands.  What is
 * found may be too much and is never too little: how a rule fits is for others to say,
 * and with or without an index the verdict is the same.
 */
#ifndef POLICIES_INDEX_H
#define POLICIES_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/model/facts.h"
#include "policies/rule.h"

enum index_kind {
	INDEX_CALL, /* a service and an operation, in the API's or the CLI's spelling */
	INDEX_WILD, /* a service: rules with * or ? in an operation of it */
	INDEX_SERVICE,	/* a service: all its rules, for what is told */
	INDEX_COMMAND,	/* a program, by the last part of its path */
	INDEX_GLOB,	/* programs by patterns */
	INDEX_COMMANDS, /* all rules about commands, for what is told */
	INDEX_ODD,	/* lines that cannot be decided */
	INDEX_REDIRECT, /* allow rules with redirections */
	INDEX_FORWARD,
	INDEX_SESSION,
	INDEX_SCRIPT,
};

struct index;

/* Build it for a set that is in its order and does not change any more.  On RC_OK *ret
 * is yours: index_free().  RC_FAIL when out of memory. */
enum rc index_build(const struct ruleset *set, struct index **ret, struct err *err);
/* NULL is fine. */
void index_free(struct index *ix);

/* True when rule number so many of the set is an allow without terms. */
bool index_plain(const struct ruleset *set, size_t rule);

#define CANDIDATES_LISTS 12

/* Rules of a set, each once, walked in their order.  Those of a few keys are lists that
 * are walked side by side; of more, bits. */
struct candidates {
	const struct ruleset *set;
	enum path path;
	size_t n; /* words of bits; 0: there is no index, and all rules are in */
	struct candidate_lists *lists; /* NULL: bits */
	uint64_t *bits;		       /* a bit for each rule, */
	uint64_t *summary;	       /* and one for each word of those */
};

#define CANDIDATES_END ((size_t)-1)

/* No rule yet; false when the arena has no room. */
bool candidates_begin(
    struct candidates *c, const struct ruleset *set, enum path path, struct arena *a);
/* Add all rules of the path under a key; names are NULL where a kind has none. */
void candidates_add(struct candidates *c, enum index_kind kind, const char *name,
    const char *operation);
/* The first one at or behind rule number from, or CANDIDATES_END.  Made for going on from
 * one to the next. */
size_t candidates_next(const struct candidates *c, size_t from);

#endif
