/* Grants: who may give one, what it covers, how often and how long; and everything by
 * which somebody might get more out of one than was given. */
#include "tests/monitor/book.h"

#include <jansson.h>

#include "broker/monitor/grants.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "policies/pack.h"

#define ADD "grant add ci --rule p/delete --for 30m --uses 2 --reason 'ticket 7'"
#define RM "aws s3 rm s3://logs/a"

/* The verdict that these rules hold something, as they are now. */
static struct verdict
held_by(struct desk *d, const char *one, const char *other)
{
	const struct ruleset *set = pack_rules(d->m.rules.policy);
	struct verdict v = { .effect = EFFECT_HOLD };

	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->rules[i]->name, one) == 0 ||
		    (other != NULL && strcmp(set->rules[i]->name, other) == 0))
			v.needs[v.n_needs++] = *set->rules[i]->need;
	return v;
}

static const uint8_t no_digest[HOLD_DIGEST] = { 1 };

static struct grant *
find(struct desk *d, const char *identity, const char *rule)
{
	struct verdict v = held_by(d, rule, NULL);

	return grants_find(d->m.grants, identity, &v, no_digest, "a reason");
}

struct uses {
	unsigned ok, refused;
};

static void
used(void *arg, enum rc rc, const char *why)
{
	struct uses *u = arg;

	(void)why;
	u->ok += rc == RC_OK;
	u->refused += rc == RC_REFUSE;
}

/* ---- asking for one ---- */

static void
the_word_of_who_asks_is_the_first(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);
	struct book_grant *g;
	char out[4096], text[64];
	json_t *detail;

	assert_int_equal(book_verb(b, BOB, ADD, out, sizeof out), STATUS_OK);
	g = book_grant(b);
	snprintf(text, sizeof text, "granted %s\n", g->id);
	assert_string_equal(out, text);
	assert_string_equal(g->identity, "ci");
	assert_string_equal(g->rule, "p/delete");
	assert_int_equal(g->uses, 2);
	assert_int_equal(g->until_ms - g->at_ms, 30 * 60 * 1000);
	assert_int_equal(book_hold(b)->state, HOLD_SPENT);
	assert_string_equal(book_hold(b)->canon,
	    "grant to ci: 2 uses within 30m, asked for by bob, of whatever rule "
	    "p/delete holds");
	detail = json_loads(g->detail, 0, NULL);
	assert_string_equal(
	    json_string_value(json_object_get(
		json_array_get(json_object_get(detail, "approvals"), 0), "name")),
	    "bob");
	assert_string_equal(
	    json_string_value(json_object_get(detail, "reason")), "ticket 7");
	json_decref(detail);
	assert_string_equal(grant_id(find(d, "ci", "p/delete")), g->id);
	book_free(b);
}

static void
nobody_grants_themselves(void **state)
{
	static const struct {
		enum person asker;
		const char *to, *note;
	} rows[] = {
		{ ALICE, "ci", "you and the asker answer to the same person" },
		{ BOT, "ci", "you and the asker answer to the same person" },
		{ ALICE, "bot", "you and the asker answer to the same person" },
		{ BOT, "bot", "you asked for it yourself" },
		{ ALICE, "alice", "you asked for it yourself" },
		{ BOT, "alice", "you and the asker answer to the same person" },
	};
	struct desk *d = *state;
	struct book *b = book_new(d);
	char line[256], out[4096];

	for (size_t i = 0; i < ROWS(rows); i++) {
		snprintf(line, sizeof line,
		    "grant add %s --rule p/delete --for 1h --uses 1 --reason x",
		    rows[i].to);
		assert_int_equal(
		    book_verb(b, rows[i].asker, line, out, sizeof out), STATUS_HELD);
		if (strstr(out, rows[i].note) == NULL ||
		    strstr(out, "your own word does not count") == NULL)
			fail_msg("%zu: %s", i, out);
		assert_null(find(d, rows[i].to, "p/delete"));
		/* Nor by a second try. */
		snprintf(line, sizeof line, "approve %s", book_hold(b)->id);
		book_wants(b, rows[i].asker, line, STATUS_DENIED, "denied");
		assert_int_equal(book_hold(b)->state, HOLD_PENDING);
		book_wants(b, CAROL, line, STATUS_OK, "approved");
		book_turn(b);
		assert_string_equal(
		    grant_id(find(d, rows[i].to, "p/delete")), book_hold(b)->id);
		assert_int_equal(book_hold(b)->state, HOLD_SPENT);
		snprintf(line, sizeof line, "grant revoke %s", book_hold(b)->id);
		book_wants(b, CAROL, line, STATUS_OK, "revoked");
	}
	book_free(b);
}

