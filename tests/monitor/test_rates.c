/* Counts of what was let through: bounds hold in every stretch of time, apart for each
 * rule, identity and target, and a table that is full says no. */
#include "tests/support/unit.h"

#include "broker/monitor/rates.h"

#define MINUTE 60000u

static struct verdict
bound(const char *rule, unsigned n, uint64_t per)
{
	struct verdict v = { .effect = EFFECT_ALLOW, .n_rates = 1 };

	snprintf(v.rates[0].rule, sizeof v.rates[0].rule, "%s", rule);
	v.rates[0].n = n;
	v.rates[0].per_ms = per;
	v.rates[0].by_identity = true;
	return v;
}

static struct rates *
fresh(void)
{
	struct rates *r = NULL;

	assert_int_equal(rates_new(&r, NULL), RC_OK);
	return r;
}

static bool
take(struct rates *r, const struct verdict *v, const char *who, uint64_t now)
{
	struct rates_over over;
	const struct rates_ask ask = { v, who, NULL, now };

	return rates_take(r, &ask, &over);
}

/* Milliseconds to wait; 0: it may be now. */
static uint64_t
wait_of(struct rates *r, const struct verdict *v, const char *who, uint64_t now)
{
	struct rates_over over = { .retry_ms = 0 };
	const struct rates_ask ask = { v, who, NULL, now };

	if (rates_look(r, &ask, &over))
		return 0;
	assert_true(over.retry_ms > 0);
	assert_false(over.full);
	return over.retry_ms;
}

static void
so_many_in_so_long(void **state)
{
	struct verdict v = bound("p/r", 3, MINUTE);
	struct rates *r = fresh();

	(void)state;
	assert_true(take(r, &v, "ci", 1000));
	assert_true(take(r, &v, "ci", 11000));
	assert_true(take(r, &v, "ci", 21000));
	assert_false(take(r, &v, "ci", 31000));
	assert_int_equal(wait_of(r, &v, "ci", 31000), 30000);
	/* What was refused counts for nothing. */
	assert_false(take(r, &v, "ci", 60999));
	assert_int_equal(wait_of(r, &v, "ci", 60999), 1);
	assert_true(take(r, &v, "ci", 61000));
	assert_int_equal(wait_of(r, &v, "ci", 61000), 10000);
	assert_false(take(r, &v, "ci", 70999));
	assert_true(take(r, &v, "ci", 71000));
	/* After a long rest all of it is there again, and no more. */
	for (int i = 0; i < 3; i++)
		assert_true(take(r, &v, "ci", 100 * MINUTE));
	assert_false(take(r, &v, "ci", 100 * MINUTE));
	rates_free(r);
}

static void
looking_counts_nothing(void **state)
{
	struct verdict v = bound("p/r", 1, MINUTE);
	struct rates *r = fresh();

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(wait_of(r, &v, "ci", 1000), 0);
	assert_true(take(r, &v, "ci", 1000));
	assert_int_equal(wait_of(r, &v, "ci", 1000), MINUTE);
	rates_free(r);
}

static void
none_is_never(void **state)
{
	struct verdict v = bound("p/r", 0, MINUTE), free_ = { .effect = EFFECT_ALLOW };
	struct rates *r = fresh();

	(void)state;
	assert_false(take(r, &v, "ci", 0));
	assert_int_equal(wait_of(r, &v, "ci", 0), MINUTE);
	for (uint64_t i = 0; i < 1000; i++)
		assert_true(take(r, &free_, "ci", i));
	rates_free(r);
}

static void
counts_are_kept_apart(void **state)
{
	struct verdict v = bound("p/r", 1, MINUTE), w = bound("p/s", 1, MINUTE),
		       all = bound("p/all", 1, MINUTE), there = bound("p/t", 1, MINUTE);
	struct rates_ask ask = { &there, "ci", "web-1", 5 };
	struct rates_over over;
	struct rates *r = fresh();

	(void)state;
	assert_true(take(r, &v, "ci", 5));
	assert_true(take(r, &v, "bot", 5));
	assert_true(take(r, &w, "ci", 5));
	assert_false(take(r, &v, "ci", 6));
	assert_false(take(r, &v, "bot", 6));
	/* Names do not run into one another. */
	assert_true(take(r, &v, "cib", 6));
	all.rates[0].by_identity = false;
	assert_true(take(r, &all, "ci", 5));
	assert_false(take(r, &all, "bot", 5));
	there.rates[0].by_identity = false;
	there.rates[0].by_target = true;
	assert_true(rates_take(r, &ask, &over));
	assert_false(rates_take(r, &ask, &over));
	assert_string_equal(over.rate.rule, "p/t");
	ask.target = "web-2";
	assert_true(rates_take(r, &ask, &over));
	ask.identity = "bot";
	assert_false(rates_take(r, &ask, &over));
	rates_free(r);
}

