/* Regular expressions for values that globs cannot describe.
 *
 *	a  \.		the byte itself; any punctuation behind a backslash
 *	.		any byte
 *	[a-z_] [^/]	one byte of a class, or none of it
 *	(a|b)		groups, alternatives
 *	? * + {2} {2,} {2,5}	how often, up to 64
 *
 * Always anchored: the whole text has to fit.  No look-around, no back-references.
 * Bytes are matched, not characters.  What comes out has at most RE_STATES states; a
 * match costs the text's length times a small constant, whatever stands in either.
 */
#ifndef POLICIES_RE_H
#define POLICIES_RE_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define RE_STATES 256
#define RE_TEXT 1024 /* bytes of an expression */

struct re;

/* On RC_OK *ret is yours: re_free().  RC_REFUSE says what is wrong at which byte, from
 * 1; RC_FAIL when out of memory. */
enum rc re_compile(struct span text, struct re **ret, struct err *err);
/* NULL is fine. */
void re_free(struct re *r);
/* True when the whole of s fits. */
bool re_matches(const struct re *r, struct span s);
/* How many states it has: each may cost a moment at each byte. */
unsigned re_states(const struct re *r);

#endif
