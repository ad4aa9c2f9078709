/* The canonical text of a command: one spelling for deciding, showing and digesting.
 *
 * Words are joined by one blank.  A word made only of ASCII letters, digits and
 * _ - . / : , + @ % stands bare; any other, the empty one, and always the command
 * word, stands in single quotes, with a quote inside as '\''.  Splitting the text
 * gives the same words again (unless the added quotes carry it over WORDS_LINE), and
 * their canonical text is the same text.
 */
#ifndef POLICIES_CANON_H
#define POLICIES_CANON_H

#include "lib/base/buf.h"
#include "policies/words.h"

/* No canonical text is longer, whatever the words. */
#define CANON_MOST (4 * WORDS_LINE + 3 * WORDS_MOST)

/* Append the text.  The caller checks buf_ok. */
void canon_put(const struct words *w, struct buf *out);
/* Append one word as it stands in a text, for messages; quoted if it must be. */
void canon_word(const char *word, struct buf *out);

#endif
