/* Back to a hold: what runs is what people said yes to, once, for the one who asked. */
#include "tests/monitor/desk.h"

#include <ctype.h>

#define RM "aws s3 rm s3://logs/a"

/* Asked for by this person on a connection that is over: the hold's id. */
static void
asked_by(struct desk *d, enum person who, const char *line, char id[10])
{
	struct front *f = front_login(d, who);

	front_exec(f, 1, line);
	keeper_event(d, "verdict");
	keeper_hold(d, id);
	keeper_event(d, "held");
	front_denied(f, 1, STATUS_HELD, id);
	front_free(f);
}

static void
asked(struct desk *d, char id[10])
{
	asked_by(d, CI, "--no-wait --reason 'ticket 42' " RM, id);
}

/* Somebody says so, and it is durable. */
static void
decided(struct desk *d, enum person who, const char *verb, const char *id,
    enum hold_state state)
{
	struct front *f = front_login(d, who);
	char line[128];

	snprintf(line, sizeof line, "%s %s --reason 'change 7'", verb, id);
	front_exec(f, 5, line);
	front_verdict(f, 5, VERDICT_VERB);
	keeper_set(d, state);
	end_want(d, &f->talk, MSG_ROW);
	end_want(d, &f->talk, MSG_DONE);
	front_free(f);
}

static void
approved(struct desk *d, const char *id)
{
	decided(d, BOB, "approve", id, HOLD_APPROVED);
}

static void
ask(struct front *f, uint32_t chan, const char *before, const char *id,
    const char *behind)
{
	char line[128];

	snprintf(line, sizeof line, "%srequest %s%s", before, id, behind);
	front_exec(f, chan, line);
}

/* From the verdict to the lease. */
static void
spends(struct front *f, const char *by)
{
	char text[64];

	keeper_event(f->d, "verdict");
	keeper_set(f->d, HOLD_SPENT);
	end_want(f->d, &f->talk, MSG_SAY);
	snprintf(text, sizeof text, " by %s after ", by);
	end_has(&f->talk, text);
}

static void
nothing_ran(struct desk *d)
{
	end_quiet(d, &d->keeper);
	assert_int_equal(fake_vault()->asked, 0);
	assert_int_equal(sessions_count(d->m.sessions), 0);
}

static void
in_meta(const struct desk *d, const char *part)
{
	struct span meta = d->nursery.m.start.meta;

	if (memmem(meta.p, meta.len, part, strlen(part)) == NULL)
		fail_msg("no %s in %.*s", part, (int)meta.len, (const char *)meta.p);
}

/* ---- the main way ---- */

static void
what_is_approved_runs(void **state)
{
	struct desk *d = *state;
	char id[10], text[64];
	struct front *f;
	struct run r;

	asked(d, id);
	approved(d, id);
	f = front_login(d, CI);
	ask(f, 1, "", id, "");
	keeper_event_open(d, "verdict");
	assert_non_null(memmem(d->keeper.m.event.detail.p, d->keeper.m.event.detail.len,
	    "\"asker_says\":\"ticket 42\"", 24));
	keeper_says(d, RC_OK);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	assert_int_equal(d->keeper.m.hold_set.state, HOLD_SPENT);
	assert_true(span_is(d->keeper.m.hold_set.hold, id));
	/* Nothing runs before it is spent. */
	end_quiet(d, &f->talk);
	assert_int_equal(fake_vault()->asked, 0);
	keeper_says(d, RC_OK);
	end_want(d, &f->talk, MSG_SAY);
	assert_string_equal(fake_vault()->approval, id);
	run_from_lease(f, 1, &r);
	in_meta(d, "\"argv\":[\"aws\",\"s3\",\"rm\",\"s3://logs/a\"]");
	in_meta(d, "\"asker_says\":\"ticket 42\"");
	in_meta(d, "\"approvers\":[\"bob\"]");
	snprintf(text, sizeof text, "\"hold\":\"%s\",\"request\":\"%s\"", id, id);
	in_meta(d, text);
	run_to_launch(d, &r);
	run_to_end(d, &r);
	run_close(&r);
	front_free(f);
}

