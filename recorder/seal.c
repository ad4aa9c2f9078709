/* SealOpen, Seal and Footer: their bytes and their signatures.  What is signed begins
 * with a text of its own for each kind, so that none can stand for another. */
#include "recorder/seal.h"

#include <sodium.h>
#include <string.h>

#include "recorder/trust.h"

#define SIG crypto_sign_BYTES

enum type {
	TYPE_OPEN,
	TYPE_SEAL,
	TYPE_FOOTER,
};

/* Each with its NUL. */
static const char open_context[] = "hoop-rec/1 open";
static const char seal_context[] = "hoop-rec/1 seal";
static const char close_context[] = "hoop-rec/1 close";

/* context || sid (if any) || body, to sign or verify. */
static enum rc
message(struct buf *m, struct span context, const uint8_t *sid, struct span body,
    struct err *err)
{
	buf_init(m, context.len + 16 + body.len);
	buf_span_put(m, context);
	if (sid != NULL)
		buf_put(m, sid, 16);
	buf_span_put(m, body);
	return buf_ok(m) ? RC_OK : err_memory(err);
}

static enum rc
sign(struct span context, const uint8_t *sid, struct span body, const uint8_t sk[64],
    uint8_t sig[SIG], struct err *err)
{
	struct buf m;
	enum rc rc;

	if ((rc = message(&m, context, sid, body, err)) == RC_OK)
		crypto_sign_detached(sig, NULL, m.p, m.len, sk);
	buf_clear(&m);
	return rc;
}

static enum rc
verify(struct span context, const uint8_t *sid, struct span body, const uint8_t pk[32],
    const uint8_t sig[SIG], struct err *err)
{
	struct buf m;
	enum rc rc;

	if ((rc = message(&m, context, sid, body, err)) == RC_OK &&
	    crypto_sign_verify_detached(sig, m.p, m.len, pk) != 0)
		rc = err_set(err, RC_REFUSE, "the signature is false");
	buf_clear(&m);
	return rc;
}

static void
put_zero(struct buf *out, unsigned n)
{
	while (n-- > 0)
		buf_u8(out, 0);
}

static void
open_body(const struct seal_open *s, struct buf *out)
{
	buf_u8(out, 1);
	buf_u8(out, TYPE_OPEN);
	put_zero(out, 6);
	buf_put(out, s->sid, 16);
	buf_put(out, s->spk, 32);
	buf_put(out, s->dkid, 8);
	buf_put(out, s->h1, 32);
}

enum rc
seal_certify(const struct keyfile *device, const uint8_t sid[16], const uint8_t spk[32],
    const uint8_t h1[32], uint8_t dkid[8], uint8_t sig[64], struct err *err)
{
	struct seal_open s;
	struct buf body;
	enum rc rc;

	if (keyfile_kind(device) != KEYFILE_DEVICE)
		return err_set(err, RC_REFUSE, "only a device key certifies sessions");
	memcpy(s.sid, sid, 16);
	memcpy(s.spk, spk, 32);
	memcpy(s.h1, h1, 32);
	if ((rc = trust_dkid(keyfile_public(device), s.dkid, err)) != RC_OK)
		return rc;
	buf_init(&body, SEAL_OPEN_LEN);
	open_body(&s, &body);
	rc = buf_ok(&body) ? sign(span_make(open_context, sizeof open_context), NULL,
				 buf_span(&body), keyfile_secret(device).p, sig, err)
			   : err_memory(err);
	buf_clear(&body);
	if (rc == RC_OK)
		memcpy(dkid, s.dkid, 8);
	return rc;
}

void
seal_open_put(const struct seal_open *s, struct buf *out)
{
	open_body(s, out);
	buf_put(out, s->sig, SIG);
}

/* Sign what was appended since `from`, and append the signature. */
static enum rc
put_signature(struct buf *out, size_t from, struct span context, const uint8_t sid[16],
    const struct secret *sk, uint8_t sig[SIG], struct err *err)
{
	enum rc rc;

	if (!buf_ok(out))
		return err_set(err, RC_FAIL, "no room for a seal");
	if ((rc = sign(context, sid, span_make(out->p + from, out->len - from),
		 secret_span(sk).p, sig, err)) != RC_OK)
		return rc;
	buf_put(out, sig, SIG);
	return buf_ok(out) ? RC_OK : err_set(err, RC_FAIL, "no room for a seal");
}

enum rc
seal_put(struct seal *s, const uint8_t sid[16], const struct secret *sk,
    struct buf *out, struct err *err)
{
	size_t from = out->len;

	buf_u8(out, 1);
	buf_u8(out, TYPE_SEAL);
	put_zero(out, 6);
	buf_le64(out, s->chunks);
	buf_le64(out, s->offset);
	buf_put(out, s->h, 32);
	return put_signature(out, from, span_make(seal_context, sizeof seal_context),
	    sid, sk, s->sig, err);
}

void
seal_footer_head(const struct seal_footer *f, size_t index_len, struct buf *out)
{
	buf_u8(out, 1);
	buf_u8(out, TYPE_FOOTER);
	buf_u8(out, f->status);
	put_zero(out, 5);
	buf_le64(out, f->chunks);
	buf_le64(out, f->offset);
	buf_le64(out, f->plain_total);
	buf_put(out, f->h, 32);
	buf_le32(out, (uint32_t)index_len);
}

