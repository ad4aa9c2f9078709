/* The control socket; see control.h. */
#include "broker/monitor/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "broker/monitor/monitor.h"
#include "broker/monitor/verb.h"
#include "lib/base/log.h"
#include "lib/model/status.h"
#include "lib/wire/port.h"

#define CLIENTS_MAX 64
/* A verb takes as long as a commit; a client that stays longer is cut off. */
#define CLIENT_MS 30000
/* Of one uid: nobody shuts the others out. */
#define CLIENTS_OF_UID 8
#define WORD_MAX 512

struct client {
	struct client *next;
	struct control *control;
	struct port *port;
	struct timer *deadline;
	uint32_t uid;
	bool asked;
	struct verb_call *call;
};

struct control {
	struct monitor *m;
	int sock;
	struct watch *watch;
	struct client *clients;
	size_t count;
	struct service_users users;
};

static void
client_close(struct client *c)
{
	for (struct client **p = &c->control->clients; *p != NULL; p = &(*p)->next)
		if (*p == c) {
			*p = c->next;
			c->control->count--;
			break;
		}
	/* The call outlives its client where the keeper still works on it. */
	if (c->call != NULL)
		verb_abandon(c->call);
	port_close(c->port);
	timer_free(c->deadline);
	free(c);
}

static void
client_gone(void *arg, enum rc rc, const struct err *err)
{
	struct client *c = arg;

	if (rc != RC_END)
		log_line(LOG_ERROR, "control socket, uid %u: %s", c->uid, err->text);
	client_close(c);
}

static void
client_late(void *arg)
{
	client_close(arg);
}

static void
send_text(struct client *c, enum msg type, struct buf *b)
{
	struct span left = buf_span(b);

	while (left.len > 0) {
		size_t n = left.len < MSG_TEXT_MAX ? left.len : MSG_TEXT_MAX;
		struct msg_text m = { .text = span_make(left.p, n) };

		if (port_send(c->port, type, 0, &m, NULL, 0) != RC_OK)
			return;
		left = span_make(left.p + n, left.len - n);
	}
}

/* As much as the client takes; client_drained() goes on with the rest. */
static void
send_answer(struct client *c)
{
	struct verb_call *call = c->call;
	struct msg_done m = { .json = call->json };

	timer_set(c->deadline, CLIENT_MS);
	do {
		send_text(c, MSG_ROW, &call->out);
		buf_reset(&call->out);
		if (call->next != NULL && port_full(c->port))
			return;
	} while (verb_next(call));
	send_text(c, MSG_SAY, &call->say);
	m.status = (uint8_t)call->status;
	(void)port_send(c->port, MSG_DONE, 0, &m, NULL, 0);
	c->call = NULL;
	verb_call_free(call);
}

static void
verb_done(void *arg, struct verb_call *call, int status)
{
	struct client *c = arg;

	call->over = true;
	call->status = status;
	if (c != NULL)
		send_answer(c);
	else /* abandoned: the call alone is left to free */
		verb_call_free(call);
}

static void
client_drained(void *arg)
{
	struct client *c = arg;

	if (c->call != NULL && c->call->over)
		send_answer(c);
}

/* From here on it may stay as long as there is something to see. */
static void
verb_attach(void *arg, struct verb_call *call, int fd)
{
	struct client *c = arg;

	timer_stop(c->deadline);
	send_text(c, MSG_ROW, &call->out);
	send_text(c, MSG_SAY, &call->say);
	buf_reset(&call->out);
	buf_reset(&call->say);
	(void)port_send(c->port, MSG_ATTACH, 0, NULL, &fd, 1);
}

static bool
is_service_uid(const struct control *c, uint32_t uid)
{
	const struct service_users *u = &c->users;

	return uid == geteuid() || uid == u->keeper.uid || uid == u->front.uid ||
	       uid == u->session.uid || uid == u->launch.uid || uid == u->command.uid;
}

static const struct identity *
client_identity(const struct client *c)
{
	const struct control *k = c->control;

	/* Users that are 0 when unprivileged compare equal to root only there. */
	if (k->users.monitor.uid == 0 ? c->uid == geteuid() : is_service_uid(k, c->uid))
		return NULL;
	return identity_by_uid(k->m->rules.config->identities, c->uid);
}

/* A call of this client, still without words; NULL without memory. */
static struct verb_call *
make_call(struct client *c, const struct msg_verb *v)
{
	struct verb_call *call = verb_call_new();

	if (call == NULL)
		return NULL;
	call->m = c->control->m;
	call->proof = PROOF_UID;
	span_copy(span_of("local"), call->source, sizeof call->source);
	call->fresh = true;
	call->json = v->json != 0;
	call->done = verb_done;
	call->attach = verb_attach;
	call->arg = c;
	c->call = call;
	return call;
}

/* The words; good as long as words[] is.  False when there are too many or one is too
 * long. */
static bool
take_words(
    const struct msg_verb *v, char words[VERB_WORDS][WORD_MAX], struct verb_call *call)
{
	if (v->argv.n < 1 || v->argv.n > VERB_WORDS)
		return false;
	call->body = v->body;
	for (unsigned i = 0; i < v->argv.n; i++) {
		if (!span_copy(v->argv.v[i], words[i], WORD_MAX))
			return false;
		call->argv[call->argc++] = words[i];
	}
	return true;
}

