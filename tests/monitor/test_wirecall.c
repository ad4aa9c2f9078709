/* What a gate may send out: what its command's words cover and the rules allow, now; an
 * SDK's calls one by one; and nothing for a gate that breaks the order. */
#include "tests/monitor/desk.h"

#include <signal.h>

#define LS "aws s3 ls s3://logs/x/"

static void
lost(struct desk *d, struct front *f, struct run *r, bool noted)
{
	struct msg_exited exited = { .how = HOW_SIGNAL, .code = SIGKILL };

	end_over(d, &r->ctl);
	end_want(d, &d->launch, MSG_KILL);
	if (noted)
		keeper_event(d, "session.lost");
	end_want(d, &d->keeper, MSG_CLOSE_REC);
	keeper_says(d, RC_OK);
	end_send(d, &d->launch, MSG_EXITED, r->number, &exited, NULL, 0);
	desk_turn(d);
	desk_done(d, f, r);
}

static void
what_the_words_name_goes_out_at_once(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = desk_run(d, LS, &r);

	for (uint32_t i = 1; i < 4; i++) {
		gate_asks(d, &r, i, "s3:ListObjectsV2", "Bucket=logs", "Prefix=x/",
		    "Delimiter=/", "EncodingType=url", NULL);
		gate_hears(d, &r, i, VERDICT_ALLOW, "");
		assert_true(span_is(r.ctl.m.call_says.rule, "p/look"));
		assert_int_equal(r.ctl.m.call_says.hold.len, 0);
	}
	end_quiet(d, &d->keeper);
	run_to_end(d, &r);
	desk_done(d, f, &r);
}

static void
anything_else_is_noted_and_denied(void **state)
{
	static const char *const rows[][4] = {
		{ "s3:ListObjectsV2", "Bucket=secrets", "Prefix=x/", NULL },
		{ "s3:ListObjectsV2", "Bucket=logs", "Prefix=y/", NULL },
		{ "s3:GetObject", "Bucket=logs", "Key=x/a", NULL },
		{ "s3:DeleteObject", "Bucket=logs", "Key=x/a", NULL },
		{ "s3:NoSuchThing", "Bucket=logs", NULL, NULL },
		{ "iam:CreateAccessKey", NULL, NULL, NULL },
		{ "nothing:NoSuchThing", NULL, NULL, NULL },
	};
	struct desk *d = *state;
	struct run r;
	struct front *f = desk_run(d, LS, &r);

	for (uint32_t i = 0; i < ROWS(rows); i++) {
		gate_asks(d, &r, i, rows[i][0], rows[i][1], rows[i][2], NULL);
		keeper_event_open(d, "call.denied");
		assert_true(span_is(d->keeper.m.event.identity, "ci"));
		assert_int_equal(d->keeper.m.event.sid.len, 16);
		end_quiet(d, &r.ctl);
		/* A refusal is one, recorded or not. */
		keeper_says(d, i % 2 == 0 ? RC_OK : RC_FAIL);
		gate_hears(d, &r, i, VERDICT_DENY, "");
		assert_true(r.ctl.m.call_says.text.len > 0);
	}
	run_to_end(d, &r);
	desk_done(d, f, &r);
}

/* The same table in another region is another table. */
static void
another_region_is_not_covered(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f;

	desk_reload(d, NULL,
	    "version: 1\nname: p\nrules:\n"
	    "  - {id: all, effect: allow, on: [exec], aws: {operations: "
	    "['dynamodb:DescribeTable']}}\n");
	f = desk_run(d, "aws dynamodb describe-table --table-name people", &r);
	gate_asks(
	    d, &r, 1, "dynamodb:DescribeTable@us-east-1", "TableName=people", NULL);
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 1, VERDICT_DENY, "");
	gate_asks(d, &r, 2, "dynamodb:DescribeTable", "TableName=people", NULL);
	gate_hears(d, &r, 2, VERDICT_ALLOW, "");
	run_to_end(d, &r);
	desk_done(d, f, &r);
}

/* ---- approvals ---- */

static struct front *
approved_rm(struct desk *d, struct run *r)
{
	struct front *f = front_login(d, CI), *b;
	char id[10], line[32];

	front_exec(f, 1, "aws s3 rm s3://logs/a");
	keeper_event(d, "verdict");
	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	b = front_login(d, BOB);
	snprintf(line, sizeof line, "approve %s", id);
	front_exec(b, 5, line);
	keeper_set(d, HOLD_APPROVED);
	keeper_set(d, HOLD_SPENT);
	end_want(d, &f->talk, MSG_SAY);
	run_from_lease(f, 1, r);
	run_to_launch(d, r);
	front_free(b);
	return f;
}

