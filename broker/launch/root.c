/* Mounts, by descriptors: no path is looked up twice.  Kernels that have Landlock have
 * these calls, too. */
#include "config.h" /* first: it asks for AT_EMPTY_PATH */

#include "broker/launch/root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CLOSED (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

/* Make the folders on the way to path, which stands below the present one; with path
 * itself or without. */
static enum rc
make_folders(const char *path, bool whole, struct err *err)
{
	char part[PATH_MAX];

	for (const char *p = path; *p != '\0';) {
		const char *slash = strchr(p, '/');

		if (slash == NULL && !whole)
			break;
		p = slash == NULL ? p + strlen(p) : slash + 1;
		snprintf(part, sizeof part, "%.*s", (int)(p - path), path);
		if (mkdirat(AT_FDCWD, part, 0755) != 0 && errno != EEXIST)
			return err_errno(err, RC_FAIL, "folder /%s", part);
	}
	return RC_OK;
}

static enum rc
make_file(const char *path, struct span text, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);
	bool good = fd >= 0 && write(fd, text.p, text.len) == (ssize_t)text.len &&
		    fchmod(fd, 0444) == 0;
	enum rc rc = good ? RC_OK : err_errno(err, RC_FAIL, "file /%s", path);

	if (fd >= 0)
		close(fd);
	return rc;
}

/* A new file system in memory on the folder at. *fd, unless NULL, is yours: its root. */
static enum rc
mount_memory(const char *at, uint64_t bytes, unsigned files, const char *mode, int *ret,
    struct err *err)
{
	char size[24], inodes[12];
	int fs = fsopen("tmpfs", FSOPEN_CLOEXEC), fd = -1;
	enum rc rc = RC_OK;

	snprintf(size, sizeof size, "%llu", (unsigned long long)bytes);
	snprintf(inodes, sizeof inodes, "%u", files);
	if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "size", size, 0) != 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "nr_inodes", inodes, 0) != 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "mode", mode, 0) != 0 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0 ||
	    (fd = fsmount(fs, FSMOUNT_CLOEXEC, CLOSED | MOUNT_ATTR_NOEXEC)) < 0 ||
	    move_mount(fd, "", AT_FDCWD, at, MOVE_MOUNT_F_EMPTY_PATH) != 0)
		rc = err_errno(err, RC_FAIL, "mount memory on %s", at);
	if (fs >= 0)
		close(fs);
	if (rc == RC_OK && ret != NULL)
		*ret = fd;
	else if (fd >= 0)
		close(fd);
	return rc;
}

/* Show the host's from (a file or folder, with what is mounted in it) at to. */
static enum rc
show(const char *from, const char *to, uint64_t attributes, struct err *err)
{
	struct mount_attr attr = { .attr_set = attributes };
	int fd = open_tree(
	    AT_FDCWD, from, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	enum rc rc = RC_OK;

	if (fd < 0 ||
	    mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr) !=
		0 ||
	    move_mount(fd, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH) != 0)
		rc = err_errno(err, RC_FAIL, "show %s", from);
	if (fd >= 0)
		close(fd);
	return rc;
}

static enum rc
show_folder(const char *path, struct err *err)
{
	enum rc rc = make_folders(path + 1, true, err);

	return rc != RC_OK ? rc : show(path, path + 1, CLOSED | MOUNT_ATTR_RDONLY, err);
}

static enum rc
show_file(const char *path, uint64_t attributes, struct err *err)
{
	enum rc rc;

	if (access(path, F_OK) != 0)
		return RC_OK;
	if ((rc = make_folders(path + 1, false, err)) != RC_OK ||
	    (rc = make_file(path + 1, span_of(""), err)) != RC_OK)
		return rc;
	return show(path, path + 1, attributes, err);
}

/* Where /usr holds everything these are symbolic links into it. */
static enum rc
show_libraries(struct err *err)
{
	static const char *const paths[] = { "/lib", "/lib32", "/libx32", "/lib64",
		"/bin" };
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < sizeof paths / sizeof paths[0]; i++) {
		char link[PATH_MAX];
		ssize_t n = readlink(paths[i], link, sizeof link - 1);
		struct stat st;

		if (n > 0) {
			link[n] = '\0';
			if (symlinkat(link, AT_FDCWD, paths[i] + 1) != 0)
				rc = err_errno(err, RC_FAIL, "link %s", paths[i]);
		} else if (stat(paths[i], &st) == 0 && S_ISDIR(st.st_mode)) {
			rc = show_folder(paths[i], err);
		}
	}
	return rc;
}

static enum rc
show_devices(struct err *err)
{
	static const char *const paths[] = { "/dev/null", "/dev/zero", "/dev/random",
		"/dev/urandom" };
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < sizeof paths / sizeof paths[0]; i++)
		rc = show_file(paths[i],
		    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, err);
	return rc;
}

/* In the new root, which is the working directory. */
static enum rc
fill(const struct program *program, struct span ca, uint64_t scratch, struct err *err)
{
	enum rc rc;

	if ((rc = show_folder("/usr", err)) != RC_OK ||
	    (rc = show_libraries(err)) != RC_OK || (rc = show_devices(err)) != RC_OK ||
	    (rc = show_file("/etc/ld.so.cache",
		 CLOSED | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC, err)) != RC_OK ||
	    (rc = make_file(ROOT_CA + 1, ca, err)) != RC_OK ||
	    (rc = make_folders(ROOT_HOME + 1, true, err)) != RC_OK ||
	    (rc = make_folders(ROOT_SCRATCH + 1, true, err)) != RC_OK)
		return rc;
#ifdef BROKER_SANITIZED
	/* The run time of the sanitizers reads its own maps. */
	if ((rc = show_folder("/proc", err)) != RC_OK)
		return rc;
#endif
	rc = mount_memory(ROOT_SCRATCH + 1, scratch, ROOT_FILES, "0700", NULL, err);
	/* Behind /tmp, since it may lie below. */
	if (rc == RC_OK && !program_in_usr(program))
		rc = show_folder(program->folder, err);
	return rc;
}

/* The old root is put on top of the new one, and then taken away. */
static enum rc
swap(struct err *err)
{
	struct mount_attr closed = { .attr_set = CLOSED | MOUNT_ATTR_RDONLY };

	if (syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0)
		return err_errno(err, RC_FAIL, "change the root");
	if (mount_setattr(AT_FDCWD, "/", 0, &closed, sizeof closed) != 0 ||
	    chdir(ROOT_HOME) != 0)
		return err_errno(err, RC_FAIL, "close the root");
	return RC_OK;
}

enum rc
root_enter(
    const struct program *program, struct span ca, uint64_t scratch, struct err *err)
{
	struct mount_attr apart = { .propagation = MS_PRIVATE };
	enum rc rc;
	int fd;

	/* Nothing of what follows is to be seen outside, nor the other way round. */
	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &apart, sizeof apart) != 0)
		return err_errno(err, RC_FAIL, "part the mounts");
	if ((rc = mount_memory(".", 65536, 256, "0755", &fd, err)) != RC_OK)
		return rc;
	if (fchdir(fd) != 0)
		rc = err_errno(err, RC_FAIL, "new root");
	close(fd);
	if (rc == RC_OK && (rc = fill(program, ca, scratch, err)) == RC_OK)
		rc = swap(err);
	return rc;
}
