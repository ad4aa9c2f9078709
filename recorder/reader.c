/* The reader: proof first, then keys, then chunks; see reader.h. */
#include "recorder/reader.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/comp.h"
#include "recorder/reader_parts.h"
#include "recorder/seal.h"
#include "recorder/shred.h"

static enum rc
find_kind(struct reader *r, struct err *err)
{
	struct line line;
	enum rc rc = lines_next(r->lines, &line, err);

	if (rc == RC_FAIL)
		return rc;
	r->kind = rc == RC_OK && header_plain(line.text) ? READER_PLAIN : READER_SEALED;
	return RC_OK;
}

enum rc
reader_open(int fd, struct reader **ret, struct err *err)
{
	struct reader *r = calloc(1, sizeof *r);
	enum rc rc;

	if (r == NULL)
		return err_memory(err);
	r->fd = fd;
	buf_init(&r->data, CAST_LINE_MAX);
	if (sodium_init() < 0)
		rc = err_set(err, RC_FAIL, "libsodium cannot start");
	else if ((rc = lines_open(fd, CAST_LINE_MAX, &r->lines, err)) == RC_OK)
		rc = find_kind(r, err);
	if (rc != RC_OK) {
		reader_close(r);
		return rc;
	}
	*ret = r;
	return RC_OK;
}

/* Forget all that a key opened. */
static void
lock(struct reader *r)
{
	secret_free(r->dek);
	ladder_free(r->ladder);
	opener_free(r->opener);
	index_free(r->index);
	r->dek = NULL;
	r->ladder = NULL;
	r->opener = NULL;
	r->index = NULL;
}

void
reader_close(struct reader *r)
{
	if (r == NULL)
		return;
	lock(r);
	lines_close(r->lines);
	index_free(r->seen);
	buf_clear(&r->data);
	free(r);
}

enum reader_kind
reader_kind(const struct reader *r)
{
	return r->kind;
}

static void
chunk_seen(void *arg, uint64_t offset, size_t line_len, uint64_t time)
{
	struct reader *r = arg;
	struct index_entry e = { offset, (uint32_t)line_len, time * 1000000, 1 };

	/* A walk that a read error stopped is made again. */
	if (offset < r->seen_to)
		return;
	index_add(r->seen, &e);
	r->seen_to = offset + line_len;
}

enum rc
reader_verify(
    struct reader *r, const struct trust *trust, struct proof *ret, struct err *err)
{
	struct proof_watch watch = { chunk_seen, r };
	enum rc rc;

	lock(r);
	r->state = STATE_NEW;
	r->header_good = false;
	index_free(r->seen);
	r->seen = NULL;
	r->seen_to = 0;
	if ((rc = index_new(&r->seen, err)) != RC_OK ||
	    (rc = proof_walk(r->fd, trust, &r->header, &watch, &r->proof, err)) !=
		RC_OK)
		return rc;
	r->header_good = r->proof.lines > 0;
	r->state = r->proof.code == PROOF_TAMPERED ? STATE_FALSE : STATE_PROVEN;
	*ret = r->proof;
	return RC_OK;
}

enum rc
reader_more(
    struct reader *r, const struct trust *trust, struct proof *ret, struct err *err)
{
	struct proof_watch watch = { chunk_seen, r };
	enum rc rc;

	if (r->state != STATE_PROVEN && r->state != STATE_OPEN)
		return err_set(err, RC_FAIL, "the recording is not proven");
	if ((rc = proof_walk_on(r->fd, trust, &r->header, &watch, &r->proof, err)) !=
	    RC_OK)
		return rc;
	r->header_good = r->proof.lines > 0;
	if (r->proof.code == PROOF_TAMPERED)
		r->state = STATE_FALSE;
	*ret = r->proof;
	return RC_OK;
}

const struct header *
reader_header(const struct reader *r)
{
	return r->header_good ? &r->header : NULL;
}

enum rc
reader_add(struct reader *r, const struct header_rcpt *stanza, struct err *err)
{
	if (r->mores == HEADER_RCPT_MAX)
		return err_set(err, RC_REFUSE, "more than %d stanzas", HEADER_RCPT_MAX);
	r->more[r->mores++] = *stanza;
	return RC_OK;
}

