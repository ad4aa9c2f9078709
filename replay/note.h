/* What happened in a session beside its API calls, as a line: a limit, a decision, a line
 * of a shell on a target, a connection. */
#ifndef REPLAY_NOTE_H
#define REPLAY_NOTE_H

#include <jansson.h>

#include "lib/base/buf.h"

/* Append event (borrowed) as text without a newline: its type, and what this type says,
 * in our order.  Values are made printable; what has another type than it should is left
 * out. */
void note_text(const json_t *event, struct buf *out);

#endif
