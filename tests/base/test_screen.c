#include "tests/support/unit.h"

#include "lib/base/screen.h"

/* Filter s cut into pieces of step bytes. */
static char *
filtered(const char *s, size_t len, size_t step, bool raw, uint64_t *removed)
{
	struct screen *screen;
	struct buf out;
	char *text;

	buf_init(&out, 1 << 20);
	assert_int_equal(screen_new(raw, &screen, NULL), RC_OK);
	for (size_t i = 0; i < len; i += step)
		screen_put(
		    screen, span_make(s + i, step < len - i ? step : len - i), &out);
	assert_true(buf_ok(&out));
	if (removed != NULL)
		*removed = screen_removed(screen);
	text = strdup(buf_cstr(&out));
	assert_non_null(text);
	screen_free(screen);
	buf_clear(&out);
	return text;
}

struct row {
	const char *in, *out;
	uint64_t removed;
};

#define FFFD "\xEF\xBF\xBD"

static const struct row rows[] = {
	/* what passes unchanged */
	{ "plain text\r\n", "plain text\r\n", 0 },
	{ "a\tb\bc\a\v\f\016x\017", "a\tb\bc\a\v\f\016x\017", 0 },
	{ "gr\xC3\xBC\xC3\x9F \xE2\x9C\x93 \xF0\x9F\x98\x80",
	    "gr\xC3\xBC\xC3\x9F \xE2\x9C\x93 \xF0\x9F\x98\x80", 0 },
	{ "\033[1;31mred\033[0m\033[m", "\033[1;31mred\033[0m\033[m", 0 },
	{ "\033[38:2::1:2:3mx\033[38;5;200m", "\033[38:2::1:2:3mx\033[38;5;200m", 0 },
	{ "\033[H\033[2J\033[K\033[12;40H", "\033[H\033[2J\033[K\033[12;40H", 0 },
	{ "\033[?25l\033[?1049h\033[?1049l", "\033[?25l\033[?1049h\033[?1049l", 0 },
	{ "\033[4h\033[4l\033[2;20r\033[s\033[u\0337\0338",
	    "\033[4h\033[4l\033[2;20r\033[s\033[u\0337\0338", 0 },
	{ "\033(0qqq\033(B\033M\033#8", "\033(0qqq\033(B\033M\033#8", 0 },
	{ "\033[2 q\033[!p\033[3T\033[3S", "\033[2 q\033[!p\033[3T\033[3S", 0 },
	/* questions whose answer would be typed */
	{ "a\033[6nb", "ab", 1 }, /* DSR cursor position */
	{ "a\033[5nb\033[?6n\033[?15n", "ab", 3 },
	{ "a\033[cb\033[0c\033[>c\033[=c\033Z", "ab", 5 }, /* DA, DECID */
	{ "a\033[xb\033[1x", "ab", 2 },			   /* DECREQTPARM */
	{ "a\033[?2004$pb\033[4$p", "ab", 2 },		   /* DECRQM */
	{ "a\033[21tb\033[18t\033[22;0t", "ab", 3 },	   /* title and size reports */
	{ "a\033P$qm\033\\b", "ab", 1 },		   /* DECRQSS */
	{ "a\033P+q544e\033\\b", "ab", 1 },		   /* XTGETTCAP */
	{ "a\033[>qb\033[>0q", "ab", 2 },		   /* XTVERSION */
	{ "a\033[?ub\033[>1u\033[=1;1u", "ab", 3 },	   /* kitty keyboard */
	{ "a\033[?1;1;0Sb", "ab", 1 },			   /* graphics attributes */
	{ "a\033[1;1;1;1;1;1*yb", "ab", 1 },	      /* DECRQCRA: reads the screen */
	{ "a\033]10;?\ab\033]4;0;?\033\\", "ab", 2 }, /* colour queries */
	{ "a\005b", "ab", 1 },			      /* ENQ */
	{ "a\033[?996nb", "ab", 1 },
	/* clipboard, titles, links */
	{ "a\033]52;c;cm0gLXJmIC8=\ab", "ab", 1 },
	{ "a\033]52;c;?\033\\b", "ab", 1 },
	{ "a\033]0;title\ab\033]2;t\033\\c", "abc", 2 },
	{ "a\033]8;;http://x/\033\\link\033]8;;\033\\b", "alinkb", 2 },
	{ "a\033kname\033\\b", "ab", 1 }, /* screen's title */
	{ "a\033[22;2tb", "ab", 1 },
	/* other strings */
	{ "a\033_Gi=1,a=q;AAAA\033\\b", "ab", 1 },
	{ "a\033^private\033\\b\033Xsos\033\\c", "abc", 2 },
	{ "a\033Ptmux;\033\033]52;c;eA==\a\033\\b", "ab", 3 },
	{ "a\033]0;x\033[6nb", "ab", 2 }, /* a string ended by a sequence */
	{ "a\033]0;x\030b\033]0;y\032c", "abc", 2 },
	{ "a\033]0;x\xC2\x9C"
	  "b",
	    "ab", 1 }, /* by C1 ST */
	{ "a\033]0;never closed\nb\033]0;x", "a\nb", 2 },
	/* modes of keys, mouse and paste */
	{ "a\033[?2004hb\033[?1000h\033[?1006h\033[?1004h\033[?9h\033[?1003h", "ab",
	    6 },
	{ "a\033[?1hb\033=\033>\033[20h\033[2h\033[12l\033[?66h", "ab", 7 },
	{ "a\033[?1049;2004;25hb", "a\033[?1049;25hb", 1 },
	{ "a\033[>4;2mb\033[?4m", "ab", 2 },
	{ "a\033[1;2;3;4;5Tb", "ab", 1 },	 /* highlight tracking */
	{ "a\033['zb\033[1;2'{", "ab", 2 },	 /* locator */
	{ "a\033[?1000sb\033[?1000r", "ab", 2 }, /* save and restore modes */
	/* printer, scrollback, character sets, level, LEDs */
	{ "a\033[5ib\033[?5i", "ab", 2 },
	{ "a\033[3Jb", "ab", 1 },
	{ "\033ca", "\033[!p\033[H\033[2Ja", 0 },
	{ "a\033%@b\033%G", "ab", 2 },
	{ "a\033 Gb\033[62\"p", "ab", 2 },
	{ "a\033nb\033o\033}\033~\033|\033N\033O", "ab", 7 },
	{ "a\033[1qb", "ab", 1 },
	{ "a\033(%5b", "ab", 1 },
	/* C1, encoded and bare */
	{ "a\xC2\x9B"
	  "6nb",
	    "a" FFFD "6nb", 1 },
	{ "a\xC2\x9D"
	  "52;c;eA==\ab",
	    "a" FFFD "52;c;eA==\ab", 1 },
	{ "a\x9B"
	  "6nb\x90",
	    "a" FFFD "6nb" FFFD, 2 },
	/* invalid UTF-8 */
	{ "a\xE2\x9C"
	  "b\xC0\xAF\xFF",
	    "a" FFFD "b" FFFD FFFD, 3 },
	{ "a\xE2\x9C\033[6nb", "a" FFFD "b", 2 },
	{ "\xF4\x90\x80\x80z", FFFD "z", 1 },
	/* malformed or monstrous */
	{ "a\033[1:2Hb\033[1;2;3H", "ab", 2 },
	{ "a\033[999999999bb", "ab", 1 },
	{ "a\033[1<2mb\033[1?25h\033[ 1q", "ab", 3 },
	{ "a\033[3\n1mb", "a\n\033[31mb", 0 }, /* controls act within */
	{ "a\033[3\0336nb", "anb", 2 },
	{ "a\033\033[31mb", "a\033[31mb", 1 },
	{ "a\033[31\030mb", "amb", 1 },
	{ "a\033[3\xC3\xBCmb", "a\xC3\xBCmb", 1 },
	{ "a\177b\021\023", "ab", 3 },
	/* nothing half done is let out */
	{ "a\033", "a", 0 },
	{ "a\033[3", "a", 0 },
	{ "a\033]52;c;", "a", 1 },
	{ "a\xE2\x9C", "a", 0 },
};

