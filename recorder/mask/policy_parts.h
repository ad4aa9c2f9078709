/* A policy of masking from within: policy.c has the answers, policy_read.c makes it of a
 * mapping, policy_text.c spells it. */
#ifndef RECORDER_MASK_POLICY_PARTS_H
#define RECORDER_MASK_POLICY_PARTS_H

#include "lib/base/arena.h"
#include "recorder/mask/policy.h"

#define POLICY_LISTS 3 /* enum mask_keys */

struct policy_keys {
	const char *at[MASK_KEYS]; /* sorted */
	size_t n;
};

struct mask_policy {
	struct arena *room; /* all that is pointed to */
	bool counts_only, same_width;
	unsigned on; /* enum mask_policies */
	unsigned reveal;
	uint32_t hold_ms[MASK_PACES], max_hold;
	struct mask_custom *customs[MASK_CUSTOM];
	size_t n_customs;
	struct policy_keys keys[POLICY_LISTS];
	struct span allowed[MASK_ALLOWED];
	size_t n_allowed;
};

/* As by default, with its room.  NULL: out of memory. */
struct mask_policy *policy_new(void);

/* The words of the text, by their bits and numbers. */
extern const char *const policy_names[];   /* bit 1 << i; ends with NULL */
extern const char *const policy_modes[];   /* enforce, count-only; NULL */
extern const char *const policy_styles[];  /* label, same-width; NULL */
extern const char *const policy_paces[];   /* enum mask_pace; NULL */
extern const char *const policy_lists[];   /* enum mask_keys; NULL */
extern const char *const policy_borders[]; /* none, before, after, both; NULL */

/* Is it such an id? */
bool policy_id(struct span s);

#endif
