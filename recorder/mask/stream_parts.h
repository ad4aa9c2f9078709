/* The parts of a stream that mask.h keeps closed: judging (stream_scan.c) and what goes out
 * (stream_show.c).  Places without a word are of the whole shadow text; "raw" ones of the
 * input. */
#ifndef RECORDER_MASK_STREAM_PARTS_H
#define RECORDER_MASK_STREAM_PARTS_H

#include "recorder/mask/rules.h"
#include "recorder/mask/shadow.h"

/* A range that is being masked. */
struct range {
	bool on;    /* it is open: its end is not known yet */
	bool begun; /* its label is out */
	struct mask_open open;
	const char *rule;
	bool quote;
	uint64_t place; /* that was asked about */
	uint64_t from, to;
	uint64_t raw_from;
};

struct tally {
	const char *rule;
	uint64_t n;
};

struct mask_stream {
	const struct mask_rules *r;
	enum mask_pace pace;
	mask_hit_fn *tell;
	void *tell_arg;
	bool broken, ended;

	struct shadow sh;
	struct mask_context c;
	uint64_t at;	/* all before is judged */
	uint64_t floor; /* behind the last range */
	uint64_t fixed; /* before it verifiers have answered */
	uint64_t gram;	/* literals were looked for up to here */
	struct stands stands;
	size_t asked;	     /* stands at `at` that were answered with NO */
	uint16_t runs_asked; /* runs likewise */
	uint16_t armed;	     /* runs that may be armed */
	struct range range;

	struct buf *out;
	uint64_t shown;	     /* raw: it is out, or masked */
	uint64_t shown_text; /* the same of the shadow */
	size_t held_most;
	uint64_t since_us;
	struct tally *tallies;
	size_t n_tallies;
};

/* Judge what has become shadow, and show what is decided. end: nothing follows. */
enum rc stream_scan(struct mask_stream *s, bool end, struct err *err);
/* Mask all that is held, and what goes on with it. */
enum rc stream_force(struct mask_stream *s, struct err *err);

/* Let out what stands before this place, or raw place. */
void stream_show(struct mask_stream *s, uint64_t place);
void stream_show_raw(struct mask_stream *s, uint64_t raw);
/* Mask from the range's beginning up to this place, or raw place.  False: no memory. */
bool stream_mask(struct mask_stream *s, uint64_t place);
bool stream_mask_raw(struct mask_stream *s, uint64_t place, uint64_t raw);
/* The range ends where it is masked up to. */
void stream_mask_end(struct mask_stream *s);

#endif
