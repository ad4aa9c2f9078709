/* A websocket; see websocket.h.  What its messages mean is its owner's business. */
#include "broker/target/websocket.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <wslay/wslay.h>

#include "broker/target/net.h"
#include "broker/target/upgrade.h"
#include "lib/base/clock.h"
#include "lib/base/multi.h"

#define TURN_BYTES (1u << 18) /* that are read in one turn of the loop */
#define REQUEST_MAX 65536u
#define STAGED 16384u /* bytes of frames that are sent at once */

/* The connection has a multi handle of its own: in a shared one libcurl would look at it
 * as idle, and close it. */
enum state { CONNECTING, ASKING, OPEN, DEAD };

struct websocket {
	struct target_net *net;
	struct websocket_owner owner;
	enum state state;
	char *text; /* of the address */
	struct upgrade_url url;
	char key[UPGRADE_KEY];
	struct multi *multi;
	CURL *easy;
	char curl_text[CURL_ERROR_SIZE];
	struct watch *watch;
	struct timer *timer; /* the next of: late, ping, a turn that was cut short */
	wslay_event_context_ptr frames;
	struct buf out;	 /* the request, then frames on their way */
	struct buf head; /* the answer's head, and what came behind it */
	size_t turn;	 /* bytes that may still be read in this turn */
	uint64_t late_ms, ping_ms;
	bool paused, full;
	bool more;   /* there may be bytes that poll(2) does not know of */
	bool broken; /* the socket has ended */
	bool inside; /* a step, and perhaps the owner, are on the stack */
	bool freed;  /* in there */
	bool done;   /* libcurl has connected, or not: */
	CURLcode code;
};

static void
destroy(struct websocket *w)
{
	loop_fd_close(w->watch);
	timer_free(w->timer);
	if (w->frames != NULL)
		wslay_event_context_free(w->frames);
	if (w->easy != NULL) {
		if (w->multi != NULL)
			multi_remove(w->multi, w->easy);
		curl_easy_cleanup(w->easy);
	}
	multi_free(w->multi);
	buf_clear(&w->out);
	buf_clear(&w->head);
	free(w->text);
	free(w);
}

/* The last word.  Only from within a step(): w stays until its end. */
static void
end(struct websocket *w, enum rc rc, bool refused, const struct err *err)
{
	if (w->state == DEAD)
		return;
	w->state = DEAD;
	loop_fd_close(w->watch);
	w->watch = NULL;
	timer_stop(w->timer);
	w->owner.closed(w->owner.arg, rc, refused, err);
}

static void
end_with(struct websocket *w, enum rc rc, const char *text)
{
	struct err err;

	err_set(&err, rc, "%s", text);
	end(w, rc, false, &err);
}

/* ---- bytes ---- */

/* At most n bytes: how many, 0 for none now, -1 at the end. */
static ssize_t
take(struct websocket *w, uint8_t *p, size_t n)
{
	size_t got = 0;
	CURLcode code;

	if (w->broken)
		return -1;
	if (n > w->turn)
		n = w->turn;
	if (n == 0 || w->paused) {
		w->more = true;
		return 0;
	}
	code = curl_easy_recv(w->easy, p, n, &got);
	if (code == CURLE_AGAIN)
		return 0;
	if (code != CURLE_OK || got == 0) {
		w->broken = true;
		return -1;
	}
	w->turn -= got;
	if (w->state == OPEN)
		w->late_ms = UINT64_MAX;
	return (ssize_t)got;
}

static ssize_t
give(struct websocket *w, const uint8_t *p, size_t n)
{
	size_t sent = 0;
	CURLcode code;

	if (w->broken)
		return -1;
	code = curl_easy_send(w->easy, p, n, &sent);
	if (code == CURLE_AGAIN)
		return 0;
	if (code != CURLE_OK) {
		w->broken = true;
		return -1;
	}
	return (ssize_t)sent;
}

static ssize_t
on_recv(wslay_event_context_ptr ctx, uint8_t *buf, size_t len, int flags, void *arg)
{
	struct websocket *w = arg;
	ssize_t n;

	(void)flags;
	/* What came with the head. */
	if (w->head.len > 0) {
		n = (ssize_t)(w->head.len < len ? w->head.len : len);
		memcpy(buf, w->head.p, (size_t)n);
		buf_skip(&w->head, (size_t)n);
		return n;
	}
	if ((n = w->freed ? 0 : take(w, buf, len)) > 0)
		return n;
	wslay_event_set_error(
	    ctx, n < 0 ? WSLAY_ERR_CALLBACK_FAILURE : WSLAY_ERR_WOULDBLOCK);
	return -1;
}

