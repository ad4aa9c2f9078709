/* Export as asciicast; see export_cast.h.  Plaintext leaves the program here, so the
 * file is nobody else's from its first moment. */
#include "replay/export_cast.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replay/stop.h"

enum rc
export_cast_open(const char *path, bool force, int *ret_fd, struct err *err)
{
	struct stat st;
	int fd = open(path,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	enum rc rc = RC_OK;

	if (fd < 0)
		return err_errno(err, RC_FAIL, "%s", path);
	if (fstat(fd, &st) != 0)
		rc = err_errno(err, RC_FAIL, "%s", path);
	else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_nlink != 1)
		rc = err_set(err, RC_REFUSE, "%s: not a file of yours alone", path);
	else if (st.st_size > 0 && !force)
		rc = err_set(err, RC_REFUSE, "%s: exists (--force replaces it)", path);
	/* The mode first: who may open it from now on sees nothing. */
	else if (fchmod(fd, 0600) != 0 || ftruncate(fd, 0) != 0)
		rc = err_errno(err, RC_FAIL, "%s", path);
	if (rc == RC_OK)
		*ret_fd = fd;
	else
		close(fd);
	return rc;
}

enum rc
export_cast_write(int fd, struct span s, struct err *err)
{
	while (s.len > 0) {
		ssize_t n;

		if (stop_signal() != 0)
			return err_set(err, RC_END, "interrupted");
		n = write(fd, s.p, s.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE)
			return err_set(err, RC_END, "nobody reads the output");
		if (n < 0)
			return err_errno(err, RC_FAIL, "write");
		s = span_make(s.p + n, s.len - (size_t)n);
	}
	return RC_OK;
}

enum rc
export_cast_finish(int fd, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && fsync(fd) != 0)
		return err_errno(err, RC_FAIL, "fsync");
	return RC_OK;
}

enum rc
export_cast(struct source *source, int fd, struct err *err)
{
	struct span piece;
	enum rc rc;

	while ((rc = source_piece(source, &piece, err)) == RC_OK)
		if ((rc = export_cast_write(fd, piece, err)) != RC_OK)
			return rc;
	return rc == RC_END ? export_cast_finish(fd, err) : rc;
}
