/* Ports; see port.h. */
#include "lib/wire/port.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/wire/codec.h"

/* A peer of ours that lets so much wait is not reading any more. */
#define QUEUE_FRAMES 512
#define QUEUE_BYTES (8u << 20)
/* Frames handled in one go before others get their turn. */
#define BURST 64

struct queued {
	struct queued *next;
	uint16_t type;
	uint32_t id;
	unsigned nfds;
	int fds[FRAME_FDS];
	size_t len;
	uint8_t body[];
};

struct port {
	struct port_owner owner;
	int sock;
	struct watch *watch;
	struct timer *bell; /* tells the owner later what was found while sending */
	struct buf in, out;
	struct queued *first, **last;
	size_t nqueued, queued_bytes, most;
	bool paused, lost, was_full;
	bool deaf; /* the peer takes nothing any more, but what it said stands */
	bool busy, closing; /* inside a handler; closed meanwhile */
	enum rc lost_rc;
	struct err lost_err;
};

static void
set_events(struct port *p)
{
	short e = 0;

	if (!p->paused && !p->lost)
		e |= POLLIN;
	if (p->first != NULL && !p->lost)
		e |= POLLOUT;
	loop_fd_events(p->watch, e);
}

static void
drop_first(struct port *p)
{
	struct queued *q = p->first;

	if ((p->first = q->next) == NULL)
		p->last = &p->first;
	p->nqueued--;
	p->queued_bytes -= q->len;
	for (unsigned i = 0; i < q->nfds; i++)
		close(q->fds[i]);
	explicit_bzero(q->body, q->len);
	free(q);
}

static void
free_port(struct port *p)
{
	while (p->first != NULL)
		drop_first(p);
	loop_fd_close(p->watch);
	timer_free(p->bell);
	if (p->sock >= 0)
		close(p->sock);
	buf_clear(&p->in);
	buf_clear(&p->out);
	free(p);
}

void
port_close(struct port *p)
{
	if (p == NULL)
		return;
	if (p->busy) {
		p->closing = true;
		return;
	}
	free_port(p);
}

/* Remember why the port is lost and tell the owner from the loop, never from within
 * port_send, so that callers need not expect to vanish. */
static void
lose(struct port *p, enum rc rc, const struct err *err)
{
	if (p->lost)
		return;
	p->lost = true;
	p->lost_rc = rc;
	p->lost_err = *err;
	set_events(p);
	timer_set(p->bell, 0);
}

/* A peer may speak its last words and leave while we still send: they are heard first,
 * and the end of them is the port's. */
static void
sent_nothing(struct port *p, enum rc rc, const struct err *err)
{
	if (rc != RC_END || (p->paused && !p->owner.patient)) {
		lose(p, rc, err);
		return;
	}
	p->deaf = true;
	while (p->first != NULL)
		drop_first(p);
	set_events(p);
}

static void
tell_gone(void *arg)
{
	struct port *p = arg;
	struct err why = p->lost_err;

	/* The owner may close the port, and then say why. */
	p->owner.gone(p->owner.arg, p->lost_rc, &why);
}

static bool
fds_fit(const struct route *r, const struct frame *f)
{
	return r->fds == ROUTE_ONE_FD_OR_NONE ? f->nfds <= 1 : f->nfds == r->fds;
}

static const struct route *
find_route(const struct port *p, const struct frame *f, struct err *err)
{
	uint32_t state = p->owner.state ? p->owner.state(p->owner.arg) : 1;
	const char *name = codec_name((enum msg)f->type);

	for (size_t i = 0; i < p->owner.nroutes; i++) {
		const struct route *r = &p->owner.routes[i];

		if (r->type != f->type)
			continue;
		if (r->states != 0 && (r->states & state) == 0)
			break;
		if (f->body.len > r->at_most || !fds_fit(r, f)) {
			err_set(err, RC_REFUSE, "message %s: %zu bytes, %u descriptors",
			    name, f->body.len, f->nfds);
			return NULL;
		}
		return r;
	}
	err_set(err, RC_REFUSE, "message %s may not come now", name);
	return NULL;
}

static enum rc
handle(struct port *p, struct frame *f, struct err *err)
{
	const struct route *r = find_route(p, f, err);
	union msg_any *m;
	enum rc rc;

	if (r == NULL)
		return RC_REFUSE;
	if ((m = malloc(sizeof *m)) == NULL)
		return err_memory(err);
	if ((rc = codec_decode(r->type, f->body, m, err)) == RC_OK) {
		p->busy = true;
		rc = r->answer(p->owner.arg, f->id, m, f->fds, err);
		p->busy = false;
	}
	free(m);
	return rc;
}

/* One frame; RC_OK when there may be more. */
static enum rc
read_one(struct port *p, struct err *err)
{
	struct frame f;
	enum rc rc;

	if ((rc = frame_recv(p->sock, &p->in, &f, err)) != RC_OK)
		return rc;
	rc = handle(p, &f, err);
	frame_close_fds(&f);
	/* A process that is forked later has no business with earlier messages. */
	explicit_bzero(p->in.p, p->in.len);
	/* What a handler calls "wait" or "retry" is no state of the socket. */
	return rc == RC_OK || rc == RC_END || rc == RC_REFUSE ? rc : RC_FAIL;
}

