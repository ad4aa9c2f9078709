#include "tests/support/unit.h"

#include "recorder/mask/stream_parts.h"
#include "tests/mask/chunks.h"
#include "tests/mask/toys.h"

struct row {
	const char *in, *out;
};

static void
give(const struct mask_rules *r, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct chunks *c = chunks_whole(r, span_of(rows[i].in));

		assert_string_equal(buf_cstr(&c->out), rows[i].out);
		chunks_free(c);
		chunks_same(r, span_of(rows[i].in), 10);
	}
}

static void
test_masks(void **state)
{
	static const struct row rows[] = {
		{ "", "" },
		{ "nothing to see\n", "nothing to see\n" },
		{ "AKIAABCDEFGH", "[MASKED:toy-id]" },
		{ "a AKIAABCDEFGH b", "a [MASKED:toy-id] b" },
		{ "xAKIAABCDEFGH AKIAABCDEFGHI AKIAABCDEFG",
		    "xAKIAABCDEFGH AKIAABCDEFGHI AKIAABCDEFG" },
		{ "akiaabcdefgh", "akiaabcdefgh" },
		{ "TOK-abcdef.tok-abcd.", "[MASKED:toy-token].tok-abcd." },
		{ "xtok-abcdef", "x[MASKED:toy-token-a]" },
		{ "password=hunter2 x", "password=[MASKED:toy-field] x" },
		{ "\"PASSWORD\": \"hun\\\"ter2\", 1",
		    "\"PASSWORD\": \"[MASKED:toy-field]\", 1" },
		{ "\\\"password\\\":\\\"hunt\\\\\\\"er\\\"",
		    "\\\"password\\\":\\\"[MASKED:toy-field]\\\"" },
		{ "password: 77\n", "password: \"[MASKED:toy-field]\"\n" },
		{ "AKIA\033[1mABCDEFGH\033[0m.", "[MASKED:toy-id]\033[1m\033[0m." },
		{ "\033[1mAKIAABCDEFGH\033[0m.", "\033[1m[MASKED:toy-id]\033[0m." },
		{ "\\nAKIAABCDEFGH\\n", "\\n[MASKED:toy-id]\\n" },
		{ "AK\\u0049AABCDEFG\\u0048.", "[MASKED:toy-id]." },
		{ "AK\0IA", "AK" },
		{ "AK\aIAABCDEFGH.", "[MASKED:toy-id]." },
		{ "AKX\bIAABCDEFGH.", "[MASKED:toy-id]." },
		{ "AKIAABCDEFGX\bH.", "[MASKED:toy-id]." },
		{ "A\bAK\bKI\bIA\bAA\bAB\bBC\bCD\bDE\bEF\bFG\bGH\bH.",
		    "A\b[MASKED:toy-id]." },
		{ "passwX\bord=foo bar", "passwX\bord=[MASKED:toy-field] bar" },
		{ "abc+QUtJQabc d", "[MASKED:toy-around] d" },
		{ "0123456789 AKIAABCDEFGH 0123456789 01234567890",
		    "0123456789 [MASKED:toy-id] [MASKED:toy-near] 01234567890" },
		{ "zip 12345, 123456", "zip [MASKED:toy-digits], 123456" },
		{ "hold: all this. hold: not this\n",
		    "[MASKED:toy-held]. hold: not this\n" },
	};
	struct mask_rules *r = toys_rules(NULL);

	(void)state;
	give(r, rows, ROWS(rows));
	mask_rules_free(r);
}

/* One style a table. */
static void
test_styles(void **state)
{
	static const struct row counted[] = {
		{ "a AKIAABCDEFGH password=x y", "a AKIAABCDEFGH password=x y" },
	};
	static const struct row wide[] = {
		{ "a AKIA\033[1mABCDEFGH b", "a ****\033[1m******** b" },
		{ "a AKIA\\u0041BCDEFGH b", "a ************ b" },
		{ "password=\"a\nb\xc3\xa9\\\"x\" b", "password=\"*\n*****\" b" },
		{ "password: 77 ", "password: \"**\" " },
	};
	static const struct row revealed[] = {
		{ "a AKIAABCDEFGH b", "a AKIA[MASKED:toy-id] b" },
	};
	static const struct row allowed[] = {
		{ "AKIAABCDEFGH AKIAABCDEFGI", "AKIAABCDEFGH [MASKED:toy-id]" },
		{ "password=public, password=publicly",
		    "password=public, password=[MASKED:toy-field]" },
		{ "password=publi password=\"public\" password=\"public\\\"\"",
		    "password=[MASKED:toy-field] password=\"public\" "
		    "password=\"[MASKED:toy-field]\"" },
		{ "password=public", "password=public" },
	};
	const struct {
		struct rules_style style;
		const struct row *rows;
		size_t n;
	} tables[] = {
		{ { .max_hold = 8192, .counts_only = true }, counted, ROWS(counted) },
		{ { .max_hold = 8192, .same_width = true }, wide, ROWS(wide) },
		{ { .max_hold = 8192, .reveal = 4 }, revealed, ROWS(revealed) },
		{ { .max_hold = 8192,
		      .n_allowed = 2,
		      .allowed = { span_of("AKIAABCDEFGH"), span_of("public") } },
		    allowed, ROWS(allowed) },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(tables); i++) {
		struct mask_rules *r = toys_rules(&tables[i].style);

		give(r, tables[i].rows, tables[i].n);
		mask_rules_free(r);
	}
}

