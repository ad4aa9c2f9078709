/* Who may not approve, in every disguise; and whose yes counts no more. */
#include "tests/monitor/holdbed.h"

#include "lib/base/sshkey.h"

static const char *
print_of(struct desk *d, enum person p)
{
	static char text[SSHKEY_FINGERPRINT];

	sshkey_fingerprint(buf_span(&d->keys[p].blob), text);
	return text;
}

/* Said, answered without the keeper, refused for this reason. */
static void
refused(struct desk *d, const struct speaker *who, struct waiter *w, const char *part)
{
	struct said s;

	bed_say(d, who, hold_id(w->h), "approve %s", false, &s);
	assert_true(s.over);
	if (s.status != STATUS_DENIED || strstr(s.text, part) == NULL)
		fail_msg("%s: status %d, want \"%s\": %s", who->name, s.status, part,
		    s.text);
	said_clear(&s);
	end_quiet(d, &d->keeper);
	assert_int_equal(hold_state(w->h), HOLD_PENDING);
	assert_int_equal(w->settled, 0);
}

static void
over(struct desk *d, struct waiter *w)
{
	hold_close(w->h);
	keeper_set(d, HOLD_CANCELLED);
}

static void
whoever_is_tied_to_the_asker_is_refused(void **state)
{
	static const struct {
		const char *asker, *owner;
		struct speaker who;
		const char *part;
	} rows[] = {
		{ "bot", "alice", { .name = "bot" }, "asked for it yourself" },
		{ "ci", "alice", { .name = "alice" }, "the same person" },
		{ "ci", "alice", { .name = "bot" }, "the same person" },
		{ "alice", NULL, { .name = "bot" }, "the same person" },
		{ "ci", "bob", { .name = "bob" }, "the same person" }, /* was then */
		{ "ci", "alice", { .name = "dave" }, "no right to approve" },
		{ "ci", "alice", { .name = "bob", .stale = true }, "first request" },
		{ "ci", "alice", { .name = "bob", .proof = PROOF_UID },
		    "not by this kind of proof" },
		{ "ci", "alice", { .name = "bob", .proof = PROOF_SK, .verified = true },
		    "not by this kind of proof" },
		/* Another identity on the asker's key. */
		{ "ci", "alice", { .name = "bob", .key = "SHA256:ci's" },
		    "a key of yours is, or was, the asker's" },
	};
	struct desk *d = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct waiter w;
		struct hold_init init = bed_init(&w);

		init.identity = rows[i].asker;
		init.owner = rows[i].owner;
		bed_held(d, &init, &w);
		refused(d, &rows[i].who, &w, rows[i].part);
		over(d, &w);
	}
}

static void
a_key_of_the_askers_counts_for_nobody(void **state)
{
	struct desk *d = *state;
	struct speaker bob = { .name = "bob", .key = print_of(d, CI) };
	char with[400];
	struct waiter w;
	struct hold_init init = bed_init(&w);

	/* Not the one that it was asked for with, but ci's, too. */
	bed_held(d, &init, &w);
	refused(d, &bob, &w, "a key of yours is, or was, the asker's");
	/* ci has another since; the old one is still a device of ci's, whether bob
	 * comes with it or has it lying about. */
	snprintf(with, sizeof with, "keys: [\"%s\", \"%s\"]", d->key_lines[BOB],
	    d->key_lines[CI]);
	{
		char *config = strdup(
		    desk_config_with(d, d->key_lines[CI], d->key_lines[STRANGER]));
		char old[200], text[16384], *at;

		snprintf(old, sizeof old, "keys: [\"%s\"]", d->key_lines[BOB]);
		assert_non_null(at = strstr(config, old));
		snprintf(text, sizeof text, "%.*s%s%s", (int)(at - config), config,
		    with, at + strlen(old));
		desk_reload(d, text, NULL);
		free(config);
	}
	refused(d, &bob, &w, "a key of yours is, or was, the asker's");
	bob.key = "SHA256:of-bob";
	refused(d, &bob, &w, "a key of yours is, or was, the asker's");
	/* And the one that ci has now. */
	bob.name = "carol";
	bob.key = print_of(d, STRANGER);
	refused(d, &bob, &w, "a key of yours is, or was, the asker's");
	bed_says(d, "carol", hold_id(w.h), "approve %s", 0, "approved");
	over(d, &w);
}

static void
the_same_connection_approves_nothing(void **state)
{
	struct desk *d = *state;
	struct front *f = front_login(d, BOT);
	char id[10], line[32], out[1024];

	front_exec(f, 1, "aws s3 rm s3://logs/a");
	keeper_event(d, "verdict");
	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	snprintf(line, sizeof line, "approve %s", id);
	assert_int_equal(front_verb(f, 2, line, out, sizeof out), STATUS_DENIED);
	assert_non_null(strstr(out, "you asked for it yourself"));
	/* Nor is it another by another channel, when its identity is called something
	 * else by now: the connection goes with the name. */
	desk_reload(d, desk_config_with(d, "{name: bot", "{name: tob"), NULL);
	end_over(d, &f->talk);
	front_free(f);
}

