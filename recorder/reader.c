/* The reader: proof first, then keys, then chunks; see reader.h. */
#include "recorder/reader.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/b64.h"
#include "recorder/cast.h"
#include "recorder/chunk.h"
#include "recorder/index.h"
#include "recorder/lines.h"
#include "recorder/ratchet.h"
#include "recorder/seal.h"
#include "recorder/shred.h"

enum state {
	STATE_NEW,
	STATE_PROVEN, /* reader_verify has a finding that may be opened */
	STATE_OPEN,   /* a key fits */
	STATE_FALSE,  /* nothing more is to be read from it */
};

struct reader {
	int fd;
	enum reader_kind kind;
	enum state state;
	struct lines *lines;
	struct header header;
	bool header_good;
	struct proof proof;
	struct header_rcpt more[HEADER_RCPT_MAX]; /* from beside the file */
	size_t mores;
	const struct secret *shred; /* of the caller, or NULL */
	struct secret *dek;
	struct ratchet *ratchet;
	struct index *index;   /* NULL without a footer */
	size_t entry;	       /* the next of the index to be met */
	uint64_t entry_events; /* events since the entry before it */
	uint64_t next;	       /* chunk */
	uint64_t last_us;      /* time of the last event seen */
	struct buf data;
	struct buf plain;
};

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
	buf_init(&r->plain, CHUNK_PLAIN_MAX + 4 * CHUNK_STEP);
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
	ratchet_free(r->ratchet);
	index_free(r->index);
	r->dek = NULL;
	r->ratchet = NULL;
	r->index = NULL;
	buf_clear(&r->plain);
}

void
reader_close(struct reader *r)
{
	if (r == NULL)
		return;
	lock(r);
	lines_close(r->lines);
	buf_clear(&r->data);
	free(r);
}

enum reader_kind
reader_kind(const struct reader *r)
{
	return r->kind;
}

enum rc
reader_verify(
    struct reader *r, const struct trust *trust, struct proof *ret, struct err *err)
{
	enum rc rc;

	lock(r);
	r->state = STATE_NEW;
	r->header_good = false;
	if ((rc = proof_file(r->fd, trust, &r->header, &r->proof, err)) != RC_OK)
		return rc;
	r->header_good = r->proof.lines > 0;
	r->state = r->proof.code == PROOF_TAMPERED ? STATE_FALSE : STATE_PROVEN;
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
		return err_set(err, RC_REFUSE,
		    "it is shredded, or its shred key is not here");
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
	struct ratchet *end = NULL;
	struct buf plain;
	enum rc rc;

	if ((rc = ratchet_new(r->dek, r->header.h0, &end, err)) != RC_OK)
		return rc;
	for (uint64_t i = 0; i < f->chunks; i++)
		ratchet_next(end, key);
	ratchet_final(end, key);
	ratchet_free(end);
	memcpy(aad, r->header.h0, 32);
	memcpy(aad + 32, r->data.p, SEAL_FOOTER_HEAD);
	memcpy(nonce + 4, r->data.p + 8, 8);
	buf_init(&plain, CAST_LINE_MAX);
	if (buf_room(&plain, f->index.len) == NULL)
		rc = err_memory(err);
	else if (crypto_aead_chacha20poly1305_ietf_decrypt(plain.p, NULL, NULL,
		     f->index.p, f->index.len, aad, sizeof aad, nonce, key) != 0)
		rc = err_set(err, RC_REFUSE, "the footer's index is not authentic");
	else
		rc = index_parse(
		    span_make(plain.p, f->index.len - CHUNK_TAG), &r->index, err);
	plain.len = 0;
	buf_clear(&plain);
	sodium_memzero(key, sizeof key);
	return rc;
}

/* Read the line at offset again, which was proven to be one, and decode it. */
static enum rc
line_data(struct reader *r, struct line *line, struct cast_line *l, struct err *err)
{
	enum rc rc = lines_next(r->lines, line, err);

	buf_reset(&r->data);
	if (rc == RC_FAIL)
		return rc;
	if (rc != RC_OK || line->torn || !cast_line_parse(line->text, l) ||
	    !b64_read(&r->data, l->data))
		return err_set(err, RC_REFUSE, "the file changed while it was read");
	return RC_OK;
}

