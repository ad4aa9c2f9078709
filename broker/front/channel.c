/* One session channel; see channel.h.  What to do in a step is a table by state. */
#include "broker/front/channel.h"

#include <libssh/callbacks.h>
#include <libssh/server.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/front/order.h"
#include "broker/front/relay.h"
#include "broker/front/say.h"

/* libssh keeps what a client sends beyond its window of 1.28 MB; twice that is no
 * accident.  Each read opens the window to its full size again, however much is still
 * unread, so all of it is read at once or nothing: see take_all(). */
#define OVERRUN (2560 * 1024)
/* Words and rows for a client that does not read them. */
#define TEXT_MAX (8u << 20)
/* What is typed before the command runs. */
#define AHEAD_MAX 65536
#define WRITE_MAX 65536
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
	struct buf in;	     /* stdin that was read and not passed on yet, … */
	size_t in_at;	     /* … from here on */
	struct buf out, err; /* what the client has not taken yet */
	bool asked;	     /* the monitor still expects this channel */
	/* Set by callbacks. */
	bool news, readable, eof, client_closed, hostile;
	int signals[4];
	unsigned nsignals;
	bool eof_sent, paused;
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
	return c->hostile;
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
	c->readable = true;
	if (len > OVERRUN)
		c->hostile = true;
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

static const struct {
	const char *name;
	int signo;
} signal_names[] = {
	{ "HUP", SIGHUP },
	{ "INT", SIGINT },
	{ "QUIT", SIGQUIT },
	{ "TERM", SIGTERM },
	{ "KILL", SIGKILL },
	{ "USR1", SIGUSR1 },
	{ "USR2", SIGUSR2 },
	/* From here on only in exit-signal. */
	{ "ABRT", SIGABRT },
	{ "ALRM", SIGALRM },
	{ "FPE", SIGFPE },
	{ "ILL", SIGILL },
	{ "PIPE", SIGPIPE },
	{ "SEGV", SIGSEGV },
};
#define SENDABLE 7

static void
on_signal(ssh_session s, ssh_channel ssh, const char *name, void *arg)
{
	struct channel *c = arg;

	(void)s;
	(void)ssh;
	for (size_t i = 0; i < SENDABLE; i++) {
		if (strcmp(name, signal_names[i].name) != 0 || c->nsignals == 4)
			continue;
		c->signals[c->nsignals++] = signal_names[i].signo;
		c->news = true;
	}
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
	buf_init(&c->in, ARGV_LINE_MAX + AHEAD_MAX + OVERRUN);
	buf_init(&c->out, TEXT_MAX);
	buf_init(&c->err, TEXT_MAX);
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
	buf_clear(&c->in);
	buf_clear(&c->out);
	buf_clear(&c->err);
	free(c);
}

/* From here on nothing is asked or relayed; what stands in out and err is shown. */
static void
finish(struct channel *c, unsigned status, bool ran)
{
	c->asked = false;
	c->relay_over = true;
	c->status = status;
	c->ran = ran;
	say_exit(&c->err, c->how, status, ran);
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
		    &c->err, c->how, "refused", "refused: the command does not fit");
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
		say_event(&c->err, c->how, "refused", "refused: %s", c->order.refusal);
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
	say_text(&c->err, c->how, v->text);
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
		say_text(&c->err, c->how, text);
	c->news = true;
}

void
chan_row(struct channel *c, struct span text)
{
	if (c->state == ST_VERB)
		say_text(&c->out, c->how, text);
	c->news = true;
}

void
chan_done(struct channel *c, const struct msg_done *m)
{
	if (c->state != ST_VERB && c->state != ST_ASKED)
		return;
	c->how.json = m->json != 0;
	c->news = true;
	finish(c, m->status, false);
}

/* The client's window and the socket's queue: libssh takes without bound what it cannot
 * send yet. */
static bool
may_write(const struct channel *c)
{
	return ssh_channel_is_open(c->ssh) &&
	       (ssh_get_status(c->place->ssh) & SSH_WRITE_PENDING) == 0 &&
	       ssh_channel_window_size(c->ssh) > 0;
}

/* How much of s the client takes now. */
static size_t
show(struct channel *c, struct span s, bool is_err)
{
	uint32_t window = ssh_channel_window_size(c->ssh);
	size_t n = s.len < WRITE_MAX ? s.len : WRITE_MAX;
	int r;

	if (n == 0 || !may_write(c))
		return 0;
	if (n > window)
		n = window;
	if (is_err)
		r = ssh_channel_write_stderr(c->ssh, s.p, (uint32_t)n);
	else
		r = ssh_channel_write(c->ssh, s.p, (uint32_t)n);
	return r > 0 ? (size_t)r : 0;
}

static void
flush_one(struct channel *c, struct buf *b, bool is_err)
{
	size_t at = 0, n;

	while (
	    at < b->len && (n = show(c, span_make(b->p + at, b->len - at), is_err)) > 0)
		at += n;
	buf_skip(b, at);
}

static bool
flushed(struct channel *c)
{
	flush_one(c, &c->out, false);
	flush_one(c, &c->err, true);
	return c->out.len == 0 && c->err.len == 0;
}

/* The DATA pair. */

static void
on_output(void *arg, unsigned stream, struct span bytes)
{
	struct channel *c = arg;
	bool is_err = stream == RELAY_STDERR;
	struct buf *b = is_err ? &c->err : &c->out;
	size_t n = 0, more;

	c->news = true;
	if (flushed(c))
		while (
		    n < bytes.len &&
		    (more = show(c, span_make(bytes.p + n, bytes.len - n), is_err)) > 0)
			n += more;
	buf_put(b, bytes.p + n, bytes.len - n);
	/* No more until the client has taken this. */
	if (c->out.len > 0 || c->err.len > 0) {
		c->paused = true;
		relay_pause(c->relay, true);
	}
}

