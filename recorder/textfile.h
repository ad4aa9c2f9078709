/* Small text files with keys in them: LF lines, fields parted by exactly one space,
 * and a careful open.  Shared by trust, keyfile, recipients and keyset. */
#ifndef RECORDER_TEXTFILE_H
#define RECORDER_TEXTFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"

/* Take the next line off *text, without its LF.  False when there is none, or when the
 * last one has no LF (so that a cut file is noticed: text is then not empty). */
bool textfile_line(struct span *text, struct span *line);

/* Split at single spaces into at most max fields.  The number of fields; 0 if there are
 * more, if one is empty, or if a byte is not printable ASCII. */
size_t textfile_fields(struct span line, struct span *fields, size_t max);

enum textfile_care {
	TEXTFILE_PUBLIC,  /* nobody else may write */
	TEXTFILE_PRIVATE, /* nobody else may read or write; no symbolic link */
};

/* Read a whole file of 1 .. max bytes (max at most 64 KiB).  It must be a regular file
 * of the caller or of root.  RC_END: no such file; RC_REFUSE: says which demand failed;
 * RC_FAIL: I/O, memory.  On RC_OK *ret is yours: secret_free(). */
enum rc textfile_read(const char *path, enum textfile_care care, size_t max,
    struct secret **ret, struct err *err);

/* Write all of text to fd.  False with errno when that fails. */
bool textfile_put(int fd, struct span text);

/* Create name in dir_fd (never an existing one), write text, fsync, close.  RC_REFUSE
 * if it exists.  What was begun is removed again on failure. */
enum rc textfile_write(
    int dir_fd, const char *name, unsigned mode, struct span text, struct err *err);

#endif
