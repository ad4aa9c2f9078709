/* What a session hears, and what follows; see session.h.  The bytes are traffic's, the
 * texts recording's, the monitor's words ask's; how it ends is session_end.c's. */
#include "broker/session/session_parts.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/model/status.h"
#include "broker/session/ask.h"
#include "broker/session/audience.h"
#include "broker/session/calls.h"
#include "broker/session/drift.h"
#include "broker/session/recording.h"
#include "broker/session/traffic.h"

/* What traffic tells. */

static void
output_moved(void *arg)
{
	struct session *s = arg;

	if (s->state == ASK_DRAIN)
		session_enter(s, ASK_DRAIN, SESSION_DRAIN_MS);
}

static void
output_shown(void *arg, struct span bytes)
{
	struct session *s = arg;

	audience_show(s->audience, bytes);
}

static void
client_resized(void *arg, uint32_t columns, uint32_t rows)
{
	struct session *s = arg;

	audience_resize(s->audience, columns, rows);
	if (s->remote != NULL)
		remote_resize(s->remote, columns, rows);
}

static void
output_ended(void *arg)
{
	struct session *s = arg;

	if (s->state == ASK_DRAIN && s->remote != NULL)
		session_end_remote(s, &s->remote_end);
	else if (s->state == ASK_DRAIN)
		session_end_by_itself(s);
	else if (s->port && s->state == ASK_OPEN)
		session_end_connection(s);
}

void
session_limit(void *arg, const struct err *err)
{
	struct session *s = arg;

	char text[ERR_TEXT];

	if (s->remote == NULL)
		(void)ask_signal(s->ask, SIGTERM);
	if (!recording_over(s->recording)) {
		session_stop_output(s, err->text);
		return;
	}
	snprintf(text, sizeof text, "the recording's quota of %llu bytes is used up",
	    (unsigned long long)s->quota);
	session_stop(s, STOP_QUOTA, text);
}

static void
client_signal(void *arg, uint8_t signo)
{
	struct session *s = arg;

	if (s->state == ASK_OPEN && s->remote != NULL)
		remote_signal(s->remote, signo);
	else if (s->state == ASK_OPEN)
		(void)ask_signal(s->ask, signo);
}

static void
client_gone(void *arg, enum rc rc, const struct err *err)
{
	struct session *s = arg;

	if (rc != RC_END)
		log_line(LOG_NOTICE, "front: %s", err->text);
	s->client_gone = true;
	if (s->state == ASK_OVER)
		s->over = true;
	if (s->port && s->state == ASK_OPEN)
		session_end_connection(s);
	session_stop(s, STOP_GONE, "the client is gone");
}

/* What the monitor says. */

static uint32_t
ask_state(void *arg)
{
	struct session *s = arg;

	return s->state;
}

/* All is recorded that has to be: the command may be started. */
static enum rc
begin_command(struct session *s, struct err *err)
{
	struct msg_ready ready = { .proxy = { NULL, 0 } };

	s->ran = s->remote == NULL;
	session_enter(s, ASK_OPEN, 0);
	traffic_start(s->traffic);
	if (s->remote != NULL) {
		(void)ask_ready(s->ask, &ready);
		remote_start(s->remote);
		return RC_OK;
	}
	calls_ready(s->calls, &ready);
	(void)ask_ready(s->ask, &ready);
	return calls_start(s->calls, err);
}

static void
input_staged(void *arg, const struct err *why)
{
	struct session *s = arg;
	struct err err = { "" };

	if (s->state != ASK_STAGE)
		return;
	if (why != NULL) {
		log_line(LOG_ERROR, "approved input: %s", why->text);
		session_stop_input(
		    s, "the input is not the one that was approved; nothing ran");
	} else if (begin_command(s, &err) != RC_OK)
		session_fail(s, &err);
}

static enum rc
on_sealed(void *arg, const struct msg_sealed *m, struct err *err)
{
	struct session *s = arg;
	struct err why = { "" };

	if (recording_certify(s->recording, m, &why) != RC_OK) {
		session_fail(s, &why);
		return RC_OK;
	}
	if (s->early != NULL) {
		session_stopped_early(s);
		return RC_OK;
	}
	if (!traffic_expects(s->traffic))
		return begin_command(s, err);
	session_enter(s, ASK_STAGE, SESSION_STAGE_MS);
	traffic_stage(s->traffic);
	return RC_OK;
}