static enum rc
answer_verb(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct client *c = arg;
	char words[VERB_WORDS][WORD_MAX];
	const struct verb *verb;
	struct verb_call *call;

	(void)id;
	(void)fds;
	if (c->asked)
		return err_set(err, RC_REFUSE, "one verb a connection");
	c->asked = true;
	if ((call = make_call(c, &m->verb)) == NULL)
		return err_memory(err);
	if ((call->who = client_identity(c)) == NULL) {
		log_line(LOG_NOTICE, "control socket: uid %u is nobody", c->uid);
		verb_answer(call, STATUS_DENIED,
		    "this uid is no identity of broker.yaml; use ssh with your key");
	} else if (!take_words(&m->verb, words, call))
		verb_answer(call, STATUS_USAGE, "too many words, or one is too long");
	else if ((verb = verb_find(words[0])) == NULL)
		verb_answer(
		    call, STATUS_USAGE, "not a command of broker; try: broker help");
	else {
		span_copy(span_of(call->who->name), call->name, sizeof call->name);
		verb_run(verb, call);
	}
	return RC_OK;
}

static const struct route routes[] = {
	{ MSG_VERB, 0, 16384 + MSG_TEXT_MAX, 0, answer_verb },
};

static bool
has_room(const struct control *k, uint32_t uid)
{
	size_t n = 0;

	for (const struct client *c = k->clients; c != NULL; c = c->next)
		n += c->uid == uid;
	return k->count < CLIENTS_MAX && n < CLIENTS_OF_UID;
}

static void
add_client_take(struct control *k, int sock, uint32_t uid)
{
	struct port_owner owner = { .routes = routes,
		.nroutes = 1,
		.gone = client_gone,
		.drained = client_drained };
	struct client *c = calloc(1, sizeof *c);

	if (c == NULL) {
		close(sock);
		return;
	}
	c->control = k;
	c->uid = uid;
	owner.arg = c;
	c->deadline = loop_timer(k->m->loop, client_late, c);
	if (c->deadline == NULL)
		close(sock);
	if (c->deadline == NULL ||
	    port_open_take(k->m->loop, sock, &owner, &c->port, NULL) != RC_OK) {
		timer_free(c->deadline);
		free(c);
		return;
	}
	timer_set(c->deadline, CLIENT_MS);
	c->next = k->clients;
	k->clients = c;
	k->count++;
}

static void
accept_client(void *arg, short revents)
{
	struct control *k = arg;
	struct ucred cred;
	socklen_t n = sizeof cred;
	int sock = accept4(k->sock, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)revents;
	if (sock < 0)
		return;
	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &n) == 0 &&
	    has_room(k, cred.uid))
		add_client_take(k, sock, cred.uid);
	else
		close(sock);
}

/* True when somebody answers there, or is too busy to. */
static bool
is_alive(const struct sockaddr_un *a)
{
	int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool alive =
	    s >= 0 &&
	    (connect(s, (const struct sockaddr *)a, sizeof *a) == 0 || errno == EAGAIN);

	if (s >= 0)
		close(s);
	return alive;
}

static enum rc
bind_socket(const char *path, int *ret, struct err *err)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s;

	if (strlen(path) >= sizeof a.sun_path)
		return err_set(
		    err, RC_REFUSE, "the control socket's path is too long: %s", path);
	memcpy(a.sun_path, path, strlen(path) + 1);
	if (is_alive(&a))
		return err_set(err, RC_REFUSE, "another broker answers on %s", path);
	if (unlink(path) != 0 && errno != ENOENT)
		return err_errno(err, RC_FAIL, "remove %s", path);
	if ((s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
		return err_errno(err, RC_FAIL, "socket");
	/* Any local user may connect: who they are decides what they get. */
	if (bind(s, (struct sockaddr *)&a, sizeof a) != 0 || chmod(path, 0666) != 0 ||
	    listen(s, 64) != 0) {
		err_errno(err, RC_FAIL, "listen on %s", path);
		close(s);
		return RC_FAIL;
	}
	*ret = s;
	return RC_OK;
}

enum rc
control_open(struct monitor *m, const struct service_users *users, struct control **ret,
    struct err *err)
{
	struct control *c = calloc(1, sizeof *c);
	enum rc rc;

	if (c == NULL)
		return err_memory(err);
	c->m = m;
	c->users = *users;
	if ((rc = bind_socket(m->places->control, &c->sock, err)) != RC_OK) {
		free(c);
		return rc;
	}
	if ((c->watch = loop_fd(m->loop, c->sock, POLLIN, accept_client, c)) == NULL) {
		control_close(c);
		return err_memory(err);
	}
	*ret = c;
	return RC_OK;
}

void
control_close(struct control *c)
{
	if (c == NULL)
		return;
	while (c->clients != NULL)
		client_close(c->clients);
	loop_fd_close(c->watch);
	close(c->sock);
	(void)unlink(c->m->places->control);
	free(c);
}
