/* An SDK's calls: each verdict an event, and those that are held wait for people, across
 * retries and connections, once for each yes. */
#include "tests/monitor/desk.h"

#define RULES                                                                          \
	"version: 1\nname: p\nrules:\n"                                                \
	"  - {id: read, effect: allow, on: [api], aws: {operations: "                  \
	"['s3:GetObject'], "                                                           \
	"resources: ['arn:aws:s3:::logs/*']}}\n"                                       \
	"  - {id: drop, effect: hold, on: [api], aws: {operations: "                   \
	"['s3:DeleteObject', "                                                         \
	"'s3:PutObject']}, approvers: {need: 1, from: [group:sre], auth: [key]}}\n"    \
	"  - {id: never, effect: deny, on: [api], aws: {operations: "                  \
	"['s3:DeleteBucket']}, reason: Buckets stay.}\n"

static struct front *
sdk(struct desk *d, struct run *r)
{
	desk_reload(d, NULL, RULES);
	return desk_sdk(d, CI, r);
}

static bool
has_text(struct span s, const char *part)
{
	return memmem(s.p, s.len, part, strlen(part)) != NULL;
}

static void
ask_drop(struct desk *d, struct run *r, uint32_t number)
{
	gate_asks(d, r, number, "s3:DeleteObject", "Bucket=logs", "Key=a", NULL);
	keeper_event(d, "call");
	assert_true(has_text(d->keeper.m.event.detail, "\"effect\":\"hold\""));
}

/* Held: its id. */
static void
held(struct desk *d, struct run *r, uint32_t number, char id[10])
{
	ask_drop(d, r, number);
	keeper_hold(d, id);
	gate_hears(d, r, number, VERDICT_HOLD, id);
	assert_true(span_is(r->ctl.m.call_says.hold, id));
}

/* Bob's word on it, which the store takes. */
static void
bob(struct desk *d, const char *verb, const char *id)
{
	struct front *b = front_login(d, BOB);
	bool yes = strcmp(verb, "approve") == 0;
	char line[64];

	snprintf(line, sizeof line, "%s %s%s", verb, id, yes ? "" : " --reason no");
	front_exec(b, 5, line);
	front_verdict(b, 5, VERDICT_VERB);
	keeper_set(d, yes ? HOLD_APPROVED : HOLD_DENIED);
	end_want(d, &b->talk, MSG_ROW);
	end_want(d, &b->talk, MSG_DONE);
	front_free(b);
}

static void
spent_and_allowed(struct desk *d, struct run *r, uint32_t number, const char *id)
{
	keeper_set(d, HOLD_SPENT);
	keeper_event_open(d, "call");
	assert_true(has_text(d->keeper.m.event.detail, "\"effect\":\"allow\""));
	assert_true(has_text(d->keeper.m.event.detail, id));
	end_quiet(d, &r->ctl);
	keeper_says(d, RC_OK);
	gate_hears(d, r, number, VERDICT_ALLOW, "");
	assert_true(span_is(r->ctl.m.call_says.hold, id));
	assert_true(has_text(r->ctl.m.call_says.decisions,
	    "[{\"name\":\"bob\",\"proof\":\"key\",\"key\":\"SHA256:"));
}

static void
gone(struct desk *d, struct run *r, uint32_t number)
{
	end_send(d, &r->ctl, MSG_CALL_GONE, number, NULL, NULL, 0);
	desk_turn(d);
}

static void
over(struct desk *d, struct front *f, struct run *r)
{
	run_sdk_end(d, r);
	run_close(r);
	front_free(f);
	assert_int_equal(sessions_count(d->m.sessions), 0);
	assert_int_equal(d->ended, 0);
}

static void
each_verdict_is_durable_before_it_is_said(void **state)
{
	static const struct {
		const char *what, *member, *event, *part;
		enum msg_effect effect;
	} rows[] = {
		{ "s3:GetObject", "Bucket=logs", "call", "", VERDICT_ALLOW },
		{ "s3:GetObject", "Bucket=other", "call.denied", "", VERDICT_DENY },
		{ "s3:DeleteBucket", "Bucket=logs", "call.denied", "Buckets stay.",
		    VERDICT_DENY },
		{ "ec2:DescribeInstances", "DryRun=false", "call.denied",
		    "no rule allows", VERDICT_DENY },
		/* What a rule on: [exec] allows. */
		{ "s3:NoSuchThing", "Bucket=logs", "call.denied", "", VERDICT_DENY },
	};
	struct desk *d = *state;
	struct run r;
	struct front *f = sdk(d, &r);

	for (uint32_t i = 0; i < ROWS(rows); i++) {
		gate_asks(d, &r, i, rows[i].what, rows[i].member,
		    strcmp(rows[i].what, "s3:GetObject") == 0 ? "Key=a" : NULL, NULL);
		keeper_event_open(d, rows[i].event);
		assert_true(has_text(d->keeper.m.event.detail, "\"path\":\"api\""));
		end_quiet(d, &r.ctl);
		keeper_says(d, RC_OK);
		gate_hears(d, &r, i, rows[i].effect, rows[i].part);
	}
	/* An allow that is not recorded is none. */
	gate_asks(d, &r, 9, "s3:GetObject", "Bucket=logs", "Key=a", NULL);
	keeper_event_open(d, "call");
	keeper_says(d, RC_FAIL);
	gate_hears(d, &r, 9, VERDICT_DENY, "could not be recorded");
	over(d, f, &r);
}

