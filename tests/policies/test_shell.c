#include "tests/support/unit.h"

#include "policies/shell.h"
#include "tests/policies/shellvector.h"

static struct arena *arena;

static struct shell_line
read_line(const char *text, size_t len)
{
	struct shell_line line;
	struct err err = { "" };
	/* Of the exact size, so that a sanitizer sees one byte too far. */
	char *exact = malloc(len > 0 ? len : 1);

	assert_non_null(exact);
	memcpy(exact, text, len);
	arena_reset(arena);
	assert_int_equal(shell_read(span_make(exact, len), arena, &line, &err), RC_OK);
	free(exact);
	return line;
}

static void
check_vector(const struct shellvector *v)
{
	struct shell_line line = read_line(v->in, v->len);
	struct buf out;

	buf_init(&out, 65536);
	shellvector_show(&line, &out);
	if (strcmp(buf_cstr(&out), v->out) != 0)
		fail_msg("%s:%u:\nwant %s\nhave %s", v->file, v->number, v->out,
		    buf_cstr(&out));
	buf_clear(&out);
}

static void
vectors_read_as_they_say(void **state)
{
	(void)state;
	shellvector_each(250, check_vector);
}

/* Whatever byte stands anywhere, there is an answer; and what is fine has no control
 * character but tab. */
static void
no_byte_anywhere_breaks_it(void **state)
{
	static const char text[] =
	    "a 'b c' \"d\\\"e\" f\\ g 2>&1 >'/x' | h*[a-b]? && i ; j";

	(void)state;
	for (size_t at = 0; at <= sizeof text - 1; at++) {
		for (unsigned c = 0; c < 256; c++) {
			char bytes[sizeof text + 1];
			struct shell_line line;

			memcpy(bytes, text, at);
			bytes[at] = (char)c;
			memcpy(bytes + at + 1, text + at, sizeof text - 1 - at);
			line = read_line(bytes, sizeof text);
			if (line.undecidable == SHELL_FINE)
				assert_true((c >= 0x20 || c == '\t') && c < 0x7F);
			else
				assert_true(line.offset <= sizeof text);
		}
	}
}

/* A line of n times some text, read. */
static struct shell_line
repeat(const char *before, const char *text, size_t n, const char *behind)
{
	size_t len = strlen(text), at = strlen(before);
	char *bytes = malloc(at + n * len + strlen(behind) + 1);
	struct shell_line line;

	assert_non_null(bytes);
	strcpy(bytes, before);
	for (size_t i = 0; i < n; i++, at += len)
		strcpy(bytes + at, text);
	strcpy(bytes + at, behind);
	line = read_line(bytes, strlen(bytes));
	free(bytes);
	return line;
}

