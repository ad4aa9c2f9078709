/* Runbooks: a template that people approve once, and commands out of it. */
#include "tests/monitor/book.h"

#include "broker/monitor/runbooks.h"
#include "lib/base/id.h"

#define ID "i-0123456789abcdef0"
#define START "run start id=" ID

#define RULES                                                                          \
	"version: 1\nname: p\nrules:\n"                                                \
	"  - {id: held, effect: hold, on: [exec], aws: {operations: "                  \
	"['ec2:stop-instances']}, approvers: {need: 1, from: [identity:carol], auth: " \
	"[key]}}\n"                                                                    \
	"  - {id: sre, effect: hold, on: [exec], aws: {operations: "                   \
	"['ec2:reboot-instances']}, approvers: {need: 1, from: [group:sre], auth: "    \
	"[key]}}\n"                                                                    \
	"  - {id: never, effect: deny, on: [exec], aws: {operations: "                 \
	"['ec2:terminate-instances']}, reason: They stay.}\n"
#define BOOK(name, operation, more)                                                    \
	"  - {name: " name                                                             \
	", parameters: {id: instance}, command: [aws, ec2, " operation                 \
	"-instances, --instance-ids, '{id}'], who: {group: [deployers, sre]}, "        \
	"approvers: {need: 1, from: [identity:alice, identity:bob], auth: [key]" more  \
	"}, examples: {match: ['id=" ID "']}}\n"
#define BOOKS                                                                          \
	BOOK("start", "start", "")                                                     \
	BOOK("stop", "stop", "")                                                       \
	BOOK("reboot", "reboot", "")                                                   \
	BOOK("end", "terminate", "") BOOK("why", "start", ", reason: required")

static const char policy[] = RULES "runbooks:\n" BOOKS;

static struct book *
open_book(void **state)
{
	struct desk *d = *state;

	desk_reload(d, NULL, policy);
	return book_new(d);
}

static void
approves(struct book *b, enum person who, int status, const char *part)
{
	char line[32];

	snprintf(line, sizeof line, "approve %s", book_hold(b)->id);
	book_wants(b, who, line, status, part);
	book_turn(b);
}

/* Asked for by carol, approved by bob. */
static void
approved(struct book *b, const char *name)
{
	char line[64];

	snprintf(line, sizeof line, "runbook request %s", name);
	book_wants(b, CAROL, line, STATUS_HELD, "pending ");
	approves(b, BOB, STATUS_OK, "approved");
	assert_int_equal(book_article(b)->state, ARTICLE_APPROVED);
	assert_int_equal(book_hold(b)->state, HOLD_SPENT);
}

/* A command that comes to nothing. */
static void
refused(struct book *b, enum person who, const char *line, int status, const char *part)
{
	struct front *f = front_login(b->d, who);

	front_exec(f, 1, line);
	book_turn(b);
	front_verdict(f, 1, VERDICT_DENY);
	if (f->talk.m.verdict.status != (unsigned)status ||
	    memmem(f->talk.m.verdict.text.p, f->talk.m.verdict.text.len, part,
		strlen(part)) == NULL)
		fail_msg("%s: %d, wanted %d and \"%s\": %.*s", line,
		    (int)f->talk.m.verdict.status, status, part,
		    (int)f->talk.m.verdict.text.len,
		    (const char *)f->talk.m.verdict.text.p);
	end_quiet(b->d, &b->d->nursery);
	front_free(f);
}

static bool
has_text(struct span s, const char *part)
{
	return memmem(s.p, s.len, part, strlen(part)) != NULL;
}

/* One that runs, and what its recording says. */
static void
runs(struct book *b, enum person who, const char *line, const char *const *meta)
{
	struct front *f = front_login(b->d, who);
	struct run r;

	front_exec(f, 1, line);
	run_to_start(f, 1, &r);
	for (; *meta != NULL; meta++)
		if (!has_text(b->d->nursery.m.start.meta, *meta))
			fail_msg("%s: %.*s", *meta, (int)b->d->nursery.m.start.meta.len,
			    (const char *)b->d->nursery.m.start.meta.p);
	run_to_launch(b->d, &r);
	run_to_end(b->d, &r);
	desk_done(b->d, f, &r);
}

static const char *const nothing[] = { NULL };

/* ---- approved once ---- */

