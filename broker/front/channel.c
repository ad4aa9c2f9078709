/* One session channel; see channel.h.  What to do in a step is a table by state. */
#include "broker/front/channel.h"

#include <libssh/callbacks.h>
#include <libssh/server.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/front/inlet.h"
#include "broker/front/order.h"
#include "broker/front/outlet.h"
#include "broker/front/relay.h"
#include "broker/front/say.h"
#include "broker/front/signame.h"

/* What is typed before the command runs. */
#define AHEAD_MAX 65536
/* Pieces moved in a step before other channels get their turn. */
#define PIECES 32
#define INTERRUPT 0x03
#define EXIT_USAGE 64
#define EXIT_BROKEN 70
#define EXIT_INTERRUPTED 130

enum state {
	ST_NEW,	    /* no command yet */
	ST_LINE,    /* reads the line of broker-argv */
	ST_ASKED,   /* waits for a verdict, perhaps held */
	ST_VERB,    /* the monitor answers a verb */
	ST_ALLOWED, /* waits for the DATA pair */
	ST_OPEN,    /* the command runs */
	ST_ENDING,  /* shows what is left, then the exit status */
	ST_CLOSING, /* sends CLOSE */
	ST_CLOSED,  /* waits for the client's CLOSE */
};

struct channel {
	const struct channel_place *place;
	ssh_channel ssh;
	struct ssh_channel_callbacks_struct cb;
	uint32_t number;
	enum state state;
	struct order order;
	struct say how;
	struct relay *relay;
	struct inlet from; /* the client's stdin */
	struct outlet to;  /* what goes to the client */
	bool midline;	   /* the command's stderr ends within a line */
	bool asked;	   /* the monitor still expects this channel */
	/* Set by callbacks. */
	bool news, eof, client_closed;
	int signals[4];
	unsigned nsignals;
	bool eof_sent, paused;
	/* A verb that shows a session: DATA comes from there, and the monitor's DONE says
	 * how it ended only where the session cannot. */
	bool watching, done, told;
	/* The end. */
	const char *exit_signal;
	unsigned status;
	bool ran, relay_over;
};

uint32_t
chan_number(const struct channel *c)
{
	return c->number;
}

ssh_channel
chan_ssh(const struct channel *c)
{
	return c->ssh;
}

bool
chan_news(const struct channel *c)
{
	return c->news;
}

bool
chan_hostile(const struct channel *c)
{
	return c->from.hostile;
}

bool
chan_over(const struct channel *c)
{
	return c->state == ST_CLOSED && c->client_closed;
}

/* Callbacks: flags and nothing else. */

static int
on_data(
    ssh_session s, ssh_channel ssh, void *data, uint32_t len, int is_stderr, void *arg)
{
	struct channel *c = arg;

	(void)s;
	(void)ssh;
	(void)data;
	c->news = true;
	if (is_stderr)
		return (int)len; /* clients have no stderr */
	inlet_note(&c->from, len);
	return 0;
}

static void
on_eof(ssh_session s, ssh_channel ssh, void *arg)
{
	struct channel *c = arg;

	(void)s;
	(void)ssh;
	c->news = c->eof = true;
}

static void
on_close(ssh_session s, ssh_channel ssh, void *arg)
{
	struct channel *c = arg;

	(void)s;
	(void)ssh;
	c->news = c->client_closed = true;
}

static void
on_signal(ssh_session s, ssh_channel ssh, const char *name, void *arg)
{
	struct channel *c = arg;
	int signo = signame_number(name);

	(void)s;
	(void)ssh;
	if (signo == 0 || c->nsignals == 4)
		return;
	c->signals[c->nsignals++] = signo;
	c->news = true;
}

enum rc
chan_new_take(const struct channel_place *place, ssh_channel ssh, uint32_t number,
    struct channel **ret, struct err *err)
{
	struct channel *c = calloc(1, sizeof *c);

