/* The Merkle tree of RFC 6962 as arithmetic on ranges: where hashes come from is the
 * caller's business. */
#include "recorder/merkle.h"

#include <sodium.h>
#include <string.h>

/* By libsodium: for so few bytes its slower rounds cost less than a context of OpenSSL,
 * and a start hashes the whole log. */
static void
hash_parts(uint8_t mark, struct span a, struct span b, uint8_t hash[32])
{
	crypto_hash_sha256_state st;

	crypto_hash_sha256_init(&st);
	crypto_hash_sha256_update(&st, &mark, 1);
	crypto_hash_sha256_update(&st, a.p, a.len);
	crypto_hash_sha256_update(&st, b.p, b.len);
	crypto_hash_sha256_final(&st, hash);
}

enum rc
merkle_leaf(struct span leaf, uint8_t hash[32], struct err *err)
{
	(void)err;
	hash_parts(0, leaf, span_make(NULL, 0), hash);
	return RC_OK;
}

enum rc
merkle_node(
    const uint8_t left[32], const uint8_t right[32], uint8_t hash[32], struct err *err)
{
	(void)err;
	hash_parts(1, span_make(left, 32), span_make(right, 32), hash);
	return RC_OK;
}

unsigned
merkle_width(uint64_t n)
{
	return (unsigned)__builtin_popcountll(n);
}

enum rc
merkle_add(struct merkle *m, const uint8_t leaf[32], struct err *err)
{
	unsigned at = merkle_width(m->n);
	uint8_t hash[32];
	enum rc rc;

	memcpy(hash, leaf, 32);
	/* As in adding one to n: each carry joins two trees of the same size. */
	for (uint64_t left = m->n; (left & 1) != 0; left >>= 1)
		if ((rc = merkle_node(m->h[--at], hash, hash, err)) != RC_OK)
			return rc;
	memcpy(m->h[at], hash, 32);
	m->n++;
	return RC_OK;
}

static enum rc
empty_root(uint8_t root[32], struct err *err)
{
	(void)err;
	crypto_hash_sha256(root, NULL, 0);
	return RC_OK;
}

enum rc
merkle_root(const struct merkle *m, uint8_t root[32], struct err *err)
{
	unsigned at = merkle_width(m->n);
	uint8_t hash[32];
	enum rc rc;

	if (at == 0)
		return empty_root(root, err);
	memcpy(hash, m->h[--at], 32);
	while (at > 0)
		if ((rc = merkle_node(m->h[--at], hash, hash, err)) != RC_OK)
			return rc;
	memcpy(root, hash, 32);
	return RC_OK;
}

/* The root over leaves [lo, hi), where lo is what the splitting of a tree makes: the
 * complete subtrees in it are aligned. */
static enum rc
range(merkle_fn *fn, void *arg, uint64_t lo, uint64_t hi, uint8_t root[32],
    struct err *err)
{
	uint64_t n = hi - lo;
	uint8_t hash[32], left[32];
	bool first = true;
	enum rc rc;

	for (unsigned level = 0; level < 64; level++) {
		if ((n >> level & 1) == 0)
			continue;
		/* What is left of this subtree are the larger ones. */
		rc = fn(arg, level, (lo >> level) + ((n >> level) ^ 1),
		    first ? hash : left, err);
		if (rc == RC_OK && !first)
			rc = merkle_node(left, hash, hash, err);
		if (rc != RC_OK)
			return rc;
		first = false;
	}
	memcpy(root, hash, 32);
	return RC_OK;
}

enum rc
merkle_root_of(merkle_fn *fn, void *arg, uint64_t n, uint8_t root[32], struct err *err)
{
	return n == 0 ? empty_root(root, err) : range(fn, arg, 0, n, root, err);
}

