/* Screens of a session as records for page.js: each row that is new, and which rows
 * each screen has.  Numbers are LEB128, `str` is a number of bytes and UTF-8.
 *
 *	1 row	  wraps; runs; runs times: fg, bg, attributes, str
 *	2 frame	  milliseconds since the one before; flags; with SIZE columns, rows;
 *		  the cursor's row, column; changes; changes times: place, row
 *	3 passed  a row that left without having been in a frame
 *
 * Rows are counted from 1 as they come; 0 is the empty one.  Colours are those of
 * pane.h.  A run of attribute NARROW or WIDE is one character of one or two columns.
 */
#ifndef REPLAY_FRAMES_H
#define REPLAY_FRAMES_H

#include <stdint.h>

#include "lib/base/err.h"
#include "replay/bale.h"
#include "replay/terminal.h"

enum frames_record {
	FRAMES_ROW = 1,
	FRAMES_FRAME = 2,
	FRAMES_PASSED = 3,
};

enum frames_flag {
	FRAMES_SIZE = 1, /* all rows are empty before the changes */
	FRAMES_ALTERNATE = 2,
	FRAMES_CURSOR = 4, /* it is shown */
};

/* Beside enum pane_attribute. */
#define FRAMES_NARROW 64u
#define FRAMES_WIDE 128u

struct frames;

/* bale is borrowed.  On RC_OK *ret is yours: frames_free().  RC_FAIL: memory. */
enum rc frames_new(struct bale *bale, struct frames **ret, struct err *err);
/* NULL is fine. */
void frames_free(struct frames *f);

/* The screen as it is at us, unless it is as it was; all of it was seen (pane_seen). */
enum rc frames_take(
    struct frames *f, const struct terminal *t, uint64_t us, struct err *err);
/* A line that left the screen before any frame showed it. */
enum rc frames_pass(struct frames *f, struct span text, struct err *err);

uint64_t frames_count(const struct frames *f);

#endif
