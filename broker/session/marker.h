/* Where a line's output ends: the marker that a fed shell prints behind it, in bytes that
 * the target is master of.
 *
 * Only the nonce that is expected makes one.  Anything else, old markers and copies among
 * them, is output.  A marker that is cut into pieces is found; what cannot become one any
 * more is given on at once.
 */
#ifndef BROKER_SESSION_MARKER_H
#define BROKER_SESSION_MARKER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "policies/render.h"

#define MARKER_TEXT 4096 /* bytes of its text */

enum marker_what {
	MARKER_NONE, /* all was taken */
	MARKER_END,  /* the marker that was expected: status, and perhaps text */
	MARKER_TRIP, /* the tripwire: a shell asks for more of a line */
};

struct marker {
	char nonce[RENDER_NONCE + 1];	 /* "": none is expected */
	char tripwire[RENDER_NONCE + 1]; /* "": none */
	bool with_text;
	struct buf held; /* what may become one */
	uint8_t status;
	struct span text; /* borrowed until the next call */
};

void marker_init(struct marker *m);
void marker_clear(struct marker *m);
/* From now on this nonce, once; with_text: it has a text, too. */
void marker_expect(struct marker *m, const char *nonce, bool with_text);

/* Take bytes off *in, up to the end of a marker; append to out what is none.  out must
 * have room for all of *in and what was held, MARKER_TEXT and 128 bytes at most. */
enum marker_what marker_take(struct marker *m, struct span *in, struct buf *out);

#endif
