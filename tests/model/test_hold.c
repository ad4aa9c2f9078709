#include "tests/support/unit.h"

#include "lib/base/id.h"
#include "lib/model/hold.h"

static void
only_listed_transitions_pass(void **state)
{
	static const char *const may[HOLD_SPENT + 1] = {
		/*                   PADECS */
		[HOLD_PENDING] = "-yyyy-",
		[HOLD_APPROVED] = "---yyy",
		[HOLD_DENIED] = "------",
		[HOLD_EXPIRED] = "------",
		[HOLD_CANCELLED] = "------",
		[HOLD_SPENT] = "------",
	};

	(void)state;
	for (unsigned from = HOLD_PENDING; from <= HOLD_SPENT; from++)
		for (unsigned to = HOLD_PENDING; to <= HOLD_SPENT; to++)
			assert_int_equal(hold_may(from, to), may[from][to - 1] == 'y');
	assert_false(hold_may((enum hold_state)0, HOLD_APPROVED));
	assert_false(hold_may(HOLD_PENDING, (enum hold_state)7));
	assert_false(hold_may(HOLD_PENDING, (enum hold_state)255));
}

static void
states_have_names_and_ends(void **state)
{
	(void)state;
	assert_string_equal(hold_state_name(HOLD_PENDING), "pending");
	assert_string_equal(hold_state_name(HOLD_SPENT), "spent");
	assert_string_equal(hold_state_name(0), "?");
	assert_string_equal(hold_state_name(7), "?");
	assert_false(hold_state_ok(0));
	assert_false(hold_state_final(HOLD_PENDING));
	assert_false(hold_state_final(HOLD_APPROVED));
	assert_true(hold_state_final(HOLD_EXPIRED));
	assert_false(hold_state_final((enum hold_state)9));
}

static const struct span two_variables[] = { { (const uint8_t *)"A=1", 3 },
	{ (const uint8_t *)"B=", 2 } };

static struct hold_facts
facts(void)
{
	struct hold_facts f = {
		.identity = span_of("ci-deploy"),
		.profile = span_of("staging"),
		.role = span_of("arn:aws:iam::111122223333:role/broker"),
		.account = span_of("111122223333"),
		.region = span_of("eu-west-1"),
		.path = span_of("exec"),
		.canon = span_make("aws\0s3\0rm\0s3://b/k", 18),
		.env = two_variables,
		.nenv = 2,
		.reason = span_of("clean up"),
	};

	for (unsigned i = 0; i < HOLD_DIGEST; i++)
		f.stdin_digest[i] = (uint8_t)i;
	return f;
}

static void
assert_digest(const struct hold_facts *f, const char *hex)
{
	uint8_t d[HOLD_DIGEST];
	char text[2 * HOLD_DIGEST + 1];
	struct err err = { "" };

	assert_int_equal(hold_digest(f, d, &err), RC_OK);
	id_hex(d, sizeof d, text);
	assert_string_equal(text, hex);
}

/* Both values come from a second implementation of the layout. */
static void
digests_are_the_documented_bytes(void **state)
{
	struct hold_facts f = facts();

	(void)state;
	assert_digest(
	    &f, "ee48c78d37edbdcd059a834053f772c53e63e28701ed83c0ea714e61335bb4ce");
	f.stdin_kind = HOLD_STDIN_STAGED;
	assert_digest(
	    &f, "bc6c63cf3a0989d62b87602ce591b74cfd3d51fb538924c317bd6509582b46c2");
}

#define CHANGE(n, code)                                                                \
	static void change_##n(struct hold_facts *f)                                   \
	{                                                                              \
		code;                                                                  \
	}
CHANGE(0, f->identity = span_of("ci-deploz"))
CHANGE(1, f->profile = span_of("prod"))
CHANGE(2, f->role = span_of("arn:aws:iam::111122223333:role/admin"))
CHANGE(3, f->account = span_of("111122223334"))
CHANGE(4, f->region = span_of("eu-west-2"))
CHANGE(5, f->path = span_of("api"))
CHANGE(6, f->canon.len--)
CHANGE(7, f->target = span_of("i-0abc"))
CHANGE(8, f->run_as = span_of("root"))
CHANGE(9, f->directory = span_of("/"))
CHANGE(10, f->mode = span_of("commands"))
CHANGE(11, f->nenv = 1)
CHANGE(12, f->stdin_kind = HOLD_STDIN_UNREVIEWED)
CHANGE(13, f->reason = span_of("clean uq"))
/* Bytes that move over a field's border. */
CHANGE(14, f->identity = span_of("ci-deploystaging"); f->profile = span_of(""))
CHANGE(15, f->target = span_of("x"))
CHANGE(16, f->run_as = span_of("x"))

static void
every_fact_changes_the_digest(void **state)
{
	static void (*const changes[])(struct hold_facts *) = { change_0, change_1,
		change_2, change_3, change_4, change_5, change_6, change_7, change_8,
		change_9, change_10, change_11, change_12, change_13, change_14,
		change_15, change_16 };
	uint8_t d[ROWS(changes) + 1][HOLD_DIGEST];
	struct err err = { "" };

	(void)state;
	for (size_t i = 0; i <= ROWS(changes); i++) {
		struct hold_facts f = facts();

		if (i < ROWS(changes))
			changes[i](&f);
		assert_int_equal(hold_digest(&f, d[i], &err), RC_OK);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(d[i], d[j], HOLD_DIGEST);
	}
}

static void
odd_facts_are_refused(void **state)
{
	struct hold_facts f = facts();
	uint8_t d[HOLD_DIGEST] = { 7 };
	struct err err = { "" };

	(void)state;
	f.path = span_of("Exec");
	assert_int_equal(hold_digest(&f, d, &err), RC_REFUSE);
	f = facts();
	f.stdin_kind = (enum hold_stdin)3;
	assert_int_equal(hold_digest(&f, d, &err), RC_REFUSE);
	f = facts();
	f.nenv = HOLD_ENV_MAX + 1;
	assert_int_equal(hold_digest(&f, d, &err), RC_REFUSE);
	f = facts();
	f.canon = span_make(calloc(1, HOLD_FACTS_MAX), HOLD_FACTS_MAX);
	assert_int_equal(hold_digest(&f, d, &err), RC_REFUSE);
	assert_int_equal(d[0], 7);
	free((void *)(uintptr_t)f.canon.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_listed_transitions_pass),
		cmocka_unit_test(states_have_names_and_ends),
		cmocka_unit_test(digests_are_the_documented_bytes),
		cmocka_unit_test(every_fact_changes_the_digest),
		cmocka_unit_test(odd_facts_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
