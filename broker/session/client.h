/* The user's end of a session: the DATA pair to the front, and no more than a channel
 * carries. */
#ifndef BROKER_SESSION_CLIENT_H
#define BROKER_SESSION_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "lib/wire/msg.h"
#include "recorder/writer.h"

struct client;

/* Who is told.  What a function returns other than RC_OK loses the client. */
struct client_owner {
	void *arg;
	/* Bytes for the command's stdin. */
	enum rc (*input)(void *arg, struct span bytes, struct err *err);
	enum rc (*end)(void *arg, struct err *err);
	enum rc (*signal)(void *arg, uint8_t signo, struct err *err);
	enum rc (*resize)(void *arg, uint32_t columns, uint32_t rows, struct err *err);
	/* The front is gone or broke the rules. */
	void (*gone)(void *arg, enum rc rc, const struct err *err);
};

/* sock is taken, also on failure.  owner is copied.  pty: control bytes in the input
 * are told as signals, not as input.  Nothing is read before client_pause(c, false). */
enum rc client_open_take(struct loop *l, int sock, uint32_t id, bool pty,
    const struct client_owner *owner, struct client **ret, struct err *err);
/* NULL is fine. */
void client_close(struct client *c);

/* Stop and go on reading. */
void client_pause(struct client *c, bool pause);
/* True while something waits to be taken by the front. */
bool client_full(const struct client *c);
/* Recorded output.  A lost client is told through gone(), not here. */
void client_show(struct client *c, enum writer_stream stream, struct span bytes);
/* The last message. */
void client_exit(struct client *c, const struct msg_exit *m);

#endif
