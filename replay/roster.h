/* All recordings of a folder, proven one after the other, and what the log says of them:
 * the work of --verify --all.  Of a folder of recordings (one with done/ and spool/) these
 * two are looked at, of another one the folder itself.
 */
#ifndef REPLAY_ROSTER_H
#define REPLAY_ROSTER_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/base/err.h"
#include "recorder/proof.h"
#include "recorder/trust.h"
#include "replay/logbook.h"

struct roster;

/* Open the folder.  On RC_OK *ret is yours: roster_close().  RC_FAIL: it cannot be. */
enum rc roster_open(const char *dir, struct roster **ret, struct err *err);
/* NULL is fine. */
void roster_close(struct roster *r);

/* Prove each, compare all with the log (NULL: there is none), and write to f: a line a
 * recording, those that are missing, the sum.  trust is borrowed.  *worst is the
 * finding that outweighs all others (verify.h), 2 where a file could not be read.
 * RC_END: a stop signal; RC_FAIL: I/O, memory. */
enum rc roster_run(struct roster *r, struct trust *trust, struct logbook *log,
    bool json, FILE *f, int *worst, struct err *err);

#endif
