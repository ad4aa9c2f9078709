/* Where recordings lie: RECORDINGS/spool while they are written, RECORDINGS/done after.
 *
 * A file is named by its session's id and nothing else, so that no message carries a
 * path.  The depot makes files, looks at them through descriptors of its own, and moves
 * them; it never changes a byte in one.
 */
#ifndef BROKER_KEEPER_DEPOT_H
#define BROKER_KEEPER_DEPOT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

struct depot;

#define DEPOT_MIN_FREE (1ULL << 30)

/* Open dir, which must be a folder of our own uid with mode 0700; it, spool and done
 * are made when they are missing.  min_free: bytes that must be left for a new
 * recording; with the default DEPOT_MIN_FREE also 5 percent of the file system.
 * RC_REFUSE: a folder is another's, or open to others; RC_FAIL: I/O. */
enum rc depot_open(
    const char *dir, uint64_t min_free, struct depot **ret, struct err *err);
/* NULL is fine. */
void depot_close(struct depot *d);

/* RC_RETRY when there is too little room, or fewer than 1 percent of the inodes. */
enum rc depot_room(const struct depot *d, struct err *err);
/* The same with so many bytes more. */
enum rc depot_room_for(const struct depot *d, uint64_t more, struct err *err);
/* Change min_free. */
void depot_min_free(struct depot *d, uint64_t min_free);
/* RC_REFUSE when one of the three folders is no longer ours alone, or no longer where
 * it was; RC_FAIL: I/O. */
enum rc depot_sound(const struct depot *d, struct err *err);
/* The descriptor of dir, borrowed. */
int depot_dir(const struct depot *d);

/* Make spool/SID.cast, empty, 0600.  *append is yours and can only add to it; a second
 * descriptor, for looking, stays here.  RC_REFUSE when the file exists. */
enum rc depot_create(
    struct depot *d, const uint8_t sid[16], int *append, struct err *err);
/* The descriptor for looking, borrowed; -1 when the session has no file in spool that
 * was made or found here. */
int depot_fd(const struct depot *d, const uint8_t sid[16]);
/* Move spool/SID.cast to done/ and forget it.  What stands at the new place already is put
 * aside, as SID.cast.oddN.  RC_END: it is not in spool any more, or another file is; it is
 * not forgotten then.  RC_FAIL: I/O. */
enum rc depot_finish(struct depot *d, const uint8_t sid[16], struct err *err);
/* Of one that is lost: close what looks at it. */
void depot_forget(struct depot *d, const uint8_t sid[16]);
/* Make what was made and moved since the last call durable: fsync of both folders. */
enum rc depot_sync(struct depot *d, struct err *err);

/* Start-up: take every file that lies in spool into the list, and call fn for each.  A
 * name that is no recording's, and what is no plain file, is logged and left alone. */
typedef enum rc depot_fn(void *arg, const uint8_t sid[16], int fd, struct err *err);
enum rc depot_each(struct depot *d, depot_fn *fn, void *arg, struct err *err);
/* Call fn for each that is in the list, without looking for others. */
enum rc depot_live(struct depot *d, depot_fn *fn, void *arg, struct err *err);
/* A file in done; *ret is yours.  RC_END when there is none, RC_REFUSE: it is no
 * plain file. */
enum rc depot_done(
    const struct depot *d, const uint8_t sid[16], int *ret, struct err *err);

/* done/SID.proof: what the log says of a recording.  depot_put_proof replaces it, synced
 * with its folder.  depot_lacks_proof: the recording lies in done without one. */
enum rc depot_put_proof(
    struct depot *d, const uint8_t sid[16], struct span text, struct err *err);
bool depot_lacks_proof(const struct depot *d, const uint8_t sid[16]);

#endif
