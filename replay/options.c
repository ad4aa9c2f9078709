/* Options by table; see options.h. */
#include "replay/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "replay/find.h"
#include "replay/pace.h"

#define ANY 0xFFFFu
/* What is masked a second time. */
#define LOOKED_THROUGH (OPTIONS_EXPORT | OPTIONS_FIND | OPTIONS_TEXT)

static enum rc
take_key(struct options *o, const char *arg, struct err *err)
{
	(void)err;
	o->key = arg;
	return RC_OK;
}

static enum rc
take_trust(struct options *o, const char *arg, struct err *err)
{
	(void)err;
	o->trust = arg;
	return RC_OK;
}

static enum rc
take_out(struct options *o, const char *arg, struct err *err)
{
	(void)err;
	o->out = arg;
	return RC_OK;
}

static enum rc
take_speed(struct options *o, const char *arg, struct err *err)
{
	return pace_parse_speed(arg, &o->speed, err);
}

static enum rc
take_limit(struct options *o, const char *arg, struct err *err)
{
	return pace_parse_limit(arg, &o->limit_us, err);
}

static enum rc
take_raw(struct options *o, const char *arg, struct err *err)
{
	(void)arg;
	(void)err;
	o->raw = true;
	return RC_OK;
}

static enum rc
take_masking(struct options *o, const char *arg, struct err *err)
{
	(void)err;
	o->masking = arg;
	return RC_OK;
}

static enum rc
take_follow(struct options *o, const char *arg, struct err *err)
{
	(void)arg;
	(void)err;
	o->follow = true;
	return RC_OK;
}

static enum rc
take_from(struct options *o, const char *arg, struct err *err)
{
	return moment_parse(arg, &o->from, err);
}

static enum rc
take_to(struct options *o, const char *arg, struct err *err)
{
	return moment_parse(arg, &o->to, err);
}

static enum rc
take_json(struct options *o, const char *arg, struct err *err)
{
	(void)arg;
	(void)err;
	o->json = true;
	return RC_OK;
}

static enum rc
take_force(struct options *o, const char *arg, struct err *err)
{
	(void)arg;
	(void)err;
	o->force = true;
	return RC_OK;
}

static enum rc
take_find(struct options *o, const char *arg, struct err *err)
{
	(void)err;
	o->find = arg;
	return RC_OK;
}

static enum rc
take_context(struct options *o, const char *arg, struct err *err)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || n > FIND_CONTEXT_MOST)
		return err_set(
		    err, RC_REFUSE, "a number of 0 to %d", FIND_CONTEXT_MOST);
	o->context = (int)n;
	return RC_OK;
}

static enum rc
take_ignore_case(struct options *o, const char *arg, struct err *err)
{
	(void)arg;
	(void)err;
	o->ignore_case = true;
	return RC_OK;
}

static enum rc
take_at(struct options *o, const char *arg, struct err *err)
{
	return moment_parse(arg, &o->at, err);
}

/* act_export.c knows how each is made. */
static const char *const formats[] = { "cast", "v3", "jsonl", "txt", "html" };

static enum rc
take_all(struct options *o, const char *arg, struct err *err)
{
	(void)err;
	o->all = arg;
	return RC_OK;
}

static enum rc
take_log(struct options *o, const char *arg, struct err *err)
{
	(void)err;
	o->log = arg;
	return RC_OK;
}

static enum rc
take_proof(struct options *o, const char *arg, struct err *err)
{
	(void)err;
	o->proof = arg;
	return RC_OK;
}

static enum rc
take_rcpt(struct options *o, const char *arg, struct err *err)
{
	(void)err;
	o->rcpt = arg;
	return RC_OK;
}

static enum rc
take_shred(struct options *o, const char *arg, struct err *err)
{
	(void)err;
	o->shred = arg;
	return RC_OK;
}

static enum rc
take_more(const char *list[OPTIONS_LIST], size_t *n, const char *arg, struct err *err)
{
	if (*n == OPTIONS_LIST)
		return err_set(err, RC_REFUSE, "more than %d times", OPTIONS_LIST);
	list[(*n)++] = arg;
	return RC_OK;
}