static void
the_conditions_are_those_of_the_rule(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);
	char line[256];

	book_wants(b, BOB, "grant add ci --rule p/two --for 1h --uses 3 --reason x",
	    STATUS_HELD, "your own word is counted");
	assert_int_equal(b->n_grants, 0);
	snprintf(line, sizeof line, "approve %s", book_hold(b)->id);
	book_wants(b, BOB, line, STATUS_DENIED, "you approved it already");
	book_wants(b, ALICE, line, STATUS_DENIED, "the same person");
	book_wants(b, CAROL, line, STATUS_OK, "approved");
	book_turn(b);
	assert_int_equal(b->n_grants, 1);
	assert_non_null(find(d, "ci", "p/two"));
	/* A rule that wants a touch does not take a key for one. */
	book_wants(b, BOB, "grant add ci --rule p/touch --for 1h --uses 3 --reason x",
	    STATUS_HELD, "or not by this kind of proof");
	assert_int_equal(b->n_grants, 1);
	book_free(b);
}

static void
a_word_that_is_not_fresh_does_not_count(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);
	struct front *f = front_login(d, BOB);
	char out[4096];

	assert_int_equal(book_verb_on(b, f, 1, "whoami", out, sizeof out), 0);
	assert_int_equal(book_verb_on(b, f, 2, ADD, out, sizeof out), STATUS_HELD);
	assert_non_null(strstr(out, "first request of a connection"));
	assert_int_equal(b->n_grants, 0);
	front_free(f);
	book_free(b);
}

