/* Many TCP connections in one stream of bytes: smux, version 1, the side that opens.
 *
 * Frames are version (1), command, u16 length, u32 stream, all little endian, then data.
 * Streams have numbers 3, 5, 7 and so on.  There is no half-close: a FIN ends both
 * directions.  The version has no windows either, so each stream's queues are bounded
 * here, and the caller stops feeding when one is full.
 */
#ifndef BROKER_TARGET_SMUX_H
#define BROKER_TARGET_SMUX_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define SMUX_HEAD 8u
#define SMUX_DATA 8192u /* of data in a frame of ours */
#define SMUX_STREAMS 1024u
#define SMUX_CROWD 16u /* all streams together hold so many times what one may */

struct smux;

struct smux_init {
	/* The agent is an old one: a sign of life every 10 s, and 30 s without a byte of
	 * it are its end. */
	bool keepalive;
	/* Bytes; 0: 256 KiB.  What one stream holds for the agent, and what it holds of
	 * the agent before smux_full(). */
	size_t max_out, max_in;
	uint32_t first; /* number of the first stream; 0: 3.  For tests */
};

struct smux_owner {
	void *arg;
	/* Bytes of a stream, borrowed; how many were taken.  With fewer than all, the
	 * rest comes after smux_more(), and nothing of this stream before.  It may open,
	 * write and close, but not free. */
	size_t (*output)(void *arg, uint32_t id, struct span bytes);
	/* The agent ended the stream, and all of it was taken: the number is gone. */
	void (*closed)(void *arg, uint32_t id);
};

/* init and owner are copied.  On RC_OK *ret is yours: smux_free().  RC_FAIL: memory. */
enum rc smux_new(const struct smux_init *init, const struct smux_owner *owner,
    uint64_t now_ms, struct smux **ret, struct err *err);
/* Without a word to anyone.  NULL is fine. */
void smux_free(struct smux *s);

/* Open a stream; data may follow at once.  RC_WAIT: SMUX_STREAMS are open; RC_END:
 * numbers are used up: another session is needed; RC_FAIL: memory. */
enum rc smux_open(struct smux *s, uint32_t *id, struct err *err);
/* Bytes for a stream: how many its queue took; 0 for one that is gone. */
size_t smux_write(struct smux *s, uint32_t id, struct span bytes);
/* How many it would take. */
size_t smux_room(const struct smux *s, uint32_t id);
/* End a stream, both ways: what is queued is still sent, then FIN; what comes is
 * dropped, and owner hears no more of it. */
void smux_close(struct smux *s, uint32_t id);

/* The agent's bytes, cut anywhere; all of them are taken.  Not to be called while
 * smux_full(): one call of more than that is what a stream may hold over its bound.
 * RC_REFUSE: it is not smux: end the session.  RC_FAIL: memory; also final. */
enum rc smux_in(struct smux *s, struct span bytes, uint64_t now_ms, struct err *err);
/* A stream holds more than its bound of what was not taken, or all of them more than
 * theirs: stop reading. */
bool smux_full(const struct smux *s);
/* output() takes bytes of this stream again. */
void smux_more(struct smux *s, uint32_t id);

/* The next bytes for the agent, at most room of them; 0: none.  Streams take turns,
 * a frame each. */
size_t smux_out(struct smux *s, uint8_t *out, size_t room);
/* True where smux_out() has some. */
bool smux_wants(const struct smux *s);

/* Keepalive; to be called at smux_next().  RC_END: the agent says nothing any more. */
enum rc smux_run(struct smux *s, uint64_t now_ms, struct err *err);
/* The way to the agent is back: its silence counts from now. */
void smux_awake(struct smux *s, uint64_t now_ms);
/* UINT64_MAX: never. */
uint64_t smux_next(const struct smux *s);

/* Streams that are open; bytes that wait, either way. */
size_t smux_streams(const struct smux *s);
size_t smux_held(const struct smux *s);

#endif
