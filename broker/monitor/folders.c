/* Folders of the service; see folders.h.  Owner and mode are set on what was opened,
 * not by name. */
#include "broker/monitor/folders.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/safepath.h"

/* fix: set owner and mode of one that was there before, too. */
static enum rc
make(const char *path, mode_t mode, uint32_t gid, bool fix, struct err *err)
{
	enum rc rc = RC_OK;
	int fd;

	if (mkdir(path, mode & 0777) != 0 && errno != EEXIST)
		return err_errno(err, RC_FAIL, "make %s", path);
	if (!fix)
		return RC_OK;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fchown(fd, 0, gid) != 0 || fchmod(fd, mode) != 0)
		rc = err_errno(err, RC_FAIL, "prepare %s", path);
	if (fd >= 0)
		close(fd);
	return rc;
}

enum rc
folders_make(const struct places *p, const struct service_users *u, struct err *err)
{
	bool root = u->keeper.uid != 0;
	const struct {
		const char *path;
		mode_t alone, shared;
		uint32_t gid;
	} rows[] = {
		{ p->state, 0700, 01775, u->keeper.gid },
		{ p->keys, 0700, 0755, 0 },
		{ p->run, 0755, 0755, 0 },
		/* The command's home: nothing in it, and nothing can be put there. */
		{ p->home, 0555, 0555, 0 },
	};
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < sizeof rows / sizeof rows[0]; i++)
		rc = make(rows[i].path, root ? rows[i].shared : rows[i].alone,
		    rows[i].gid, root, err);
	return rc;
}

/* Open the file in a folder that only root can change. */
static enum rc
open_key(const char *path, int *ret, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char *folder;
	enum rc rc;
	int dir;

	if (slash == NULL || slash == path)
		return err_set(err, RC_REFUSE, "%s: expected a file in a folder", path);
	if ((folder = strndup(path, (size_t)(slash - path))) == NULL)
		return err_memory(err);
	rc = safepath_open_folder(folder, &dir, err);
	free(folder);
	if (rc != RC_OK)
		return rc;
	*ret = openat(dir, slash + 1, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*ret < 0)
		rc = err_errno(err, RC_REFUSE, "%s", path);
	close(dir);
	return rc;
}

enum rc
folders_device_key(
    const char *path, const struct service_users *u, bool give, struct err *err)
{
	struct stat st;
	enum rc rc;
	int fd = -1;

	if (u->keeper.uid == 0)
		return RC_OK;
	if ((rc = open_key(path, &fd, err)) != RC_OK)
		return rc;
	if (fstat(fd, &st) != 0)
		rc = err_errno(err, RC_FAIL, "%s", path);
	else if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0 || st.st_nlink != 1 ||
		 (st.st_uid != 0 && st.st_uid != u->keeper.uid))
		rc = err_set(err, RC_REFUSE,
		    "%s: expected a file of root or broker-keep with mode 0600 and one "
		    "link",
		    path);
	else if (give && fchown(fd, u->keeper.uid, u->keeper.gid) != 0)
		rc = err_errno(err, RC_FAIL, "give %s to the keeper", path);
	close(fd);
	return rc;
}
