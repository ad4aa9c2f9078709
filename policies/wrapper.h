/* Programs that run another: timeout 5 cat x, sudo -u app systemctl status y.
 *
 * A row of the table says which options such a program takes, how many fixed words
 * follow, and where the inner command begins.  What the row does not say is
 * undecidable, and so is every program that is known to run something it is not worth
 * unwrapping (xargs without a fixed command, sh -c, ssh, watch, …).
 */
#ifndef POLICIES_WRAPPER_H
#define POLICIES_WRAPPER_H

#include <stdbool.h>
#include <stddef.h>

#include "policies/shell.h"

#define WRAPPER_DEPTH 4

/* One program of a chain: its own name and words.  A wrapper's words are those before
 * the inner command. */
struct wrapper_link {
	const struct shell_word *words;
	size_t n;
	bool wrapper;	    /* it is one of the table, and another link follows */
	const char *run_as; /* the OS user that sudo or doas gave it; NULL: none */
	bool open;	    /* xargs: words that nobody knows follow these */
};

struct wrapper_chain {
	/* The outermost first; the last is the command that runs in the end. */
	size_t n;
	struct wrapper_link links[WRAPPER_DEPTH + 1];
	/* SHELL_FINE, SHELL_WRAPPER, SHELL_INTERPRETER or SHELL_ASSIGNMENT: then the chain
	 * goes as far as it is understood, and nothing of it may be let through. */
	enum shell_reason undecidable;
	const char *what; /* a few words for people */
	size_t at;	  /* index of the word that made it so */
};

/* Take a command apart; never fails.  Links point into the words. */
void wrapper_unwrap(
    const struct shell_word *words, size_t n, struct wrapper_chain *ret);

/* The last part of a path; the word itself without a slash. */
const char *wrapper_base(const char *name);
/* The name of a program that stands bare, or below /bin, /usr/bin, /sbin or /usr/sbin in
 * exactly that spelling; NULL for any other path, and for "". */
const char *wrapper_bare(const char *name);

/* True for programs that take another program's words or text, in any form: the table's
 * rows and all that are undecidable for it.  For lint. */
bool wrapper_known(const char *name);

#endif
