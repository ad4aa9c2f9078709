/* What hoop-replay may still do once its files are open: compute, and write to them. */
#ifndef REPLAY_PROFILE_H
#define REPLAY_PROFILE_H

#include "lib/base/err.h"

/* Start the libraries that open files, then give up network, new programs and new files
 * for good.  RC_FAIL: the kernel refused; nothing hostile may be read then. */
enum rc profile_enter(struct err *err);

/* The same, but that files beneath these folders (NULL-terminated) may still be opened to
 * be read: for a whole folder of recordings, whose files are too many to open before.
 * Landlock holds the process to them, and there is no way to start without it.  No key
 * is in such a process. */
enum rc profile_enter_reading(const char *const *folders, struct err *err);

#endif
