/* Options of `broker policy`; see policyopts.h. */
#include "broker/cli/policyopts.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "lib/model/name.h"

struct row {
	const char *name;
	const char *value; /* what its value is called; NULL: it has none */
	const char *help;
	unsigned take; /* 0: everybody's */
	size_t at;     /* of its text or flag */
	size_t count;  /* of its number, for those that may stand often; else 0 */
	size_t most;
};

#define AT(m) offsetof(struct policyopts, m)

static const struct row rows[] = {
	{ "policy", "FILE", "judge by this file or folder; may stand often",
	    POLICYOPTS_POLICY, AT(policies), AT(n_policies), POLICYOPTS_FILES },
	{ "as", "NAME", "who asks", POLICYOPTS_ASKER, AT(as), 0, 0 },
	{ "group", "GROUP", "a group of who asks; may stand often", POLICYOPTS_ASKER,
	    AT(groups), AT(n_groups), POLICYFACTS_GROUPS },
	{ "kind", "agent|human", "what it is; agent by default", POLICYOPTS_ASKER,
	    AT(kind), 0, 0 },
	{ "at", "TIME", "when, as 2026-11-21T08:15:00Z; now by default",
	    POLICYOPTS_ASKER, AT(at), 0, 0 },
	{ "facts", "FILE", "who, where and when, as JSON; see broker(1)",
	    POLICYOPTS_FACTS, AT(facts), 0, 0 },
	{ "target", "NAME", "the target of a line for a shell", POLICYOPTS_ASKER,
	    AT(target), 0, 0 },
	{ "path", "exec|shell", "which way the command comes", POLICYOPTS_PATH,
	    AT(path), 0, 0 },
	{ "line", "LINE", "a line for a shell; with --path exec, one for aws",
	    POLICYOPTS_LINE, AT(line), 0, 0 },
	{ "corpus", "FILE", "questions and answers, as JSON Lines", POLICYOPTS_CORPUS,
	    AT(corpus), 0, 0 },
	{ "against", "FILE",
	    "what was decided: broker.db, or hoop-replay --commands --json",
	    POLICYOPTS_AGAINST, AT(against), 0, 0 },
	{ "masking", "FILE", "broker.yaml, or what its key masking says",
	    POLICYOPTS_MASKING, AT(masking), 0, 0 },
	{ "strict", NULL, "warnings count, too", POLICYOPTS_STRICT, AT(strict), 0, 0 },
	{ "json", NULL, "answer with JSON, an object a line", 0, AT(json), 0, 0 },
	{ "help", NULL, "this text", 0, AT(help), 0, 0 },
};

#define ROWS (sizeof rows / sizeof rows[0])

static enum rc
set(struct policyopts *o, const struct row *r, const char *value, struct err *err)
{
	const char **text = (const char **)((char *)o + r->at);
	size_t *n;

	if (r->value == NULL) {
		*(bool *)((char *)o + r->at) = true;
		return RC_OK;
	}
	if (r->count == 0) {
		if (*text != NULL)
			return err_set(err, RC_REFUSE, "--%s stands twice", r->name);
		*text = value;
		return RC_OK;
	}
	n = (size_t *)((char *)o + r->count);
	if (*n == r->most)
		return err_set(err, RC_REFUSE, "--%s: more than %zu", r->name, r->most);
	text[(*n)++] = value;
	return RC_OK;
}

enum rc
policyopts_read(const struct cli *cli, int argc, char **argv, unsigned take,
    struct policyopts *ret, struct err *err)
{
	struct policyopts o = { .root = cli->root, .json = cli->json };
	struct option longs[ROWS + 1] = { 0 };
	int c, at = 0;
	enum rc rc;

