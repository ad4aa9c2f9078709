/* Chunks, seals and the footer as lines; see tape.h. */
#include "recorder/tape.h"

#include <sodium.h>
#include <string.h>

#include "recorder/cast.h"
#include "recorder/shred.h"

void
tape_wipe(struct tape *t)
{
	secret_free(t->sk);
	ratchet_free(t->ratchet);
	t->sk = NULL;
	t->ratchet = NULL;
}

void
tape_clear(struct tape *t)
{
	tape_wipe(t);
	index_free(t->index);
	t->index = NULL;
	chunk_work_free(t->work);
	t->work = NULL;
	spool_clear(&t->spool);
	buf_clear(&t->data);
}

/* What t->data holds, as the next line. */
static enum rc
send_data(struct tape *t, uint64_t time, char code, uint64_t now_us, struct err *err)
{
	enum rc rc;

	if ((rc = spool_begin(&t->spool, err)) != RC_OK)
		return rc;
	cast_line_put(&t->spool.line, time, code, buf_span(&t->data));
	return spool_write(&t->spool, now_us, err);
}

/* A stanza for each recipient, and the commitment. */
static enum rc
seal_key(struct tape *t, const struct secret *dek, const struct recipients *to,
    const uint8_t *shred, struct err *err)
{
	struct header *h = &t->header;
	struct secret *what = NULL;
	enum rc rc = secret_copy(secret_span(dek), &what, err);

	if (rc != RC_OK)
		return rc;
	if (shred != NULL)
		shred_mask(shred, secret_bytes(what));

	h->rcpts = recipients_count(to);
	memcpy(h->policy, recipients_digest(to), 32);
	for (size_t i = 0; i < h->rcpts; i++) {
		const struct recipient *r = recipients_at(to, i);
		struct header_rcpt *one = &h->rcpt[i];

		memcpy(one->kid, r->kid, 8);
		memcpy(one->epoch, r->epoch, sizeof one->epoch);
		one->type = shred != NULL ? HEADER_SHRED : HEADER_PLAIN;
		if (crypto_box_seal(one->sealed, secret_span(what).p, 32, r->pk) != 0)
			rc = err_set(
			    err, RC_FAIL, "the key of %s takes no seal", r->label);
	}
	secret_free(what);
	ratchet_commit(dek, h->sid, h->commit);
	return rc;
}

static enum rc
write_head(struct tape *t, uint64_t now_us, struct err *err)
{
	struct buf *line = &t->spool.line;
	enum rc rc;

	if ((rc = spool_begin(&t->spool, err)) != RC_OK ||
	    (rc = header_put(&t->header, line, err)) != RC_OK)
		return rc;
	buf_text(line, "\n");
	if ((rc = spool_write(&t->spool, now_us, err)) != RC_OK)
		return rc;
	if ((rc = spool_begin(&t->spool, err)) != RC_OK)
		return rc;
	buf_text(line, CAST_NOTICE "\n");
	if ((rc = spool_write(&t->spool, now_us, err)) != RC_OK)
		return rc;
	memcpy(t->h1, t->spool.chain.h, 32);
	return RC_OK;
}

/* Draw the data key, use it for all that it is for, forget it. */
static enum rc
begin(struct tape *t, const struct recipients *to, const uint8_t *shred,
    uint64_t now_us, struct err *err)
{
	struct secret *dek = NULL;
	enum rc rc;

	if ((rc = secret_new(32, &dek, err)) != RC_OK)
		return rc;
	randombytes_buf(secret_bytes(dek), 32);
	if ((rc = seal_key(t, dek, to, shred, err)) == RC_OK &&
	    (rc = write_head(t, now_us, err)) == RC_OK &&
	    (rc = chunk_work_new(t->header.h0, t->header.comp == HEADER_COMP_ZSTD,
		 &t->work, err)) == RC_OK)
		rc = ratchet_new(dek, t->header.h0, &t->ratchet, err);
	secret_free(dek);
	return rc;
}

/* Room for the largest chunk and its line is taken now, so that closing a chunk, which
 * moves the ratchet on, cannot fail for memory. */
static enum rc
reserve(struct tape *t, struct err *err)
{
	size_t most = CHUNK_HEAD + CHUNK_PLAIN_MAX + CHUNK_STEP + CHUNK_TAG;

	return buf_room(&t->data, most) != NULL &&
		       buf_room(&t->spool.line, most / 3 * 4 + 64) != NULL
		   ? RC_OK
		   : err_memory(err);
}

enum rc
tape_open(struct tape *t, int fd, const struct header *header,
    const struct recipients *to, const uint8_t *shred, uint64_t now_us, struct err *err)
{
	enum rc rc;

	memset(t, 0, sizeof *t);
	t->header = *header;
	spool_init(&t->spool, fd, CAST_LINE_MAX + 1);
	buf_init(&t->data, CAST_LINE_MAX);
	if ((rc = reserve(t, err)) != RC_OK ||
	    (rc = index_new(&t->index, err)) != RC_OK ||
	    (rc = secret_new(64, &t->sk, err)) != RC_OK)
		return rc;
	crypto_sign_keypair(t->spk, secret_bytes(t->sk));
	return begin(t, to, shred, now_us, err);
}

enum rc
tape_certify(struct tape *t, const uint8_t dkid[8], const uint8_t sig[64],
    const uint8_t *device_pk, uint64_t now_us, struct err *err)
{
	struct seal_open s;
	enum rc rc;

	memcpy(s.sid, t->header.sid, 16);
	memcpy(s.spk, t->spk, 32);
	memcpy(s.dkid, dkid, 8);
	memcpy(s.h1, t->h1, 32);
	memcpy(s.sig, sig, 64);
	if (device_pk != NULL && (rc = seal_open_verify(&s, device_pk, err)) != RC_OK) {
		err_add(err, "the certificate");
		return rc;
	}
	buf_reset(&t->data);
	seal_open_put(&s, &t->data);
	return send_data(t, 0, 'S', now_us, err);
}

