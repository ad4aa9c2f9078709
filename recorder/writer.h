/* A recording, written: what is given becomes encrypted, chained, signed lines of an
 * append-only file, and is recorded before anybody sees it.
 *
 *	writer_open -> writer_request, the keeper certifies -> writer_certify
 *	-> writer_output / _mark / _event_json ... writer_flush ... -> writer_close
 *
 * Made for a confined process: needs write, fdatasync, fsync, getrandom and memory
 * calls (mmap, mprotect, mlock, munlock, madvise, munmap), no open and no truncate.
 * Call writer_prepare() once before confinement.  One thread.
 *
 * The first failed or short write kills the writer: every later call gives RC_FAIL, and
 * nothing given since the last RC_OK of writer_flush may be shown.  Only writer_close
 * may still try, to finish the torn line and to seal.
 */
#ifndef RECORDER_WRITER_H
#define RECORDER_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/meta.h"
#include "recorder/recipients.h"
#include "recorder/seal.h"

#define WRITER_JSON_MAX META_JSON_MAX /* bytes of one B event or of META */
#define WRITER_TEXT_MAX META_TEXT_MAX /* bytes of a mark or title; more are cut */

struct writer;

enum writer_stream { WRITER_STDOUT, WRITER_STDERR, WRITER_STREAMS };

enum writer_flush_flag {
	/* Record incomplete characters now, too, as U+FFFD with a `b` event. */
	WRITER_WHOLE = 1,
	/* SYNC chunk, a seal, fdatasync: durable before it returns. */
	WRITER_SYNC = 2,
};

/* Who makes durable what is written, beside SYNC chunks and the end. */
enum writer_sync {
	WRITER_SYNC_SECOND, /* the writer itself, a second after the first byte */
	WRITER_SYNC_OTHERS, /* somebody who has the file, too */
	WRITER_SYNC_EACH,   /* the writer itself, before a flush returns */
};

struct writer_init {
	int fd;		 /* an empty file, O_WRONLY|O_APPEND; taken, also on failure */
	uint8_t sid[16]; /* UUIDv7 */
	const char *broker;	/* public, line 0 */
	const char *class;	/* retention class, public */
	uint32_t width, height; /* 0 x 0 stands for 80 x 24 */
	bool hide_size;		/* line 0 says 80x24; META has the true size */
	uint64_t timestamp;	/* Unix seconds */
	const char *title;	/* secret, META; NULL for none */
	const char *term;	/* TERM, META; NULL for none */
	const char *meta_json;	/* one JSON object: META's `hoop` */
	const struct recipients *recipients;
	const uint8_t *shred; /* 32 bytes: its shred key (shred.h); NULL: none */
	enum writer_sync sync;
	uint64_t quota;		  /* bytes of the file, all told; 0: no bound */
	const uint8_t *device_pk; /* 32 bytes: check the certificate; NULL: do not */
	/* Monotonic microseconds; NULL for clock_mono_us.  For tests. */
	uint64_t (*now_us)(void *arg);
	void *now_arg;
};

struct writer_stats {
	uint64_t file_len; /* bytes written */
	uint64_t chunks;
	uint64_t plain_len; /* plaintext bytes in these chunks */
	uint64_t events;    /* in these chunks, META not counted */
	uint64_t replaced;  /* o events in which invalid UTF-8 was replaced */
	uint8_t h[32];	    /* chain value at file_len */
	bool dead;
	bool no_room; /* dead, since the disk or a quota of the system was full */
};

/* Once, before confinement: lets libsodium, OpenSSL and jansson do what they do on
 * their first call (open files, read randomness), so that nothing of it happens later.
 */
enum rc writer_prepare(struct err *err);

/* Draw the data key, seal it to each recipient, write lines 0 and 1, derive the first
 * chain key, wipe the data key, make the session's signing pair.  Time zero is now.
 * All of init but the fd is borrowed for this call.  RC_REFUSE: a value out of bounds
 * (a bad name, meta_json no object, …); RC_FAIL: write, randomness, memory. */
