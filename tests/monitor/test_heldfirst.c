/* What comes before a hold: input that is staged, a recent no, a grant, a preview.
 * Grants and previews are made up here: each may answer at any time, or never. */
#include "tests/monitor/desk.h"

#include "broker/monitor/grants.h"
#include "broker/monitor/preview.h"

#define RM "aws s3 rm s3://logs/a"
#define UP "aws s3 cp - s3://logs/a"

/* ---- grants and previews, made up ---- */

static struct {
	bool covers;   /* a grant does */
	unsigned uses; /* times that its use was asked for */
	void (*used)(void *arg, enum rc rc, const char *why);
	void *user;
	const void *forgotten;
	uint8_t digest[HOLD_DIGEST];
	char reason[64];

	unsigned previews; /* times that one was asked for */
	bool at_once;	   /* its answer is there before preview_begin() returns */
	void (*done)(void *arg, json_t *preview);
	void *previewer;
	unsigned cancelled;
} made_up;

struct grant *__wrap_grants_find(const struct grants *all, const char *identity,
    const struct verdict *v, const uint8_t digest[HOLD_DIGEST], const char *reason);
void __wrap_grant_use(
    struct grant *g, void (*fn)(void *arg, enum rc rc, const char *why), void *arg);
void __wrap_grants_forget(struct grants *all, const void *arg);
const char *__wrap_grant_id(const struct grant *g);
unsigned __wrap_grant_left(const struct grant *g);
json_t *__wrap_grant_approvals_json(const struct grant *g);
void __wrap_preview_begin(
    struct previews *all, const struct preview_ask *ask, struct preview **ret);
void __wrap_preview_cancel(struct preview *p);

struct grant *
__wrap_grants_find(const struct grants *all, const char *identity,
    const struct verdict *v, const uint8_t digest[HOLD_DIGEST], const char *reason)
{
	assert_non_null(all);
	assert_string_equal(identity, "ci");
	assert_int_equal(v->effect, EFFECT_HOLD);
	memcpy(made_up.digest, digest, sizeof made_up.digest);
	snprintf(made_up.reason, sizeof made_up.reason, "%s", reason);
	return made_up.covers ? (struct grant *)&made_up : NULL;
}

void
__wrap_grant_use(
    struct grant *g, void (*fn)(void *arg, enum rc rc, const char *why), void *arg)
{
	assert_ptr_equal(g, &made_up);
	made_up.uses++;
	made_up.used = fn;
	made_up.user = arg;
}

void
__wrap_grants_forget(struct grants *all, const void *arg)
{
	assert_non_null(all);
	made_up.forgotten = arg;
	if (made_up.user == arg)
		made_up.used = NULL;
}

const char *
__wrap_grant_id(const struct grant *g)
{
	assert_ptr_equal(g, &made_up);
	return "GRNT-0001";
}

unsigned
__wrap_grant_left(const struct grant *g)
{
	assert_ptr_equal(g, &made_up);
	return 3;
}

json_t *
__wrap_grant_approvals_json(const struct grant *g)
{
	assert_ptr_equal(g, &made_up);
	return json_pack("[{s:s, s:s}, {s:s, s:s}]", "name", "bob", "proof", "key",
	    "name", "carol", "proof", "uid");
}

static json_t *
some_preview(void)
{
	return json_pack(
	    "{s:s, s:s, s:i}", "state", "done", "summary", "3 objects", "count", 3);
}

void
__wrap_preview_begin(
    struct previews *all, const struct preview_ask *ask, struct preview **ret)
{
	assert_non_null(all);
	assert_string_equal(ask->identity, "ci");
	assert_string_equal(ask->profile->name, "staging");
	assert_string_equal(ask->region, "eu-west-1");
	assert_true(ask->aws->n_calls > 0);
	made_up.previews++;
	if (made_up.at_once) {
		ask->done(ask->arg, some_preview());
		*ret = NULL;
		return;
	}
	made_up.done = ask->done;
	made_up.previewer = ask->arg;
	*ret = (struct preview *)&made_up;
}

void
__wrap_preview_cancel(struct preview *p)
{
	if (p == NULL)
		return;
	assert_ptr_equal(p, &made_up);
	made_up.cancelled++;
	made_up.done = NULL;
}

static struct previews *no_previews;

static int
setup(void **state)
{
	int r;

	memset(&made_up, 0, sizeof made_up);
	r = desk_setup(state);
	/* The real ones ask AWS. */
	no_previews = ((struct desk *)*state)->m.previews;
	((struct desk *)*state)->m.previews = NULL;
	return r;
}

