/* One session channel; see channel.h.  What happens to it is heard here; what it then does
 * is channel_steps.c's. */
#include "broker/front/channel_parts.h"

#include <libssh/server.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/front/signame.h"

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
	return c->news || outlet_may_go_on(&c->to);
}

bool
chan_hostile(const struct channel *c)
{
	return c->from.hostile;
}

bool
chan_waits(const struct channel *c)
{
	return c->state == ST_ASKED || c->state == ST_ALLOWED;
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
void
chan_withdraw(struct channel *c, bool withdrawn)
{
	if (c->asked)
		(void)ask_gone(c->place->ask, c->number, withdrawn);
	c->asked = false;
}

void
chan_free(struct channel *c)
{
	if (c == NULL)
		return;
	chan_withdraw(c, false);
	relay_close(c->relay);
	ssh_remove_channel_callbacks(c->ssh, &c->cb);
	ssh_channel_free(c->ssh);
	order_clear(&c->order);
	inlet_clear(&c->from);
	staged_free(c->staged);
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
void
chan_finish(struct channel *c, unsigned status, bool ran)
{
	c->asked = false;
	c->staging = false;
	staged_free(c->staged);
	c->staged = NULL;
	c->relay_over = true;
	c->status = status;
	c->ran = ran;
	if (c->how.json)
		begin_line(c);
	say_exit(&c->to.err, c->how, status, ran);
	c->state = ST_ENDING;
	c->news = true;
}

void
chan_ask(struct channel *c)
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
		chan_finish(c, EXIT_USAGE, false);
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
		chan_finish(c, EXIT_USAGE, false);
		break;
	case ORDER_ARGV:
		c->state = ST_LINE;
		break;
	default:
		chan_ask(c);
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
		chan_finish(c, v->status, false);
	}
}

/* Once, and for a command: a terminal's bytes are no input of it. */
void
chan_stage(struct channel *c, uint64_t most)
{
	struct err err = { "" };

	if (c->state != ST_ASKED || !c->asked || c->staged != NULL)
		return;
	c->news = true;
	if (staged_new(c->place->staged, most, &c->staged, &err) != RC_OK) {
		say_event(&c->to.err, c->how, "failed", "failed: %s", err.text);
		chan_withdraw(c, false);
		chan_finish(c, EXIT_BROKEN, false);
		return;
	}
	c->staging = true;
	if (c->how.pty)
		staged_end(c->staged);
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
	chan_finish(c, m->status, false);
}

/* The DATA pair. */

#define SCREEN_ON "\033[?1049h"
#define SCREEN_OFF "\033[?25h\033[?1049l"

/* A list that has the whole terminal takes it with its first bytes, and gives it back
 * with its last: where these cannot come, the terminal is not left in pieces. */
static void
note_screen(struct channel *c, struct span bytes)
{
	if (c->watching && c->how.pty && span_starts(bytes, SCREEN_ON))
		c->screen = true;
	else if (c->screen && span_starts(bytes, SCREEN_OFF))
		c->screen = false;
}

static void
leave_screen(struct channel *c)
{
	if (c->screen)
		buf_text(&c->to.out, SCREEN_OFF);
	c->screen = false;
}

static void
on_output(void *arg, unsigned stream, struct span bytes)
{
	struct channel *c = arg;

	c->news = true;
	if (stream == RELAY_STDERR && bytes.len > 0)
		c->midline = bytes.p[bytes.len - 1] != '\n';
	note_screen(c, bytes);
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
	chan_finish(c, status & 0xff, m->ran != 0);
}

/* Whether the command had begun is not known here, and a caller who is told that
 * nothing ran may try again. */
static void
on_lost(void *arg)
{
	struct channel *c = arg;

	c->news = true;
	leave_screen(c);
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
		chan_finish(c, c->status, false);
		return;
	}
	say_event(&c->to.err, c->how, "lost", "the session was lost");
	chan_finish(c, EXIT_BROKEN, true);
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
	chan_finish(c, EXIT_BROKEN, false);
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
		chan_withdraw(c, false);
		chan_finish(c, EXIT_BROKEN, false);
		return;
	}
	c->state = ST_OPEN;
}
