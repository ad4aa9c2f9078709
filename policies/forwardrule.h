/* The `forward` of a rule: which ports may be connected to, on a target or behind it. */
#ifndef POLICIES_FORWARDRULE_H
#define POLICIES_FORWARDRULE_H

#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "lib/model/facts.h"
#include "lib/model/verdict.h"

#define FORWARDRULE_PORTS 64 /* numbers and ranges in one list */

struct forwardrule;

/* Read the mapping: host, port, target.  In allow and hold rules port has to be said.
 * Texts stay borrowed.  On RC_OK *ret is yours: forwardrule_free().  RC_REFUSE with the
 * place; RC_FAIL when out of memory. */
enum rc forwardrule_read(const struct yaml_node *n, const struct yaml_node *sets,
    enum effect effect, struct forwardrule **ret, struct err *err);
/* NULL is fine. */
void forwardrule_free(struct forwardrule *r);

/* Bits of enum fit; the first by the target alone.  host: behind the target; NULL: the target itself, which is all that
 * a rule without `host` surely means.  The target is that of the facts. */
unsigned forwardrule_fit_target(const struct forwardrule *r, const struct facts *f);
unsigned forwardrule_fit(const struct forwardrule *r, const char *host, unsigned port,
    const struct facts *f);

#endif
