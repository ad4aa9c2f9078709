/* What a call answers: a code to act on and a text to read.
 *
 * Every function that can fail returns enum rc, which says what the caller
 * does next, and gathers text in struct err, one phrase a layer, outermost
 * first.  The text is logged or shown once, at the top.
 */
#ifndef LIB_BASE_ERR_H
#define LIB_BASE_ERR_H

enum rc {
	RC_OK = 0, /* go on */
	RC_WAIT,   /* nothing yet: come back when the descriptor or timer says so */
	RC_RETRY,  /* passing trouble: the same call may go through later */
	RC_REFUSE, /* the input or the asker is at fault: say why, go no further */
	RC_END,	   /* the other side has closed in good order */
	RC_FAIL,   /* we failed (memory, disk, a bug): give up, fail closed */
};

/* Room for the whole text; longer text is cut, never overrun. */
#define ERR_TEXT 512

struct err {
	char text[ERR_TEXT];
};

/* Forget earlier text. */
void err_clear(struct err *err);

/* Replace the text.  err may be NULL: then nothing is kept.  Returns rc, so that
 * `return err_set(err, RC_REFUSE, "…")` is one line. */
enum rc err_set(struct err *err, enum rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Put a phrase in front: "read a.yaml" before "line 3: …" gives
 * "read a.yaml: line 3: …".  err may be NULL. */
void err_add(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Like err_set, with strerror(errno) at the end. */
enum rc err_errno(struct err *err, enum rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Out of memory: a fixed text, nothing is allocated.  Returns RC_FAIL. */
enum rc err_memory(struct err *err);

/* The code's name ("ok", "wait", …) for logs. */
const char *rc_name(enum rc rc);

#endif
