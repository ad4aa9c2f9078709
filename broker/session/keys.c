/* Bytes to keys; see keys.h.  A parser for whatever a client sends: it keeps eight bytes,
 * and takes one at a time. */
#include "broker/session/keys.h"

#include <string.h>

#include "lib/base/text.h"

enum state {
	PLAIN,
	ESCAPE, /* ESC came */
	CSI,	/* ESC [ came, and perhaps parameters, in held */
	SS3,	/* ESC O came */
	STRING, /* ESC ] and the like: up to its end */
	STRING_ESCAPE,
	CHARACTER, /* a part of a character is in held */
};

static const struct {
	uint8_t byte;
	enum key key;
} controls[] = {
	{ 0x01, KEY_HOME },
	{ 0x03, KEY_INTERRUPT },
	{ 0x04, KEY_EOF },
	{ 0x05, KEY_END },
	{ 0x08, KEY_BACKSPACE },
	{ 0x09, KEY_TAB },
	{ 0x0a, KEY_ENTER },
	{ 0x0b, KEY_CUT_REST },
	{ 0x0c, KEY_REDRAW },
	{ 0x0d, KEY_ENTER },
	{ 0x15, KEY_CUT_LINE },
	{ 0x17, KEY_CUT_WORD },
	{ 0x1c, KEY_INTERRUPT },
	{ 0x7f, KEY_BACKSPACE },
};

/* ESC [ PARAMETERS FINAL; ESC O FINAL is the same without any. */
static const struct {
	const char *body;
	enum key key;
} sequences[] = {
	{ "A", KEY_UP },
	{ "B", KEY_DOWN },
	{ "C", KEY_RIGHT },
	{ "D", KEY_LEFT },
	{ "H", KEY_HOME },
	{ "F", KEY_END },
	{ "1~", KEY_HOME },
	{ "3~", KEY_DELETE },
	{ "4~", KEY_END },
	{ "7~", KEY_HOME },
	{ "8~", KEY_END },
	{ "200~", KEY_PASTE },
	{ "201~", KEY_PASTED },
};

void
keys_reset(struct keys *k)
{
	memset(k, 0, sizeof *k);
}

static enum key
sequence_key(const struct keys *k)
{
	for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++)
		if (span_is(span_make(k->held, k->n), sequences[i].body))
			return sequences[i].key;
	return KEY_NOTHING;
}

/* A sequence that is too long for any of ours is read to its end, and means nothing. */
static enum key
take_csi(struct keys *k, uint8_t byte)
{
	enum key key;

	if (k->n < sizeof k->held)
		k->held[k->n++] = byte;
	if (byte >= 0x20 && byte < 0x40)
		return KEY_NOTHING;
	k->state = byte == 0x1b ? ESCAPE : PLAIN;
	if (byte < 0x40 || byte > 0x7e)
		return KEY_NOTHING;
	key = sequence_key(k);
	if (key == KEY_PASTED && !k->pasting)
		return KEY_NOTHING;
	if (key == KEY_PASTE)
		k->was_cr = false;
	if (key == KEY_PASTE || key == KEY_PASTED)
		k->pasting = key == KEY_PASTE;
	return key;
}

static void
begin_sequence(struct keys *k, uint8_t byte)
{
	static const char strings[] = "]PX^_";

	k->n = 0;
	k->state = byte == '['	  ? CSI
		   : byte == 'O'  ? SS3
		   : byte == 0x1b ? ESCAPE
				  : PLAIN;
	if (byte != 0 && strchr(strings, byte) != NULL)
		k->state = STRING;
}

static enum key
take_single(struct keys *k, uint8_t byte)
{
	k->held[0] = byte;
	k->n = 1;
	k->state = PLAIN;
	return sequence_key(k);
}

/* What a terminal answers though nobody asked it; a line's end gets out of one that has
 * none. */
