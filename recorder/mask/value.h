/* Values: where one begins, and whether it is to be masked.  How far it goes then is its
 * kind's matter (extent.h); only what may turn out to be harmless (harmless.h) is waited
 * for.  Of this room alone. */
#ifndef RECORDER_MASK_VALUE_H
#define RECORDER_MASK_VALUE_H

#include "recorder/mask/mask_parts.h"

enum value_how {
	VALUE_WEAK = 1,	   /* bare: it has to look like a secret (harmless_weak) */
	VALUE_LINE = 2,	   /* bare: to the line's end */
	VALUE_ESCAPED = 4, /* the line stands within a string: its quote ends it */
	VALUE_JSON = 8,	  /* quoted: to the line's end at most; bare: label in quotes */
	VALUE_BLOCK = 16, /* YAML: '|' and '>' begin deeper lines */
	VALUE_PLAIN = 32, /* words and placeholders are none */
	VALUE_QUOTED = 64, /* only a quoted one */
	VALUE_CELL = 128,  /* of a table */
	VALUE_TAB = 256,   /* of columns that tabs part */
	VALUE_TAG = 512,   /* between tags */
	VALUE_URL = 2048,  /* "%26" ends it too */
	VALUE_STRING =
	    1024, /* it stands in a string: ends with that one (quote, level) */
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

#endif