static void
conditions_of_the_rule_are_kept(void **state)
{
	struct desk *d = *state;
	struct verdict v = bed_verdict;
	struct speaker bob = { .name = "bob" }, carol = { .name = "carol" };
	struct waiter w;
	struct hold_init init = bed_init(&w);
	struct said s;

	init.verdict = &v;
	/* not: bob, whatever from says; and an agent of one whom it names. */
	v.needs[0].n_not = 1;
	v.needs[0].not_from[0] = (struct approver){ false, "bob" };
	bed_held(d, &init, &w);
	refused(d, &bob, &w, "does not count you");
	over(d, &w);
	init.identity = "dave";
	init.owner = NULL;
	v.needs[0].not_from[0] = (struct approver){ false, "alice" };
	bed_held(d, &init, &w);
	refused(d, &(struct speaker){ .name = "bot" }, &w, "people approve");
	over(d, &w);
	/* Two of different groups: one group's people are one. */
	v = bed_verdict;
	v.needs[0].need = 2;
	v.needs[0].distinct_groups = true;
	v.needs[0].n_from = 2;
	v.needs[0].from[1] = (struct approver){ true, "deployers" };
	bed_held(d, &init, &w);
	bed_says(d, "bob", hold_id(w.h), "approve %s", 0, "more approvals are needed");
	refused(d, &carol, &w, "people of different groups");
	over(d, &w);
	/* A security key, and its PIN. */
	v = bed_verdict;
	v.needs[0].proofs = PROOF_BIT(PROOF_SK);
	v.needs[0].verified = true;
	bed_held(d, &init, &w);
	refused(d, &bob, &w, "not by this kind of proof");
	bob.proof = PROOF_SK;
	refused(d, &bob, &w, "not by this kind of proof");
	bob.verified = true;
	bed_say(d, &bob, hold_id(w.h), "approve %s", false, &s);
	keeper_set(d, HOLD_APPROVED);
	assert_int_equal(s.status, 0);
	said_clear(&s);
	over(d, &w);
}

static void
a_yes_is_worth_what_its_giver_is_now(void **state)
{
	static const struct {
		const char *from, *to; /* in the configuration */
		const char *have;
	} rows[] = {
		{ "{name: bob", "{name: rob", "0 of 2" },
		{ "[group:sre]}", "[alice, carol]}", "0 of 2" },
		{ "kind: human, groups: [sre], profile: staging}\n  - {name: carol",
		    "kind: human, profile: staging}\n  - {name: carol", "0 of 2" },
		/* ci has become his. */
		{ "owner: alice, groups: [deployers]",
		    "owner: bob, groups: [deployers]", "0 of 2" },
		{ "profiles: [prod]", "profiles: []", "1 of 2" },
	};
	struct desk *d = *state;
	struct verdict two = bed_verdict;

	two.needs[0].need = 2;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct waiter w;
		struct hold_init init = bed_init(&w);
		const char *config = desk_config(d, NULL);
		char text[16384], from[400];
		const char *at;

		snprintf(from, sizeof from, "%s", rows[i].from);
		init.verdict = &two;
		bed_held(d, &init, &w);
		bed_says(d, "bob", hold_id(w.h), "approve %s", 0, "more approvals");
		if (i == 2) { /* his groups stand behind his key */
			const char *key = strstr(config, "{name: bob");

			at = strstr(key, ", groups: [sre]");
			snprintf(text, sizeof text, "%.*s%s", (int)(at - config),
			    config, at + strlen(", groups: [sre]"));
		} else {
			assert_non_null(at = strstr(config, from));
			snprintf(text, sizeof text, "%.*s%s%s", (int)(at - config),
			    config, rows[i].to, at + strlen(from));
		}
		desk_reload(d, text, NULL);
		bed_says(d, "carol", hold_id(w.h), "pending", 0, rows[i].have);
		assert_false(
		    hold_suffices(w.h, &bed_verdict) != (rows[i].have[0] == '1'));
		desk_reload(d, NULL, NULL);
		/* What was said was said. */
		refused(
		    d, &(struct speaker){ .name = "bob" }, &w, "approved it already");
		over(d, &w);
	}
}

/* With every right, every group and a proof that counts, it is still no person. */
static void
an_agent_approves_nothing(void **state)
{
	struct desk *d = *state;
	struct waiter w;
	struct hold_init init = bed_init(&w);

	init.identity = "dave";
	init.owner = NULL;
	bed_held(d, &init, &w);
	refused(d, &(struct speaker){ .name = "bot" }, &w, "people approve");
	bed_says(d, "alice", hold_id(w.h), "approve %s", 0, "approved");
	assert_int_equal(w.state, HOLD_APPROVED);
	over(d, &w);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(whoever_is_tied_to_the_asker_is_refused),
		T(a_key_of_the_askers_counts_for_nobody),
		T(the_same_connection_approves_nothing),
		T(conditions_of_the_rule_are_kept),
		T(a_yes_is_worth_what_its_giver_is_now),
		T(an_agent_approves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