static enum rc
on_exited(void *arg, const struct msg_exited *m, struct err *err)
{
	struct session *s = arg;

	if (s->exited)
		return err_set(err, RC_REFUSE, "message EXITED came twice");
	if (s->remote != NULL && m->how != HOW_NEVER)
		return err_set(err, RC_REFUSE, "message EXITED: nothing runs here");
	if (s->remote != NULL)
		return RC_OK;
	if (s->state == ASK_SEAL && s->early == NULL)
		return err_set(err, RC_REFUSE, "message EXITED came before READY");
	s->exited = true;
	s->exit_ = *m;
	s->ran = m->how != HOW_NEVER;
	if (s->state == ASK_STOP)
		session_end_recording(s);
	if (s->state != ASK_OPEN)
		return RC_OK;
	traffic_end_input(s->traffic);
	session_enter(s, ASK_DRAIN, SESSION_DRAIN_MS);
	traffic_pump(s->traffic);
	return RC_OK;
}

static enum rc
on_lease(void *arg, const struct msg_lease *m, struct err *err)
{
	struct session *s = arg;

	if (!session_mask_lease(s, m))
		return RC_OK;
	if (s->remote != NULL)
		return remote_lease(s->remote, m, err);
	return s->calls != NULL ? calls_lease(s->calls, m, err) : RC_OK;
}

static enum rc
on_verdict(void *arg, uint32_t call, const struct msg_call_says *m, struct err *err)
{
	struct session *s = arg;

	if (s->calls == NULL)
		return err_set(err, RC_REFUSE, "message CALL_SAYS: there is no gate");
	return calls_verdict(s->calls, call, m, err);
}

/* A certificate that does not fit is no reason to end more than what asked for it. */
static enum rc
on_leaf(void *arg, uint32_t number, const struct msg_leaf *m, struct err *err)
{
	struct session *s = arg;

	if (s->calls == NULL || calls_leaf(s->calls, number, m, err) != RC_OK)
		log_line(LOG_ERROR, "%s", err->text);
	return RC_OK;
}

static enum rc
on_line(void *arg, uint32_t line, const struct msg_line_says *m, struct err *err)
{
	struct session *s = arg;

	if (s->remote == NULL)
		return err_set(err, RC_REFUSE, "message LINE_SAYS: there is no shell");
	if (m->effect == VERDICT_ALLOW && !session_mask_names(s, m->masks))
		return RC_OK;
	return remote_says(s->remote, line, m, err);
}

/* What was written is not safe on the disk: no more than that is shown. */
static void
disk_failed(struct session *s, const char *why)
{
	struct err err;

	if ((s->state & (ASK_SEAL | ASK_STAGE | ASK_OPEN | ASK_DRAIN | ASK_STOP)) == 0)
		return;
	err_set(&err, RC_FAIL, "%s", why);
	session_fail(s, &err);
}

static enum rc
on_room(void *arg, const struct msg_room *m, struct err *err)
{
	struct session *s = arg;

	(void)err;
	if (!m->good)
		log_line(LOG_ERROR, "no reserve is left for the end of a recording");
	if (s->state == ASK_FULL)
		session_end_recording(s);
	return RC_OK;
}

static enum rc
on_stop(void *arg, const struct msg_stop *m, struct err *err)
{
	struct session *s = arg;
	char text[ERR_TEXT];

	(void)err;
	if (m->why == STOP_GONE)
		s->client_gone = true;
	/* The client need not have taken all: the monitor's word is enough. */
	if (s->state == ASK_OVER)
		s->over = true;
	if (s->port && m->why == STOP_GONE && s->state == ASK_OPEN)
		session_end_connection(s);
	snprintf(text, sizeof text, "%.*s", (int)m->text.len, (const char *)m->text.p);
	if (m->why == STOP_DISK)
		disk_failed(s, text);
	else
		session_stop(s, (enum msg_why)m->why, text);
	return RC_OK;
}

static enum rc
on_closed(void *arg, const struct msg_closed *m, struct err *err)
{
	struct session *s = arg;

	(void)err;
	if (s->state != ASK_ENDED)
		return RC_OK;
	if (m->good)
		session_tell_exit(s);
	else
		session_not_closed(s, "it could not be closed");
	return RC_OK;
}

/* Without a monitor nobody may go on: the recording is ended as well as can be, and the
 * client told. */
