/* What stands at the beginning of terminal output or JSON, as a unit of shadow text: plain
 * bytes, an escape of JSON, an escape sequence, a control character. */
#ifndef RECORDER_MASK_UNIT_H
#define RECORDER_MASK_UNIT_H

#include "lib/base/buf.h"

#define UNIT_CSI 64	 /* bytes of a control sequence; longer ones are data */
#define UNIT_STRING 4096 /* of an OSC, DCS, APC, PM or SOS string */
#define UNIT_SLASHES 64	 /* backslashes that are looked at together */

enum unit_kind {
	UNIT_WAIT,  /* its end is not there yet */
	UNIT_PLAIN, /* its bytes stand for themselves */
	UNIT_FOLD,  /* the bytes stand for text */
	UNIT_GONE,  /* nothing is to be seen of it: an escape sequence */
	UNIT_MOVE,  /* an escape sequence that parts what stands before and behind it */
	UNIT_ROW, /* the cursor goes to this row: text is what parts, if it is another */
	UNIT_DROP,  /* a control character that shows nothing */
	UNIT_ERASE, /* a backspace */
};

struct unit {
	enum unit_kind kind;
	size_t raw; /* bytes of the input */
	uint8_t text[2 * UNIT_SLASHES];
	size_t len; /* of text */
	uint32_t row;
};

/* How many bytes at the beginning stand for themselves: no escape, no backslash, no control
 * character but blanks and line ends. */
size_t unit_plain(struct span raw);
/* What begins at raw (1 byte at least) where unit_plain() says 0.  end: nothing follows,
 * then it is never UNIT_WAIT. */
void unit_read(struct span raw, bool end, struct unit *ret);

#endif
