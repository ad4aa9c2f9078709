/* Rendering of words; see canon.h.  Its reader is words_split. */
#include "policies/canon.h"

#include <stdbool.h>
#include <string.h>

static bool
bare(const char *word)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,+@%";

	return word[0] != '\0' && word[strspn(word, set)] == '\0';
}

static void
put_quoted(const char *word, struct buf *out)
{
	buf_text(out, "'");
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			buf_text(out, "'\\''");
		else
			buf_put(out, word, 1);
	}
	buf_text(out, "'");
}

void
canon_word(const char *word, struct buf *out)
{
	if (bare(word))
		buf_text(out, word);
	else
		put_quoted(word, out);
}

void
canon_put(const struct words *w, struct buf *out)
{
	/* Quoted, the command word can be no alias and no reserved word, should the
	 * text ever meet a shell. */
	put_quoted(words_at(w, 0), out);
	for (size_t i = 1; i < words_count(w); i++) {
		buf_text(out, " ");
		canon_word(words_at(w, i), out);
	}
}
