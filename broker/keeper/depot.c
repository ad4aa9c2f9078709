/* The two folders, and a descriptor for each recording that is under way. */
#include "broker/keeper/depot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/base/id.h"
#include "lib/base/log.h"
#include "recorder/swapfile.h"

#define NAME_MAX_LEN (ID_UUID_TEXT + 5) /* ".cast" */

struct entry {
	struct entry *next;
	uint8_t sid[16];
	int fd;
};

struct depot {
	int dir, spool, done;
	bool dirty;
	uint64_t min_free;
	struct entry *entries;
};

static void
name_of(const uint8_t sid[16], char out[NAME_MAX_LEN])
{
	id_uuid_text(sid, out);
	memcpy(out + ID_UUID_TEXT - 1, ".cast", sizeof ".cast");
}

/* Strict: only what name_of makes. */
static bool
sid_of(const char *name, uint8_t sid[16])
{
	struct span s = span_of(name);
	char again[NAME_MAX_LEN];

	if (s.len != NAME_MAX_LEN - 1 ||
	    !id_uuid_parse(span_make(s.p, ID_UUID_TEXT - 1), sid))
		return false;
	name_of(sid, again);
	return strcmp(name, again) == 0;
}

static bool
is_ours(const struct stat *st)
{
	return st->st_uid == geteuid() && (st->st_mode & 07777) == 0700;
}

/* Open a folder of our own, making it first when it is missing. */
static enum rc
open_folder(int at, const char *name, int *ret, struct err *err)
{
	struct stat st;
	int fd;

	if (mkdirat(at, name, 0700) != 0 && errno != EEXIST)
		return err_errno(err, RC_FAIL, "make %s", name);
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) != 0) {
		err_errno(err, RC_FAIL, "open %s", name);
		if (fd >= 0)
			close(fd);
		return RC_FAIL;
	}
	if (!is_ours(&st)) {
		close(fd);
		return err_set(
		    err, RC_REFUSE, "folder %s must be ours, with mode 0700", name);
	}
	*ret = fd;
	return RC_OK;
}

enum rc
depot_open(const char *dir, uint64_t min_free, struct depot **ret, struct err *err)
{
	struct depot *d = calloc(1, sizeof *d);
	enum rc rc;

	if (d == NULL)
		return err_memory(err);
	*d = (struct depot){ .dir = -1, .spool = -1, .done = -1, .min_free = min_free };
	if ((rc = open_folder(AT_FDCWD, dir, &d->dir, err)) != RC_OK ||
	    (rc = open_folder(d->dir, "spool", &d->spool, err)) != RC_OK ||
	    (rc = open_folder(d->dir, "done", &d->done, err)) != RC_OK) {
		depot_close(d);
		return rc;
	}
	*ret = d;
	return RC_OK;
}

void
depot_close(struct depot *d)
{
	if (d == NULL)
		return;
	while (d->entries != NULL) {
		struct entry *e = d->entries;

		d->entries = e->next;
		close(e->fd);
		free(e);
	}
	if (d->done >= 0)
		close(d->done);
	if (d->spool >= 0)
		close(d->spool);
	if (d->dir >= 0)
		close(d->dir);
	free(d);
}

enum rc
depot_room(const struct depot *d, struct err *err)
{
	return depot_room_for(d, 0, err);
}

void
depot_min_free(struct depot *d, uint64_t min_free)
{
	d->min_free = min_free;
}

int
depot_dir(const struct depot *d)
{
	return d->dir;
}

/* A folder that is open, and may be looked for by its name. */
static enum rc
folder_sound(int at, const char *name, int fd, struct err *err)
{
	struct stat st, there;

	if (fstat(fd, &st) != 0)
		return err_errno(err, RC_FAIL, "look at %s", name);
	if (at >= 0 && (fstatat(at, name, &there, AT_SYMLINK_NOFOLLOW) != 0 ||
			   there.st_dev != st.st_dev || there.st_ino != st.st_ino))
		return err_set(err, RC_REFUSE, "folder %s is not where it was", name);
	if (!is_ours(&st))
		return err_set(
		    err, RC_REFUSE, "folder %s must be ours, with mode 0700", name);
	return RC_OK;
}

enum rc
depot_sound(const struct depot *d, struct err *err)
{
	enum rc rc = folder_sound(-1, "of recordings", d->dir, err);

	if (rc == RC_OK)
		rc = folder_sound(d->dir, "spool", d->spool, err);
	if (rc == RC_OK)
		rc = folder_sound(d->dir, "done", d->done, err);
	return rc;
}

