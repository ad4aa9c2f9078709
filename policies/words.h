/* The words of a command: what an exec request's one string means, without a shell.
 *
 * Every byte string is either split into words or refused with a reason.  Nothing
 * is expanded, and what a shell would act on is refused rather than taken as text,
 * so that whoever reads the line and the program that runs agree on what it says.
 *
 * Refusals are RC_REFUSE and read "CODE: what, where, what to do instead".  The codes
 * are: empty, limit, character, operator, expansion, comment, incomplete.  Positions
 * count bytes from 1.
 */
#ifndef POLICIES_WORDS_H
#define POLICIES_WORDS_H

#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define WORDS_LINE 4096 /* bytes of a line, or of a list with a blank between words */
#define WORDS_MOST 256	/* words */
#define WORDS_WORD 2048 /* bytes of one word */

struct words;

/* Split a line.  Blanks and tabs part words; '...' is literal; within "..." a
 * backslash takes the next of " \ $ ` and is itself elsewhere; outside quotes it
 * takes any printable ASCII character.  Refused: what the limits above exclude, NUL,
 * control characters but tab, invalid UTF-8, characters that do not show, unquoted
 * ; | & < > ( ) $ ` and non-ASCII, # at the start of a word, $ and ` within "...", an
 * open quote, a backslash at the end.  Any other character means itself.
 * On RC_OK *ret is yours: words_free().  RC_FAIL when out of memory. */
enum rc words_split(struct span line, struct words **ret, struct err *err);

/* The same up to the first bare word "--"; *rest is what follows that and one blank, byte
 * by byte and not looked at.  Without such a word rest->p is NULL. */
enum rc words_split_to(
    struct span line, struct words **ret, struct span *rest, struct err *err);

/* Words that were never one string (an argv array): only limits and characters are
 * checked, no character has a meaning.  The list's spans are borrowed. */
enum rc words_from_list(
    const struct span *list, size_t n, struct words **ret, struct err *err);

/* NULL is fine. */
void words_free(struct words *w);

/* How many words; never 0. */
size_t words_count(const struct words *w);
/* Word i, borrowed; NULL when i is not below words_count. */
const char *words_at(const struct words *w, size_t i);

#endif
