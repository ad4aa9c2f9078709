/* A command's own folder where it has no mount namespace. */
#ifndef BROKER_LAUNCH_SCRATCH_H
#define BROKER_LAUNCH_SCRATCH_H

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define SCRATCH_PATH 48 /* with the NUL */
#define SCRATCH_CA "ca.pem"

/* A fresh name below /tmp that nobody can guess and that names this process, the
 * launcher.  RC_FAIL without randomness. */
enum rc scratch_name(char path[SCRATCH_PATH], struct err *err);
/* Make the folder, for the caller's uid alone, and the CA's file in it.  RC_FAIL with
 * the step's name, also when there is something of that name. */
enum rc scratch_make(const char *path, struct span ca, struct err *err);
/* Remove the folder with all that is in it; it is fine when there is none.  Links are
 * not followed, and one in the folder's place is left.  RC_FAIL when something stayed. */
enum rc scratch_remove(const char *path, struct err *err);
/* Remove those of the caller's uid whose launcher is no more: it was killed.  RC_FAIL
 * when one of them stayed. */
enum rc scratch_tidy(struct err *err);

#endif