static void
an_approval_covers_what_people_saw(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = approved_rm(d, &r);

	gate_asks(d, &r, 1, "s3:DeleteObject", "Bucket=logs", "Key=a", NULL);
	gate_hears(d, &r, 1, VERDICT_ALLOW, "");
	gate_asks(d, &r, 2, "s3:DeleteObject", "Bucket=logs", "Key=b", NULL);
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 2, VERDICT_DENY, "");
	/* Two must say yes by now; one has. */
	desk_reload(d, NULL,
	    "version: 1\nname: p\nrules:\n"
	    "  - {id: delete, effect: hold, on: [exec], aws: {operations: ['s3:rm']}, "
	    "approvers: {need: 2, from: [group:sre], auth: [key]}}\n");
	gate_asks(d, &r, 3, "s3:DeleteObject", "Bucket=logs", "Key=a", NULL);
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 3, VERDICT_DENY, "approval");
	/* Another rule than the one that people were asked for. */
	desk_reload(d, NULL,
	    "version: 1\nname: p\nrules:\n"
	    "  - {id: other, effect: hold, on: [exec], aws: {operations: ['s3:rm']}, "
	    "approvers: {need: 1, from: [group:sre], auth: [key]}}\n");
	gate_asks(d, &r, 4, "s3:DeleteObject", "Bucket=logs", "Key=a", NULL);
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 4, VERDICT_DENY, "approval");
	run_to_end(d, &r);
	desk_done(d, f, &r);
}

static void
a_command_that_was_allowed_is_not_held_halfway(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = desk_run(d, LS, &r);

	desk_reload(d, NULL,
	    "version: 1\nname: p\nrules:\n"
	    "  - {id: look, effect: hold, on: [exec], aws: {operations: ['s3:ls']}, "
	    "approvers: {need: 1, from: [group:sre], auth: [key]}}\n");
	gate_asks(d, &r, 1, "s3:ListObjectsV2", "Bucket=logs", "Prefix=x/",
	    "Delimiter=/", NULL);
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 1, VERDICT_DENY, "approval");
	run_to_end(d, &r);
	desk_done(d, f, &r);
}

/* ---- what changes meanwhile ---- */

static void
a_reload_counts_at_once(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = desk_run(d, LS, &r);

	for (uint32_t i = 0; i < 3; i++) {
		if (i == 0)
			desk_reload(d,
			    desk_config_with(
				d, "111122223333:role/b", "111122223333:role/c"),
			    NULL);
		else if (i == 1)
			desk_reload(d,
			    desk_config_with(
				d, "profile: staging, ", "profile: prod, "),
			    NULL);
		else
			desk_reload(d, NULL,
			    "version: 1\nname: p\nrules:\n"
			    "  - {id: no, effect: deny, on: [exec], reason: Not now., "
			    "aws: {operations: ['s3:*']}}\n");
		gate_asks(d, &r, i, "s3:ListObjectsV2", "Bucket=logs", "Prefix=x/",
		    "Delimiter=/", NULL);
		keeper_event(d, "call.denied");
		gate_hears(d, &r, i, VERDICT_DENY,
		    i == 0   ? "leads elsewhere"
		    : i == 1 ? "no longer yours"
			     : "Not now.");
	}
	desk_reload(d, NULL, NULL);
	gate_asks(d, &r, 9, "s3:ListObjectsV2", "Bucket=logs", "Prefix=x/",
	    "Delimiter=/", NULL);
	gate_hears(d, &r, 9, VERDICT_ALLOW, "");
	run_to_end(d, &r);
	desk_done(d, f, &r);
}

static void
nothing_goes_out_once_it_is_stopped(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = desk_run(d, LS, &r);

	front_gone(f, 1);
	end_want(d, &r.ctl, MSG_STOP);
	end_want(d, &d->launch, MSG_KILL);
	gate_asks(d, &r, 1, "s3:ListObjectsV2", "Bucket=logs", "Prefix=x/",
	    "Delimiter=/", NULL);
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 1, VERDICT_DENY, "being ended");
	run_to_end(d, &r);
	desk_done(d, f, &r);
}

/* ---- a gate that is not ours any more ---- */

