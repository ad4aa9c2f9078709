/* A file that is nothing but room; see reserve.h. */
#include "broker/keeper/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "reserve"
#define LEAST (64u << 10) /* less than that is not kept back */

struct reserve {
	int dir;
	uint64_t bytes, left;
	bool full;
};

enum rc
reserve_new(int dir, uint64_t bytes, struct reserve **ret, struct err *err)
{
	struct reserve *r = calloc(1, sizeof *r);

	if (r == NULL)
		return err_memory(err);
	*r = (struct reserve){ .dir = dir, .bytes = bytes, .full = bytes == 0 };
	*ret = r;
	return RC_OK;
}

void
reserve_free(struct reserve *r)
{
	free(r);
}

bool
reserve_full(const struct reserve *r)
{
	return r->full;
}

uint64_t
reserve_left(const struct reserve *r)
{
	return r->left;
}

uint64_t
reserve_bytes(const struct reserve *r)
{
	return r->bytes;
}

/* Blocks and not only a length: a hole would be room that is not there. */
static enum rc
fill(const struct reserve *r, int fd, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(err, RC_FAIL, "the reserve is no plain file");
	if ((uint64_t)st.st_size > r->bytes && ftruncate(fd, (off_t)r->bytes) != 0)
		return err_errno(err, RC_FAIL, "cut the reserve");
	if ((uint64_t)st.st_size != r->bytes ||
	    (uint64_t)st.st_blocks * 512 < r->bytes) {
		errno = posix_fallocate(fd, 0, (off_t)r->bytes);
		if (errno != 0)
			return err_errno(err,
			    errno == ENOSPC || errno == EDQUOT ? RC_RETRY : RC_FAIL,
			    "take a reserve of %llu bytes",
			    (unsigned long long)r->bytes);
	}
	if (fsync(fd) != 0)
		return err_errno(err, RC_FAIL, "sync the reserve");
	return RC_OK;
}

enum rc
reserve_take(struct reserve *r, struct err *err)
{
	enum rc rc;
	int fd;

	if (r->full)
		return RC_OK;
	fd = openat(r->dir, NAME,
	    O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return err_errno(
		    err, errno == ENOSPC ? RC_RETRY : RC_FAIL, "make the reserve");
	rc = fill(r, fd, err);
	close(fd);
	if (rc != RC_OK)
		(void)unlinkat(r->dir, NAME, 0);
	else if (fsync(r->dir) != 0)
		rc = err_errno(err, RC_FAIL, "sync the reserve's folder");
	r->full = rc == RC_OK;
	r->left = r->full ? r->bytes : 0;
	return rc;
}

/* Cut the file to what stays.  Some file systems lend freed blocks to nobody before a
 * sync. */
static enum rc
shrink(const struct reserve *r, struct err *err)
{
	int fd = openat(r->dir, NAME, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	enum rc rc = RC_OK;

	if (fd < 0 || ftruncate(fd, (off_t)r->left) != 0 || fsync(fd) != 0)
		rc = err_errno(err, RC_FAIL, "cut the reserve");
	if (fd >= 0)
		close(fd);
	return rc;
}

static enum rc
drop(const struct reserve *r, struct err *err)
{
	if (unlinkat(r->dir, NAME, 0) != 0 && errno != ENOENT)
		return err_errno(err, RC_FAIL, "give up the reserve");
	if (fsync(r->dir) != 0)
		return err_errno(err, RC_FAIL, "sync the reserve's folder");
	return RC_OK;
}

enum rc
reserve_give(struct reserve *r, struct err *err)
{
	struct err why = { "" };

	if (r->left == 0)
		return RC_END;
	r->full = false;
	r->left = r->left / 4 < LEAST ? 0 : r->left / 4;
	if (r->left > 0 && shrink(r, &why) == RC_OK)
		return RC_OK;
	r->left = 0;
	return drop(r, err);
}
