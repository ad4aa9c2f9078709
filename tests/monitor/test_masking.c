/* Masking in the monitor: what sessions are told of it, what is shown of commands and kept
 * of them, and the one way to an answer that is not masked. */
#include "tests/monitor/desk.h"

#include <jansson.h>

#include "broker/monitor/session_parts.h"
#include "broker/monitor/veiling.h"

#define PUT                                                                            \
	"aws secretsmanager put-secret-value --secret-id a --secret-string 'hunter2 "  \
	"x'"
#define GET "aws secretsmanager get-secret-value --secret-id a"
#define SECRET "hunter2"
#define NEED "approvers: {need: 1, from: [group:sre], auth: [key]}"
#define RULES                                                                          \
	"version: 1\nname: p\nrules:\n"                                                \
	"  - {id: look, effect: allow, on: [exec], mask: [pii], aws: {operations: "    \
	"['s3:ls']}}\n"                                                                \
	"  - {id: put, effect: hold, on: [exec], mask: [email, pii], aws: "            \
	"{operations: ['secretsmanager:PutSecretValue']}, " NEED "}\n"                 \
	"  - {id: see, effect: hold, on: [exec, api], mask: {reveal: "                 \
	"['secretsmanager:GetSecretValue']}, aws: {operations: "                       \
	"['secretsmanager:GetSecretValue']}, " NEED "}\n"
#define PLAIN                                                                          \
	"version: 1\nname: p\nrules:\n"                                                \
	"  - {id: see, effect: hold, on: [exec, api], aws: {operations: "              \
	"['secretsmanager:GetSecretValue']}, " NEED "}\n"

static bool
has_text(struct span s, const char *part)
{
	return memmem(s.p, s.len, part, strlen(part)) != NULL;
}

static void
end_run(struct desk *d, struct front *f, struct run *r)
{
	run_to_end(d, r);
	desk_done(d, f, r);
}

/* People say yes. */
static void
approve(struct desk *d, const char *id)
{
	struct front *b = front_login(d, BOB);
	char line[32];

	snprintf(line, sizeof line, "approve %s", id);
	front_exec(b, 5, line);
	keeper_set(d, HOLD_APPROVED);
	keeper_set(d, HOLD_SPENT);
	front_free(b);
}

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

/* ---- what sessions are told ---- */

static void
a_session_is_told_by_what_it_masks(void **state)
{
	struct desk *d = *state;
	const struct msg_start *st = &d->nursery.m.start;
	struct mask_policy *p = NULL;
	struct err err = { "" };
	struct front *f;
	struct run r;

	desk_reload(
	    d, desk_config(d, "masking: {policies: [secrets, email]}\n"), RULES);
	f = front_login(d, CI);
	front_exec(f, 1, "aws s3 ls");
	run_to_start(f, 1, &r);
	assert_true(span_is(st->masks, "pii"));
	assert_int_equal(st->seeds.len, 0);
	if (mask_policy_parse("START", st->masking, &p, &err) != RC_OK)
		fail_msg("%s", err.text);
	assert_int_equal(mask_policy_on(p), MASK_SECRETS | MASK_EMAIL);
	mask_policy_free(p);
	assert_true(
	    has_text(st->meta, "\"masking\":{\"mode\":\"enforce\",\"policy\":\""));
	assert_true(has_text(st->meta, "\"masks\":[\"pii\"]"));
	run_to_launch(d, &r);
	end_run(d, f, &r);
}

static void
the_gateways_credentials_go_as_digests(void **state)
{
	struct desk *d = *state;
	const struct msg_start *st = &d->nursery.m.start;
	uint8_t first[SEED_ROW];

	d->m.vault = (struct vault *)d; /* any: it is the fake one */
	fake_vault()->secret = "the-gateways-own-secret";
	for (int i = 0; i < 2; i++) {
		struct front *f = front_login(d, CI);
		struct run r;

		front_exec(f, 1, "aws s3 ls");
		run_to_start(f, 1, &r);
		assert_true(st->seeds.len > 0);
		assert_int_equal(st->seeds.len % SEED_ROW, 0);
		assert_false(has_text(st->seeds, "the-gateways"));
		/* With a salt of each session's own. */
		if (i > 0)
			assert_memory_not_equal(first, st->seeds.p, SEED_ROW);
		memcpy(first, st->seeds.p, SEED_ROW);
		run_to_launch(d, &r);
		end_run(d, f, &r);
	}
	fake_vault()->secret = NULL;
	d->m.vault = NULL;
}

