/* The words around the reader's finding: what hoop-replay says and how it exits. */
#ifndef REPLAY_VERIFY_H
#define REPLAY_VERIFY_H

#include <jansson.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/proof.h"
#include "replay/source.h"

/* The exit codes that are not the reader's: see enum proof_code for the others. */
enum {
	VERIFY_USAGE = 1,
	VERIFY_IO = 2,
};

/* One word for programs ("whole", "tampered", …), a phrase for people.  Borrowed. */
const char *verify_word(enum proof_code code);
const char *verify_phrase(enum proof_code code);

/* Read all that the key opens, and throw it away: finds what signatures do not cover.
 * On RC_OK p is as before, or says tampered now.  RC_FAIL: I/O, memory. */
enum rc verify_contents(struct source *s, struct proof *p, struct err *err);

/* True when the exit code a outweighs b: 3, 7, 6, 5, 4, 2, 1, 0. */
bool verify_worse(int a, int b);

/* Append ": whole: …", ": tampered at line N, offset M: …": the verdict's word (or this
 * one, if it is not NULL) and why.  p (may be NULL) knows the place. */
void verify_line(const char *word, enum proof_code code, const char *text,
    const struct proof *p, struct buf *out);

/* What else was asked about a recording.  Not to be copied: it may point into itself. */
struct verify_more {
	enum proof_code log_code, voucher_code;
	const char *log, *voucher;			 /* NULL: not asked */
	char log_text[ERR_TEXT], voucher_text[ERR_TEXT]; /* where they may point */
};

/* The finding that outweighs the others, with its text. */
enum proof_code verify_sum(
    const struct proof *p, const struct verify_more *more, const char **text);

/* Append the finding as lines of text; more may be NULL. */
void verify_text(const struct source *s, const struct proof *p,
    const struct verify_more *more, const char *file, struct buf *out);
/* The same as a JSON object (opened: verify_contents was done), yours to json_decref;
 * NULL when out of memory. */
json_t *verify_json(const struct source *s, const struct proof *p,
    const struct verify_more *more, bool opened);

#endif
