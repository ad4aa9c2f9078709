/* Count and digest of a stream; see tally.h. */
#include "broker/session/tally.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>

struct tally {
	EVP_MD_CTX *hash;
	uint64_t bytes;
	bool bad;
};

enum rc
tally_new(struct tally **ret, struct err *err)
{
	struct tally *t = calloc(1, sizeof *t);

	if (t != NULL)
		t->hash = EVP_MD_CTX_new();
	if (t == NULL || t->hash == NULL ||
	    EVP_DigestInit_ex(t->hash, EVP_sha256(), NULL) != 1) {
		tally_free(t);
		return err_memory(err);
	}
	*ret = t;
	return RC_OK;
}

void
tally_free(struct tally *t)
{
	if (t == NULL)
		return;
	EVP_MD_CTX_free(t->hash);
	free(t);
}

void
tally_add(struct tally *t, struct span bytes)
{
	if (EVP_DigestUpdate(t->hash, bytes.p, bytes.len) != 1)
		t->bad = true;
	t->bytes += bytes.len;
}

uint64_t
tally_bytes(const struct tally *t)
{
	return t->bytes;
}

enum rc
tally_digest(const struct tally *t, uint8_t sha256[32], struct err *err)
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();
	unsigned len = 0;
	bool good = !t->bad && copy != NULL && EVP_MD_CTX_copy_ex(copy, t->hash) == 1 &&
		    EVP_DigestFinal_ex(copy, sha256, &len) == 1 && len == 32;

	EVP_MD_CTX_free(copy);
	return good ? RC_OK : err_set(err, RC_FAIL, "hash what was passed on");
}
