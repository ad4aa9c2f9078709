/* The sealed side of a writer: header, certificate, chunks, seals and footer as lines
 * of a spool.  It owns the keys; events and their order are the writer's.
 *
 * A call that gives RC_FAIL leaves the tape dead: only spool_finish may follow, then
 * tape_seal and tape_footer. */
#ifndef RECORDER_TAPE_H
#define RECORDER_TAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "lib/base/secret.h"
#include "recorder/chunk.h"
#include "recorder/header.h"
#include "recorder/index.h"
#include "recorder/ratchet.h"
#include "recorder/recipients.h"
#include "recorder/seal.h"
#include "recorder/spool.h"

#define TAPE_SEAL_CHUNKS 64
#define TAPE_SEAL_SECONDS 10

struct tape {
	struct spool spool;
	struct header header;
	uint8_t h1[32];	   /* chain value after lines 0 and 1 */
	struct secret *sk; /* the session's signing key */
	uint8_t spk[32];
	struct ratchet *ratchet;
	struct index *index;
	struct buf data;	/* a line's bytes before base64 */
	unsigned unsealed;	/* chunks since the last seal */
	uint64_t unsealed_us;	/* clock when the first of them was written */
	uint64_t unsealed_time; /* whole seconds in its line */
	uint64_t time;		/* the same of the last chunk */
	bool footed;		/* the footer is made, though it may be torn */
	uint64_t chunks;
	uint64_t plain_len;
};

/* Write lines 0 and 1.  header has all but its keys; shred is the shred key, or NULL; fd
 * is taken, also on failure. */
enum rc tape_open(struct tape *t, int fd, const struct header *header,
    const struct recipients *to, const uint8_t *shred, uint64_t now_us,
    struct err *err);
/* Wipe, close, free. */
void tape_clear(struct tape *t);
/* Forget the keys. */
void tape_wipe(struct tape *t);

/* The SealOpen line.  RC_REFUSE, nothing written, if device_pk is given and did not
 * sign. */
enum rc tape_certify(struct tape *t, const uint8_t dkid[8], const uint8_t sig[64],
    const uint8_t *device_pk, uint64_t now_us, struct err *err);

/* One chunk, with the seals that are due before and after it. */
enum rc tape_chunk(struct tape *t, uint8_t flags, struct span plain, uint32_t events,
    uint64_t first_us, uint64_t now_us, struct err *err);
enum rc tape_seal(struct tape *t, uint64_t now_us, struct err *err);
enum rc tape_footer(struct tape *t, enum seal_status status, struct span summary,
    uint64_t now_us, struct err *err);

#endif
