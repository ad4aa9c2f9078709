/* Conduit, feed and client in a loop; see traffic.h.  What is watched follows before
 * each turn from what is there, so that no callback has to remember it. */
#include "broker/session/traffic.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/session/bridge.h"
#include "broker/session/client.h"
#include "broker/session/conduit.h"
#include "broker/session/feed.h"
#include "broker/session/staged.h"
#include "broker/session/tty.h"

/* Pieces of output moved before control messages get their turn. */
#define PUMP_STEPS 8
/* Approved input that the feed is given at a time. */
#define STAGED_PIECE 65536

struct traffic {
	struct loop *loop;
	struct traffic_owner owner;
	struct client *client;
	struct conduit *conduit; /* NULL before traffic_attach, after traffic_cut */
	struct bridge *bridge;	 /* an SDK's, in place of the conduit */
	struct feed *feed;
	struct staged *staged; /* the input, until the feed has all of it; or NULL */
	struct watch *sources[WRITER_STREAMS], *sink;
	struct timer *timer; /* the conduit's */
	uint64_t shown[WRITER_STREAMS];
	struct err why; /* traffic_put's, until the loop tells it */
	bool pty, started, show;
	bool own;     /* without pipes */
	bool failing; /* why is to be told */
	bool starved; /* traffic_put took less than all */
	bool ending;  /* a port connection without a conduit: ended() is due */
};

void
traffic_pump(struct traffic *t)
{
	struct err err = { "" };
	enum rc rc = RC_OK;
	int moved = 0;

	if (t->conduit == NULL || !t->started)
		return;
	while (moved < PUMP_STEPS && (rc = conduit_step(t->conduit, &err)) == RC_OK)
		moved++;
	if (moved > 0)
		t->owner.moved(t->owner.arg);
	if (rc == RC_END)
		t->owner.ended(t->owner.arg);
	else if (rc == RC_REFUSE)
		t->owner.limit(t->owner.arg, &err);
	else if (rc == RC_FAIL)
		t->owner.failed(t->owner.arg, t->failing ? &t->why : &err);
}

static void
source_ready(void *arg, short revents)
{
	(void)revents;
	traffic_pump(arg);
}

static void
timer_rings(void *arg)
{
	struct traffic *t = arg;

	if (t->ending) {
		t->ending = false;
		t->owner.ended(t->owner.arg);
		return;
	}
	traffic_pump(t);
}

/* The other end learns that no more comes: its socket is ours twice. */
static void
close_bridge(struct traffic *t)
{
	if (t->bridge != NULL && feed_over(t->feed))
		bridge_end(t->bridge);
}

static void
sink_ready(void *arg, short revents)
{
	struct traffic *t = arg;

	(void)revents;
	feed_step(t->feed);
	client_pause(t->client, feed_full(t->feed));
	close_bridge(t);
}

/* Wrong input is told, and the client stays: it is to hear why nothing ran. */
static void
staged_is(struct traffic *t, enum rc rc, const struct err *why)
{
	if (rc == RC_OK)
		t->owner.input(t->owner.arg, NULL);
	else
		t->owner.input(t->owner.arg, why);
}

static enum rc
on_input(void *arg, struct span bytes, struct err *err)
{
	struct traffic *t = arg;
	enum rc rc;

	if (t->staged != NULL && !staged_good(t->staged)) {
		if ((rc = staged_put(t->staged, bytes, err)) != RC_OK)
			staged_is(t, rc, err);
		return RC_OK;
	}
	/* All that it may have is here already: a terminal's bytes are for nobody. */
	if (t->staged != NULL)
		return RC_OK;
	if (t->feed == NULL)
		return t->own ? t->owner.typed(t->owner.arg, bytes, err) : RC_OK;
	rc = feed_put(t->feed, bytes, err);
	if (feed_full(t->feed))
		client_pause(t->client, true);
	return rc;
}

