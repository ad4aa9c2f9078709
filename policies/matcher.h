/* Conditions on values: of an option on the command line, of a member of a call, on one
 * word of a command.
 *
 *	any			any values, known or not
 *	flag			no value at all (options only)
 *	literal			any text that is written out (words only)
 *	NAME			one of the values of that set; words: below its paths
 *	[a, b], {in: [a, b]}	one of these, byte for byte
 *	{literal: a}		exactly this
 *	{glob: "a-*"}		* any bytes, ? one; a list: one of them
 *	{int: [1, 100]}		a whole number in plain decimal, within the bounds
 *	cidr			an address of IPv4 or IPv6, or a block of them
 *	{cidr: [10.0.0.0/8]}	one that lies in one of these
 *	arn			a resource, whichever
 *	{arn: "arn:…"}		a resource (arnpattern.h); a list: one of them
 *	instance		the id of an instance: i- and 8 or 17 hexadecimal digits
 *	{re: "[a-z]+"}		text of that form (re.h)
 *	{path_in: …}		a path in a set or list (pathset.h; words only)
 *	{each: MATCHER}		one value or more, and each of them so (not for words)
 *
 * Without each there must be one value.  A word with a part ".." is surely none that a
 * glob or re with a slash is about.
 */
#ifndef POLICIES_MATCHER_H
#define POLICIES_MATCHER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "policies/arnpattern.h"
#include "policies/shell.h"

struct matcher;

/* Read a condition; texts stay borrowed from the document.  flags: `flag` is taken.
 * On RC_OK *ret is yours: matcher_free().  RC_REFUSE with the place; RC_FAIL when out
 * of memory. */
enum rc matcher_read(const struct yaml_node *n, const struct yaml_node *sets,
    bool flags, struct matcher **ret, struct err *err);
/* The same for words. */
enum rc matcher_read_word(const struct yaml_node *n, const struct yaml_node *sets,
    struct matcher **ret, struct err *err);
/* NULL is fine. */
void matcher_free(struct matcher *m);

/* What was seen of one option's or member's values so far; begins as zeroes. */
struct matcher_tally {
	size_t n;
	bool misfit, fit, unknown;
};

/* One value more; known false: there is one, but nobody can tell which. */
void matcher_see(
    const struct matcher *m, struct span value, bool known, struct matcher_tally *t);
/* What it comes to: enum fit.  FIT_SURE: all values are known and fit.  FIT_MAYBE: one
 * fits, or is not known. */
unsigned matcher_fit(const struct matcher *m, const struct matcher_tally *t);

/* How a word fits: enum fit.  One with live globs fits any, and path_in as pathset_fit
 * says; all else it may come to fit. */
unsigned matcher_fit_word(const struct matcher *m, const struct shell_word *w);

/* What it costs to look at a byte of a word, at worst: in MATCHER_STEPth parts of what
 * else a word costs.  0: next to nothing.  NULL is fine. */
#define MATCHER_STEP 8
size_t matcher_weight(const struct matcher *m);

/* The same for a pattern as `glob` and resources have it. */
size_t matcher_pattern_weight(const char *pattern);

/* It takes any text.  NULL is fine, and does. */
bool matcher_open(const struct matcher *m);

/* Append what it takes, for people: "any", "one of a b c", "a number from 1 to 5". */
void matcher_say(const struct matcher *m, struct buf *out);

#endif