static enum rc
take_checkpoint(struct options *o, const char *arg, struct err *err)
{
	return take_more(o->checkpoints, &o->ncheckpoints, arg, err);
}

static enum rc
take_for(struct options *o, const char *arg, struct err *err)
{
	return take_more(o->whom, &o->nwhom, arg, err);
}

static enum rc
take_format(struct options *o, const char *arg, struct err *err)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (strcmp(arg, formats[i]) == 0) {
			o->format = formats[i];
			return RC_OK;
		}
	return err_set(err, RC_REFUSE,
	    "unknown export format (there are: cast, v3, jsonl, txt, html)");
}

/* A row with a mode chooses it; a row without belongs to the modes in `of`. */
static const struct row {
	const char *name;
	char letter; /* 0: none */
	const char *arg;
	unsigned mode, of;
	enum rc (*take)(struct options *, const char *, struct err *);
	const char *help;
} rows[] = {
	{ "verify", 0, NULL, OPTIONS_VERIFY, 0, NULL,
	    "say whether the recording is complete and genuine" },
	{ "info", 0, NULL, OPTIONS_INFO, 0, NULL,
	    "show who, what and when, and the summary" },
	{ "commands", 0, NULL, OPTIONS_COMMANDS, 0, NULL,
	    "show what ran, a line an API call" },
	{ "export", 0, "FORMAT", OPTIONS_EXPORT, 0, take_format,
	    "write it decrypted: cast (asciicast 2, as recorded),\n"
	    "v3 (asciicast 3), jsonl (an object an event),\n"
	    "txt (as --text), html (a page that plays it)" },
	{ "rewrap", 0, "FILE", OPTIONS_REWRAP, 0, take_for,
	    "open it to the public keys in FILE, too: writes\n"
	    "NAME.rcpt beside NAME.cast (or -o)" },
	{ "for", 0, "FILE", 0, OPTIONS_REWRAP, take_for,
	    "... one more FILE with public keys" },
	{ "all", 0, "DIR", 0, OPTIONS_VERIFY, take_all,
	    "verify every recording in DIR" },
	{ "log", 0, "DIR", 0, OPTIONS_VERIFY | OPTIONS_INFO, take_log,
	    "... against the broker's log" },
	{ "checkpoint", 0, "FILE", 0, OPTIONS_VERIFY | OPTIONS_INFO, take_checkpoint,
	    "... and the log against a checkpoint\nthat was kept elsewhere" },
	{ "proof", 0, "FILE", 0, OPTIONS_VERIFY | OPTIONS_INFO, take_proof,
	    "what the log says of it [NAME.proof]" },
	{ "rcpt", 0, "FILE", 0, ANY, take_rcpt,
	    "further stanzas for keys [NAME.rcpt]" },
	{ "text", 0, NULL, OPTIONS_TEXT, 0, NULL,
	    "show every line that was on the screen" },
	{ "find", 0, "TEXT", OPTIONS_FIND, 0, take_find,
	    "show when TEXT or /EXPRESSION/ was on the screen" },
	{ "context", 0, "N", 0, OPTIONS_FIND, take_context,
	    "with N lines before and behind" },
	{ "ignore-case", 0, NULL, 0, OPTIONS_FIND, take_ignore_case,
	    "whether letters are small or capital" },
	{ "at", 0, "TIME", OPTIONS_AT, 0, take_at,
	    "show the screen then: seconds, m:ss, h:mm:ss,\n"
	    "-TIME before the end, or YYYY-MM-DDTHH:MM:SSZ" },
	{ "shred-key", 0, "FILE", 0, ANY, take_shred,
	    "its shred key, where it has one\n[NAME.shred, ../keys/NAME.shred]" },
	{ "key", 0, "FILE", 0, ANY, take_key,
	    "private key; fd:N reads descriptor N\n"
	    "[~/.config/hoop-replay/key]" },
	{ "trust", 0, "FILE", 0, ANY, take_trust,
	    "whose signatures count\n[~/.config/hoop-replay/trusted]" },
	{ "speed", 0, "N", 0, OPTIONS_PLAY, take_speed, "play N times as fast" },
	{ "idle-limit", 0, "SECONDS", 0, OPTIONS_PLAY, take_limit,
	    "cut every longer silence to this" },
	{ "from", 0, "TIME", 0, OPTIONS_PLAY, take_from, "begin there: as --at" },
	{ "to", 0, "TIME", 0, OPTIONS_PLAY, take_to, "stop there" },
	{ "follow", 0, NULL, 0, OPTIONS_PLAY, take_follow,
	    "show a session that is still recorded, as it goes on" },
	{ "raw", 0, NULL, 0, OPTIONS_PLAY | LOOKED_THROUGH, take_raw,
	    "do not filter escape sequences (dangerous);\n"
	    "with --export, --find, --text: do not mask again" },
	{ "masking", 0, "FILE", 0, LOOKED_THROUGH, take_masking,
	    "mask secrets as the broker.yaml FILE says" },
	{ "output", 'o', "FILE", 0, OPTIONS_EXPORT | OPTIONS_TEXT | OPTIONS_REWRAP,
	    take_out, "write the export to a new file, mode 0600" },
	{ "force", 0, NULL, 0, OPTIONS_EXPORT | OPTIONS_TEXT | OPTIONS_REWRAP,
	    take_force, "export to a terminal, or over a file, all the same" },
	{ "json", 0, NULL, 0,
	    OPTIONS_VERIFY | OPTIONS_INFO | OPTIONS_COMMANDS | OPTIONS_FIND |
		OPTIONS_AT,
	    take_json, "answer with JSON, an object a line" },
	{ "help", 0, NULL, OPTIONS_HELP, 0, NULL, "show this" },
	{ "version", 0, NULL, OPTIONS_VERSION, 0, NULL, "show the version" },
};

