#include "tests/support/unit.h"
#include "broker/session/census.h"

static long long
count(const struct census *c, bool made, const char *name)
{
	json_t *j = census_json(c, made), *v = json_object_get(j, name);
	long long n = json_is_integer(v) ? json_integer_value(v) : -1;

	json_decref(j);
	return n;
}

static void
calls_are_counted_by_service(void **state)
{
	static const char *const events[] = {
		"{\"t\":\"aws.call\",\"call\":1,\"service\":\"s3\"}",
		"{\"t\":\"aws.done\",\"call\":1,\"status\":200}",
		"{\"t\":\"aws.call\",\"call\":2,\"service\":\"s3\"}",
		"{\"service\":\"sts\",\"t\":\"aws.call\"}",
		"{\"t\":\"aws.refused\",\"service\":\"s3\"}",
		"{\"t\":\"aws.refused\",\"method\":\"GET\"}",
		/* a body that looks like one */
		"{\"t\":\"aws.body\",\"text\":\"\\\"aws.call\\\"\"}",
		"{\"t\":\"aws.body\",\"of\":\"aws.call\",\"service\":\"ec2\"}",
		"no JSON \"aws.call\"",
		"",
		"[\"aws.call\"]",
	};
	struct census c = { .n = 0 };

	(void)state;
	for (size_t i = 0; i < ROWS(events); i++)
		census_add(&c, events[i]);
	assert_int_equal(count(&c, true, "s3"), 2);
	assert_int_equal(count(&c, true, "sts"), 1);
	assert_int_equal(count(&c, true, "ec2"), -1);
	assert_int_equal(count(&c, true, "unknown"), -1);
	assert_int_equal(count(&c, false, "s3"), 1);
	assert_int_equal(count(&c, false, "sts"), -1);
	assert_int_equal(count(&c, false, "unknown"), 1);
}

static void
names_are_bounded(void **state)
{
	struct census c = { .n = 0 };
	char event[256], name[128];
	json_t *j;

	(void)state;
	for (int i = 0; i < 200; i++) {
		snprintf(
		    event, sizeof event, "{\"t\":\"aws.call\",\"service\":\"s%d\"}", i);
		census_add(&c, event);
	}
	assert_int_equal(count(&c, true, "s0"), 1);
	assert_int_equal(count(&c, true, "s63"), 1);
	assert_int_equal(count(&c, true, "s64"), -1);
	assert_int_equal(count(&c, true, "other"), 200 - CENSUS_SERVICES);
	j = census_json(&c, true);
	assert_int_equal(json_object_size(j), CENSUS_SERVICES + 1);
	json_decref(j);
	memset(name, 'x', sizeof name);
	snprintf(event, sizeof event, "{\"t\":\"aws.call\",\"service\":\"%.*s\"}", 100,
	    name);
	c = (struct census){ .n = 0 };
	census_add(&c, event);
	assert_int_equal(count(&c, true, "unknown"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_counted_by_service),
		cmocka_unit_test(names_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