static enum key
take_string(struct keys *k, uint8_t byte)
{
	if (k->state == STRING_ESCAPE && byte != 0x1b) {
		k->state = byte == '\\' ? PLAIN : STRING;
		return KEY_NOTHING;
	}
	if (byte == 0x07 || byte == 0x18 || byte == 0x1a || byte == 0x0d ||
	    byte == 0x03)
		k->state = PLAIN;
	else
		k->state = byte == 0x1b ? STRING_ESCAPE : STRING;
	return byte == 0x03 ? KEY_INTERRUPT : KEY_NOTHING;
}

static enum key
take_control(const struct keys *k, uint8_t byte)
{
	if (k->pasting)
		return byte == '\r' || byte == '\n' ? KEY_ENTER
		       : byte == '\t'		    ? KEY_TEXT
						    : KEY_BAD;
	for (size_t i = 0; i < sizeof controls / sizeof controls[0]; i++)
		if (controls[i].byte == byte)
			return controls[i].key;
	return KEY_NOTHING;
}

/* The first bytes of a character, as far as one can still come of them. */
static struct keystroke
take_character(struct keys *k, uint8_t byte)
{
	struct keystroke s = { .key = k->pasting ? KEY_BAD : KEY_NOTHING };
	uint32_t cp;

	if (k->state != CHARACTER)
		k->n = 0;
	k->held[k->n++] = byte;
	k->state = PLAIN;
	if (text_char(span_make(k->held, k->n), &cp) == k->n) {
		if (text_plain(cp)) {
			s.key = KEY_TEXT;
			s.len = k->n;
			memcpy(s.text, k->held, k->n);
		}
	} else if (text_partial(span_make(k->held, k->n)) == k->n) {
		k->state = CHARACTER;
		s.key = KEY_NOTHING;
	}
	return s;
}

/* In a paste LF and CR are line ends, and CR LF is one. */
static struct keystroke
take_plain(struct keys *k, uint8_t byte)
{
	struct keystroke s = { .key = KEY_NOTHING };
	bool after_cr = k->was_cr;

	k->was_cr = byte == '\r';
	if (byte == 0x1b) {
		k->state = ESCAPE;
		return s;
	}
	if (byte >= 0x20 && byte != 0x7f)
		return take_character(k, byte);
	if (byte == '\n' && after_cr)
		return s;
	s.key = take_control(k, byte);
	if (s.key == KEY_TEXT) {
		s.text[0] = byte;
		s.len = 1;
	}
	return s;
}

/* A sequence within a paste is none of its own but for the paste's end. */
static struct keystroke
take_sequence(struct keys *k, uint8_t byte)
{
	struct keystroke s = { .key = KEY_NOTHING };
	bool pasting = k->pasting;

	if (k->state == ESCAPE && byte < 0x20 && byte != 0x1b && !pasting) {
		/* Escape, typed by itself. */
		k->state = PLAIN;
		return take_plain(k, byte);
	}
	if (k->state == ESCAPE) {
		begin_sequence(k, byte);
		if (pasting && k->state != CSI) {
			k->state = byte == 0x1b ? ESCAPE : PLAIN;
			s.key = KEY_BAD;
		}
		return s;
	}
	if (k->state == CSI)
		s.key = take_csi(k, byte);
	else if (k->state == SS3)
		s.key = take_single(k, byte);
	else
		s.key = take_string(k, byte);
	if (pasting && (k->state == PLAIN || k->state == ESCAPE) && s.key != KEY_PASTED)
		s.key = KEY_BAD;
	return s;
}

struct keystroke
keys_take(struct keys *k, uint8_t byte)
{
	struct keystroke lost = { .key = KEY_BAD };

	if (k->state == CHARACTER && (byte & 0xc0) != 0x80) {
		k->state = PLAIN;
		/* The byte is one of its own; the paste is spoiled by what it cut. */
		if (k->pasting && byte != 0x1b)
			return lost;
	}
	if (k->state == PLAIN || k->state == CHARACTER)
		return take_plain(k, byte);
	return take_sequence(k, byte);
}