#define NROWS (sizeof rows / sizeof rows[0])
#define ROW_BASE 1000 /* of the values that getopt_long gives back */

void
options_help(FILE *f)
{
	fputs("usage: hoop-replay [options] FILE\n"
	      "       hoop-replay --verify [options] FILE... | --all DIR\n"
	      "Play, check or export a recorded session; - is standard input.\n\n",
	    f);
	for (size_t i = 0; i < NROWS; i++) {
		const struct row *r = &rows[i];
		const char *help = r->help, *nl;
		char left[40];

		snprintf(left, sizeof left, "%s%.1s%s--%s%s%s", r->letter ? "-" : "",
		    &r->letter, r->letter ? ", " : "", r->name, r->arg ? " " : "",
		    r->arg ? r->arg : "");
		fprintf(f, "  %-24s", left);
		for (; (nl = strchr(help, '\n')) != NULL; help = nl + 1)
			fprintf(f, "%.*s\n  %-24s", (int)(nl - help), help, "");
		fprintf(f, "%s\n", help);
	}
	fputs(
	    "\nWhile playing on a terminal: space pauses, ? shows all keys, q quits.\n",
	    f);
}

/* Apply one option.  Options may stand before the mode that allows them: given
 * gathers them for options_check. */
static enum rc
apply(struct options *o, const struct row *r, bool *moded, uint64_t *given,
    struct err *err)
{
	enum rc rc;

	if (r->mode != 0) {
		if (*moded && o->mode != (enum options_mode)r->mode)
			return err_set(
			    err, RC_REFUSE, "--%s: only one thing at a time", r->name);
		*moded = true;
		o->mode = (enum options_mode)r->mode;
	} else
		*given |= UINT64_C(1) << (r - rows);
	if (r->take != NULL && (rc = r->take(o, optarg, err)) != RC_OK) {
		err_add(err, "--%s", r->name);
		return rc;
	}
	return RC_OK;
}

static enum rc
check(const struct options *o, uint64_t given, struct err *err)
{
	for (size_t i = 0; i < NROWS; i++)
		if ((given & UINT64_C(1) << i) && !(rows[i].of & o->mode))
			return err_set(
			    err, RC_REFUSE, "--%s has no meaning here", rows[i].name);
	return RC_OK;
}

