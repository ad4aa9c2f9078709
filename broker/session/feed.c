/* Stdin, with backpressure; see feed.h. */
#include "broker/session/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

/* A client may have this much more under way when it is told to wait: the bound is what
 * arrives in one turn of the loop. */
#define FEED_MAX (4u << 20)
/* Bytes taken off the front in one go, so that a slow pipe moves little memory. */
#define FEED_PIECE 65536

struct feed {
	int fd;	     /* -1: closed */
	bool ending; /* close when wait is empty */
	struct buf wait;
	EVP_MD_CTX *hash;
	uint64_t total;
};

enum rc
feed_new(int fd, struct feed **ret, struct err *err)
{
	struct feed *f = calloc(1, sizeof *f);
	int flags = fcntl(fd, F_GETFL);

	if (f == NULL) {
		close(fd);
		return err_memory(err);
	}
	f->fd = fd;
	buf_init(&f->wait, FEED_MAX);
	f->hash = EVP_MD_CTX_new();
	if (f->hash == NULL || EVP_DigestInit_ex(f->hash, EVP_sha256(), NULL) != 1 ||
	    flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
		feed_free(f);
		return err_set(err, RC_FAIL, "prepare the command's stdin");
	}
	*ret = f;
	return RC_OK;
}

void
feed_free(struct feed *f)
{
	if (f == NULL)
		return;
	feed_close(f);
	buf_clear(&f->wait);
	EVP_MD_CTX_free(f->hash);
	free(f);
}

void
feed_close(struct feed *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	buf_clear(&f->wait);
}

/* One write; false when the pipe takes no more now or ever. */
static bool
write_some(struct feed *f)
{
	ssize_t n;

	do
		n = write(f->fd, f->wait.p,
		    f->wait.len < FEED_PIECE ? f->wait.len : FEED_PIECE);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return false;
	/* The command does not want its stdin: that is its right. */
	if (n < 0 || EVP_DigestUpdate(f->hash, f->wait.p, (size_t)n) != 1) {
		feed_close(f);
		return false;
	}
	f->total += (uint64_t)n;
	buf_skip(&f->wait, (size_t)n);
	return true;
}

void
feed_step(struct feed *f)
{
	while (f->fd >= 0 && f->wait.len > 0 && write_some(f))
		;
	if (f->fd >= 0 && f->ending && f->wait.len == 0)
		feed_close(f);
}

enum rc
feed_put(struct feed *f, struct span bytes, struct err *err)
{
	if (f->fd < 0 || f->ending)
		return RC_OK;
	buf_span_put(&f->wait, bytes);
	if (!buf_ok(&f->wait))
		return err_set(
		    err, RC_REFUSE, "the client sends more input than it may");
	feed_step(f);
	return RC_OK;
}

void
feed_end(struct feed *f)
{
	f->ending = true;
	feed_step(f);
}

int
feed_poll(const struct feed *f)
{
	return f->wait.len > 0 ? f->fd : -1;
}

bool
feed_full(const struct feed *f)
{
	return f->wait.len > FEED_WAITS;
}

bool
feed_over(const struct feed *f)
{
	return f->fd < 0;
}

uint64_t
feed_total(const struct feed *f)
{
	return f->total;
}

enum rc
feed_digest(const struct feed *f, uint8_t sha256[32], struct err *err)
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();
	unsigned len = 0;
	bool good = copy != NULL && EVP_MD_CTX_copy_ex(copy, f->hash) == 1 &&
		    EVP_DigestFinal_ex(copy, sha256, &len) == 1 && len == 32;

	EVP_MD_CTX_free(copy);
	return good ? RC_OK : err_set(err, RC_FAIL, "hash the input");
}
