/* A session on a target: what it tells, and what follows. */
#include "broker/session/session_parts.h"

/* While it runs: later its bytes are for nobody. */
static bool
runs(const struct session *s)
{
	return s->remote != NULL && s->state == ASK_OPEN;
}

/* ---- what the target tells ---- */

static size_t
target_shows(void *arg, enum writer_stream stream, struct span bytes)
{
	struct session *s = arg;

	return traffic_put(s->traffic, stream, bytes);
}

static void
target_eof_came(void *arg)
{
	struct session *s = arg;

	if (s->state == ASK_OPEN)
		traffic_end_output(s->traffic);
}

static void
target_full(void *arg, bool pause)
{
	struct session *s = arg;

	/* In other states the client is read, and its bytes are dropped. */
	if (s->state == ASK_OPEN)
		traffic_pause(s->traffic, pause);
}

static void
target_line(void *arg, struct span line)
{
	struct session *s = arg;

	traffic_say(s->traffic, line);
}

static void
target_idle(void *arg, const char *text)
{
	session_stop_idle(arg, text);
}

static void
target_failed(void *arg, const struct err *err)
{
	struct session *s = arg;

	if ((s->state & (ASK_OPEN | ASK_DRAIN)) != 0)
		session_fail(s, err);
}

static void
target_limit(void *arg, const struct err *err)
{
	struct session *s = arg;

	if ((s->state & (ASK_OPEN | ASK_DRAIN)) != 0)
		session_limit(s, err);
}

/* By itself: what it has put out is recorded and shown first. */
static void
ends_by_itself(struct session *s, const struct remote_end *end)
{
	s->exited = end->how != HOW_NEVER;
	s->exit_ = (struct msg_exited){ end->how, end->code };
	if (s->port) {
		if (end->how == HOW_EXIT)
			session_end_connection(s);
		else
			session_end_remote(s, end);
		return;
	}
	traffic_end_input(s->traffic);
	session_enter(s, ASK_DRAIN, SESSION_DRAIN_MS);
	traffic_end_output(s->traffic);
}

static void
target_over(void *arg, const struct remote_end *end)
{
	struct session *s = arg;

	s->remote_end = *end;
	s->ran = end->ran;
	if (s->state == ASK_STOP)
		session_end_recording(s);
	else if (s->state == ASK_OPEN)
		ends_by_itself(s, end);
}

enum rc
session_make_remote(
    struct session *s, const struct msg_start *m, int ca, struct err *err)
{
	const struct remote_owner owner = { .arg = s,
		.masking = s->masking,
		.show = target_shows,
		.eof = target_eof_came,
		.pause = target_full,
		.line = target_line,
		.idle = target_idle,
		.failed = target_failed,
		.limit = target_limit,
		.over = target_over };

	return remote_open_take(
	    s->loop, m, ca, s->ask, s->recording, &owner, &s->remote, err);
}

/* ---- what traffic tells ---- */

enum rc
session_typed(void *arg, struct span bytes, struct err *err)
{
	struct session *s = arg;

	return runs(s) ? remote_typed(s->remote, bytes, err) : RC_OK;
}

void
session_typed_end(void *arg)
{
	struct session *s = arg;

	if (runs(s))
		remote_typed_end(s->remote);
}

void
session_room(void *arg)
{
	struct session *s = arg;

	if (s->remote != NULL)
		remote_more(s->remote);
}
