#include "tests/support/unit.h"

#include "broker/session/editor.h"

#include <vterm.h>

#include "lib/base/text.h"
#include "policies/shell.h"

#define PROMPT "web-1:/var/log [gated]$ "
#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"

static const char hints[] =
    "cat -n -v --number\ncatfish\nsystemctl --no-pager restart status\n";

static struct editor *e;
static struct buf out;
static enum editor_what what;

static void
begin(uint32_t columns, uint32_t rows)
{
	buf_init(&out, 1 << 22);
	assert_int_equal(editor_new(span_of(hints), columns, rows, &e, NULL), RC_OK);
	what = editor_begin(e, PROMPT, &out);
}

static void
finish(void)
{
	editor_free(e);
	buf_clear(&out);
}

/* Bytes up to the first that comes to something. */
static size_t
type_bytes(const char *p, size_t n)
{
	size_t i = 0;

	for (what = EDITOR_MORE; i < n && what == EDITOR_MORE; i++)
		what = editor_take(e, (uint8_t)p[i], &out);
	return i;
}

static void
type(const char *text)
{
	assert_int_equal(type_bytes(text, strlen(text)), strlen(text));
}

static void
has_line(const char *want)
{
	struct span s = editor_line(e);

	if (!span_is(s, want))
		fail_msg("want %s\nhave %.*s", want, (int)s.len, (const char *)s.p);
}

/* ---- keys to lines ---- */

static const struct {
	const char *keys, *line;
} rows[] = {
	{ "ls -l", "ls -l" },
	{ "lss\177 -l", "ls -l" },
	{ "lss\b -l", "ls -l" },
	{ "\177\177x\177", "" },
	{ "bc\001a", "abc" },
	{ "bc\033[Ha\033[Fd", "abcd" },
	{ "bc\033OHa\033OFd", "abcd" },
	{ "bc\033[1~a\033[4~d", "abcd" },
	{ "ac\033[Db", "abc" },
	{ "ac\033ODb\033OCd", "abcd" },
	{ "axb\033[D\033[D\033[3~", "ab" },
	{ "axb\033[D\033[D\004", "ab" },
	{ "ab\004", "ab" },
	{ "abc def\033[D\033[D\025", "ef" },
	{ "abc def\033[D\033[D\013", "abc d" },
	{ "abc def\027", "abc " },
	{ "abc  \027", "" },
	{ "x\001\013\013", "" },
	{ "a\014b", "ab" },
	/* What is no key of ours is nothing, and nothing of it is text. */
	{ "a\033[15~b\033[1;5Cc", "abc" },
	{ "a\033[99999999999999999999999999999999mb", "ab" },
	{ "a\033]0;title\007b\033]0;x\033\\c", "abc" },
	{ "a\033Ptext\033\\b", "ab" },
	{ "a\033xb", "ab" },
	{ "a\001\002\006\020\022\024\026\031\032\035\036\037\000b", "a" },
	{ "a\xff\xfe\xc3\x28\x80z", "a(z" },
	{ "\xe2\x80\x8b\xc2\x85\xe2\x80\xae\xef\xbb\xbfx", "x" },
	{ "\xed\xa0\x80\xc0\x80\xf5\x80\x80\x80q", "q" },
	{ "ü日本\033[D\177x", "üx本" },
	{ "e\xcc\x81x\033[D\177", "x" },
	{ "a\033[201~b", "ab" },
};

static void
keys_make_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		begin(80, 24);
		type(rows[i].keys);
		has_line(rows[i].line);
		assert_int_equal(what, EDITOR_MORE);
		finish();
	}
}

static void
keys_that_end_a_line(void **state)
{
	(void)state;
	begin(80, 24);
	assert_int_equal(type_bytes("ls\rmore", 7), 3);
	assert_int_equal(what, EDITOR_LINE);
	has_line("ls");
	editor_begin(e, PROMPT, &out);
	has_line("");
	type_bytes("x\003", 2);
	assert_int_equal(what, EDITOR_CLEAR);
	editor_begin(e, PROMPT, &out);
	type_bytes("x\034", 2);
	assert_int_equal(what, EDITOR_CLEAR);
	editor_begin(e, PROMPT, &out);
	type_bytes("x\004", 2);
	assert_int_equal(what, EDITOR_MORE);
	type_bytes("\177\004", 2);
	assert_int_equal(what, EDITOR_END);
	finish();
}

