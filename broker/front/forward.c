/* Port connections; see forward.h.  A request's message is kept until it is answered:
 * libssh has no other way to answer late. */
#define SSH_SUPPRESS_DEPRECATED /* messages that are answered later are what we need   \
				 */
#include "broker/front/forward.h"

#include <libssh/callbacks.h>
#include <libssh/server.h>
#include <stdlib.h>
#include <unistd.h>

#include "broker/front/inlet.h"
#include "broker/front/outlet.h"
#include "broker/front/relay.h"

/* Pieces moved in a step before others get their turn. */
#define PIECES 32
/* What is said to a client in one debug message. */
#define WORDS_MAX 1024

enum state {
	ST_ASKED,   /* waits for a verdict */
	ST_ALLOWED, /* waits for the DATA pair */
	ST_OPEN,    /* bytes go both ways */
	ST_ENDING,  /* shows what is left */
	ST_CLOSING, /* sends CLOSE */
	ST_CLOSED,  /* waits for the client's CLOSE */
	ST_OVER,
};

struct forward {
	struct forward *next;
	const struct channel_place *place;
	uint32_t number;
	enum state state;
	ssh_message request; /* until it is answered */
	bool asked;	     /* the monitor still expects it */
	ssh_channel ssh;     /* from ST_OPEN on, as all that follows */
	struct ssh_channel_callbacks_struct cb;
	struct relay *relay;
	struct inlet from;
	struct outlet to;
	/* Set by callbacks. */
	bool news, eof, client_closed;
	bool eof_sent, paused, relay_over;
};

struct forwards {
	const struct channel_place *place;
	struct forward *first;
	uint32_t count;
};

/* Callbacks: flags and nothing else. */

static int
on_data(
    ssh_session s, ssh_channel ssh, void *data, uint32_t len, int is_stderr, void *arg)
{
	struct forward *f = arg;

	(void)s;
	(void)ssh;
	(void)data;
	f->news = true;
	if (is_stderr)
		return (int)len; /* there is no such stream */
	inlet_note(&f->from, len);
	return 0;
}

static void
on_eof(ssh_session s, ssh_channel ssh, void *arg)
{
	struct forward *f = arg;

	(void)s;
	(void)ssh;
	f->news = f->eof = true;
}

static void
on_close(ssh_session s, ssh_channel ssh, void *arg)
{
	struct forward *f = arg;

	(void)s;
	(void)ssh;
	f->news = f->client_closed = true;
}

/* The client sees it when it asks for such things; a client that does not read is not
 * told more. */
static void
tell(struct forward *f, struct span text)
{
	char words[WORDS_MAX];

	while (text.len > 0 && text.p[text.len - 1] == '\n')
		text.len--;
	if (text.len >= sizeof words)
		text.len = sizeof words - 1;
	if (text.len == 0 || !span_copy(text, words, sizeof words) ||
	    (ssh_get_status(f->place->ssh) & SSH_WRITE_PENDING) != 0)
		return;
	(void)ssh_send_debug(f->place->ssh, words, 1);
}

/* The monitor need not wait for it any more. */
static void
withdraw(struct forward *f)
{
	if (f->asked)
		(void)ask_gone(f->place->ask, f->number, false);
	f->asked = false;
}

static void
refuse(struct forward *f, struct span why)
{
	f->asked = false;
	tell(f, why);
	(void)ssh_message_reply_default(f->request);
	ssh_message_free(f->request);
	f->request = NULL;
	f->state = ST_OVER;
	f->news = true;
}

static void
forward_free(struct forward *f)
{
	withdraw(f);
	relay_close(f->relay);
	ssh_message_free(f->request);
	if (f->ssh != NULL) {
		ssh_remove_channel_callbacks(f->ssh, &f->cb);
		ssh_channel_free(f->ssh);
		inlet_clear(&f->from);
		outlet_clear(&f->to);
	}
	free(f);
}

/* The DATA pair. */

