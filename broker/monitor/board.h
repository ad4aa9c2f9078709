/* The list of what waits for approval, on one terminal: holds, keys and a size go in, the
 * bytes of a screen come out, and what a person wants done.
 *
 * No input or output happens here, nothing is decided, and nothing that a command or its
 * asker says reaches the terminal unescaped.  The only attribute is reverse video.
 *
 * What is chosen is chosen by its id: a list that moves under a finger moves nothing
 * else.  To approve takes a second key, that was not typed together with the first.
 */
#ifndef BROKER_MONITOR_BOARD_H
#define BROKER_MONITOR_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/id.h"

/* A terminal has at most so many columns and rows; more is left alone. */
#define BOARD_COLUMNS_MAX 500
#define BOARD_ROWS_MAX 200
/* Bytes of a reason, and what is kept of details. */
#define BOARD_REASON 256
#define BOARD_DETAILS_MAX (2u << 20)

struct board;

/* One hold; texts are borrowed for the call, any bytes. */
struct board_line {
	const char *id; /* as people write it, at most ID_HOLD_TEXT - 1 bytes */
	const char *who;
	const char *text;   /* the command */
	uint64_t until_ms;  /* wall clock */
	unsigned yes, need; /* of approvals */
};

enum board_want {
	BOARD_NOTHING,
	BOARD_LEAVE,
	BOARD_DETAILS, /* board_details() is expected */
	BOARD_APPROVE,
	BOARD_DENY, /* with a reason */
};
struct board_act {
	enum board_want want;
	char id[ID_HOLD_TEXT];
	char reason[BOARD_REASON + 1];
};

/* An empty list of 80 x 24, for this person (borrowed for the call).  On RC_OK *ret is
 * yours: board_free().  RC_FAIL: memory. */
enum rc board_new(const char *person, struct board **ret, struct err *err);
/* NULL is fine. */
void board_free(struct board *b);

/* The terminal's size; 0 keeps what was. */
void board_resize(struct board *b, uint32_t columns, uint32_t rows);
/* The list as it is now, in this order; what was before is forgotten.  RC_FAIL: memory;
 * the list stays as it was. */
enum rc board_fill(
    struct board *b, const struct board_line *lines, size_t n, struct err *err);
/* What there is to know of a hold; for another than the one that was asked for it is
 * dropped. */
void board_details(struct board *b, const char *id, struct span text);
/* The hold whose details are shown, or NULL. */
const char *board_detailed(const struct board *b);
/* A sentence for the bottom of the screen, until the next key. */
void board_say(struct board *b, struct span text);

/* What was typed, up to the first act: what follows it stays in *typed, to be given
 * again. */
void board_type(struct board *b, struct span *typed, struct board_act *ret);

/* Append what turns a terminal into the screen of a list, and back. */
void board_begin(struct buf *out);
void board_end(struct buf *out);
/* Append what clears a screen that has another size, or is to be drawn anew: true where
 * it is.  The next frame is then all that is there. */
bool board_clear(struct board *b, struct buf *out);
/* Append one whole frame, as it is at this time. */
void board_draw(struct board *b, uint64_t now_ms, struct buf *out);

#endif
