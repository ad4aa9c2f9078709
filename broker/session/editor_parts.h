/* An editor's state, between editor.c, editor_keys.c and editor_draw.c. */
#ifndef BROKER_SESSION_EDITOR_PARTS_H
#define BROKER_SESSION_EDITOR_PARTS_H

#include "broker/session/editor.h"

#include "broker/session/completion.h"
#include "broker/session/history.h"
#include "broker/session/keys.h"
#include "policies/shell.h"

/* A place on the terminal, from where the prompt begins. */
struct editor_place {
	uint32_t row, col;
};

struct editor {
	struct keys keys;
	struct history *history;
	struct completion *completion;
	uint8_t line[SHELL_LINE];
	size_t len, cur;
	char prompt[EDITOR_PROMPT + 1];
	uint32_t columns, rows;
	bool open;   /* a line is being typed */
	bool shown;  /* it is drawn */
	bool quiet;  /* nothing is drawn for now … */
	bool stale;  /* … and something should have been */
	bool tabbed; /* the last key was a Tab that found several names */
	/* What of a long line is drawn: all of it, or a window. */
	bool windowed;
	size_t from, to;
	struct editor_place at; /* of the terminal's cursor */
	/* A paste that comes in; lines of one that wait, behind waits_at. */
	struct buf paste, waits;
	size_t waits_at;
	bool spoiled;
};

/* Draw all of it anew, from where the prompt begins. */
void editor_draw(struct editor *e, struct buf *out);
/* Bytes from this one on have changed. */
void editor_draw_from(struct editor *e, size_t from, bool erase, struct buf *out);
/* The terminal has other columns and rows now. */
void editor_draw_resized(struct editor *e, struct buf *out);
/* The cursor is elsewhere in the line. */
void editor_draw_cursor(struct editor *e, struct buf *out);
/* To the beginning of the row behind all that is drawn. */
void editor_draw_behind(struct editor *e, struct buf *out);
/* Take it away; the cursor is where the prompt began. */
void editor_draw_nothing(struct editor *e, struct buf *out);

/* The character at i is so many bytes; i is below len. */
size_t editor_char(const struct editor *e, size_t i);
/* Where the one before i begins; i is over 0.  What combines with it goes along. */
size_t editor_before(const struct editor *e, size_t i);
/* Where the one behind i begins, and what combines. */
size_t editor_behind(const struct editor *e, size_t i);
/* Columns of the character at i. */
uint32_t editor_width(const struct editor *e, size_t i);

/* Put text in where the cursor is.  false: no room for all of it, nothing was put. */
bool editor_insert(struct editor *e, struct span text, struct buf *out);

/* editor_paste.c: a stroke while a paste comes in; and its end. */
void editor_paste_take(struct editor *e, const struct keystroke *k);
enum editor_what editor_paste_end(struct editor *e, struct buf *out);
/* The next pasted line, if one waits, into a line that was just begun. */
enum editor_what editor_paste_next(struct editor *e, struct buf *out);
/* A sentence of ours above the line. */
void editor_tell(struct editor *e, const char *text, struct buf *out);

#endif
