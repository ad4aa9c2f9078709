/* A session's states; see session.h.  The bytes are traffic's, the texts recording's,
 * the monitor's words ask's: here is what follows from what. */
#include "broker/session/session.h"

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

/* Each state but OPEN is bounded: the monitor's and the keeper's answers, … */
#define ANSWER_MS 10000
/* … the command's end after a stop, … */
#define STOP_MS 10000
/* … room for the end of a recording on a full disk, … */
#define ROOM_MS 5000
/* … silence on outputs that stay open after the command's end, … */
#define DRAIN_MS 5000
/* … and a client that takes its time when the monitor is gone. */
#define LINGER_MS 10000

struct session {
	struct loop *loop;
	enum ask_state state;
	struct ask *ask;
	struct traffic *traffic;
	struct audience *audience;   /* who looks on */
	struct recording *recording; /* NULL: could not be opened */
	struct calls *calls;	     /* the gate; NULL: could not be made */
	bool sdk;		     /* no command: bytes to the gate and back */
	struct timer *timer;	     /* the state's bound */
	uint64_t started_ms;
	struct drift drift;
	uint64_t quota; /* of the recording; 0: none */
	bool ran;	/* the command was started, as far as can be known */
	bool exited;	/* EXITED came */
	bool recorded;	/* the footer is written and synced */
	bool client_gone;
	bool room_asked; /* FULL was said; once is all there is */
	bool over;
	struct msg_exited exit_; /* how the command ended */
	const char *reason;	 /* for the summary */
	enum seal_status status; /* for the footer */
	/* What the client is told; text is without "broker: " and newline. */
	uint8_t how, code;
	char text[ERR_TEXT];
};

/* What a stop means. */
static const struct stop {
	const char *event; /* type of the event */
	const char *why;
	enum seal_status status;
	uint8_t code;
} stops[] = {
	[STOP_GONE] = { "notice", "client gone", SEAL_PEER_LOST, STATUS_FAILED },
	[STOP_TIME] = { "limit", "time", SEAL_POLICY, STATUS_FAILED },
	[STOP_LOST] = { "notice", "target lost", SEAL_PEER_LOST, STATUS_UNREACHABLE },
	[STOP_SHUTDOWN] = { "notice", "shutdown", SEAL_SHUTDOWN, STATUS_FAILED },
	[STOP_POLICY] = { "notice", "policy", SEAL_POLICY, STATUS_FAILED },
	[STOP_QUOTA] = { "limit", "quota", SEAL_POLICY, STATUS_FAILED },
};
static const struct stop stop_output = { "limit", "output", SEAL_POLICY,
	STATUS_FAILED };

/* ms 0: as long as it takes. */
static void
enter(struct session *s, enum ask_state state, uint64_t ms)
{
	s->state = state;
	if (ms > 0)
		timer_set(s->timer, ms);
	else
		timer_stop(s->timer);
}

/* What the client will be told, and the footer. */
static void
set_end(struct session *s, const char *reason, enum seal_status status, uint8_t how,
    uint8_t code, const char *text)
{
	s->reason = reason;
	s->status = status;
	s->how = how;
	s->code = code;
	snprintf(s->text, sizeof s->text, "%s", text);
}

static void
set_broken(struct session *s, const char *why)
{
	char text[ERR_TEXT];

	snprintf(text, sizeof text, "recording failed: %.400s", why);
	set_end(s, "recording failed", SEAL_BROKEN, HOW_NEVER, STATUS_FAILED, text);
}

static bool
certified(const struct session *s)
{
	return s->recording != NULL && recording_certified(s->recording);
}

static void
tell_ended(struct session *s)
{
	struct writer_stats stats = { 0 };
	struct traffic_totals totals;
	struct err err;
	struct msg_ended m = { .recorded = s->recorded, .text = span_of(s->text) };

	if (s->recording != NULL)
		recording_stats(s->recording, &stats);
	(void)traffic_totals(s->traffic, &totals, &err);
	m.status = s->how == HOW_SIGNAL ? (uint8_t)(128 + (s->code & 0x7f)) : s->code;
	m.out_bytes = totals.out + totals.err;
	m.in_bytes = totals.in;
	m.chunks = stats.chunks;
	m.file_len = stats.file_len;
	m.h = span_make(stats.h, sizeof stats.h);
	enter(s, ASK_ENDED, ANSWER_MS);
	(void)ask_ended(s->ask, &m);
}