static void
all_of_several_or_none(void **state)
{
	struct verdict both = bound("p/many", 5, MINUTE), many = both,
		       few = bound("p/few", 1, MINUTE);
	struct rates *r = fresh();

	(void)state;
	both.rates[both.n_rates++] = few.rates[0];
	assert_true(take(r, &both, "ci", 1));
	for (uint64_t i = 0; i < 20; i++)
		assert_false(take(r, &both, "ci", 2 + i));
	/* Of the other one only the first was counted. */
	for (int i = 0; i < 4; i++)
		assert_true(take(r, &many, "ci", 50));
	assert_false(take(r, &many, "ci", 50));
	rates_free(r);
}

/* Whatever comes when: no stretch has more than n, and after the time that was named
 * there is room. */
static void
every_stretch_holds(unsigned n, uint64_t per, uint32_t seed)
{
	struct verdict v = bound("p/r", n, per);
	struct rates *r = fresh();
	uint64_t *at = calloc(20000, sizeof *at), now = 1, wait;
	/* Never longer than exact counting, but for a step where it is not exact. */
	const uint64_t slack = n > RATES_EXACT ? per / 14 + 1 : 0;
	size_t count = 0, from = 0;

	for (int i = 0; i < 8000; i++) {
		seed = seed * 1664525u + 1013904223u;
		now += seed % 7 == 0 ? (seed >> 8) % (per / 3)
				     : (seed >> 16) % (2 * per / n + 2);
		wait = wait_of(r, &v, "ci", now);
		while (from < count && now - at[from] >= per + slack)
			from++;
		if (count - from < n)
			assert_int_equal(wait, 0);
		if (wait > 0 && seed % 3 == 0) {
			assert_int_equal(wait_of(r, &v, "ci", now + wait - 1), 1);
			now += wait;
			assert_int_equal(wait_of(r, &v, "ci", now), 0);
			wait = 0;
		}
		assert_true(take(r, &v, "ci", now) == (wait == 0));
		if (wait == 0)
			at[count++] = now;
		if (count > n)
			assert_true(at[count - 1] - at[count - 1 - n] >= per);
	}
	assert_true(count > n);
	free(at);
	rates_free(r);
}

static void
no_stretch_sees_more(void **state)
{
	static const unsigned n[] = { 1, 2, 3, 15, 16, 17, 60, 1000 };

	(void)state;
	for (uint32_t i = 0; i < ROWS(n); i++) {
		every_stretch_holds(n[i], MINUTE, 7 + i);
		every_stretch_holds(n[i], 3600000, 70 + i);
		every_stretch_holds(n[i], 1000, 700 + i);
	}
}

static void
a_bound_may_change_under_the_counts(void **state)
{
	struct verdict wide = bound("p/r", 1000, MINUTE), few = bound("p/r", 5, MINUTE);
	struct rates *r = fresh();

	(void)state;
	for (uint64_t i = 0; i < 500; i++)
		assert_true(take(r, &wide, "ci", i * 100));
	assert_false(take(r, &few, "ci", 50000));
	assert_true(take(r, &few, "ci", 50000 + MINUTE));
	for (uint64_t i = 0; i < 4; i++)
		assert_true(take(r, &few, "ci", 50001 + MINUTE));
	assert_false(take(r, &few, "ci", 50001 + MINUTE));
	assert_true(take(r, &wide, "ci", 50001 + MINUTE));
	rates_free(r);
}

static void
a_full_table_says_no(void **state)
{
	struct verdict v = bound("p/r", 2, MINUTE);
	struct rates *r = fresh();
	struct rates_over over;
	struct rates_ask ask = { &v, "late", NULL, 2000 };
	char name[32];
	size_t n = 0;

	(void)state;
	for (bool more = true; more && n <= RATES_KEYS; n += more) {
		snprintf(name, sizeof name, "i%zu", n);
		more = take(r, &v, name, 1000);
	}
	assert_true(n <= RATES_KEYS && n + VERDICT_RATES >= RATES_KEYS);
	assert_false(rates_take(r, &ask, &over));
	assert_true(over.full);
	assert_true(over.retry_ms > 0);
	/* But what has no bound needs no room. */
	v.n_rates = 0;
	assert_true(rates_take(r, &ask, &over));
	v.n_rates = 1;
	ask.now_ms = 1000 + MINUTE;
	assert_true(rates_take(r, &ask, &over));
	rates_free(r);
	rates_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_in_so_long),
		cmocka_unit_test(looking_counts_nothing),
		cmocka_unit_test(none_is_never),
		cmocka_unit_test(counts_are_kept_apart),
		cmocka_unit_test(all_of_several_or_none),
		cmocka_unit_test(no_stretch_sees_more),
		cmocka_unit_test(a_bound_may_change_under_the_counts),
		cmocka_unit_test(a_full_table_says_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