static void
what_is_pending_is_waited_for(void **state)
{
	struct desk *d = *state;
	char id[10], text[64];
	struct front *f;

	asked(d, id);
	f = front_login(d, CI);
	ask(f, 1, "", id, " --wait 600");
	keeper_event(d, "verdict");
	front_verdict(f, 1, VERDICT_HOLD);
	snprintf(text, sizeof text, "broker: held: %s needs 1 of group sre", id);
	end_has(&f->talk, text);
	end_has(&f->talk, "broker: approver runs: broker approve ");
	end_quiet(d, &d->keeper);
	decided(d, BOB, "approve", id, HOLD_APPROVED);
	keeper_set(d, HOLD_SPENT);
	end_want(d, &f->talk, MSG_SAY);
	assert_int_equal(fake_vault()->asked, 1);
	front_free(f);
}

static void
who_does_not_wait_is_told_how_it_stands(void **state)
{
	static const char *const before[] = { "", "--no-wait " };
	static const char *const behind[] = { " --no-wait --json", "" };
	struct desk *d = *state;
	char id[10];
	struct front *f;

	asked(d, id);
	f = front_login(d, CI);
	for (uint32_t i = 0; i < ROWS(before); i++) {
		ask(f, i, before[i], id, behind[i]);
		keeper_event(d, "verdict");
		keeper_event(d, "held");
		front_denied(f, i, STATUS_HELD, id);
		if (i == 0)
			end_has(&f->talk, "{\"broker\":{\"event\":\"held\"");
	}
	nothing_ran(d);
	front_free(f);
}

static void
ids_are_read_as_people_write_them(void **state)
{
	struct desk *d = *state;
	char id[10], typed[10];
	struct front *f;
	size_t n = 0;

	asked(d, id);
	for (size_t i = 0; id[i] != '\0'; i++)
		if (id[i] != '-')
			typed[n++] = (char)tolower((unsigned char)id[i]);
	typed[n] = '\0';
	f = front_login(d, CI);
	ask(f, 1, "", typed, " --no-wait");
	keeper_event(d, "verdict");
	keeper_event(d, "held");
	front_denied(f, 1, STATUS_HELD, id);
	front_free(f);
}

static void
a_second_connection_takes_it_over(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI), *g;
	char id[10];

	front_exec(f, 1, RM);
	keeper_event(d, "verdict");
	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	g = front_login(d, CI);
	ask(g, 1, "", id, "");
	keeper_event(d, "verdict");
	keeper_event(d, "held");
	front_denied(f, 1, STATUS_HELD, "it is waited for on another connection now");
	front_verdict(g, 1, VERDICT_HOLD);
	/* The first one's going changes nothing. */
	front_free(f);
	end_quiet(d, &d->keeper);
	decided(d, BOB, "approve", id, HOLD_APPROVED);
	keeper_set(d, HOLD_SPENT);
	end_want(d, &g->talk, MSG_SAY);
	front_free(g);
}

static void
it_can_be_left_and_withdrawn_again(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f;

	asked(d, id);
	f = front_login(d, CI);
	ask(f, 1, "", id, "");
	keeper_event(d, "verdict");
	front_verdict(f, 1, VERDICT_HOLD);
	front_left(f, 1);
	keeper_event(d, "left");
	end_quiet(d, &d->keeper);
	ask(f, 2, "", id, "");
	keeper_event(d, "verdict");
	front_verdict(f, 2, VERDICT_HOLD);
	front_gone(f, 2);
	keeper_event(d, "withdrawn");
	end_want(d, &d->keeper, MSG_HOLD_SET);
	assert_int_equal(d->keeper.m.hold_set.state, HOLD_CANCELLED);
	assert_true(span_is(d->keeper.m.hold_set.by, "ci"));
	keeper_says(d, RC_OK);
	nothing_ran(d);
	front_free(f);
}

/* ---- not the same any more ---- */

static void
another_key_of_the_same_identity_may(void **state)
{
	struct desk *d = *state;
	char id[10], both[300], text[96];
	struct front *f;
	struct run r;

	snprintf(
	    both, sizeof both, "%s\", \"%s", d->key_lines[CI], d->key_lines[STRANGER]);
	desk_reload(d, desk_config_with(d, d->key_lines[CI], both), NULL);
	asked(d, id);
	approved(d, id);
	f = front_new(d);
	front_kex(f);
	assert_int_equal(front_try(f, STRANGER, true), 'y');
	keeper_event(d, "login");
	ask(f, 1, "", id, "");
	spends(f, "bob");
	run_from_lease(f, 1, &r);
	/* The recording says with which it ran. */
	in_meta(d, "\"identity\":{\"name\":\"ci\"");
	snprintf(text, sizeof text, "\"key\":\"SHA256:");
	in_meta(d, text);
	run_close(&r);
	front_free(f);
}

