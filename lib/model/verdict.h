/* What was decided, and by which rule: a plain value without pointers, so that it
 * outlives the policies it came from.
 *
 * A verdict of zeroes is a deny.
 */
#ifndef LIB_MODEL_VERDICT_H
#define LIB_MODEL_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/model/facts.h"
#include "lib/model/name.h"

/* From the most severe to the least. */
enum effect {
	EFFECT_DENY = 0,
	EFFECT_HOLD,
	EFFECT_ALLOW,
};

#define VERDICT_RULE (2 * NAME_MOST + 2) /* "POLICY/RULE" and the NUL */
#define VERDICT_CALL 256		 /* "service:operation" and the NUL */
#define VERDICT_REASON 385
#define VERDICT_NEEDS 8 /* hold rules that may meet in one command */
#define VERDICT_FROM 16 /* names in one rule's approvers.from */

/* An identity, or all of a group. */
struct approver {
	bool group;
	char name[NAME_MOST + 1];
};

/* One hold rule's condition: need distinct people out of from, each by one of the
 * proofs (PROOF_BIT). */
struct approver_need {
	char rule[VERDICT_RULE];
	unsigned need;
	unsigned proofs;
	size_t n_from;
	struct approver from[VERDICT_FROM];
};

struct verdict {
	enum effect effect;
	/* The rule that decided; "" when none matched. */
	char rule[VERDICT_RULE];
	/* The API call that it was about: the one denied or held; else the first. */
	char call[VERDICT_CALL];
	/* For the caller: the administrator's sentence, or why nothing matched. */
	char reason[VERDICT_REASON];
	/* EFFECT_HOLD: every one of them must be met. */
	size_t n_needs;
	struct approver_need needs[VERDICT_NEEDS];
	/* What the rules that allow or hold it say beside: an answer that carries
	 * credentials may pass (an allow names exactly that operation); how much of
	 * bodies is kept (the least of all rules); files that the command may read from
	 * its caller's stdin or print on stdout; the lease cut to the request's own
	 * actions and resources, and its longest life in seconds (0: the profile's). */
	bool reveal;
	enum verdict_bodies {
		VERDICT_BODIES_USUAL = 0,
		VERDICT_BODIES_MASKED,
		VERDICT_BODIES_DIGEST,
		VERDICT_BODIES_NONE,
	} bodies;
	bool file_in, file_out;
	bool scope;
	unsigned lease_seconds;
	/* SHA-256 of the policies that were asked. */
	uint8_t policy[32];
};

/* "deny", "hold" or "allow", as policies spell them. */
const char *effect_name(enum effect e);
/* The same, in order, and NULL at the end. */
extern const char *const effect_names[];

/* True when this person's approval, by this proof, counts towards the need.  Who may
 * never approve (the asker and whoever is tied to the asker) is not judged here. */
bool approver_need_counts(
    const struct approver_need *n, const struct identity *who, enum proof proof);

#endif
