/* Two who want different things of one hold, at once: whatever comes first, and however
 * late the keeper answers, there is one outcome, and everybody is told the same.
 *
 * RACES_ROUNDS of each pair (20), with seed RACES_SEED (1). */
#include "tests/monitor/holdbed.h"

#include <stdlib.h>

#include "lib/base/clock.h"

/* ---- chance ---- */

static uint64_t chance_state;

static unsigned
chance(unsigned n)
{
	chance_state ^= chance_state << 13;
	chance_state ^= chance_state >> 7;
	chance_state ^= chance_state << 17;
	return (unsigned)(chance_state >> 33) % n;
}

/* ---- a keeper that takes its time ---- */

/* Requests change the store in the order in which they come; the answers follow later,
 * in that order. */
struct store {
	enum hold_state state;
	unsigned said[HOLD_SPENT + 1]; /* how often it went there; PENDING: votes */
	unsigned refused;
	struct {
		uint32_t id;
		enum rc rc;
	} answers[64];
	size_t n;
};

static void
take(struct store *st, const struct msg_hold_set *m, uint32_t id)
{
	bool good = m->state == HOLD_PENDING
			? st->state == HOLD_PENDING
			: hold_may(st->state, (enum hold_state)m->state);

	assert_true(st->n < ROWS(st->answers));
	st->answers[st->n].id = id;
	st->answers[st->n++].rc = good ? RC_OK : RC_REFUSE;
	if (!good) {
		st->refused++;
		return;
	}
	st->state = (enum hold_state)m->state;
	st->said[m->state]++;
}

static void
listen_to(struct desk *d, struct store *st)
{
	int got;

	while ((got = end_poll(d, &d->keeper)) > 0) {
		assert_int_equal(got, MSG_HOLD_SET);
		take(st, &d->keeper.m.hold_set, d->keeper.f.id);
	}
}

static bool
answer_one(struct desk *d, struct store *st)
{
	struct msg_kept m = { .text = span_of("the store refuses") };

	listen_to(d, st);
	if (st->n == 0)
		return false;
	m.rc = (uint8_t)st->answers[0].rc;
	end_send(d, &d->keeper, MSG_KEPT, st->answers[0].id, &m, NULL, 0);
	memmove(st->answers, st->answers + 1, --st->n * sizeof st->answers[0]);
	desk_turn(d);
	return true;
}

/* ---- who races ---- */

struct race {
	struct desk *d;
	struct store store;
	struct waiter w;
	char id[10];
	bool spends;	/* as a caller that waits does */
	unsigned tried; /* times that it did */
	struct said yes, no;
	struct said second; /* another's yes */
};

/* What a caller does when it is told. */
static void
react(struct race *r)
{
	struct waiter *w = &r->w;

	if (w->h == NULL || w->settled == 0)
		return;
	if (w->state == HOLD_APPROVED && r->spends) {
		r->spends = false;
		r->tried++;
		bed_spend(w);
	} else if (w->state != HOLD_APPROVED ||
		   (w->spent > 0 && w->spent == r->tried)) {
		hold_close(w->h);
		w->h = NULL;
	}
}

static void
approve(struct race *r)
{
	bed_say(r->d, &(struct speaker){ .name = "bob" }, r->id, "approve %s", false,
	    &r->yes);
}

static void
approve_too(struct race *r)
{
	bed_say(r->d, &(struct speaker){ .name = "carol" }, r->id, "approve %s", false,
	    &r->second);
}

static void
deny(struct race *r)
{
	bed_say(r->d, &(struct speaker){ .name = "carol" }, r->id,
	    "deny %s --reason no", false, &r->no);
}

static void
expire(struct race *r)
{
	desk_skip(r->d, 900100);
}

static void
leave(struct race *r)
{
	hold_leave(r->w.h);
	r->w.h = NULL;
}

static void
go(struct race *r)
{
	hold_close(r->w.h);
	r->w.h = NULL;
}

static void
withdraw(struct race *r)
{
	hold_withdraw(r->w.h);
	r->w.h = NULL;
}

static void
spend(struct race *r)
{
	if (r->w.h == NULL)
		return;
	r->tried++;
	bed_spend(&r->w);
}

/* Somebody who comes for it, and uses it if it is there. */
static void
come_for_it(struct race *r)
{
	struct hold *h = holds_find(r->d->m.holds, r->id);
	struct hold_init init = bed_init(&r->w);

	if (h == NULL || !hold_take_over(h, &init))
		return;
	r->w.h = h;
	r->spends = true;
	if (hold_state(h) == HOLD_APPROVED) {
		r->spends = false;
		r->tried++;
		bed_spend(&r->w);
	}
}

/* ---- a round ---- */

static void
begin(struct race *r, struct desk *d, bool spends)
{
	struct hold_init init = bed_init(&r->w);

	memset(r, 0, sizeof *r);
	init = bed_init(&r->w);
	r->d = d;
	r->store.state = HOLD_PENDING;
	r->spends = spends;
	bed_held(d, &init, &r->w);
	snprintf(r->id, sizeof r->id, "%s", hold_id(r->w.h));
}

static void
some_answers(struct race *r)
{
	for (unsigned n = chance(4); n > 0; n--) {
		(void)answer_one(r->d, &r->store);
		if (chance(2))
			react(r);
	}
	react(r);
}

/* All that is still to come; a hold that nobody ended ends by time. */
static void
finish(struct race *r)
{
	for (int i = 0; i < 4; i++) {
		do
			react(r);
		while (answer_one(r->d, &r->store));
		if (i > 0)
			desk_skip(r->d, 900100);
	}
	react(r);
	assert_false(answer_one(r->d, &r->store));
}

