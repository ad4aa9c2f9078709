/* Reading who asks and where; see asker.h. */
#include "policies/asker.h"

#include <stddef.h>

#include "lib/model/name.h"
#include "lib/model/profile.h"
#include "policies/vocab.h"

#define TEXT 256

static enum rc
add_group(const struct yaml_node *n, void *arg, struct err *err)
{
	struct asker *a = arg;

	if (!name_label(yaml_span(n)))
		return yaml_expected(n, err, "the name of a group");
	if (a->who.group_count == ASKER_GROUPS)
		return yaml_fail(n, err, "at most %d groups", ASKER_GROUPS);
	a->groups[a->who.group_count++] = yaml_cstr(n);
	return RC_OK;
}

static enum rc
read_auth(const struct yaml_node *n, struct asker *a, struct err *err)
{
	static const struct vocab keys[] = {
		{ "method", VOCAB_MAY },
		{ "age", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *v;
	size_t at;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "method")) != NULL) {
		if ((rc = yaml_choice(v, proof_names, &at, err)) != RC_OK)
			return rc;
		a->facts.proof = PROOF_KEY + at;
	}
	if ((v = yaml_find(n, "age")) == NULL)
		return RC_OK;
	return yaml_duration(v, 0, UINT64_MAX, &a->facts.auth_age, err);
}

/* A claim may have several values. */
static enum rc
read_claims(const struct yaml_node *n, struct asker *a, struct err *err)
{
	enum rc rc;

	if ((rc = vocab_count(n, YAML_MAP, 1, ASKER_PAIRS, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		bool list = yaml_kind(v) == YAML_LIST;

		if (list && (rc = vocab_count(v, YAML_LIST, 1, 16, err)) != RC_OK)
			return rc;
		for (const struct yaml_node *t = list ? yaml_first(v) : v; t != NULL;
		     t = list ? yaml_next(t) : NULL) {
			struct facts_pair *p = &a->claims[a->facts.n_claims];

			if (a->facts.n_claims == ASKER_PAIRS)
				return yaml_fail(
				    t, err, "expected at most %d claims", ASKER_PAIRS);
			p->name = yaml_cstr(yaml_key(v));
			if ((rc = yaml_line_text(t, 0, TEXT, &p->value, err)) != RC_OK)
				return rc;
			a->facts.n_claims++;
		}
	}
	return RC_OK;
}

static enum rc
read_identity(const struct yaml_node *n, const char **ret, struct err *err)
{
	if (n == NULL)
		return RC_OK;
	if (!name_identity(yaml_span(n)))
		return yaml_expected(n, err, "the name of an identity");
	*ret = yaml_cstr(n);
	return RC_OK;
}

/* Somebody with a key, in a profile like another. */
static void
begin(struct asker *a)
{
	*a = (struct asker){ 0 };
	a->who.name = "somebody";
	a->who.groups = a->groups;
	a->facts = (struct facts){ .who = &a->who,
		.claims = a->claims,
		.tags = a->tags,
		.proof = PROOF_KEY,
		.profile = "default",
		.partition = "aws",
		.account = "111122223333",
		.region = "eu-west-1" };
}

enum rc
asker_read(const struct yaml_node *n, struct asker *ret, struct err *err)
{
	static const struct vocab keys[] = {
		{ "identity", VOCAB_MAY },
		{ "kind", VOCAB_MAY },
		{ "group", VOCAB_MAY },
		{ "auth", VOCAB_MAY },
		{ "claims", VOCAB_MAY },
		{ "delegated_by", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	static const char *const kinds[] = { "agent", "human", NULL };
	const struct yaml_node *v;
	size_t at = 0;
	enum rc rc;

	begin(ret);
	if (n == NULL)
		return RC_OK;
	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = read_identity(yaml_find(n, "identity"), &ret->who.name, err)) !=
		RC_OK ||
	    (rc = read_identity(
		 yaml_find(n, "delegated_by"), &ret->facts.delegated_by, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "kind")) != NULL &&
	    (rc = yaml_choice(v, kinds, &at, err)) != RC_OK)
		return rc;
	ret->who.kind = at == 0 ? IDENTITY_AGENT : IDENTITY_HUMAN;
	if ((v = yaml_find(n, "group")) != NULL &&
	    (rc = vocab_each(v, add_group, ret, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "auth")) != NULL &&
	    (rc = read_auth(v, ret, err)) != RC_OK)
		return rc;
	v = yaml_find(n, "claims");
	return v == NULL ? RC_OK : read_claims(v, ret, err);
}

/* Where it would run: what is said of each of these. */
static bool
is_role(struct span s)
{
	struct span account;

	return profile_role(s, &account);
}

static const struct {
	const char *key;
	size_t at;		      /* of the text in struct facts */
	bool (*valid)(struct span s); /* NULL: any line of text */
	const char *what;
} places[] = {
	{ "account", offsetof(struct facts, account), profile_account,
	    "an account of 12 digits" },
	{ "region", offsetof(struct facts, region), profile_region,
	    "the name of a region" },
	{ "partition", offsetof(struct facts, partition), profile_region,
	    "the name of a partition, such as aws" },
	{ "profile", offsetof(struct facts, profile), name_label,
	    "the name of a profile" },
	{ "role", offsetof(struct facts, role), is_role, "the ARN of a role" },
	{ "target", offsetof(struct facts, target), NULL, NULL },
	{ "target_id", offsetof(struct facts, target_id), NULL, NULL },
	{ "env", offsetof(struct facts, env), NULL, NULL },
	{ "os_user", offsetof(struct facts, os_user), name_os_user,
	    "the name of an OS user" },
};

static enum rc
read_tags(const struct yaml_node *n, struct asker *a, struct err *err)
{
	enum rc rc;

	if ((rc = vocab_count(n, YAML_MAP, 1, ASKER_PAIRS, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		struct facts_pair *p = &a->tags[a->facts.n_tags];

		p->name = yaml_cstr(yaml_key(v));
		if ((rc = yaml_line_text(v, 0, TEXT, &p->value, err)) != RC_OK)
			return rc;
		a->facts.n_tags++;
	}
	return RC_OK;
}

enum rc
asker_place(const struct yaml_node *n, struct asker *a, struct err *err)
{
	static const struct vocab keys[] = {
		{ "account", VOCAB_MAY },
		{ "region", VOCAB_MAY },
		{ "partition", VOCAB_MAY },
		{ "profile", VOCAB_MAY },
		{ "role", VOCAB_MAY },
		{ "target", VOCAB_MAY },
		{ "target_id", VOCAB_MAY },
		{ "tags", VOCAB_MAY },
		{ "env", VOCAB_MAY },
		{ "os_user", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *v;
	enum rc rc;

	if (n == NULL)
		return RC_OK;
	if ((rc = vocab_check(n, keys, err)) != RC_OK)
		return rc;
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		const char **to =
		    (const char **)(void *)((char *)&a->facts + places[i].at);

		if ((v = yaml_find(n, places[i].key)) == NULL)
			continue;
		if (places[i].valid != NULL && !places[i].valid(yaml_span(v)))
			return yaml_expected(v, err, "%s", places[i].what);
		if ((rc = yaml_line_text(v, 1, 2048, to, err)) != RC_OK)
			return rc;
	}
	v = yaml_find(n, "tags");
	return v == NULL ? RC_OK : read_tags(v, a, err);
}
