/* Watchers of a session; see audience.h.  Each has a port of its own, a filter for its
 * terminal or lines of asciicast, and a bound on what waits for it. */
#include "broker/session/audience.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/screen.h"
#include "lib/base/text.h"
#include "lib/model/status.h"
#include "lib/wire/port.h"
#include "recorder/cast.h"

/* Frames of one watcher that are looked at in a second; more wait. */
#define FRAMES_A_SECOND 64
/* How long the last words of one that is behind may wait. */
#define LINGER_MS 2000
/* Frames that may wait; the bytes are bounded by AUDIENCE_BEHIND before that. */
#define QUEUE_FRAMES 1024
/* Bytes of output in one event. */
#define EVENT_MOST 8192
/* A filter's answer to EVENT_MOST bytes, or an event's escapes. */
#define PIECE_MOST (EVENT_MOST * 8)
#define TITLE_MOST 4096
#define INTERRUPT 0x03

struct watcher {
	struct watcher *next;
	struct audience *all;
	struct port *port;
	struct screen *screen; /* NULL: asciicast */
	struct timer *timer;   /* a rest from reading; the last words' bound */
	uint32_t number;
	bool pty, ending;
	uint8_t before;	 /* the last byte that it was shown */
	uint64_t bytes;	 /* shown to it */
	size_t behind;	 /* since it has stopped taking */
	uint64_t second; /* the one that frames are counted in */
	unsigned frames;
};

struct audience {
	struct audience_init init;
	char title[TITLE_MOST + 1];
	uint64_t began_us;
	struct watcher *first;
	unsigned count;
	bool over;
};

enum rc
audience_new(const struct audience_init *init, struct audience **ret, struct err *err)
{
	struct audience *a = calloc(1, sizeof *a);

	if (a == NULL)
		return err_memory(err);
	a->init = *init;
	if (!span_copy(init->title, a->title, sizeof a->title))
		a->title[0] = '\0';
	a->began_us = clock_mono_us();
	*ret = a;
	return RC_OK;
}

static void
free_watcher(struct watcher *w)
{
	port_close(w->port);
	screen_free(w->screen);
	timer_free(w->timer);
	free(w);
}

void
audience_free(struct audience *a)
{
	struct watcher *w;

	if (a == NULL)
		return;
	while ((w = a->first) != NULL) {
		a->first = w->next;
		free_watcher(w);
	}
	free(a);
}

/* Out of the list, and gone. */
static void
remove_watcher(struct watcher *w)
{
	struct audience *a = w->all;

	for (struct watcher **p = &a->first; *p != NULL; p = &(*p)->next)
		if (*p == w) {
			*p = w->next;
			a->count--;
			break;
		}
	free_watcher(w);
}

static void
tell_left(struct watcher *w, uint8_t status, const char *why)
{
	const struct msg_watched m = { w->bytes, status, span_of(why) };

	if (!w->ending)
		w->all->init.left(w->all->init.arg, w->number, &m);
	w->ending = true;
}

/* ---- what it is shown ---- */

static void
send_bytes(struct watcher *w, struct span bytes)
{
	struct msg_data m = { .stream = 1 };

	while (bytes.len > 0) {
		size_t n = bytes.len < MSG_DATA_MAX ? bytes.len : MSG_DATA_MAX;

		m.bytes = span_make(bytes.p, n);
		/* One that is lost is told through gone(). */
		if (port_send(w->port, MSG_DATA, w->number, &m, NULL, 0) != RC_OK)
			return;
		w->bytes += n;
		w->behind = port_full(w->port) ? w->behind + n + AUDIENCE_FRAME : 0;
		bytes = span_make(bytes.p + n, bytes.len - n);
	}
}

/* A raw terminal wants CR LF, and gets it once. */
static void
put_lines(struct watcher *w, struct span in, struct buf *out)
{
	for (size_t i = 0; i < in.len; i++) {
		if (in.p[i] == '\n' && w->before != '\r')
			buf_u8(out, '\r');
		buf_u8(out, in.p[i]);
		w->before = in.p[i];
	}
}

static void
send_screen(struct watcher *w, struct span filtered)
{
	struct buf lines;

	if (!w->pty) {
		send_bytes(w, filtered);
		return;
	}
	buf_init(&lines, 2 * PIECE_MOST);
	put_lines(w, filtered, &lines);
	if (buf_ok(&lines))
		send_bytes(w, buf_span(&lines));
	buf_clear(&lines);
}

static void
send_event(struct watcher *w, char code, struct span text)
{
	struct buf clean, line;

	buf_init(&clean, 3 * EVENT_MOST);
	buf_init(&line, PIECE_MOST * 3);
	cast_scrub(&clean, text);
	cast_event_put(
	    &line, clock_mono_us() - w->all->began_us, code, buf_span(&clean));
	if (buf_ok(&clean) && buf_ok(&line))
		send_bytes(w, buf_span(&line));
	buf_clear(&clean);
	buf_clear(&line);
}

