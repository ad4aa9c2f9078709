#include "tests/support/unit.h"

#include "broker/keeper/quota.h"

#define HOUR (3600 * 1000ull)
#define NOW (1000 * QUOTA_DAY_MS)
#define OK(call) assert_int_equal((call), RC_OK)

static struct quota *q;

static int
setup(void **state)
{
	(void)state;
	return quota_new(&q, NULL) == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	quota_free(q);
	return 0;
}

static void
add(const char *who, uint64_t bytes, uint64_t at_ms, uint64_t now_ms)
{
	OK(quota_add(q, span_of(who), bytes, at_ms, now_ms, NULL));
}

static uint64_t
left(const char *who, uint64_t now_ms)
{
	return quota_left(q, span_of(who), now_ms);
}

static void
each_identity_has_its_own(void **state)
{
	(void)state;
	add("ci", 70, NOW, NOW);
	assert_true(left("ci", NOW) == QUOTA_NONE);
	quota_set(q, 100);
	assert_int_equal(left("ci", NOW), 30);
	assert_int_equal(left("alice", NOW), 100);
	assert_true(quota_known(q, span_of("ci")));
	assert_false(quota_known(q, span_of("alice")));
	assert_false(quota_known(q, span_of("c")));
	add("alice", 1, NOW, NOW);
	assert_int_equal(left("alice", NOW), 99);
	assert_int_equal(left("ci", NOW), 30);
	/* Past it is past it, and not far below zero. */
	add("ci", 1000, NOW, NOW);
	assert_int_equal(left("ci", NOW), 0);
	quota_set(q, 0);
	assert_true(left("ci", NOW) == QUOTA_NONE);
}

static void
a_day_is_remembered_and_no_more(void **state)
{
	(void)state;
	quota_set(q, 1000);
	for (unsigned h = 0; h < 48; h++)
		add("ci", 1, NOW + h * HOUR, NOW + h * HOUR);
	/* At the end of the 48th hour: 24 of them, and what a quarter may add. */
	assert_in_range(1000 - left("ci", NOW + 47 * HOUR), 24, 25);
	assert_in_range(1000 - left("ci", NOW + 59 * HOUR), 12, 13);
	assert_int_equal(left("ci", NOW + 72 * HOUR), 1000);
	assert_int_equal(left("ci", NOW + 100000 * HOUR), 1000);
	add("ci", 5, NOW + 100000 * HOUR, NOW + 100000 * HOUR);
	assert_int_equal(left("ci", NOW + 100000 * HOUR), 995);
}

/* What stands in a store is counted when it happened. */
static void
the_past_counts_for_what_is_left_of_it(void **state)
{
	(void)state;
	quota_set(q, 1000);
	add("ci", 100, NOW - 30 * HOUR, NOW);
	assert_int_equal(left("ci", NOW), 1000);
	add("ci", 100, NOW - 23 * HOUR, NOW);
	assert_int_equal(left("ci", NOW), 900);
	add("ci", 10, NOW - HOUR, NOW);
	assert_int_equal(left("ci", NOW + 2 * HOUR), 990);
	/* A time to come is now. */
	add("ci", 10, NOW + 500 * HOUR, NOW + 2 * HOUR);
	assert_int_equal(left("ci", NOW + 2 * HOUR), 980);
	assert_int_equal(left("ci", NOW + 27 * HOUR), 1000);
}

/* A clock that goes back makes nobody's quota larger. */
static void
a_clock_that_goes_back_gives_nothing(void **state)
{
	(void)state;
	quota_set(q, 1000);
	add("ci", 100, NOW, NOW);
	assert_int_equal(left("ci", NOW - 100 * HOUR), 900);
	add("ci", 100, NOW - 50 * HOUR, NOW - 50 * HOUR);
	assert_in_range(left("ci", NOW - 50 * HOUR), 800, 900);
	assert_true(left("ci", NOW) <= 900);
}

static void
many_names_stay_apart(void **state)
{
	char name[32];

	(void)state;
	quota_set(q, 100000);
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "agent-%u", i);
		add(name, i, NOW, NOW);
	}
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "agent-%u", i);
		assert_int_equal(left(name, NOW), 100000 - i);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_identity_has_its_own),
		T(a_day_is_remembered_and_no_more),
		T(the_past_counts_for_what_is_left_of_it),
		T(a_clock_that_goes_back_gives_nothing),
		T(many_names_stay_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
