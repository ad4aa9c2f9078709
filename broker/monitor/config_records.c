/* The records of broker.yaml: identities and profiles, a struct each. */
#include "broker/monitor/config_read.h"

#include <string.h>

static enum rc
read_kind(CONFIG_READER)
{
	static const char *const words[] = { "agent", "human", NULL };
	size_t at;
	enum rc rc;

	(void)run;
	(void)row;
	if ((rc = yaml_choice(n, words, &at, err)) != RC_OK)
		return rc;
	*(enum identity_kind *)to = at == 0 ? IDENTITY_AGENT : IDENTITY_HUMAN;
	return RC_OK;
}

static enum rc
read_uid(CONFIG_READER)
{
	struct identity *who = to;
	uint64_t uid;
	enum rc rc;

	(void)run;
	if ((rc = yaml_uint(n, row->least, row->most, &uid, err)) != RC_OK)
		return rc;
	who->uid = (uint32_t)uid;
	who->has_uid = true;
	return RC_OK;
}

/* A list of labels, each once. */
static enum rc
read_labels(struct schema_run *run, const struct schema_row *row,
    const struct yaml_node *n, const char ***ret, size_t *ret_count, struct err *err)
{
	const char **v;
	size_t count = 0;
	enum rc rc;

	if ((rc = config_want_list(n, row, err)) != RC_OK)
		return rc;
	if ((v = schema_alloc(run, yaml_count(n), sizeof *v)) == NULL)
		return err_memory(err);
	for (n = yaml_first(n); n != NULL; n = yaml_next(n), count++) {
		if ((rc = config_label.read(run, row, n, &v[count], err)) != RC_OK)
			return rc;
		for (size_t i = 0; i < count; i++)
			if (strcmp(v[i], v[count]) == 0)
				return yaml_expected(n, err, "each name once");
	}
	*ret = v;
	*ret_count = count;
	return RC_OK;
}

static enum rc
read_groups(CONFIG_READER)
{
	struct identity *who = to;

	return read_labels(run, row, n, &who->groups, &who->group_count, err);
}

static enum rc
read_may_use(CONFIG_READER)
{
	struct identity *who = to;

	return read_labels(run, row, n, &who->profiles, &who->profile_count, err);
}

static void
release_key(void *p)
{
	pubkey_clear(p);
}

static enum rc
read_pubkey(struct schema_run *run, const struct yaml_node *n, struct pubkey *k,
    struct err *err)
{
	struct err local = { "" };
	enum rc rc;

	if ((rc = yaml_want(n, YAML_TEXT, err)) != RC_OK)
		return rc;
	if ((rc = pubkey_parse(yaml_span(n), k, &local)) == RC_REFUSE)
		return yaml_fail(n, err, "%s", local.text);
	if (rc != RC_OK || schema_keep(run, k, release_key) == NULL)
		return err_memory(err);
	return RC_OK;
}

static enum rc
read_pubkeys(CONFIG_READER)
{
	struct identity *who = to;
	struct pubkey *v;
	size_t count = 0;
	enum rc rc;

	if ((rc = config_want_list(n, row, err)) != RC_OK)
		return rc;
	if ((v = schema_alloc(run, yaml_count(n), sizeof *v)) == NULL)
		return err_memory(err);
	for (n = yaml_first(n); n != NULL; n = yaml_next(n), count++)
		if ((rc = read_pubkey(run, n, &v[count], err)) != RC_OK)
			return rc;
	who->keys = v;
	who->key_count = count;
	return RC_OK;
}

static enum rc
read_identities(CONFIG_READER)
{
	struct config_identities *all = to;
	struct identity *v;
	struct err local = { "" };
	size_t count = 0;
	enum rc rc;

	if ((rc = config_want_list(n, row, err)) != RC_OK)
		return rc;
	if ((v = schema_alloc(run, yaml_count(n), sizeof *v)) == NULL)
		return err_memory(err);
	for (n = yaml_first(n); n != NULL && rc == RC_OK; n = yaml_next(n), count++) {
		if ((rc = yaml_want(n, YAML_MAP, &local)) != RC_OK)
			rc = schema_report(run, rc, &local);
		else
			rc =
			    schema_read_map(run, "identities[].", n, n, &v[count], err);
	}
	*all = (struct config_identities){ v, count };
	return rc;
}

/* The role's account must be the one named beside it: a slip in one of two long
 * numbers must not send commands elsewhere. */
static enum rc
check_account(
    struct schema_run *run, const struct yaml_node *n, const struct profile *p)
{
	struct err local = { "" };
	struct span account;

	if (p->role == NULL || p->account == NULL ||
	    !profile_role(span_of(p->role), &account) || span_is(account, p->account))
		return RC_OK;
	return schema_report(run,
	    yaml_expected(
		yaml_find(n, "role"), &local, "a role in account %s", p->account),
	    &local);
}

static enum rc
read_profile(struct schema_run *run, const struct schema_row *row,
    const struct yaml_node *n, struct profile *p, struct err *err)
{
	struct err local = { "" };
	enum rc rc;

	if ((rc = config_label.read(run, row, yaml_key(n), &p->name, &local)) !=
		RC_OK ||
	    (rc = yaml_want(n, YAML_MAP, &local)) != RC_OK)
		return schema_report(run, rc, &local);
	if ((rc = schema_read_map(run, "profiles{}.", n, n, p, err)) != RC_OK)
		return rc;
	return check_account(run, n, p);
}

static enum rc
read_profiles(CONFIG_READER)
{
	struct config_profiles *all = to;
	struct profile *v;
	size_t count = 0;
	enum rc rc;

	if ((rc = yaml_want(n, YAML_MAP, err)) != RC_OK)
		return rc;
	if (yaml_count(n) > row->most)
		return yaml_fail(n, err, "expected at most %u entries in %s",
		    (unsigned)row->most, row->path);
	if ((v = schema_alloc(run, yaml_count(n), sizeof *v)) == NULL)
		return err_memory(err);
	for (n = yaml_first(n); n != NULL && rc == RC_OK; n = yaml_next(n), count++)
		rc = read_profile(run, row, n, &v[count], err);
	*all = (struct config_profiles){ v, count };
	return rc;
}

const struct schema_type config_identities = { "list", read_identities, NULL };
const struct schema_type config_profiles = { "mapping", read_profiles, NULL };
const struct schema_type config_kind = { "word", read_kind, NULL };
const struct schema_type config_groups = { "names", read_groups, NULL };
const struct schema_type config_may_use = { "names", read_may_use, NULL };
const struct schema_type config_pubkeys = { "keys", read_pubkeys, NULL };
const struct schema_type config_uid = { "number", read_uid, NULL };
