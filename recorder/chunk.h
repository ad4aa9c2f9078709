/* A chunk: one piece of plaintext, encrypted under its own key.  These are the bytes
 * inside the base64 of an E line: a clear head of 16 bytes, then the box. */
#ifndef RECORDER_CHUNK_H
#define RECORDER_CHUNK_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/ratchet.h"

#define CHUNK_HEAD 16
#define CHUNK_TAG 16
#define CHUNK_STEP 256	       /* boxes are padded to a multiple of this */
#define CHUNK_PLAIN 65536      /* a writer closes a chunk at this size */
#define CHUNK_PLAIN_MAX 262144 /* a reader refuses more */

enum chunk_flag {
	CHUNK_META = 1,
	CHUNK_ZSTD = 2,
	CHUNK_SYNC = 4,
};

struct chunk {
	uint8_t flags;
	uint16_t pad;
	uint32_t plen;
	uint64_t index;
	struct span head; /* the 16 bytes, borrowed */
	struct span box;  /* ciphertext || tag, borrowed */
};

/* Encrypt plain (1 .. CHUNK_PLAIN_MAX bytes) and append head and box to out. */
enum rc chunk_seal(const uint8_t key[RATCHET_KEY], const uint8_t h0[32], uint8_t flags,
    uint64_t index, struct span plain, struct buf *out, struct err *err);

/* Read what can be read without the key.  RC_REFUSE: version, unknown flag, lengths
 * that do not fit together. */
enum rc chunk_parse(struct span data, struct chunk *ret, struct err *err);

/* Decrypt and append the plaintext to out.  RC_REFUSE: not authentic, padding that is
 * not zero, or compressed (not in this build). */
enum rc chunk_open(const uint8_t key[RATCHET_KEY], const uint8_t h0[32],
    const struct chunk *c, struct buf *out, struct err *err);

#endif
