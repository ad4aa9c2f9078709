/* From bytes to a verdict: what is refused, what is committed before anybody hears. */
#include "tests/monitor/desk.h"

static void
a_verdict_is_durable_before_anything_follows(void **state)
{
	static const struct {
		const char *line, *effect;
	} rows[] = { { "aws s3 ls", "allow" }, { "aws s3 rm s3://logs/a", "hold" },
		{ "aws s3 rb s3://logs", "deny" } };
	static const char asker[] = "\"asker\":{\"kind\":\"agent\",\"owner\":\"alice\","
				    "\"groups\":[\"deployers\"],"
				    "\"auth\":{\"method\":\"key\",\"age\":";
	struct desk *d = *state;

	for (uint32_t i = 0; i < ROWS(rows); i++) {
		struct front *f = front_login(d, CI);
		char want[64];

		snprintf(want, sizeof want, "\"effect\":\"%s\"", rows[i].effect);
		front_exec(f, 1, rows[i].line);
		keeper_event_open(d, "verdict");
		assert_non_null(memmem(d->keeper.m.event.detail.p,
		    d->keeper.m.event.detail.len, want, strlen(want)));
		/* And who asked, as the rules saw it. */
		assert_non_null(memmem(d->keeper.m.event.detail.p,
		    d->keeper.m.event.detail.len, asker, strlen(asker)));
		end_quiet(d, &f->talk);
		end_quiet(d, &d->nursery);
		assert_int_equal(fake_vault()->asked, 0);
		front_free(f);
		end_quiet(d, &d->keeper);
		assert_int_equal(sessions_count(d->m.sessions), 0);
	}
}

static void
a_verdict_that_is_not_recorded_runs_nothing(void **state)
{
	static const char *const lines[] = { "aws s3 ls", "aws s3 rm s3://logs/a",
		"aws s3 rb s3://logs", "--dry-run aws s3 ls" };
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	for (uint32_t i = 0; i < ROWS(lines); i++) {
		front_exec(f, i, lines[i]);
		keeper_event_open(d, "verdict");
		keeper_says(d, RC_FAIL);
		keeper_event(d, "failed");
		front_denied(f, i, STATUS_FAILED, "could not be recorded; nothing ran");
	}
	assert_int_equal(fake_vault()->asked, 0);
	front_free(f);
}

static void
a_refusal_that_is_not_recorded_is_one(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	front_exec(f, 1, "ls");
	keeper_event_open(d, "refused");
	end_quiet(d, &f->talk);
	keeper_says(d, RC_FAIL);
	front_denied(f, 1, STATUS_USAGE, "not a command of Broker");
	assert_int_equal(sessions_count(d->m.sessions), 0);
	front_free(f);
}

static void
hostile_lines_are_refused(void **state)
{
	static const struct {
		const char *line;
		int status;
		const char *event, *part;
	} rows[] = {
		{ "", 64, "refused", "broker: refused: " },
		{ "   ", 64, "refused", "broker: refused: " },
		{ "ls", 64, "refused", "not a command of Broker" },
		{ "/usr/bin/aws s3 ls", 64, "refused", "not a command of Broker" },
		{ "aws s3 ls; id", 64, "refused", "operator" },
		{ "aws s3 ls $(id)", 64, "refused", "expansion" },
		{ "aws s3 ls a\x01", 64, "refused", "character" },
		{ "aws 's3", 64, "refused", "incomplete" },
		{ "aws", 64, "refused", "broker: refused: " },
		{ "aws s3 ls --endpoint-url http://x", 77, "denied",
		    "broker: denied: " },
		{ "aws s3 ls --profile ghost", 77, "denied", "no such profile" },
		{ "aws s3 ls --region x/../y", 64, "refused", "region" },
		{ "--loud aws s3 ls", 64, "refused",
		    "an option that Broker does not have" },
		{ "--json", 64, "refused", "no command" },
		{ "--wait", 64, "refused", "needs a value" },
		{ "--wait 1 --wait 2 aws s3 ls", 64, "refused", "twice" },
		{ "aws s3 rb s3://logs", 77, NULL,
		    "denied: s3 rb s3://logs by rule p/never: Buckets stay." },
		{ "aws ec2 describe-instances", 77, NULL, "denied: " },
	};
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	for (uint32_t i = 0; i < ROWS(rows); i++) {
		front_exec(f, i, rows[i].line);
		if (rows[i].event == NULL) {
			keeper_event(d, "verdict");
			keeper_event(d, "denied");
		} else
			keeper_event(d, rows[i].event);
		front_denied(f, i, rows[i].status, rows[i].part);
	}
	assert_int_equal(fake_vault()->asked, 0);
	assert_int_equal(sessions_count(d->m.sessions), 0);
	end_quiet(d, &d->keeper);
	front_free(f);
}

