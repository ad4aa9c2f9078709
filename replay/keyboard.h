/* What a person types at the player, key by key: letters, and the sequences that
 * terminals send for the others. */
#ifndef REPLAY_KEYBOARD_H
#define REPLAY_KEYBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

/* Keys that are no ASCII character. */
enum keyboard_key {
	KEYBOARD_LEFT = 256,
	KEYBOARD_RIGHT,
	KEYBOARD_UP,
	KEYBOARD_DOWN,
	KEYBOARD_HOME,
	KEYBOARD_END,
	KEYBOARD_PAGE_UP,
	KEYBOARD_PAGE_DOWN,
	KEYBOARD_OTHER, /* one that nothing is bound to */
};

#define KEYBOARD_MOST 64

/* All zero: nothing was typed. */
struct keyboard {
	uint8_t p[KEYBOARD_MOST];
	size_t len;
};

/* How many bytes it takes now; at least one after keyboard_take said false. */
size_t keyboard_room(const struct keyboard *k);
/* Add what was read, at most keyboard_room bytes. */
void keyboard_put(struct keyboard *k, struct span typed);
/* The next key, an ASCII character or of the enum: false while there is none, or only
 * the begin of a sequence.  whole: nothing follows, so that the begin of a sequence
 * counts as the keys that it is made of. */
bool keyboard_take(struct keyboard *k, bool whole, int *ret);

#endif
