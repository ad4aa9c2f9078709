/* Text from strangers: UTF-8 checks, and hostile bytes made printable. */
#ifndef LIB_BASE_TEXT_H
#define LIB_BASE_TEXT_H

#include "lib/base/buf.h"

/* Decode one character at s (RFC 3629: no overlong form, no surrogate, nothing over
 * U+10FFFF).  Returns its length 1-4 and sets *cp; 0 when the bytes are invalid,
 * and also when s is empty or ends within a character. */
unsigned text_char(struct span s, uint32_t *cp);

/* True when every byte belongs to a valid character. */
bool text_utf8(struct span s);

/* How many bytes at the end begin a character that is not yet complete (0-3). */
size_t text_partial(struct span s);

/* True for a character that may stand in a command line outside control: printable,
 * assigned as far as the Python of the build knows, and none of: C0, DEL, C1, private
 * use, surrogates, noncharacters, format characters (zero width, bidi, BOM, soft
 * hyphen), line or paragraph separators, any space but U+0020.  Tab is not one. */
bool text_plain(uint32_t cp);

/* How many columns of a terminal a character takes: 0 (it combines with the one before),
 * 1 or 2, whatever the locale; as Unicode of the build's Python says. */
unsigned text_width(uint32_t cp);

/* Append s so that a terminal or log shows what it is: printable ASCII as itself,
 * a backslash as \\, any other byte as \xNN. */
void text_escape(struct buf *out, struct span s);

/* Like text_escape, but valid plain non-ASCII characters stay as they are. */
void text_show(struct buf *out, struct span s);

/* Like text_show, but a backslash stays as it is: for sentences of ours in which the
 * bytes of strangers were escaped before. */
void text_say(struct buf *out, struct span s);

#endif