static enum rc
close_recording(struct session *s, struct err *err)
{
	struct event_close e = { .reason = s->reason,
		.text = s->text[0] != '\0' ? s->text : NULL,
		.how = s->exited ? s->exit_.how : HOW_NEVER,
		.code = s->exited ? s->exit_.code : s->code,
		.duration_ms = clock_mono_ms() - s->started_ms };
	struct traffic_totals totals;
	enum rc rc = traffic_totals(s->traffic, &totals, err), closed;

	e.calls = calls_census(s->calls);
	e.stdout_bytes = totals.out;
	e.stderr_bytes = totals.err;
	e.stdin_bytes = totals.in;
	memcpy(e.stdin_sha256, totals.in_sha256, sizeof e.stdin_sha256);
	closed = recording_close(
	    s->recording, rc == RC_OK ? s->status : SEAL_BROKEN, &e, err);
	return rc != RC_OK ? rc : closed;
}

/* True when the recording has no room for its own end, and the broker has some put by:
 * the end goes on when it has answered, or has not in time. */
static bool
await_room(struct session *s)
{
	struct writer_stats stats;

	recording_stats(s->recording, &stats);
	if (!stats.no_room || s->room_asked)
		return false;
	s->room_asked = true;
	if (ask_full(s->ask) != RC_OK)
		return false;
	enter(s, ASK_FULL, ROOM_MS);
	return true;
}

/* The end of the recording, and ENDED.  What is not recorded by now never will be. */
static void
end_recording(struct session *s)
{
	struct err err = { "" };
	enum rc rc;

	calls_stop(s->calls);
	traffic_cut(s->traffic);
	/* Without a certificate nothing was recorded, and nothing has run. */
	if (certified(s)) {
		if (await_room(s))
			return;
		rc = close_recording(s, &err);
		s->recorded = rc == RC_OK && s->status != SEAL_BROKEN;
		if (rc != RC_OK) {
			log_line(LOG_ERROR, "close the recording: %s", err.text);
			if (s->status != SEAL_BROKEN)
				set_broken(s, err.text);
			if (await_room(s))
				return;
		}
	}
	tell_ended(s);
}

/* The recording cannot take another byte: nothing more is shown. */
static void
recording_failed(void *arg, const struct err *err)
{
	struct session *s = arg;

	log_line(LOG_ERROR, "recording failed: %s", err->text);
	set_broken(s, err->text);
	end_recording(s);
}

/* What was read is finished, the reason recorded, and the command's end awaited. */
static void
stop(struct session *s, const struct stop *why, const char *text)
{
	struct err err = { "" };
	char line[ERR_TEXT];
	enum rc rc;

	if ((s->state & (ASK_SEAL | ASK_OPEN | ASK_DRAIN)) == 0)
		return;
	snprintf(line, sizeof line, "%s%.400s",
	    span_starts(span_of(text), "stopped: ") ? "" : "stopped: ", text);
	set_end(s, why->why, why->status, HOW_NEVER, why->code, line);
	if (s->state == ASK_SEAL) {
		end_recording(s);
		return;
	}
	calls_stop(s->calls);
	rc = traffic_stop(s->traffic, !s->client_gone, &err);
	if (rc == RC_OK)
		rc = recording_event(s->recording, why->event, why->why, text, &err);
	if (rc != RC_OK)
		recording_failed(s, &err);
	else if (s->exited || s->sdk)
		end_recording(s);
	else
		enter(s, ASK_STOP, STOP_MS);
}

/* The command has ended and its output is all there. */
static void
end_by_itself(struct session *s)
{
	static const char *const reasons[] = { [HOW_EXIT] = "exited",
		[HOW_SIGNAL] = "signalled",
		[HOW_NEVER] = "never started" };
	char text[64] = "";
	uint8_t code = s->exit_.code;

	/* ssh itself says nothing about signals, and ends with 255. */
	if (s->exit_.how == HOW_SIGNAL)
		snprintf(text, sizeof text, "the command was ended by signal %u", code);
	else if (s->exit_.how == HOW_NEVER) {
		snprintf(text, sizeof text, "the command could not be started");
		/* Never a good status for what did not run. */
		if (code == 0)
			code = STATUS_FAILED;
	}
	set_end(s, reasons[s->exit_.how], SEAL_CLOSED, s->exit_.how, code, text);
	end_recording(s);
}

