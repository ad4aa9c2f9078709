/* The shipped recognisers, by name: what policies call a profile. */
#include "policies/shape.h"

#include <string.h>

#include "policies/tool.h"

/* In the order of their names. */
static const struct shape_profile *const profiles[] = { &tool_awk, &tool_cat, &tool_cut,
	&tool_date, &tool_df, &tool_docker, &tool_du, &tool_type, &tool_find,
	&tool_free, &tool_git, &tool_grep, &tool_head, &tool_hostname, &tool_id,
	&tool_ip, &tool_journalctl, &tool_kubectl, &tool_lsblk, &tool_ps, &tool_psql,
	&tool_sed, &tool_sort, &tool_ss, &tool_stat, &tool_systemctl, &tool_tail,
	&tool_tar, &tool_uname, &tool_uniq, &tool_uptime, &tool_wc, &tool_who };

const struct shape_profile *
shape_profile_at(size_t i)
{
	return i < sizeof profiles / sizeof profiles[0] ? profiles[i] : NULL;
}

/* True for "find-safe" where find is one of the profile's programs. */
static bool
is_safe_of(const struct shape_profile *p, const char *profile)
{
	size_t n = strlen(profile), suffix = strlen("-safe");

	if (n <= suffix || strcmp(profile + n - suffix, "-safe") != 0)
		return false;
	for (size_t i = 0; p->names[i] != NULL; i++)
		if (strlen(p->names[i]) == n - suffix &&
		    strncmp(p->names[i], profile, n - suffix) == 0)
			return true;
	return false;
}

const struct shape_profile *
shape_profile_find(const char *profile)
{
	for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++)
		if (strcmp(profiles[i]->profile, profile) == 0 ||
		    is_safe_of(profiles[i], profile))
			return profiles[i];
	return NULL;
}
