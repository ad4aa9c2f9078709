/* The broker's own shell on a target: a line editor here, and what runs the lines there.
 *
 * What its user types never reaches a shell.  A line is asked about (LINE_ASK); what runs
 * is the text that the answer brings.  Lines run in one fed shell (mode fed), or each as a
 * session of its own (single, and bytes that people approved); an interactive program is a
 * session of its own on its user's terminal, with no shell behind it.
 */
#ifndef BROKER_SESSION_SHELL_H
#define BROKER_SESSION_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/target/target.h"
#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "lib/wire/msg.h"
#include "broker/session/masking.h"

struct shell;

struct shell_end {
	uint8_t how;	     /* enum msg_how, for the client */
	uint8_t code;	     /* exit status: of the last line, as a shell's */
	bool lost;	     /* the target was lost, or could not be reached */
	char text[ERR_TEXT]; /* for the client, or "" */
};

/* Who does what a shell cannot, from the loop or within a call of shell_. */
struct shell_owner {
	void *arg;
	struct masking *masking; /* borrowed: of what the target says */
	/* Bytes for its user's terminal, recorded before they are shown.  Returns how many
	 * were taken; after fewer than all, shell_more() is called. */
	size_t (*show)(void *arg, struct span bytes);
	/* LINE_ASK and LINE_GONE. */
	enum rc (*ask)(void *arg, uint32_t line, const struct msg_line_ask *m);
	enum rc (*gone)(void *arg, uint32_t line);
	/* A JSON object for the recording ("t" says which: "line" with its verdict before
	 * it runs, "line.end" with its status, "program" with "begin" or "end", "target").
	 * Borrowed.  Anything but RC_OK: it could not be recorded, nothing may run. */
	enum rc (*record)(void *arg, const char *json);
	/* A session there was opened under this id, and is over there (enum
	 * msg_remote_state). */
	void (*at)(void *arg, uint8_t state, const char *id);
	/* What the target says cannot be masked: nothing of it is shown.  The session ends
	 * for it. */
	void (*failed)(void *arg, const struct err *err);
	/* The last word; shell_free() is fine within. */
	void (*over)(void *arg, const struct shell_end *end);
};

/* m and what it borrows are copied; net is borrowed.  Nothing is opened before
 * shell_start().  On RC_OK *ret is yours: shell_free().  RC_FAIL: memory. */
enum rc shell_new(struct loop *l, struct target_net *net, const struct msg_remote *m,
    uint32_t columns, uint32_t rows, const struct shell_owner *owner,
    struct shell **ret, struct err *err);
/* Drops what is open without a word to AWS: after over(), or at the very end.  NULL is
 * fine. */
void shell_free(struct shell *s);

/* The lease is there: begin. */
void shell_start(struct shell *s);
/* Bytes that its user typed; bounded within, what is too much is dropped. */
void shell_input(struct shell *s, struct span bytes);
void shell_resize(struct shell *s, uint32_t columns, uint32_t rows);
/* show() takes more. */
void shell_more(struct shell *s);
/* LINE_SAYS.  RC_REFUSE: a line that was not asked about. */
enum rc shell_says(
    struct shell *s, uint32_t line, const struct msg_line_says *m, struct err *err);
/* End: what runs there is ended, and over() follows. */
void shell_stop(struct shell *s);

#endif
