/* A session that is held: who hears what when, and what may come of a yes. */
#include "tests/monitor/desk.h"

#define RM "aws s3 rm s3://logs/a"

/* Held on channel 1: its id. */
static struct front *
held(struct desk *d, const char *line, char id[10])
{
	struct front *f = front_login(d, CI);

	front_exec(f, 1, line);
	keeper_event(d, "verdict");
	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	return f;
}

/* Bob says yes or no, up to the change that the store is to take. */
static struct front *
bob(struct desk *d, const char *verb, const char *id, const char *more)
{
	struct front *f = front_login(d, BOB);
	char line[128];

	snprintf(line, sizeof line, "%s %s%s", verb, id, more);
	front_exec(f, 5, line);
	front_verdict(f, 5, VERDICT_VERB);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	return f;
}

static void
nobody_is_asked_before_the_hold_is_durable(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	char out[4096];
	struct front *b;

	front_exec(f, 1, RM);
	keeper_event(d, "verdict");
	end_want(d, &d->keeper, MSG_HOLD_NEW);
	assert_true(span_is(d->keeper.m.hold_new.canon, "'aws' s3 rm s3://logs/a"));
	assert_true(span_is(d->keeper.m.hold_new.identity, "ci"));
	assert_true(span_is(d->keeper.m.hold_new.rule, "p/delete"));
	end_quiet(d, &f->talk);
	b = front_login(d, BOB);
	assert_int_equal(front_verb(b, 1, "pending", out, sizeof out), 0);
	assert_string_equal(out, "");
	front_free(f);
	front_free(b);
}

static void
in_meta(const struct desk *d, const char *part)
{
	struct span meta = d->nursery.m.start.meta;

	if (memmem(meta.p, meta.len, part, strlen(part)) == NULL)
		fail_msg("no %s in %.*s", part, (int)meta.len, (const char *)meta.p);
}

static void
a_yes_is_spent_and_then_runs(void **state)
{
	struct desk *d = *state;
	char id[10], text[64];
	struct front *f = held(d, RM, id), *b;
	struct run r;

	snprintf(text, sizeof text,
	    "broker: held: %s needs 1 of group sre (rule p/delete)", id);
	end_has(&f->talk, text);
	end_has(&f->talk, "; expires in 15m\n");
	snprintf(text, sizeof text, "broker: approver runs: broker approve %s\n", id);
	end_has(&f->talk, text);
	desk_skip(d, 42000);
	b = bob(d, "approve", id, " --reason 'change 7'");
	assert_int_equal(d->keeper.m.hold_set.state, HOLD_APPROVED);
	assert_true(span_is(d->keeper.m.hold_set.by, "bob"));
	assert_true(span_is(d->keeper.m.hold_set.proof, "key"));
	assert_true(span_is(d->keeper.m.hold_set.reason, "change 7"));
	end_quiet(d, &b->talk);
	end_quiet(d, &f->talk);
	keeper_says(d, RC_OK);
	end_want(d, &b->talk, MSG_ROW);
	end_want(d, &b->talk, MSG_DONE);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	assert_int_equal(d->keeper.m.hold_set.state, HOLD_SPENT);
	assert_true(span_is(d->keeper.m.hold_set.by, ""));
	end_quiet(d, &f->talk);
	assert_int_equal(fake_vault()->asked, 0);
	keeper_says(d, RC_OK);
	end_want(d, &f->talk, MSG_SAY);
	snprintf(text, sizeof text, "broker: approved %s by bob after 42s\n", id);
	end_has(&f->talk, text);
	assert_string_equal(fake_vault()->approval, id);
	run_from_lease(f, 1, &r);
	snprintf(text, sizeof text, "\"hold\":\"%s\",\"approvers\":[\"bob\"]", id);
	assert_non_null(memmem(d->nursery.m.start.meta.p, d->nursery.m.start.meta.len,
	    text, strlen(text)));
	in_meta(d, "\"approval\":{\"required\":true,\"asked\":\"20");
	in_meta(d, "\"needs\":[{\"rule\":\"p/delete\",\"need\":1,");
	in_meta(
	    d, "\"approvals\":[{\"name\":\"bob\",\"proof\":\"key\",\"key\":\"SHA256:");
	in_meta(d, "\"reason\":\"change 7\",\"time\":\"20");
	run_to_launch(d, &r);
	run_to_end(d, &r);
	run_close(&r);
	front_free(f);
	front_free(b);
}