static void
words_that_are_refused(void **state)
{
	static const struct {
		enum person who;
		const char *line;
		int status;
		const char *part;
	} rows[] = {
		{ BOB, "grant", 64, "usage: grant add|list|revoke" },
		{ BOB, "grant give", 64, "usage: grant" },
		{ BOB, "grant add", 64, "usage: grant add IDENTITY" },
		{ BOB, "grant add ci", 64, "usage: grant add" },
		{ BOB, "grant add ci --rule p/delete --for 1h --uses 1", 64, "usage" },
		{ BOB, "grant add ci --rule p/delete --for 1h --reason x", 64,
		    "usage" },
		{ BOB, "grant add ci --rule p/delete --uses 1 --reason x", 64,
		    "usage" },
		{ BOB, "grant add --rule p/delete --for 1h --uses 1 --reason x", 64,
		    "usage" },
		{ BOB, "grant add ci --for 1h --uses 1 --reason x", 64, "usage" },
		{ BOB, "grant add ci dave --rule p/delete --for 1h --uses 1 --reason x",
		    64, "usage" },
		{ BOB,
		    "grant add ci --rule p/delete --like 0000-0000 --for 1h --uses 1 "
		    "--reason x",
		    64, "usage" },
		{ BOB,
		    "grant add ci --rule p/delete --rule p/two --for 1h --uses 1 "
		    "--reason x",
		    64, "usage" },
		{ BOB, "grant add ci --rule p/delete --for 1h --uses 0 --reason x", 64,
		    "usage" },
		{ BOB, "grant add ci --rule p/delete --for 1h --uses 1001 --reason x",
		    64, "usage" },
		{ BOB, "grant add ci --rule p/delete --for 1h --uses -1 --reason x", 64,
		    "usage" },
		{ BOB, "grant add ci --rule p/delete --for 0s --uses 1 --reason x", 64,
		    "usage" },
		{ BOB, "grant add ci --rule p/delete --for soon --uses 1 --reason x",
		    64, "usage" },
		{ BOB, "grant add ci --rule p/delete --for 1h --uses 1 --reason ''", 64,
		    "usage" },
		{ BOB, "grant add ci --rule p/delete --for 1h --uses 1 --reason", 64,
		    "usage" },
		{ BOB, "grant add ci --rule p/delete --for 9h --uses 1 --reason x", 77,
		    "a grant is for 8h at most" },
		{ BOB, "grant add eve --rule p/delete --for 1h --uses 1 --reason x", 77,
		    "there is no identity eve" },
		{ BOB, "grant add ci --rule p/none --for 1h --uses 1 --reason x", 77,
		    "there is no rule p/none" },
		{ BOB, "grant add ci --rule p/look --for 1h --uses 1 --reason x", 77,
		    "rule p/look holds nothing" },
		{ BOB, "grant add ci --rule p/never --for 1h --uses 1 --reason x", 77,
		    "rule p/never holds nothing" },
		{ BOB, "grant add ci --like 0000-0000 --for 1h --uses 1 --reason x", 64,
		    "there is no hold of that id" },
		{ BOB, "grant add ci --like ../x --for 1h --uses 1 --reason x", 64,
		    "usage" },
		{ DAVE, ADD, 77, "you have no right to grant" },
		{ CI, ADD, 77, "you have no right to grant" },
		{ BOB, "grant revoke", 64, "usage: grant revoke ID" },
		{ BOB, "grant revoke 0000-0000", 64, "no grant of that id" },
		{ DAVE, "grant revoke 0000-0000", 77, "no right to revoke" },
		{ BOB, "grant list all", 64, "usage: grant list" },
	};
	struct desk *d = *state;
	struct book *b = book_new(d);

	for (size_t i = 0; i < ROWS(rows); i++)
		book_wants(b, rows[i].who, rows[i].line, rows[i].status, rows[i].part);
	assert_int_equal(b->n_holds, 0);
	assert_int_equal(b->n_grants, 0);
	book_free(b);
}

static void
a_rule_that_is_not_about_them_cannot_be_granted(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);

	desk_reload(d, NULL,
	    "version: 1\nname: p\nrules:\n"
	    "  - {id: delete, effect: hold, on: [exec], who: {group: sre}, aws: "
	    "{operations: ['s3:rm']}, approvers: {need: 1, from: [group:sre], auth: "
	    "[key]}}\n"
	    "  - {id: fresh, effect: hold, on: [exec], who: {auth: {method: [sk], "
	    "max_age: 5m}}, aws: {operations: ['s3:rm']}, approvers: {need: 1, from: "
	    "[group:sre], auth: [key]}}\n");
	book_wants(b, BOB, ADD, STATUS_DENIED, "rule p/delete is not about ci");
	/* Whether they touch a key then is not known now. */
	book_wants(b, BOB, "grant add ci --rule p/fresh --for 1h --uses 1 --reason x",
	    STATUS_OK, "granted");
	book_free(b);
}

static void
an_approval_under_other_rules_makes_none(void **state)
{
	static const char *const policies[] = {
		/* The rule wants more, is gone, or is not about them any more. */
		"version: 1\nname: p\nrules:\n  - {id: two, effect: hold, on: [exec], "
		"aws: {operations: ['s3:rm']}, approvers: {need: 3, from: [group:sre], "
		"auth: [key]}}\n",
		"version: 1\nname: p\nrules: []\n",
		"version: 1\nname: p\nrules:\n  - {id: two, effect: hold, on: [exec], "
		"who: {group: sre}, aws: {operations: ['s3:rm']}, approvers: {need: 1, "
		"from: [group:sre], auth: [key]}}\n",
	};
	struct desk *d = *state;
	struct book *b = book_new(d);
	char line[64];

	for (size_t i = 0; i < ROWS(policies); i++) {
		book_wants(b, BOB,
		    "grant add ci --rule p/two --for 1h --uses 3 --reason x",
		    STATUS_HELD, "held");
		desk_reload(d, NULL, policies[i]);
		book_turn(b);
		snprintf(line, sizeof line, "approve %s", book_hold(b)->id);
		book_wants(b, CAROL, line, STATUS_OK, "approved");
		book_turn(b);
		assert_int_equal(book_hold(b)->state, HOLD_CANCELLED);
		assert_int_equal(b->n_grants, 0);
		desk_reload(d, NULL, NULL);
		book_turn(b);
	}
	book_free(b);
}