/* The largest power of two below n, which is 2 or more. */
static uint64_t
split(uint64_t n)
{
	return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

static void
reverse(struct merkle_path *p)
{
	for (unsigned i = 0; i < p->n / 2; i++) {
		uint8_t h[32];

		memcpy(h, p->h[i], 32);
		memcpy(p->h[i], p->h[p->n - 1 - i], 32);
		memcpy(p->h[p->n - 1 - i], h, 32);
	}
}

enum rc
merkle_inclusion(merkle_fn *fn, void *arg, uint64_t i, uint64_t n,
    struct merkle_path *ret, struct err *err)
{
	struct merkle_path p = { 0 };
	uint64_t lo = 0, hi = n;
	enum rc rc;

	if (i >= n)
		return err_set(err, RC_REFUSE, "no leaf %llu in a tree of %llu",
		    (unsigned long long)i, (unsigned long long)n);
	while (hi - lo > 1) {
		uint64_t mid = lo + split(hi - lo);
		bool is_left = i < mid;

		rc = range(
		    fn, arg, is_left ? mid : lo, is_left ? hi : mid, p.h[p.n++], err);
		if (rc != RC_OK)
			return rc;
		if (is_left)
			hi = mid;
		else
			lo = mid;
	}
	reverse(&p);
	*ret = p;
	return RC_OK;
}

enum rc
merkle_consistency(merkle_fn *fn, void *arg, uint64_t m, uint64_t n,
    struct merkle_path *ret, struct err *err)
{
	struct merkle_path p = { 0 };
	uint64_t lo = 0, hi = n;
	enum rc rc = RC_OK;

	if (m > n)
		return err_set(err, RC_REFUSE, "no tree of %llu in one of %llu",
		    (unsigned long long)m, (unsigned long long)n);
	while (rc == RC_OK && m > 0 && m != hi) {
		uint64_t mid = lo + split(hi - lo);
		bool is_left = m <= mid;

		rc = range(
		    fn, arg, is_left ? mid : lo, is_left ? hi : mid, p.h[p.n++], err);
		if (is_left)
			hi = mid;
		else
			lo = mid;
	}
	/* Who checks knows the root over m: it is left out when it is a whole subtree. */
	if (rc == RC_OK && m > 0 && lo > 0)
		rc = range(fn, arg, lo, hi, p.h[p.n++], err);
	if (rc != RC_OK)
		return rc;
	reverse(&p);
	*ret = p;
	return RC_OK;
}

/* A walk from a leaf, or from the last whole subtree of a smaller tree, to the root: at
 * is its place on the present level, last that of the level's last node. */
struct climb {
	uint64_t at, last;
};

/* True when the next hash of a path stands on the left.  The levels on which the last
 * node has no sibling are passed. */
static bool
on_left(struct climb *c)
{
	if ((c->at & 1) == 0 && c->at != c->last)
		return false;
	while ((c->at & 1) == 0 && c->at != 0) {
		c->at >>= 1;
		c->last >>= 1;
	}
	return true;
}

static void
up(struct climb *c)
{
	c->at >>= 1;
	c->last >>= 1;
}

static enum rc
unproven(struct err *err)
{
	return err_set(err, RC_REFUSE, "the path does not lead to the root");
}

/* RFC 9162 section 2.1.3.2. */
enum rc
merkle_included(const uint8_t leaf[32], uint64_t i, uint64_t n,
    const struct merkle_path *path, const uint8_t root[32], struct err *err)
{
	struct climb c = { i, n - 1 };
	uint8_t h[32];
	enum rc rc = RC_OK;

	if (i >= n || path->n > MERKLE_PATH_MAX)
		return unproven(err);
	memcpy(h, leaf, 32);
	for (unsigned k = 0; rc == RC_OK && k < path->n; k++) {
		if (c.last == 0)
			return unproven(err);
		rc = on_left(&c) ? merkle_node(path->h[k], h, h, err)
				 : merkle_node(h, path->h[k], h, err);
		up(&c);
	}
	if (rc == RC_OK && (c.last != 0 || memcmp(h, root, 32) != 0))
		return unproven(err);
	return rc;
}

/* The trees over m and over n, climbed together: RFC 9162 section 2.1.4.2. */
static enum rc
climb_both(struct climb c, const uint8_t first[32], const uint8_t (*path)[32],
    unsigned npath, uint8_t m_root[32], uint8_t n_root[32], struct err *err)
{
	enum rc rc = RC_OK;

	memcpy(m_root, first, 32);
	memcpy(n_root, first, 32);
	for (unsigned k = 0; rc == RC_OK && k < npath; k++) {
		if (c.last == 0)
			return unproven(err);
		if (!on_left(&c))
			rc = merkle_node(n_root, path[k], n_root, err);
		else if ((rc = merkle_node(path[k], m_root, m_root, err)) == RC_OK)
			rc = merkle_node(path[k], n_root, n_root, err);
		up(&c);
	}
	return rc == RC_OK && c.last != 0 ? unproven(err) : rc;
}

enum rc
merkle_consistent(uint64_t m, const uint8_t root_m[32], uint64_t n,
    const uint8_t root_n[32], const struct merkle_path *path, struct err *err)
{
	struct climb c = { m - 1, n - 1 };
	bool whole = m > 0 && (m & (m - 1)) == 0; /* one complete subtree */
	uint8_t a[32], b[32];
	enum rc rc;

	if (m > n || path->n > MERKLE_PATH_MAX)
		return unproven(err);
	if (m == 0 || m == n) {
		memcpy(a, root_n, 32);
		if (m == 0 && (rc = empty_root(a, err)) != RC_OK)
			return rc;
		return path->n == 0 && memcmp(a, root_m, 32) == 0 ? RC_OK
								  : unproven(err);
	}
	if (path->n == 0)
		return unproven(err);
	while ((c.at & 1) != 0)
		up(&c);
	rc = climb_both(c, whole ? root_m : path->h[0], path->h + !whole,
	    path->n - !whole, a, b, err);
	if (rc == RC_OK && (memcmp(a, root_m, 32) != 0 || memcmp(b, root_n, 32) != 0))
		return unproven(err);
	return rc;
}
