/* Reading who asks and where; see asker.h. */
#include "policies/asker.h"

#include "lib/model/name.h"
#include "lib/model/profile.h"
#include "policies/vocab.h"

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

enum rc
asker_read(const struct yaml_node *n, struct asker *ret, struct err *err)
{
	static const struct vocab keys[] = {
		{ "identity", VOCAB_MAY },
		{ "kind", VOCAB_MAY },
		{ "group", VOCAB_MAY },
		{ "auth", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	static const char *const kinds[] = { "agent", "human", NULL };
	const struct yaml_node *v;
	size_t at = 0;
	enum rc rc;

	ret->who.name = "somebody";
	ret->who.groups = ret->groups;
	ret->facts = (struct facts){ .who = &ret->who,
		.proof = PROOF_KEY,
		.profile = "default",
		.partition = "aws",
		.account = "111122223333",
		.region = "eu-west-1" };
	if (n == NULL)
		return RC_OK;
	if ((rc = vocab_check(n, keys, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "identity")) != NULL) {
		if (!name_identity(yaml_span(v)))
			return yaml_expected(v, err, "the name of an identity");
		ret->who.name = yaml_cstr(v);
	}
	if ((v = yaml_find(n, "kind")) != NULL &&
	    (rc = yaml_choice(v, kinds, &at, err)) != RC_OK)
		return rc;
	ret->who.kind = at == 0 ? IDENTITY_AGENT : IDENTITY_HUMAN;
	if ((v = yaml_find(n, "group")) != NULL &&
	    (rc = vocab_each(v, add_group, ret, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "auth")) != NULL)
		return read_auth(v, ret, err);
	return RC_OK;
}

static enum rc
read_account(const struct yaml_node *n, struct facts *f, struct err *err)
{
	if (!profile_account(yaml_span(n)))
		return yaml_expected(n, err, "an account of 12 digits");
	f->account = yaml_cstr(n);
	return RC_OK;
}

static enum rc
read_region(const struct yaml_node *n, struct facts *f, struct err *err)
{
	if (!profile_region(yaml_span(n)))
		return yaml_expected(n, err, "the name of a region");
	f->region = yaml_cstr(n);
	return RC_OK;
}

static enum rc
read_partition(const struct yaml_node *n, struct facts *f, struct err *err)
{
	if (!profile_region(yaml_span(n)))
		return yaml_expected(n, err, "the name of a partition, such as aws");
	f->partition = yaml_cstr(n);
	return RC_OK;
}

enum rc
asker_place(const struct yaml_node *n, struct facts *f, struct err *err)
{
	static const struct vocab keys[] = {
		{ "account", VOCAB_MAY },
		{ "region", VOCAB_MAY },
		{ "partition", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	static const struct {
		const char *key;
		enum rc (*read)(
		    const struct yaml_node *n, struct facts *f, struct err *err);
	} readers[] = {
		{ "account", read_account },
		{ "region", read_region },
		{ "partition", read_partition },
	};
	enum rc rc;

	if (n == NULL)
		return RC_OK;
	if ((rc = vocab_check(n, keys, err)) != RC_OK)
		return rc;
	for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
		const struct yaml_node *v = yaml_find(n, readers[i].key);

		if (v != NULL && (rc = readers[i].read(v, f, err)) != RC_OK)
			return rc;
	}
	return RC_OK;
}
