/* Options of `broker mask`; see maskopts.h. */
#include "broker/cli/maskopts.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/yaml.h"

#define POLICY_MOST YAML_MOST_BYTES
#define NAMES (2 * MASKOPTS_ADD)

struct row {
	const char *name, *value, *help;
	unsigned take; /* 0: everybody's */
	size_t at;
};

#define AT(m) offsetof(struct maskopts, m)

static const struct row rows[] = {
	{ "policy", "FILE", "the masking of this file: broker.yaml, or that part of it",
	    0, AT(policy) },
	{ "add", "NAME", "mask this, too: pii, email, or a rule's id", 0, AT(add) },
	{ "pace", "PACE", "how long is held: interactive or api", MASKOPTS_PACE,
	    AT(pace) },
	{ "jsonl", NULL, "each line is a case, as JSON", MASKOPTS_CASES, AT(jsonl) },
	{ "times", NULL, "say how much is shown 100 ms behind each chunk",
	    MASKOPTS_CASES, AT(times) },
	{ "json", NULL, "answer with JSON, an object a line", MASKOPTS_FILES,
	    AT(json) },
	{ "help", NULL, "this text", 0, AT(help) },
};

#define ROWS (sizeof rows / sizeof rows[0])

static enum rc
set(struct maskopts *o, const struct row *r, const char *value, struct err *err)
{
	const char **text = (const char **)((char *)o + r->at);

	if (r->value == NULL) {
		*(bool *)((char *)o + r->at) = true;
		return RC_OK;
	}
	if (r->at == AT(add)) {
		if (o->n_add == MASKOPTS_ADD)
			return err_set(
			    err, RC_REFUSE, "--add: more than %d", MASKOPTS_ADD);
		o->add[o->n_add++] = span_of(value);
		return RC_OK;
	}
	if (*text != NULL)
		return err_set(err, RC_REFUSE, "--%s stands twice", r->name);
	*text = value;
	return RC_OK;
}

static enum rc
fits(const struct maskopts *o, unsigned take, struct err *err)
{
	if (o->help)
		return RC_OK;
	if (o->pace != NULL && strcmp(o->pace, "interactive") != 0 &&
	    strcmp(o->pace, "api") != 0)
		return err_set(err, RC_REFUSE, "--pace: expected interactive or api");
	if (o->times && !o->jsonl)
		return err_set(err, RC_REFUSE, "--times is for --jsonl");
	if ((take & MASKOPTS_FILES) && o->argc == 0)
		return err_set(err, RC_REFUSE, "which file?");
	if (!(take & MASKOPTS_FILES) && o->argc > 0)
		return err_set(
		    err, RC_REFUSE, "%s: it reads standard input, no file", o->argv[0]);
	return RC_OK;
}

enum rc
maskopts_read(const struct cli *cli, int argc, char **argv, unsigned take,
    struct maskopts *ret, struct err *err)
{
	struct maskopts o = { .json = cli->json };
	struct option longs[ROWS + 1] = { 0 };
	int c;
	enum rc rc;

	/* All of them, so that --json is not taken for the beginning of --jsonl. */
	for (size_t i = 0; i < ROWS; i++)
		longs[i] = (struct option){ rows[i].name,
			rows[i].value != NULL ? required_argument : no_argument, NULL,
			(int)i + 1 };
	/* 0: begin anew.  What is wrong is said once, at the top. */
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", longs, NULL)) != -1) {
		if (c == ':')
			return err_set(
			    err, RC_REFUSE, "%s: a value is missing", argv[optind - 1]);
		if (c == '?')
			return err_set(
			    err, RC_REFUSE, "%s: not an option", argv[optind - 1]);
		if (rows[c - 1].take != 0 && !(rows[c - 1].take & take))
			return err_set(err, RC_REFUSE, "--%s is not for this command",
			    rows[c - 1].name);
		if ((rc = set(&o, &rows[c - 1], optarg, err)) != RC_OK)
			return rc;
	}
	o.argc = argc - optind;
	o.argv = argv + optind;
	if ((rc = fits(&o, take, err)) == RC_OK)
		*ret = o;
	return rc;
}

void
maskopts_help(unsigned take, FILE *to)
{
	for (size_t i = 0; i < ROWS; i++) {
		const char *value = rows[i].value != NULL ? rows[i].value : "";

		if (rows[i].take == 0 || (rows[i].take & take))
			fprintf(
			    to, "  --%-8s%-8s%s\n", rows[i].name, value, rows[i].help);
	}
}

enum mask_pace
maskopts_pace(const struct maskopts *o)
{
	return o->pace != NULL && strcmp(o->pace, "api") == 0 ? MASK_API
							      : MASK_INTERACTIVE;
}

static enum rc
read_policy(const char *path, struct buf *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum rc rc = RC_OK;
	uint8_t *room;
	ssize_t n = 1;

	if (fd < 0)
		return err_errno(err, RC_REFUSE, "open %s", path);
	while (rc == RC_OK && n != 0) {
		if ((room = buf_room(out, 16384)) == NULL) {
			rc = err_memory(err);
		} else if ((n = read(fd, room, 16384)) >= 0) {
			out->len += (size_t)n;
			if (out->len > POLICY_MOST)
				rc = err_set(err, RC_REFUSE, "%s: more than %u bytes",
				    path, POLICY_MOST);
		} else if (errno != EINTR) {
			rc = err_errno(err, RC_REFUSE, "read %s", path);
		}
	}
	close(fd);
	return rc;
}

enum rc
maskopts_policy(const struct maskopts *o, struct mask_policy **ret, struct err *err)
{
	struct buf text;
	enum rc rc;

	if (o->policy == NULL)
		return mask_policy_read(NULL, ret, err);
	buf_init(&text, POLICY_MOST + 32768);
	if ((rc = read_policy(o->policy, &text, err)) == RC_OK)
		rc = mask_policy_parse(o->policy, buf_span(&text), ret, err);
	buf_clear(&text);
	return rc;
}

enum rc
maskopts_rules(const struct maskopts *o, const struct mask_policy *p,
    const struct span *names, size_t n, struct mask_rules **ret, struct err *err)
{
	struct span all[NAMES];
	struct mask_more more = { .names = all };

	if (n > NAMES - o->n_add)
		return err_set(err, RC_REFUSE, "more than %zu names", NAMES - o->n_add);
	for (size_t i = 0; i < o->n_add; i++)
		all[more.n_names++] = o->add[i];
	for (size_t i = 0; i < n; i++)
		all[more.n_names++] = names[i];
	return mask_rules_new(p, &more, ret, err);
}
