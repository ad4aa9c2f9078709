#include "tests/policies/asking.h"

#include "policies/s3.h"

static void
resources_are_what_the_words_name(void **state)
{
	static const struct {
		const char *line;
		size_t n;
		const char *names; /* bucket|key, joined by blanks */
	} rows[] = {
		{ "aws s3 ls", 0, "" },
		{ "aws s3 ls s3://", 0, "" },
		{ "aws s3 ls s3://logs", 1, "logs| " },
		{ "aws s3 ls s3://logs/", 1, "logs| " },
		{ "aws s3 rm 's3://logs/a//b/../c'", 1, "logs|a//b/../c " },
		{ "aws s3 cp s3://logs/a -", 1, "logs|a " },
		{ "aws s3 cp - s3://logs/a", 1, "logs|a " },
		{ "aws s3 mv s3://logs/a s3://copy/b", 2, "logs|a copy|b " },
		{ "aws s3 mb s3://logs", 1, "logs| " },
		{ "aws s3 rb s3://logs/", 1, "logs| " },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct aws_request *req = asking_request(rows[i].line);
		char names[256] = "";

		assert_int_equal(req->n_resources, rows[i].n);
		for (size_t k = 0; k < req->n_resources; k++) {
			strcat(names, req->resources[k].bucket);
			strcat(names, "|");
			strcat(names, req->resources[k].key);
			strcat(names, " ");
		}
		assert_string_equal(names, rows[i].names);
		aws_free(req);
	}
}

static void
only_filters_repeat(void **state)
{
	(void)state;
	assert_true(s3_repeats("--include", 9));
	assert_true(s3_repeats("--exclude=x", 9));
	assert_false(s3_repeats("--includes", 10));
	assert_false(s3_repeats("--acl", 5));
	assert_false(s3_repeats("--include", 4));
}

/* What the command is about is named first: it is what refusals speak of. */
static void
the_main_call_stands_first(void **state)
{
	static const struct {
		const char *line, *call;
	} rows[] = {
		{ "aws s3 cp - s3://logs/a", "put-object" },
		{ "aws s3 cp s3://logs/a -", "get-object" },
		{ "aws s3 cp s3://logs/a s3://logs/b", "copy-object" },
		{ "aws s3 rm s3://logs/a", "delete-object" },
		{ "aws s3 ls s3://logs", "list-objects-v2" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct aws_request *req = asking_request(rows[i].line);

		assert_string_equal(req->calls[0].operation, rows[i].call);
		assert_string_equal(req->calls[0].service, "s3");
		aws_free(req);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resources_are_what_the_words_name),
		cmocka_unit_test(only_filters_repeat),
		cmocka_unit_test(the_main_call_stands_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
