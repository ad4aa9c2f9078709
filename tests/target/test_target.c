#include "tests/support/unit.h"

#include "broker/target/target.h"
#include "lib/base/loop.h"

static struct loop *loop;
static struct target_net *net;
static unsigned overs;
static struct target_end last;

static const struct target_net_init good_init = {
	.region = "eu-west-1",
	.client_version = "1.2.677.0",
	.resume_ms = 1000,
	.connect_ms = 5000,
};

static void
opened(void *arg, const char *id)
{
	(void)arg;
	(void)id;
	fail_msg("nothing can be opened here");
}

static void
over(void *arg, const struct target_end *end)
{
	(void)arg;
	last = *end;
	overs++;
}

static const struct target_owner owner = { .opened = opened, .over = over };

static int
start(void **state)
{
	struct err err;

	(void)state;
	overs = 0;
	if (loop_new(&loop, &err) != RC_OK)
		return -1;
	return target_net_new(loop, &good_init, &net, &err) == RC_OK ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	target_net_free(net);
	loop_free(loop);
	return 0;
}

static void
test_inits(void **state)
{
	static const char *const regions[] = { "", "EU", "eu west", "eu/west",
		"eu.west",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"a" };
	/* With agents that know us by the last one ports would speak another protocol. */
	static const char *const versions[] = { "", "1.2\"", "1.2.677", "1.2.331.0" };
	struct target_net_init i = good_init;
	struct target_net *n;
	struct err err;

	(void)state;
	for (size_t k = 0; k < ROWS(regions); k++) {
		i.region = regions[k];
		assert_int_equal(target_net_new(loop, &i, &n, &err), RC_REFUSE);
	}
	i = good_init;
	for (size_t k = 0; k < ROWS(versions); k++) {
		i.client_version = versions[k];
		assert_int_equal(target_net_new(loop, &i, &n, &err), RC_REFUSE);
	}
	i = good_init;
	i.connect_ms = 0;
	assert_int_equal(target_net_new(loop, &i, &n, &err), RC_REFUSE);
	i = good_init;
	i.ca = span_of("no certificate");
	assert_int_equal(target_net_new(loop, &i, &n, &err), RC_REFUSE);
	assert_int_equal(target_prepare(&err), RC_OK);
	target_net_free(NULL);
}

#define I "i-0123456789abcdef0"

static const struct target_spec bad_specs[] = {
	{ .kind = TARGET_TERMINAL },
	{ .kind = TARGET_TERMINAL, .instance = "" },
	{ .kind = TARGET_TERMINAL, .instance = "i 1" },
	{ .kind = TARGET_TERMINAL, .instance = "i\n1" },
	{ .kind = TARGET_TERMINAL, .instance = I, .document = "a" },
	{ .kind = TARGET_TERMINAL, .instance = I, .document = "a b c" },
	{ .kind = TARGET_TERMINAL, .instance = I, .command = "" },
	{ .kind = TARGET_TERMINAL, .instance = I, .command = "\xff" },
	{ .kind = TARGET_COMMAND, .instance = I, .document = "abc" },
	{ .kind = TARGET_COMMAND, .instance = I, .command = "abc" },
	{ .kind = TARGET_RUN, .instance = I, .document = "abc" },
	{ .kind = TARGET_RUN, .instance = I, .document = "abc", .command = "\xff" },
	{ .kind = TARGET_PORT, .instance = I, .document = "abc" },
	{ .kind = TARGET_PORT, .instance = I, .document = "abc", .port = 65536 },
	{ .kind = TARGET_PORT,
	    .instance = I,
	    .document = "abc",
	    .port = 1,
	    .host = "" },
	{ .kind = TARGET_PORT,
	    .instance = I,
	    .document = "abc",
	    .port = 1,
	    .host = "a b" },
	{ .kind = TARGET_PORT, .instance = I, .port = 1 },
	{ .kind = (enum target_kind)7, .instance = I },
};

static void
test_specs(void **state)
{
	struct target *t;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(bad_specs); i++)
		if (target_open(net, &bad_specs[i], &owner, &t, &err) != RC_REFUSE)
			fail_msg("spec %zu is taken", i);
	target_free(NULL);
}

/* Without credentials nothing is asked, and over() says so: once, and not at once. */
static void
test_no_credentials(void **state)
{
	static const struct target_spec specs[] = {
		{ .kind = TARGET_TERMINAL, .instance = I },
		{ .kind = TARGET_RUN,
		    .instance = I,
		    .document = "abc",
		    .command = "x" },
	};
	struct target *t;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(specs); i++) {
		overs = 0;
		assert_int_equal(target_open(net, &specs[i], &owner, &t, &err), RC_OK);
		assert_int_equal(overs, 0);
		assert_int_equal(target_write(t, span_of("x")), 0);
		target_eof(t);
		target_resize(t, 1, 1);
		target_signal(t, 2);
		target_more(t);
		assert_int_equal(target_held(t), 0);
		for (unsigned k = 0; k < 100 && overs == 0; k++)
			assert_int_equal(loop_step(loop, 100, &err), RC_OK);
		assert_int_equal(overs, 1);
		assert_int_equal(last.how, TARGET_UNREACHED);
		assert_int_equal(last.status, -1);
		assert_non_null(strstr(last.text, "credentials"));
		target_end(t);
		assert_int_equal(loop_step(loop, 0, &err), RC_OK);
		assert_int_equal(overs, 1);
		target_free(t);
	}
}

/* Freed before its time, it says nothing. */
static void
test_freed(void **state)
{
	const struct target_spec spec = { .kind = TARGET_TERMINAL, .instance = I };
	struct target *t;
	struct err err;

	(void)state;
	assert_int_equal(target_open(net, &spec, &owner, &t, &err), RC_OK);
	target_free(t);
	assert_int_equal(loop_step(loop, 0, &err), RC_OK);
	assert_int_equal(overs, 0);
}

static unsigned asked;

static void
lease(void *arg)
{
	(void)arg;
	asked++;
}

/* Credentials that end soon are asked for again. */
static void
test_lease(void **state)
{
	struct target_net_init i = good_init;
	struct target_net *n;
	struct err err;

	(void)state;
	i.lease = lease;
	assert_int_equal(target_net_new(loop, &i, &n, &err), RC_OK);
	assert_int_equal(
	    target_net_lease(n, "AKIDEXAMPLE", span_of("s"), span_of("t"), 1000, &err),
	    RC_OK);
	assert_int_equal(
	    target_net_lease(n, "AKIDEXAMPLE", span_of("s"), span_of(""), 0, &err),
	    RC_OK);
	target_net_free(n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_inits, start, stop),
		cmocka_unit_test_setup_teardown(test_specs, start, stop),
		cmocka_unit_test_setup_teardown(test_no_credentials, start, stop),
		cmocka_unit_test_setup_teardown(test_freed, start, stop),
		cmocka_unit_test_setup_teardown(test_lease, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
