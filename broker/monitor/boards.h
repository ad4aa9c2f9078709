/* People who keep the list of what is pending open: `pending --watch`.
 *
 * One implementation for the control socket and for SSH: screens, or lines, go out on a
 * DATA pair, keys and sizes come in, and what a person wants done is done by the same
 * verbs as ever, with the same rights and proofs.  Over SSH nobody approves from a list:
 * a connection that stands open proves too little; the line to type is shown instead.
 */
#ifndef BROKER_MONITOR_BOARDS_H
#define BROKER_MONITOR_BOARDS_H

#include "lib/base/err.h"

struct boards;
struct monitor;
struct verb_call;

/* Open at once. */
#define BOARDS_MOST 32
/* What follows the verb; --screen=COLUMNSxROWS is the program's own, for a terminal. */
#define BOARDS_WORDS "[--watch]"

/* None yet; m is borrowed, and its holds are there.  On RC_OK *ret is yours:
 * boards_free().  RC_FAIL: memory. */
enum rc boards_new(struct monitor *m, struct boards **ret, struct err *err);
/* Before the holds are freed; calls that are left are ended.  NULL is fine. */
void boards_free(struct boards *all);

/* "pending --watch": the call ends when its person leaves, or has lost the right. */
void boards_open(struct boards *all, struct verb_call *call);

#endif