static enum rc
on_end(void *arg, struct err *err)
{
	struct traffic *t = arg;

	if (t->staged != NULL && !staged_good(t->staged))
		staged_is(t, staged_end(t->staged, err), err);
	else if (t->own)
		t->owner.typed_end(t->owner.arg);
	else if (t->staged == NULL && t->feed != NULL)
		feed_end(t->feed);
	close_bridge(t);
	return RC_OK;
}

static enum rc
on_signal(void *arg, uint8_t signo, struct err *err)
{
	struct traffic *t = arg;

	(void)err;
	t->owner.signal(t->owner.arg, signo);
	return RC_OK;
}

static enum rc
on_resize(void *arg, uint32_t columns, uint32_t rows, struct err *err)
{
	struct traffic *t = arg;

	(void)err;
	if (t->conduit != NULL)
		conduit_resize(t->conduit, columns, rows);
	t->owner.resized(t->owner.arg, columns, rows);
	return RC_OK;
}

static void
on_gone(void *arg, enum rc rc, const struct err *err)
{
	struct traffic *t = arg;

	t->owner.gone(t->owner.arg, rc, err);
}

enum rc
traffic_open_take(struct loop *l, int sock, uint32_t id, bool pty,
    const struct traffic_owner *owner, struct traffic **ret, struct err *err)
{
	struct traffic *t = calloc(1, sizeof *t);
	const struct client_owner co = { .arg = t,
		.input = on_input,
		.end = on_end,
		.signal = on_signal,
		.resize = on_resize,
		.gone = on_gone };
	enum rc rc;

	if (t == NULL) {
		close(sock);
		return err_memory(err);
	}
	t->loop = l;
	t->owner = *owner;
	t->pty = pty;
	t->timer = loop_timer(l, timer_rings, t);
	rc = client_open_take(l, sock, id, pty, &co, &t->client, err);
	if (rc == RC_OK && t->timer == NULL)
		rc = err_memory(err);
	if (rc != RC_OK) {
		traffic_free(t);
		return rc;
	}
	*ret = t;
	return RC_OK;
}

static bool
sink_full(void *arg)
{
	struct traffic *t = arg;

	return t->show && client_full(t->client);
}

static void
sink_show(void *arg, enum writer_stream stream, struct span bytes)
{
	struct traffic *t = arg;

	if (!t->show)
		return;
	t->shown[stream] += bytes.len;
	client_show(t->client, stream, bytes);
	/* A connection's bytes are for its own eyes. */
	if (t->conduit != NULL)
		t->owner.shown(t->owner.arg, bytes);
}

/* Masked first: what a terminal makes of it is no concern of the rules. */
static unsigned
list_filters(
    const struct traffic *t, struct masking *m, struct conduit_filter filters[2])
{
	unsigned n = 0;

	if (m != NULL)
		filters[n++] = masking_filter(m);
	if (t->pty)
		filters[n++] = (struct conduit_filter){ .pass = tty_output };
	return n;
}

enum rc
traffic_attach(struct traffic *t, struct writer *w, struct masking *m,
    const int pipes[TRAFFIC_PIPES], uint64_t output_max, struct err *err)
{
	struct conduit_filter filters[2];
	struct conduit_init init = { .fds = { pipes[TRAFFIC_STDOUT],
					 pipes[TRAFFIC_STDERR] },
		.writer = w,
		.sink = { sink_full, sink_show, t },
		.filters = filters,
		.nfilters = list_filters(t, m, filters),
		.output_max = output_max };
	enum rc rc = feed_new(pipes[TRAFFIC_STDIN], &t->feed, err), made;

	made = conduit_new(&init, &t->conduit, err);
	if (rc != RC_OK || made != RC_OK)
		return rc != RC_OK ? rc : made;
	t->show = true;
	t->sink = loop_fd(t->loop, pipes[TRAFFIC_STDIN], 0, sink_ready, t);
	for (int i = 0; i < WRITER_STREAMS; i++)
		t->sources[i] = loop_fd(t->loop, init.fds[i], 0, source_ready, t);
	if (t->sink == NULL || t->sources[0] == NULL || t->sources[1] == NULL)
		return err_memory(err);
	return RC_OK;
}

