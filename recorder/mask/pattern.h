/* A regular expression of the configuration, bounded in steps and memory: PCRE2 without its
 * compiler to machine code, since sessions may not make memory executable.  Bytes, not
 * characters; a dot does not match a line's end. */
#ifndef RECORDER_MASK_PATTERN_H
#define RECORDER_MASK_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define PATTERN_LONGEST 512 /* bytes of the expression */
#define PATTERN_STEPS 10000 /* of one match: PCRE2's match limit */
#define PATTERN_HEAP 1024   /* KiB */

struct pattern;

/* RC_REFUSE: what is wrong with it and where (a byte's number from 1), or that this build
 * has none; RC_FAIL: memory.  On RC_OK *ret is yours. */
enum rc pattern_new(const char *text, struct pattern **ret, struct err *err);
/* NULL is fine. */
void pattern_free(struct pattern *p);

enum pattern_says {
	PATTERN_NO,
	PATTERN_YES,
	PATTERN_MORE,  /* more text could change it */
	PATTERN_LIMIT, /* it took too long, too much memory, or PCRE2 failed */
};

/* Does it match text from at on, no earlier and no later?  What stands before is seen by
 * what looks behind.  whole: the text ends there, MORE is no answer; else what depends on
 * the text's end is MORE.  line_goes_on: "$" does not match at the text's end.  YES: the
 * match is [*from, *to), within the text, at or behind at, and not empty. */
enum pattern_says pattern_at(const struct pattern *p, struct span text, size_t at,
    bool whole, bool line_goes_on, size_t *from, size_t *to);

#endif
