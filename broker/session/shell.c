/* A shell's life, its user's keys, and its user's terminal; see shell.h.  Whatever
 * happens, keys go to the editor, to an interactive program, or nowhere. */
#include "broker/session/shell_parts.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/model/status.h"

#define INTERRUPT 0x03
#define QUIT 0x1c
#define HOLD_OUTPUT 0x13
#define GO_ON 0x11
#define FEW_KEYS 32
/* What a program may have asked of a terminal beside what screen.h knows: keypad and
 * cursor keys, mouse, pastes. */
#define AFTER_PROGRAM                                                                  \
	"\033[?1l\033>\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[?2004l\033[?"   \
	"25h"

static void
last_word(void *arg)
{
	struct shell *s = arg;

	s->state = SHELL_OVER;
	s->owner.over(s->owner.arg, &s->end);
}

static void held_long(void *arg);

static enum rc
copy_remote(struct shell *s, const struct msg_remote *m)
{
	s->instance = span_dup(m->instance);
	s->name = span_dup(m->name.len > 0 ? m->name : m->instance);
	s->document = span_dup(m->document);
	s->command_document = span_dup(m->command_document);
	s->reason = span_dup(m->reason);
	s->single = m->single;
	return s->instance != NULL && s->name != NULL && s->document != NULL &&
		       s->command_document != NULL && s->reason != NULL
		   ? RC_OK
		   : RC_FAIL;
}

enum rc
shell_new(struct loop *l, struct target_net *net, const struct msg_remote *m,
    uint32_t columns, uint32_t rows, const struct shell_owner *owner,
    struct shell **ret, struct err *err)
{
	struct shell *s = calloc(1, sizeof *s);

	if (s == NULL)
		return err_memory(err);
	s->loop = l;
	s->net = net;
	s->owner = *owner;
	s->columns = columns;
	s->rows = rows;
	s->fresh = true;
	buf_init(&s->shown, SHELL_SHOWN_MOST);
	buf_init(&s->typed, SHELL_TYPED);
	buf_init(&s->keys, SHELL_KEYS);
	buf_init(&s->asked, MSG_LINE_MAX);
	buf_init(&s->answer, MSG_LINE_MAX + 2);
	s->timer = loop_timer(l, shell_late, s);
	s->idle = loop_timer(l, shell_idle, s);
	s->bell = loop_timer(l, last_word, s);
	s->hold = loop_timer(l, held_long, s);
	if (s->timer == NULL || s->idle == NULL || s->bell == NULL || s->hold == NULL ||
	    copy_remote(s, m) != RC_OK || screen_new(false, &s->screen, err) != RC_OK ||
	    editor_new(m->hints, columns, rows, &s->editor, err) != RC_OK) {
		shell_free(s);
		return err_memory(err);
	}
	*ret = s;
	return RC_OK;
}

void
shell_free(struct shell *s)
{
	if (s == NULL)
		return;
	fed_free(s->fed);
	target_free(s->alone);
	timer_free(s->timer);
	timer_free(s->idle);
	timer_free(s->bell);
	timer_free(s->hold);
	editor_free(s->editor);
	screen_free(s->screen);
	buf_clear(&s->shown);
	buf_clear(&s->typed);
	buf_clear(&s->keys);
	buf_clear(&s->asked);
	buf_clear(&s->answer);
	free(s->instance);
	free(s->name);
	free(s->document);
	free(s->command_document);
	free(s->reason);
	free(s);
}

/* ---- the terminal ---- */

/* Whether the cursor is at the beginning of a row behind these bytes, in which sequences
 * are whole. */
static bool
is_fresh(struct span s, bool fresh)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == 0x1b) {
			uint8_t least =
			    i + 1 < s.len && s.p[i + 1] == '[' ? 0x40 : 0x30;

			i += least == 0x40;
			while (++i < s.len && s.p[i] < least)
				;
			continue;
		}
		if (s.p[i] == '\n')
			fresh = true;
		else if (s.p[i] >= 0x20)
			fresh = false;
	}
	return fresh;
}

static void
put_filtered(struct shell *s, struct span in, struct buf *out)
{
	size_t from = out->len;

	screen_put(s->screen, in, out);
	if (buf_ok(out))
		s->fresh =
		    is_fresh(span_make(out->p + from, out->len - from), s->fresh);
}

