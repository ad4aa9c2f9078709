/* The options of one program, read as GNU's getopt_long reads them, by a table.
 *
 * Short options may be joined, the value of the last joined to it or the next word; a
 * long one has its value behind = or as the next word; options may follow operands; --
 * ends them.  What getopt_long takes beyond that is not taken: abbreviations of long
 * names.  Nothing is allocated while reading.
 */
#ifndef POLICIES_OPTREAD_H
#define POLICIES_OPTREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "policies/matcher.h"
#include "policies/optlist.h"
#include "policies/shell.h"

/* A list (optlist.h), for one program. */
struct optread;

/* A table for this program: what the list says, corrected by what is known of the
 * program (optfacts.h).  An option that the program reads otherwise than the list says
 * is read the program's way, and where the program takes a value that the list does not
 * give it, never.  list NULL: any options.  On RC_OK *ret is yours: optread_free(); it
 * borrows from the list. */
enum rc optread_new(const struct optlist *list, const char *program,
    struct optread **ret, struct err *err);
/* NULL is fine. */
void optread_free(struct optread *o);

enum optread_what {
	OPTREAD_END,
	OPTREAD_OPERAND,
	OPTREAD_OPTION,
	OPTREAD_UNKNOWN,  /* not listed; reading goes on with the next word */
	OPTREAD_NO_VALUE, /* its value is missing */
	OPTREAD_VALUE,	  /* it has one, and takes none */
	OPTREAD_GLOB,	  /* a live glob in an option: nobody knows what it becomes */
	OPTREAD_ORDER,	  /* behind the first operand, of a program that stops there */
};

struct optread_item {
	enum optread_what what;
	const struct shell_word *word; /* where it stands; an operand: all of it */
	char letter;		       /* 0: a long one, or an operand */
	const char *name;	       /* of a long option, as the table has it */
	struct span shown;	       /* the option as it is written, for messages */
	/* The value, when has_value.  apart: the word that it is all of; else NULL. */
	bool has_value;
	struct span value;
	const struct shell_word *apart;
	const struct matcher *matcher; /* on the value; NULL: any */
	unsigned id;		       /* below OPTREAD_IDS, for each option another */
	bool script, deep;	       /* as opttraits_script and opttraits_deep say */
	bool number;		       /* it is -NUM, which stands for the letter */
	bool
	    known; /* with any options: it is clear whether the next word belongs to it */
};

#define OPTREAD_IDS (128 + OPTLIST_LONGS)

/* A place in a command's words; begins as {words, n, 1}. */
struct optread_cursor {
	const struct shell_word *words;
	size_t n;
	size_t at;    /* the word to read next */
	size_t in;    /* the letter of that word to read next; 0: it is not begun */
	bool ended;   /* -- was there */
	bool operand; /* an operand was there */
};

/* The next option or operand. */
void optread_next(
    const struct optread *o, struct optread_cursor *c, struct optread_item *ret);

/* With any options: true when all of them are. */
bool optread_any(const struct optread *o);

#endif