static void
a_call_out_of_order_costs_the_session(void **state)
{
	enum { EARLY, TWICE, MALFORMED, ENDED, KINDS };
	struct desk *d = *state;
	struct msg_call_ask odd = { span_of("no facts") };

	for (int kind = 0; kind < KINDS; kind++) {
		struct run r;
		struct front *f;

		if (kind == EARLY) {
			f = front_login(d, CI);
			front_exec(f, 1, LS);
			run_to_start(f, 1, &r);
			gate_asks(d, &r, 1, "s3:ListBuckets", NULL);
			end_over(d, &r.ctl);
			keeper_event(d, "session.lost");
			end_want(d, &d->keeper, MSG_CLOSE_REC);
			keeper_says(d, RC_OK);
			desk_done(d, f, &r);
			continue;
		}
		f = desk_run(d, LS, &r);
		if (kind == TWICE) {
			gate_asks(d, &r, 1, "s3:ListBuckets", NULL);
			gate_asks(d, &r, 1, "s3:ListBuckets", NULL);
			keeper_event(d, "call.denied");
		} else if (kind == MALFORMED)
			end_send(d, &r.ctl, MSG_CALL_ASK, 1, &odd, NULL, 0);
		else {
			run_ended(d, &r, true);
			keeper_event(d, "session.end");
			gate_asks(d, &r, 1, "s3:ListBuckets", NULL);
		}
		lost(d, f, &r, kind != ENDED);
	}
}

static void
so_many_calls_at_once(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = desk_run(d, LS, &r);
	uint32_t n = 0;

	/* None is answered, since the keeper says nothing. */
	for (; n < 64; n++)
		gate_asks(d, &r, n, "s3:ListBuckets", NULL);
	end_quiet(d, &r.ctl);
	/* One that nobody waits for gives its place. */
	end_send(d, &r.ctl, MSG_CALL_GONE, 7, NULL, NULL, 0);
	gate_asks(d, &r, n++, "s3:ListBuckets", NULL);
	end_quiet(d, &r.ctl);
	gate_asks(d, &r, n++, "s3:ListBuckets", NULL);
	for (uint32_t i = 0; i < 65; i++)
		keeper_event(d, "call.denied");
	lost(d, f, &r, true);
}

static void
an_answer_that_nobody_waits_for_is_none(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = desk_run(d, LS, &r);

	gate_asks(d, &r, 1, "s3:ListBuckets", NULL);
	end_send(d, &r.ctl, MSG_CALL_GONE, 1, NULL, NULL, 0);
	end_send(d, &r.ctl, MSG_CALL_GONE, 2, NULL, NULL, 0);
	keeper_event(d, "call.denied");
	end_quiet(d, &r.ctl);
	/* Its number is free again. */
	gate_asks(d, &r, 1, "s3:ListBuckets", NULL);
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 1, VERDICT_DENY, "");
	run_to_end(d, &r);
	desk_done(d, f, &r);
}

static void
a_flood_waits_for_the_next_second(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = desk_run(d, LS, &r);
	uint32_t said = 0, asked = 0;

	/* At the beginning of a second. */
	while (said == asked && asked < 3000) {
		gate_asks(d, &r, asked++, "s3:ListObjectsV2", "Bucket=logs",
		    "Prefix=x/", "Delimiter=/", NULL);
		while (end_poll(d, &r.ctl) == MSG_CALL_SAYS)
			said++;
	}
	assert_in_range(asked, 900, 2200);
	assert_int_equal(said, asked - 1);
	/* It is late, not lost. */
	desk_skip(d, 1000);
	gate_hears(d, &r, asked - 1, VERDICT_ALLOW, "");
	run_to_end(d, &r);
	desk_done(d, f, &r);
}

/* Taking back what was never asked costs as much. */
static void
a_flood_of_nothing_waits_too(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = desk_run(d, LS, &r);
	uint32_t n = 0, said = 0, asked = 0;

	for (; said == asked && n < 3000; n++) {
		end_send(d, &r.ctl, MSG_CALL_GONE, n, NULL, NULL, 0);
		if (n % 16 != 0)
			continue;
		gate_asks(d, &r, asked++, "s3:ListObjectsV2", "Bucket=logs",
		    "Prefix=x/", "Delimiter=/", NULL);
		while (end_poll(d, &r.ctl) == MSG_CALL_SAYS)
			said++;
	}
	assert_in_range(n, 800, 2200);
	desk_skip(d, 1000);
	gate_hears(d, &r, asked - 1, VERDICT_ALLOW, "");
	run_to_end(d, &r);
	desk_done(d, f, &r);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(what_the_words_name_goes_out_at_once),
		T(anything_else_is_noted_and_denied),
		T(another_region_is_not_covered),
		T(an_approval_covers_what_people_saw),
		T(a_command_that_was_allowed_is_not_held_halfway),
		T(a_reload_counts_at_once),
		T(nothing_goes_out_once_it_is_stopped),
		T(a_call_out_of_order_costs_the_session),
		T(so_many_calls_at_once),
		T(an_answer_that_nobody_waits_for_is_none),
		T(a_flood_waits_for_the_next_second),
		T(a_flood_of_nothing_waits_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
