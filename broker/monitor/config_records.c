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

static bool
same_label(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b) == 0;
}

static enum rc
read_label(CONFIG_READER)
{
	return config_label.read(run, row, n, to, err);
}

/* A list of labels, each once. */
static enum rc
read_labels(struct schema_run *run, const struct schema_row *row,
    const struct yaml_node *n, const char ***ret, size_t *ret_count, struct err *err)
{
	static const struct config_series how = { YAML_LIST, sizeof(const char *),
		read_label, same_label, "name" };
	void *v;
	enum rc rc;

	if ((rc = config_series(run, row, n, &how, &v, ret_count, err)) == RC_OK)
		*ret = v;
	return rc;
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
read_pubkey(CONFIG_READER)
{
	struct pubkey *k = to;
	struct err local = { "" };
	enum rc rc;

	(void)row;
	if ((rc = yaml_want(n, YAML_TEXT, err)) != RC_OK)
		return rc;
	if ((rc = pubkey_parse(yaml_span(n), k, &local)) == RC_REFUSE)
		return yaml_fail(n, err, "%s", local.text);
	if (rc != RC_OK || schema_keep(run, k, release_key) == NULL)
		return err_memory(err);
	return RC_OK;
}

/* That a key stands twice is found over all identities, later. */
static enum rc
read_pubkeys(CONFIG_READER)
{
	static const struct config_series how = { YAML_LIST, sizeof(struct pubkey),
		read_pubkey, NULL, "key" };
	struct identity *who = to;
	void *v;
	enum rc rc;

	if ((rc = config_series(run, row, n, &how, &v, &who->key_count, err)) == RC_OK)
		who->keys = v;
	return rc;
}

static enum rc
read_identity(CONFIG_READER)
{
	struct err local = { "" };
	enum rc rc;

	(void)row;
	if ((rc = yaml_want(n, YAML_MAP, &local)) != RC_OK)
		return schema_report(run, rc, &local);
	return schema_read_map(run, "identities[].", n, n, to, err);
}

static enum rc
read_identities(CONFIG_READER)
{
	static const struct config_series how = { YAML_LIST, sizeof(struct identity),
		read_identity, NULL, "identity" };
	struct config_identities *all = to;
	void *v;
	enum rc rc;

	if ((rc = config_series(run, row, n, &how, &v, &all->n, err)) == RC_OK)
		all->v = v;
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
read_profile(CONFIG_READER)
{
	struct profile *p = to;
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
	static const struct config_series how = { YAML_MAP, sizeof(struct profile),
		read_profile, NULL, "profile" };
	struct config_profiles *all = to;
	void *v;
	enum rc rc;

	if ((rc = config_series(run, row, n, &how, &v, &all->n, err)) == RC_OK)
		all->v = v;
	return rc;
}

const struct schema_type config_identities = { "list", read_identities, NULL };
const struct schema_type config_profiles = { "mapping", read_profiles, NULL };
const struct schema_type config_kind = { "word", read_kind, NULL };
const struct schema_type config_groups = { "names", read_groups, NULL };
const struct schema_type config_may_use = { "names", read_may_use, NULL };
const struct schema_type config_pubkeys = { "keys", read_pubkeys, NULL };
const struct schema_type config_uid = { "number", read_uid, NULL };
