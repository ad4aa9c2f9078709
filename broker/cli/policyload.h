/* Policy files as `broker policy` reads them: any file and folder that its caller may
 * read.  (brokerd reads with pack_load(), which asks whose they are.) */
#ifndef BROKER_CLI_POLICYLOAD_H
#define BROKER_CLI_POLICYLOAD_H

#include <stddef.h>

#include "broker/cli/policyopts.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "policies/pack.h"

struct policyload;

/* Read n paths: files, and of folders each *.yaml that does not begin with a dot, in
 * the order of their names.  On RC_OK *ret is yours: policyload_free().  RC_REFUSE for
 * what cannot be read, and for bounds of pack.h. */
enum rc policyload_read(
    const char *const *paths, size_t n, struct policyload **ret, struct err *err);
/* NULL is fine. */
void policyload_free(struct policyload *l);

/* How many files, and one of them; borrowed. */
size_t policyload_count(const struct policyload *l);
const struct pack_text *policyload_at(const struct policyload *l, size_t i);

/* All of them as one pack, examples and tests run, as brokerd would take it; errors as
 * those of pack_read(). */
enum rc policyload_pack(const struct policyload *l, struct pack **ret, struct err *err);

/* Paths to a pack: the two in one. */
enum rc policyload_rules(
    const char *const *paths, size_t n, struct pack **ret, struct err *err);
/* Those of --policy; rest: and those behind the options; if there are none, those that
 * brokerd reads by default (below --root). */
enum rc policyload_chosen(
    const struct policyopts *o, bool rest, struct pack **ret, struct err *err);

#endif