static void
on_output(void *arg, unsigned stream, struct span bytes)
{
	struct forward *f = arg;

	f->news = true;
	if (stream == RELAY_STDERR) {
		tell(f, bytes);
		return;
	}
	if (outlet_pass(&f->to, false, bytes))
		return;
	/* No more until the client has taken this. */
	f->paused = true;
	relay_pause(f->relay, true);
}

static void
finish(struct forward *f)
{
	f->asked = false;
	f->relay_over = true;
	f->state = ST_ENDING;
	f->news = true;
}

static void
on_exit_of(void *arg, const struct msg_exit *m)
{
	tell(arg, m->text);
	finish(arg);
}

static void
on_lost(void *arg)
{
	tell(arg, span_of("broker: the session was lost"));
	finish(arg);
}

static void
accept_request(struct forward *f)
{
	f->ssh = ssh_message_channel_request_open_reply_accept(f->request);
	ssh_message_free(f->request);
	f->request = NULL;
	if (f->ssh == NULL) {
		withdraw(f);
		f->relay_over = true;
		f->state = ST_OVER;
		return;
	}
	inlet_init(&f->from, f->ssh);
	outlet_init(&f->to, f->place->ssh, f->ssh);
	f->cb = (struct ssh_channel_callbacks_struct){
		.userdata = f,
		.channel_data_function = on_data,
		.channel_eof_function = on_eof,
		.channel_close_function = on_close,
	};
	ssh_callbacks_init(&f->cb);
	ssh_set_channel_callbacks(f->ssh, &f->cb);
	f->state = ST_OPEN;
}

static void
attach_take(struct forward *f, int fd)
{
	struct relay_answers answers = { f, on_output, on_exit_of, on_lost };
	struct err err = { "" };

	f->news = true;
	if (f->state != ST_ALLOWED) {
		close(fd);
		return;
	}
	if (relay_open_take(f->place->loop, fd, &answers, &f->relay, &err) != RC_OK) {
		(void)ask_gone(f->place->ask, f->number, false);
		refuse(f, span_of(err.text));
		return;
	}
	accept_request(f);
}

/* The steps. */

static void
step_wait(struct forward *f)
{
	(void)f;
}

/* From the client to the session, as fast as that takes it. */
static void
feed(struct forward *f)
{
	struct span piece;

	for (int i = 0; i < PIECES && !relay_full(f->relay); i++) {
		if (inlet_ahead(&f->from).len == 0 &&
		    (!f->from.readable || inlet_take(&f->from).len == 0))
			break;
		piece = inlet_ahead(&f->from);
		if (piece.len > MSG_DATA_MAX)
			piece.len = MSG_DATA_MAX;
		relay_data(f->relay, piece);
		inlet_use(&f->from, piece.len);
	}
	if (relay_full(f->relay))
		return;
	if (f->from.readable || inlet_ahead(&f->from).len > 0)
		f->news = true;
	else if (f->eof && !f->eof_sent) {
		relay_eof(f->relay);
		f->eof_sent = true;
	}
}

static void
step_open(struct forward *f)
{
	bool empty = outlet_flush(&f->to);

	feed(f);
	if (empty && f->paused) {
		f->paused = false;
		relay_pause(f->relay, false);
	}
}

/* What a client still sends is for nobody. */
static void
step_closed(struct forward *f)
{
	inlet_waste(&f->from);
	f->news |= f->from.readable;
}

static void
step_ending(struct forward *f)
{
	step_closed(f);
	if (!outlet_flush(&f->to))
		return;
	(void)ssh_channel_send_eof(f->ssh);
	f->state = ST_CLOSING;
	f->news = true;
}

/* ssh_channel_close says SSH_AGAIN, and has sent nothing, while output is queued. */
static void
step_closing(struct forward *f)
{
	if (ssh_channel_close(f->ssh) != SSH_AGAIN)
		f->state = ST_CLOSED;
}

