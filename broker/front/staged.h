/* The input of one command, read whole before people are asked about it.
 *
 * What they approve holds its digest, and the command is given these very bytes: so they
 * are kept here until it has them.
 */
#ifndef BROKER_FRONT_STAGED_H
#define BROKER_FRONT_STAGED_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/wire/msg.h"

/* Of one command, whatever the monitor says; and of all of a connection's together. */
#define STAGED_MAX (16u << 20)
#define STAGED_ROOM (32u << 20)

/* What the commands of one connection have staged; zeroed to begin with. */
struct staged_room {
	size_t used;
};

struct staged;

/* Nothing yet.  room is borrowed for its life.  most: bytes that there may be, cut to
 * STAGED_MAX.  On RC_OK *ret is yours: staged_free().  RC_FAIL: memory. */
enum rc staged_new(
    struct staged_room *room, uint64_t most, struct staged **ret, struct err *err);
/* Wipes and frees what is left.  NULL is fine. */
void staged_free(struct staged *s);

/* Keep these bytes too, all or none of them.  False: they are more than there may be, in
 * this command or in this connection; from then on it does not fit. */
bool staged_put(struct staged *s, struct span bytes);
/* No more will come. */
void staged_end(struct staged *s);
/* True once nothing is to be put any more: it has ended, or does not fit. */
bool staged_settled(const struct staged *s);
/* True once it has ended and fits. */
bool staged_whole(const struct staged *s);

/* What the monitor is told of a settled one; its span points into sha256. */
void staged_tell(const struct staged *s, uint8_t sha256[32], struct msg_staged *ret);

/* What the command has not been given yet; borrowed until the next call. */
struct span staged_left(const struct staged *s);
/* It was given n bytes of that. */
void staged_use(struct staged *s, size_t n);

#endif