static void
credentials_that_come_later_are_masked_too(void **state)
{
	struct desk *d = *state;
	char out[4096];
	struct front *f = front_login(d, CI);
	const char *line = "no-such-thing the-gateways-own-secret";

	d->m.vault = (struct vault *)d;
	for (int i = 0; i < 2; i++) {
		struct buf b;

		buf_init(&b, 4096);
		veil_line(veil_of(&d->m), span_of(line), &b);
		assert_int_equal(
		    has_text(buf_span(&b), "the-gateways-own-secret"), i == 0);
		buf_clear(&b);
		fake_vault()->secret = "the-gateways-own-secret";
		snprintf(fake_vault()->key_id, sizeof fake_vault()->key_id,
		    "AKIAQQQQQQQQQQQQQQQQ");
	}
	/* Nor do they come back by whoami. */
	assert_int_equal(front_verb(f, 1, "whoami", out, sizeof out), 0);
	assert_null(strstr(out, "masking"));
	fake_vault()->secret = NULL;
	fake_vault()->key_id[0] = '\0';
	d->m.vault = NULL;
	front_free(f);
}

static void
count_only_is_said(void **state)
{
	struct desk *d = *state;
	char out[4096];
	struct front *f;
	struct run r;

	desk_reload(d, desk_config(d, "masking: {mode: count-only}\n"), NULL);
	f = front_login(d, CI);
	assert_int_equal(front_verb(f, 2, "whoami", out, sizeof out), 0);
	assert_non_null(strstr(out, "masking  count-only: secrets are shown"));
	assert_int_equal(front_verb(f, 3, "--json whoami", out, sizeof out), 0);
	assert_non_null(strstr(out, "\"masking\": \"count-only\"") != NULL
			    ? out
			    : strstr(out, "\"masking\":\"count-only\""));
	front_exec(f, 1, "aws s3 ls");
	run_to_start(f, 1, &r);
	assert_true(
	    has_text(d->nursery.m.start.meta, "\"masking\":{\"mode\":\"count-only\""));
	run_to_launch(d, &r);
	end_run(d, f, &r);
}

static void
what_was_masked_is_counted_in_the_audit(void **state)
{
	struct desk *d = *state;
	struct msg_ended m = { .recorded = 1, .h = { NULL, 0 } };
	struct run r;
	struct front *f = desk_run(d, "aws s3 ls", &r);
	uint8_t h[32] = { 0 };

	m.h = span_make(h, sizeof h);
	m.masked = span_of("field=3 jwt=12 bad = =7 x=0 y=-1 z=1x a/b=4 seed=1");
	end_send(d, &r.ctl, MSG_ENDED, 0, &m, NULL, 0);
	end_want(d, &d->launch, MSG_KILL);
	keeper_event_open(d, "session.end");
	if (!has_text(d->keeper.m.event.detail,
		"\"masked\":{\"field\":3,\"jwt\":12,\"seed\":1}"))
		fail_msg("%.*s", (int)d->keeper.m.event.detail.len,
		    (const char *)d->keeper.m.event.detail.p);
	keeper_says(d, RC_OK);
	keeper_drain(d);
	front_free(f);
	run_close(&r);
}

/* ---- what is shown ---- */