static void (*const steps[])(struct forward *f) = {
	[ST_ASKED] = step_wait,
	[ST_ALLOWED] = step_wait,
	[ST_OPEN] = step_open,
	[ST_ENDING] = step_ending,
	[ST_CLOSING] = step_closing,
	[ST_CLOSED] = step_closed,
	[ST_OVER] = step_wait,
};

static void
forward_step(struct forward *f)
{
	f->news = false;
	if (f->client_closed && f->state < ST_CLOSING) {
		withdraw(f);
		f->relay_over = true;
		f->state = ST_CLOSING;
	}
	/* Closed here, not in its own handlers. */
	if (f->relay_over) {
		relay_close(f->relay);
		f->relay = NULL;
	}
	steps[f->state](f);
	if (f->state == ST_CLOSED && f->client_closed)
		f->state = ST_OVER;
}

/* All of them. */

enum rc
forwards_new(const struct channel_place *place, struct forwards **ret, struct err *err)
{
	struct forwards *all = calloc(1, sizeof *all);

	if (all == NULL)
		return err_memory(err);
	all->place = place;
	*ret = all;
	return RC_OK;
}

void
forwards_free(struct forwards *all)
{
	struct forward *f;

	if (all == NULL)
		return;
	while ((f = all->first) != NULL) {
		all->first = f->next;
		forward_free(f);
	}
	free(all);
}

uint32_t
forwards_count(const struct forwards *all)
{
	return all->count;
}

enum rc
forwards_take(struct forwards *all, ssh_message m, uint32_t number, struct err *err)
{
	const char *host = ssh_message_channel_request_open_destination(m);
	int port = ssh_message_channel_request_open_destination_port(m);
	struct forward *f = calloc(1, sizeof *f);

	if (f == NULL) {
		ssh_message_free(m);
		return err_memory(err);
	}
	f->place = all->place;
	f->number = number;
	f->request = m;
	f->next = all->first;
	all->first = f;
	all->count++;
	if (host == NULL || port < 0 ||
	    ask_forward(all->place->ask, number, host, (uint32_t)port) != RC_OK)
		refuse(f, span_of("broker: refused: not the name of a host"));
	else
		f->asked = true;
	return RC_OK;
}

static struct forward *
find(struct forwards *all, uint32_t number)
{
	for (struct forward *f = all->first; f != NULL; f = f->next)
		if (f->number == number)
			return f;
	return NULL;
}

bool
forwards_verdict(struct forwards *all, uint32_t number, const struct msg_verdict *v)
{
	struct forward *f = find(all, number);

	if (f == NULL)
		return false;
	if (f->state == ST_ASKED && v->effect == VERDICT_ALLOW)
		f->state = ST_ALLOWED;
	/* Another verdict follows; the client's open waits for it. */
	else if (f->state == ST_ASKED && v->effect == VERDICT_HOLD)
		tell(f, v->text);
	else if (f->state == ST_ASKED)
		refuse(f, v->text);
	return true;
}

bool
forwards_attach_take(struct forwards *all, uint32_t number, int fd)
{
	struct forward *f = find(all, number);

	if (f == NULL)
		return false;
	attach_take(f, fd);
	return true;
}

void
forwards_lost(struct forwards *all)
{
	for (struct forward *f = all->first; f != NULL; f = f->next) {
		f->asked = false;
		if (f->state <= ST_ALLOWED)
			refuse(f, span_of("broker: the broker has gone"));
	}
}

enum rc
forwards_step(struct forwards *all, struct err *err)
{
	struct forward **p = &all->first, *f;

	while ((f = *p) != NULL) {
		forward_step(f);
		if (f->from.hostile)
			return err_set(err, RC_REFUSE, "data beyond the window");
		if (f->state != ST_OVER) {
			p = &f->next;
			continue;
		}
		*p = f->next;
		all->count--;
		forward_free(f);
	}
	return RC_OK;
}

bool
forwards_news(const struct forwards *all)
{
	for (const struct forward *f = all->first; f != NULL; f = f->next)
		if (f->news || f->state == ST_OVER ||
		    (f->ssh != NULL && outlet_may_go_on(&f->to)))
			return true;
	return false;
}
