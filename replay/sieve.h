/* Output in which something is looked for, without what cannot hold it.
 *
 * Of plain lines that scroll over the whole screen the text is known without drawing
 * them: while none of them matches, only the last need be drawn, for the screen to be
 * true when one does.  Before any are left out, a screenful is drawn, so that nothing
 * older stands where they come.
 */
#ifndef REPLAY_SIEVE_H
#define REPLAY_SIEVE_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "replay/needle.h"

struct sieve;

/* pattern is borrowed.  On RC_OK *ret is yours: sieve_free().  RC_FAIL: memory. */
enum rc sieve_new(const struct needle *pattern, struct sieve **ret, struct err *err);
/* NULL is fine. */
void sieve_free(struct sieve *s);

/* Output of the session, all of it from the beginning, one event after the other.
 * Appends to out what has to be drawn now; the rest waits.  rows: of the screen. */
void sieve_put(struct sieve *s, struct span bytes, unsigned rows, struct buf *out);
/* Append what waits: before the screen's size changes. */
void sieve_end(struct sieve *s, unsigned rows, struct buf *out);

#endif