enum rc
traffic_attach_own(struct traffic *t, struct writer *w, struct masking *m,
    uint64_t output_max, bool at_once, struct err *err)
{
	struct conduit_filter filters[2];
	struct conduit_init init = { .fds = { -1, -1 },
		.writer = w,
		.sink = { sink_full, sink_show, t },
		.filters = filters,
		.nfilters = list_filters(t, m, filters),
		.output_max = output_max,
		.burst = at_once ? CONDUIT_BURST : 1 };

	t->own = true;
	t->show = true;
	return w != NULL ? conduit_new(&init, &t->conduit, err) : RC_OK;
}

/* Where output goes now; false: nowhere, it waits. */
static bool
takes(struct traffic *t)
{
	if (t->conduit != NULL)
		return conduit_takes(t->conduit);
	return !sink_full(t);
}

size_t
traffic_put(struct traffic *t, enum writer_stream stream, struct span bytes)
{
	size_t taken = bytes.len;
	bool port = t->own && t->show && t->started;

	if (t->conduit != NULL && !t->failing) {
		t->failing =
		    conduit_put(t->conduit, stream, bytes, &taken, &t->why) != RC_OK;
		if (t->failing)
			taken = bytes.len;
	} else if (t->conduit == NULL && port) {
		if (takes(t))
			sink_show(t, stream, bytes);
		else
			taken = 0;
	}
	t->starved = taken < bytes.len;
	return taken;
}

void
traffic_end_output(struct traffic *t)
{
	if (t->conduit == NULL)
		t->ending = t->own;
	else if (!t->failing && conduit_end(t->conduit, &t->why) != RC_OK)
		t->failing = true;
	timer_set(t->timer, 0);
}

void
traffic_pause(struct traffic *t, bool pause)
{
	client_pause(t->client, pause);
}

static void
bridge_over(void *arg)
{
	struct traffic *t = arg;

	t->owner.ended(t->owner.arg);
}

enum rc
traffic_attach_sdk(struct traffic *t, const int pipes[TRAFFIC_PIPES], struct err *err)
{
	const struct conduit_sink sink = { sink_full, sink_show, t };
	enum rc rc, made;

	close(pipes[TRAFFIC_STDERR]);
	rc = feed_new(pipes[TRAFFIC_STDIN], &t->feed, err);
	made = bridge_open_take(
	    t->loop, pipes[TRAFFIC_STDOUT], &sink, bridge_over, t, &t->bridge, err);
	if (rc != RC_OK || made != RC_OK)
		return rc != RC_OK ? rc : made;
	t->show = true;
	t->sink = loop_fd(t->loop, pipes[TRAFFIC_STDIN], 0, sink_ready, t);
	return t->sink != NULL ? RC_OK : err_memory(err);
}

void
traffic_say(struct traffic *t, struct span line)
{
	if (!t->show)
		return;
	client_show(t->client, WRITER_STDERR, line);
	t->owner.shown(t->owner.arg, line);
}

static void
forget_watches(struct traffic *t)
{
	for (int i = 0; i < WRITER_STREAMS; i++) {
		loop_fd_close(t->sources[i]);
		t->sources[i] = NULL;
	}
	loop_fd_close(t->sink);
	t->sink = NULL;
}

void
traffic_free(struct traffic *t)
{
	if (t == NULL)
		return;
	forget_watches(t);
	timer_free(t->timer);
	conduit_free(t->conduit);
	bridge_free(t->bridge);
	feed_free(t->feed);
	staged_free(t->staged);
	client_close(t->client);
	free(t);
}

