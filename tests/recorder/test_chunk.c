#include "tests/support/unit.h"

#include <sodium.h>

#include "recorder/chunk.h"
#include "recorder/comp.h"

static const uint8_t key[RATCHET_KEY] = { 1 }, h0[32] = { 2 }, h1[32] = { 4 };
static struct chunk_work *work, *packing, *other;

static int
setup(void **state)
{
	(void)state;
	assert_int_equal(chunk_work_new(h0, false, &work, NULL), RC_OK);
	assert_int_equal(chunk_work_new(h0, true, &packing, NULL), RC_OK);
	assert_int_equal(chunk_work_new(h1, false, &other, NULL), RC_OK);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	chunk_work_free(work);
	chunk_work_free(packing);
	chunk_work_free(other);
	chunk_work_free(NULL);
	return 0;
}

static void
make(size_t n, struct buf *data)
{
	uint8_t *plain = malloc(n);

	memset(plain, 'p', n);
	buf_init(data, CHUNK_PLAIN_MAX + 4096);
	assert_int_equal(
	    chunk_seal(work, key, CHUNK_SYNC, 7, span_make(plain, n), data, NULL),
	    RC_OK);
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
		assert_int_equal(chunk_open(work, key, &c, &out, NULL), RC_OK);
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
	static const uint8_t other_key[RATCHET_KEY] = { 3 };
	struct buf data, out;
	struct chunk c;

	(void)state;
	make(300, &data);
	buf_init(&out, 4096);
	for (size_t i = 0; i < data.len; i++) {
		data.p[i] ^= 0x10;
		assert_true(chunk_parse(buf_span(&data), &c, NULL) != RC_OK ||
			    chunk_open(work, key, &c, &out, NULL) == RC_REFUSE);
		data.p[i] ^= 0x10;
	}
	assert_int_equal(chunk_parse(buf_span(&data), &c, NULL), RC_OK);
	assert_int_equal(chunk_open(work, other_key, &c, &out, NULL), RC_REFUSE);
	assert_int_equal(chunk_open(other, key, &c, &out, NULL), RC_REFUSE);
	assert_int_equal(out.len, 0);
	assert_int_equal(chunk_open(work, key, &c, &out, NULL), RC_OK);
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

/* A chunk of n bytes that compresses to fewer. */
static void
pack(size_t n, struct buf *data, struct chunk *c)
{
	uint8_t *plain = malloc(n);

	memset(plain, 'p', n);
	buf_init(data, CHUNK_PLAIN_MAX + 4096);
	assert_int_equal(
	    chunk_seal(packing, key, 0, 7, span_make(plain, n), data, NULL), RC_OK);
	assert_int_equal(chunk_parse(buf_span(data), c, NULL), RC_OK);
	free(plain);
}

static void
what_gets_shorter_is_compressed(void **state)
{
	static const size_t sizes[] = { 257, 512, 65536, CHUNK_PLAIN_MAX };

	(void)state;
	for (size_t i = 0; i < ROWS(sizes); i++) {
		struct buf data, out;
		struct chunk c;

		pack(sizes[i], &data, &c);
		assert_int_equal(data.len, CHUNK_HEAD + CHUNK_STEP + CHUNK_TAG);
		assert_int_equal(c.flags, CHUNK_ZSTD);
		assert_int_equal(c.plen, sizes[i]);
		buf_init(&out, CHUNK_OPEN_ROOM);
		assert_int_equal(chunk_open(work, key, &c, &out, NULL), RC_OK);
		assert_int_equal(out.len, sizes[i]);
		for (size_t k = 0; k < out.len; k++)
			assert_true(out.p[k] == 'p');
		buf_clear(&out);
		buf_clear(&data);
	}
}

/* Less than a step is nothing gained: nobody sees the difference in length. */
static void
what_does_not_get_shorter_stays(void **state)
{
	uint8_t noise[4096];
	struct buf data;
	struct chunk c;

	(void)state;
	pack(256, &data, &c);
	assert_int_equal(c.flags, 0);
	buf_clear(&data);
	randombytes_buf(noise, sizeof noise);
	buf_init(&data, 8192);
	assert_int_equal(chunk_seal(packing, key, CHUNK_SYNC, 7,
			     span_make(noise, sizeof noise), &data, NULL),
	    RC_OK);
	assert_int_equal(data.p[1], CHUNK_SYNC);
	assert_int_equal(data.len, CHUNK_HEAD + sizeof noise + CHUNK_TAG);
	buf_clear(&data);
}

/* A box with this in it, encrypted as it should be. */
static enum rc
open_forged(struct span frame, unsigned pad, uint32_t plen, struct err *err)
{
	uint8_t nonce[AEAD_NONCE] = { 0 }, aad[32 + CHUNK_HEAD];
	struct buf data, out;
	struct chunk c;
	uint8_t *box;
	enum rc rc;

	buf_init(&data, CHUNK_OPEN_ROOM + 64);
	buf_init(&out, CHUNK_OPEN_ROOM);
	buf_u8(&data, 1);
	buf_u8(&data, CHUNK_ZSTD);
	buf_le16(&data, (uint16_t)pad);
	buf_le32(&data, plen);
	buf_le64(&data, 0);
	memcpy(aad, h0, 32);
	memcpy(aad + 32, data.p, CHUNK_HEAD);
	buf_span_put(&data, frame);
	box = buf_room(&data, pad + CHUNK_TAG);
	memset(box, 0, pad);
	box -= frame.len;
	assert_int_equal(
	    aead_seal(chunk_work_aead(work), key, nonce, span_make(aad, sizeof aad),
		span_make(box, frame.len + pad), box, NULL),
	    RC_OK);
	data.len += pad + CHUNK_TAG;
	if ((rc = chunk_parse(buf_span(&data), &c, err)) == RC_OK)
		rc = chunk_open(work, key, &c, &out, err);
	assert_int_equal(out.len, rc == RC_OK ? plen : 0);
	buf_clear(&data);
	buf_clear(&out);
	return rc;
}

/* All of these are authentic: whoever sealed them lies in what is inside. */
static void
compressed_lies_are_refused(void **state)
{
	uint8_t plain[1000], frame[1100];
	struct comp *c = NULL;
	struct err err;
	size_t n, pad;

	(void)state;
	assert_int_equal(comp_new(&c, NULL), RC_OK);
	memset(plain, 'p', sizeof plain);
	n = comp_pack(c, span_make(plain, sizeof plain), frame, sizeof frame);
	comp_free(c);
	pad = CHUNK_STEP - n;
	assert_int_equal(open_forged(span_make(frame, n), pad, 1000, NULL), RC_OK);
	assert_int_equal(open_forged(span_make(frame, n), pad, 999, NULL), RC_REFUSE);
	assert_int_equal(open_forged(span_make(frame, n), pad, 1001, NULL), RC_REFUSE);
	assert_int_equal(open_forged(span_make(frame, n), pad, 0, NULL), RC_REFUSE);
	assert_int_equal(
	    open_forged(span_make(frame, n), pad, CHUNK_PLAIN_MAX + 1, NULL),
	    RC_REFUSE);
	/* Padding that counts as part of the frame, and the other way round. */
	frame[n] = 0;
	assert_int_equal(
	    open_forged(span_make(frame, n + 1), pad - 1, 1000, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "one whole frame"));
	assert_int_equal(
	    open_forged(span_make(frame, n - 1), pad + 1, 1000, NULL), RC_REFUSE);
	memset(frame, 'x', 256);
	assert_int_equal(open_forged(span_make(frame, 256), 0, 1000, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "no zstd frame"));
}

static void
a_build_without_zstd_says_so(void **state)
{
	struct err err;
	uint8_t frame[256] = "\x28\xB5\x2F\xFD\x20\x03\x19\0\0abc";

	(void)state;
	assert_int_equal(open_forged(span_make(frame, 12), 244, 3, &err), RC_REFUSE);
	assert_string_equal(err.text, "compressed with zstd, and this build cannot");
}

static void
sizes_out_of_bounds_are_not_sealed(void **state)
{
	struct buf out;
	uint8_t *big = calloc(1, CHUNK_PLAIN_MAX + 1);

	(void)state;
	buf_init(&out, CHUNK_PLAIN_MAX * 2);
	assert_int_equal(
	    chunk_seal(work, key, 0, 0, span_make(big, 0), &out, NULL), RC_REFUSE);
	assert_int_equal(chunk_seal(work, key, 0, 0,
			     span_make(big, CHUNK_PLAIN_MAX + 1), &out, NULL),
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
		cmocka_unit_test(sizes_out_of_bounds_are_not_sealed),
		cmocka_unit_test(what_gets_shorter_is_compressed),
		cmocka_unit_test(what_does_not_get_shorter_stays),
		cmocka_unit_test(compressed_lies_are_refused),
	};
	const struct CMUnitTest without[] = {
		cmocka_unit_test(sizes_are_hidden_in_steps),
		cmocka_unit_test(no_changed_byte_opens),
		cmocka_unit_test(heads_that_lie_are_refused),
		cmocka_unit_test(sizes_out_of_bounds_are_not_sealed),
		cmocka_unit_test(a_build_without_zstd_says_so),
	};

	if (sodium_init() < 0)
		return 1;
	return comp_there() ? cmocka_run_group_tests(tests, setup, teardown)
			    : cmocka_run_group_tests(without, setup, teardown);
}
