/* What travels beside a recording: SID.proof, which says that it stands in the log, and
 * SID.rcpt, which opens it to more keys.  Both are found by the recording's own name:
 * NAME.cast, NAME.proof, NAME.rcpt. */
#ifndef REPLAY_VOUCHER_H
#define REPLAY_VOUCHER_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/proof.h"
#include "recorder/reader.h"
#include "recorder/trust.h"

#define VOUCHER_NAME_MOST 4096

/* "a/NAME.cast" and ".proof": "a/NAME.proof".  RC_REFUSE: it is no NAME.cast, or too
 * long. */
enum rc voucher_name(
    const char *file, const char *suffix, char out[VOUCHER_NAME_MOST], struct err *err);
/* All of a small regular file, relative to dir; its bytes are a stranger's.  RC_END: there
 * is none; RC_FAIL: it is not to be read, or longer than most.  On RC_OK buf_clear(). */
enum rc voucher_read(
    int dir, const char *name, size_t most, struct buf *out, struct err *err);

struct voucher;

/* Read SID.proof's text: file names the recording that it lies beside, unless name says
 * where it is.  RC_END: none there (and none was named).  On RC_OK *ret is yours:
 * voucher_free(). */
enum rc voucher_open(
    const char *file, const char *name, struct voucher **ret, struct err *err);
enum rc voucher_open_at(
    int dir, const char *file, struct voucher **ret, struct err *err);
/* NULL is fine. */
void voucher_free(struct voucher *v);

/* Before the recording is proven: t then believes in device keys that follow one that it
 * believes in.  What is wrong is kept for voucher_judge. */
void voucher_believe(struct voucher *v, struct trust *t);
/* What it proves of the recording that was found to be this: PROOF_WHOLE, PROOF_MISSING
 * or PROOF_UNKNOWN; text (at most ERR_TEXT) in words. */
enum proof_code voucher_judge(
    const struct voucher *v, const struct proof *found, char text[ERR_TEXT]);

/* Add the stanzas of a SID.rcpt's text to what may open the recording.  RC_REFUSE: it is
 * malformed, or of another recording. */
enum rc voucher_stanzas(struct span rcpt, struct reader *r, struct err *err);

#endif
