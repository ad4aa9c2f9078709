/* Recordings by hand, correctly keyed and signed, so that a test can break one rule and
 * nothing else. */
#ifndef TESTS_RECORDER_FORGE_H
#define TESTS_RECORDER_FORGE_H

#include "tests/recorder/support.h"

#include "recorder/chain.h"
#include "recorder/chunk.h"
#include "recorder/header.h"
#include "recorder/ratchet.h"
#include "recorder/seal.h"

struct forge {
	struct buf file;
	struct header header;
	struct chain chain;
	struct ratchet *ratchet;
	struct chunk_work *work;
	struct secret *sk;
	uint8_t spk[32];
	uint64_t chunks, plain_len;
	struct buf index; /* entries, as in the footer */
};

/* Lines 0 to 2, signed by the ring's device key. */
void forge_begin(struct forge *f, const struct ring *r);
void forge_clear(struct forge *f);
/* Any line, with the LF added. */
void forge_line(struct forge *f, struct span line);
void forge_record(struct forge *f, uint64_t time, char code, struct span data);
/* The next chunk, but with these flags, index and time. */
void forge_chunk_as(
    struct forge *f, uint8_t flags, uint64_t index, uint64_t time, const char *plain);
/* As it should be. */
void forge_meta(struct forge *f);
void forge_chunk(struct forge *f, uint64_t time);
void forge_seal(struct forge *f, uint64_t time);
/* A footer that says this; index NULL: the true one. */
void forge_footer_as(
    struct forge *f, struct seal_footer say, uint64_t time, const struct buf *index);
struct seal_footer forge_footer_true(const struct forge *f);
void forge_footer(struct forge *f, uint64_t time);

#endif