/* The same words for whatever is none of theirs. */
static void
no_such(struct front *f, uint32_t chan)
{
	keeper_event(f->d, "denied");
	front_denied(
	    f, chan, STATUS_DENIED, "broker: denied: you have no request of that id\n");
}

static struct msg_recalled
row_of(const char *id, const char *identity, enum hold_state state, const char *detail,
    const char *votes)
{
	static const uint8_t zeroes[32];

	return (struct msg_recalled){ .what = RECALL_ONE,
		.id = span_of(id),
		.identity = span_of(identity),
		.digest = span_make(zeroes, 32),
		.rule = span_of("p/delete"),
		.policy = span_make(zeroes, 32),
		.text = span_of("'aws' s3 rm s3://logs/a"),
		.changed_ms = 1700000000000,
		.state = (uint8_t)state,
		.detail = span_of(detail),
		.votes = span_of(votes) };
}

static void
another_identity_learns_nothing(void **state)
{
	struct desk *d = *state;
	struct msg_recalled row;
	char id[10];
	struct front *f;

	asked(d, id);
	approved(d, id);
	f = front_login(d, BOT);
	/* One that is there, in flight or in the store; none; no id at all. */
	ask(f, 1, "", id, "");
	row = row_of(id, "ci", HOLD_APPROVED, "{\"path\":\"exec\"}", "[]");
	keeper_recalls_one(d, id, &row);
	no_such(f, 1);
	ask(f, 2, "", "ABCD-EFGH", "");
	row = row_of("ABCD-EFGH", "ci", HOLD_DENIED, "{\"path\":\"exec\"}", "[]");
	keeper_recalls_one(d, "ABCD-EFGH", &row);
	no_such(f, 2);
	ask(f, 3, "", "ABCD-EFGH", "");
	keeper_recalls_one(d, "ABCD-EFGH", NULL);
	no_such(f, 3);
	ask(f, 4, "", "'; drop'", "");
	no_such(f, 4);
	/* Of one's own, what is no command. */
	ask(f, 5, "", "ABCD-EFGH", "");
	row = row_of("ABCD-EFGH", "bot", HOLD_DENIED, "{\"path\":\"grant\"}", "[]");
	keeper_recalls_one(d, "ABCD-EFGH", &row);
	no_such(f, 5);
	nothing_ran(d);
	front_free(f);
}

static void
a_profile_that_leads_elsewhere_is_refused(void **state)
{
	static const struct {
		const char *from, *to, *part;
	} rows[] = {
		{ "111122223333:role/b", "111122223333:role/admin",
		    "the profile has changed since people were asked" },
		{ "{account: \"111122223333\", role: "
		  "\"arn:aws:iam::111122223333:role/b\"",
		    "{account: \"999922223333\", role: "
		    "\"arn:aws:iam::999922223333:role/b\"",
		    "the profile has changed since people were asked" },
		{ "region: eu-west-1", "region: eu-west-2",
		    "the profile has changed since people were asked" },
		{ "profile: staging, profiles: [prod]", "profile: prod",
		    "you have no such profile" },
	};
	struct desk *d = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		char id[10];
		struct front *f;

		asked(d, id);
		approved(d, id);
		f = front_login(d, CI);
		desk_reload(d, desk_config_with(d, rows[i].from, rows[i].to), NULL);
		ask(f, 1, "", id, "");
		if (i < 3)
			keeper_event(d, "verdict");
		keeper_event(d, "denied");
		front_denied(f, 1, STATUS_DENIED, rows[i].part);
		nothing_ran(d);
		/* It was not touched: with the profile as it was, it runs. */
		desk_reload(d, NULL, NULL);
		ask(f, 2, "", id, "");
		spends(f, "bob");
		assert_int_equal(fake_vault()->asked, 1);
		fake_vault()->asked = 0;
		front_free(f);
	}
}

