/* A recording's lines with what secrets are left in them masked: a second look at what the
 * session's own masking, which must not keep a terminal waiting, let go half decided.
 *
 * Output is one stream, however it was cut into events, and is masked as such: what is
 * undecided at an event's end comes with the next one, and before a marker.  Other events
 * are texts by themselves.
 */
#ifndef REPLAY_VEIL_H
#define REPLAY_VEIL_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/mask/mask.h"

struct veil;

/* rules are borrowed for its life.  On RC_OK *ret is yours: veil_free().  RC_FAIL: memory. */
enum rc veil_new(const struct mask_rules *rules, struct veil **ret, struct err *err);
/* NULL is fine. */
void veil_free(struct veil *v);
/* Before the first line again. */
enum rc veil_begin(struct veil *v, struct err *err);

/* Append what the next line becomes, none or more of them, each with its LF.  What is
 * no event is a text as well: who reads it says what is wrong.  RC_FAIL: memory; the header
 * cannot be masked and stay one. */
enum rc veil_line(struct veil *v, struct span line, struct buf *out, struct err *err);
/* The same for what is left at the end. */
enum rc veil_end(struct veil *v, struct buf *out, struct err *err);
/* Was anything masked since veil_begin? */
bool veil_masked(const struct veil *v);

#endif
