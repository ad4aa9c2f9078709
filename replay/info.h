/* What a recording says about itself: metadata, summary, marks. */
#ifndef REPLAY_INFO_H
#define REPLAY_INFO_H

#include <jansson.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "replay/source.h"

/* Read the first line of source (nothing may have been read before) and, if it was
 * unlocked, the footer's index: {"meta": {…}, "summary": {…} or null, "marks":
 * [{"time": seconds, "text": …}]}.  On RC_OK *ret is yours to json_decref.  RC_REFUSE:
 * the header or the summary is no JSON object; RC_FAIL: I/O, memory. */
enum rc info_read(struct source *source, json_t **ret, struct err *err);

/* What line 0 says to everybody: {"sid", "broker", "class", …, "recipients": [{"kid",
 * "epoch", "type"}]}; yours to json_decref; NULL when out of memory. */
json_t *info_header(const struct header *h);

/* Append it as lines "name: value"; hostile bytes are escaped. */
void info_text(const json_t *info, struct buf *out);

#endif