static void
one_that_is_not_recorded_is_not_there(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);

	b->refuse = MSG_GRANT_NEW;
	book_wants(b, BOB, ADD, STATUS_FAILED, "not recorded, so not done");
	assert_null(find(d, "ci", "p/delete"));
	assert_int_equal(book_hold(b)->state, HOLD_CANCELLED);
	b->refuse = MSG_HOLD_NEW;
	book_wants(b, BOB, ADD, STATUS_FAILED, "it could not be recorded");
	assert_null(find(d, "ci", "p/delete"));
	book_free(b);
}

/* ---- what it covers ---- */

static void
it_covers_its_rule_and_its_identity_alone(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);
	struct verdict v;

	book_wants(b, BOB, ADD, STATUS_OK, "granted");
	assert_non_null(find(d, "ci", "p/delete"));
	assert_null(find(d, "bot", "p/delete"));
	assert_null(find(d, "c", "p/delete"));
	assert_null(find(d, "ci", "p/two"));
	/* All that the verdict asks for, not some of it. */
	v = held_by(d, "p/delete", "p/two");
	assert_int_equal(v.n_needs, 2);
	assert_null(grants_find(d->m.grants, "ci", &v, no_digest, "r"));
	v = held_by(d, "p/delete", NULL);
	assert_non_null(grants_find(d->m.grants, "ci", &v, no_digest, ""));
	v.effect = EFFECT_DENY;
	assert_null(grants_find(d->m.grants, "ci", &v, no_digest, "r"));
	v.effect = EFFECT_HOLD;
	v.n_needs = 0;
	assert_null(grants_find(d->m.grants, "ci", &v, no_digest, "r"));
	/* The command gives the reason that its rule wants, not the grant. */
	v = held_by(d, "p/delete", NULL);
	v.needs[0].reason = true;
	assert_null(grants_find(d->m.grants, "ci", &v, no_digest, ""));
	assert_non_null(grants_find(d->m.grants, "ci", &v, no_digest, "r"));
	book_free(b);
}

/* Each has the other's. */
static void
trade_keys(struct desk *d, char *config, enum person a, enum person b)
{
	char *x = strstr(config, d->key_lines[a]), *y = strstr(config, d->key_lines[b]);
	size_t n = strlen(d->key_lines[a]);

	assert_non_null(x);
	assert_non_null(y);
	assert_int_equal(n, strlen(d->key_lines[b]));
	memcpy(x, d->key_lines[b], n);
	memcpy(y, d->key_lines[a], n);
}

static void
those_who_gave_it_are_counted_again(void **state)
{
	/* What takes bob's word away. */
	static const struct {
		const char *from, *to;
	} rows[] = {
		{ "{name: bob", "{name: rob" },
		{ "approve: [group:sre]", "approve: [carol]" },
		{ "owner: alice, groups: [deployers]",
		    "owner: bob, groups: [deployers]" },
	};
	struct desk *d = *state;
	struct book *b = book_new(d);
	char config[16384];

	book_wants(b, BOB, ADD, STATUS_OK, "granted");
	for (size_t i = 0; i < ROWS(rows); i++) {
		desk_reload(d, desk_config_with(d, rows[i].from, rows[i].to), NULL);
		assert_null(find(d, "ci", "p/delete"));
		desk_reload(d, NULL, NULL);
		assert_non_null(find(d, "ci", "p/delete"));
	}
	/* The key that he has by now was ci's. */
	snprintf(config, sizeof config, "%s", desk_config(d, NULL));
	trade_keys(d, config, CI, BOB);
	desk_reload(d, config, NULL);
	assert_null(find(d, "ci", "p/delete"));
	desk_reload(d, NULL, NULL);
	/* The rule asks for two of them, or for a touch. */
	desk_reload(d, NULL,
	    "version: 1\nname: p\nrules:\n  - {id: delete, effect: hold, on: [exec], "
	    "aws: {operations: ['s3:rm']}, approvers: {need: 2, from: [group:sre], "
	    "auth: [key]}}\n");
	assert_null(find(d, "ci", "p/delete"));
	desk_reload(d, NULL,
	    "version: 1\nname: p\nrules:\n  - {id: delete, effect: hold, on: [exec], "
	    "aws: {operations: ['s3:rm']}, approvers: {need: 1, from: [group:sre]}}\n");
	assert_null(find(d, "ci", "p/delete"));
	book_free(b);
}

