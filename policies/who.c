/* Conditions as a small tree; depth is bounded by that of the document. */
#include "policies/who.h"

#include <stdlib.h>
#include <string.h>

#include "lib/model/name.h"
#include "policies/arnpattern.h"
#include "policies/oneof.h"
#include "policies/vocab.h"

enum op {
	ALL,
	ANY,
	NOT,
	IDENTITY,
	GROUP,
	KIND,
	METHOD,
	MAX_AGE,
	CLAIM,
	DELEGATED_BY,
};

struct who {
	enum op op;
	struct who *kids, *last; /* of ALL, ANY and NOT */
	struct who *next;
	const char *text; /* IDENTITY, GROUP, DELEGATED_BY; a CLAIM's name */
	uint64_t value;	  /* KIND, METHOD, MAX_AGE */
	struct oneof claim;
};

static struct who *
add(struct who *parent, enum op op)
{
	struct who *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->op = op;
	if (parent == NULL)
		return w;
	if (parent->last != NULL)
		parent->last->next = w;
	else
		parent->kids = w;
	parent->last = w;
	return w;
}

void
who_free(struct who *w)
{
	while (w != NULL) {
		struct who *next = w->next;

		who_free(w->kids);
		free(w);
		w = next;
	}
}

static enum rc read_map(const struct yaml_node *n, struct who *parent, struct err *err);

static enum rc
read_identity(const struct yaml_node *n, void *any, struct err *err)
{
	struct who *w;

	if (!name_identity(yaml_span(n)))
		return yaml_expected(n, err, "the name of an identity");
	if ((w = add(any, IDENTITY)) == NULL)
		return err_memory(err);
	w->text = yaml_cstr(n);
	return RC_OK;
}

static enum rc
read_delegate(const struct yaml_node *n, void *any, struct err *err)
{
	struct who *w;

	if (!name_identity(yaml_span(n)))
		return yaml_expected(n, err, "the name of an identity");
	if ((w = add(any, DELEGATED_BY)) == NULL)
		return err_memory(err);
	w->text = yaml_cstr(n);
	return RC_OK;
}

