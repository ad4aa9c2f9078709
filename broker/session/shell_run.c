/* What runs a line: the fed shell, or a session of the line's own; and what becomes of
 * it. */
#include "broker/session/shell_parts.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/model/status.h"
#include "policies/render.h"

#define PWD "'pwd' -P"

/* ---- both ways ---- */

void
shell_ran(struct shell *s, uint8_t status)
{
	timer_stop(s->timer);
	timer_stop(s->idle);
	shell_let_go(s);
	if (!shell_record_end(s, status))
		return;
	s->status = status;
	if (s->run.cut != NULL)
		shell_drop(s);
	shell_prompt(s);
}

/* It was allowed, and cannot be sent as it is. */
static void
not_sent(struct shell *s, enum rc rc, const struct err *err)
{
	shell_tell(s, "not run: %s", err->text);
	s->run.cut = "not sent";
	shell_ran(s, rc == RC_REFUSE ? STATUS_USAGE : STATUS_FAILED);
}

/* How much of it may be shown; over the bound the line has to end. */
static struct span
bound(struct shell *s, struct span bytes, bool *over)
{
	uint64_t left = s->run.output_max - s->run.bytes;

	*over = false;
	if (s->run.output_max > 0 && bytes.len > left) {
		*over = true;
		bytes.len = (size_t)left;
	}
	s->run.bytes += bytes.len;
	return bytes;
}

static void
told_at(struct shell *s, char *id, const struct target_end *end)
{
	if (id[0] != '\0')
		s->owner.at(
		    s->owner.arg, end->closed ? REMOTE_CLOSED : REMOTE_LOST, id);
	id[0] = '\0';
}

static void
opened(struct shell *s, char *room, const char *id)
{
	if (!span_copy(span_of(id), room, SHELL_ID))
		room[0] = '\0';
	s->owner.at(s->owner.arg, REMOTE_OPENED, id);
	shell_record_what(s, "target", "opened", id);
	shell_pump(s);
}

/* The target layer tries again by itself, and says so each time. */
static void
noted(struct shell *s, const char *what, const char *text)
{
	bool lost = strcmp(what, "lost") == 0;

	if (!shell_record_what(s, "target", what, text))
		return;
	if (lost && !s->lost_told)
		shell_tell(s, "connection lost, trying again");
	else if (!lost && s->lost_told)
		shell_tell(s, "connected again");
	s->lost_told = lost;
	shell_pump(s);
}

/* ---- the fed shell ---- */

static void
fed_opened(void *arg, const char *id)
{
	struct shell *s = arg;

	opened(s, s->fed_id, id);
}

static void
fed_noted(void *arg, const char *what, const char *text)
{
	noted(arg, what, text);
}

static void
fed_ready(void *arg, const char *version, const char *directory)
{
	struct shell *s = arg;

	memcpy(s->directory, directory, strlen(directory) + 1);
	if (shell_record_what(s, "target", "shell", version))
		shell_prompt(s);
	shell_pump(s);
}

static bool
fed_room(void *arg)
{
	return shell_room(arg);
}

static void
fed_output(void *arg, struct span bytes)
{
	struct shell *s = arg;
	bool over = false;

	if (s->state == SHELL_RUNNING && s->run.cut == NULL)
		bytes = bound(s, bytes, &over);
	else if (s->run.cut != NULL && s->state == SHELL_RUNNING)
		return;
	shell_put(s, bytes, false);
	if (over) {
		s->run.cut = "output";
		shell_tell(s, "more output than this line may have");
		fed_limit(s->fed, "a line with too much output would not end");
	}
	shell_pump(s);
}

/* The shell there went where nobody can say in text: back. */
static void
bring_back(struct shell *s)
{
	struct err err = { "" };

	shell_tell(s, "that directory's name cannot be shown; going back");
	if (s->directory[0] == '\0' || s->resync ||
	    fed_cd(s->fed, span_of(s->directory), &err) != RC_OK)
		shell_finish(
		    s, STATUS_FAILED, false, "where the shell is is not known");
	s->resync = true;
}

