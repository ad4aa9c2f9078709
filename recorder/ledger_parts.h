/* What the two files of ledger.h share: ledger.c walks and answers, ledger_write.c
 * appends and signs. */
#ifndef RECORDER_LEDGER_PARTS_H
#define RECORDER_LEDGER_PARTS_H

#include "recorder/keychain.h"
#include "recorder/ledger.h"
#include "recorder/tiles.h"

struct ledger {
	int entries; /* descriptor; ours when dir >= 0 */
	int dir;     /* borrowed; -1: only for reading */
	const struct keyfile *device;
	struct tiles *tiles;
	uint64_t *starts; /* where each block of leaves begins in entries */
	size_t nstarts, starts_cap;
	uint64_t end; /* bytes of all entries, the staged ones as well */
	uint64_t behind;
	struct keychain keys;
	bool sealed; /* the checkpoint is set */
	struct checkpoint checkpoint;
	struct buf text;   /* of it */
	struct buf staged; /* entries that are not written */
	uint64_t synced;   /* leaves on disk */
	bool dead;	   /* a write has failed */
};

enum rc ledger_new(struct ledger **ret, struct err *err);
/* Parse and keep the text of a checkpoint. */
enum rc ledger_take_checkpoint(struct ledger *l, struct span text, struct err *err);
/* Walk over entries up to most leaves.  A bad entry ends the walk: *why says what is
 * wrong with it, or is empty at a clean end. */
enum rc ledger_walk(struct ledger *l, uint64_t most, ledger_fn *fn, void *arg,
    struct err *why, struct err *err);
/* Count this leaf, whose bytes are these and stand at l->end. */
enum rc ledger_admit(struct ledger *l, struct span bytes, const struct leaf *leaf,
    ledger_fn *fn, void *arg, struct err *err);
/* At least least leaves have to be there; why: what came after the last. */
enum rc ledger_reaches(
    const struct ledger *l, uint64_t least, const struct err *why, struct err *err);

#endif
