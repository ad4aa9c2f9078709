#include "tests/support/unit.h"

#include "recorder/comp.h"

static struct comp *
make(void)
{
	struct comp *c = NULL;

	assert_int_equal(comp_new(&c, NULL), RC_OK);
	return c;
}

/* Text that gets shorter. */
static void
text_of(size_t n, uint8_t *to)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)("-rw-r--r-- 1 root root "[i % 23] + (i / 997) % 3);
}

static void
what_goes_in_comes_out(void **state)
{
	static const size_t sizes[] = { 1, 2, 255, 256, 257, 4096, 65536, 262144,
		COMP_PLAIN_MAX };
	uint8_t *plain = malloc(COMP_PLAIN_MAX), *frame = malloc(COMP_PLAIN_MAX + 4096),
		*out = malloc(COMP_PLAIN_MAX);
	struct comp *c = make();

	(void)state;
	text_of(COMP_PLAIN_MAX, plain);
	for (size_t i = 0; i < ROWS(sizes); i++) {
		size_t n = comp_pack(
		    c, span_make(plain, sizes[i]), frame, COMP_PLAIN_MAX + 4096);

		assert_true(n > 0);
		assert_true(comp_framed(span_make(frame, n)));
		assert_int_equal(comp_size(span_make(frame, n)), sizes[i]);
		assert_int_equal(
		    comp_expand(c, span_make(frame, n), out, sizes[i], NULL), RC_OK);
		assert_memory_equal(out, plain, sizes[i]);
	}
	comp_free(c);
	comp_free(NULL);
	free(plain);
	free(frame);
	free(out);
}

static void
no_room_is_no_frame(void **state)
{
	uint8_t plain[4096], frame[4096 + 512];
	struct comp *c = make();
	size_t n;

	(void)state;
	text_of(sizeof plain, plain);
	n = comp_pack(c, span_make(plain, sizeof plain), frame, sizeof frame);
	assert_in_range(n, 10, 1000);
	for (size_t room = 0; room < n; room += n / 7 + 1)
		assert_int_equal(
		    comp_pack(c, span_make(plain, sizeof plain), frame, room), 0);
	comp_free(c);
}

/* The frame of 4096 bytes, cut, lengthened, doubled. */
static void
one_whole_frame_and_nothing_else(void **state)
{
	uint8_t plain[4096], frame[3 * 4096], out[3 * 4096];
	struct comp *c = make();
	struct err err;
	size_t n;

	(void)state;
	text_of(sizeof plain, plain);
	n = comp_pack(c, span_make(plain, sizeof plain), frame, sizeof frame);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(
		    comp_expand(c, span_make(frame, i), out, 4096, NULL), RC_REFUSE);
	frame[n] = 0;
	assert_int_equal(
	    comp_expand(c, span_make(frame, n + 1), out, 4096, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "one whole frame"));
	memcpy(frame + n, frame, n);
	assert_int_equal(
	    comp_expand(c, span_make(frame, 2 * n), out, 8192, NULL), RC_REFUSE);
	assert_int_equal(
	    comp_expand(c, span_make(frame, 2 * n), out, 4096, NULL), RC_REFUSE);
	/* A skippable frame behind it, and alone. */
	memcpy(frame + n, "\x50\x2A\x4D\x18\0\0\0\0", 8);
	assert_int_equal(
	    comp_expand(c, span_make(frame, n + 8), out, 4096, NULL), RC_REFUSE);
	assert_int_equal(
	    comp_expand(c, span_make(frame + n, 8), out, 4096, NULL), RC_REFUSE);
	comp_free(c);
}

static void
the_size_is_the_announced_one(void **state)
{
	uint8_t plain[4096], frame[4096], out[4200];
	struct comp *c = make();
	size_t n;

	(void)state;
	text_of(sizeof plain, plain);
	n = comp_pack(c, span_make(plain, sizeof plain), frame, sizeof frame);
	for (size_t want = 1; want <= sizeof out; want += 5) {
		memset(out, 0xEE, sizeof out);
		assert_int_equal(comp_expand(c, span_make(frame, n), out, want, NULL),
		    want == 4096 ? RC_OK : RC_REFUSE);
		for (size_t i = want; i < sizeof out; i++)
			assert_int_equal(out[i], 0xEE);
	}
	comp_free(c);
}

