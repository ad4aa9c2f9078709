#include "tests/support/unit.h"

#include "recorder/b64.h"

static const struct {
	const char *bytes, *text;
} rows[] = {
	/* RFC 4648 section 10 */
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xff\xef\xbe", "/+++" },
};

static void
bytes_and_text_match(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf text, bytes;

		buf_init(&text, 100);
		buf_init(&bytes, 100);
		b64_put(&text, span_of(rows[i].bytes));
		assert_string_equal(buf_cstr(&text), rows[i].text);
		assert_true(b64_read(&bytes, span_of(rows[i].text)));
		assert_string_equal(buf_cstr(&bytes), rows[i].bytes);
		buf_clear(&text);
		buf_clear(&bytes);
	}
}

static void
only_the_canonical_form_is_read(void **state)
{
	static const char *const bad[] = { "Z", "Zg",
		"Zg=", "Zh==", "Zm9=", "Zg==Zg==", "====", "=g==", "Z===", "Zm=v",
		"Zg==\n", "\nZg==", " Zg==", "Zm9-", "Zm9_", "Zm\x80v", "Zm9vYg=v" };

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		struct buf b;

		buf_init(&b, 100);
		buf_text(&b, "x");
		if (b64_read(&b, span_of(bad[i])) || b.len != 1)
			fail_msg("%s is read", bad[i]);
		buf_clear(&b);
	}
}

static void
each_byte_goes_there_and_back(void **state)
{
	uint8_t all[256], back[256];
	struct buf b;

	(void)state;
	for (unsigned i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	for (size_t n = 1; n <= 256; n++) {
		buf_init(&b, 400);
		b64_put(&b, span_make(all + 256 - n, n));
		assert_true(b64_fixed(buf_span(&b), back, n));
		assert_memory_equal(back, all + 256 - n, n);
		assert_false(b64_fixed(buf_span(&b), back, n - 1));
		assert_false(n < 256 && b64_fixed(buf_span(&b), back, n + 1));
		buf_clear(&b);
	}
}

static void
no_room_is_no_answer(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 2);
	assert_false(b64_read(&b, span_of("Zm9v")));
	buf_clear(&b);
	buf_init(&b, 3);
	b64_put(&b, span_of("f"));
	assert_false(buf_ok(&b));
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_and_text_match),
		cmocka_unit_test(only_the_canonical_form_is_read),
		cmocka_unit_test(each_byte_goes_there_and_back),
		cmocka_unit_test(no_room_is_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
