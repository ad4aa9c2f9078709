/* Small text files; see textfile.h. */
#include "recorder/textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool
textfile_line(struct span *text, struct span *line)
{
	const uint8_t *lf = text->len > 0 ? memchr(text->p, '\n', text->len) : NULL;
	size_t n;

	if (lf == NULL)
		return false;
	n = (size_t)(lf - text->p);
	*line = span_make(text->p, n);
	*text = span_make(text->p + n + 1, text->len - n - 1);
	return true;
}

size_t
textfile_fields(struct span line, struct span *fields, size_t max)
{
	size_t n = 0, from = 0;

	for (size_t i = 0; i <= line.len; i++) {
		if (i < line.len && line.p[i] != ' ') {
			if (line.p[i] < 0x21 || line.p[i] > 0x7E)
				return 0;
			continue;
		}
		if (i == from || n == max)
			return 0;
		fields[n++] = span_make(line.p + from, i - from);
		from = i + 1;
	}
	return n;
}

static enum rc
check(const char *path, const struct stat *st, enum textfile_care care, size_t max,
    struct err *err)
{
	unsigned others = care == TEXTFILE_PRIVATE ? 077 : 022;

	if (!S_ISREG(st->st_mode))
		return err_set(err, RC_REFUSE, "%s is not a regular file", path);
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return err_set(err, RC_REFUSE, "%s belongs to somebody else", path);
	if ((st->st_mode & others) != 0)
		return err_set(err, RC_REFUSE, "%s has mode %03o: others may %s it",
		    path, st->st_mode & 0777,
		    care == TEXTFILE_PRIVATE ? "use" : "write to");
	if (st->st_size < 1 || (size_t)st->st_size > max)
		return err_set(err, RC_REFUSE,
		    "%s has %lld bytes, which is not 1 to %zu", path,
		    (long long)st->st_size, max);
	return RC_OK;
}

static enum rc
read_all(int fd, const char *path, size_t len, struct secret **ret, struct err *err)
{
	struct secret *s = NULL;
	size_t done = 0;
	enum rc rc;

	if ((rc = secret_new(len, &s, err)) != RC_OK)
		return rc;
	while (done < len) {
		ssize_t n = read(fd, secret_bytes(s) + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			secret_free(s);
			return n < 0 ? err_errno(err, RC_FAIL, "read %s", path)
				     : err_set(err, RC_FAIL,
					   "%s shrank while it was read", path);
		}
		done += (size_t)n;
	}
	*ret = s;
	return RC_OK;
}

enum rc
textfile_read(const char *path, enum textfile_care care, size_t max,
    struct secret **ret, struct err *err)
{
	/* O_NONBLOCK: a FIFO must not make us wait. */
	int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
		    (care == TEXTFILE_PRIVATE ? O_NOFOLLOW : 0);
	int fd = open(path, flags);
	struct stat st;
	enum rc rc;

	if (fd < 0)
		return err_errno(
		    err, errno == ENOENT ? RC_END : RC_REFUSE, "open %s", path);
	if (fstat(fd, &st) != 0)
		rc = err_errno(err, RC_FAIL, "stat %s", path);
	else if ((rc = check(path, &st, care, max, err)) == RC_OK)
		rc = read_all(fd, path, (size_t)st.st_size, ret, err);
	close(fd);
	return rc;
}

bool
textfile_put(int fd, struct span text)
{
	while (text.len > 0) {
		ssize_t n = write(fd, text.p, text.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text = span_make(text.p + n, text.len - (size_t)n);
	}
	return true;
}

enum rc
textfile_write(
    int dir_fd, const char *name, unsigned mode, struct span text, struct err *err)
{
	int fd = openat(
	    dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	enum rc rc = RC_OK;

	if (fd < 0 && errno == EEXIST)
		return err_set(err, RC_REFUSE, "%s exists already", name);
	if (fd < 0)
		return err_errno(err, RC_FAIL, "create %s", name);
	/* fchmod, because the umask may be wider or narrower than what is wanted. */
	if (!textfile_put(fd, text) || fchmod(fd, mode) != 0 || fsync(fd) != 0)
		rc = err_errno(err, RC_FAIL, "write %s", name);
	if (close(fd) != 0 && rc == RC_OK)
		rc = err_errno(err, RC_FAIL, "close %s", name);
	if (rc != RC_OK)
		unlinkat(dir_fd, name, 0);
	return rc;
}
