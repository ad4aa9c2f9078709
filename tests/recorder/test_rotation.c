#include "tests/support/unit.h"

#include "recorder/rotation.h"

#define OK(call) assert_int_equal((call), RC_OK)

static struct keyfile *
device(const char *broker)
{
	struct keyfile *k = NULL;

	OK(keyfile_new(KEYFILE_DEVICE, span_of(broker), &k, NULL));
	return k;
}

static void
the_old_key_signs(void **state)
{
	struct keyfile *a = device("b1"), *b = device("b1"), *admin = NULL;
	struct rotation r;

	(void)state;
	OK(rotation_sign(a, keyfile_public(b), &r, NULL));
	OK(rotation_verify(&r, "b1", NULL));
	assert_int_equal(rotation_verify(&r, "b2", NULL), RC_REFUSE);
	for (unsigned i = 0; i < sizeof r; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			((uint8_t *)&r)[i] ^= (uint8_t)(1u << bit);
			assert_int_equal(rotation_verify(&r, "b1", NULL), RC_REFUSE);
			((uint8_t *)&r)[i] ^= (uint8_t)(1u << bit);
		}
	OK(keyfile_new(KEYFILE_ADMIN, span_of("b1"), &admin, NULL));
	assert_int_equal(rotation_sign(admin, keyfile_public(b), &r, NULL), RC_REFUSE);
	keyfile_free(a);
	keyfile_free(b);
	keyfile_free(admin);
}

static void
a_file_tells_of_several(void **state)
{
	struct keyfile *k[4];
	struct rotation r;
	struct buf b;

	(void)state;
	buf_init(&b, ROTATION_TEXT_MAX + 1000);
	for (unsigned i = 0; i < 4; i++)
		k[i] = device("b1");
	for (unsigned i = 0; i < 3; i++) {
		OK(rotation_sign(k[i], keyfile_public(k[i + 1]), &r, NULL));
		rotation_put(&r, "b1", &b);
	}
	for (unsigned i = 0; i < 3; i++) {
		OK(rotation_find(buf_span(&b), "b1", keyfile_public(k[i]), &r, NULL));
		assert_memory_equal(r.new_pk, keyfile_public(k[i + 1]), 32);
	}
	assert_int_equal(
	    rotation_find(buf_span(&b), "b1", keyfile_public(k[3]), &r, NULL), RC_END);
	assert_int_equal(
	    rotation_find(span_make(NULL, 0), "b1", keyfile_public(k[0]), &r, NULL),
	    RC_END);
	assert_int_equal(
	    rotation_find(buf_span(&b), "b2", keyfile_public(k[0]), &r, NULL),
	    RC_REFUSE);
	/* One flipped bit anywhere spoils all of it. */
	for (size_t i = 0; i < b.len; i++) {
		b.p[i] ^= 1;
		assert_int_equal(
		    rotation_find(buf_span(&b), "b1", keyfile_public(k[0]), &r, NULL),
		    RC_REFUSE);
		b.p[i] ^= 1;
	}
	assert_int_equal(rotation_find(span_make(b.p, b.len - 1), "b1",
			     keyfile_public(k[0]), &r, NULL),
	    RC_REFUSE);
	/* Two ways from one key. */
	OK(rotation_sign(k[0], keyfile_public(k[3]), &r, NULL));
	rotation_put(&r, "b1", &b);
	assert_int_equal(
	    rotation_find(buf_span(&b), "b1", keyfile_public(k[0]), &r, NULL),
	    RC_REFUSE);
	while (b.len <= ROTATION_TEXT_MAX)
		buf_text(&b, "\n");
	assert_int_equal(
	    rotation_find(buf_span(&b), "b1", keyfile_public(k[1]), &r, NULL),
	    RC_REFUSE);
	for (unsigned i = 0; i < 4; i++)
		keyfile_free(k[i]);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_old_key_signs),
		cmocka_unit_test(a_file_tells_of_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
