/* Bodies counted and hashed; see tally.h. */
#include "broker/gate/tally.h"

#include <stdlib.h>
#include <openssl/evp.h>

#include "lib/base/id.h"

struct tally {
	EVP_MD_CTX *sha;
	uint64_t total;
	size_t keep;
	struct buf kept;
};

enum rc
tally_new(size_t keep, struct tally **ret, struct err *err)
{
	struct tally *t = calloc(1, sizeof *t);

	if (t == NULL)
		return err_memory(err);
	t->keep = keep;
	buf_init(&t->kept, keep);
	t->sha = EVP_MD_CTX_new();
	if (t->sha == NULL || EVP_DigestInit_ex(t->sha, EVP_sha256(), NULL) != 1) {
		tally_free(t);
		return err_set(err, RC_FAIL, "SHA-256");
	}
	*ret = t;
	return RC_OK;
}

void
tally_free(struct tally *t)
{
	if (t == NULL)
		return;
	EVP_MD_CTX_free(t->sha);
	buf_clear(&t->kept);
	free(t);
}

enum rc
tally_add(struct tally *t, struct span bytes)
{
	size_t room = t->keep - t->kept.len;

	if (bytes.len == 0)
		return RC_OK;
	if (room > 0)
		buf_put(&t->kept, bytes.p, bytes.len < room ? bytes.len : room);
	t->total += bytes.len;
	return buf_ok(&t->kept) && EVP_DigestUpdate(t->sha, bytes.p, bytes.len) == 1
		   ? RC_OK
		   : RC_FAIL;
}

uint64_t
tally_total(const struct tally *t)
{
	return t->total;
}

struct span
tally_kept(const struct tally *t, bool *cut)
{
	*cut = t->total > t->kept.len;
	return buf_span(&t->kept);
}

enum rc
tally_hash(const struct tally *t, char ret[SIGV4_HEX])
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();
	unsigned char sum[32];
	bool good = copy != NULL && EVP_MD_CTX_copy_ex(copy, t->sha) == 1 &&
		    EVP_DigestFinal_ex(copy, sum, NULL) == 1;

	EVP_MD_CTX_free(copy);
	if (!good)
		return RC_FAIL;
	id_hex(sum, sizeof sum, ret);
	return RC_OK;
}
