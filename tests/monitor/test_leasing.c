/* Leases: noted before they are used, fresh ones within the session, and for the same. */
#include "tests/monitor/desk.h"

#include <signal.h>

#define LS "aws s3 ls"

static bool
has_text(struct span s, const char *part)
{
	return memmem(s.p, s.len, part, strlen(part)) != NULL;
}

static void
a_lease_that_is_not_noted_is_not_used(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	front_exec(f, 1, LS);
	keeper_event(d, "verdict");
	fake_vault_answer(RC_OK, "");
	keeper_event_open(d, "lease");
	end_quiet(d, &d->nursery);
	keeper_says(d, RC_FAIL);
	keeper_event(d, "failed");
	front_denied(f, 1, STATUS_FAILED, "");
	end_quiet(d, &d->nursery);
	front_free(f);
	assert_int_equal(sessions_count(d->m.sessions), 0);
}

/* As small as AWS takes it; and the audit is told which it was. */
static void
a_lease_is_cut_as_small_as_can_be(void **state)
{
	static const struct {
		const char *scope, *part;
	} rows[] = {
		{ "\"scope\":\"call\"", "arn:aws:s3:::logs" },
		{ "\"scope\":\"rule\"", "\"s3:*\"" },
		{ "\"scope\":\"role\"", "" },
	};
	struct desk *d = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct front *f = front_login(d, CI);

		front_exec(f, 1, "aws s3 ls s3://logs");
		keeper_event(d, "verdict");
		assert_non_null(strstr(fake_vault()->policy, rows[0].part));
		for (size_t k = 1; k <= i; k++) {
			fake_vault_answer(RC_END, "too large");
			end_quiet(d, &d->keeper);
			assert_non_null(strstr(fake_vault()->policy, rows[k].part));
		}
		if (i == 2)
			assert_string_equal(fake_vault()->policy, "");
		else
			assert_non_null(strstr(fake_vault()->policy, "111122223333"));
		fake_vault_answer(RC_OK, "");
		keeper_event_open(d, "lease");
		assert_true(has_text(d->keeper.m.event.detail, rows[i].scope));
		front_free(f);
		keeper_drain(d);
	}
}

static void
a_rule_may_want_it_cut(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	desk_reload(d, NULL,
	    "version: 1\nname: p\nrules:\n"
	    "  - {id: look, effect: allow, on: [exec], aws: {operations: ['s3:ls']}, "
	    "credential: {session_policy: scope, duration: 20m}}\n");
	front_exec(f, 1, LS);
	keeper_event(d, "verdict");
	assert_int_equal(fake_vault()->seconds, 1200);
	fake_vault_answer(RC_END, "too large");
	fake_vault_answer(RC_END, "too large");
	assert_int_equal(fake_vault()->open, 0);
	keeper_event(d, "unreachable");
	front_denied(f, 1, STATUS_UNREACHABLE, "cut to the request");
	end_quiet(d, &d->nursery);
	front_free(f);
	assert_int_equal(sessions_count(d->m.sessions), 0);
}

static void
an_sdks_lease_is_as_wide_as_its_rules(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	desk_reload(d, NULL,
	    "version: 1\nname: p\nrules:\n"
	    "  - {id: read, effect: allow, on: [api], aws: {operations: "
	    "['s3:GetObject'], resources: ['arn:aws:s3:::logs/*']}}\n"
	    "  - {id: look, effect: allow, on: [exec], aws: {operations: "
	    "['s3:ls']}}\n");
	front_forward(f, 1, "aws", 443);
	keeper_event(d, "verdict");
	assert_string_equal(fake_vault()->policy,
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
	    "\"Action\":[\"s3:GetObject\"],\"Resource\":[\"arn:aws:s3:::logs/*\"],"
	    "\"Condition\":{\"StringEqualsIfExists\":{\"aws:ResourceAccount\":"
	    "\"111122223333\"}}},"
	    "{\"Effect\":\"Allow\",\"Action\":[\"kms:Decrypt\",\"kms:GenerateDataKey\"]"
	    ","
	    "\"Resource\":\"arn:aws:kms:*:111122223333:key/*\",\"Condition\":{"
	    "\"StringLike\":{\"kms:ViaService\":\"*\"}}}]}");
	fake_vault_answer(RC_OK, "");
	keeper_event_open(d, "lease");
	assert_true(has_text(d->keeper.m.event.detail, "\"scope\":\"rule\""));
	front_free(f);
	keeper_drain(d);
}

