/* The `who` of a rule: a condition on the identity that asks and on its proof.
 *
 * A mapping of any (a list, one must hold), all (a list), not, identity, group, kind,
 * auth: {method, max_age}; all keys of one mapping must hold.
 */
#ifndef POLICIES_WHO_H
#define POLICIES_WHO_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "lib/model/facts.h"

struct who;

/* Read a condition; its texts stay borrowed from the document.  On RC_OK *ret is yours:
 * who_free().  RC_REFUSE with the place; RC_FAIL when out of memory. */
enum rc who_read(const struct yaml_node *n, struct who **ret, struct err *err);
/* NULL is fine. */
void who_free(struct who *w);

/* True when the condition holds.  NULL is everybody. */
bool who_holds(const struct who *w, const struct facts *facts);

#endif
