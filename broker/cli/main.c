/* broker: the command table.  Verbs go to brokerd over the control socket; keys are
 * made here, credentials sealed, policies checked and masking tried. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <config.h>

#include "broker/cli/cli.h"
#include "broker/cli/client.h"
#include "broker/cli/cmd_credential.h"
#include "broker/cli/cmd_keys.h"
#include "broker/cli/cmd_mask.h"
#include "broker/cli/cmd_policy.h"
#include "broker/cli/cmd_script.h"
#include "lib/model/status.h"

struct command {
	const char *name, *words, *help;
	int (*run)(
	    const struct cli *cli, int argc, char **argv); /* NULL: ask brokerd */
};

static int cmd_help(const struct cli *cli, int argc, char **argv);
static int cmd_version(const struct cli *cli, int argc, char **argv);

static const struct command commands[] = {
	{ "pending", "[--watch]", "commands that wait for approval", NULL },
	{ "why", "ID", "all about one of them", NULL },
	{ "approve", "ID [--reason TEXT]", "let a held command run, once", NULL },
	{ "deny", "ID --reason TEXT", "refuse a held command", NULL },
	{ "grant", "add|list|revoke", "approvals beforehand, for a while", NULL },
	{ "request", "ID", "run what was approved: over ssh", NULL },
	{ "runbook", "list|show|request", "commands that are approved once", NULL },
	{ "run", "NAME KEY=VALUE ...", "run one of these: over ssh", NULL },
	{ "ssm", "TARGET [-- COMMAND...]", "a command or a shell there: over ssh",
	    NULL },
	{ "script", "add|list|show|remove", "texts that are approved once",
	    cmd_script },
	{ "whoami", "", "who you are to the broker", NULL },
	{ "targets", "[--profile P]", "instances that you may reach", NULL },
	{ "sessions", "", "what runs now: yours, or all", NULL },
	{ "watch", "[--cast] ID", "look on while a session runs", NULL },
	{ "sdk-env", "--port PORT [...]", "lines that send an SDK through ssh -L",
	    NULL },
	{ "archive", "run|status|shred", "expire, shred and send recordings", NULL },
	{ "notify", "test|list|retry|drop", "webhooks that are told of holds", NULL },
	{ "keys", "init|auditor|show|...", "the keys that recordings need", cmd_keys },
	{ "credential", "key|add|list|remove", "the gateway's own credentials, sealed",
	    cmd_credential },
	{ "policy", "check|lint|test|...", "check and try policies", cmd_policy },
	{ "mask", "filter|test", "try the masking of secrets", cmd_mask },
	{ "version", "", "the version", cmd_version },
	{ "help", "", "this text", cmd_help },
};

static void
put_usage(FILE *to)
{
	fputs("usage: broker [--root DIR] [--json] COMMAND …\n", to);
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		fprintf(to, "  %-10s %-20s %s\n", commands[i].name, commands[i].words,
		    commands[i].help);
}

static int
cmd_help(const struct cli *cli, int argc, char **argv)
{
	(void)cli;
	(void)argc;
	(void)argv;
	put_usage(stdout);
	return STATUS_OK;
}

static int
cmd_version(const struct cli *cli, int argc, char **argv)
{
	(void)cli;
	(void)argc;
	(void)argv;
	printf("broker %s\n", PACKAGE_VERSION);
	return STATUS_OK;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct cli cli = { 0 };
	int c;

	/* "+": options of a command stand behind its name. */
	while ((c = getopt_long(argc, argv, "+h", longs, NULL)) != -1)
		switch (c) {
		case 'r':
			cli.root = optarg;
			break;
		case 'j':
			cli.json = true;
			break;
		case 'V':
			return cmd_version(&cli, 0, NULL);
		case 'h':
			return cmd_help(&cli, 0, NULL);
		default:
			put_usage(stderr);
			return STATUS_USAGE;
		}
	argc -= optind;
	argv += optind;
	for (size_t i = 0; argc > 0 && i < sizeof commands / sizeof commands[0]; i++) {
		if (strcmp(commands[i].name, argv[0]) != 0)
			continue;
		return commands[i].run != NULL
			   ? commands[i].run(&cli, argc, argv)
			   : client_ask(&cli, argc, argv, span_make(NULL, 0));
	}
	if (argc > 0)
		fprintf(
		    stderr, "broker: %s is not a command of this version\n", argv[0]);
	put_usage(stderr);
	return STATUS_USAGE;
}
