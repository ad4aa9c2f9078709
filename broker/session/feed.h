/* The client's bytes on their way to the command's stdin.
 *
 * What the pipe does not take at once waits here, within a bound: over it the client is
 * not read any more.  Input is not recorded, only counted and hashed as the command was
 * given it.
 */
#ifndef BROKER_SESSION_FEED_H
#define BROKER_SESSION_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* Above this much waiting, feed_full() says so. */
#define FEED_WAITS (256 * 1024)

struct feed;

/* fd: the write end of the command's stdin, taken, also on failure.  RC_FAIL: memory or
 * a bad descriptor. */
enum rc feed_new(int fd, struct feed **ret, struct err *err);
/* NULL is fine. */
void feed_free(struct feed *f);

/* Give bytes on (or keep them until the pipe has room).  After the end, or when the
 * command has closed its stdin, they are dropped.  RC_REFUSE: more than a client that
 * heeds the bound can send.  RC_FAIL: memory. */
enum rc feed_put(struct feed *f, struct span bytes, struct err *err);
/* No more will come: close the pipe once all is written. */
void feed_end(struct feed *f);
/* Close it now, and drop what waits. */
void feed_close(struct feed *f);
/* Write what the pipe takes. */
void feed_step(struct feed *f);

/* The descriptor to watch for room, -1 when nothing waits. */
int feed_poll(const struct feed *f);
/* True when so much waits that the client must not be read. */
bool feed_full(const struct feed *f);
/* True once the pipe is closed, from either side. */
bool feed_over(const struct feed *f);

/* Bytes that the command's stdin took, and their SHA-256 so far. */
uint64_t feed_total(const struct feed *f);
enum rc feed_digest(const struct feed *f, uint8_t sha256[32], struct err *err);

#endif