/* A seal speaks for the lines before it, so it bears their time and not its own
 * (proof.c says why it must): the cadence holds however late a busy machine lets us
 * run. */
enum rc
tape_seal(struct tape *t, uint64_t now_us, struct err *err)
{
	struct seal s = { .chunks = t->chunks, .offset = t->spool.chain.len };
	enum rc rc;

	memcpy(s.h, t->spool.chain.h, 32);
	buf_reset(&t->data);
	if ((rc = seal_put(&s, t->header.sid, t->sk, &t->data, err)) != RC_OK ||
	    (rc = send_data(t, t->time, 'S', now_us, err)) != RC_OK)
		return rc;
	t->unsealed = 0;
	return RC_OK;
}

/* Encrypt into t->data and account for it before it is sent: should the line be torn,
 * spool_finish completes it, and then it counts. */
static enum rc
make_chunk(struct tape *t, uint8_t flags, struct span plain, uint32_t events,
    uint64_t first_us, struct err *err)
{
	struct index_entry e = { t->spool.chain.len, 0, first_us, events };
	uint8_t key[RATCHET_KEY];
	enum rc rc;

	if ((rc = spool_begin(&t->spool, err)) != RC_OK)
		return rc;
	ratchet_next(t->ratchet, key);
	buf_reset(&t->data);
	rc = chunk_seal(t->work, key, flags, t->chunks, plain, &t->data, err);
	sodium_memzero(key, sizeof key);
	if (rc != RC_OK)
		return rc;
	cast_line_put(&t->spool.line, first_us / 1000000, 'E', buf_span(&t->data));
	e.line_len = (uint32_t)t->spool.line.len;
	index_add(t->index, &e);
	t->chunks++;
	t->plain_len += plain.len;
	return RC_OK;
}

enum rc
tape_chunk(struct tape *t, uint8_t flags, struct span plain, uint32_t events,
    uint64_t first_us, uint64_t now_us, struct err *err)
{
	uint64_t time = first_us / 1000000;
	enum rc rc;

	if (t->unsealed > 0 && time - t->unsealed_time >= TAPE_SEAL_SECONDS &&
	    (rc = tape_seal(t, now_us, err)) != RC_OK)
		return rc;
	if ((rc = make_chunk(t, flags, plain, events, first_us, err)) != RC_OK)
		return rc;
	if (t->unsealed++ == 0) {
		t->unsealed_us = now_us;
		t->unsealed_time = time;
	}
	t->time = time;
	if ((rc = spool_write(&t->spool, now_us, err)) != RC_OK)
		return rc;
	if (t->unsealed < TAPE_SEAL_CHUNKS && !(flags & CHUNK_SYNC))
		return RC_OK;
	return tape_seal(t, now_us, err);
}

/* The index, compressed if that is agreed and makes it shorter: its first bytes tell
 * (index.h). */
static enum rc
make_index(struct tape *t, struct span summary, struct buf *box, struct err *err)
{
	enum rc rc;

	if ((rc = index_put(t->index, summary, box, err)) != RC_OK)
		return rc;
	return t->header.comp == HEADER_COMP_ZSTD ? index_pack(box, err) : RC_OK;
}

/* Index ciphertext into box; f->index borrows it. */
static enum rc
seal_index(struct tape *t, struct seal_footer *f, struct span summary, struct buf *box,
    struct err *err)
{
	uint8_t key[RATCHET_KEY], nonce[AEAD_NONCE] = { 0xff, 0xff, 0xff, 0xff };
	struct buf aad;
	enum rc rc;

	if ((rc = make_index(t, summary, box, err)) != RC_OK)
		return rc;
	buf_init(&aad, 32 + SEAL_FOOTER_HEAD);
	buf_put(&aad, t->header.h0, 32);
	seal_footer_head(f, box->len + CHUNK_TAG, &aad);
	if (buf_room(box, CHUNK_TAG) == NULL || !buf_ok(&aad)) {
		buf_clear(&aad);
		return err_memory(err);
	}
	memcpy(nonce + 4, aad.p + 32 + 8, 8);
	ratchet_final(t->ratchet, key);
	rc = aead_seal(chunk_work_aead(t->work), key, nonce, buf_span(&aad),
	    buf_span(box), box->p, err);
	sodium_memzero(key, sizeof key);
	buf_clear(&aad);
	box->len += CHUNK_TAG;
	f->index = buf_span(box);
	return rc;
}

enum rc
tape_footer(struct tape *t, enum seal_status status, struct span summary,
    uint64_t now_us, struct err *err)
{
	struct seal_footer f = { .status = (uint8_t)status,
		.chunks = t->chunks,
		.offset = t->spool.chain.len,
		.plain_total = t->plain_len };
	struct buf box, data;
	enum rc rc;

	if ((rc = spool_begin(&t->spool, err)) != RC_OK)
		return rc;
	memcpy(f.h, t->spool.chain.h, 32);
	buf_init(&box, SEAL_INDEX_MAX + CHUNK_TAG);
	buf_init(&data, CAST_LINE_MAX);
	if ((rc = seal_index(t, &f, summary, &box, err)) == RC_OK &&
	    (rc = seal_footer_put(&f, t->header.sid, t->sk, &data, err)) == RC_OK) {
		cast_line_put(&t->spool.line, t->time, 'F', buf_span(&data));
		t->footed = buf_ok(&t->spool.line);
		rc = spool_write(&t->spool, now_us, err);
	}
	buf_clear(&box);
	buf_clear(&data);
	return rc;
}
