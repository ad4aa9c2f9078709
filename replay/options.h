/* What hoop-replay was asked to do: the table of its options. */
#ifndef REPLAY_OPTIONS_H
#define REPLAY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/base/err.h"
#include "replay/moment.h"

/* Bits, so that an option can name those it belongs to. */
enum options_mode {
	OPTIONS_PLAY = 1,
	OPTIONS_VERIFY = 2,
	OPTIONS_EXPORT = 4,
	OPTIONS_INFO = 8,
	OPTIONS_COMMANDS = 16,
	OPTIONS_HELP = 32,
	OPTIONS_VERSION = 64,
	OPTIONS_TEXT = 128,
	OPTIONS_FIND = 256,
	OPTIONS_AT = 512,
	OPTIONS_REWRAP = 0x8000,
};

#define OPTIONS_FILES 256 /* FILEs of one run */
#define OPTIONS_LIST 64	  /* of an option that may be given more than once */

struct options {
	enum options_mode mode;
	const char *file;   /* NULL for help, version, and --all */
	char *const *files; /* nfiles of them; file is the first */
	size_t nfiles;
	const char *all, *log, *proof, *rcpt, *shred; /* NULL: not given */
	const char *checkpoints[OPTIONS_LIST];	      /* copies kept outside */
	size_t ncheckpoints;
	const char *whom[OPTIONS_LIST]; /* of a rewrap: files with public keys */
	size_t nwhom;
	const char *key;    /* a path or fd:N; NULL: the default place */
	const char *trust;  /* NULL: the default place */
	const char *format; /* of an export: "cast", "v3", "jsonl", "txt", "html" */
	const char *out;    /* NULL: standard output */
	double speed;
	uint64_t limit_us;	/* PACE_NO_LIMIT, or the longest silence */
	struct moment from, to; /* of a replay; to: UINT64_MAX us if none */
	const char *find;	/* what is looked for */
	int context;		/* lines around it */
	bool ignore_case;
	struct moment at;
	const char *masking; /* a policy; NULL: the usual one */
	bool follow;
	bool raw;
	bool json;
	bool force;
};

/* Read the command line; strings are borrowed from argv.  RC_REFUSE with one sentence:
 * unknown option, bad value, two modes, an option of another mode, not one FILE. */
enum rc options_parse(int argc, char **argv, struct options *ret, struct err *err);

/* The text of --help. */
void options_help(FILE *f);

#endif
