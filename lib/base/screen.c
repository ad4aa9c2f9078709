/* The filter's state machine, one byte a step; see screen.h.  It follows the usual
 * parser of DEC terminals, but decides only on whole sequences. */
#include "lib/base/screen.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/sequence.h"

#define STRING_MOST (64u << 10)

#define BEL 0x07
#define LF 0x0A
#define CAN 0x18
#define SUB 0x1A
#define ESC 0x1B
#define DEL 0x7F

enum state {
	GROUND,
	CHARACTER, /* within UTF-8 */
	ESCAPE,	   /* after ESC, perhaps with intermediate bytes */
	CONTROL,   /* after ESC [ */
	OVERLONG,  /* a control sequence longer than any that passes */
	STRING,	   /* OSC, DCS and their kin */
};

struct screen {
	bool raw;
	bool touched; /* a sequence passed */
	bool alt;     /* the alternate screen was entered last */
	enum state state;
	uint8_t seq[SEQUENCE_MOST]; /* the bytes since the introducer */
	size_t len;
	size_t skipped; /* of a string */
	uint8_t before; /* the string's last byte */
	uint64_t removed;
};

/* Ends in any state: leave the modes that pass and those that could, margins, colours and
 * character sets.  Origin mode and margins home the cursor when they are reset: hence save
 * and restore around them, behind a reset that takes origin mode out of what is saved. */
static const char reset_soft[] = "\033[!p\0337\033[?6l\033[?69l\033[r\0338\033[?5l"
				 "\033[?7h\033[?25h\033[4l\033(B\017\033[0 q\033[0m";
/* After raw output also: end an open string, stop mouse, focus, paste and keypad modes.
 */
static const char reset_raw[] =
    "\030\033\\\033[?47l\033[?1l\033>\033[?9l\033[?1000l"
    "\033[?1001l\033[?1002l\033[?1003l\033[?1004l\033[?1005l"
    "\033[?1006l\033[?1015l\033[?1016l\033[?2004l\033[?2026l"
    "\033[>4m\033[2l\033[20l";

enum rc
screen_new(bool raw, struct screen **ret, struct err *err)
{
	struct screen *s = calloc(1, sizeof *s);

	if (s == NULL)
		return err_memory(err);
	s->raw = raw;
	*ret = s;
	return RC_OK;
}

void
screen_free(struct screen *s)
{
	free(s);
}

static void
enter(struct screen *s, enum state state)
{
	s->state = state;
	s->len = 0;
	s->skipped = 0;
	s->before = 0;
}

/* Back to the ground without a word of what was gathered. */
static void
drop(struct screen *s)
{
	s->removed++;
	enter(s, GROUND);
}

static void
replacement(struct screen *s, struct buf *out)
{
	buf_text(out, "\xEF\xBF\xBD");
	drop(s);
}

/* BEL, BS, HT, LF, VT, FF, CR, SO, SI.  ENQ asks for the answerback message. */
static bool
harmless(uint8_t c)
{
	return c >= 0x07 && c <= 0x0F;
}

/* A control character: outside of strings it acts even within a sequence. */
static void
act(struct screen *s, uint8_t c, struct buf *out)
{
	if (harmless(c))
		buf_u8(out, c);
	else
		s->removed++;
}

/* Each step takes a byte; false asks for the same byte again in the new state. */
static bool
step_ground(struct screen *s, uint8_t c, struct buf *out)
{
	if (c >= 0x80) {
		enter(s, CHARACTER);
		return false;
	}
	if (c < 0x20 || c == DEL)
		act(s, c, out);
	else
		buf_u8(out, c);
	return true;
}

static bool
step_character(struct screen *s, uint8_t c, struct buf *out)
{
	struct span sofar;
	uint32_t cp;

	if (s->len > 0 && (c & 0xC0) != 0x80) {
		replacement(s, out);
		return false;
	}
	s->seq[s->len++] = c;
	sofar = span_make(s->seq, s->len);
	if (text_char(sofar, &cp) != 0) {
		/* U+009B is CSI to many a terminal, U+009D is OSC. */
		if (cp < 0xA0) {
			replacement(s, out);
			return true;
		}
		buf_span_put(out, sofar);
		enter(s, GROUND);
	} else if (text_partial(sofar) != s->len)
		replacement(s, out);
	return true;
}

