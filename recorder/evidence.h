/* What the log says of one recording, to travel with it: SID.proof.
 *
 *	hoop-proof 1
 *	sid SID
 *	leaf INDEX B64(leaf)		the DEVKEYs, then OPEN, then CLOSE or RECOVER
 *	node B64(hash)			under each leaf: its inclusion path, upwards
 *	(empty line)
 *	the checkpoint
 *
 * Whoever believes in the checkpoint's signer needs no log to know that the recording
 * stands in it.
 */
#ifndef RECORDER_EVIDENCE_H
#define RECORDER_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/checkpoint.h"
#include "recorder/leaf.h"
#include "recorder/ledger.h"
#include "recorder/proof.h"
#include "recorder/trust.h"

#define EVIDENCE_TEXT_MAX 262144

struct evidence;

/* Append the text for this recording, under the ledger's newest checkpoint.  open and end
 * are the places of its leaves.  RC_REFUSE: they are not its leaves, or the checkpoint
 * does not reach them yet. */
enum rc evidence_put(const struct ledger *l, const uint8_t sid[16], uint64_t open,
    uint64_t end, struct buf *out, struct err *err);

/* Read a text and check all that it proves in itself: its form, that the leaves are
 * this recording's, that each is included under the checkpoint, that the DEVKEYs follow
 * each other.  RC_REFUSE with the line.  On RC_OK *ret is yours: evidence_free(). */
enum rc evidence_parse(struct span text, struct evidence **ret, struct err *err);
/* NULL is fine. */
void evidence_free(struct evidence *e);

/* Borrowed. */
const uint8_t *evidence_sid(const struct evidence *e);
const struct leaf *evidence_open(const struct evidence *e);
const struct leaf *evidence_end(const struct evidence *e);
const struct checkpoint *evidence_checkpoint(const struct evidence *e);

/* keychain_believe() for its checkpoint and its DEVKEYs. */
enum rc evidence_believe(const struct evidence *e, struct trust *t, struct err *err);

/* Does the leaf fit what was found in the file?  OPEN: session, key, h_1; or
 * a file of two lines, whose session was never certified, that end in h_1.  CLOSE: a
 * closed file with these chunks, this length, chain and status.  RECOVER: this valid
 * length and chain.  RC_REFUSE says what differs. */
enum rc evidence_fits(
    const struct leaf *leaf, const struct proof *found, struct err *err);

#endif
