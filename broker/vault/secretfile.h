/* Files that hold secrets.  What is read, only root or we can have written, and only we,
 * root and at most the file's group may read. */
#ifndef BROKER_VAULT_SECRETFILE_H
#define BROKER_VAULT_SECRETFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define SECRETFILE_PAGE 4096u /* what out must have room for beyond most */

/* Append the file's content to out, at most most bytes; out needs room for
 * SECRETFILE_PAGE more, to see the end.  RC_REFUSE: as safepath_open_file(), which names the place; its mode
 * is over 0640; it is longer.  RC_FAIL: memory. */
enum rc secretfile_read(
    const char *path, size_t most, struct buf *out, struct err *err);

struct secretfile_new {
	mode_t mode;
	bool replace; /* what stands at the path */
	bool give;    /* to owner; only root can */
	uid_t owner;
};

/* Write a file at once and durably: a reader never sees half of one.  RC_REFUSE: it
 * stands there already, or the path is too long; RC_FAIL: disk. */
enum rc secretfile_write(const char *path, const struct secretfile_new *how,
    struct span text, struct err *err);

#endif