static void
a_no_is_told_with_its_reason(void **state)
{
	struct desk *d = *state;
	char id[10], text[64];
	struct front *f = held(d, RM, id);
	struct front *b = bob(d, "deny", id, " --reason 'not on a Friday'");

	assert_int_equal(d->keeper.m.hold_set.state, HOLD_DENIED);
	assert_true(span_is(d->keeper.m.hold_set.by, "bob"));
	assert_true(span_is(d->keeper.m.hold_set.proof, "key"));
	end_quiet(d, &f->talk);
	keeper_says(d, RC_OK);
	keeper_event(d, "denied");
	snprintf(text, sizeof text, "broker: denied: %s by bob: not on a Friday\n", id);
	front_denied(f, 1, STATUS_DENIED, text);
	assert_int_equal(fake_vault()->asked, 0);
	assert_int_equal(sessions_count(d->m.sessions), 0);
	front_free(f);
	front_free(b);
}

static void
time_runs_out(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f = held(d, RM, id);

	desk_skip(d, 899000);
	end_quiet(d, &d->keeper);
	desk_skip(d, 1100);
	keeper_set(d, HOLD_EXPIRED);
	keeper_event(d, "expired");
	front_denied(f, 1, STATUS_HELD, "nobody decided in time");
	assert_int_equal(sessions_count(d->m.sessions), 0);
	end_quiet(d, &d->keeper);
	front_free(f);
}

static void
a_yes_in_time_counts_with_a_slow_store(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f = held(d, RM, id), *b;

	desk_skip(d, 899000);
	b = bob(d, "approve", id, "");
	desk_skip(d, 5000);
	assert_int_equal(d->keeper.m.hold_set.state, HOLD_APPROVED);
	keeper_says(d, RC_OK);
	keeper_set(d, HOLD_SPENT);
	assert_int_equal(fake_vault()->asked, 1);
	front_free(f);
	front_free(b);
}

static void
a_caller_waits_as_long_as_it_says(void **state)
{
	struct desk *d = *state;
	char id[10], text[64], out[4096];
	struct front *f = held(d, "--wait 30 " RM, id), *b;

	desk_skip(d, 29000);
	end_quiet(d, &d->keeper);
	desk_skip(d, 1100);
	keeper_event(d, "held");
	front_denied(
	    f, 1, STATUS_HELD, "not approved in the time you were ready to wait");
	snprintf(text, sizeof text,
	    "broker: run it later with: ssh broker request %s\n", id);
	end_has(&f->talk, text);
	/* The hold stays. */
	end_quiet(d, &d->keeper);
	b = front_login(d, BOB);
	assert_int_equal(front_verb(b, 1, "pending", out, sizeof out), 0);
	assert_non_null(strstr(out, id));
	front_free(f);
	front_free(b);
}

static void
who_does_not_wait_is_told_the_id_at_once(void **state)
{
	static const char *const lines[] = { "--no-wait " RM, "--wait 0 " RM "b",
		"--no-wait --json " RM "c" };
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	for (uint32_t i = 0; i < ROWS(lines); i++) {
		bool json = strstr(lines[i], "--json") != NULL;
		char id[10], text[96];

		front_exec(f, i, lines[i]);
		keeper_event(d, "verdict");
		keeper_hold(d, id);
		keeper_event(d, "held");
		snprintf(text, sizeof text,
		    json ? "\"id\":\"%s\",\"rule\":\"p/delete\""
			 : "held: %s needs 1 of group sre (rule p/delete); not waited "
			   "for\nbroker: run it later with: ssh broker request %s\n",
		    id, id);
		front_denied(f, i, STATUS_HELD, text);
		if (json)
			end_has(&f->talk, "\"retry_after\":60}}\n");
	}
	end_quiet(d, &d->keeper);
	front_free(f);
}