/* A command of CI's that is held: its hold is the book's newest. */
static struct front *
held_command(struct book *b, const char *line)
{
	struct front *f = front_login(b->d, CI);

	front_exec(f, 1, line);
	book_turn(b);
	front_verdict(f, 1, VERDICT_HOLD);
	return f;
}

static void
one_like_a_hold_is_for_that_digest(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);
	struct front *f = held_command(b, RM);
	struct book_hold like = *book_hold(b);
	struct verdict v = held_by(d, "p/delete", NULL), two;
	uint8_t other[HOLD_DIGEST];
	char line[160], canon[256], hex[65];

	snprintf(line, sizeof line,
	    "grant add ci --like %s --for 10m --uses 1 --reason x", like.id);
	book_wants(b, BOB, line, STATUS_OK, "granted");
	assert_memory_equal(book_grant(b)->digest, like.digest, HOLD_DIGEST);
	assert_string_equal(book_grant(b)->rule, "");
	id_hex(like.digest, HOLD_DIGEST, hex);
	snprintf(canon, sizeof canon,
	    "grant to ci: 1 use within 10m, asked for by bob, of digest %s: 'aws' s3 "
	    "rm s3://logs/a",
	    hex);
	assert_string_equal(book_hold(b)->canon, canon);
	assert_non_null(grants_find(d->m.grants, "ci", &v, like.digest, ""));
	assert_null(grants_find(d->m.grants, "bot", &v, like.digest, ""));
	for (size_t i = 0; i < HOLD_DIGEST; i++) {
		memcpy(other, like.digest, HOLD_DIGEST);
		other[i] ^= 1;
		assert_null(grants_find(d->m.grants, "ci", &v, other, ""));
	}
	/* Another rule holds it, too, by now: those who gave it are not enough. */
	two = held_by(d, "p/delete", "p/two");
	assert_null(grants_find(d->m.grants, "ci", &two, like.digest, ""));
	/* Of somebody else's hold. */
	snprintf(line, sizeof line,
	    "grant add dave --like %s --for 10m --uses 1 --reason x", like.id);
	book_wants(b, BOB, line, STATUS_USAGE, "no command of this identity");
	/* One of a grant. */
	snprintf(line, sizeof line,
	    "grant add ci --like %s --for 10m --uses 1 --reason x", book_hold(b)->id);
	book_wants(b, BOB, line, STATUS_USAGE, "no command of this identity");
	front_free(f);
	book_turn(b);
	book_free(b);
}

/* ---- how often, and how long ---- */

static void
so_many_uses_and_no_more(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);
	struct uses u = { 0 };
	struct grant *g;

	book_wants(b, BOB, "grant add ci --rule p/delete --for 30m --uses 5 --reason x",
	    STATUS_OK, "granted");
	/* Nine at once, before the store has said a word. */
	for (int i = 0; i < 9; i++)
		if ((g = find(d, "ci", "p/delete")) != NULL)
			grant_use(g, used, &u);
	assert_int_equal(u.ok, 0);
	book_turn(b);
	assert_int_equal(u.ok, 5);
	assert_int_equal(u.refused, 0);
	assert_int_equal(book_grant(b)->used, 5);
	assert_null(find(d, "ci", "p/delete"));
	book_wants(b, BOB, "grant list", STATUS_OK, "");
	book_free(b);
}

