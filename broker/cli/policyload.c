/* Policy files; see policyload.h. */
#include "broker/cli/policyload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct policyload {
	size_t n;
	struct pack_text texts[PACK_FILES];
	struct buf bytes[PACK_FILES];
};

void
policyload_free(struct policyload *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->n; i++) {
		free((char *)l->texts[i].file);
		buf_clear(&l->bytes[i]);
	}
	free(l);
}

size_t
policyload_count(const struct policyload *l)
{
	return l->n;
}

const struct pack_text *
policyload_at(const struct policyload *l, size_t i)
{
	return i < l->n ? &l->texts[i] : NULL;
}

static enum rc
read_all(int fd, const char *path, struct buf *out, struct err *err)
{
	uint8_t *room;
	ssize_t n;

	for (;;) {
		if ((room = buf_room(out, 16384)) == NULL)
			return err_memory(err);
		if ((n = read(fd, room, 16384)) < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, RC_REFUSE, "read %s", path);
		if (n == 0)
			return RC_OK;
		out->len += (size_t)n;
		if (out->len > PACK_BYTES)
			return err_set(
			    err, RC_REFUSE, "%s: more than %u bytes", path, PACK_BYTES);
	}
}

/* Takes fd. */
static enum rc
add_file_take(struct policyload *l, const char *path, int fd, struct err *err)
{
	struct buf *b = &l->bytes[l->n];
	char *name = NULL;
	enum rc rc;

	if (l->n == PACK_FILES) {
		close(fd);
		return err_set(
		    err, RC_REFUSE, "%s: more than %d files", path, PACK_FILES);
	}
	buf_init(b, PACK_BYTES + 32768);
	rc = read_all(fd, path, b, err);
	close(fd);
	if (rc == RC_OK && (name = strdup(path)) == NULL)
		rc = err_memory(err);
	if (rc != RC_OK) {
		buf_clear(b);
		return rc;
	}
	l->texts[l->n] = (struct pack_text){ name, buf_span(b) };
	l->n++;
	return RC_OK;
}

static int
is_policy(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return e->d_name[0] != '.' && n > 5 && strcmp(e->d_name + n - 5, ".yaml") == 0;
}

static enum rc add_path(
    struct policyload *l, const char *path, bool folder, struct err *err);

static enum rc
add_folder(struct policyload *l, const char *path, struct err *err)
{
	char file[PATH_MAX];
	struct dirent **list;
	enum rc rc = RC_OK;
	int n = scandir(path, &list, is_policy, alphasort);

	if (n < 0)
		return err_errno(err, RC_REFUSE, "read the folder %s", path);
	for (int i = 0; i < n; i++) {
		if (rc == RC_OK && snprintf(file, sizeof file, "%s/%s", path,
				       list[i]->d_name) >= (int)sizeof file)
			rc = err_set(err, RC_REFUSE, "%s: the path is too long", path);
		if (rc == RC_OK)
			rc = add_path(l, file, false, err);
		free(list[i]);
	}
	free(list);
	return rc;
}

/* folder: one may stand there. */
static enum rc
add_path(struct policyload *l, const char *path, bool folder, struct err *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) != 0) {
		if (fd >= 0)
			close(fd);
		return err_errno(err, RC_REFUSE, "open %s", path);
	}
	if (!S_ISDIR(st.st_mode))
		return add_file_take(l, path, fd, err);
	close(fd);
	if (!folder)
		return err_set(err, RC_REFUSE, "%s is a folder", path);
	return add_folder(l, path, err);
}

enum rc
policyload_read(
    const char *const *paths, size_t n, struct policyload **ret, struct err *err)
{
	struct policyload *l = calloc(1, sizeof *l);
	enum rc rc = RC_OK;

	if (l == NULL)
		return err_memory(err);
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		rc = add_path(l, paths[i], true, err);
	if (rc != RC_OK) {
		policyload_free(l);
		return rc;
	}
	*ret = l;
	return RC_OK;
}

enum rc
policyload_pack(const struct policyload *l, struct pack **ret, struct err *err)
{
	return pack_read(l->texts, l->n, ret, err);
}

enum rc
policyload_rules(const char *const *paths, size_t n, struct pack **ret, struct err *err)
{
	struct policyload *l = NULL;
	enum rc rc = policyload_read(paths, n, &l, err);

	if (rc == RC_OK)
		rc = policyload_pack(l, ret, err);
	policyload_free(l);
	return rc;
}

enum rc
policyload_chosen(
    const struct policyopts *o, bool rest, struct pack **ret, struct err *err)
{
	const char *paths[2 * POLICYOPTS_FILES];
	size_t n = 0;
	char standard[PATH_MAX];

	for (size_t i = 0; i < o->n_policies; i++)
		paths[n++] = o->policies[i];
	if (rest && o->argc > POLICYOPTS_FILES)
		return err_set(err, RC_REFUSE, "more than %d files", POLICYOPTS_FILES);
	for (int i = 0; rest && i < o->argc; i++)
		paths[n++] = o->argv[i];
	if (n == 0) {
		if (snprintf(standard, sizeof standard, "%s%s/broker/policies",
			o->root == NULL ? "" : o->root,
			o->root == NULL ? BROKER_SYSCONF : "/etc") >=
		    (int)sizeof standard)
			return err_set(err, RC_REFUSE, "--root is too long");
		paths[n++] = standard;
	}
	return policyload_rules(paths, n, ret, err);
}
