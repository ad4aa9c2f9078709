/* Who may approve what, how votes count, and what approvers see. */
#include "tests/monitor/desk.h"

#define RM "aws s3 rm s3://logs/a"
#define TWO "aws ec2 terminate-instances --instance-ids i-0abc"

static struct front *
held_by(struct desk *d, enum person who, const char *line, char id[10])
{
	struct front *f = front_login(d, who);

	front_exec(f, 1, line);
	keeper_event(d, "verdict");
	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	return f;
}

/* One that is answered without the keeper. */
static void
wants(struct desk *d, enum person who, const char *line, int status, const char *part)
{
	struct front *f = front_login(d, who);
	char out[2048];

	assert_int_equal(front_verb(f, 1, line, out, sizeof out), status);
	if (strstr(out, part) == NULL)
		fail_msg("\"%s\" is not in: %s", part, out);
	end_quiet(d, &d->keeper);
	front_free(f);
}

/* A yes, before the store has it. */
static struct front *
votes(struct desk *d, enum person who, const char *id)
{
	struct front *f = front_login(d, who);
	char line[32];

	snprintf(line, sizeof line, "approve %s", id);
	front_exec(f, 1, line);
	front_verdict(f, 1, VERDICT_VERB);
	return f;
}

static void
counted_but_not_enough(struct desk *d, enum person who, const char *id)
{
	struct front *f = votes(d, who, id);

	keeper_set(d, HOLD_PENDING);
	end_want(d, &f->talk, MSG_ROW);
	end_has(&f->talk, "more approvals are needed");
	end_want(d, &f->talk, MSG_DONE);
	assert_int_equal(f->talk.m.done.status, 0);
	end_quiet(d, &d->keeper);
	front_free(f);
}

static void
enough_now(struct desk *d, enum person who, const char *id)
{
	struct front *f = votes(d, who, id);
	char text[32];

	keeper_set(d, HOLD_APPROVED);
	snprintf(text, sizeof text, "approved %s\n", id);
	end_want(d, &f->talk, MSG_ROW);
	end_has(&f->talk, text);
	end_want(d, &f->talk, MSG_DONE);
	keeper_set(d, HOLD_SPENT);
	front_free(f);
}

static void
who_is_tied_to_the_asker_does_not_count(void **state)
{
	static const struct {
		enum person asker, approver;
		const char *part; /* NULL: counts */
	} rows[] = {
		{ CI, ALICE, "the same person" }, /* its owner */
		{ CI, BOT, "the same person" },	  /* of the same owner */
		{ CI, CI, "you have no right to approve" },
		{ CI, DAVE, "you have no right to approve" },
		{ BOT, BOT, "you asked for it yourself" },
		{ ALICE, ALICE, "you asked for it yourself" },
		{ ALICE, BOT, "the same person" }, /* her own agent */
		{ ALICE, BOB, NULL },
		{ BOB, BOT, "people approve" }, /* whoever owns it */
	};
	struct desk *d = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		char id[10], line[32];
		struct front *f = held_by(d, rows[i].asker, RM, id);

		snprintf(line, sizeof line, "approve %s", id);
		if (rows[i].part == NULL)
			enough_now(d, rows[i].approver, id);
		else {
			wants(d, rows[i].approver, line, STATUS_DENIED, rows[i].part);
			front_gone(f, 1);
			keeper_event(d, "withdrawn");
			keeper_set(d, HOLD_CANCELLED);
		}
		front_free(f);
	}
}