/* The header's, then those from beside it; NULL past the end. */
static const struct header_rcpt *
stanza_at(const struct reader *r, size_t i)
{
	if (i < r->header.rcpts)
		return &r->header.rcpt[i];
	i -= r->header.rcpts;
	return i < r->mores ? &r->more[i] : NULL;
}

static enum rc
check_commit(struct reader *r, struct err *err)
{
	uint8_t commit[32];

	ratchet_commit(r->dek, r->header.sid, commit);
	if (sodium_memcmp(commit, r->header.commit, 32) != 0)
		return err_set(err, RC_REFUSE,
		    "the data key is not the one that the header commits to");
	return RC_OK;
}

void
reader_shred(struct reader *r, const struct secret *key)
{
	r->shred = key;
}

/* Is r->dek, which came out of such a stanza, the data key now? */
static bool
unmask(struct reader *r, const struct header_rcpt *one)
{
	if (one->type != HEADER_SHRED)
		return true;
	if (r->shred == NULL)
		return false;
	shred_mask(secret_span(r->shred).p, secret_bytes(r->dek));
	return true;
}

/* The stanza of this key, opened; RC_REFUSE if none is.  What stands beside the file is
 * nobody's evidence: if it holds a false data key, it is as if it were not there. */
static enum rc
open_stanza(struct reader *r, const struct keyfile *key, struct err *err)
{
	const uint8_t *pk = keyfile_public(key), *sk = keyfile_secret(key).p;
	const struct header_rcpt *one;
	uint8_t kid[8];
	bool mine = false, masked = false;
	enum rc rc;

	if ((rc = header_kid(pk, kid, err)) != RC_OK ||
	    (rc = secret_new(32, &r->dek, err)) != RC_OK)
		return rc;
	for (size_t i = 0; (one = stanza_at(r, i)) != NULL; i++) {
		if (memcmp(one->kid, kid, 8) != 0)
			continue;
		mine = true;
		masked = one->type == HEADER_SHRED && r->shred == NULL;
		if (crypto_box_seal_open(secret_bytes(r->dek), one->sealed,
			sizeof one->sealed, pk, sk) == 0 &&
		    unmask(r, one) &&
		    ((i < r->header.rcpts && one->type == HEADER_PLAIN) ||
			check_commit(r, NULL) == RC_OK))
			return RC_OK;
	}
	if (masked)
		return err_set(
		    err, RC_REFUSE, "it is shredded, or its shred key is not here");
	return err_set(err, RC_REFUSE,
	    mine ? "the key %s does not open its stanza"
		 : "the recording is not for the key %s",
	    keyfile_label(key));
}

/* The footer's index, opened with the key that stands behind all chunks. */
static enum rc
open_index(struct reader *r, const struct seal_footer *f, struct err *err)
{
	uint8_t key[RATCHET_KEY], nonce[12] = { 0xff, 0xff, 0xff, 0xff };
	uint8_t aad[32 + SEAL_FOOTER_HEAD];
	struct aead *aead = NULL;
	struct buf plain;
	enum rc rc;

	if ((rc = aead_new(&aead, err)) != RC_OK)
		return rc;
	ladder_seek(r->ladder, f->chunks);
	ladder_final(r->ladder, key);
	memcpy(aad, r->header.h0, 32);
	memcpy(aad + 32, r->data.p, SEAL_FOOTER_HEAD);
	memcpy(nonce + 4, r->data.p + 8, 8);
	buf_init(&plain, CAST_LINE_MAX);
	if (buf_room(&plain, f->index.len) == NULL)
		rc = err_memory(err);
	else if ((rc = aead_open(aead, key, nonce, span_make(aad, sizeof aad), f->index,
		      plain.p, err)) == RC_OK)
		rc = index_parse(
		    span_make(plain.p, f->index.len - CHUNK_TAG), &r->index, err);
	if (rc == RC_REFUSE)
		err_add(err, "the footer's index");
	buf_clear(&plain);
	aead_free(aead);
	sodium_memzero(key, sizeof key);
	return rc;
}