static void
show_piece(struct watcher *w, struct span piece)
{
	struct buf out;

	if (w->screen == NULL) {
		send_event(w, 'o', piece);
		return;
	}
	buf_init(&out, PIECE_MOST);
	screen_put(w->screen, piece, &out);
	if (buf_ok(&out))
		send_screen(w, buf_span(&out));
	buf_clear(&out);
}

/* ---- the end of one ---- */

static void
close_late(void *arg)
{
	struct watcher *w = arg;

	if (w->ending) {
		remove_watcher(w);
		return;
	}
	w->frames = 0;
	port_pause(w->port, false);
}

static void
drained(void *arg)
{
	struct watcher *w = arg;

	w->behind = 0;
	/* Not here: the port is in the middle of it. */
	if (w->ending)
		timer_set(w->timer, 0);
}

/* The last words; what was sent stays in the socket when it is closed. */
static void
end_watcher(struct watcher *w, uint8_t status, const char *text, const char *why)
{
	struct msg_exit m = { HOW_EXIT, status, 0, span_of(text) };
	struct buf out;

	if (w->ending)
		return;
	buf_init(&out, 4096);
	if (w->screen != NULL)
		screen_reset(w->screen, &out);
	send_bytes(w, buf_span(&out));
	buf_clear(&out);
	(void)port_send(w->port, MSG_EXIT, w->number, &m, NULL, 0);
	tell_left(w, status, why);
	port_pause(w->port, true);
	timer_set(w->timer, port_full(w->port) ? LINGER_MS : 0);
}

static void
gone(void *arg, enum rc rc, const struct err *err)
{
	struct watcher *w = arg;

	(void)err;
	tell_left(w, STATUS_OK, rc == RC_END ? "left" : "broke the rules");
	remove_watcher(w);
}

/* ---- what it sends, which is for nobody ---- */

/* True while it may be looked at: a flood must not cost the session its time. */
static bool
in_time(struct watcher *w)
{
	uint64_t second = clock_mono_ms() / 1000;

	if (second != w->second)
		w->frames = 0;
	w->second = second;
	if (++w->frames < FRAMES_A_SECOND)
		return true;
	port_pause(w->port, true);
	timer_set(w->timer, 1000);
	return false;
}

static enum rc
answer_data(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct watcher *w = arg;
	struct span in = m->data.bytes;

	(void)id;
	(void)fds;
	(void)err;
	if (!in_time(w) || !w->pty || in.len == 0)
		return RC_OK;
	if (memchr(in.p, 'q', in.len) != NULL ||
	    memchr(in.p, INTERRUPT, in.len) != NULL)
		end_watcher(w, STATUS_OK, "watching ended", "left");
	return RC_OK;
}

static enum rc
answer_signal(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct watcher *w = arg;
	uint8_t s = m->signal.signo;

	(void)id;
	(void)fds;
	(void)err;
	if (in_time(w) && (s == SIGINT || s == SIGTERM || s == SIGHUP || s == SIGQUIT))
		end_watcher(w, STATUS_OK, "watching ended", "left");
	return RC_OK;
}

static enum rc
ignore(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	(void)id;
	(void)m;
	(void)fds;
	(void)err;
	(void)in_time(arg);
	return RC_OK;
}

static const struct route routes[] = {
	{ MSG_DATA, 0, MSG_DATA_MAX + 16, 0, answer_data },
	{ MSG_SIGNAL, 0, 1, 0, answer_signal },
	{ MSG_EOF, 0, 0, 0, ignore },
	{ MSG_RESIZE, 0, 8, 0, ignore },
};

/* ---- all of them ---- */

static enum rc
record_name(struct recording *r, struct span who, struct err *err)
{
	char name[256], text[320], *json = NULL;
	enum rc rc;

	if (!span_copy(who, name, sizeof name))
		return err_set(err, RC_REFUSE, "the watcher has no name");
	snprintf(text, sizeof text, "%s watches", name);
	rc = event_stop("notice", "watch", text, &json, err);
	if (rc == RC_OK && recording_json(r, json, err) != RC_OK)
		rc = RC_END;
	free(json);
	return rc;
}

static bool
fits(uint32_t n)
{
	return n >= 1 && n <= 65535;
}

