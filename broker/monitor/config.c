/* Reading broker.yaml whole, or not at all; see config.h.  Opens nothing that the file
 * names: keys, recipients and policies belong to those who use them. */
#include "broker/monitor/config.h"

#include <stdlib.h>
#include <string.h>

#include "broker/monitor/config_read.h"
#include "lib/base/safepath.h"

static void
release_doc(void *p)
{
	yaml_doc_free(p);
}

static enum rc
read_tree(struct schema_run *run, struct config *c, const struct yaml_node *root,
    struct err *err)
{
	struct err local = { "" };
	enum rc rc;

	if ((rc = yaml_want(root, YAML_MAP, &local)) != RC_OK)
		return schema_report(run, rc, &local);
	if ((rc = schema_read_map(run, "", root, root, c, err)) != RC_OK)
		return rc;
	/* Names can be compared only when each of them could be read. */
	return run->errors == 0 ? config_check(run, c, root, err) : RC_OK;
}

static enum rc
fill(
    struct config *c, struct yaml_doc *d, const struct config_env *env, struct err *err)
{
	struct schema_run run = {
		.context = env, .keep = &c->keep, .report = env->report
	};
	enum rc rc;

	run.rows = config_keys(&run.count);
	if (schema_keep(&run, d, release_doc) == NULL)
		return err_memory(err);
	if ((rc = read_tree(&run, c, yaml_root(d), err)) != RC_OK)
		return rc;
	if (run.errors == 0)
		return RC_OK;
	schema_report_rest(&run);
	return err_set(err, RC_REFUSE, "%s", run.first.text);
}

enum rc
config_parse(const char *name, struct span text, const struct config_env *env,
    struct config **ret, struct err *err)
{
	struct yaml_doc *d = NULL;
	struct err local = { "" };
	struct config *c;
	enum rc rc;

	if ((rc = yaml_parse(name, text, &d, &local)) != RC_OK) {
		if (rc == RC_REFUSE && env->report != NULL)
			buf_printf(env->report, "%s\n", local.text);
		return err_set(err, rc, "%s", local.text);
	}
	if ((c = calloc(1, sizeof *c)) == NULL) {
		yaml_doc_free(d);
		return err_memory(err);
	}
	if ((rc = fill(c, d, env, err)) != RC_OK) {
		config_free(c);
		return rc;
	}
	*ret = c;
	return RC_OK;
}

enum rc
config_load(const char *path, const struct config_env *env, struct config **ret,
    struct err *err)
{
	struct err local = { "" };
	struct buf text;
	enum rc rc;

	buf_init(&text, YAML_MOST_BYTES + 1);
	if ((rc = safepath_read(path, YAML_MOST_BYTES, &text, &local)) == RC_OK)
		rc = config_parse(path, buf_span(&text), env, ret, err);
	else {
		if (rc == RC_REFUSE && env->report != NULL)
			buf_printf(env->report, "%s\n", local.text);
		err_set(err, rc, "%s", local.text);
	}
	buf_clear(&text);
	return rc;
}

void
config_free(struct config *c)
{
	if (c == NULL)
		return;
	schema_keep_free(c->keep);
	free(c);
}

static bool
is_party(const struct config_parties *all, const struct identity *who)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct config_party *p = &all->v[i];

		if (p->group ? identity_in_group(who, p->name)
			     : strcmp(p->name, who->name) == 0)
			return true;
	}
	return false;
}

bool
config_may_approve(const struct config *c, const struct identity *who)
{
	return is_party(&c->rights.approve, who);
}

bool
config_may_watch(const struct config *c, const struct identity *who)
{
	return is_party(&c->rights.watch, who);
}

bool
config_may_archive(const struct config *c, const struct identity *who)
{
	return is_party(&c->rights.archive, who);
}

const struct config_retention *
config_retention(const struct config *c, const char *name)
{
	static const struct config_retention for_ever = { .name = "" };

	for (size_t i = 0; i < c->recording.classes.n; i++)
		if (strcmp(c->recording.classes.v[i].name, name) == 0)
			return &c->recording.classes.v[i];
	return c->recording.classes.n == 0 ? &for_ever : NULL;
}

const struct profile *
config_profile(const struct config *c, struct span name)
{
	return profile_find(c->profiles.v, c->profiles.n, name);
}

const struct config_target *
config_target(const struct config *c, struct span name)
{
	for (size_t i = 0; i < c->targets.n; i++)
		if (span_is(name, c->targets.v[i].name))
			return &c->targets.v[i];
	return NULL;
}

void
config_dump(const struct config *c, struct buf *out)
{
	const struct schema_row *rows;
	size_t count;

	rows = config_keys(&count);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].type->show == NULL || strpbrk(rows[i].path, "[{") != NULL)
			continue;
		buf_printf(out, "%s: ", rows[i].path);
		rows[i].type->show(&rows[i],
		    rows[i].offset == SCHEMA_NOWHERE ? NULL
						     : (const char *)c + rows[i].offset,
		    out);
		buf_text(out, "\n");
	}
}