static void
hostile_sequences_are_removed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint64_t removed;
		char *got =
		    filtered(rows[i].in, strlen(rows[i].in), 4096, false, &removed);

		if (strcmp(got, rows[i].out) != 0 || removed != rows[i].removed)
			fail_msg("row %zu: %zu bytes, %u removed", i, strlen(got),
			    (unsigned)removed);
		free(got);
	}
}

static void
a_cut_anywhere_changes_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t step = 1; step < strlen(rows[i].in); step++) {
			char *got =
			    filtered(rows[i].in, strlen(rows[i].in), step, false, NULL);

			if (strcmp(got, rows[i].out) != 0)
				fail_msg("row %zu in pieces of %zu", i, step);
			free(got);
		}
}

static void
what_passed_passes_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char *again =
		    filtered(rows[i].out, strlen(rows[i].out), 4096, false, NULL);

		assert_string_equal(again, rows[i].out);
		free(again);
	}
}

/* A control sequence without end, and a string without end. */
static void
long_ones_are_bounded(void **state)
{
	size_t n = 100000;
	char *in = malloc(n + 4), *got;

	(void)state;
	assert_non_null(in);
	memset(in, '1', n);
	memcpy(in, "\033[", 2);
	memcpy(in + n, "mEND", 4);
	got = filtered(in, n + 4, n, false, NULL);
	assert_string_equal(got, "END");
	free(got);
	memset(in, 'x', n);
	memcpy(in, "\033]", 2);
	memcpy(in + n, "\aEND", 4);
	got = filtered(in, n + 4, n, false, NULL);
	/* 64 KiB are taken, then text is text again. */
	assert_int_equal(strlen(got), n - 2 - (64 << 10) + 4);
	free(got);
	free(in);
}

