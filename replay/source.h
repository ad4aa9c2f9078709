/* The file that is replayed, sealed or plain, as pieces and lines of asciicast text.
 *
 *	source_open -> source_prove -> source_unlock (sealed) -> source_line ...
 */
#ifndef REPLAY_SOURCE_H
#define REPLAY_SOURCE_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/mask/mask.h"
#include "recorder/reader.h"

#define SOURCE_LINE_MOST (1u << 20)

struct source;

/* fd is borrowed, must be a regular file and stay open.  On RC_OK *ret is yours:
 * source_close().  RC_FAIL: not a regular file, I/O, memory. */
enum rc source_open(int fd, struct source **ret, struct err *err);
/* NULL is fine. */
void source_close(struct source *s);

/* A plain asciicast: nothing about it can be proven. */
bool source_plain(const struct source *s);
/* The engine below, borrowed: for the header and the summary. */
const struct reader *source_reader(const struct source *s);

/* The same, to add stanzas to (reader_add). */
struct reader *source_stanzas(struct source *s);

/* reader_verify; a plain asciicast gives PROOF_UNKNOWN, never a pass. */
enum rc source_prove(
    struct source *s, const struct trust *trust, struct proof *ret, struct err *err);

/* reader_unlock; not for a plain one. */
enum rc source_unlock(struct source *s, const struct keyfile *key,
    enum proof_code *code, struct err *err);

/* From here on the file may grow: at its present end, source_piece and source_line give
 * RC_WAIT, and a line is whole or not given.  trust (borrowed) as in source_prove. */
void source_follow(struct source *s, const struct trust *trust);
/* Look for what was appended since, and prove it: *ret is the finding over all that is
 * there now.  RC_OK: there may be more later; RC_END: not for a sealed one, its footer
 * came.  RC_FAIL: I/O, memory. */
enum rc source_more(struct source *s, struct proof *ret, struct err *err);
/* Nothing will be appended any more: the end is RC_END again, and a last line without
 * LF is a line. */
void source_settle(struct source *s);
bool source_grows(const struct source *s);

/* From here on pieces and lines are those of a recording in which nothing is a secret by
 * these rules (borrowed for the source's life): it is read to its end for that, and stands
 * at its beginning then.  Where nothing is masked they are exactly as recorded.  Once, and
 * not for what grows.  As source_line; RC_FAIL. */
enum rc source_veil(struct source *s, const struct mask_rules *rules, struct err *err);

/* Back to the first byte. */
enum rc source_rewind(struct source *s, struct err *err);

/* The next bytes of the asciicast, exactly as recorded; borrowed until the next call.
 * RC_END at the end, RC_WAIT at the end of what may grow, RC_REFUSE with the place if
 * what follows is false. */
enum rc source_piece(struct source *s, struct span *ret, struct err *err);

/* The next line without its LF; borrowed until the next call.  Not to be mixed with
 * source_piece.  RC_REFUSE also for a line over SOURCE_LINE_MOST.  A last line without
 * LF is a line. */
enum rc source_line(struct source *s, struct span *ret, struct err *err);
/* Its number, from 1, in the asciicast text. */
uint64_t source_line_number(const struct source *s);

#endif
