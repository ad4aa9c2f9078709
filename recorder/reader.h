/* A recording, read: first proven without any key, then opened with one.
 *
 *	reader_open -> reader_verify -> reader_unlock -> reader_next ... RC_END
 *
 * The order is fixed: signatures come before keys, so that a changed file says
 * "tampered" and not "wrong key".  A file that is proven false is never opened.
 * Memory is bounded (a few MiB) whatever the file's size; each byte of a file is
 * hostile.  Nothing is written, nothing leaves the process.
 */
#ifndef RECORDER_READER_H
#define RECORDER_READER_H

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/header.h"
#include "recorder/keyfile.h"
#include "recorder/proof.h"
#include "recorder/trust.h"

struct reader;

enum reader_kind {
	/* hoop-rec/1, or something that is no recording at all: reader_verify says. */
	READER_SEALED,
	/* An asciicast whose header has no hoop.fmt: playable, never proven. */
	READER_PLAIN,
};

/* One opened chunk. */
struct reader_chunk {
	uint64_t index;	 /* from 0; chunk 0 is META: the asciicast header line */
	uint64_t offset; /* of its line in the file */
	uint8_t flags;	 /* CHUNK_META, CHUNK_SYNC */
	bool proven; /* a verified signature covers it (else: behind the last seal) */
};

/* A label in time, from the footer's index. */
struct reader_mark {
	uint64_t time_us; /* since the start of the session */
	uint64_t chunk;
	struct span text; /* UTF-8, borrowed from the reader */
};

/* Start to read.  fd is borrowed, must be seekable (it is read with pread from
 * offset 0) and must stay open until reader_close.  Any content is accepted here:
 * what it is worth, reader_verify says.  RC_FAIL: not seekable, or I/O, or memory. */
enum rc reader_open(int fd, struct reader **ret, struct err *err);
/* NULL is fine.  Wipes all keys and plaintext. */
void reader_close(struct reader *r);

enum reader_kind reader_kind(const struct reader *r);

/* The keyless pass over the whole file: grammar, header, chain, SealOpen by a key of
 * trust (NULL: nobody is trusted), each seal and their cadence, dense chunks, META
 * exactly chunk 0, times, footer totals, nothing behind the footer.  The finding is
 * in *ret (code = exit code of hoop-replay: 0, 3, 4 or 6; text with line and offset).
 * A plain asciicast gives PROOF_TAMPERED with its own text: no signature is never a
 * pass.  RC_OK whenever there is a finding; RC_FAIL for I/O or memory. */
enum rc reader_verify(
    struct reader *r, const struct trust *trust, struct proof *ret, struct err *err);

/* The public header; NULL before reader_verify or when it could not be read. */
const struct header *reader_header(const struct reader *r);

/* One more stanza that a key may open, from beside the file (rewrap.h); what it holds is
 * checked by the header's commitment like any other.  Copied.  RC_REFUSE: there are
 * HEADER_RCPT_MAX of them already. */
enum rc reader_add(struct reader *r, const struct header_rcpt *stanza, struct err *err);

/* The shred key (shred.h), for stanzas that want one; borrowed until reader_unlock is
 * back. */
void reader_shred(struct reader *r, const struct secret *key);

/* Open the seal of the data key with an auditor's key, compare the commitment, and
 * open the footer's index if there is a footer.  Needs reader_verify first and a
 * finding other than PROOF_TAMPERED.  On RC_OK *code is PROOF_WHOLE.  On RC_REFUSE
 * *code is the exit code: PROOF_NO_KEY (no stanza for this key, or it does not open),
 * PROOF_TAMPERED (commitment or index false), PROOF_NO_KEY too for a recording
 * compressed in a way this build cannot open, or shredded.  RC_FAIL: memory, or called out of
 * order (*code untouched). */
enum rc reader_unlock(struct reader *r, const struct keyfile *key,
    enum proof_code *code, struct err *err);

/* The plaintext of the next chunk: whole lines, in order; all of them together are an
 * asciicast v2.  *plain and *info are valid until the next call.  RC_END after the
 * last chunk of the valid prefix (at most the chunks that reader_verify counted).
 * RC_REFUSE: the chunk is false (exit code 3); nothing can be read after it.
 * info may be NULL. */
enum rc reader_next(
    struct reader *r, struct span *plain, struct reader_chunk *info, struct err *err);
/* Back to chunk 0. */
enum rc reader_rewind(struct reader *r, struct err *err);

/* From the footer's index, after reader_unlock; empty without a footer.  Borrowed. */
struct span reader_summary(const struct reader *r);
size_t reader_marks(const struct reader *r);
struct reader_mark reader_mark_at(const struct reader *r, size_t i);

#endif
