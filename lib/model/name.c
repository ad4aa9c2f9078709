/* Alphabets and lengths of names; see name.h. */
#include "lib/model/name.h"

#include <string.h>

static bool
made_of(struct span s, size_t least, const char *extra)
{
	if (s.len < least || s.len > NAME_MOST)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.p[i];
		bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9');

		if (!alnum && (c == '\0' || strchr(extra, c) == NULL))
			return false;
	}
	return true;
}

bool
name_identity(struct span s)
{
	return made_of(s, 2, "_+=,.@-");
}

bool
name_label(struct span s)
{
	return made_of(s, 1, "_+=,.@-");
}

bool
name_plain(struct span s)
{
	return made_of(s, 1, "._-");
}

bool
name_os_user(struct span s)
{
	return s.len <= 32 && name_plain(s) && strchr("0123456789.-", s.p[0]) == NULL;
}
