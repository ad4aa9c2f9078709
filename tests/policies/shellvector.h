/* What the tests of the shell's reader share: vectors from tests/vectors/shell (README
 * there), and the notation of what was read. */
#ifndef TESTS_POLICIES_SHELLVECTOR_H
#define TESTS_POLICIES_SHELLVECTOR_H

#include "policies/shell.h"

struct shellvector {
	const char *file;
	unsigned number; /* of the "in" row in its file */
	char in[8192];
	size_t len;
	char out[8192];
	char canon[8192]; /* "" when the vector has none */
};

/* Call each for every vector of all files; fails the test when there are fewer than
 * least, or one is malformed.  top_srcdir names the tree. */
void shellvector_each(unsigned least, void (*each)(const struct shellvector *v));

/* "[ls] [/var/^*.log] 2>[/dev/null] | [wc]": words and targets in brackets, a ^ before
 * each character that acts; what does not show, % ^ and ] as %XX.  An undecidable line:
 * "! CODE OFFSET", then what was understood, with "..." behind a command whose end was
 * not seen. */
void shellvector_show(const struct shell_line *line, struct buf *out);

#endif