/* Names and values are the issuer's: any text. */
static enum rc
read_claims(const struct yaml_node *n, struct who *all, struct err *err)
{
	struct who *w;
	enum rc rc;

	if ((rc = vocab_count(n, YAML_MAP, 1, 16, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		if ((w = add(all, CLAIM)) == NULL)
			return err_memory(err);
		if ((rc = yaml_line_text(yaml_key(v), 1, 128, &w->text, err)) !=
			RC_OK ||
		    (rc = oneof_read(v, NULL, NULL, &w->claim, err)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

static enum rc
read_group(const struct yaml_node *n, void *any, struct err *err)
{
	struct who *w;

	if (!name_label(yaml_span(n)))
		return yaml_expected(n, err, "the name of a group");
	if ((w = add(any, GROUP)) == NULL)
		return err_memory(err);
	w->text = yaml_cstr(n);
	return RC_OK;
}

static enum rc
read_kind(const struct yaml_node *n, void *any, struct err *err)
{
	static const char *const words[] = { "agent", "human", NULL };
	static const enum identity_kind kinds[] = { IDENTITY_AGENT, IDENTITY_HUMAN };
	struct who *w;
	size_t at;
	enum rc rc;

	if ((rc = yaml_choice(n, words, &at, err)) != RC_OK)
		return rc;
	if ((w = add(any, KIND)) == NULL)
		return err_memory(err);
	w->value = kinds[at];
	return RC_OK;
}

static enum rc
read_method(const struct yaml_node *n, void *any, struct err *err)
{
	struct who *w;
	size_t at;
	enum rc rc;

	if ((rc = yaml_choice(n, proof_names, &at, err)) != RC_OK)
		return rc;
	if ((w = add(any, METHOD)) == NULL)
		return err_memory(err);
	w->value = PROOF_KEY + at;
	return RC_OK;
}

static enum rc
read_auth(const struct yaml_node *n, struct who *all, struct err *err)
{
	static const struct vocab keys[] = {
		{ "method", VOCAB_MAY },
		{ "max_age", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	static const uint64_t most = 365ull * 24 * 60 * 60 * 1000;
	const struct yaml_node *v;
	struct who *w;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 2, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "method")) != NULL) {
		if ((w = add(all, ANY)) == NULL)
			return err_memory(err);
		if ((rc = vocab_each(v, read_method, w, err)) != RC_OK)
			return rc;
	}
	if ((v = yaml_find(n, "max_age")) == NULL)
		return RC_OK;
	if ((w = add(all, MAX_AGE)) == NULL)
		return err_memory(err);
	return yaml_duration(v, 1000, most, &w->value, err);
}

/* The list under any or all. */
static enum rc
read_list(const struct yaml_node *n, struct who *parent, struct err *err)
{
	enum rc rc;

	if ((rc = vocab_count(n, YAML_LIST, 1, 256, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v))
		if ((rc = read_map(v, parent, err)) != RC_OK)
			return rc;
	return RC_OK;
}

/* What stands under each key, and what gathers it.  Names in a list are alternatives.
 */
static const struct {
	const char *key;
	enum op op;
	enum rc (*node)(const struct yaml_node *n, struct who *parent, struct err *err);
	enum rc (*text)(const struct yaml_node *n, void *parent, struct err *err);
} readers[] = {
	{ "all", ALL, read_list, NULL },
	{ "any", ANY, read_list, NULL },
	{ "not", NOT, read_map, NULL },
	{ "auth", ALL, read_auth, NULL },
	{ "identity", ANY, NULL, read_identity },
	{ "group", ANY, NULL, read_group },
	{ "kind", ANY, NULL, read_kind },
	{ "claim", ALL, read_claims, NULL },
	{ "delegated_by", ANY, NULL, read_delegate },
};

static enum rc
read_key(const struct yaml_node *v, struct who *all, struct err *err)
{
	for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
		struct who *w;

		if (strcmp(readers[i].key, yaml_cstr(yaml_key(v))) != 0)
			continue;
		if ((w = add(all, readers[i].op)) == NULL)
			return err_memory(err);
		if (readers[i].node != NULL)
			return readers[i].node(v, w, err);
		return vocab_each(v, readers[i].text, w, err);
	}
	return err_set(err, RC_FAIL, "no reader for a key of who");
}

static enum rc
read_map(const struct yaml_node *n, struct who *parent, struct err *err)
{
	static const struct vocab keys[] = {
		{ "any", VOCAB_MAY },
		{ "all", VOCAB_MAY },
		{ "not", VOCAB_MAY },
		{ "identity", VOCAB_MAY },
		{ "group", VOCAB_MAY },
		{ "kind", VOCAB_MAY },
		{ "auth", VOCAB_MAY },
		{ "claim", VOCAB_MAY },
		{ "delegated_by", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	struct who *all;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK ||
	    (rc = vocab_count(n, YAML_MAP, 1, 16, err)) != RC_OK)
		return rc;
	if ((all = add(parent, ALL)) == NULL)
		return err_memory(err);
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v))
		if ((rc = read_key(v, all, err)) != RC_OK)
			return rc;
	return RC_OK;
}

enum rc
who_read(const struct yaml_node *n, struct who **ret, struct err *err)
{
	struct who *w = add(NULL, ALL);
	enum rc rc;

	if (w == NULL)
		return err_memory(err);
	if ((rc = read_map(n, w, err)) != RC_OK) {
		who_free(w);
		return rc;
	}
	*ret = w;
	return RC_OK;
}

static unsigned
all_fit(const struct who *w, const struct facts *facts)
{
	unsigned fit = FIT_BOTH;

	for (; w != NULL && fit != FIT_NO; w = w->next)
		fit &= who_fit(w, facts);
	return fit;
}

static unsigned
one_fits(const struct who *w, const struct facts *facts)
{
	unsigned fit = FIT_NO;

	for (; w != NULL && fit != FIT_BOTH; w = w->next)
		fit |= who_fit(w, facts);
	return fit;
}

/* Not surely is maybe not, and not maybe is surely not. */
static unsigned
turned(unsigned fit)
{
	return (fit & FIT_MAYBE ? FIT_NO : FIT_SURE) |
	       (fit & FIT_SURE ? FIT_NO : FIT_MAYBE);
}

/* A claim may have several values; one is enough. */
static unsigned
claim_fit(const struct who *w, const struct facts *facts)
{
	unsigned fit = FIT_NO;
	bool seen = false;

	for (size_t i = 0; i < facts->n_claims; i++)
		if (strcmp(facts->claims[i].name, w->text) == 0) {
			fit |= oneof_fit(&w->claim, facts->claims[i].value);
			seen = true;
		}
	return seen ? fit : FIT_MAYBE;
}

static bool
leaf_holds(const struct who *w, const struct facts *facts)
{
	switch (w->op) {
	case IDENTITY:
		return strcmp(facts->who->name, w->text) == 0;
	case GROUP:
		return identity_in_group(facts->who, w->text);
	case KIND:
		return facts->who->kind == w->value;
	case METHOD:
		return facts->proof == w->value;
	case MAX_AGE:
		return facts->auth_age <= w->value;
	case DELEGATED_BY:
		return facts->delegated_by != NULL &&
		       strcmp(facts->delegated_by, w->text) == 0;
	default:
		return false;
	}
}

unsigned
who_fit(const struct who *w, const struct facts *facts)
{
	if (w == NULL)
		return FIT_BOTH;
	switch (w->op) {
	case ALL:
		return all_fit(w->kids, facts);
	case ANY:
		return one_fits(w->kids, facts);
	case NOT:
		return turned(all_fit(w->kids, facts));
	case CLAIM:
		return claim_fit(w, facts);
	default:
		return leaf_holds(w, facts) ? FIT_BOTH : FIT_NO;
	}
}

bool
who_holds(const struct who *w, const struct facts *facts)
{
	return (who_fit(w, facts) & FIT_SURE) != 0;
}
