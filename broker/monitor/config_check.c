/* What only the whole of broker.yaml shows: names that must exist, claims that must
 * stand alone.  Each key by itself has been read by then. */
#include "broker/monitor/config_read.h"

#include <string.h>

static void
release_set(void *p)
{
	identity_set_free(p);
}

/* The nth value of a list or mapping. */
static const struct yaml_node *
nth(const struct yaml_node *n, size_t i)
{
	const struct yaml_node *v = yaml_first(n);

	while (i-- > 0 && v != NULL)
		v = yaml_next(v);
	return v;
}

/* Where the later of two claims was written. */
static const struct yaml_node *
claim_node(const struct yaml_node *list, const struct identity_clash *clash)
{
	const struct yaml_node *who = nth(list, clash->second);

	switch (clash->claim) {
	case CLAIM_KEY:
		return nth(yaml_find(who, "keys"), clash->key);
	case CLAIM_UID:
		return yaml_find(who, "uid");
	default:
		return yaml_find(who, "name");
	}
}

static enum rc
index_identities(struct schema_run *run, struct config *c, const struct yaml_node *list,
    struct err *err)
{
	struct identity_set *set = NULL;
	struct identity_clash clash;
	struct err why = { "" }, local = { "" };
	enum rc rc;

	rc = identity_set_new(c->all.v, c->all.n, &set, &clash, &why);
	if (rc == RC_REFUSE)
		return schema_report(run,
		    yaml_fail(claim_node(list, &clash), &local, "%s", why.text),
		    &local);
	if (rc != RC_OK || schema_keep(run, set, release_set) == NULL)
		return err_memory(err);
	c->identities = set;
	return RC_OK;
}

static enum rc
check_owner(const struct config *c, const struct identity *who,
    const struct yaml_node *n, struct err *err)
{
	const struct identity *owner;

	if (who->owner == NULL)
		return RC_OK;
	n = yaml_find(n, "owner");
	if (who->kind != IDENTITY_AGENT)
		return yaml_expected(n, err, "an owner for agents only");
	owner = identity_by_name(c->identities, span_of(who->owner));
	if (owner == NULL || owner->kind != IDENTITY_HUMAN)
		return yaml_expected(n, err, "the name of a human identity");
	return RC_OK;
}

static enum rc
check_profile(const struct config *c, const struct identity *who,
    const struct yaml_node *n, struct err *err)
{
	for (size_t i = 0; i < who->profile_count; i++)
		if (config_profile(c, span_of(who->profiles[i])) == NULL)
			return yaml_expected(nth(yaml_find(n, "profiles"), i), err,
			    "the name of a profile in profiles");
	if (who->profile == NULL || config_profile(c, span_of(who->profile)) != NULL)
		return RC_OK;
	return yaml_expected(
	    yaml_find(n, "profile"), err, "the name of a profile in profiles");
}

static enum rc
check_uid(const struct config_env *env, const struct identity *who,
    const struct yaml_node *n, struct err *err)
{
	for (size_t i = 0; who->has_uid && i < env->service_uid_count; i++)
		if (env->service_uids[i] == who->uid)
			return yaml_expected(yaml_find(n, "uid"), err,
			    "a uid that is none of the service's own");
	return RC_OK;
}

static enum rc
check_identity(struct schema_run *run, const struct config *c,
    const struct identity *who, const struct yaml_node *n)
{
	struct err local = { "" };
	enum rc rc;

	rc = schema_report(run, check_owner(c, who, n, &local), &local);
	if (rc == RC_OK)
		rc = schema_report(run, check_profile(c, who, n, &local), &local);
	if (rc == RC_OK)
		rc =
		    schema_report(run, check_uid(run->context, who, n, &local), &local);
	return rc;
}

static enum rc
check_party(const struct config *c, const struct config_party *p,
    const struct yaml_node *n, struct err *err)
{
	if (p->group && !identity_group_used(c->identities, p->name))
		return yaml_expected(n, err, "a group that some identity is in");
	if (!p->group && identity_by_name(c->identities, span_of(p->name)) == NULL)
		return yaml_expected(n, err, "group:NAME or the name of an identity");
	return RC_OK;
}

static enum rc
check_right(struct schema_run *run, const struct config *c,
    const struct config_parties *all, const struct yaml_node *n)
{
	struct err local = { "" };
	enum rc rc = RC_OK;

	if (n != NULL)
		n = yaml_first(n);
	for (size_t i = 0; rc == RC_OK && n != NULL; i++, n = yaml_next(n))
		rc = schema_report(run, check_party(c, &all->v[i], n, &local), &local);
	return rc;
}