/* Nothing but aws runs, whatever rules say; but they may say why. */
static void
a_rule_may_speak_of_other_programs(void **state)
{
	static const char rules[] =
	    "version: 1\nname: p\nrules:\n"
	    "  - {id: tools, effect: deny, on: [exec], command: {name: [rm, dd]}, "
	    "reason: Nothing but aws runs here.}\n"
	    "  - {id: there, effect: deny, on: [exec], where: {account: "
	    "'444455556666'}, command: {name: ls}}\n";
	static const struct {
		enum person who;
		const char *line;
		int status;
		const char *part;
	} rows[] = {
		{ CI, "rm -rf x", 77,
		    "broker: denied: rm -rf x by rule p/tools: Nothing but aws runs" },
		{ CI, "/bin/dd if=x", 77, "by rule p/tools" },
		{ CI, "--dry-run rm x", 77, "nothing ran; would be denied: rm x by" },
		{ CI, "ls", 64,
		    "not a command of Broker" }, /* her account is another */
		{ CI, "cat x", 64, "not a command of Broker" },
		{ CAROL, "rm x", 77, "by rule p/tools" }, /* who has no profile */
		{ CAROL, "ls", 77, "by rule p/there" },
	};
	struct desk *d = *state;

	desk_reload(d, NULL, rules);
	for (uint32_t i = 0; i < ROWS(rows); i++) {
		struct front *f = front_login(d, rows[i].who);
		bool dry = rows[i].line[0] == '-';

		front_exec(f, i, rows[i].line);
		if (rows[i].status == 77) {
			keeper_event_open(d, "verdict");
			assert_non_null(memmem(d->keeper.m.event.detail.p,
			    d->keeper.m.event.detail.len, "\"code\":\"rule\"", 13));
			keeper_says(d, RC_OK);
			keeper_event(d, dry ? "dry-run" : "denied");
		} else
			keeper_event(d, "refused");
		front_denied(f, i, rows[i].status, rows[i].part);
		front_free(f);
	}
	assert_int_equal(fake_vault()->asked, 0);
}

static void
ask_argv(struct front *f, const char *profile, const char *const *argv)
{
	static struct msg_exec_ask m;

	memset(&m, 0, sizeof m);
	m.form = FORM_ARGV;
	m.profile = span_of(profile);
	while (*argv != NULL)
		m.argv.v[m.argv.n++] = span_of(*argv++);
	end_send(f->d, &f->talk, MSG_EXEC_ASK, 1, &m, NULL, 0);
	desk_turn(f->d);
}

static void
a_profile_is_one_of_the_askers_own(void **state)
{
	static const char *const plain[] = { "aws", "s3", "ls", NULL };
	static const char *const named[] = { "aws", "s3", "ls", "--profile", "prod",
		NULL };
	static const struct {
		enum person who;
		const char *member;
		const char *const *argv;
		const char *account; /* NULL: refused */
	} rows[] = {
		{ CI, "", plain, "111122223333" }, { CI, "", named, "444455556666" },
		{ CI, "prod", plain, "444455556666" },
		{ CI, "prod", named, "444455556666" },
		{ CI, "staging", named, NULL }, /* which of the two? */
		{ ALICE, "", plain, "111122223333" },
		{ ALICE, "", named, NULL }, /* not hers */
		{ ALICE, "prod", plain, NULL },
		{ CAROL, "", plain, NULL }, /* has none */
	};
	struct desk *d = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct front *f = front_login(d, rows[i].who);

		ask_argv(f, rows[i].member, rows[i].argv);
		if (rows[i].account == NULL) {
			keeper_event(d, "denied");
			front_denied(f, 1, STATUS_DENIED,
			    rows[i].who == CAROL ? "you have no profile to run"
						 : "you have no such profile; leave");
		} else {
			keeper_event(d, "verdict");
			assert_non_null(strstr(fake_vault()->role, rows[i].account));
		}
		front_free(f);
	}
	assert_int_equal(fake_vault()->open, 0);
}

