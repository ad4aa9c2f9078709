/* Hashing document trees; see digest.h. */
#include "policies/digest.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Entries of a mapping that are sorted without memory of their own: there are many such
 * mappings. */
#define FEW 32

static void
put_head(crypto_hash_sha256_state *h, char kind, uint64_t n)
{
	uint8_t head[9] = { (uint8_t)kind };

	for (unsigned i = 0; i < 8; i++)
		head[1 + i] = (uint8_t)(n >> (8 * (7 - i)));
	crypto_hash_sha256_update(h, head, sizeof head);
}

static void
put_text(crypto_hash_sha256_state *h, const struct yaml_node *n)
{
	struct span s = yaml_span(n);

	put_head(h, 't', s.len);
	crypto_hash_sha256_update(h, s.p, s.len);
}

static int
by_key(const void *a, const void *b)
{
	const struct yaml_node *const *x = a, *const *y = b;

	return strcmp(yaml_cstr(yaml_key(*x)), yaml_cstr(yaml_key(*y)));
}

static enum rc put_tree(
    crypto_hash_sha256_state *h, const struct yaml_node *n, struct err *err);

static enum rc
put_map(crypto_hash_sha256_state *h, const struct yaml_node *n, struct err *err)
{
	size_t count = yaml_count(n), i = 0;
	const struct yaml_node *few[FEW], **values = few;
	enum rc rc = RC_OK;

	if (count > FEW && (values = calloc(count, sizeof *values)) == NULL)
		return err_memory(err);
	for (n = yaml_first(n); n != NULL && i < count; n = yaml_next(n))
		values[i++] = n;
	qsort(values, i, sizeof values[0], by_key);
	for (size_t k = 0; k < i && rc == RC_OK; k++) {
		put_text(h, yaml_key(values[k]));
		rc = put_tree(h, values[k], err);
	}
	if (values != few)
		free(values);
	return rc;
}

static enum rc
put_list(crypto_hash_sha256_state *h, const struct yaml_node *n, struct err *err)
{
	enum rc rc;

	for (n = yaml_first(n); n != NULL; n = yaml_next(n))
		if ((rc = put_tree(h, n, err)) != RC_OK)
			return rc;
	return RC_OK;
}

/* Depth is bounded by the reader of the document. */
static enum rc
put_tree(crypto_hash_sha256_state *h, const struct yaml_node *n, struct err *err)
{
	switch (yaml_kind(n)) {
	case YAML_TEXT:
		put_text(h, n);
		return RC_OK;
	case YAML_LIST:
		put_head(h, 'l', yaml_count(n));
		return put_list(h, n, err);
	case YAML_MAP:
		put_head(h, 'm', yaml_count(n));
		return put_map(h, n, err);
	}
	return err_set(err, RC_FAIL, "a node of no known kind");
}

enum rc
digest_trees(
    const struct yaml_node *const *roots, size_t n, uint8_t out[32], struct err *err)
{
	static const char domain[] = "broker-policy/1";
	crypto_hash_sha256_state h;
	enum rc rc;

	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, (const uint8_t *)domain, sizeof domain);
	for (size_t i = 0; i < n; i++)
		if ((rc = put_tree(&h, roots[i], err)) != RC_OK)
			return rc;
	crypto_hash_sha256_final(&h, out);
	return RC_OK;
}
