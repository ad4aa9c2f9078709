/* What the log says: its leaves, as bytes and as values.
 *
 * Little endian: type u8, version u8 (1), 6 zero bytes, time u64 in milliseconds of the
 * wall clock, session id 16 (zero where there is none), then by type
 *
 *	1 OPEN		h_1 32, session key 32, days u16	a recording is certified
 *	2 CLOSE		chunks u64, length u64, h 32, status u8	it ended with its footer
 *	3 RECOVER	length u64, h 32, reason u8		it ended without one
 *	4 KEYSET	digest 32		this recipients file is in force
 *	5 DEVKEY	key 32, signature 64	the device key from here on
 *	6 POLICY	digest 32		these policies are in force
 *	7 EXPIRE	reason u8, actor 32	the recording was removed
 *	8 SHRED					its shred key was destroyed
 *	9 HEARTBEAT				nothing else has happened for an hour
 */
#ifndef RECORDER_LEAF_H
#define RECORDER_LEAF_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define LEAF_HEAD 32 /* bytes before what differs by type */
#define LEAF_MAX 128 /* bytes of the longest */

enum leaf_type {
	LEAF_OPEN = 1,
	LEAF_CLOSE,
	LEAF_RECOVER,
	LEAF_KEYSET,
	LEAF_DEVKEY,
	LEAF_POLICY,
	LEAF_EXPIRE,
	LEAF_SHRED,
	LEAF_HEARTBEAT,
	LEAF_TYPES
};

/* Why a recording had to be recovered. */
enum leaf_recover {
	LEAF_RECOVER_DIED = 1, /* its session ended without a footer */
	LEAF_RECOVER_START,    /* found at a start: keeper or host went down */
	LEAF_RECOVER_LOST,     /* no file is there; length 0, h zero */
	LEAF_RECOVERS
};

/* Why a recording was removed. */
enum leaf_expire {
	LEAF_EXPIRE_KEPT = 1, /* it was kept as long as its class says */
	LEAF_EXPIRES
};

struct leaf {
	enum leaf_type type;
	uint64_t ms;
	uint8_t sid[16]; /* OPEN, CLOSE, RECOVER, EXPIRE, SHRED; zero in the others */
	union {
		struct {
			uint8_t h1[32], spk[32];
			uint16_t days; /* kept after its end; 0: for ever */
		} open;
		struct {
			uint64_t chunks, len;
			uint8_t h[32];
			uint8_t status; /* enum seal_status */
		} close;
		struct {
			uint64_t len;
			uint8_t h[32];
			uint8_t reason; /* enum leaf_recover */
		} recover;
		uint8_t digest[32]; /* KEYSET, POLICY */
		struct {
			uint8_t pk[32];
			uint8_t sig[64]; /* rotation.h says over what */
		} devkey;
		struct {
			uint8_t reason;	   /* enum leaf_expire */
			uint8_t actor[32]; /* SHA-256 of who did it; zero: the broker */
		} expire;
	};
};

/* "OPEN", …; "?". */
const char *leaf_name(unsigned type);
/* True for the types that are about one recording. */
bool leaf_has_sid(enum leaf_type type);

/* Append its bytes.  RC_REFUSE: a value that leaf_parse would refuse; RC_FAIL: no room
 * in out. */
enum rc leaf_put(const struct leaf *l, struct buf *out, struct err *err);
/* Read exactly one.  RC_REFUSE: unknown type or version, a reserved byte, a wrong
 * length, a session id where there is none or none where there has to be one, a status
 * or reason that does not exist. */
enum rc leaf_parse(struct span bytes, struct leaf *ret, struct err *err);

#endif
