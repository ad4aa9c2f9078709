/* broker credential; see cmd_credential.h.  A secret comes from a file or stdin, never
 * from the command line, and none is ever printed. */
#include "broker/cli/cmd_credential.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <config.h>

#include "broker/cli/cli.h"
#include "broker/vault/keyjson.h"
#include "broker/vault/sealed.h"
#include "lib/base/buf.h"
#include "lib/model/status.h"

#define SERVICE_USER "broker"

static const char usage[] =
    "usage: broker credential key [FILE]\n"
    "       broker credential add [--key FILE] [--profile SECTION] [--replace] NAME "
    "[FILE]\n"
    "       broker credential list\n"
    "       broker credential remove NAME\n"
    "Keeps AWS credentials of the gateway, sealed.  add reads an AWS credentials file\n"
    "or what `aws iam create-access-key` prints, from FILE or stdin.\n";

struct request {
	char folder[PATH_MAX]; /* the broker's keys */
	char key[PATH_MAX];
	const char *section;
	bool replace;
	struct sealed_owner owner;
	int argc; /* without options */
	char **argv;
};

static int
fail(const char *text, int status)
{
	fprintf(stderr, "broker: %s\n", text);
	return status;
}

static int
judge(enum rc rc, const struct err *err)
{
	if (rc == RC_OK)
		return STATUS_OK;
	return fail(err->text, rc == RC_REFUSE ? STATUS_USAGE : STATUS_FAILED);
}

static int
misused(void)
{
	fputs(usage, stderr);
	return STATUS_USAGE;
}

/* Started as root, brokerd reads its files as a user of its own. */
static struct sealed_owner
find_owner(void)
{
	const struct passwd *pw = geteuid() == 0 ? getpwnam(SERVICE_USER) : NULL;

	return (struct sealed_owner){ .give = pw != NULL,
		.uid = pw != NULL ? pw->pw_uid : 0 };
}

static int
make_key(struct request *r)
{
	const char *path = r->argc > 1 ? r->argv[1] : r->key;
	struct err err = { "" };
	enum rc rc;

	if (r->argc > 2)
		return misused();
	rc = sealed_make_key(path, &r->owner, &err);
	if (rc == RC_OK)
		printf("made %s: keep a copy where the broker's folder is not\n", path);
	return judge(rc, &err);
}

/* ---- add ---- */

static enum rc
read_fd(int fd, struct buf *text, struct err *err)
{
	for (;;) {
		uint8_t *to = buf_room(text, 4096);
		ssize_t n;

		if (to == NULL)
			return err_set(
			    err, RC_REFUSE, "more than %u bytes", SOURCES_FILE_MAX);
		if ((n = read(fd, to, 4096)) < 0)
			return err_errno(err, RC_REFUSE, "read");
		if (n == 0)
			return RC_OK;
		text->len += (size_t)n;
	}
}

static enum rc
read_input(const char *path, struct buf *text, struct err *err)
{
	int fd = path == NULL ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	enum rc rc;

	if (fd < 0)
		return err_errno(err, RC_REFUSE, "open %s", path);
	rc = read_fd(fd, text, err);
	if (fd != STDIN_FILENO)
		close(fd);
	return rc;
}

static enum rc
parse_input(
    struct span text, const char *section, struct sources_key **ret, struct err *err)
{
	size_t blank = 0;

	while (blank < text.len && strchr(" \t\r\n", text.p[blank]) != NULL &&
	       text.p[blank] != '\0')
		blank++;
	if (blank < text.len && text.p[blank] == '{')
		return keyjson_parse(text, KEYJSON_LASTING, ret, err);
	return sources_parse(text, section, ret, err);
}

