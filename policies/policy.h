/* One policy file, read and checked. */
#ifndef POLICIES_POLICY_H
#define POLICIES_POLICY_H

#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "policies/rule.h"
#include "policies/runbook.h"

#define POLICY_RULES 1000 /* rules and runbooks in one file */
#define POLICY_TESTS 1000 /* tests in one file, and examples in one rule */

struct policy {
	struct yaml_doc *doc; /* all texts are its */
	const char *name;
	size_t n_rules;
	struct rule *rules; /* in the order of the file; then those of its runbooks */
	size_t n_runbooks;
	struct runbook **runbooks;	       /* of the last so many rules */
	const struct yaml_node *sets, *shapes; /* NULL when there are none */
	bool hold_undecidable;		       /* defaults: {undecidable: hold} */
	const struct yaml_node *tests;	       /* NULL when there are none */
	struct zones *zones;		       /* of its rules' clocks */
};

/* Read a file's text; file is what messages call it.  Examples and tests are checked
 * for form only (exam.h runs them).  On RC_OK *ret is yours: policy_free().  RC_REFUSE
 * with FILE:LINE:COLUMN and what was expected; RC_FAIL when out of memory. */
enum rc policy_read(
    const char *file, struct span text, struct policy **ret, struct err *err);
/* NULL is fine. */
void policy_free(struct policy *p);

#endif