static int
teardown(void **state)
{
	((struct desk *)*state)->m.previews = no_previews;
	return desk_teardown(state);
}

/* One of them covers it. */
static struct desk *
with_grants(void **state)
{
	struct desk *d = *state;

	made_up.covers = true;
	return d;
}

static struct desk *
with_previews(void **state)
{
	struct desk *d = *state;

	d->m.previews = (struct previews *)&made_up;
	return d;
}

static struct front *
asks(struct desk *d, const char *line)
{
	struct front *f = front_login(d, CI);

	front_exec(f, 1, line);
	keeper_event(d, "verdict");
	return f;
}

static void
over(struct desk *d)
{
	end_quiet(d, &d->keeper);
	assert_int_equal(fake_vault()->asked, 0);
	assert_int_equal(sessions_count(d->m.sessions), 0);
}

static bool
has(struct span s, const char *part)
{
	return memmem(s.p, s.len, part, strlen(part)) != NULL;
}

/* ---- a recent no ---- */

/* Held, and bob says no. */
static void
was_denied(struct desk *d, const char *asked)
{
	struct front *f = asks(d, asked), *b;
	char id[10], line[64];

	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	b = front_login(d, BOB);
	snprintf(line, sizeof line, "deny %s --reason no", id);
	front_exec(b, 1, line);
	keeper_set(d, HOLD_DENIED);
	keeper_event(d, "denied");
	front_denied(f, 1, STATUS_DENIED, "by bob: no");
	front_free(f);
	front_free(b);
}

static void
a_no_stands_for_a_while(void **state)
{
	struct desk *d = *state;
	struct front *f;
	char id[10];

	was_denied(d, RM);
	f = asks(d, RM);
	keeper_event(d, "denied");
	front_denied(f, 1, STATUS_DENIED,
	    "broker: denied: s3 rm s3://logs/a was denied just now by bob; nobody was "
	    "asked again\n");
	front_free(f);
	desk_skip(d, 20 * 60 * 1000);
	f = asks(d, "--json " RM);
	keeper_event(d, "denied");
	front_denied(f, 1, STATUS_DENIED, " was denied 20 minutes ago by bob;");
	end_has(&f->talk, "\"code\":\"lately\"");
	/* A second may pass in the test. */
	end_has(&f->talk, "\"by\":\"bob\",\"retry_after\":2");
	front_free(f);
	/* Other words are another question. */
	f = asks(d, "--no-wait " RM "b");
	keeper_hold(d, id);
	keeper_event(d, "held");
	front_denied(f, 1, STATUS_HELD, id);
	front_free(f);
	desk_skip(d, 40 * 60 * 1000 + 1000);
	keeper_drain(d);
	f = asks(d, RM);
	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	front_free(f);
}

static void
a_no_that_is_heeded_counts_for_no_rate(void **state)
{
	static const char policy[] =
	    "version: 1\nname: p\nrules:\n"
	    "  - {id: delete, effect: hold, on: [exec], aws: {operations: ['s3:rm']}, "
	    "rate: {n: 2, per: 1h, by: [identity]}, approvers: {need: 1, from: "
	    "[group:sre], auth: [key]}}\n";
	struct desk *d = *state;
	struct front *f;
	char id[10];

	desk_reload(d, NULL, policy);
	was_denied(d, RM);
	for (int i = 0; i < 3; i++) {
		f = asks(d, RM);
		keeper_event(d, "denied");
		front_denied(f, 1, STATUS_DENIED, "was denied just now");
		front_free(f);
	}
	/* One of two was used. */
	f = asks(d, "--no-wait " RM "b");
	keeper_hold(d, id);
	keeper_event(d, "held");
	front_denied(f, 1, STATUS_HELD, id);
	front_free(f);
	f = asks(d, "--no-wait " RM "c");
	keeper_event(d, "denied");
	front_denied(f, 1, STATUS_DENIED, "over its rate of 2 in 1h");
	front_free(f);
	over(d);
}

/* ---- input ---- */

static const char hashed[] =
    "version: 1\nname: p\nrules:\n"
    "  - {id: up, effect: hold, on: [exec], stdin: hashed, aws: {operations: "
    "['s3:cp', 's3:rm']}, approvers: {need: 1, from: [group:sre], auth: [key]}}\n";

