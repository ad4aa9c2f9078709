/* Access for one more key; see rewrap.h. */
#include "recorder/rewrap.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/id.h"
#include "recorder/b64.h"
#include "recorder/ratchet.h"
#include "recorder/textfile.h"

/* Each with its NUL. */
static const char context[] = "hoop-rec/1 rewrap";
static const char derivation[] = "hoop-rec/1 rewrap signer";

/* ---- the signing pair ---- */

static enum rc
signing_pair(
    const struct keyfile *key, uint8_t pk[32], struct secret **ret, struct err *err)
{
	struct secret *sk = NULL;
	uint8_t seed[32];
	enum rc rc;

	if (keyfile_kind(key) != KEYFILE_AUDITOR)
		return err_set(
		    err, RC_REFUSE, "only an auditor's key opens recordings");
	if ((rc = secret_new(64, &sk, err)) != RC_OK)
		return rc;
	crypto_generichash(seed, sizeof seed, (const uint8_t *)derivation,
	    sizeof derivation, keyfile_secret(key).p, 32);
	crypto_sign_seed_keypair(pk, secret_bytes(sk), seed);
	sodium_memzero(seed, sizeof seed);
	*ret = sk;
	return RC_OK;
}

enum rc
rewrap_signer(const struct keyfile *key, uint8_t pk[32], struct err *err)
{
	struct secret *sk = NULL;
	enum rc rc = signing_pair(key, pk, &sk, err);

	secret_free(sk);
	return rc;
}

static enum rc
message(struct span body, struct buf *m, struct err *err)
{
	buf_init(m, REWRAP_TEXT_MAX + sizeof context);
	buf_put(m, context, sizeof context);
	buf_span_put(m, body);
	return buf_ok(m) ? RC_OK : err_set(err, RC_REFUSE, "too long");
}

static enum rc
put_signature(
    struct span body, const struct keyfile *key, struct buf *out, struct err *err)
{
	struct secret *sk = NULL;
	uint8_t pk[32], sig[64];
	struct buf m;
	enum rc rc;

	if ((rc = signing_pair(key, pk, &sk, err)) != RC_OK)
		return rc;
	if ((rc = message(body, &m, err)) == RC_OK)
		crypto_sign_detached(sig, NULL, m.p, m.len, secret_span(sk).p);
	buf_clear(&m);
	secret_free(sk);
	if (rc != RC_OK)
		return rc;
	buf_text(out, "signed ");
	b64_put(out, span_make(pk, 32));
	buf_text(out, " ");
	b64_put(out, span_make(sig, 64));
	buf_text(out, "\n");
	return buf_ok(out) ? RC_OK : err_set(err, RC_FAIL, "no room for the text");
}

/* ---- make ---- */

static enum rc
one_type(const struct header *h, uint8_t *ret, struct err *err)
{
	for (size_t i = 1; i < h->rcpts; i++)
		if (h->rcpt[i].type != h->rcpt[0].type)
			return err_set(err, RC_REFUSE,
			    "the recording's stanzas are of more than one type");
	*ret = h->rcpt[0].type;
	return RC_OK;
}

/* What the stanza of this key holds: the data key, or for one that can be shredded, what
 * becomes the data key with the shredding key. */
static enum rc
open_stanza(const struct header *h, const struct keyfile *key, struct secret *held,
    struct err *err)
{
	const uint8_t *pk = keyfile_public(key), *sk = keyfile_secret(key).p;
	uint8_t kid[8];
	enum rc rc;

	if (keyfile_kind(key) != KEYFILE_AUDITOR)
		return err_set(
		    err, RC_REFUSE, "only an auditor's key opens recordings");
	if ((rc = header_kid(pk, kid, err)) != RC_OK)
		return rc;
	for (size_t i = 0; i < h->rcpts; i++)
		if (memcmp(h->rcpt[i].kid, kid, 8) == 0 &&
		    crypto_box_seal_open(secret_bytes(held), h->rcpt[i].sealed,
			sizeof h->rcpt[i].sealed, pk, sk) == 0)
			return RC_OK;
	return err_set(
	    err, RC_REFUSE, "the recording is not for the key %s", keyfile_label(key));
}

static enum rc
check_commit(const struct header *h, const struct secret *held, struct err *err)
{
	uint8_t commit[32];

	ratchet_commit(held, h->sid, commit);
	if (sodium_memcmp(commit, h->commit, 32) != 0)
		return err_set(err, RC_REFUSE,
		    "the data key is not the one that the header commits to");
	return RC_OK;
}

static enum rc
put_recipient(const struct recipient *to, const struct secret *held, struct buf *out,
    struct err *err)
{
	uint8_t kid[8], sealed[80];
	enum rc rc;

	if ((rc = header_kid(to->pk, kid, err)) != RC_OK)
		return rc;
	if (crypto_box_seal(sealed, secret_span(held).p, 32, to->pk) != 0)
		return err_set(err, RC_REFUSE, "%s has no key to seal to", to->label);
	buf_printf(out, "recipient %s %s ", to->label, to->epoch);
	b64_put(out, span_make(kid, 8));
	buf_text(out, " ");
	b64_put(out, span_make(sealed, sizeof sealed));
	buf_text(out, "\n");
	return RC_OK;
}

static enum rc
put_text(const struct header *h, const struct secret *held,
    const struct recipient *list, size_t n, struct buf *out, struct err *err)
{
	char sid[ID_UUID_TEXT];
	enum rc rc = RC_OK;

	id_uuid_text(h->sid, sid);
	buf_printf(out, "hoop-rewrap 1 %s ", sid);
	b64_put(out, span_make(h->h0, 32));
	buf_text(out, "\n");
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = put_recipient(&list[i], held, out, err);
	if (rc == RC_OK && !buf_ok(out))
		rc = err_set(err, RC_FAIL, "no room for the text");
	return rc;
}