static void
nothing_that_is_shown_has_the_secret(void **state)
{
	struct desk *d = *state;
	char id[10], out[16384], line[32];
	struct front *f, *b;

	desk_reload(d, NULL, RULES);
	f = front_login(d, CI);
	front_exec(f, 1, PUT);
	keeper_event_open(d, "verdict");
	assert_false(has_text(d->keeper.m.event.detail, SECRET));
	assert_true(
	    has_text(d->keeper.m.event.detail, "--secret-string [MASKED:field]"));
	keeper_says(d, RC_OK);
	/* What is needed to run it again stays as it is. */
	end_want(d, &d->keeper, MSG_HOLD_NEW);
	assert_true(has_text(d->keeper.m.hold_new.canon, SECRET));
	assert_true(has_text(d->keeper.m.hold_new.detail, "\"hunter2 x\""));
	span_copy(d->keeper.m.hold_new.hold, id, sizeof id);
	keeper_says(d, RC_OK);
	front_verdict(f, 1, VERDICT_HOLD);
	b = front_login(d, BOB);
	for (int json = 0; json < 2; json++) {
		assert_int_equal(
		    front_verb(b, (uint32_t)(10 + json),
			json ? "--json pending" : "pending", out, sizeof out),
		    0);
		assert_non_null(strstr(out, "--secret-string [MASKED:field]"));
		assert_null(strstr(out, SECRET));
	}
	assert_int_equal(front_verb(b, 20, "sessions", out, sizeof out), 0);
	assert_null(strstr(out, SECRET));
	front_exec(b, 21, (snprintf(line, sizeof line, "why %s", id), line));
	end_want(d, &d->keeper, MSG_RECALL);
	keeper_says(d, RC_REFUSE);
	keeper_drain(d);
	front_free(b);
	front_free(f);
}

static void
what_runs_is_what_was_asked_for(void **state)
{
	struct desk *d = *state;
	const struct msg_launch *l = &d->launch.m.launch;
	bool found = false;
	struct front *f;
	char id[10];
	struct run r;

	desk_reload(d, NULL, RULES);
	f = held(d, PUT, id);
	approve(d, id);
	end_want(d, &f->talk, MSG_SAY);
	run_from_lease(f, 1, &r);
	assert_true(span_is(d->nursery.m.start.masks, "email,pii"));
	assert_false(has_text(d->nursery.m.start.meta, SECRET));
	assert_false(has_text(d->nursery.m.start.title, SECRET));
	assert_true(
	    has_text(d->nursery.m.start.meta, "\"--secret-string\",\"[MASKED:"));
	run_to_launch(d, &r);
	for (uint32_t i = 0; i < l->argv.n; i++)
		found |= span_is(l->argv.v[i], "hunter2 x");
	assert_true(found);
	/* The digest is of the words as they are: the call that they make is covered. */
	gate_asks(d, &r, 1, "secretsmanager:PutSecretValue", "SecretId=a",
	    "SecretString=hunter2 x", NULL);
	gate_hears(d, &r, 1, VERDICT_ALLOW, "");
	assert_int_equal(r.ctl.m.call_says.reveal, 0);
	assert_true(span_is(r.ctl.m.call_says.masks, "email,pii"));
	end_run(d, f, &r);
}

static void
a_refusal_has_no_secret(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	front_exec(f, 1, PUT);
	keeper_event(d, "verdict");
	keeper_event_open(d, "denied");
	assert_false(has_text(d->keeper.m.event.detail, SECRET));
	keeper_says(d, RC_OK);
	front_denied(f, 1, STATUS_DENIED, "--secret-string [MASKED:field]");
	assert_false(has_text(buf_span(&f->talk.in), SECRET));
	front_free(f);
}

/* ---- reveal ---- */

