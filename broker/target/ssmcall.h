/* One call of AWS's API, with its retries: a JSON request, signed, and its answer.
 *
 * What may not be done twice (StartSession, SendCommand) is sent again only where AWS
 * said that it was not done, or nothing of it was sent.
 */
#ifndef BROKER_TARGET_SSMCALL_H
#define BROKER_TARGET_SSMCALL_H

#include "broker/target/ssmanswer.h"
#include "broker/target/target.h"

struct ssmcall;

/* From the loop, once.  What is taken out of answer (and set to NULL there) is the
 * owner's; the rest is wiped on return.  The call is gone by then. */
typedef void ssmcall_fn(void *arg, struct ssmanswer *answer);

/* body: a JSON object; copied.  within_ms bounds all tries.  On RC_OK fn will be called,
 * and *ret is good until then or ssmcall_drop().  RC_FAIL: memory. */
enum rc ssmcall_start(struct target_net *n, enum ssmop op, struct span body,
    uint64_t within_ms, ssmcall_fn *fn, void *arg, struct ssmcall **ret,
    struct err *err);
/* fn is not called any more; what was sent is sent.  NULL is fine. */
void ssmcall_drop(struct ssmcall *c);

#endif