static void
an_approval_is_the_first_act_of_a_fresh_login(void **state)
{
	enum { SECOND_EXEC, AFTER_A_SHELL, OLD, FRESH, WAYS };
	struct desk *d = *state;
	char id[10], line[32], out[1024];
	struct front *f = held_by(d, CI, RM, id);
	struct msg_shell_ask shell = { 0 };

	snprintf(line, sizeof line, "approve %s", id);
	for (int way = 0; way < FRESH; way++) {
		struct front *b = front_login(d, BOB);

		if (way == SECOND_EXEC)
			assert_int_equal(
			    front_verb(b, 1, "whoami", out, sizeof out), 0);
		if (way == AFTER_A_SHELL) {
			end_send(d, &b->talk, MSG_SHELL_ASK, 1, &shell, NULL, 0);
			front_denied(b, 1, STATUS_USAGE, "there is no shell here");
		}
		if (way == OLD)
			desk_skip(d, 60001);
		assert_int_equal(
		    front_verb(b, 2, line, out, sizeof out), STATUS_DENIED);
		assert_non_null(strstr(out, "first request of a connection"));
		front_free(b);
	}
	end_quiet(d, &d->keeper);
	{
		struct front *b = front_login(d, BOB);

		desk_skip(d, 59000);
		front_exec(b, 1, line);
		front_verdict(b, 1, VERDICT_VERB);
		keeper_set(d, HOLD_APPROVED);
		front_free(b);
	}
	front_free(f);
}

static void
two_are_two_people(void **state)
{
	struct desk *d = *state;
	char id[10], line[32];
	struct front *f = front_login(d, BOB);

	/* Bob asks; alice's bot is nobody. */
	front_exec(f, 1, TWO);
	keeper_event(d, "verdict");
	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	snprintf(line, sizeof line, "approve %s", id);
	wants(d, BOT, line, STATUS_DENIED, "people approve");
	counted_but_not_enough(d, ALICE, id);
	wants(d, ALICE, line, STATUS_DENIED, "you approved it already");
	enough_now(d, CAROL, id);
	front_free(f);
}

static void
votes_are_counted_when_it_matters(void **state)
{
	/* What takes bob's vote away. */
	static const struct {
		const char *from, *to;
	} rows[] = {
		{ "{name: bob", "{name: rob" },			/* is gone */
		{ "approve: [group:sre]", "approve: [carol]" }, /* has no right */
	};
	struct desk *d = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		char id[10];
		struct front *f = held_by(d, CI, TWO, id);

		counted_but_not_enough(d, BOB, id);
		desk_reload(d, desk_config_with(d, rows[i].from, rows[i].to), NULL);
		/* Carol alone is not two. */
		counted_but_not_enough(d, CAROL, id);
		/* He comes back: both count. */
		desk_reload(d, NULL, NULL);
		wants(d, BOB, "pending", 0, "2 of 2 from group sre");
		front_gone(f, 1);
		keeper_event(d, "withdrawn");
		keeper_set(d, HOLD_CANCELLED);
		front_free(f);
	}
}

static void
a_new_owner_is_tied_like_the_old_one(void **state)
{
	struct desk *d = *state;
	char id[10], line[32];
	struct front *f = held_by(d, CI, RM, id);

	snprintf(line, sizeof line, "approve %s", id);
	desk_reload(d,
	    desk_config_with(d, "owner: alice, groups: [deployers]",
		"owner: bob, groups: [deployers]"),
	    NULL);
	wants(d, ALICE, line, STATUS_DENIED, "the same person");
	wants(d, BOB, line, STATUS_DENIED, "the same person");
	enough_now(d, CAROL, id);
	front_free(f);
}

static void
a_vote_that_is_not_recorded_does_not_count(void **state)
{
	struct desk *d = *state;
	char id[10], line[32], out[256];
	struct front *f = held_by(d, CI, TWO, id), *b = front_login(d, BOB);
	struct front *c = front_login(d, CAROL);
	struct msg_kept no = { .rc = RC_FAIL, .text = span_of("the disk is full") };
	uint32_t vote;

	snprintf(line, sizeof line, "approve %s", id);
	front_exec(b, 1, line);
	front_verdict(b, 1, VERDICT_VERB);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	vote = d->keeper.f.id;
	/* Nothing else is decided meanwhile. */
	assert_int_equal(front_verb(c, 1, line, out, sizeof out), STATUS_HELD);
	assert_non_null(strstr(out, "broker: busy: somebody decides on it"));
	end_send(d, &d->keeper, MSG_KEPT, vote, &no, NULL, 0);
	end_want(d, &b->talk, MSG_SAY);
	end_has(&b->talk, "not recorded, so not done: the disk is full");
	end_want(d, &b->talk, MSG_DONE);
	assert_int_equal(b->talk.m.done.status, STATUS_FAILED);
	/* It is as if he had said nothing. */
	counted_but_not_enough(d, BOB, id);
	enough_now(d, CAROL, id);
	front_free(b);
	front_free(c);
	front_free(f);
}

