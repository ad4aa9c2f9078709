#include "tests/recorder/support.h"

#include "recorder/rotation.h"

static struct keyfile *
device(const char *name)
{
	struct keyfile *k = NULL;

	assert_int_equal(keyfile_new(KEYFILE_DEVICE, span_of(name), &k, NULL), RC_OK);
	return k;
}

static void
text_of(const struct rotation *r, struct buf *out)
{
	buf_init(out, ROTATION_TEXT_MAX);
	rotation_put(r, out);
	assert_true(buf_ok(out));
}

static void
the_old_key_vouches_for_the_new_one(void **state)
{
	struct keyfile *old = device("rec.example/a1"), *new = device("rec.example/a1");
	struct rotation r, back;
	struct buf text;

	(void)state;
	assert_int_equal(rotation_make(old, new, &r, NULL), RC_OK);
	text_of(&r, &text);
	assert_int_equal(rotation_parse(buf_span(&text), &back, NULL), RC_OK);
	assert_string_equal(back.broker, "rec.example/a1");
	assert_memory_equal(back.old, keyfile_public(old), 32);
	assert_memory_equal(back.new, keyfile_public(new), 32);
	buf_clear(&text);
	keyfile_free(old);
	keyfile_free(new);
}

static void
what_is_no_rotation_is_not_made(void **state)
{
	struct keyfile *one = device("a"), *two = device("b"), *admin = NULL;
	struct rotation r;

	(void)state;
	assert_int_equal(keyfile_new(KEYFILE_ADMIN, span_of("a"), &admin, NULL), RC_OK);
	assert_int_equal(rotation_make(one, two, &r, NULL), RC_REFUSE);
	assert_int_equal(rotation_make(one, one, &r, NULL), RC_REFUSE);
	assert_int_equal(rotation_make(one, admin, &r, NULL), RC_REFUSE);
	assert_int_equal(rotation_make(admin, one, &r, NULL), RC_REFUSE);
	keyfile_free(one);
	keyfile_free(two);
	keyfile_free(admin);
}

/* Every changed bit of the line, every cut, and a byte more. */
static void
a_changed_line_is_refused(void **state)
{
	struct keyfile *old = device("gw"), *new = device("gw");
	struct rotation r, back;
	struct buf text;

	(void)state;
	assert_int_equal(rotation_make(old, new, &r, NULL), RC_OK);
	text_of(&r, &text);
	for (size_t i = 0; i < text.len * 8; i++) {
		text.p[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(
		    rotation_parse(buf_span(&text), &back, NULL), RC_REFUSE);
		text.p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t n = 0; n < text.len; n++)
		assert_int_equal(
		    rotation_parse(span_make(text.p, n), &back, NULL), RC_REFUSE);
	buf_text(&text, "\n");
	assert_int_equal(rotation_parse(buf_span(&text), &back, NULL), RC_REFUSE);
	buf_clear(&text);
	keyfile_free(old);
	keyfile_free(new);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_old_key_vouches_for_the_new_one),
		cmocka_unit_test(what_is_no_rotation_is_not_made),
		cmocka_unit_test(a_changed_line_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
