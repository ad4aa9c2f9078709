/* Input that people have approved: taken whole and compared before anything starts, then
 * given to the command.
 *
 * The front that sends it is not believed: it may send other bytes than those whose
 * digest it told the monitor.
 */
#ifndef BROKER_SESSION_STAGED_H
#define BROKER_SESSION_STAGED_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* The most that can be approved. */
#define STAGED_MAX (16u << 20)

struct staged;

/* What it has to be.  On RC_OK *ret is yours: staged_free().  RC_REFUSE: no digest of 32
 * bytes, or len is over STAGED_MAX; RC_FAIL: memory. */
enum rc staged_new(
    struct span sha256, uint64_t len, struct staged **ret, struct err *err);
/* Wipes it.  NULL is fine. */
void staged_free(struct staged *s);

/* More of it.  RC_REFUSE: more than there should be; RC_FAIL: memory. */
enum rc staged_put(struct staged *s, struct span bytes, struct err *err);
/* No more will come.  RC_REFUSE: it is something else. */
enum rc staged_end(struct staged *s, struct err *err);
/* True once it ended and was what it had to be. */
bool staged_good(const struct staged *s);

/* What was not used yet; nothing unless staged_good().  Borrowed until the next call. */
struct span staged_left(const struct staged *s);
void staged_use(struct staged *s, size_t n);

#endif
