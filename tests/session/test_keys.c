#include "tests/support/unit.h"

#include "broker/session/keys.h"

static const char *const names[] = {
	[KEY_NOTHING] = "",
	[KEY_ENTER] = "Enter",
	[KEY_TAB] = "Tab",
	[KEY_BACKSPACE] = "BS",
	[KEY_DELETE] = "Del",
	[KEY_LEFT] = "Left",
	[KEY_RIGHT] = "Right",
	[KEY_UP] = "Up",
	[KEY_DOWN] = "Down",
	[KEY_HOME] = "Home",
	[KEY_END] = "End",
	[KEY_CUT_LINE] = "CutLine",
	[KEY_CUT_REST] = "CutRest",
	[KEY_CUT_WORD] = "CutWord",
	[KEY_REDRAW] = "Redraw",
	[KEY_INTERRUPT] = "Int",
	[KEY_EOF] = "Eof",
	[KEY_PASTE] = "Paste",
	[KEY_PASTED] = "Pasted",
	[KEY_BAD] = "Bad",
};

/* Bytes; and the keys: text as itself, others by name in <>. */
static const struct {
	const char *bytes, *keys;
} rows[] = {
	{ "a\xc3\xbc\xe6\x97\xa5\xf0\x9f\x98\x80", "aü日😀" },
	{ "\x01\x03\x04\x05\x08\x09\x0a\x0b\x0c\x0d\x15\x17\x1c\x7f",
	    "<Home><Int><Eof><End><BS><Tab><Enter><CutRest><Redraw><Enter><CutLine>"
	    "<CutWord><Int><BS>" },
	{ "\x02\x06\x07\x0e\x0f\x10\x11\x12\x13\x14\x16\x18\x19\x1a\x1d\x1e\x1f", "" },
	{ "\033[A\033[B\033[C\033[D\033[H\033[F\033OA\033OD\033OH",
	    "<Up><Down><Right><Left><Home><End><Up><Left><Home>" },
	{ "\033[1~\033[3~\033[4~\033[7~\033[8~", "<Home><Del><End><Home><End>" },
	{ "\033[2~\033[5~\033[Z\033[1;2A\033[?1x\033[>0c\033[200z\033[201~", "" },
	{ "\033\033[A", "<Up>" },
	{ "\033\r\033\003", "<Enter><Int>" },
	{ "\033x\033.y", "y" },
	{ "\033]52;c;x\007a\033Pq\033\\b\033_z\033\\c", "abc" },
	{ "\033]no end\003a", "<Int>a" },
	{ "\033[12\033[A", "<Up>" },
	{ "\033[1234567890123456789A\x61", "a" },
	{ "\xff\xc3(\x80\xe2\x82(z", "((z" },
	{ "\xe2\x80\x8b\xc2\x9b\xef\xbb\xbf\xe2\x80\xa8q", "q" },
	/* Pastes. */
	{ "\033[200~a\tb\rc\r\nd\n\033[201~e",
	    "<Paste>a\tb<Enter>c<Enter>d<Enter><Pasted>e" },
	{ "\033[200~\003\033[A\033x\177\033[201~",
	    "<Paste><Bad><Bad><Bad><Bad><Pasted>" },
	{ "\033[200~\033[200~\033[201~", "<Paste><Bad><Pasted>" },
	{ "\033[200~\xff\xc3x\xc3\033[201~", "<Paste><Bad><Bad><Pasted>" },
	{ "\033[200~\033\033[201~a", "<Paste><Bad><Pasted>a" },
	{ "\033[200~\033[1\033[201~a", "<Paste><Bad><Pasted>a" },
};

static void
take(struct keys *k, const char *bytes, struct buf *out)
{
	for (; *bytes != '\0'; bytes++) {
		struct keystroke s = keys_take(k, (uint8_t)*bytes);

		if (s.key == KEY_TEXT)
			buf_put(out, s.text, s.len);
		else if (s.key != KEY_NOTHING)
			buf_printf(out, "<%s>", names[s.key]);
	}
}

static void
bytes_are_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct keys k = { 0 };
		struct buf out;

		buf_init(&out, 4096);
		take(&k, rows[i].bytes, &out);
		if (strcmp(buf_cstr(&out), rows[i].keys) != 0)
			fail_msg("row %zu: %s", i, buf_cstr(&out));
		buf_clear(&out);
	}
}

static void
what_is_open_is_forgotten(void **state)
{
	struct keys k = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	take(&k, "\033[200~a\033[20", &out);
	keys_reset(&k);
	take(&k, "1~\003", &out);
	assert_string_equal(buf_cstr(&out), "<Paste>a1~<Int>");
	buf_clear(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_keys),
		cmocka_unit_test(what_is_open_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
