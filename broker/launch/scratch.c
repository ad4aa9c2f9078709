/* The command may have filled it as it likes: nothing is followed, and depth does not
 * count. */
#include "broker/launch/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/id.h"

#define PARENT "/tmp/"
#define PREFIX "broker-"

enum rc
scratch_name(char path[SCRATCH_PATH], struct err *err)
{
	char nonce[ID_NONCE_TEXT];
	enum rc rc = id_nonce(nonce, err);

	if (rc == RC_OK)
		snprintf(
		    path, SCRATCH_PATH, PARENT PREFIX "%d-%s", (int)getpid(), nonce);
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

static DIR *
open_folder(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (d == NULL && fd >= 0)
		close(fd);
	return d;
}

static bool
is_self(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Empty the folder name in top; what folders it holds are moved up, one by one, since no
 * path and no stack is as deep as a tree may be. */
static void
empty(int top, const char *name, unsigned *moved)
{
	DIR *d = open_folder(top, name);
	struct dirent *e;
	char up[24];

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (is_self(e->d_name) || unlinkat(dirfd(d), e->d_name, 0) == 0)
			continue;
		snprintf(up, sizeof up, ".%u", (*moved)++);
		(void)renameat(dirfd(d), e->d_name, top, up);
	}
	if (d != NULL)
		closedir(d);
}

/* One round over the top: true when something was there and could be removed. */
static bool
remove_some(DIR *top, unsigned *moved)
{
	struct dirent *e;
	bool some = false;

	rewinddir(top);
	while ((e = readdir(top)) != NULL) {
		if (is_self(e->d_name))
			continue;
		if (unlinkat(dirfd(top), e->d_name, 0) != 0) {
			empty(dirfd(top), e->d_name, moved);
			if (unlinkat(dirfd(top), e->d_name, AT_REMOVEDIR) != 0)
				continue;
		}
		some = true;
	}
	return some;
}

enum rc
scratch_remove(const char *path, struct err *err)
{
	DIR *top = open_folder(AT_FDCWD, path);
	unsigned moved = 0;

	if (top == NULL && errno == ENOENT)
		return RC_OK;
	if (top == NULL)
		return err_errno(err, RC_FAIL, "remove %s", path);
	while (remove_some(top, &moved))
		;
	closedir(top);
	if (unlinkat(AT_FDCWD, path, AT_REMOVEDIR) != 0)
		return err_errno(err, RC_FAIL, "remove %s", path);
	return RC_OK;
}

/* True for a name of ours whose launcher has gone. */
static bool
stale(int parent, const char *name)
{
	char nonce[ID_NONCE_TEXT + 1], tail;
	struct stat st;
	int pid;

	return sscanf(name, PREFIX "%9d-%23[0-9a-f]%c", &pid, nonce, &tail) == 2 &&
	       strlen(nonce) == ID_NONCE_TEXT - 1 && pid > 0 &&
	       fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode) && st.st_uid == geteuid() && kill(pid, 0) != 0 &&
	       errno == ESRCH;
}

enum rc
scratch_tidy(struct err *err)
{
	DIR *d = open_folder(AT_FDCWD, PARENT);
	enum rc rc = RC_OK;
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char path[SCRATCH_PATH];

		if (!stale(dirfd(d), e->d_name))
			continue;
		snprintf(path, sizeof path, PARENT "%.40s", e->d_name);
		if (scratch_remove(path, err) != RC_OK)
			rc = RC_FAIL;
	}
	if (d != NULL)
		closedir(d);
	return rc;
}
