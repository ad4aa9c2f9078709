/* A table of facts, searched by name. */
#include "policies/capabilities.h"

#include <stdlib.h>
#include <string.h>

#include "policies/capabilities_parts.h"
#include "policies/wrapper.h"

static int
compare(const void *name, const void *tool)
{
	return strcmp(name, ((const struct capabilities_tool *)tool)->name);
}

unsigned
capabilities_of(const char *name)
{
	const struct capabilities_tool *t =
	    bsearch(wrapper_base(name), capabilities_table, CAPABILITIES_TOOLS,
		sizeof capabilities_table[0], compare);

	return t == NULL ? 0 : t->bits;
}

const char *
capabilities_text(unsigned bits, char out[CAPABILITIES_TEXT])
{
	static const char *const words[] = { "shell", "inherit", "read", "write", "net",
		"priv" };
	char *p = out;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (!(bits & (1u << i)))
			continue;
		if (p != out)
			p = stpcpy(p, ", ");
		p = stpcpy(p, words[i]);
	}
	*p = '\0';
	return out;
}

const char *
capabilities_at(size_t i)
{
	return i < CAPABILITIES_TOOLS ? capabilities_table[i].name : NULL;
}