static void
read_all(struct port *p)
{
	struct err err = { "" };

	for (unsigned i = 0; i < BURST && !p->paused && !p->lost; i++) {
		enum rc rc = read_one(p, &err);

		if (p->closing)
			return;
		if (rc == RC_WAIT)
			return;
		if (rc != RC_OK) {
			lose(p, rc, &err);
			return;
		}
	}
}

static void
write_all(struct port *p)
{
	struct err err = { "" };

	while (p->first != NULL) {
		struct queued *q = p->first;
		enum rc rc = frame_send(p->sock, q->type, q->id,
		    span_make(q->body, q->len), q->fds, q->nfds, &err);

		if (rc == RC_WAIT)
			return;
		if (rc != RC_OK) {
			sent_nothing(p, rc, &err);
			return;
		}
		drop_first(p);
	}
	if (p->was_full) {
		p->was_full = false;
		if (p->owner.drained != NULL) {
			p->busy = true;
			p->owner.drained(p->owner.arg);
			p->busy = false;
		}
	}
}

static void
ready(void *arg, short revents)
{
	struct port *p = arg;

	if ((revents & POLLOUT) != 0)
		write_all(p);
	if (!p->closing && !p->lost && (revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		read_all(p);
	if (p->closing) {
		free_port(p);
		return;
	}
	set_events(p);
}

enum rc
port_open_take(struct loop *l, int sock, const struct port_owner *owner,
    struct port **ret, struct err *err)
{
	int flags = fcntl(sock, F_GETFL);

	if (flags < 0 || fcntl(sock, F_SETFL, flags | O_NONBLOCK) != 0) {
		close(sock);
		return err_set(err, RC_FAIL, "open a port");
	}
	return port_open_ready_take(l, sock, owner, ret, err);
}

enum rc
port_open_ready_take(struct loop *l, int sock, const struct port_owner *owner,
    struct port **ret, struct err *err)
{
	struct port *p = calloc(1, sizeof *p);

	if (p == NULL) {
		close(sock);
		return err_memory(err);
	}
	p->owner = *owner;
	p->most = QUEUE_FRAMES;
	p->sock = sock;
	p->last = &p->first;
	buf_init(&p->in, FRAME_MAX);
	buf_init(&p->out, FRAME_MAX - FRAME_HEAD);
	p->watch = loop_fd(l, sock, POLLIN, ready, p);
	p->bell = loop_timer(l, tell_gone, p);
	if (p->watch == NULL || p->bell == NULL) {
		free_port(p);
		return err_memory(err);
	}
	*ret = p;
	return RC_OK;
}

static bool
enqueue(struct port *p, uint16_t type, uint32_t id, const int *fds, unsigned nfds)
{
	struct queued *q;

	if (p->nqueued >= p->most || p->queued_bytes + p->out.len > QUEUE_BYTES)
		return false;
	if ((q = malloc(sizeof *q + p->out.len)) == NULL)
		return false;
	*q = (struct queued){ .type = type, .id = id, .len = p->out.len };
	memcpy(q->body, p->out.p, p->out.len);
	for (unsigned i = 0; i < nfds; i++) {
		if ((q->fds[q->nfds] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3)) >= 0) {
			q->nfds++;
			continue;
		}
		while (q->nfds > 0)
			close(q->fds[--q->nfds]);
		explicit_bzero(q->body, q->len);
		free(q);
		return false;
	}
	*p->last = q;
	p->last = &q->next;
	p->nqueued++;
	p->queued_bytes += q->len;
	p->was_full = true;
	return true;
}

enum rc
port_send(struct port *p, enum msg type, uint32_t id, const void *m, const int *fds,
    unsigned nfds)
{
	static const struct msg_none nothing;
	struct err err = { "" };
	enum rc rc;

	if (p->lost || p->deaf)
		return RC_END;
	buf_reset(&p->out);
	if (buf_room(&p->out, 1) == NULL)
		rc = err_memory(&err);
	else
		rc = codec_encode(type, m == NULL ? &nothing : m, &p->out, &err);
	if (rc != RC_OK)
		goto out;
	rc = RC_WAIT;
	if (p->first == NULL)
		rc = frame_send(
		    p->sock, (uint16_t)type, id, buf_span(&p->out), fds, nfds, &err);
	if (rc == RC_WAIT && !enqueue(p, (uint16_t)type, id, fds, nfds))
		rc = err_set(&err, RC_FAIL, "the peer does not read");
	else if (rc == RC_WAIT)
		rc = RC_OK;
	if (rc != RC_OK)
		sent_nothing(p, rc, &err);
	set_events(p);
out:
	/* Messages may carry credentials. */
	if (p->out.p != NULL)
		explicit_bzero(p->out.p, p->out.len);
	return rc;
}

bool
port_full(const struct port *p)
{
	return p->first != NULL;
}

void
port_queue(struct port *p, size_t frames)
{
	p->most = frames;
}

void
port_pause(struct port *p, bool pause)
{
	p->paused = pause;
	set_events(p);
}

int
port_fd(const struct port *p)
{
	return p->sock;
}