static void
input_is_staged_and_bound(void **state)
{
	struct desk *d = *state;
	uint8_t digests[2][32];
	struct front *f;
	char id[10];

	desk_reload(d, NULL, hashed);
	for (int i = 0; i < 2; i++) {
		f = asks(d, UP);
		/* Nobody is asked before all of it is there. */
		end_quiet(d, &d->keeper);
		front_staged(f, 1, 5, (uint8_t)(7 + i));
		end_want(d, &d->keeper, MSG_HOLD_NEW);
		memcpy(digests[i], d->keeper.m.hold_new.digest.p, 32);
		assert_true(has(d->keeper.m.hold_new.detail,
		    "\"stdin\":{\"kind\":\"hashed\",\"sha256\":\"0"));
		assert_true(has(d->keeper.m.hold_new.detail, "\"bytes\":5"));
		assert_true(span_copy(d->keeper.m.hold_new.hold, id, 10));
		keeper_says(d, RC_OK);
		front_verdict(f, 1, VERDICT_HOLD);
		front_free(f);
		keeper_event(d, "left");
	}
	assert_memory_not_equal(digests[0], digests[1], 32);
}

static void
what_reads_nothing_stages_nothing(void **state)
{
	struct desk *d = *state;
	struct front *f;
	char id[10];

	desk_reload(d, NULL, hashed);
	f = asks(d, RM);
	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	front_free(f);
}

static void
what_it_runs_with_is_told_to_its_session(void **state)
{
	struct desk *d = *state;
	uint8_t sha256[32];
	struct front *f, *b;
	char id[10], line[64];
	struct run r;

	memset(sha256, 7, sizeof sha256);
	desk_reload(d, NULL, hashed);
	f = asks(d, UP);
	front_staged(f, 1, 5, 7);
	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	b = front_login(d, BOB);
	snprintf(line, sizeof line, "approve %s", id);
	front_exec(b, 1, line);
	keeper_set(d, HOLD_APPROVED);
	keeper_set(d, HOLD_SPENT);
	end_want(d, &f->talk, MSG_SAY);
	run_from_lease(f, 1, &r);
	assert_true(span_eq(d->nursery.m.start.stdin_sha256, span_make(sha256, 32)));
	assert_int_equal(d->nursery.m.start.stdin_len, 5);
	run_close(&r);
	front_free(f);
	front_free(b);
}

static void
too_much_input_is_refused_with_the_bound(void **state)
{
	static const struct msg_staged rows[] = {
		{ .fits = 0 },
		{ .fits = 1, .len = (1 << 20) + 1 }, /* a front that lies */
	};
	static const uint8_t zeroes[32];
	struct desk *d = *state;

	desk_reload(d, NULL, hashed);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct front *f = asks(d, UP);
		struct msg_staged m = rows[i];

		m.sha256 = span_make(zeroes, 32);
		end_want(d, &f->talk, MSG_STAGE);
		end_send(d, &f->talk, MSG_STAGED, 1, &m, NULL, 0);
		keeper_event(d, "refused");
		front_denied(f, 1, STATUS_USAGE, "has more than 1048576 bytes");
		front_free(f);
	}
	over(d);
}

static void
input_that_does_not_end_is_not_waited_for_long(void **state)
{
	static const char *const lines[] = { "--wait 30 " UP, UP, "--no-wait " UP };
	static const uint64_t waits[] = { 30000, 900000, 900000 };
	struct desk *d = *state;

	desk_reload(d, NULL, hashed);
	for (size_t i = 0; i < ROWS(lines); i++) {
		struct front *f = asks(d, lines[i]);
		struct msg_staged late = { .fits = 1,
			.sha256 = span_make((const uint8_t *)hashed, 32) };

		end_want(d, &f->talk, MSG_STAGE);
		desk_skip(d, waits[i] - 1000);
		end_quiet(d, &d->keeper);
		desk_skip(d, 1100);
		keeper_event_open(d, "expired");
		{
			uint32_t refusal = d->keeper.f.id;
			struct msg_kept yes = { .rc = RC_OK };

			/* The front could not know yet, and knows now. */
			end_send(d, &f->talk, MSG_STAGED, 1, &late, NULL, 0);
			desk_turn(d);
			end_send(d, &d->keeper, MSG_KEPT, refusal, &yes, NULL, 0);
		}
		front_denied(f, 1, STATUS_HELD, "its input did not end in time");
		end_send(d, &f->talk, MSG_STAGED, 1, &late, NULL, 0);
		desk_turn(d);
		front_exec(f, 2, "help");
		front_verdict(f, 2, VERDICT_VERB);
		front_free(f);
	}
	over(d);
}

