/* Credentials over time: kept, fetched again, and what happens when that goes wrong. */
#include "tests/support/unit.h"

#include "broker/vault/gateway.h"
#include "lib/base/clock.h"
#include "tests/vault/scene.h"

#define M 60000ull
#define TOKEN "/latest/api/token"

static void
plans_are_made_by_the_rule(void **state)
{
	static const struct {
		uint64_t life;
		bool keep;
		uint32_t dice;
		uint64_t refresh, fresh, until;
	} rows[] = {
		{ 60 * M, false, 0, 40 * M, 59 * M, 60 * M },
		{ 60 * M, false, 240000, 36 * M, 59 * M, 60 * M },
		{ 15 * M, false, 0, 10 * M, 14 * M, 15 * M },
		{ 30000, false, 0, 20000, 27000, 30000 },
		{ 1, false, 99, 0, 1, 1 },
		/* Much is left: kept like any other. */
		{ 360 * M, true, 0, 240 * M, 359 * M, 360 * M },
		{ 13 * M, true, 0, 13 * M / 3 * 2, 12 * M, 13 * M },
		/* Little is left, or nothing. */
		{ 13 * M, true, 2 * M, 4 * M, 13 * M, 14 * M },
		{ 5 * M, true, 0, 2 * M, 11 * M, 12 * M },
		{ 0, true, 8 * M - 1, 10 * M - 1, 19 * M - 1, 20 * M - 1 },
	};
	struct gateway_plan p;
	uint64_t now = 1800000000000ull;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_true(gateway_plan(
		    now, now + rows[i].life, rows[i].keep, rows[i].dice, &p));
		assert_int_equal(p.refresh_ms - now, rows[i].refresh);
		assert_int_equal(p.fresh_ms - now, rows[i].fresh);
		assert_int_equal(p.until_ms - now, rows[i].until);
	}
	assert_false(gateway_plan(now, now, false, 0, &p));
	assert_false(gateway_plan(now, 0, false, 0, &p));
	assert_true(gateway_plan(now, 0, true, 0, &p));
}

static unsigned changes;

static void
note(void *arg)
{
	(void)arg;
	changes++;
}

static struct gateway *
open_gateway(struct scene *s)
{
	struct gateway *g = NULL;
	struct err err;

	changes = 0;
	assert_int_equal(
	    gateway_new(s->loop, s->http, &s->how, note, NULL, &g, &err), RC_OK);
	return g;
}

/* Has the gateway now the key of this number?  0: none. */
static void
assert_now(struct gateway *g, enum rc want, unsigned number)
{
	const struct sources_key *k = NULL;
	char id[32];
	struct err err;

	assert_int_equal(gateway_key(g, &k, &err), want);
	if (want != RC_OK)
		return;
	snprintf(id, sizeof id, "ASIAGATEWAY%09u", number);
	assert_string_equal(k->access_key_id, id);
}

static void
what_is_given_stays(void **state)
{
	const struct sources_key *k = NULL;
	struct sources_key *given = NULL;
	struct gateway *g = NULL;
	struct err err;

	(void)state;
	assert_int_equal(sources_make(span_of("AKIAEXAMPLE"), span_of("s"), span_of(""),
			     &given, &err),
	    RC_OK);
	assert_int_equal(gateway_take(given, &g, &err), RC_OK);
	assert_int_equal(gateway_key(g, &k, &err), RC_OK);
	assert_string_equal(k->access_key_id, "AKIAEXAMPLE");
	gateway_free(g);
	gateway_free(NULL);
}

static void
one_fetch_serves_all(void **state)
{
	struct gateway *g;
	struct scene s;

	(void)state;
	scene_open(&s, FETCH_INSTANCE);
	g = open_gateway(&s);
	for (unsigned i = 0; i < 50; i++)
		assert_now(g, RC_WAIT, 0);
	scene_turn(&s, &changes, 1, 8000);
	assert_now(g, RC_OK, 1);
	assert_int_equal(scene_asked(&s), 3);
	scene_turn(&s, &changes, 2, 300);
	assert_int_equal(changes, 1);
	gateway_free(g);
	scene_close(&s);
}

/* Nobody need ask for it; the old ones are used meanwhile. */
static void
it_fetches_again_in_time(void **state)
{
	struct gateway *g;
	struct scene s;

	(void)state;
	scene_open(&s, FETCH_CONTAINER);
	s.hints.relative = strdup("/x");
	scene_write(&s, "world", "{\"life\": 4}");
	g = open_gateway(&s);
	scene_turn(&s, &changes, 1, 8000);
	assert_now(g, RC_OK, 1);
	scene_turn(&s, &changes, 2, 3900);
	assert_int_equal(changes, 2);
	assert_now(g, RC_OK, 2);
	gateway_free(g);
	free(s.hints.relative);
	scene_close(&s);
}

