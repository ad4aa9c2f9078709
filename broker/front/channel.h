/* One session channel: from the client's request through the monitor's verdict to the
 * command's streams and its exit status, with backpressure both ways.
 *
 * (libssh still has functions of old that begin with channel_: hence chan_.)
 *
 * libssh's callbacks only set flags; everything is written, closed and freed by
 * chan_step(), from the loop (it must not happen inside a callback).
 */
#ifndef BROKER_FRONT_CHANNEL_H
#define BROKER_FRONT_CHANNEL_H

#include <libssh/libssh.h>
#include <stdbool.h>

#include "broker/front/ask.h"
#include "broker/front/staged.h"
#include "lib/base/loop.h"

struct channel;

/* What a channel lives in; borrowed for its life. */
struct channel_place {
	struct loop *loop;
	ssh_session ssh;
	struct ask *ask;
	struct staged_room *staged; /* of the whole connection */
};

/* Take an accepted libssh channel (also on failure); number is ours, never used twice
 * on a connection.  On RC_OK *ret is yours: chan_free().  RC_FAIL: memory. */
enum rc chan_new_take(const struct channel_place *place, ssh_channel ssh,
    uint32_t number, struct channel **ret, struct err *err);

/* Frees the libssh channel too, and tells the monitor where it still expects it.  Not
 * from a callback. */
void chan_free(struct channel *c);

/* Its number in frames to the monitor. */
uint32_t chan_number(const struct channel *c);
/* To find the channel that a request names. */
ssh_channel chan_ssh(const struct channel *c);

/* Answer one channel request (borrowed). */
void chan_request(struct channel *c, ssh_message m);

/* What the monitor says to this channel; out of turn it is ignored. */
void chan_verdict(struct channel *c, const struct msg_verdict *v);
void chan_stage(struct channel *c, uint64_t most);
void chan_say(struct channel *c, struct span text);
void chan_row(struct channel *c, struct span text);
void chan_done(struct channel *c, const struct msg_done *m);
void chan_attach_take(struct channel *c, int fd);

/* The monitor has gone.  A channel that waits for it ends with a line and status 70; one
 * whose command runs gets what its session still has to say. */
void chan_lost(struct channel *c);

/* True while somebody waits for a verdict, so that nothing need move. */
bool chan_waits(const struct channel *c);

/* Move what can be moved now. */
void chan_step(struct channel *c);
/* A callback has set a flag since the last step: step again before sleeping. */
bool chan_news(const struct channel *c);
/* Both sides have closed it: free it. */
bool chan_over(const struct channel *c);
/* The client broke the window: drop the connection. */
bool chan_hostile(const struct channel *c);

#endif
