/* The keeper's side of the log (recorder/ledger.h): which leaves it gets and when, its
 * checkpoints, and what of it lies beside each recording.
 *
 * Leaves are appended in the open transaction and are on disk before that is committed;
 * so after a crash the log may know more than the store, never less, and recovery finds
 * by it what it need not append again.  A checkpoint follows behind the answers: at
 * once, or a second after the last one.
 */
#ifndef BROKER_KEEPER_JOURNAL_H
#define BROKER_KEEPER_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "broker/keeper/depot.h"
#include "broker/keeper/drop.h"
#include "broker/store/store.h"
#include "lib/base/err.h"
#include "lib/base/loop.h"
#include "recorder/checkpoint.h"
#include "recorder/keyfile.h"
#include "recorder/leaf.h"
#include "recorder/trust.h"

#define JOURNAL_FOLDER "log" /* in the state folder */

struct journal;

struct journal_init {
	struct loop *loop;
	struct depot *depot;
	struct drop *drop;	   /* taken, also on failure; may be NULL */
	const char *state;	   /* folder */
	const struct keyfile *key; /* the device key */
	const char *key_path;	   /* its file: a rotation is told of beside it */
};

/* Open STATE/log, or make it, and walk over all of it.  RC_REFUSE when it contradicts
 * itself or the key, with file and entry; RC_FAIL: I/O.  Everything is borrowed but
 * drop. */
enum rc journal_open_take(
    const struct journal_init *init, struct journal **ret, struct err *err);
/* A last checkpoint, and the proofs that are due; then all is freed.  NULL is fine. */
void journal_close(struct journal *j);

/* Have t believe in the device keys of all times: recordings of earlier ones may still
 * have to be ended. */
enum rc journal_keys(const struct journal *j, struct trust *t, struct err *err);
/* Does the log say what the store says?  Each recording that was certified has its
 * OPEN, and its end when it has ended, of that length.  RC_REFUSE names the first that
 * differs.  Rows without a class were made before there was a log and may lack all. */
enum rc journal_check(struct journal *j, struct store *s, struct err *err);
/* After recovery: from here on checkpoints are made, and proofs that are missing. */
enum rc journal_start(struct journal *j, struct store *s, struct err *err);
/* Where checkpoints go: fn(arg, …) is called for the present one at once, and then for
 * each new one. */
typedef void journal_fn(void *arg, const struct checkpoint *c, struct span text);
void journal_publish(struct journal *j, journal_fn *fn, void *arg);

/* RC_RETRY while no new recording may begin: the log's last checkpoint could not be
 * written, or there is hardly any room left for leaves. */
enum rc journal_ready(const struct journal *j, struct err *err);

/* A recording is certified.  keep_s: as in struct store_rec. */
enum rc journal_opened(struct journal *j, const uint8_t sid[16], const uint8_t h1[32],
    const uint8_t spk[32], uint64_t keep_s, struct err *err);
/* It has ended, as leaf (CLOSE or RECOVER; ms and sid are set here) says.  Does nothing
 * when it was never certified, or when the log has its end already, which a crash can
 * bring about. */
enum rc journal_ended(
    struct journal *j, const uint8_t sid[16], const struct leaf *leaf, struct err *err);
/* These are in force from now on: KEYSET or POLICY.  Does nothing when the log's last
 * such leaf says so already. */
enum rc journal_in_force(
    struct journal *j, enum leaf_type type, const uint8_t digest[32], struct err *err);
/* A recording was removed (EXPIRE), or its shred key was (SHRED): call it before, and
 * do so when journal_sync has answered RC_OK.  actor: the name of who did it, or NULL.
 * After a crash in between it may be said twice. */
enum rc journal_gone(struct journal *j, enum leaf_type type, const uint8_t sid[16],
    const char *actor, struct err *err);

/* Leaves that were appended are on disk.  RC_FAIL: the batch is spoiled, and the log of
 * no more use. */
enum rc journal_sync(struct journal *j, struct err *err);
/* A batch is over: think of a checkpoint. */
void journal_committed(struct journal *j);

#endif
