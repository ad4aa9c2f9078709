/* From a lease to the sealed recording: recording, session process, command.
 *
 * Nothing is started before the recording is open and certified, and the client hears
 * how the command ended only after the keeper has closed the recording. */
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <config.h>

#include "broker/monitor/publish.h"
#include "broker/monitor/services.h"
#include "broker/monitor/session_parts.h"
#include "lib/base/clock.h"
#include "lib/base/frame.h"
#include "lib/base/log.h"
#include "lib/model/name.h"
#include "lib/model/status.h"

/* After the polite signal; after the other one; then the session is given up. */
#define TERM_MS 2000
#define KILL_MS 15000
/* Signals of one session in a second.  The session process lets through fewer: one that
 * sends more would fill the launcher's socket, which all share. */
#define SIGNALS_A_SECOND 64

static void over_if_done(struct session *s);

/* ---- the end ---- */

/* How often each rule masked something: "RULE=COUNT" with a blank between them.  What is
 * no such thing is left out; NULL: nothing was masked, or out of memory. */
static json_t *
masked_json(struct span left)
{
	json_t *o = json_object();

	while (o != NULL && left.len > 0) {
		char one[MASK_RULE_ID + 24], *at, *end;
		size_t n = 0;
		json_int_t count;

		while (n < left.len && left.p[n] != ' ')
			n++;
		if (span_copy(span_make(left.p, n), one, sizeof one) &&
		    (at = strchr(one, '=')) != NULL && at[1] >= '1' && at[1] <= '9') {
			*at = '\0';
			count = strtoll(at + 1, &end, 10);
			if (*end == '\0' && name_plain(span_of(one)))
				json_object_set_new(o, one, json_integer(count));
		}
		n += n < left.len;
		left = span_make(left.p + n, left.len - n);
	}
	if (json_object_size(o) > 0)
		return o;
	json_decref(o);
	return NULL;
}

static void
note_end(struct session *s, const char *kind, struct span masked)
{
	json_t *o = json_pack("{s:s, s:i, s:i, s:b, s:I, s:o*}", "command", s->shown,
	    "how", (int)s->exit.how, "code", (int)s->exit.code, "recorded",
	    (int)s->ended, "ms", (json_int_t)(clock_mono_ms() - s->began_ms), "masked",
	    masked_json(masked));
	char *detail = keep_detail_take(o, JSON_COMPACT);

	(void)session_event(s, kind, s->verdict.rule, detail, NULL);
	free(detail);
}

static void
rec_closed(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct session *s = arg;
	struct msg_closed m = { .good = rc == RC_OK };

	(void)bytes;
	(void)fd;
	s->rec_open = false;
	if (rc != RC_OK)
		log_line(LOG_ERROR, "recording %s: %s", s->sid_text, why);
	if (s->ctl != NULL)
		(void)port_send(s->ctl, MSG_CLOSED, 0, &m, NULL, 0);
	over_if_done(s);
}

static void
close_recording(struct session *s, bool complete)
{
	struct msg_close_rec m = { .sid = span_make(s->sid, 16), .complete = complete };

	if (!s->rec_open || s->closing_rec)
		return;
	s->closing_rec = true;
	if (keep_ask(session_monitor(s)->keep, MSG_CLOSE_REC, &m, rec_closed, s) !=
	    RC_OK)
		s->rec_open = false;
}

/* The session process has ended, the command has, and the keeper has the recording. */
static void
over_if_done(struct session *s)
{
	if (s->ctl != NULL || s->rec_open || (s->launched && !s->exited))
		return;
	session_free(s);
}

/* Nobody waits for their answers any more. */
static void
forget_calls(struct session *s)
{
	wirecalls_free(s->wirecalls);
	s->wirecalls = NULL;
	lineasks_free(s->lines);
	s->lines = NULL;
}

static enum rc
answer_ended(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct session *s = arg;

	(void)id;
	(void)fds;
	if (s->ended)
		return err_set(err, RC_REFUSE, "ended twice");
	s->ended = true;
	s->state = SESSION_CLOSING;
	forget_calls(s);
	if (!m->ended.recorded)
		log_line(LOG_ERROR, "recording %s failed in the session process",
		    s->sid_text);
	/* Where it ended of itself (a full disk), the command still runs. */
	if (s->launched && !s->exited)
		services_kill(session_monitor(s)->services, s->number, SIGKILL);
	note_end(s, m->ended.recorded ? "session.end" : "session.unrecorded",
	    m->ended.masked);
	close_recording(s, m->ended.recorded != 0);
	return RC_OK;
}