static void
a_use_that_the_store_refuses_runs_nothing(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);
	struct uses u = { 0 };

	book_wants(b, BOB, ADD, STATUS_OK, "granted");
	/* Another broker used it up. */
	book_grant(b)->used = 2;
	grant_use(find(d, "ci", "p/delete"), used, &u);
	book_turn(b);
	assert_int_equal(u.ok, 0);
	assert_int_equal(u.refused, 1);
	assert_null(find(d, "ci", "p/delete"));
	book_free(b);
}

static void
one_that_is_used_tells_nobody_who_has_gone(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);
	struct uses u = { 0 };

	book_wants(b, BOB, ADD, STATUS_OK, "granted");
	grant_use(find(d, "ci", "p/delete"), used, &u);
	grants_forget(d->m.grants, &u);
	book_turn(b);
	assert_int_equal(u.ok, 0);
	assert_int_equal(book_grant(b)->used, 1);
	book_free(b);
}

static void
it_ends_with_its_time(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);
	struct grant *g;
	struct uses u = { 0 };

	book_wants(b, BOB, ADD, STATUS_OK, "granted");
	desk_skip(d, 29 * 60 * 1000);
	book_turn(b);
	g = find(d, "ci", "p/delete");
	assert_non_null(g);
	desk_skip(d, 60 * 1000);
	assert_null(find(d, "ci", "p/delete"));
	/* Whoever found it just before gets nothing. */
	grant_use(g, used, &u);
	assert_int_equal(u.refused, 1);
	book_turn(b);
	assert_int_equal(book_grant(b)->state, GRANT_EXPIRED);
	assert_int_equal(book_grant(b)->used, 0);
	book_free(b);
}

static void
it_ends_when_it_is_revoked(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);
	struct uses u = { 0 };
	struct grant *g;
	char line[64];

	book_wants(b, BOB, ADD, STATUS_OK, "granted");
	g = find(d, "ci", "p/delete");
	snprintf(line, sizeof line, "grant revoke %s --reason 'no more'", grant_id(g));
	{
		struct front *f = front_login(d, CAROL);

		/* From the word on, also before the store has it. */
		front_exec(f, 1, line);
		assert_null(find(d, "ci", "p/delete"));
		grant_use(g, used, &u);
		assert_int_equal(u.refused, 1);
		book_turn(b);
		front_free(f);
	}
	assert_int_equal(book_grant(b)->state, GRANT_REVOKED);
	assert_string_equal(book_grant(b)->by, "carol");
	assert_string_equal(book_grant(b)->proof, "key");
	assert_string_equal(book_grant(b)->reason, "no more");
	assert_int_equal(u.ok, 0);
	book_wants(b, CAROL, line, STATUS_USAGE, "no grant of that id");
	book_free(b);
}

static void
what_ends_first_is_used_first(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);

	book_wants(b, BOB, ADD, STATUS_OK, "granted");
	book_wants(b, BOB, "grant add ci --rule p/delete --for 10m --uses 1 --reason x",
	    STATUS_OK, "granted");
	assert_string_equal(grant_id(find(d, "ci", "p/delete")), b->grants[1].id);
	book_wants(b, BOB, "grant add ci --rule p/delete --for 1h --uses 1 --reason x",
	    STATUS_OK, "granted");
	assert_string_equal(grant_id(find(d, "ci", "p/delete")), b->grants[1].id);
	book_free(b);
}

/* ---- a restart ---- */

