/* A session's gate: its API calls are asked about through the monitor, and what becomes
 * of them is recorded. */
#ifndef BROKER_SESSION_CALLS_H
#define BROKER_SESSION_CALLS_H

#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "lib/wire/msg.h"
#include "broker/session/ask.h"
#include "broker/session/census.h"
#include "broker/session/masking.h"
#include "broker/session/recording.h"

struct calls;

struct calls_owner {
	void *arg;
	struct masking *masking; /* borrowed; NULL as in masking.h */
	/* The recording takes no more.  Told from the loop. */
	void (*failed)(void *arg, const struct err *err);
	/* Events of calls come to more than the session may put out.  From the loop. */
	void (*limit)(void *arg, const struct err *err);
	/* A line for the client's stderr, recorded already. */
	void (*line)(void *arg, struct span line);
	/* A command's gate socket brought something else than a proxy's socket. */
	void (*broken)(void *arg, const struct err *err);
};

/* Make the gate as START says.  gate and ca are taken, also on failure; ask and
 * recording are borrowed.  Nothing is served before calls_start.  RC_REFUSE: START
 * holds a value that no gate can be made from; RC_FAIL. */
enum rc calls_open_take(struct loop *l, const struct msg_start *m, int gate, int ca,
    struct ask *ask, struct recording *recording, const struct calls_owner *owner,
    struct calls **ret, struct err *err);
/* NULL is fine. */
void calls_free(struct calls *c);

/* What READY says; borrowed. */
void calls_ready(const struct calls *c, struct msg_ready *ret);
/* The recording is open: serve. */
enum rc calls_start(struct calls *c, struct err *err);
/* Cut what is open, and record that; serve nothing more.  NULL is fine. */
void calls_stop(struct calls *c);

/* How many calls there were; borrowed.  NULL for NULL. */
const struct census *calls_census(const struct calls *c);

/* What the monitor says. */
enum rc calls_lease(struct calls *c, const struct msg_lease *m, struct err *err);
enum rc calls_verdict(
    struct calls *c, uint32_t call, const struct msg_call_says *m, struct err *err);
enum rc calls_leaf(
    struct calls *c, uint32_t number, const struct msg_leaf *m, struct err *err);

#endif
