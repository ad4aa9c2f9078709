/* Files beside recordings; see shelf.h. */
#include "broker/keeper/shelf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "lib/base/id.h"
#include "recorder/textfile.h"

#define NAME_LEN (ID_UUID_TEXT + 8)

struct shelf {
	int done, keys;
};

static enum rc
open_folder(int at, const char *name, int *ret, struct err *err)
{
	struct stat st;
	int fd;

	if (mkdirat(at, name, 0700) != 0 && errno != EEXIST)
		return err_errno(err, RC_FAIL, "make %s", name);
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_errno(err, RC_FAIL, "open %s", name);
	if (fstat(fd, &st) != 0 || st.st_uid != geteuid() ||
	    (st.st_mode & 07777) != 0700) {
		close(fd);
		return err_set(
		    err, RC_REFUSE, "folder %s must be ours, with mode 0700", name);
	}
	*ret = fd;
	return RC_OK;
}

enum rc
shelf_open(const struct depot *d, struct shelf **ret, struct err *err)
{
	struct shelf *s = calloc(1, sizeof *s);
	enum rc rc;

	if (s == NULL)
		return err_memory(err);
	*s = (struct shelf){ -1, -1 };
	if ((rc = open_folder(depot_dir(d), "done", &s->done, err)) != RC_OK ||
	    (rc = open_folder(depot_dir(d), "keys", &s->keys, err)) != RC_OK) {
		shelf_close(s);
		return rc;
	}
	*ret = s;
	return RC_OK;
}

void
shelf_close(struct shelf *s)
{
	if (s == NULL)
		return;
	if (s->done >= 0)
		close(s->done);
	if (s->keys >= 0)
		close(s->keys);
	free(s);
}

static const char *
name_of(const uint8_t sid[16], const char *suffix, char out[NAME_LEN])
{
	id_uuid_text(sid, out);
	snprintf(out + strlen(out), NAME_LEN - strlen(out), "%s", suffix);
	return out;
}

enum rc
shelf_proof(const struct shelf *s, const uint8_t sid[16], int *ret, struct err *err)
{
	char name[NAME_LEN];
	struct stat st;
	int fd = openat(s->done, name_of(sid, ".proof", name),
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return errno == ENOENT ? RC_END
				       : err_errno(err, RC_FAIL, "open %s", name);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(err, RC_FAIL, "%s is no plain file", name);
	}
	*ret = fd;
	return RC_OK;
}

enum rc
shelf_key_make(
    struct shelf *s, const uint8_t sid[16], uint8_t key[SHRED_KEY], struct err *err)
{
	char name[NAME_LEN];
	struct buf text;
	enum rc rc;

	randombytes_buf(key, SHRED_KEY);
	buf_init(&text, SHRED_TEXT_MAX);
	shred_put(sid, key, &text);
	rc = textfile_write(
	    s->keys, name_of(sid, ".shred", name), 0600, buf_span(&text), err);
	buf_clear(&text);
	if (rc == RC_OK && fsync(s->keys) != 0)
		rc = err_errno(err, RC_FAIL, "sync the folder of shred keys");
	if (rc != RC_OK)
		sodium_memzero(key, SHRED_KEY);
	return rc;
}

bool
shelf_key_there(const struct shelf *s, const uint8_t sid[16])
{
	char name[NAME_LEN];
	struct stat st;

	return fstatat(s->keys, name_of(sid, ".shred", name), &st,
		   AT_SYMLINK_NOFOLLOW) == 0;
}

static enum rc
overwrite(int fd, const char *name, struct err *err)
{
	uint8_t noise[SHRED_TEXT_MAX];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0 ||
	    st.st_size > (off_t)sizeof noise)
		return err_set(err, RC_FAIL, "%s is no shred key's file", name);
	randombytes_buf(noise, sizeof noise);
	n = pwrite(fd, noise, (size_t)st.st_size, 0);
	if (n != (ssize_t)st.st_size || fsync(fd) != 0)
		return err_errno(err, RC_FAIL, "overwrite %s", name);
	return RC_OK;
}

enum rc
shelf_key_destroy(struct shelf *s, const uint8_t sid[16], struct err *err)
{
	char name[NAME_LEN];
	enum rc rc;
	int fd = openat(s->keys, name_of(sid, ".shred", name),
	    O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return errno == ENOENT ? RC_OK
				       : err_errno(err, RC_FAIL, "open %s", name);
	rc = overwrite(fd, name, err);
	close(fd);
	if (rc != RC_OK)
		return rc;
	if (unlinkat(s->keys, name, 0) != 0 || fsync(s->keys) != 0)
		return err_errno(err, RC_FAIL, "remove %s", name);
	return RC_OK;
}

enum rc
shelf_remove(struct shelf *s, const uint8_t sid[16], struct err *err)
{
	static const char *const suffixes[] = { ".cast", ".proof", ".rcpt" };
	char name[NAME_LEN];

	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
		if (unlinkat(s->done, name_of(sid, suffixes[i], name), 0) != 0 &&
		    errno != ENOENT)
			return err_errno(err, RC_FAIL, "remove %s", name);
	if (fsync(s->done) != 0)
		return err_errno(err, RC_FAIL, "sync the recordings' folder");
	return RC_OK;
}
