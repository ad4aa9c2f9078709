/* The life of a session's target; see remote.h.  It is opened once the recording is
 * certified and the lease is there; who ends it first says why. */
#include "broker/session/remote_parts.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/id.h"
#include "lib/base/log.h"
#include "lib/model/status.h"
#include "broker/session/anchors.h"

/* Texts of a shell's and a program's keys. */
#define KEY_INTERRUPT "\x03"
#define KEY_QUIT "\x1c"

/* ---- to be told from the loop ---- */

void
remote_fail(struct remote *r, const struct err *err)
{
	if (r->failed)
		return;
	r->failed = true;
	r->why = *err;
	timer_set(r->bell, 0);
}

void
remote_count(struct remote *r, struct tally *way, struct span bytes)
{
	const struct err err = { "bytes cannot be hashed" };

	if (tally_add(way, bytes) != RC_OK)
		remote_fail(r, &err);
}

/* Nothing is open, and the end is known. */
static bool
nothing_open(const struct remote *r)
{
	return r->target == NULL && (r->shell == NULL || !r->begun);
}

static void
bell_rings(void *arg)
{
	struct remote *r = arg;

	if (r->over)
		return;
	if (r->ending && nothing_open(r))
		remote_done(r);
	else if (r->failed && !r->stopped && r->limited)
		r->owner.limit(r->owner.arg, &r->why);
	else if (r->failed && !r->stopped)
		r->owner.failed(r->owner.arg, &r->why);
}

void
remote_done(struct remote *r)
{
	if (r->over)
		return;
	r->over = true;
	timer_stop(r->idle);
	timer_stop(r->bound);
	r->end.ran = r->running;
	/* Who stopped it knows why, and waits for this. */
	r->owner.over(r->owner.arg, &r->end);
}

/* ---- its end ---- */

static void
end_there(struct remote *r)
{
	timer_stop(r->idle);
	timer_set(r->bound, REMOTE_END_MS);
	if (r->target != NULL)
		target_end(r->target);
	else if (r->shell != NULL && r->begun)
		shell_stop(r->shell);
	else
		timer_set(r->bell, 0);
}

void
remote_finish(struct remote *r, uint8_t how, uint8_t code, enum seal_status status,
    const char *reason, const char *text)
{
	if (r->ending)
		return;
	r->ending = true;
	r->end = (struct remote_end){
		.how = how, .code = code, .status = status, .reason = reason
	};
	snprintf(r->end.text, sizeof r->end.text, "%s", text != NULL ? text : "");
}

/* The same, where something may be open that has to be ended for it. */
static void
finish(struct remote *r, uint8_t how, uint8_t code, enum seal_status status,
    const char *reason, const char *text)
{
	if (r->ending)
		return;
	remote_finish(r, how, code, status, reason, text);
	end_there(r);
}

bool
remote_stop(struct remote *r)
{
	if (r == NULL || r->over)
		return true;
	if (!r->stopped) {
		r->stopped = true;
		if (!r->ending) {
			remote_finish(
			    r, HOW_NEVER, STATUS_FAILED, SEAL_CLOSED, "stopped", NULL);
			end_there(r);
		}
	}
	/* Nobody need hear of what never began. */
	if (nothing_open(r))
		r->over = true;
	return r->over;
}

bool
remote_ran(const struct remote *r)
{
	return r != NULL && r->running;
}

/* Neither the monitor's lease nor the target's end came. */
static void
bound_rings(void *arg)
{
	struct remote *r = arg;

	if (!r->begun) {
		finish(r, HOW_NEVER, STATUS_UNREACHABLE, SEAL_CLOSED, "not opened",
		    "could not be opened: no credentials came");
		return;
	}
	log_line(LOG_ERROR, "the target's end did not come in time");
	target_free(r->target);
	r->target = NULL;
	if (r->id[0] != '\0')
		(void)ask_remote_at(r->ask, REMOTE_LOST, r->id);
	remote_done(r);
}

static bool
takes_none(const struct remote *r)
{
	return r->kind == REMOTE_COMMAND || r->kind == REMOTE_RUN;
}

/* There is no half-close: a client that said it sends no more may be gone altogether, and
 * its target never hears of it.  What it sent before is there first. */
static void
half_rings(struct remote *r)
{
	if (r->wait.len > 0 || (r->target != NULL && target_held(r->target) > 0))
		remote_touch(r);
	else
		finish(r, HOW_EXIT, STATUS_OK, SEAL_CLOSED, "client closed", NULL);
}

static void
idle_rings(void *arg)
{
	struct remote *r = arg;
	char text[64];

	if (r->ending)
		return;
	if (r->half) {
		half_rings(r);
		return;
	}
	snprintf(text, sizeof text, "no key for %llu seconds",
	    (unsigned long long)(r->idle_ms / 1000));
	r->owner.idle(r->owner.arg, text);
}

