/* The options of `broker policy`: one table for all of its commands. */
#ifndef BROKER_CLI_POLICYOPTS_H
#define BROKER_CLI_POLICYOPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "broker/cli/cli.h"
#include "broker/cli/policyfacts.h"
#include "lib/base/err.h"

#define POLICYOPTS_FILES 256

/* Which options a command takes; --json and --help are everybody's. */
enum policyopts_take {
	POLICYOPTS_POLICY = 1, /* --policy FILE, as often as wanted */
	POLICYOPTS_ASKER = 2,  /* --as --group --kind --at --target */
	POLICYOPTS_PATH = 4,
	POLICYOPTS_LINE = 8,
	POLICYOPTS_CORPUS = 16,
	POLICYOPTS_AGAINST = 32,
	/* Options end at the first word that is none: a command line follows. */
	POLICYOPTS_FIRST = 64,
	POLICYOPTS_STRICT = 128,
	POLICYOPTS_FACTS = 256,
	POLICYOPTS_MASKING = 512,
	POLICYOPTS_WHO = POLICYOPTS_ASKER | POLICYOPTS_FACTS,
};

/* All texts are argv's. */
struct policyopts {
	const char *root; /* --root DIR, or NULL */
	bool json, help, strict;
	const char *as, *kind, *at, *facts, *target, *path, *line, *corpus, *against;
	const char *masking; /* a file with masking, as broker.yaml has it; or NULL */
	size_t n_policies, n_groups;
	const char *policies[POLICYOPTS_FILES];
	const char *groups[POLICYFACTS_GROUPS];
	/* What stands behind the options. */
	int argc;
	char **argv;
};

/* Read "NAME OPTION …" (argv[0] is the command's name).  RC_REFUSE: one that the command
 * does not take, or without its value; err says which. */
enum rc policyopts_read(const struct cli *cli, int argc, char **argv, unsigned take,
    struct policyopts *ret, struct err *err);

/* The options that a command takes, a line each. */
void policyopts_help(unsigned take, FILE *to);

/* --path as enum path, or -1 without it.  RC_REFUSE: neither exec nor shell. */
enum rc policyopts_path(const struct policyopts *o, int *ret, struct err *err);
/* What a decision is made on, from --facts and then the single options; *ret stays where
 * it is.  On RC_OK *doc (NULL without --facts) is yours, json_decref(), and has to last
 * as long as ret.  RC_REFUSE with what was expected. */
enum rc policyopts_facts(
    const struct policyopts *o, struct policyfacts *ret, json_t **doc, struct err *err);

#endif