static void
a_front_that_stages_unasked_is_cut_off(void **state)
{
	struct msg_staged m = { .fits = 1,
		.sha256 = span_make((const uint8_t *)hashed, 32) };
	struct desk *d = *state;

	desk_reload(d, NULL, hashed);
	for (int i = 0; i < 2; i++) {
		struct front *f = asks(d, i == 0 ? UP : RM);
		char id[10];

		if (i == 0)
			front_staged(f, 1, 5, 7);
		keeper_hold(d, id);
		front_verdict(f, 1, VERDICT_HOLD);
		end_send(d, &f->talk, MSG_STAGED, 1, &m, NULL, 0);
		end_over(d, &f->talk);
		keeper_event(d, "left");
		front_free(f);
	}
	over(d);
}

/* Whoever goes while something is under way leaves nothing behind. */
static void
who_goes_while_it_is_staged_is_gone(void **state)
{
	struct desk *d = *state;

	desk_reload(d, NULL, hashed);
	for (int withdrawn = 0; withdrawn < 2; withdrawn++) {
		struct front *f = asks(d, UP);

		end_want(d, &f->talk, MSG_STAGE);
		(withdrawn ? front_gone : front_left)(f, 1);
		over(d);
		front_free(f);
	}
}

/* ---- a grant ---- */

static void
a_grant_is_used_and_then_it_runs(void **state)
{
	struct desk *d = with_grants(state);
	struct front *f = asks(d, "--reason 'ticket 42' " RM);
	struct run r;

	assert_int_equal(made_up.uses, 1);
	assert_string_equal(made_up.reason, "ticket 42");
	/* Not before the use is durable. */
	end_quiet(d, &f->talk);
	assert_int_equal(fake_vault()->asked, 0);
	made_up.used(made_up.user, RC_OK, "");
	end_want(d, &f->talk, MSG_SAY);
	end_has(&f->talk, "broker: granted: GRNT-0001 by bob and carol, 2 uses left\n");
	assert_string_equal(fake_vault()->approval, "GRNT-0001");
	run_from_lease(f, 1, &r);
	assert_true(has(d->nursery.m.start.meta,
	    "\"approval\":{\"required\":true,\"grant\":\"GRNT-0001\",\"needs\":[{"));
	assert_true(has(d->nursery.m.start.meta,
	    "\"hold\":\"GRNT-0001\",\"grant\":\"GRNT-0001\",\"approvers\":[\"bob\","
	    "\"carol\"],\"approvals\":[{\"name\":\"bob\",\"proof\":\"key\"}"));
	run_to_launch(d, &r);
	run_to_end(d, &r);
	run_close(&r);
	front_free(f);
}

static void
programs_read_of_a_grant(void **state)
{
	struct desk *d = with_grants(state);
	struct front *f = asks(d, "--json " RM);

	made_up.used(made_up.user, RC_OK, "");
	end_want(d, &f->talk, MSG_SAY);
	end_has(&f->talk, "{\"broker\":{\"event\":\"granted\"");
	end_has(&f->talk, "\"id\":\"GRNT-0001\",\"rule\":\"p/delete\"");
	front_free(f);
}

static void
a_grant_that_is_used_up_in_this_moment_asks_people(void **state)
{
	struct desk *d = with_grants(state);
	struct front *f = asks(d, RM);
	char id[10];

	made_up.used(made_up.user, RC_REFUSE, "it is used up");
	assert_int_equal(made_up.uses, 1);
	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	assert_int_equal(fake_vault()->asked, 0);
	front_free(f);
}

/* Held and left behind: its id. */
static void
is_left(struct desk *d, const char *line, char id[10])
{
	struct front *f = asks(d, line);

	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	front_free(f);
	keeper_event(d, "left");
}

static void
a_grant_goes_before_a_wait_and_an_approval_before_a_grant(void **state)
{
	struct desk *d = *state;
	struct front *f, *b;
	char id[10], line[64];

	is_left(d, RM, id);
	made_up.covers = true;
	f = asks(d, RM);
	assert_int_equal(made_up.uses, 1);
	/* What is used up in this moment comes back to the hold. */
	made_up.used(made_up.user, RC_REFUSE, "it is used up");
	front_verdict(f, 1, VERDICT_HOLD);
	end_has(&f->talk, id);
	front_free(f);
	keeper_event(d, "left");
	b = front_login(d, BOB);
	snprintf(line, sizeof line, "approve %s", id);
	front_exec(b, 1, line);
	keeper_set(d, HOLD_APPROVED);
	front_free(b);
	f = asks(d, RM);
	keeper_set(d, HOLD_SPENT);
	assert_int_equal(made_up.uses, 1);
	end_want(d, &f->talk, MSG_SAY);
	end_has(&f->talk, id);
	front_free(f);
}

