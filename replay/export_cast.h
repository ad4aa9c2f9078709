/* The decrypted recording as an asciicast: byte for byte what was recorded. */
#ifndef REPLAY_EXPORT_CAST_H
#define REPLAY_EXPORT_CAST_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "replay/source.h"

/* Open a place for an export: a new file of mode 0600, or one that is still empty, is
 * the caller's and has no other name (a failed export leaves such).  force: any regular
 * file of the caller's; it is emptied and its mode set.  Never through a symbolic link.
 * RC_REFUSE: none of these; RC_FAIL: I/O. */
enum rc export_cast_open(const char *path, bool force, int *ret_fd, struct err *err);

/* Write source to fd, from its first byte to its end, and make it durable if fd is a
 * file.  RC_REFUSE: what follows is false (the place is in err); RC_END: a stop signal,
 * or nobody reads; RC_FAIL: I/O. */
enum rc export_cast(struct source *source, int fd, struct err *err);

/* For exports of other forms: write all of s to fd (RC_END and RC_FAIL as above), and in
 * the end make it durable if fd is a file. */
enum rc export_cast_write(int fd, struct span s, struct err *err);
enum rc export_cast_finish(int fd, struct err *err);

#endif
