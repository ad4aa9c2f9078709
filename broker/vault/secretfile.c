/* Files with secrets; see secretfile.h. */
#include "broker/vault/secretfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/safepath.h"

/* safepath has seen to who may write it; a secret must not be readable either. */
static enum rc
check_mode(int fd, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_errno(err, RC_REFUSE, "cannot be looked at");
	if (st.st_mode & 027)
		return err_set(err, RC_REFUSE,
		    "mode %03o lets others in (0640 at most)", st.st_mode & 0777u);
	return RC_OK;
}

static enum rc
read_all(int fd, size_t most, struct buf *out, struct err *err)
{
	size_t before = out->len;

	for (;;) {
		uint8_t *to = buf_room(out, SECRETFILE_PAGE);
		ssize_t n;

		if (to == NULL)
			return err_memory(err);
		if ((n = read(fd, to, SECRETFILE_PAGE)) < 0)
			return err_errno(err, RC_REFUSE, "cannot be read");
		if (n == 0)
			return RC_OK;
		out->len += (size_t)n;
		if (out->len - before > most)
			return err_set(err, RC_REFUSE, "longer than %zu bytes", most);
	}
}

enum rc
secretfile_read(const char *path, size_t most, struct buf *out, struct err *err)
{
	int fd = -1;
	enum rc rc;

	if ((rc = safepath_open_file(path, &fd, err)) != RC_OK)
		return rc;
	if ((rc = check_mode(fd, err)) == RC_OK)
		rc = read_all(fd, most, out, err);
	close(fd);
	return rc;
}

static enum rc
write_all(int fd, struct span s, struct err *err)
{
	while (s.len > 0) {
		ssize_t n = write(fd, s.p, s.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, RC_FAIL, "write");
		s = span_make(s.p + n, s.len - (size_t)n);
	}
	if (fsync(fd) != 0)
		return err_errno(err, RC_FAIL, "fsync");
	return RC_OK;
}

static enum rc
sync_folder(const char *path, struct err *err)
{
	char copy[PATH_MAX];
	enum rc rc = RC_OK;
	int fd;

	snprintf(copy, sizeof copy, "%s", path);
	if ((fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_errno(err, RC_FAIL, "open its folder");
	if (fsync(fd) != 0)
		rc = err_errno(err, RC_FAIL, "fsync its folder");
	close(fd);
	return rc;
}

static enum rc
finish(int fd, const struct secretfile_new *how, struct err *err)
{
	if (fchmod(fd, how->mode) != 0)
		return err_errno(err, RC_FAIL, "fchmod");
	if (how->give && fchown(fd, how->owner, (gid_t)-1) != 0)
		return err_errno(err, RC_FAIL, "fchown");
	return RC_OK;
}

static enum rc
name(const char *temp, const char *path, bool replace, struct err *err)
{
	if (replace && rename(temp, path) != 0)
		return err_errno(err, RC_FAIL, "rename");
	if (!replace && link(temp, path) != 0)
		return errno == EEXIST ? err_set(err, RC_REFUSE, "it is there already")
				       : err_errno(err, RC_FAIL, "link");
	return sync_folder(path, err);
}

/* Under a name of its own first. */
enum rc
secretfile_write(const char *path, const struct secretfile_new *how, struct span text,
    struct err *err)
{
	char temp[PATH_MAX];
	enum rc rc;
	int fd;

	if ((size_t)snprintf(temp, sizeof temp, "%s.XXXXXX", path) >= sizeof temp)
		return err_set(err, RC_REFUSE, "the path is too long");
	if ((fd = mkostemp(temp, O_CLOEXEC)) < 0)
		return err_errno(err, RC_FAIL, "create");
	if ((rc = finish(fd, how, err)) == RC_OK)
		rc = write_all(fd, text, err);
	close(fd);
	if (rc == RC_OK)
		rc = name(temp, path, how->replace, err);
	if (rc != RC_OK || !how->replace)
		unlink(temp);
	return rc;
}
