/* The front's end of a DATA pair; see relay.h. */
#include "broker/front/relay.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/wire/port.h"

#define ST_OPEN 1u
#define ST_OVER 2u /* EXIT has come */

struct relay {
	struct port *port;
	struct relay_answers to;
	uint32_t state;
};

static enum rc
answer_data(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct relay *r = arg;

	(void)id;
	(void)fds;
	if (m->data.stream != RELAY_STDOUT && m->data.stream != RELAY_STDERR)
		return err_set(err, RC_REFUSE, "output on stream %u", m->data.stream);
	r->to.data(r->to.arg, m->data.stream, m->data.bytes);
	return RC_OK;
}

static enum rc
answer_exit(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct relay *r = arg;

	(void)id;
	(void)fds;
	if (m->exit.how > HOW_NEVER || m->exit.ran > 1)
		return err_set(err, RC_REFUSE, "an exit of kind %u", m->exit.how);
	r->state = ST_OVER;
	r->to.exit(r->to.arg, &m->exit);
	return RC_OK;
}

static const struct route routes[] = {
	/* message  in state  at most  fds  answered by */
	{ MSG_DATA, ST_OPEN, MSG_DATA_MAX + 16, 0, answer_data },
	{ MSG_EXIT, ST_OPEN, 1100, 0, answer_exit },
};

static uint32_t
state_of(void *arg)
{
	return ((struct relay *)arg)->state;
}

static void
gone(void *arg, enum rc rc, const struct err *err)
{
	struct relay *r = arg;

	(void)rc;
	(void)err;
	if (r->state == ST_OPEN) {
		r->state = ST_OVER;
		r->to.lost(r->to.arg);
	}
}

enum rc
relay_open_take(struct loop *l, int sock, const struct relay_answers *answers,
    struct relay **ret, struct err *err)
{
	struct port_owner owner = { .routes = routes,
		.nroutes = sizeof routes / sizeof routes[0],
		.state = state_of,
		.gone = gone,
		.patient = true };
	struct relay *r = calloc(1, sizeof *r);
	enum rc rc;

	if (r == NULL) {
		close(sock);
		return err_memory(err);
	}
	*r = (struct relay){ NULL, *answers, ST_OPEN };
	owner.arg = r;
	if ((rc = port_open_take(l, sock, &owner, &r->port, err)) != RC_OK) {
		free(r);
		return rc;
	}
	*ret = r;
	return RC_OK;
}

void
relay_close(struct relay *r)
{
	if (r == NULL)
		return;
	port_close(r->port);
	free(r);
}

void
relay_data(struct relay *r, struct span bytes)
{
	struct msg_data m = { 0, bytes };

	(void)port_send(r->port, MSG_DATA, 0, &m, NULL, 0);
}

void
relay_eof(struct relay *r)
{
	(void)port_send(r->port, MSG_EOF, 0, NULL, NULL, 0);
}

void
relay_resize(struct relay *r, uint32_t columns, uint32_t rows)
{
	struct msg_resize m = { columns, rows };

	(void)port_send(r->port, MSG_RESIZE, 0, &m, NULL, 0);
}

void
relay_signal(struct relay *r, int signo)
{
	struct msg_signal m = { (uint8_t)signo };

	(void)port_send(r->port, MSG_SIGNAL, 0, &m, NULL, 0);
}

bool
relay_full(const struct relay *r)
{
	return port_full(r->port);
}

void
relay_pause(struct relay *r, bool pause)
{
	port_pause(r->port, pause);
}