static void
nothing_runs_before_it_is_approved(void **state)
{
	struct book *b = open_book(state);

	refused(b, CI, START, STATUS_DENIED,
	    "the runbook is not approved; ask: ssh broker runbook request p/start");
	refused(b, CI, "--dry-run " START, STATUS_DENIED, "is not approved");
	book_wants(b, CI, "runbook request start", STATUS_HELD, "pending ");
	assert_string_equal(book_article(b)->name, "p/start");
	assert_string_equal(book_article(b)->by, "ci");
	assert_string_equal(book_hold(b)->rule, "p/start");
	assert_non_null(strstr(book_article(b)->content, "broker-runbook/1\n"));
	refused(b, CI, START, STATUS_DENIED, "is not approved");
	/* Twice the same is the same. */
	book_wants(b, CI, "runbook request p/start", STATUS_HELD, "pending ");
	assert_int_equal(b->n_articles, 1);
	assert_int_equal(b->n_holds, 1);
	/* Not by who asked, nor their owner, nor by who is not named. */
	approves(b, ALICE, STATUS_DENIED, "");
	approves(b, CAROL, STATUS_DENIED, "");
	refused(b, CI, START, STATUS_DENIED, "is not approved");
	approves(b, BOB, STATUS_OK, "approved");
	runs(b, CI, START, nothing);
	book_wants(b, CI, "runbook request start", STATUS_OK, "approved ");
	assert_int_equal(b->n_articles, 1);
	book_free(b);
}

static void
who_asked_for_it_alone_approves_nothing(void **state)
{
	struct book *b = open_book(state);

	book_wants(b, BOB, "runbook request start", STATUS_HELD, "pending ");
	approves(b, BOB, STATUS_DENIED, "you asked for it yourself");
	assert_int_equal(book_article(b)->state, ARTICLE_WAITING);
	refused(b, BOB, START, STATUS_DENIED, "is not approved");
	book_free(b);
}

static void
its_recording_says_where_it_comes_from(void **state)
{
	struct book *b = open_book(state);
	char hold[32], sum[96], hex[65];
	const char *const meta[] = { "\"argv\":[\"aws\",\"ec2\",\"start-instances\","
				     "\"--instance-ids\",\"" ID "\"]",
		"\"rule\":\"p/start\"", "\"runbook\":{\"name\":\"p/start\"", sum, hold,
		"\"approvals\":[{\"name\":\"bob\"", NULL };

	approved(b, "start");
	id_hex(book_article(b)->digest, 32, hex);
	snprintf(sum, sizeof sum, "\"sha256\":\"%s\"", hex);
	snprintf(hold, sizeof hold, "\"hold\":\"%s\"", book_hold(b)->id);
	runs(b, CI, START, meta);
	refused(b, CI, "--dry-run " START, STATUS_OK,
	    "would be allowed: ec2 start-instances --instance-ids " ID
	    " by rule p/start");
	refused(b, CI, START " --dry-run --json", STATUS_OK, "\"event\":\"dry-run\"");
	book_free(b);
}

static void
its_verdict_says_so_too(void **state)
{
	struct book *b = open_book(state);
	struct front *f;
	struct desk *d = b->d;

	approved(b, "start");
	f = front_login(d, CI);
	front_exec(f, 1, START);
	keeper_event_open(d, "verdict");
	assert_true(
	    has_text(d->keeper.m.event.detail, "\"runbook\":{\"name\":\"p/start\""));
	assert_true(has_text(d->keeper.m.event.detail, "\"effect\":\"allow\""));
	front_free(f);
	book_free(b);
}

/* ---- words ---- */