static void
a_yes_that_comes_too_late_runs_nothing_yet(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f = held(d, "--wait 30 " RM, id);
	struct front *b = bob(d, "approve", id, "");
	uint32_t approve = d->keeper.f.id;
	struct msg_kept yes = { .rc = RC_OK };

	/* The yes is on its way to the store, and the caller waits no longer. */
	desk_skip(d, 30100);
	keeper_event_open(d, "held");
	{
		uint32_t refusal = d->keeper.f.id;

		end_send(d, &d->keeper, MSG_KEPT, approve, &yes, NULL, 0);
		desk_turn(d);
		end_quiet(d, &d->keeper);
		end_send(d, &d->keeper, MSG_KEPT, refusal, &yes, NULL, 0);
	}
	front_denied(f, 1, STATUS_HELD, "not approved in the time");
	/* Nobody has come for it: it ends by itself. */
	desk_skip(d, 300100);
	keeper_set(d, HOLD_EXPIRED);
	end_quiet(d, &d->keeper);
	assert_int_equal(fake_vault()->asked, 0);
	front_free(f);
	front_free(b);
}

static void
a_hold_that_is_not_recorded_is_none(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	front_exec(f, 1, RM);
	keeper_event(d, "verdict");
	end_want(d, &d->keeper, MSG_HOLD_NEW);
	keeper_says(d, RC_FAIL);
	keeper_event(d, "failed");
	front_denied(f, 1, STATUS_FAILED, "the hold could not be recorded");
	end_quiet(d, &d->keeper);
	front_free(f);
}

static void
an_approval_that_is_not_spent_runs_nothing(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f = held(d, RM, id);
	struct front *b = bob(d, "approve", id, "");

	keeper_says(d, RC_OK);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	assert_int_equal(d->keeper.m.hold_set.state, HOLD_SPENT);
	keeper_says(d, RC_FAIL);
	keeper_set(d, HOLD_CANCELLED);
	keeper_event(d, "failed");
	front_denied(f, 1, STATUS_FAILED, "could not be recorded as used");
	assert_int_equal(fake_vault()->asked, 0);
	front_free(f);
	front_free(b);
}

static void
a_yes_that_is_not_recorded_runs_nothing(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f = held(d, RM, id);
	struct front *b = bob(d, "approve", id, "");

	keeper_says(d, RC_FAIL);
	end_want(d, &b->talk, MSG_SAY);
	end_has(&b->talk, "not recorded, so not done");
	end_want(d, &b->talk, MSG_DONE);
	assert_int_equal(b->talk.m.done.status, STATUS_FAILED);
	keeper_set(d, HOLD_CANCELLED);
	keeper_event(d, "failed");
	front_denied(f, 1, STATUS_FAILED, "the hold could not be recorded");
	assert_int_equal(fake_vault()->asked, 0);
	front_free(f);
	front_free(b);
}