	if (c == NULL) {
		ssh_channel_free(ssh);
		return err_memory(err);
	}
	c->place = place;
	c->ssh = ssh;
	c->number = number;
	order_init(&c->order);
	inlet_init(&c->from, ssh);
	outlet_init(&c->to, place->ssh, ssh);
	c->cb = (struct ssh_channel_callbacks_struct){
		.userdata = c,
		.channel_data_function = on_data,
		.channel_eof_function = on_eof,
		.channel_close_function = on_close,
		.channel_signal_function = on_signal,
	};
	ssh_callbacks_init(&c->cb);
	ssh_set_channel_callbacks(ssh, &c->cb);
	*ret = c;
	return RC_OK;
}

/* The monitor need not wait for this channel any more. */
static void
withdraw(struct channel *c)
{
	if (c->asked)
		(void)ask_gone(c->place->ask, c->number);
	c->asked = false;
}

void
chan_free(struct channel *c)
{
	if (c == NULL)
		return;
	withdraw(c);
	relay_close(c->relay);
	ssh_remove_channel_callbacks(c->ssh, &c->cb);
	ssh_channel_free(c->ssh);
	order_clear(&c->order);
	inlet_clear(&c->from);
	outlet_clear(&c->to);
	free(c);
}

/* The broker's words begin a line of their own, whatever the command left behind: else
 * it could make them a part of its own last line. */
static void
begin_line(struct channel *c)
{
	if (c->midline)
		say_text(&c->to.err, c->how, span_of("\n"));
	c->midline = false;
}

/* From here on nothing is asked or relayed; what stands in out and err is shown. */
static void
finish(struct channel *c, unsigned status, bool ran)
{
	c->asked = false;
	c->relay_over = true;
	c->status = status;
	c->ran = ran;
	if (c->how.json)
		begin_line(c);
	say_exit(&c->to.err, c->how, status, ran);
	c->state = ST_ENDING;
	c->news = true;
}

static void
ask(struct channel *c)
{
	struct msg_exec_ask *m;
	enum rc rc = RC_FAIL;

	if (c->order.kind == ORDER_SHELL) {
		rc = ask_shell(c->place->ask, c->number, c->order.pty, c->how.json);
	} else if ((m = malloc(sizeof *m)) != NULL) {
		order_fill(&c->order, m);
		rc = ask_exec(c->place->ask, c->number, m);
		free(m);
	}
	if (rc != RC_OK) {
		say_event(
		    &c->to.err, c->how, "refused", "refused: the command does not fit");
		finish(c, EXIT_USAGE, false);
		return;
	}
	c->asked = true;
	c->state = ST_ASKED;
}

static void
begin(struct channel *c)
{
	c->how = (struct say){ order_json(&c->order), c->order.pty };
	c->order.resized = false;
	c->news = true;
	switch (c->order.kind) {
	case ORDER_REFUSED:
		say_event(
		    &c->to.err, c->how, "refused", "refused: %s", c->order.refusal);
		finish(c, EXIT_USAGE, false);
		break;
	case ORDER_ARGV:
		c->state = ST_LINE;
		break;
	default:
		ask(c);
	}
}

void
chan_request(struct channel *c, ssh_message m)
{
	if (c->state >= ST_ENDING || !order_take(&c->order, m)) {
		(void)ssh_message_reply_default(m);
		return;
	}
	(void)ssh_message_channel_request_reply_success(m);
	c->news = true;
	if (c->state == ST_NEW && c->order.kind != ORDER_NONE)
		begin(c);
}

void
chan_verdict(struct channel *c, const struct msg_verdict *v)
{
	if (c->state != ST_ASKED)
		return;
	c->how.json = v->json != 0;
	say_text(&c->to.err, c->how, v->text);
	c->news = true;
	switch (v->effect) {
	case VERDICT_HOLD:
		break;
	case VERDICT_VERB:
		c->state = ST_VERB;
		break;
	case VERDICT_ALLOW:
		c->state = ST_ALLOWED;
		break;
	default:
		finish(c, v->status, false);
	}
}

void
chan_say(struct channel *c, struct span text)
{
	if (c->asked)
		say_text(&c->to.err, c->how, text);
	c->told = c->watching;
	c->news = true;
}

void
chan_row(struct channel *c, struct span text)
{
	if (c->state == ST_VERB)
		say_text(&c->to.out, c->how, text);
	c->news = true;
}