/* Where nobody types, nobody is away. */
void
remote_touch(struct remote *r)
{
	uint64_t ms = r->kind == REMOTE_PORT || takes_none(r) ? 0 : r->idle_ms;

	if (r->half)
		ms = r->idle_ms > 0 && r->idle_ms < REMOTE_HALF_MS ? r->idle_ms
								   : REMOTE_HALF_MS;
	if (ms > 0 && !r->ending)
		timer_set(r->idle, ms);
}

/* ---- opening ---- */

void
remote_wants_lease(void *arg)
{
	struct remote *r = arg;

	(void)ask_lease(r->ask);
}

static void
begin_if(struct remote *r)
{
	struct err err = { "" };
	char text[ERR_TEXT];

	if (!r->started || !r->leased || r->begun || r->ending)
		return;
	r->begun = true;
	timer_stop(r->bound);
	if (r->shell != NULL) {
		remote_touch(r);
		shell_start(r->shell);
		remote_flush(r);
	} else if (remote_open_target(r, &err) != RC_OK) {
		snprintf(text, sizeof text, "could not be opened: %.400s", err.text);
		finish(
		    r, HOW_NEVER, STATUS_UNREACHABLE, SEAL_CLOSED, "not opened", text);
	}
}

void
remote_start(struct remote *r)
{
	r->started = true;
	if (!r->leased)
		timer_set(r->bound, REMOTE_LEASE_MS);
	begin_if(r);
}

static void
no_lease(struct remote *r, struct span why)
{
	char text[ERR_TEXT];

	snprintf(text, sizeof text, "could not be opened: %.*s",
	    (int)(why.len < 400 ? why.len : 400), (const char *)why.p);
	if (!r->begun)
		finish(
		    r, HOW_NEVER, STATUS_UNREACHABLE, SEAL_CLOSED, "not opened", text);
	else
		log_line(LOG_NOTICE, "no fresh credentials: %.*s",
		    (int)(why.len < 400 ? why.len : 400), (const char *)why.p);
}

enum rc
remote_lease(struct remote *r, const struct msg_lease *m, struct err *err)
{
	char id[129];
	enum rc rc;

	if (r->over || r->ending)
		return RC_OK;
	if (m->access_key_id.len == 0) {
		no_lease(r, m->text);
		return RC_OK;
	}
	if (!span_copy(m->access_key_id, id, sizeof id))
		return err_set(err, RC_REFUSE, "message LEASE: an odd access key id");
	rc = target_net_lease(r->net, id, m->secret, m->token, m->expires_ms, err);
	if (rc != RC_OK)
		return rc;
	r->leased = true;
	begin_if(r);
	return RC_OK;
}

enum rc
remote_says(
    struct remote *r, uint32_t line, const struct msg_line_says *m, struct err *err)
{
	if (r->over || r->ending)
		return RC_OK;
	if (r->shell == NULL)
		return err_set(err, RC_REFUSE, "message LINE_SAYS: no shell");
	return shell_says(r->shell, line, m, err);
}

/* ---- the client ---- */

/* How many were taken. */
static size_t
give(struct remote *r, struct span bytes)
{
	if (r->kind == REMOTE_SHELL) {
		shell_input(r->shell, bytes);
		return bytes.len;
	}
	return target_write(r->target, bytes);
}

static bool
can_give(const struct remote *r)
{
	if (r->kind == REMOTE_SHELL)
		return r->begun && !r->ending && !r->over;
	return r->target != NULL && r->running && !r->ending;
}

void
remote_flush(struct remote *r)
{
	size_t n = 1;

	while (can_give(r) && r->wait.len > 0 && n > 0) {
		n = give(r, buf_span(&r->wait));
		remote_count(r, r->in, span_make(r->wait.p, n));
		buf_skip(&r->wait, n);
	}
	r->owner.pause(r->owner.arg, r->wait.len > REMOTE_WAITS);
}

enum rc
remote_typed(struct remote *r, struct span bytes, struct err *err)
{
	if (r->ending || r->over || bytes.len == 0)
		return RC_OK;
	/* On a terminal keys are for nobody; else somebody would miss what he sent. */
	if (takes_none(r)) {
		if (!r->pty)
			finish(r, HOW_NEVER, STATUS_USAGE, SEAL_POLICY, "input",
			    "ssm takes no input");
		return RC_OK;
	}
	remote_touch(r);
	if (r->content && remote_event_data(r, "up", bytes) != RC_OK)
		return RC_OK;
	buf_span_put(&r->wait, bytes);
	if (!buf_ok(&r->wait))
		return err_set(
		    err, RC_REFUSE, "the client sends more input than it may");
	remote_flush(r);
	return RC_OK;
}

void
remote_typed_end(struct remote *r)
{
	if (r->kind != REMOTE_PORT)
		return;
	r->half = true;
	remote_touch(r);
	if (r->target != NULL)
		target_eof(r->target);
}

