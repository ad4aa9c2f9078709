/* The `who` of a rule: a condition on the identity that asks and on its proof.
 *
 * A mapping of any (a list, one must hold), all (a list), not, identity, group, kind,
 * auth: {method, max_age}, claim: {NAME: value}, delegated_by; all keys of one mapping
 * must hold.
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

/* Bits of enum fit (policies/arnpattern.h).  NULL is everybody.  A claim that the facts
 * do not have gives FIT_MAYBE, also under `not`: an allow does not act on it and a deny
 * does.  Everything else is known: FIT_BOTH or FIT_NO. */
unsigned who_fit(const struct who *w, const struct facts *facts);

/* True when the condition surely holds: what an allow acts on. */
bool who_holds(const struct who *w, const struct facts *facts);

#endif
