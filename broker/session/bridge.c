/* A socket's bytes to a sink; see bridge.h. */
#include "broker/session/bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/wire/msg.h"

/* Pieces passed on before others get their turn. */
#define STEPS 8

struct bridge {
	int fd;
	struct conduit_sink sink;
	void (*over)(void *arg);
	void *arg;
	struct watch *watch;
	bool started, ended;
	uint8_t piece[MSG_DATA_MAX];
};

/* False at the end. */
static bool
pass(struct bridge *b, bool *more)
{
	ssize_t n = recv(b->fd, b->piece, sizeof b->piece, 0);

	*more = n > 0;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n > 0)
		b->sink.show(
		    b->sink.arg, WRITER_STDOUT, span_make(b->piece, (size_t)n));
	return n > 0;
}

static void
ready(void *arg, short revents)
{
	struct bridge *b = arg;
	bool more = true, open = true;

	(void)revents;
	for (int i = 0; i < STEPS && open && more && !b->sink.full(b->sink.arg); i++)
		open = pass(b, &more);
	if (open)
		return;
	b->started = false;
	b->over(b->arg);
}

enum rc
bridge_open_take(struct loop *l, int fd, const struct conduit_sink *sink,
    void (*over)(void *arg), void *arg, struct bridge **ret, struct err *err)
{
	struct bridge *b = calloc(1, sizeof *b);
	int flags = fcntl(fd, F_GETFL);

	if (b == NULL || flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    (b->watch = loop_fd(l, fd, 0, ready, b)) == NULL) {
		free(b);
		close(fd);
		return err_set(err, RC_FAIL, "a socket to the gate");
	}
	b->fd = fd;
	b->sink = *sink;
	b->over = over;
	b->arg = arg;
	*ret = b;
	return RC_OK;
}

void
bridge_free(struct bridge *b)
{
	if (b == NULL)
		return;
	loop_fd_close(b->watch);
	close(b->fd);
	free(b);
}

void
bridge_start(struct bridge *b)
{
	b->started = true;
}

void
bridge_end(struct bridge *b)
{
	if (!b->ended)
		(void)shutdown(b->fd, SHUT_WR);
	b->ended = true;
}

void
bridge_arrange(struct bridge *b)
{
	loop_fd_events(b->watch, b->started && !b->sink.full(b->sink.arg) ? POLLIN : 0);
}