static void
it_outlives_a_restart(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);
	struct uses u = { 0 };
	char out[4096];
	struct grant *g;

	book_wants(b, BOB, ADD, STATUS_OK, "granted");
	grant_use(find(d, "ci", "p/delete"), used, &u);
	book_turn(b);
	assert_int_equal(u.ok, 1);
	book_restart(b);
	g = find(d, "ci", "p/delete");
	assert_non_null(g);
	assert_string_equal(grant_id(g), book_grant(b)->id);
	assert_int_equal(grant_left(g), 1);
	assert_int_equal(book_verb(b, CAROL, "grant list", out, sizeof out), 0);
	assert_non_null(strstr(out, "left     1 of 2 uses"));
	assert_non_null(strstr(out, "\n  by       bob\n  asked by bob\n"));
	/* And counts those who gave it as before. */
	desk_reload(d, desk_config_with(d, "{name: bob", "{name: rob"), NULL);
	assert_null(find(d, "ci", "p/delete"));
	desk_reload(d, NULL, NULL);
	grant_use(g, used, &u);
	book_turn(b);
	assert_int_equal(u.ok, 2);
	assert_null(find(d, "ci", "p/delete"));
	book_restart(b);
	assert_null(find(d, "ci", "p/delete"));
	book_free(b);
}

static void
one_that_ended_meanwhile_is_over(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);

	book_wants(b, BOB, ADD, STATUS_OK, "granted");
	book_grant(b)->until_ms = clock_wall_ms() - 1;
	book_grant(b)->at_ms = clock_wall_ms() - 1800000;
	book_restart(b);
	assert_null(find(d, "ci", "p/delete"));
	desk_turn(d);
	book_turn(b);
	assert_int_equal(book_grant(b)->state, GRANT_EXPIRED);
	book_free(b);
}

static void
a_clock_that_is_set_back_makes_it_no_longer(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);

	book_wants(b, BOB, ADD, STATUS_OK, "granted");
	/* It began in what is the future by now. */
	book_grant(b)->at_ms += 24ull * 3600 * 1000;
	book_grant(b)->until_ms += 24ull * 3600 * 1000;
	book_restart(b);
	assert_non_null(find(d, "ci", "p/delete"));
	desk_skip(d, 30 * 60 * 1000);
	assert_null(find(d, "ci", "p/delete"));
	book_turn(b);
	assert_int_equal(book_grant(b)->state, GRANT_EXPIRED);
	book_free(b);
}

static void
one_that_was_approved_is_made_at_the_next_start(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);
	char line[64];

	book_wants(b, ALICE, ADD, STATUS_HELD, "held");
	/* People may still be waited for. */
	book_restart(b);
	assert_int_equal(book_hold(b)->state, HOLD_PENDING);
	snprintf(line, sizeof line, "approve %s", book_hold(b)->id);
	b->mute = MSG_GRANT_NEW;
	book_wants(b, BOB, line, STATUS_OK, "approved");
	assert_int_equal(b->n_grants, 0);
	assert_int_equal(book_hold(b)->state, HOLD_APPROVED);
	b->mute = 0;
	book_restart(b);
	assert_int_equal(b->n_grants, 1);
	assert_int_equal(book_hold(b)->state, HOLD_SPENT);
	assert_string_equal(grant_id(find(d, "ci", "p/delete")), book_hold(b)->id);
	book_restart(b);
	assert_int_equal(b->n_grants, 1);
	book_free(b);
}

/* The words that people were shown are those of the grant, whatever else its row says. */
static void
one_that_was_shown_otherwise_is_not_made(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);
	char line[64], *at;

	book_wants(b, ALICE, ADD, STATUS_HELD, "held");
	snprintf(line, sizeof line, "approve %s", book_hold(b)->id);
	at = strstr(book_hold(b)->canon, "grant to ci: ");
	assert_non_null(at);
	memcpy(at, "grant to xy", 11);
	book_restart(b);
	book_wants(b, BOB, line, STATUS_OK, "approved");
	assert_int_equal(b->n_grants, 0);
	assert_int_equal(book_hold(b)->state, HOLD_CANCELLED);
	book_free(b);
}

