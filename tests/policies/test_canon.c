#include "tests/policies/asking.h"

#include "policies/canon.h"

static char *
canon(const struct words *w)
{
	struct buf b;
	char *s;

	buf_init(&b, CANON_MOST);
	canon_put(w, &b);
	assert_true(buf_ok(&b));
	s = strdup(buf_cstr(&b));
	buf_clear(&b);
	return s;
}

static void
one_spelling_for_each_command(void **state)
{
	static const struct {
		const char *line, *canon;
	} rows[] = {
		{ "aws", "'aws'" },
		{ "aws s3 ls", "'aws' s3 ls" },
		{ "\"aws\"   's3'\tl\\s", "'aws' s3 ls" },
		{ "aws ''", "'aws' ''" },
		{ "aws 'a b'", "'aws' 'a b'" },
		{ "aws \"it's\"", "'aws' 'it'\\''s'" },
		{ "aws aZ09_-./:,+@%", "'aws' aZ09_-./:,+@%" },
		{ "aws a=b * ~ ! { # x#", NULL },
		{ "aws a=b", "'aws' 'a=b'" },
		{ "aws * ~ ! {", "'aws' '*' '~' '!' '{'" },
		{ "aws '\xC3\xBC'", "'aws' '\xC3\xBC'" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct words *w = NULL;
		char *c;

		if (rows[i].canon == NULL) {
			assert_int_equal(
			    words_split(span_of(rows[i].line), &w, NULL), RC_REFUSE);
			continue;
		}
		w = asking_words(rows[i].line);
		c = canon(w);
		assert_string_equal(c, rows[i].canon);
		free(c);
		words_free(w);
	}
}

static uint32_t
next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Random words of a hostile alphabet: the text splits into the same words, and their
 * text is the same. */
static void
splitting_it_gives_the_words_back(void **state)
{
	static const char *const letters[] = { "a", "Z", "0", " ", "\t", "'", "\"",
		"\\", "$", "`", ";", "|", "&", "<", "(", "#", "*", "~", "=", "-",
		"\xC3\xBC", "\xF0\x9F\x98\x80" };
	uint32_t seed = 7;

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		char text[8][64];
		struct span list[8];
		struct words *w = NULL, *again;
		char *one, *two;
		size_t n = 1 + next(&seed) % 8;

		for (size_t i = 0; i < n; i++) {
			text[i][0] = '\0';
			for (size_t k = next(&seed) % 10; k > 0; k--)
				strcat(text[i], letters[next(&seed) % ROWS(letters)]);
			list[i] = span_of(text[i]);
		}
		assert_int_equal(words_from_list(list, n, &w, NULL), RC_OK);
		one = canon(w);
		again = asking_words(one);
		assert_int_equal(words_count(again), n);
		for (size_t i = 0; i < n; i++)
			assert_string_equal(words_at(again, i), text[i]);
		two = canon(again);
		assert_string_equal(one, two);
		words_free(w);
		words_free(again);
		free(one);
		free(two);
	}
}

static void
the_longest_fits(void **state)
{
	struct span list[2];
	static char quotes[WORDS_WORD];
	struct words *w = NULL;
	char *c;

	(void)state;
	memset(quotes, '\'', sizeof quotes);
	list[0] = span_make(quotes, sizeof quotes - 2);
	list[1] = span_make(quotes, sizeof quotes);
	assert_int_equal(words_from_list(list, 2, &w, NULL), RC_OK);
	c = canon(w);
	assert_int_equal(strlen(c), 4 * (2 * WORDS_WORD - 2) + 5);
	free(c);
	words_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_spelling_for_each_command),
		cmocka_unit_test(splitting_it_gives_the_words_back),
		cmocka_unit_test(the_longest_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
