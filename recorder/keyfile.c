/* Private key files; see keyfile.h.  One grammar, a row for each kind. */
#include "recorder/keyfile.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/b64.h"
#include "recorder/header.h"
#include "recorder/textfile.h"

#define SALT crypto_pwhash_SALTBYTES
#define NONCE crypto_secretbox_NONCEBYTES
#define BOX (32 + crypto_secretbox_MACBYTES)
#define OPS_MAX 64
#define MEM_MIN 8192u
#define MEM_MAX (1u << 30)

struct keyfile {
	enum keyfile_kind kind;
	char label[KEYFILE_LABEL_MAX + 1];
	uint8_t pk[32];
	struct secret *sk;
};

static bool
label_ok(struct span s)
{
	if (s.len == 0 || s.len > 64)
		return false;
	/* A broker's name has these characters and two more. */
	return header_broker_ok(s) && memchr(s.p, '/', s.len) == NULL &&
	       memchr(s.p, ':', s.len) == NULL;
}

static const struct kind {
	const char *magic;
	const char *algorithm;
	bool signs;
	bool (*name_ok)(struct span);
	const char *what;
} kinds[] = {
	[KEYFILE_AUDITOR] = { "hoop-key", "x25519", false, label_ok,
	    "an auditor's key" },
	[KEYFILE_DEVICE] = { "hoop-device", "ed25519", true, header_broker_ok,
	    "a device key" },
	[KEYFILE_ADMIN] = { "hoop-admin", "ed25519", true, label_ok, "an admin key" },
};

/* From 32 secret bytes: scalar or seed. */
static enum rc
make(enum keyfile_kind kind, struct span label, const uint8_t seed[32],
    struct keyfile **ret, struct err *err)
{
	struct keyfile *k;
	enum rc rc;

	if (!kinds[kind].name_ok(label))
		return err_set(
		    err, RC_REFUSE, "the name in %s is not one", kinds[kind].what);
	if ((k = calloc(1, sizeof *k)) == NULL)
		return err_memory(err);
	k->kind = kind;
	span_copy(label, k->label, sizeof k->label);
	if ((rc = secret_new(kinds[kind].signs ? 64 : 32, &k->sk, err)) != RC_OK) {
		free(k);
		return rc;
	}
	if (kinds[kind].signs) {
		crypto_sign_seed_keypair(k->pk, secret_bytes(k->sk), seed);
	} else {
		memcpy(secret_bytes(k->sk), seed, 32);
		crypto_scalarmult_base(k->pk, seed);
	}
	*ret = k;
	return RC_OK;
}

enum rc
keyfile_new(
    enum keyfile_kind kind, struct span label, struct keyfile **ret, struct err *err)
{
	struct secret *seed = NULL;
	enum rc rc;

	if ((rc = secret_new(32, &seed, err)) != RC_OK)
		return rc;
	randombytes_buf(secret_bytes(seed), 32);
	rc = make(kind, label, secret_bytes(seed), ret, err);
	secret_free(seed);
	return rc;
}

void
keyfile_free(struct keyfile *k)
{
	if (k == NULL)
		return;
	secret_free(k->sk);
	free(k);
}

/* A decimal without sign or leading zero, 1 .. most; 0 if it is not one. */
static uint64_t
count(struct span s, uint64_t most)
{
	uint64_t v = 0;

	if (s.len == 0 || s.len > 10 || s.p[0] == '0')
		return 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return 0;
		v = v * 10 + (s.p[i] - '0');
	}
	return v <= most ? v : 0;
}

