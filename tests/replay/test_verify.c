#include "tests/support/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "replay/verify.h"
#include "tests/replay/plain.h"

static void
each_code_has_words(void **state)
{
	static const struct {
		int code;
		const char *word;
	} rows[] = {
		{ 0, "whole" }, { 3, "tampered" }, { 4, "unterminated" },
		{ 5, "no-key" }, { 6, "unknown-signer" }, { 7, "not-in-log" },
		{ 99, "tampered" }, /* what is not known is not trusted */
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_string_equal(
		    verify_word((enum proof_code)rows[i].code), rows[i].word);
		assert_true(strlen(verify_phrase((enum proof_code)rows[i].code)) > 0);
	}
}

/* The vector, as hoop-replay --verify sees it without a trust file. */
static void
a_finding_is_told(void **state)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	struct source *s;
	struct proof proof;
	struct buf out;
	json_t *j;
	int fd;

	(void)state;
	snprintf(path, sizeof path, "%s/tests/vectors/recording-sample/sample.cast",
	    top ? top : ".");
	assert_true((fd = open(path, O_RDONLY)) >= 0);
	assert_int_equal(source_open(fd, &s, NULL), RC_OK);
	assert_false(source_plain(s));
	assert_int_equal(source_prove(s, NULL, &proof, NULL), RC_OK);
	assert_int_equal(proof.code, PROOF_UNKNOWN);
	buf_init(&out, 65536);
	verify_text(s, &proof, NULL, "a\033b", &out);
	assert_int_equal(strncmp(buf_cstr(&out), "a\\x1Bb: not verified: ", 22), 0);
	assert_non_null(strstr(buf_cstr(&out), "0199f0c2-0000-7000-8000-000000000001"));
	assert_non_null(strstr(buf_cstr(&out), "rec.example/a1, closed"));
	assert_non_null((j = verify_json(s, &proof, NULL, false)));
	assert_int_equal(json_integer_value(json_object_get(j, "code")), 6);
	assert_int_equal(json_integer_value(json_object_get(j, "file_bytes")), 4048);
	assert_true(json_is_true(json_object_get(j, "closed")));
	assert_true(json_is_false(json_object_get(j, "signer_known")));
	assert_null(json_object_get(j, "bad_line"));
	json_decref(j);
	/* not unlocked: there is nothing to open, and that is no finding */
	assert_int_equal(verify_contents(s, &proof, NULL), RC_FAIL);
	assert_int_equal(proof.code, PROOF_UNKNOWN);
	buf_clear(&out);
	source_close(s);
	close(fd);
}

static void
a_plain_one_is_never_a_pass(void **state)
{
	static const char cast[] = "{\"version\": 2}\n";
	struct proof proof;
	struct buf out;
	json_t *j;
	int fd;
	struct source *s = plain_source(cast, sizeof cast - 1, &fd);

	(void)state;
	assert_int_equal(source_prove(s, NULL, &proof, NULL), RC_OK);
	assert_int_equal(proof.code, PROOF_UNKNOWN);
	buf_init(&out, 65536);
	verify_text(s, &proof, NULL, "f", &out);
	assert_string_equal(buf_cstr(&out),
	    "f: not verified: a plain asciicast carries no signature\n");
	assert_non_null((j = verify_json(s, &proof, NULL, false)));
	assert_string_equal(json_string_value(json_object_get(j, "kind")), "plain");
	json_decref(j);
	buf_clear(&out);
	source_close(s);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_code_has_words),
		cmocka_unit_test(a_finding_is_told),
		cmocka_unit_test(a_plain_one_is_never_a_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