static void
a_reload_between_asking_and_running_is_heeded(void **state)
{
	static const struct {
		const char *from, *to; /* in the configuration */
		const char *policy;
		const char *part; /* NULL: it runs */
	} rows[] = {
		{ "{account: \"111122223333\", role: "
		  "\"arn:aws:iam::111122223333:role/b\"",
		    "{account: \"999922223333\", role: "
		    "\"arn:aws:iam::999922223333:role/b\"",
		    NULL, "the profile has changed" },
		{ "111122223333:role/b", "111122223333:role/admin", NULL,
		    "the profile has changed" },
		{ "profile: staging, profiles: [prod]", "profile: prod", NULL,
		    "the profile is no longer yours" },
		{ "", "", "version: 1\nname: p\nrules: []\n", "denied: s3 rm" },
		{ "", "",
		    "version: 1\nname: p\nrules:\n"
		    "  - {id: delete, effect: hold, on: [exec], aws: {operations: "
		    "['s3:rm']}, approvers: {need: 2, from: [group:sre], auth: "
		    "[key]}}\n",
		    "the rule asks for other approvals now" },
		{ "", "",
		    "version: 1\nname: p\nrules:\n"
		    "  - {id: all, effect: allow, on: [exec], aws: {operations: "
		    "['s3:rm']}}\n",
		    NULL },
		/* One yes was given when two are wanted; sre may no more. */
		{ "", "",
		    "version: 1\nname: p\nrules:\n"
		    "  - {id: delete, effect: hold, on: [exec], aws: {operations: "
		    "['s3:rm']}, approvers: {need: 2, from: [group:sre], auth: "
		    "[key]}}\n",
		    "the rule asks for other approvals now" },
		{ "", "",
		    "version: 1\nname: p\nrules:\n"
		    "  - {id: delete, effect: hold, on: [exec], aws: {operations: "
		    "['s3:rm']}, approvers: {need: 1, from: [group:dba], auth: "
		    "[key]}}\n",
		    "the rule asks for other approvals now" },
	};
	struct desk *d = *state;

	/* Before the approval is spent, and while it is. */
	for (size_t n = 0; n < 2 * ROWS(rows); n++) {
		size_t i = n / 2;
		bool late = n % 2;
		unsigned asked = fake_vault()->asked;
		const char *config = desk_config_with(d, rows[i].from, rows[i].to);
		char id[10];
		struct front *f = held(d, RM, id), *b;

		if (!late)
			desk_reload(d, config, rows[i].policy);
		b = bob(d, "approve", id, "");
		keeper_says(d, RC_OK);
		if (late) {
			end_want(d, &d->keeper, MSG_HOLD_SET);
			assert_int_equal(d->keeper.m.hold_set.state, HOLD_SPENT);
			desk_reload(d, config, rows[i].policy);
			keeper_says(d, RC_OK);
		} else if (rows[i].part == NULL)
			keeper_set(d, HOLD_SPENT);
		if (rows[i].part != NULL) {
			keeper_event(d, "denied");
			front_denied(f, 1, STATUS_DENIED, rows[i].part);
		}
		/* What was not used stays, for rules that are as they were again. */
		end_quiet(d, &d->keeper);
		if (rows[i].part != NULL && !late) {
			desk_skip(d, 300100);
			keeper_set(d, HOLD_EXPIRED);
		}
		assert_int_equal(fake_vault()->asked, asked + (rows[i].part == NULL));
		front_free(f);
		front_free(b);
		desk_reload(d, NULL, NULL);
	}
}

static void
an_asker_whose_key_is_configured_no_more_may_come_back(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f = held(d, RM, id);

	desk_reload(
	    d, desk_config_with(d, d->key_lines[CI], d->key_lines[STRANGER]), NULL);
	end_over(d, &f->talk);
	keeper_event(d, "left");
	end_quiet(d, &d->keeper);
	assert_int_equal(sessions_count(d->m.sessions), 0);
	front_free(f);
}

static void
an_asker_that_is_configured_no_more_takes_its_hold_along(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f = held(d, RM, id);

	desk_reload(d, desk_config_with(d, "name: ci,", "name: cj,"), NULL);
	end_over(d, &f->talk);
	keeper_event(d, "withdrawn");
	keeper_set(d, HOLD_CANCELLED);
	assert_int_equal(sessions_count(d->m.sessions), 0);
	front_free(f);
}

/* Nothing of it is pending, and bob cannot say yes. */
static void
is_over(struct desk *d, const char *id)
{
	char out[512], line[32];
	struct front *b = front_login(d, BOB);

	snprintf(line, sizeof line, "approve %s", id);
	assert_int_equal(front_verb(b, 1, line, out, sizeof out), STATUS_USAGE);
	assert_non_null(strstr(out, "no hold of that id is pending"));
	front_free(b);
}

