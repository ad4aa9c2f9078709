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
#include "lib/base/yaml.h"
#include "policies/matcher.h"
#include "policies/shell.h"

#define OPTREAD_LONGS 256 /* long options of one table */

/* What an author lists, from `options`: the same for all programs of a shape. */
struct optlist;
/* That, for one program. */
struct optread;

/* Read one or more mappings, which add up; sets: the file's, checked, or NULL.  A key
 * of `values` in an earlier mapping counts before one in a later one.  On RC_OK *ret is
 * yours: optlist_free().  RC_REFUSE with the place; RC_FAIL when out of memory. */
enum rc optlist_read(const struct yaml_node *const *n, size_t count,
    const struct yaml_node *sets, struct optlist **ret, struct err *err);
/* NULL is fine. */
void optlist_free(struct optlist *l);
/* True when each may stand once only. */
bool optlist_once(const struct optlist *l);
/* Append "b d f, k= t=, --reverse --key=": what is listed. */
void optlist_say(const struct optlist *l, struct buf *out);

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
	bool number;		       /* it is -NUM, which stands for the letter */
	bool
	    known; /* with any options: it is clear whether the next word belongs to it */
};

#define OPTREAD_IDS (128 + OPTREAD_LONGS)

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