static void
argv_words_have_no_meaning(void **state)
{
	static const char *const option[] = { "--dry-run", "aws", "s3", "ls", NULL };
	static const char *const joined[] = { "aws s3 ls", NULL };
	static const char *const *const rows[] = { option, joined };
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	for (size_t i = 0; i < ROWS(rows); i++) {
		ask_argv(f, "", rows[i]);
		keeper_event(d, "refused");
		front_denied(f, 1, STATUS_USAGE, "not a command of Broker");
	}
	front_free(f);
}

static void
a_rehearsal_says_the_verdict_and_runs_nothing(void **state)
{
	static const struct {
		const char *line;
		int status;
		const char *part;
	} rows[] = {
		{ "--dry-run aws s3 ls", 0, "would be allowed: s3 ls by rule p/look" },
		{ "--dry-run aws s3 rm s3://logs/a", 75,
		    "would be held: s3 rm s3://logs/a needs 1 of group sre (rule "
		    "p/delete)" },
		{ "--dry-run aws s3 rb s3://logs", 77,
		    "would be denied: s3 rb s3://logs by rule p/never: Buckets stay." },
	};
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	for (uint32_t i = 0; i < ROWS(rows); i++) {
		front_exec(f, i, rows[i].line);
		keeper_event(d, "verdict");
		keeper_event(d, "dry-run");
		front_denied(f, i, rows[i].status, rows[i].part);
	}
	end_quiet(d, &d->keeper);
	assert_int_equal(fake_vault()->asked, 0);
	front_free(f);
}

#define UNMATCHED                                                                      \
	"unmatched: no rule allows s3:get-bucket-acl; allowed of it: s3:ls, s3:cp"
#define NO_ACL                                                                         \
	UNMATCHED "\",\"code\":\"unmatched\",\"reason\":\"" UNMATCHED "\","            \
		  "\"allowed\":[\"s3:ls\",\"s3:cp\"]}}\n"

static void
with_json_every_message_is_an_object(void **state)
{
	static const struct {
		const char *line, *part;
	} rows[] = {
		{ "--json aws s3 rb s3://logs",
		    "{\"broker\":{\"event\":\"denied\",\"text\":\"denied: s3 rb "
		    "s3://logs by "
		    "rule p/never: Buckets "
		    "stay.\",\"rule\":\"p/never\",\"code\":\"rule\","
		    "\"reason\":\"Buckets "
		    "stay.\"}}\n" },
		{ "--json aws s3api get-bucket-acl --bucket b",
		    "{\"broker\":{\"event\":\"denied\",\"text\":\"denied: s3api "
		    "get-bucket-acl --bucket b: " NO_ACL },
		{ "--json --dry-run aws s3api get-bucket-acl --bucket b",
		    "{\"broker\":{\"event\":\"dry-run\",\"text\":\"dry-run: nothing "
		    "ran; "
		    "would be denied: s3api get-bucket-acl --bucket b: " NO_ACL },
		{ "--json ls", "{\"broker\":{\"event\":\"refused\",\"text\":" },
		{ "--json --loud aws", "{\"broker\":{\"event\":\"refused\",\"text\":" },
	};
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	for (uint32_t i = 0; i < ROWS(rows); i++) {
		front_exec(f, i, rows[i].line);
		while (end_next(d, &d->keeper) == MSG_EVENT) {
			bool last = !span_is(d->keeper.m.event.kind, "verdict");

			keeper_says(d, RC_OK);
			if (last)
				break;
		}
		front_verdict(f, i, VERDICT_DENY);
		assert_int_equal(f->talk.m.verdict.json, 1);
		assert_true(span_starts(f->talk.m.verdict.text, rows[i].part));
	}
	front_free(f);
}

