/* The table behind capabilities_of. */
#ifndef POLICIES_CAPABILITIES_PARTS_H
#define POLICIES_CAPABILITIES_PARTS_H

#include "policies/capabilities.h"

#define CAPABILITIES_TOOLS 478

struct capabilities_tool {
	const char *name;
	unsigned bits;
};

/* In the order of strcmp. */
extern const struct capabilities_tool capabilities_table[CAPABILITIES_TOOLS];

#endif