/* What random text of fragments becomes, whole and cut. */
static void
random_text(struct buf *out, size_t pieces, bool erase)
{
	size_t n = 0;

	while (toys_fragment(n) != NULL)
		n++;
	for (size_t i = 0; i < pieces; i++) {
		if (erase && rand() % 12 == 0)
			buf_u8(out, '\b');
		else
			buf_text(out, toys_fragment((size_t)rand() % n));
	}
}

static void
random_rounds(const struct rules_style *style, int rounds, bool erase)
{
	struct mask_rules *r = toys_rules(style);
	struct buf in;

	buf_init(&in, 1 << 20);
	for (int i = 0; i < rounds; i++) {
		buf_reset(&in);
		random_text(&in, 1 + (size_t)rand() % 30, erase);
		if (!erase && (style == NULL || style->max_hold > 4000))
			chunks_oracle(r, buf_span(&in));
		chunks_same(r, buf_span(&in), 10);
	}
	buf_clear(&in);
	mask_rules_free(r);
}

static void
test_random(void **state)
{
	const struct rules_style allowed = { .max_hold = 8192,
		.reveal = 3,
		.n_allowed = 3,
		.allowed = {
		    span_of("abc+/9"), span_of("12345"), span_of("tok-abcdefgh") } };
	const struct rules_style tight = { .max_hold = 20 };
	const struct rules_style wide = { .max_hold = 64, .same_width = true };

	(void)state;
	srand(8);
	random_rounds(NULL, 1500, false);
	random_rounds(NULL, 300, true);
	random_rounds(&tight, 300, true);
	random_rounds(&wide, 300, false);
	/* Labels only: the reference knows no stars. */
	random_rounds(&allowed, 300, false);
}

/* Long inputs: pieces of the engine's own, memory that is moved. */
static void
test_long(void **state)
{
	struct mask_rules *r = toys_rules(NULL);
	struct buf in;

	(void)state;
	srand(9);
	buf_init(&in, 1 << 20);
	for (int i = 0; i < 4; i++) {
		buf_reset(&in);
		while (in.len < 60000) {
			random_text(&in, 3, i % 2 == 1);
			for (int k = rand() % 300; k > 0; k--)
				buf_text(&in, k % 7 == 0 ? " " : "w");
		}
		chunks_same(r, buf_span(&in), 20);
	}
	buf_clear(&in);
	mask_rules_free(r);
}

static void
put(struct mask_stream *s, const char *in, uint64_t now, struct buf *out)
{
	struct err err;

	assert_int_equal(mask_put(s, span_of(in), now, out, &err), RC_OK);
}

static void
test_time(void **state)
{
	struct mask_rules *r = toys_rules(NULL);
	struct mask_stream *s = mask_stream_new(r, MASK_INTERACTIVE);
	struct err err;
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	put(s, "$ ", 100, &out);
	assert_string_equal(buf_cstr(&out), "$ ");
	assert_int_equal(mask_due_us(s), UINT64_MAX);
	put(s, "AKIAABCD", 200, &out);
	assert_string_equal(buf_cstr(&out), "$ ");
	assert_int_equal(mask_held(s), 8);
	assert_int_equal(mask_due_us(s), 15200);
	assert_int_equal(mask_release(s, 15199, &out, &err), RC_OK);
	assert_string_equal(buf_cstr(&out), "$ ");
	assert_int_equal(mask_release(s, 15200, &out, &err), RC_OK);
	assert_string_equal(buf_cstr(&out), "$ AKIAABCD");
	assert_int_equal(mask_due_us(s), UINT64_MAX);
	/* The rest of it is masked. */
	put(s, "EF", 20000, &out);
	assert_int_equal(mask_due_us(s), 35000);
	put(s, "GH\n", 30000, &out);
	assert_string_equal(buf_cstr(&out), "$ AKIAABCD[MASKED:toy-id]\n");
	/* What is open waits for no time and gives nothing out by it. */
	put(s, "password=\"a\\", 40000, &out);
	assert_int_equal(mask_due_us(s), UINT64_MAX);
	assert_int_equal(mask_release(s, 90000, &out, &err), RC_OK);
	put(s, "\"b\"\n", 95000, &out);
	assert_string_equal(buf_cstr(&out),
	    "$ AKIAABCD[MASKED:toy-id]\npassword=\"[MASKED:toy-field]\"\n");
	buf_clear(&out);
	mask_stream_free(s);
	mask_rules_free(r);
}