static void
monitor_gone(void *arg, enum rc rc, const struct err *err)
{
	struct session *s = arg;

	if (rc != RC_END)
		log_line(LOG_ERROR, "monitor: %s", err->text);
	s->orphan = true;
	if (s->state == ASK_OVER) {
		session_enter(s, ASK_OVER, SESSION_LINGER_MS);
	} else if (s->state == ASK_ENDED) {
		session_end_orphan(s);
	} else {
		session_set_end(s, "shutdown", SEAL_SHUTDOWN, HOW_NEVER, STATUS_FAILED,
		    "stopped: the broker is gone");
		session_end_recording(s);
	}
}

/* Give one of START's descriptors to its owner. */
static int
take(int *fds, enum session_fd which)
{
	int fd = fds[which];

	fds[which] = -1;
	return fd;
}

static enum rc
open_sockets(struct session *s, uint32_t id, bool pty, int *fds, struct err *err)
{
	const struct ask_owner monitor = { .arg = s,
		.state = ask_state,
		.sealed = on_sealed,
		.exited = on_exited,
		.stop = on_stop,
		.closed = on_closed,
		.room = on_room,
		.lease = on_lease,
		.verdict = on_verdict,
		.leaf = on_leaf,
		.line = on_line,
		.watch_take = session_watch_take,
		.unwatch = session_unwatch,
		.gone = monitor_gone };
	const struct traffic_owner traffic = { .arg = s,
		.moved = output_moved,
		.shown = output_shown,
		.resized = client_resized,
		.ended = output_ended,
		.limit = session_limit,
		.failed = session_fail,
		.input = input_staged,
		.typed = session_typed,
		.typed_end = session_typed_end,
		.room = session_room,
		.signal = client_signal,
		.gone = client_gone };
	enum rc rc;

	rc = ask_open_take(
	    s->loop, take(fds, SESSION_CONTROL), id, &monitor, &s->ask, err);
	if (rc != RC_OK)
		return rc;
	return traffic_open_take(
	    s->loop, take(fds, SESSION_DATA), id, pty, &traffic, &s->traffic, err);
}

/* Without a gate, say, nothing may run. */
static void
cannot_begin(
    struct session *s, const char *reason, const char *what, const struct err *err)
{
	char text[ERR_TEXT];

	log_line(LOG_ERROR, "%s", err->text);
	snprintf(text, sizeof text, "%s: %.400s", what, err->text);
	session_set_end(s, reason, SEAL_BROKEN, HOW_NEVER, STATUS_FAILED, text);
	session_end_recording(s);
}

static enum rc
expect_input(struct session *s, const struct msg_start *m, struct err *err)
{
	if (s->port || m->gate == GATE_NONE)
		return err_set(err, RC_REFUSE, "it has none");
	return traffic_expect(s->traffic, m->stdin_sha256, m->stdin_len, err);
}

/* Where its output comes from and its input goes. */
static enum rc
attach(struct session *s, const struct msg_start *m, int *fds, struct err *err)
{
	struct writer *w = recording_writer(s->recording);
	int pipes[TRAFFIC_PIPES];

	/* A shell masks what its target says, and not what is typed to it. */
	if (m->gate == GATE_NONE)
		return traffic_attach_own(s->traffic, s->port ? NULL : w,
		    m->remote.kind == REMOTE_SHELL ? NULL : s->masking, m->output_max,
		    remote_is_terminal(m), err);
	pipes[TRAFFIC_STDIN] = take(fds, SESSION_STDIN);
	pipes[TRAFFIC_STDOUT] = take(fds, SESSION_STDOUT);
	pipes[TRAFFIC_STDERR] = take(fds, SESSION_STDERR);
	if (s->port)
		return traffic_attach_sdk(s->traffic, pipes, err);
	return traffic_attach(s->traffic, w, s->masking, pipes, m->output_max, err);
}

/* The gate, or the target.  Without it the recording's end is on its way already. */
static enum rc
make_other_side(struct session *s, const struct msg_start *m, int *fds, struct err *err)
{
	int ca = take(fds, SESSION_CA);
	enum rc rc;

	if (m->gate == GATE_NONE) {
		if ((rc = session_make_remote(s, m, ca, err)) != RC_OK)
			cannot_begin(s, "target failed", "it cannot be opened", err);
		return rc;
	}
	rc = session_make_gate(s, m, take(fds, SESSION_GATE), ca, err);
	if (rc == RC_OK)
		rc = session_mask_dummies(s, err);
	if (rc != RC_OK)
		cannot_begin(s, "gate failed", "the gate could not be made", err);
	return rc;
}

