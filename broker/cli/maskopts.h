/* The options of `broker mask`, and the rules that they ask for. */
#ifndef BROKER_CLI_MASKOPTS_H
#define BROKER_CLI_MASKOPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "broker/cli/cli.h"
#include "lib/base/err.h"
#include "recorder/mask/mask.h"

#define MASKOPTS_ADD 16

/* Which options a command takes; --policy, --add and --help are everybody's. */
enum maskopts_take {
	MASKOPTS_PACE = 1,
	MASKOPTS_CASES = 2, /* --jsonl --times */
	MASKOPTS_FILES = 4, /* --json, and files behind the options, one at least */
};

/* All texts are argv's. */
struct maskopts {
	const char *policy; /* a file; NULL: all as by default */
	const char *pace;
	bool jsonl, times, json, help;
	size_t n_add;
	struct span add[MASKOPTS_ADD];
	/* What stands behind the options. */
	int argc;
	char **argv;
};

/* Read "NAME OPTION …" (argv[0] is the command's name).  RC_REFUSE: one that the command
 * does not take, or without its value, or what does not go together. */
enum rc maskopts_read(const struct cli *cli, int argc, char **argv, unsigned take,
    struct maskopts *ret, struct err *err);
/* The options that a command takes, a line each. */
void maskopts_help(unsigned take, FILE *to);

/* How long is held: --pace, else interactive where standard output is a terminal. */
enum mask_pace maskopts_pace(const struct maskopts *o);
/* What --policy says.  On RC_OK *ret is yours: mask_policy_free().  RC_REFUSE: the file
 * cannot be read, or FILE:LINE:COLUMN: what is wrong in it. */
enum rc maskopts_policy(
    const struct maskopts *o, struct mask_policy **ret, struct err *err);
/* The rules of that policy, of --add, and of n more names.  On RC_OK *ret is yours:
 * mask_rules_free().  RC_REFUSE: a name that the policy does not have. */
enum rc maskopts_rules(const struct maskopts *o, const struct mask_policy *p,
    const struct span *names, size_t n, struct mask_rules **ret, struct err *err);

#endif
