/* The inside of a board, shared by the files that keep it (board.c), read its keys
 * (board_keys.c) and draw it (board_draw.c), and by nobody else. */
#ifndef BROKER_MONITOR_BOARD_PARTS_H
#define BROKER_MONITOR_BOARD_PARTS_H

#include "broker/monitor/board.h"

/* Bytes of a line's texts that are kept, escaped: no terminal is wider. */
#define WHO_MOST 65
#define TEXT_MOST BOARD_COLUMNS_MAX
#define SAY_MOST 4096
#define SEQUENCE_MOST 8

struct line {
	char id[ID_HOLD_TEXT];
	char who[WHO_MOST + 1], text[TEXT_MOST + 1];
	uint64_t until_ms;
	unsigned yes, need;
};

enum asking { ASK_NOTHING, ASK_APPROVE, ASK_REASON };

struct board {
	char person[WHO_MOST + 1];
	unsigned columns, rows;
	bool torn; /* the screen is cleared before the next frame */
	struct line *lines;
	size_t n, at, top; /* chosen; first that is shown */
	char chosen[ID_HOLD_TEXT];
	char detailed[ID_HOLD_TEXT]; /* "" for the list */
	struct buf details;	     /* printable lines */
	size_t scroll;		     /* its first row that is shown */
	char said[SAY_MOST];
	enum asking asking;
	char about[ID_HOLD_TEXT]; /* what is asked about */
	char reason[BOARD_REASON + 1];
	/* A sequence of a key, as far as it has come. */
	char sequence[SEQUENCE_MOST];
	size_t nsequence;
};

/* Printable ASCII as itself, a line feed where lines says so, anything else as \xNN. */
void board_print(struct buf *out, struct span text, bool lines);
/* How many lines of the list, or rows of details, fit on the screen. */
unsigned board_height(const struct board *b);
/* The bottom: a question, what was said, or help. */
void board_bottom(const struct board *b, struct buf *out);
/* How many rows the details have on a terminal so wide. */
size_t board_details_rows(const struct board *b);

#endif
