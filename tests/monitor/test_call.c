/* Verbs over SSH: their answers, and their end. */
#include "tests/monitor/desk.h"

static void
verbs_answer_on_their_channel(void **state)
{
	static const struct {
		const char *line;
		int status;
		const char *part;
	} rows[] = {
		{ "whoami", 0,
		    "alice (human)\ngroups   sre\nprofile  staging\nproof    key "
		    "SHA256:" },
		{ "whoami me", 64, "broker: refused: usage: whoami\n" },
		{ "--json whoami", 0,
		    "{\"identity\":\"alice\",\"kind\":\"human\",\"groups\":[\"sre\"]" },
		{ "whoami --json", 0, "{\"identity\":\"alice\"" },
		{ "--json whoami me", 64,
		    "{\"broker\":{\"event\":\"refused\",\"text\":\"refused: usage: "
		    "whoami\"}}\n" },
		{ "help", 0, "approve  ID [--reason TEXT]" },
		{ "pending", 0, "" },
		{ "kill x", 64, "broker: refused: kill is not in this version\n" },
		{ "ssm --help", 0, "usage: ssm TARGET [-- COMMAND...]" },
		{ "pending --help", 0, "usage: pending" },
	};
	struct desk *d = *state;
	char out[8192];

	for (uint32_t i = 0; i < ROWS(rows); i++) {
		struct front *f = front_login(d, ALICE);

		assert_int_equal(
		    front_verb(f, i, rows[i].line, out, sizeof out), rows[i].status);
		if (strstr(out, rows[i].part) == NULL)
			fail_msg("%s: \"%s\" is not in: %s", rows[i].line, rows[i].part,
			    out);
		assert_int_equal(
		    f->talk.m.done.json, strstr(rows[i].line, "--json") != NULL);
		assert_int_equal(sessions_count(d->m.sessions), 0);
		front_free(f);
	}
	end_quiet(d, &d->keeper);
}

static void
what_is_no_verb_call_is_refused(void **state)
{
	static const struct {
		const char *line, *part;
	} rows[] = {
		{ "whoami 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "too many words" },
		{ "--dry-run approve 0000-0000", "--dry-run is for commands" },
		{ "--dry-run whoami", "--dry-run is for commands" },
	};
	struct desk *d = *state;
	struct front *f = front_login(d, ALICE);

	for (uint32_t i = 0; i < ROWS(rows); i++) {
		front_exec(f, i, rows[i].line);
		keeper_event(d, "refused");
		front_denied(f, i, STATUS_USAGE, rows[i].part);
	}
	front_free(f);
}

static void
long_answers_come_in_pieces(void **state)
{
	struct desk *d = desk_new("holds: {open_per_identity: 200}\n"
				  "limits: {channels_per_connection: 200}\n");
	struct front *f = front_login(d, CI), *b = front_login(d, BOB);
	static char out[1 << 20];
	char line[2100], id[10];
	size_t rows = 0;

	(void)state;
	snprintf(line, sizeof line, "aws s3 rm s3://logs/%01000d", 0);
	for (uint32_t i = 0; i < 100; i++) {
		front_exec(f, i, line);
		keeper_event(d, "verdict");
		keeper_hold(d, id);
		front_verdict(f, i, VERDICT_HOLD);
	}
	assert_int_equal(front_verb(b, 1, "pending", out, sizeof out), 0);
	for (const char *at = out; (at = strstr(at, "\n  digest ")) != NULL; at++)
		rows++;
	assert_int_equal(rows, 100);
	assert_true(strlen(out) > MSG_TEXT_MAX);
	front_free(f);
	front_free(b);
	desk_free(d);
}

static void
a_verb_that_waits_is_ended_with_the_broker(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI), *b = front_login(d, BOB);
	char id[10], line[32];

	front_exec(f, 1, "aws s3 rm s3://logs/a");
	keeper_event(d, "verdict");
	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	snprintf(line, sizeof line, "approve %s", id);
	front_exec(b, 1, line);
	front_verdict(b, 1, VERDICT_VERB);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	sessions_stop(d->m.sessions, "the broker ends");
	/* One answer, and of the right kind. */
	end_want(d, &b->talk, MSG_DONE);
	assert_int_equal(b->talk.m.done.status, STATUS_FAILED);
	end_quiet(d, &b->talk);
	front_free(f);
	front_free(b);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(verbs_answer_on_their_channel),
		T(what_is_no_verb_call_is_refused),
		cmocka_unit_test(long_answers_come_in_pieces),
		T(a_verb_that_waits_is_ended_with_the_broker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