static void
an_asker_that_withdraws_cancels(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f = held(d, RM, id);

	front_gone(f, 1);
	keeper_event(d, "withdrawn");
	end_want(d, &d->keeper, MSG_HOLD_SET);
	assert_int_equal(d->keeper.m.hold_set.state, HOLD_CANCELLED);
	assert_true(span_is(d->keeper.m.hold_set.by, "ci"));
	assert_true(span_is(d->keeper.m.hold_set.reason, "withdrawn"));
	keeper_says(d, RC_OK);
	assert_int_equal(sessions_count(d->m.sessions), 0);
	is_over(d, id);
	front_free(f);
}

/* Two ways to go: a channel that is closed, a connection that breaks. */
static void
go_away(struct front *f, int way)
{
	if (way == 0)
		front_left(f, 1);
	else {
		end_close(&f->talk);
		desk_turn(f->d);
	}
}

static void
an_asker_that_goes_leaves_the_hold_behind(void **state)
{
	struct desk *d = *state;

	for (int way = 0; way < 2; way++) {
		char id[10];
		struct front *f = held(d, way == 0 ? RM : RM "b", id), *b;

		go_away(f, way);
		keeper_event(d, "left");
		end_quiet(d, &d->keeper);
		assert_int_equal(sessions_count(d->m.sessions), 0);
		b = bob(d, "approve", id, "");
		assert_int_equal(d->keeper.m.hold_set.state, HOLD_APPROVED);
		keeper_says(d, RC_OK);
		end_quiet(d, &d->keeper);
		assert_int_equal(fake_vault()->asked, 0);
		front_free(f);
		front_free(b);
	}
}

static const char cancels[] =
    "version: 1\nname: p\nrules:\n"
    "  - {id: delete, effect: hold, on: [exec], aws: {operations: ['s3:rm']}, "
    "on_disconnect: cancel, approvers: {need: 1, from: [group:sre], auth: [key]}}\n";

static void
an_asker_that_goes_cancels_where_the_rule_says_so(void **state)
{
	struct desk *d = *state;

	desk_reload(d, NULL, cancels);
	for (int way = 0; way < 2; way++) {
		char id[10];
		struct front *f = held(d, RM, id);

		go_away(f, way);
		keeper_event(d, "withdrawn");
		keeper_set(d, HOLD_CANCELLED);
		assert_int_equal(sessions_count(d->m.sessions), 0);
		is_over(d, id);
		front_free(f);
	}
}

static void
patience_that_ends_cancels_where_the_rule_says_so(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f;

	desk_reload(d, NULL, cancels);
	f = held(d, "--wait 30 " RM, id);
	desk_skip(d, 30100);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	assert_int_equal(d->keeper.m.hold_set.state, HOLD_CANCELLED);
	keeper_says(d, RC_OK);
	keeper_event(d, "expired");
	front_denied(f, 1, STATUS_HELD, "not approved in the time");
	/* Nor is anybody asked for who does not wait. */
	front_exec(f, 2, "--no-wait " RM);
	keeper_event(d, "verdict");
	keeper_event(d, "held");
	front_denied(f, 2, STATUS_HELD, "not waited for, so nobody was asked");
	end_quiet(d, &d->keeper);
	front_free(f);
}

static void
the_end_of_the_broker_keeps_holds(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f = held(d, RM, id);

	sessions_stop(d->m.sessions, "the broker is ending");
	keeper_event(d, "held");
	front_denied(f, 1, STATUS_HELD, "; the broker is ending\n");
	end_has(&f->talk, "run it later with: ssh broker request ");
	end_quiet(d, &d->keeper);
	assert_int_equal(sessions_count(d->m.sessions), 0);
	front_free(f);
}

