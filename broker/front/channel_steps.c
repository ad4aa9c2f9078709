/* What a channel does in a step: a table by state. */
#include "broker/front/channel_parts.h"

#include <libssh/server.h>
#include <string.h>

/* What is typed before the command runs. */
#define AHEAD_MAX 65536
/* Pieces moved in a step before other channels get their turn. */
#define PIECES 32
#define INTERRUPT 0x03
#define EXIT_INTERRUPTED 130

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
	chan_finish(c, EXIT_USAGE, false);
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
	chan_ask(c);
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
	chan_withdraw(c, true);
	say_event(&c->to.err, c->how, "cancelled", "withdrawn");
	chan_finish(c, EXIT_INTERRUPTED, false);
}

/* Before the command runs, only a terminal's bytes are looked at: for the interrupt. */
static void
step_wait(struct channel *c)
{
	(void)outlet_flush(&c->to);
	if (!outlet_ok(&c->to)) {
		outlet_reset(&c->to);
		chan_withdraw(c, false);
		say_event(&c->to.err, c->how, "stopped", "the client does not read");
		chan_finish(c, EXIT_BROKEN, false);
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

static void
tell_staged(struct channel *c)
{
	struct msg_staged m;
	uint8_t sha256[32];

	staged_tell(c->staged, sha256, &m);
	c->staging = false;
	(void)ask_staged(c->place->ask, c->number, &m);
}

/* All of the client's input, before anybody is asked.  What does not fit stays where it
 * is: the client is not read any more. */
static void
stage(struct channel *c)
{
	for (int i = 0; i < PIECES && !staged_settled(c->staged); i++) {
		if (inlet_ahead(&c->from).len == 0 &&
		    (!c->from.readable || inlet_take(&c->from).len == 0))
			break;
		if (staged_put(c->staged, inlet_ahead(&c->from)))
			inlet_use(&c->from, inlet_ahead(&c->from).len);
	}
	if (!staged_settled(c->staged) && !c->from.readable && c->eof &&
	    inlet_ahead(&c->from).len == 0)
		staged_end(c->staged);
	if (staged_settled(c->staged))
		tell_staged(c);
	else
		c->news |= c->from.readable;
}

static void
step_asked(struct channel *c)
{
	step_wait(c);
	if (c->state == ST_ASKED && c->staging)
		stage(c);
}

/* What was staged comes before all else, and is all of the input where it is whole.
 * True once it is with the session. */
static bool
feed_staged(struct channel *c)
{
	struct span piece;

	while ((piece = staged_left(c->staged)).len > 0 && !relay_full(c->relay)) {
		if (piece.len > MSG_DATA_MAX)
			piece.len = MSG_DATA_MAX;
		relay_data(c->relay, piece);
		staged_use(c->staged, piece.len);
	}
	if (piece.len > 0)
		return false;
	if (staged_whole(c->staged)) {
		relay_eof(c->relay);
		c->eof_sent = true;
	}
	staged_free(c->staged);
	c->staged = NULL;
	return true;
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

	if (empty && c->paused) {
		c->paused = false;
		relay_pause(c->relay, false);
	}
	if (c->staged != NULL && !feed_staged(c))
		return;
	for (unsigned i = 0; i < c->nsignals; i++)
		relay_signal(c->relay, c->signals[i]);
	c->nsignals = 0;
	if (c->order.resized)
		relay_resize(c->relay, c->order.columns, c->order.rows);
	c->order.resized = false;
	if (c->eof_sent && !c->how.pty)
		step_closed(c);
	else
		feed(c);
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
	[ST_ASKED] = step_asked,
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
		chan_withdraw(c, false);
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