static void
other_words_are_refused(void **state)
{
	static const struct {
		const char *line;
		int status;
		const char *part;
	} rows[] = {
		{ "run", STATUS_USAGE, "usage: run NAME" },
		{ "run start", STATUS_USAGE, "the parameter id is missing" },
		{ START " id=" ID, STATUS_USAGE, "twice" },
		{ START " x=1", STATUS_USAGE, "no parameter x" },
		{ START " x", STATUS_USAGE, "NAME=VALUE" },
		{ START " --profile prod", STATUS_USAGE, "usage: run NAME" },
		{ START " --", STATUS_USAGE, "usage: run NAME" },
		{ START " --wait x", STATUS_USAGE, "wait takes seconds" },
		{ START " --reason", STATUS_USAGE, "usage: run NAME" },
		{ START " --reason a --reason b", STATUS_USAGE, "once" },
		{ "--out " START, STATUS_USAGE, "no --out" },
		{ "run start id=web", STATUS_DENIED, "of id is none" },
		{ "run start 'id=" ID " --debug'", STATUS_DENIED, "of id is none" },
		{ "run start id=", STATUS_DENIED, "is empty" },
		{ "run start id=--debug", STATUS_DENIED, "begins with -" },
		{ "run start id=file:///etc/passwd", STATUS_DENIED, "a file" },
		{ "run start id={id}", STATUS_DENIED, "of id is none" },
		{ "run start 'id=\"" ID "\"'", STATUS_DENIED, "of id is none" },
		{ "run start id=\xff", STATUS_USAGE, "" },
		{ "run start 'id=a\nb'", STATUS_USAGE, "" },
		{ "run start id=$(id)", STATUS_USAGE, "" },
		{ "run other", STATUS_DENIED, "no runbook that is yours" },
		{ "run q/start id=" ID, STATUS_DENIED, "no runbook that is yours" },
		{ "run p/ id=" ID, STATUS_DENIED, "no runbook that is yours" },
		{ "run '' id=" ID, STATUS_DENIED, "no runbook that is yours" },
		{ "run ../start id=" ID, STATUS_DENIED, "no runbook that is yours" },
		{ "aws ec2 start-instances --instance-ids " ID, STATUS_DENIED,
		    "unmatched" },
	};
	struct book *b = open_book(state);

	approved(b, "start");
	for (size_t i = 0; i < ROWS(rows); i++)
		refused(b, CI, rows[i].line, rows[i].status, rows[i].part);
	book_free(b);
}

static void
it_is_for_those_whom_its_author_names(void **state)
{
	static const char narrow[] = RULES
	    "runbooks:\n  - {name: start, command: [aws, s3, ls], who: {identity: ci}, "
	    "approvers: {need: 1, from: [identity:bob], auth: [key]}}\n";
	struct book *b = open_book(state);
	char out[4096];

	desk_reload(b->d, NULL, narrow);
	book_wants(b, DAVE, "runbook request start", STATUS_DENIED, "that is yours");
	book_wants(b, CI, "runbook request start", STATUS_HELD, "pending");
	approves(b, BOB, STATUS_OK, "approved");
	runs(b, CI, "run start", nothing);
	refused(b, DAVE, "run start", STATUS_DENIED, "no runbook that is yours");
	/* Also where something else would let them do it. */
	desk_reload(b->d, NULL,
	    "version: 1\nname: p\nrules:\n  - {id: look, effect: allow, on: [exec], "
	    "aws: {operations: ['s3:ls']}}\n"
	    "runbooks:\n  - {name: start, command: [aws, s3, ls], who: {identity: ci}, "
	    "approvers: {need: 1, from: [identity:bob], auth: [key]}}\n");
	refused(b, DAVE, "run start", STATUS_DENIED, "no runbook that is yours");
	assert_int_equal(book_verb(b, DAVE, "runbook list", out, sizeof out), 0);
	assert_string_equal(out, "");
	book_free(b);
}

/* ---- other rules ---- */

static void
a_deny_beats_it(void **state)
{
	struct book *b = open_book(state);

	approved(b, "end");
	refused(b, CI, "run end id=" ID, STATUS_DENIED, "by rule p/never: They stay.");
	book_free(b);
}

static void
a_hold_of_the_same_people_is_satisfied(void **state)
{
	static const char *const meta[] = { "\"verdict\":\"allow\"",
		"\"runbook\":{\"name\":\"p/reboot\"", NULL };
	struct book *b = open_book(state);
	struct front *f;

	approved(b, "reboot");
	runs(b, CI, "run reboot id=" ID, meta);
	/* The same command by its own words is held as ever. */
	f = front_login(b->d, CI);
	front_exec(f, 1, "aws ec2 reboot-instances --instance-ids " ID);
	book_turn(b);
	front_verdict(f, 1, VERDICT_HOLD);
	front_free(f);
	book_turn(b);
	/* Who approved the template has no say in a command of their own. */
	f = front_login(b->d, BOB);
	front_exec(f, 1, "run reboot id=" ID);
	book_turn(b);
	front_verdict(f, 1, VERDICT_HOLD);
	front_free(f);
	book_turn(b);
	book_free(b);
}

