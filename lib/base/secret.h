/* Secret bytes: locked in memory, kept out of core dumps, wiped on free.
 * There is no way to print one. */
#ifndef LIB_BASE_SECRET_H
#define LIB_BASE_SECRET_H

#include "lib/base/buf.h"
#include "lib/base/err.h"

struct secret;

/* Room for len bytes (at most 64 KiB), zeroed.  On RC_OK *ret is yours.
 * RC_REFUSE for a length over the bound, RC_FAIL when memory cannot be had. */
enum rc secret_new(size_t len, struct secret **ret, struct err *err);
/* The same, with a copy of the bytes. */
enum rc secret_copy(struct span from, struct secret **ret, struct err *err);
/* Wipe and free; NULL is fine. */
void secret_free(struct secret *s);
/* The bytes, borrowed until secret_free.  A NUL always stands behind them. */
uint8_t *secret_bytes(struct secret *s);
/* How many bytes, without the NUL. */
size_t secret_len(const struct secret *s);
/* All of them, borrowed until secret_free. */
struct span secret_span(const struct secret *s);

#endif
