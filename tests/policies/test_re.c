#include "tests/support/unit.h"

#include <regex.h>
#include <time.h>

#include "policies/re.h"

static void
texts_fit(void **state)
{
	static const struct {
		const char *re, *text;
		bool fits;
	} rows[] = {
		{ "a", "a", true },
		{ "a", "", false },
		{ "a", "aa", false },
		{ "a", "ba", false },
		{ "abc", "abc", true },
		{ "a?", "", true },
		{ "a*", "aaaa", true },
		{ "a*", "aaab", false },
		{ "a+", "", false },
		{ "a+", "aaa", true },
		{ "(ab)+", "ababab", true },
		{ "(ab)+", "ababa", false },
		{ "a{2}", "a", false },
		{ "a{2}", "aa", true },
		{ "a{2}", "aaa", false },
		{ "a{2,}", "aaaaa", true },
		{ "a{2,}", "a", false },
		{ "a{0,2}", "", true },
		{ "a{0,2}", "aa", true },
		{ "a{0,2}", "aaa", false },
		{ "a{1,3}b", "aaab", true },
		{ "a{1,3}b", "aaaab", false },
		{ "(a|b){2,3}", "aba", true },
		{ "(a|b){2,3}", "abab", false },
		{ "(a{2}b){2}", "aabaab", true },
		{ "(a{2}b){2}", "aabab", false },
		{ "(ab?){2,}c", "aabac", true },
		{ "a|bc", "bc", true },
		{ "a|bc", "ac", false },
		{ "(a|)b", "b", true },
		{ "(|a)", "", true },
		{ "a||b", "", true },
		{ "()", "", true },
		{ "(){64}a", "a", true },
		{ "(a?){3}", "aa", true },
		{ "(a*)*", "aaa", true },
		{ "(a*)*b", "aaab", true },
		{ "(a+)+", "aaaaaaaaaaaaaaaaaaaaaaaab", false },
		{ ".", "x", true },
		{ ".", "\xFF", true },
		{ "..", "\xC3\xBC", true },
		{ "\xC3\xBC+", "\xC3\xBC\xBC", true },
		{ "[a-c]", "b", true },
		{ "[a-c]", "d", false },
		{ "[^a-c]", "d", true },
		{ "[^a-c]", "a", false },
		{ "[a-]", "-", true },
		{ "[-a]", "-", true },
		{ "[\\]x]", "]", true },
		{ "[.*+?]", "*", true },
		{ "[.*+?]", "x", false },
		{ "[a^]", "^", true },
		{ "\\.\\*\\\\", ".*\\", true },
		{ "\\(", "(", true },
		{ "i-([0-9a-f]{8}|[0-9a-f]{17})", "i-0123abcd", true },
		{ "i-([0-9a-f]{8}|[0-9a-f]{17})", "i-0123456789abcdef0", true },
		{ "i-([0-9a-f]{8}|[0-9a-f]{17})", "i-0123456789", false },
		{ "a-b_c/d:e@f%g#h&i~j!k,l=m'n\"o<p>q",
		    "a-b_c/d:e@f%g#h&i~j!k,l=m'n\"o<p>q", true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct re *r = NULL;
		struct err err = { "" };

		if (re_compile(span_of(rows[i].re), &r, &err) != RC_OK)
			fail_msg("%s: %s", rows[i].re, err.text);
		if (re_matches(r, span_of(rows[i].text)) != rows[i].fits)
			fail_msg("%s: %s", rows[i].re, rows[i].text);
		re_free(r);
	}
}

static void
others_are_refused_with_their_place(void **state)
{
	static const struct {
		const char *re, *why;
	} rows[] = {
		{ "", "1 to 1024 bytes" },
		{ "*a", "nothing to repeat at byte 1" },
		{ "a|*", "nothing to repeat at byte 3" },
		{ "(+)", "nothing to repeat at byte 2" },
		{ "(?:a)", "nothing to repeat at byte 2" },
		{ "a**", "a repeat of a repeat at byte 3" },
		{ "a+?", "a repeat of a repeat at byte 3" },
		{ "a{2}{3}", "a repeat of a repeat at byte 5" },
		{ "^a", "an anchor" },
		{ "a$", "an anchor: expressions are anchored by themselves at byte 2" },
		{ "(a", "a group that does not end at byte 1" },
		{ "a)", "a closing bracket without an opening one at byte 2" },
		{ "a]", "a closing bracket" },
		{ "a}", "a closing bracket" },
		{ "[a", "a class that does not end" },
		{ "[]", "an empty class" },
		{ "[^]", "an empty class" },
		{ "[c-a]", "a range that goes down at byte 2" },
		{ "[[:alpha:]]", "[ in a class needs a \\" },
		{ "[\xC3\xBC]", "a class is of ASCII" },
		{ "\\d", "punctuation expected behind \\" },
		{ "\\", "punctuation expected behind \\ at byte 2" },
		{ "[\\", "punctuation expected behind \\" },
		{ "a{", "{n,m} with numbers" },
		{ "a{x}", "{n,m} with numbers" },
		{ "a{,3}", "{n,m} with numbers" },
		{ "a{3", "{n,m} with numbers" },
		{ "a{3,", "{n,m} with numbers" },
		{ "a{3,2}", "{n,m} with numbers" },
		{ "a{65}", "{n,m} with numbers" },
		{ "a{1,65}", "{n,m} with numbers" },
		{ "a{1000}", "{n,m} with numbers" },
		{ "a{0}", "taken no times" },
		{ "a{0,0}", "taken no times" },
		{ "(a{64}){5}", "more than 256 states" },
		{ "((a{64}){64}){64}", "more than 256 states" },
		{ "((((((((((((((((((a))))))))))))))))))", "too many groups" },
	};
	struct re *nul = NULL;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct re *r = NULL;
		struct err err = { "" };

		if (re_compile(span_of(rows[i].re), &r, &err) != RC_REFUSE ||
		    strstr(err.text, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].re, err.text);
		assert_null(r);
	}
	/* A NUL is a byte as others are. */
	assert_int_equal(re_compile(span_make("a\0b", 3), &nul, NULL), RC_OK);
	assert_true(re_matches(nul, span_make("a\0b", 3)));
	assert_false(re_matches(nul, span_of("ab")));
	re_free(nul);
}

