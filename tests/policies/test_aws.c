#include "tests/policies/asking.h"

/* Most of what aws.c refuses is in tests/vectors/commands.jsonl; here is what rows
 * there cannot say. */

static void
the_profile_stays_with_the_broker(void **state)
{
	static const char *const lines[] = {
		"aws --profile prod ec2 describe-instances --output text",
		"aws ec2 --profile=prod describe-instances --output text",
		"aws ec2 describe-instances --profile prod --output text",
		"aws ec2 describe-instances --output text --profile prod",
	};

	(void)state;
	for (size_t i = 0; i < ROWS(lines); i++) {
		struct aws_request *req = asking_request(lines[i]);

		assert_string_equal(req->profile, "prod");
		assert_int_equal(words_count(req->child), 5);
		assert_string_equal(words_at(req->child, 0), "aws");
		assert_string_equal(words_at(req->child, 3), "--output");
		assert_string_equal(words_at(req->child, 4), "text");
		aws_free(req);
	}
}

static void
the_child_runs_the_very_words(void **state)
{
	static const char line[] =
	    "aws --region eu-west-1 ec2 create-tags --resources i-1 "
	    "i-2 --tags 'Key=a b,Value=$x' --no-paginate";
	struct words *w = asking_words(line);
	struct aws_request *req = asking_request(line);

	(void)state;
	assert_int_equal(words_count(req->child), words_count(w));
	for (size_t i = 0; i < words_count(w); i++)
		assert_string_equal(words_at(req->child, i), words_at(w, i));
	assert_string_equal(req->region, "eu-west-1");
	assert_null(req->profile);
	words_free(w);
	aws_free(req);
}

/* A value that looks like the option of the profile is not taken for it. */
static void
a_value_is_no_option(void **state)
{
	struct aws_request *req = asking_request(
	    "aws ec2 create-tags --tags=--profile=prod --query=--profile");

	(void)state;
	assert_null(req->profile);
	assert_int_equal(words_count(req->child), 5);
	aws_free(req);
}

/* The CLI takes any unique beginning of an option: none of a refused option's may
 * pass. */
static void
no_beginning_of_a_refused_option_passes(void **state)
{
	static const char *const options[] = { "--endpoint-url", "--debug",
		"--no-verify-ssl", "--ca-bundle", "--no-sign-request",
		"--cli-input-json", "--cli-input-yaml", "--cli-auto-prompt",
		"--generate-cli-skeleton", "--cli-read-timeout",
		"--cli-connect-timeout", "--profile", "--region", "--query",
		"--output" };

	(void)state;
	for (size_t i = 0; i < ROWS(options); i++)
		for (size_t n = 3; n < strlen(options[i]); n++) {
			char line[128];
			struct words *w;
			struct aws_request *req = NULL;
			struct refusal refusal = { 0 };

			snprintf(line, sizeof line,
			    "aws ec2 describe-instances %.*s=json", (int)n, options[i]);
			w = asking_words(line);
			assert_int_equal(aws_read(w, &req, &refusal), RC_REFUSE);
			assert_true(refusal.status == STATUS_USAGE ||
				    refusal.status == STATUS_DENIED);
			words_free(w);
		}
}

static void
as_many_words_as_fit(void **state)
{
	char line[WORDS_LINE + 1] = "aws ec2 describe-instances --instance-ids";
	struct aws_request *req;

	(void)state;
	for (unsigned i = 4; i < WORDS_MOST; i++)
		strcat(line, " i-1");
	req = asking_request(line);
	assert_int_equal(words_count(req->child), WORDS_MOST);
	aws_free(req);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_profile_stays_with_the_broker),
		cmocka_unit_test(the_child_runs_the_very_words),
		cmocka_unit_test(a_value_is_no_option),
		cmocka_unit_test(no_beginning_of_a_refused_option_passes),
		cmocka_unit_test(as_many_words_as_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
