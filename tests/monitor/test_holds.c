/* What becomes of holds that nobody waits for: those that were left, and those of before
 * a restart; and who hears of it. */
#include "tests/monitor/holdbed.h"

#include "lib/base/clock.h"

/* ---- listeners ---- */

struct heard {
	char text[4096];
};

static void
hear(void *arg, const struct hold *h, const char *event, const char *by,
    const char *reason)
{
	struct heard *all = arg;
	size_t n = strlen(all->text);

	(void)h;
	snprintf(all->text + n, sizeof all->text - n, "%s(%s,%s) ", event, by, reason);
}

static void
listeners_hear_each_change_once_it_is_durable(void **state)
{
	struct desk *d = *state;
	struct heard heard = { "" };
	struct waiter w;
	struct hold_init init = bed_init(&w);
	struct verdict two = bed_verdict;
	struct speaker bob = { .name = "bob" };
	struct said s;
	int n = 0;

	two.needs[0].need = 2;
	init.verdict = &two;
	assert_true(holds_listen(d->m.holds, hear, &heard));
	bed_open(d, &init, &w);
	assert_string_equal(heard.text, "");
	keeper_says(d, RC_OK);
	assert_string_equal(heard.text, "pending(,) ");
	bed_say(d, &bob, hold_id(w.h), "approve %s --reason fine", false, &s);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	assert_string_equal(heard.text, "pending(,) ");
	keeper_says(d, RC_OK);
	assert_string_equal(heard.text, "pending(,) vote(bob,fine) ");
	said_clear(&s);
	bed_says(d, "carol", hold_id(w.h), "approve %s", 0, "approved");
	assert_int_equal(w.state, HOLD_APPROVED);
	assert_string_equal(w.by, "carol");
	bed_spend(&w);
	keeper_set(d, HOLD_SPENT);
	assert_string_equal(
	    heard.text, "pending(,) vote(bob,fine) approved(carol,) spent(,) ");
	hold_close(w.h);
	end_quiet(d, &d->keeper);
	heard.text[0] = '\0';
	holds_unlisten(d->m.holds, &heard);
	init = bed_init(&w);
	bed_held(d, &init, &w);
	hold_close(w.h);
	keeper_set(d, HOLD_CANCELLED);
	assert_string_equal(heard.text, "");
	while (n < HOLDS_LISTENERS && holds_listen(d->m.holds, hear, &heard))
		n++;
	assert_true(n > 0);
	assert_false(holds_listen(d->m.holds, hear, &heard));
	holds_unlisten(d->m.holds, &heard);
	assert_true(holds_listen(d->m.holds, hear, &heard));
}

/* ---- left ones ---- */

static void
one_that_was_left_is_decided_on(void **state)
{
	enum { YES, NO, TIME, WAYS };
	struct desk *d = *state;

	for (int way = 0; way < WAYS; way++) {
		struct waiter w;
		struct hold_init init = bed_init(&w);
		char id[10];

		bed_held(d, &init, &w);
		snprintf(id, sizeof id, "%s", hold_id(w.h));
		hold_leave(w.h);
		end_quiet(d, &d->keeper);
		assert_ptr_equal(holds_find(d->m.holds, id), w.h);
		bed_says(d, "bob", id, "pending", 0, id);
		if (way == YES) {
			bed_says(d, "bob", id, "approve %s", 0, "approved");
			assert_int_equal(
			    hold_state(holds_find(d->m.holds, id)), HOLD_APPROVED);
			/* Nobody comes for it. */
			desk_skip(d, 300100);
			keeper_set(d, HOLD_EXPIRED);
		} else if (way == NO)
			bed_says(d, "bob", id, "deny %s --reason no", 0, "denied");
		else {
			desk_skip(d, 900100);
			keeper_set(d, HOLD_EXPIRED);
		}
		assert_null(holds_find(d->m.holds, id));
		assert_null(holds_first(d->m.holds));
		assert_int_equal(w.settled, 0);
		bed_says(d, "bob", id, "approve %s", 64, "no hold of that id");
	}
}

static void
a_caller_comes_back(void **state)
{
	struct desk *d = *state;
	struct waiter w, back;
	struct hold_init init = bed_init(&w), again = bed_init(&back);

	bed_held(d, &init, &w);
	/* Somebody waits for it. */
	assert_false(hold_take_over(w.h, &again));
	hold_leave(w.h);
	assert_true(hold_take_over(w.h, &again));
	assert_false(hold_take_over(w.h, &again));
	back.h = w.h;
	bed_says(d, "bob", hold_id(w.h), "approve %s", 0, "approved");
	assert_int_equal(w.settled, 0);
	assert_int_equal(back.settled, 1);
	/* It is being spent: another time is too late. */
	bed_spend(&back);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	hold_leave(back.h);
	assert_false(hold_take_over(w.h, &init));
	keeper_says(d, RC_OK);
	assert_int_equal(back.spent, 0);
	assert_null(holds_first(d->m.holds));
}