enum rc
rewrap_make(const struct header *h, const struct keyfile *key,
    const struct recipient *list, size_t n, struct buf *out, struct err *err)
{
	struct secret *held = NULL;
	size_t from = out->len;
	uint8_t type = 0;
	enum rc rc;

	if (n < 1 || n > HEADER_RCPT_MAX)
		return err_set(err, RC_REFUSE, "%zu recipients are not 1 to %d", n,
		    HEADER_RCPT_MAX);
	if ((rc = one_type(h, &type, err)) != RC_OK ||
	    (rc = secret_new(32, &held, err)) != RC_OK)
		return rc;
	if ((rc = open_stanza(h, key, held, err)) == RC_OK && type == 1)
		rc = check_commit(h, held, err);
	if (rc == RC_OK && (rc = put_text(h, held, list, n, out, err)) == RC_OK)
		rc = put_signature(
		    span_make(out->p + from, out->len - from), key, out, err);
	secret_free(held);
	return rc;
}

/* ---- read ---- */

static enum rc
read_head(struct rewrap *r, struct span line, struct err *err)
{
	struct span f[4];

	if (textfile_fields(line, f, 4) != 4 || !span_is(f[0], "hoop-rewrap") ||
	    !span_is(f[1], "1") || !id_uuid_parse(f[2], r->sid) ||
	    !b64_fixed(f[3], r->h0, 32))
		return err_set(
		    err, RC_REFUSE, "expected: hoop-rewrap 1 SESSION HEADER");
	return RC_OK;
}

static enum rc
read_recipient(struct rewrap *r, struct span line, struct err *err)
{
	struct header_rcpt *s = &r->one[r->n].stanza;
	struct span f[5];

	if (textfile_fields(line, f, 5) != 5 || !span_is(f[0], "recipient"))
		return err_set(
		    err, RC_REFUSE, "expected: recipient LABEL EPOCH KID SEALED");
	if (!header_broker_ok(f[1]) ||
	    !span_copy(f[1], r->one[r->n].label, sizeof r->one[r->n].label) ||
	    !header_word_ok(f[2], HEADER_EPOCH_MAX) ||
	    !span_copy(f[2], s->epoch, sizeof s->epoch) ||
	    !b64_fixed(f[3], s->kid, 8) || !b64_fixed(f[4], s->sealed, 80))
		return err_set(err, RC_REFUSE, "a field that is none");
	for (size_t i = 0; i < r->n; i++)
		if (memcmp(r->one[i].stanza.kid, s->kid, 8) == 0)
			return err_set(err, RC_REFUSE, "the same key twice");
	r->n++;
	return RC_OK;
}

static enum rc
read_signature(struct rewrap *r, struct span line, struct span body, struct err *err)
{
	struct span f[3];
	uint8_t sig[64];
	struct buf m;
	enum rc rc;

	if (textfile_fields(line, f, 3) != 3 || !b64_fixed(f[1], r->signer, 32) ||
	    !b64_fixed(f[2], sig, 64))
		return err_set(err, RC_REFUSE, "expected: signed KEY SIGNATURE");
	if (r->n == 0)
		return err_set(err, RC_REFUSE, "no recipient in it");
	if ((rc = message(body, &m, err)) == RC_OK &&
	    crypto_sign_verify_detached(sig, m.p, m.len, r->signer) != 0)
		rc = err_set(err, RC_REFUSE, "the signature is false");
	buf_clear(&m);
	return rc;
}

/* One line, n counted from 1; *ended after the signature. */
static enum rc
read_line(struct rewrap *r, unsigned n, struct span line, struct span body, bool *ended,
    struct err *err)
{
	if (n == 1)
		return read_head(r, line, err);
	if (*ended)
		return err_set(err, RC_REFUSE, "something follows the signature");
	*ended = span_starts(line, "signed ");
	if (*ended)
		return read_signature(r, line, body, err);
	if (r->n == HEADER_RCPT_MAX)
		return err_set(
		    err, RC_REFUSE, "more than %d recipients", HEADER_RCPT_MAX);
	return read_recipient(r, line, err);
}

enum rc
rewrap_parse(struct span text, struct rewrap *ret, struct err *err)
{
	struct span rest = text, line;
	bool ended = false;
	struct rewrap r;
	enum rc rc = RC_OK;
	unsigned n = 0;

	memset(&r, 0, sizeof r);
	if (text.len > REWRAP_TEXT_MAX)
		return err_set(err, RC_REFUSE, "more than %d bytes", REWRAP_TEXT_MAX);
	while (rc == RC_OK) {
		struct span body = span_make(text.p, text.len - rest.len);

		if (!textfile_line(&rest, &line))
			break;
		if ((rc = read_line(&r, ++n, line, body, &ended, err)) != RC_OK)
			err_add(err, "line %u", n);
	}
	if (rc == RC_OK && (rest.len > 0 || !ended))
		rc = err_set(err, RC_REFUSE, "line %u: no signature", n + 1);
	if (rc == RC_OK)
		*ret = r;
	return rc;
}

enum rc
rewrap_fit(struct rewrap *r, const struct header *h, struct err *err)
{
	uint8_t type = 0;
	enum rc rc;

	if (memcmp(r->sid, h->sid, 16) != 0)
		return err_set(err, RC_REFUSE, "it is for another session");
	if (memcmp(r->h0, h->h0, 32) != 0)
		return err_set(err, RC_REFUSE, "it is for another header");
	if ((rc = one_type(h, &type, err)) != RC_OK)
		return rc;
	for (size_t i = 0; i < r->n; i++)
		r->one[i].stanza.type = type;
	return RC_OK;
}
