/* Reading a rule's terms; see terms.h. */
#include "policies/terms.h"

#include "lib/model/profile.h"
#include "policies/vocab.h"

static enum rc
read_credential(const struct yaml_node *n, struct terms *t, struct err *err)
{
	static const struct vocab keys[] = {
		{ "session_policy", VOCAB_MAY },
		{ "duration", VOCAB_MAY },
		{ "role", VOCAB_LATER },
		{ NULL, VOCAB_MAY },
	};
	static const char *const policies[] = { "scope", NULL };
	const struct yaml_node *v;
	uint64_t ms = 0;
	size_t at;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 2, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "session_policy")) != NULL) {
		if ((rc = yaml_choice(v, policies, &at, err)) != RC_OK)
			return rc;
		t->scope = true;
	}
	if ((v = yaml_find(n, "duration")) == NULL)
		return RC_OK;
	rc = yaml_duration(v, PROFILE_LEAST_DURATION, PROFILE_MOST_DURATION, &ms, err);
	if (rc == RC_OK)
		t->seconds = (unsigned)(ms / 1000);
	return rc;
}

static enum rc
read_files(const struct yaml_node *n, struct terms *t, struct err *err)
{
	static const struct vocab keys[] = {
		{ "in", VOCAB_MAY },
		{ "out", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	static const char *const in[] = { "stdin", NULL };
	static const char *const out[] = { "stdout", NULL };
	const struct yaml_node *v;
	size_t at;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 2, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "in")) != NULL) {
		if ((rc = yaml_choice(v, in, &at, err)) != RC_OK)
			return rc;
		t->in = true;
	}
	if ((v = yaml_find(n, "out")) != NULL) {
		if ((rc = yaml_choice(v, out, &at, err)) != RC_OK)
			return rc;
		t->out = true;
	}
	return RC_OK;
}

static enum rc
read_record(const struct yaml_node *n, struct terms *t, struct err *err)
{
	static const struct vocab keys[] = {
		{ "bodies", VOCAB_MUST },
		{ NULL, VOCAB_MAY },
	};
	/* The usual has no word: it is what a rule without this key asks for. */
	static const char *const words[] = { "masked", "digest", "none", NULL };
	size_t at;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = yaml_choice(yaml_find(n, "bodies"), words, &at, err)) != RC_OK)
		return rc;
	t->bodies = (enum verdict_bodies)(VERDICT_BODIES_MASKED + at);
	return RC_OK;
}

enum rc
terms_read(const struct yaml_node *n, struct terms *ret, struct err *err)
{
	static const struct {
		const char *key;
		enum rc (*read)(
		    const struct yaml_node *n, struct terms *t, struct err *err);
	} readers[] = {
		{ "credential", read_credential },
		{ "files", read_files },
		{ "record", read_record },
	};
	struct terms t = { 0 };

	for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
		const struct yaml_node *v = yaml_find(n, readers[i].key);
		enum rc rc;

		if (v != NULL && (rc = readers[i].read(v, &t, err)) != RC_OK)
			return rc;
	}
	*ret = t;
	return RC_OK;
}

void
terms_add(const struct terms *t, struct verdict *v)
{
	v->scope |= t->scope;
	if (t->seconds != 0 && (v->lease_seconds == 0 || t->seconds < v->lease_seconds))
		v->lease_seconds = t->seconds;
	if (t->bodies > v->bodies)
		v->bodies = t->bodies;
}