static void
an_approval_that_was_left_is_spent_once(void **state)
{
	struct desk *d = *state;
	struct waiter w, back;
	struct hold_init init = bed_init(&w), again = bed_init(&back);

	bed_held(d, &init, &w);
	hold_leave(w.h);
	bed_says(d, "bob", hold_id(w.h), "approve %s", 0, "approved");
	assert_true(hold_take_over(w.h, &again));
	back.h = w.h;
	assert_int_equal(hold_state(back.h), HOLD_APPROVED);
	bed_spend(&back);
	bed_spend(&back);
	assert_int_equal(back.spent, 1);
	assert_int_equal(back.spent_rc, RC_REFUSE);
	keeper_set(d, HOLD_SPENT);
	assert_int_equal(back.spent, 2);
	assert_int_equal(back.spent_rc, RC_OK);
	bed_spend(&back);
	assert_int_equal(back.spent_rc, RC_REFUSE);
	end_quiet(d, &d->keeper);
	hold_close(back.h);
}

static void
left_ones_count_as_open(void **state)
{
	struct desk *d = *state;
	struct waiter w;
	struct hold_init init = bed_init(&w);
	struct hold *h = NULL;

	for (int i = 0; i < 5; i++) {
		bed_held(d, &init, &w);
		hold_leave(w.h);
		w.opened = 0;
	}
	assert_int_equal(hold_open(d->m.holds, &init, &h, NULL), RC_WAIT);
	init.identity = "bob";
	assert_int_equal(hold_open(d->m.holds, &init, &h, NULL), RC_OK);
}

static void
a_word_that_the_store_refuses_was_not_said(void **state)
{
	struct desk *d = *state;
	struct waiter w;
	struct hold_init init = bed_init(&w);
	struct speaker bob = { .name = "bob" };
	struct said s;

	bed_held(d, &init, &w);
	for (int no = 0; no < 2; no++) {
		bed_say(d, &bob, hold_id(w.h),
		    no ? "deny %s --reason no" : "approve %s", false, &s);
		end_want(d, &d->keeper, MSG_HOLD_SET);
		keeper_says(d, RC_REFUSE);
		assert_int_equal(s.status, STATUS_FAILED);
		said_clear(&s);
		assert_int_equal(hold_state(w.h), HOLD_PENDING);
		assert_int_equal(w.settled, 0);
	}
	bed_says(d, "bob", hold_id(w.h), "approve %s", 0, "approved");
	assert_int_equal(w.settled, 1);
	hold_close(w.h);
	keeper_set(d, HOLD_CANCELLED);
}

static void
a_yes_says_by_what_and_from_where(void **state)
{
	struct desk *d = *state;
	struct waiter w;
	struct hold_init init = bed_init(&w);
	struct verdict v = bed_verdict;
	struct speaker bob = { .name = "bob",
		.proof = PROOF_SK,
		.verified = true,
		.key = "SHA256:touched" };
	const struct msg_hold_set *m = &d->keeper.m.hold_set;
	struct said s;

	v.needs[0].proofs = PROOF_BIT(PROOF_SK);
	init.verdict = &v;
	bed_held(d, &init, &w);
	bed_say(d, &bob, hold_id(w.h), "approve %s --reason seen", false, &s);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	assert_int_equal(m->state, HOLD_APPROVED);
	assert_true(span_is(m->by, "bob"));
	assert_true(span_is(m->proof, "sk"));
	assert_true(span_is(m->key, "SHA256:touched"));
	assert_true(span_is(m->source, "192.0.2.9"));
	assert_true(span_is(m->reason, "seen"));
	assert_int_equal(m->verified, 1);
	keeper_says(d, RC_OK);
	said_clear(&s);
	hold_close(w.h);
	keeper_set(d, HOLD_CANCELLED);
}

static void
an_asker_takes_it_back_by_name(void **state)
{
	struct desk *d = *state;
	struct waiter w;
	struct hold_init init = bed_init(&w);

	bed_held(d, &init, &w);
	hold_withdraw(w.h);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	assert_int_equal(d->keeper.m.hold_set.state, HOLD_CANCELLED);
	assert_true(span_is(d->keeper.m.hold_set.by, "ci"));
	assert_true(span_is(d->keeper.m.hold_set.reason, "withdrawn"));
	keeper_says(d, RC_OK);
	assert_null(holds_first(d->m.holds));
}

