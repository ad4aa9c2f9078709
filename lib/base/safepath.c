/* Walk a path and trust nothing that others can change; see safepath.h. */
#include "lib/base/safepath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_LINKS 16

/* Where the walk stands. */
struct walk {
	const char *path;    /* as asked for, for messages */
	int folder;	     /* reached so far, -1 before the start */
	char rest[PATH_MAX]; /* still to go */
	unsigned links;
};

static bool
is_ours(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

static enum rc
check(const struct walk *w, const char *name, const struct stat *st, struct err *err)
{
	bool shared = (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;

	if (!is_ours(st))
		return err_set(err, RC_REFUSE,
		    "%s: expected \"%s\" to belong to root or uid %u, found uid %u",
		    w->path, name, (unsigned)geteuid(), (unsigned)st->st_uid);
	/* A link's mode bits mean nothing. */
	if (S_ISLNK(st->st_mode) || !shared ||
	    (S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX) != 0))
		return RC_OK;
	return err_set(err, RC_REFUSE,
	    "%s: expected \"%s\" not to be writable for others, found mode %04o",
	    w->path, name, (unsigned)(st->st_mode & 07777));
}

static enum rc
trouble(const struct walk *w, const char *name, struct err *err)
{
	enum rc rc = errno == ENOENT || errno == ENOTDIR || errno == EACCES ? RC_REFUSE
									    : RC_FAIL;

	return err_errno(err, rc, "%s: \"%s\"", w->path, name);
}

/* Step into a folder: name below the one reached, or the root. */
static enum rc
enter(struct walk *w, const char *name, struct err *err)
{
	int from = w->folder, fd;
	struct stat st;
	enum rc rc;

	/* To pass through, a folder need not be readable. */
	fd = openat(from < 0 ? AT_FDCWD : from, name,
	    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return trouble(w, name, err);
	if (from >= 0)
		close(from);
	w->folder = fd;
	if (fstat(fd, &st) < 0)
		return trouble(w, name, err);
	if ((rc = check(w, name, &st, err)) != RC_OK)
		return rc;
	return RC_OK;
}

static enum rc
start(struct walk *w, struct err *err)
{
	if (w->folder >= 0)
		close(w->folder);
	w->folder = -1;
	return enter(w, "/", err);
}

/* Put a link's target in front of what is still to go. */
static enum rc
follow(struct walk *w, const char *name, struct err *err)
{
	char target[PATH_MAX], whole[2 * PATH_MAX];
	ssize_t n = readlinkat(w->folder, name, target, sizeof target - 1);

	if (n < 0)
		return trouble(w, name, err);
	target[n] = '\0';
	if (++w->links > MOST_LINKS)
		return err_set(err, RC_REFUSE, "%s: expected at most %d symbolic links",
		    w->path, MOST_LINKS);
	snprintf(whole, sizeof whole, "%s/%s", target, w->rest);
	if (strlen(whole) >= sizeof w->rest)
		return err_set(err, RC_REFUSE, "%s: expected a shorter path", w->path);
	memcpy(w->rest, whole, strlen(whole) + 1);
	return target[0] == '/' ? start(w, err) : RC_OK;
}

/* Cut the next name from what is still to go; false at the end. */
static bool
next_name(struct walk *w, char name[NAME_MAX + 1], struct err *err, enum rc *rc)
{
	size_t skip = strspn(w->rest, "/");
	size_t n = strcspn(w->rest + skip, "/");

	*rc = RC_OK;
	if (n == 0)
		return false;
	if (n > NAME_MAX) {
		*rc = err_set(err, RC_REFUSE, "%s: expected shorter names", w->path);
		return false;
	}
	memcpy(name, w->rest + skip, n);
	name[n] = '\0';
	memmove(w->rest, w->rest + skip + n, strlen(w->rest + skip + n) + 1);
	return true;
}

static bool
at_end(const struct walk *w)
{
	return w->rest[strspn(w->rest, "/")] == '\0';
}

/* The last name is a file: open it and check what was opened. */
static enum rc
open_file(struct walk *w, const char *name, int *ret, struct err *err)
{
	/* A FIFO must not make us wait. */
	int fd = openat(
	    w->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	enum rc rc;

	if (fd < 0)
		return trouble(w, name, err);
	if (fstat(fd, &st) < 0)
		rc = trouble(w, name, err);
	else if (!S_ISREG(st.st_mode))
		rc = err_set(err, RC_REFUSE, "%s: expected a regular file", w->path);
	else
		rc = check(w, name, &st, err);
	if (rc != RC_OK) {
		close(fd);
		return rc;
	}
	*ret = fd;
	return RC_OK;
}

static enum rc
step(struct walk *w, const char *name, bool want_file, int *file, struct err *err)
{
	struct stat st;
	enum rc rc;

	if (fstatat(w->folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return trouble(w, name, err);
	if (S_ISLNK(st.st_mode)) {
		if ((rc = check(w, name, &st, err)) != RC_OK)
			return rc;
		return follow(w, name, err);
	}
	if (want_file && at_end(w))
		return open_file(w, name, file, err);
	return enter(w, name, err);
}

static enum rc
walk_path(const char *path, bool want_file, int *ret, struct err *err)
{
	struct walk w = { .path = path, .folder = -1 };
	char name[NAME_MAX + 1];
	int file = -1;
	enum rc rc;

	if (path[0] != '/' || strlen(path) >= sizeof w.rest)
		return err_set(err, RC_REFUSE,
		    "expected an absolute path, found \"%.200s\"", path);
	memcpy(w.rest, path, strlen(path) + 1);
	rc = start(&w, err);
	while (rc == RC_OK && file < 0 && next_name(&w, name, err, &rc))
		rc = step(&w, name, want_file, &file, err);
	if (rc == RC_OK && want_file && file < 0)
		rc = err_set(err, RC_REFUSE, "%s: expected a regular file", path);
	if (rc == RC_OK && !want_file) {
		file = openat(w.folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (file < 0)
			rc = trouble(&w, ".", err);
	}
	if (w.folder >= 0)
		close(w.folder);
	if (rc == RC_OK)
		*ret = file;
	return rc;
}

enum rc
safepath_open_file(const char *path, int *ret, struct err *err)
{
	return walk_path(path, true, ret, err);
}

enum rc
safepath_open_folder(const char *path, int *ret, struct err *err)
{
	return walk_path(path, false, ret, err);
}

static enum rc
read_all(int fd, const char *path, size_t most, struct buf *out, struct err *err)
{
	uint8_t piece[8192];
	size_t sum = 0;
	ssize_t n;

	while ((n = read(fd, piece, sizeof piece)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, RC_FAIL, "%s: read", path);
		sum += (size_t)n;
		if (sum > most)
			return err_set(err, RC_REFUSE, "%s: expected at most %zu bytes",
			    path, most);
		buf_put(out, piece, (size_t)n);
	}
	explicit_bzero(piece, sizeof piece); /* it may be a key */
	return buf_ok(out) ? RC_OK : err_memory(err);
}

enum rc
safepath_read(const char *path, size_t most, struct buf *out, struct err *err)
{
	int fd = -1;
	enum rc rc;

	if ((rc = safepath_open_file(path, &fd, err)) != RC_OK)
		return rc;
	rc = read_all(fd, path, most, out, err);
	close(fd);
	return rc;
}
