/* What can be proven about a recording file without any decryption key, by one
 * streaming pass over its lines: used by hoop-replay and by the keeper (at close,
 * after a crash, before it certifies a session key).
 */
#ifndef RECORDER_PROOF_H
#define RECORDER_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"
#include "recorder/header.h"
#include "recorder/trust.h"

/* The exit codes of hoop-replay.  1 (usage) and 2 (I/O) are the program's own. */
enum proof_code {
	PROOF_WHOLE = 0,    /* complete and proven */
	PROOF_TAMPERED = 3, /* something contradicts the format, the chain or a seal */
	PROOF_UNTERMINATED = 4, /* no footer, but what is there is a valid prefix */
	PROOF_NO_KEY = 5,	/* never from proof_file: no usable recipient key */
	PROOF_UNKNOWN = 6,	/* sound in itself, but the signer is not trusted */
	PROOF_MISSING = 7,	/* never from proof_file: the log contradicts it */
};

struct proof {
	enum proof_code code;
	char text[ERR_TEXT]; /* one sentence, with line (from 1) and offset where it
				fits */

	/* The valid prefix: complete lines that the grammar and the chain accept. */
	uint64_t valid_len; /* bytes; a torn last line stands outside */
	uint64_t lines;
	uint64_t chunks;
	uint64_t plain_len; /* bytes of plaintext that these chunks announce */
	uint64_t last_time; /* whole seconds, of the last line */
	uint8_t h[32];	    /* chain value at valid_len */
	uint64_t bad_line;  /* PROOF_TAMPERED: where, from 1 */
	uint64_t bad_offset;

	/* The proven prefix: what the last good signature covers. */
	uint64_t proven_len;
	uint64_t proven_chunks;

	bool certified; /* a SealOpen line was read: sid, spk, dkid and h1 are set */
	uint8_t sid[16];
	uint8_t spk[32];
	uint8_t dkid[8];
	uint8_t h1[32];
	bool signer_known; /* ... and a trusted key of this broker signed it */

	bool closed;		/* a good footer is the last line */
	uint8_t status;		/* enum seal_status, when closed */
	uint64_t footer_offset; /* of the F line, when closed */
	uint64_t file_len;	/* bytes seen in the file */
};

/* Walk the file from offset 0 with pread.  trust NULL: every signer is unknown (the
 * rest is still checked and filled in, which is what crash recovery needs).  header,
 * if not NULL, gets line 0 when it was good (h0 is then set in it, else zeroed).
 * RC_OK whenever there is a finding in *ret; RC_FAIL for I/O or memory.
 *
 * Findings by weight: tampered, then unknown signer, then unterminated.  An empty file
 * is tampered; a file cut anywhere else is unterminated. */
enum rc proof_file(int fd, const struct trust *trust, struct header *header,
    struct proof *ret, struct err *err);

/* For the keeper, before seal_certify: read exactly the first two lines of a spool
 * file (at most 64 KiB + the fixed notice), check them as a reader would, and compute
 * what a SealOpen speaks of.  RC_REFUSE if they are not the two lines of a new
 * recording, or if anything follows them.  RC_FAIL for I/O. */
enum rc proof_head(int fd, struct header *header, uint8_t h1[32], struct err *err);

#endif