/* An SDK's connection is closed, by either side: that is its good end. */
static void
end_connection(struct session *s)
{
	s->exited = true;
	s->exit_ = (struct msg_exited){ HOW_EXIT, 0 };
	set_end(s, "closed", SEAL_CLOSED, HOW_EXIT, 0, "");
	end_recording(s);
}

/* Something of the command kept its output open after its end. */
static void
drain_late(struct session *s)
{
	struct err err = { "" };
	enum rc rc;

	/* The bound is on silence of the command's side, not on a slow client. */
	if (traffic_full(s->traffic)) {
		enter(s, ASK_DRAIN, DRAIN_MS);
		return;
	}
	rc = traffic_stop(s->traffic, true, &err);
	if (rc == RC_OK)
		rc = recording_event(s->recording, "notice", "drain",
		    "output was still open after the command's end", &err);
	if (rc == RC_OK)
		end_by_itself(s);
	else
		recording_failed(s, &err);
}

static void
tell_exit(struct session *s)
{
	struct msg_exit m = { s->how, s->code, s->ran, span_of(s->text) };

	enter(s, ASK_OVER, 0);
	traffic_exit(s->traffic, &m);
	audience_end(s->audience, &m);
	/* Else the front takes its time, and the loop goes on until it has all. */
	if (s->client_gone)
		s->over = true;
}

static void
not_closed(struct session *s, const char *why)
{
	/* A reason that was there before is the better one. */
	if (s->recorded)
		set_broken(s, why);
	tell_exit(s);
}

static void
state_late(void *arg)
{
	struct session *s = arg;

	switch (s->state) {
	case ASK_SEAL:
		set_broken(s, "it was not certified in time");
		end_recording(s);
		break;
	case ASK_DRAIN:
		drain_late(s);
		break;
	case ASK_STOP:
	case ASK_FULL:
		end_recording(s);
		break;
	case ASK_ENDED:
		not_closed(s, "it was not closed in time");
		break;
	case ASK_OVER:
		s->over = true;
		break;
	case ASK_OPEN:
		break;
	}
}

/* What traffic tells. */

static void
output_moved(void *arg)
{
	struct session *s = arg;

	if (s->state == ASK_DRAIN)
		enter(s, ASK_DRAIN, DRAIN_MS);
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
}

static void
output_ended(void *arg)
{
	struct session *s = arg;

	if (s->state == ASK_DRAIN)
		end_by_itself(s);
	else if (s->sdk && s->state == ASK_OPEN)
		end_connection(s);
}

static void
output_limit(void *arg, const struct err *err)
{
	struct session *s = arg;

	char text[ERR_TEXT];

	(void)ask_signal(s->ask, SIGTERM);
	if (!recording_over(s->recording)) {
		stop(s, &stop_output, err->text);
		return;
	}
	snprintf(text, sizeof text, "the recording's quota of %llu bytes is used up",
	    (unsigned long long)s->quota);
	stop(s, &stops[STOP_QUOTA], text);
}

static void
client_signal(void *arg, uint8_t signo)
{
	struct session *s = arg;

	if (s->state == ASK_OPEN)
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
	if (s->sdk && s->state == ASK_OPEN)
		end_connection(s);
	stop(s, &stops[STOP_GONE], "the client is gone");
}

/* What the gate tells. */

static void
calls_failed(void *arg, const struct err *err)
{
	struct session *s = arg;

	if ((s->state & (ASK_OPEN | ASK_DRAIN | ASK_STOP)) != 0)
		recording_failed(s, err);
}

static void
calls_limit(void *arg, const struct err *err)
{
	struct session *s = arg;

	if ((s->state & (ASK_OPEN | ASK_DRAIN)) != 0)
		output_limit(s, err);
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
	stop(s, &stops[STOP_POLICY], "its sandbox broke the rules");
}

/* What the monitor says. */

static uint32_t
ask_state(void *arg)
{
	struct session *s = arg;

	return s->state;
}