/* ---- denied of late ---- */

static void
what_was_denied_is_remembered_for_a_while(void **state)
{
	static const uint8_t other[HOLD_DIGEST] = { 9 };
	struct desk *d = *state;
	struct waiter w;
	struct hold_init init = bed_init(&w);
	uint64_t ago = 0;
	const char *by = NULL;

	bed_held(d, &init, &w);
	assert_false(holds_denied(d->m.holds, "ci", init.digest, &ago, &by));
	bed_says(d, "bob", hold_id(w.h), "deny %s --reason no", 0, "denied");
	hold_close(w.h);
	desk_skip(d, 60000);
	assert_true(holds_denied(d->m.holds, "ci", init.digest, &ago, &by));
	assert_string_equal(by, "bob");
	assert_true(ago >= 60000 && ago < 3600000);
	assert_false(holds_denied(d->m.holds, "bot", init.digest, &ago, &by));
	assert_false(holds_denied(d->m.holds, "ci", other, &ago, &by));
	desk_reload(d, desk_config(d, "holds: {denied: 30s}"), NULL);
	assert_false(holds_denied(d->m.holds, "ci", init.digest, &ago, &by));
	desk_reload(d, NULL, NULL);
	desk_skip(d, 3600000);
	assert_false(holds_denied(d->m.holds, "ci", init.digest, &ago, &by));
	/* Off. */
	desk_reload(d, desk_config(d, "holds: {denied: 0s}"), NULL);
	init = bed_init(&w);
	bed_held(d, &init, &w);
	bed_says(d, "bob", hold_id(w.h), "deny %s --reason no", 0, "denied");
	hold_close(w.h);
	assert_false(holds_denied(d->m.holds, "ci", init.digest, &ago, &by));
}

/* ---- owners ---- */

struct owning {
	struct hold *h;
	unsigned n;
	enum hold_state state;
	char by[65];
};

static void
owner_settled(void *arg, struct hold *h, enum hold_state state, const char *by,
    const char *reason)
{
	struct owning *o = arg;

	(void)reason;
	o->h = h;
	o->n++;
	o->state = state;
	snprintf(o->by, sizeof o->by, "%s", by);
}

static struct hold_init
path_init(struct waiter *w)
{
	struct hold_init init = bed_init(w);

	init.path = "forward";
	init.opened = NULL;
	init.settled = NULL;
	return init;
}

static void
an_owner_hears_of_its_own(void **state)
{
	struct desk *d = *state;
	struct owning o = { 0 };
	struct hold_owner owner = { &o, owner_settled };
	struct heard heard = { "" };
	struct waiter w;
	struct hold_init init = path_init(&w);
	char id[10];

	holds_own(d->m.holds, "forward", &owner);
	bed_held(d, &init, &w);
	bed_says(d, "bob", hold_id(w.h), "approve %s", 0, "approved");
	assert_int_equal(o.n, 1);
	assert_int_equal(o.state, HOLD_APPROVED);
	assert_string_equal(o.by, "bob");
	assert_ptr_equal(o.h, w.h);
	holds_listen(d->m.holds, hear, &heard);
	hold_was_spent(o.h);
	assert_string_equal(heard.text, "spent(,) ");
	assert_null(holds_first(d->m.holds));
	end_quiet(d, &d->keeper);
	/* A no, and time; what is not approved cannot have been spent. */
	bed_held(d, &init, &w);
	hold_was_spent(w.h);
	assert_int_equal(hold_state(w.h), HOLD_PENDING);
	bed_says(d, "bob", hold_id(w.h), "deny %s --reason no", 0, "denied");
	assert_int_equal(o.state, HOLD_DENIED);
	bed_held(d, &init, &w);
	desk_skip(d, 900100);
	keeper_set(d, HOLD_EXPIRED);
	assert_int_equal(o.state, HOLD_EXPIRED);
	assert_int_equal(o.n, 3);
	/* Its time runs out while the keeper takes the script: the store has both in
	 * order, and refuses the second. */
	bed_held(d, &init, &w);
	snprintf(id, sizeof id, "%s", hold_id(w.h));
	bed_says(d, "bob", id, "approve %s", 0, "approved");
	desk_skip(d, 300100);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	hold_was_spent(o.h);
	assert_null(holds_find(d->m.holds, id));
	keeper_says(d, RC_REFUSE);
	end_quiet(d, &d->keeper);
	assert_null(holds_first(d->m.holds));
}

