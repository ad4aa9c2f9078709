/* What is known of the options of common programs: which take values, and how. */
#ifndef POLICIES_OPTFACTS_H
#define POLICIES_OPTFACTS_H

#include <stdbool.h>

#include "lib/base/buf.h"

enum optarity {
	OPTARITY_UNKNOWN, /* the program is not known, or not to have it */
	OPTARITY_FLAG,	  /* no value */
	OPTARITY_VALUE,	  /* always one */
	OPTARITY_JOINED,  /* perhaps one, which is then joined: -xVALUE, --x=VALUE */
	OPTARITY_NUMBER,  /* as joined, but takes the next word if it is a number */
};

struct optfacts;

/* NULL: nothing is known of it. */
const struct optfacts *optfacts_find(const char *program);
/* f may be NULL.  Of a program that is not known, some long names are still
 * OPTARITY_JOINED, since they are so wherever GNU's programs have them. */
enum optarity optfacts_short(const struct optfacts *f, char letter);
enum optarity optfacts_long(const struct optfacts *f, const char *name);

/* It reads no options behind its first operand. */
bool optfacts_stops(const struct optfacts *f);

/* What some programs do with some options; NULL: nothing of that kind. */
struct opttraits;
const struct opttraits *opttraits_find(const char *program);
/* -NUM stands for this letter with that value; 0: it does not.  t may be NULL here and
 * below. */
char opttraits_number(const struct opttraits *t);
/* The option, by letter (or 0) and long name (or NULL), brings the program text or the
 * pattern that is the first operand otherwise. */
bool opttraits_script(const struct opttraits *t, char letter, const char *name);
/* The option makes the program read the current folder when it has no operand for
 * files.  0 and NULL: it does so by itself. */
bool opttraits_deep(const struct opttraits *t, char letter, const char *name);

/* No option of the program does more than change what it shows. */
bool optfacts_harmless(const char *program);

#endif