static enum rc
on_sealed(void *arg, const struct msg_sealed *m, struct err *err)
{
	struct session *s = arg;
	struct msg_ready ready;
	struct err why = { "" };

	if (recording_certify(s->recording, m, &why) != RC_OK) {
		recording_failed(s, &why);
		return RC_OK;
	}
	s->ran = true;
	enter(s, ASK_OPEN, 0);
	traffic_start(s->traffic);
	calls_ready(s->calls, &ready);
	(void)ask_ready(s->ask, &ready);
	return calls_start(s->calls, err);
}

static enum rc
on_exited(void *arg, const struct msg_exited *m, struct err *err)
{
	struct session *s = arg;

	if (s->exited)
		return err_set(err, RC_REFUSE, "message EXITED came twice");
	s->exited = true;
	s->exit_ = *m;
	s->ran = m->how != HOW_NEVER;
	if (s->state == ASK_STOP)
		end_recording(s);
	if (s->state != ASK_OPEN)
		return RC_OK;
	traffic_end_input(s->traffic);
	enter(s, ASK_DRAIN, DRAIN_MS);
	traffic_pump(s->traffic);
	return RC_OK;
}

static enum rc
on_lease(void *arg, const struct msg_lease *m, struct err *err)
{
	struct session *s = arg;

	return calls_lease(s->calls, m, err);
}

static enum rc
on_verdict(void *arg, uint32_t call, const struct msg_call_says *m, struct err *err)
{
	struct session *s = arg;

	return calls_verdict(s->calls, call, m, err);
}

/* A certificate that does not fit is no reason to end more than what asked for it. */
static enum rc
on_leaf(void *arg, uint32_t number, const struct msg_leaf *m, struct err *err)
{
	struct session *s = arg;

	if (calls_leaf(s->calls, number, m, err) != RC_OK)
		log_line(LOG_ERROR, "%s", err->text);
	return RC_OK;
}

/* What was written is not safe on the disk: no more than that is shown. */
static void
disk_failed(struct session *s, const char *why)
{
	struct err err;

	if ((s->state & (ASK_SEAL | ASK_OPEN | ASK_DRAIN | ASK_STOP)) == 0)
		return;
	err_set(&err, RC_FAIL, "%s", why);
	recording_failed(s, &err);
}

static enum rc
on_room(void *arg, const struct msg_room *m, struct err *err)
{
	struct session *s = arg;

	(void)err;
	if (!m->good)
		log_line(LOG_ERROR, "no reserve is left for the end of a recording");
	if (s->state == ASK_FULL)
		end_recording(s);
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
	if (s->sdk && m->why == STOP_GONE && s->state == ASK_OPEN)
		end_connection(s);
	snprintf(text, sizeof text, "%.*s", (int)m->text.len, (const char *)m->text.p);
	if (m->why == STOP_DISK)
		disk_failed(s, text);
	else
		stop(s, &stops[m->why], text);
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
		tell_exit(s);
	else
		not_closed(s, "it could not be closed");
	return RC_OK;
}

/* ---- watchers ---- */

static void
watcher_left(void *arg, uint32_t number, const struct msg_watched *m)
{
	struct session *s = arg;

	(void)ask_watched(s->ask, number, m);
}

/* One that cannot be let in is no reason to end more than that. */
static enum rc
on_watch_take(
    void *arg, uint32_t number, const struct msg_watch *m, int sock, struct err *err)
{
	struct session *s = arg;
	struct err why = { "there is nothing to watch" };
	struct msg_watched no = { .status = STATUS_FAILED };
	enum rc rc = RC_REFUSE;

	(void)err;
	if (s->sdk || s->state != ASK_OPEN)
		close(sock);
	else
		rc = audience_admit_take(
		    s->audience, s->recording, number, m, sock, &why);
	if (rc == RC_OK)
		return RC_OK;
	no.why = span_of(why.text);
	watcher_left(s, number, &no);
	if (rc == RC_END)
		recording_failed(s, &why);
	return RC_OK;
}

static enum rc
on_unwatch(void *arg, uint32_t number, const struct msg_unwatch *m, struct err *err)
{
	struct session *s = arg;
	char text[ERR_TEXT];

	(void)err;
	snprintf(text, sizeof text, "%.*s", (int)m->text.len, (const char *)m->text.p);
	audience_dismiss(s->audience, number, text);
	return RC_OK;
}

