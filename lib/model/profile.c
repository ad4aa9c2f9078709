/* Checks on the values of a profile; see profile.h. */
#include "lib/model/profile.h"

#include <string.h>

#include "lib/model/name.h"

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool
is_lower(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

bool
profile_account(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_digit(s.p[i]))
			return false;
	return s.len == 12;
}

bool
profile_region(struct span s)
{
	if (s.len == 0 || s.len > 63 || s.p[0] == '-' || s.p[s.len - 1] == '-')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!is_lower(s.p[i]) && !is_digit(s.p[i]) && s.p[i] != '-')
			return false;
	return true;
}

bool
profile_external_id(struct span s)
{
	if (s.len < 2 || s.len > 1224)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.p[i];

		if (!is_digit(c) && !is_lower((uint8_t)(c | 0x20)) &&
		    (c == '\0' || strchr("_+=,.@:/-", c) == NULL))
			return false;
	}
	return true;
}

/* Cut the part of *s before its first colon, and the colon; all of it without one. */
static struct span
cut_part(struct span *s)
{
	const uint8_t *colon = s->len > 0 ? memchr(s->p, ':', s->len) : NULL;
	size_t n = colon != NULL ? (size_t)(colon - s->p) : s->len;
	struct span part = span_make(s->p, n);

	if (colon != NULL)
		n++;
	*s = span_make(s->p + n, s->len - n);
	return part;
}

static bool
role_path(struct span s)
{
	if (s.len > 512)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7E)
			return false;
	return true;
}

bool
profile_role(struct span s, struct span *account)
{
	struct span arn = cut_part(&s), partition = cut_part(&s), iam = cut_part(&s),
		    region = cut_part(&s), owner = cut_part(&s);
	size_t slash = s.len;

	if (!span_is(arn, "arn") || !span_is(iam, "iam") || region.len > 0 ||
	    !profile_account(owner) || !profile_region(partition) ||
	    !(span_is(partition, "aws") || span_starts(partition, "aws-")) ||
	    !span_starts(s, "role/"))
		return false;
	while (s.p[slash - 1] != '/')
		slash--;
	if (!role_path(span_make(s.p, slash)) ||
	    !name_label(span_make(s.p + slash, s.len - slash)))
		return false;
	*account = owner;
	return true;
}

const struct profile *
profile_find(const struct profile *all, size_t count, struct span name)
{
	for (size_t i = 0; i < count; i++)
		if (span_is(name, all[i].name))
			return &all[i];
	return NULL;
}
