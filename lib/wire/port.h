/* One end of a frame socket in a loop: what may arrive is a const table.
 *
 * A frame that is not in the table, not allowed in the present state, over its size,
 * with a wrong number of descriptors or malformed closes the port: the owner is told
 * once, through gone().  Nothing here blocks; frames that cannot be sent at once are
 * queued within a bound, and a peer that does not take them loses the port.
 */
#ifndef LIB_WIRE_PORT_H
#define LIB_WIRE_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/frame.h"
#include "lib/base/loop.h"
#include "lib/wire/msg.h"

struct port;

/* Handle one message.  arg is the port's owner.  fds are the frame's descriptors: set
 * to -1 what you keep, the rest is closed.  Anything but RC_OK closes the port, with
 * err as the reason.  The handler may close the port itself. */
typedef enum rc port_answer_fn(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err);

#define ROUTE_ONE_FD_OR_NONE 0x100u

struct route {
	enum msg type;
	uint32_t states;  /* bits of the states in which it may come; 0: any */
	uint32_t at_most; /* bytes of body */
	unsigned fds;	  /* exactly so many descriptors, or ROUTE_ONE_FD_OR_NONE */
	port_answer_fn *answer;
};

struct port_owner {
	const struct route *routes;
	size_t nroutes;
	void *arg;
	/* The present state, as one bit.  NULL: always 1. */
	uint32_t (*state)(void *arg);
	/* The port is of no more use: peer closed (RC_END; what it sent before has been
	 * handled), broke a rule (RC_REFUSE), or trouble of ours (RC_FAIL).  Called at most once, from the loop or from
	 * port_send's caller's next turn; port_close it here or later; err is good
	 * until then. */
	void (*gone)(void *arg, enum rc rc, const struct err *err);
	/* The queue has run empty after port_full() was true.  May be NULL. */
	void (*drained)(void *arg);
	/* A peer that is gone is heard to its end, also when that has to wait for
	 * port_pause(false); else a port that is paused is gone as soon as nothing can
	 * be sent. */
	bool patient;
};

/* Take sock (also on failure) and serve it in the loop.  owner is copied. */
enum rc port_open_take(struct loop *l, int sock, const struct port_owner *owner,
    struct port **ret, struct err *err);
/* The same for a socket that does not block already, as its maker has seen to: for a
 * process whose walls have no way to ask. */
enum rc port_open_ready_take(struct loop *l, int sock, const struct port_owner *owner,
    struct port **ret, struct err *err);
/* Close the socket and forget the port; gone() is not called.  NULL is fine. */
void port_close(struct port *p);

/* Send a message; fds are borrowed.  RC_OK: sent or queued.  RC_END when the port or
 * its peer is gone already; RC_REFUSE when m does not fit; RC_FAIL when the queue is over its bound
 * (the port is then lost and gone() follows). */
enum rc port_send(struct port *p, enum msg type, uint32_t id, const void *m,
    const int *fds, unsigned nfds);
/* True while something waits in the queue: stop producing. */
bool port_full(const struct port *p);
/* How many frames may wait in the queue instead of 512. */
void port_queue(struct port *p, size_t frames);
/* Stop and go on reading (backpressure towards the peer). */
void port_pause(struct port *p, bool pause);
/* The socket, borrowed: for a caller with a poll loop of its own. */
int port_fd(const struct port *p);

#endif