static enum rc
stretch(const struct secret *pass, const uint8_t salt[SALT], uint64_t ops, size_t mem,
    uint8_t key[32], struct err *err)
{
	if (crypto_pwhash(key, 32, (const char *)secret_span(pass).p, secret_len(pass),
		salt, ops, mem, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return err_set(err, RC_FAIL, "argon2id needs %zu bytes of memory", mem);
	return RC_OK;
}

/* f: argon2id OPS MEM SALT BOX */
static enum rc
unlock(const struct span f[5], const struct secret *pass, uint8_t seed[32],
    struct err *err)
{
	uint64_t ops = count(f[1], OPS_MAX), mem = count(f[2], MEM_MAX);
	uint8_t salt[SALT], box[NONCE + BOX], key[32];
	enum rc rc;

	if (!span_is(f[0], "argon2id") || ops == 0 || mem < MEM_MIN ||
	    !b64_fixed(f[3], salt, SALT) || !b64_fixed(f[4], box, sizeof box))
		return err_set(err, RC_REFUSE, "the locked key is malformed");
	if (pass == NULL)
		return err_set(err, RC_REFUSE, "the key is locked with a passphrase");
	if ((rc = stretch(pass, salt, ops, (size_t)mem, key, err)) != RC_OK)
		return rc;
	if (crypto_secretbox_open_easy(seed, box + NONCE, BOX, box, key) != 0)
		rc = err_set(err, RC_REFUSE, "wrong passphrase");
	sodium_memzero(key, sizeof key);
	return rc;
}

/* The file's one line in fields; their number, 0 if it is not one line of them. */
static size_t
fields_of(struct span text, struct span f[9])
{
	struct span line;

	if (text.len > KEYFILE_TEXT_MAX || !textfile_line(&text, &line) || text.len > 0)
		return 0;
	return textfile_fields(line, f, 9);
}

bool
keyfile_locked(struct span text)
{
	struct span f[9];

	return fields_of(text, f) == 9 && span_is(f[0], kinds[KEYFILE_AUDITOR].magic) &&
	       span_is(f[4], "argon2id");
}

enum rc
keyfile_parse(enum keyfile_kind kind, struct span text, const struct secret *pass,
    struct keyfile **ret, struct err *err)
{
	const struct kind *k = &kinds[kind];
	struct secret *seed = NULL;
	struct span f[9];
	size_t n = fields_of(text, f);
	bool locked = n == 9 && kind == KEYFILE_AUDITOR;
	enum rc rc;

	if ((n != 5 && !locked) || !span_is(f[0], k->magic) || !span_is(f[1], "1") ||
	    !span_is(f[3], k->algorithm))
		return err_set(err, RC_REFUSE,
		    "not %s: expected one line: %s 1 NAME %s KEY", k->what, k->magic,
		    k->algorithm);
	if ((rc = secret_new(32, &seed, err)) != RC_OK)
		return rc;
	if (locked)
		rc = unlock(f + 4, pass, secret_bytes(seed), err);
	else if (!b64_fixed(f[4], secret_bytes(seed), 32))
		rc = err_set(err, RC_REFUSE, "the key is not the base64 of 32 bytes");
	if (rc == RC_OK)
		rc = make(kind, f[2], secret_bytes(seed), ret, err);
	secret_free(seed);
	return rc;
}

enum rc
keyfile_read(const char *path, struct secret **ret, struct err *err)
{
	return textfile_read(path, TEXTFILE_PRIVATE, KEYFILE_TEXT_MAX, ret, err);
}

enum rc
keyfile_load(enum keyfile_kind kind, const char *path, const struct secret *pass,
    struct keyfile **ret, struct err *err)
{
	struct secret *text = NULL;
	enum rc rc;

	if ((rc = keyfile_read(path, &text, err)) != RC_OK)
		return rc;
	if ((rc = keyfile_parse(kind, secret_span(text), pass, ret, err)) != RC_OK)
		err_add(err, "%s", path);
	secret_free(text);
	return rc;
}

enum rc
keyfile_put(const struct keyfile *k, struct buf *out, struct err *err)
{
	buf_printf(out, "%s 1 %s %s ", kinds[k->kind].magic, k->label,
	    kinds[k->kind].algorithm);
	b64_put(out, span_make(secret_span(k->sk).p, 32));
	buf_text(out, "\n");
	return buf_ok(out)
		   ? RC_OK
		   : err_set(err, RC_FAIL, "no room for %s", kinds[k->kind].what);
}

enum rc
keyfile_put_locked(const struct keyfile *k, const struct secret *pass, unsigned ops,
    size_t mem, struct buf *out, struct err *err)
{
	uint8_t salt[SALT], box[NONCE + BOX], key[32];
	enum rc rc;

	if (k->kind != KEYFILE_AUDITOR || ops < 1 || ops > OPS_MAX || mem < MEM_MIN ||
	    mem > MEM_MAX)
		return err_set(err, RC_REFUSE, "this key cannot be locked so");
	randombytes_buf(salt, sizeof salt);
	randombytes_buf(box, NONCE);
	if ((rc = stretch(pass, salt, ops, mem, key, err)) != RC_OK)
		return rc;
	crypto_secretbox_easy(box + NONCE, secret_span(k->sk).p, 32, box, key);
	sodium_memzero(key, sizeof key);
	buf_printf(out, "%s 1 %s %s argon2id %u %zu ", kinds[k->kind].magic, k->label,
	    kinds[k->kind].algorithm, ops, mem);
	b64_put(out, span_make(salt, sizeof salt));
	buf_text(out, " ");
	b64_put(out, span_make(box, sizeof box));
	buf_text(out, "\n");
	return buf_ok(out) ? RC_OK : err_set(err, RC_FAIL, "no room for a locked key");
}

enum keyfile_kind
keyfile_kind(const struct keyfile *k)
{
	return k->kind;
}

const char *
keyfile_label(const struct keyfile *k)
{
	return k->label;
}

const uint8_t *
keyfile_public(const struct keyfile *k)
{
	return k->pk;
}

struct span
keyfile_secret(const struct keyfile *k)
{
	return secret_span(k->sk);
}
