#include "tests/support/unit.h"

#include "lib/base/text.h"
#include "recorder/mask/shadow.h"
#include "recorder/mask/unit.h"

/* ~ is SHADOW_BREAK, so that it can be read. */
static void
shown(const struct shadow *s, struct buf *out)
{
	struct mask_view v;

	shadow_view(s, true, &v);
	buf_put(out, v.p, v.len);
	for (size_t i = 0; i < out->len; i++)
		if (out->p[i] == SHADOW_BREAK)
			out->p[i] = '~';
}

static void
feed(struct shadow *s, const char *in, size_t step, struct buf *out)
{
	size_t len = strlen(in);
	enum shadow_says says;

	for (size_t i = 0; i < len; i += step) {
		size_t n = step < len - i ? step : len - i;

		assert_true(shadow_put(s, span_make(in + i, n), 0));
		while ((says = shadow_feed(s, i + n == len, 0)) == SHADOW_ERASE)
			shadow_erase(s, 0);
		assert_int_equal(says, SHADOW_DONE);
	}
	assert_int_equal(s->read, len);
	shown(s, out);
}

static void
test_text(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "" },
		{ "plain text\twith\r\nlines\n", "plain text\twith\r\nlines\n" },
		{ "a\033[31mb\033[0;1;38;5;4mc\033[Kd", "abcd" },
		{ "a\033]0;title\007b\033]8;;http://x\033\\c", "abc" },
		{ "a\033Pq#0\033\\b\033_x\033\\c\033^y\033\\d\033Xz\033\\e", "abcde" },
		{ "a\033(Bb\033)0c\033=d\0337e\033 Ff", "abcdef" },
		{ "a\033\"  \"vb\033     vc", "ab     vc" },
		{ "a\033Db\033Ec\033Md", "a~b~c~d" },
		{ "a\033[Ab\033[2Bc\033[Ed\033[Fe\033[5df", "a~b~c~d~e~f" },
		{ "a\033[3Cb\033[7Gc", "a bc" },
		{ "\033[2;1HAK\033[2;3HIA\033[3;1Hx", "~AKIA~x" },
		{ "\033[HAK\033[1;3HIA", "~AKIA" },
		{ "\033[2;1HAK\nx\033[2;3HIA", "~AK\nx~IA" },
		{ "a\a\016\017\001\177b", "ab" },
		{ "a\vb\fc", "a~b~c" },
		{ "secrX\bet", "secret" },
		{ "ab\n\b\bcd", "ab\ncd" },
		{ "\xc3\xa9\bx\b\b", "" },
		{ "a\\nb\\\\nc\\\\\\\\r\\td\\\\te", "a~b~c~\td\te" },
		{ "a\\/b\\\\/c", "a/b/c" },
		{ "\\u002B\\\\u002b\\u00e9\\u20AC", "++\xc3\xa9\xe2\x82\xac" },
		{ "\\u001b[1mx\\u001B]0;t\\\\y", "x]0;t\\\\y" },
		{ "\\u000a\\u000D\\u0009\\u0000x", "~~\tx" },
		{ "\\u0022a\\\\u0022b\\\\\\\\u0022", "\\\"a\\\\\\\"b\\\\\\\\\\\\\\\"" },
		{ "\\u005c", "\\\\" },
		{ "\\\"a\\\\\\\"b", "\\\"a\\\\\\\"b" },
		{ "\\u12x \\u \\uzzzz \\x41", "\\u12x \\u \\uzzzz \\x41" },
		/* What is not complete at the end is what it is. */
		{ "a\\", "a\\" },
		{ "a\\u00", "a\\u00" },
		{ "a\033", "a" },
		{ "a\033[3", "a" },
		{ "a\033]0;tit", "a]0;tit" },
		{ "a\xe2\x82", "a\xe2\x82" },
		/* What is broken hides nothing. */
		{ "a\033[3\nb", "a\nb" },
		{ "a\033]0;t\nb\007c", "a]0;t\nbc" },
		{ "a\033]0;t\033[1mb\007c", "a]0;tbc" },
		{ "a\033\033[1mb", "ab" },
		{ "a\033\xc3\xa9", "a\xc3\xa9" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t step = 1; step < 20; step++) {
			struct shadow s = { .read = 0 };
			struct buf out;

			buf_init(&out, 4096);
			feed(&s, rows[i].in, step, &out);
			assert_string_equal(buf_cstr(&out), rows[i].out);
			buf_clear(&out);
			shadow_clear(&s);
		}
}

/* A sequence that is too long is data, at whatever piece it comes. */
static void
test_caps(void **state)
{
	static const struct {
		const char *start;
		size_t fits;
	} rows[] = { { "\033[", UNIT_CSI - 1 }, { "\033]", UNIT_STRING - 1 } };
	static const char *const ends[] = { "m", "\a" };
	char in[UNIT_STRING + 100];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t n = rows[i].fits - 1; n <= rows[i].fits + 2; n++)
			for (size_t step = 63; step < 5000; step += 1511) {
				struct shadow s = { .read = 0 };
				struct buf out;
				size_t len = strlen(rows[i].start);

				memcpy(in, rows[i].start, len);
				memset(in + len, ';', n);
				strcpy(in + len + n, ends[i]);
				buf_init(&out, sizeof in + 1);
				feed(&s, in, step, &out);
				assert_int_equal(out.len > 0, n > rows[i].fits);
				buf_clear(&out);
				shadow_clear(&s);
			}
}

/* Each byte of the shadow leads to bytes of the input, in order, without overlap. */
static void
test_map(void **state)
{
	static const char in[] = "ab\033[1mc\\u002Bd\\\\ne\\u0022f\033[2;1Hg\033[0m";
	static const struct {
		uint64_t place, from,
		    to; /* the byte there, and where the one before ends */
	} rows[] = {
		{ 0, 0, 0 }, { 1, 1, 1 }, { 2, 6, 2 }, /* c */
		{ 3, 7, 7 }, { 4, 13, 13 },	       /* +, d */
		{ 5, 14, 14 }, { 6, 17, 17 },	       /* the break, e */
		{ 7, 18, 18 }, { 8, 18, 24 },	       /* \ and " of one escape */
		{ 9, 24, 24 }, { 10, 25, 25 },	       /* f, the break */
		{ 11, 31, 31 }, { 12, 36, 32 },	       /* g, the end */
	};
	struct shadow s = { .read = 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	feed(&s, in, sizeof in, &out);
	assert_string_equal(buf_cstr(&out), "abc+d~e\\\"f~g");
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(shadow_from(&s, rows[i].place), rows[i].from);
		assert_int_equal(shadow_to(&s, rows[i].place), rows[i].to);
	}
	/* What lies before is forgotten; the rest is as it was. */
	shadow_forget(&s, 18);
	for (size_t i = 7; i < ROWS(rows); i++)
		assert_int_equal(shadow_from(&s, rows[i].place), rows[i].from);
	assert_true(shadow_from(&s, 0) <= 18);
	buf_clear(&out);
	shadow_clear(&s);
}

/* The quick way over plain bytes finds each special one, wherever it stands. */
static void
test_plain(void **state)
{
	uint8_t text[70];

	(void)state;
	for (unsigned c = 0; c < 256; c++)
		for (size_t at = 0; at < sizeof text; at++) {
			bool plain = c >= 0x20 ? c != '\\' && c != 0x7f
					       : c == '\t' || c == '\n' || c == '\r';

			memset(text, 'x', sizeof text);
			text[at] = (uint8_t)c;
			assert_int_equal(unit_plain(span_make(text, sizeof text)),
			    plain ? sizeof text : at);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
