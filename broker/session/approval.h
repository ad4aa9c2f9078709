/* What people were asked and what they said, as events of a recording: of the command,
 * before it begins, as META tells; of an API call that was held, as the monitor says. */
#ifndef BROKER_SESSION_APPROVAL_H
#define BROKER_SESSION_APPROVAL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/wire/msg.h"

/* Takes one event, a JSON object as text; anything but RC_OK ends what calls it. */
typedef enum rc approval_fn(void *arg, const char *json, struct err *err);

/* Give fn one "approval.request" and an "approval.decision" for each person, or nothing
 * where META says of no hold.  RC_REFUSE: META is no object, or its approvals are no list
 * of objects; RC_FAIL: memory; else what fn says. */
enum rc approval_command(const char *meta, approval_fn *fn, void *arg, struct err *err);
/* The same of the API call of that number: a request when it is held, else the decisions
 * that came with the answer. */
enum rc approval_call(uint32_t call, const struct msg_call_says *m, approval_fn *fn,
    void *arg, struct err *err);

/* "approved by bob and carol": append it; nothing where META names nobody. */
void approval_label(const char *meta, struct buf *out);

#endif