void
chan_done(struct channel *c, const struct msg_done *m)
{
	if (c->state == ST_OPEN && c->watching) {
		c->done = true;
		c->status = m->status;
		return;
	}
	if (c->state != ST_VERB && c->state != ST_ASKED)
		return;
	c->how.json = m->json != 0;
	c->news = true;
	finish(c, m->status, false);
}

/* The DATA pair. */

static void
on_output(void *arg, unsigned stream, struct span bytes)
{
	struct channel *c = arg;

	c->news = true;
	if (stream == RELAY_STDERR && bytes.len > 0)
		c->midline = bytes.p[bytes.len - 1] != '\n';
	if (outlet_pass(&c->to, stream == RELAY_STDERR, bytes))
		return;
	/* No more until the client has taken this. */
	c->paused = true;
	relay_pause(c->relay, true);
}

static void
on_exit_of(void *arg, const struct msg_exit *m)
{
	struct channel *c = arg;
	unsigned status = m->how == HOW_SIGNAL ? 128u + m->code : m->code;

	c->news = true;
	if (m->text.len > 0)
		begin_line(c);
	say_word(&c->to.err, c->how, "stopped", m->text);
	if (m->how == HOW_SIGNAL)
		c->exit_signal = signame_text(m->code);
	finish(c, status & 0xff, m->ran != 0);
}

/* Whether the command had begun is not known here, and a caller who is told that
 * nothing ran may try again. */
static void
on_lost(void *arg)
{
	struct channel *c = arg;

	c->news = true;
	begin_line(c);
	if (c->watching && c->asked && !c->done) {
		/* The monitor knows better what has become of it. */
		c->relay_over = true;
		c->state = ST_VERB;
		return;
	}
	if (c->watching && c->done) {
		if (!c->told && c->status != 0)
			say_event(&c->to.err, c->how, "ended",
			    "watching ended before its last line");
		finish(c, c->status, false);
		return;
	}
	say_event(&c->to.err, c->how, "lost", "the session was lost");
	finish(c, EXIT_BROKEN, true);
}

void
chan_lost(struct channel *c)
{
	const char *what =
	    c->state == ST_VERB ? "it may have been done" : "nothing ran";

	c->asked = false;
	if (c->state >= ST_OPEN)
		return;
	c->news = true;
	say_event(&c->to.err, c->how, "lost", "the broker has gone; %s", what);
	finish(c, EXIT_BROKEN, false);
}

void
chan_attach_take(struct channel *c, int fd)
{
	struct relay_answers answers = { c, on_output, on_exit_of, on_lost };
	struct err err = { "" };

	if (c->state != ST_ALLOWED && (c->state != ST_VERB || c->watching)) {
		close(fd);
		return;
	}
	c->watching = c->state == ST_VERB;
	c->news = true;
	if (relay_open_take(c->place->loop, fd, &answers, &c->relay, &err) != RC_OK) {
		say_event(&c->to.err, c->how, "lost", "%s", err.text);
		withdraw(c);
		finish(c, EXIT_BROKEN, false);
		return;
	}
	c->state = ST_OPEN;
}

/* The steps. */

static void
step_new(struct channel *c)
{
	(void)c;
}

/* What a client still sends is for nobody. */
static void
step_closed(struct channel *c)
{
	inlet_waste(&c->from);
	c->news |= c->from.readable;
}

static void
refuse_line(struct channel *c, const char *why)
{
	say_event(
	    &c->to.err, c->how, "refused", "refused: the line of broker-argv: %s", why);
	finish(c, EXIT_USAGE, false);
}

static void
take_line(struct channel *c, size_t len)
{
	struct err err = { "" };
	enum rc rc =
	    argv_parse(span_make(inlet_ahead(&c->from).p, len), &c->order.argv, &err);

	if (rc != RC_OK) {
		refuse_line(c, err.text);
		return;
	}
	inlet_use(&c->from, len + 1);
	ask(c);
}

static void
step_line(struct channel *c)
{
	const uint8_t *end = NULL;
	struct span line;

	while (c->from.readable && inlet_ahead(&c->from).len <= ARGV_LINE_MAX)
		if (inlet_take(&c->from).len == 0)
			break;
	line = inlet_ahead(&c->from);
	if (line.len > 0)
		end = memchr(line.p, '\n', line.len);
	if (end != NULL)
		take_line(c, (size_t)(end - line.p));
	else if (line.len > ARGV_LINE_MAX)
		refuse_line(c, "over 65536 bytes");
	else if (c->eof)
		refuse_line(c, "no newline");
}

