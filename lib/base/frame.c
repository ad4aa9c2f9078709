/* Frames on SOCK_SEQPACKET; see frame.h. */
#include "lib/base/frame.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Room for one descriptor more than allowed, so that too many are seen as such and
 * not silently dropped by the kernel. */
union control {
	struct cmsghdr align;
	char room[CMSG_SPACE(sizeof(int) * (FRAME_FDS + 1))];
};

enum rc
frame_pair(int pair[2], struct err *err)
{
	int size = 4 * FRAME_MAX;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return err_errno(err, RC_FAIL, "socketpair");
	/* More room is better and not needed: the default holds one full frame. */
	for (int i = 0; i < 2; i++)
		(void)setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	return RC_OK;
}

static void
attach_fds(struct msghdr *m, union control *c, const int *fds, unsigned nfds)
{
	struct cmsghdr *h;

	memset(c, 0, sizeof *c);
	m->msg_control = c;
	m->msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
	h = CMSG_FIRSTHDR(m);
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
	memcpy(CMSG_DATA(h), fds, sizeof(int) * nfds);
}

enum rc
frame_send(int sock, uint16_t type, uint32_t id, struct span body, const int *fds,
    unsigned nfds, struct err *err)
{
	uint8_t head[FRAME_HEAD] = { (uint8_t)(type >> 8), (uint8_t)type, 0, 0,
		(uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8),
		(uint8_t)id };
	struct iovec v[2] = { { .iov_base = head, .iov_len = sizeof head },
		{ .iov_base = (void *)(uintptr_t)body.p, .iov_len = body.len } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };
	union control c;
	ssize_t n;

	if (body.len > FRAME_MAX - FRAME_HEAD || nfds > FRAME_FDS)
		return err_set(err, RC_REFUSE,
		    "a frame of %zu bytes and %u descriptors", body.len, nfds);
	if (nfds > 0)
		attach_fds(&m, &c, fds, nfds);
	do
		n = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)(sizeof head + body.len))
		return RC_OK;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return RC_WAIT;
	if (n < 0 && (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN))
		return err_set(err, RC_END, "the peer is gone");
	return err_errno(err, RC_FAIL, "send a frame");
}

/* Move received descriptors into f; false when there are too many of them. */
static bool
take_fds(struct msghdr *m, struct frame *f)
{
	bool good = true;

	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h != NULL; h = CMSG_NXTHDR(m, h)) {
		size_t n;

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(h) + i * sizeof fd, sizeof fd);
			if (f->nfds < FRAME_FDS) {
				f->fds[f->nfds++] = fd;
				continue;
			}
			close(fd);
			good = false;
		}
	}
	return good;
}

static enum rc
recv_error(struct err *err)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return RC_WAIT;
	if (errno == ECONNRESET)
		return err_set(err, RC_END, "the peer is gone");
	return err_errno(err, RC_FAIL, "receive a frame");
}

enum rc
frame_recv(int sock, struct buf *room, struct frame *ret, struct err *err)
{
	struct frame f = { 0 };
	struct iovec v;
	union control c;
	struct msghdr m = { .msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = &c,
		.msg_controllen = sizeof c };
	struct cur cur;
	bool reset = false;
	ssize_t n;

	for (unsigned i = 0; i < FRAME_FDS; i++)
		f.fds[i] = -1;
	buf_reset(room);
	if ((v.iov_base = buf_room(room, room->max)) == NULL)
		return err_memory(err);
	v.iov_len = room->max;
	/* A peer that left without reading all is told of once, before what it sent. */
	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 &&
	       (errno == EINTR || (errno == ECONNRESET && !reset && (reset = true))));
	if (n < 0)
		return recv_error(err);
	if (n == 0 && m.msg_controllen == 0)
		return err_set(err, RC_END, "the peer is gone");
	room->len = (size_t)n;
	if (!take_fds(&m, &f) || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
	    n < FRAME_HEAD) {
		frame_close_fds(&f);
		return err_set(err, RC_REFUSE, "a frame of %zd bytes is broken", n);
	}
	cur_init(&cur, buf_span(room));
	f.type = cur_u16(&cur);
	if (cur_u16(&cur) != 0) {
		frame_close_fds(&f);
		return err_set(err, RC_REFUSE, "a frame's reserved bytes are not zero");
	}
	f.id = cur_u32(&cur);
	f.body = cur_rest(&cur);
	*ret = f;
	return RC_OK;
}

void
frame_close_fds(struct frame *f)
{
	for (unsigned i = 0; i < FRAME_FDS; i++) {
		if (i < f->nfds && f->fds[i] >= 0)
			close(f->fds[i]);
		f->fds[i] = -1;
	}
	f->nfds = 0;
}
