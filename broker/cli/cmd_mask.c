/* broker mask; see cmd_mask.h.  Here is the table of its commands, nothing else. */
#include "broker/cli/cmd_mask.h"

#include <stdio.h>
#include <string.h>

#include "broker/cli/cli.h"
#include "broker/cli/maskcases.h"
#include "broker/cli/maskfilter.h"
#include "broker/cli/maskopts.h"
#include "broker/cli/masktest.h"
#include "broker/cli/policysay.h"
#include "lib/model/status.h"

struct command {
	const char *name, *words, *help;
	unsigned take;
	int (*run)(const struct maskopts *o);
};

static int
filter(const struct maskopts *o)
{
	return o->jsonl ? maskcases(o) : maskfilter(o);
}

static const struct command commands[] = {
	{ "filter", "[--policy FILE] [--pace PACE] [--jsonl [--times]]",
	    "from standard input to standard output, secrets masked",
	    MASKOPTS_PACE | MASKOPTS_CASES, filter },
	{ "test", "[--policy FILE] [--json] FILE ...",
	    "where something would be masked, and by which rule; never what",
	    MASKOPTS_FILES, masktest },
};

static void
put_usage(FILE *to)
{
	fputs("usage: broker mask COMMAND ...\n", to);
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		fprintf(to, "  %-8s %s\n%11s%s\n", commands[i].name, commands[i].words,
		    "", commands[i].help);
	fputs("Each has --help.\n", to);
}

static int
run(const struct command *c, const struct cli *cli, int argc, char **argv)
{
	struct maskopts o;
	struct err err = { "" };
	enum rc rc = maskopts_read(cli, argc, argv, c->take, &o, &err);

	if (rc == RC_OK && !o.help)
		return c->run(&o);
	if (rc == RC_OK) {
		printf("usage: broker mask %s %s\n%s\n", c->name, c->words, c->help);
		maskopts_help(c->take, stdout);
		return STATUS_OK;
	}
	policysay_error(rc, &err);
	fprintf(stderr, "usage: broker mask %s %s\n", c->name, c->words);
	return STATUS_USAGE;
}

int
cmd_mask(const struct cli *cli, int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (strcmp(commands[i].name, name) == 0)
			return run(&commands[i], cli, argc - 1, argv + 1);
	if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
		put_usage(stdout);
		return STATUS_OK;
	}
	if (argc > 1)
		fprintf(stderr, "broker: mask has no such command\n");
	put_usage(stderr);
	return STATUS_USAGE;
}