/* ---- restarts ---- */

/* The row of one that was opened, with its desk gone. */
static struct msg_recalled
row_of(const struct hold_init *init, struct waiter *w)
{
	struct desk *d = desk_new(NULL);
	struct msg_recalled row;

	bed_open(d, init, w);
	row = bed_row(d);
	desk_free(d);
	return row;
}

static void
what_was_pending_is_pending_again(void **state)
{
	struct waiter w, back;
	struct hold_init init = bed_init(&w), again = bed_init(&back);
	json_t *request = json_pack("{s:[s], s:s, s:{s:s}}", "calls", "s3:DeleteObject",
	    "role", "arn:aws:iam::111122223333:role/b", "stdin", "kind", "none");
	struct msg_recalled row;
	struct hold *h;
	struct desk *d;
	char id[10];

	(void)state;
	init.request = request;
	row = row_of(&init, &w);
	d = bed_restart(NULL, &row, 1);
	assert_true(span_copy(row.id, id, sizeof id));
	h = holds_find(d->m.holds, id);
	assert_non_null(h);
	assert_string_equal(hold_identity(h), "ci");
	assert_string_equal(hold_path(h), "exec");
	assert_string_equal(hold_canon(h), init.canon);
	assert_string_equal(hold_reason(h), "ticket 42");
	assert_true(hold_binds(h, init.digest));
	assert_true(json_equal((json_t *)(uintptr_t)hold_request(h), request));
	assert_int_equal(hold_state(h), HOLD_PENDING);
	assert_int_equal(hold_asked_ms(h), row.at_ms);
	assert_int_equal(hold_decide_ms(h), 900000);
	assert_string_equal(hold_verdict(h)->rule, "p/delete");
	assert_string_equal(hold_verdict(h)->reason, "Deletes are looked at.");
	assert_int_equal(hold_verdict(h)->effect, EFFECT_HOLD);
	assert_true(hold_until_ms(h) <= row.until_ms + 1000);
	assert_true(hold_until_ms(h) + 60000 > row.until_ms);
	bed_says(d, "alice", id, "approve %s", STATUS_DENIED, "the same person");
	bed_says(d, "bob", id, "approve %s", 0, "approved");
	assert_true(hold_take_over(h, &again));
	back.h = h;
	bed_spend(&back);
	keeper_set(d, HOLD_SPENT);
	assert_int_equal(back.spent_rc, RC_OK);
	hold_close(h);
	end_quiet(d, &d->keeper);
	desk_free(d);
	json_decref(request);
	bed_rows_free();
}

static void
time_runs_on_while_the_broker_is_down(void **state)
{
	struct waiter w, back;
	struct hold_init init = bed_init(&w), again = bed_init(&back);
	struct msg_recalled row = row_of(&init, &w), late = row;
	struct hold *h;
	struct desk *d;
	char id[10];

	(void)state;
	assert_true(span_copy(row.id, id, sizeof id));
	late.at_ms -= 900000;
	late.until_ms = late.at_ms + 899000;
	d = bed_restart(NULL, &late, 1);
	bed_ended(d, id, HOLD_EXPIRED, "nobody decided in time");
	assert_null(holds_find(d->m.holds, id));
	end_quiet(d, &d->keeper);
	desk_free(d);
	/* Half of it is left, and no clock gives more than there was. */
	late = row;
	late.at_ms -= 450000;
	late.until_ms -= 450000;
	d = bed_restart(NULL, &late, 1);
	desk_skip(d, 440000);
	assert_non_null(holds_find(d->m.holds, id));
	desk_skip(d, 10100);
	keeper_set(d, HOLD_EXPIRED);
	desk_free(d);
	late.until_ms += 1ull << 40;
	d = bed_restart(NULL, &late, 1);
	desk_skip(d, 900100);
	keeper_set(d, HOLD_EXPIRED);
	desk_free(d);
	/* An approval is as old as it is: 300 s of use. */
	late = bed_row_with(&row, NULL,
	    "[{\"name\":\"bob\",\"proof\":\"key\",\"state\":\"approved\",\"key\":\"\","
	    "\"source\":\"\",\"verified\":false,\"reason\":\"yes\",\"at_ms\":5}]");
	late.state = HOLD_APPROVED;
	late.changed_ms -= 200000;
	d = bed_restart(NULL, &late, 1);
	h = holds_find(d->m.holds, id);
	assert_int_equal(hold_state(h), HOLD_APPROVED);
	assert_true(hold_suffices(h, &bed_verdict));
	assert_true(hold_take_over(h, &again));
	back.h = h;
	desk_skip(d, 100100);
	end_want(d, &d->keeper, MSG_HOLD_SET);
	assert_int_equal(d->keeper.m.hold_set.state, HOLD_EXPIRED);
	bed_spend(&back);
	assert_int_equal(back.spent_rc, RC_REFUSE);
	keeper_says(d, RC_OK);
	assert_int_equal(back.state, HOLD_EXPIRED);
	hold_close(h);
	desk_free(d);
	late.changed_ms -= 200000;
	d = bed_restart(NULL, &late, 1);
	bed_ended(d, id, HOLD_EXPIRED, "nobody used the approval in time");
	assert_null(holds_find(d->m.holds, id));
	desk_free(d);
	bed_rows_free();
}

