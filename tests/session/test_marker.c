#include "tests/support/unit.h"

#include "broker/session/marker.h"

#define N1 "0123456789abcdef0123456789abcdef"
#define N2 "fedcba9876543210fedcba9876543210"
#define TRIP "00000000000000001111111111111111"
#define MARK "\033]7707;"

/* What comes; whether a text is expected; what is output before the marker, how it ends,
 * and what is behind. */
static const struct {
	const char *in;
	bool with_text;
	enum marker_what what;
	const char *out;
	int status;
	const char *text, *rest;
} rows[] = {
	{ "abc", false, MARKER_NONE, "abc", 0, "", "" },
	{ "abc" MARK N1 ";0\adef", false, MARKER_END, "abc", 0, "", "def" },
	{ MARK N1 ";130\a", false, MARKER_END, "", 130, "", "" },
	{ MARK N1 ";255\a", false, MARKER_END, "", 255, "", "" },
	{ MARK N1 ";7;/a;b;" N1 "\ax", true, MARKER_END, "", 7, "/a;b", "x" },
	{ MARK N1 ";0;/a\a;" N1 "\a", true, MARKER_END, "", 0, "/a\a", "" },
	{ MARK N1 ";0;;" N1 "\a", true, MARKER_END, "", 0, "", "" },
	{ MARK N1 ";0\a", true, MARKER_END, "", 0, "", "" },
	{ "\033" MARK N1 ";0\a", false, MARKER_END, "\033", 0, "", "" },
	{ MARK MARK N1 ";0\a", false, MARKER_END, MARK, 0, "", "" },
	{ MARK N1 MARK N1 ";0\a", false, MARKER_END, MARK N1, 0, "", "" },
	{ "x" MARK TRIP "\a", false, MARKER_TRIP, "x", -1, "", "\a" },
	{ MARK TRIP, true, MARKER_TRIP, "", -1, "", "" },
	/* None. */
	{ MARK N2 ";0\a", false, MARKER_NONE, MARK N2 ";0\a", 0, "", "" },
	{ MARK N1 ";256\a", false, MARKER_NONE, MARK N1 ";256\a", 0, "", "" },
	{ MARK N1 ";0000\a", false, MARKER_NONE, MARK N1 ";0000\a", 0, "", "" },
	{ MARK N1 ";\a", false, MARKER_NONE, MARK N1 ";\a", 0, "", "" },
	{ MARK N1 ";x\a", false, MARKER_NONE, MARK N1 ";x\a", 0, "", "" },
	{ MARK N1 ";-1\a", false, MARKER_NONE, MARK N1 ";-1\a", 0, "", "" },
	{ MARK N1 "\a", false, MARKER_NONE, MARK N1 "\a", 0, "", "" },
	{ MARK N1 ";0\033\\", false, MARKER_NONE, MARK N1 ";0\033\\", 0, "", "" },
	{ MARK N1 ";0;/a;" N1 "\a", false, MARKER_NONE, MARK N1 ";0;/a;" N1 "\a", 0, "",
	    "" },
	{ "\033]7708;" N1 ";0\a", false, MARKER_NONE, "\033]7708;" N1 ";0\a", 0, "",
	    "" },
};

/* In pieces of n bytes. */
static void
run(size_t i, size_t n)
{
	const char *in = rows[i].in;
	size_t len = strlen(in);
	enum marker_what what = MARKER_NONE;
	struct marker m;
	struct buf out, rest, text;

	marker_init(&m);
	marker_expect(&m, N1, rows[i].with_text);
	memcpy(m.tripwire, TRIP, sizeof TRIP);
	buf_init(&out, 4096);
	buf_init(&rest, 4096);
	buf_init(&text, 4096);
	for (size_t at = 0; at < len; at += n) {
		struct span s = span_make(in + at, len - at < n ? len - at : n);

		while (s.len > 0 && what == MARKER_NONE)
			if ((what = marker_take(&m, &s, &out)) == MARKER_END)
				buf_span_put(&text, m.text);
		buf_span_put(&rest, s);
	}
	assert_int_equal(what, rows[i].what);
	/* What may yet become one is held back. */
	if (what == MARKER_NONE)
		buf_span_put(&out, buf_span(&m.held));
	assert_string_equal(buf_cstr(&out), rows[i].out);
	assert_string_equal(buf_cstr(&rest), rows[i].rest);
	assert_string_equal(buf_cstr(&text), rows[i].text);
	if (what == MARKER_END)
		assert_int_equal(m.status, rows[i].status);
	marker_clear(&m);
	buf_clear(&out);
	buf_clear(&rest);
	buf_clear(&text);
}

static void
markers_are_found_in_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t n = 1; n <= 120; n += n < 8 ? 1 : 13)
			run(i, n);
}

static void
a_nonce_counts_once(void **state)
{
	const char *in = MARK N1 ";0\a" MARK N1 ";0\a";
	struct span s = span_of(in);
	struct marker m;
	struct buf out;

	(void)state;
	marker_init(&m);
	marker_expect(&m, N1, false);
	buf_init(&out, 4096);
	assert_int_equal(marker_take(&m, &s, &out), MARKER_END);
	assert_int_equal(marker_take(&m, &s, &out), MARKER_NONE);
	assert_string_equal(buf_cstr(&out), MARK N1 ";0\a");
	buf_clear(&out);
	marker_clear(&m);
}

/* A text without end is given on, and nothing is kept beyond a marker's length. */
static void
an_endless_text_is_output(void **state)
{
	struct marker m;
	struct buf out;
	size_t sent = 0;

	(void)state;
	marker_init(&m);
	marker_expect(&m, N1, true);
	buf_init(&out, 1 << 20);
	for (int i = 0; i < 200; i++) {
		const char *in =
		    i == 0 ? MARK N1 ";0;/" : "0123456789\033]0123456789\a";
		struct span s = span_of(in);

		sent += s.len;
		assert_int_equal(marker_take(&m, &s, &out), MARKER_NONE);
		assert_true(m.held.len <= MARKER_TEXT + 128);
	}
	assert_true(out.len > 0);
	assert_int_equal(out.len + m.held.len, sent);
	buf_clear(&out);
	marker_clear(&m);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(markers_are_found_in_pieces),
		cmocka_unit_test(a_nonce_counts_once),
		cmocka_unit_test(an_endless_text_is_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