static void
put_lines(struct shell *s, struct span in, struct buf *out)
{
	while (in.len > 0) {
		const uint8_t *lf = memchr(in.p, '\n', in.len);
		size_t n = lf != NULL ? (size_t)(lf - in.p) : in.len;

		put_filtered(s, span_make(in.p, n), out);
		if (lf != NULL) {
			put_filtered(s, span_of("\r\n"), out);
			n++;
		}
		in = span_make(in.p + n, in.len - n);
	}
}

/* A way of masking to let bytes on. */
enum put { PUT_BYTES, PUT_LATE, PUT_LAST };

/* On the terminal, above what is being typed. */
static void
put_above(struct shell *s, struct span bytes)
{
	bool typing = s->state == SHELL_PROMPT;

	if (bytes.len == 0)
		return;
	if (typing)
		editor_hide(s->editor, &s->shown);
	buf_span_put(&s->shown, bytes);
	/* A program's sequences may not be whole: who looks on at it knows better. */
	if (s->state != SHELL_PROGRAM)
		s->fresh = is_fresh(bytes, s->fresh);
	if (!typing)
		return;
	shell_settle(s);
	editor_show(s->editor, &s->shown);
}

/* What may be shown now of a target's bytes. */
static void
put_masked(struct shell *s, enum put how, struct span bytes)
{
	struct masking *m = s->owner.masking;
	struct err err = { "" };
	struct buf out;
	enum rc rc;
	int due;

	buf_init(&out, mask_growth(bytes.len + CONDUIT_HELD));
	if (how == PUT_BYTES)
		rc = masking_pass(m, WRITER_STDOUT, bytes, false, &out, &err);
	else if (how == PUT_LATE)
		rc = masking_release(m, WRITER_STDOUT, &out, &err);
	else
		rc = masking_cut(m, WRITER_STDOUT, &out, &err);
	if (rc == RC_OK)
		put_above(s, buf_span(&out));
	else
		s->owner.failed(s->owner.arg, &err);
	buf_clear(&out);
	if ((due = masking_due(m, WRITER_STDOUT)) >= 0)
		timer_set(s->hold, (uint64_t)due);
	else
		timer_stop(s->hold);
}

static void
held_long(void *arg)
{
	struct shell *s = arg;

	put_masked(s, PUT_LATE, span_make(NULL, 0));
	shell_pump(s);
}

void
shell_put(struct shell *s, struct span bytes, bool lines)
{
	bool fresh = s->fresh;
	struct buf seen;

	buf_init(&seen, SHELL_SHOWN_MOST);
	if (lines)
		put_lines(s, bytes, &seen);
	else
		put_filtered(s, bytes, &seen);
	s->shown.bad = s->shown.bad || !buf_ok(&seen);
	/* What is held back is not there yet. */
	s->fresh = fresh;
	put_masked(s, PUT_BYTES, buf_span(&seen));
	buf_clear(&seen);
}

/* The filter only looks on, so that it knows what is to be undone. */
void
shell_put_raw(struct shell *s, struct span bytes)
{
	struct buf seen;

	buf_init(&seen, 8 * bytes.len + 4096);
	put_filtered(s, bytes, &seen);
	buf_clear(&seen);
	put_masked(s, PUT_BYTES, bytes);
}

void
shell_settle(struct shell *s)
{
	screen_reset(s->screen, &s->shown);
	if (s->state == SHELL_PROGRAM)
		buf_text(&s->shown, AFTER_PROGRAM);
	if (!s->fresh)
		buf_text(&s->shown, "\r\n");
	s->fresh = true;
}

