/* Shows a session as it runs; see watch.h.  What comes was filtered where it was
 * recorded: this program and its terminal get no sequence that they must not see. */
#include "broker/cli/watch.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/frame.h"
#include "lib/base/text.h"
#include "lib/model/status.h"
#include "lib/wire/codec.h"

#define INTERRUPT 0x03

static volatile sig_atomic_t stopped;

struct screen_watch {
	int sock;
	bool json;
	bool typed; /* the terminal is ours to read */
	struct termios before;
	struct buf room;
	union msg_any *m;
};

static void
on_signal(int signo)
{
	(void)signo;
	stopped = 1;
}

/* Single keys, unseen.  Output stays as it was: lines end as elsewhere. */
static void
take_terminal(struct screen_watch *w)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct termios raw;

	if (!isatty(0) || !isatty(1) || tcgetattr(0, &w->before) != 0)
		return;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	raw = w->before;
	raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO | ISIG);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	w->typed = tcsetattr(0, TCSANOW, &raw) == 0;
}

static void
give_terminal(struct screen_watch *w)
{
	if (w->typed)
		(void)tcsetattr(0, TCSANOW, &w->before);
}

static bool
is_end(const uint8_t *typed, ssize_t n)
{
	return n <= 0 || memchr(typed, 'q', (size_t)n) != NULL ||
	       memchr(typed, INTERRUPT, (size_t)n) != NULL;
}

static void
say_last(const struct screen_watch *w, struct span text)
{
	struct buf shown;
	json_t *o = NULL;

	if (text.len == 0)
		return;
	buf_init(&shown, 8192);
	text_say(&shown, text);
	if (w->json && (o = json_pack("{s:{s:s, s:s}}", "broker", "event", "ended",
			    "text", buf_cstr(&shown))) != NULL) {
		(void)json_dumpf(o, stderr, JSON_COMPACT);
		fputc('\n', stderr);
	} else
		fprintf(stderr, "broker: %s\n", buf_cstr(&shown));
	json_decref(o);
	buf_clear(&shown);
}

static enum rc
show(struct span bytes, struct err *err)
{
	if (fwrite(bytes.p, 1, bytes.len, stdout) != bytes.len || fflush(stdout) != 0)
		return err_errno(err, RC_FAIL, "write what is shown");
	return RC_OK;
}

static enum rc
take_frame(struct screen_watch *w, int *status, struct err *err)
{
	struct frame f;
	enum rc rc = frame_recv(w->sock, &w->room, &f, err);

	if (rc == RC_END)
		return RC_WAIT; /* without a word */
	if (rc != RC_OK)
		return err_set(err, RC_FAIL, "the session broke off");
	frame_close_fds(&f);
	if (codec_decode((enum msg)f.type, f.body, w->m, err) != RC_OK ||
	    (f.type != MSG_DATA && f.type != MSG_EXIT))
		return err_set(err, RC_FAIL, "the session answers oddly");
	if (f.type == MSG_DATA)
		return show(w->m->data.bytes, err);
	give_terminal(w);
	say_last(w, w->m->exit.text);
	*status = w->m->exit.code;
	return RC_END;
}

/* One turn: RC_OK: go on, RC_END: over, RC_WAIT: the session is gone. */
static enum rc
turn(struct screen_watch *w, int *status, struct err *err)
{
	struct pollfd p[2] = { { .fd = w->sock, .events = POLLIN },
		{ .fd = w->typed ? 0 : -1, .events = POLLIN } };
	uint8_t typed[256];

	if (stopped || (poll(p, 2, -1) < 0 && errno != EINTR))
		return RC_END;
	if (p[0].revents != 0)
		return take_frame(w, status, err);
	if (p[1].revents != 0 && is_end(typed, read(0, typed, sizeof typed)))
		return RC_END;
	return RC_OK;
}

enum rc
watch_run_take(int sock, bool json, int *status, struct err *err)
{
	struct screen_watch w = { .sock = sock, .json = json };
	enum rc rc = RC_OK;

	if ((w.m = calloc(1, sizeof *w.m)) == NULL) {
		close(sock);
		return err_memory(err);
	}
	*status = STATUS_OK;
	buf_init(&w.room, FRAME_MAX);
	take_terminal(&w);
	while (rc == RC_OK)
		rc = turn(&w, status, err);
	give_terminal(&w);
	close(sock);
	buf_clear(&w.room);
	free(w.m);
	return rc == RC_WAIT ? RC_OK : rc;
}