static void
a_hold_of_others_asks_them(void **state)
{
	struct book *b = open_book(state);
	struct desk *d = b->d;
	struct front *f;
	struct run r;
	char line[64];

	approved(b, "stop");
	f = front_login(d, CI);
	front_exec(f, 1, "run stop id=" ID " --reason 'ticket 42'");
	book_turn(b);
	front_verdict(f, 1, VERDICT_HOLD);
	assert_string_equal(book_hold(b)->rule, "p/held");
	assert_non_null(
	    strstr(book_hold(b)->detail, "\"runbook\":{\"name\":\"p/stop\""));
	approves(b, BOB, STATUS_DENIED, "");
	/* It stays, and is taken up again as what it was. */
	front_left(f, 1);
	book_turn(b);
	front_free(f);
	approves(b, CAROL, STATUS_OK, "approved");
	f = front_login(d, CI);
	snprintf(line, sizeof line, "request %s", book_hold(b)->id);
	front_exec(f, 1, line);
	keeper_event(d, "verdict");
	keeper_set(d, HOLD_SPENT);
	end_want(d, &f->talk, MSG_SAY);
	run_from_lease(f, 1, &r);
	assert_true(
	    has_text(d->nursery.m.start.meta, "\"runbook\":{\"name\":\"p/stop\""));
	run_to_launch(d, &r);
	run_to_end(d, &r);
	desk_done(d, f, &r);
	book_free(b);
}

static void
the_wire_is_judged_with_it(void **state)
{
	struct book *b = open_book(state);
	struct desk *d = b->d;
	struct front *f;
	struct run r;

	approved(b, "start");
	f = front_login(d, CI);
	front_exec(f, 1, START);
	run_to_start(f, 1, &r);
	run_to_launch(d, &r);
	gate_asks(d, &r, 1, "ec2:StartInstances", "InstanceIds=" ID, NULL);
	gate_hears(d, &r, 1, VERDICT_ALLOW, "");
	assert_true(span_is(r.ctl.m.call_says.rule, "p/start"));
	gate_asks(
	    d, &r, 2, "ec2:StartInstances", "InstanceIds=i-0123456789abcdef1", NULL);
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 2, VERDICT_DENY, "");
	gate_asks(d, &r, 3, "ec2:StopInstances", "InstanceIds=" ID, NULL);
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 3, VERDICT_DENY, "");
	/* Another template by the same name has nobody's yes. */
	desk_reload(
	    d, NULL, RULES "runbooks:\n" BOOK("start", "start", ", reason: required"));
	gate_asks(d, &r, 4, "ec2:StartInstances", "InstanceIds=" ID, NULL);
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 4, VERDICT_DENY, "has changed");
	run_to_end(d, &r);
	desk_done(d, f, &r);
	book_free(b);
}

/* ---- what changes ---- */

static void
an_edit_has_to_be_approved_anew(void **state)
{
	static const char edited[] = RULES "runbooks:\n" BOOK("start", "stop", "");
	struct book *b = open_book(state);

	approved(b, "start");
	runs(b, CI, START, nothing);
	desk_reload(b->d, NULL, edited);
	refused(b, CI, START, STATUS_DENIED, "is not approved");
	desk_reload(b->d, NULL, RULES);
	refused(b, CI, START, STATUS_DENIED, "no runbook that is yours");
	/* What was approved is approved still. */
	desk_reload(b->d, NULL, policy);
	runs(b, CI, START, nothing);
	book_free(b);
}

static void
who_lost_the_right_counts_no_more(void **state)
{
	struct book *b = open_book(state);
	struct desk *d = b->d;

	approved(b, "start");
	desk_reload(d,
	    desk_config_with(d, "rights: {approve: [group:sre]}",
		"rights: {approve: [alice, carol]}"),
	    policy);
	refused(b, CI, START, STATUS_DENIED, "is not approved");
	desk_reload(d, NULL, policy);
	runs(b, CI, START, nothing);
	book_free(b);
}

static void
it_is_approved_after_a_restart(void **state)
{
	struct book *b = open_book(state);

	approved(b, "start");
	book_restart(b);
	desk_reload(b->d, NULL, policy);
	*state = b->d;
	runs(b, CI, START, nothing);
	refused(b, CI, "run reboot id=" ID, STATUS_DENIED, "is not approved");
	book_free(b);
}

