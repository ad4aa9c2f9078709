/* Who a policy's own test is put as, and where it would run. */
#ifndef POLICIES_ASKER_H
#define POLICIES_ASKER_H

#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "lib/model/facts.h"

#define ASKER_GROUPS 16
#define ASKER_PAIRS 32 /* claims, and tags */

/* facts point into it: it stays where it was read. */
struct asker {
	struct identity who;
	const char *groups[ASKER_GROUPS];
	struct facts_pair claims[ASKER_PAIRS], tags[ASKER_PAIRS];
	struct facts facts;
};

/* Read the mapping under `as`: identity, kind, group, auth, claims, delegated_by; n
 * NULL: an agent in no group.  What it does not say: a key that was shown just now,
 * account 111122223333 of the partition aws, eu-west-1, no target, and no moment.
 * Texts stay borrowed.  RC_REFUSE with the place. */
enum rc asker_read(const struct yaml_node *n, struct asker *ret, struct err *err);

/* Read the mapping under `place` over what a has: account, region, partition, profile,
 * role, target, target_id, tags, env, os_user.  n may be NULL. */
enum rc asker_place(const struct yaml_node *n, struct asker *a, struct err *err);

#endif
