/* Where the literals of all rules stand in shadow text: a map over three folded bytes (the
 * rarest ones of each literal) says where to compare. */
#ifndef RECORDER_MASK_TRIGGER_H
#define RECORDER_MASK_TRIGGER_H

#include "lib/base/err.h"
#include "recorder/mask/build.h"

struct trigger;

/* l: n literals, borrowed as long as the trigger lives.  RC_FAIL: memory. */
enum rc trigger_new(
    const struct build_literal *l, size_t n, struct trigger **ret, struct err *err);
/* NULL is fine. */
void trigger_free(struct trigger *t);

/* Literals that stand in the text, in the order in which their verifiers are asked: by
 * place (of the whole shadow text), then by index. */
struct stand {
	uint64_t place;
	uint32_t literal;
};
struct stands {
	struct stand *p;
	size_t head, n, room; /* those from head on are to be asked */
};
void stands_clear(struct stands *s);
void stands_reset(struct stands *s);

/* Add all that stand at floor or behind it, looking from v->p[from] on; where to look from
 * next.  SIZE_MAX: no memory. */
size_t trigger_find(const struct trigger *t, const struct mask_view *v, size_t from,
    size_t floor, struct stands *ret);

/* The first place from `from` on where the text's end may be the beginning of a literal
 * (v->len: nowhere); *shown: the same, but of literals without MASK_SHOWN. */
size_t trigger_partial(
    const struct trigger *t, const struct mask_view *v, size_t from, size_t *shown);

#endif
