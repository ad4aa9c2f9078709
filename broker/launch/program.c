/* The AWS CLI is one file below /usr where Debian has put it, and a folder of its own
 * where its installer has: all of that folder is the program. */
#include "broker/launch/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Folders that a command has of its own, by these names. */
static const char *const taken[] = { "", "/tmp", "/dev", "/etc", "/home", "/proc" };

enum rc
program_find(const char *path, struct program *ret, struct err *err)
{
	struct program p;
	char *slash;

	if (strlen(path) >= sizeof p.path)
		return err_set(err, RC_REFUSE, "the program's name is too long");
	if (realpath(path, p.path) == NULL) {
		snprintf(p.path, sizeof p.path, "%s", path);
		snprintf(p.folder, sizeof p.folder, "/usr");
		*ret = p;
		return RC_OK;
	}
	memcpy(p.folder, p.path, strlen(p.path) + 1);
	slash = strrchr(p.folder, '/');
	*slash = '\0';
	if ((slash = strrchr(p.folder, '/')) != NULL && strcmp(slash, "/bin") == 0)
		*slash = '\0';
	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
		if (strcmp(p.folder, taken[i]) == 0)
			return err_set(
			    err, RC_REFUSE, "%s must lie in a folder of its own", path);
	*ret = p;
	return RC_OK;
}

bool
program_in_usr(const struct program *p)
{
	return strcmp(p->folder, "/usr") == 0 || strncmp(p->folder, "/usr/", 5) == 0;
}
