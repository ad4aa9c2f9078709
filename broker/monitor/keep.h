/* The monitor's side of the keeper: requests go out, answers come back by number.
 *
 * The keeper answers only what is durable.  When it is gone nothing can be promised any
 * more, and the owner is told to end.
 */
#ifndef BROKER_MONITOR_KEEP_H
#define BROKER_MONITOR_KEEP_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "lib/wire/msg.h"

struct keep;

/* The answer: rc, why (when not RC_OK), bytes (SEAL_REC), and fd (OPEN_REC; set *fd to
 * -1 to keep it). */
typedef void keep_fn(
    void *arg, enum rc rc, const char *why, struct span bytes, int *fd);

/* What MSG_SHIP_ASK brings: with RC_OK a parcel, borrowed, and its file (set *fd to -1 to
 * keep it); RC_END: nothing is due. */
typedef void keep_parcel_fn(
    void *arg, enum rc rc, const char *why, const struct msg_parcel *p, int *fd);

struct keep_owner {
	void *arg;
	void (*ready)(void *arg, const struct msg_keeper *m);
	void (*gone)(void *arg, const char *why);
	/* A session is to end: what it records is not safe, or too much. */
	void (*cut)(void *arg, const struct msg_cut_rec *m);
	/* The log has a new checkpoint, to be published outside.  May be NULL. */
	void (*checkpoint)(void *arg, const struct msg_checkpoint *m);
};

/* Takes sock. */
enum rc keep_open_take(struct loop *l, int sock, const struct keep_owner *owner,
    struct keep **ret, struct err *err);
void keep_close(struct keep *k);

/* Ask; fn(arg, …) is called once from the loop, unless keep_forget came first.  fn may
 * be NULL.  RC_FAIL: there is no keeper (k is NULL), or it could not be sent (fn is not
 * called); treat as refused. */
enum rc keep_ask(struct keep *k, enum msg type, const void *m, keep_fn *fn, void *arg);
enum rc keep_ask_parcel(struct keep *k, keep_parcel_fn *fn, void *arg);
/* MSG_RECALL: with RC_OK a row, borrowed; RC_END: there is none after that. */
typedef void keep_row_fn(
    void *arg, enum rc rc, const char *why, const struct msg_recalled *row);
enum rc keep_recall(
    struct keep *k, const struct msg_recall *m, keep_row_fn *fn, void *arg);
/* True while the keeper has not taken what it was sent, or not answered much of it: a
 * disk that is slow, or more clients than one turn is for.  Whoever can wait does not ask
 * for more. */
bool keep_behind(const struct keep *k);
/* Drop all answers that would go to arg. */
void keep_forget(struct keep *k, const void *arg);

/* For the log: this recipients list and these policies (SHA-256 of each) are in force
 * from now on. */
void keep_in_force(struct keep *k, const uint8_t keyset[32], const uint8_t policy[32]);

/* MSG_EVENT with the present time; detail is a JSON object's text.  sid: 16 bytes or
 * NULL.  identity and rule may be NULL. */
struct keep_event {
	const char *kind;
	const char *identity;
	const uint8_t *sid;
	const char *rule;
	const char *detail;
};
/* The text of a JSON object (taken; may be NULL), yours; NULL when memory failed at any
 * point: json_dumps() leaves out the name of a member then, and says nothing. */
char *keep_detail_take(json_t *o, size_t flags);
/* Commit it; fn (or NULL) is called once it is durable. */
enum rc keep_event(struct keep *k, const struct keep_event *e, keep_fn *fn, void *arg);

#endif
