/* broker keys: its words and its deeds; see cmd_keys.h.  All of it works without a
 * broker: keys belong on machines where none runs. */
#include "broker/cli/cmd_keys.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "broker/cli/cli.h"
#include "broker/cli/keysrequest.h"
#include "broker/cli/passphrase.h"
#include "lib/base/clock.h"
#include "lib/model/status.h"
#include "recorder/textfile.h"

static const char usage[] =
    "usage: broker keys init [--name BROKER] [--not-after YYYY-MM-DD] DIR\n"
    "       broker keys auditor --label LABEL [--passphrase] FILE\n"
    "       broker keys show FILE...\n"
    "       broker keys recipient --epoch EPOCH --not-after YYYY-MM-DD [--label LABEL] "
    "FILE\n"
    "       broker keys sign --admin KEY [-o FILE] LIST\n"
    "       broker keys check --admin KEY LIST\n"
    "       broker keys rotate-device DIR\n"
    "init makes in DIR (which is made when it is missing): device.key, auditor.key,\n"
    "break-glass.key, admin.key, admin.pub, recipients, trust.  The others make one\n"
    "more auditor's key, show the public halves, make and sign and check the list of\n"
    "recipients, and change the device key.\n";

static const struct {
	const char *name;
	const char *takes; /* options, by their letters */
	int least, most;   /* words */
	int (*run)(const struct keys_request *r);
} deeds[] = {
	{ "init", "na", 1, 1, keysmake_init },
	{ "auditor", "lp", 1, 1, keysmake_auditor },
	{ "show", "", 1, 64, keysshow_show },
	{ "recipient", "lea", 1, 1, keyslist_recipient },
	{ "sign", "mo", 1, 1, keyslist_sign },
	{ "check", "m", 1, 1, keyslist_check },
	{ "rotate-device", "", 1, 1, keysmake_rotate },
};

#define DEEDS (sizeof deeds / sizeof deeds[0])

/* ---- what the deeds share ---- */

int
keysrequest_fail(const char *text, int status)
{
	fprintf(stderr, "broker: %s\n", text);
	return status;
}

int
keysrequest_judge(enum rc rc, const struct err *err)
{
	if (rc == RC_OK)
		return STATUS_OK;
	return keysrequest_fail(
	    err->text, rc == RC_FAIL ? STATUS_FAILED : STATUS_USAGE);
}

enum rc
keysrequest_auditor(const char *path, struct keyfile **ret, struct err *err)
{
	struct secret *text = NULL, *pass = NULL;
	enum rc rc;

	if ((rc = keyfile_read(path, &text, err)) != RC_OK)
		return rc;
	if (keyfile_locked(secret_span(text)))
		rc = passphrase_ask("Passphrase of the key: ", false, &pass, err);
	if (rc == RC_OK)
		rc = keyfile_parse(KEYFILE_AUDITOR, secret_span(text), pass, ret, err);
	if (rc != RC_OK)
		err_add(err, "%s", path);
	secret_free(pass);
	secret_free(text);
	return rc;
}

int
keysrequest_put(const struct keys_request *r, unsigned mode, const struct buf *text)
{
	struct err err = { "" };

	if (!buf_ok(text))
		return keysrequest_fail("out of memory", STATUS_FAILED);
	if (r->out != NULL)
		return keysrequest_judge(
		    textfile_write(AT_FDCWD, r->out, mode, buf_span(text), &err), &err);
	if (fwrite(text->p, 1, text->len, stdout) != text->len || fflush(stdout) != 0)
		return keysrequest_fail("standard output", STATUS_FAILED);
	return STATUS_OK;
}

/* ---- words ---- */

static int
misused(void)
{
	fputs(usage, stderr);
	return STATUS_USAGE;
}

static bool
take(struct keys_request *r, int c)
{
	const struct {
		int letter;
		const char **to;
	} places[] = { { 'n', &r->name }, { 'l', &r->label }, { 'e', &r->epoch },
		{ 'a', &r->not_after }, { 'm', &r->admin }, { 'o', &r->out } };

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (places[i].letter == c)
			*places[i].to = optarg;
	r->passphrase |= c == 'p';
	return c != '?';
}

/* -1: go on; else an exit status. */
static int
read_options(struct keys_request *r, const char *takes, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "label", required_argument, NULL, 'l' },
		{ "epoch", required_argument, NULL, 'e' },
		{ "not-after", required_argument, NULL, 'a' },
		{ "admin", required_argument, NULL, 'm' },
		{ "output", required_argument, NULL, 'o' },
		{ "passphrase", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	/* 0: begin anew, with the deed in the place of the program's name. */
	optind = 0;
	while ((c = getopt_long(argc, argv, "ho:", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return STATUS_OK;
		}
		if (c != '?' && strchr(takes, c) == NULL)
			return misused();
		if (!take(r, c))
			return misused();
	}
	r->argc = argc - optind;
	r->argv = argv + optind;
	return -1;
}

int
cmd_keys(const struct cli *cli, int argc, char **argv)
{
	struct keys_request r = { .json = cli->json, .now_ms = clock_wall_ms() };
	size_t i = 0;
	int status;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return STATUS_OK;
	}
	while (i < DEEDS && (argc < 2 || strcmp(argv[1], deeds[i].name) != 0))
		i++;
	if (i == DEEDS)
		return misused();
	if ((status = read_options(&r, deeds[i].takes, argc - 1, argv + 1)) >= 0)
		return status;
	if (r.argc < deeds[i].least || r.argc > deeds[i].most)
		return misused();
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return keysrequest_fail(
		    "this process cannot be kept from dumping", STATUS_FAILED);
	return deeds[i].run(&r);
}
