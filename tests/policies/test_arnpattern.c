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

/* Random texts of few letters, so that they fit often. */
static void
roll(uint64_t *seed, const char *letters, size_t most, char *out)
{
	size_t n;

	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	n = (size_t)(*seed >> 33) % (most + 1);
	for (size_t i = 0; i < n; i++) {
		*seed = *seed * 6364136223846793005u + 1442695040888963407u;
		out[i] = letters[(size_t)(*seed >> 33) % strlen(letters)];
	}
	out[n] = '\0';
}

/* What a pattern is apart from, it fits in no way. */
static void
what_is_apart_never_fits(void **state)
{
	size_t apart = 0, near = 0;
	uint64_t seed = 2026;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		const enum arn_kind kind = (enum arn_kind)(i % 3);
		char pattern[8], arn[8];
		size_t n;

		roll(&seed, "aab*?", 6, pattern);
		roll(&seed, kind == ARN_PATTERN ? "aab*?" : "aab", 6, arn);
		n = kind == ARN_PATTERN ? strcspn(arn, "*?") : strlen(arn);
		for (size_t k = 0; k <= n; k++) {
			if (!arnpattern_apart(pattern, span_make(arn, k))) {
				near++;
				continue;
			}
			apart++;
			if (arnpattern_fit(pattern, arn, kind) != FIT_NO)
				fail_msg("%s and %s, kind %d", pattern, arn, kind);
		}
	}
	assert_true(apart > 100000 && near > 100000);
	assert_false(arnpattern_apart("*", span_of("arn:aws:s3:::b")));
	assert_true(arnpattern_apart("arn:aws:s3:::b", span_of("arn:aws:s3:::b/")));
	assert_false(arnpattern_apart("arn:aws:s3:::b/x", span_of("arn:aws:s3:::b/")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_arns_are_read),
		cmocka_unit_test(what_is_asked_for_fits),
		cmocka_unit_test(what_is_apart_never_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
