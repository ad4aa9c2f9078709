/* Recordings by hand; see forge.h. */
#include "tests/recorder/forge.h"

#include <sodium.h>

#include "recorder/cast.h"

#define META "{\"version\":2,\"width\":80,\"height\":24}\n"

void
forge_line(struct forge *f, struct span line)
{
	buf_span_put(&f->file, line);
	buf_text(&f->file, "\n");
	assert_int_equal(chain_add(&f->chain, line, NULL), RC_OK);
}

void
forge_record(struct forge *f, uint64_t time, char code, struct span data)
{
	struct buf line;

	buf_init(&line, CAST_LINE_MAX + 1);
	cast_line_put(&line, time, code, data);
	assert_true(buf_ok(&line));
	forge_line(f, span_make(line.p, line.len - 1));
	buf_clear(&line);
}

static void
forge_header(struct forge *f, const struct ring *r, const struct secret *dek)
{
	struct header *h = &f->header;
	struct buf line;

	memset(h->sid, 0x70, 16);
	h->sid[8] = 0x80;
	strcpy(h->broker, "test/b1");
	strcpy(h->class, "std");
	h->width = 80;
	h->height = 24;
	h->timestamp = 1795167217;
	h->suite = 1;
	h->rcpts = 1;
	strcpy(h->rcpt[0].epoch, "e");
	h->rcpt[0].type = 1;
	assert_int_equal(
	    header_kid(keyfile_public(r->auditor), h->rcpt[0].kid, NULL), RC_OK);
	crypto_box_seal(
	    h->rcpt[0].sealed, secret_span(dek).p, 32, keyfile_public(r->auditor));
	ratchet_commit(dek, h->sid, h->commit);
	buf_init(&line, HEADER_MAX);
	assert_int_equal(header_put(h, &line, NULL), RC_OK);
	forge_line(f, buf_span(&line));
	buf_clear(&line);
}

void
forge_begin(struct forge *f, const struct ring *r)
{
	struct secret *dek = NULL;
	struct seal_open s;
	struct buf data;

	memset(f, 0, sizeof *f);
	buf_init(&f->file, 8u << 20);
	buf_init(&f->index, 1u << 20);
	assert_int_equal(secret_new(32, &dek, NULL), RC_OK);
	assert_int_equal(secret_new(64, &f->sk, NULL), RC_OK);
	randombytes_buf(secret_bytes(dek), 32);
	crypto_sign_keypair(f->spk, secret_bytes(f->sk));
	forge_header(f, r, dek);
	assert_int_equal(ratchet_new(dek, f->header.h0, &f->ratchet, NULL), RC_OK);
	assert_int_equal(chunk_work_new(f->header.h0,
			     f->header.comp == HEADER_COMP_ZSTD, &f->work, NULL),
	    RC_OK);
	secret_free(dek);
	forge_line(f, span_of(CAST_NOTICE));
	memcpy(s.sid, f->header.sid, 16);
	memcpy(s.spk, f->spk, 32);
	memcpy(s.h1, f->chain.h, 32);
	assert_int_equal(
	    seal_certify(r->device, s.sid, s.spk, s.h1, s.dkid, s.sig, NULL), RC_OK);
	buf_init(&data, SEAL_OPEN_LEN);
	seal_open_put(&s, &data);
	forge_record(f, 0, 'S', buf_span(&data));
	buf_clear(&data);
}

void
forge_clear(struct forge *f)
{
	buf_clear(&f->file);
	buf_clear(&f->index);
	ratchet_free(f->ratchet);
	chunk_work_free(f->work);
	secret_free(f->sk);
}

void
forge_chunk_as(
    struct forge *f, uint8_t flags, uint64_t index, uint64_t time, const char *plain)
{
	uint8_t key[RATCHET_KEY];
	uint64_t offset = f->chain.len, us = 0;
	unsigned events = 0;
	struct buf data;

	ratchet_next(f->ratchet, key);
	buf_init(&data, CAST_LINE_MAX);
	assert_int_equal(
	    chunk_seal(f->work, key, flags, index, span_of(plain), &data, NULL), RC_OK);
	forge_record(f, time, 'E', buf_span(&data));
	buf_clear(&data);
	cast_event_time(span_of(plain), &us);
	for (const char *p = plain; *p != '\0'; p++)
		events += *p == '\n';
	buf_le64(&f->index, offset);
	buf_le32(&f->index, (uint32_t)(f->chain.len - offset));
	buf_le64(&f->index, us);
	buf_le32(&f->index, events);
	buf_le32(&f->index, 0);
	f->chunks++;
	f->plain_len += strlen(plain);
}

void
forge_meta(struct forge *f)
{
	forge_chunk_as(f, CHUNK_META, 0, 0, META);
}

void
forge_chunk(struct forge *f, uint64_t time)
{
	char plain[64];

	snprintf(
	    plain, sizeof plain, "[%llu.5, \"o\", \"x\"]\n", (unsigned long long)time);
	forge_chunk_as(f, 0, f->chunks, time, plain);
}

void
forge_seal(struct forge *f, uint64_t time)
{
	struct seal s = { .chunks = f->chunks, .offset = f->chain.len };
	struct buf data;

	memcpy(s.h, f->chain.h, 32);
	buf_init(&data, SEAL_LEN);
	assert_int_equal(seal_put(&s, f->header.sid, f->sk, &data, NULL), RC_OK);
	forge_record(f, time, 'S', buf_span(&data));
	buf_clear(&data);
}

struct seal_footer
forge_footer_true(const struct forge *f)
{
	struct seal_footer say = {
		.chunks = f->chunks, .offset = f->chain.len, .plain_total = f->plain_len
	};

	memcpy(say.h, f->chain.h, 32);
	return say;
}

static void
true_index(const struct forge *f, struct buf *out)
{
	buf_le32(out, (uint32_t)f->chunks);
	buf_span_put(out, buf_span(&f->index));
	buf_le32(out, 0);
	buf_text(out, "{}");
}

void
forge_footer_as(
    struct forge *f, struct seal_footer say, uint64_t time, const struct buf *index)
{
	uint8_t key[RATCHET_KEY], nonce[12] = { 0xff, 0xff, 0xff, 0xff };
	struct buf box, aad, data;

	buf_init(&box, SEAL_INDEX_MAX);
	buf_init(&aad, 100);
	buf_init(&data, CAST_LINE_MAX);
	if (index != NULL)
		buf_span_put(&box, buf_span(index));
	else
		true_index(f, &box);
	buf_put(&aad, f->header.h0, 32);
	seal_footer_head(&say, box.len + CHUNK_TAG, &aad);
	memcpy(nonce + 4, aad.p + 40, 8);
	ratchet_final(f->ratchet, key);
	assert_non_null(buf_room(&box, CHUNK_TAG));
	crypto_aead_chacha20poly1305_ietf_encrypt(
	    box.p, NULL, box.p, box.len, aad.p, aad.len, NULL, nonce, key);
	box.len += CHUNK_TAG;
	say.index = buf_span(&box);
	assert_int_equal(
	    seal_footer_put(&say, f->header.sid, f->sk, &data, NULL), RC_OK);
	forge_record(f, time, 'F', buf_span(&data));
	buf_clear(&box);
	buf_clear(&aad);
	buf_clear(&data);
}

void
forge_footer(struct forge *f, uint64_t time)
{
	forge_footer_as(f, forge_footer_true(f), time, NULL);
}
