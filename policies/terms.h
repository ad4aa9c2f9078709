/* What a rule says beside yes or no: credential, files, record, rate, ttl, limits, mask,
 * interactive, stdin, on_disconnect. */
#ifndef POLICIES_TERMS_H
#define POLICIES_TERMS_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "lib/model/verdict.h"

struct terms {
	bool scope;	  /* credential.session_policy: scope */
	unsigned seconds; /* credential.duration; 0: not said */
	const char *role; /* credential.role, borrowed; NULL: not said */
	bool in, out;	  /* files.in: stdin, files.out: stdout */
	enum verdict_bodies bodies;
	struct verdict_rate rate;   /* its n is 0: not said; its rule is the caller's */
	uint64_t decide_ms, use_ms; /* ttl; 0: not said */
	uint64_t run_ms, output_bytes; /* limits, and interactive.max; 0: not said */
	uint64_t idle_ms;	       /* interactive.idle; 0: not said */
	unsigned asks;		       /* bits of enum verdict_ask */
	const char *interactive; /* interactive.reason, borrowed; NULL: not said */
	/* mask, or mask.add: a list of names; mask.reveal: a list of operations. */
	const struct yaml_node *masks, *reveals;
};

/* Read those of the keys that the rule n has.  *ret is zeroes without them.  Which rules
 * may have which is not looked at here.  RC_REFUSE with the place. */
enum rc terms_read(const struct yaml_node *n, struct terms *ret, struct err *err);

/* Add a rule's terms to a verdict: the least of bodies and times counts; asks, rates and
 * masks add up (a rule's rate once).  In any order it comes to the same.  False when there
 * is no room for its rate or its masks: then nothing may be let through. */
bool terms_add(const struct terms *t, struct verdict *v);

/* A call that the rule acts on, in both spellings. */
struct terms_call {
	const char *service, *cli, *operation;
};
/* Does the rule let its answer go unmasked? */
bool terms_reveal(const struct terms *t, const struct terms_call *c);

#endif