static void
a_rule_says_which_proof_counts(void **state)
{
	struct desk *d = *state;
	char id[10], line[32];
	struct front *f = held_by(d, CI, "aws s3 mb s3://logs", id);

	snprintf(line, sizeof line, "approve %s", id);
	wants(d, BOB, line, STATUS_DENIED, "or not by this kind of proof");
	front_free(f);
}

static void
hostile_words_of_approvers_are_refused(void **state)
{
	static const struct {
		const char *line;
		int status;
		const char *part;
	} rows[] = {
		{ "approve", 64, "usage: approve ID [--reason TEXT]" },
		{ "approve %s x", 64, "usage: approve" },
		{ "approve %s --reason", 64, "usage: approve" },
		{ "approve %s --because x", 64, "usage: approve" },
		{ "approve 0000-0000", 64, "no hold of that id is pending" },
		{ "approve ../../x", 64, "no hold of that id is pending" },
		{ "deny", 64, "usage: deny ID --reason TEXT" },
		{ "deny %s", 64, "usage: deny ID --reason TEXT" },
		{ "deny %s --reason", 64, "usage: deny" },
		{ "pending x", 64, "usage: pending" },
		{ "approve --help", 0, "usage: approve ID" },
	};
	struct desk *d = *state;
	char id[10], line[512], reason[300];
	struct front *f = held_by(d, CI, RM, id);

	for (size_t i = 0; i < ROWS(rows); i++) {
		snprintf(line, sizeof line, rows[i].line, id); /* NOLINT */
		wants(d, BOB, line, rows[i].status, rows[i].part);
	}
	memset(reason, 'x', sizeof reason);
	snprintf(line, sizeof line, "deny %s --reason %.*s", id, 257, reason);
	wants(d, BOB, line, 64, "usage: deny");
	snprintf(line, sizeof line, "deny %s --reason no", id);
	wants(d, DAVE, line, STATUS_DENIED, "you have no right to deny");
	wants(d, DAVE, "pending", STATUS_DENIED, "you have no right to see");
	end_quiet(d, &f->talk);
	front_free(f);
}

static void
an_id_may_be_typed_as_people_do(void **state)
{
	struct desk *d = *state;
	char id[10], typed[10];
	struct front *f = held_by(d, CI, RM, id);
	size_t n = 0;

	for (size_t i = 0; id[i] != '\0'; i++)
		if (id[i] != '-')
			typed[n++] =
			    (char)(id[i] >= 'A' && id[i] <= 'Z' ? id[i] + 32 : id[i]);
	typed[n] = '\0';
	front_free(votes(d, BOB, typed));
	keeper_set(d, HOLD_APPROVED);
	front_free(f);
}

static void
approvers_see_the_whole_command(void **state)
{
	struct desk *d = *state;
	char id[10], out[8192], text[64];
	struct front *f = held_by(d, CI,
	    "--reason 'ticket \xc3\xa4 42' aws s3 rm 's3://logs/a\xc3\xa4 b'", id);
	struct front *b = front_login(d, BOB);

	desk_skip(d, 65000);
	assert_int_equal(front_verb(b, 1, "pending", out, sizeof out), 0);
	assert_memory_equal(out, id, 9);
	assert_non_null(strstr(out, "\n  who      ci\n"));
	assert_non_null(strstr(out, "\n  profile  staging\n"));
	/* What could look like something else is shown as bytes. */
	assert_non_null(
	    strstr(out, "\n  command  'aws' s3 rm 's3://logs/a\\xC3\\xA4 b'\n"));
	assert_non_null(
	    strstr(out, "\n  reason   ticket \\xC3\\xA4 42\n"
			"           (the asker's own words, unverified)\n"));
	assert_non_null(
	    strstr(out, "\n  needs    0 of 1 from group sre (rule p/delete)\n"));
	/* Seconds may have passed on the way. */
	assert_true(strstr(out, "\n  expires  840 s\n") != NULL ||
		    strstr(out, "\n  expires  83") != NULL);
	assert_int_equal(front_verb(b, 2, "--json pending", out, sizeof out), 0);
	snprintf(text, sizeof text, "{\"id\":\"%s\",\"identity\":\"ci\"", id);
	assert_memory_equal(out, text, strlen(text));
	assert_non_null(
	    strstr(out, "\"command\":\"'aws' s3 rm 's3://logs/a\\u00E4 b'\""));
	assert_non_null(
	    strstr(out, "\"needs\":[{\"rule\":\"p/delete\",\"need\":1,\"from\":["
			"\"group:sre\"],\"auth\":[\"key\"],\"have\":0}]"));
	assert_int_equal(front_verb(b, 3, "pending --json", out, sizeof out), 0);
	assert_memory_equal(out, text, strlen(text));
	front_free(b);
	front_free(f);
}

