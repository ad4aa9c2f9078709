#include "tests/recorder/logbook.h"

#include "recorder/keychain.h"
#include "recorder/rotation.h"

#define OK(call) assert_int_equal((call), RC_OK)
#define BROKER "b1"

struct fixture {
	struct keyfile *key[3];
	struct leaf leaf[3];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	*state = f;
	for (unsigned i = 0; i < 3; i++) {
		struct rotation r;

		OK(keyfile_new(KEYFILE_DEVICE, span_of(BROKER), &f->key[i], NULL));
		OK(rotation_sign(
		    f->key[i == 0 ? 0 : i - 1], keyfile_public(f->key[i]), &r, NULL));
		f->leaf[i].type = LEAF_DEVKEY;
		memcpy(f->leaf[i].devkey.pk, r.new_pk, 32);
		memcpy(f->leaf[i].devkey.sig, r.sig, 64);
	}
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 3; i++)
		keyfile_free(f->key[i]);
	free(f);
	return 0;
}

static void
each_is_signed_by_the_one_before(void **state)
{
	struct fixture *f = *state;
	struct keychain k = { .broker = BROKER }, other = { .broker = "b2" };

	assert_int_equal(keychain_add(&k, 0, &f->leaf[1], NULL), RC_REFUSE);
	assert_int_equal(keychain_add(&other, 0, &f->leaf[0], NULL), RC_REFUSE);
	OK(keychain_add(&k, 0, &f->leaf[0], NULL));
	assert_int_equal(keychain_add(&k, 1, &f->leaf[2], NULL), RC_REFUSE);
	OK(keychain_add(&k, 5, &f->leaf[1], NULL));
	/* The first one again: its signature is for itself alone. */
	assert_int_equal(keychain_add(&k, 6, &f->leaf[0], NULL), RC_REFUSE);
	OK(keychain_add(&k, 9, &f->leaf[2], NULL));
	assert_int_equal(k.n, 3);
	assert_int_equal(k.key[1].index, 5);
	k.n = KEYCHAIN_MAX;
	assert_int_equal(keychain_add(&k, 99, &f->leaf[2], NULL), RC_REFUSE);
}

/* Who is believed, by which key is pinned and which one signs. */
static void
the_pinned_one_and_its_successors(void **state)
{
	static const struct {
		unsigned pinned, signer;
		enum rc rc;
		unsigned believed; /* a bit for each key */
	} rows[] = {
		{ 0, 2, RC_OK, 7 },
		{ 1, 2, RC_OK, 6 },
		{ 2, 2, RC_OK, 4 },
		{ 0, 1, RC_REFUSE, 7 },
		{ 1, 0, RC_REFUSE, 6 },
	};
	struct fixture *f = *state;
	uint8_t root[32] = { 1 };

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct keychain k = { .broker = BROKER };
		struct trust *t = NULL;
		struct checkpoint c;
		struct buf b;

		for (unsigned n = 0; n < 3; n++)
			OK(keychain_add(&k, n, &f->leaf[n], NULL));
		buf_init(&b, CHECKPOINT_TEXT_MAX);
		OK(checkpoint_put(3, root, f->key[rows[i].signer], &b, NULL));
		OK(checkpoint_parse(buf_span(&b), &c, NULL));
		OK(trust_new(&t, NULL));
		assert_int_equal(keychain_believe(&k, &c, t, NULL), RC_END);
		OK(trust_add(t, false, span_of(BROKER),
		    keyfile_public(f->key[rows[i].pinned]), NULL));
		assert_int_equal(keychain_believe(&k, &c, t, NULL), rows[i].rc);
		for (unsigned n = 0; n < 3; n++)
			assert_int_equal(
			    trust_has(t, BROKER, keyfile_public(f->key[n])),
			    rows[i].believed >> n & 1);
		strcpy(c.broker, "b2");
		assert_int_equal(keychain_believe(&k, &c, t, NULL), RC_REFUSE);
		k.n = 0;
		strcpy(c.broker, BROKER);
		assert_int_equal(keychain_believe(&k, &c, t, NULL), RC_REFUSE);
		trust_free(t);
		buf_clear(&b);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_is_signed_by_the_one_before),
		TEST(the_pinned_one_and_its_successors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
