/* Requests as they come from fronts: options, variables, arrays. */
#include "tests/support/unit.h"

#include "broker/monitor/command.h"

static void
lines_are_read(void **state)
{
	static const struct {
		const char *line, *first, *reason;
		size_t words;
		uint64_t wait_ms;
		bool json, dry_run;
	} rows[] = {
		{ "aws s3 ls", "aws", "", 3, UINT64_MAX, false, false },
		{ "--no-wait aws s3 ls", "aws", "", 3, 0, false, false },
		{ "--wait 0 aws", "aws", "", 1, 0, false, false },
		{ "--wait 86400 aws", "aws", "", 1, 86400000, false, false },
		{ "--wait 000030 aws", "aws", "", 1, 30000, false, false },
		{ "--json whoami", "whoami", "", 1, UINT64_MAX, true, false },
		{ "--dry-run --json aws x", "aws", "", 2, UINT64_MAX, true, true },
		{ "--reason 'ticket 42' --wait 5 aws", "aws", "ticket 42", 1, 5000,
		    false, false },
		{ "--reason --json aws", "aws", "--json", 1, UINT64_MAX, false, false },
		{ "--reason 'a --json b' aws", "aws", "a --json b", 1, UINT64_MAX,
		    false, false },
		{ "--reason '' aws", "aws", "", 1, UINT64_MAX, false, false },
		{ "--reason gr\xc3\xbcn aws", NULL, "", 0, 0, false, false },
		{ "--reason 'gr\xc3\xbcn' aws", "aws", "gr\xc3\xbcn", 1, UINT64_MAX,
		    false, false },
		/* Behind the command they are the command's. */
		{ "aws --dry-run --json", "aws", "", 3, UINT64_MAX, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct msg_exec_ask m = { .form = FORM_LINE,
			.line = span_of(rows[i].line) };
		struct command c = { 0 };
		struct err err = { "" };
		bool json = !rows[i].json;
		enum rc rc = command_read(&m, &c, &json, &err);

		assert_int_equal(rc, rows[i].first == NULL ? RC_REFUSE : RC_OK);
		if (rc != RC_OK)
			continue;
		assert_string_equal(words_at(c.words, 0), rows[i].first);
		assert_int_equal(words_count(c.words), rows[i].words);
		assert_string_equal(c.reason, rows[i].reason);
		assert_int_equal(c.wait_ms, rows[i].wait_ms);
		assert_int_equal(c.json, rows[i].json);
		assert_int_equal(json, rows[i].json);
		assert_int_equal(c.dry_run, rows[i].dry_run);
		command_clear(&c);
	}
}

static void
a_line_that_is_none_is_refused_as_it_asks(void **state)
{
	static const struct {
		const char *line;
		bool json;
	} rows[] = {
		{ "--json aws s3 ls; id", true },
		{ "--no-wait --json aws 'x", true },
		{ "--wait 5  --reason x --json aws |", true },
		{ "--reason --json aws |", false },
		{ "aws --json |", false },
		{ "--jsonx aws |", false },
		{ "|", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct msg_exec_ask m = { .form = FORM_LINE,
			.line = span_of(rows[i].line) };
		struct command c = { 0 };
		struct err err = { "" };
		bool json = !rows[i].json;

		assert_int_equal(command_read(&m, &c, &json, &err), RC_REFUSE);
		assert_int_equal(json, rows[i].json);
	}
}

static void
hostile_lines_are_refused(void **state)
{
	static const struct {
		const char *line, *part;
	} rows[] = {
		{ "", "" },
		{ "--json", "no command" },
		{ "--", "an option that Broker does not have" },
		{ "-x aws", "an option that Broker does not have" },
		{ "--waits 5 aws", "an option that Broker does not have" },
		{ "--wait=5 aws", "an option that Broker does not have" },
		{ "--wait", "--wait needs a value" },
		{ "--wait -1 aws", "wait takes seconds" },
		{ "--wait +1 aws", "wait takes seconds" },
		{ "--wait 1.5 aws", "wait takes seconds" },
		{ "--wait 1s aws", "wait takes seconds" },
		{ "--wait '' aws", "wait takes seconds" },
		{ "--wait ' 1' aws", "wait takes seconds" },
		{ "--wait 86401 aws", "wait takes seconds" },
		{ "--wait 99999999999999999999 aws", "wait takes seconds" },
		{ "--no-wait --no-wait aws", "--no-wait stands twice" },
		{ "--reason a --reason b aws", "--reason stands twice" },
		{ "--out --out aws", "twice" },
		{ "--reason", "--reason needs a value" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct msg_exec_ask m = { .form = FORM_LINE,
			.line = span_of(rows[i].line) };
		struct command c = { 0 };
		struct err err = { "" };
		bool json;

		assert_int_equal(command_read(&m, &c, &json, &err), RC_REFUSE);
		if (strstr(err.text, rows[i].part) == NULL)
			fail_msg("%s: %s", rows[i].line, err.text);
		assert_null(c.words);
	}
}

static void
reasons_are_plain_and_short(void **state)
{
	static const struct {
		const char *reason;
		bool good;
	} rows[] = {
		{ "plain", true }, { "gr\xc3\xbcn", true },
		{ "a\nbroker: approved", false }, { "a\tb", false },
		{ "\033[2J", false }, { "a\x7f", false }, { "\xc3", false },
		{ "\xff", false }, { "\xe2\x80\xae evil", false }, /* right to left */
		{ "\xe2\x80\x8b", false },			   /* no width */
		{ "\xc2\x9b"
		  "2J",
		    false }, /* C1 */
	};
	char most[COMMAND_REASON + 2];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct msg_exec_ask m = { .form = FORM_LINE,
			.line = span_of("aws"),
			.reason = span_of(rows[i].reason) };
		struct command c = { 0 };
		struct err err = { "" };
		bool json;
		enum rc rc = command_read(&m, &c, &json, &err);

		assert_int_equal(rc, rows[i].good ? RC_OK : RC_REFUSE);
		assert_int_equal(
		    command_reason_ok(span_of(rows[i].reason)), rows[i].good);
		if (rc == RC_OK)
			assert_string_equal(c.reason, rows[i].reason);
		command_clear(&c);
	}
	memset(most, 'x', sizeof most);
	assert_true(command_reason_ok(span_make(most, COMMAND_REASON)));
	assert_false(command_reason_ok(span_make(most, COMMAND_REASON + 1)));
	assert_false(command_reason_ok(span_make("a\0b", 3)));
}

static void
an_option_beats_a_variable(void **state)
{
	struct msg_exec_ask m = { .form = FORM_LINE,
		.line = span_of("--reason mine --wait 7 aws"),
		.reason = span_of("theirs"),
		.wait = span_of("99"),
		.output = span_of("json") };
	struct command c = { 0 };
	struct err err = { "" };
	bool json = false;

	(void)state;
	assert_int_equal(command_read(&m, &c, &json, &err), RC_OK);
	assert_string_equal(c.reason, "mine");
	assert_int_equal(c.wait_ms, 7000);
	assert_true(c.json && json);
	command_clear(&c);
	m.line = span_of("aws");
	assert_int_equal(command_read(&m, &c, &json, &err), RC_OK);
	assert_string_equal(c.reason, "theirs");
	assert_int_equal(c.wait_ms, 99000);
	command_clear(&c);
	m.output = span_of("text");
	assert_int_equal(command_read(&m, &c, &json, &err), RC_OK);
	assert_false(json);
	command_clear(&c);
	m.output = span_of("xml");
	assert_int_equal(command_read(&m, &c, &json, &err), RC_REFUSE);
	/* How the refusal is to be said is known even so. */
	m.output = span_of("json");
	m.wait = span_of("soon");
	assert_int_equal(command_read(&m, &c, &json, &err), RC_REFUSE);
	assert_true(json);
}

static void
arrays_are_words_and_nothing_more(void **state)
{
	struct msg_exec_ask *m = calloc(1, sizeof *m);
	struct command c = { 0 };
	struct err err = { "" };
	char profile[300];
	bool json;

	(void)state;
	m->form = FORM_ARGV;
	assert_int_equal(command_read(m, &c, &json, &err), RC_REFUSE); /* no word */
	m->argv.n = 3;
	m->argv.v[0] = span_of("--json");
	m->argv.v[1] = span_of("$(id)");
	m->argv.v[2] = span_of("a b");
	assert_int_equal(command_read(m, &c, &json, &err), RC_OK);
	assert_int_equal(words_count(c.words), 3);
	assert_string_equal(words_at(c.words, 0), "--json");
	assert_string_equal(words_at(c.words, 2), "a b");
	assert_false(c.json);
	command_clear(&c);
	m->argv.v[2] = span_of("a\nb");
	assert_int_equal(command_read(m, &c, &json, &err), RC_REFUSE);
	m->argv.n = 1;
	memset(profile, 'p', sizeof profile);
	m->profile = span_make(profile, 257);
	assert_int_equal(command_read(m, &c, &json, &err), RC_REFUSE);
	m->profile = span_make("a\0b", 3);
	assert_int_equal(command_read(m, &c, &json, &err), RC_REFUSE);
	m->profile = span_of("prod");
	assert_int_equal(command_read(m, &c, &json, &err), RC_OK);
	assert_string_equal(c.profile, "prod");
	command_clear(&c);
	m->form = 0;
	assert_int_equal(command_read(m, &c, &json, &err), RC_REFUSE);
	m->form = 3;
	assert_int_equal(command_read(m, &c, &json, &err), RC_REFUSE);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read),
		cmocka_unit_test(a_line_that_is_none_is_refused_as_it_asks),
		cmocka_unit_test(hostile_lines_are_refused),
		cmocka_unit_test(reasons_are_plain_and_short),
		cmocka_unit_test(an_option_beats_a_variable),
		cmocka_unit_test(arrays_are_words_and_nothing_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