/* One end, and whoever was told something was told that. */
static void
one_outcome(struct race *r)
{
	const unsigned *said = r->store.said;
	unsigned ends = said[HOLD_DENIED] + said[HOLD_EXPIRED] + said[HOLD_CANCELLED] +
			said[HOLD_SPENT];

	assert_int_equal(ends, 1);
	assert_true(hold_state_final(r->store.state));
	assert_true(said[HOLD_APPROVED] <= 1);
	assert_true(r->w.spent_ok <= 1);
	assert_true(r->w.spent_ok <= said[HOLD_SPENT]);
	assert_null(holds_find(r->d->m.holds, r->id));
	assert_null(holds_first(r->d->m.holds));
	if (r->yes.call != NULL || r->no.call != NULL || r->second.call != NULL)
		fail_msg("somebody was not answered");
	if (r->yes.over || r->second.over)
		assert_int_equal((r->yes.over && r->yes.status == 0) +
				     (r->second.over && r->second.status == 0),
		    said[HOLD_APPROVED]);
	if (r->no.over)
		assert_int_equal(r->no.status == 0, said[HOLD_DENIED] == 1);
	said_clear(&r->yes);
	said_clear(&r->no);
	said_clear(&r->second);
}

typedef void act(struct race *r);

/* Those who race, in either order, each with answers between; then, now and then, one
 * who comes for it. */
static void
round_of(struct desk *d, act *a, act *b, bool approved, struct race *r)
{
	bool swap = chance(2) != 0;

	begin(r, d, !approved);
	if (approved) {
		approve(r);
		while (answer_one(d, &r->store))
			;
		assert_int_equal(r->w.state, HOLD_APPROVED);
		assert_int_equal(r->w.settled, 1);
	}
	(swap ? b : a)(r);
	some_answers(r);
	(swap ? a : b)(r);
	some_answers(r);
	if (a == leave || b == leave)
		come_for_it(r);
	finish(r);
	one_outcome(r);
}

static unsigned
rounds(void)
{
	const char *n = getenv("RACES_ROUNDS");

	return n == NULL ? 20 : (unsigned)strtoul(n, NULL, 10);
}

/* Both ends must be seen, or there was no race. */
static void
races(struct desk *d, act *a, act *b, bool approved, enum hold_state one,
    enum hold_state other)
{
	unsigned seen[HOLD_SPENT + 1] = { 0 };

	for (unsigned i = 0; i < rounds(); i++) {
		struct race r;

		round_of(d, a, b, approved, &r);
		seen[r.store.state]++;
	}
	if (seen[one] == 0 || seen[other] == 0 || seen[one] + seen[other] != rounds())
		fail_msg("%s %u, %s %u of %u", hold_state_name(one), seen[one],
		    hold_state_name(other), seen[other], rounds());
}

static void
approve_against_deny(void **state)
{
	races(*state, approve, deny, false, HOLD_SPENT, HOLD_DENIED);
}

static void
approve_against_expiry(void **state)
{
	races(*state, approve, expire, false, HOLD_SPENT, HOLD_EXPIRED);
}

static void
approve_against_disconnect(void **state)
{
	races(*state, approve, go, false, HOLD_SPENT, HOLD_CANCELLED);
}

static void
approve_against_withdrawal(void **state)
{
	races(*state, approve, withdraw, false, HOLD_SPENT, HOLD_CANCELLED);
}

/* It stays, and who comes back finds it as it is. */
static void
approve_against_leaving(void **state)
{
	for (unsigned i = 0; i < rounds(); i++) {
		struct race r;

		round_of(*state, approve, leave, false, &r);
		assert_true(
		    r.store.state == HOLD_SPENT || r.store.state == HOLD_EXPIRED);
		assert_int_equal(r.store.said[HOLD_APPROVED], 1);
	}
}

static void
deny_against_expiry(void **state)
{
	races(*state, deny, expire, false, HOLD_DENIED, HOLD_EXPIRED);
}

static void
two_yeses(void **state)
{
	for (unsigned i = 0; i < rounds(); i++) {
		struct race r;

		round_of(*state, approve, approve_too, false, &r);
		assert_int_equal(r.store.state, HOLD_SPENT);
		assert_int_equal(r.w.spent_ok, 1);
	}
}

static void
spend_against_spend(void **state)
{
	for (unsigned i = 0; i < rounds(); i++) {
		struct race r;

		round_of(*state, spend, spend, true, &r);
		assert_int_equal(r.store.state, HOLD_SPENT);
		assert_int_equal(r.w.spent_ok, 1);
	}
}

static void
spend_against_expiry(void **state)
{
	races(*state, spend, expire, true, HOLD_SPENT, HOLD_EXPIRED);
}

static void
spend_against_disconnect(void **state)
{
	races(*state, spend, go, true, HOLD_SPENT, HOLD_CANCELLED);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)
	const struct CMUnitTest tests[] = {
		T(approve_against_deny),
		T(approve_against_expiry),
		T(approve_against_disconnect),
		T(approve_against_withdrawal),
		T(approve_against_leaving),
		T(deny_against_expiry),
		T(two_yeses),
		T(spend_against_spend),
		T(spend_against_expiry),
		T(spend_against_disconnect),
	};
	const char *seed = getenv("RACES_SEED");

	chance_state = seed == NULL ? 1 : strtoull(seed, NULL, 10);
	chance_state = chance_state * 0x9e3779b97f4a7c15u + 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
