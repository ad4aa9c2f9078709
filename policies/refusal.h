/* What a command gets that is refused before any rule is asked: an exit status and a
 * text.  The text is for the caller, agents too: "CODE: what, and what to do instead";
 * hostile bytes in it are escaped. */
#ifndef POLICIES_REFUSAL_H
#define POLICIES_REFUSAL_H

#include "lib/base/err.h"
#include "lib/model/status.h"

struct refusal {
	enum status status;
	struct err err;
};

/* Set both; returns RC_REFUSE. */
enum rc refusal_set(struct refusal *r, enum status status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Out of memory: STATUS_FAILED; returns RC_FAIL. */
enum rc refusal_memory(struct refusal *r);

/* The CODE of such a text, or of one of words.h: one of those that broker-policy(5) lists
 * for commands; "usage" for a text that begins with none of them. */
const char *refusal_code(const char *text);

#define REFUSAL_WORD 96

/* A word as it may stand in a text: escaped, and cut with "..." when long.  Returns
 * out. */
const char *refusal_word(const char *word, char out[REFUSAL_WORD]);

#endif
