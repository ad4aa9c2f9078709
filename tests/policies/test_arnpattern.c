#include "tests/support/unit.h"

#include "policies/arnpattern.h"

static void
only_arns_are_read(void **state)
{
	static const struct {
		const char *text;
		enum rc rc;
	} rows[] = {
		{ "'*'", RC_OK },
		{ "'arn:aws:s3:::logs-*'", RC_OK },
		{ "'arn:aws:s3:::logs/a b'", RC_OK },
		{ "'arn:*:*:*:*:*'", RC_OK },
		{ "'arn:aws:dynamodb:eu-*:111122223333:table/t'", RC_OK },
		{ "'**'", RC_REFUSE },
		{ "''", RC_REFUSE },
		{ "arn", RC_REFUSE },
		{ "'arn:aws:s3:::'", RC_REFUSE },
		{ "'arn:aws:s3::x'", RC_REFUSE },
		{ "'ARN:aws:s3:::x'", RC_REFUSE },
		{ "'s3://logs'", RC_REFUSE },
		{ "\"arn:aws:s3:::x\\ny\"", RC_REFUSE },
		{ "[x]", RC_REFUSE },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		const char *ret = NULL;
		struct err err = { "" };

		assert_int_equal(
		    yaml_parse("a.yaml", span_of(rows[i].text), &doc, NULL), RC_OK);
		if (arnpattern_read(yaml_root(doc), &ret, &err) != rows[i].rc)
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_true((ret != NULL) == (rows[i].rc == RC_OK));
		yaml_doc_free(doc);
	}
}

static void
what_is_asked_for_fits(void **state)
{
	static const char all[] = "arn:aws:s3:::b/*", logs[] = "arn:aws:s3:::b/*.log";
	static const struct {
		const char *pattern, *arn;
		enum arn_kind kind;
		unsigned fit;
	} rows[] = {
		{ all, "arn:aws:s3:::b/x", ARN_EXACT, FIT_BOTH },
		{ all, "arn:aws:s3:::b", ARN_EXACT, FIT_NO },
		{ all, "arn:aws:s3:::b/x/", ARN_BEGINNING, FIT_BOTH },
		{ logs, "arn:aws:s3:::b/x/", ARN_BEGINNING, FIT_MAYBE },
		{ logs, "arn:aws:s3:::c/x/", ARN_BEGINNING, FIT_NO },
		{ all, "arn:aws:s3:::b/*", ARN_PATTERN, FIT_BOTH },
		{ logs, "arn:aws:s3:::b/*", ARN_PATTERN, FIT_MAYBE },
		{ "arn:aws:s3:::b/x*", "arn:aws:s3:::b/*", ARN_PATTERN, FIT_MAYBE },
		/* One byte of ours is not any number of theirs. */
		{ "arn:aws:s3:::b/?", "arn:aws:s3:::b/*", ARN_PATTERN, FIT_MAYBE },
		{ "arn:aws:s3:::c/*", "arn:aws:s3:::b/*", ARN_PATTERN, FIT_NO },
		{ "*", "*", ARN_PATTERN, FIT_BOTH },
		{ "arn:*:*:*:*:*", "*", ARN_PATTERN, FIT_MAYBE },
		{ all, "*", ARN_PATTERN, FIT_MAYBE },
		{ "*", "arn:aws:s3:::b/x", ARN_EXACT, FIT_BOTH },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (arnpattern_fit(rows[i].pattern, rows[i].arn, rows[i].kind) !=
		    rows[i].fit)
			fail_msg("%s and %s", rows[i].pattern, rows[i].arn);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_arns_are_read),
		cmocka_unit_test(what_is_asked_for_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