/* Only a verification takes several, or a whole folder. */
static enum rc
check_files(const struct options *o, struct err *err)
{
	if (o->all != NULL && o->nfiles > 0)
		return err_set(err, RC_REFUSE, "--all and a FILE");
	if (o->all != NULL &&
	    (o->key != NULL || o->proof != NULL || o->rcpt != NULL || o->shred != NULL))
		return err_set(err, RC_REFUSE, "--all takes no key and no other file");
	if (o->all == NULL && o->nfiles == 0)
		return err_set(err, RC_REFUSE, "no FILE");
	if (o->nfiles > 1 &&
	    (o->mode != OPTIONS_VERIFY || o->proof || o->rcpt || o->shred))
		return err_set(err, RC_REFUSE, "more than one FILE");
	if (o->nfiles > OPTIONS_FILES)
		return err_set(
		    err, RC_REFUSE, "more than %d FILEs: see --all", OPTIONS_FILES);
	if (o->mode == OPTIONS_REWRAP && o->nwhom == 0)
		return err_set(err, RC_REFUSE, "for whom?  --for FILE");
	if (o->masking != NULL && o->raw)
		return err_set(err, RC_REFUSE, "--masking and --raw");
	if (o->ncheckpoints > 0 && o->log == NULL)
		return err_set(err, RC_REFUSE, "--checkpoint needs --log");
	return RC_OK;
}

/* The tables of getopt_long from ours. */
static void
getopt_tables(struct option longs[NROWS + 1], char shorts[2 * NROWS + 2])
{
	char *s = shorts;

	*s++ = ':';
	memset(longs, 0, (NROWS + 1) * sizeof longs[0]);
	for (size_t i = 0; i < NROWS; i++) {
		longs[i].name = rows[i].name;
		longs[i].has_arg = rows[i].arg ? required_argument : no_argument;
		longs[i].val = ROW_BASE + (int)i;
		if (rows[i].letter == 0)
			continue;
		*s++ = rows[i].letter;
		if (rows[i].arg)
			*s++ = ':';
	}
	*s = '\0';
}

static const struct row *
row_of(int c)
{
	for (size_t i = 0; i < NROWS; i++)
		if (c == ROW_BASE + (int)i || (rows[i].letter && c == rows[i].letter))
			return &rows[i];
	return NULL;
}

enum rc
options_parse(int argc, char **argv, struct options *ret, struct err *err)
{
	struct option longs[NROWS + 1];
	char shorts[2 * NROWS + 2];
	struct options o = {
		.mode = OPTIONS_PLAY,
		.speed = 1,
		.limit_us = PACE_NO_LIMIT,
		.to = { MOMENT_START, UINT64_MAX },
	};
	bool moded = argc > 1 && strcmp(argv[1], "rewrap") == 0;
	uint64_t given = 0;
	enum rc rc;
	int c;

	/* A word as well as an option: "hoop-replay rewrap --for KEY FILE". */
	if (moded) {
		o.mode = OPTIONS_REWRAP;
		argc--;
		argv++;
	}
	getopt_tables(longs, shorts);
	optind = 0; /* start over: the tests call this more than once */
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (c == ':')
			return err_set(
			    err, RC_REFUSE, "%s needs a value", argv[optind - 1]);
		if (c == '?')
			return err_set(
			    err, RC_REFUSE, "unknown option %s", argv[optind - 1]);
		if ((rc = apply(&o, row_of(c), &moded, &given, err)) != RC_OK)
			return rc;
	}
	if (o.mode == OPTIONS_HELP || o.mode == OPTIONS_VERSION) {
		*ret = o;
		return RC_OK;
	}
	o.files = argv + optind;
	o.nfiles = (size_t)(argc - optind);
	o.file = o.nfiles > 0 ? o.files[0] : NULL;
	if ((rc = check_files(&o, err)) == RC_OK &&
	    (rc = check(&o, given, err)) == RC_OK)
		*ret = o;
	return rc;
}
