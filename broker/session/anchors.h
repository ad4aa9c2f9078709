/* Whom a session trusts on its way to AWS: the CAs that an administrator named. */
#ifndef BROKER_SESSION_ANCHORS_H
#define BROKER_SESSION_ANCHORS_H

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* Bytes of CAs that an administrator may name. */
#define ANCHORS_MAX (1u << 20)

/* Read fd (taken, also on failure) to its end into pem, which is initialised here and
 * yours to clear, also on failure.  An empty file stands for the system's CAs.
 * RC_REFUSE: more than ANCHORS_MAX; RC_FAIL: it cannot be read. */
enum rc anchors_read_take(int fd, struct buf *pem, struct err *err);

#endif
