/* Write beside, sync, rename. */
#include "recorder/swapfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/textfile.h"

enum rc
swapfile_put(
    int dir, const char *name, unsigned mode, struct span text, struct err *err)
{
	char fresh[SWAPFILE_NAME_MAX + 5];
	struct stat st;
	bool good;
	int fd;

	if (snprintf(fresh, sizeof fresh, "%s.new", name) >= (int)sizeof fresh)
		return err_set(err, RC_FAIL, "too long a name: %s", name);
	fd = openat(dir, fresh,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return err_errno(err, RC_FAIL, "make %s", fresh);
	good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && textfile_put(fd, text) &&
	       ((st.st_mode & 07777) == mode || fchmod(fd, mode) == 0) &&
	       fsync(fd) == 0;
	if (!good)
		err_errno(err, RC_FAIL, "write %s", fresh);
	if (close(fd) != 0 && good) {
		good = false;
		err_errno(err, RC_FAIL, "close %s", fresh);
	}
	if (good && renameat(dir, fresh, dir, name) != 0) {
		good = false;
		err_errno(err, RC_FAIL, "rename %s", fresh);
	}
	if (!good)
		(void)unlinkat(dir, fresh, 0);
	return good ? RC_OK : RC_FAIL;
}

static enum rc
read_all(int fd, const char *name, struct buf *out, struct err *err)
{
	for (;;) {
		uint8_t chunk[4096];
		ssize_t n = read(fd, chunk, sizeof chunk);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, RC_FAIL, "read %s", name);
		if (n == 0)
			return RC_OK;
		buf_put(out, chunk, (size_t)n);
		if (!buf_ok(out))
			return err_set(err, RC_REFUSE, "%s is too long", name);
	}
}

enum rc
swapfile_get(int dir, const char *name, struct buf *out, struct err *err)
{
	struct stat st;
	enum rc rc;
	int fd = openat(
	    dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return err_errno(
		    err, errno == ENOENT ? RC_END : RC_FAIL, "open %s", name);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		rc = err_set(err, RC_REFUSE, "%s is no plain file", name);
	else
		rc = read_all(fd, name, out, err);
	close(fd);
	return rc;
}