static void
no_line_can_forge_another(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	front_exec(f, 1,
	    "aws ec2 describe-instances --filters 'Name=x broker: approved by alice'");
	keeper_event(d, "verdict");
	keeper_event(d, "denied");
	front_verdict(f, 1, VERDICT_DENY);
	/* One line, and it begins as ours do. */
	assert_true(span_starts(f->talk.m.verdict.text,
	    "broker: denied: ec2 describe-instances --filters '"));
	assert_ptr_equal(
	    memchr(f->talk.m.verdict.text.p, '\n', f->talk.m.verdict.text.len),
	    f->talk.m.verdict.text.p + f->talk.m.verdict.text.len - 1);
	front_free(f);
}

static const char files[] =
    "version: 1\nname: p\nrules:\n"
    "  - {id: get, effect: allow, on: [exec], aws: {operations: ['s3:GetObject'], "
    "resources: ['arn:aws:s3:::logs/*']}, files: {out: stdout}}\n"
    "  - {id: put, effect: allow, on: [exec], aws: {operations: "
    "['ssm:PutParameter']}, files: {in: stdin}}\n"
    "  - {id: invoke, effect: allow, on: [exec], aws: {operations: "
    "['lambda:Invoke', 'sqs:SendMessage']}}\n";

#define GET "aws s3api get-object --bucket logs --key a "
#define PUT "aws ssm put-parameter --name a --type String --value "

static void
files_are_for_rules_that_say_so(void **state)
{
	static const struct {
		const char *line;
		int status;
		const char *part;
	} rows[] = {
		{ "--out aws s3 ls", 64,
		    "--out is for an operation that writes a file" },
		{ "--out " GET "/tmp/a", 77, "" },
		{ GET "-", 64, "needs --out" },
		{ "--out aws lambda invoke --function-name f -", 77, "" },
		{ "aws sqs send-message --queue-url https://q/1/q --message-body "
		  "file://-",
		    77, "" },
		{ PUT "file:///etc/passwd", 77, "" },
	};
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	desk_reload(d, NULL, files);
	for (uint32_t i = 0; i < ROWS(rows); i++) {
		front_exec(f, i, rows[i].line);
		keeper_drain(d);
		front_denied(f, i, rows[i].status, rows[i].part);
	}
	assert_int_equal(fake_vault()->asked, 0);
	front_free(f);
}

static void
a_file_is_staged_where_one_does(void **state)
{
	static const struct {
		const char *line, *word;
		uint8_t stage;
	} rows[] = {
		{ "--out " GET "-", "/tmp/out", STAGE_OUT },
		{ PUT "file://-", "file:///tmp/in", STAGE_IN },
		{ PUT "plain", "plain", 0 },
	};
	struct desk *d = *state;

	desk_reload(d, NULL, files);
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct msg_launch *l = &d->launch.m.launch;
		struct run r;
		struct front *f = desk_run(d, rows[i].line, &r);
		bool found = false;

		assert_int_equal(l->stage, rows[i].stage);
		for (uint32_t k = 0; k < l->argv.n; k++)
			found |= span_is(l->argv.v[k], rows[i].word);
		assert_true(found);
		run_to_end(d, &r);
		desk_done(d, f, &r);
	}
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(a_verdict_is_durable_before_anything_follows),
		T(a_verdict_that_is_not_recorded_runs_nothing),
		T(a_refusal_that_is_not_recorded_is_one),
		T(hostile_lines_are_refused),
		T(a_profile_is_one_of_the_askers_own),
		T(a_rule_may_speak_of_other_programs),
		T(argv_words_have_no_meaning),
		T(a_rehearsal_says_the_verdict_and_runs_nothing),
		T(with_json_every_message_is_an_object),
		T(no_line_can_forge_another),
		T(files_are_for_rules_that_say_so),
		T(a_file_is_staged_where_one_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