static const char *
signal_name(unsigned signo)
{
	for (size_t i = 0; i < sizeof signal_names / sizeof signal_names[0]; i++)
		if (signal_names[i].signo == (int)signo)
			return signal_names[i].name;
	return NULL;
}

static void
on_exit_of(void *arg, const struct msg_exit *m)
{
	struct channel *c = arg;
	unsigned status = m->how == HOW_SIGNAL ? 128u + m->code : m->code;

	c->news = true;
	say_word(&c->err, c->how, "stopped", m->text);
	if (m->how == HOW_SIGNAL)
		c->exit_signal = signal_name(m->code);
	finish(c, status & 0xff, m->ran != 0);
}

/* Whether the command had begun is not known here, and a caller who is told that
 * nothing ran may try again. */
static void
on_lost(void *arg)
{
	struct channel *c = arg;

	c->news = true;
	say_event(&c->err, c->how, "lost", "the session was lost");
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
	say_event(&c->err, c->how, "lost", "the broker has gone; %s", what);
	finish(c, EXIT_BROKEN, false);
}

void
chan_attach_take(struct channel *c, int fd)
{
	struct relay_answers answers = { c, on_output, on_exit_of, on_lost };
	struct err err = { "" };

	if (c->state != ST_ALLOWED) {
		close(fd);
		return;
	}
	c->news = true;
	if (relay_open_take(c->place->loop, fd, &answers, &c->relay, &err) != RC_OK) {
		say_event(&c->err, c->how, "lost", "%s", err.text);
		withdraw(c);
		finish(c, EXIT_BROKEN, false);
		return;
	}
	c->state = ST_OPEN;
}

/* The steps. */

/* What was read and not passed on. */
static struct span
ahead(const struct channel *c)
{
	return span_make(c->in.p + c->in_at, c->in.len - c->in_at);
}

static void
use(struct channel *c, size_t n)
{
	c->in_at += n;
	if (c->in_at < c->in.len)
		return;
	buf_reset(&c->in);
	c->in_at = 0;
}

/* Read all that libssh holds, in one call; the bytes, borrowed from c->in. */
static struct span
take_all(struct channel *c)
{
	size_t from = c->in.len, room = c->in.max - from;
	int n = ssh_channel_poll(c->ssh, 0);
	uint8_t *to;

	/* Before the read: its window adjustment may bring in more. */
	c->readable = false;
	if (n <= 0)
		return span_make(NULL, 0);
	c->readable = (size_t)n > room;
	if ((size_t)n > room)
		n = (int)room;
	if (n == 0)
		return span_make(NULL, 0);
	if ((to = buf_room(&c->in, (size_t)n)) == NULL) {
		c->hostile = true; /* stdin with a hole would be worse */
		return span_make(NULL, 0);
	}
	n = ssh_channel_read_nonblocking(c->ssh, to, (uint32_t)n, 0);
	c->in.len += n > 0 ? (size_t)n : 0;
	return span_make(c->in.p + from, c->in.len - from);
}

static void
step_new(struct channel *c)
{
	(void)c;
}

/* What a client still sends is for nobody. */
static void
step_closed(struct channel *c)
{
	use(c, c->in.len - c->in_at);
	if (c->readable)
		use(c, take_all(c).len);
	c->news |= c->readable;
}

static void
refuse_line(struct channel *c, const char *why)
{
	say_event(
	    &c->err, c->how, "refused", "refused: the line of broker-argv: %s", why);
	finish(c, EXIT_USAGE, false);
}

static void
take_line(struct channel *c, size_t len)
{
	struct err err = { "" };
	enum rc rc = argv_parse(span_make(ahead(c).p, len), &c->order.argv, &err);

	if (rc != RC_OK) {
		refuse_line(c, err.text);
		return;
	}
	use(c, len + 1);
	ask(c);
}

static void
step_line(struct channel *c)
{
	const uint8_t *end = NULL;
	struct span line;

	while (c->readable && ahead(c).len <= ARGV_LINE_MAX)
		if (take_all(c).len == 0)
			break;
	line = ahead(c);
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
	say_event(&c->err, c->how, "cancelled", "withdrawn");
	finish(c, EXIT_INTERRUPTED, false);
}

/* Before the command runs, only a terminal's bytes are looked at: for the interrupt. */
static void
step_wait(struct channel *c)
{
	(void)flushed(c);
	if (!buf_ok(&c->out) || !buf_ok(&c->err)) {
		buf_reset(&c->out);
		buf_reset(&c->err);
		withdraw(c);
		say_event(&c->err, c->how, "stopped", "the client does not read");
		finish(c, EXIT_BROKEN, false);
		return;
	}
	if (c->nsignals > 0) {
		interrupt(c);
		return;
	}
	while (c->how.pty && c->readable && ahead(c).len < AHEAD_MAX) {
		struct span typed = take_all(c);

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
		if (ahead(c).len == 0 && (!c->readable || take_all(c).len == 0))
			break;
		piece = ahead(c);
		if (piece.len > MSG_DATA_MAX)
			piece.len = MSG_DATA_MAX;
		relay_data(c->relay, piece);
		use(c, piece.len);
	}
	if (relay_full(c->relay))
		return;
	if (c->readable || ahead(c).len > 0)
		c->news = true;
	else if (c->eof && !c->eof_sent) {
		relay_eof(c->relay);
		c->eof_sent = true;
	}
}

static void
step_open(struct channel *c)
{
	bool empty = flushed(c);

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
	if (!buf_ok(&c->err))
		buf_reset(&c->err);
	if (!buf_ok(&c->out))
		buf_reset(&c->out);
	step_closed(c);
	if (!flushed(c))
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
