#include "tests/support/unit.h"

#include <unistd.h>

#include "replay/transcript.h"
#include "tests/replay/plain.h"

#define HEAD "{\"version\": 2, \"width\": 20, \"height\": 3}\n"

static enum rc
run(const char *cast, char **ret, struct err *err)
{
	size_t len;
	int fd;
	struct source *s = plain_source(cast, strlen(cast), &fd);
	FILE *f = open_memstream(ret, &len);
	enum rc rc;

	assert_non_null(f);
	err_clear(err);
	rc = transcript_run(s, f, err);
	assert_int_equal(fclose(f), 0);
	source_close(s);
	close(fd);
	return rc;
}

static void
every_line_stands_once(void **state)
{
	static const struct {
		const char *cast, *want;
	} rows[] = {
		{ HEAD, "" },
		{ HEAD
		    "[0, \"o\", \"a\\r\\nb\\r\\n\"]\n[1, \"o\", \"c\\r\\nd\\r\\ne\"]\n",
		    "a\nb\nc\nd\ne\n" },
		{ HEAD "[0, \"o\", \"one\\ntwo\\n\"]\n", "one\ntwo\n" },
		{ HEAD "[0, \"o\", \"broken by the margin of this\"]\n",
		    "broken by the margin of this\n" },
		{ HEAD
		    "[0, \"o\", \"gone\\u001b[2J\\u001b[H\"]\n[0, \"i\", \"typed\"]\n",
		    "gone\n" },
		{ HEAD "[0, \"o\", \"\\u001b]0;t\\u0007\\u001b[6n\\u202etext\"]\n",
		    "text\n" },
		{ HEAD "[1, \"o\", \"$ vi\\r\\n\\u001b[?1049h\\u001b[Hedit\"]\n"
		       "[62.5, \"o\", \"\\u001b[?1049l$ \"]\n",
		    "$ vi\n"
		    "--- the alternate screen, from 0:00:01.000, as it was at "
		    "0:01:02.500 ---\nedit\n--- end of the alternate screen ---\n$\n" },
		{ HEAD "[1, \"o\", \"\\u001b[?1049hx\"]\n[2, \"x\", \"0\"]\n",
		    "--- the alternate screen, from 0:00:01.000, as it was at "
		    "0:00:02.000 ---\nx\n--- end of the alternate screen ---\n" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err err;
		char *text;

		if (run(rows[i].cast, &text, &err) != RC_OK)
			fail_msg("row %zu: %s", i, err.text);
		if (strcmp(text, rows[i].want) != 0)
			fail_msg("row %zu: '%s'", i, text);
		free(text);
	}
}

static void
what_is_broken_says_where(void **state)
{
	struct err err;
	char *text;

	(void)state;
	assert_int_equal(run(HEAD "[0, \"o\", \"a\"]\n[\n", &text, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "line 3"));
	free(text);
}

static void
a_full_disk_is_no_success(void **state)
{
	static const char cast[] = HEAD "[0, \"o\", \"a\\r\\n\"]\n";
	int fd;
	struct source *s = plain_source(cast, strlen(cast), &fd);
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(f);
	assert_int_equal(transcript_run(s, f, NULL), RC_FAIL);
	fclose(f);
	source_close(s);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_stands_once),
		cmocka_unit_test(what_is_broken_says_where),
		cmocka_unit_test(a_full_disk_is_no_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