static void
fed_ended(void *arg, const struct fed_end *e)
{
	struct shell *s = arg;
	uint8_t status = e->status;

	if (s->state != SHELL_RUNNING)
		return;
	if (e->directory != NULL && e->directory[0] == '\0') {
		bring_back(s);
		shell_pump(s);
		return;
	}
	if (e->directory != NULL)
		memcpy(s->directory, e->directory, strlen(e->directory) + 1);
	if (e->how == FED_STOPPED && s->run.cut == NULL) {
		s->run.cut = "time";
		shell_tell(s, "the line's time is over");
	}
	if (s->resync)
		status = 1;
	s->resync = false;
	shell_ran(s, status);
	shell_pump(s);
}

static void
fed_tripped(void *arg)
{
	struct shell *s = arg;

	if (!shell_record_what(s, "tripwire", "read otherwise", ""))
		return;
	shell_finish(s, STATUS_FAILED, false,
	    "the shell on the target read a line otherwise than the broker; the "
	    "session "
	    "is ended, and this is recorded");
	shell_pump(s);
}

/* A line that would not end took its shell along: there is a new one. */
static void
fed_replaced(struct shell *s, const struct target_end *end)
{
	shell_tell(s, "%s; a new shell is opened", end->text);
	if (s->run.cut == NULL)
		s->run.cut = "time";
	s->resync = false;
	s->directory[0] = '\0';
	shell_ran(s, 137);
}

static void
fed_over(void *arg, const struct target_end *end)
{
	struct shell *s = arg;
	bool lost = end->how != TARGET_EXITED && end->how != TARGET_ENDED;

	told_at(s, s->fed_id, end);
	fed_free(s->fed);
	s->fed = NULL;
	if (s->state >= SHELL_ENDING) {
		shell_check_over(s);
		return;
	}
	if (!shell_record_what(s, "target", "closed", end->text))
		return;
	if (s->alone != NULL) {
		/* What has a session of its own goes on; a shell is opened when it is
		 * needed again. */
		s->directory[0] = '\0';
	} else if (end->how == TARGET_ENDED && s->state == SHELL_RUNNING)
		fed_replaced(s, end);
	else if (lost || end->how == TARGET_ENDED)
		shell_finish(s, STATUS_UNREACHABLE, true,
		    end->text[0] != '\0' ? end->text : "the target was lost");
	else
		shell_finish(s, s->status, false,
		    end->text[0] != '\0' ? end->text
					 : "the shell on the target has ended");
	shell_pump(s);
}

enum rc
shell_open_fed(struct shell *s, struct err *err)
{
	const struct target_spec spec = { .kind = TARGET_TERMINAL,
		.instance = s->instance,
		.document = s->document[0] != '\0' ? s->document : NULL,
		.reason = s->reason[0] != '\0' ? s->reason : NULL,
		.columns = s->columns,
		.rows = s->rows };
	const struct fed_owner owner = { .arg = s,
		.opened = fed_opened,
		.note = fed_noted,
		.ready = fed_ready,
		.room = fed_room,
		.output = fed_output,
		.ended = fed_ended,
		.tripped = fed_tripped,
		.over = fed_over };

	s->state = SHELL_OPENING;
	return fed_open(s->loop, s->net, &spec, &owner, &s->fed, err);
}

/* ---- a session of its own ---- */

static void
alone_opened(void *arg, const char *id)
{
	struct shell *s = arg;

	opened(s, s->alone_id, id);
}

static void
alone_noted(void *arg, const char *what, const char *text)
{
	noted(arg, what, text);
}

static void
flush_keys(struct shell *s)
{
	if (s->state == SHELL_PROGRAM && s->alone != NULL && s->keys.len > 0)
		buf_skip(&s->keys, target_write(s->alone, buf_span(&s->keys)));
}

static void
alone_running(void *arg, const char *message)
{
	(void)message;
	flush_keys(arg);
}

static void
alone_writable(void *arg)
{
	flush_keys(arg);
}

