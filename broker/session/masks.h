/* How often each rule masked something in a session: numbers, never content. */
#ifndef BROKER_SESSION_MASKS_H
#define BROKER_SESSION_MASKS_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "recorder/mask/mask.h"

#define MASKS_RULES 128 /* that are counted apart; what comes after them is "other" */

struct masks {
	unsigned n;
	struct {
		char rule[MASK_RULE_ID];
		uint64_t n;
	} v[MASKS_RULES + 1];
};

/* Add what this stream counted; NULL: nothing. */
void masks_add(struct masks *counts, const struct mask_stream *s);
/* Append them as ENDED says them, as far as they fit. */
void masks_say(const struct masks *counts, struct buf *out);

#endif