static void
limits_hold_to_the_byte(void **state)
{
	static const struct {
		const char *before, *text;
		size_t n;
		const char *behind;
		size_t offset; /* of the limit; 0: fine */
	} rows[] = {
		{ "a ", "a", 2048, "", 0 },
		{ "a ", "a", 2049, "", 2050 },
		{ "", "a", 2049, " b", 2048 },
		{ "a '", "a", 2048, "'", 0 },
		{ "a '", "a", 2049, "'", 2051 },
		{ "a '", "\xC3\xBC", 1024, "'", 0 },
		{ "a \"", "\xC3\xBC", 1025, "\"", 2051 },
		{ "a ", "\\a", 2046, "", 0 },
		{ "a >", "b", 2049, "", 2051 },
		{ "", "a ", 256, "", 0 },
		{ "", "a ", 257, "", 512 },
		{ "a", " >b", 255, "", 0 },
		{ "a", " >b", 256, "", 767 },
		{ "", "a;", 16, "", 0 },
		{ "", "a;", 16, " b", 33 },
		{ "", "a|", 7, "b", 0 },
		{ "", "a|", 8, "b", 16 },
		{ "a;", "a|", 8, ">b", 18 },
		{ "", "a|", 7, "b;a|b", 0 },
		{ "a", " ", 4095, "", 0 },
		{ "a", " ", 4096, "", 4096 },
		{ "a ", "b", 2000, " c                   ", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct shell_line l =
		    repeat(rows[i].before, rows[i].text, rows[i].n, rows[i].behind);

		if (l.undecidable != (rows[i].offset ? SHELL_LIMIT : SHELL_FINE) ||
		    l.offset != rows[i].offset)
			fail_msg("row %zu: %s %zu", i, shell_reason_name(l.undecidable),
			    l.offset);
	}
}

/* Whatever stands at the border of a line that is too long, the answer is the limit,
 * and no half of a word counts. */
static void
what_is_cut_off_is_no_word(void **state)
{
	static const char *const ends[] = { "abc", "'abc'", "\"abc\"", "a\\bc",
		"'\xE2\x9C\x93'", "12x", "2>&1", ">abc", "> abc", "a*b" };

	(void)state;
	for (size_t i = 0; i < ROWS(ends); i++) {
		for (size_t back = 1; back < strlen(ends[i]); back++) {
			char bytes[8192];
			struct shell_line l;

			memset(bytes, ' ', SHELL_LINE);
			memcpy(bytes, "rm -f", 5);
			strcpy(bytes + SHELL_LINE - back, ends[i]);
			strcat(bytes, " more");
			l = read_line(bytes, strlen(bytes));
			if (l.undecidable != SHELL_LIMIT || l.offset != SHELL_LINE)
				fail_msg("%s, %zu: %s %zu", ends[i], back,
				    shell_reason_name(l.undecidable), l.offset);
			assert_int_equal(l.n, 1);
			assert_int_equal(l.commands[0].n_words, 2);
			assert_int_equal(l.commands[0].n_redirs, 0);
			assert_false(l.commands[0].whole);
		}
	}
}

/* The largest lines fit the arena that the header names, and without room there is an
 * error, and nothing in *ret. */
static void
room_is_bounded(void **state)
{
	struct shell_line line = { .n = 77 };
	struct arena *small;
	struct err err = { "" };

	(void)state;
	repeat("", "*a?b ", 255, "*>x");
	repeat("a", ">b", 255, "");
	repeat("a ", "'", 4000, "*");
	assert_true(arena->peak <= SHELL_ARENA);
	for (size_t size = 0; size < 512; size += 16) {
		enum rc rc;

		assert_non_null(small = arena_new(size));
		line.n = 77;
		rc = shell_read(span_of("a b* | c"), small, &line, &err);
		assert_true(rc == RC_FAIL ? line.n == 77 : line.n == 2);
		assert_true(size > 0 || rc == RC_FAIL);
		arena_free(small);
	}
}

static void
reasons_have_names(void **state)
{
	(void)state;
	assert_string_equal(shell_reason_name(SHELL_FINE), "");
	for (int i = SHELL_EMPTY; i <= SHELL_INTERPRETER; i++)
		for (int k = SHELL_FINE; k < i; k++)
			assert_string_not_equal(shell_reason_name((enum shell_reason)i),
			    shell_reason_name((enum shell_reason)k));
	assert_string_equal(shell_reason_name((enum shell_reason)99), "");
	assert_string_equal(shell_reason_name(SHELL_GLOB_COMMAND), "glob-command");
}

/* Each word knows its place, and whether quotes were about it. */
static void
words_know_their_place(void **state)
{
	struct shell_line l = read_line("a  'b' c\\d >e f'' 2>&1", 22);
	const struct shell_word *w = l.commands[0].words;

	(void)state;
	assert_int_equal(l.n, 1);
	assert_int_equal(l.commands[0].n_words, 4);
	assert_true(w[0].at == 0 && !w[0].quoted);
	assert_true(w[1].at == 3 && w[1].quoted);
	assert_true(w[2].at == 7 && w[2].quoted);
	assert_true(w[3].at == 14 && w[3].quoted);
	assert_int_equal(l.commands[0].n_redirs, 2);
	assert_true(l.commands[0].redirs[0].target.at == 12);
	assert_true(l.commands[0].redirs[1].target.at == 21);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_read_as_they_say),
		cmocka_unit_test(no_byte_anywhere_breaks_it),
		cmocka_unit_test(limits_hold_to_the_byte),
		cmocka_unit_test(what_is_cut_off_is_no_word),
		cmocka_unit_test(room_is_bounded),
		cmocka_unit_test(reasons_have_names),
		cmocka_unit_test(words_know_their_place),
	};
	int failed;

	if ((arena = arena_new(SHELL_ARENA)) == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
