#include "tests/support/unit.h"

#include <zlib.h>

#include "recorder/b64.h"
#include "replay/bale.h"

#define MOST (1u << 20)

/* What came out, unpacked. */
static void
unpack(const char *text, size_t len, uint8_t *ret, size_t *n)
{
	uLongf size = MOST;
	struct buf raw;

	buf_init(&raw, MOST);
	assert_true(b64_read(&raw, span_make(text, len)));
	assert_int_equal(uncompress(ret, &size, raw.p, raw.len), Z_OK);
	*n = size;
	buf_clear(&raw);
}

static void
it_comes_back_as_it_was(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 1000, 49152, 200000, 700000 };
	uint8_t *in = malloc(MOST), *back = malloc(MOST);
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < MOST; i++)
		in[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
	for (size_t i = 0; i < ROWS(sizes); i++) {
		struct bale *b;
		char *text;
		size_t len, n;
		FILE *f = open_memstream(&text, &len);

		assert_int_equal(bale_new(f, &b, NULL), RC_OK);
		for (size_t at = 0; at < sizes[i]; at += 777)
			assert_int_equal(
			    bale_put(b,
				span_make(
				    in + at, sizes[i] - at < 777 ? sizes[i] - at : 777),
				NULL),
			    RC_OK);
		assert_int_equal(bale_end(b, NULL), RC_OK);
		assert_int_equal(bale_raw(b), sizes[i]);
		assert_true(bale_packed(b) > 0);
		bale_free(b);
		fclose(f);
		unpack(text, len, back, &n);
		assert_int_equal(n, sizes[i]);
		assert_memory_equal(in, back, n);
		free(text);
	}
	free(in);
	free(back);
}

static void
a_full_disk_is_an_error(void **state)
{
	FILE *f = fopen("/dev/full", "w");
	static uint8_t noise[1 << 18];
	struct bale *b;
	enum rc rc;

	(void)state;
	assert_non_null(f);
	setvbuf(f, NULL, _IONBF, 0);
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (uint8_t)(i * i >> 3);
	assert_int_equal(bale_new(f, &b, NULL), RC_OK);
	rc = bale_put(b, span_make(noise, sizeof noise), NULL);
	if (rc == RC_OK)
		rc = bale_end(b, NULL);
	assert_int_equal(rc, RC_FAIL);
	bale_free(b);
	bale_free(NULL);
	fclose(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_comes_back_as_it_was),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