/* Without a monitor nobody may go on: the recording is ended as well as can be, and the
 * client told. */
static void
monitor_gone(void *arg, enum rc rc, const struct err *err)
{
	static const char text[] = "stopped: the broker is gone";
	struct session *s = arg;

	if (rc != RC_END)
		log_line(LOG_ERROR, "monitor: %s", err->text);
	if (s->state != ASK_OVER) {
		if (s->state != ASK_ENDED) {
			set_end(s, "shutdown", SEAL_SHUTDOWN, HOW_NEVER, STATUS_FAILED,
			    text);
			end_recording(s);
		}
		/* Whatever the command's end was: nobody has closed its recording. */
		if (s->status != SEAL_BROKEN)
			set_end(
			    s, s->reason, s->status, HOW_NEVER, STATUS_FAILED, text);
		tell_exit(s);
	}
	enter(s, ASK_OVER, LINGER_MS);
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
		.watch_take = on_watch_take,
		.unwatch = on_unwatch,
		.gone = monitor_gone };
	const struct traffic_owner traffic = { .arg = s,
		.moved = output_moved,
		.shown = output_shown,
		.resized = client_resized,
		.ended = output_ended,
		.limit = output_limit,
		.failed = recording_failed,
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

/* Without a gate nothing may run. */
static void
gate_failed(struct session *s, const struct err *err)
{
	char text[ERR_TEXT];

	log_line(LOG_ERROR, "%s", err->text);
	snprintf(text, sizeof text, "the gate could not be made: %.400s", err->text);
	set_end(s, "gate failed", SEAL_BROKEN, HOW_NEVER, STATUS_FAILED, text);
	end_recording(s);
}

/* The recording and what needs it.  Refusals are told to the monitor, not returned. */
static enum rc
begin(struct session *s, const struct msg_start *m, int *fds, struct err *err)
{
	const struct calls_owner calls = { .arg = s,
		.failed = calls_failed,
		.limit = calls_limit,
		.line = calls_line,
		.broken = calls_broken };
	struct err why = { "" };
	uint8_t spk[32], h1[32];
	int pipes[TRAFFIC_PIPES];
	enum rc rc;

	if (recording_open(m, take(fds, SESSION_RECORDING), &s->recording, &why) !=
	    RC_OK) {
		recording_failed(s, &why);
		return RC_OK;
	}
	pipes[TRAFFIC_STDIN] = take(fds, SESSION_STDIN);
	pipes[TRAFFIC_STDOUT] = take(fds, SESSION_STDOUT);
	pipes[TRAFFIC_STDERR] = take(fds, SESSION_STDERR);
	s->sdk = m->gate == GATE_SDK;
	rc = s->sdk ? traffic_attach_sdk(s->traffic, pipes, err)
		    : traffic_attach(s->traffic, recording_writer(s->recording), pipes,
			  m->output_max, err);
	if (rc != RC_OK)
		return rc;
	rc = calls_open_take(s->loop, m, take(fds, SESSION_GATE), take(fds, SESSION_CA),
	    s->ask, s->recording, &calls, &s->calls, &why);
	if (rc != RC_OK) {
		gate_failed(s, &why);
		return RC_OK;
	}
	recording_request(s->recording, spk, h1);
	enter(s, ASK_SEAL, ANSWER_MS);
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
		.left = watcher_left,
		.arg = s };
	int left[SESSION_FDS];
	enum rc rc = RC_FAIL;

	memcpy(left, fds, sizeof left);
	if (s != NULL) {
		s->loop = l;
		s->started_ms = clock_mono_ms();
		s->quota = m->quota;
		drift_begin(&s->drift, clock_wall_ms(), s->started_ms);
		s->timer = loop_timer(l, state_late, s);
	}
	if (s == NULL || s->timer == NULL)
		rc = err_memory(err);
	else if ((rc = audience_new(&audience, &s->audience, err)) == RC_OK &&
		 (rc = open_sockets(s, id, m->pty, left, err)) == RC_OK)
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
	audience_free(s->audience);
	traffic_free(s->traffic);
	recording_free(s->recording);
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
		recording_failed(s, &err);
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