void
remote_resize(struct remote *r, uint32_t columns, uint32_t rows)
{
	if (columns < 1 || columns > 65535 || rows < 1 || rows > 65535 || r->over)
		return;
	r->spec.columns = columns;
	r->spec.rows = rows;
	if (r->shell != NULL)
		shell_resize(r->shell, columns, rows);
	else if (r->target != NULL)
		target_resize(r->target, columns, rows);
}

static void
press(struct remote *r, const char *text)
{
	struct err err = { "" };

	(void)remote_typed(r, span_of(text), &err);
}

void
remote_signal(struct remote *r, uint8_t signo)
{
	bool key = signo == SIGINT || signo == SIGQUIT;
	bool end = signo == SIGHUP || signo == SIGTERM || signo == SIGKILL;
	char text[64];

	if (r->over || r->ending)
		return;
	/* Nobody waits for what does not run yet, only to end it then. */
	if (end || (key && takes_none(r) && !r->running)) {
		snprintf(
		    text, sizeof text, "the command was ended by signal %u", signo);
		finish(r, HOW_SIGNAL, signo, SEAL_CLOSED, "signalled", text);
	} else if (!key) {
		return;
	} else if (!takes_none(r)) {
		if (r->kind != REMOTE_PORT)
			press(r, signo == SIGINT ? KEY_INTERRUPT : KEY_QUIT);
	} else if (r->target != NULL) {
		target_signal(r->target, signo);
	}
}

void
remote_more(struct remote *r)
{
	if (r->over)
		return;
	if (r->shell != NULL && r->begun)
		shell_more(r->shell);
	else if (r->target != NULL)
		target_more(r->target);
}

/* ---- making one ---- */

static enum rc
make(struct remote *r, const struct msg_start *m, struct span ca, struct err *err)
{
	enum rc rc;

	r->bell = loop_timer(r->loop, bell_rings, r);
	r->idle = loop_timer(r->loop, idle_rings, r);
	r->bound = loop_timer(r->loop, bound_rings, r);
	if (r->bell == NULL || r->idle == NULL || r->bound == NULL)
		return err_memory(err);
	if ((rc = tally_new(0, &r->in, err)) != RC_OK ||
	    (rc = tally_new(0, &r->out, err)) != RC_OK ||
	    (rc = remote_make(r, m, ca, err)) != RC_OK)
		return rc;
	return r->kind == REMOTE_SHELL ? remote_make_shell(r, m, err) : RC_OK;
}

enum rc
remote_open_take(struct loop *l, const struct msg_start *m, int ca, struct ask *ask,
    struct recording *recording, const struct remote_owner *owner, struct remote **ret,
    struct err *err)
{
	struct remote *r = calloc(1, sizeof *r);
	struct buf pem;
	enum rc rc = anchors_read_take(ca, &pem, err);

	if (rc == RC_OK && r == NULL)
		rc = err_memory(err);
	if (rc == RC_OK) {
		r->loop = l;
		r->owner = *owner;
		r->ask = ask;
		r->recording = recording;
		r->kind = m->remote.kind;
		r->pty = m->pty != 0;
		r->json = m->json != 0;
		r->content = r->kind == REMOTE_PORT && m->remote.content != 0;
		r->idle_ms = m->remote.idle_ms;
		r->most = m->events_max;
		buf_init(&r->wait, REMOTE_WAIT_MAX);
		rc = make(r, m, buf_span(&pem), err);
	}
	buf_clear(&pem);
	if (rc != RC_OK) {
		remote_free(r);
		return rc;
	}
	*ret = r;
	return RC_OK;
}

void
remote_free(struct remote *r)
{
	if (r == NULL)
		return;
	target_free(r->target);
	shell_free(r->shell);
	target_net_free(r->net);
	timer_free(r->bell);
	timer_free(r->idle);
	timer_free(r->bound);
	tally_free(r->in);
	tally_free(r->out);
	buf_clear(&r->wait);
	free(r->instance);
	free(r->document);
	free(r->command);
	free(r->host);
	free(r->reason);
	free(r->shown);
	free(r);
}

bool
remote_is_terminal(const struct msg_start *m)
{
	return m->gate == GATE_NONE &&
	       (m->remote.kind == REMOTE_SHELL || m->remote.kind == REMOTE_PROGRAM ||
		   m->remote.kind == REMOTE_RAW);
}

enum rc
remote_totals(
    const struct remote *r, uint64_t *bytes, uint8_t sha256[32], struct err *err)
{
	char hex[SIGV4_HEX];

	*bytes = 0;
	if (r == NULL)
		return RC_OK;
	*bytes = tally_total(r->in);
	if (tally_hash(r->in, hex) != RC_OK || !id_unhex(span_of(hex), sha256, 32))
		return err_set(err, RC_FAIL, "hash the input");
	return RC_OK;
}