void
shell_tell(struct shell *s, const char *fmt, ...)
{
	bool typing = s->state == SHELL_PROMPT && !s->due;
	char text[2048], masked[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	masking_text(s->owner.masking, text, masked, sizeof masked);
	if (typing)
		editor_hide(s->editor, &s->shown);
	else
		shell_settle(s);
	buf_text(&s->shown, "broker: ");
	/* Cut texts may end within a character. */
	text_say(&s->shown, span_of(masked));
	buf_text(&s->shown, "\r\n");
	if (typing)
		editor_show(s->editor, &s->shown);
}

bool
shell_room(struct shell *s)
{
	if (s->shown.len < SHELL_SHOWN)
		return true;
	s->full = true;
	return false;
}

static void
show(struct shell *s)
{
	size_t n = 1;

	while (s->shown.len > 0 && n > 0 && !s->stopped) {
		n = s->owner.show(s->owner.arg, buf_span(&s->shown));
		buf_skip(&s->shown, n);
	}
}

/* Before what follows is recorded. */
void
shell_let_go(struct shell *s)
{
	put_masked(s, PUT_LAST, span_make(NULL, 0));
	show(s);
}

/* More was to be shown than is ever kept: what can be shown of it is, and the end of it
 * all is clean. */
static void
flush(struct shell *s)
{
	show(s);
	if (!buf_ok(&s->shown)) {
		s->shown.bad = false;
		shell_finish(s, STATUS_FAILED, false, "more to be shown than is kept");
	}
	if (s->hasty)
		buf_reset(&s->shown);
	if (s->full && s->shown.len < SHELL_SHOWN) {
		s->full = false;
		if (s->fed != NULL)
			fed_more(s->fed);
		if (s->alone != NULL)
			target_more(s->alone);
	}
	shell_check_over(s);
}

/* ---- the prompt ---- */

static void
put_prompt(const struct shell *s, struct buf *out)
{
	size_t len = strlen(s->directory);

	buf_text(out, s->name);
	if (len > 0)
		buf_text(out, ":");
	if (len > 48)
		buf_printf(out, "...%s", s->directory + len - 45);
	else
		buf_text(out, s->directory);
	buf_text(out, s->single ? " [gated, single]" : " [gated]");
	if (s->status != 0)
		buf_printf(out, " (%u)", s->status);
	buf_text(out, "$ ");
}

void
shell_prompt(struct shell *s)
{
	struct err err = { "" };

	if (s->state >= SHELL_ENDING)
		return;
	if (!s->single && s->fed == NULL) {
		if (shell_open_fed(s, &err) != RC_OK)
			shell_finish(s, STATUS_FAILED, false, err.text);
		return;
	}
	shell_settle(s);
	s->state = SHELL_PROMPT;
	s->due = true;
}

void
shell_drop(struct shell *s)
{
	size_t lines = editor_drop(s->editor);

	if (lines > 0)
		shell_tell(s, "%zu pasted line%s dropped", lines,
		    lines == 1 ? " is" : "s are");
	if (s->typed.len > 0)
		shell_tell(s, "what was typed ahead is dropped");
	buf_reset(&s->typed);
}

static void
act(struct shell *s, enum editor_what what)
{
	switch (what) {
	case EDITOR_MORE:
		break;
	case EDITOR_LINE:
		shell_take_line(s);
		break;
	case EDITOR_CLEAR:
		buf_reset(&s->typed);
		shell_prompt(s);
		break;
	case EDITOR_END:
		shell_finish(s, s->status, false, NULL);
		break;
	}
}

/* One prompt, or one key that was typed ahead. */
static bool
pump_one(struct shell *s)
{
	char masked[EDITOR_PROMPT + 1];
	struct buf prompt;
	uint8_t byte;

	if (s->state != SHELL_PROMPT || s->shown.len >= SHELL_SHOWN)
		return false;
	if (s->due) {
		s->due = false;
		buf_init(&prompt, 2 * EDITOR_PROMPT);
		put_prompt(s, &prompt);
		masking_text(
		    s->owner.masking, buf_cstr(&prompt), masked, sizeof masked);
		buf_clear(&prompt);
		act(s, editor_begin(s->editor, masked, &s->shown));
		return true;
	}
	if (s->typed.len == 0)
		return false;
	byte = s->typed.p[0];
	buf_skip(&s->typed, 1);
	act(s, editor_take(s->editor, byte, &s->shown));
	return true;
}

/* What is typed fast is drawn once. */
void
shell_pump(struct shell *s)
{
	size_t before;

	if (s->pumping) {
		flush(s);
		return;
	}
	s->pumping = true;
	do {
		editor_quiet(s->editor, s->typed.len > FEW_KEYS, &s->shown);
		while (pump_one(s))
			;
		editor_quiet(s->editor, false, &s->shown);
		before = s->shown.len;
		flush(s);
	} while (s->state == SHELL_PROMPT && s->typed.len > 0 && s->shown.len < before);
	s->pumping = false;
}

void
shell_more(struct shell *s)
{
	shell_pump(s);
}

/* ---- the keys ---- */

/* A key that is not for the editor: true. */
static bool
take_control(struct shell *s, uint8_t byte)
{
	bool interrupt = byte == INTERRUPT || byte == QUIT;

	if (byte == HOLD_OUTPUT || byte == GO_ON || interrupt)
		s->stopped = byte == HOLD_OUTPUT;
	if (!interrupt)
		return false;
	switch (s->state) {
	case SHELL_OPENING:
		shell_finish(s, 130, false, NULL);
		return true;
	case SHELL_ASKING:
	case SHELL_HELD:
		buf_reset(&s->typed);
		shell_withdraw(s);
		return true;
	case SHELL_RUNNING:
		buf_reset(&s->typed);
		editor_drop(s->editor);
		shell_signal(s, byte == QUIT ? SIGQUIT : SIGINT);
		return true;
	default:
		return false;
	}
}

/* What comes while a line runs waits; more than that is dropped. */
static void
take_byte(struct shell *s, uint8_t byte)
{
	if (take_control(s, byte))
		return;
	if (s->typed.len < SHELL_TYPED && byte != HOLD_OUTPUT && byte != GO_ON)
		buf_u8(&s->typed, byte);
}

void
shell_input(struct shell *s, struct span bytes)
{
	editor_quiet(s->editor, bytes.len > FEW_KEYS, &s->shown);
	for (size_t i = 0; i < bytes.len; i++) {
		if (s->state == SHELL_NEW || s->state >= SHELL_ENDING)
			return;
		if (s->state == SHELL_PROGRAM) {
			shell_type(s, span_make(bytes.p + i, bytes.len - i));
			break;
		}
		take_byte(s, bytes.p[i]);
		/* Keys behind a line's end are for what comes after the line. */
		while (pump_one(s))
			;
	}
	shell_pump(s);
}

void
shell_resize(struct shell *s, uint32_t columns, uint32_t rows)
{
	s->columns = columns;
	s->rows = rows;
	editor_resize(s->editor, columns, rows, &s->shown);
	if (s->fed != NULL)
		fed_resize(s->fed, columns, rows);
	if (s->alone != NULL)
		target_resize(s->alone, columns, rows);
	flush(s);
}

/* ---- begin and end ---- */

void
shell_start(struct shell *s)
{
	struct err err = { "" };

	if (s->state != SHELL_NEW)
		return;
	shell_tell(s,
	    "%s (%s) by %s: each line is decided before it runs, and recorded; help "
	    "says what is allowed",
	    s->name, s->instance, s->single ? "single commands" : s->document);
	if (s->single)
		shell_prompt(s);
	else if (shell_open_fed(s, &err) != RC_OK)
		shell_finish(s, STATUS_FAILED, false, err.text);
	shell_pump(s);
}

void
shell_finish(struct shell *s, uint8_t code, bool lost, const char *text)
{
	struct buf say;

	if (s->state >= SHELL_ENDING)
		return;
	shell_let_go(s);
	editor_leave(s->editor, &s->shown);
	shell_settle(s);
	s->state = SHELL_ENDING;
	s->stopped = false;
	s->end.how = HOW_EXIT;
	s->end.code = code;
	s->end.lost = lost;
	buf_over(&say, s->end.text, sizeof s->end.text);
	if (text != NULL)
		text_say(&say, span_of(text));
	buf_cstr(&say);
	timer_stop(s->timer);
	timer_stop(s->idle);
	if (s->fed != NULL)
		fed_stop(s->fed);
	if (s->alone != NULL)
		target_end(s->alone);
	shell_check_over(s);
}

void
shell_check_over(struct shell *s)
{
	if (s->state == SHELL_ENDING && s->fed == NULL && s->alone == NULL &&
	    s->shown.len == 0)
		timer_set(s->bell, 0);
}

void
shell_stop(struct shell *s)
{
	s->hasty = true;
	shell_finish(s, s->status, false, NULL);
	flush(s);
}