static void
send_header(struct watcher *w)
{
	const struct audience_init *i = &w->all->init;
	bool known = fits(i->columns) && fits(i->rows);
	struct buf line, title;

	buf_init(&title, 3 * TITLE_MOST);
	buf_init(&line, 32 * TITLE_MOST);
	cast_scrub(&title, span_of(w->all->title));
	buf_printf(&line,
	    "{\"version\": 2, \"width\": %u, \"height\": %u, \"timestamp\": %llu, "
	    "\"title\": \"",
	    known ? i->columns : 80, known ? i->rows : 24,
	    (unsigned long long)(i->wall_ms / 1000));
	cast_escape(&line, buf_span(&title));
	buf_text(&line, "\"}\n");
	if (buf_ok(&title) && buf_ok(&line))
		send_bytes(w, buf_span(&line));
	buf_clear(&title);
	buf_clear(&line);
}

static enum rc
add_watcher(struct audience *a, uint32_t number, const struct msg_watch *m, int sock,
    struct err *err)
{
	struct watcher *w = calloc(1, sizeof *w);
	struct port_owner owner = { .routes = routes,
		.nroutes = sizeof routes / sizeof routes[0],
		.arg = w,
		.gone = gone,
		.drained = drained };
	enum rc rc = RC_OK;

	if (w == NULL || (w->timer = loop_timer(a->init.loop, close_late, w)) == NULL)
		rc = err_memory(err);
	if (rc == RC_OK && !m->cast)
		rc = screen_new(false, &w->screen, err);
	if (rc == RC_OK)
		rc = port_open_ready_take(a->init.loop, sock, &owner, &w->port, err);
	else
		close(sock);
	if (rc != RC_OK) {
		if (w != NULL)
			free_watcher(w);
		return rc;
	}
	port_queue(w->port, QUEUE_FRAMES);
	w->all = a;
	w->number = number;
	w->pty = m->pty && !m->cast;
	w->next = a->first;
	a->first = w;
	a->count++;
	if (m->cast)
		send_header(w);
	return RC_OK;
}

enum rc
audience_admit_take(struct audience *a, struct recording *r, uint32_t number,
    const struct msg_watch *m, int sock, struct err *err)
{
	enum rc rc = RC_OK;

	if (a->over || a->count >= AUDIENCE_MOST)
		rc = err_set(err, RC_REFUSE, "%s",
		    a->over ? "the session is over" : "too many watch it already");
	if (rc != RC_OK || (rc = record_name(r, m->who, err)) != RC_OK) {
		close(sock);
		return rc;
	}
	return add_watcher(a, number, m, sock, err);
}

/* Show w all of it, unless it falls behind. */
static void
show_all(struct watcher *w, struct span bytes)
{
	while (bytes.len > 0 && !w->ending) {
		size_t n = bytes.len < EVENT_MOST ? bytes.len : EVENT_MOST;

		/* A character is not cut in two. */
		if (n < bytes.len)
			n -= text_partial(span_make(bytes.p, n));
		show_piece(w, span_make(bytes.p, n));
		if (w->behind > AUDIENCE_BEHIND)
			end_watcher(w, STATUS_FAILED,
			    "watching ended: you did not keep up", "too slow");
		bytes = span_make(bytes.p + n, bytes.len - n);
	}
}

void
audience_show(struct audience *a, struct span bytes)
{
	for (struct watcher *w = a->first; w != NULL; w = w->next)
		show_all(w, bytes);
}

void
audience_resize(struct audience *a, uint32_t columns, uint32_t rows)
{
	char text[32];

	if (!fits(columns) || !fits(rows))
		return;
	a->init.columns = columns;
	a->init.rows = rows;
	snprintf(text, sizeof text, "%ux%u", columns, rows);
	for (struct watcher *w = a->first; w != NULL; w = w->next)
		if (w->screen == NULL && !w->ending)
			send_event(w, 'r', span_of(text));
}

void
audience_dismiss(struct audience *a, uint32_t number, const char *text)
{
	for (struct watcher *w = a->first; w != NULL; w = w->next)
		if (w->number == number)
			end_watcher(w, STATUS_DENIED, text, "dismissed");
}

static void
end_text(const struct msg_exit *m, char *out, size_t size)
{
	if (m->how == HOW_EXIT && m->text.len == 0)
		snprintf(out, size, "the session ended with exit status %u", m->code);
	else if (m->text.len > 0)
		snprintf(out, size, "the session ended: %.*s", (int)m->text.len,
		    (const char *)m->text.p);
	else
		snprintf(out, size, "the session ended by signal %u", m->code);
}

void
audience_end(struct audience *a, const struct msg_exit *m)
{
	char text[640], status[16];
	unsigned code = m->how == HOW_SIGNAL ? 128u + m->code : m->code;

	a->over = true;
	end_text(m, text, sizeof text);
	snprintf(status, sizeof status, "%u", code & 0xff);
	for (struct watcher *w = a->first; w != NULL; w = w->next) {
		if (w->screen == NULL && !w->ending)
			send_event(w, 'x', span_of(status));
		end_watcher(w, STATUS_OK, text, "the session is over");
	}
}

bool
audience_settled(const struct audience *a)
{
	return a->first == NULL;
}