enum rc
seal_footer_put(struct seal_footer *f, const uint8_t sid[16], const struct secret *sk,
    struct buf *out, struct err *err)
{
	size_t from = out->len;

	seal_footer_head(f, f->index.len, out);
	buf_span_put(out, f->index);
	return put_signature(out, from, span_make(close_context, sizeof close_context),
	    sid, sk, f->sig, err);
}

/* ver, type, one byte (returned), five zero bytes. */
static enum rc
take_start(struct cur *c, enum type type, uint8_t *third, struct err *err)
{
	unsigned version = cur_u8(c), t = cur_u8(c), zero = 0;

	*third = cur_u8(c);
	for (unsigned i = 0; i < 5; i++)
		zero |= cur_u8(c);
	if (version != 1)
		return err_set(err, RC_REFUSE, "seal version %u is unknown", version);
	if (t != type)
		return err_set(
		    err, RC_REFUSE, "a seal of type %u where %u belongs", t, type);
	if (zero != 0)
		return err_set(err, RC_REFUSE, "a reserved byte of the seal is set");
	return RC_OK;
}

static void
take(struct cur *c, uint8_t *out, size_t n)
{
	struct span s = cur_bytes(c, n);

	if (s.len == n)
		memcpy(out, s.p, n);
}

static enum rc
wrong_length(struct span data, struct err *err)
{
	return err_set(
	    err, RC_REFUSE, "a seal of %zu bytes has the wrong length", data.len);
}

enum rc
seal_open_parse(struct span data, struct seal_open *ret, struct err *err)
{
	struct seal_open s;
	struct cur c;
	uint8_t zero;
	enum rc rc;

	if (data.len != SEAL_OPEN_LEN)
		return wrong_length(data, err);
	cur_init(&c, data);
	if ((rc = take_start(&c, TYPE_OPEN, &zero, err)) != RC_OK)
		return rc;
	if (zero != 0)
		return err_set(err, RC_REFUSE, "a reserved byte of the seal is set");
	take(&c, s.sid, 16);
	take(&c, s.spk, 32);
	take(&c, s.dkid, 8);
	take(&c, s.h1, 32);
	take(&c, s.sig, SIG);
	if (!cur_done(&c))
		return wrong_length(data, err);
	*ret = s;
	return RC_OK;
}

enum rc
seal_parse(struct span data, struct seal *ret, struct err *err)
{
	struct seal s;
	struct cur c;
	uint8_t zero;
	enum rc rc;

	if (data.len != SEAL_LEN)
		return wrong_length(data, err);
	cur_init(&c, data);
	if ((rc = take_start(&c, TYPE_SEAL, &zero, err)) != RC_OK)
		return rc;
	if (zero != 0)
		return err_set(err, RC_REFUSE, "a reserved byte of the seal is set");
	s.chunks = cur_le64(&c);
	s.offset = cur_le64(&c);
	take(&c, s.h, 32);
	take(&c, s.sig, SIG);
	if (!cur_done(&c))
		return wrong_length(data, err);
	*ret = s;
	return RC_OK;
}

enum rc
seal_footer_parse(struct span data, struct seal_footer *ret, struct err *err)
{
	struct seal_footer f;
	struct cur c;
	size_t ilen;
	enum rc rc;

	cur_init(&c, data);
	if ((rc = take_start(&c, TYPE_FOOTER, &f.status, err)) != RC_OK)
		return rc;
	if (f.status >= SEAL_STATUSES)
		return err_set(err, RC_REFUSE, "footer status %u is unknown", f.status);
	f.chunks = cur_le64(&c);
	f.offset = cur_le64(&c);
	f.plain_total = cur_le64(&c);
	take(&c, f.h, 32);
	ilen = cur_le32(&c);
	f.index = cur_bytes(&c, ilen);
	take(&c, f.sig, SIG);
	if (!cur_done(&c) || ilen <= crypto_aead_chacha20poly1305_ietf_ABYTES)
		return wrong_length(data, err);
	*ret = f;
	return RC_OK;
}

enum rc
seal_open_verify(
    const struct seal_open *s, const uint8_t device_pk[32], struct err *err)
{
	struct buf body;
	enum rc rc;

	buf_init(&body, SEAL_OPEN_LEN);
	open_body(s, &body);
	rc = buf_ok(&body) ? verify(span_make(open_context, sizeof open_context), NULL,
				 buf_span(&body), device_pk, s->sig, err)
			   : err_memory(err);
	buf_clear(&body);
	return rc;
}

static enum rc
verify_data(struct span data, struct span context, const uint8_t sid[16],
    const uint8_t spk[32], struct err *err)
{
	if (data.len < SIG)
		return wrong_length(data, err);
	return verify(context, sid, span_make(data.p, data.len - SIG), spk,
	    data.p + data.len - SIG, err);
}

enum rc
seal_verify(
    struct span data, const uint8_t sid[16], const uint8_t spk[32], struct err *err)
{
	return verify_data(
	    data, span_make(seal_context, sizeof seal_context), sid, spk, err);
}

enum rc
seal_footer_verify(
    struct span data, const uint8_t sid[16], const uint8_t spk[32], struct err *err)
{
	return verify_data(
	    data, span_make(close_context, sizeof close_context), sid, spk, err);
}
