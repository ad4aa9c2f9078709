#include "tests/support/unit.h"

#include <unistd.h>

#include "replay/still.h"
#include "tests/replay/plain.h"

#define HEAD                                                                           \
	"{\"version\": 2, \"width\": 20, \"height\": 3, \"timestamp\": 1795167217}\n"
#define CAST                                                                           \
	HEAD "[1, \"o\", \"one\\r\\n\"]\n[2, \"o\", \"two\"]\n[3, \"m\", \"cmd: "      \
	     "ls\"]\n"                                                                 \
	     "[4, \"o\", \"\\u001b[?1049h\\u001b[Hother\"]\n[9.5, \"x\", \"0\"]\n"

static enum rc
run(const char *cast, const char *at, bool json, char **ret, struct err *err)
{
	struct moment m;
	size_t len;
	int fd;
	struct source *s = plain_source(cast, strlen(cast), &fd);
	FILE *f = open_memstream(ret, &len);
	enum rc rc;

	assert_non_null(f);
	err_clear(err);
	assert_int_equal(moment_parse(at, &m, err), RC_OK);
	rc = still_run(s, &m, json, f, err);
	assert_int_equal(fclose(f), 0);
	source_close(s);
	close(fd);
	return rc;
}

static void
the_screen_then(void **state)
{
	static const struct {
		const char *at, *want;
	} rows[] = {
		{ "0", "" },
		{ "1", "one\n" },
		{ "1.999", "one\n" },
		{ "0:02", "one\ntwo\n" },
		{ "4", "other\n" },
		{ "100", "other\n" },
		{ "-0", "other\n" },
		{ "-5.5", "other\n" },
		{ "-5.6", "one\ntwo\n" },
		{ "-8.5", "one\n" },
		{ "-99", "" },
		{ "2026-11-20T09:33:38Z", "one\n" },
		{ "2026-11-20T09:33:40Z", "one\ntwo\n" },
		{ "2020-01-01T00:00:00Z", "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err err;
		char *text;

		if (run(CAST, rows[i].at, false, &text, &err) != RC_OK)
			fail_msg("row %zu: %s", i, err.text);
		if (strcmp(text, rows[i].want) != 0)
			fail_msg("row %zu: '%s'", i, text);
		free(text);
	}
}

static void
the_same_for_programs(void **state)
{
	struct err err;
	char *text;

	(void)state;
	assert_int_equal(run(CAST, "3.5", true, &text, &err), RC_OK);
	assert_string_equal(text,
	    "{\"at\":3.5,\"screen\":\"main\",\"columns\":20,\"rows\":3,\"cursor\":"
	    "{\"row\":2,\"column\":4,\"shown\":true},\"lines\":[\"one\",\"two\",\"\"],"
	    "\"time\":\"2026-11-20T09:33:40Z\",\"command\":\"ls\"}\n");
	free(text);
}

static void
what_cannot_be_is_refused(void **state)
{
	struct err err;
	char *text;

	(void)state;
	assert_int_equal(run("{\"version\":2,\"width\":9,\"height\":9}\n",
			     "2026-11-20T09:33:38Z", false, &text, &err),
	    RC_FAIL);
	assert_non_null(strstr(err.text, "began"));
	free(text);
	assert_int_equal(
	    run(HEAD "[0, \"o\", \"x\"]\nno\n", "5", false, &text, &err), RC_REFUSE);
	free(text);
	assert_int_equal(
	    run(HEAD "[0, \"o\", \"x\"]\nno\n", "-5", false, &text, &err), RC_REFUSE);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_screen_then),
		cmocka_unit_test(the_same_for_programs),
		cmocka_unit_test(what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
