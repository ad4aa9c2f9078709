/* Pieces on their way through a thread; see hasher.h. */
#include "broker/keeper/hasher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "broker/keeper/pool.h"

struct job {
	struct pool_job pool; /* first */
	struct hashed h;
};

struct hasher {
	struct pool *pool;
	hasher_fn *fn;
	void *arg;
};

static enum rc
hash_piece(EVP_MD_CTX *ctx, int fd, uint64_t at, uint64_t len, struct err *err)
{
	uint8_t block[65536];

	while (len > 0) {
		size_t n = len < sizeof block ? (size_t)len : sizeof block;
		ssize_t got = pread(fd, block, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			return err_set(err, RC_FAIL, "a recording became shorter");
		if (got < 0)
			return err_errno(err, RC_FAIL, "read a recording");
		if (EVP_DigestUpdate(ctx, block, (size_t)got) != 1)
			return err_set(err, RC_FAIL, "SHA-256");
		at += (uint64_t)got;
		len -= (uint64_t)got;
	}
	return RC_OK;
}

enum rc
hasher_look(int fd, uint64_t at, uint64_t len, uint8_t ret[32], struct err *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	enum rc rc = RC_OK;

	if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		rc = err_set(err, RC_FAIL, "SHA-256");
	if (rc == RC_OK)
		rc = hash_piece(ctx, fd, at, len, err);
	if (rc == RC_OK && EVP_DigestFinal_ex(ctx, ret, NULL) != 1)
		rc = err_set(err, RC_FAIL, "SHA-256");
	EVP_MD_CTX_free(ctx);
	return rc;
}

static void
run(struct pool_job *j)
{
	struct hashed *h = &((struct job *)j)->h;

	h->rc = hasher_look(h->fd, h->at, h->len, h->sha256, &h->err);
}

static void
told(void *arg, const struct pool_job *j)
{
	const struct hasher *h = arg;

	h->fn(h->arg, &((const struct job *)j)->h);
}

static void
free_job(struct pool_job *j)
{
	close(((struct job *)j)->h.fd);
	free(j);
}

enum rc
hasher_new(
    struct loop *l, hasher_fn *fn, void *arg, struct hasher **ret, struct err *err)
{
	struct hasher *h = calloc(1, sizeof *h);
	const struct pool_work work = {
		.arg = h, .run = run, .told = told, .free = free_job
	};
	enum rc rc;

	if (h == NULL)
		return err_memory(err);
	h->fn = fn;
	h->arg = arg;
	if ((rc = pool_new(l, 1, &work, &h->pool, err)) != RC_OK) {
		free(h);
		return rc;
	}
	*ret = h;
	return RC_OK;
}

void
hasher_free(struct hasher *h)
{
	if (h == NULL)
		return;
	pool_free(h->pool);
	free(h);
}

enum rc
hasher_add_take(struct hasher *h, const uint8_t sid[16], uint32_t id, int fd,
    uint64_t at, uint64_t len, struct err *err)
{
	struct job *j = calloc(1, sizeof *j);

	if (j == NULL) {
		close(fd);
		return err_memory(err);
	}
	memcpy(j->h.sid, sid, sizeof j->h.sid);
	j->h.id = id;
	j->h.fd = fd;
	j->h.at = at;
	j->h.len = len;
	pool_add_take(h->pool, &j->pool);
	return RC_OK;
}