static void
a_terminal_is_shown_the_time(void **state)
{
	struct desk *d = *state;
	struct msg_exec_ask m = { .form = FORM_LINE, .line = span_of(RM), .pty = 1 };
	struct front *f = front_login(d, CI), *b;
	char id[10], text[64];

	end_send(d, &f->talk, MSG_EXEC_ASK, 1, &m, NULL, 0);
	keeper_event(d, "verdict");
	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	end_quiet(d, &f->talk);
	for (int i = 0; i < 2; i++) {
		desk_skip(d, 10000);
		end_want(d, &f->talk, MSG_SAY);
		snprintf(text, sizeof text, "\r\x1b[Kbroker: %s expires in 14m", id);
		end_has(&f->talk, text);
		assert_null(
		    memchr(f->talk.m.text.text.p, '\n', f->talk.m.text.text.len));
	}
	b = bob(d, "approve", id, "");
	keeper_says(d, RC_OK);
	keeper_set(d, HOLD_SPENT);
	end_want(d, &f->talk, MSG_SAY);
	assert_true(span_is(f->talk.m.text.text, "\r\x1b[K"));
	end_want(d, &f->talk, MSG_SAY);
	end_has(&f->talk, "broker: approved ");
	desk_skip(d, 11000);
	end_quiet(d, &f->talk);
	front_free(f);
	front_free(b);
}

static void
programs_are_shown_no_time(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f = held(d, RM, id);
	struct msg_exec_ask m = {
		.form = FORM_LINE, .line = span_of("--json " RM), .pty = 1
	};

	end_send(d, &f->talk, MSG_EXEC_ASK, 2, &m, NULL, 0);
	keeper_event(d, "verdict");
	keeper_hold(d, id);
	front_verdict(f, 2, VERDICT_HOLD);
	/* And nobody is idle who waits. */
	desk_skip(d, 890000);
	end_quiet(d, &f->talk);
	front_free(f);
}

static void
an_asker_that_goes_while_it_is_spent_runs_nothing(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f = held(d, RM, id);
	struct front *b = bob(d, "approve", id, "");

	keeper_says(d, RC_OK);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	assert_int_equal(d->keeper.m.hold_set.state, HOLD_SPENT);
	front_gone(f, 1);
	keeper_says(d, RC_OK);
	end_quiet(d, &d->keeper);
	assert_int_equal(fake_vault()->asked, 0);
	assert_int_equal(sessions_count(d->m.sessions), 0);
	front_free(f);
	front_free(b);
}

static void
one_asker_has_so_many_open(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI), *b;
	char id[10];
	struct run r;

	for (uint32_t i = 1; i <= 5; i++) {
		front_exec(f, i, RM);
		keeper_event(d, "verdict");
		keeper_hold(d, id);
		front_verdict(f, i, VERDICT_HOLD);
	}
	front_exec(f, 6, RM);
	keeper_event(d, "verdict");
	keeper_event(d, "held");
	front_denied(f, 6, STATUS_HELD, "too many open holds");
	/* One that runs is no longer open. */
	b = bob(d, "approve", id, "");
	keeper_says(d, RC_OK);
	keeper_set(d, HOLD_SPENT);
	end_want(d, &f->talk, MSG_SAY);
	run_from_lease(f, 5, &r);
	front_exec(f, 6, RM);
	keeper_event(d, "verdict");
	keeper_hold(d, id);
	front_verdict(f, 6, VERDICT_HOLD);
	run_close(&r);
	front_free(f);
	front_free(b);
}

/* ---- asked again ---- */

/* Held and left behind. */
static void
left(struct desk *d, const char *line, char id[10])
{
	struct front *f = held(d, line, id);

	front_left(f, 1);
	keeper_event(d, "left");
	front_free(f);
}

static struct front *
again(struct desk *d, const char *line)
{
	struct front *f = front_login(d, CI);

	front_exec(f, 1, line);
	keeper_event(d, "verdict");
	return f;
}

