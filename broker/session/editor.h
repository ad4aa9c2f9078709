/* A line, as it is typed on a client's terminal: what the keys do to it, and what is
 * drawn.
 *
 * It knows nothing of targets.  Its input is hostile, its output is made of plain
 * characters and a few sequences of its own.  What it gives as a line is what it has shown,
 * to the byte.
 */
#ifndef BROKER_SESSION_EDITOR_H
#define BROKER_SESSION_EDITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define EDITOR_PROMPT 512  /* bytes of a prompt */
#define EDITOR_PASTE 65536 /* bytes of a paste */

struct editor;

/* What a byte came to. */
enum editor_what {
	EDITOR_MORE,  /* go on */
	EDITOR_LINE,  /* Enter: editor_line() */
	EDITOR_CLEAR, /* ^C: the line is gone, a new prompt is due */
	EDITOR_END,   /* ^D on an empty line */
};

/* hints as in completion.h, copied.  On RC_OK *ret is yours: editor_free().  RC_FAIL:
 * memory. */
enum rc editor_new(struct span hints, uint32_t columns, uint32_t rows,
    struct editor **ret, struct err *err);
/* NULL is fine. */
void editor_free(struct editor *e);

/* All append to out what is to be drawn. */

/* Begin a line at the beginning of a row; the prompt is plain text, and cut to
 * EDITOR_PROMPT.  EDITOR_LINE: a pasted line was waiting, and is there already. */
enum editor_what editor_begin(struct editor *e, const char *prompt, struct buf *out);
/* One byte from the terminal, between editor_begin() and anything but EDITOR_MORE.  At
 * EDITOR_LINE and the like the cursor is at the beginning of a row behind it all. */
enum editor_what editor_take(struct editor *e, uint8_t byte, struct buf *out);
/* The line, borrowed until the next call. */
struct span editor_line(const struct editor *e);
/* Many keys come at once: draw what became of them all, at the end (quiet false). */
void editor_quiet(struct editor *e, bool quiet, struct buf *out);
/* Take what was drawn off the terminal, and draw it again: something else is shown in
 * between.  Nothing happens outside of a line. */
void editor_hide(struct editor *e, struct buf *out);
void editor_show(struct editor *e, struct buf *out);
void editor_resize(struct editor *e, uint32_t columns, uint32_t rows, struct buf *out);
/* The end of all lines: the terminal is as it was. */
void editor_leave(struct editor *e, struct buf *out);

/* This line was let through. */
void editor_remember(struct editor *e, struct span line);
/* Pasted lines that wait are not to run.  Returns how many there were. */
size_t editor_drop(struct editor *e);
/* For `history` and `help`: rows of text, each with CR LF. */
void editor_history(const struct editor *e, struct buf *out);
void editor_help(const struct editor *e, struct buf *out);

#endif
