/* The options that an author lists in a shape.
 *
 *	short: "nru"			letters without a value
 *	short_value: "kt"		letters with one
 *	long: [all, "key=", "color[=]"]	long ones: without, with, perhaps with a value
 *	values: {k: MATCHER, key: …}	what the value has to be
 *	once: true			each may stand once only
 */
#ifndef POLICIES_OPTLIST_H
#define POLICIES_OPTLIST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/yaml.h"

#define OPTLIST_LONGS 256 /* long options of one table */

/* What an author lists, from `options`: the same for all programs of a shape. */
struct optlist;

/* Read one or more mappings, which add up; sets: the file's, checked, or NULL.  A key
 * of `values` in an earlier mapping counts before one in a later one.  On RC_OK *ret is
 * yours: optlist_free().  RC_REFUSE with the place; RC_FAIL when out of memory. */
enum rc optlist_read(const struct yaml_node *const *n, size_t count,
    const struct yaml_node *sets, struct optlist **ret, struct err *err);
/* NULL is fine. */
void optlist_free(struct optlist *l);
/* True when each may stand once only. */
bool optlist_once(const struct optlist *l);
/* The heaviest condition on a value: matcher_weight(). */
size_t optlist_weight(const struct optlist *l);
/* It lists any option. */
bool optlist_lists(const struct optlist *l);
/* It lists the option, by letter (or 0) and long name (or NULL), and no condition on its
 * value. */
bool optlist_open(const struct optlist *l, char letter, const char *name);
/* Each option that is listed as it would be typed: "-r", "--all", "--key=", "--color". */
void optlist_each(
    const struct optlist *l, void (*each)(void *arg, const char *option), void *arg);
/* Append "b d f, k= t=, --reverse --key=": what is listed. */
void optlist_say(const struct optlist *l, struct buf *out);

#endif