/* The recording and what needs it.  Refusals are told to the monitor, not returned. */
static enum rc
begin(struct session *s, const struct msg_start *m, int *fds, struct err *err)
{
	struct err why = { "" };
	uint8_t spk[32], h1[32];
	enum rc rc;

	if (session_make_masking(s, m, &why) != RC_OK) {
		cannot_begin(s, "masking failed", "masking failed", &why);
		return RC_OK;
	}
	if (recording_open(m, take(fds, SESSION_RECORDING), &s->recording, &why) !=
	    RC_OK) {
		session_fail(s, &why);
		return RC_OK;
	}
	s->port = m->gate == GATE_SDK ||
		  (m->gate == GATE_NONE && m->remote.kind == REMOTE_PORT);
	if ((rc = attach(s, m, fds, err)) != RC_OK)
		return rc;
	if (m->stdin_sha256.len > 0 && expect_input(s, m, &why) != RC_OK) {
		cannot_begin(s, "input refused", "its input cannot be staged", &why);
		return RC_OK;
	}
	if (make_other_side(s, m, fds, &why) != RC_OK)
		return RC_OK;
	recording_request(s->recording, spk, h1);
	session_enter(s, ASK_SEAL, SESSION_ANSWER_MS);
	(void)ask_seal(s->ask, spk, h1);
	return RC_OK;
}

enum rc
session_new(struct loop *l, uint32_t id, const struct msg_start *m,
    const int fds[SESSION_FDS], struct session **ret, struct err *err)
{
	struct session *s = calloc(1, sizeof *s);
	struct audience_init audience = { .loop = l,
		.columns = m->columns,
		.rows = m->rows,
		.wall_ms = m->wall_ms,
		.title = m->title,
		.left = session_watcher_left,
		.arg = s };
	/* On a terminal of its own nothing of what is typed means anything here. */
	bool pty = m->pty && !remote_is_terminal(m);
	int left[SESSION_FDS];
	enum rc rc = RC_FAIL;

	memcpy(left, fds, sizeof left);
	if (s != NULL) {
		s->loop = l;
		s->started_ms = clock_mono_ms();
		s->quota = m->quota;
		drift_begin(&s->drift, clock_wall_ms(), s->started_ms);
		s->timer = loop_timer(l, session_late, s);
	}
	if (s == NULL || s->timer == NULL)
		rc = err_memory(err);
	else if ((rc = audience_new(&audience, &s->audience, err)) == RC_OK &&
		 (rc = open_sockets(s, id, pty, left, err)) == RC_OK)
		rc = begin(s, m, left, err);
	for (int i = 0; i < SESSION_FDS; i++)
		if (left[i] >= 0)
			close(left[i]);
	if (rc != RC_OK) {
		session_free(s);
		return rc;
	}
	*ret = s;
	return RC_OK;
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	timer_free(s->timer);
	calls_free(s->calls);
	remote_free(s->remote);
	audience_free(s->audience);
	traffic_free(s->traffic);
	recording_free(s->recording);
	masking_free(s->masking);
	ask_close(s->ask);
	free(s);
}

/* Somebody has set the clock: who reads the recording must know. */
static void
look_at_clock(struct session *s)
{
	char text[96];
	struct err err = { "" };
	int64_t by;

	if ((s->state & (ASK_OPEN | ASK_DRAIN)) == 0 ||
	    !drift_look(&s->drift, clock_wall_ms(), clock_mono_ms(), &by))
		return;
	snprintf(text, sizeof text, "the clock was set %s by %lld ms",
	    by > 0 ? "ahead" : "back", (long long)(by > 0 ? by : -by));
	if (recording_event(s->recording, "notice", "clock", text, &err) != RC_OK)
		session_fail(s, &err);
}

/* One turn of the loop. */
static enum rc
step(struct session *s, struct err *err)
{
	enum rc rc = RC_OK;
	bool done;

	look_at_clock(s);
	traffic_arrange(s->traffic);
	if (s->state == ASK_OVER && !traffic_full(s->traffic))
		s->over = true;
	done = s->over && audience_settled(s->audience);
	if (!done)
		rc = loop_step(s->loop, -1, err);
	return rc == RC_OK && done ? RC_END : rc;
}

enum rc
session_run(struct session *s, struct err *err)
{
	enum rc rc;

	do
		rc = step(s, err);
	while (rc == RC_OK);
	return rc == RC_END ? RC_OK : rc;
}