static void
a_line_is_bounded(void **state)
{
	(void)state;
	begin(80, 24);
	for (int i = 0; i < SHELL_LINE + 100; i++)
		editor_take(e, 'x', &out);
	assert_int_equal(editor_line(e).len, SHELL_LINE);
	finish();
}

/* Four bytes at most for a key at the end: nothing is drawn twice. */
static void
a_key_at_the_end_costs_itself(void **state)
{
	(void)state;
	begin(80, 24);
	for (int i = 0; i < 40; i++) {
		buf_reset(&out);
		editor_take(e, 'x', &out);
		assert_string_equal(buf_cstr(&out), "x");
	}
	buf_reset(&out);
	type("\033[D");
	assert_string_equal(buf_cstr(&out), "\b");
	finish();
}

/* ---- history, completion ---- */

static void
history_is_had_again(void **state)
{
	(void)state;
	begin(80, 24);
	editor_remember(e, span_of("first"));
	editor_remember(e, span_of("second"));
	editor_remember(e, span_of("second"));
	type("dra");
	type("\033[A");
	has_line("second");
	type("\033[A\033[A\033[A");
	has_line("first");
	type("\033[B\033OB");
	has_line("dra");
	type("\033[B");
	has_line("dra");
	finish();
}

static void
tab_completes(void **state)
{
	static const struct {
		const char *keys, *line;
	} tabs[] = {
		{ "sys\t", "systemctl " },
		{ "ca\t", "cat" },
		{ "cat -\t", "cat -" },
		{ "cat --\t", "cat --number " },
		{ "systemctl s\t", "systemctl status " },
		{ "ls | sys\t", "ls | systemctl " },
		{ "ls && systemctl res\t", "ls && systemctl restart " },
		{ "ls ; catf\t", "ls ; catfish " },
		{ "zz\t", "zz" },
		{ "cat 'x\t", "cat 'x" },
		{ "hi\t", "history " },
		{ "nothing -\t", "nothing -" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(tabs); i++) {
		begin(80, 24);
		type(tabs[i].keys);
		has_line(tabs[i].line);
		finish();
	}
	begin(80, 24);
	type("cat -\t");
	assert_null(strstr(buf_cstr(&out), "--number"));
	type("\t");
	assert_non_null(strstr(buf_cstr(&out), "-n  -v  --number  "));
	finish();
}

/* ---- pastes ---- */

static void
pastes_are_text(void **state)
{
	(void)state;
	begin(80, 24);
	type("a \033[200~b c\033[201~ d");
	has_line("a b c d");
	type("\025\033[200~tab\there\033[201~");
	has_line("tab\there");
	finish();
}

static void
pasted_lines_run_one_by_one(void **state)
{
	static const char paste[] = "\033[200~one\r\ntwo\rthree\n\nlast\033[201~";
	static const char *const want[] = { "two", "three", "" };

	(void)state;
	begin(80, 24);
	type_bytes(paste, sizeof paste - 1);
	assert_int_equal(what, EDITOR_LINE);
	has_line("one");
	for (size_t i = 0; i < ROWS(want); i++) {
		assert_int_equal(editor_begin(e, PROMPT, &out), EDITOR_LINE);
		has_line(want[i]);
	}
	/* The last one has no end: its user may go on. */
	assert_int_equal(editor_begin(e, PROMPT, &out), EDITOR_MORE);
	has_line("last");
	type("ing");
	has_line("lasting");
	assert_int_equal(editor_drop(e), 0);
	finish();
}

static void
dropped_pastes_do_not_run(void **state)
{
	static const char paste[] = "\033[200~one\rtwo\rthree\033[201~";

	(void)state;
	begin(80, 24);
	type_bytes(paste, sizeof paste - 1);
	assert_int_equal(editor_drop(e), 2);
	assert_int_equal(editor_begin(e, PROMPT, &out), EDITOR_MORE);
	has_line("");
	finish();
}

static void
bad_pastes_are_refused(void **state)
{
	static const char *const pastes[] = {
		"ls\003",
		"a\033[Ab",
		"a\033]0;x\007b",
		"a\001b\rc",
		"\xff",
		"a\033\033[A",
		"\xe2\x80\xae",
		"x\177",
		"\xe2\x82\rls",
		"\033[200~",
		"\033Ox",
	};

	(void)state;
	for (size_t i = 0; i < ROWS(pastes); i++) {
		begin(80, 24);
		type("k\033[200~");
		type_bytes(pastes[i], strlen(pastes[i]));
		assert_int_equal(what, EDITOR_MORE);
		type("\033[201~");
		has_line("k");
		if (strstr(buf_cstr(&out), "is refused") == NULL)
			fail_msg("paste %zu", i);
		type("x");
		has_line("kx");
		finish();
	}
}

static void
a_paste_is_bounded(void **state)
{
	(void)state;
	begin(80, 24);
	type("\033[200~");
	for (int i = 0; i < EDITOR_PASTE + 10; i++)
		editor_take(e, 'x', &out);
	type("\033[201~");
	has_line("");
	assert_non_null(strstr(buf_cstr(&out), "64 KiB is refused"));
	type("\033[200~");
	for (int i = 0; i < SHELL_LINE + 10; i++)
		editor_take(e, 'x', &out);
	type("\033[201~");
	has_line("");
	finish();
}

/* ---- what is drawn ---- */

static void
terminal_modes_come_and_go(void **state)
{
	(void)state;
	begin(80, 24);
	assert_string_equal(buf_cstr(&out), PASTE_ON PROMPT);
	buf_reset(&out);
	type_bytes("\r", 1);
	assert_string_equal(buf_cstr(&out), PASTE_OFF "\r\n");
	buf_reset(&out);
	editor_leave(e, &out);
	assert_int_equal(out.len, 0);
	editor_begin(e, PROMPT, &out);
	buf_reset(&out);
	editor_leave(e, &out);
	assert_string_equal(buf_cstr(&out), PASTE_OFF "\r\n");
	finish();
}

static void
prompts_are_plain(void **state)
{
	(void)state;
	begin(80, 24);
	buf_reset(&out);
	editor_begin(e, "x\033[2J\n:\xff$ ", &out);
	assert_string_equal(buf_cstr(&out), PASTE_ON "x\\x1B[2J\\x0A:\\xFF$ ");
	finish();
}

#define COLUMNS 40
#define ROWS_ 12

struct screenful {
	VTerm *vt;
	VTermScreen *screen;
};

static struct screenful
open_screen(int columns, int rows_)
{
	struct screenful s = { .vt = vterm_new(rows_, columns) };

	vterm_set_utf8(s.vt, 1);
	s.screen = vterm_obtain_screen(s.vt);
	vterm_screen_reset(s.screen, 1);
	return s;
}

static void
show(struct screenful *s)
{
	vterm_input_write(s->vt, (const char *)out.p, out.len);
	buf_reset(&out);
}

/* All of a screen as text, wide characters once, and where the cursor is. */
static void
put_screen(struct screenful *s, int columns, int rows_, struct buf *text)
{
	VTermPos cursor;

	vterm_state_get_cursorpos(vterm_obtain_state(s->vt), &cursor);
	for (int row = 0; row < rows_; row++)
		for (int col = 0; col < columns; col++) {
			VTermScreenCell cell;

			vterm_screen_get_cell(s->screen, (VTermPos){ row, col }, &cell);
			if (cell.chars[0] == (uint32_t)-1)
				continue;
			/* Behind the last one is no value. */
			for (int i = 0; i < 3 && cell.chars[i] != 0; i++)
				buf_u32(text, cell.chars[i]);
			buf_u32(text, 0);
		}
	buf_u32(text, (uint32_t)cursor.row);
	buf_u32(text, (uint32_t)cursor.col);
}

/* After each key the screen is what drawing the line anew would make of it. */
static void
same_as_anew(struct screenful *s, int columns, int rows_)
{
	struct screenful anew = open_screen(columns, rows_);
	struct buf one, two, redraw;

	buf_init(&one, 1 << 20);
	buf_init(&two, 1 << 20);
	buf_init(&redraw, 1 << 20);
	put_screen(s, columns, rows_, &one);
	/* ^L clears, and draws all of it from the top. */
	editor_take(e, 0x0c, &redraw);
	vterm_input_write(anew.vt, (const char *)redraw.p, redraw.len);
	put_screen(&anew, columns, rows_, &two);
	if (!span_eq(buf_span(&one), buf_span(&two))) {
		struct span line = editor_line(e);

		fail_msg("the line %.*s is drawn otherwise", (int)line.len,
		    (const char *)line.p);
	}
	buf_clear(&one);
	buf_clear(&two);
	buf_clear(&redraw);
	vterm_free(anew.vt);
}

static const char *const strokes[] = { "a", "b", " ", "xyz", "ü", "日", "本", "é", "😀",
	"\033[D", "\033[C", "\033[D\033[D\033[D", "\001", "\005", "\177", "\177\177",
	"\033[3~", "\027", "\033[A", "\033[B", "\t",
	"0123456789012345678901234567890123", "日本日本日本日本日本" };

static void
random_keys(unsigned seed, int columns, int rows_, int n)
{
	struct screenful s = open_screen(columns, rows_);

	srand(seed);
	begin((uint32_t)columns, (uint32_t)rows_);
	editor_remember(e, span_of("cat /var/log/日本/a.log | grep -n something"));
	editor_remember(e, span_of("uptime"));
	show(&s);
	for (int i = 0; i < n; i++) {
		size_t k = (size_t)rand() % ROWS(strokes);

		if (editor_line(e).len > 2000)
			type("\025");
		/* Listing names scrolls; it is looked at elsewhere. */
		if (strcmp(strokes[k], "\t") == 0)
			continue;
		type(strokes[k]);
		show(&s);
		same_as_anew(&s, columns, rows_);
	}
	finish();
	vterm_free(s.vt);
}

static void
the_screen_is_the_line(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 6; seed++)
		random_keys(seed, COLUMNS, ROWS_, 200);
	for (unsigned seed = 1; seed <= 3; seed++)
		random_keys(seed, 79, 30, 150);
}

