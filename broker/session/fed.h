/* A fed shell: one shell on a target that nobody but the broker writes to, one decided
 * line at a time.
 *
 * A line goes out when the one before has ended, which its marker says (marker.h); until
 * then nothing but an interrupt goes there, and a fixed text behind it.  The shell's
 * output is hostile, and not filtered here.
 */
#ifndef BROKER_SESSION_FED_H
#define BROKER_SESSION_FED_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/target/target.h"
#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "policies/render.h"

#define FED_START_MS 20000 /* from running to the first marker */
#define FED_TERM_MS 3000   /* from one step of ending a line to the next */

struct fed;

/* How a line ended. */
struct fed_end {
	enum fed_how {
		FED_DONE,    /* its marker came: status */
		FED_STOPPED, /* the same, after the broker had interrupted it */
	} how;
	uint8_t status;
	/* Of cd: where the shell is now; "": it cannot be said in text.  NULL else. */
	const char *directory;
};

struct fed_owner {
	void *arg;
	/* As a target's. */
	void (*opened)(void *arg, const char *id);
	void (*note)(void *arg, const char *what, const char *text);
	/* It waits for lines.  version: "5.2.15(1)-release", or "sh"; directory as in
	 * fed_end; both of the target's making, and printable. */
	void (*ready)(void *arg, const char *version, const char *directory);
	/* Whether output can be taken now; after a no, fed_more(). */
	bool (*room)(void *arg);
	/* Output: of a line, or of what an earlier one has left behind. */
	void (*output)(void *arg, struct span bytes);
	void (*ended)(void *arg, const struct fed_end *end);
	/* The shell has read a line otherwise than the broker.  It is being ended. */
	void (*tripped)(void *arg);
	/* The last word.  end->how is TARGET_ENDED where a line would not end, where the
	 * shell did not begin, and after fed_stop(); text says which of the first two. */
	void (*over)(void *arg, const struct target_end *end);
};

/* spec: TERMINAL; its command is put here.  What it borrows has to live as long as this.
 * owner is copied; opened at once.  On RC_OK *ret is yours: fed_free().  RC_REFUSE: a spec
 * that cannot be; RC_FAIL: memory, or no randomness. */
enum rc fed_open(struct loop *l, struct target_net *net, const struct target_spec *spec,
    const struct fed_owner *owner, struct fed **ret, struct err *err);
/* After over(), or without a word.  NULL is fine. */
void fed_free(struct fed *f);

/* Run canonical text, after ready() and the end of the line before; run_ms: interrupted
 * then; 0: no bound.  ended() or over() follows.  RC_REFUSE: not canonical, too long, or
 * a line runs; RC_FAIL: memory, no randomness. */
enum rc fed_line(struct fed *f, struct span canon, uint64_t run_ms, struct err *err);
/* The same for a change of the directory, which is absolute. */
enum rc fed_cd(struct fed *f, struct span directory, struct err *err);
/* SIGINT or SIGQUIT for what runs, by the terminal there; nothing where nothing runs. */
void fed_signal(struct fed *f, int signo);
/* What runs has to end: interrupted, then quit, then the shell is ended.  text says why. */
void fed_limit(struct fed *f, const char *text);
void fed_resize(struct fed *f, uint32_t columns, uint32_t rows);
/* Output can be taken. */
void fed_more(struct fed *f);
/* End it: over() follows. */
void fed_stop(struct fed *f);

#endif