enum rc
depot_room_for(const struct depot *d, uint64_t more, struct err *err)
{
	struct statvfs v;
	uint64_t free_bytes, least = d->min_free;

	if (fstatvfs(d->spool, &v) != 0)
		return err_errno(err, RC_FAIL, "look at the recordings' file system");
	free_bytes = (uint64_t)v.f_bavail * v.f_frsize;
	if (d->min_free == DEPOT_MIN_FREE &&
	    (uint64_t)v.f_blocks * v.f_frsize / 20 > least)
		least = (uint64_t)v.f_blocks * v.f_frsize / 20;
	least = more > UINT64_MAX - least ? UINT64_MAX : least + more;
	if (free_bytes < least)
		return err_set(err, RC_RETRY,
		    "too little room for recordings: %llu MiB free, %llu MiB needed",
		    (unsigned long long)(free_bytes >> 20),
		    (unsigned long long)(least >> 20));
	if (v.f_files > 0 && v.f_favail < v.f_files / 100)
		return err_set(err, RC_RETRY, "too few inodes for recordings");
	return RC_OK;
}

static struct entry *
find(const struct depot *d, const uint8_t sid[16])
{
	struct entry *e = d->entries;

	while (e != NULL && memcmp(e->sid, sid, sizeof e->sid) != 0)
		e = e->next;
	return e;
}

int
depot_fd(const struct depot *d, const uint8_t sid[16])
{
	const struct entry *e = find(d, sid);

	return e == NULL ? -1 : e->fd;
}

/* Takes fd, also on failure. */
static enum rc
add_entry(struct depot *d, const uint8_t sid[16], int fd, struct err *err)
{
	struct entry *e = calloc(1, sizeof *e);

	if (e == NULL) {
		close(fd);
		return err_memory(err);
	}
	memcpy(e->sid, sid, sizeof e->sid);
	e->fd = fd;
	e->next = d->entries;
	d->entries = e;
	return RC_OK;
}

static enum rc
open_regular(int at, const char *name, int *ret, struct err *err)
{
	struct stat st;
	int fd;

	/* Without O_NONBLOCK a FIFO that lies there would stop us. */
	fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return RC_END;
	if (fd < 0 && errno != ELOOP)
		return err_errno(err, RC_FAIL, "open %s", name);
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		if (fd >= 0)
			close(fd);
		return err_set(err, RC_REFUSE, "%s is no plain file", name);
	}
	*ret = fd;
	return RC_OK;
}