static void
another_default_profile_is_not_taken_instead(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f;
	struct run r;

	asked(d, id);
	approved(d, id);
	f = front_login(d, CI);
	desk_reload(d,
	    desk_config_with(d, "profile: staging, profiles: [prod]",
		"profile: prod, profiles: [staging]"),
	    NULL);
	ask(f, 1, "", id, "");
	spends(f, "bob");
	run_from_lease(f, 1, &r);
	in_meta(d, "\"profile\":\"staging\"");
	run_close(&r);
	front_free(f);
}

static void
rules_that_changed_meanwhile_are_heeded(void **state)
{
	static const struct {
		const char *policy, *part; /* NULL: it runs */
		bool at_once;		   /* its own verdict is a deny */
	} rows[] = {
		{ "version: 1\nname: p\nrules: []\n", "denied: s3 rm", true },
		{ "version: 1\nname: p\nrules:\n"
		  "  - {id: delete, effect: deny, on: [exec], aws: {operations: "
		  "['s3:rm']}}\n",
		    "denied: s3 rm", true },
		{ "version: 1\nname: p\nrules:\n"
		  "  - {id: delete, effect: hold, on: [exec], aws: {operations: "
		  "['s3:rm']}, approvers: {need: 2, from: [group:sre], auth: [key]}}\n",
		    "the rule asks for other approvals now", false },
		{ "version: 1\nname: p\nrules:\n"
		  "  - {id: delete, effect: hold, on: [exec], aws: {operations: "
		  "['s3:rm']}, approvers: {need: 1, from: [group:dba], auth: [key]}}\n",
		    "the rule asks for other approvals now", false },
		{ "version: 1\nname: p\nrules:\n"
		  "  - {id: all, effect: allow, on: [exec], aws: {operations: "
		  "['s3:rm']}}\n",
		    NULL, false },
		/* A reload that changes nothing of it voids nothing. */
		{ desk_policy, NULL, false },
	};
	struct desk *d = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		char id[10];
		struct front *f;

		asked(d, id);
		approved(d, id);
		f = front_login(d, CI);
		desk_reload(d, NULL, rows[i].policy);
		ask(f, 1, "", id, "");
		if (rows[i].part != NULL) {
			keeper_event(d, "verdict");
			keeper_event(d, "denied");
			front_denied(f, 1, STATUS_DENIED, rows[i].part);
			nothing_ran(d);
			desk_reload(d, NULL, NULL);
			ask(f, 2, "", id, "");
		}
		spends(f, "bob");
		assert_int_equal(fake_vault()->asked, 1);
		fake_vault()->asked = 0;
		front_free(f);
		desk_reload(d, NULL, NULL);
	}
}

static void
a_rule_that_binds_input_by_now_wants_it_approved(void **state)
{
	static const char *const policy[] = {
		"version: 1\nname: p\nrules:\n"
		"  - {id: up, effect: hold, on: [exec], aws: {operations: ['s3:cp']}, "
		"approvers: {need: 1, from: [group:sre], auth: [key]}}\n",
		"version: 1\nname: p\nrules:\n"
		"  - {id: up, effect: hold, on: [exec], stdin: hashed, aws: "
		"{operations: ['s3:cp']}, "
		"approvers: {need: 1, from: [group:sre], auth: [key]}}\n"
	};
	struct desk *d = *state;
	char id[10];
	struct front *f;

	desk_reload(d, NULL, policy[0]);
	asked_by(d, CI, "--no-wait aws s3 cp - s3://logs/a", id);
	approved(d, id);
	desk_reload(d, NULL, policy[1]);
	f = front_login(d, CI);
	ask(f, 1, "", id, "");
	keeper_event(d, "verdict");
	keeper_event(d, "denied");
	front_denied(f, 1, STATUS_DENIED, "wants its input to be approved with it");
	nothing_ran(d);
	front_free(f);
}

static void
changed_words_are_another_hold(void **state)
{
	struct desk *d = *state;
	char id[10], other[10];
	struct front *f;

	asked(d, id);
	approved(d, id);
	f = front_login(d, CI);
	front_exec(f, 1, "--no-wait --reason 'ticket 42' aws s3 rm s3://logs/b");
	keeper_event(d, "verdict");
	keeper_hold(d, other);
	assert_string_not_equal(id, other);
	keeper_event(d, "held");
	front_denied(f, 1, STATUS_HELD, other);
	/* Nor can words be brought along. */
	ask(f, 2, "", id, " aws s3 rm s3://logs/b");
	keeper_event(d, "refused");
	front_denied(f, 2, STATUS_USAGE, "usage: request ID");
	nothing_ran(d);
	front_free(f);
}

