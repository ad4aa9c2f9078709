#include "tests/support/unit.h"

#include "recorder/chunk.h"

static const uint8_t key[RATCHET_KEY] = { 1 }, h0[32] = { 2 };

static void
make(size_t n, struct buf *data)
{
	uint8_t *plain = malloc(n);

	memset(plain, 'p', n);
	buf_init(data, CHUNK_PLAIN_MAX + 4096);
	assert_int_equal(
	    chunk_seal(key, h0, CHUNK_SYNC, 7, span_make(plain, n), data, NULL), RC_OK);
	free(plain);
}

static void
sizes_are_hidden_in_steps(void **state)
{
	static const size_t sizes[] = { 1, 255, 256, 257, 65536, CHUNK_PLAIN_MAX };

	(void)state;
	for (size_t i = 0; i < ROWS(sizes); i++) {
		struct buf data, out;
		struct chunk c;

		make(sizes[i], &data);
		assert_int_equal((data.len - CHUNK_HEAD - CHUNK_TAG) % CHUNK_STEP, 0);
		assert_true(data.len - CHUNK_HEAD - CHUNK_TAG < sizes[i] + CHUNK_STEP);
		assert_int_equal(chunk_parse(buf_span(&data), &c, NULL), RC_OK);
		assert_int_equal(c.plen, sizes[i]);
		assert_int_equal(c.index, 7);
		assert_int_equal(c.flags, CHUNK_SYNC);
		buf_init(&out, CHUNK_PLAIN_MAX + 4096);
		assert_int_equal(chunk_open(key, h0, &c, &out, NULL), RC_OK);
		assert_int_equal(out.len, sizes[i]);
		for (size_t k = 0; k < out.len; k++)
			assert_true(out.p[k] == 'p');
		buf_clear(&out);
		buf_clear(&data);
	}
}

static void
no_changed_byte_opens(void **state)
{
	static const uint8_t other_key[RATCHET_KEY] = { 3 }, other_h0[32] = { 4 };
	struct buf data, out;
	struct chunk c;

	(void)state;
	make(300, &data);
	buf_init(&out, 4096);
	for (size_t i = 0; i < data.len; i++) {
		data.p[i] ^= 0x10;
		assert_true(chunk_parse(buf_span(&data), &c, NULL) != RC_OK ||
			    chunk_open(key, h0, &c, &out, NULL) == RC_REFUSE);
		data.p[i] ^= 0x10;
	}
	assert_int_equal(chunk_parse(buf_span(&data), &c, NULL), RC_OK);
	assert_int_equal(chunk_open(other_key, h0, &c, &out, NULL), RC_REFUSE);
	assert_int_equal(chunk_open(key, other_h0, &c, &out, NULL), RC_REFUSE);
	assert_int_equal(out.len, 0);
	assert_int_equal(chunk_open(key, h0, &c, &out, NULL), RC_OK);
	buf_clear(&out);
	buf_clear(&data);
}

static void
heads_that_lie_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} rows[] = {
		{ 0, 0 }, { 0, 2 },			 /* version */
		{ 1, 8 }, { 1, 0x80 },			 /* flags */
		{ 2, 0 }, { 2, 213 }, { 3, 1 },		 /* pad is 212 */
		{ 4, 0 }, { 4, 45 }, { 6, 5 }, { 7, 1 }, /* plen is 300 */
	};
	struct buf data;
	struct chunk c;

	(void)state;
	make(300, &data);
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t was = data.p[rows[i].at];

		data.p[rows[i].at] = rows[i].value;
		if (chunk_parse(buf_span(&data), &c, NULL) != RC_REFUSE)
			fail_msg("byte %zu as %u", rows[i].at, rows[i].value);
		data.p[rows[i].at] = was;
	}
	for (size_t n = 0; n < data.len; n++)
		assert_int_equal(
		    chunk_parse(span_make(data.p, n), &c, NULL), RC_REFUSE);
	buf_clear(&data);
}

static void
compressed_ones_are_named_and_not_opened(void **state)
{
	struct buf data, out;
	struct chunk c;
	struct err err;

	(void)state;
	make(300, &data);
	data.p[1] |= CHUNK_ZSTD;
	buf_init(&out, 4096);
	assert_int_equal(chunk_parse(buf_span(&data), &c, NULL), RC_OK);
	assert_int_equal(chunk_open(key, h0, &c, &out, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "zstd"));
	buf_clear(&out);
	buf_clear(&data);
}

static void
sizes_out_of_bounds_are_not_sealed(void **state)
{
	struct buf out;
	uint8_t *big = calloc(1, CHUNK_PLAIN_MAX + 1);

	(void)state;
	buf_init(&out, CHUNK_PLAIN_MAX * 2);
	assert_int_equal(
	    chunk_seal(key, h0, 0, 0, span_make(big, 0), &out, NULL), RC_REFUSE);
	assert_int_equal(
	    chunk_seal(key, h0, 0, 0, span_make(big, CHUNK_PLAIN_MAX + 1), &out, NULL),
	    RC_REFUSE);
	buf_clear(&out);
	free(big);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_hidden_in_steps),
		cmocka_unit_test(no_changed_byte_opens),
		cmocka_unit_test(heads_that_lie_are_refused),
		cmocka_unit_test(compressed_ones_are_named_and_not_opened),
		cmocka_unit_test(sizes_out_of_bounds_are_not_sealed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
