/* The forms in which a key's name and a value stand together: what closes the name, what
 * stands between them, where the value begins.  Of this room alone. */
#ifndef RECORDER_MASK_KEYFORM_H
#define RECORDER_MASK_KEYFORM_H

#include "recorder/mask/value.h"

#define KEYFORM_NAME 128  /* bytes of an identifier before the word it ends in */
#define KEYFORM_LINE 240  /* bytes of a line before its key */
#define KEYFORM_GAP 1024  /* blanks, as tables pad */
#define KEYFORM_BREAK 256 /* blanks and line ends between a colon and a value */

enum keyform_sign {
	SIGN_NONE,   /* nothing that makes a value of what follows */
	SIGN_COLON,  /* key: v, also := and "key":v */
	SIGN_TIGHT,  /* key:v, without quotes */
	SIGN_EQUALS, /* key=v, key = v, key => v */
	SIGN_CELL,   /* key | v */
	SIGN_TAB,    /* key, one tab, v */
	SIGN_GAP,    /* key v */
	SIGN_TAG,    /* <key>v, key="name">v */
	SIGN_COMMA,  /* "key", "v" */
};

struct keyform {
	size_t from, to; /* the identifier that ends in the word */
	/* What closes it: a quote (0: none) of this level; a bracket. */
	uint8_t quote, level;
	bool bracket;
	enum keyform_sign sign;
	bool gap;     /* blanks before the sign */
	bool url;     /* key%3Dv */
	bool breaks;  /* a line's end between sign and value: it has to be quoted */
	size_t next;  /* behind what closes the key, and blanks */
	size_t value; /* where it begins */
};

/* The word stands at [at, end).  YES: ret is filled (sign may be NONE); NO: the identifier
 * goes on; MORE: nothing needs to be held. */
enum mask_says keyform_read(
    const struct mask_view *v, size_t at, size_t end, struct keyform *ret);

/* How a line begins. */
struct keyform_line {
	bool start;	 /* the key is the first thing on its line … */
	bool escaped;	 /* … which stands within a string */
	uint32_t column; /* of the key, when only blanks and "- " stand before it */
	bool item;	 /* "- " among them */
};
/* What stands before the place (of a key or its quote) in its line. */
void keyform_line(const struct mask_view *v, size_t at, struct keyform_line *ret);

/* Where the key begins, its opening quote and backslashes included. */
size_t keyform_begins(const struct mask_view *v, const struct keyform *k);

#endif