enum rc writer_open(
    const struct writer_init *init, struct writer **ret, struct err *err);
/* Wipe and close the fd.  Not a close of the recording: without writer_close the file
 * is an unterminated prefix.  NULL is fine. */
void writer_free(struct writer *w);

/* What the keeper must certify (seal_certify). */
void writer_request(const struct writer *w, uint8_t spk[32], uint8_t h1[32]);
/* Write the SealOpen line and META, fdatasync.  Only now may anything be recorded.
 * RC_REFUSE if device_pk was given and the certificate is not its; the writer is then
 * still waiting for a good one. */
enum rc writer_certify(
    struct writer *w, const uint8_t dkid[8], const uint8_t sig[64], struct err *err);

/* Queue events.  Nothing of this is recorded until writer_flush says so, though full
 * chunks of 64 KiB are written as they fill (RC_FAIL then, if that write fails).
 * RC_REFUSE: called before writer_certify, or a bad value; nothing was queued. */
enum rc writer_output(
    struct writer *w, enum writer_stream stream, struct span bytes, struct err *err);
/* A B event; json is one JSON object of at most WRITER_JSON_MAX bytes. */
enum rc writer_event_json(struct writer *w, const char *json, struct err *err);
/* An m event and a marker in the index; hostile bytes are escaped. */
enum rc writer_mark(struct writer *w, const char *text, struct err *err);
/* An r event: each of the two is 1 to 65535. */
enum rc writer_resize(
    struct writer *w, uint32_t width, uint32_t height, struct err *err);
/* An x event: the command's exit status. */
enum rc writer_exit(struct writer *w, int status, struct err *err);

/* Close the pending chunk: one write(2) a line.  After RC_OK all that was given is
 * recorded and may be shown, but for the last writer_held() bytes of each stream
 * (none with WRITER_WHOLE).  Does nothing when nothing is pending.
 * At most 100 calls a second keep files small: gather what the source has first. */
enum rc writer_flush(struct writer *w, unsigned flags, struct err *err);
/* The incomplete character (0-3 bytes) at the end of what this stream was given; it
 * waits 50 ms for the rest, then writer_tick records it as it is. */
size_t writer_held(const struct writer *w, enum writer_stream stream);

/* How many bytes of output, or of an event's JSON, may still be given, whatever they
 * become in the file, so that it stays below its quota with all that an orderly end
 * needs.  Who gives more breaks the quota.  What is pending counts as the worst that it
 * can become: after a flush there is more room again. */
size_t writer_room(const struct writer *w);
/* That, but n at most.  Once less than n has come back, writer_over() is true for good.
 */
size_t writer_fit(struct writer *w, size_t n);
bool writer_over(const struct writer *w);

/* Milliseconds until writer_tick has work (a held character, a seal after 10 s with
 * data, the fdatasync of each second if it is ours); 0: now; -1: nothing is due. */
int writer_due(const struct writer *w);
/* Do what is due.  After RC_OK with writer_held() == 0 the held bytes are recorded. */
enum rc writer_tick(struct writer *w, struct err *err);

/* End the recording: the rest as a chunk, summary_json (one object, with its "t") as
 * the last B event and in the index, a seal, the footer, fsync; then all keys are
 * wiped.  On a dead writer status becomes SEAL_BROKEN, the torn line is finished first,
 * and what was queued and never written is dropped.  RC_FAIL: the writer is dead; once
 * there is room, writer_close may be called again (writer_free wipes in any case).
 * RC_REFUSE: bad status or JSON, or not certified yet; nothing happened. */
enum rc writer_close(struct writer *w, enum seal_status status,
    const char *summary_json, struct err *err);

/* What stands in the file so far; works in every state, also after writer_close. */
void writer_stats(const struct writer *w, struct writer_stats *ret);

#endif