static void
trouble_leaves_the_old_ones(void **state)
{
	struct gateway *g;
	unsigned none = 0;
	struct scene s;

	(void)state;
	scene_open(&s, FETCH_CONTAINER);
	s.hints.relative = strdup("/x");
	scene_write(&s, "world", "{\"life\": 8}");
	g = open_gateway(&s);
	scene_turn(&s, &changes, 1, 8000);
	scene_write(&s, "plan", "{\"path\": \"/x\", \"status\": 403, \"times\": 99}");
	scene_turn(&s, &changes, 2, 7000);
	assert_int_equal(changes, 2);
	/* A no is no reason to ask again, nor to throw away what is good. */
	assert_now(g, RC_OK, 1);
	assert_int_equal(scene_asked(&s), 2);
	scene_turn(&s, &none, 1, 3500);
	assert_int_equal(scene_asked(&s), 2);
	/* They have expired by now, and who asks does not make it ask, either. */
	for (unsigned i = 0; i < 20; i++)
		assert_now(g, RC_FAIL, 0);
	assert_int_equal(scene_asked(&s), 2);
	gateway_free(g);
	free(s.hints.relative);
	scene_close(&s);
}

static void
a_failure_is_told_and_followed_by_a_pause(void **state)
{
	const struct sources_key *k = NULL;
	struct gateway *g;
	unsigned none = 0;
	struct scene s;
	struct err err;

	(void)state;
	scene_open(&s, FETCH_INSTANCE);
	scene_write(
	    &s, "plan", "{\"path\": \"" TOKEN "\", \"status\": 500, \"times\": 3}");
	g = open_gateway(&s);
	assert_now(g, RC_WAIT, 0);
	scene_turn(&s, &changes, 1, 8000);
	assert_int_equal(gateway_key(g, &k, &err), RC_RETRY);
	assert_string_equal(
	    err.text, "the gateway's own credentials cannot be had now");
	assert_int_equal(scene_asked(&s), 3);
	scene_turn(&s, &none, 1, 5200);
	assert_int_equal(scene_asked(&s), 3); /* nobody wanted them */
	assert_now(g, RC_WAIT, 0);
	scene_turn(&s, &changes, 2, 8000);
	assert_now(g, RC_OK, 1);
	gateway_free(g);
	scene_close(&s);
}

static void
expired_ones_are_not_believed_but_of_an_instance(void **state)
{
	struct gateway *g;
	struct scene s;

	(void)state;
	scene_open(&s, FETCH_CONTAINER);
	s.hints.relative = strdup("/x");
	scene_write(&s, "world", "{\"life\": -5}");
	g = open_gateway(&s);
	scene_turn(&s, &changes, 1, 8000);
	assert_now(g, RC_RETRY, 0);
	gateway_free(g);
	s.how.source = FETCH_INSTANCE;
	g = open_gateway(&s);
	scene_turn(&s, &changes, 1, 8000);
	assert_now(g, RC_OK, 2);
	gateway_free(g);
	free(s.hints.relative);
	scene_close(&s);
}

static void
it_can_be_moved(void **state)
{
	struct fetch_how other;
	struct gateway *g;
	struct scene s;

	(void)state;
	scene_open(&s, FETCH_INSTANCE);
	other = s.how;
	s.how.metadata = "http://127.0.0.1:1";
	g = open_gateway(&s);
	assert_now(g, RC_WAIT, 0); /* under way to where nobody is */
	gateway_move(g, &other);
	scene_turn(&s, &changes, 1, 8000);
	assert_now(g, RC_OK, 1);
	gateway_free(g);
	scene_close(&s);
}

static void
it_can_be_freed_at_any_time(void **state)
{
	struct gateway *g;
	struct scene s;

	(void)state;
	scene_open(&s, FETCH_INSTANCE);
	for (unsigned i = 0; i < 8; i++) {
		struct err err;

		g = open_gateway(&s);
		for (unsigned j = 0; j < i; j++)
			assert_int_equal(loop_step(s.loop, 2, &err), RC_OK);
		gateway_free(g);
	}
	scene_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans_are_made_by_the_rule),
		cmocka_unit_test(what_is_given_stays),
		cmocka_unit_test(one_fetch_serves_all),
		cmocka_unit_test(it_fetches_again_in_time),
		cmocka_unit_test(trouble_leaves_the_old_ones),
		cmocka_unit_test(a_failure_is_told_and_followed_by_a_pause),
		cmocka_unit_test(expired_ones_are_not_believed_but_of_an_instance),
		cmocka_unit_test(it_can_be_moved),
		cmocka_unit_test(it_can_be_freed_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
