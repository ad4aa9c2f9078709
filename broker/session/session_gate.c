/* A session's gate: what it tells, and what follows. */
#include "broker/session/session_parts.h"

#include <signal.h>

#include "lib/base/log.h"

static void
calls_failed(void *arg, const struct err *err)
{
	struct session *s = arg;

	if ((s->state & (ASK_OPEN | ASK_DRAIN | ASK_STOP)) != 0)
		session_fail(s, err);
}

static void
calls_limit(void *arg, const struct err *err)
{
	struct session *s = arg;

	if ((s->state & (ASK_OPEN | ASK_DRAIN)) != 0)
		session_limit(s, err);
}

static void
calls_line(void *arg, struct span line)
{
	struct session *s = arg;

	traffic_say(s->traffic, line);
}

static void
calls_broken(void *arg, const struct err *err)
{
	struct session *s = arg;

	log_line(LOG_ERROR, "gate socket: %s", err->text);
	(void)ask_signal(s->ask, SIGKILL);
	session_stop(s, STOP_POLICY, "its sandbox broke the rules");
}

enum rc
session_make_gate(
    struct session *s, const struct msg_start *m, int gate, int ca, struct err *err)
{
	const struct calls_owner owner = { .arg = s,
		.masking = s->masking,
		.failed = calls_failed,
		.limit = calls_limit,
		.line = calls_line,
		.broken = calls_broken };

	return calls_open_take(
	    s->loop, m, gate, ca, s->ask, s->recording, &owner, &s->calls, err);
}