#define YES(name)                                                                      \
	"{\"name\":\"" name "\",\"proof\":\"key\",\"state\":\"pending\",\"key\":"      \
	"\"SHA256:of-" name "\",\"source\":\"192.0.2.9\",\"verified\":false,"          \
	"\"reason\":\"r\",\"at_ms\":1}"

static void
a_yes_of_before_is_known(void **state)
{
	struct waiter w;
	struct hold_init init = bed_init(&w);
	struct verdict two = bed_verdict;
	struct msg_recalled row;
	struct desk *d;
	char id[10];

	(void)state;
	two.needs[0].need = 2;
	init.verdict = &two;
	row = row_of(&init, &w);
	row = bed_row_with(&row, NULL, "[" YES("bob") "]");
	assert_true(span_copy(row.id, id, sizeof id));
	d = bed_restart(NULL, &row, 1);
	bed_says(d, "carol", id, "pending", 0, "1 of 2 from group sre");
	bed_says(d, "bob", id, "approve %s", STATUS_DENIED, "you approved it already");
	bed_says(d, "carol", id, "approve %s", 0, "approved");
	desk_free(d);
	/* One who may no more, or is gone, has said nothing that counts. */
	d = bed_restart(NULL, &row, 1);
	desk_reload(d, desk_config_with(d, "[group:sre]}", "[alice, carol]}"), NULL);
	bed_says(d, "carol", id, "pending", 0, "0 of 2 from group sre");
	desk_reload(d, desk_config_with(d, "{name: bob", "{name: rob"), NULL);
	bed_says(d, "carol", id, "pending", 0, "0 of 2 from group sre");
	desk_free(d);
	bed_rows_free();
}

static void
a_row_that_cannot_be_read_never_runs(void **state)
{
	static const struct {
		const char *from, *to; /* in the detail */
		const char *votes;
		const char *why;
	} rows[] = {
		{ "\"v\":1", "\"v\":2", NULL, "another version" },
		{ "\"v\":1,", "", NULL, "another version" },
		{ "{\"v\"", "[{\"v\"", NULL, "another version" },
		{ "\"path\":\"exec\"", "\"path\":\"../exec\"", NULL, "its detail" },
		{ "\"path\":\"exec\",", "", NULL, "its detail" },
		{ "\"decide_ms\":900000", "\"decide_ms\":-1", NULL, "its detail" },
		{ "\"decide_ms\":900000", "\"decide_ms\":9e18", NULL, "its detail" },
		{ "\"use_ms\":300000", "\"use_ms\":\"1\"", NULL, "its detail" },
		{ "\"cancel\":false", "\"cancel\":0", NULL, "its detail" },
		{ "\"owner\":\"alice\"", "\"owner\":null", NULL, "its detail" },
		{ "\"owner\":\"alice\"", "\"owner\":\"a\\u0000b\"", NULL,
		    "another version" },
		{ "\"owner\":\"alice\"",
		    "\"owner\":\"0123456789012345678901234567890123456789012345678901"
		    "2345678901234\"",
		    NULL, "its detail" },
		{ "\"profile\":\"staging\",", "", NULL, "its detail" },
		{ "\"profile\"", "\"more\":1,\"profile\"", NULL, "its detail" },
		{ "\"keys\":[", "\"keys\":[1,", NULL, "its detail" },
		{ "\"need\":1", "\"need\":0", NULL, "condition" },
		{ "\"from\":[\"group:sre\"]", "\"from\":[]", NULL, "condition" },
		{ "\"auth\":[\"key\"]", "\"auth\":[\"any\"]", NULL, "condition" },
		{ "\"needs\":[", "\"needs\":[],\"x\":[", NULL, "its detail" },
		{ "", "", "{}", "its votes" },
		{ "", "", "[1]", "its votes" },
		{ "", "", "[{\"name\":\"bob\"}]", "its votes" },
		{ "", "",
		    "[{\"name\":\"bob\",\"proof\":\"magic\",\"state\":\"pending\","
		    "\"at_ms\":1}]",
		    "its votes" },
		{ "", "", "[" YES("bob"), "its votes" },
	};
	struct waiter w;
	struct hold_init init = bed_init(&w);
	struct msg_recalled row = row_of(&init, &w), pair[2];
	char id[10];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct desk *d;

		pair[0] = bed_row_with(
		    &row, bed_detail(&row, rows[i].from, rows[i].to), rows[i].votes);
		pair[0].id = span_of("0000-0000");
		pair[1] = row;
		assert_true(span_copy(row.id, id, sizeof id));
		d = bed_restart(NULL, pair, 2);
		bed_ended(d, "0000-0000", HOLD_CANCELLED, rows[i].why);
		assert_null(holds_find(d->m.holds, "0000-0000"));
		/* The next one is none the worse. */
		assert_non_null(holds_find(d->m.holds, id));
		desk_free(d);
	}
	bed_rows_free();
}

