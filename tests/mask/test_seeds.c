/* Exact values in a text: each of their forms, broken into lines, and what only begins like
 * one. */
#include "tests/mask/naive.h"

#include "recorder/mask/seed.h"

#define KEY "ASIAQWERTYUIOPASDFGH"
#define SECRET "kR9/pQ+2xZbv7wTnLr4/Wm8YdGcHs1AqJf6Vu3+E"
/* Begins like SECRET and goes on behind it. */
#define LONGER SECRET "/and-more"

static struct span rows[64];
static size_t n_rows;
static struct buf room;

static void
add(struct span value)
{
	static const uint8_t salt[16] = "sixteen of salt.";
	struct err err = { "" };

	assert_int_equal(seed_make(salt, value, &room, &err), RC_OK);
}

/* Where they lie changes as more come. */
static void
spread(void)
{
	assert_true(buf_ok(&room));
	n_rows = 0;
	for (size_t at = 0; at < room.len; at += SEED_ROW)
		rows[n_rows++] = span_make(room.p + at, SEED_ROW);
}

static char *
masked(const char *text)
{
	const struct mask_more more = { .seeds = rows, .n_seeds = n_rows };
	struct naive *n = calloc(1, sizeof *n);
	struct mask_policy *p = NULL;
	struct mask_build b;
	struct err err;
	char *out;

	assert_non_null(n);
	n->steady = true;
	assert_int_equal(mask_policy_read(NULL, &p, &err), RC_OK);
	assert_int_equal(build_one(&b, p, &more, seeds_build, &err), RC_OK);
	naive_run(&b, span_of(text), n);
	out = naive_text(n, span_of(text));
	build_clear(&b);
	mask_policy_free(p);
	free(n);
	return out;
}

static int
set_up(void **state)
{
	(void)state;
	buf_init(&room, 64 * SEED_ROW);
	add(span_of(KEY));
	add(span_of(SECRET));
	add(span_of(LONGER));
	add(span_of("a quote\" and \\"));
	spread();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	buf_clear(&room);
	return 0;
}

#define M "[MASKED:seed]"
static const struct {
	const char *in, *out;
} table[] = {
	{ "", "" },
	{ KEY, M },
	{ "id " KEY " end", "id " M " end" },
	{ "x" KEY "x", "x" M "x" },
	{ KEY KEY, M M },
	{ SECRET "\n" KEY "\n", M "\n" M "\n" },
	/* The longer one counts where it stands. */
	{ LONGER, M },
	{ SECRET "/and-less", M "/and-less" },
	{ SECRET "/and", M "/and" },
	{ "?a=kR9%2FpQ%2B2xZbv7wTnLr4%2FWm8YdGcHs1AqJf6Vu3%2BE&b", "?a=" M "&b" },
	{ "?a=kR9%2fpQ%2b2xZbv7wTnLr4%2fWm8YdGcHs1AqJf6Vu3%2bE", "?a=" M },
	{ "/kR9/pQ%2B2xZbv7wTnLr4/Wm8YdGcHs1AqJf6Vu3%2BE/", "/" M "/" },
	{ "41534941515745525459"
	  "55494f50415344464748",
	    M },
	{ "0x41534941515745525459"
	  "55494F50415344464748.",
	    "0x" M "." },
	/* printf %s KEY | base64; with one byte, with two before. */
	{ "QVNJQVFXRVJUWVVJT1BBU0RGR0g=", M "g=" },
	{ "eEFTSUFRV0VSVFlVSU9QQVNERkdI\n", "eE" M "\n" },
	{ "eHhBU0lBUVdFUlRZVUlPUEFTREZHSA==", "eHh" M "A==" },
	{ "\"a quote\\\" and \\\\\"", "\"" M "\"" },
	{ "a quote\" and \\", M },
	/* Broken by a column's end. */
	{ "kR9/pQ+2xZbv7wTnLr4/\nWm8YdGcHs1AqJf6Vu3+E\n", M "\n" },
	{ "kR9/pQ+2xZbv7wTnLr4/\r\nWm8YdGcHs1AqJf6Vu3+E\r\n", M "\r\n" },
	{ "kR9/pQ+2xZbv7wTnLr4/\x1eWm8YdGcHs1AqJf6Vu3+E\x1e", M "\x1e" },
	/* No value. */
	{ "ASIAQWERTYUIOPASDFGX", "ASIAQWERTYUIOPASDFGX" },
	{ "ASIAQWERTYUIOPASDFG", "ASIAQWERTYUIOPASDFG" },
	{ "asiaqwertyuiopasdfgh", "asiaqwertyuiopasdfgh" },
	{ "ASIA", "ASIA" },
	{ "ASIA " KEY, "ASIA " M },
	{ "ASIAQWERTYUIO PASDFGH", "ASIAQWERTYUIO PASDFGH" },
	{ "kR9/pQ+2xZbv7wTnLr4/ Wm8YdGcHs1AqJf6Vu3+E",
	    "kR9/pQ+2xZbv7wTnLr4/ Wm8YdGcHs1AqJf6Vu3+E" },
};

static void
texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		char *out = masked(table[i].in);

		assert_string_equal(out, table[i].out);
		free(out);
	}
}

/* Of a form that is too long for a row the rest goes, too, to its end. */
static void
the_longest(void **state)
{
	char *text = calloc(1, 3 * SEED_LONGEST + 8), *out;
	size_t len = room.len;

	(void)state;
	assert_non_null(text);
	memset(text, '+', SEED_LONGEST);
	add(span_make(text, SEED_LONGEST));
	spread();
	for (size_t i = 0; i < SEED_LONGEST; i++)
		memcpy(text + 3 * i, "%2B", 3);
	memcpy(text + 3 * SEED_LONGEST, " end", 4);
	out = masked(text);
	assert_string_equal(out, M " end");
	free(out);
	free(text);
	room.len = len;
	spread();
}

static void
none(void **state)
{
	size_t n = n_rows;
	char *out;

	(void)state;
	n_rows = 0;
	out = masked(KEY);
	assert_string_equal(out, KEY);
	free(out);
	n_rows = n;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(the_longest),
		cmocka_unit_test(none),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
