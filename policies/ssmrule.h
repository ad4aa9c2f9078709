/* The `ssm` of a rule: which sessions may be opened on a target. */
#ifndef POLICIES_SSMRULE_H
#define POLICIES_SSMRULE_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/base/yaml.h"

struct ssmrule;

/* "single", "fed", "program", "raw": in the order of enum ssm_mode (decide.h), and NULL
 * at the end. */
extern const char *const ssmrule_modes[];

/* Read the mapping: documents, mode, shell.  Texts stay borrowed.  On RC_OK *ret is
 * yours: ssmrule_free().  RC_REFUSE with the place; RC_FAIL when out of memory. */
enum rc ssmrule_read(const struct yaml_node *n, struct ssmrule **ret, struct err *err);
/* NULL is fine. */
void ssmrule_free(struct ssmrule *r);

/* It names raw. */
bool ssmrule_raw(const struct ssmrule *r);

/* Bits of enum fit.  mode: enum ssm_mode.  document NULL: not known.
 * Any mode but single is interactive: surely meant only with `shell: true`; raw only
 * where mode names it.  With `shell: true` a rule is never about single to deny it. */
unsigned ssmrule_fit(const struct ssmrule *r, const char *document, unsigned mode);

#endif