static void
a_use_that_is_not_recorded_runs_nothing(void **state)
{
	struct desk *d = with_grants(state);
	struct front *f = asks(d, RM);

	made_up.used(made_up.user, RC_FAIL, "the disk is full");
	keeper_event(d, "failed");
	front_denied(f, 1, STATUS_FAILED, "the use of a grant could not be recorded");
	over(d);
	front_free(f);
}

static void
a_reload_while_a_grant_is_used_is_heeded(void **state)
{
	static const struct {
		const char *from, *to, *policy, *part; /* NULL: it runs */
	} rows[] = {
		{ "111122223333:role/b", "111122223333:role/admin", NULL,
		    "the profile has changed in this moment" },
		{ "", "", "version: 1\nname: p\nrules: []\n", "denied: s3 rm" },
		{ "", "",
		    "version: 1\nname: p\nrules:\n"
		    "  - {id: delete, effect: hold, on: [exec], aws: {operations: "
		    "['s3:rm']}, approvers: {need: 2, from: [group:sre], auth: "
		    "[key]}}\n",
		    "the rules have changed in this moment" },
		{ "", "",
		    "version: 1\nname: p\nrules:\n"
		    "  - {id: all, effect: allow, on: [exec], aws: {operations: "
		    "['s3:rm']}}\n",
		    NULL },
		{ "", "", NULL, NULL },
	};
	struct desk *d = with_grants(state);

	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *config = desk_config_with(d, rows[i].from, rows[i].to);
		struct front *f = asks(d, RM);

		desk_reload(d, config, rows[i].policy);
		made_up.used(made_up.user, RC_OK, "");
		if (rows[i].part != NULL) {
			keeper_event(d, "denied");
			front_denied(f, 1, STATUS_DENIED, rows[i].part);
			over(d);
		} else {
			end_want(d, &f->talk, MSG_SAY);
			assert_int_equal(fake_vault()->asked, 1);
			fake_vault()->asked = 0;
		}
		front_free(f);
		desk_reload(d, NULL, NULL);
	}
}

static void
who_goes_while_a_grant_is_used_runs_nothing(void **state)
{
	struct desk *d = with_grants(state);
	struct front *f = asks(d, RM);
	const void *user = made_up.user;

	front_left(f, 1);
	assert_ptr_equal(made_up.forgotten, user);
	assert_null(made_up.used);
	over(d);
	front_free(f);
}

static void
the_end_of_the_broker_comes_while_a_grant_is_used(void **state)
{
	struct desk *d = with_grants(state);
	struct front *f = asks(d, RM);

	sessions_stop(d->m.sessions, "the broker is ending");
	assert_null(made_up.used);
	keeper_event(d, "failed");
	front_denied(f, 1, STATUS_FAILED, "the broker is ending");
	over(d);
	front_free(f);
}

/* ---- a preview ---- */

static void
a_preview_is_shown_to_people_alone(void **state)
{
	struct desk *d = with_previews(state);

	for (int at_once = 0; at_once < 2; at_once++) {
		char id[10];
		struct front *f;

		made_up.at_once = at_once;
		f = asks(d, at_once ? RM : RM "b");
		if (!at_once) {
			end_quiet(d, &d->keeper);
			made_up.done(made_up.previewer, some_preview());
		}
		end_want(d, &d->keeper, MSG_HOLD_NEW);
		assert_true(has(d->keeper.m.hold_new.detail,
		    "\"preview\":{\"state\":\"done\",\"summary\":\"3 objects\""));
		assert_true(span_copy(d->keeper.m.hold_new.hold, id, 10));
		keeper_says(d, RC_OK);
		front_verdict(f, 1, VERDICT_HOLD);
		assert_false(has(f->talk.m.verdict.text, "3 objects"));
		front_free(f);
		keeper_event(d, "left");
	}
	assert_int_equal(made_up.previews, 2);
	assert_int_equal(made_up.cancelled, 0);
}

