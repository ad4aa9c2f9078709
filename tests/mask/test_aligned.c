/* Letters of base64 that a part of the text fixes: they stand in what an encoder makes of the
 * whole, whatever is around. */
#include "tests/support/unit.h"

#include <sodium.h>

#include "recorder/mask/aligned.h"

/* Base64 of around, the text and around again. */
static void
encode(
    const char *text, unsigned skew, uint8_t around, bool url, char *out, size_t size)
{
	uint8_t room[64];
	size_t n = strlen(text);

	memset(room, around, sizeof room);
	memcpy(room + skew, text, n);
	assert_non_null(sodium_bin2base64(out, size, room, n + skew + 3,
	    url ? sodium_base64_VARIANT_URLSAFE : sodium_base64_VARIANT_ORIGINAL));
}

static void
whatever_is_around(void **state)
{
	static const char *const texts[] = { "AKIA", "abc", "~~~>>>+",
		"\xff\xfe\xfd\xfc", "a longer text of no use" };
	static const uint8_t arounds[] = { 0x00, 0xff, 0x5a };
	char whole[128];

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++)
		for (unsigned k = 0; k < 2 * ALIGNED_SKEWS * ROWS(arounds); k++) {
			unsigned skew = k % ALIGNED_SKEWS;
			bool url = k / ALIGNED_SKEWS % 2;
			struct buf out;

			buf_init(&out, 128);
			aligned_put(&out, span_of(texts[i]), skew, url);
			/* At most a letter on each side has bits of others. */
			assert_true(6 * (out.len + 2) > 8 * strlen(texts[i]));
			encode(texts[i], skew, arounds[k / 2 / ALIGNED_SKEWS], url,
			    whole, sizeof whole);
			assert_non_null(strstr(whole, buf_cstr(&out)));
			buf_clear(&out);
		}
}

static void
letters(void **state)
{
	static const char both[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned n = 0;

	(void)state;
	for (int i = 0; i < 64; i++)
		assert_int_equal(aligned_six(both[i]), i);
	assert_int_equal(aligned_six('-'), 62);
	assert_int_equal(aligned_six('_'), 63);
	for (int c = -2; c < 256; c++)
		n += aligned_six(c) >= 0;
	assert_int_equal(n, 66);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_is_around),
		cmocka_unit_test(letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
