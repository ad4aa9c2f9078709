/* The two kinds of lines: asciicast v2 events inside the chunks, and the container's
 * own lines around them.
 *
 * The container's grammar is fixed: `[` digits `, "` one of E S F `", "` base64 `"]`.
 */
#ifndef RECORDER_CAST_H
#define RECORDER_CAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define CAST_LINE_MAX 1048576 /* bytes of a container line, without LF */
/* Line 1, for players that know nothing of this format. */
#define CAST_NOTICE                                                                    \
	"[0, \"o\", \"This recording is encrypted. Open it with hoop-replay.\\r\\n\"]"

/* Append s, which must be valid UTF-8, as the inside of a JSON string. */
void cast_escape(struct buf *out, struct span s);
/* Append an event line with its LF: `[1.250000, "o", "…"]`.  text is valid UTF-8. */
void cast_event_put(struct buf *out, uint64_t time_us, char code, struct span text);

/* How many bytes at the start are valid, complete UTF-8. */
size_t cast_valid(struct span s);
/* Append s with each run of invalid bytes as one U+FFFD. */
void cast_scrub(struct buf *out, struct span s);
/* True for bytes that are no text in any encoding: at least one in 32 is a control
 * character that terminals and text files have no use for. */
bool cast_binary(struct span s);

/* Append what stands for bytes that are not valid UTF-8: the bytes themselves as a `b`
 * event, base64, then an `o` event with what players show.  Of what is no text at all
 * they show one sign: a screen of noise helps nobody, and would make the recording
 * three times as long. */
void cast_raw_put(struct buf *out, uint64_t time_us, struct span raw);

/* The time at the start of an event line, in microseconds (further decimals are cut).
 * False if line does not begin `[` number `,`. */
bool cast_event_time(struct span line, uint64_t *time_us);

struct cast_line {
	uint64_t time;	  /* whole seconds */
	char code;	  /* E, S or F */
	struct span data; /* base64, borrowed; not yet checked for its own form */
};

/* Append a container line with its LF; data are the bytes to encode. */
void cast_line_put(struct buf *out, uint64_t time, char code, struct span data);
/* Read a container line (without LF); false if it is not exactly that. */
bool cast_line_parse(struct span line, struct cast_line *ret);
/* Decode its data into *data, in place of what was there.  RC_REFUSE: empty, or base64
 * that is not canonical; RC_FAIL: memory, which says nothing about the line. */
enum rc cast_data(const struct cast_line *l, struct buf *data, struct err *err);
/* True if more bytes could make this a container line: what a crash may leave. */
bool cast_line_begun(struct span torn);

#endif
