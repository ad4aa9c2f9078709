/* Values: where one begins, whether it is to be masked, how far it goes.  Of this room
 * alone.
 *
 * A value goes on until its kind ends it, however long it is; only what may turn out to be
 * harmless (harmless.h) is waited for.
 *
 * kind        ends before
 * quoted      its quote, at its level of nesting; see value_level()
 * bare        a blank, a line's end, , ; | } ) & < a quote, a bracket that closes
 * line        a line's end, " #", two blanks, ", "; in a string also its quote
 * cell        two blanks, or a border
 * tab         a tab or a line's end
 * tag         '<'
 * block       the first line (of YAML) that is not deeper than its key
 *
 * A quoted value that JSON shows ends with its line, any other one after VALUE_LINES lines
 * or VALUE_SPAN bytes behind its first line, as do tags: what nobody closes does not
 * swallow all that follows. */
#ifndef RECORDER_MASK_VALUE_H
#define RECORDER_MASK_VALUE_H

#include "recorder/mask/mask_parts.h"

#define VALUE_LINES 64
#define VALUE_SPAN 8192

enum value_how {
	VALUE_WEAK = 1,	    /* bare: it has to look like a secret (harmless_weak) */
	VALUE_LINE = 2,	    /* bare: to the line's end */
	VALUE_ESCAPED = 4,  /* the line stands within a string: its quote ends it */
	VALUE_JSON = 8,	    /* quoted: to the line's end at most; bare: label in quotes */
	VALUE_BLOCK = 16,   /* YAML: '|' and '>' begin deeper lines */
	VALUE_PLAIN = 32,   /* words and placeholders are none */
	VALUE_QUOTED = 64,  /* only a quoted one */
	VALUE_CELL = 128,   /* of a table */
	VALUE_TAB = 256,    /* of columns that tabs part */
	VALUE_TAG = 512,    /* between tags */
	VALUE_URL = 2048,   /* "%26" ends it too */
	VALUE_STRING = 1024, /* it stands in a string: ends with that one (quote, level) */
};

struct value_want {
	unsigned how;
	uint32_t indent;      /* BLOCK: column of the key */
	uint8_t quote, level; /* STRING: of the string around it */
};

#define VALUE_RULE "field"

/* The value at v->p[at], where its first byte (an opening quote too) stands: YES fills ret
 * and sets its open range; MORE sets hold; NO: nothing to mask. */
enum mask_says value_judge(const struct mask_view *v, size_t at,
    const struct value_want *w, struct mask_find *ret);

/* An opening quote preceded by so many backslashes is of this level of nesting: 2^level - 1
 * of them, rounded down. */
uint8_t value_level(size_t backslashes);

/* The closing quote of what is quoted at this level: is it at i, or are its backslashes? */
enum mask_says value_closes(
    const struct mask_view *v, size_t i, uint8_t quote, uint8_t level);

#endif