static void
the_digest_is_over_what_will_run(void **state)
{
	static const char *const lines[] = { RM, "aws s3 rm s3://logs/b",
		"--reason x " RM, "aws s3 rm s3://logs/a --region eu-west-2",
		"aws s3 rm s3://logs/a --profile prod" };
	uint8_t seen[ROWS(lines) + 1][HOLD_DIGEST];
	struct desk *d = *state;

	for (size_t i = 0; i <= ROWS(lines); i++) {
		struct front *f = front_login(d, CI);

		front_exec(f, 1, lines[i % ROWS(lines)]);
		keeper_event(d, "verdict");
		end_want(d, &d->keeper, MSG_HOLD_NEW);
		memcpy(seen[i], d->keeper.m.hold_new.digest.p, HOLD_DIGEST);
		for (size_t j = 0; j < i; j++)
			assert_int_equal(memcmp(seen[i], seen[j], HOLD_DIGEST) == 0,
			    j == 0 && i == ROWS(lines));
		keeper_says(d, RC_FAIL);
		keeper_event(d, "failed");
		front_free(f);
	}
}

static void
holds_end_with_the_keeper(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f = held_by(d, CI, RM, id), *g = held_by(d, ALICE, RM, id);
	struct front *b = front_login(d, BOB);
	char line[32];

	/* One is being decided on, one waits. */
	snprintf(line, sizeof line, "approve %s", id);
	front_exec(b, 1, line);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	end_close(&d->keeper);
	desk_turn(d);
	assert_int_equal(d->ended, 1);
	assert_string_equal(d->ended_why, "the keeper is gone");
	front_free(f);
	front_free(g);
	front_free(b);
	assert_int_equal(sessions_count(d->m.sessions), 0);
}

static void
an_approver_need_not_wait_for_the_store(void **state)
{
	struct desk *d = *state;
	char id[10];
	struct front *f = held_by(d, CI, RM, id), *b = front_login(d, BOB);
	char line[32];

	snprintf(line, sizeof line, "approve %s", id);
	front_exec(b, 1, line);
	front_verdict(b, 1, VERDICT_VERB);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	{
		uint32_t vote = d->keeper.f.id;
		struct msg_kept yes = { .rc = RC_OK };

		front_gone(b, 1);
		assert_int_equal(sessions_count(d->m.sessions), 1);
		end_send(d, &d->keeper, MSG_KEPT, vote, &yes, NULL, 0);
	}
	keeper_set(d, HOLD_SPENT);
	end_quiet(d, &b->talk);
	front_free(f);
	front_free(b);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(who_is_tied_to_the_asker_does_not_count),
		T(an_approval_is_the_first_act_of_a_fresh_login),
		T(two_are_two_people),
		T(votes_are_counted_when_it_matters),
		T(a_new_owner_is_tied_like_the_old_one),
		T(a_vote_that_is_not_recorded_does_not_count),
		T(a_rule_says_which_proof_counts),
		T(hostile_words_of_approvers_are_refused),
		T(an_id_may_be_typed_as_people_do),
		T(approvers_see_the_whole_command),
		T(the_digest_is_over_what_will_run),
		T(holds_end_with_the_keeper),
		T(an_approver_need_not_wait_for_the_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
