/* Facts from JSON: each key, each wrong form, times, and who is asked for by name. */
#include "tests/support/unit.h"

#include "broker/cli/policyfacts.h"

static json_t *
json(const char *text)
{
	json_error_t where;
	json_t *o = json_loads(text, JSON_ALLOW_NUL, &where);

	if (o == NULL)
		fail_msg("%s: %s", text, where.text);
	return o;
}

static void
test_all_keys(void **state)
{
	static const char text[] =
	    "{\"identity\":{\"name\":\"ci-1\",\"kind\":\"human\",\"groups\":[\"a\","
	    "\"b\"],"
	    "\"owner\":\"anna\",\"claims\":{\"mfa\":\"true\"},\"delegated_by\":"
	    "\"bert\"},"
	    "\"auth\":{\"method\":\"sk\",\"age\":90},\"profile\":\"prod\","
	    "\"account\":\"999999999999\",\"partition\":\"aws\","
	    "\"role\":\"arn:aws-cn:iam::111122223333:role/x/y\","
	    "\"region\":\"cn-north-1\",\"at\":\"1970-01-01T00:00:02Z\",\"target\":"
	    "{\"name\":\"web-1\",\"id\":\"i-0a\",\"env\":\"prod\",\"os_user\":\"ssm-"
	    "user\","
	    "\"tags\":{\"tier\":\"web\"}}}";
	struct policyfacts f, copy;
	struct err err = { "" };
	json_t *o = json(text);

	(void)state;
	policyfacts_init(&f);
	if (policyfacts_read(&f, o, &err) != RC_OK)
		fail_msg("%s", err.text);
	policyfacts_copy(&copy, &f);
	memset(&f, 0xA5, sizeof f);
	assert_ptr_equal(copy.facts.who, &copy.who);
	assert_string_equal(copy.who.name, "ci-1");
	assert_int_equal(copy.who.kind, IDENTITY_HUMAN);
	assert_int_equal(copy.who.group_count, 2);
	assert_true(identity_in_group(copy.facts.who, "b"));
	assert_string_equal(copy.who.owner, "anna");
	assert_string_equal(copy.facts.delegated_by, "bert");
	assert_int_equal(copy.facts.n_claims, 1);
	assert_string_equal(copy.facts.claims[0].value, "true");
	assert_int_equal(copy.facts.proof, PROOF_SK);
	assert_int_equal(copy.facts.auth_age, 90000);
	assert_string_equal(copy.facts.profile, "prod");
	/* A role's ARN beats what stood before it. */
	assert_string_equal(copy.facts.account, "111122223333");
	assert_string_equal(copy.facts.partition, "aws-cn");
	assert_string_equal(copy.facts.role, "arn:aws-cn:iam::111122223333:role/x/y");
	assert_string_equal(copy.facts.region, "cn-north-1");
	assert_int_equal(copy.facts.now, 2000);
	assert_string_equal(copy.facts.target, "web-1");
	assert_string_equal(copy.facts.target_id, "i-0a");
	assert_string_equal(copy.facts.env, "prod");
	assert_string_equal(copy.facts.os_user, "ssm-user");
	assert_string_equal(copy.facts.tags[0].name, "tier");
	json_decref(o);
}

static void
test_nothing(void **state)
{
	struct policyfacts f;
	struct err err = { "" };
	json_t *o = json("{}");

	(void)state;
	policyfacts_init(&f);
	assert_int_equal(policyfacts_read(&f, o, &err), RC_OK);
	assert_null(f.who.name);
	assert_int_equal(f.who.kind, IDENTITY_AGENT);
	assert_int_equal(f.who.group_count, 0);
	assert_int_equal(f.facts.proof, PROOF_KEY);
	assert_string_equal(f.facts.partition, "aws");
	assert_string_equal(f.facts.region, "eu-west-1");
	assert_null(f.facts.account);
	assert_null(f.facts.target);
	assert_true(f.facts.now > 0);
	json_decref(o);
}