/* ---- input ---- */

static const char hashed[] =
    "version: 1\nname: p\nrules:\n"
    "  - {id: up, effect: hold, on: [exec], stdin: hashed, aws: {operations: "
    "['s3:cp']}, approvers: {need: 1, from: [group:sre], auth: "
    "[key]}}\n";

/* s3 cp of 5 bytes whose digest is 32 times 7: held, and left. */
static void
asked_with_input(struct desk *d, char id[10])
{
	struct front *f = front_login(d, CI);

	front_exec(f, 1, "--no-wait aws s3 cp - s3://logs/a");
	keeper_event(d, "verdict");
	front_staged(f, 1, 5, 7);
	keeper_hold(d, id);
	keeper_event(d, "held");
	front_denied(f, 1, STATUS_HELD, id);
	front_free(f);
}

static void
the_same_input_runs(void **state)
{
	struct desk *d = *state;
	uint8_t sha256[32];
	char id[10];
	struct front *f;
	struct run r;

	memset(sha256, 7, sizeof sha256);
	desk_reload(d, NULL, hashed);
	asked_with_input(d, id);
	approved(d, id);
	f = front_login(d, CI);
	ask(f, 1, "", id, "");
	keeper_event(d, "verdict");
	/* It is staged before the approval is touched. */
	end_quiet(d, &d->keeper);
	front_staged(f, 1, 5, 7);
	keeper_set(d, HOLD_SPENT);
	end_want(d, &f->talk, MSG_SAY);
	run_from_lease(f, 1, &r);
	assert_true(span_eq(d->nursery.m.start.stdin_sha256, span_make(sha256, 32)));
	assert_int_equal(d->nursery.m.start.stdin_len, 5);
	run_close(&r);
	front_free(f);
}

static void
other_input_does_not(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f;

	desk_reload(d, NULL, hashed);
	asked_with_input(d, id);
	approved(d, id);
	f = front_login(d, CI);
	ask(f, 1, "", id, "");
	keeper_event(d, "verdict");
	front_staged(f, 1, 5, 8);
	keeper_event(d, "denied");
	front_denied(
	    f, 1, STATUS_DENIED, "its input is not what people were asked about");
	nothing_ran(d);
	/* The approval is as it was. */
	ask(f, 2, "", id, "");
	keeper_event(d, "verdict");
	front_staged(f, 2, 5, 7);
	keeper_set(d, HOLD_SPENT);
	front_free(f);
}

/* ---- once ---- */

static void
two_at_once_run_it_once(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f, *g;
	struct msg_kept yes = { .rc = RC_OK };
	uint32_t spend;

	asked(d, id);
	approved(d, id);
	f = front_login(d, CI);
	g = front_login(d, CI);
	ask(f, 1, "", id, "");
	keeper_event(d, "verdict");
	end_want(d, &d->keeper, MSG_HOLD_SET);
	assert_int_equal(d->keeper.m.hold_set.state, HOLD_SPENT);
	spend = d->keeper.f.id;
	ask(g, 1, "", id, "");
	keeper_event(d, "verdict");
	keeper_event(d, "spent");
	front_denied(g, 1, STATUS_DENIED, "its approval is being used already");
	end_send(d, &d->keeper, MSG_KEPT, spend, &yes, NULL, 0);
	desk_turn(d);
	end_want(d, &f->talk, MSG_SAY);
	assert_int_equal(fake_vault()->asked, 1);
	front_free(f);
	front_free(g);
}

static void
a_store_that_has_spent_it_elsewhere_is_heeded(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f;

	asked(d, id);
	approved(d, id);
	f = front_login(d, CI);
	ask(f, 1, "", id, "");
	keeper_event(d, "verdict");
	end_want(d, &d->keeper, MSG_HOLD_SET);
	keeper_says(d, RC_REFUSE);
	assert_int_equal(fake_vault()->asked, 0);
	keeper_drain(d);
	front_denied(f, 1, STATUS_DENIED, "the approval is used, or its time is over");
	assert_int_equal(fake_vault()->asked, 0);
	front_free(f);
}