/* Read the line at offset again, which was proven to be one, and decode it. */
enum rc
reader_line(struct reader *r, struct line *line, struct cast_line *l, struct err *err)
{
	enum rc rc = lines_next(r->lines, line, err);

	if (rc == RC_OK && !line->torn && cast_line_parse(line->text, l))
		rc = cast_data(l, &r->data, err);
	else if (rc != RC_FAIL)
		rc = RC_REFUSE;
	if (rc == RC_REFUSE)
		err_set(err, RC_REFUSE, "the file changed while it was read");
	return rc;
}

static enum rc
read_index(struct reader *r, struct err *err)
{
	struct cast_line l;
	struct line line;
	struct seal_footer f;
	enum rc rc;

	if (!r->proof.closed)
		return RC_OK;
	lines_seek(r->lines, r->proof.footer_offset);
	if ((rc = reader_line(r, &line, &l, err)) != RC_OK ||
	    (rc = seal_footer_parse(buf_span(&r->data), &f, err)) != RC_OK)
		return rc;
	if (l.code != 'F' || f.chunks != r->proof.chunks)
		return err_set(err, RC_REFUSE, "the file changed while it was read");
	return open_index(r, &f, err);
}

static enum rc
unlock(
    struct reader *r, const struct keyfile *key, enum proof_code *code, struct err *err)
{
	enum rc rc;

	*code = PROOF_NO_KEY;
	if (!r->header_good)
		return err_set(err, RC_REFUSE, "the recording ends within its header");
	if (r->header.comp == HEADER_COMP_ZSTD && !comp_there())
		return err_set(
		    err, RC_REFUSE, "compressed with zstd, and this build cannot");
	if ((rc = open_stanza(r, key, err)) != RC_OK)
		return rc;
	*code = PROOF_TAMPERED;
	if ((rc = check_commit(r, err)) != RC_OK ||
	    (rc = ladder_new(r->dek, r->header.h0, &r->ladder, err)) != RC_OK ||
	    (rc = opener_new(r->header.h0, 0, &r->opener, err)) != RC_OK ||
	    (rc = read_index(r, err)) != RC_OK)
		return rc;
	*code = PROOF_WHOLE;
	return RC_OK;
}

/* To chunk 0: behind the first three lines; to the very beginning while they are not all
 * there. */
enum rc
reader_start(struct reader *r, struct err *err)
{
	struct reader_place place = { .chunk = 0 };
	struct line line;
	enum rc rc = RC_OK;

	lines_seek(r->lines, 0);
	for (unsigned i = 0; i < 3 && rc == RC_OK; i++)
		if ((rc = lines_next(r->lines, &line, err)) == RC_OK)
			place.offset = line.offset + line.text.len + 1;
	if (rc != RC_OK && rc != RC_END)
		return rc;
	if (rc == RC_END || line.torn)
		place.offset = 0;
	reader_go(r, &place);
	return RC_OK;
}

enum rc
reader_rewind(struct reader *r, struct err *err)
{
	if (r->state != STATE_OPEN)
		return err_set(err, RC_FAIL, "the recording is not open");
	return reader_start(r, err);
}

enum rc
reader_unlock(
    struct reader *r, const struct keyfile *key, enum proof_code *code, struct err *err)
{
	enum proof_code found;
	enum rc rc;

	if (r->state == STATE_NEW || r->state == STATE_FALSE ||
	    keyfile_kind(key) != KEYFILE_AUDITOR)
		return err_set(
		    err, RC_FAIL, "a recording is opened after it was verified");
	lock(r);
	r->state = STATE_PROVEN;
	if ((rc = unlock(r, key, &found, err)) == RC_OK)
		rc = reader_start(r, err);
	if (rc != RC_OK)
		lock(r);
	else
		r->state = STATE_OPEN;
	if (rc != RC_FAIL)
		*code = found;
	if (rc == RC_REFUSE && found == PROOF_TAMPERED)
		r->state = STATE_FALSE;
	return rc;
}

struct span
reader_summary(const struct reader *r)
{
	return r->index != NULL ? index_summary(r->index) : span_make(NULL, 0);
}

size_t
reader_marks(const struct reader *r)
{
	return r->index != NULL ? index_marks(r->index) : 0;
}

struct reader_mark
reader_mark_at(const struct reader *r, size_t i)
{
	struct index_mark m = index_mark_at(r->index, i);

	return (struct reader_mark){ m.time_us, m.chunk, m.text };
}
