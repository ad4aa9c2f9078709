/* The talk pair's front end; see ask.h. */
#include "broker/front/ask.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/base/id.h"
#include "lib/wire/port.h"

#define ST_NEW 1u /* waits for the nonce */
#define ST_TALKING 2u

struct ask {
	struct port *port;
	struct ask_answers to;
	uint32_t state;
};

static enum rc
answer_nonce(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;
	char nonce[ID_NONCE_TEXT];

	(void)id;
	(void)fds;
	if (!span_copy(m->nonce.nonce, nonce, sizeof nonce))
		return err_set(err, RC_REFUSE, "not a nonce");
	a->state = ST_TALKING;
	a->to.nonce(a->to.arg, nonce);
	return RC_OK;
}

static enum rc
answer_auth(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;

	(void)id;
	(void)fds;
	(void)err;
	a->to.auth(a->to.arg, m->auth_says.yes != 0);
	return RC_OK;
}

static enum rc
answer_verdict(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;

	(void)fds;
	(void)err;
	a->to.verdict(a->to.arg, id, &m->verdict);
	return RC_OK;
}

static enum rc
answer_stage(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;

	(void)fds;
	(void)err;
	a->to.stage(a->to.arg, id, m->stage.most);
	return RC_OK;
}

static enum rc
answer_say(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;

	(void)fds;
	(void)err;
	a->to.say(a->to.arg, id, m->text.text);
	return RC_OK;
}

static enum rc
answer_row(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;

	(void)fds;
	(void)err;
	a->to.row(a->to.arg, id, m->text.text);
	return RC_OK;
}

static enum rc
answer_done(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;

	(void)fds;
	(void)err;
	a->to.done(a->to.arg, id, &m->done);
	return RC_OK;
}

static enum rc
answer_attach(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct ask *a = arg;
	int fd = fds[0];

	(void)m;
	(void)err;
	fds[0] = -1;
	a->to.attach_take(a->to.arg, id, fd);
	return RC_OK;
}

static const struct route routes[] = {
	/* message      in state    at most  fds  answered by */
	{ MSG_NONCE, ST_NEW, 64, 0, answer_nonce },
	{ MSG_AUTH_SAYS, ST_TALKING, 16, 0, answer_auth },
	{ MSG_VERDICT, ST_TALKING, MSG_TEXT_MAX + 64, 0, answer_verdict },
	{ MSG_STAGE, ST_TALKING, 16, 0, answer_stage },
	{ MSG_SAY, ST_TALKING, MSG_TEXT_MAX + 64, 0, answer_say },
	{ MSG_ROW, ST_TALKING, MSG_TEXT_MAX + 64, 0, answer_row },
	{ MSG_DONE, ST_TALKING, 16, 0, answer_done },
	{ MSG_ATTACH, ST_TALKING, 0, 1, answer_attach },
};

static uint32_t
state_of(void *arg)
{
	return ((struct ask *)arg)->state;
}

static void
gone(void *arg, enum rc rc, const struct err *err)
{
	struct ask *a = arg;

	(void)rc;
	a->to.gone(a->to.arg, err);
}

enum rc
ask_open_take(struct loop *l, int sock, const struct ask_answers *answers,
    struct ask **ret, struct err *err)
{
	struct port_owner owner = { .routes = routes,
		.nroutes = sizeof routes / sizeof routes[0],
		.state = state_of,
		.gone = gone };
	struct ask *a = calloc(1, sizeof *a);
	enum rc rc;

	if (a == NULL) {
		close(sock);
		return err_memory(err);
	}
	*a = (struct ask){ NULL, *answers, ST_NEW };
	owner.arg = a;
	if ((rc = port_open_take(l, sock, &owner, &a->port, err)) != RC_OK) {
		free(a);
		return rc;
	}
	*ret = a;
	return RC_OK;
}

void
ask_close(struct ask *a)
{
	if (a == NULL)
		return;
	port_close(a->port);
	free(a);
}

/* A peer that is gone is told by gone(); only a message that cannot be is the caller's.
 */
static enum rc
send_on(struct ask *a, enum msg type, uint32_t id, const void *m)
{
	enum rc rc = port_send(a->port, type, id, m, NULL, 0);

	return rc == RC_REFUSE ? rc : RC_OK;
}

enum rc
ask_auth(struct ask *a, const struct msg_auth_try *m)
{
	return send_on(a, MSG_AUTH_TRY, 0, m);
}

enum rc
ask_exec(struct ask *a, uint32_t channel, const struct msg_exec_ask *m)
{
	return send_on(a, MSG_EXEC_ASK, channel, m);
}

enum rc
ask_shell(struct ask *a, uint32_t channel, bool pty, bool json)
{
	struct msg_shell_ask m = { pty, json };

	return send_on(a, MSG_SHELL_ASK, channel, &m);
}

enum rc
ask_forward(struct ask *a, uint32_t channel, const char *host, uint32_t port)
{
	struct msg_forward_ask m = { span_of(host), port };

	return send_on(a, MSG_FORWARD_ASK, channel, &m);
}

enum rc
ask_staged(struct ask *a, uint32_t channel, const struct msg_staged *m)
{
	return send_on(a, MSG_STAGED, channel, m);
}

enum rc
ask_gone(struct ask *a, uint32_t channel, bool withdrawn)
{
	struct msg_gone m = { withdrawn };

	return send_on(a, MSG_GONE, channel, &m);
}
