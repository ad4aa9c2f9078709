/* The command may have filled it as it likes: nothing is followed, and depth does not
 * count. */
#include "config.h" /* first: it asks for nftw's FTW_CHDIR */

#include "broker/launch/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/id.h"

#define OPEN_FOLDERS 16

enum rc
scratch_name(char path[SCRATCH_PATH], struct err *err)
{
	char nonce[ID_NONCE_TEXT];
	enum rc rc = id_nonce(nonce, err);

	if (rc == RC_OK)
		snprintf(path, SCRATCH_PATH, "/tmp/broker-%s", nonce);
	return rc;
}

enum rc
scratch_make(const char *path, struct span ca, struct err *err)
{
	char file[SCRATCH_PATH + sizeof SCRATCH_CA + 1];
	enum rc rc = RC_OK;
	int fd;

	snprintf(file, sizeof file, "%s/" SCRATCH_CA, path);
	if (mkdir(path, 0700) != 0)
		return err_errno(err, RC_FAIL, "scratch folder");
	fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400);
	if (fd < 0 || write(fd, ca.p, ca.len) != (ssize_t)ca.len)
		rc = err_errno(err, RC_FAIL, "the CA's file");
	if (fd >= 0)
		close(fd);
	return rc;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)path;
	(void)st;
	/* With FTW_CHDIR the last part stands in the working directory, but for the
	 * top, which is named whole. */
	path = at->level == 0 ? path : path + at->base;
	(void)unlinkat(AT_FDCWD, path, kind == FTW_DP ? AT_REMOVEDIR : 0);
	return 0;
}

enum rc
scratch_remove(const char *path, struct err *err)
{
	struct stat st;

	(void)nftw(path, remove_one, OPEN_FOLDERS, FTW_CHDIR | FTW_DEPTH | FTW_PHYS);
	if (lstat(path, &st) == 0)
		return err_set(err, RC_FAIL, "%s could not be removed", path);
	return RC_OK;
}