static void
an_approval_that_ran_out_runs_nothing(void **state)
{
	struct desk *d = *state;
	struct msg_recalled row;
	char id[10];
	struct front *f;

	asked(d, id);
	approved(d, id);
	desk_skip(d, 300100);
	keeper_set(d, HOLD_EXPIRED);
	f = front_login(d, CI);
	ask(f, 1, "", id, "");
	row = row_of(id, "ci", HOLD_EXPIRED, "{\"path\":\"exec\"}", "[]");
	keeper_recalls_one(d, id, &row);
	keeper_event(d, "expired");
	front_denied(f, 1, STATUS_HELD, "was not approved, or not used, in time");
	nothing_ran(d);
	front_free(f);
}

static void
it_ends_while_its_words_are_judged(void **state)
{
	struct desk *d = *state;
	struct msg_kept yes = { .rc = RC_OK };
	struct msg_recalled row;
	char id[10], line[64];
	struct front *f, *b;
	uint32_t verdict;

	asked(d, id);
	f = front_login(d, CI);
	b = front_login(d, BOB);
	ask(f, 1, "", id, "");
	keeper_event_open(d, "verdict");
	verdict = d->keeper.f.id;
	snprintf(line, sizeof line, "deny %s --reason no", id);
	front_exec(b, 1, line);
	keeper_set(d, HOLD_DENIED);
	end_send(d, &d->keeper, MSG_KEPT, verdict, &yes, NULL, 0);
	row = row_of(id, "ci", HOLD_DENIED, "{\"path\":\"exec\"}", "[]");
	keeper_recalls_one(d, id, &row);
	keeper_event(d, "denied");
	front_denied(f, 1, STATUS_DENIED, "was denied at ");
	nothing_ran(d);
	front_free(f);
	front_free(b);
}

/* ---- what has become of it ---- */

static void
ends_are_told(void **state)
{
	static const struct {
		enum hold_state state;
		const char *votes, *event;
		int status;
		const char *text;
	} rows[] = {
		{ HOLD_DENIED,
		    "[{\"name\":\"bob\",\"state\":3,\"reason\":\"no\\u001b[2J\"}]",
		    "denied", STATUS_DENIED,
		    "denied: ABCD-EFGH was denied at 2023-11-14T22:13:20Z by bob: "
		    "no\\x1B[2J\n" },
		{ HOLD_DENIED, "[{\"name\":\"bob\",\"state\":\"denied\"}]", "denied",
		    STATUS_DENIED, "Z by bob\n" },
		{ HOLD_DENIED, "nonsense", "denied", STATUS_DENIED,
		    "was denied at 2023-11-14T22:13:20Z\n" },
		{ HOLD_EXPIRED, "[{\"name\":\"bob\",\"state\":1}]", "expired",
		    STATUS_HELD, "ask again at 2023-11-14T22:13:20Z\n" },
		{ HOLD_CANCELLED,
		    "[{\"name\":\"ci\",\"state\":5,\"reason\":\"withdrawn\"}]",
		    "cancelled", STATUS_DENIED, "by ci: withdrawn\n" },
		{ HOLD_SPENT, "[]", "spent", STATUS_DENIED,
		    "spent: ABCD-EFGH was used" },
		/* On its way from one state to the other. */
		{ HOLD_PENDING, "[]", "busy", STATUS_HELD,
		    "it changes in this moment" },
		{ HOLD_APPROVED, "[]", "busy", STATUS_HELD, "look again" },
	};
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	for (uint32_t i = 0; i < ROWS(rows); i++) {
		/* What an older version wrote has no path. */
		struct msg_recalled row = row_of("ABCD-EFGH", "ci", rows[i].state,
		    i % 2 == 0 ? "{}" : "{\"path\":\"exec\"}", rows[i].votes);

		ask(f, i, "", "ABCD-EFGH", "");
		keeper_recalls_one(d, "ABCD-EFGH", &row);
		keeper_event(d, rows[i].event);
		front_denied(f, i, rows[i].status, rows[i].text);
	}
	nothing_ran(d);
	front_free(f);
}

