/* The front's stand-in for the host key; see dummy.h. */
#include "broker/front/dummy.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/base/sshkey.h"

struct dummy {
	uint8_t host[32], public[32];
	ssh_key key;
};

static enum rc
derive_public(const uint8_t seed[32], uint8_t out[32])
{
	EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
	size_t n = 32;
	bool good =
	    k != NULL && EVP_PKEY_get_raw_public_key(k, out, &n) == 1 && n == 32;

	EVP_PKEY_free(k);
	return good ? RC_OK : RC_FAIL;
}

/* Through the text form: libssh makes a key of given halves from nothing else. */
static enum rc
import(struct dummy *d, const uint8_t seed[32], struct err *err)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, SSHKEY_TEXT_MAX);
	rc = sshkey_write(d->host, seed, "", &text, err);
	if (rc == RC_OK && ssh_pki_import_privkey_base64(
			       buf_cstr(&text), NULL, NULL, NULL, &d->key) != SSH_OK)
		rc = err_set(err, RC_FAIL, "libssh does not take the host key");
	buf_clear(&text);
	return rc;
}

enum rc
dummy_new(const uint8_t host[32], struct dummy **ret, struct err *err)
{
	struct dummy *d = calloc(1, sizeof *d);
	uint8_t seed[32];
	enum rc rc;

	if (d == NULL)
		return err_memory(err);
	memcpy(d->host, host, sizeof d->host);
	if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed ||
	    derive_public(seed, d->public) != RC_OK)
		rc = err_set(err, RC_FAIL, "make a dummy key");
	else
		rc = import(d, seed, err);
	if (rc != RC_OK) {
		dummy_free(d);
		return rc;
	}
	*ret = d;
	return RC_OK;
}

void
dummy_free(struct dummy *d)
{
	if (d == NULL)
		return;
	ssh_key_free(d->key);
	free(d);
}

const uint8_t *
dummy_host(const struct dummy *d)
{
	return d->host;
}

const uint8_t *
dummy_public(const struct dummy *d)
{
	return d->public;
}

ssh_key
dummy_key(const struct dummy *d)
{
	return ssh_key_dup(d->key);
}
