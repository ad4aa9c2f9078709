/* Sealing between client and agent; see ssm_crypt.h.  A nonce is never used twice under
 * one key: the key is of one session, and the counter of one process. */
#include "broker/target/ssm_crypt.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "broker/target/ssm_json.h"
#include "recorder/b64.h"

#define HALF (SSM_KEY / 2)
#define NONCE 12u
#define TAG 16u
#define CHALLENGE_MAX 4096u /* of JSON; what agents send is 140 bytes */

struct ssm_crypt {
	EVP_CIPHER_CTX *seal, *open;
	uint8_t nonce[NONCE]; /* the next one */
};

static EVP_CIPHER_CTX *
cipher_of(const uint8_t *key, int sealing)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx != NULL &&
	    EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, NULL, sealing) != 1) {
		EVP_CIPHER_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}

enum rc
ssm_crypt_new(struct span key, struct ssm_crypt **ret, struct err *err)
{
	struct ssm_crypt *c;

	if (key.len != SSM_KEY)
		return err_set(err, RC_REFUSE, "a data key of %zu bytes", key.len);
	if ((c = calloc(1, sizeof *c)) == NULL)
		return err_memory(err);
	c->open = cipher_of(key.p, 0);
	c->seal = cipher_of(key.p + HALF, 1);
	if (c->open == NULL || c->seal == NULL ||
	    getrandom(c->nonce, NONCE, 0) != (ssize_t)NONCE) {
		ssm_crypt_free(c);
		return err_set(err, RC_FAIL, "AES-256-GCM is not to be had");
	}
	*ret = c;
	return RC_OK;
}

void
ssm_crypt_free(struct ssm_crypt *c)
{
	if (c == NULL)
		return;
	EVP_CIPHER_CTX_free(c->open);
	EVP_CIPHER_CTX_free(c->seal);
	free(c);
}

static void
count_up(uint8_t nonce[NONCE])
{
	for (unsigned i = 0; i < NONCE && ++nonce[i] == 0; i++)
		;
}

/* nonce, text and tag side by side at `to`. */
static bool
seal_at(struct ssm_crypt *c, struct span plain, uint8_t *to)
{
	uint8_t *text = to + NONCE;
	int n = 0, last = 0;

	memcpy(to, c->nonce, NONCE);
	count_up(c->nonce);
	return EVP_CipherInit_ex(c->seal, NULL, NULL, NULL, to, 1) == 1 &&
	       EVP_CipherUpdate(c->seal, text, &n, plain.p, (int)plain.len) == 1 &&
	       EVP_CipherFinal_ex(c->seal, text + n, &last) == 1 &&
	       (size_t)(n + last) == plain.len &&
	       EVP_CIPHER_CTX_ctrl(
		   c->seal, EVP_CTRL_GCM_GET_TAG, TAG, text + plain.len) == 1;
}

enum rc
ssm_crypt_seal(struct ssm_crypt *c, struct span plain, struct buf *out, struct err *err)
{
	uint8_t *to;

	if (plain.len > INT32_MAX - SSM_SEALED || !buf_ok(out) ||
	    plain.len + SSM_SEALED > out->max - out->len)
		return err_set(err, RC_FAIL, "no room to seal %zu bytes", plain.len);
	if ((to = buf_room(out, plain.len + SSM_SEALED)) == NULL)
		return err_memory(err);
	if (!seal_at(c, plain, to))
		return err_set(err, RC_FAIL, "AES-256-GCM fails");
	out->len += plain.len + SSM_SEALED;
	return RC_OK;
}

/* The tag goes in before the text, so that the end can tell. */
static bool
open_at(struct ssm_crypt *c, struct span sealed, uint8_t *to)
{
	size_t len = sealed.len - SSM_SEALED;
	uint8_t tag[TAG];
	int n = 0, last = 0;

	memcpy(tag, sealed.p + NONCE + len, TAG);
	return EVP_CipherInit_ex(c->open, NULL, NULL, NULL, sealed.p, 0) == 1 &&
	       EVP_CIPHER_CTX_ctrl(c->open, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
	       EVP_CipherUpdate(c->open, to, &n, sealed.p + NONCE, (int)len) == 1 &&
	       EVP_CipherFinal_ex(c->open, to + n, &last) == 1;
}

enum rc
ssm_crypt_open(
    struct ssm_crypt *c, struct span sealed, struct buf *out, struct err *err)
{
	size_t len;
	uint8_t *to;

	if (sealed.len < SSM_SEALED || sealed.len > INT32_MAX)
		return err_set(err, RC_REFUSE, "%zu bytes are not sealed", sealed.len);
	len = sealed.len - SSM_SEALED;
	if (!buf_ok(out) || len > out->max - out->len)
		return err_set(err, RC_FAIL, "no room to open %zu bytes", len);
	if ((to = buf_room(out, len)) == NULL)
		return err_memory(err);
	if (!open_at(c, sealed, to)) {
		/* What was not proved is not left where it might be read. */
		explicit_bzero(to, len);
		return err_set(err, RC_REFUSE, "what came is not sealed by the agent");
	}
	out->len += len;
	return RC_OK;
}

/* The bytes in base64 of {"Challenge":"…"}. */
static bool
read_challenge(struct span payload, struct buf *sealed)
{
	json_t *j = ssm_json_object(payload, CHALLENGE_MAX);
	struct span text;
	bool ok = ssm_json_text(j, "Challenge", &text) && b64_read(sealed, text);

	json_decref(j);
	return ok;
}

static enum rc
turn(struct ssm_crypt *c, struct span sealed, struct buf *again, struct err *err)
{
	struct buf plain;
	enum rc rc;

	buf_init(&plain, CHALLENGE_MAX);
	if ((rc = ssm_crypt_open(c, sealed, &plain, err)) == RC_OK)
		rc = ssm_crypt_seal(c, buf_span(&plain), again, err);
	buf_clear(&plain);
	return rc;
}

enum rc
ssm_crypt_answer(
    struct ssm_crypt *c, struct span challenge, struct buf *out, struct err *err)
{
	struct buf sealed, again;
	enum rc rc;

	buf_init(&sealed, CHALLENGE_MAX);
	buf_init(&again, CHALLENGE_MAX);
	if (!read_challenge(challenge, &sealed))
		rc = err_set(err, RC_REFUSE, "the agent's challenge is none");
	else if ((rc = turn(c, buf_span(&sealed), &again, err)) != RC_OK)
		err_add(err, "the agent's challenge");
	else {
		buf_text(out, "{\"Challenge\":\"");
		b64_put(out, buf_span(&again));
		buf_text(out, "\"}");
		rc = buf_ok(out) ? RC_OK : err_memory(err);
	}
	buf_clear(&sealed);
	buf_clear(&again);
	return rc;
}
