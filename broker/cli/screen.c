/* A terminal for brokerd's list; see screen.h.  Frames are made there, of nothing but
 * printable characters and a few sequences, and are shown as they come. */
#include "broker/cli/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/frame.h"
#include "lib/base/text.h"
#include "lib/model/status.h"
#include "lib/wire/codec.h"

/* Cursor on, and back from the alternate screen. */
#define GIVE_BACK "\033[?25h\033[?1049l"

static volatile sig_atomic_t stopped, resized;

struct terminal {
	int sock;
	bool over; /* brokerd has given the terminal back itself */
	struct termios before;
	struct buf room;
	union msg_any *m;
};

static void
on_end(int signo)
{
	(void)signo;
	stopped = 1;
}

static void
on_size(int signo)
{
	(void)signo;
	resized = 1;
}

static bool
size_of(struct winsize *ret)
{
	return ioctl(1, TIOCGWINSZ, ret) == 0 && ret->ws_col > 0 && ret->ws_row > 0;
}

bool
screen_option(char *out, size_t size)
{
	struct winsize w;

	if (!isatty(0) || !isatty(1))
		return false;
	if (!size_of(&w))
		w = (struct winsize){ .ws_col = 80, .ws_row = 24 };
	return snprintf(out, size, "--screen=%ux%u", w.ws_col, w.ws_row) < (int)size;
}

static enum rc
take_terminal(struct terminal *t, struct err *err)
{
	struct sigaction end = { .sa_handler = on_end },
			 sized = { .sa_handler = on_size };
	struct termios raw;

	if (tcgetattr(0, &t->before) != 0)
		return err_errno(err, RC_FAIL, "the terminal");
	raw = t->before;
	cfmakeraw(&raw);
	sigemptyset(&end.sa_mask);
	sigemptyset(&sized.sa_mask);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGHUP, &end, NULL);
	sigaction(SIGWINCH, &sized, NULL);
	if (tcsetattr(0, TCSADRAIN, &raw) != 0)
		return err_errno(err, RC_FAIL, "the terminal");
	return RC_OK;
}

static void
give_terminal(const struct terminal *t)
{
	if (!t->over) {
		fputs(GIVE_BACK, stdout);
		fflush(stdout);
	}
	(void)tcsetattr(0, TCSADRAIN, &t->before);
}

static enum rc
send_frame(struct terminal *t, enum msg type, const void *m, struct err *err)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, FRAME_MAX - FRAME_HEAD);
	if ((rc = codec_encode(type, m, &b, err)) == RC_OK)
		rc = frame_send(t->sock, (uint16_t)type, 0, buf_span(&b), NULL, 0, err);
	buf_clear(&b);
	return rc;
}

/* One that cannot be sent is noticed when nothing more can be read. */
static void
send_size(struct terminal *t)
{
	struct winsize w;
	struct msg_resize m;
	struct err err;

	resized = 0;
	if (!size_of(&w))
		return;
	m = (struct msg_resize){ w.ws_col, w.ws_row };
	(void)send_frame(t, MSG_RESIZE, &m, &err);
}

static void
send_typed(struct terminal *t)
{
	static const struct msg_none none;
	uint8_t typed[512];
	ssize_t n = read(0, typed, sizeof typed);
	struct msg_data m = { 0, { typed, n > 0 ? (size_t)n : 0 } };
	struct err err;

	if (n < 0 && errno == EINTR)
		return;
	if (n > 0)
		(void)send_frame(t, MSG_DATA, &m, &err);
	else if (send_frame(t, MSG_EOF, &none, &err) != RC_OK || n < 0)
		stopped = 1;
}

static enum rc
take_frame(struct terminal *t, int *status, struct err *err)
{
	struct frame f;
	enum rc rc = frame_recv(t->sock, &t->room, &f, err);

	if (rc == RC_END)
		return RC_WAIT; /* without a word */
	if (rc != RC_OK)
		return err_set(err, RC_FAIL, "the broker broke off");
	frame_close_fds(&f);
	if (codec_decode((enum msg)f.type, f.body, t->m, err) != RC_OK ||
	    (f.type != MSG_DATA && f.type != MSG_EXIT))
		return err_set(err, RC_FAIL, "the broker answers oddly");
	if (f.type == MSG_EXIT) {
		t->over = true;
		*status = t->m->exit.code;
		return RC_END;
	}
	if (fwrite(t->m->data.bytes.p, 1, t->m->data.bytes.len, stdout) !=
		t->m->data.bytes.len ||
	    fflush(stdout) != 0)
		return err_errno(err, RC_FAIL, "write the screen");
	return RC_OK;
}

/* One turn: RC_OK: go on, RC_END: over, RC_WAIT: brokerd is gone. */
static enum rc
turn(struct terminal *t, int *status, struct err *err)
{
	struct pollfd p[2] = { { .fd = t->sock, .events = POLLIN },
		{ .fd = 0, .events = POLLIN } };

	if (stopped || (poll(p, 2, -1) < 0 && errno != EINTR))
		return RC_END;
	if (resized)
		send_size(t);
	if (p[0].revents != 0)
		return take_frame(t, status, err);
	if (p[1].revents != 0)
		send_typed(t);
	return RC_OK;
}

static void
say_last(struct span text)
{
	struct buf shown;

	if (text.len == 0)
		return;
	buf_init(&shown, 8192);
	text_say(&shown, text);
	fprintf(stderr, "broker: %s\n", buf_cstr(&shown));
	buf_clear(&shown);
}

enum rc
screen_run_take(int sock, int *status, struct err *err)
{
	struct terminal t = { .sock = sock };
	enum rc rc;

	if ((t.m = calloc(1, sizeof *t.m)) == NULL) {
		close(sock);
		return err_memory(err);
	}
	*status = STATUS_OK;
	buf_init(&t.room, FRAME_MAX);
	if ((rc = take_terminal(&t, err)) == RC_OK) {
		while (rc == RC_OK)
			rc = turn(&t, status, err);
		give_terminal(&t);
	}
	if (t.over)
		say_last(t.m->exit.text);
	close(sock);
	buf_clear(&t.room);
	free(t.m);
	return rc == RC_WAIT ? RC_OK : rc;
}
