#include "tests/support/unit.h"

#include "recorder/merkle.h"

#define OK(call) assert_int_equal((call), RC_OK)
#define MOST 64

/* The eight leaves of the test tree that Certificate Transparency's own tests use, and
 * its roots from none to all of them. */
static const char *const leaves[8] = { "", "00", "10", "2021", "3031", "40414243",
	"5051525354555657", "606162636465666768696a6b6c6d6e6f" };
static const char *const roots[9] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static size_t
unhex(const char *text, uint8_t *out)
{
	size_t n = strlen(text) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned v;

		assert_int_equal(sscanf(text + 2 * i, "%2x", &v), 1);
		out[i] = (uint8_t)v;
	}
	return n;
}

/* A source over hashes that lie in an array. */
struct forest {
	uint8_t leaf[MOST][32];
	unsigned n;
};

/* The definition, word by word. */
static void
naive(const struct forest *f, uint64_t lo, uint64_t hi, uint8_t out[32])
{
	uint8_t left[32], right[32];
	uint64_t k = 1;

	if (hi - lo == 1) {
		memcpy(out, f->leaf[lo], 32);
		return;
	}
	while (k * 2 < hi - lo)
		k *= 2;
	naive(f, lo, lo + k, left);
	naive(f, lo + k, hi, right);
	OK(merkle_node(left, right, out, NULL));
}

static enum rc
sub(void *arg, unsigned level, uint64_t i, uint8_t hash[32], struct err *err)
{
	const struct forest *f = arg;

	(void)err;
	assert_true((i + 1) << level <= f->n);
	naive(f, i << level, (i + 1) << level, hash);
	return RC_OK;
}

static void
grow(struct forest *f, unsigned n)
{
	f->n = n;
	for (unsigned i = 0; i < n; i++) {
		uint8_t byte = (uint8_t)i;

		OK(merkle_leaf(span_make(&byte, 1), f->leaf[i], NULL));
	}
}

static void
known_roots(void **state)
{
	uint8_t bytes[32], hash[32], want[32], got[32];
	struct merkle m = { 0 };

	(void)state;
	for (unsigned n = 0; n <= 8; n++) {
		assert_int_equal(unhex(roots[n], want), 32);
		OK(merkle_root(&m, got, NULL));
		assert_memory_equal(got, want, 32);
		if (n == 8)
			break;
		OK(merkle_leaf(span_make(bytes, unhex(leaves[n], bytes)), hash, NULL));
		OK(merkle_add(&m, hash, NULL));
	}
	assert_int_equal(m.n, 8);
	assert_int_equal(merkle_width(m.n), 1);
}

static void
every_size_has_its_root(void **state)
{
	static struct forest f;
	struct merkle m = { 0 };
	uint8_t want[32], got[32];

	(void)state;
	grow(&f, MOST);
	for (unsigned n = 1; n <= MOST; n++) {
		f.n = n;
		OK(merkle_add(&m, f.leaf[n - 1], NULL));
		naive(&f, 0, n, want);
		OK(merkle_root(&m, got, NULL));
		assert_memory_equal(got, want, 32);
		OK(merkle_root_of(sub, &f, n, got, NULL));
		assert_memory_equal(got, want, 32);
	}
}

/* A proof says yes for its own leaf, place and size, and for nothing else. */
static void
every_inclusion_is_proven(void **state)
{
	static struct forest f;
	struct merkle_path p;
	uint8_t root[32];

	(void)state;
	grow(&f, MOST);
	for (unsigned n = 1; n <= MOST; n++) {
		f.n = n;
		naive(&f, 0, n, root);
		for (unsigned i = 0; i < n; i++) {
			OK(merkle_inclusion(sub, &f, i, n, &p, NULL));
			for (unsigned k = 0; k < n; k++) {
				assert_int_equal(
				    merkle_included(f.leaf[i], k, n, &p, root, NULL),
				    k == i ? RC_OK : RC_REFUSE);
				assert_int_equal(
				    merkle_included(f.leaf[k], i, n, &p, root, NULL),
				    k == i ? RC_OK : RC_REFUSE);
			}
		}
		assert_int_equal(merkle_inclusion(sub, &f, n, n, &p, NULL), RC_REFUSE);
	}
}

static void
every_consistency_is_proven(void **state)
{
	static struct forest f;
	static uint8_t root[MOST + 1][32];
	struct merkle_path p;

	(void)state;
	grow(&f, MOST);
	OK(merkle_root_of(sub, &f, 0, root[0], NULL));
	for (unsigned n = 1; n <= MOST; n++)
		naive(&f, 0, n, root[n]);
	for (unsigned n = 0; n <= MOST; n++)
		for (unsigned m = 0; m <= n; m++) {
			OK(merkle_consistency(sub, &f, m, n, &p, NULL));
			OK(merkle_consistent(m, root[m], n, root[n], &p, NULL));
			if (m > 0 && m < n) {
				assert_int_equal(merkle_consistent(m, root[m - 1], n,
						     root[n], &p, NULL),
				    RC_REFUSE);
				assert_int_equal(merkle_consistent(m, root[m], n,
						     root[n - 1], &p, NULL),
				    RC_REFUSE);
			}
		}
	assert_int_equal(merkle_consistency(sub, &f, 3, 2, &p, NULL), RC_REFUSE);
	assert_int_equal(
	    merkle_consistent(3, root[3], 2, root[2], &p, NULL), RC_REFUSE);
}

/* Each bit, each hash too few or too many. */
static void
changed_proofs_are_refused(void **state)
{
	static struct forest f;
	uint8_t root_m[32], root_n[32];

	(void)state;
	for (unsigned n = 2; n <= 17; n++) {
		unsigned m = n / 2 + 1;
		struct merkle_path in, con;

		grow(&f, n);
		naive(&f, 0, m, root_m);
		naive(&f, 0, n, root_n);
		OK(merkle_inclusion(sub, &f, m - 1, n, &in, NULL));
		OK(merkle_consistency(sub, &f, m, n, &con, NULL));
		for (unsigned bit = 0; bit < 256; bit++) {
			for (unsigned k = 0; k < in.n; k++) {
				in.h[k][bit / 8] ^= (uint8_t)(1u << bit % 8);
				assert_int_equal(merkle_included(f.leaf[m - 1], m - 1,
						     n, &in, root_n, NULL),
				    RC_REFUSE);
				in.h[k][bit / 8] ^= (uint8_t)(1u << bit % 8);
			}
			for (unsigned k = 0; k < con.n; k++) {
				con.h[k][bit / 8] ^= (uint8_t)(1u << bit % 8);
				assert_int_equal(
				    merkle_consistent(m, root_m, n, root_n, &con, NULL),
				    RC_REFUSE);
				con.h[k][bit / 8] ^= (uint8_t)(1u << bit % 8);
			}
		}
		for (int by = -1; by <= 1; by += 2) {
			in.n += (unsigned)by;
			assert_int_equal(
			    merkle_included(f.leaf[m - 1], m - 1, n, &in, root_n, NULL),
			    RC_REFUSE);
			in.n -= (unsigned)by;
			if (m == n)
				continue;
			con.n += (unsigned)by;
			assert_int_equal(
			    merkle_consistent(m, root_m, n, root_n, &con, NULL),
			    RC_REFUSE);
			con.n -= (unsigned)by;
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_roots),
		cmocka_unit_test(every_size_has_its_root),
		cmocka_unit_test(every_inclusion_is_proven),
		cmocka_unit_test(every_consistency_is_proven),
		cmocka_unit_test(changed_proofs_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
