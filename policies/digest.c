/* Hashing document trees; see digest.h.  By OpenSSL, which uses the CPU's own
 * instructions, and in pieces of some size: a tree is many small ones. */
#include "policies/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* Entries of a mapping that are sorted without memory of their own: there are many such
 * mappings. */
#define FEW 32

struct hash {
	EVP_MD_CTX *ctx;
	bool bad;
	size_t n;
	uint8_t room[4096];
};

static void
flush(struct hash *h)
{
	if (EVP_DigestUpdate(h->ctx, h->room, h->n) != 1)
		h->bad = true;
	h->n = 0;
}

static void
put(struct hash *h, const void *p, size_t n)
{
	if (n > sizeof h->room - h->n)
		flush(h);
	if (n > sizeof h->room) {
		if (EVP_DigestUpdate(h->ctx, p, n) != 1)
			h->bad = true;
		return;
	}
	if (n > 0)
		memcpy(h->room + h->n, p, n);
	h->n += n;
}

static void
put_head(struct hash *h, char kind, uint64_t n)
{
	uint8_t head[9] = { (uint8_t)kind };

	for (unsigned i = 0; i < 8; i++)
		head[1 + i] = (uint8_t)(n >> (8 * (7 - i)));
	put(h, head, sizeof head);
}

static void
put_text(struct hash *h, const struct yaml_node *n)
{
	struct span s = yaml_span(n);

	put_head(h, 't', s.len);
	put(h, s.p, s.len);
}

static int
by_key(const void *a, const void *b)
{
	const struct yaml_node *const *x = a, *const *y = b;

	return strcmp(yaml_cstr(yaml_key(*x)), yaml_cstr(yaml_key(*y)));
}

static enum rc put_tree(struct hash *h, const struct yaml_node *n, struct err *err);

static void
sort(const struct yaml_node **v, size_t n)
{
	if (n > FEW) {
		qsort(v, n, sizeof v[0], by_key);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		const struct yaml_node *one = v[i];
		size_t k = i;

		for (; k > 0 && by_key(&v[k - 1], &one) > 0; k--)
			v[k] = v[k - 1];
		v[k] = one;
	}
}

static enum rc
put_map(struct hash *h, const struct yaml_node *n, struct err *err)
{
	size_t count = yaml_count(n), i = 0;
	const struct yaml_node *few[FEW], **values = few;
	enum rc rc = RC_OK;

	if (count > FEW && (values = calloc(count, sizeof *values)) == NULL)
		return err_memory(err);
	for (n = yaml_first(n); n != NULL && i < count; n = yaml_next(n))
		values[i++] = n;
	sort(values, i);
	for (size_t k = 0; k < i && rc == RC_OK; k++) {
		put_text(h, yaml_key(values[k]));
		rc = put_tree(h, values[k], err);
	}
	if (values != few)
		free(values);
	return rc;
}

static enum rc
put_list(struct hash *h, const struct yaml_node *n, struct err *err)
{
	enum rc rc;

	for (n = yaml_first(n); n != NULL; n = yaml_next(n))
		if ((rc = put_tree(h, n, err)) != RC_OK)
			return rc;
	return RC_OK;
}

/* Depth is bounded by the reader of the document. */
static enum rc
put_tree(struct hash *h, const struct yaml_node *n, struct err *err)
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
	struct hash h = { .ctx = EVP_MD_CTX_new() };
	enum rc rc = RC_OK;

	h.bad = h.ctx == NULL || EVP_DigestInit_ex(h.ctx, EVP_sha256(), NULL) != 1;
	if (!h.bad)
		put(&h, domain, sizeof domain);
	for (size_t i = 0; i < n && rc == RC_OK && !h.bad; i++)
		rc = put_tree(&h, roots[i], err);
	if (!h.bad)
		flush(&h);
	if (rc == RC_OK && (h.bad || EVP_DigestFinal_ex(h.ctx, out, NULL) != 1))
		rc = err_set(err, RC_FAIL, "SHA-256 is not available");
	EVP_MD_CTX_free(h.ctx);
	return rc;
}
