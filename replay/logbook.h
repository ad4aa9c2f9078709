/* The broker's log as a verifier reads it: what it says of each recording, and whether it
 * is to be believed.
 *
 *	logbook_open -> (confinement) -> logbook_read -> logbook_judge ...
 */
#ifndef REPLAY_LOGBOOK_H
#define REPLAY_LOGBOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "recorder/proof.h"
#include "recorder/trust.h"

#define LOGBOOK_CHECKPOINTS 64 /* files with copies kept outside */

struct logbook;

/* Open the log's folder, and n files with checkpoints that were kept elsewhere; nothing
 * is read yet.  Names are borrowed.  On RC_OK *ret is yours: logbook_close().  RC_FAIL: a
 * file is missing, or is not to be opened. */
enum rc logbook_open(const char *dir, const char *const *checkpoints, size_t n,
    struct logbook **ret, struct err *err);
/* NULL is fine. */
void logbook_close(struct logbook *b);

/* Read all of it.  t then believes in the device keys that follow, in the log, those that
 * it believed in before.  Whatever is wrong becomes the finding; RC_FAIL is I/O or memory
 * only.  May be called again, to see what was appended since (the folder must then be
 * allowed to be read). */
enum rc logbook_read(struct logbook *b, struct trust *t, struct err *err);
/* The finding on the log itself: PROOF_WHOLE, PROOF_MISSING (it is malformed, its
 * signature is false, or it contradicts a checkpoint) or PROOF_UNKNOWN; and in words. */
enum proof_code logbook_code(const struct logbook *b);
const char *logbook_text(const struct logbook *b);
/* Leaves that its checkpoint vouches for. */
uint64_t logbook_size(const struct logbook *b);

#define LOGBOOK_NONE UINT64_MAX

struct logbook_word {
	enum proof_code code; /* PROOF_WHOLE, PROOF_MISSING; PROOF_UNKNOWN: the log's */
	bool live;	      /* opened and not ended yet */
	uint64_t open, end;   /* where its leaves stand, or LOGBOOK_NONE */
	char text[ERR_TEXT];
};

/* What the log says of a recording that was found to be this.  live: it may still be
 * written (it lies in the spool).  since: leaves from here on were appended while files
 * were looked at; an end among them may be news to the file.  LOGBOOK_NONE: none were.
 * RC_FAIL: I/O, memory. */
enum rc logbook_judge(struct logbook *b, const struct proof *p, bool live,
    uint64_t since, struct logbook_word *ret, struct err *err);

/* Is the recording of this session here? */
typedef bool logbook_here_fn(void *arg, const uint8_t sid[16]);
/* Tell of one that is not; text says why it had to be. */
typedef void logbook_missing_fn(void *arg, const uint8_t sid[16], const char *text);

/* Go over all recordings that the log knows from before `since`, and tell of those that
 * are not here although no EXPIRE leaf after their retention says why.  *expired counts
 * those that may be missing.  RC_FAIL: I/O, memory. */
enum rc logbook_missing(struct logbook *b, uint64_t since, logbook_here_fn *here,
    logbook_missing_fn *tell, void *arg, size_t *expired, struct err *err);

#endif