static void
people_let_one_answer_through(void **state)
{
	struct desk *d = *state;
	char id[10], out[8192];
	struct front *f, *b;
	struct run r;

	desk_reload(d, NULL, RULES);
	f = held(d, GET, id);
	b = front_login(d, BOB);
	assert_int_equal(front_verb(b, 1, "pending", out, sizeof out), 0);
	assert_non_null(strstr(out, "its answer will not be masked: "
				    "secretsmanager:GetSecretValue"));
	front_free(b);
	approve(d, id);
	end_want(d, &f->talk, MSG_SAY);
	run_from_lease(f, 1, &r);
	assert_true(has_text(
	    d->nursery.m.start.meta, "\"reveals\":\"secretsmanager:GetSecretValue\""));
	run_to_launch(d, &r);
	gate_asks(d, &r, 1, "secretsmanager:GetSecretValue", "SecretId=a", NULL);
	/* It is known before the answer is. */
	keeper_event_open(d, "call.revealed");
	assert_true(has_text(d->keeper.m.event.detail, "\"reveal\":true"));
	assert_true(has_text(d->keeper.m.event.detail, "\"reveal_rule\":\"p/see\""));
	assert_true(has_text(d->keeper.m.event.detail, "\"name\":\"bob\""));
	assert_true(has_text(d->keeper.m.event.detail, id));
	end_quiet(d, &r.ctl);
	keeper_says(d, RC_OK);
	gate_hears(d, &r, 1, VERDICT_ALLOW, "");
	assert_int_equal(r.ctl.m.call_says.reveal, 1);
	/* Once the rules say so no longer, it is masked as any other. */
	desk_reload(d, NULL, PLAIN);
	gate_asks(d, &r, 2, "secretsmanager:GetSecretValue", "SecretId=a", NULL);
	gate_hears(d, &r, 2, VERDICT_ALLOW, "");
	assert_int_equal(r.ctl.m.call_says.reveal, 0);
	end_run(d, f, &r);
}

static void
an_event_that_is_not_recorded_reveals_nothing(void **state)
{
	struct desk *d = *state;
	struct front *f;
	char id[10];
	struct run r;

	desk_reload(d, NULL, RULES);
	f = held(d, GET, id);
	approve(d, id);
	end_want(d, &f->talk, MSG_SAY);
	run_from_lease(f, 1, &r);
	run_to_launch(d, &r);
	gate_asks(d, &r, 1, "secretsmanager:GetSecretValue", "SecretId=a", NULL);
	keeper_event_open(d, "call.revealed");
	keeper_says(d, RC_FAIL);
	gate_hears(d, &r, 1, VERDICT_DENY, "could not be recorded");
	assert_int_equal(r.ctl.m.call_says.reveal, 0);
	end_run(d, f, &r);
}

/* Asked for without it, approved without it: a rule that reveals now is another question. */
static void
what_people_did_not_see_is_not_revealed(void **state)
{
	struct desk *d = *state;
	struct front *f;
	char id[10];
	struct run r;

	desk_reload(d, NULL, PLAIN);
	f = held(d, GET, id);
	approve(d, id);
	end_want(d, &f->talk, MSG_SAY);
	run_from_lease(f, 1, &r);
	run_to_launch(d, &r);
	desk_reload(d, NULL, RULES);
	gate_asks(d, &r, 1, "secretsmanager:GetSecretValue", "SecretId=a", NULL);
	gate_hears(d, &r, 1, VERDICT_ALLOW, "");
	assert_int_equal(r.ctl.m.call_says.reveal, 0);
	end_run(d, f, &r);
}

/* The same words, asked for again, do not come back to a hold that did not say so. */
static void
the_digest_covers_it(void **state)
{
	struct desk *d = *state;
	uint8_t digest[2][HOLD_DIGEST];
	char id[10];

	for (int i = 0; i < 2; i++) {
		struct front *f;

		desk_reload(d, NULL, i == 0 ? PLAIN : RULES);
		f = held(d, GET, id);
		memcpy(
		    digest[i], hold_digest_of(holds_find(d->m.holds, id)), HOLD_DIGEST);
		assert_string_equal(hold_reveals(holds_find(d->m.holds, id)),
		    i == 0 ? "" : "secretsmanager:GetSecretValue");
		front_left(f, 1);
		keeper_drain(d);
		front_free(f);
	}
	assert_memory_not_equal(digest[0], digest[1], HOLD_DIGEST);
}