static void
a_row_that_nobody_can_read_is_no_grant(void **state)
{
	static const char *const details[] = { "", "{}", "[]", "{\"approvals\":[]",
		"{\"approvals\":{}}", "{\"approvals\":[{\"name\":\"bob\"}]}",
		"{\"approvals\":[{\"name\":\"bob\",\"proof\":\"word\"}]}",
		"{\"approvals\":[{\"name\":\"bob\",\"proof\":\"key\",\"key\":7}]}",
		"{\"approvals\":[{\"name\":\"bob\",\"proof\":\"key\"}]}" };
	struct desk *d = *state;
	struct book *b = book_new(d);
	char *detail;

	book_wants(b, BOB, ADD, STATUS_OK, "granted");
	detail = book_grant(b)->detail;
	for (size_t i = 0; i < ROWS(details); i++) {
		book_grant(b)->detail = (char *)(uintptr_t)details[i];
		book_restart(b);
		assert_null(find(d, "ci", "p/delete"));
	}
	book_grant(b)->detail = detail;
	book_restart(b);
	assert_non_null(find(d, "ci", "p/delete"));
	book_free(b);
}

/* ---- who sees it ---- */

static void
approvers_see_all_and_others_their_own(void **state)
{
	struct desk *d = *state;
	struct book *b = book_new(d);
	char out[4096], text[128];

	book_wants(b, BOB, ADD, STATUS_OK, "granted");
	book_wants(b, DAVE, "grant list", STATUS_OK, "");
	assert_int_equal(book_verb(b, DAVE, "grant list", out, sizeof out), 0);
	assert_string_equal(out, "");
	assert_int_equal(book_verb(b, CI, "grant list", out, sizeof out), 0);
	snprintf(text, sizeof text,
	    "%s\n  to       ci\n  rule     p/delete\n  left     2 of 2 uses, ",
	    book_grant(b)->id);
	assert_memory_equal(out, text, strlen(text));
	assert_null(strstr(out, "ticket 7"));
	assert_int_equal(book_verb(b, CAROL, "grant list", out, sizeof out), 0);
	assert_non_null(strstr(out, "\n  reason   ticket 7\n"));
	assert_int_equal(book_verb(b, CI, "grant list --json", out, sizeof out), 0);
	assert_non_null(strstr(out, "\"rule\":\"p/delete\",\"uses\":2,\"left\":2"));
	assert_null(strstr(out, "approvals"));
	assert_int_equal(book_verb(b, CAROL, "grant list --json", out, sizeof out), 0);
	assert_non_null(
	    strstr(out, "\"approvals\":[{\"name\":\"bob\",\"proof\":\"key\""));
	assert_int_equal(book_verb(b, CI, "whoami", out, sizeof out), 0);
	snprintf(text, sizeof text, "\ngrant    %s rule p/delete, 2 of 2 uses, ",
	    book_grant(b)->id);
	assert_non_null(strstr(out, text));
	assert_int_equal(book_verb(b, CI, "whoami --json", out, sizeof out), 0);
	snprintf(text, sizeof text, "\"grants\":[{\"id\":\"%s\"", book_grant(b)->id);
	assert_non_null(strstr(out, text));
	assert_int_equal(book_verb(b, DAVE, "whoami --json", out, sizeof out), 0);
	assert_non_null(strstr(out, "\"grants\":[]"));
	book_free(b);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(the_word_of_who_asks_is_the_first),
		T(nobody_grants_themselves),
		T(the_conditions_are_those_of_the_rule),
		T(a_word_that_is_not_fresh_does_not_count),
		T(words_that_are_refused),
		T(a_rule_that_is_not_about_them_cannot_be_granted),
		T(an_approval_under_other_rules_makes_none),
		T(one_that_is_not_recorded_is_not_there),
		T(it_covers_its_rule_and_its_identity_alone),
		T(those_who_gave_it_are_counted_again),
		T(one_like_a_hold_is_for_that_digest),
		T(so_many_uses_and_no_more),
		T(a_use_that_the_store_refuses_runs_nothing),
		T(one_that_is_used_tells_nobody_who_has_gone),
		T(it_ends_with_its_time),
		T(it_ends_when_it_is_revoked),
		T(what_ends_first_is_used_first),
		T(it_outlives_a_restart),
		T(one_that_ended_meanwhile_is_over),
		T(a_clock_that_is_set_back_makes_it_no_longer),
		T(one_that_was_approved_is_made_at_the_next_start),
		T(one_that_was_shown_otherwise_is_not_made),
		T(a_row_that_nobody_can_read_is_no_grant),
		T(approvers_see_all_and_others_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