static void
interrupt(struct channel *c)
{
	withdraw(c);
	say_event(&c->to.err, c->how, "cancelled", "withdrawn");
	finish(c, EXIT_INTERRUPTED, false);
}

/* Before the command runs, only a terminal's bytes are looked at: for the interrupt. */
static void
step_wait(struct channel *c)
{
	(void)outlet_flush(&c->to);
	if (!outlet_ok(&c->to)) {
		outlet_reset(&c->to);
		withdraw(c);
		say_event(&c->to.err, c->how, "stopped", "the client does not read");
		finish(c, EXIT_BROKEN, false);
		return;
	}
	if (c->nsignals > 0) {
		interrupt(c);
		return;
	}
	while (
	    c->how.pty && c->from.readable && inlet_ahead(&c->from).len < AHEAD_MAX) {
		struct span typed = inlet_take(&c->from);

		if (typed.len == 0)
			return;
		if (memchr(typed.p, INTERRUPT, typed.len) != NULL) {
			interrupt(c);
			return;
		}
	}
}

/* From the client to the command, as fast as the session takes it. */
static void
feed(struct channel *c)
{
	struct span piece;

	for (int i = 0; i < PIECES && !relay_full(c->relay); i++) {
		if (inlet_ahead(&c->from).len == 0 &&
		    (!c->from.readable || inlet_take(&c->from).len == 0))
			break;
		piece = inlet_ahead(&c->from);
		if (piece.len > MSG_DATA_MAX)
			piece.len = MSG_DATA_MAX;
		relay_data(c->relay, piece);
		inlet_use(&c->from, piece.len);
	}
	if (relay_full(c->relay))
		return;
	if (c->from.readable || inlet_ahead(&c->from).len > 0)
		c->news = true;
	else if (c->eof && !c->eof_sent) {
		relay_eof(c->relay);
		c->eof_sent = true;
	}
}

static void
step_open(struct channel *c)
{
	bool empty = outlet_flush(&c->to);

	for (unsigned i = 0; i < c->nsignals; i++)
		relay_signal(c->relay, c->signals[i]);
	c->nsignals = 0;
	if (c->order.resized)
		relay_resize(c->relay, c->order.columns, c->order.rows);
	c->order.resized = false;
	feed(c);
	if (empty && c->paused) {
		c->paused = false;
		relay_pause(c->relay, false);
	}
}

static void
step_ending(struct channel *c)
{
	/* Words that did not fit are lost, not the status. */
	if (!outlet_ok(&c->to))
		outlet_reset(&c->to);
	step_closed(c);
	if (!outlet_flush(&c->to))
		return;
	if (c->exit_signal != NULL)
		(void)ssh_channel_request_send_exit_signal(
		    c->ssh, c->exit_signal, 0, "", "");
	else
		(void)ssh_channel_request_send_exit_status(c->ssh, (int)c->status);
	(void)ssh_channel_send_eof(c->ssh);
	c->state = ST_CLOSING;
	c->news = true;
}

/* ssh_channel_close says SSH_AGAIN, and has sent nothing, while output is queued. */
static void
step_closing(struct channel *c)
{
	if (ssh_channel_close(c->ssh) != SSH_AGAIN)
		c->state = ST_CLOSED;
}

static void (*const steps[])(struct channel *c) = {
	[ST_NEW] = step_new,
	[ST_LINE] = step_line,
	[ST_ASKED] = step_wait,
	[ST_VERB] = step_wait,
	[ST_ALLOWED] = step_wait,
	[ST_OPEN] = step_open,
	[ST_ENDING] = step_ending,
	[ST_CLOSING] = step_closing,
	[ST_CLOSED] = step_closed,
};

void
chan_step(struct channel *c)
{
	c->news = false;
	if (c->client_closed && c->state < ST_CLOSING) {
		withdraw(c);
		c->relay_over = true;
		c->state = ST_CLOSING;
	}
	/* Closed here, not in its own handlers. */
	if (c->relay_over) {
		relay_close(c->relay);
		c->relay = NULL;
	}
	steps[c->state](c);
}
