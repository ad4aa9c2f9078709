/* Rules as streams use them: what the families gave, a trigger over it, and what of the
 * policy matters to a stream.  They do not change. */
#ifndef RECORDER_MASK_RULES_H
#define RECORDER_MASK_RULES_H

#include "recorder/mask/build.h"
#include "recorder/mask/trigger.h"

/* What a stream needs of a policy. */
struct rules_style {
	bool counts_only, same_width;
	unsigned reveal;
	size_t max_hold;
	uint64_t hold_us[MASK_PACES];
	size_t n_allowed;
	struct span allowed[MASK_ALLOWED]; /* borrowed; rules_take() copies */
};

struct mask_rules {
	struct mask_build b;
	struct trigger *trigger;
	struct rules_style style;
	struct buf allowed; /* what style.allowed is of */
	size_t allowed_longest;
	uint16_t all_runs;     /* a bit for each */
	uint16_t classes[256]; /* those whose class has this byte */
};

void rules_style(const struct mask_policy *p, struct rules_style *ret);
/* Of literals and runs that are there.  b is taken, also on failure.  RC_FAIL: memory. */
enum rc rules_take(struct mask_build *b, const struct rules_style *style,
    struct mask_rules **ret, struct err *err);

#endif
