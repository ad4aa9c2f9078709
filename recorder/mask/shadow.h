/* Shadow text: what is matched in place of the bytes of a stream.  Escape sequences and
 * control characters are gone, JSON's escapes are undone; a map leads back to the bytes.
 *
 * Places in the input and in the shadow count from the stream's beginning. */
#ifndef RECORDER_MASK_SHADOW_H
#define RECORDER_MASK_SHADOW_H

#include "lib/base/buf.h"
#include "recorder/mask/mask_parts.h"
#include "recorder/mask/ring.h"

enum piece_kind {
	PIECE_LINEAR, /* a byte of the input for each of the shadow */
	PIECE_FOLD, /* raw bytes of the input stand for the shadow up to the next piece */
	PIECE_ESCAPE, /* the same, and it is an escape sequence: for nothing, or a blank */
};

struct piece {
	uint64_t shadow, raw; /* where it begins */
	uint32_t len;	      /* bytes of the input, but of a linear one */
	enum piece_kind kind;
};

struct shadow {
	struct ring raw;  /* input from what is still needed on */
	struct ring text; /* shadow, with MASK_BACK bytes behind what is needed */
	uint64_t read;	  /* input that has become shadow */
	struct piece *pieces;
	size_t head, n, room; /* those from head on are needed */
	uint32_t row;	      /* the cursor was set to it (0: never) … */
	uint64_t row_at;      /* … when the shadow was so long */
};

/* s is as zeroed. */
void shadow_clear(struct shadow *s);
/* Append input. False: no memory. */
bool shadow_put(struct shadow *s, struct span raw, uint64_t keep_raw);

enum shadow_says { SHADOW_DONE, SHADOW_ERASE, SHADOW_FAIL };
/* Turn input into shadow up to its end, but for a unit that is not complete (unless end).
 * SHADOW_ERASE: a backspace was read: when all before it is judged, shadow_erase() or not,
 * and again.  keep: shadow that is needed, with MASK_BACK bytes before it. */
enum shadow_says shadow_feed(struct shadow *s, bool end, uint64_t keep);
/* Take the last character of the line back, if it stands behind floor; where the text ends
 * then. */
uint64_t shadow_erase(struct shadow *s, uint64_t floor);
void shadow_view(const struct shadow *s, bool end, struct mask_view *ret);

/* Where in the input the shadow's byte at this place begins (s->read for its end), and
 * where the byte before it ends. */
uint64_t shadow_from(const struct shadow *s, uint64_t place);
uint64_t shadow_to(const struct shadow *s, uint64_t place);
/* Pieces that end before this place of the input are not needed any more. */
void shadow_forget(struct shadow *s, uint64_t raw);

#endif
