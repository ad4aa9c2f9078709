/* What a condition takes, and what it costs, for those who do not judge by it. */
#include "policies/matcher.h"

#include <string.h>

#include "policies/matcher_parts.h"

#define SAY_MOST 8 /* of a list's values in a message */

/* Stars are come back to, byte after byte; but not to "all below" at a path's end. */
size_t
matcher_pattern_weight(const char *pattern)
{
	size_t n = strlen(pattern), stars = 0;

	if (n >= 2 && strcmp(pattern + n - 2, "**") == 0)
		n -= 2;
	for (size_t i = 0; i < n; i++)
		stars += pattern[i] == '*';
	return stars < MATCHER_STEP ? stars : MATCHER_STEP;
}

size_t
matcher_weight(const struct matcher *m)
{
	const struct yaml_node *n = m == NULL ? NULL : m->node;
	size_t all = 0, rows = 0;

	if (m == NULL || m->kind == IN)
		return 0;
	if (m->kind == RE)
		return re_states(m->re);
	if (m->kind != GLOB && m->kind != ARN && m->kind != PATH_IN)
		return 0;
	if (yaml_kind(n) == YAML_TEXT)
		return matcher_pattern_weight(yaml_cstr(n));
	for (n = yaml_first(n); n != NULL; n = yaml_next(n), rows++)
		all += matcher_pattern_weight(yaml_cstr(n));
	return all + rows / MATCHER_STEP;
}

bool
matcher_open(const struct matcher *m)
{
	return m == NULL || m->kind == ANY || m->kind == WRITTEN ||
	       (m->kind == GLOB && yaml_kind(m->node) == YAML_TEXT &&
		   yaml_cstr(m->node)[strspn(yaml_cstr(m->node), "*")] == '\0');
}

static void
say_list(const struct yaml_node *n, const char *before, struct buf *out)
{
	const struct yaml_node *v = yaml_kind(n) == YAML_TEXT ? n : yaml_first(n);

	buf_text(out, before);
	for (size_t i = 0; v != NULL; i++, v = yaml_next(v)) {
		if (i == SAY_MOST) {
			buf_text(out, " …");
			return;
		}
		buf_printf(out, " %s", yaml_cstr(v));
		if (yaml_kind(n) == YAML_TEXT)
			return;
	}
}

void
matcher_say(const struct matcher *m, struct buf *out)
{
	static const char *const texts[] = {
		[ANY] = "anything",
		[FLAG] = "no value",
		[WRITTEN] = "text without a pattern of the shell",
		[IN] = "one of",
		[LITERAL] = "exactly",
		[GLOB] = "text like",
		[ARN] = "a resource like",
		[ANY_ARN] = "a resource's ARN",
		[CIDR] = "an address in the rule's blocks",
		[ANY_CIDR] = "an address or a block of addresses",
		[INSTANCE] = "an instance's id",
		[RE] = "text like",
		[PATH_IN] = "a path in",
	};

	if (m->kind == INT)
		buf_printf(out, "a number from %lld to %lld", (long long)m->least,
		    (long long)m->most);
	else if (m->node != NULL && m->kind != CIDR)
		say_list(m->node, texts[m->kind], out);
	else
		buf_text(out, texts[m->kind]);
}
