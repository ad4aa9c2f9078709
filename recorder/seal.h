/* The three signed records of a recording: SealOpen (the device key certifies the
 * session key), Seal (the session key vouches for what was written so far), Footer.
 * Layouts are little endian; these are the bytes inside the base64 of S and F lines. */
#ifndef RECORDER_SEAL_H
#define RECORDER_SEAL_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"
#include "recorder/keyfile.h"

#define SEAL_OPEN_LEN 160
#define SEAL_LEN 120
#define SEAL_FOOTER_HEAD 68   /* before the index; it is the index's AAD too */
#define SEAL_INDEX_MAX 655360 /* bytes of index plaintext, so that F fits in a line */

/* How a recording ended: the footer's status. */
enum seal_status {
	SEAL_CLOSED,	/* the session ended by itself */
	SEAL_POLICY,	/* ended by policy: time, quota, kill, freeze */
	SEAL_BROKEN,	/* the recorder failed */
	SEAL_PEER_LOST, /* client or target vanished */
	SEAL_SHUTDOWN,	/* the broker stops */
	SEAL_STATUSES
};

struct seal_open {
	uint8_t sid[16];
	uint8_t spk[32]; /* the session's Ed25519 public key */
	uint8_t dkid[8]; /* trust_dkid of the device key */
	uint8_t h1[32];	 /* chain value after lines 0 and 1 */
	uint8_t sig[64];
};

struct seal {
	uint64_t chunks; /* E lines before it */
	uint64_t offset; /* where its own line begins */
	uint8_t h[32];	 /* chain value there */
	uint8_t sig[64];
};

struct seal_footer {
	uint8_t status;
	uint64_t chunks;
	uint64_t offset;
	uint64_t plain_total;
	uint8_t h[32];
	struct span index; /* ciphertext || tag16, borrowed */
	uint8_t sig[64];
};

/* Keeper: certify a session key.  device is a KEYFILE_DEVICE.  The caller has read sid
 * and h1 from the file itself (proof_head).  Fills dkid and sig. */
enum rc seal_certify(const struct keyfile *device, const uint8_t sid[16],
    const uint8_t spk[32], const uint8_t h1[32], uint8_t dkid[8], uint8_t sig[64],
    struct err *err);

/* Append the record, sig included. */
void seal_open_put(const struct seal_open *s, struct buf *out);
/* Sign with the session's secret key (64 bytes), append, and set sig.  RC_FAIL: no
 * room in out. */
enum rc seal_put(struct seal *s, const uint8_t sid[16], const struct secret *sk,
    struct buf *out, struct err *err);
enum rc seal_footer_put(struct seal_footer *f, const uint8_t sid[16],
    const struct secret *sk, struct buf *out, struct err *err);
/* Append the footer's first SEAL_FOOTER_HEAD bytes, for an index ciphertext of
 * index_len bytes with its tag. */
void seal_footer_head(const struct seal_footer *f, size_t index_len, struct buf *out);

/* Decode.  RC_REFUSE: wrong length, version, type, status, or a reserved byte set. */
enum rc seal_open_parse(struct span data, struct seal_open *ret, struct err *err);
enum rc seal_parse(struct span data, struct seal *ret, struct err *err);
enum rc seal_footer_parse(struct span data, struct seal_footer *ret, struct err *err);

/* RC_OK if the signature is this key's, else RC_REFUSE. */
enum rc seal_open_verify(
    const struct seal_open *s, const uint8_t device_pk[32], struct err *err);
/* data: the whole record, sig last. */
enum rc seal_verify(
    struct span data, const uint8_t sid[16], const uint8_t spk[32], struct err *err);
enum rc seal_footer_verify(
    struct span data, const uint8_t sid[16], const uint8_t spk[32], struct err *err);

#endif
