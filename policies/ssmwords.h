/* What somebody wants of a target: `ssm [OPTIONS] TARGET [-- COMMAND…]`, and the spelling
 * of the AWS CLI for it, `aws ssm start-session --target TARGET …`.
 *
 * Nothing here decides; a command is a line for a shell that is judged elsewhere, byte
 * for byte as it was written.
 */
#ifndef POLICIES_SSMWORDS_H
#define POLICIES_SSMWORDS_H

#include <stdbool.h>

#include "policies/refusal.h"
#include "policies/words.h"

#define SSMWORDS_TARGET 401 /* with its NUL, as all of these */
#define SSMWORDS_NAME 257
#define SSMWORDS_DOCUMENT 129
#define SSMWORDS_LINE 4096 /* bytes of a line */

enum ssmwords_mode {
	SSMWORDS_USUAL, /* nobody said */
	SSMWORDS_SINGLE,
	SSMWORDS_FED,
	SSMWORDS_RAW,
};

/* Texts are "" where nothing was said. */
struct ssmwords {
	char target[SSMWORDS_TARGET];
	char profile[SSMWORDS_NAME];
	char region[65];
	char document[SSMWORDS_DOCUMENT]; /* none of AWS's own that we know */
	char reason[SSMWORDS_NAME];	  /* of start-session; not looked at */
	enum ssmwords_mode mode;
	char *line; /* the command, its own; NULL: a shell */
};

/* True for words that ssmwords_read() is for. */
bool ssmwords_is(const struct words *w);
/* line: what stands behind the words' "--", or NULL.  On RC_OK *ret is filled:
 * ssmwords_clear().  RC_REFUSE: usage, or a document that is refused; RC_FAIL: memory;
 * both with *r. */
enum rc ssmwords_read(
    const struct words *w, const char *line, struct ssmwords *ret, struct refusal *r);
void ssmwords_clear(struct ssmwords *w);

/* The line of an argv array's words behind "--": the one word as it is, or several, each
 * quoted so that a shell reads it as itself.  On RC_OK *ret is yours.  RC_REFUSE: none,
 * longer than SSMWORDS_LINE, or a NUL in it; RC_FAIL: memory. */
enum rc ssmwords_join(const struct span *list, size_t n, char **ret, struct err *err);

/* A name that a target could have: an id of AWS, or a name in ASCII. */
bool ssmwords_target_ok(struct span s);
/* A name that a document could have, or its ARN. */
bool ssmwords_document_ok(struct span s);

#endif