static enum rc
read_index(struct reader *r, struct err *err)
{
	struct cast_line l;
	struct line line;
	struct seal_footer f;
	enum rc rc;

	if (!r->proof.closed || r->header.comp == HEADER_COMP_ZSTD)
		return RC_OK;
	lines_seek(r->lines, r->proof.footer_offset);
	if ((rc = line_data(r, &line, &l, err)) != RC_OK ||
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
	if (r->header.comp == HEADER_COMP_ZSTD)
		return err_set(err, RC_REFUSE,
		    "compressed with zstd, which this build cannot open");
	if ((rc = open_stanza(r, key, err)) != RC_OK)
		return rc;
	*code = PROOF_TAMPERED;
	if ((rc = check_commit(r, err)) != RC_OK || (rc = read_index(r, err)) != RC_OK)
		return rc;
	*code = PROOF_WHOLE;
	return RC_OK;
}

/* To chunk 0: behind the first three lines. */
static enum rc
rewind_lines(struct reader *r, struct err *err)
{
	struct line line;
	enum rc rc;

	lines_seek(r->lines, 0);
	for (unsigned i = 0; i < 3; i++)
		if ((rc = lines_next(r->lines, &line, err)) != RC_OK)
			return rc == RC_END ? RC_OK : rc;
	ratchet_free(r->ratchet);
	r->ratchet = NULL;
	r->entry = 0;
	r->entry_events = r->next = r->last_us = 0;
	return ratchet_new(r->dek, r->header.h0, &r->ratchet, err);
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
		rc = rewind_lines(r, err);
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

enum rc
reader_rewind(struct reader *r, struct err *err)
{
	if (r->state != STATE_OPEN)
		return err_set(err, RC_FAIL, "the recording is not open");
	return rewind_lines(r, err);
}

/* META is one line with one object; all other chunks are lines of events in order. */
static enum rc
check_plain(struct reader *r, uint64_t *first_us, uint32_t *events, struct err *err)
{
	struct span rest = buf_span(&r->plain);

	*first_us = r->last_us;
	for (*events = 0; rest.len > 0; ++*events) {
		const uint8_t *lf = memchr(rest.p, '\n', rest.len);
		size_t n = lf != NULL ? (size_t)(lf - rest.p) : 0;
		uint64_t t = 0;

		if (lf == NULL)
			return err_set(err, RC_REFUSE, "it ends within a line");
		if (r->next == 0 ? rest.p[0] != '{' || n + 1 != rest.len
				 : !cast_event_time(span_make(rest.p, n), &t))
			return err_set(
			    err, RC_REFUSE, "line %u in it is no event", *events + 1);
		if (t < r->last_us)
			return err_set(err, RC_REFUSE,
			    "time goes back at line %u in it", *events + 1);
		if (*events == 0)
			*first_us = t;
		r->last_us = t;
		rest = span_make(lf + 1, rest.len - n - 1);
	}
	return RC_OK;
}

/* The last entry met stands for all chunks up to here. */
static bool
entry_complete(const struct reader *r)
{
	return r->entry == 0 ||
	       index_entry_at(r->index, r->entry - 1).events == r->entry_events;
}

static enum rc
check_index(struct reader *r, const struct line *line, uint64_t first_us,
    uint32_t events, struct err *err)
{
	struct index_entry e = { 0 };

	if (r->index == NULL)
		return RC_OK;
	if (r->entry < index_entries(r->index))
		e = index_entry_at(r->index, r->entry);
	if (e.offset == line->offset) {
		if (!entry_complete(r) || e.line_len != line->text.len + 1 ||
		    e.time_us != first_us)
			return err_set(
			    err, RC_REFUSE, "the footer's index says otherwise");
		r->entry++;
		r->entry_events = 0;
	}
	r->entry_events += events;
	return r->entry > 0
		   ? RC_OK
		   : err_set(err, RC_REFUSE, "the footer's index does not know it");
}

static enum rc
open_chunk(struct reader *r, const struct line *line, struct chunk *c, struct err *err)
{
	uint8_t key[RATCHET_KEY];
	uint64_t first_us;
	uint32_t events;
	enum rc rc;

	if ((rc = chunk_parse(buf_span(&r->data), c, err)) != RC_OK)
		return rc;
	if (c->index != r->next)
		return err_set(err, RC_REFUSE, "the file changed while it was read");
	ratchet_next(r->ratchet, key);
	buf_reset(&r->plain);
	rc = chunk_open(key, r->header.h0, c, &r->plain, err);
	sodium_memzero(key, sizeof key);
	if (rc != RC_OK || (rc = check_plain(r, &first_us, &events, err)) != RC_OK)
		return rc;
	return check_index(r, line, first_us, events, err);
}

/* The next E line; seals were checked before. */
static enum rc
next_chunk(struct reader *r, struct line *line, struct chunk *c, struct err *err)
{
	struct cast_line l;
	enum rc rc;

	do
		if ((rc = line_data(r, line, &l, err)) != RC_OK)
			return rc;
	while (l.code == 'S');
	if (l.code != 'E')
		return err_set(err, RC_REFUSE, "the file changed while it was read");
	return open_chunk(r, line, c, err);
}

static enum rc
at_end(struct reader *r, struct err *err)
{
	if (r->index != NULL &&
	    (r->entry != index_entries(r->index) || !entry_complete(r))) {
		r->state = STATE_FALSE;
		return err_set(
		    err, RC_REFUSE, "the footer's index knows more than the file has");
	}
	return RC_END;
}

enum rc
reader_next(
    struct reader *r, struct span *plain, struct reader_chunk *info, struct err *err)
{
	struct line line = { .offset = 0 };
	struct chunk c;
	enum rc rc;

	if (r->state != STATE_OPEN)
		return err_set(err, RC_FAIL, "the recording is not open");
	if (r->next == r->proof.chunks)
		return at_end(r, err);
	if ((rc = next_chunk(r, &line, &c, err)) != RC_OK) {
		err_add(err, "chunk %llu (offset %llu)", (unsigned long long)r->next,
		    (unsigned long long)line.offset);
		r->state = STATE_FALSE;
		return rc;
	}
	if (info != NULL)
		*info = (struct reader_chunk){ r->next, line.offset, c.flags,
			r->next < r->proof.proven_chunks };
	*plain = buf_span(&r->plain);
	r->next++;
	return RC_OK;
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
