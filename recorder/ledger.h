/* The log: what was recorded, in one folder, so that nothing can go unnoticed.
 *
 *	entries		append only: u16 length, little endian, and a leaf; and so on
 *	frontier	u64 size, and the hashes of its compact range: can be derived
 *	checkpoint	the newest signed note
 *
 * Whoever opens it walks over all of it: every entry is a leaf; the first is a DEVKEY
 * that signs itself, each later DEVKEY is signed by the key before; the checkpoint is no
 * longer than the entries, has their root, and is signed by a key of that chain (or by
 * one that the reader pinned).  Entries behind the checkpoint that are cut short or are
 * no leaves were torn by a crash and do not count.
 *
 * Not for two threads.
 */
#ifndef RECORDER_LEDGER_H
#define RECORDER_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/checkpoint.h"
#include "recorder/keychain.h"
#include "recorder/keyfile.h"
#include "recorder/leaf.h"
#include "recorder/merkle.h"
#include "recorder/trust.h"

#define LEDGER_ENTRIES "entries"
#define LEDGER_FRONTIER "frontier"
#define LEDGER_CHECKPOINT "checkpoint"

struct ledger;

/* Called for each leaf while a log is opened.  What it answers but RC_OK ends the walk
 * and is returned.  Believe what was seen only if the opening answers RC_OK. */
typedef enum rc ledger_fn(
    void *arg, uint64_t index, const struct leaf *leaf, struct err *err);

/* For verifiers: the leaves that the checkpoint covers, and no other.  entries is read with pread and borrowed until ledger_close; checkpoint
 * is the text of its note, which must be there.  fn may be NULL.  The checkpoint's form,
 * size and root are checked, not its signature: ledger_believe.  RC_REFUSE names the
 * entry, or the place, that is wrong. */
enum rc ledger_read(int entries, struct span checkpoint, ledger_fn *fn, void *arg,
    struct ledger **ret, struct err *err);

/* For the keeper.  dir is the folder, borrowed until ledger_close; what is missing in
 * an empty folder is made, with the first DEVKEY leaf.  The device key is borrowed, too.
 * It must be the chain's newest, or rotations (the text of that file; may be empty) must
 * lead to it: then their DEVKEY leaves are appended.  A torn end is cut off, with a
 * line in the log sink.  RC_REFUSE: another broker's log, an unknown key, fewer entries than
 * checkpoint or frontier speak of, another root. */
enum rc ledger_open(int dir, const struct keyfile *device, struct span rotations,
    ledger_fn *fn, void *arg, struct ledger **ret, struct err *err);
/* What was appended and not synced is forgotten.  NULL is fine. */
void ledger_close(struct ledger *l);

/* Leaves, also those that are not synced yet. */
uint64_t ledger_size(const struct ledger *l);
/* The newest checkpoint, borrowed, and its text. */
const struct checkpoint *ledger_checkpoint(const struct ledger *l);
struct span ledger_checkpoint_text(const struct ledger *l);
/* ledger_read: bytes of entries behind the checkpoint.  A log that is being written, or
 * was left by a crash, has some: nobody has signed them. */
uint64_t ledger_behind(const struct ledger *l);
/* The device keys in their order, borrowed. */
const struct keychain *ledger_keys(const struct ledger *l);

/* keychain_believe() for the newest checkpoint. */
enum rc ledger_believe(const struct ledger *l, struct trust *t, struct err *err);

/* Read one leaf again.  RC_REFUSE: there is none. */
enum rc ledger_leaf(
    const struct ledger *l, uint64_t i, struct leaf *ret, struct err *err);
/* The root over the first n leaves: compare it with any other checkpoint.  RC_REFUSE: it
 * has fewer. */
enum rc ledger_root(
    const struct ledger *l, uint64_t n, uint8_t root[32], struct err *err);
/* RC_OK when c, wherever it was kept, is of a beginning of this log.  RC_REFUSE: its
 * root is another, it speaks of more leaves than there are, or of another broker.  Its
 * signature is not looked at. */
enum rc ledger_agrees(
    const struct ledger *l, const struct checkpoint *c, struct err *err);
/* Proofs of merkle.h. */
enum rc ledger_inclusion(const struct ledger *l, uint64_t i, uint64_t n,
    struct merkle_path *ret, struct err *err);
enum rc ledger_consistency(const struct ledger *l, uint64_t m, uint64_t n,
    struct merkle_path *ret, struct err *err);

/* Append a leaf; *index (may be NULL) is its place.  It is on disk after
 * ledger_sync. */
enum rc ledger_append(
    struct ledger *l, const struct leaf *leaf, uint64_t *index, struct err *err);
/* Write and fdatasync what was appended.  RC_FAIL: the log is of no more use to this
 * process. */
enum rc ledger_sync(struct ledger *l, struct err *err);
/* Sign what is synced: frontier and checkpoint are replaced, each by a new file that was
 * synced before.  Does nothing when the newest checkpoint says it already.  RC_FAIL: the
 * old ones stand; it may be tried again. */
enum rc ledger_seal(struct ledger *l, struct err *err);

#endif
