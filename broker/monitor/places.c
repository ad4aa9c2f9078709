/* The paths of one broker; see places.h.  Touches no file. */
#include "broker/monitor/places.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define AT(member) offsetof(struct places, member)

static char **
slot(struct places *p, size_t offset)
{
	return (char **)((char *)p + offset);
}

/* Each path, below one that stands before it in the table. */
static const struct {
	size_t path, below;
	const char *name;
} rows[] = {
	{ AT(config), AT(etc), "broker.yaml" },
	{ AT(policies), AT(etc), "policies" },
	{ AT(database), AT(state), "broker.db" },
	{ AT(spool), AT(state), "recordings/spool" },
	{ AT(done), AT(state), "recordings/done" },
	{ AT(keys), AT(state), "keys" },
	{ AT(log), AT(state), "log" },
	{ AT(control), AT(run), "control.sock" },
	{ AT(home), AT(run), "empty" },
};

/* The three folders all else is below. */
static const struct {
	size_t path;
	const char *below_root, *compiled;
} tops[] = {
	{ AT(etc), "/etc/broker", BROKER_SYSCONF "/broker" },
	{ AT(state), "/var/lib/broker", BROKER_LOCALSTATE "/lib/broker" },
	{ AT(run), "/run/broker", BROKER_RUN "/broker" },
};

static char *
join(const char *a, const char *between, const char *b)
{
	char *s;

	return asprintf(&s, "%s%s%s", a, between, b) < 0 ? NULL : s;
}

static bool
climbs(const char *path)
{
	for (const char *s = path; (s = strstr(s, "..")) != NULL; s += 2)
		if ((s == path || s[-1] == '/') && (s[2] == '/' || s[2] == '\0'))
			return true;
	return false;
}

/* The absolute root without slashes at its end. */
static enum rc
make_root(const char *root, char **ret, struct err *err)
{
	char here[PATH_MAX];
	size_t n;
	char *s;

	if (root == NULL)
		s = strdup("");
	else if (root[0] == '\0' || climbs(root))
		return err_set(err, RC_REFUSE,
		    "root: expected a folder without \"..\", found \"%.200s\"", root);
	else if (root[0] == '/')
		s = strdup(root);
	else if (getcwd(here, sizeof here) == NULL)
		return err_errno(err, RC_FAIL, "root: the working folder");
	else
		s = join(here, "/", root);
	if (s == NULL)
		return err_memory(err);
	for (n = strlen(s); n > 0 && s[n - 1] == '/'; n--)
		s[n - 1] = '\0';
	*ret = s;
	return RC_OK;
}

static bool
make_paths(struct places *p, bool rooted)
{
	for (size_t i = 0; i < sizeof tops / sizeof tops[0]; i++) {
		char *s = rooted ? join(p->root, "", tops[i].below_root)
				 : strdup(tops[i].compiled);

		if ((*slot(p, tops[i].path) = s) == NULL)
			return false;
	}
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char *s = join(*slot(p, rows[i].below), "/", rows[i].name);

		if ((*slot(p, rows[i].path) = s) == NULL)
			return false;
	}
	return true;
}

/* Recordings get a name of 64 bytes at most in spool and done. */
static enum rc
check_lengths(const struct places *p, struct err *err)
{
	size_t most = sizeof((struct sockaddr_un *)NULL)->sun_path - 1;

	if (strlen(p->control) > most)
		return err_set(err, RC_REFUSE,
		    "root: expected a control socket of at most %zu bytes, found %zu: "
		    "\"%.200s\"",
		    most, strlen(p->control), p->control);
	if (strlen(p->spool) > PATH_MAX - 128)
		return err_set(err, RC_REFUSE, "root: expected a shorter path");
	return RC_OK;
}

enum rc
places_new(const char *root, struct places **ret, struct err *err)
{
	struct places *p;
	enum rc rc;

	if ((p = calloc(1, sizeof *p)) == NULL)
		return err_memory(err);
	rc = make_root(root, &p->root, err);
	if (rc == RC_OK && !make_paths(p, root != NULL))
		rc = err_memory(err);
	if (rc == RC_OK)
		rc = check_lengths(p, err);
	if (rc != RC_OK) {
		places_free(p);
		return rc;
	}
	*ret = p;
	return RC_OK;
}

void
places_free(struct places *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < sizeof tops / sizeof tops[0]; i++)
		free(*slot(p, tops[i].path));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		free(*slot(p, rows[i].path));
	free(p->root);
	free(p);
}

char *
places_path(const struct places *p, const char *path)
{
	if (strncmp(path, "{etc}/", 6) == 0)
		return join(p->etc, "/", path + 6);
	if (strncmp(path, "{keys}/", 7) == 0)
		return join(p->keys, "/", path + 7);
	if (path[0] == '/')
		return strdup(path);
	return join(p->root, "/", path);
}
