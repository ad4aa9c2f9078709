#include "tests/support/unit.h"

#include "lib/model/profile.h"

#define ARN "arn:aws:iam::111122223333:role/"
#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void
roles_name_their_account(void **state)
{
	static const struct {
		const char *arn;
		bool good;
	} rows[] = {
		{ ARN "broker", true },
		{ ARN "team/sub/broker+=,.@_-", true },
		{ ARN X64, true },
		{ "arn:aws-cn:iam::111122223333:role/broker", true },
		{ "arn:aws-us-gov:iam::111122223333:role/broker", true },
		{ ARN X64 "x", false },
		{ ARN, false },
		{ ARN "team/", false },
		{ ARN "te am/x", false },
		{ ARN "a b", false },
		{ ARN "b\n", false },
		{ "arn:aws:iam::111122223333:user/broker", false },
		{ "arn:aws:iam::111122223333:roles/broker", false },
		{ "arn:aws:iam:eu-west-1:111122223333:role/broker", false },
		{ "arn:aws:sts::111122223333:role/broker", false },
		{ "arn:other:iam::111122223333:role/broker", false },
		{ "arn:aws:iam::11112222333:role/broker", false },
		{ "arn:aws:iam::11112222333x:role/broker", false },
		{ "ARN:aws:iam::111122223333:role/broker", false },
		{ "broker", false },
		{ "", false },
		{ "arn:aws:iam::111122223333", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct span account = { 0 };

		if (profile_role(span_of(rows[i].arn), &account) != rows[i].good)
			fail_msg("row %zu: %s", i, rows[i].arn);
		if (rows[i].good)
			assert_true(span_is(account, "111122223333"));
	}
}

static void
the_other_values_are_checked(void **state)
{
	static const struct {
		bool (*good)(struct span);
		const char *text;
		bool want;
	} rows[] = {
		{ profile_account, "111122223333", true },
		{ profile_account, "11112222333", false },
		{ profile_account, "1111222233334", false },
		{ profile_account, "11112222333a", false },
		{ profile_account, "", false },
		{ profile_region, "eu-west-1", true },
		{ profile_region, "us-gov-east-1", true },
		{ profile_region, "EU-west-1", false },
		{ profile_region, "eu.west", false },
		{ profile_region, "-eu", false },
		{ profile_region, "eu-", false },
		{ profile_region, "eu/../x", false },
		{ profile_region, "evil.example.com#", false },
		{ profile_region, "", false },
		{ profile_region, X64, false },
		{ profile_external_id, "Team:42/x=y", true },
		{ profile_external_id, "ab", true },
		{ profile_external_id, "a", false },
		{ profile_external_id, "a b", false },
		{ profile_external_id, "a&b", false },
		{ profile_external_id, "a\xC3\xA4", false },
		{ profile_external_id, "[x]", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (rows[i].good(span_of(rows[i].text)) != rows[i].want)
			fail_msg("row %zu: %s", i, rows[i].text);
}

static void
profiles_are_found_by_their_whole_name(void **state)
{
	static const struct profile all[] = { { .name = "prod" }, { .name = "pro" } };

	(void)state;
	assert_ptr_equal(profile_find(all, 2, span_of("pro")), &all[1]);
	assert_null(profile_find(all, 2, span_of("pr")));
	assert_null(profile_find(all, 2, span_make("pro\0x", 5)));
	assert_null(profile_find(NULL, 0, span_of("pro")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_name_their_account),
		cmocka_unit_test(the_other_values_are_checked),
		cmocka_unit_test(profiles_are_found_by_their_whole_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