static void
who_asks_again_is_where_it_was(void **state)
{
	struct desk *d = *state;
	char id[10], other[10], text[64];
	struct front *f, *b;
	struct run r;

	left(d, RM, id);
	for (int i = 0; i < 7; i++) { /* as often as it likes: it fills nothing up */
		f = again(d, i < 4 ? RM : "--no-wait " RM);
		if (i < 4) {
			front_verdict(f, 1, VERDICT_HOLD);
			end_has(&f->talk, id);
			front_left(f, 1);
			keeper_event(d, "left");
		} else {
			keeper_event(d, "held");
			front_denied(f, 1, STATUS_HELD, id);
		}
		end_quiet(d, &d->keeper);
		front_free(f);
	}
	f = again(d, RM);
	front_verdict(f, 1, VERDICT_HOLD);
	b = bob(d, "approve", id, "");
	keeper_says(d, RC_OK);
	keeper_set(d, HOLD_SPENT);
	end_want(d, &f->talk, MSG_SAY);
	snprintf(text, sizeof text, "broker: approved %s by bob", id);
	end_has(&f->talk, text);
	assert_string_equal(fake_vault()->approval, id);
	run_from_lease(f, 1, &r);
	run_to_launch(d, &r);
	run_to_end(d, &r);
	run_close(&r);
	front_free(f);
	front_free(b);
	/* What was used is not there to come back to. */
	f = held(d, RM, other);
	assert_string_not_equal(id, other);
	front_free(f);
}

static void
an_approval_that_nobody_waited_for_runs_what_is_asked_again(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f, *b;
	struct run r;

	left(d, RM, id);
	b = bob(d, "approve", id, "");
	keeper_says(d, RC_OK);
	f = again(d, RM);
	keeper_set(d, HOLD_SPENT);
	end_want(d, &f->talk, MSG_SAY);
	end_has(&f->talk, id);
	run_from_lease(f, 1, &r);
	run_to_launch(d, &r);
	run_to_end(d, &r);
	run_close(&r);
	front_free(f);
	front_free(b);
}

static void
only_the_same_comes_back(void **state)
{
	static const char *const others[] = {
		"aws s3 rm s3://logs/b",
		"--reason other " RM,
		"aws --profile prod s3 rm s3://logs/a",
		"aws --region eu-west-2 s3 rm s3://logs/a",
	};
	struct desk *d = *state;
	char id[10], own[10];
	struct front *f, *b;

	left(d, RM, id);
	b = bob(d, "approve", id, "");
	keeper_says(d, RC_OK);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		f = held(d, others[i], own);
		assert_string_not_equal(id, own);
		front_free(f);
		keeper_event(d, "left");
	}
	/* Nor does anybody else. */
	f = front_login(d, BOT);
	front_exec(f, 1, RM);
	keeper_event(d, "verdict");
	keeper_hold(d, own);
	assert_string_not_equal(id, own);
	front_verdict(f, 1, VERDICT_HOLD);
	assert_int_equal(fake_vault()->asked, 0);
	front_free(f);
	front_free(b);
}

static const char stricter[] =
    "version: 1\nname: p\nrules:\n"
    "  - {id: delete, effect: hold, on: [exec], aws: {operations: ['s3:rm']}, "
    "approvers: {need: 2, from: [group:sre], auth: [key]}}\n";

static void
what_is_not_enough_any_more_is_asked_for_anew(void **state)
{
	struct desk *d = *state;
	char pending[10], yes[10], id[10];
	struct front *f, *b;

	left(d, RM, pending);
	left(d, RM "b", yes);
	b = bob(d, "approve", yes, "");
	keeper_says(d, RC_OK);
	desk_reload(d, NULL, stricter);
	f = held(d, RM, id);
	assert_string_not_equal(id, pending);
	front_free(f);
	keeper_event(d, "left");
	f = held(d, RM "b", id);
	assert_string_not_equal(id, yes);
	front_free(f);
	front_free(b);
	assert_int_equal(fake_vault()->asked, 0);
}