enum rc
depot_create(struct depot *d, const uint8_t sid[16], int *append, struct err *err)
{
	char name[NAME_MAX_LEN];
	int fd, look;
	enum rc rc;

	name_of(sid, name);
	fd = openat(d->spool, name,
	    O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_errno(
		    err, errno == EEXIST ? RC_REFUSE : RC_FAIL, "make %s", name);
	d->dirty = true;
	rc = open_regular(d->spool, name, &look, err);
	if (rc == RC_OK)
		rc = add_entry(d, sid, look, err);
	if (rc != RC_OK) {
		(void)unlinkat(d->spool, name, 0);
		close(fd);
		return rc == RC_END ? err_set(err, RC_FAIL, "%s vanished", name) : rc;
	}
	*append = fd;
	return RC_OK;
}

/* Is it still the file that was opened? */
static bool
in_place(const struct depot *d, const struct entry *e, const char *name)
{
	struct stat there, st;

	return fstatat(d->spool, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(e->fd, &st) == 0 && there.st_dev == st.st_dev &&
	       there.st_ino == st.st_ino;
}

/* What lies in done under the name of a recording that has not come there yet is not
 * ours, and is kept for who looks into it. */
static void
clear_way(const struct depot *d, const char *name)
{
	char aside[NAME_MAX_LEN + 8];

	for (unsigned i = 1; i < 10; i++) {
		snprintf(aside, sizeof aside, "%s.odd%u", name, i);
		if (renameat2(d->done, name, d->done, aside, RENAME_NOREPLACE) == 0) {
			log_line(LOG_ERROR,
			    "done/%s was there before its recording ended: it is %s "
			    "now",
			    name, aside);
			return;
		}
	}
}

void
depot_forget(struct depot *d, const uint8_t sid[16])
{
	for (struct entry **e = &d->entries; *e != NULL; e = &(*e)->next)
		if (memcmp((*e)->sid, sid, sizeof(*e)->sid) == 0) {
			struct entry *gone = *e;

			*e = gone->next;
			close(gone->fd);
			free(gone);
			break;
		}
}

enum rc
depot_finish(struct depot *d, const uint8_t sid[16], struct err *err)
{
	const struct entry *e = find(d, sid);
	char name[NAME_MAX_LEN];
	int bad;

	name_of(sid, name);
	if (e != NULL && !in_place(d, e, name))
		return err_set(err, RC_END, "%s is gone, or another", name);
	bad = renameat2(d->spool, name, d->done, name, RENAME_NOREPLACE);
	if (bad != 0 && errno == EEXIST) {
		clear_way(d, name);
		bad = renameat2(d->spool, name, d->done, name, RENAME_NOREPLACE);
	}
	if (bad != 0)
		return err_errno(err, RC_FAIL, "move %s to done", name);
	d->dirty = true;
	depot_forget(d, sid);
	return RC_OK;
}

enum rc
depot_sync(struct depot *d, struct err *err)
{
	if (!d->dirty)
		return RC_OK;
	if (fsync(d->spool) != 0 || fsync(d->done) != 0)
		return err_errno(err, RC_FAIL, "sync the recordings' folders");
	d->dirty = false;
	return RC_OK;
}

static enum rc
list_spool(struct depot *d, struct err *err)
{
	struct dirent *e;
	uint8_t sid[16];
	DIR *dir = NULL;
	enum rc rc = RC_OK;
	int fd = openat(d->spool, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || (dir = fdopendir(fd)) == NULL) {
		err_errno(err, RC_FAIL, "list spool");
		if (fd >= 0)
			close(fd);
		return RC_FAIL;
	}
	while (rc == RC_OK && (errno = 0, e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (!sid_of(e->d_name, sid)) {
			log_line(LOG_ERROR, "no recording: spool/%s", e->d_name);
			continue;
		}
		if ((rc = open_regular(d->spool, e->d_name, &fd, err)) == RC_OK)
			rc = add_entry(d, sid, fd, err);
		/* Whoever put it there must not keep us from starting. */
		if (rc == RC_REFUSE) {
			log_line(LOG_ERROR, "spool: %s", err->text);
			rc = RC_OK;
		}
	}
	if (rc == RC_OK && errno != 0)
		rc = err_errno(err, RC_FAIL, "list spool");
	closedir(dir);
	return rc;
}

enum rc
depot_live(struct depot *d, depot_fn *fn, void *arg, struct err *err)
{
	enum rc rc = RC_OK;

	/* fn may finish its own file, and only that. */
	for (struct entry *e = d->entries, *next; rc == RC_OK && e != NULL; e = next) {
		uint8_t sid[16];

		next = e->next;
		memcpy(sid, e->sid, sizeof sid);
		rc = fn(arg, sid, e->fd, err);
	}
	return rc;
}

enum rc
depot_each(struct depot *d, depot_fn *fn, void *arg, struct err *err)
{
	enum rc rc = list_spool(d, err);

	return rc == RC_OK ? depot_live(d, fn, arg, err) : rc;
}

enum rc
depot_done(const struct depot *d, const uint8_t sid[16], int *ret, struct err *err)
{
	char name[NAME_MAX_LEN];

	name_of(sid, name);
	return open_regular(d->done, name, ret, err);
}

static void
proof_name(const uint8_t sid[16], char out[ID_UUID_TEXT + 6])
{
	id_uuid_text(sid, out);
	memcpy(out + ID_UUID_TEXT - 1, ".proof", sizeof ".proof");
}

enum rc
depot_put_proof(
    struct depot *d, const uint8_t sid[16], struct span text, struct err *err)
{
	char name[ID_UUID_TEXT + 6];

	proof_name(sid, name);
	if (swapfile_put(d->done, name, 0600, text, err) != RC_OK)
		return RC_FAIL;
	return fsync(d->done) == 0 ? RC_OK : err_errno(err, RC_FAIL, "sync done");
}

bool
depot_lacks_proof(const struct depot *d, const uint8_t sid[16])
{
	char name[ID_UUID_TEXT + 6];
	struct stat st;

	proof_name(sid, name);
	if (fstatat(d->done, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return false;
	name_of(sid, name);
	return fstatat(d->done, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}
