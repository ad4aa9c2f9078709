/* Key tables over YAML mappings; see vocab.h. */
#include "policies/vocab.h"

#include <string.h>

/* Keys in a table, at most. */
#define MOST 40

static const struct vocab *
find(const struct vocab *keys, const char *key)
{
	for (; keys->key != NULL; keys++)
		if (keys->key[0] == key[0] && strcmp(keys->key, key) == 0)
			return keys;
	return NULL;
}

/* The reader's own message for an unknown key, listing those of this version. */
static enum rc
refuse_unknown(const struct yaml_node *n, const struct vocab *keys, struct err *err)
{
	const char *known[MOST + 1];
	size_t i = 0;

	for (; keys->key != NULL && i < MOST; keys++)
		if (keys->use != VOCAB_LATER)
			known[i++] = keys->key;
	known[i] = NULL;
	return yaml_want_keys(n, known, err);
}

enum rc
vocab_later(const struct yaml_node *n, const char *word, struct err *err)
{
	return yaml_fail(n, err, "`%s` is not in this version", word);
}

enum rc
vocab_check(const struct yaml_node *n, const struct vocab *keys, struct err *err)
{
	enum rc rc;

	if ((rc = yaml_want(n, YAML_MAP, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		const struct vocab *s = find(keys, yaml_cstr(yaml_key(v)));

		if (s == NULL)
			return refuse_unknown(n, keys, err);
		if (s->use == VOCAB_LATER)
			return vocab_later(yaml_key(v), s->key, err);
	}
	for (; keys->key != NULL; keys++)
		if (keys->use == VOCAB_MUST && yaml_find(n, keys->key) == NULL)
			return yaml_fail(n, err, "the key %s is missing", keys->key);
	return RC_OK;
}

enum rc
vocab_each(const struct yaml_node *n,
    enum rc (*each)(const struct yaml_node *text, void *arg, struct err *err),
    void *arg, struct err *err)
{
	enum rc rc;

	if (yaml_kind(n) == YAML_TEXT)
		return each(n, arg, err);
	if ((rc = vocab_count(n, YAML_LIST, 1, YAML_MOST_NODES, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		if ((rc = yaml_want(v, YAML_TEXT, err)) != RC_OK)
			return rc;
		if ((rc = each(v, arg, err)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

enum rc
vocab_count(const struct yaml_node *n, enum yaml_kind kind, size_t least, size_t most,
    struct err *err)
{
	enum rc rc;

	if ((rc = yaml_want(n, kind, err)) != RC_OK)
		return rc;
	if (yaml_count(n) < least)
		return yaml_fail(n, err, "expected at least %zu entr%s", least,
		    least == 1 ? "y" : "ies");
	if (yaml_count(n) > most)
		return yaml_fail(n, err, "expected at most %zu entries", most);
	return RC_OK;
}