static void
ctl_gone(void *arg, enum rc rc, const struct err *err)
{
	struct session *s = arg;

	if (!s->ended) {
		log_line(LOG_ERROR, "session %s is lost: %s %s", s->sid_text,
		    rc_name(rc), err->text);
		note_end(s, "session.lost", span_make(NULL, 0));
		if (s->launched && !s->exited)
			services_kill(session_monitor(s)->services, s->number, SIGKILL);
	}
	/* err is the port's. */
	port_close(s->ctl);
	s->ctl = NULL;
	forget_calls(s);
	remote_lost(s);
	watching_over(s, "the session was lost", STATUS_UNREACHABLE);
	s->state = SESSION_CLOSING;
	close_recording(s, false);
	over_if_done(s);
}

/* ---- stopping ---- */

static void
send_exit(struct session *s)
{
	if (s->ctl != NULL)
		(void)port_send(s->ctl, MSG_EXITED, 0, &s->exit, NULL, 0);
}

static uint64_t
least(uint64_t configured, uint64_t ruled)
{
	return ruled != 0 && ruled < configured ? ruled : configured;
}

static uint64_t
time_of(const struct session *s)
{
	return least(session_monitor(s)->rules.config->limits.time, s->verdict.run_ms);
}

uint64_t
run_output(const struct session *s)
{
	return least(
	    session_monitor(s)->rules.config->limits.output, s->verdict.output_bytes);
}

static void
deadline_over(void *arg)
{
	struct session *s = arg;
	struct err err = { "it does not end" };
	struct buf b;

	if (!s->stopping) {
		buf_init(&b, 256);
		buf_printf(&b, "stopped: the time limit of %llu s is over",
		    (unsigned long long)(s->time_ms / 1000));
		run_stop(s, STOP_TIME, buf_cstr(&b));
		buf_clear(&b);
		return;
	}
	if (!s->killed) {
		s->killed = true;
		if (s->launched && !s->exited)
			services_kill(session_monitor(s)->services, s->number, SIGKILL);
		timer_set(s->deadline, KILL_MS);
		return;
	}
	if (s->ctl != NULL)
		ctl_gone(s, RC_FAIL, &err);
}

void
run_stop(struct session *s, enum msg_why why, const char *text)
{
	struct msg_stop m = { .why = (uint8_t)why, .text = span_of(text) };

	if (s->stopping)
		return;
	s->stopping = true;
	log_line(LOG_NOTICE, "session %s of %s: %s", s->sid_text, s->identity, text);
	if (s->ctl != NULL)
		(void)port_send(s->ctl, MSG_STOP, 0, &m, NULL, 0);
	if (s->launched && !s->exited)
		services_kill(session_monitor(s)->services, s->number, SIGTERM);
	else if (!s->launched && s->gate == GATE_COMMAND) {
		s->exit = (struct msg_exited){ .how = HOW_NEVER };
		send_exit(s);
	}
	if (s->deadline != NULL)
		timer_set(s->deadline, TERM_MS);
}

void
run_cut(struct session *s, enum msg_why why, const char *text)
{
	const struct msg_stop m = { .why = (uint8_t)why, .text = span_of(text) };

	if (s->stopping && s->ctl != NULL)
		(void)port_send(s->ctl, MSG_STOP, 0, &m, NULL, 0);
	else if (s->state == SESSION_STARTING || s->state == SESSION_RUNNING)
		run_stop(s, why, text);
}

void
run_launched(struct session *s, const struct msg_launched *m)
{
	char text[1025];

	if (!s->launched || s->exited)
		return;
	if (m->pid != 0) {
		if (s->stopping)
			services_kill(session_monitor(s)->services, s->number, SIGTERM);
		return;
	}
	span_copy(m->text, text, sizeof text);
	log_line(LOG_ERROR, "session %s: aws was not started: %s", s->sid_text, text);
	s->exited = true;
	s->exit = (struct msg_exited){ .how = HOW_NEVER };
	run_stop(s, STOP_LOST, "the command could not be started");
	send_exit(s);
	over_if_done(s);
}

void
run_exited(struct session *s, const struct msg_exited *m)
{
	if (!s->launched || s->exited)
		return;
	s->exited = true;
	s->exit = *m;
	send_exit(s);
	over_if_done(s);
}

/* ---- running ---- */

