/* A conduit's state, between conduit.c and conduit_filter.c. */
#ifndef BROKER_SESSION_CONDUIT_PARTS_H
#define BROKER_SESSION_CONDUIT_PARTS_H

#include "broker/session/conduit.h"

/* Changes between the two streams that one batch remembers. */
#define SEGMENTS 256

/* A run of one stream's bytes in the batch. */
struct segment {
	enum writer_stream stream;
	size_t len;
};

struct conduit {
	int fds[WRITER_STREAMS];
	bool open[WRITER_STREAMS]; /* more may come, from fds or by conduit_put */
	struct writer *writer;
	struct conduit_sink sink;
	struct conduit_filter filters[CONDUIT_FILTERS];
	unsigned nfilters;
	struct buf rooms[2]; /* between filters */
	struct buf batch;    /* given to the writer, not shown yet */
	struct segment seg[SEGMENTS];
	size_t nseg;
	size_t fresh; /* bytes of the batch that are not recorded for sure */
	bool ended[WRITER_STREAMS]; /* the filters have been told */
	enum writer_stream turn;    /* who is read first in the next step */
	uint32_t columns, rows;	    /* a new size to record; 0: none */
	uint64_t next_us;	    /* when the next small piece may go, */
	uint64_t slack_us;	    /* or so much sooner */
	uint64_t given, output_max; /* bytes of both streams */
	bool over;		    /* output_max was reached */
	bool done;		    /* the end has been told */
	bool failed;		    /* nothing may be shown any more */
	uint64_t (*now_us)(void *arg);
	void *now_arg;
};

/* ---- conduit.c ---- */

/* The last n bytes of the batch are new: queue as many in the writer as may be. */
enum rc conduit_give(
    struct conduit *c, enum writer_stream stream, size_t n, struct err *err);
/* The batch takes no more before it is recorded. */
bool conduit_is_full(const struct conduit *c);

/* ---- conduit_filter.c ---- */

/* So much room as the filters may make of one batch. */
void conduit_size_rooms(struct conduit *c);
/* Bytes, which may stand in the first room, through the filters from this one on into the
 * batch. */
enum rc conduit_pass(struct conduit *c, unsigned first, enum writer_stream stream,
    struct span in, bool end, struct err *err);
/* What has waited long enough goes on.  RC_WAIT when nothing has. */
enum rc conduit_release(struct conduit *c, struct err *err);
/* Milliseconds until then; -1: nothing waits. */
int conduit_filters_due(const struct conduit *c);

#endif