/* The place of what is wrong, and that it is wrong. */
static const struct {
	const char *text, *place;
} wrong[] = {
	{ "[]", "expected an object" },
	{ "{\"who\":1}", "who: " },
	{ "{\"identity\":[]}", "identity: " },
	{ "{\"identity\":{\"name\":\"a b\"}}", "identity: name: " },
	{ "{\"identity\":{\"name\":\"a\\u0000b\"}}", "identity: name: " },
	{ "{\"identity\":{\"name\":7}}", "identity: name: " },
	{ "{\"identity\":{\"kind\":\"robot\"}}", "identity: kind: " },
	{ "{\"identity\":{\"kind\":\"\"}}", "identity: kind: " },
	{ "{\"identity\":{\"group\":[]}}", "identity: group: " },
	{ "{\"identity\":{\"groups\":\"a\"}}", "identity: groups: " },
	{ "{\"identity\":{\"groups\":[\"a\",1]}}", "identity: groups: " },
	{ "{\"identity\":{\"groups\":[\"\"]}}", "identity: groups: " },
	{ "{\"identity\":{\"owner\":\"\"}}", "identity: owner: " },
	{ "{\"identity\":{\"claims\":[]}}", "identity: claims: " },
	{ "{\"identity\":{\"claims\":{\"mfa\":true}}}", "identity: claims: mfa: " },
	{ "{\"identity\":{\"delegated_by\":null}}", "identity: delegated_by: " },
	{ "{\"auth\":{\"method\":\"none\"}}", "auth: method: " },
	{ "{\"auth\":{\"method\":\"\"}}", "auth: method: " },
	{ "{\"auth\":{\"age\":-1}}", "auth: age: " },
	{ "{\"auth\":{\"age\":\"1\"}}", "auth: age: " },
	{ "{\"auth\":{\"age\":99999999999}}", "auth: age: " },
	{ "{\"profile\":\"a/b\"}", "profile: " },
	{ "{\"partition\":\"AWS\"}", "partition: " },
	{ "{\"partition\":\"aws-\"}", "partition: " },
	{ "{\"account\":\"1\"}", "account: " },
	{ "{\"account\":111122223333}", "account: " },
	{ "{\"region\":\"EU\"}", "region: " },
	{ "{\"role\":\"admin\"}", "role: " },
	{ "{\"at\":\"today\"}", "at: " },
	{ "{\"at\":1}", "at: " },
	{ "{\"target\":\"web-1\"}", "target: " },
	{ "{\"target\":{\"tag\":{}}}", "target: tag: " },
	{ "{\"target\":{\"tags\":{\"a\":1}}}", "target: tags: a: " },
	{ "{\"target\":{\"env\":[]}}", "target: env: " },
	{ "{\"identities\":{\"x y\":{}}}", "identities: x y: " },
	{ "{\"identities\":{\"anna\":{\"name\":\"bert\"}}}",
	    "identities: anna: name: " },
	{ "{\"profiles\":{\"p\":{\"account\":1}}}", "profiles: p: account: " },
	{ "{\"profiles\":{\"p\":{\"profile\":\"q\"}}}", "profiles: p: profile: " },
};

static void
test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(wrong); i++) {
		struct policyfacts f;
		struct err err = { "" };
		json_t *o = json(wrong[i].text);

		policyfacts_init(&f);
		if (policyfacts_read(&f, o, &err) != RC_REFUSE)
			fail_msg("%s is taken", wrong[i].text);
		if (strncmp(err.text, wrong[i].place, strlen(wrong[i].place)) != 0)
			fail_msg("%s: %s", wrong[i].text, err.text);
		json_decref(o);
	}
}

static json_t *
many(size_t n, bool list)
{
	json_t *o = list ? json_array() : json_object();
	char name[32];

	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof name, "g%zu", i);
		if (list)
			json_array_append_new(o, json_string(name));
		else
			json_object_set_new(o, name, json_string("v"));
	}
	return o;
}

static enum rc
read_many(size_t groups, size_t claims, size_t tags)
{
	struct policyfacts f;
	struct err err;
	json_t *o = json_pack("{s:{s:o, s:o}, s:{s:o}}", "identity", "groups",
	    many(groups, true), "claims", many(claims, false), "target", "tags",
	    many(tags, false));
	enum rc rc;

	policyfacts_init(&f);
	rc = policyfacts_read(&f, o, &err);
	json_decref(o);
	return rc;
}

static void
test_bounds(void **state)
{
	(void)state;
	assert_int_equal(
	    read_many(POLICYFACTS_GROUPS, POLICYFACTS_PAIRS, POLICYFACTS_PAIRS), RC_OK);
	assert_int_equal(read_many(POLICYFACTS_GROUPS + 1, 0, 0), RC_REFUSE);
	assert_int_equal(read_many(0, POLICYFACTS_PAIRS + 1, 0), RC_REFUSE);
	assert_int_equal(read_many(0, 0, POLICYFACTS_PAIRS + 1), RC_REFUSE);
}

