/* A petition: a verb asks people for something that is to be there from then on, a grant
 * or an article.  It becomes a hold that no caller waits for; the call itself is answered
 * once it is known whether people have to be waited for.
 *
 * What they approve is made by the owner of the hold's path, which ends the petition.
 */
#ifndef BROKER_MONITOR_PETITION_H
#define BROKER_MONITOR_PETITION_H

#include <stdbool.h>

#include "broker/monitor/holds.h"
#include "lib/base/err.h"

struct monitor;
struct petitions;
struct verb_call;

struct petition {
	const struct hold_init *hold; /* without callbacks */
	/* The caller's own yes is the first one, where it counts: the one whom the hold
	 * is for is somebody else. */
	bool vote;
	struct verb_call *call;
	/* The hold is durable, or (NULL) it never was and the call is being answered. */
	void (*opened)(void *arg, const struct hold *h);
	void *arg;
};

/* m is borrowed. On RC_OK *ret is yours: petitions_free().  RC_FAIL: memory. */
enum rc petitions_new(struct monitor *m, struct petitions **ret, struct err *err);
/* Calls that wait still are answered with STATUS_FAILED.  Not before holds_free(). */
void petitions_free(struct petitions *all);

/* Begin one.  Its call is answered in any case, perhaps at once; opened() (which may be
 * NULL) is called once, perhaps before it returns. */
void petitions_begin(struct petitions *all, const struct petition *p);
/* The owner has made what the hold of that id was for ("granted": word is its new state),
 * or never will (rc is not RC_OK; word says why).  Nothing where nobody waits for it. */
void petitions_end(
    struct petitions *all, const char *hold, enum rc rc, const char *word);

#endif
