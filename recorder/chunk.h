/* A chunk: one piece of plaintext, encrypted under its own key.  These are the bytes
 * inside the base64 of an E line: a clear head of 16 bytes, then the box. */
#ifndef RECORDER_CHUNK_H
#define RECORDER_CHUNK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/aead.h"
#include "recorder/ratchet.h"

#define CHUNK_HEAD 16
#define CHUNK_TAG 16
#define CHUNK_STEP 256	       /* boxes are padded to a multiple of this */
#define CHUNK_PLAIN 65536      /* a writer closes a chunk at this size */
#define CHUNK_PLAIN_MAX 262144 /* a reader refuses more */
/* Bytes of the longest box without its tag. */
#define CHUNK_OPEN_ROOM (CHUNK_PLAIN_MAX + 2 * CHUNK_STEP)

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

/* What sealing and opening work with, made once for all chunks of a recording. */
struct chunk_work;

/* h0: SHA-256 of line 0.  pack: compress what gets shorter by it.  On RC_OK *ret is
 * yours: chunk_work_free().  RC_FAIL: memory. */
enum rc chunk_work_new(
    const uint8_t h0[32], bool pack, struct chunk_work **ret, struct err *err);
/* NULL is fine. */
void chunk_work_free(struct chunk_work *w);
/* The cipher in it, for what else is encrypted in a recording; borrowed. */
struct aead *chunk_work_aead(struct chunk_work *w);

/* Encrypt plain (1 .. CHUNK_PLAIN_MAX bytes) and append head and box to out, which has
 * CHUNK_ZSTD set among its flags if that made it shorter. */
enum rc chunk_seal(struct chunk_work *w, const uint8_t key[RATCHET_KEY], uint8_t flags,
    uint64_t index, struct span plain, struct buf *out, struct err *err);

/* Read what can be read without the key.  RC_REFUSE: version, unknown flag, lengths
 * that do not fit together. */
enum rc chunk_parse(struct span data, struct chunk *ret, struct err *err);

/* Decrypt and append the plaintext to out, which needs room for CHUNK_OPEN_ROOM bytes.
 * RC_REFUSE: not authentic, padding that is not zero, or compressed data that is not
 * one zstd frame of plen bytes (comp.h); all compressed data in a build without zstd. */
enum rc chunk_open(struct chunk_work *w, const uint8_t key[RATCHET_KEY],
    const struct chunk *c, struct buf *out, struct err *err);

#endif