static void
certified(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct session *s = arg;
	struct msg_sealed m = { .dkid = { 0 } };

	(void)why;
	(void)fd;
	if (rc == RC_OK && bytes.len == 72) {
		m.dkid = span_make(bytes.p, 8);
		m.sig = span_make(bytes.p + 8, 64);
	}
	s->certified = m.sig.len > 0;
	if (s->ctl != NULL)
		(void)port_send(s->ctl, MSG_SEALED, 0, &m, NULL, 0);
}

static enum rc
answer_seal(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct session *s = arg;
	struct msg_seal_rec r = {
		.sid = span_make(s->sid, 16), .spk = m->seal.spk, .h1 = m->seal.h1
	};

	(void)id;
	(void)fds;
	if (s->state != SESSION_STARTING || s->sealed)
		return err_set(err, RC_REFUSE, "sealed out of turn");
	s->sealed = true;
	return keep_ask(session_monitor(s)->keep, MSG_SEAL_REC, &r, certified, s);
}

/* What SSH clients may send.  The launcher would end over any other, and all with it.
 */
static bool
may_pass(uint8_t signo)
{
	static const uint8_t signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGKILL,
		SIGUSR1, SIGUSR2 };

	return memchr(signals, signo, sizeof signals) != NULL;
}

static bool
too_many_signals(struct session *s)
{
	uint64_t second = clock_mono_ms() / 1000;

	if (second != s->signal_second)
		s->signals = 0;
	s->signal_second = second;
	return ++s->signals > SIGNALS_A_SECOND;
}

static enum rc
answer_signal(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct session *s = arg;

	(void)id;
	(void)fds;
	if (!may_pass(m->signal.signo))
		return err_set(err, RC_REFUSE, "signal %u", m->signal.signo);
	if (too_many_signals(s))
		return err_set(err, RC_REFUSE, "more than %d signals in a second",
		    SIGNALS_A_SECOND);
	if (s->launched && !s->exited)
		services_kill(session_monitor(s)->services, s->number, m->signal.signo);
	return RC_OK;
}

static void
room_made(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct session *s = arg;
	const struct msg_room m = { .good = rc == RC_OK };

	(void)why;
	(void)bytes;
	(void)fd;
	if (s->ctl != NULL)
		(void)port_send(s->ctl, MSG_ROOM, 0, &m, NULL, 0);
}

/* Its disk is full.  Nothing of the command is recorded any more, so nothing may run. */
static enum rc
answer_full(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct session *s = arg;
	const struct msg_reserve_rec r = { span_make(s->sid, 16) };

	(void)id;
	(void)m;
	(void)fds;
	if (s->full || s->ended)
		return err_set(err, RC_REFUSE, "full out of turn");
	s->full = true;
	log_line(LOG_ERROR, "recording %s found no room", s->sid_text);
	if (s->launched && !s->exited)
		services_kill(session_monitor(s)->services, s->number, SIGKILL);
	if (keep_ask(session_monitor(s)->keep, MSG_RESERVE_REC, &r, room_made, s) !=
	    RC_OK)
		room_made(s, RC_FAIL, "", span_make(NULL, 0), NULL);
	return RC_OK;
}

static const struct route ctl_routes[] = {
	{ MSG_SEAL, 0, 128, 0, answer_seal },
	{ MSG_READY, 0, 12288, 0, ready_answer },
	{ MSG_LEASE_ASK, 0, 0, 0, leasing_ask },
	{ MSG_LEAF_ASK, 0, 800, 0, forward_leaf },
	{ MSG_REMOTE_AT, 0, 256, 0, remote_at },
	{ MSG_CALL_ASK, 0, MSG_FACTS_MAX + 4, 0, wirecall_ask },
	{ MSG_CALL_GONE, 0, 0, 0, wirecall_gone },
	{ MSG_LINE_ASK, 0, 2 * (MSG_LINE_MAX + 4), 0, lineask_ask },
	{ MSG_LINE_GONE, 0, 0, 0, lineask_gone },
	{ MSG_SIGNAL, 0, 1, 0, answer_signal },
	{ MSG_WATCHED, 0, 512, 0, watching_left },
	{ MSG_FULL, 0, 0, 0, answer_full },
	{ MSG_ENDED, 0, 8192, 0, answer_ended },
};

/* ---- starting ---- */

