/* How a session ends: by itself, stopped, late, or because its recording failed.  Every
 * way leads over the recording's end to ENDED, and from CLOSED to the client's EXIT. */
#include "broker/session/session_parts.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/model/status.h"

/* Bytes of ENDED's masks. */
#define MASKED_MOST 4096

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

static const struct stop stop_idle = { "limit", "idle", SEAL_POLICY, STATUS_FAILED };

static const struct stop stop_input = { "notice", "input", SEAL_POLICY, STATUS_DENIED };

/* ms 0: as long as it takes. */
void
session_enter(struct session *s, enum ask_state state, uint64_t ms)
{
	s->state = state;
	if (ms > 0)
		timer_set(s->timer, ms);
	else
		timer_stop(s->timer);
}

/* What the client will be told, and the footer. */
void
session_set_end(struct session *s, const char *reason, enum seal_status status,
    uint8_t how, uint8_t code, const char *text)
{
	s->reason = reason;
	s->status = status;
	s->how = how;
	s->code = code;
	masking_text(s->masking, text, s->text, sizeof s->text);
}

static void
set_broken(struct session *s, const char *why)
{
	char text[ERR_TEXT];

	snprintf(text, sizeof text, "recording failed: %.400s", why);
	session_set_end(
	    s, "recording failed", SEAL_BROKEN, HOW_NEVER, STATUS_FAILED, text);
}

static bool
certified(const struct session *s)
{
	return s->recording != NULL && recording_certified(s->recording);
}

void
session_end_orphan(struct session *s)
{
	if (s->status != SEAL_BROKEN)
		session_set_end(s, s->reason, s->status, HOW_NEVER, STATUS_FAILED,
		    "stopped: the broker is gone");
	session_tell_exit(s);
	session_enter(s, ASK_OVER, SESSION_LINGER_MS);
}

/* What the client gave, as its taker counted it. */
static enum rc
totals_of(const struct session *s, struct traffic_totals *ret, struct err *err)
{
	enum rc rc = traffic_totals(s->traffic, ret, err);

	if (rc == RC_OK && s->remote != NULL)
		rc = remote_totals(s->remote, &ret->in, ret->in_sha256, err);
	return rc;
}

static void
tell_ended(struct session *s)
{
	struct writer_stats stats = { 0 };
	struct traffic_totals totals;
	struct err err;
	struct msg_ended m = { .recorded = s->recorded, .text = span_of(s->text) };
	struct masks masks;
	struct buf masked;

	if (s->orphan) {
		session_end_orphan(s);
		return;
	}
	if (s->recording != NULL)
		recording_stats(s->recording, &stats);
	(void)totals_of(s, &totals, &err);
	m.status = s->how == HOW_SIGNAL ? (uint8_t)(128 + (s->code & 0x7f)) : s->code;
	m.out_bytes = totals.out + totals.err;
	m.in_bytes = totals.in;
	m.chunks = stats.chunks;
	m.file_len = stats.file_len;
	m.h = span_make(stats.h, sizeof stats.h);
	masking_counts(s->masking, &masks);
	buf_init(&masked, MASKED_MOST);
	masks_say(&masks, &masked);
	m.masked = buf_span(&masked);
	session_enter(s, ASK_ENDED, SESSION_ANSWER_MS);
	(void)ask_ended(s->ask, &m);
	buf_clear(&masked);
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
	struct masks masks;
	enum rc rc = totals_of(s, &totals, err), closed;

	session_record_masks(s);
	masking_counts(s->masking, &masks);
	e.masks = &masks;
	e.calls = calls_census(s->calls);
	e.lines = remote_lines(s->remote);
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
	session_enter(s, ASK_FULL, SESSION_ROOM_MS);
	return true;
}

