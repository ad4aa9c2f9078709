/* A line's life until it runs: the shell's own commands, the question, the answer, the
 * wait for people. */
#include "broker/session/shell_parts.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/model/status.h"

static struct span
trimmed(struct span s)
{
	while (s.len > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_make(s.p + 1, s.len - 1);
	while (s.len > 0 && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* ---- the shell's own ---- */

typedef void own_fn(struct shell *s, struct span operand);

static void
own_exit(struct shell *s, struct span operand)
{
	unsigned status = operand.len > 0 ? 0 : s->status;

	for (size_t i = 0; i < operand.len; i++) {
		if (operand.p[i] < '0' || operand.p[i] > '9' || i == 3) {
			shell_tell(s, "exit takes a number of at most three digits");
			s->status = STATUS_USAGE;
			shell_prompt(s);
			return;
		}
		status = status * 10 + (unsigned)(operand.p[i] - '0');
	}
	shell_finish(s, (uint8_t)status, false, NULL);
}

static void
own_help(struct shell *s, struct span operand)
{
	(void)operand;
	shell_tell(s,
	    "each line is decided by rules, and recorded; what is not allowed "
	    "does not run");
	shell_tell(s,
	    "one command, or several with | && || ; and no variables, loops or "
	    "substitutions");
	shell_tell(s,
	    "here: cd DIRECTORY, history, help, exit [STATUS]; Tab completes; "
	    "^C interrupts");
	shell_tell(s, "commands that rules name for you on this target:");
	editor_help(s->editor, &s->shown);
	shell_prompt(s);
}

static void
own_history(struct shell *s, struct span operand)
{
	(void)operand;
	editor_history(s->editor, &s->shown);
	shell_prompt(s);
}

static const struct {
	const char *name;
	bool operand; /* may have one */
	own_fn *run;
} own[] = {
	{ "exit", true, own_exit },
	{ "logout", false, own_exit },
	{ "help", false, own_help },
	{ "history", false, own_history },
};

static bool
run_own(struct shell *s, struct span line)
{
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
		size_t n = strlen(own[i].name);
		struct span rest;

		if (line.len < n || memcmp(line.p, own[i].name, n) != 0)
			continue;
		rest = trimmed(span_make(line.p + n, line.len - n));
		if (rest.len > 0 && (!own[i].operand || line.p[n] != ' '))
			continue;
		own[i].run(s, rest);
		return true;
	}
	return false;
}

/* ---- asked ---- */

void
shell_take_line(struct shell *s)
{
	struct span line = trimmed(editor_line(s->editor));
	struct msg_line_ask ask;

	s->fresh = true;
	if (line.len == 0) {
		shell_prompt(s);
		return;
	}
	buf_reset(&s->asked);
	buf_span_put(&s->asked, line);
	line = buf_span(&s->asked);
	if (run_own(s, line))
		return;
	s->line++;
	s->state = SHELL_ASKING;
	ask.line = line;
	ask.directory = span_of(s->directory);
	if (!buf_ok(&s->asked) || s->owner.ask(s->owner.arg, s->line, &ask) != RC_OK)
		shell_finish(
		    s, STATUS_FAILED, false, "a line could not be asked about");
}

/* An answer that is under way will come, and nobody acts on it. */
void
shell_withdraw(struct shell *s)
{
	bool held = s->state == SHELL_HELD;

	s->status = 130;
	shell_drop(s);
	if (held)
		shell_tell(s, "withdrawn");
	if (s->owner.gone(s->owner.arg, s->line) != RC_OK) {
		shell_finish(s, STATUS_FAILED, false, "a line could not be withdrawn");
		return;
	}
	if (!shell_record_what(s, "line.gone", "withdrawn", ""))
		return;
	shell_prompt(s);
}

/* ---- answered ---- */

static void
tell_why(struct shell *s, const struct msg_line_says *m, const char *otherwise)
{
	struct buf b;

	if (m->why.len == 0 && otherwise == NULL)
		return;
	buf_init(&b, 4 * MSG_TEXT_MAX);
	text_say(&b, m->why);
	shell_tell(s, "%s", b.len > 0 ? buf_cstr(&b) : otherwise);
	buf_clear(&b);
}

static void
denied(struct shell *s, const struct msg_line_says *m)
{
	tell_why(s, m, "denied");
	s->status = STATUS_DENIED;
	shell_drop(s);
	shell_prompt(s);
}

static void
held(struct shell *s, const struct msg_line_says *m)
{
	tell_why(s, m, "held");
	shell_tell(s, "it runs when it is approved; ^C withdraws it");
	s->state = SHELL_HELD;
}

static void
allowed(struct shell *s, const struct msg_line_says *m)
{
	tell_why(s, m, NULL);
	editor_remember(s->editor, buf_span(&s->asked));
	shell_run(s, m);
}

static bool
is_sound(const struct msg_line_says *m)
{
	if (m->effect != VERDICT_ALLOW)
		return m->effect == VERDICT_DENY || m->effect == VERDICT_HOLD;
	return m->how >= LINE_USUAL && m->how <= LINE_DIRECTORY && m->text.len > 0 &&
	       (m->form == LINE_CANON ||
		   (m->form == LINE_BYTES && m->how == LINE_ALONE) ||
		   m->how == LINE_DIRECTORY);
}

enum rc
shell_says(
    struct shell *s, uint32_t line, const struct msg_line_says *m, struct err *err)
{
	if (line == 0 || line > s->line)
		return err_set(err, RC_REFUSE, "line %u was not asked about", line);
	if (!is_sound(m))
		return err_set(err, RC_REFUSE, "an answer that means nothing");
	/* One that was withdrawn. */
	if (line != s->line || (s->state != SHELL_ASKING && s->state != SHELL_HELD))
		return RC_OK;
	if (!shell_record_line(s, m))
		return RC_OK;
	if (m->effect == VERDICT_DENY)
		denied(s, m);
	else if (m->effect == VERDICT_HOLD)
		held(s, m);
	else
		allowed(s, m);
	shell_pump(s);
	return RC_OK;
}
