/* What was typed: the bytes of a client's terminal as keys.
 *
 * A small fixed set.  Every other sequence, control byte and invalid byte is a key that
 * means nothing, whatever its length; nothing of it is taken for text.  Between the marks
 * of a bracketed paste bytes are text, line ends, or what may not be there.
 */
#ifndef BROKER_SESSION_KEYS_H
#define BROKER_SESSION_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"

enum key {
	KEY_NOTHING,
	KEY_TEXT, /* one character, plain (text_plain); in a paste also a tab */
	KEY_ENTER,
	KEY_TAB,
	KEY_BACKSPACE,
	KEY_DELETE,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_UP,
	KEY_DOWN,
	KEY_HOME,
	KEY_END,
	KEY_CUT_LINE,  /* ^U: from the beginning to the cursor */
	KEY_CUT_REST,  /* ^K */
	KEY_CUT_WORD,  /* ^W */
	KEY_REDRAW,    /* ^L */
	KEY_INTERRUPT, /* ^C and ^\ */
	KEY_EOF,       /* ^D */
	KEY_PASTE,     /* a paste begins */
	KEY_PASTED,    /* and is over */
	KEY_BAD,       /* in a paste: a control character, or no character */
};

/* What is not yet complete; zeroed at first. */
struct keys {
	uint8_t state; /* of keys.c alone, as the rest */
	uint8_t held[8];
	uint8_t n;
	bool pasting, was_cr;
};

struct keystroke {
	enum key key;
	uint8_t text[4]; /* of KEY_TEXT */
	unsigned len;
};

/* Take one byte.  KEY_NOTHING: it was none, or more is needed.  A byte gives one key, or
 * none. */
struct keystroke keys_take(struct keys *k, uint8_t byte);
/* Forget what is not complete, also that a paste is open. */
void keys_reset(struct keys *k);

#endif
