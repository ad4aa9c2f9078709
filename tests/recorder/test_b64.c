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

/* Long texts take another way than short ones: each character at each place of one, and
 * the longer ones against the shorter ones they are made of. */
static void
long_texts_are_read_as_strictly(void **state)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
				       "qrstuvwxyz0123456789+/";
	uint8_t text[120], back[90];

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)alphabet[i % 64];
	for (size_t at = 0; at < sizeof text; at++) {
		uint8_t was = text[at];

		for (unsigned c = 0; c < 256; c++) {
			bool good = c != 0 && strchr(alphabet, (int)c) != NULL;

			/* One '=' may end it, behind a character with two zero bits. */
			if (at == sizeof text - 1 && c == '=')
				good =
				    (strchr(alphabet, text[at - 1]) - alphabet) % 4 ==
				    0;
			text[at] = (uint8_t)c;
			if (good && c != '=') {
				size_t value =
				    (size_t)(strchr(alphabet, (int)c) - alphabet);

				assert_true(b64_fixed(
				    span_make(text, sizeof text), back, sizeof back));
				assert_int_equal(
				    value, (((back[at / 4 * 3] << 16 |
						 back[at / 4 * 3 + 1] << 8 |
						 back[at / 4 * 3 + 2]) >>
						(18 - at % 4 * 6)) &
					       63));
			} else if (b64_fixed(span_make(text, sizeof text), back,
				       sizeof back) ||
				   b64_fixed(span_make(text, sizeof text), back,
				       sizeof back - 1) != good) {
				fail_msg("character %u at %zu", c, at);
			}
		}
		text[at] = was;
	}
}

static void
long_ones_are_written_as_their_parts_are(void **state)
{
	uint8_t bytes[400];

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * i * 31 + i / 3);
	for (size_t n = 1; n <= sizeof bytes; n++) {
		struct buf whole, parts, back;

		buf_init(&whole, 600);
		buf_init(&parts, 600);
		buf_init(&back, 600);
		b64_put(&whole, span_make(bytes, n));
		for (size_t i = 0; i < n; i += 3)
			b64_put(&parts, span_make(bytes + i, n - i < 3 ? n - i : 3));
		assert_true(span_eq(buf_span(&whole), buf_span(&parts)));
		assert_true(b64_read(&back, buf_span(&whole)));
		assert_true(span_eq(buf_span(&back), span_make(bytes, n)));
		buf_clear(&whole);
		buf_clear(&parts);
		buf_clear(&back);
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
		cmocka_unit_test(long_texts_are_read_as_strictly),
		cmocka_unit_test(long_ones_are_written_as_their_parts_are),
		cmocka_unit_test(no_room_is_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