static unsigned
draw(uint32_t *seed, unsigned below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

static void
draw_re(uint32_t *seed, unsigned depth, struct buf *b)
{
	static const char *const atoms[] = { "a", "b", "c", "[ab]", "[^a]", "." };
	static const char *const repeats[] = { "", "", "", "", "?", "*", "+", "{2}",
		"{1,2}", "{2,}", "{0,2}" };
	unsigned n = 1 + draw(seed, 3);

	for (unsigned i = 0; i < n; i++) {
		if (depth > 0 && draw(seed, 3) == 0) {
			buf_text(b, "(");
			draw_re(seed, depth - 1, b);
			if (draw(seed, 2) == 0) {
				buf_text(b, "|");
				draw_re(seed, depth - 1, b);
			}
			buf_text(b, ")");
		} else {
			buf_text(b, atoms[draw(seed, ROWS(atoms))]);
		}
		buf_text(b, repeats[draw(seed, ROWS(repeats))]);
	}
}

/* The C library's answer to the same, anchored. */
static void
regcomp_agrees(void **state)
{
	uint32_t seed = 4;
	size_t compared = 0, fitting = 0;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < 1500; i++) {
		struct re *r = NULL;
		char anchored[1100];
		regex_t real;

		buf_reset(&b);
		draw_re(&seed, 2, &b);
		if (b.len > 80 || re_compile(buf_span(&b), &r, NULL) != RC_OK)
			continue;
		snprintf(anchored, sizeof anchored, "^(%s)$", buf_cstr(&b));
		assert_int_equal(regcomp(&real, anchored, REG_EXTENDED | REG_NOSUB), 0);
		for (size_t k = 0; k < 40; k++) {
			char text[12];
			size_t n = draw(&seed, 9);
			bool ours, theirs;

			for (size_t j = 0; j < n; j++)
				text[j] = (char)('a' + draw(&seed, 3));
			text[n] = '\0';
			ours = re_matches(r, span_of(text));
			theirs = regexec(&real, text, 0, NULL, 0) == 0;
			if (ours != theirs)
				fail_msg("%s: %s: %d", buf_cstr(&b), text, ours);
			compared++;
			fitting += ours;
		}
		regfree(&real);
		re_free(r);
	}
	buf_clear(&b);
	assert_true(compared > 20000 && fitting > 1000);
}

/* Nested repeats over a text that fails at its end: twice the text, twice the time, and
 * not twice for every byte. */
static void
no_text_takes_long(void **state)
{
	static const char *const rows[] = { "(a+)+", "(a*)*", "(a|a)*b",
		"(a?){60}a{60}", "((a|b)*(a|b)*)*c" };
	char text[2048];

	(void)state;
	memset(text, 'a', sizeof text);
	text[sizeof text - 1] = '!';
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct re *r = NULL;
		clock_t from = clock();

		assert_int_equal(re_compile(span_of(rows[i]), &r, NULL), RC_OK);
		for (size_t k = 0; k < 10; k++)
			assert_false(re_matches(r, span_make(text, sizeof text)));
		assert_true(clock() - from < CLOCKS_PER_SEC);
		re_free(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_fit),
		cmocka_unit_test(others_are_refused_with_their_place),
		cmocka_unit_test(regcomp_agrees),
		cmocka_unit_test(no_text_takes_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
