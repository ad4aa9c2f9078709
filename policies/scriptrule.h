/* The `script` of a rule: which stored script, with which arguments. */
#ifndef POLICIES_SCRIPTRULE_H
#define POLICIES_SCRIPTRULE_H

#include <stddef.h>

#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "policies/shell.h"

struct scriptrule;

/* Read the mapping: name, operands; or the name alone.  sets: the file's, checked, or
 * NULL.  Texts stay borrowed.  On RC_OK *ret is yours: scriptrule_free().  RC_REFUSE
 * with the place; RC_FAIL when out of memory. */
enum rc scriptrule_read(const struct yaml_node *n, const struct yaml_node *sets,
    struct scriptrule **ret, struct err *err);
/* NULL is fine. */
void scriptrule_free(struct scriptrule *r);

/* Bits of enum fit.  A rule without operands surely means no arguments only. */
unsigned scriptrule_fit(const struct scriptrule *r, const char *name,
    const struct shell_word *arguments, size_t n);

/* The same for the name alone, whatever its arguments. */
unsigned scriptrule_names(const struct scriptrule *r, const char *name);

#endif
