/* The DATA port; see client.h.  What comes here was read by a front from a stranger. */
#include "broker/session/client.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/wire/port.h"
#include "broker/session/tty.h"

struct client {
	struct client_owner owner;
	struct port *port;
	uint32_t id;
	bool pty;
	bool ended; /* EOF came: no more input may follow */
};

/* What a client may send its command (RFC 4254 section 6.9 names more). */
static const int allowed[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGKILL, SIGUSR1,
	SIGUSR2 };

static enum rc
end_input(struct client *c, struct err *err)
{
	c->ended = true;
	return c->owner.end(c->owner.arg, err);
}

/* One piece of what was typed on a terminal. */
static enum rc
typed(struct client *c, struct span *in, bool first, struct err *err)
{
	struct span text = { 0 };

	switch (tty_input(in, first, &text)) {
	case TTY_TEXT:
		return c->owner.input(c->owner.arg, text, err);
	case TTY_INTERRUPT:
		return c->owner.signal(c->owner.arg, SIGINT, err);
	case TTY_QUIT:
		return c->owner.signal(c->owner.arg, SIGQUIT, err);
	case TTY_END:
		return end_input(c, err);
	}
	return RC_FAIL;
}

static enum rc
answer_data(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct client *c = arg;
	struct span in = m->data.bytes;
	enum rc rc = RC_OK;

	(void)id;
	(void)fds;
	if (m->data.stream != 0)
		return err_set(
		    err, RC_REFUSE, "message DATA: stream is %u", m->data.stream);
	if (!c->pty)
		return c->ended ? err_set(err, RC_REFUSE, "message DATA after EOF")
				: c->owner.input(c->owner.arg, in, err);
	/* On a terminal 0x04 ends the input, and 0x03 must work after it. */
	for (bool first = true; rc == RC_OK && in.len > 0; first = false)
		rc = typed(c, &in, first, err);
	return rc;
}

static enum rc
answer_eof(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	(void)id;
	(void)m;
	(void)fds;
	return end_input(arg, err);
}

static enum rc
answer_signal(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct client *c = arg;

	(void)id;
	(void)fds;
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
		if (allowed[i] == m->signal.signo)
			return c->owner.signal(c->owner.arg, m->signal.signo, err);
	return err_set(
	    err, RC_REFUSE, "message SIGNAL: %u may not be sent", m->signal.signo);
}

static enum rc
answer_resize(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct client *c = arg;

	(void)id;
	(void)fds;
	return c->owner.resize(c->owner.arg, m->resize.columns, m->resize.rows, err);
}

static const struct route routes[] = {
	{ MSG_DATA, 0, MSG_DATA_MAX + 16, 0, answer_data },
	{ MSG_EOF, 0, 0, 0, answer_eof },
	{ MSG_SIGNAL, 0, 1, 0, answer_signal },
	{ MSG_RESIZE, 0, 8, 0, answer_resize },
};

static void
gone(void *arg, enum rc rc, const struct err *err)
{
	struct client *c = arg;

	c->owner.gone(c->owner.arg, rc, err);
}

enum rc
client_open_take(struct loop *l, int sock, uint32_t id, bool pty,
    const struct client_owner *owner, struct client **ret, struct err *err)
{
	struct client *c = calloc(1, sizeof *c);
	struct port_owner po = { .routes = routes,
		.nroutes = sizeof routes / sizeof routes[0],
		.arg = c,
		.gone = gone };
	enum rc rc;

	if (c == NULL) {
		close(sock);
		return err_memory(err);
	}
	if ((rc = port_open_take(l, sock, &po, &c->port, err)) != RC_OK) {
		free(c);
		return rc;
	}
	port_pause(c->port, true);
	c->owner = *owner;
	c->id = id;
	c->pty = pty;
	*ret = c;
	return RC_OK;
}

void
client_close(struct client *c)
{
	if (c == NULL)
		return;
	port_close(c->port);
	free(c);
}

void
client_pause(struct client *c, bool pause)
{
	port_pause(c->port, pause);
}

bool
client_full(const struct client *c)
{
	return port_full(c->port);
}

void
client_show(struct client *c, enum writer_stream stream, struct span bytes)
{
	struct msg_data m = { .stream = stream == WRITER_STDOUT ? 1 : 2 };

	while (bytes.len > 0) {
		size_t n = bytes.len < MSG_DATA_MAX ? bytes.len : MSG_DATA_MAX;

		m.bytes = span_make(bytes.p, n);
		if (port_send(c->port, MSG_DATA, c->id, &m, NULL, 0) != RC_OK)
			return;
		bytes = span_make(bytes.p + n, bytes.len - n);
	}
}

void
client_exit(struct client *c, const struct msg_exit *m)
{
	(void)port_send(c->port, MSG_EXIT, c->id, m, NULL, 0);
}