static void
test_times(void **state)
{
	static const struct {
		const char *text;
		uint64_t ms; /* 0: none */
	} times[] = {
		{ "1970-01-01T00:00:01Z", 1000 },
		{ "2026-11-21T08:15:00Z", 1795248900000 },
		{ "2026-11-21T09:15:00+01:00", 1795248900000 },
		{ "2026-11-21T02:45:00-05:30", 1795248900000 },
		{ "2026-11-21T08:15:00.123Z", 1795248900000 },
		{ "2026-11-21T09:15:00.5+01:00", 1795248900000 },
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1970-01-01T00:00:00+01:00", 0 },
		{ "2026-11-21", 0 },
		{ "2026-11-21T08:15Z", 0 },
		{ "2026-11-21T08:15:00", 0 },
		{ "2026-11-21T08:15:00z", 0 },
		{ "2026-11-21T08:15:00+1:00", 0 },
		{ "2026-11-21T08:15:00+0100", 0 },
		{ "2026-11-21T08:15:00+24:00", 0 },
		{ "2026-11-21T08:15:00+01:60", 0 },
		{ "2026-11-21T08:15:00Z+01:00", 0 },
		{ "2026-13-21T08:15:00Z", 0 },
		{ "2026-11-21 08:15:00Z", 0 },
		{ "+01:00", 0 },
		{ "", 0 },
		{ "2026-11-21T08:15:00.123456789012345678901234567890Z", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(times); i++) {
		uint64_t ms = 0;

		if (policyfacts_time(span_of(times[i].text), &ms) !=
			(times[i].ms != 0) ||
		    ms != times[i].ms)
			fail_msg("%s: %llu", times[i].text, (unsigned long long)ms);
	}
}

static void
test_names(void **state)
{
	struct policyfacts f;
	struct err err = { "" };
	json_t *o = json(
	    "{\"identity\":{\"name\":\"ci-1\",\"groups\":[\"old\"],\"kind\":\"human\"},"
	    "\"identities\":{\"anna\":{\"kind\":\"human\",\"groups\":[\"sre\"]}},"
	    "\"account\":\"111111111111\",\"profile\":\"dev\","
	    "\"profiles\":{\"prod\":{\"account\":\"222222222222\",\"region\":\"eu-"
	    "central-1\"}}}");

	(void)state;
	policyfacts_init(&f);
	assert_int_equal(policyfacts_read(&f, o, &err), RC_OK);
	assert_int_equal(policyfacts_as(&f, "ci-1", &err), RC_OK);
	assert_true(identity_in_group(&f.who, "old"));
	assert_int_equal(policyfacts_as(&f, "anna", &err), RC_OK);
	assert_int_equal(f.who.kind, IDENTITY_HUMAN);
	assert_true(identity_in_group(&f.who, "sre"));
	assert_false(identity_in_group(&f.who, "old"));
	/* Somebody of whom nothing is said has nothing of the one before. */
	assert_int_equal(policyfacts_as(&f, "x", &err), RC_OK);
	assert_int_equal(f.who.kind, IDENTITY_AGENT);
	assert_int_equal(f.who.group_count, 0);
	assert_int_equal(policyfacts_as(&f, "a b", &err), RC_REFUSE);
	assert_int_equal(policyfacts_as(&f, "", &err), RC_REFUSE);

	assert_int_equal(policyfacts_profile(&f, NULL, &err), RC_OK);
	assert_string_equal(f.facts.account, "111111111111");
	assert_int_equal(policyfacts_profile(&f, "dev", &err), RC_OK);
	assert_string_equal(f.facts.account, "111111111111");
	assert_int_equal(policyfacts_profile(&f, "prod", &err), RC_OK);
	assert_string_equal(f.facts.profile, "prod");
	assert_string_equal(f.facts.account, "222222222222");
	assert_string_equal(f.facts.region, "eu-central-1");
	/* One that nobody described leads nowhere, never to the account of another. */
	assert_int_equal(policyfacts_profile(&f, "stage", &err), RC_REFUSE);
	assert_string_equal(f.facts.profile, "prod");
	f.profiles = NULL;
	assert_int_equal(policyfacts_profile(&f, "stage", &err), RC_OK);
	assert_string_equal(f.facts.profile, "stage");
	assert_null(f.facts.account);
	json_decref(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_keys),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
