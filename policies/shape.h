/* A command shape: which program, with which options and operands.
 *
 * Closed: an option, an operand, a glob or an input that the shape does not name does
 * not fit.  Options are read as GNU's getopt_long reads them, but long names must be
 * spelled in full (optread.h).
 *
 *	name: sort		or a list; {name: "mkfs*"} in deny rules only
 *	verb: [status]		the first operand has to be one of these, and is not
 *				counted among the operands
 *	options:		any, none, or what optlist.h has
 *	operands:		any, none, or {min, max, first, each}
 *	stdin:			never: not behind a pipe; pipe: behind one no file needs
 *				to be named, else one has to, so that nothing waits for
 *				input (unless there is a min); any
 *	glob:			never, absolute (it begins with /), any.  Not said: absolute,
 *				but any for operands: any of a program whose options only
 *				change what it shows
 *	profile: find-safe	a recogniser instead of verb, options and glob; of operands
 *				it takes each, for the files it may read
 *	like: filter		what is not said here is as in that shape; options add up
 *
 * What is not said is none, never and none of it; in a deny rule it is any.  So an
 * exception (unless) in a deny rule is read with EFFECT_ALLOW.
 *
 * first is about the first operand of programs that take a pattern or a program text
 * there; where an option brings it (grep -e, sed -f), all operands are judged by each.
 * With first and without each and max there is one operand at most.  The operand - is
 * the input: it fits where input is fed and stdin is pipe or any.
 */
#ifndef POLICIES_SHAPE_H
#define POLICIES_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "lib/model/verdict.h"
#include "policies/arnpattern.h"
#include "policies/sets.h"
#include "policies/shell.h"

#define SHAPE_NAMES 64

struct shape;

/* A command as shapes look at it. */
struct shape_subject {
	const struct shell_word *words; /* the first is the program */
	size_t n;
	bool fed;   /* input comes through a pipe or a redirection that is allowed */
	bool open;  /* words that nobody knows follow (xargs) */
	bool whole; /* false: the line broke off behind these words */
	bool empty; /* fed, and with nothing: from /dev/null */
};

/* Read a shape (a mapping).  sets, shapes: the file's, checked, or NULL; `like` takes
 * over one of shapes.  effect: a deny may name globs, and takes options: any.  Texts stay
 * borrowed.  On RC_OK *ret is yours: shape_free().  RC_REFUSE with the place; RC_FAIL
 * when out of memory. */
enum rc shape_read(const struct yaml_node *n, const struct yaml_node *sets,
    const struct yaml_node *shapes, enum effect effect, struct shape **ret,
    struct err *err);
/* NULL is fine. */
void shape_free(struct shape *s);

/* The mapping under `shapes`, each read once so that an error has its place. */
enum rc shape_check_all(
    const struct yaml_node *n, const struct yaml_node *sets, struct err *err);

/* Bits of enum fit (policies/arnpattern.h): FIT_SURE for a command that is whole, known
 * and fits; FIT_MAYBE for one that could: a pattern of the shell may become what fits, a
 * word that is not seen may be it, or one of several operands is.  wide: for a deny rule,
 * which knows a program by the last part of its path; else it stands bare, or in /bin,
 * /usr/bin, /sbin or /usr/sbin.  Allocates nothing. */
unsigned shape_fit(const struct shape *s, const struct shape_subject *c, bool wide);

/* What shape_fit() costs at worst, in looks at a word. */
size_t shape_steps(const struct shape *s, const struct shape_subject *c);

#define SHAPE_WHY 200

/* What keeps a command of the shape's program from fitting, for people: "option -o is
 * not listed (options: b d f n r u, k= t=)".  Returns out; "" when it fits, or when it
 * is another program. */
const char *shape_why(
    const struct shape *s, const struct shape_subject *c, char out[SHAPE_WHY]);

/* The programs that it names, for an index; globs is true when one of them has a glob
 * (deny rules). */
size_t shape_names(const struct shape *s, const char *const **names, bool *globs);

/* For completion: each of its programs with "", and with each verb and each option that
 * it lists ("-r", "--all", "--key=").  What a profile takes is its own affair. */
void shape_hints(const struct shape *s,
    void (*each)(void *arg, const char *name, const char *word), void *arg);

/* For lint: what the author left open. */
bool shape_any_options(const struct shape *s);
bool shape_any_operands(const struct shape *s);
bool shape_lists_options(const struct shape *s);
/* It lists the option, by letter (or 0) and long name (or NULL), and nothing of its
 * value. */
bool shape_option_open(const struct shape *s, char letter, const char *name);
/* The first operand, or else one of the others, may be any text. */
bool shape_operand_open(const struct shape *s, bool first);
const char *shape_profile(const struct shape *s); /* NULL: none */

/* Words alone, for a script's arguments: min, max, first, each as in `operands`. */
struct shape_operands;
enum rc shape_operands_read(const struct yaml_node *n, const struct yaml_node *sets,
    struct shape_operands **ret, struct err *err);
void shape_operands_free(struct shape_operands *o);
unsigned shape_operands_fit(
    const struct shape_operands *o, const struct shell_word *words, size_t n);

/* A shipped recogniser: reads the words behind the program's name.  True: the command
 * does nothing but what the profile stands for.  why (may be NULL) gets what does not
 * fit. */
struct shape_profile {
	const char *profile;	  /* "find-safe" */
	const char *const *names; /* programs that it reads, NULL at the end */
	/* paths: where files may be read, as a rule's operands say it (path_in); NULL:
	 * the rule says nothing, and the profile then takes no file at all but for
	 * programs that only show names and states. */
	bool (*fits)(const struct shape_subject *c,
	    bool (*path)(const void *arg, const struct shell_word *w), const void *arg,
	    char why[SHAPE_WHY]);
};
/* policies/profiles.c; PROGRAM-safe is another name of each profile of that program.  NULL:
 * there is none of that name. */
const struct shape_profile *shape_profile_find(const char *profile);
/* Profile i, for lists; NULL when i is not below their number. */
const struct shape_profile *shape_profile_at(size_t i);

#endif
