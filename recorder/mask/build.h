/* The rules while they are made: what the families add, in the order in which they add it.
 * Of this room alone; see mask_parts.h for the functions. */
#ifndef RECORDER_MASK_BUILD_H
#define RECORDER_MASK_BUILD_H

#include "recorder/mask/mask.h"
#include "recorder/mask/mask_parts.h"

struct build_literal {
	uint8_t text[MASK_LITERAL];
	size_t len;
	unsigned flags; /* enum mask_literal_flags */
	mask_verify_fn *verify;
	const void *arg;
};

struct build_run {
	uint32_t class_[8];
	bool (*armed)(const struct mask_context *c, uint64_t at);
	mask_verify_fn *verify;
	const void *arg;
};

typedef size_t build_tail_fn(const struct mask_view *v, size_t floor);
#define BUILD_TAILS 8
#define BUILD_RUNS 16

struct mask_build {
	const struct mask_policy *policy; /* borrowed */
	const struct mask_more *more;	  /* borrowed; NULL */
	struct build_literal *literals;
	size_t n_literals, room;
	struct build_run runs[BUILD_RUNS];
	size_t n_runs;
	build_tail_fn *tails[BUILD_TAILS];
	size_t n_tails;
	struct build_kept *kept; /* what mask_build_keep() gave */
	enum rc rc;		 /* the first error … */
	struct err err;		 /* … and its text */
};

/* Ask all families.  On RC_OK b has them; in any case build_clear() is due, after the last
 * use of anything they gave.  RC_REFUSE: a name that the policy does not know, a malformed
 * seed; RC_FAIL: memory, or more than fits. */
enum rc build_all(struct mask_build *b, const struct mask_policy *p,
    const struct mask_more *more, struct err *err);
/* The same for one family, for its tests. */
enum rc build_one(struct mask_build *b, const struct mask_policy *p,
    const struct mask_more *more, void (*family)(struct mask_build *b),
    struct err *err);
void build_clear(struct mask_build *b);

/* Does the literal stand at v->p[at], as its flags want it? */
enum mask_says build_stands(
    const struct build_literal *l, const struct mask_view *v, size_t at);
/* Keep the first error. */
void build_fail(struct mask_build *b, enum rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