/* The answer of pwd is not shown; what it complains of is. */
static bool
keep_answer(struct shell *s, enum target_stream stream, struct span bytes)
{
	if (!s->run.is_cd || stream != TARGET_OUT)
		return false;
	buf_span_put(&s->answer, bytes);
	return true;
}

static size_t
alone_output(void *arg, enum target_stream stream, struct span bytes)
{
	struct shell *s = arg;
	struct span some = bytes;
	bool over;

	if (s->state >= SHELL_ENDING || s->run.cut != NULL ||
	    keep_answer(s, stream, bytes))
		return bytes.len;
	if (!shell_room(s))
		return 0;
	some = bound(s, bytes, &over);
	if (s->state == SHELL_PROGRAM)
		shell_put_raw(s, some);
	else
		shell_put(s, some, true);
	if (over) {
		s->run.cut = "output";
		shell_tell(s, "more output than this line may have");
		target_end(s->alone);
	}
	shell_pump(s);
	return bytes.len;
}

/* The one line of pwd; or nothing. */
static bool
take_answer(struct shell *s)
{
	struct span rest = buf_span(&s->answer);
	struct span all = rest;
	uint32_t cp;
	unsigned n;

	if (!buf_ok(&s->answer) || all.len < 2 || all.p[0] != '/' ||
	    all.p[all.len - 1] != '\n')
		return false;
	rest.len = --all.len;
	for (; rest.len > 0; rest = span_make(rest.p + n, rest.len - n))
		if ((n = text_char(rest, &cp)) == 0 || !text_plain(cp))
			return false;
	return span_copy(all, s->directory, sizeof s->directory);
}

static uint8_t
alone_status(struct shell *s, const struct target_end *end)
{
	static const char *const hows[] = { [TARGET_EXITED] = NULL,
		[TARGET_REFUSED] = "not run",
		[TARGET_UNREACHED] = "not reached",
		[TARGET_LOST] = "lost while it ran",
		[TARGET_BROKEN] = "broken",
		[TARGET_ENDED] = NULL };

	if (hows[end->how] != NULL) {
		shell_tell(s, "%s: %s", hows[end->how], end->text);
		s->run.cut = hows[end->how];
		return STATUS_UNREACHABLE;
	}
	if (end->text[0] != '\0')
		shell_tell(s, "the target says: %s", end->text);
	if (s->run.cut != NULL && end->status < 0)
		return 137;
	if (s->run.is_cd && end->status == 0 && !take_answer(s)) {
		shell_tell(s, "that directory's name cannot be shown");
		return 1;
	}
	return end->status >= 0 && end->status <= 255 ? (uint8_t)end->status : 0;
}

static void
alone_over(void *arg, const struct target_end *e)
{
	struct shell *s = arg;
	/* It may be the target's own. */
	const struct target_end copy = *e, *end = &copy;
	bool program = s->state == SHELL_PROGRAM;
	uint8_t status;

	told_at(s, s->alone_id, end);
	target_free(s->alone);
	s->alone = NULL;
	/* Keys that were on their way to a program are nobody's. */
	buf_reset(&s->keys);
	if (program)
		buf_reset(&s->typed);
	if (s->state >= SHELL_ENDING) {
		shell_check_over(s);
		return;
	}
	shell_let_go(s);
	shell_settle(s);
	s->state = SHELL_RUNNING;
	status = alone_status(s, end);
	buf_reset(&s->answer);
	if (program && !shell_record_program(s, "end", span_of("")))
		return;
	shell_ran(s, status);
	shell_pump(s);
}

/* Its time is over, or its user is away. */
static void
cut(struct shell *s, const char *what, const char *text)
{
	if (s->alone == NULL || s->run.cut != NULL)
		return;
	s->run.cut = what;
	shell_tell(s, "%s", text);
	target_end(s->alone);
	shell_pump(s);
}

void
shell_late(void *arg)
{
	cut(arg, "time", "the line's time is over");
}

void
shell_idle(void *arg)
{
	cut(arg, "idle", "no key for too long: the program is ended");
}