static enum rc
check_rights(
    struct schema_run *run, const struct config *c, const struct yaml_node *root)
{
	const struct yaml_node *rights = yaml_find(root, "rights");
	const struct {
		const char *key;
		const struct config_parties *all;
	} rows[] = {
		{ "approve", &c->rights.approve },
		{ "watch", &c->rights.watch },
		{ "archive", &c->rights.archive },
	};
	enum rc rc = RC_OK;

	for (size_t i = 0;
	     rc == RC_OK && rights != NULL && i < sizeof rows / sizeof rows[0]; i++)
		rc = check_right(run, c, rows[i].all, yaml_find(rights, rows[i].key));
	return rc;
}

#define WITH(word) (1u << CONFIG_CREDENTIALS_##word)

/* Keys that belong to some sources only. */
static const struct {
	const char *key;
	unsigned sources;
	const char *words;
} companions[] = {
	{ "file", WITH(FILE), "file" },
	{ "file_profile", WITH(FILE), "file" },
	{ "sealed", WITH(SEALED), "sealed" },
	{ "sealed_key", WITH(SEALED), "sealed" },
	{ "region", WITH(WEB_IDENTITY), "web-identity" },
	{ "metadata_endpoint", WITH(CONTAINER) | WITH(INSTANCE),
	    "container or instance" },
};

/* A key that is not read would be a surprise in both directions. */
static enum rc
check_companions(const struct config *c, const struct yaml_node *aws, struct err *err)
{
	for (size_t i = 0; i < sizeof companions / sizeof companions[0]; i++) {
		const struct yaml_node *v = yaml_find(aws, companions[i].key);

		if (v != NULL && !(companions[i].sources & 1u << c->aws.credentials))
			return yaml_fail(yaml_key(v), err,
			    "expected aws.%s only with credentials: %s",
			    companions[i].key, companions[i].words);
	}
	return RC_OK;
}

/* A copy of the state folder must not open what is sealed in it. */
static enum rc
check_sealed_key(const struct config *c, const struct config_env *env,
    const struct yaml_node *aws, struct err *err)
{
	const struct yaml_node *v = yaml_find(aws, "sealed_key");
	size_t n = strlen(env->places->state);

	if (v != NULL && strncmp(c->aws.sealed_key, env->places->state, n) == 0 &&
	    c->aws.sealed_key[n] == '/')
		return yaml_fail(
		    v, err, "expected a file outside of %s", env->places->state);
	return RC_OK;
}

static enum rc
check_credentials(const struct config *c, const struct config_env *env,
    const struct yaml_node *root, struct err *err)
{
	const struct yaml_node *aws = yaml_find(root, "aws");
	const char *missing = NULL;
	enum rc rc;

	if (aws == NULL)
		return RC_OK;
	if (c->aws.credentials == CONFIG_CREDENTIALS_FILE && c->aws.file == NULL)
		missing = "file";
	if (c->aws.credentials == CONFIG_CREDENTIALS_SEALED && c->aws.sealed == NULL)
		missing = "sealed";
	if (missing != NULL)
		return yaml_fail(yaml_find(aws, "credentials"), err,
		    "expected the key aws.%s beside credentials: %s", missing, missing);
	if ((rc = check_companions(c, aws, err)) != RC_OK)
		return rc;
	return check_sealed_key(c, env, aws, err);
}

/* Who asks for that much wants to know that nothing was taken back, too. */
static enum rc
check_durability(const struct config *c, const struct yaml_node *root, struct err *err)
{
	const struct yaml_node *recording = yaml_find(root, "recording");

	if (recording == NULL || c->recording.durability != CONFIG_DURABILITY_STRICT ||
	    yaml_find(recording, "checkpoint_to") != NULL)
		return RC_OK;
	return yaml_fail(yaml_find(recording, "durability"), err,
	    "expected the key recording.checkpoint_to beside durability: strict");
}

enum rc
config_check(struct schema_run *run, struct config *c, const struct yaml_node *root,
    struct err *err)
{
	const struct yaml_node *list = yaml_find(root, "identities"), *n;
	struct err local = { "" };
	size_t i = 0;
	enum rc rc;

	if ((rc = index_identities(run, c, list, err)) != RC_OK ||
	    c->identities == NULL)
		return rc;
	for (n = yaml_first(list); rc == RC_OK && n != NULL; n = yaml_next(n), i++)
		rc = check_identity(run, c, &c->all.v[i], n);
	if (rc == RC_OK)
		rc = check_rights(run, c, root);
	if (rc == RC_OK)
		rc = schema_report(
		    run, check_credentials(c, run->context, root, &local), &local);
	if (rc == RC_OK)
		rc = config_check_archive(run, c, root);
	if (rc == RC_OK)
		rc = config_check_targets(run, c, root);
	if (rc == RC_OK)
		rc = schema_report(run, check_durability(c, root, &local), &local);
	return rc;
}