/* Send what is staged, as far as it goes. */
static void
flush(struct websocket *w)
{
	ssize_t n;

	while (w->out.len > 0 && (n = give(w, w->out.p, w->out.len)) > 0)
		buf_skip(&w->out, (size_t)n);
}

/* Frames are staged: one record of TLS for many of them. */
static ssize_t
on_send(
    wslay_event_context_ptr ctx, const uint8_t *data, size_t len, int flags, void *arg)
{
	struct websocket *w = arg;

	(void)flags;
	if (w->out.len >= STAGED)
		flush(w);
	if (len > STAGED - w->out.len && w->out.len < STAGED)
		len = STAGED - w->out.len;
	if (w->broken || w->out.len >= STAGED) {
		wslay_event_set_error(
		    ctx, w->broken ? WSLAY_ERR_CALLBACK_FAILURE : WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	buf_put(&w->out, data, len);
	if (buf_ok(&w->out))
		return (ssize_t)len;
	w->broken = true;
	wslay_event_set_error(ctx, WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static int
on_mask(wslay_event_context_ptr ctx, uint8_t *buf, size_t len, void *arg)
{
	(void)ctx;
	(void)arg;
	return getrandom(buf, len, 0) == (ssize_t)len ? 0 : -1;
}

static void
on_message(
    wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *m, void *arg)
{
	struct websocket *w = arg;

	(void)ctx;
	if (m->opcode == WSLAY_BINARY_FRAME && !w->freed && w->state == OPEN)
		w->owner.message(w->owner.arg, span_make(m->msg, m->msg_length));
}

/* ---- the answer to the upgrade ---- */

static enum rc
start_frames(struct websocket *w, struct err *err)
{
	const struct wslay_event_callbacks callbacks = {
		.recv_callback = on_recv,
		.send_callback = on_send,
		.genmask_callback = on_mask,
		.on_msg_recv_callback = on_message,
	};

	if (wslay_event_context_client_init(&w->frames, &callbacks, w) != 0)
		return err_memory(err);
	wslay_event_config_set_max_recv_msg_length(w->frames, WEBSOCKET_MESSAGE);
	return RC_OK;
}

/* Send what is left of the request, and read the answer's head.  True: it is open. */
static bool
ask(struct websocket *w)
{
	struct err err = { "" };
	unsigned status = 0;
	uint8_t bytes[4096];
	size_t used = 0;
	ssize_t n;
	enum rc rc;

	flush(w);
	if (w->out.len > 0 && !w->broken)
		return false;
	while ((n = take(w, bytes, sizeof bytes)) > 0) {
		buf_put(&w->head, bytes, (size_t)n);
		rc = upgrade_answer(buf_span(&w->head), w->key, &used, &status, &err);
		if (rc == RC_WAIT)
			continue;
		if (rc == RC_OK)
			break;
		end(w, rc, true, &err);
		return false;
	}
	if (used == 0) {
		if (n < 0)
			end_with(
			    w, RC_RETRY, "the stream was closed without an answer");
		return false;
	}
	buf_skip(&w->head, used);
	if (start_frames(w, &err) != RC_OK) {
		end(w, RC_FAIL, false, &err);
		return false;
	}
	return true;
}

/* ---- turns ---- */

static bool
room(const struct websocket *w)
{
	return wslay_event_get_queued_msg_length(w->frames) < WEBSOCKET_QUEUE;
}

/* What comes is answered: where answers wait, no more is read. */
static void
set_watch(struct websocket *w)
{
	bool asking = w->state == ASKING;
	bool in = asking || (!w->paused && room(w));
	bool out =
	    w->out.len > 0 || (!asking && wslay_event_want_write(w->frames) != 0);

	loop_fd_events(w->watch, (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0)));
}

static void
set_timer(struct websocket *w)
{
	uint64_t now = clock_mono_ms(), at = w->late_ms;

	/* While nothing is read, silence means nothing. */
	if (w->state == OPEN && (w->paused || w->ping_ms < at))
		at = w->ping_ms;
	if (w->more && !w->paused)
		at = now;
	timer_set(w->timer, at > now ? at - now : 0);
}

static void
look_at_time(struct websocket *w)
{
	struct wslay_event_msg ping = { WSLAY_PING, (const uint8_t *)"keepalive", 9 };
	uint64_t now = clock_mono_ms();

	if (now >= w->late_ms && !(w->paused && w->state == OPEN)) {
		end_with(w, RC_RETRY,
		    w->state == OPEN ? "nothing came from AWS any more"
				     : "no answer in time");
		return;
	}
	if (w->state != OPEN || now < w->ping_ms)
		return;
	(void)wslay_event_queue_msg(w->frames, &ping);
	w->ping_ms = now + WEBSOCKET_PING_MS;
	if (w->late_ms == UINT64_MAX && !w->paused)
		w->late_ms = now + WEBSOCKET_PONG_MS;
}

/* After reading and writing: has it ended? */
static void
look_at_end(struct websocket *w, int got)
{
	char text[64];

	if (w->broken) {
		end_with(w, RC_RETRY, "the stream broke");
	} else if (wslay_event_get_close_received(w->frames)) {
		snprintf(text, sizeof text, "the stream was closed (%u)",
		    wslay_event_get_status_code_received(w->frames));
		end_with(w, RC_RETRY, text);
	} else if (got != 0 || !wslay_event_get_read_enabled(w->frames)) {
		end_with(w, got == WSLAY_ERR_NOMEM ? RC_FAIL : RC_END,
		    "what came is no websocket's");
	}
}

static void
move(struct websocket *w)
{
	int got;

	(void)wslay_event_send(w->frames);
	got = room(w) || w->head.len > 0 ? wslay_event_recv(w->frames) : 0;
	if (got == WSLAY_ERR_CALLBACK_FAILURE)
		got = 0; /* w->broken says it */
	if (w->freed)
		return;
	if (w->state == OPEN && w->full && room(w)) {
		w->full = false;
		w->owner.writable(w->owner.arg);
	}
	if (w->freed)
		return;
	(void)wslay_event_send(w->frames);
	flush(w);
	look_at_end(w, got);
}

static void
work(struct websocket *w)
{
	if (w->state == ASKING && ask(w)) {
		w->state = OPEN;
		w->late_ms = UINT64_MAX;
		w->ping_ms = clock_mono_ms() + WEBSOCKET_PING_MS;
		w->owner.opened(w->owner.arg);
	}
	if (!w->freed && w->state != DEAD)
		look_at_time(w);
	if (!w->freed && w->state == OPEN)
		move(w);
}

/* One turn: whatever can be done without waiting, within bounds.  Owners are called from
 * here alone. */
static void
step(struct websocket *w)
{
	w->turn = TURN_BYTES;
	w->more = false;
	w->inside = true;
	work(w);
	w->inside = false;
	if (w->freed) {
		destroy(w);
		return;
	}
	if (w->state == DEAD)
		return;
	if (w->watch != NULL)
		set_watch(w);
	set_timer(w);
}

static void
on_fd(void *arg, short revents)
{
	(void)revents;
	step(arg);
}

static void
on_timer(void *arg)
{
	step(arg);
}

/* ---- the connection ---- */

static void
on_done(void *arg, CURL *easy, CURLcode code)
{
	struct websocket *w = arg;

	(void)easy;
	w->done = true;
	w->code = code;
}

static void
connected(struct websocket *w)
{
	curl_socket_t fd = CURL_SOCKET_BAD;
	struct err err;

	err_set(&err, RC_RETRY, "%s",
	    w->curl_text[0] != '\0' ? w->curl_text : curl_easy_strerror(w->code));
	if (w->code != CURLE_OK) {
		end(w, w->code == CURLE_PEER_FAILED_VERIFICATION ? RC_REFUSE : RC_RETRY,
		    false, &err);
	} else if (curl_easy_getinfo(w->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
		   (w->watch = loop_fd(net_loop(w->net), fd, 0, on_fd, w)) == NULL) {
		end_with(w, RC_FAIL, "out of memory");
	} else {
		w->state = ASKING;
	}
}

static void
on_turned(void *arg)
{
	struct websocket *w = arg;

	if (!w->done || w->state != CONNECTING)
		return;
	w->inside = true;
	connected(w);
	w->inside = false;
	if (w->freed)
		destroy(w);
	else if (w->state == ASKING)
		step(w);
}

static enum rc
write_request(struct websocket *w, struct err *err)
{
	struct sigv4_key key;
	bool have = net_key(w->net, "ssmmessages", &key);
	enum rc rc;

	if ((rc = upgrade_key(w->key, err)) != RC_OK)
		return rc;
	return upgrade_request(&w->url, have ? &key : NULL, w->key, &w->out, err);
}

static enum rc
connect_it(struct websocket *w, struct err *err)
{
	const struct multi_owner owner = { w, on_done, on_turned };
	char url[300];
	CURLcode code;
	enum rc rc;

	snprintf(url, sizeof url, "https://%s/", w->url.host);
	if ((w->easy = curl_easy_init()) == NULL)
		return err_memory(err);
	if ((rc = net_prepare(w->net, w->easy, err)) != RC_OK ||
	    (rc = multi_new(net_loop(w->net), &owner, &w->multi, err)) != RC_OK)
		return rc;
	if ((code = curl_easy_setopt(w->easy, CURLOPT_URL, url)) ||
	    (code = curl_easy_setopt(w->easy, CURLOPT_CONNECT_ONLY, 1L)) ||
	    (code = curl_easy_setopt(
		 w->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)WEBSOCKET_OPEN_MS)) ||
	    (code = curl_easy_setopt(w->easy, CURLOPT_ERRORBUFFER, w->curl_text)))
		return err_set(err, RC_FAIL, "libcurl: %s", curl_easy_strerror(code));
	if ((rc = multi_add(w->multi, w->easy, err)) == RC_OK)
		w->late_ms = clock_mono_ms() + WEBSOCKET_OPEN_MS;
	return rc;
}

enum rc
websocket_open(struct target_net *n, struct span url,
    const struct websocket_owner *owner, struct websocket **ret, struct err *err)
{
	struct websocket *w = calloc(1, sizeof *w);
	enum rc rc;

	if (w == NULL)
		return err_memory(err);
	w->net = n;
	w->owner = *owner;
	buf_init(&w->out, REQUEST_MAX);
	buf_init(&w->head, UPGRADE_HEAD + 8192);
	w->timer = loop_timer(net_loop(n), on_timer, w);
	if (w->timer == NULL || (w->text = span_dup(url)) == NULL)
		rc = err_memory(err);
	else
		rc = upgrade_url(
		    span_of(w->text), net_init(n)->region, net_suffix(n), &w->url, err);
	if (rc == RC_OK && (rc = write_request(w, err)) == RC_OK)
		rc = connect_it(w, err);
	if (rc != RC_OK) {
		destroy(w);
		return rc;
	}
	set_timer(w);
	*ret = w;
	return RC_OK;
}

/* ---- the owner's calls ---- */

void
websocket_free(struct websocket *w)
{
	if (w == NULL)
		return;
	/* What can be said at once is said. */
	if (w->state == OPEN && !w->broken &&
	    wslay_event_queue_close(w->frames, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0) ==
		0) {
		(void)wslay_event_send(w->frames);
		flush(w);
	}
	w->state = DEAD;
	w->freed = true;
	if (!w->inside)
		destroy(w);
}

/* A turn soon, unless one is under way. */
static void
wake(struct websocket *w)
{
	if (!w->inside && w->watch != NULL)
		set_watch(w);
	if (!w->inside && w->state != DEAD)
		set_timer(w);
}

bool
websocket_send(struct websocket *w, bool text, struct span bytes)
{
	struct wslay_event_msg m = { text ? WSLAY_TEXT_FRAME : WSLAY_BINARY_FRAME,
		bytes.p, bytes.len };

	if (w->state != OPEN)
		return false;
	if (!room(w) || wslay_event_queue_msg(w->frames, &m) != 0) {
		w->full = true;
		return false;
	}
	wake(w);
	return true;
}

void
websocket_pause(struct websocket *w, bool pause)
{
	if (w->paused == pause)
		return;
	w->paused = pause;
	if (pause && w->state == OPEN)
		w->late_ms = UINT64_MAX;
	if (!pause)
		w->more = true;
	wake(w);
}
