/* The alphabets of which tokens are made, and how one of their characters stands in a text:
 * as itself, or URL-encoded.  Of this room alone. */
#ifndef RECORDER_MASK_ALPHABET_H
#define RECORDER_MASK_ALPHABET_H

#include "recorder/mask/mask_parts.h"

enum alphabet {
	AB_ALPHA,
	AB_ALNUM,
	AB_UPPER,  /* A-Z 0-9 */
	AB_LOWER,  /* a-z 0-9 */
	AB_BASE32, /* A-Z 2-7 */
	AB_HEX,
	AB_HEXDASH,
	AB_WORD,   /* alnum _ */
	AB_DASHED, /* alnum _ - */
	AB_DOTTED, /* alnum _ - and a dot, where another one of these follows it */
	AB_BASE64, /* alnum + / =, also URL-encoded */
	AB_SECRET, /* the same without = */
	AB_ANY64,  /* alnum + / = _ - */
	AB_URL,	   /* alnum - _ ~ + / =, inner dots, also URL-encoded */
	AB_PATH,   /* alnum _ - / */
	AB_COLON,  /* alnum + / = _ - : */
	AB_CRYPT,  /* alnum . / $ = */
	AB_ARGON,  /* alnum . / $ = + , - */
	ALPHABETS
};

/* Is this byte itself (a view's VIEW_… is never) of the alphabet? */
bool alphabet_in(enum alphabet a, int c);
/* How many bytes of the view the character of this alphabet at i takes, and (ch may be
 * NULL) which it is; 0: none stands there; -1: not known yet. */
int alphabet_step(enum alphabet a, const struct mask_view *v, size_t i, int *ch);
/* Can a token begin here: no word character before it, or only the end of "%3D", "\x3d" or
 * of a colour that was written out ("^[[31m")? */
bool alphabet_begins(const struct mask_view *v, size_t at);
/* An open range [at, behind the last character of a).  sure: bytes from at on that are in it
 * whatever they are. */
struct mask_open alphabet_open(enum alphabet a, size_t sure);
/* The text at i, letters in any case: YES, NO, or MORE where it may still come. */
enum mask_says alphabet_text(const struct mask_view *v, size_t i, const char *text);

#endif