static void
ask_lease(struct desk *d, struct run *r)
{
	end_send(d, &r->ctl, MSG_LEASE_ASK, 0, NULL, NULL, 0);
	desk_turn(d);
}

static void
no_fresh_lease(struct desk *d, struct run *r, const char *part)
{
	end_want(d, &r->ctl, MSG_LEASE);
	assert_int_equal(r->ctl.m.lease.access_key_id.len, 0);
	assert_int_equal(r->ctl.m.lease.secret.len, 0);
	assert_true(has_text(r->ctl.m.lease.text, part));
}

static void
fresh_leases_come_within_the_session(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = desk_run(d, LS, &r);

	ask_lease(d, &r);
	no_fresh_lease(d, &r, "just now");
	desk_skip(d, 600000);
	ask_lease(d, &r);
	ask_lease(d, &r); /* one is on its way */
	assert_int_equal(fake_vault()->asked, 2);
	assert_string_equal(fake_vault()->rule, "p/look");
	fake_vault_answer(RC_OK, "");
	keeper_event_open(d, "lease");
	end_quiet(d, &r.ctl);
	keeper_says(d, RC_OK);
	end_want(d, &r.ctl, MSG_LEASE);
	assert_true(span_is(r.ctl.m.lease.secret, "the-secret-key"));
	end_quiet(d, &r.ctl);
	/* One that cannot be had leaves the old one in its place. */
	desk_skip(d, 600000);
	ask_lease(d, &r);
	fake_vault_answer(RC_RETRY, "AWS has trouble");
	no_fresh_lease(d, &r, "AWS has trouble");
	desk_skip(d, 20000);
	ask_lease(d, &r);
	fake_vault_answer(RC_OK, "");
	keeper_event_open(d, "lease");
	keeper_says(d, RC_FAIL);
	no_fresh_lease(d, &r, "");
	run_to_end(d, &r);
	desk_done(d, f, &r);
}

static void
a_fresh_lease_is_for_the_same_or_none(void **state)
{
	struct desk *d = *state;
	struct run r;
	struct front *f = desk_run(d, LS, &r);

	desk_skip(d, 600000);
	desk_reload(
	    d, desk_config_with(d, "111122223333:role/b", "111122223333:role/c"), NULL);
	ask_lease(d, &r);
	no_fresh_lease(d, &r, "leads elsewhere");
	desk_reload(d,
	    desk_config_with(d, "groups: [deployers], profile: staging, ",
		"groups: [deployers], profile: prod, "),
	    NULL);
	desk_skip(d, 20000);
	ask_lease(d, &r);
	no_fresh_lease(d, &r, "no longer yours");
	assert_int_equal(fake_vault()->asked, 1);
	run_to_end(d, &r);
	desk_done(d, f, &r);
}

static void
ask_all_the_time(struct desk *d, bool waits)
{
	struct run r;
	struct front *f = desk_run(d, LS, &r);
	struct msg_exited exited = { .how = HOW_SIGNAL, .code = SIGKILL };
	unsigned vault = 1;
	int n = 0;

	/* Also while one is on its way. */
	if (waits) {
		desk_skip(d, 600000);
		vault++;
	}
	while (n < 200 && end_poll(d, &r.ctl) != 0) {
		ask_lease(d, &r);
		n++;
	}
	assert_in_range(n, 50, 150);
	assert_int_equal(fake_vault()->asked, vault);
	end_want(d, &d->launch, MSG_KILL);
	keeper_event(d, "session.lost");
	end_want(d, &d->keeper, MSG_CLOSE_REC);
	keeper_says(d, RC_OK);
	end_send(d, &d->launch, MSG_EXITED, r.number, &exited, NULL, 0);
	desk_turn(d);
	desk_done(d, f, &r);
}

static void
a_gate_that_asks_all_the_time_is_lost(void **state)
{
	ask_all_the_time(*state, false);
}

static void
also_while_a_lease_is_on_its_way(void **state)
{
	ask_all_the_time(*state, true);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(a_lease_that_is_not_noted_is_not_used),
		T(a_lease_is_cut_as_small_as_can_be),
		T(a_rule_may_want_it_cut),
		T(an_sdks_lease_is_as_wide_as_its_rules),
		T(fresh_leases_come_within_the_session),
		T(a_fresh_lease_is_for_the_same_or_none),
		T(a_gate_that_asks_all_the_time_is_lost),
		T(also_while_a_lease_is_on_its_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
