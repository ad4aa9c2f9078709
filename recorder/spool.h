/* The append-only file under a writer: one write(2) a line, the chain over what is
 * written, and what is left of a line that did not go through. */
#ifndef RECORDER_SPOOL_H
#define RECORDER_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/chain.h"

struct spool {
	int fd;
	struct chain chain; /* over the lines that are whole in the file */
	struct buf line;    /* with its LF: filled by the caller after spool_begin */
	size_t torn;	    /* bytes at the end of `line` that are not written */
	struct chain after; /* the chain once they are */
	bool dirty;	    /* written since the last sync */
	uint64_t dirty_us;  /* ... first at this time */
	int why;	    /* errno of what failed; ENOSPC for a short write; or 0 */
};

/* fd is taken; line holds at most max bytes. */
void spool_init(struct spool *s, int fd, size_t max);
/* Close and free; fine after an init that was all zero with fd -1. */
void spool_clear(struct spool *s);

/* Begin the next line: s->line is empty then.  RC_FAIL while the last one is torn, which
 * s->line still holds. */
enum rc spool_begin(struct spool *s, struct err *err);
/* Write s->line by one call.  RC_FAIL: it did not go through whole; then torn > 0, and
 * only spool_finish may follow. */
enum rc spool_write(struct spool *s, uint64_t now_us, struct err *err);
/* Write what is left of a torn line, so that good lines can follow it. */
enum rc spool_finish(struct spool *s, uint64_t now_us, struct err *err);
/* fdatasync; whole: fsync, with the metadata. */
enum rc spool_sync(struct spool *s, bool whole, struct err *err);

#endif
