#include "tests/support/unit.h"

#include "policies/awsfacts.h"

static void
services_are_those_of_the_list(void **state)
{
	static const char *const good[] = { "accessanalyzer", "xray", "ec2", "s3api",
		"sts", "iam", "ssm", "opsworks-cm", "deploy", "configservice",
		"sso-oidc" };
	static const char *const bad[] = { "s3", "", "EC2", "ec", "ec22", "sso",
		"opsworkscm", "configure", "help", "codedeploy", "a", "zzz" };

	(void)state;
	for (size_t i = 0; i < ROWS(good); i++)
		assert_true(awsfacts_service(good[i]));
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_false(awsfacts_service(bad[i]));
}

static void
rules_know_a_service_by_one_name(void **state)
{
	(void)state;
	assert_string_equal(awsfacts_rule_service("s3"), "s3");
	assert_string_equal(awsfacts_rule_service("s3api"), "s3");
	assert_string_equal(awsfacts_rule_service("ec2"), "ec2");
	assert_string_equal(awsfacts_rule_service("config"), "configservice");
	assert_string_equal(awsfacts_rule_service("codedeploy"), "deploy");
	assert_null(awsfacts_rule_service("nosuch"));
	assert_null(awsfacts_rule_service(""));
}

static void
words_of_a_list_are_whole(void **state)
{
	(void)state;
	assert_true(awsfacts_listed("json text table", "json"));
	assert_true(awsfacts_listed("json text table", "table"));
	assert_false(awsfacts_listed("json text table", "tex"));
	assert_false(awsfacts_listed("json text table", "ext"));
	assert_false(awsfacts_listed("json text table", "json text"));
	assert_false(awsfacts_listed("json text table", ""));
	assert_false(awsfacts_listed("", "x"));
}

static void
what_writes_files_is_known(void **state)
{
	(void)state;
	assert_true(awsfacts_outfile("s3api", "get-object"));
	assert_true(awsfacts_outfile("lambda", "invoke"));
	assert_false(awsfacts_outfile("lambda", "invoke-async"));
	assert_false(awsfacts_outfile("s3api", "get"));
	assert_false(awsfacts_outfile("ec2", "get-object"));
	assert_true(awsfacts_file_option("s3api", "put-object", "--body=x", 6));
	assert_true(awsfacts_file_option("s3api", "put-object", "--bod", 5));
	assert_false(awsfacts_file_option("s3api", "put-object", "--bodyx", 7));
	assert_false(awsfacts_file_option("s3api", "put-object", "--bucket", 8));
	assert_false(awsfacts_file_option("ec2", "put-object", "--body", 6));
	assert_true(awsfacts_file_option("nosuch", "op", "--pem-outfile", 13));
	assert_true(awsfacts_custom("eks", "get-token"));
	assert_false(awsfacts_custom("eks", "get"));
	assert_false(awsfacts_custom("ec2", "get-token"));
}

static void
some_sub_commands_are_other_calls(void **state)
{
	(void)state;
	assert_string_equal(
	    awsfacts_call("rds", "add-option-to-option-group"), "modify-option-group");
	assert_string_equal(awsfacts_call("ec2", "run-instances"), "run-instances");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_are_those_of_the_list),
		cmocka_unit_test(rules_know_a_service_by_one_name),
		cmocka_unit_test(words_of_a_list_are_whole),
		cmocka_unit_test(what_writes_files_is_known),
		cmocka_unit_test(some_sub_commands_are_other_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