static void
ends_are_told_to_programs(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct msg_recalled row = row_of("ABCD-EFGH", "ci", HOLD_DENIED, "{}",
	    "[{\"name\":\"bob\",\"state\":3,\"reason\":\"not now\"}]");

	ask(f, 1, "", "ABCD-EFGH", " --json");
	keeper_recalls_one(d, "ABCD-EFGH", &row);
	keeper_event(d, "denied");
	front_denied(f, 1, STATUS_DENIED,
	    "\"id\":\"ABCD-EFGH\",\"rule\":\"p/delete\",\"reason\":\"not "
	    "now\",\"by\":\"bob\",\"time\":\"2023-11-14T22:13:20Z\"}}\n");
	front_free(f);
}

static void
a_store_that_does_not_say_is_a_failure(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	ask(f, 1, "", "ABCD-EFGH", "");
	end_want(d, &d->keeper, MSG_RECALL);
	keeper_says(d, RC_FAIL);
	keeper_event(d, "failed");
	front_denied(f, 1, STATUS_FAILED, "the store did not say");
	nothing_ran(d);
	front_free(f);
}

/* The one who asks goes, or the broker ends, with an answer of the store's on its way. */
static void
answers_for_nobody_are_dropped(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	struct msg_recalled row = row_of("ABCD-EFGH", "ci", HOLD_SPENT, "{}", "[]");

	ask(f, 1, "", "ABCD-EFGH", "");
	end_want(d, &d->keeper, MSG_RECALL);
	front_left(f, 1);
	end_send(d, &d->keeper, MSG_RECALLED, d->keeper.f.id, &row, NULL, 0);
	desk_turn(d);
	nothing_ran(d);
	ask(f, 2, "", "ABCD-EFGH", "");
	end_want(d, &d->keeper, MSG_RECALL);
	{
		uint32_t recall = d->keeper.f.id;

		sessions_stop(d->m.sessions, "the broker is ending");
		end_send(d, &d->keeper, MSG_RECALLED, recall, &row, NULL, 0);
	}
	keeper_event(d, "failed");
	front_denied(f, 2, STATUS_FAILED, "the broker is ending");
	nothing_ran(d);
	front_free(f);
}

/* ---- words ---- */

static void
words_are_read_strictly(void **state)
{
	static const char *const lines[] = { "request", "request ABCD-EFGH ABCD-EFGH",
		"request --wait", "request ABCD-EFGH --wait",
		"request ABCD-EFGH --wait 86401", "request ABCD-EFGH --wait -1",
		"request ABCD-EFGH --reason x", "--dry-run request ABCD-EFGH",
		"--out request ABCD-EFGH", "request --now ABCD-EFGH" };
	struct desk *d = *state;
	struct front *f = front_login(d, CI);

	for (uint32_t i = 0; i < ROWS(lines); i++) {
		front_exec(f, i, lines[i]);
		keeper_event(d, "refused");
		front_denied(f, i, STATUS_USAGE, "broker: refused: ");
	}
	nothing_ran(d);
	front_free(f);
}

static void
help_is_given(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, CI);
	char out[8192];

	assert_int_equal(front_verb(f, 1, "request --help", out, sizeof out), 0);
	assert_non_null(strstr(out, "usage: request ID [--wait SECONDS|--no-wait]\n"));
	assert_int_equal(front_verb(f, 2, "help", out, sizeof out), 0);
	assert_non_null(strstr(out, "request"));
	front_free(f);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(what_is_approved_runs),
		T(what_is_pending_is_waited_for),
		T(who_does_not_wait_is_told_how_it_stands),
		T(ids_are_read_as_people_write_them),
		T(a_second_connection_takes_it_over),
		T(it_can_be_left_and_withdrawn_again),
		T(another_key_of_the_same_identity_may),
		T(another_identity_learns_nothing),
		T(a_profile_that_leads_elsewhere_is_refused),
		T(another_default_profile_is_not_taken_instead),
		T(rules_that_changed_meanwhile_are_heeded),
		T(a_rule_that_binds_input_by_now_wants_it_approved),
		T(changed_words_are_another_hold),
		T(the_same_input_runs),
		T(other_input_does_not),
		T(two_at_once_run_it_once),
		T(a_store_that_has_spent_it_elsewhere_is_heeded),
		T(an_approval_that_ran_out_runs_nothing),
		T(it_ends_while_its_words_are_judged),
		T(ends_are_told),
		T(ends_are_told_to_programs),
		T(a_store_that_does_not_say_is_a_failure),
		T(answers_for_nobody_are_dropped),
		T(words_are_read_strictly),
		T(help_is_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