static enum rc
start(struct session *s, struct err *err)
{
	struct port_owner owner = { .routes = ctl_routes,
		.nroutes = sizeof ctl_routes / sizeof ctl_routes[0],
		.arg = s,
		.gone = ctl_gone };
	struct msg_verdict v = { .effect = VERDICT_ALLOW, .json = s->json };
	struct loop *l = session_monitor(s)->loop;
	int front = -1, ctl[2] = { -1, -1 };
	enum rc rc;

	if ((s->deadline = loop_timer(l, deadline_over, s)) == NULL)
		return err_memory(err);
	if ((rc = start_channels(s, &front, ctl, err)) != RC_OK)
		goto out;
	rc = port_open_take(l, ctl[0], &owner, &s->ctl, err);
	if (rc != RC_OK || (rc = start_send(s, ctl[1], err)) != RC_OK)
		goto out;
	s->state = SESSION_STARTING;
	s->time_ms = time_of(s);
	timer_set(s->deadline, s->time_ms);
	conn_send(s->conn, s->chan, MSG_VERDICT, &v, NULL, 0);
	conn_send(s->conn, s->chan, MSG_ATTACH, NULL, &front, 1);
out:
	if (front >= 0)
		close(front);
	if (ctl[1] >= 0)
		close(ctl[1]);
	return rc;
}

/* A recording that nothing was written to: give it back. */
static void
abandon_recording(struct session *s)
{
	struct msg_close_rec m = { .sid = span_make(s->sid, 16) };

	s->rec_open = false;
	(void)keep_ask(session_monitor(s)->keep, MSG_CLOSE_REC, &m, NULL, NULL);
}

/* The keeper's sentence is for the client where a later try may do. */
static void
no_recording(struct session *s, enum rc rc, const char *why)
{
	struct buf b;

	buf_init(&b, 2048);
	buf_text(&b, "nothing can be recorded now, so nothing ran");
	if (rc == RC_RETRY && why[0] != '\0')
		buf_printf(&b, ": %s", why);
	tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule, buf_cstr(&b));
	buf_clear(&b);
}

/* What its identity's quota has left: OPEN_REC's answer begins with it. */
static uint64_t
quota_of(struct span bytes)
{
	uint64_t left = 0;

	for (size_t i = 0; i < 8 && bytes.len >= 8; i++)
		left = left << 8 | bytes.p[i];
	return bytes.len >= 8 ? left : UINT64_MAX;
}

static void
rec_opened(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct session *s = arg;
	struct err err = { "" };

	if (rc != RC_OK || *fd < 0) {
		log_line(LOG_ERROR, "no recording for %s: %s", s->identity, why);
		no_recording(s, rc, why);
		return;
	}
	s->quota_left = quota_of(bytes);
	s->shreddable = bytes.len == 8 + sizeof s->shred;
	if (s->shreddable)
		memcpy(s->shred, bytes.p + 8, sizeof s->shred);
	s->rec = *fd;
	*fd = -1;
	s->rec_open = true;
	if (s->stopping) { /* the client left meanwhile, or the broker ends */
		abandon_recording(s);
		tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "stopped before it began; nothing ran");
		return;
	}
	if (start(s, &err) != RC_OK) {
		log_line(LOG_ERROR, "cannot start a session: %s", err.text);
		abandon_recording(s);
		tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "the session could not be started; nothing ran");
		return;
	}
	start_close_sent(s);
}

/* The profile's, where it names one.  A name that is configured has its class. */
static const struct config_retention *
class_of(struct session *s)
{
	const struct config *c = session_monitor(s)->rules.config;
	const struct profile *p = config_profile(c, span_of(s->profile_name));
	const char *name =
	    p != NULL && p->class_ != NULL ? p->class_ : c->recording.class;

	span_copy(span_of(name), s->class_, sizeof s->class_);
	return config_retention(c, name);
}

void
run_leased(struct session *s)
{
	const struct config_retention *class_ = class_of(s);
	struct msg_open_rec m = { .sid = span_make(s->sid, 16),
		.identity = span_of(s->identity),
		.class_ = span_of(s->class_),
		.keep_s = (class_->keep + 999) / 1000,
		.shred = class_->shred,
		.lock = (uint8_t)class_->lock };

	s->state = SESSION_OPENING;
	if (session_monitor(s)->publish != NULL &&
	    publish_stale(session_monitor(s)->publish)) {
		tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "the log's checkpoints do not leave this host, so nothing ran");
		return;
	}
	if (keep_ask(session_monitor(s)->keep, MSG_OPEN_REC, &m, rec_opened, s) !=
	    RC_OK)
		tell_refusal(s, STATUS_FAILED, "failed", s->verdict.rule,
		    "nothing can be recorded now, so nothing ran");
}
