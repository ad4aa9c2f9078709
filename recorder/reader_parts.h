/* What the files of the reader share: reader.c (proof and keys), reader_next.c (chunks in
 * order), reader_seek.c (places). */
#ifndef RECORDER_READER_PARTS_H
#define RECORDER_READER_PARTS_H

#include "recorder/cast.h"
#include "recorder/index.h"
#include "recorder/ladder.h"
#include "recorder/lines.h"
#include "recorder/opener.h"
#include "recorder/reader.h"

enum reader_state {
	STATE_NEW,
	STATE_PROVEN, /* reader_verify has a finding that may be opened */
	STATE_OPEN,   /* a key fits */
	STATE_FALSE,  /* nothing more is to be read from it */
};

/* Where reading goes on. */
struct reader_place {
	uint64_t chunk;
	uint64_t offset;       /* of its line, or of seals before it */
	uint64_t last_us;      /* time of the last event before it */
	size_t entry;	       /* the next of the index to be met */
	uint64_t entry_events; /* events since the entry before it */
	bool entry_cut;	       /* ... of which some were not seen */
};

struct reader {
	int fd;
	enum reader_kind kind;
	enum reader_state state;
	struct lines *lines;
	struct header header;
	bool header_good;
	struct proof proof;
	struct index *seen; /* chunks, as reader_verify met them; events count chunks */
	uint64_t seen_to;   /* offset behind the last of them */
	struct header_rcpt more[HEADER_RCPT_MAX]; /* from beside the file */
	size_t mores;
	const struct secret *shred; /* of the caller, or NULL */
	struct secret *dek;
	struct ladder *ladder;
	struct opener *opener;
	struct index *index; /* NULL without a footer */
	struct reader_place at;
	uint64_t ahead;	    /* the chunk that the opener gets next */
	enum rc fed;	    /* why it gets no more ... */
	struct err fed_err; /* ... told when all before it are read */
	uint64_t fed_offset;
	struct buf data; /* what stood in base64 in a line */
};

/* Go to chunk 0. */
enum rc reader_start(struct reader *r, struct err *err);
/* Go on there. */
void reader_go(struct reader *r, const struct reader_place *place);
/* The next line of the file, decoded into r->data.  RC_REFUSE: it is none, though it was
 * one when the file was verified. */
enum rc reader_line(
    struct reader *r, struct line *line, struct cast_line *l, struct err *err);
/* Open the next chunk and check what is in it.  first_us: the time of its first event.
 * RC_END behind the last; after any other failure nothing can be read any more. */
enum rc reader_step(
    struct reader *r, struct opened *ret, uint64_t *first_us, struct err *err);

#endif
