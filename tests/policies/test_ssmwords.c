/* Words about targets: each spelling, and what is no such word. */
#include "tests/support/unit.h"

#include <stdlib.h>

#include "policies/forwardhost.h"
#include "policies/ssmparams.h"
#include "policies/ssmwords.h"

static struct words *
split(const char *line)
{
	struct words *w = NULL;
	struct err err = { "" };

	if (words_split(span_of(line), &w, &err) != RC_OK)
		fail_msg("%s: %s", line, err.text);
	return w;
}

static void
each_spelling_is_read(void **state)
{
	static const struct {
		const char *head, *line;
		const char *target, *profile, *region;
		enum ssmwords_mode mode;
		const char *want; /* the line; NULL: a shell */
	} rows[] = {
		{ "ssm i-0abc", NULL, "i-0abc", "", "", SSMWORDS_USUAL, NULL },
		{ "ssm i-0abc", " a  'b' ", "i-0abc", "", "", SSMWORDS_USUAL,
		    " a  'b' " },
		{ "ssm --profile prod --region eu-west-1 --mode raw mi-01", NULL,
		    "mi-01", "prod", "eu-west-1", SSMWORDS_RAW, NULL },
		{ "ssm ecs:c_t_r --mode=fed", NULL, "ecs:c_t_r", "", "", SSMWORDS_FED,
		    NULL },
		{ "ssm 'web server 1'", NULL, "web server 1", "", "", SSMWORDS_USUAL,
		    NULL },
		{ "aws ssm start-session --target i-1", NULL, "i-1", "", "",
		    SSMWORDS_USUAL, NULL },
		{ "aws --profile prod --no-cli-pager ssm --output json start-session "
		  "--region us-east-1 --target=i-1 --document-name "
		  "SSM-SessionManagerRunShell",
		    NULL, "i-1", "prod", "us-east-1", SSMWORDS_USUAL, NULL },
		{ "aws ssm start-session --target i-1 --document-name "
		  "AWS-StartNonInteractiveCommand --parameters "
		  "'command=[\"ls -l, x\"],separateOutputStream=true'",
		    NULL, "i-1", "", "", SSMWORDS_USUAL, "ls -l, x" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct words *w = split(rows[i].head);
		struct refusal r = { 0 };
		struct ssmwords to;

		assert_true(ssmwords_is(w));
		if (ssmwords_read(w, rows[i].line, &to, &r) != RC_OK)
			fail_msg("%s: %s", rows[i].head, r.err.text);
		assert_string_equal(to.target, rows[i].target);
		assert_string_equal(to.profile, rows[i].profile);
		assert_string_equal(to.region, rows[i].region);
		assert_int_equal(to.mode, rows[i].mode);
		assert_string_equal(to.document, "");
		if (rows[i].want == NULL)
			assert_null(to.line);
		else
			assert_string_equal(to.line, rows[i].want);
		ssmwords_clear(&to);
		words_free(w);
	}
}

static void
other_words_are_not_ours(void **state)
{
	static const char *const lines[] = { "aws", "aws ssm", "aws s3 ls",
		"aws ssm send-command", "aws --profile ssm start-session",
		"aws start-session ssm", "ssh x", "SSM x", "aws ssm start-sessions" };

	(void)state;
	for (size_t i = 0; i < ROWS(lines); i++) {
		struct words *w = split(lines[i]);

		if (ssmwords_is(w))
			fail_msg("%s", lines[i]);
		words_free(w);
	}
}

static void
what_is_ill_formed_is_refused(void **state)
{
	static const struct {
		const char *head, *line, *why;
	} rows[] = {
		{ "ssm", NULL, "usage: ssm" },
		{ "ssm -x i-1", NULL, "usage: ssm" },
		{ "ssm -- i-1", NULL, "usage: ssm" },
		{ "ssm i-1 i-2", NULL, "stands behind the target" },
		{ "ssm ''", NULL, "no name of a target" },
		{ "ssm ' x'", NULL, "no name of a target" },
		{ "ssm '\xC3\xBC'", NULL, "no name of a target" },
		{ "ssm i-1 --mode", NULL, "needs a value" },
		{ "ssm i-1 --mode fed --mode fed", NULL, "--mode is" },
		{ "ssm i-1 --mode program", NULL, "--mode is" },
		{ "ssm i-1 --profile=", NULL, "nothing that --profile can have" },
		{ "ssm i-1 --region 'eu west'", NULL, "nothing that --region" },
		{ "ssm i-1 --target i-2", NULL, "usage: ssm" },
		{ "ssm i-1", "", "no command stands behind" },
		{ "ssm i-1 --mode raw", "id", "--mode is for a shell" },
		{ "aws ssm start-session --no-cli-pager=1 --target i-1", NULL,
		    "usage" },
		{ "aws ssm start-session --target i-1 --target i-2", NULL, "twice" },
		{ "aws ssm start-session --target i-1 --parameters command=x "
		  "--parameters command=y",
		    NULL, "twice" },
		{ "aws ssm start-session --target i-1 --parameters command=x", NULL,
		    "not the parameters" },
		{ "aws ssm start-session --target i-1 --endpoint-url http://x", NULL,
		    "has no --endpoint-url" },
		{ "aws ssm start-session --target i-1 --document-name 'a b'", NULL,
		    "nothing that --document-name" },
		{ "aws ssm start-session --target i-1 --document-name "
		  "AWS-StartInteractiveCommand --parameters command='  '",
		    NULL, "two ways" },
		{ "aws ssm start-session --target i-1 --document-name "
		  "AWS-StartInteractiveCommand --parameters '{\"command\":[\" \"]}'",
		    NULL, "no command stands behind" },
		{ "aws ssm start-session --target i-1 --document-name "
		  "AWS-StartPortForwardingSessionToRoHost --parameters host=x",
		    NULL, "not the parameters" },
		{ "aws ssm start-session --target i-1 --document-name "
		  "AWS-StartPortForwardingSession --parameters portNumber=99x",
		    NULL, "-L 80:i-1:80" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct words *w = split(rows[i].head);
		struct refusal r = { 0 };
		struct ssmwords to = { .line = NULL };

		assert_int_equal(ssmwords_read(w, rows[i].line, &to, &r), RC_REFUSE);
		assert_int_equal(r.status, STATUS_USAGE);
		if (strstr(r.err.text, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].head, r.err.text);
		words_free(w);
	}
}

static void
a_line_has_its_bound(void **state)
{
	struct words *w = split("ssm i-1");
	char line[SSMWORDS_LINE + 2];
	struct refusal r = { 0 };
	struct ssmwords to;

	(void)state;
	memset(line, 'a', sizeof line);
	line[SSMWORDS_LINE] = '\0';
	assert_int_equal(ssmwords_read(w, line, &to, &r), RC_OK);
	ssmwords_clear(&to);
	line[SSMWORDS_LINE] = 'a';
	line[SSMWORDS_LINE + 1] = '\0';
	assert_int_equal(ssmwords_read(w, line, &to, &r), RC_REFUSE);
	words_free(w);
}

/* Another document is the caller's to look at. */
static void
an_unknown_document_is_told(void **state)
{
	struct words *w = split("aws ssm start-session --target i-1 --document-name "
				"Own-Doc --parameters command=id");
	struct refusal r = { 0 };
	struct ssmwords to;

	(void)state;
	assert_int_equal(ssmwords_read(w, NULL, &to, &r), RC_OK);
	assert_string_equal(to.document, "Own-Doc");
	assert_string_equal(to.line, "id");
	ssmwords_clear(&to);
	words_free(w);
}

static void
the_line_begins_behind_the_first_bare_dashes(void **state)
{
	static const struct {
		const char *line, *rest; /* NULL: there is none */
		size_t words;
	} rows[] = {
		{ "ssm i-1 -- a 'b", "a 'b", 2 },
		{ "ssm i-1 --  a", " a", 2 },
		{ "ssm i-1 --", "", 2 },
		{ "ssm i-1 --\t-- x", "-- x", 2 },
		{ "ssm i-1 '--' a", NULL, 4 },
		{ "ssm i-1 \\-- a", NULL, 4 },
		{ "ssm i-1 --a b", NULL, 4 },
		{ "ssm 'a -- b' -- c", "c", 2 },
		{ "ssm \"a\\\" -- b\" -- c", "c", 2 },
		{ "ssm a\\ -- -- c", "c", 2 },
		{ "ssm a--", NULL, 2 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct words *w = NULL;
		struct span rest = { NULL, 0 };
		struct err err = { "" };

		if (words_split_to(span_of(rows[i].line), &w, &rest, &err) != RC_OK)
			fail_msg("%s: %s", rows[i].line, err.text);
		assert_int_equal(words_count(w), rows[i].words);
		assert_int_equal(rest.p != NULL, rows[i].rest != NULL);
		if (rows[i].rest != NULL)
			assert_true(span_is(rest, rows[i].rest));
		words_free(w);
	}
}

static void
an_array_becomes_a_line(void **state)
{
	static const struct {
		const char *list[4];
		size_t n;
		const char *line;
	} rows[] = {
		{ { "a | b 'c'" }, 1, "a | b 'c'" },
		{ { "a", "b c", "it's" }, 3, "'a' 'b c' 'it'\\''s'" },
		{ { "for", "$x" }, 2, "'for' '$x'" },
		{ { "a", "" }, 2, "'a' ''" },
	};
	static char large[SSMWORDS_LINE + 1];
	struct span list[2] = { { (const uint8_t *)"a\0b", 3 },
		{ (const uint8_t *)large, sizeof large } };
	char *line = NULL;
	struct err err = { "" };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct span words[4];

		for (size_t k = 0; k < rows[i].n; k++)
			words[k] = span_of(rows[i].list[k]);
		assert_int_equal(ssmwords_join(words, rows[i].n, &line, &err), RC_OK);
		assert_string_equal(line, rows[i].line);
		free(line);
	}
	memset(large, 'a', sizeof large);
	assert_int_equal(ssmwords_join(list, 0, &line, &err), RC_REFUSE);
	assert_int_equal(ssmwords_join(list, 1, &line, &err), RC_REFUSE);
	assert_int_equal(ssmwords_join(list + 1, 1, &line, &err), RC_REFUSE);
	assert_int_equal(ssmwords_join(list, 2, &line, &err), RC_REFUSE);
}

static void
parameters_are_read_as_the_cli_reads_them(void **state)
{
	static const struct {
		const char *text, *command, *port; /* command NULL: refused */
	} rows[] = {
		{ "command=ls", "ls", "" },
		{ "command=[ls -l]", "ls -l", "" },
		{ "command=['a, b']", "a, b", "" },
		{ "command=\"a \\\"b\\\" \\\\\"", "a \"b\" \\", "" },
		{ "command=x,portNumber=80", "x", "80" },
		{ "portNumber=[\"80\"],command=x", "x", "80" },
		{ "{\"command\": [\"a\\tb\"], \"portNumber\": [\"1\"]}", "a\tb", "1" },
		{ "{}", "", "" },
		{ "", NULL, "" },
		{ "command", NULL, "" },
		{ "command=", NULL, "" },
		{ "command=a,b", NULL, "" },
		{ "command=[a,b]", NULL, "" },
		{ "command=[a", NULL, "" },
		{ "command=[a]x", NULL, "" },
		{ "command=\"a", NULL, "" },
		{ "command= a", NULL, "" },
		{ "command=a,command=b", NULL, "" },
		{ "other=a", NULL, "" },
		{ "file://x", NULL, "" },
		{ "{\"command\":[\"a\",\"b\"]}", NULL, "" },
		{ "{\"command\":[1]}", NULL, "" },
		{ "{\"command\":[\"a\\u0000b\"]}", NULL, "" },
		{ "{\"command\":[\"a\"],\"command\":[\"b\"]}", NULL, "" },
		{ "{\"other\":[\"a\"]}", NULL, "" },
		{ "{\"command\":[\"a\"]", NULL, "" },
		{ "{\"command\":[\"a\"]} x", NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf command, port;
		struct ssmparam known[] = { { "command", &command, false },
			{ "portNumber", &port, false } };
		struct refusal r = { 0 };
		enum rc rc;

		buf_init(&command, 64);
		buf_init(&port, 64);
		rc = ssmparams_read(rows[i].text, known, 2, &r);
		if ((rc == RC_OK) != (rows[i].command != NULL))
			fail_msg("%s: %s", rows[i].text, r.err.text);
		if (rc == RC_OK) {
			assert_string_equal(buf_cstr(&command), rows[i].command);
			assert_string_equal(buf_cstr(&port), rows[i].port);
		}
		buf_clear(&command);
		buf_clear(&port);
	}
}

static void
a_value_that_is_too_long_is_refused(void **state)
{
	struct buf command;
	struct ssmparam known[] = { { "command", &command, false } };
	struct refusal r = { 0 };

	(void)state;
	buf_init(&command, 4);
	assert_int_equal(ssmparams_read("command=abcde", known, 1, &r), RC_REFUSE);
	assert_non_null(strstr(r.err.text, "too long"));
	buf_clear(&command);
}

static void
hosts_of_ports(void **state)
{
	static const struct {
		const char *host;
		uint32_t port;
		int status; /* 0: it is one */
		const char *target, *behind;
	} rows[] = {
		{ "i-0abc", 1, 0, "i-0abc", "" },
		{ "web-1", 65535, 0, "web-1", "" },
		{ "DB.Internal.@i-0abc", 5432, 0, "i-0abc", "db.internal" },
		{ "10.0.0.7@web-1", 22, 0, "web-1", "10.0.0.7" },
		{ "[fd00::7]@web-1", 22, 0, "web-1", "fd00::7" },
		{ "169.253.255.255@web-1", 22, 0, "web-1", "169.253.255.255" },
		{ "fd00:ec3::254@web-1", 22, 0, "web-1", "fd00:ec3::254" },
		{ "i-0abc", 0, 64, "", "" },
		{ "i-0abc", 65536, 64, "", "" },
		{ "", 22, 64, "", "" },
		{ "@web-1", 22, 64, "", "" },
		{ "x@", 22, 64, "", "" },
		{ "x..@web-1", 22, 64, "", "" },
		{ "x@y@web-1", 22, 64, "", "" },
		{ "x y@web-1", 22, 64, "", "" },
		{ "-x@web-1", 22, 64, "", "" },
		{ "x/y@web-1", 22, 64, "", "" },
		{ "169.254.169.254@web-1", 80, 77, "", "" },
		{ "169.254.0.1@web-1", 80, 77, "", "" },
		{ "instance-data.ec2.internal@web-1", 80, 77, "", "" },
		{ "Instance-Data.eu-west-1.compute.internal.@web-1", 80, 77, "", "" },
		{ "instance-database@web-1", 80, 0, "web-1", "instance-database" },
		{ "0251.0376.0251.0376@web-1", 80, 77, "", "" },
		{ "0xa9.254.43518@web-1", 80, 77, "", "" },
		{ "2852039166@web-1", 80, 77, "", "" },
		{ "::ffff:a9fe:a9fe@web-1", 80, 77, "", "" },
		{ "::169.254.169.254@web-1", 80, 77, "", "" },
		{ "64:ff9b::a9fe:a9fe@web-1", 80, 77, "", "" },
		{ "fd00:ec2::23@web-1", 80, 77, "", "" },
		{ "febf::1@web-1", 80, 77, "", "" },
		{ "instance-data.ec2.internal@web-1", 80, 77, "", "" },
		{ "metadata.google.internal.@web-1", 80, 77, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct forwardhost h = { .port = 0 };
		struct refusal r = { 0 };
		enum rc rc =
		    forwardhost_read(span_of(rows[i].host), rows[i].port, &h, &r);

		if (rc != (rows[i].status == 0 ? RC_OK : RC_REFUSE) ||
		    (int)r.status != rows[i].status)
			fail_msg("%s: %d %s", rows[i].host, (int)r.status, r.err.text);
		assert_string_equal(h.target, rows[i].target);
		assert_string_equal(h.host, rows[i].behind);
		assert_int_equal(h.port, rc == RC_OK ? rows[i].port : 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_spelling_is_read),
		cmocka_unit_test(other_words_are_not_ours),
		cmocka_unit_test(what_is_ill_formed_is_refused),
		cmocka_unit_test(a_line_has_its_bound),
		cmocka_unit_test(an_unknown_document_is_told),
		cmocka_unit_test(the_line_begins_behind_the_first_bare_dashes),
		cmocka_unit_test(an_array_becomes_a_line),
		cmocka_unit_test(parameters_are_read_as_the_cli_reads_them),
		cmocka_unit_test(a_value_that_is_too_long_is_refused),
		cmocka_unit_test(hosts_of_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
