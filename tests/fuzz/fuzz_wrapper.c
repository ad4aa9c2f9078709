/* Any line as the words of a command: the chain's links are parts of these words, one
 * behind the other, and what is let through never is a program that runs others. */
#include <stdlib.h>
#include <string.h>

#include "policies/wrapper.h"
#include "tests/policies/shellwords.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct shellwords s;
	struct wrapper_chain c;
	size_t used = 0;

	if (memchr(data, '\0', size) != NULL ||
	    !shellwords_cut(&s, (const char *)data, size))
		return 0;
	memset(&c, 0xff, sizeof c);
	wrapper_unwrap(s.words, s.n, &c);
	check(c.n <= WRAPPER_DEPTH + 1 && (c.n > 0) == (s.n > 0));
	check((c.what != NULL) == (c.undecidable != SHELL_FINE));
	check(c.at < s.n || (s.n == 0 && c.at == 0));
	for (size_t i = 0; i < c.n; i++) {
		check(c.links[i].words == s.words + used && c.links[i].n > 0);
		check(c.links[i].wrapper == (i + 1 < c.n));
		used += c.links[i].n;
	}
	check(used == s.n);
	if (c.undecidable != SHELL_FINE || c.n < 2)
		return 0;
	/* Every word before the inner command is known, and so is its name. */
	for (size_t i = 0; i + 1 < c.n; i++)
		for (size_t j = 0; j < c.links[i].n; j++)
			check(!shell_word_glob(&c.links[i].words[j]));
	for (size_t i = 1; i < c.n; i++) {
		const struct shell_word *w = &c.links[i].words[0];

		check(!shell_word_glob(w) && w->len > 0 && w->text[0] != '-' &&
		      strchr(w->text, '=') == NULL);
	}
	return 0;
}
