/* A recording opened to one more key, without a change of its file: SID.rcpt, written by
 * somebody who can open it.
 *
 *	hoop-rewrap 1 SID B64(SHA-256(line 0 || LF))
 *	recipient LABEL EPOCH B64(kid) B64(sealed data key, 80 bytes)	one line each
 *	signed B64(Ed25519 public key) B64(signature)
 *
 * A stanza here is what a stanza of the header is, for another key, and of the same
 * type; so a recording that can be shredded stays one.  The signature is over "hoop-rec/1
 * rewrap\0" and every byte before its line, by a key that is derived from the secret of
 * the one who opened the recording (rewrap_signer): it says who gave access, to those who
 * know that public key, and nothing on the recording.  It need not: the header commits to
 * the data key, and a stanza with another one opens nothing.
 */
#ifndef RECORDER_REWRAP_H
#define RECORDER_REWRAP_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/header.h"
#include "recorder/keyfile.h"
#include "recorder/recipients.h"

#define REWRAP_TEXT_MAX 16384

struct rewrap {
	uint8_t sid[16];
	uint8_t h0[32];
	size_t n;
	struct {
		char label[RECIPIENTS_LABEL_MAX + 1];
		struct header_rcpt stanza; /* type 0: that of the header */
	} one[HEADER_RCPT_MAX];
	uint8_t signer[32];
};

/* The public half of the key with which the holder of this auditor's key signs what it
 * rewraps.  RC_REFUSE: another kind of key. */
enum rc rewrap_signer(const struct keyfile *key, uint8_t pk[32], struct err *err);

/* Open the data key of the recording with this (good) header by an auditor's key, seal it
 * to each of the n recipients (1 .. HEADER_RCPT_MAX) and append the file's text.
 * RC_REFUSE: no stanza for this key, one that does not open, a data key that the header
 * does not commit to, no recipient, or a header with stanzas of two types. */
enum rc rewrap_make(const struct header *h, const struct keyfile *key,
    const struct recipient *list, size_t n, struct buf *out, struct err *err);

/* Read a text.  RC_REFUSE with the line's number: malformed, or not what its signer
 * signed. */
enum rc rewrap_parse(struct span text, struct rewrap *ret, struct err *err);
/* Is it for the recording with this header?  RC_REFUSE if not; on RC_OK its stanzas have
 * the header's type. */
enum rc rewrap_fit(struct rewrap *r, const struct header *h, struct err *err);

#endif
