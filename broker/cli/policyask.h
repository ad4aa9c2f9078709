/* One question to the policies, as tools put it: a line or a list of words on a path,
 * and the answer as the broker would give it. */
#ifndef BROKER_CLI_POLICYASK_H
#define BROKER_CLI_POLICYASK_H

#include <jansson.h>

#include "broker/cli/policyfacts.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/model/verdict.h"
#include "policies/explain.h"
#include "policies/rule.h"

#define POLICYASK_WORDS 4096 /* more than any reader takes */

/* Texts are borrowed.  Bytes may be any: what is wrong with them is a verdict. */
struct policyask {
	enum path path;	  /* PATH_EXEC or PATH_SHELL */
	struct span line; /* if words is NULL */
	const struct span *words;
	size_t n_words;
};

struct policyanswer {
	struct verdict verdict; /* code is set for every deny */
	bool canonical;		/* canon holds the canonical text */
	struct buf canon;
};

void policyanswer_init(struct policyanswer *a);
void policyanswer_clear(struct policyanswer *a);

/* Put it.  a was initialised, and may hold an earlier answer.  Never fails: trouble is a
 * deny of code "internal". */
void policyask_put(const struct ruleset *set, const struct policyask *q,
    const struct policyfacts *f, struct policyanswer *a);

/* The same, and e hears of each part, where there are any. */
void policyask_watch(const struct ruleset *set, const struct policyask *q,
    const struct policyfacts *f, struct explain *e, struct policyanswer *a);

/* A question as an object of JSON has it: line or argv, path, facts.  spans has room for
 * POLICYASK_WORDS; path: what it is unless the object says it, or -1.  base: facts
 * unless the object has some; own: room for those.  *f is base or own.  RC_REFUSE: it is
 * no question. */
enum rc policyask_read(const json_t *o, int path, const struct policyfacts *base,
    struct policyfacts *own, struct span *spans, struct policyask *ret,
    const struct policyfacts **f, struct err *err);

#endif
