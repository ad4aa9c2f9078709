/* A recording that comes through a pipe: all else wants a file, so it is copied into one
 * without a name.
 *
 * Two steps, since the program confines itself between them: intake_open makes the
 * files, intake_take fills the one that fits.  A sealed recording goes to an unlinked
 * file in TMPDIR (or /tmp): it is ciphertext.  Anything else stays in memory, since it
 * may be what nobody wanted on a disk.
 */
#ifndef REPLAY_INTAKE_H
#define REPLAY_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"

#define INTAKE_SEALED_MOST ((uint64_t)64 << 30)
#define INTAKE_PLAIN_MOST ((uint64_t)1 << 30)

struct intake;

/* in is borrowed.  On RC_OK *ret is yours: intake_free(), which closes the files.
 * RC_FAIL: no file can be made, in cannot be read. */
enum rc intake_open(int in, struct intake **ret, struct err *err);
/* NULL is fine. */
void intake_free(struct intake *k);

/* Copy what is there, and wait for it at most timeout_us (UINT64_MAX: without end).
 * RC_OK: something was copied; RC_WAIT: nothing came; RC_END: the input ended;
 * RC_REFUSE: more than the bounds above, or a signal to stop; RC_FAIL: I/O. */
enum rc intake_take(struct intake *k, uint64_t timeout_us, struct err *err);
/* All of it. */
enum rc intake_take_all(struct intake *k, struct err *err);
/* Enough of it to be opened: its first lines, or all of it. */
enum rc intake_take_head(struct intake *k, struct err *err);

/* The file, borrowed; -1 before the first line, or all of it, was taken. */
int intake_file(const struct intake *k);
bool intake_ended(const struct intake *k);

#endif
