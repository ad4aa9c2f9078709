/* A private file that the monitor makes once and reads at each start: the keys behind
 * the gate for SDKs. */
#ifndef BROKER_MONITOR_SDKFILE_H
#define BROKER_MONITOR_SDKFILE_H

#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"

/* Append the text of a new file. */
typedef enum rc sdkfile_make_fn(struct buf *text, struct err *err);

/* The text of the file at path, 1 .. most bytes.  Where nothing stands, make()'s text is
 * put there (mode 0600, durable) before anything is returned.  On RC_OK *ret is yours:
 * secret_free().  RC_REFUSE: what stands there is no plain file of ours or root's, can
 * be reached by others, or is too long; RC_FAIL: disk, memory, or make(). */
enum rc sdkfile_open(const char *path, size_t most, sdkfile_make_fn *make,
    struct secret **ret, struct err *err);

#endif