static void
a_preview_without_memory_holds_all_the_same(void **state)
{
	struct desk *d = with_previews(state);
	struct front *f = asks(d, RM);
	char id[10];

	made_up.done(made_up.previewer, NULL);
	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	front_free(f);
}

static void
who_goes_while_it_is_previewed_is_gone(void **state)
{
	struct desk *d = with_previews(state);

	for (int withdrawn = 0; withdrawn < 2; withdrawn++) {
		struct front *f = asks(d, RM);

		(withdrawn ? front_gone : front_left)(f, 1);
		assert_int_equal(made_up.cancelled, withdrawn + 1);
		over(d);
		front_free(f);
	}
}

static void
the_end_of_the_broker_comes_while_it_is_previewed(void **state)
{
	struct desk *d = with_previews(state);
	struct front *f = asks(d, RM);

	sessions_stop(d->m.sessions, "the broker is ending");
	assert_int_equal(made_up.cancelled, 1);
	keeper_event(d, "failed");
	front_denied(f, 1, STATUS_FAILED, "the broker is ending");
	over(d);
	front_free(f);
}

static void
a_profile_that_goes_meanwhile_is_noticed(void **state)
{
	struct desk *d = with_previews(state);
	struct front *f = asks(d, RM), *b;
	char id[10], line[64];

	desk_reload(
	    d, desk_config_with(d, "111122223333:role/b", "111122223333:role/c"), NULL);
	made_up.done(made_up.previewer, some_preview());
	/* People are asked about what it was, and it does not run as what it is. */
	keeper_hold(d, id);
	front_verdict(f, 1, VERDICT_HOLD);
	b = front_login(d, BOB);
	snprintf(line, sizeof line, "approve %s", id);
	front_exec(b, 1, line);
	keeper_set(d, HOLD_APPROVED);
	keeper_event(d, "denied");
	front_denied(f, 1, STATUS_DENIED, "the profile has changed");
	over(d);
	front_free(f);
	front_free(b);
}

/* ---- what is kept ---- */

static void
what_it_takes_to_run_it_later_is_kept(void **state)
{
	static const char *const parts[] = {
		"\"argv\":[\"aws\",\"s3\",\"rm\",\"s3://logs/a b\"]",
		"\"out\":false,\"profile\":\"staging\",\"role\":"
		"\"arn:aws:iam::111122223333:role/b\",\"account\":\"111122223333\","
		"\"region\":\"eu-west-1\"",
		"\"stdin\":{\"kind\":\"none\"}",
		"\"calls\":[\"s3:",
		"\"s3:DeleteObject\"",
		"\"resources\":[\"arn:aws:s3:::logs",
	};
	struct desk *d = *state;
	struct front *f = asks(d, "aws s3 rm 's3://logs/a b'");

	end_want(d, &d->keeper, MSG_HOLD_NEW);
	for (size_t i = 0; i < ROWS(parts); i++)
		if (!has(d->keeper.m.hold_new.detail, parts[i]))
			fail_msg("no %s in %.*s", parts[i],
			    (int)d->keeper.m.hold_new.detail.len,
			    (const char *)d->keeper.m.hold_new.detail.p);
	keeper_says(d, RC_OK);
	front_free(f);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_no_stands_for_a_while),
		T(a_no_that_is_heeded_counts_for_no_rate),
		T(input_is_staged_and_bound),
		T(what_reads_nothing_stages_nothing),
		T(what_it_runs_with_is_told_to_its_session),
		T(too_much_input_is_refused_with_the_bound),
		T(input_that_does_not_end_is_not_waited_for_long),
		T(a_front_that_stages_unasked_is_cut_off),
		T(who_goes_while_it_is_staged_is_gone),
		T(a_grant_is_used_and_then_it_runs),
		T(programs_read_of_a_grant),
		T(a_grant_that_is_used_up_in_this_moment_asks_people),
		T(a_grant_goes_before_a_wait_and_an_approval_before_a_grant),
		T(a_use_that_is_not_recorded_runs_nothing),
		T(a_reload_while_a_grant_is_used_is_heeded),
		T(who_goes_while_a_grant_is_used_runs_nothing),
		T(the_end_of_the_broker_comes_while_a_grant_is_used),
		T(a_preview_is_shown_to_people_alone),
		T(a_preview_without_memory_holds_all_the_same),
		T(who_goes_while_it_is_previewed_is_gone),
		T(the_end_of_the_broker_comes_while_it_is_previewed),
		T(a_profile_that_goes_meanwhile_is_noticed),
		T(what_it_takes_to_run_it_later_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