/* The row of "aws s3 rm s3://logs/a" as a session asks for it. */
static struct msg_recalled
whole_row(json_t **request)
{
	struct hold_facts f = { .identity = span_of("ci"),
		.profile = span_of("staging"),
		.role = span_of("arn:aws:iam::111122223333:role/b"),
		.account = span_of("111122223333"),
		.region = span_of("eu-west-1"),
		.path = span_of("exec"),
		.canon = span_of("'aws' s3 rm s3://logs/a"),
		.stdin_kind = HOLD_STDIN_NONE,
		.reason = span_of("ticket 42") };
	struct waiter w;
	struct hold_init init = bed_init(&w);
	uint8_t digest[HOLD_DIGEST];

	*request = json_pack("{s:[ssss], s:{s:s}, s:s, s:s, s:s}", "argv", "aws", "s3",
	    "rm", "s3://logs/a", "stdin", "kind", "none", "role", f.role.p, "account",
	    f.account.p, "region", f.region.p);
	assert_non_null(*request);
	assert_int_equal(hold_digest(&f, digest, NULL), RC_OK);
	init.digest = digest;
	init.request = *request;
	return row_of(&init, &w);
}

/* Whoever edits a row edits one place: people would look at one command, and another
 * would run. */
static void
a_row_of_two_commands_never_runs(void **state)
{
	static const struct {
		const char *from, *to; /* in the detail */
	} rows[] = {
		{ "s3://logs/a\"", "s3://logs/b\"" },
		{ "\"rm\"", "\"rb\"" },
		{ "\"argv\":[", "\"argv\":[\"aws\"," },
		{ "\"argv\":[", "\"argv\":[],\"x\":[" },
		{ "\"argv\":[", "\"argv\":[1," },
		{ "role/b", "role/admin" },
		{ "\"account\":\"111122223333\"", "\"account\":\"444455556666\"" },
		{ "eu-west-1", "eu-west-2" },
		{ "\"kind\":\"none\"", "\"kind\":\"unreviewed\"" },
		{ "\"kind\":\"none\"", "\"kind\":\"hashed\"" },
		{ "\"kind\":\"none\"", "\"kind\":\"any\"" },
		{ "\"profile\":\"staging\"", "\"profile\":\"prod\"" },
		{ "ticket 42", "ticket 43" },
	};
	json_t *request = NULL;
	struct msg_recalled row = whole_row(&request), odd;
	char id[10];

	(void)state;
	assert_true(span_copy(row.id, id, sizeof id));
	for (size_t i = 0; i < ROWS(rows) + 3; i++) {
		struct desk *d;

		odd = row;
		if (i < ROWS(rows))
			odd.detail =
			    span_of(bed_detail(&row, rows[i].from, rows[i].to));
		else if (i == ROWS(rows))
			odd.text = span_of("'aws' s3 rm s3://logs/harmless");
		else if (i == ROWS(rows) + 1)
			odd.identity = span_of("bot");
		else
			odd.digest = span_of("0123456789abcdef0123456789abcdef");
		d = bed_restart(NULL, &odd, 1);
		bed_ended(d, id, HOLD_CANCELLED, "not of one command");
		assert_null(holds_find(d->m.holds, id));
		desk_free(d);
	}
	/* As it was written it is there again. */
	{
		struct desk *d = bed_restart(NULL, &row, 1);

		assert_non_null(holds_find(d->m.holds, id));
		desk_free(d);
	}
	json_decref(request);
	bed_rows_free();
}

