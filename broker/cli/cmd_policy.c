/* broker policy; see cmd_policy.h.  Here is the table of its commands, nothing else. */
#include "broker/cli/cmd_policy.h"

#include <stdio.h>
#include <string.h>

#include "broker/cli/cli.h"
#include "broker/cli/policycheck.h"
#include "broker/cli/policydecide.h"
#include "broker/cli/policydiff.h"
#include "broker/cli/policyexplain.h"
#include "broker/cli/policylint.h"
#include "broker/cli/policyopts.h"
#include "broker/cli/policysay.h"
#include "broker/cli/policytest.h"
#include "lib/model/status.h"

struct command {
	const char *name, *words, *help;
	unsigned take;
	int (*run)(const struct policyopts *o);
};

static const struct command commands[] = {
	{ "check", "[--masking FILE] FILE|DIR ...", "would brokerd load them?",
	    POLICYOPTS_MASKING, policycheck },
	{ "lint",
	    "[--strict] [--facts FILE] [--against AUDIT] [--masking FILE] FILE|DIR ...",
	    "what is likely a mistake",
	    POLICYOPTS_STRICT | POLICYOPTS_FACTS | POLICYOPTS_AGAINST |
		POLICYOPTS_MASKING,
	    policylint },
	{ "test", "[--corpus FILE | --against AUDIT] FILE|DIR ...",
	    "run examples and tests, a corpus, or what was recorded",
	    POLICYOPTS_WHO | POLICYOPTS_CORPUS | POLICYOPTS_AGAINST, policytest },
	{ "diff", "OLD NEW", "rules added, removed and changed", 0, policydiff },
	{ "explain", "--as WHO [--policy FILE ...] (--line LINE | -- aws ...)",
	    "how one line is decided",
	    POLICYOPTS_POLICY | POLICYOPTS_WHO | POLICYOPTS_PATH | POLICYOPTS_LINE |
		POLICYOPTS_FIRST,
	    policyexplain },
	{ "decide", "--as WHO [--path exec|shell] [--policy FILE ... | FILE|DIR ...]",
	    "judge JSON Lines from stdin",
	    POLICYOPTS_POLICY | POLICYOPTS_WHO | POLICYOPTS_PATH, policydecide },
};

static void
put_usage(FILE *to)
{
	fputs("usage: broker policy [--json] COMMAND ...\n", to);
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		fprintf(to, "  %-8s %s\n%11s%s\n", commands[i].name, commands[i].words,
		    "", commands[i].help);
	fputs(
	    "Each has --help.  Who asks: --as NAME, --group GROUP, --kind agent|human, "
	    "--at TIME,\n--target NAME, or all facts as JSON: --facts FILE.\n",
	    to);
}

static int
run(const struct command *c, const struct cli *cli, int argc, char **argv)
{
	struct policyopts o;
	struct err err = { "" };
	enum rc rc = policyopts_read(cli, argc, argv, c->take, &o, &err);

	if (rc == RC_OK && !o.help)
		return c->run(&o);
	if (rc == RC_OK) {
		printf("usage: broker policy [--json] %s %s\n%s\n", c->name, c->words,
		    c->help);
		policyopts_help(c->take, stdout);
		return STATUS_OK;
	}
	policysay_error(rc, &err);
	fprintf(stderr, "usage: broker policy %s %s\n", c->name, c->words);
	return STATUS_USAGE;
}

int
cmd_policy(const struct cli *cli, int argc, char **argv)
{
	struct cli own = *cli;
	const char *name;

	if (argc > 1 && strcmp(argv[1], "--json") == 0) {
		own.json = true;
		argc--;
		argv++;
	}
	name = argc > 1 ? argv[1] : "";
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (strcmp(commands[i].name, name) == 0)
			return run(&commands[i], &own, argc - 1, argv + 1);
	if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
		put_usage(stdout);
		return STATUS_OK;
	}
	if (argc > 1)
		fprintf(stderr, "broker: policy has no such command\n");
	put_usage(stderr);
	return STATUS_USAGE;
}
