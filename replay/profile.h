/* What hoop-replay may still do once its files are open: compute, and write to them. */
#ifndef REPLAY_PROFILE_H
#define REPLAY_PROFILE_H

#include "lib/base/err.h"

/* Start the libraries that open files, then give up network, new programs and new files
 * for good.  RC_FAIL: the kernel refused; nothing hostile may be read then. */
enum rc profile_enter(struct err *err);

#endif
