#include "tests/support/unit.h"

#include "broker/front/argv.h"

static enum rc
parse(const char *text, struct argv **a, struct err *err)
{
	err_clear(err);
	return argv_parse(span_of(text), a, err);
}

static void
all_members_arrive(void **state)
{
	struct msg_exec_ask m = { .form = FORM_LINE,
		.reason = span_of("from elsewhere") };
	struct argv *a = NULL;
	struct err err;

	(void)state;
	assert_int_equal(
	    parse(" { \"wait\" : 86400 , \"profile\":\"prod\", \"reason\":\"r\","
		  "\"argv\":[\"aws\",\"\",\"a b\",\"\\u00fc\"] }\t",
		&a, &err),
	    RC_OK);
	argv_fill(a, &m);
	assert_int_equal(m.form, FORM_ARGV);
	assert_int_equal(m.argv.n, 4);
	assert_true(span_is(m.argv.v[0], "aws"));
	assert_int_equal(m.argv.v[1].len, 0);
	assert_true(span_is(m.argv.v[2], "a b"));
	assert_true(span_is(m.argv.v[3], "\xC3\xBC"));
	assert_true(span_is(m.profile, "prod"));
	assert_true(span_is(m.reason, "r"));
	assert_true(span_is(m.wait, "86400"));
	argv_free(a);
}

static void
missing_members_leave_what_was_there(void **state)
{
	struct msg_exec_ask m = { .reason = span_of("from elsewhere") };
	struct argv *a = NULL;
	struct err err;

	(void)state;
	assert_int_equal(parse("{\"argv\":[\"x\"]}", &a, &err), RC_OK);
	argv_fill(a, &m);
	assert_true(span_is(m.reason, "from elsewhere"));
	assert_int_equal(m.wait.len, 0);
	argv_free(a);
}

static void
everything_else_is_refused(void **state)
{
	static const struct {
		const char *line, *says;
	} rows[] = {
		{ "", "not JSON" },
		{ "x", "not JSON" },
		{ "{", "not JSON" },
		{ "{\"argv\":[\"a\"]} {", "not JSON" },
		{ "{\"argv\":[\"a\"],}", "not JSON" },
		{ "{\"argv\":[\"a\"],\"argv\":[\"a\"]}", "not JSON" },
		{ "{\"argv\":[\"a\\u0000\"]}", "not JSON" },
		{ "{\"argv\":[\"\xFF\"]}", "not JSON" },
		{ "[\"a\"]", "not an object" },
		{ "\"a\"", "not" },
		{ "{}", "argv is missing" },
		{ "{\"reason\":\"x\"}", "argv is missing" },
		{ "{\"argv\":[]}", "1 to 264 words" },
		{ "{\"argv\":\"a b\"}", "1 to 264 words" },
		{ "{\"argv\":null}", "1 to 264 words" },
		{ "{\"argv\":{\"0\":\"a\"}}", "1 to 264 words" },
		{ "{\"argv\":[\"a\",null]}", "word 1" },
		{ "{\"argv\":[[\"a\"]]}", "word 0" },
		{ "{\"argv\":[\"a\"],\"Argv\":[\"b\"]}", "a member that is not" },
		{ "{\"argv\":[\"a\"],\"\":1}", "a member that is not" },
		{ "{\"argv\":[\"a\"],\"wait\":\"1\"}", "wait: must be seconds" },
		{ "{\"argv\":[\"a\"],\"wait\":-1}", "wait: must be seconds" },
		{ "{\"argv\":[\"a\"],\"wait\":1.0}", "wait: must be seconds" },
		{ "{\"argv\":[\"a\"],\"wait\":31536001}", "wait: must be seconds" },
		{ "{\"argv\":[\"a\"],\"wait\":99999999999999999999}", "not JSON" },
		{ "{\"argv\":[\"a\"],\"reason\":null}", "reason: must be text" },
		{ "{\"argv\":[\"a\"],\"profile\":[]}", "profile: must be text" },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct argv *a = NULL;

		assert_int_equal(parse(rows[i].line, &a, &err), RC_REFUSE);
		assert_null(a);
		if (strstr(err.text, rows[i].says) == NULL)
			fail_msg("row %zu says: %s", i, err.text);
	}
}

static void
put_words(struct buf *b, unsigned n, const char *tail)
{
	buf_reset(b);
	buf_text(b, "{\"argv\":[\"a\"");
	for (unsigned i = 1; i < n; i++)
		buf_text(b, ",\"a\"");
	buf_text(b, tail);
}

static void
sizes_have_bounds(void **state)
{
	struct argv *a = NULL;
	struct buf b;

	(void)state;
	buf_init(&b, 200000);
	put_words(&b, MSG_LIST_MAX, "]}");
	assert_int_equal(argv_parse(buf_span(&b), &a, NULL), RC_OK);
	argv_free(a);
	put_words(&b, MSG_LIST_MAX + 1, "]}");
	assert_int_equal(argv_parse(buf_span(&b), &a, NULL), RC_REFUSE);
	for (size_t n = 256; n <= 257; n++) {
		put_words(&b, 1, "],\"profile\":\"");
		for (size_t i = 0; i < n; i++)
			buf_u8(&b, 'p');
		buf_text(&b, "\"}");
		assert_int_equal(
		    argv_parse(buf_span(&b), &a, NULL), n == 256 ? RC_OK : RC_REFUSE);
		if (n == 256)
			argv_free(a);
	}
	/* The line itself. */
	for (size_t n = ARGV_LINE_MAX; n <= ARGV_LINE_MAX + 1; n++) {
		put_words(&b, 1, "]}");
		while (b.len < n)
			buf_u8(&b, ' ');
		assert_int_equal(argv_parse(buf_span(&b), &a, NULL),
		    n == ARGV_LINE_MAX ? RC_OK : RC_REFUSE);
		if (n == ARGV_LINE_MAX)
			argv_free(a);
	}
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_members_arrive),
		cmocka_unit_test(missing_members_leave_what_was_there),
		cmocka_unit_test(everything_else_is_refused),
		cmocka_unit_test(sizes_have_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
