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

#include "lib/base/buf.h"
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
#define VERDICT_ALLOWED 512
#define VERDICT_NEEDS 8	   /* hold rules that may meet in one command */
#define VERDICT_FROM 16	   /* names in one rule's approvers.from: bits of an unsigned */
#define VERDICT_NOT 8	   /* names in one rule's approvers.not */
#define VERDICT_CODE 24	   /* "glob-command" and the NUL */
#define VERDICT_RATES 8	   /* rules with a rate that may meet in one command */
#define VERDICT_MASKS 1024 /* bytes of the names of masks, and the NUL */
#define VERDICT_REVEALS 512 /* the same of operations */

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
	size_t n_not; /* who does not count, whatever from says */
	struct approver not_from[VERDICT_NOT];
	bool verified; /* a security key counts only where it asked for a PIN, too */
	bool distinct_groups; /* no two of them by the same name of from */
	bool reason;	      /* the asker has to give one */
};

/* One rule's bound on how often: over it the command is denied. */
struct verdict_rate {
	char rule[VERDICT_RULE];
	unsigned n;	 /* so many … */
	uint64_t per_ms; /* … in so long */
	/* Counted apart for each identity, for each target; always for each rule. */
	bool by_identity, by_target;
};

/* What rules ask for that a part of the broker has to do. */
enum verdict_ask {
	VERDICT_ASK_MASK = 1,	     /* masks beyond the session's own */
	VERDICT_ASK_INTERACTIVE = 2, /* an interactive program alone on its pty */
	VERDICT_ASK_REVEAL = 4,	     /* some rule has mask.reveal */
	VERDICT_ASK_HASHED = 8,	     /* a hold binds the digest of stdin */
	VERDICT_ASK_CANCEL = 16,     /* a hold ends with its caller's connection */
	VERDICT_ASK_UNREVIEWED = 32, /* the rule takes stdin that nobody looked at */
	VERDICT_ASK_NO_STDIN = 64,   /* the rule takes none; stronger than both */
};

struct verdict {
	enum effect effect;
	/* The rule that decided; "" when none matched. */
	char rule[VERDICT_RULE];
	/* The API call that it was about: the one denied or held; else the first. */
	char call[VERDICT_CALL];
	/* Why, for programs: "rule", "unmatched", "rate", "internal", a reason of
	 * shell_reason_name, a code of words.h; "" when it is allowed. */
	char code[VERDICT_CODE];
	/* For the caller: the administrator's sentence, or why nothing matched. */
	char reason[VERDICT_REASON];
	/* What the same asker would be allowed of the kind, for want of a rule: operations
	 * of the service as rules spell them, or programs; with a blank between them, no
	 * more than fit.  Other conditions of those rules may still be in the way. */
	char allowed[VERDICT_ALLOWED];
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
	/* Bounds of all rules with one, which have to be counted before it runs. */
	size_t n_rates;
	struct verdict_rate rates[VERDICT_RATES];
	/* The shortest of all rules; 0: not said.  How long a hold waits, how long its
	 * approval may be used, how long the run may last, how many bytes it may print. */
	uint64_t decide_ms, use_ms, run_ms, output_bytes;
	uint64_t idle_ms; /* how long an interactive program may be without a key */
	unsigned asks;	  /* bits of enum verdict_ask */
	/* Sorted names, each once, with a comma between them: what is masked beside the
	 * session's own; and of a hold, "service:Operation", the calls that are asked for
	 * and whose answers are not masked once its people have said yes, and the first
	 * rule that says so. */
	char masks[VERDICT_MASKS];
	char reveals[VERDICT_REVEALS];
	char reveals_by[VERDICT_RULE];
	/* SHA-256 of the policies that were asked. */
	uint8_t policy[32];
};

/* "deny", "hold" or "allow", as policies spell them. */
const char *effect_name(enum effect e);
/* The same, in order, and NULL at the end. */
extern const char *const effect_names[];
/* The effect of that name; false when there is none. */
bool effect_find(const char *name, enum effect *ret);

/* Put a name without a comma into such a list of size bytes; NULs fill the rest.  False,
 * and nothing is changed, when there is no room. */
bool verdict_name_add(char *list, size_t size, struct span name);
/* Is it there? */
bool verdict_name_in(const char *list, struct span name);
/* The name at *at, which moves on to the next; false when there are no more.  Start with
 * *at as the list. */
bool verdict_name_next(const char **at, struct span *ret);

/* Which names of from this person's approval, by this proof (verified: with a PIN, or the like), is by: bit i for from[i].
 * 0: it does not count.  Nobody counts whom not_from names, nor an agent whose owner it
 * names.  Who may never approve (the asker and whoever is tied to the asker) is not
 * judged here. */
unsigned approver_need_names(const struct approver_need *n, const struct identity *who,
    enum proof proof, bool verified);
/* True when there is any. */
bool approver_need_counts(const struct approver_need *n, const struct identity *who,
    enum proof proof, bool verified);
/* How far approvals come, each given by what approver_need_names() says of it: their
 * number, but with distinct_groups the most of them that can stand for a name each. */
unsigned approver_need_reached(
    const struct approver_need *n, const unsigned *names, size_t count);

#endif
