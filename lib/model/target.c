/* Forms of ids and names of targets; see target.h. */
#include "lib/model/target.h"

#include <string.h>

#include "lib/model/name.h"

static bool
hex_after(struct span s, size_t from)
{
	if (s.len <= from || s.len > from + 32)
		return false;
	for (size_t i = from; i < s.len; i++)
		if (s.p[i] == '\0' || strchr("0123456789abcdef", s.p[i]) == NULL)
			return false;
	return true;
}

static bool
container(struct span s)
{
	if (s.len <= 4 || s.len > TARGET_ID_MOST)
		return false;
	for (size_t i = 4; i < s.len; i++) {
		uint8_t c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') ||
			(c != '\0' && strchr("_.:/-", c) != NULL)))
			return false;
	}
	return true;
}

enum target_kind
target_kind(struct span s)
{
	if (span_starts(s, "i-") && hex_after(s, 2))
		return TARGET_INSTANCE;
	if (span_starts(s, "mi-") && hex_after(s, 3))
		return TARGET_MANAGED;
	if (span_starts(s, "ecs:") && container(s))
		return TARGET_CONTAINER;
	return TARGET_NONE;
}

bool
target_alias(struct span s)
{
	return name_plain(s) && s.p[0] != '-' && s.p[0] != '.' && !span_is(s, "aws") &&
	       target_kind(s) == TARGET_NONE;
}