static enum rc
open_alone(struct shell *s, enum target_kind kind, struct buf *command, uint64_t run_ms,
    struct err *err)
{
	const char *document =
	    kind == TARGET_COMMAND ? s->command_document : s->document;
	const struct target_spec spec = { .kind = kind,
		.instance = s->instance,
		.document = document[0] != '\0' ? document : NULL,
		.command = buf_cstr(command),
		.reason = s->reason[0] != '\0' ? s->reason : NULL,
		.columns = s->columns,
		.rows = s->rows };
	const struct target_owner owner = { .arg = s,
		.opened = alone_opened,
		.running = alone_running,
		.output = alone_output,
		.writable = alone_writable,
		.note = alone_noted,
		.over = alone_over };
	enum rc rc;

	if ((rc = target_open(s->net, &spec, &owner, &s->alone, err)) != RC_OK)
		return rc;
	if (run_ms > 0)
		timer_set(s->timer, run_ms);
	return RC_OK;
}

/* ---- run ---- */

static enum rc
run_alone(struct shell *s, const struct msg_line_says *m, struct err *err)
{
	struct span directory = s->run.is_cd ? m->text : span_of(s->directory);
	struct span text = s->run.is_cd ? span_of(PWD) : m->text;
	struct buf command;
	enum rc rc;

	buf_init(&command, RENDER_MAX + 1);
	rc = m->form == LINE_BYTES && !s->run.is_cd
		 ? render_bytes(text, directory, &command, err)
		 : render_command(text, directory, &command, err);
	if (rc == RC_OK)
		rc = open_alone(s, TARGET_COMMAND, &command, m->run_ms, err);
	buf_clear(&command);
	return rc;
}

static enum rc
run_program(struct shell *s, const struct msg_line_says *m, struct err *err)
{
	struct buf command;
	enum rc rc;

	buf_init(&command, RENDER_MAX + 1);
	rc = render_program(m->text, span_of(s->directory), &command, err);
	if (rc == RC_OK && !shell_record_program(s, "begin", m->text)) {
		buf_clear(&command);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = open_alone(s, TARGET_TERMINAL, &command, m->run_ms, err);
	buf_clear(&command);
	if (rc != RC_OK)
		return rc;
	s->state = SHELL_PROGRAM;
	buf_reset(&s->typed);
	if (s->run.idle_ms > 0)
		timer_set(s->idle, s->run.idle_ms);
	return RC_OK;
}

void
shell_run(struct shell *s, const struct msg_line_says *m)
{
	struct err err = { "" };
	enum rc rc;

	s->run = (struct shell_line_run){ .number = s->line,
		.how = (enum msg_line_how)m->how,
		.began_ms = clock_mono_ms(),
		.output_max = m->output_max,
		.idle_ms = m->idle_ms,
		.is_cd = m->how == LINE_DIRECTORY };
	s->state = SHELL_RUNNING;
	if (m->how == LINE_PROGRAM)
		rc = run_program(s, m, &err);
	else if (m->how == LINE_ALONE || s->single)
		rc = run_alone(s, m, &err);
	else if (m->how == LINE_DIRECTORY)
		rc = fed_cd(s->fed, m->text, &err);
	else
		rc = fed_line(s->fed, m->text, m->run_ms, &err);
	if (rc != RC_OK)
		not_sent(s, rc, &err);
}

void
shell_signal(struct shell *s, int signo)
{
	s->run.interrupted = true;
	if (s->alone != NULL)
		target_signal(s->alone, signo);
	else if (s->fed != NULL)
		fed_signal(s->fed, signo);
}

void
shell_type(struct shell *s, struct span bytes)
{
	size_t room = SHELL_KEYS - s->keys.len;

	if (s->run.idle_ms > 0)
		timer_set(s->idle, s->run.idle_ms);
	s->run.typed += bytes.len;
	buf_span_put(&s->keys, span_make(bytes.p, bytes.len < room ? bytes.len : room));
	flush_keys(s);
}
