/* The one pump: what the command prints becomes recorded, then shown.
 *
 *	source -> filters -> writer (recorded) -> sink (shown)
 *
 * A byte reaches the sink only after the write(2) of the line that holds it has
 * returned; while the sink is full nothing is read, so the command waits.  What is
 * there goes out at once, but small pieces at most 100 times a second: pieces that come
 * faster are gathered.  Nothing here blocks but the recording's disk.
 */
#ifndef BROKER_SESSION_CONDUIT_H
#define BROKER_SESSION_CONDUIT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/writer.h"

/* Bytes of output gathered before they are recorded: what makes two full chunks of text
 * as the writer cuts it. */
#define CONDUIT_BATCH (14 * 8192)
/* Least time between two recorded pieces that are smaller than that. */
#define CONDUIT_GAP_US 10000
/* Of a terminal somebody sits at: a key's echo never waits for the line before it. */
#define CONDUIT_BURST 8
#define CONDUIT_FILTERS 4
/* Most bytes of a stream that a filter may hold back. */
#define CONDUIT_HELD 65536

struct conduit;

/* One step between the command and the recording: append to out what may go on.  end:
 * nothing more will come, so nothing may stay behind.  Anything but RC_OK ends the
 * session. */
typedef enum rc conduit_filter_fn(void *arg, enum writer_stream stream, struct span in,
    bool end, struct buf *out, struct err *err);

struct conduit_filter {
	conduit_filter_fn *pass;
	void *arg;
	/* When what it holds back of a stream has to go on, on the conduit's clock;
	 * UINT64_MAX: not by time.  NULL: never. */
	uint64_t (*due_us)(const void *arg, enum writer_stream stream);
	/* Append what was held for so long; as pass otherwise. */
	enum rc (*release)(
	    void *arg, enum writer_stream stream, struct buf *out, struct err *err);
	/* What n bytes, those held back before among them, may become; NULL: twice as
	 * many. */
	size_t (*growth)(size_t n);
};

struct conduit_sink {
	/* True: take nothing more from the command for now. */
	bool (*full)(void *arg);
	/* Recorded bytes, borrowed for the call. */
	void (*show)(void *arg, enum writer_stream stream, struct span bytes);
	void *arg;
};

struct conduit_init {
	/* Read ends, taken by conduit_new, also on failure; or -1: what comes is given by
	 * conduit_put. */
	int fds[WRITER_STREAMS];
	struct writer *writer; /* certified; borrowed for the conduit's life */
	struct conduit_sink sink;
	/* In order; copied.  Without any, what is read is what is recorded. */
	const struct conduit_filter *filters;
	unsigned nfilters;
	uint64_t output_max; /* bytes recorded of both streams; 0: no bound */
	/* Small pieces that may follow each other without a gap, as long as there are no
	 * more than one a gap on the average; 0: 1. */
	unsigned burst;
	uint64_t (*now_us)(void *arg); /* NULL: clock_mono_us; for tests */
	void *now_arg;
};

/* On RC_OK *ret is yours: conduit_free().  RC_FAIL: memory, or a bad descriptor. */
enum rc conduit_new(
    const struct conduit_init *init, struct conduit **ret, struct err *err);
/* Close what is open.  The writer is not touched.  NULL is fine. */
void conduit_free(struct conduit *c);

/* One bounded piece of work.  RC_OK: something was done, call again.  RC_WAIT: nothing
 * to do until conduit_poll's descriptors or conduit_due's time.  RC_END: both streams
 * are at their end and all of it is recorded and shown.  RC_REFUSE: output_max was
 * reached, all up to it is recorded and shown, the sources are closed.  RC_FAIL: the
 * recording or a filter failed; nothing is shown from here on, the sources are closed.
 */
enum rc conduit_step(struct conduit *c, struct err *err);

/* Bytes of a stream without a descriptor; how many of them were taken: fewer than all
 * until conduit_takes() is true again.  They are queued in the recording in this order
 * when it returns, and shown by conduit_step.  After the end of a stream all are taken,
 * and dropped.  RC_FAIL as conduit_step. */
enum rc conduit_put(struct conduit *c, enum writer_stream stream, struct span bytes,
    size_t *taken, struct err *err);
bool conduit_takes(const struct conduit *c);
/* Nothing more will be given: conduit_step comes to its RC_END.  RC_FAIL as there. */
enum rc conduit_end(struct conduit *c, struct err *err);

/* The descriptor to watch for input, -1 when it is at its end or must not be read. */
int conduit_poll(const struct conduit *c, enum writer_stream stream);
/* Milliseconds until conduit_step has work without input; -1: none. */
int conduit_due(const struct conduit *c);

/* The terminal's new size, recorded with what is recorded next.  Of several at once the
 * last one counts.  Sizes out of 1-65535 are ignored. */
void conduit_resize(struct conduit *c, uint32_t columns, uint32_t rows);

/* Read no more: close the sources.  What was read may still be finished. */
void conduit_stop(struct conduit *c);
/* Record and show what has been read.  RC_FAIL as conduit_step. */
enum rc conduit_finish(struct conduit *c, struct err *err);

#endif
