/* Versions of agents; see agentversion.h.  Each skill came with the first version after
 * the one in the table. */
#include "broker/target/agentversion.h"

#define DIGITS 9u /* so many always fit */

static const struct agentversion last_without[] = {
	[AGENT_TERMINATES] = { { 2, 3, 722, 0 } },
	[AGENT_MUX] = { { 3, 0, 196, 0 } },
	[AGENT_QUIET] = { { 3, 1, 1511, 0 } },
};

/* One number off the front. */
static bool
number(struct span *text, uint32_t *ret)
{
	unsigned n = 0;
	uint32_t v = 0;

	while (n < text->len && text->p[n] >= '0' && text->p[n] <= '9') {
		if (n == DIGITS)
			return false;
		v = v * 10 + (uint32_t)(text->p[n++] - '0');
	}
	*text = span_make(text->p + n, text->len - n);
	*ret = v;
	return n > 0;
}

bool
agentversion_read(struct span text, struct agentversion *ret)
{
	struct agentversion v;

	for (unsigned i = 0; i < 4; i++) {
		if (i > 0) {
			if (text.len == 0 || text.p[0] != '.')
				return false;
			text = span_make(text.p + 1, text.len - 1);
		}
		if (!number(&text, &v.part[i]))
			return false;
	}
	if (text.len > 0)
		return false;
	*ret = v;
	return true;
}

int
agentversion_compare(const struct agentversion *a, const struct agentversion *b)
{
	for (unsigned i = 0; i < 4; i++)
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i] ? -1 : 1;
	return 0;
}

bool
agentversion_can(const struct agentversion *v, enum agent_skill skill)
{
	return agentversion_compare(v, &last_without[skill]) > 0;
}

bool
agentversion_speaks(const struct agentversion *ours)
{
	static const struct agentversion too_old = { { 1, 2, 331, 0 } };

	return agentversion_compare(ours, &too_old) > 0;
}