/* What was stored of it says so, too; without that it is not what people were asked. */
static void
a_hold_that_is_over_still_says_it(void **state)
{
	struct desk *d = *state;
	struct msg_recalled row = { .what = RECALL_ONE,
		.identity = span_of("ci"),
		.at_ms = 1700000000000,
		.changed_ms = 1700000001000,
		.state = HOLD_CANCELLED };
	char id[10], *detail, *without, *at, *end;
	uint8_t digest[HOLD_DIGEST], policy[32];
	struct front *f, *b;

	desk_reload(d, NULL, RULES);
	f = front_login(d, CI);
	front_exec(f, 1, GET);
	keeper_event(d, "verdict");
	end_want(d, &d->keeper, MSG_HOLD_NEW);
	span_copy(d->keeper.m.hold_new.hold, id, sizeof id);
	memcpy(digest, d->keeper.m.hold_new.digest.p, sizeof digest);
	memcpy(policy, d->keeper.m.hold_new.policy.p, sizeof policy);
	assert_non_null(detail = span_dup(d->keeper.m.hold_new.detail));
	keeper_says(d, RC_OK);
	front_verdict(f, 1, VERDICT_HOLD);
	front_gone(f, 1);
	keeper_drain(d);
	row.id = span_of(id);
	row.digest = span_make(digest, sizeof digest);
	row.policy = span_make(policy, sizeof policy);
	row.rule = span_of("p/see");
	row.text = span_of("'aws' secretsmanager get-secret-value --secret-id a");
	assert_non_null(without = strdup(detail));
	at = strstr(without, "\"reveals\":");
	assert_non_null(at);
	end = strchr(at, ',');
	memmove(at, end + 1, strlen(end + 1) + 1);
	for (int i = 0; i < 2; i++) {
		char line[32];

		b = front_login(d, BOB);
		snprintf(line, sizeof line, "why %s", id);
		front_exec(b, 1, line);
		row.detail = span_of(i == 0 ? detail : without);
		keeper_recalls_one(d, id, &row);
		if (i == 0)
			keeper_drain(d);
		front_verdict(b, 1, VERDICT_VERB);
		if (i == 0) {
			end_want(d, &b->talk, MSG_ROW);
			end_has(&b->talk, "its answer will not be masked: "
					  "secretsmanager:GetSecretValue");
		} else {
			end_want(d, &b->talk, MSG_SAY);
			end_has(&b->talk, "cannot be read");
		}
		front_free(b);
	}
	free(detail);
	free(without);
	front_free(f);
}

static void
a_call_of_an_sdk_is_revealed_by_its_own_hold(void **state)
{
	struct desk *d = *state;
	struct front *f, *b;
	char id[10], line[32];
	struct run r;

	desk_reload(d, NULL, RULES);
	f = desk_sdk(d, CI, &r);
	gate_asks(d, &r, 1, "secretsmanager:GetSecretValue", "SecretId=a", NULL);
	keeper_event(d, "call");
	end_want(d, &d->keeper, MSG_HOLD_NEW);
	assert_true(has_text(d->keeper.m.hold_new.detail,
	    "\"reveals\":\"secretsmanager:GetSecretValue\""));
	span_copy(d->keeper.m.hold_new.hold, id, sizeof id);
	keeper_says(d, RC_OK);
	gate_hears(d, &r, 1, VERDICT_HOLD, id);
	b = front_login(d, BOB);
	snprintf(line, sizeof line, "approve %s", id);
	front_exec(b, 5, line);
	keeper_set(d, HOLD_APPROVED);
	keeper_set(d, HOLD_SPENT);
	keeper_event_open(d, "call.revealed");
	assert_true(has_text(d->keeper.m.event.detail, "\"name\":\"bob\""));
	keeper_says(d, RC_OK);
	gate_hears(d, &r, 1, VERDICT_ALLOW, "");
	assert_int_equal(r.ctl.m.call_says.reveal, 1);
	front_free(b);
	run_sdk_end(d, &r);
	desk_done(d, f, &r);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(a_session_is_told_by_what_it_masks),
		T(the_gateways_credentials_go_as_digests),
		T(credentials_that_come_later_are_masked_too),
		T(count_only_is_said),
		T(what_was_masked_is_counted_in_the_audit),
		T(nothing_that_is_shown_has_the_secret),
		T(what_runs_is_what_was_asked_for),
		T(a_refusal_has_no_secret),
		T(people_let_one_answer_through),
		T(an_event_that_is_not_recorded_reveals_nothing),
		T(what_people_did_not_see_is_not_revealed),
		T(the_digest_covers_it),
		T(a_hold_that_is_over_still_says_it),
		T(a_call_of_an_sdk_is_revealed_by_its_own_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