static int
add(struct request *r)
{
	struct sealed_place at = { .folder = r->folder, .key = r->key };
	struct sources_key *k = NULL;
	struct err err = { "" };
	struct buf text;
	enum rc rc;

	if (r->argc < 2 || r->argc > 3)
		return misused();
	at.name = r->argv[1];
	buf_init(&text, SOURCES_FILE_MAX + 4096);
	if ((rc = read_input(r->argv[2], &text, &err)) == RC_OK)
		rc = parse_input(buf_span(&text), r->section, &k, &err);
	if (rc != RC_OK)
		err_add(&err, "%s", r->argv[2] != NULL ? r->argv[2] : "stdin");
	else
		rc = sealed_add(&at, k, r->replace, &r->owner, &err);
	if (rc == RC_OK)
		printf(
		    "sealed %s, with the access key %s\n", at.name, k->access_key_id);
	sources_free(k);
	buf_clear(&text);
	return judge(rc, &err);
}

static int
list(struct request *r)
{
	struct err err = { "" };
	struct buf text;
	enum rc rc;

	if (r->argc != 1)
		return misused();
	buf_init(&text, 1 << 20);
	if ((rc = sealed_list(r->folder, &text, &err)) == RC_OK)
		fwrite(text.p, 1, text.len, stdout);
	buf_clear(&text);
	return judge(rc, &err);
}

static int
take_away(struct request *r)
{
	struct err err = { "" };

	if (r->argc != 2)
		return misused();
	return judge(sealed_remove(r->folder, r->argv[1], &err), &err);
}

static const struct {
	const char *name;
	int (*run)(struct request *r);
} deeds[] = {
	{ "key", make_key },
	{ "add", add },
	{ "list", list },
	{ "remove", take_away },
};

/* ---- words ---- */

/* The same places as brokerd's; --root moves both. */
static bool
find_places(const struct cli *cli, struct request *r)
{
	const char *root = cli->root != NULL ? cli->root : "";
	const char *state =
	    cli->root != NULL ? "/var/lib/broker" : BROKER_LOCALSTATE "/lib/broker";
	const char *etc = cli->root != NULL ? "/etc/broker" : BROKER_SYSCONF "/broker";
	char here[PATH_MAX] = "";

	if (cli->root != NULL && root[0] == '\0')
		return false;
	/* Files are read by absolute paths only. */
	if (root[0] != '\0' && root[0] != '/') {
		if (getcwd(here, sizeof here) == NULL)
			return false;
		strncat(here, "/", sizeof here - strlen(here) - 1);
	}
	return snprintf(r->folder, PATH_MAX, "%s%s%s/keys", here, root, state) <
		   PATH_MAX &&
	       snprintf(r->key, PATH_MAX, "%s%s%s/sealing.key", here, root, etc) <
		   PATH_MAX;
}

static bool
set_key(struct request *r, const char *path)
{
	char whole[PATH_MAX];

	return realpath(path, whole) != NULL &&
	       snprintf(r->key, PATH_MAX, "%s", whole) < PATH_MAX;
}

/* -1: go on; else an exit status. */
static int
read_options(struct request *r, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "key", required_argument, NULL, 'k' },
		{ "profile", required_argument, NULL, 'p' },
		{ "replace", no_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	optind = 0; /* begin anew, with "credential" in the place of a program's name */
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1)
		switch (c) {
		case 'k':
			if (!set_key(r, optarg))
				return fail("--key: no such file", STATUS_USAGE);
			break;
		case 'p':
			r->section = optarg;
			break;
		case 'r':
			r->replace = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return STATUS_OK;
		default:
			return misused();
		}
	r->argc = argc - optind;
	r->argv = argv + optind;
	return -1;
}

int
cmd_credential(const struct cli *cli, int argc, char **argv)
{
	struct request r = { .section = "default" };
	int status;

	if ((status = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)) != 0)
		return fail("this process cannot be kept from dumping", STATUS_FAILED);
	if (!find_places(cli, &r))
		return fail("--root: no folder that can be used", STATUS_USAGE);
	r.owner = find_owner();
	if ((status = read_options(&r, argc, argv)) >= 0)
		return status;
	for (size_t i = 0; r.argc > 0 && i < sizeof deeds / sizeof deeds[0]; i++)
		if (strcmp(r.argv[0], deeds[i].name) == 0)
			return deeds[i].run(&r);
	return misused();
}
