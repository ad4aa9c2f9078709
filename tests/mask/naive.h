/* The slow reference: whole shadow text in, masked text out, by the same families.  It
 * finds literals by comparing at each place; it knows no pieces, no holds, no speed. */
#ifndef TESTS_MASK_NAIVE_H
#define TESTS_MASK_NAIVE_H

#include "tests/support/unit.h"

#include "recorder/mask/build.h"

/* Each range that is masked; at most NAIVE_MOST. */
#define NAIVE_MOST 512
struct naive_hit {
	const char *rule;
	size_t from, to;
	bool quote, id;
};
struct naive {
	struct naive_hit hits[NAIVE_MOST];
	size_t n;
	/* Set: each verifier is asked with every shorter view first, and what it then says
	 * has to be MORE or what it says of the whole. */
	bool steady;
	/* As of the policy: texts that are shown, characters of an identifier. */
	const struct span *allowed;
	size_t n_allowed;
	unsigned reveal;
};

void naive_run(const struct mask_build *b, struct span shadow, struct naive *n);
/* The text with each hit replaced by "[MASKED:rule]"; yours to free(). */
char *naive_text(const struct naive *n, struct span shadow);
/* One family over one text, checked for steadiness: what comes out; yours to free(). */
char *naive_family(
    void (*family)(struct mask_build *b), const char *policy, const char *text);

#endif
