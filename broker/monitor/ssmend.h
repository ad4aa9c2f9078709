/* The end of sessions on targets that nobody else can end any more: the process that had
 * one is gone, so AWS is told with a lease of our own that can do this alone. */
#ifndef BROKER_MONITOR_SSMEND_H
#define BROKER_MONITOR_SSMEND_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/model/profile.h"

struct monitor;
struct ssmend;

enum rc ssmend_new(struct monitor *m, struct ssmend **ret, struct err *err);
/* Drops what is under way.  NULL is fine. */
void ssmend_free(struct ssmend *e);

/* All borrowed for the call. */
struct ssmend_ask {
	const char *id; /* what AWS calls it */
	bool run;	/* a CommandId (CancelCommand), not a SessionId */
	const char *instance;
	const struct profile *profile;
	const char *region;
	const char *identity;
	const uint8_t *sid;
};
/* Tell AWS, a few times where it does not answer; what came of it is an event
 * ("target.ended", "target.left") and, if it failed, a line of the log.  e may be NULL:
 * then only the event is made. */
void ssmend_tell(struct monitor *m, struct ssmend *e, const struct ssmend_ask *ask);
/* True while something is under way: the broker's end waits for it, a few seconds. */
unsigned ssmend_count(const struct ssmend *e);

#endif