/* Lines that have no room on the screen, and screens that have none for anything: the
 * window never writes above or below. */
static void
small_screens_are_survived(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 4; seed++) {
		random_keys(seed, COLUMNS, 4, 150);
		random_keys(seed, 20, 5, 100);
	}
	begin(0, 0);
	editor_resize(e, 1, 1, &out);
	for (int i = 0; i < 300; i++)
		type(i % 3 ? "x" : "日");
	editor_resize(e, 4294967295u, 4294967295u, &out);
	type("\001y");
	finish();
}

static void
hidden_and_shown(void **state)
{
	struct screenful s = open_screen(COLUMNS, ROWS_);

	(void)state;
	begin(COLUMNS, ROWS_);
	type("0123456789012345678901234567890");
	show(&s);
	editor_hide(e, &out);
	editor_hide(e, &out);
	show(&s);
	buf_text(&out, "output\r\n");
	editor_show(e, &out);
	buf_text(&out, "\033[H");
	show(&s);
	editor_resize(e, 30, ROWS_, &out);
	type("x");
	has_line("0123456789012345678901234567890x");
	finish();
	vterm_free(s.vt);
}

/* Whatever comes, what is drawn is plain text and sequences of our own. */
static void
random_bytes_draw_nothing_else(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 20; seed++) {
		srand(seed);
		begin(COLUMNS, ROWS_);
		for (int i = 0; i < 2000; i++) {
			uint8_t byte = (uint8_t)(rand() % 3 ? rand() % 128 : rand());

			if (editor_take(e, byte, &out) != EDITOR_MORE)
				editor_begin(e, PROMPT, &out);
		}
		assert_true(text_utf8(buf_span(&out)));
		for (size_t i = 0; i < out.len; i++)
			assert_true(
			    out.p[i] >= 0x20 || strchr("\r\n\b\a\033", out.p[i]));
		assert_null(strstr(buf_cstr(&out), "\033]"));
		finish();
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_make_lines),
		cmocka_unit_test(keys_that_end_a_line),
		cmocka_unit_test(a_line_is_bounded),
		cmocka_unit_test(a_key_at_the_end_costs_itself),
		cmocka_unit_test(history_is_had_again),
		cmocka_unit_test(tab_completes),
		cmocka_unit_test(pastes_are_text),
		cmocka_unit_test(pasted_lines_run_one_by_one),
		cmocka_unit_test(dropped_pastes_do_not_run),
		cmocka_unit_test(bad_pastes_are_refused),
		cmocka_unit_test(a_paste_is_bounded),
		cmocka_unit_test(terminal_modes_come_and_go),
		cmocka_unit_test(prompts_are_plain),
		cmocka_unit_test(the_screen_is_the_line),
		cmocka_unit_test(small_screens_are_survived),
		cmocka_unit_test(hidden_and_shown),
		cmocka_unit_test(random_bytes_draw_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