/* Heads by hand: RFC 8878, 3.1.1.1.  Each is followed by one last raw block of "abc". */
static void
heads_are_read_before_the_library_sees_them(void **state)
{
	static const struct {
		const char *head;
		size_t len;
		size_t size; /* what comp_size says */
		bool good;
	} rows[] = {
		{ "\x28\xB5\x2F\xFD\x20\x03", 6, 3, true },
		{ "\x28\xB5\x2F\xFD\x00\x00", 6, 0, true },  /* window 1 KiB, no size */
		{ "\x28\xB5\x2F\xFD\x00\x50", 6, 0, true },  /* window 1 MiB */
		{ "\x28\xB5\x2F\xFD\x00\x51", 6, 0, false }, /* more */
		{ "\x28\xB5\x2F\xFD\x00\xFF", 6, 0, false },
		{ "\x28\xB5\x2F\xFD\x20\x04", 6, 4, false },
		{ "\x28\xB5\x2F\xFD\x21\x01\x03", 7, 0, false }, /* dictionary 1 */
		{ "\x28\xB5\x2F\xFD\x21\x00\x03", 7, 0, false },
		{ "\x28\xB5\x2F\xFD\x22\x01\x00\x03", 8, 0, false },
		{ "\x28\xB5\x2F\xFD\x23\x01\x00\x00\x00\x03", 10, 0, false },
		{ "\x28\xB5\x2F\xFD\x28\x03", 6, 0, false }, /* reserved bit */
		{ "\x28\xB5\x2F\xFD\x30\x03", 6, 0, false }, /* unused bit */
		{ "\x28\xB5\x2F\xFD\xA0\x03\x00\x00\x00", 9, 3, true },
		{ "\x28\xB5\x2F\xFD\xE0\x03\x00\x00\x00\x00\x00\x00\x00", 13, 3, true },
		{ "\x28\xB5\x2F\xFD\xE0\x03\x00\x00\x00\x00\x00\x00\x80", 13, 0,
		    false },
		{ "\x28\xB5\x2F\xFD\xA0\x01\x00\x10\x00", 9, 0, false }, /* 1 MiB + 1 */
		{ "\x28\xB5\x2F\xFD\x60\x03\x00", 7, 259, false },
		{ "\x27\xB5\x2F\xFD\x20\x03", 6, 0, false }, /* zstd 0.7 */
		{ "\x1E\xB5\x2F\xFD\x20\x03", 6, 0, false },
		{ "\x50\x2A\x4D\x18\x03\x00\x00\x00", 8, 0, false },
	};
	struct comp *c = make();

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t frame[32], out[3];
		size_t n = rows[i].len;
		enum rc rc;

		memcpy(frame, rows[i].head, n);
		memcpy(frame + n,
		    "\x19\x00\x00"
		    "abc",
		    6);
		if (comp_size(span_make(frame, n + 6)) != rows[i].size)
			fail_msg("row %zu: a size", i);
		rc = comp_expand(c, span_make(frame, n + 6), out, 3, NULL);
		if (rc != (rows[i].good ? RC_OK : RC_REFUSE))
			fail_msg("row %zu: %s", i, rc_name(rc));
		if (rc == RC_OK)
			assert_memory_equal(out, "abc", 3);
	}
	comp_free(c);
}

/* Damage anywhere gives a refusal or the announced number of bytes, and no more. */
static void
damage_stays_within_bounds(void **state)
{
	uint8_t plain[2000], frame[2000], out[2000 + 64];
	struct comp *c = make();
	size_t n;

	(void)state;
	text_of(sizeof plain, plain);
	n = comp_pack(c, span_make(plain, sizeof plain), frame, sizeof frame);
	for (size_t bit = 0; bit < n * 8; bit++) {
		enum rc rc;

		frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
		memset(out + 2000, 0xEE, 64);
		rc = comp_expand(c, span_make(frame, n), out, 2000, NULL);
		assert_true(rc == RC_OK || rc == RC_REFUSE);
		for (size_t i = 2000; i < sizeof out; i++)
			assert_int_equal(out[i], 0xEE);
		frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	comp_free(c);
}

static void
without_zstd_nothing_is_a_frame_to_expand(void **state)
{
	struct comp *c = NULL;
	struct err err;
	uint8_t out[3];

	(void)state;
	assert_int_equal(comp_new(&c, &err), RC_REFUSE);
	assert_int_equal(
	    comp_expand(NULL, span_make("\x28\xB5\x2F\xFD\x20\x03\x19\0\0abc", 12), out,
		3, &err),
	    RC_REFUSE);
	assert_string_equal(err.text, "compressed with zstd, and this build cannot");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out),
		cmocka_unit_test(no_room_is_no_frame),
		cmocka_unit_test(one_whole_frame_and_nothing_else),
		cmocka_unit_test(the_size_is_the_announced_one),
		cmocka_unit_test(heads_are_read_before_the_library_sees_them),
		cmocka_unit_test(damage_stays_within_bounds),
	};
	const struct CMUnitTest without[] = {
		cmocka_unit_test(without_zstd_nothing_is_a_frame_to_expand),
	};

	return comp_there() ? cmocka_run_group_tests(tests, NULL, NULL)
			    : cmocka_run_group_tests(without, NULL, NULL);
}
