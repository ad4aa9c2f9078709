/* Small files that are replaced whole: who reads one sees the old text or the new one,
 * also after a crash. */
#ifndef RECORDER_SWAPFILE_H
#define RECORDER_SWAPFILE_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define SWAPFILE_NAME_MAX 200

/* Write NAME.new in the folder dir (borrowed), fsync it and rename it to name.  The folder
 * itself is the caller's to fsync.  RC_FAIL: I/O; the old file stands then. */
enum rc swapfile_put(
    int dir, const char *name, unsigned mode, struct span text, struct err *err);
/* All of a plain file in dir, into out, up to what it may hold.  RC_END: there is none;
 * RC_REFUSE: no plain file, or longer; RC_FAIL: I/O, memory. */
enum rc swapfile_get(int dir, const char *name, struct buf *out, struct err *err);

#endif