static void
a_yes_is_spent_before_the_call_goes_out(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = sdk(d, &r), *b;
	char id[10], out[4096];

	ask_drop(d, &r, 1);
	end_want(d, &d->keeper, MSG_HOLD_NEW);
	assert_true(span_is(d->keeper.m.hold_new.canon,
	    "s3:DeleteObject in eu-west-1: Bucket='logs' Key='a'"));
	assert_true(span_is(d->keeper.m.hold_new.rule, "p/drop"));
	assert_true(span_copy(d->keeper.m.hold_new.hold, id, sizeof id));
	end_quiet(d, &r.ctl);
	keeper_says(d, RC_OK);
	gate_hears(d, &r, 1, VERDICT_HOLD, "needs 1 of group sre (rule p/drop)");
	b = front_login(d, BOB);
	assert_int_equal(front_verb(b, 1, "pending", out, sizeof out), 0);
	assert_non_null(strstr(out, "s3:DeleteObject in eu-west-1: Bucket='logs'"));
	front_free(b);
	bob(d, "approve", id);
	end_quiet(d, &r.ctl);
	spent_and_allowed(d, &r, 1, id);
	over(d, f, &r);
}

static void
a_no_is_told_with_its_reason(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = sdk(d, &r);
	char id[10];

	held(d, &r, 1, id);
	bob(d, "deny", id);
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 1, VERDICT_DENY, "denied by bob");
	assert_true(has_text(r.ctl.m.call_says.decisions,
	    "[{\"decision\":\"denied\",\"name\":\"bob\",\"proof\":\"key\",\"reason\":"
	    "\"no\",\"time\":"));
	over(d, f, &r);
}

static void
a_retry_joins_the_same_hold(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = sdk(d, &r);
	char id[10], other[10];

	held(d, &r, 1, id);
	gone(d, &r, 1);
	end_quiet(d, &d->keeper);
	ask_drop(d, &r, 2);
	gate_hears(d, &r, 2, VERDICT_HOLD, id);
	/* Another object is another call. */
	gate_asks(d, &r, 3, "s3:DeleteObject", "Bucket=logs", "Key=b", NULL);
	keeper_event(d, "call");
	keeper_hold(d, other);
	gate_hears(d, &r, 3, VERDICT_HOLD, other);
	assert_string_not_equal(id, other);
	/* The same at the same time: one of them waits. */
	ask_drop(d, &r, 4);
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 4, VERDICT_HOLD, id);
	gate_hears(d, &r, 2, VERDICT_DENY, "asked again");
	bob(d, "approve", id);
	spent_and_allowed(d, &r, 4, id);
	/* It was for once. */
	held(d, &r, 5, other);
	assert_string_not_equal(id, other);
	over(d, f, &r);
}

static void
a_yes_waits_for_the_retry(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = sdk(d, &r);
	char id[10];

	held(d, &r, 1, id);
	gone(d, &r, 1);
	bob(d, "approve", id);
	end_quiet(d, &d->keeper);
	ask_drop(d, &r, 2);
	spent_and_allowed(d, &r, 2, id);
	/* And for no longer than approvals do. */
	held(d, &r, 3, id);
	gone(d, &r, 3);
	bob(d, "approve", id);
	desk_skip(d, 301000);
	keeper_set(d, HOLD_EXPIRED);
	end_quiet(d, &d->keeper);
	held(d, &r, 4, id);
	over(d, f, &r);
}

static void
a_no_that_nobody_waits_for_ends_it(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = sdk(d, &r);
	char id[10];

	held(d, &r, 1, id);
	gone(d, &r, 1);
	bob(d, "deny", id);
	end_quiet(d, &d->keeper);
	/* People are not asked the same again for a while. */
	ask_drop(d, &r, 2);
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 2, VERDICT_DENY, "denied by bob 0s ago");
	over(d, f, &r);
}

