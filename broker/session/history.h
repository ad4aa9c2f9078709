/* The lines of one session that were let through, to be had again. */
#ifndef BROKER_SESSION_HISTORY_H
#define BROKER_SESSION_HISTORY_H

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define HISTORY_LINES 500
#define HISTORY_BYTES 262144

struct history;

/* On RC_OK *ret is yours: history_free().  RC_FAIL: memory. */
enum rc history_new(struct history **ret, struct err *err);
/* NULL is fine. */
void history_free(struct history *h);

/* The youngest line from now on; the oldest go where there are too many.  The same as the
 * youngest, an empty one, and one for which there is no memory are not taken.  Where one
 * looks is behind it again. */
void history_add(struct history *h, struct span line);
/* One step back (older) or forth, away from draft, which is what stands there now; it is
 * kept and comes back when all steps back are undone.  false: there is none; else *ret is
 * borrowed until the next call. */
bool history_back(struct history *h, struct span draft, struct span *ret);
bool history_forth(struct history *h, struct span *ret);
/* Look from behind the youngest again. */
void history_rest(struct history *h);

size_t history_count(const struct history *h);
/* Line i from the oldest; empty where there is none. */
struct span history_at(const struct history *h, size_t i);

#endif
