#include "tests/support/unit.h"

#include "policies/words.h"

static void
words_come_out_as_a_shell_would_pass_them(void **state)
{
	static const struct {
		const char *line;
		const char *words; /* joined by | */
	} rows[] = {
		{ "a", "a" },
		{ " a\tb  c ", "a|b|c" },
		{ "'a b' c", "a b|c" },
		{ "a'b'\"c\"d", "abcd" },
		{ "'' a", "|a" },
		{ "a ''", "a|" },
		{ "\"\" \"\"", "|" },
		{ "\\a\\ \\'b", "a 'b" },
		{ "\\;\\|\\&\\$\\(", ";|&$(" },
		{ "'$x `y` \"z\" \\'", "$x `y` \"z\" \\" },
		{ "\"a'b\"", "a'b" },
		{ "\"\\\"\\\\\\$\\`\"", "\"\\$`" },
		{ "\"\\a\\n\"", "\\a\\n" },
		{ "\"a b\"'c d'e", "a bc de" },
		{ "a#b x# ''#y", "a#b|x#|#y" },
		{ "*?[]{}~!=^%@,:+-./_", "*?[]{}~!=^%@,:+-./_" },
		{ "'a\tb'", "a\tb" },
		{ "'\xC3\xBC \xE2\x9C\x93'", "\xC3\xBC \xE2\x9C\x93" },
		{ "\"!\"", "!" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct words *w = NULL;
		char joined[256] = "";

		assert_int_equal(words_split(span_of(rows[i].line), &w, NULL), RC_OK);
		for (size_t k = 0; k < words_count(w); k++) {
			strcat(joined, k > 0 ? "|" : "");
			strcat(joined, words_at(w, k));
		}
		assert_string_equal(joined, rows[i].words);
		assert_null(words_at(w, words_count(w)));
		assert_null(words_at(w, words_count(w)));
		words_free(w);
	}
}

/* Whatever byte stands anywhere in a line, the splitter answers, and what it lets
 * through holds no control character. */
static void
no_byte_anywhere_breaks_it(void **state)
{
	static const char line[] = "aws s3 'a b' \"c\\\"d\" e\\ f";

	(void)state;
	for (size_t at = 0; at <= sizeof line - 1; at++) {
		for (unsigned c = 0; c < 256; c++) {
			char text[sizeof line + 1];
			struct words *w = NULL;
			struct err err = { "" };

			memcpy(text, line, at);
			text[at] = (char)c;
			memcpy(text + at + 1, line + at, sizeof line - 1 - at);
			if (words_split(span_make(text, sizeof line), &w, &err) !=
			    RC_OK) {
				assert_non_null(strstr(err.text, ": "));
				continue;
			}
			assert_true(c >= 0x20 || c == '\t');
			assert_true(c < 0x7F);
			for (size_t i = 0; i < words_count(w); i++)
				assert_true(strlen(words_at(w, i)) <= sizeof line);
			words_free(w);
		}
	}
}

static enum rc
split_bytes(char c, size_t n, size_t blank_each, struct err *err)
{
	char *text = malloc(n);
	struct words *w = NULL;
	enum rc rc;

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		text[i] = blank_each > 0 && i % blank_each == blank_each - 1 ? ' ' : c;
	rc = words_split(span_make(text, n), &w, err);
	if (rc == RC_OK)
		words_free(w);
	free(text);
	return rc;
}

static void
limits_hold_to_the_byte(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(split_bytes('a', WORDS_WORD, 0, &err), RC_OK);
	assert_int_equal(split_bytes('a', WORDS_WORD + 1, 0, &err), RC_REFUSE);
	assert_int_equal(split_bytes('a', WORDS_LINE, 1025, &err), RC_OK);
	assert_int_equal(split_bytes('a', WORDS_LINE + 1, 1025, &err), RC_REFUSE);
	assert_int_equal(split_bytes('a', 2 * WORDS_MOST, 2, &err), RC_OK);
	assert_int_equal(split_bytes('a', 2 * WORDS_MOST + 1, 2, &err), RC_REFUSE);
	assert_string_equal(err.text, "limit: more than 256 words");
	/* A megabyte is turned away by its length alone. */
	assert_int_equal(split_bytes('\'', 1 << 20, 0, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "1048576 bytes"));
}

static void
a_list_is_taken_as_it_is(void **state)
{
	struct span list[] = { span_of("aws"), span_of("$(id); 'x' \"y\" \\"),
		span_make(NULL, 0) };
	struct words *w = NULL;

	(void)state;
	assert_int_equal(words_from_list(list, 3, &w, NULL), RC_OK);
	assert_int_equal(words_count(w), 3);
	assert_string_equal(words_at(w, 1), "$(id); 'x' \"y\" \\");
	assert_string_equal(words_at(w, 2), "");
	words_free(w);
}

static void
a_list_has_the_same_bounds(void **state)
{
	struct span list[WORDS_MOST + 1];
	struct words *w = NULL;
	static char big[WORDS_WORD + 1];
	struct err err;

	(void)state;
	for (size_t i = 0; i <= WORDS_MOST; i++)
		list[i] = span_of("x");
	assert_int_equal(words_from_list(list, 0, &w, &err), RC_REFUSE);
	assert_int_equal(words_from_list(list, WORDS_MOST + 1, &w, &err), RC_REFUSE);
	assert_int_equal(words_from_list(list, WORDS_MOST, &w, &err), RC_OK);
	words_free(w);
	memset(big, 'a', sizeof big);
	list[0] = span_make(big, WORDS_WORD + 1);
	assert_int_equal(words_from_list(list, 1, &w, &err), RC_REFUSE);
	list[0] = list[1] = list[2] = span_make(big, WORDS_WORD);
	assert_int_equal(words_from_list(list, 1, &w, &err), RC_OK);
	words_free(w);
	/* 2 * 2048 and two blanks are two bytes more than a line. */
	assert_int_equal(words_from_list(list, 2, &w, &err), RC_REFUSE);
	list[0] = span_make("a\0b", 3);
	assert_int_equal(words_from_list(list, 1, &w, &err), RC_REFUSE);
	assert_string_equal(err.text, "character: \\x00 at byte 2 of word 1: control "
				      "and invisible characters are "
				      "not accepted");
	list[0] = span_make("\xC3", 1);
	assert_int_equal(words_from_list(list, 1, &w, &err), RC_REFUSE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_come_out_as_a_shell_would_pass_them),
		cmocka_unit_test(no_byte_anywhere_breaks_it),
		cmocka_unit_test(limits_hold_to_the_byte),
		cmocka_unit_test(a_list_is_taken_as_it_is),
		cmocka_unit_test(a_list_has_the_same_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