static void
test_most(void **state)
{
	const struct rules_style tight = { .max_hold = 100 };
	struct mask_rules *r = toys_rules(&tight);
	struct chunks *c;
	struct buf in;

	(void)state;
	buf_init(&in, 4096);
	buf_text(&in, "hold: ");
	for (int i = 0; i < 300; i++)
		buf_text(&in, "x");
	buf_text(&in, " shown again");
	c = chunks_whole(r, buf_span(&in));
	assert_string_equal(buf_cstr(&c->out), "[MASKED:held] shown again");
	assert_int_equal(c->most, 100);
	chunks_free(c);
	chunks_same(r, buf_span(&in), 30);
	buf_clear(&in);
	mask_rules_free(r);
}

static void
test_closed(void **state)
{
	struct mask_rules *r = toys_rules(NULL);
	struct mask_stream *s = mask_stream_new(r, MASK_API);
	struct err err = { "" };
	struct buf out;

	(void)state;
	buf_init(&out, 8);
	assert_int_equal(
	    mask_put(s, span_of("more than 8 bytes\n"), 0, &out, &err), RC_FAIL);
	assert_non_null(strstr(err.text, "room"));
	buf_clear(&out);
	buf_init(&out, 4096);
	/* It stays broken, and gives nothing out. */
	assert_int_equal(mask_put(s, span_of("x\n"), 0, &out, &err), RC_FAIL);
	assert_non_null(strstr(err.text, "failed"));
	assert_int_equal(mask_end(s, &out, &err), RC_FAIL);
	assert_int_equal(out.len, 0);
	assert_int_equal(mask_due_us(s), UINT64_MAX);
	mask_stream_free(s);
	s = mask_stream_new(r, MASK_API);
	assert_int_equal(mask_end(s, &out, &err), RC_OK);
	assert_int_equal(mask_put(s, span_of("x"), 0, &out, &err), RC_FAIL);
	assert_non_null(strstr(err.text, "ended"));
	mask_stream_free(s);
	mask_rules_free(r);
	buf_clear(&out);
}

static void
test_rules_change(void **state)
{
	struct mask_build none = { .rc = RC_OK };
	const struct rules_style style = { .max_hold = 8192 };
	struct mask_rules *r = NULL, *toys = toys_rules(NULL);
	struct mask_stream *s;
	struct err err;
	struct buf out;
	uint64_t n;

	(void)state;
	assert_int_equal(rules_take(&none, &style, &r, &err), RC_OK);
	s = mask_stream_new(r, MASK_API);
	buf_init(&out, 4096);
	put(s, "AKIAABCDEFGH tok-", 0, &out);
	mask_stream_rules(s, toys);
	put(s, " AKIAABCDEFGH tok-", 0, &out);
	mask_stream_rules(s, r);
	put(s, "abcdefgh", 0, &out);
	assert_int_equal(mask_end(s, &out, &err), RC_OK);
	assert_string_equal(
	    buf_cstr(&out), "AKIAABCDEFGH tok- [MASKED:toy-id] tok-abcdefgh");
	assert_string_equal(mask_count(s, 0, &n), "toy-id");
	assert_int_equal(n, 1);
	assert_null(mask_count(s, 1, &n));
	buf_clear(&out);
	mask_stream_free(s);
	mask_rules_free(r);
	mask_rules_free(toys);
}

static void
test_line(void **state)
{
	struct mask_rules *r = toys_rules(NULL);
	struct buf out;

	(void)state;
	buf_init(&out, 40);
	buf_text(&out, "says: ");
	mask_line(r, span_of("password=x"), &out);
	assert_string_equal(buf_cstr(&out), "says: password=[MASKED:toy-field]");
	buf_reset(&out);
	mask_line(NULL, span_of("password=x"), &out);
	assert_string_equal(buf_cstr(&out), "[MASKED]");
	buf_reset(&out);
	mask_line(r, span_of("no room for all of this in forty bytes, alas"), &out);
	assert_string_equal(buf_cstr(&out), "[MASKED]");
	buf_clear(&out);
	mask_rules_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_styles),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_most),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_rules_change),
		cmocka_unit_test(test_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
