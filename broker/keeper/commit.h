/* Group commit: requests that arrive together share one transaction, and nobody is
 * answered before it is on disk.
 *
 * The first failure of the store or the disk spoils the batch: it is rolled back, every
 * answer in it says RC_FAIL, and the owner is told to end.
 */
#ifndef BROKER_KEEPER_COMMIT_H
#define BROKER_KEEPER_COMMIT_H

#include "broker/keeper/depot.h"
#include "broker/keeper/journal.h"
#include "broker/store/store.h"
#include "lib/base/loop.h"
#include "lib/wire/port.h"

#define COMMIT_MOST 64 /* requests in one batch */

struct commit;

/* An answer on its way: MSG_KEPT. */
struct kept {
	enum rc rc;
	char text[ERR_TEXT];
	uint8_t bytes[72];
	size_t nbytes;
	int fd; /* -1: none */
};

struct commit_owner {
	void *arg;
	/* A batch has failed; its answers are sent.  Nothing may be begun any more. */
	void (*failed)(void *arg, const char *why);
};

/* store and depot are borrowed. */
enum rc commit_new(struct loop *l, struct store *store, struct depot *depot,
    const struct commit_owner *owner, struct commit **ret, struct err *err);
/* NULL is fine.  Rolls back what is not finished. */
void commit_free(struct commit *c);
/* Where answers go; borrowed.  Before that is set, answers are dropped. */
void commit_port(struct commit *c, struct port *port);

/* The log whose leaves a batch makes durable, too; borrowed, may be NULL. */
void commit_journal(struct commit *c, struct journal *journal);

/* Have a transaction open; it ends in this turn of the loop, or when COMMIT_MOST
 * answers wait for it.  RC_FAIL: the store does not begin, or a batch has failed
 * before. */
enum rc commit_begin(struct commit *c, struct err *err);
/* Answer request id when the batch is durable.  An answer of RC_FAIL spoils the batch.
 * k->fd is taken. */
void commit_answer_take(struct commit *c, uint32_t id, const struct kept *k);
/* End the batch now.  RC_FAIL when it was spoiled or could not be made durable. */
enum rc commit_finish(struct commit *c, struct err *err);

#endif