/* The end of the recording, and ENDED.  What is not recorded by now never will be. */
void
session_end_recording(struct session *s)
{
	struct err err = { "" };
	enum rc rc;

	calls_stop(s->calls);
	traffic_cut(s->traffic);
	/* What is open on a target is ended there first: its over() comes back here. */
	if (!remote_stop(s->remote)) {
		session_enter(s, ASK_STOP, 0);
		return;
	}
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

/* Nothing raw is shown, and nothing more is masked: the recording ends well. */
static void
set_unmasked(struct session *s, const char *why)
{
	session_set_end(s, "masking failed", SEAL_POLICY, HOW_NEVER, STATUS_FAILED, "");
	/* In our own words alone, and there is nobody to mask them. */
	snprintf(s->text, sizeof s->text, "masking failed: %.400s", why);
}

void
session_fail(void *arg, const struct err *err)
{
	struct session *s = arg;
	const char *unmasked = masking_failed(s->masking);

	if (unmasked != NULL) {
		log_line(LOG_ERROR, "masking failed: %s", unmasked);
		set_unmasked(s, unmasked);
	} else {
		log_line(LOG_ERROR, "recording failed: %s", err->text);
		set_broken(s, err->text);
	}
	session_end_recording(s);
}

/* What was read is finished, the reason recorded, and the command's end awaited. */
static void
stop(struct session *s, const struct stop *why, const char *text)
{
	struct err err = { "" };
	char line[ERR_TEXT], masked[ERR_TEXT];
	enum rc rc;

	bool begun = (s->state & (ASK_OPEN | ASK_DRAIN)) != 0;

	if ((s->state & (ASK_SEAL | ASK_STAGE)) == 0 && !begun)
		return;
	snprintf(line, sizeof line, "%s%.400s",
	    span_starts(span_of(text), "stopped: ") ? "" : "stopped: ", text);
	session_set_end(s, why->why, why->status, HOW_NEVER, why->code, line);
	/* The keeper has opened it and certifies it: an end without that is a file that
	 * proves nothing. */
	if (s->state == ASK_SEAL) {
		if (s->early == NULL)
			s->early = why;
		return;
	}
	masking_text(s->masking, text, masked, sizeof masked);
	calls_stop(s->calls);
	s->ran = s->remote != NULL ? remote_ran(s->remote) : s->ran;
	rc = traffic_stop(s->traffic, !s->client_gone, &err);
	if (rc == RC_OK)
		rc = recording_event(s->recording, why->event, why->why, masked, &err);
	if (rc != RC_OK)
		session_fail(s, &err);
	else if (!begun || s->exited || s->port || s->remote != NULL)
		session_end_recording(s);
	else
		session_enter(s, ASK_STOP, SESSION_STOP_MS);
}

void
session_stopped_early(struct session *s)
{
	struct err err = { "" };

	if (recording_event(
		s->recording, s->early->event, s->early->why, s->text, &err) != RC_OK)
		session_fail(s, &err);
	else
		session_end_recording(s);
}

void
session_stop(struct session *s, enum msg_why why, const char *text)
{
	stop(s, &stops[why], text);
}

void
session_stop_input(struct session *s, const char *text)
{
	stop(s, &stop_input, text);
}

void
session_stop_output(struct session *s, const char *text)
{
	stop(s, &stop_output, text);
}

void
session_stop_idle(struct session *s, const char *text)
{
	stop(s, &stop_idle, text);
}

/* The command has ended and its output is all there. */
void
session_end_by_itself(struct session *s)
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
	session_set_end(
	    s, reasons[s->exit_.how], SEAL_CLOSED, s->exit_.how, code, text);
	session_end_recording(s);
}

void
session_end_remote(struct session *s, const struct remote_end *end)
{
	s->ran = end->ran;
	session_set_end(s, end->reason, end->status, end->how, end->code, end->text);
	session_end_recording(s);
}

/* A connection is closed, by either side: that is its good end. */
void
session_end_connection(struct session *s)
{
	s->exited = true;
	s->exit_ = (struct msg_exited){ HOW_EXIT, 0 };
	session_set_end(s, "closed", SEAL_CLOSED, HOW_EXIT, 0, "");
	session_end_recording(s);
}

/* Something of the command kept its output open after its end. */
static void
drain_late(struct session *s)
{
	struct err err = { "" };
	enum rc rc;

	/* The bound is on silence of the command's side, not on a slow client. */
	if (traffic_full(s->traffic)) {
		session_enter(s, ASK_DRAIN, SESSION_DRAIN_MS);
		return;
	}
	rc = traffic_stop(s->traffic, true, &err);
	if (rc == RC_OK)
		rc = recording_event(s->recording, "notice", "drain",
		    "output was still open after the command's end", &err);
	if (rc == RC_OK)
		session_end_by_itself(s);
	else
		session_fail(s, &err);
}

void
session_tell_exit(struct session *s)
{
	struct msg_exit m = { s->how, s->code, s->ran, span_of(s->text) };

	session_enter(s, ASK_OVER, 0);
	traffic_exit(s->traffic, &m);
	audience_end(s->audience, &m);
	/* Else the front takes its time, and the loop goes on until it has all. */
	if (s->client_gone)
		s->over = true;
}

void
session_not_closed(struct session *s, const char *why)
{
	/* A reason that was there before is the better one. */
	if (s->recorded)
		set_broken(s, why);
	session_tell_exit(s);
}

void
session_late(void *arg)
{
	struct session *s = arg;

	switch (s->state) {
	case ASK_SEAL:
		set_broken(s, "it was not certified in time");
		session_end_recording(s);
		break;
	case ASK_STAGE:
		session_stop_input(
		    s, "the input that was approved did not come; nothing ran");
		break;
	case ASK_DRAIN:
		drain_late(s);
		break;
	case ASK_STOP:
	case ASK_FULL:
		session_end_recording(s);
		break;
	case ASK_ENDED:
		session_not_closed(s, "it was not closed in time");
		break;
	case ASK_OVER:
		s->over = true;
		break;
	case ASK_OPEN:
		break;
	}
}
