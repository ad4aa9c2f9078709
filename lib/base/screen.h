/* What stands between a session, recorded or live, and the watcher's terminal: a filter
 * of hostile escape sequences.
 *
 * The bytes come from whoever ran in it.  Left alone they could fill the
 * watcher's clipboard, rename the window, or make the terminal answer a question, and
 * the answer is typed into the shell behind it.  The filter keeps its state between
 * calls, so that a sequence cut in two by events is seen whole.  It never lets a part
 * of a sequence out: what it writes may be followed by anything.
 *
 * What passes says sequence.h.  Removed: OSC, DCS, APC, PM, SOS and screen's title
 * string with their content (ended by ST, BEL, CAN, SUB, a new ESC, the end of the line
 * or 64 KiB, so that little can hide in one); ENQ and the other silent control
 * characters. U+0080 to U+009F and invalid UTF-8 become U+FFFD.
 */
#ifndef LIB_BASE_SCREEN_H
#define LIB_BASE_SCREEN_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

struct screen;

/* A filter; raw lets everything through.  On RC_OK *ret is yours: screen_free().
 * RC_FAIL when out of memory. */
enum rc screen_new(bool raw, struct screen **ret, struct err *err);
/* NULL is fine. */
void screen_free(struct screen *s);

/* Filter in and append what passes to out, at most 6 times as long (a reset grows). */
void screen_put(struct screen *s, struct span in, struct buf *out);

/* Append what brings the terminal back to where a shell expects it: nothing, if no
 * sequence passed; and forget a sequence that is not yet complete. */
void screen_reset(struct screen *s, struct buf *out);

/* How many sequences and characters were taken away, whole or in part. */
uint64_t screen_removed(const struct screen *s);

#endif
