/* Sessions on targets that were open there when a broker of before died: nobody ends them
 * but us, so AWS is told, at the start, while clients are served already. */
#ifndef BROKER_MONITOR_SSMLEFT_H
#define BROKER_MONITOR_SSMLEFT_H

#include "lib/base/err.h"

struct monitor;
struct ssmleft;

/* RC_FAIL: memory. */
enum rc ssmleft_new(struct monitor *m, struct ssmleft **ret, struct err *err);
/* NULL is fine. */
void ssmleft_free(struct ssmleft *l);
/* Ask the keeper for one after the other, and have ssmend tell AWS, some at a time; what
 * came of each is in the audit.  NULL is fine. */
void ssmleft_begin(struct ssmleft *l);

#endif
