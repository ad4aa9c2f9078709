#include "tests/support/unit.h"

#include "recorder/carry.h"

#define EURO "\xe2\x82\xac"

/* Give text in pieces of n bytes; gather what comes out, with a | behind each piece. */
static void
pass(struct carry *c, struct span s, size_t n, size_t most, struct buf *out)
{
	while (s.len > 0) {
		struct span bytes = span_make(s.p, s.len < n ? s.len : n), piece;

		s = span_make(s.p + bytes.len, s.len - bytes.len);
		piece = carry_join(c, &bytes);
		while (piece.len > 0 || bytes.len > 0) {
			buf_span_put(out, piece);
			if (piece.len > 0)
				buf_u8(out, '|');
			piece = carry_cut(c, &bytes, most, 7);
		}
	}
}

static void
pieces_end_between_characters(void **state)
{
	static const struct {
		const char *text;
		size_t n, most;
		const char *out;
		size_t left;
	} rows[] = {
		{ "abc", 3, 8, "abc|", 0 },
		{ "abcdef", 6, 4, "abcd|ef|", 0 },
		{ "ab" EURO "c", 3, 8, "ab|" EURO "|c|", 0 },
		{ "ab" EURO "c", 6, 4, "ab|" EURO "c|", 0 },
		{ EURO EURO, 1, 8, EURO "|" EURO "|", 0 },
		{ "a\xe2\x82", 3, 8, "a|", 2 },
		{ "\xf0\x9f\x98", 3, 8, "", 3 },
		{ "\xf0\x9f\x98", 1, 8, "", 3 },
		{ "\xe2\x82x", 2, 8, "\xe2\x82x|", 0 },
		{ "\xe2\x82x", 3, 8, "\xe2\x82x|", 0 },
		{ "\xff\xff", 1, 8, "\xff|\xff|", 0 },
		{ "", 1, 8, "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct carry c = { .n = 0 };
		struct buf out;

		buf_init(&out, 100);
		pass(&c, span_of(rows[i].text), rows[i].n, rows[i].most, &out);
		if (strcmp(buf_cstr(&out), rows[i].out) != 0 || c.n != rows[i].left)
			fail_msg("row %zu: \"%s\", %zu left", i, buf_cstr(&out), c.n);
		buf_clear(&out);
	}
}

static void
what_waits_says_since_when_and_can_be_taken(void **state)
{
	struct carry c = { .n = 0 };
	struct span bytes = span_of("\xe2\x82");

	(void)state;
	assert_int_equal(carry_take(&c).len, 0);
	assert_int_equal(carry_cut(&c, &bytes, 8, 1234).len, 0);
	assert_int_equal(bytes.len, 0);
	assert_int_equal(c.n, 2);
	assert_int_equal(c.since_us, 1234);
	/* Nothing comes: nothing changes. */
	assert_int_equal(carry_join(&c, &bytes).len, 0);
	assert_true(span_is(carry_take(&c), "\xe2\x82"));
	assert_int_equal(carry_take(&c).len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_end_between_characters),
		cmocka_unit_test(what_waits_says_since_when_and_can_be_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
