/* Rows of values: which forms they know, and what is no row. */
#include "tests/support/unit.h"

#include "recorder/mask/seed.h"

static const uint8_t salt[16] = "0123456789abcdef";

static size_t
make(struct span value, struct buf *out)
{
	struct err err = { "" };

	buf_init(out, SEED_FORMS * SEED_ROW);
	assert_int_equal(seed_make(salt, value, out, &err), RC_OK);
	assert_int_equal(out->len % SEED_ROW, 0);
	return out->len / SEED_ROW;
}

static bool
knows(const struct buf *rows, const char *form)
{
	struct seed s;

	for (size_t at = 0; at < rows->len; at += SEED_ROW) {
		assert_true(seed_read(span_make(rows->p + at, SEED_ROW), &s));
		if (s.len == strlen(form) && memcmp(s.start, form, 4) == 0 &&
		    seed_is(&s, (const uint8_t *)form))
			return true;
	}
	return false;
}

/* What others make of the value: by coreutils' base64 and basenc, xxd and Python. */
static const char *const forms[] = {
	"kR9/pQ+2\"xZ\\v=7w",
	"kR9/pQ+2\\\"xZ\\\\v=7w",
	"kR9%2FpQ%2B2%22xZ%5Cv%3D7w",
	"kR9%2fpQ%2b2%22xZ%5cv%3d7w",
	"kR9/pQ%2B2%22xZ%5Cv%3D7w",
	"6b52392f70512b3222785a5c763d3777",
	"6B52392F70512B3222785A5C763D3777",
	"a1I5L3BRKzIieFpcdj03d",
	"tSOS9wUSsyInhaXHY9N3",
	"rUjkvcFErMiJ4Wlx2PTd3",
};

static void
each_form(void **state)
{
	struct buf rows;

	(void)state;
	/* No letter of it tells the two alphabets of base64 apart. */
	assert_int_equal(make(span_of(forms[0]), &rows), ROWS(forms));
	for (size_t i = 0; i < ROWS(forms); i++)
		if (!knows(&rows, forms[i]))
			fail_msg("%s", forms[i]);
	assert_false(knows(&rows, "kR9/pQ+2\"xZ\\v=7W"));
	buf_clear(&rows);
}

/* Base64 of it at each place of other bytes holds one of its forms. */
static void
both_alphabets(void **state)
{
	const uint8_t value[] = { 0xff, 0xfe, 0xbe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0x90,
		0xab, 0xcd, 0xef };
	struct buf rows;

	(void)state;
	make(span_make(value, sizeof value), &rows);
	assert_true(knows(&rows, "//6+/fz7+vmQq83v"));
	assert_true(knows(&rows, "__6-_fz7-vmQq83v"));
	assert_true(knows(&rows, "/+vv38+/r5kKvN7"));
	assert_true(knows(&rows, "_-vv38-_r5kKvN7"));
	assert_true(knows(&rows, "//r79/Pv6+ZCrze"));
	assert_true(knows(&rows, "__r79_Pv6-ZCrze"));
	buf_clear(&rows);
}

static void
each_once(void **state)
{
	struct buf rows;

	(void)state;
	/* Raw, as JSON and in URLs it is the same; hex in two cases, base64 in three
	 * alignments. */
	assert_int_equal(make(span_of("ASIAQWERTYUIOPASDFGH"), &rows), 1 + 2 + 3);
	buf_clear(&rows);
	/* All digits: hex of one case. */
	assert_int_equal(make(span_of("0123456789"), &rows), 1 + 1 + 3);
	buf_clear(&rows);
}

static void
bounds(void **state)
{
	char *longest = calloc(1, SEED_LONGEST + 2);
	struct buf rows;
	struct seed s;

	(void)state;
	assert_non_null(longest);
	assert_int_equal(make(span_of("1234567"), &rows), 0);
	buf_clear(&rows);
	/* Of eight bytes some alignments of base64 are fixed for ten letters, none shorter
	 * than eight is a row. */
	assert_true(make(span_of("12345678"), &rows) > 0);
	for (size_t at = 0; at < rows.len; at += SEED_ROW) {
		assert_true(seed_read(span_make(rows.p + at, SEED_ROW), &s));
		assert_true(s.len >= SEED_SHORTEST);
	}
	buf_clear(&rows);
	memset(longest, '+', SEED_LONGEST + 1);
	assert_true(make(span_make(longest, SEED_LONGEST), &rows) > 0);
	for (size_t at = 0; at < rows.len; at += SEED_ROW) {
		assert_true(seed_read(span_make(rows.p + at, SEED_ROW), &s));
		assert_true(s.len <= SEED_FORM);
	}
	buf_reset(&rows);
	assert_int_equal(
	    seed_make(salt, span_make(longest, SEED_LONGEST + 1), &rows, NULL),
	    RC_FAIL);
	assert_int_equal(rows.len, 0);
	buf_clear(&rows);
	/* No room is an error, not a value left out. */
	buf_init(&rows, SEED_ROW);
	assert_int_equal(seed_make(salt, span_of(forms[0]), &rows, NULL), RC_FAIL);
	buf_clear(&rows);
	free(longest);
}

static void
no_rows(void **state)
{
	uint8_t row[SEED_ROW + 1] = { 0, 8 };
	struct seed s;

	(void)state;
	assert_true(seed_read(span_make(row, SEED_ROW), &s));
	assert_false(seed_read(span_make(row, SEED_ROW - 1), &s));
	assert_false(seed_read(span_make(row, SEED_ROW + 1), &s));
	assert_false(seed_read(span_make(NULL, 0), &s));
	row[1] = 7;
	assert_false(seed_read(span_make(row, SEED_ROW), &s));
	row[0] = 0x10;
	row[1] = 1;
	assert_false(seed_read(span_make(row, SEED_ROW), &s));
}

/* RFC 4231 has no key of 16 bytes; this is `openssl dgst -sha256 -hmac`. */
static void
the_digest(void **state)
{
	static const uint8_t digest[32] = { 0x4c, 0x06, 0x70, 0x75, 0x5f, 0x13, 0xb4,
		0xb8, 0x49, 0xed, 0x20, 0xd1, 0xbb, 0x3f, 0xee, 0x37, 0x53, 0x5d, 0xd1,
		0x08, 0x08, 0x8f, 0x2d, 0xd0, 0x12, 0xc4, 0x5f, 0x1e, 0xbe, 0xa6, 0xb5,
		0xec };
	struct buf rows;

	(void)state;
	make(span_of("ASIAQWERTYUIOPASDFGH"), &rows);
	assert_int_equal(rows.p[1], 20);
	assert_memory_equal(rows.p + 2, "ASIA", 4);
	assert_memory_equal(rows.p + 6, salt, 16);
	assert_memory_equal(rows.p + 22, digest, 32);
	buf_clear(&rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form),
		cmocka_unit_test(both_alphabets),
		cmocka_unit_test(each_once),
		cmocka_unit_test(bounds),
		cmocka_unit_test(no_rows),
		cmocka_unit_test(the_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