static void
raw_passes_all(void **state)
{
	const char *in = "a\033[6n\033]52;c;eA==\a\xC2\x9B\005";
	char *got = filtered(in, strlen(in), 3, true, NULL);

	(void)state;
	assert_string_equal(got, in);
	free(got);
}

static const char *
reset_after(const char *in, bool raw, struct buf *out)
{
	struct screen *screen;
	struct buf shown;

	buf_init(&shown, 4096);
	assert_int_equal(screen_new(raw, &screen, NULL), RC_OK);
	screen_put(screen, span_of(in), &shown);
	buf_reset(out);
	screen_reset(screen, out);
	screen_free(screen);
	buf_clear(&shown);
	return buf_cstr(out);
}

/* What homes the cursor stands between its save and its restore. */
static void
a_reset_leaves_the_cursor(void **state)
{
	static const char *const homing[] = { "\033[?6l", "\033[?69l", "\033[r" };
	struct buf out;
	const char *text;

	(void)state;
	buf_init(&out, 4096);
	text = reset_after("\033[31m", false, &out);
	for (size_t i = 0; i < sizeof homing / sizeof homing[0]; i++) {
		const char *at = strstr(text, homing[i]);

		assert_non_null(at);
		assert_true(at > strstr(text, "\0337") && at < strstr(text, "\0338"));
	}
	buf_clear(&out);
}

static void
the_terminal_is_reset(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	assert_string_equal(reset_after("plain", false, &out), "");
	assert_string_equal(reset_after("\033[6n", false, &out), "");
	assert_non_null(strstr(reset_after("\033[31m", false, &out), "\033[0m"));
	assert_null(strstr(reset_after("\033[31m", false, &out), "1049"));
	assert_non_null(strstr(reset_after("\033[?25l", false, &out), "\033[?25h"));
	assert_non_null(strstr(reset_after("\033[?1049h", false, &out), "\033[?1049l"));
	assert_null(strstr(reset_after("\033[?1049h\033[?1049l", false, &out), "1049"));
	assert_non_null(strstr(reset_after("x", true, &out), "\033[?2004l"));
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_sequences_are_removed),
		cmocka_unit_test(a_cut_anywhere_changes_nothing),
		cmocka_unit_test(what_passed_passes_again),
		cmocka_unit_test(long_ones_are_bounded),
		cmocka_unit_test(raw_passes_all),
		cmocka_unit_test(a_reset_leaves_the_cursor),
		cmocka_unit_test(the_terminal_is_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