enum rc
traffic_expect(struct traffic *t, struct span sha256, uint64_t len, struct err *err)
{
	return staged_new(sha256, len, &t->staged, err);
}

bool
traffic_expects(const struct traffic *t)
{
	return t->staged != NULL;
}

void
traffic_stage(struct traffic *t)
{
	client_pause(t->client, false);
}

/* The feed hashes what the command took, and waits for it. */
static void
feed_staged(struct traffic *t)
{
	struct err err = { "" };

	while (t->staged != NULL && feed_poll(t->feed) < 0) {
		struct span piece = staged_left(t->staged);

		if (piece.len > STAGED_PIECE)
			piece.len = STAGED_PIECE;
		if (piece.len == 0)
			feed_end(t->feed);
		else if (feed_put(t->feed, piece, &err) != RC_OK) {
			t->owner.failed(t->owner.arg, &err);
			return;
		}
		staged_use(t->staged, piece.len);
		if (!feed_over(t->feed))
			continue;
		staged_free(t->staged);
		t->staged = NULL;
	}
}

void
traffic_start(struct traffic *t)
{
	t->started = true;
	if (t->bridge != NULL)
		bridge_start(t->bridge);
	client_pause(t->client, false);
}

void
traffic_end_input(struct traffic *t)
{
	if (t->feed != NULL)
		feed_close(t->feed);
	client_pause(t->client, false);
}

enum rc
traffic_stop(struct traffic *t, bool show, struct err *err)
{
	t->show = show;
	t->ending = false;
	traffic_end_input(t);
	if (t->conduit == NULL)
		return RC_OK;
	if (show)
		return conduit_finish(t->conduit, err);
	conduit_stop(t->conduit);
	return RC_OK;
}

void
traffic_cut(struct traffic *t)
{
	if (t->conduit == NULL && t->bridge == NULL && !t->own)
		return;
	t->own = false;
	t->ending = false;
	traffic_end_input(t);
	forget_watches(t);
	bridge_free(t->bridge);
	t->bridge = NULL;
	timer_stop(t->timer);
	conduit_free(t->conduit);
	t->conduit = NULL;
}

static void
arrange_conduit(struct traffic *t)
{
	int due;

	for (int i = 0; i < WRITER_STREAMS && !t->own; i++)
		loop_fd_events(t->sources[i],
		    conduit_poll(t->conduit, (enum writer_stream)i) >= 0 ? POLLIN : 0);
	if (t->feed != NULL)
		loop_fd_events(t->sink, feed_poll(t->feed) >= 0 ? POLLOUT : 0);
	due = t->failing ? 0 : conduit_due(t->conduit);
	if (due >= 0)
		timer_set(t->timer, (uint64_t)due);
	else
		timer_stop(t->timer);
}

void
traffic_arrange(struct traffic *t)
{
	if (t->bridge != NULL && t->started)
		loop_fd_events(t->sink, feed_poll(t->feed) >= 0 ? POLLOUT : 0);
	if (t->bridge != NULL && t->started)
		bridge_arrange(t->bridge);
	if (t->starved && takes(t)) {
		t->starved = false;
		t->owner.room(t->owner.arg);
	}
	if (t->conduit == NULL || !t->started)
		return;
	feed_staged(t);
	if (t->conduit == NULL)
		return;
	arrange_conduit(t);
}

bool
traffic_full(const struct traffic *t)
{
	return client_full(t->client);
}

void
traffic_exit(struct traffic *t, const struct msg_exit *m)
{
	client_exit(t->client, m);
}

enum rc
traffic_totals(const struct traffic *t, struct traffic_totals *ret, struct err *err)
{
	*ret = (struct traffic_totals){ .out = t->shown[WRITER_STDOUT],
		.err = t->shown[WRITER_STDERR] };
	if (t->feed == NULL)
		return RC_OK;
	ret->in = feed_total(t->feed);
	return feed_digest(t->feed, ret->in_sha256, err);
}
