/* Frames between our own processes: one SOCK_SEQPACKET message each.
 *
 *   u16 type | u16 zero | u32 id | body            (big endian)
 *
 * with up to FRAME_FDS descriptors beside it (SCM_RIGHTS).  A frame that is short,
 * too long, truncated or carries odd descriptors is refused whole.
 */
#ifndef LIB_BASE_FRAME_H
#define LIB_BASE_FRAME_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define FRAME_HEAD 8
#define FRAME_MAX (160 * 1024)
#define FRAME_FDS 8

struct frame {
	uint16_t type;
	uint32_t id;
	struct span body;   /* borrowed from the receive buffer */
	int fds[FRAME_FDS]; /* yours to close; -1 beyond nfds */
	unsigned nfds;
};

/* A connected SOCK_SEQPACKET pair, close-on-exec.  RC_FAIL with errno text. */
enum rc frame_pair(int pair[2], struct err *err);

/* Send one frame; fds are borrowed.  Uses MSG_NOSIGNAL and the socket's blocking
 * mode: RC_WAIT when it would block, RC_END when the peer is gone, RC_REFUSE when
 * the frame is over FRAME_MAX or has more than FRAME_FDS descriptors, else RC_FAIL. */
enum rc frame_send(int sock, uint16_t type, uint32_t id, struct span body,
    const int *fds, unsigned nfds, struct err *err);

/* Receive one frame into room (emptied first; its max bounds the size and should be
 * FRAME_MAX).  RC_WAIT when there is none, RC_END when the peer is gone, RC_REFUSE
 * for a frame that breaks the rules above (its descriptors are closed), RC_FAIL for
 * trouble of ours. */
enum rc frame_recv(int sock, struct buf *room, struct frame *ret, struct err *err);

/* Close the descriptors that are left in f. */
void frame_close_fds(struct frame *f);

#endif
