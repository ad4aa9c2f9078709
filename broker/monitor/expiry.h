/* The day on which the list of recipients ends: told thirty days ahead, every day, so that
 * nobody is surprised when nothing can be recorded any more and nothing runs.
 *
 * It only tells.  What refuses is the session, which reads the list when it starts. */
#ifndef BROKER_MONITOR_EXPIRY_H
#define BROKER_MONITOR_EXPIRY_H

#include <stdint.h>

#include "lib/base/err.h"

struct expiry;
struct monitor;

#define EXPIRY_SOON 30 /* days */
#define EXPIRY_LABEL 65

/* Look at m's list a moment from now, then once a day.  m is borrowed.  On RC_OK *ret is
 * yours: expiry_free().  RC_FAIL: memory. */
enum rc expiry_new(struct monitor *m, struct expiry **ret, struct err *err);
/* NULL is fine. */
void expiry_free(struct expiry *e);
/* Another list is there: look at once. */
void expiry_again(struct expiry *e);

/* How many days a verified list is good for at now_ms, today counted as 0; negative when
 * it is over.  label is whose line ends first.  RC_REFUSE: not a list. */
enum rc expiry_days(const char *list, uint64_t now_ms, long *days,
    char label[EXPIRY_LABEL], struct err *err);

#endif