static void
odd_columns_are_no_hold(void **state)
{
	enum { ID, IDENTITY, DIGEST, POLICY, RULE, CANON, STATE, FINAL, ROWS_ };
	struct waiter w;
	struct hold_init init = bed_init(&w);
	struct msg_recalled row = row_of(&init, &w);

	(void)state;
	for (int i = 0; i < ROWS_; i++) {
		struct msg_recalled odd = row;
		struct desk *d;
		char id[16];

		if (i == ID)
			odd.id = span_of("not-an-id");
		if (i == IDENTITY)
			odd.identity = span_of("c i");
		if (i == DIGEST)
			odd.digest.len = 31;
		if (i == POLICY)
			odd.policy.len = 0;
		if (i == RULE)
			odd.rule.len = 0;
		if (i == CANON)
			odd.text.len = 0;
		if (i == STATE)
			odd.state = 77;
		if (i == FINAL)
			odd.state = HOLD_SPENT;
		assert_true(span_copy(odd.id, id, sizeof id));
		d = bed_restart(NULL, &odd, 1);
		bed_ended(d, id, HOLD_CANCELLED, "cannot be taken back");
		assert_null(holds_first(d->m.holds));
		desk_free(d);
	}
	bed_rows_free();
}

static void
what_was_denied_is_known_again(void **state)
{
	struct waiter w;
	struct hold_init init = bed_init(&w);
	struct msg_recalled row = row_of(&init, &w), odd;
	struct msg_kept end = { .rc = RC_END };
	struct desk *d;
	uint64_t ago = 0;
	const char *by = NULL;

	(void)state;
	row.what = RECALL_DENIED;
	row.state = HOLD_DENIED;
	row.changed_ms -= 100000;
	row = bed_row_with(&row, NULL,
	    "[{\"name\":\"bob\",\"proof\":\"key\",\"state\":\"denied\",\"at_ms\":1}]");
	d = bed_restart(NULL, &row, 1);
	assert_true(holds_denied(d->m.holds, "ci", init.digest, &ago, &by));
	assert_string_equal(by, "bob");
	assert_true(ago >= 100000 && ago < 1000000);
	assert_null(holds_first(d->m.holds));
	desk_skip(d, 3500000);
	assert_false(holds_denied(d->m.holds, "ci", init.digest, &ago, &by));
	desk_free(d);
	/* One that cannot be read is left alone. */
	odd = bed_row_with(&row, "{}", NULL);
	d = bed_restart(NULL, &odd, 1);
	assert_false(holds_denied(d->m.holds, "ci", init.digest, &ago, &by));
	end_quiet(d, &d->keeper);
	desk_free(d);
	/* Where it is off, it is not even asked for. */
	d = desk_new_early("holds: {denied: 0s}");
	d->recalls = true;
	desk_keeper_known(d);
	end_want(d, &d->keeper, MSG_RECALL);
	assert_int_equal(d->keeper.m.recall.what, RECALL_HOLD);
	end_send(d, &d->keeper, MSG_KEPT, d->keeper.f.id, &end, NULL, 0);
	end_want(d, &d->keeper, MSG_RECALL);
	assert_int_not_equal(d->keeper.m.recall.what, RECALL_DENIED);
	desk_free(d);
	bed_rows_free();
}

static void
a_caller_that_was_to_be_there_is_gone(void **state)
{
	struct waiter w;
	struct hold_init init = bed_init(&w);
	struct msg_recalled row;
	struct desk *d;
	char id[10];

	(void)state;
	init.cancel_on_disconnect = true;
	row = row_of(&init, &w);
	assert_true(span_copy(row.id, id, sizeof id));
	d = bed_restart(NULL, &row, 1);
	bed_ended(d, id, HOLD_CANCELLED, "nobody waits");
	assert_null(holds_first(d->m.holds));
	desk_free(d);
	bed_rows_free();
}

static void
an_owner_hears_of_what_was_approved_before(void **state)
{
	struct waiter w;
	struct hold_init init = path_init(&w);
	struct msg_recalled row = row_of(&init, &w);
	struct owning o = { 0 };
	struct hold_owner owner = { &o, owner_settled };
	struct desk *d;

	(void)state;
	row.state = HOLD_APPROVED;
	for (int late = 0; late < 2; late++) {
		if (late)
			row.changed_ms -= 400000;
		d = desk_new_early(NULL);
		d->recalls = true;
		holds_own(d->m.holds, "forward", &owner);
		desk_keeper_known(d);
		assert_int_equal(o.n, late);
		keeper_recalls(d, &row, 1);
		assert_int_equal(o.n, 1 + late);
		assert_int_equal(o.state, late ? HOLD_EXPIRED : HOLD_APPROVED);
		desk_free(d);
	}
	bed_rows_free();
}

