/* A signed statement on the log: so many leaves, this root.  A C2SP checkpoint, which is
 * a C2SP signed note, so that other people's tools and witnesses can read it:
 *
 *	BROKER
 *	SIZE
 *	B64(root)
 *	(empty line)
 *	— BROKER B64(key id 4 || Ed25519 signature 64)
 *
 * The signature is over the first three lines.  Key id: the first 4 bytes of
 * SHA-256(BROKER || 0x0A || 0x01 || public key).  Signature lines of others (witnesses)
 * may stand there, too: they are not looked at.
 */
#ifndef RECORDER_CHECKPOINT_H
#define RECORDER_CHECKPOINT_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/header.h"
#include "recorder/keyfile.h"
#include "recorder/trust.h"

#define CHECKPOINT_TEXT_MAX 8192
#define CHECKPOINT_SIGNERS 16 /* signature lines of one */

struct checkpoint_sig {
	uint8_t keyid[4];
	uint8_t sig[64];
};

struct checkpoint {
	char broker[HEADER_BROKER_MAX + 1];
	uint64_t size;
	uint8_t root[32];
	unsigned sigs; /* those that carry the broker's own name */
	struct checkpoint_sig sig[CHECKPOINT_SIGNERS];
};

/* Append the note, signed by this device key; its label is the broker's name.
 * RC_REFUSE: another kind of key, or a name with a plus, which C2SP forbids. */
enum rc checkpoint_put(uint64_t size, const uint8_t root[32],
    const struct keyfile *device, struct buf *out, struct err *err);
/* Read a whole note, canonical form only.  RC_REFUSE says what is wrong with it, also
 * when no signature line carries the broker's own name.  Nothing is verified. */
enum rc checkpoint_parse(struct span text, struct checkpoint *ret, struct err *err);
/* RC_OK when one of its signatures is by this key, else RC_REFUSE. */
enum rc checkpoint_signed(
    const struct checkpoint *c, const uint8_t pk[32], struct err *err);
/* The same for a key that t believes in for this broker's checkpoints: its `log` lines;
 * where it has none, its `device` lines.  RC_END: none of them is named in it (the
 * signer is unknown); RC_REFUSE: the signature of one that is named is false. */
enum rc checkpoint_verify(
    const struct checkpoint *c, const struct trust *t, struct err *err);

/* The same in one line, for files with many of them: BROKER SIZE B64(root) B64(key id ||
 * signature).  checkpoint_line_parse takes it without its LF; RC_REFUSE: anything else.
 * Of several signatures the line has the first. */
void checkpoint_line_put(const struct checkpoint *c, struct buf *out);
enum rc checkpoint_line_parse(
    struct span line, struct checkpoint *ret, struct err *err);

/* Append the key as C2SP tools want it: BROKER+hex(key id)+B64(0x01 || key). */
enum rc checkpoint_vkey(
    const char *broker, const uint8_t pk[32], struct buf *out, struct err *err);

#endif