static void
who_asks_again_is_counted_once(void **state)
{
	static const char policy[] =
	    "version: 1\nname: p\nrules:\n"
	    "  - {id: delete, effect: hold, on: [exec], aws: {operations: ['s3:rm']}, "
	    "rate: {n: 2, per: 1h, by: [identity]}, approvers: {need: 1, from: "
	    "[group:sre], auth: [key]}}\n";
	struct desk *d = *state;
	char id[10];
	struct front *f;

	desk_reload(d, NULL, policy);
	left(d, RM, id);
	for (int i = 0; i < 3; i++) {
		f = again(d, RM);
		front_verdict(f, 1, VERDICT_HOLD);
		end_has(&f->talk, id);
		front_free(f);
		keeper_event(d, "left");
	}
	left(d, RM "b", id);
	f = again(d, RM "c");
	keeper_event(d, "denied");
	front_denied(f, 1, STATUS_DENIED, "over its rate of 2 in 1h");
	front_free(f);
}

static void
many_approvers_still_make_a_line(void **state)
{
	struct desk *d = *state;
	char policy[8192], id[10], text[32];
	size_t n =
	    (size_t)snprintf(policy, sizeof policy, "version: 1\nname: p\nrules:\n");
	struct front *f;

	/* The most of rules and names, and long ones. */
	for (int rule = 0; rule < 8; rule++) {
		n += (size_t)snprintf(policy + n, sizeof policy - n,
		    "  - {id: r%d, effect: hold, on: [exec], aws: {operations: "
		    "['s3:rm']}, "
		    "approvers: {need: 1, auth: [key], from: [",
		    rule);
		for (int i = 0; i < 16; i++)
			n += (size_t)snprintf(policy + n, sizeof policy - n,
			    "%sgroup:g%032d%d", i > 0 ? ", " : "", i, rule);
		n += (size_t)snprintf(policy + n, sizeof policy - n, "]}}\n");
	}
	desk_reload(d, NULL, policy);
	f = held(d, RM, id);
	snprintf(text, sizeof text, "broker: held: %s needs", id);
	end_has(&f->talk, text);
	end_has(&f->talk, "(rule p/r7)");
	front_free(f);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(nobody_is_asked_before_the_hold_is_durable),
		T(a_yes_is_spent_and_then_runs),
		T(a_no_is_told_with_its_reason),
		T(time_runs_out),
		T(a_yes_in_time_counts_with_a_slow_store),
		T(a_caller_waits_as_long_as_it_says),
		T(who_does_not_wait_is_told_the_id_at_once),
		T(a_yes_that_comes_too_late_runs_nothing_yet),
		T(a_hold_that_is_not_recorded_is_none),
		T(an_approval_that_is_not_spent_runs_nothing),
		T(a_yes_that_is_not_recorded_runs_nothing),
		T(a_reload_between_asking_and_running_is_heeded),
		T(an_asker_whose_key_is_configured_no_more_may_come_back),
		T(an_asker_that_is_configured_no_more_takes_its_hold_along),
		T(an_asker_that_withdraws_cancels),
		T(an_asker_that_goes_leaves_the_hold_behind),
		T(an_asker_that_goes_cancels_where_the_rule_says_so),
		T(patience_that_ends_cancels_where_the_rule_says_so),
		T(the_end_of_the_broker_keeps_holds),
		T(a_terminal_is_shown_the_time),
		T(programs_are_shown_no_time),
		T(an_asker_that_goes_while_it_is_spent_runs_nothing),
		T(one_asker_has_so_many_open),
		T(who_asks_again_is_where_it_was),
		T(an_approval_that_nobody_waited_for_runs_what_is_asked_again),
		T(only_the_same_comes_back),
		T(what_is_not_enough_any_more_is_asked_for_anew),
		T(who_asks_again_is_counted_once),
		T(many_approvers_still_make_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
