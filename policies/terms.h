/* What a rule says beside yes or no: credential, files, record. */
#ifndef POLICIES_TERMS_H
#define POLICIES_TERMS_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "lib/model/verdict.h"

struct terms {
	bool scope;	  /* credential.session_policy: scope */
	unsigned seconds; /* credential.duration; 0: not said */
	bool in, out;	  /* files.in: stdin, files.out: stdout */
	enum verdict_bodies bodies;
};

/* Read those of the three keys that the rule n has.  *ret is zeroes without them.
 * RC_REFUSE with the place. */
enum rc terms_read(const struct yaml_node *n, struct terms *ret, struct err *err);

/* Add a rule's terms to a verdict: the least of bodies and time counts. */
void terms_add(const struct terms *t, struct verdict *v);

#endif