	for (size_t i = 0, n = 0; i < ROWS; i++)
		if (rows[i].take == 0 || (rows[i].take & take))
			longs[n++] = (struct option){ rows[i].name,
				rows[i].value != NULL ? required_argument : no_argument,
				NULL, (int)i + 1 };
	/* 0: begin anew.  What is wrong is said once, at the top. */
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, take & POLICYOPTS_FIRST ? "+:" : ":", longs,
		    &at)) != -1) {
		if (c == '?' || c == ':')
			return err_set(err, RC_REFUSE, "%s: %s", argv[optind - 1],
			    c == ':' ? "a value is missing"
				     : "not an option of this command");
		if ((rc = set(&o, &rows[c - 1], optarg, err)) != RC_OK)
			return rc;
	}
	o.argc = argc - optind;
	o.argv = argv + optind;
	*ret = o;
	return RC_OK;
}

void
policyopts_help(unsigned take, FILE *to)
{
	for (size_t i = 0; i < ROWS; i++) {
		const char *value = rows[i].value != NULL ? rows[i].value : "";

		if (rows[i].take == 0 || (rows[i].take & take))
			fprintf(
			    to, "  --%-8s%-12s%s\n", rows[i].name, value, rows[i].help);
	}
}

enum rc
policyopts_path(const struct policyopts *o, int *ret, struct err *err)
{
	*ret = -1;
	if (o->path == NULL)
		return RC_OK;
	if (strcmp(o->path, path_name(PATH_EXEC)) == 0)
		*ret = PATH_EXEC;
	else if (strcmp(o->path, path_name(PATH_SHELL)) == 0)
		*ret = PATH_SHELL;
	else
		return err_set(err, RC_REFUSE, "--path: expected exec or shell");
	return RC_OK;
}

static enum rc
load_facts(const char *path, json_t **doc, struct err *err)
{
	json_error_t where;

	*doc = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
	if (*doc == NULL)
		return err_set(err, RC_REFUSE, "%s:%d:%d: %s", path,
		    where.line > 0 ? where.line : 1,
		    where.column > 0 ? where.column : 1, where.text);
	return RC_OK;
}

/* The single options, over what the file said. */
static enum rc
overrule(const struct policyopts *o, struct policyfacts *f, struct err *err)
{
	enum rc rc;

	if (o->as != NULL && (rc = policyfacts_as(f, o->as, err)) != RC_OK)
		return rc;
	if (o->kind != NULL && !policyfacts_kind(f, o->kind))
		return err_set(err, RC_REFUSE, "--kind: expected agent or human");
	if (o->at != NULL && !policyfacts_time(span_of(o->at), &f->facts.now))
		return err_set(
		    err, RC_REFUSE, "--at: expected a time like 2026-11-21T08:15:00Z");
	for (size_t i = 0; i < o->n_groups; i++) {
		if (!name_label(span_of(o->groups[i])))
			return err_set(err, RC_REFUSE, "--group: not a group's name");
		if (f->who.group_count == POLICYFACTS_GROUPS)
			return err_set(err, RC_REFUSE, "--group: more than %d",
			    POLICYFACTS_GROUPS);
		f->groups[f->who.group_count++] = o->groups[i];
	}
	if (o->target != NULL)
		f->facts.target = o->target;
	return RC_OK;
}

enum rc
policyopts_facts(
    const struct policyopts *o, struct policyfacts *ret, json_t **doc, struct err *err)
{
	json_t *j = NULL;
	enum rc rc = RC_OK;

	policyfacts_init(ret);
	if (o->facts != NULL && (rc = load_facts(o->facts, &j, err)) == RC_OK &&
	    (rc = policyfacts_read(ret, j, err)) != RC_OK)
		err_add(err, "%s", o->facts);
	if (rc == RC_OK)
		rc = overrule(o, ret, err);
	if (rc == RC_OK && ret->who.name == NULL)
		rc = err_set(err, RC_REFUSE,
		    "who asks? --as IDENTITY, or identity.name in --facts");
	if (rc != RC_OK) {
		json_decref(j);
		return rc;
	}
	*doc = j;
	return RC_OK;
}
