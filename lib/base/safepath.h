/* Files that only root or we can have written: configuration, policies, keys.
 *
 * The path is walked name by name.  Each folder, each symbolic link on the way and the
 * file itself must belong to root or to our effective uid, and may not be writable for
 * group or others; a sticky folder such as /tmp may be, since there nobody can replace
 * what belongs to somebody else.  What was checked is what is opened: no name is looked
 * up twice.
 */
#ifndef LIB_BASE_SAFEPATH_H
#define LIB_BASE_SAFEPATH_H

#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* Open a regular file for reading, or a folder for listing.  path is absolute, at most
 * PATH_MAX - 1 bytes, with at most 16 links on the way.  On RC_OK *ret is a descriptor
 * of yours (close on exec).  RC_REFUSE names what is missing, or the folder, link or
 * file that others could change; RC_FAIL for other trouble. */
enum rc safepath_open_file(const char *path, int *ret, struct err *err);
/* The same for a folder. */
enum rc safepath_open_folder(const char *path, int *ret, struct err *err);

/* Open, append the content to out, close.  RC_REFUSE also for more than most bytes. */
enum rc safepath_read(const char *path, size_t most, struct buf *out, struct err *err);

#endif