static void
a_call_of_before_can_be_joined(void **state)
{
	struct waiter w, back;
	struct hold_init init = bed_init(&w), again;
	struct msg_recalled row;
	struct desk *d;

	(void)state;
	init.path = "api";
	bed_callbacks(&init, &w);
	again = init;
	memset(&back, 0, sizeof back);
	bed_callbacks(&again, &back);
	row = row_of(&init, &w);
	d = bed_restart(NULL, &row, 1);
	assert_non_null(back.h = hold_join(d->m.holds, &again));
	bed_says(d, "bob", hold_id(back.h), "approve %s", 0, "approved");
	assert_int_equal(back.settled, 1);
	again.identity = "bot";
	assert_null(hold_join(d->m.holds, &again));
	hold_leave(back.h);
	desk_free(d);
	/* A command is not joined but come back for. */
	init.path = "exec";
	init.joined = NULL;
	row = row_of(&init, &w);
	d = bed_restart(NULL, &row, 1);
	again.identity = "ci";
	assert_null(hold_join(d->m.holds, &again));
	desk_free(d);
	bed_rows_free();
}

static void
a_keeper_that_cannot_say_ends_the_broker(void **state)
{
	struct msg_kept no = { .rc = RC_FAIL, .text = span_of("the disk") };
	struct desk *d;

	(void)state;
	for (int second = 0; second < 2; second++) {
		struct msg_kept end = { .rc = RC_END };

		d = desk_new_early(NULL);
		d->recalls = true;
		desk_keeper_known(d);
		end_want(d, &d->keeper, MSG_RECALL);
		if (second) {
			end_send(
			    d, &d->keeper, MSG_KEPT, d->keeper.f.id, &end, NULL, 0);
			end_want(d, &d->keeper, MSG_RECALL);
		}
		end_send(d, &d->keeper, MSG_KEPT, d->keeper.f.id, &no, NULL, 0);
		desk_turn(d);
		assert_int_equal(d->ended, 1);
		assert_string_equal(
		    d->ended_why, "what was left open cannot be taken back");
		desk_free(d);
	}
}

static void
too_long_a_preview_stands_in_nobodys_way(void **state)
{
	struct desk *d = *state;
	struct waiter w;
	struct hold_init init = bed_init(&w);
	char *big = malloc(70001);
	struct hold *h = NULL;
	json_t *request;
	struct err err = { "" };

	memset(big, 'x', 70000);
	big[70000] = '\0';
	request =
	    json_pack("{s:[s], s:{s:s}}", "argv", "aws", "preview", "summary", big);
	init.request = request;
	bed_open(d, &init, &w);
	assert_non_null(memmem(d->keeper.m.hold_new.detail.p,
	    d->keeper.m.hold_new.detail.len, "too much of it", 14));
	keeper_says(d, RC_OK);
	json_decref(request);
	/* But what people are asked about is there whole or not at all. */
	init.request = request = json_pack("{s:[s]}", "argv", big);
	assert_int_equal(hold_open(d->m.holds, &init, &h, &err), RC_FAIL);
	assert_non_null(strstr(err.text, "too much"));
	assert_null(h);
	json_decref(request);
	free(big);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(listeners_hear_each_change_once_it_is_durable),
		T(one_that_was_left_is_decided_on),
		T(a_caller_comes_back),
		T(an_approval_that_was_left_is_spent_once),
		T(left_ones_count_as_open),
		T(a_word_that_the_store_refuses_was_not_said),
		T(a_yes_says_by_what_and_from_where),
		T(an_asker_takes_it_back_by_name),
		T(what_was_denied_is_remembered_for_a_while),
		T(an_owner_hears_of_its_own),
		cmocka_unit_test(what_was_pending_is_pending_again),
		cmocka_unit_test(time_runs_on_while_the_broker_is_down),
		cmocka_unit_test(a_yes_of_before_is_known),
		cmocka_unit_test(a_row_that_cannot_be_read_never_runs),
		cmocka_unit_test(a_row_of_two_commands_never_runs),
		cmocka_unit_test(odd_columns_are_no_hold),
		cmocka_unit_test(what_was_denied_is_known_again),
		cmocka_unit_test(a_caller_that_was_to_be_there_is_gone),
		cmocka_unit_test(an_owner_hears_of_what_was_approved_before),
		cmocka_unit_test(a_call_of_before_can_be_joined),
		cmocka_unit_test(a_keeper_that_cannot_say_ends_the_broker),
		T(too_long_a_preview_stands_in_nobodys_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