static void
a_template_that_went_while_held_runs_nothing(void **state)
{
	struct book *b = open_book(state);
	struct desk *d = b->d;
	struct front *f;

	approved(b, "stop");
	f = front_login(d, CI);
	front_exec(f, 1, "run stop id=" ID);
	book_turn(b);
	front_verdict(f, 1, VERDICT_HOLD);
	desk_reload(
	    d, NULL, RULES "runbooks:\n" BOOK("stop", "stop", ", reason: required"));
	approves(b, CAROL, STATUS_OK, "approved");
	book_turn(b);
	front_denied(f, 1, STATUS_DENIED, "has changed since it was asked for");
	end_quiet(d, &d->nursery);
	front_free(f);
	book_free(b);
}

/* ---- the verb ---- */

static void
the_list_says_what_there_is(void **state)
{
	struct book *b = open_book(state);
	char out[16384];

	approved(b, "start");
	assert_int_equal(book_verb(b, CI, "runbook list", out, sizeof out), 0);
	assert_non_null(strstr(out, "p/start  approved "));
	assert_non_null(strstr(out, " by bob\n"));
	assert_non_null(strstr(out, "p/stop  not approved\n"));
	assert_non_null(
	    strstr(out, "    runs aws ec2 start-instances --instance-ids '{id}'\n"));
	assert_non_null(strstr(out, "    for {\"group\": [\"deployers\", \"sre\"]}\n"));
	book_wants(b, CI, "runbook request stop", STATUS_HELD, "pending");
	assert_int_equal(book_verb(b, CI, "runbook list --json", out, sizeof out), 0);
	assert_non_null(strstr(out, "\"name\":\"p/stop\",\"state\":\"waiting\""));
	assert_non_null(strstr(out, "\"name\":\"p/start\",\"state\":\"approved\""));
	assert_non_null(strstr(out, "\"approvals\":[{\"name\":\"bob\""));
	assert_int_equal(
	    book_verb(b, CAROL, "runbook show p/start", out, sizeof out), 0);
	assert_non_null(strstr(out, "broker-runbook/1\n"));
	assert_non_null(strstr(out, "\"approvers\""));
	book_free(b);
}

static void
odd_calls_are_answered(void **state)
{
	static const struct {
		const char *line;
		int status;
		const char *part;
	} rows[] = {
		{ "runbook", STATUS_USAGE, "usage: runbook list" },
		{ "runbook list x", STATUS_USAGE, "usage" },
		{ "runbook approve start", STATUS_USAGE, "usage" },
		{ "runbook request", STATUS_USAGE, "usage" },
		{ "runbook request start x", STATUS_USAGE, "usage" },
		{ "runbook request start --reason", STATUS_USAGE, "usage" },
		{ "runbook request other", STATUS_DENIED, "that is yours" },
		{ "runbook show other", STATUS_DENIED, "that is yours" },
		{ "runbook request why", STATUS_DENIED, "want a reason" },
		{ "runbook request why --reason x", STATUS_HELD, "pending" },
		{ "run --help", STATUS_OK, "usage: run NAME" },
	};
	struct book *b = open_book(state);

	for (size_t i = 0; i < ROWS(rows); i++)
		book_wants(b, CI, rows[i].line, rows[i].status, rows[i].part);
	book_free(b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, desk_setup, desk_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_runs_before_it_is_approved),
		TEST(who_asked_for_it_alone_approves_nothing),
		TEST(its_recording_says_where_it_comes_from),
		TEST(its_verdict_says_so_too),
		TEST(other_words_are_refused),
		TEST(it_is_for_those_whom_its_author_names),
		TEST(a_deny_beats_it),
		TEST(a_hold_of_the_same_people_is_satisfied),
		TEST(a_hold_of_others_asks_them),
		TEST(the_wire_is_judged_with_it),
		TEST(an_edit_has_to_be_approved_anew),
		TEST(who_lost_the_right_counts_no_more),
		TEST(it_is_approved_after_a_restart),
		TEST(a_template_that_went_while_held_runs_nothing),
		TEST(the_list_says_what_there_is),
		TEST(odd_calls_are_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
