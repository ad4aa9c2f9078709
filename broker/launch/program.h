/* Where a program that may be launched really lies. */
#ifndef BROKER_LAUNCH_PROGRAM_H
#define BROKER_LAUNCH_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

#include "lib/base/err.h"

struct program {
	char path[PATH_MAX];   /* without symbolic links */
	char folder[PATH_MAX]; /* its own; of PREFIX/bin/NAME all of PREFIX */
};

/* Find out; a path that leads nowhere is returned as it is, with /usr as its folder: it
 * is execve(2) that complains.  RC_REFUSE: the folder would be the root, or one that a
 * sandbox has of its own (/tmp, /dev, /etc, /home). */
enum rc program_find(const char *path, struct program *ret, struct err *err);
/* Whether all of it is below /usr, which commands see anyway. */
bool program_in_usr(const struct program *p);

#endif
