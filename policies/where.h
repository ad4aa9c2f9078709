/* The `where` of a rule: target, account, region, profile, tag, env, os_user.
 *
 * Each key holds a text, a list (one of them), {glob: …} or {in: SET}; tag a mapping of
 * those.  All keys must hold.
 */
#ifndef POLICIES_WHERE_H
#define POLICIES_WHERE_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "lib/model/facts.h"

struct where;

/* Read it; texts stay borrowed.  On RC_OK *ret is yours: where_free().  RC_REFUSE with
 * the place; RC_FAIL when out of memory. */
enum rc where_read(const struct yaml_node *n, const struct yaml_node *sets,
    struct where **ret, struct err *err);
/* NULL is fine. */
void where_free(struct where *w);

/* One condition more, from a rule's credential.role: the facts' role is exactly this.
 * *w may be NULL; then it becomes yours.  role stays borrowed.  RC_FAIL when out of
 * memory. */
enum rc where_add_role(struct where **w, const char *role, struct err *err);

/* Bits of enum fit: a fact that is not known gives FIT_MAYBE, one that differs FIT_NO.
 * NULL is everywhere.  region: of the request, NULL when not known (facts->region is not
 * looked at). */
unsigned where_fit(const struct where *w, const struct facts *f, const char *region);
/* The first key that is not sure to hold ("account", "tag tier", "role"), and whether
 * its fact is missing rather than another; NULL when all hold.  Borrowed; for a tag the
 * text is written to buf. */
const char *where_misfit(const struct where *w, const struct facts *f,
    const char *region, bool *unknown, char *buf, size_t size);

#endif