static void
it_outlives_its_connection(void **state)
{
	struct desk *d = *state;
	struct run r, s;
	struct front *f = sdk(d, &r), *g;
	char id[10];

	held(d, &r, 1, id);
	over(d, f, &r);
	end_quiet(d, &d->keeper);
	/* Somebody else's is another, whatever it says. */
	g = desk_sdk(d, ALICE, &s);
	ask_drop(d, &s, 1);
	end_want(d, &d->keeper, MSG_HOLD_NEW);
	keeper_says(d, RC_FAIL);
	keeper_event(d, "call.denied");
	gate_hears(d, &s, 1, VERDICT_DENY, "could not be recorded");
	over(d, g, &s);
	bob(d, "approve", id);
	g = desk_sdk(d, CI, &s);
	ask_drop(d, &s, 1);
	spent_and_allowed(d, &s, 1, id);
	over(d, g, &s);
}

/* Nobody may put other bytes in the place of those that people did not see. */
static void
what_was_not_seen_is_joined_by_nobody(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = sdk(d, &r);
	char id[10], other[10];

	for (uint32_t i = 1; i < 3; i++) {
		gate_asks(
		    d, &r, i, "s3:PutObject", "Bucket=logs", "Key=a", "Body", NULL);
		keeper_event(d, "call");
		end_want(d, &d->keeper, MSG_HOLD_NEW);
		assert_true(has_text(d->keeper.m.hold_new.canon, "Body=? "));
		assert_true(has_text(d->keeper.m.hold_new.canon, "not reviewed"));
		assert_true(span_copy(
		    d->keeper.m.hold_new.hold, i == 1 ? id : other, sizeof id));
		keeper_says(d, RC_OK);
		gate_hears(d, &r, i, VERDICT_HOLD, i == 1 ? id : other);
		if (i == 1)
			gone(d, &r, 1);
	}
	assert_string_not_equal(id, other);
	over(d, f, &r);
}

static void
people_have_so_much_time(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = sdk(d, &r);
	char id[10];

	held(d, &r, 1, id);
	desk_skip(d, 901000);
	keeper_set(d, HOLD_EXPIRED);
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 1, VERDICT_DENY, "nobody decided in time");
	assert_true(has_text(r.ctl.m.call_says.decisions,
	    "[{\"decision\":\"expired\",\"reason\":"
	    "\"nobody decided in time\",\"time\":"));
	over(d, f, &r);
}

static void
it_is_judged_again_when_people_said_yes(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = sdk(d, &r);
	char id[10];

	held(d, &r, 1, id);
	desk_reload(d, NULL,
	    "version: 1\nname: p\nrules:\n"
	    "  - {id: drop, effect: deny, on: [api], reason: Not any more., aws: "
	    "{operations: ['s3:*']}}\n");
	bob(d, "approve", id);
	keeper_set(d, HOLD_CANCELLED);
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 1, VERDICT_DENY, "Not any more.");
	desk_reload(d, NULL, RULES);
	held(d, &r, 2, id);
	desk_reload(d, NULL,
	    "version: 1\nname: p\nrules:\n"
	    "  - {id: drop, effect: hold, on: [api], aws: {operations: ['s3:*']}, "
	    "approvers: {need: 2, from: [group:sre], auth: [key]}}\n");
	bob(d, "approve", id);
	keeper_set(d, HOLD_CANCELLED);
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 2, VERDICT_DENY, "other approvals");
	over(d, f, &r);
}

static void
a_yes_that_is_not_recorded_is_none(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = sdk(d, &r);
	char id[10];

	held(d, &r, 1, id);
	bob(d, "approve", id);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	assert_int_equal(d->keeper.m.hold_set.state, HOLD_SPENT);
	keeper_says(d, RC_FAIL);
	keeper_set(d, HOLD_CANCELLED);
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 1, VERDICT_DENY, "could not be recorded");
	over(d, f, &r);
}

static void
so_many_holds_an_identity(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = sdk(d, &r);
	char key[16], id[10];

	for (uint32_t i = 0; i < 6; i++) {
		snprintf(key, sizeof key, "Key=%u", i);
		gate_asks(d, &r, i, "s3:DeleteObject", "Bucket=logs", key, NULL);
		keeper_event(d, "call");
		if (i == 5)
			break;
		keeper_hold(d, id);
		gate_hears(d, &r, i, VERDICT_HOLD, id);
		gone(d, &r, i); /* left behind, it counts as well */
	}
	keeper_event(d, "call.denied");
	gate_hears(d, &r, 5, VERDICT_DENY, "too many open holds");
	over(d, f, &r);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(each_verdict_is_durable_before_it_is_said),
		T(a_yes_is_spent_before_the_call_goes_out),
		T(a_no_is_told_with_its_reason),
		T(a_retry_joins_the_same_hold),
		T(a_yes_waits_for_the_retry),
		T(a_no_that_nobody_waits_for_ends_it),
		T(it_outlives_its_connection),
		T(what_was_not_seen_is_joined_by_nobody),
		T(people_have_so_much_time),
		T(it_is_judged_again_when_people_said_yes),
		T(a_yes_that_is_not_recorded_is_none),
		T(so_many_holds_an_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