/* After ESC: a control sequence, a string, or "ESC intermediates final". */
static bool
step_escape(struct screen *s, uint8_t c, struct buf *out)
{
	size_t before = out->len;

	if (c < 0x20 || c == DEL) {
		act(s, c, out);
	} else if (c >= 0x80) {
		drop(s);
		return false;
	} else if (c < 0x30) {
		if (s->len < sizeof s->seq)
			s->seq[s->len++] = c;
	} else if (s->len == 0 && c == '[') {
		enter(s, CONTROL);
	} else if (s->len == 0 && strchr("]P_^Xk", c) != NULL) {
		s->removed++;
		enter(s, STRING);
	} else if (s->len == 0 && c == '\\') {
		enter(s, GROUND); /* the end of a string, counted with it */
	} else {
		s->removed += !sequence_esc(out, span_make(s->seq, s->len), c);
		s->touched |= out->len > before;
		enter(s, GROUND);
	}
	return true;
}

static bool
step_control(struct screen *s, uint8_t c, struct buf *out)
{
	struct span body = span_make(s->seq, s->len);

	if (c < 0x20 || c == DEL) {
		act(s, c, out);
	} else if (c >= 0x80) {
		drop(s);
		return false;
	} else if (c >= 0x40) {
		size_t before = out->len;

		s->removed += !sequence_csi(out, body, c);
		if (out->len > before) {
			s->touched = true;
			if ((c == 'h' || c == 'l') && sequence_names_alt(body))
				s->alt = c == 'h';
		}
		enter(s, GROUND);
	} else if (s->len == sizeof s->seq)
		enter(s, OVERLONG);
	else
		s->seq[s->len++] = c;
	return true;
}

static bool
step_overlong(struct screen *s, uint8_t c, struct buf *out)
{
	if (c < 0x20 || c == DEL) {
		act(s, c, out);
	} else if (c >= 0x80) {
		drop(s);
		return false;
	} else if (c >= 0x40)
		drop(s);
	return true;
}

/* Already counted as removed.  To end a string early is always safe: what follows goes
 * through the filter like all else. */
static bool
step_string(struct screen *s, uint8_t c, struct buf *out)
{
	if (c == LF)
		buf_u8(out, c);
	if (c == LF || c == BEL || (s->before == 0xC2 && c == 0x9C) ||
	    ++s->skipped >= STRING_MOST)
		enter(s, GROUND);
	s->before = c;
	return true;
}

static bool (*const steps[])(struct screen *, uint8_t, struct buf *) = {
	[GROUND] = step_ground,
	[CHARACTER] = step_character,
	[ESCAPE] = step_escape,
	[CONTROL] = step_control,
	[OVERLONG] = step_overlong,
	[STRING] = step_string,
};

static void
step(struct screen *s, uint8_t c, struct buf *out)
{
	if (c == ESC || c == CAN || c == SUB) {
		if (s->state == CHARACTER)
			replacement(s, out);
		else if (s->state != GROUND && s->state != STRING)
			s->removed++;
		enter(s, c == ESC ? ESCAPE : GROUND);
		return;
	}
	while (!steps[s->state](s, c, out))
		;
}

void
screen_put(struct screen *s, struct span in, struct buf *out)
{
	if (s->raw) {
		s->touched |= in.len > 0;
		buf_span_put(out, in);
		return;
	}
	for (size_t i = 0; i < in.len; i++)
		step(s, in.p[i], out);
}

void
screen_reset(struct screen *s, struct buf *out)
{
	if (s->touched) {
		if (s->raw)
			buf_text(out, reset_raw);
		else if (s->alt)
			buf_text(out, "\033[?1049l");
		buf_text(out, reset_soft);
	}
	s->touched = s->alt = false;
	enter(s, GROUND);
}

uint64_t
screen_removed(const struct screen *s)
{
	return s->removed;
}
