/* SHA-256 of a piece of a recording, in a thread of its own: what is read may have to
 * come from a cold disk, and nobody else waits for that. */
#ifndef BROKER_KEEPER_HASHER_H
#define BROKER_KEEPER_HASHER_H

#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/loop.h"

struct hasher;

struct hashed {
	uint8_t sid[16];
	uint32_t id; /* as given */
	int fd;	     /* good until the callback returns */
	uint64_t at, len;
	enum rc rc; /* RC_OK, or RC_FAIL with err */
	struct err err;
	uint8_t sha256[32];
};

/* Called from the loop, once for each that was added. */
typedef void hasher_fn(void *arg, const struct hashed *h);

/* Start the thread.  RC_FAIL: memory, descriptors, threads. */
enum rc hasher_new(
    struct loop *l, hasher_fn *fn, void *arg, struct hasher **ret, struct err *err);
/* Wait for the thread; what it has not told is dropped.  NULL is fine. */
void hasher_free(struct hasher *h);

/* Bytes [at, at + len) of fd, which is taken, also on failure.  RC_FAIL: memory. */
enum rc hasher_add_take(struct hasher *h, const uint8_t sid[16], uint32_t id, int fd,
    uint64_t at, uint64_t len, struct err *err);
/* The same, at once and here.  RC_FAIL: it cannot be read, or is not so long. */
enum rc hasher_look(
    int fd, uint64_t at, uint64_t len, uint8_t ret[32], struct err *err);

#endif
