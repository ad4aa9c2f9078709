/* Ed25519 keys in SSH's forms; see sshkey.h.  Bytes only: signing is for the caller. */
#include "lib/base/sshkey.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define NAME "ssh-ed25519"
#define MAGIC "openssh-key-v1" /* its NUL belongs to it */
#define BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define END "-----END OPENSSH PRIVATE KEY-----\n"
#define LINE 70 /* base64 digits a line, as ssh-keygen cuts them */
#define BLOCK 8 /* the private part is padded to this, also without a cipher */
#define COMMENT_MAX 1024

static void
put_blob(struct buf *b, const uint8_t pub[SSHKEY_RAW])
{
	buf_string(b, span_of(NAME));
	buf_string(b, span_make(pub, SSHKEY_RAW));
}

void
sshkey_blob(const uint8_t pub[SSHKEY_RAW], uint8_t blob[SSHKEY_BLOB])
{
	static const uint8_t head[] = { 0, 0, 0, 11, 's', 's', 'h', '-', 'e', 'd', '2',
		'5', '5', '1', '9', 0, 0, 0, 32 };

	memcpy(blob, head, sizeof head);
	memcpy(blob + sizeof head, pub, SSHKEY_RAW);
}

void
sshkey_fingerprint(struct span blob, char out[SSHKEY_FINGERPRINT])
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, blob.p, blob.len);
	memcpy(out, "SHA256:", 7);
	sodium_bin2base64(out + 7, SSHKEY_FINGERPRINT - 7, hash, sizeof hash,
	    sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

void
sshkey_public_line(const uint8_t pub[SSHKEY_RAW], const char *comment, struct buf *out)
{
	char text[sodium_base64_ENCODED_LEN(
	    SSHKEY_BLOB, sodium_base64_VARIANT_ORIGINAL)];
	uint8_t blob[SSHKEY_BLOB];

	sshkey_blob(pub, blob);
	sodium_bin2base64(
	    text, sizeof text, blob, sizeof blob, sodium_base64_VARIANT_ORIGINAL);
	buf_printf(out, NAME " %s %s\n", text, comment);
}

static void
put_private(struct buf *b, uint32_t check, const uint8_t *pub, const uint8_t *seed,
    const char *comment)
{
	struct buf pair;

	buf_init(&pair, 64);
	buf_put(&pair, seed, SSHKEY_RAW);
	buf_put(&pair, pub, SSHKEY_RAW);
	buf_u32(b, check);
	buf_u32(b, check);
	put_blob(b, pub);
	buf_string(b, buf_span(&pair));
	buf_string(b, span_of(comment));
	for (uint8_t pad = 1; b->len % BLOCK != 0; pad++)
		buf_u8(b, pad);
	if (!buf_ok(&pair))
		b->bad = true;
	buf_clear(&pair);
}

static void
put_armoured(struct buf *out, struct span bytes)
{
	size_t size =
	    sodium_base64_encoded_len(bytes.len, sodium_base64_VARIANT_ORIGINAL);
	struct buf text;
	char *p;

	buf_init(&text, size);
	if ((p = (char *)buf_room(&text, size)) == NULL) {
		out->bad = true;
		return;
	}
	sodium_bin2base64(p, size, bytes.p, bytes.len, sodium_base64_VARIANT_ORIGINAL);
	buf_text(out, BEGIN);
	for (size_t at = 0, n; at < size - 1; at += n) {
		n = size - 1 - at < LINE ? size - 1 - at : LINE;
		buf_put(out, p + at, n);
		buf_u8(out, '\n');
	}
	buf_text(out, END);
	text.len = size; /* so that all of it is wiped */
	buf_clear(&text);
}

enum rc
sshkey_write(const uint8_t pub[SSHKEY_RAW], const uint8_t seed[SSHKEY_RAW],
    const char *comment, struct buf *out, struct err *err)
{
	struct buf whole, part;
	uint32_t check;
	enum rc rc = RC_OK;

	if (getrandom(&check, sizeof check, 0) != (ssize_t)sizeof check)
		return err_errno(err, RC_FAIL, "getrandom");
	buf_init(&whole, SSHKEY_TEXT_MAX / 2);
	buf_init(&part, SSHKEY_TEXT_MAX / 4);
	buf_put(&whole, MAGIC, sizeof MAGIC);
	buf_string(&whole, span_of("none"));
	buf_string(&whole, span_of("none"));
	buf_string(&whole, span_of(""));
	buf_u32(&whole, 1);
	put_blob(&part, pub);
	buf_string(&whole, buf_span(&part));
	buf_reset(&part);
	put_private(&part, check, pub, seed, comment);
	buf_string(&whole, buf_span(&part));
	if (buf_ok(&whole) && buf_ok(&part))
		put_armoured(out, buf_span(&whole));
	if (!buf_ok(&whole) || !buf_ok(&part) || !buf_ok(out))
		rc = err_set(err, RC_FAIL, "a private key's text does not fit");
	buf_clear(&part);
	buf_clear(&whole);
	return rc;
}

/* What stands between the first and the last line. */
static bool
find_armour(struct span text, struct span *body)
{
	size_t head = strlen(BEGIN), tail = strlen(END);

	if (text.len > SSHKEY_TEXT_MAX || !span_starts(text, BEGIN))
		return false;
	/* An editor may have dropped the last newline. */
	if (text.p[text.len - 1] != '\n')
		tail--;
	if (text.len < head + tail || memcmp(text.p + text.len - tail, END, tail) != 0)
		return false;
	*body = span_make(text.p + head, text.len - head - tail);
	return true;
}

static bool
read_blob(struct cur *c, uint8_t pub[SSHKEY_RAW])
{
	struct span name = cur_string(c, 64), key = cur_string(c, SSHKEY_RAW);

	if (c->bad || !span_is(name, NAME) || key.len != SSHKEY_RAW)
		return false;
	memcpy(pub, key.p, SSHKEY_RAW);
	return true;
}

/* The private part: *seed is borrowed from part. */
static bool
read_private(struct span part, const uint8_t *pub, struct span *seed)
{
	uint8_t again[SSHKEY_RAW];
	struct span pair;
	struct cur c;

	cur_init(&c, part);
	if (part.len % BLOCK != 0 || cur_u32(&c) != cur_u32(&c) ||
	    !read_blob(&c, again) || memcmp(again, pub, SSHKEY_RAW) != 0)
		return false;
	pair = cur_string(&c, 2 * SSHKEY_RAW);
	cur_string(&c, COMMENT_MAX);
	if (c.bad || pair.len != 2 * SSHKEY_RAW || c.left >= BLOCK ||
	    memcmp(pair.p + SSHKEY_RAW, pub, SSHKEY_RAW) != 0)
		return false;
	for (uint8_t pad = 1; c.left > 0; pad++)
		if (cur_u8(&c) != pad)
			return false;
	*seed = span_make(pair.p, SSHKEY_RAW);
	return true;
}

static enum rc
read_bytes(struct span bytes, uint8_t *pub, struct secret **seed, struct err *err)
{
	struct span magic, blob, part, found;
	uint8_t key[SSHKEY_RAW];
	struct cur c;
	enum rc rc;

	cur_init(&c, bytes);
	magic = cur_bytes(&c, sizeof MAGIC);
	if (c.bad || memcmp(magic.p, MAGIC, sizeof MAGIC) != 0)
		return err_set(err, RC_REFUSE, "not an openssh-key-v1 file");
	if (!span_is(cur_string(&c, 64), "none") ||
	    !span_is(cur_string(&c, 64), "none") || cur_string(&c, 64).len != 0)
		return err_set(err, RC_REFUSE, "the key is encrypted");
	if (cur_u32(&c) != 1)
		return err_set(err, RC_REFUSE, "the file must hold one key");
	blob = cur_string(&c, SSHKEY_TEXT_MAX);
	part = cur_string(&c, SSHKEY_TEXT_MAX);
	if (!cur_done(&c))
		return err_set(
		    err, RC_REFUSE, "the key file is cut or has bytes behind it");
	cur_init(&c, blob);
	if (!read_blob(&c, key) || !cur_done(&c))
		return err_set(err, RC_REFUSE, "the key is not an Ed25519 key");
	if (!read_private(part, key, &found))
		return err_set(err, RC_REFUSE, "the private part is damaged");
	if ((rc = secret_copy(found, seed, err)) == RC_OK)
		memcpy(pub, key, SSHKEY_RAW);
	return rc;
}

enum rc
sshkey_read(
    struct span text, uint8_t pub[SSHKEY_RAW], struct secret **seed, struct err *err)
{
	struct secret *bytes = NULL;
	struct span body;
	size_t n;
	enum rc rc;

	if (!find_armour(text, &body))
		return err_set(err, RC_REFUSE, "not an OpenSSH private key");
	if ((rc = secret_new(body.len, &bytes, err)) != RC_OK)
		return rc;
	if (sodium_base642bin(secret_bytes(bytes), body.len, (const char *)body.p,
		body.len, "\r\n", &n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		rc = err_set(err, RC_REFUSE, "the key's base64 is damaged");
	else
		rc = read_bytes(span_make(secret_bytes(bytes), n), pub, seed, err);
	secret_free(bytes);
	return rc;
}
