/* What a condition is made of: between matcher.c, which reads and judges, and
 * matcher_say.c, which tells of it.  Nobody else includes this. */
#ifndef POLICIES_MATCHER_PARTS_H
#define POLICIES_MATCHER_PARTS_H

#include <stdint.h>

#include "policies/matcher.h"
#include "policies/netblock.h"
#include "policies/re.h"

enum kind {
	ANY,
	FLAG,
	WRITTEN,
	IN,	 /* list */
	LITERAL, /* node */
	GLOB,	 /* node: a text or a list */
	ARN,
	ANY_ARN,
	INT,
	CIDR,
	ANY_CIDR,
	INSTANCE,
	RE,
	PATH_IN, /* node: a list */
};

struct matcher {
	enum kind kind;
	bool each;
	const struct yaml_node *node;
	int64_t least, most;
	struct re *re;
	size_t n_blocks;
	struct netblock *blocks;
};

#endif
