#include "tests/support/unit.h"

#include <unistd.h>

#include "replay/find.h"
#include "tests/replay/plain.h"

#define HEAD                                                                           \
	"{\"version\": 2, \"width\": 20, \"height\": 4, \"timestamp\": 1795167217}\n"

static void
run(const char *pattern, int context, bool json, const char *cast, uint64_t want_found,
    const char *want)
{
	struct find_init init = { .context = context, .json = json };
	struct needle *p;
	uint64_t found;
	struct err err;
	char *text;
	size_t len;
	int fd;
	struct source *s = plain_source(cast, strlen(cast), &fd);
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	err_clear(&err);
	assert_int_equal(needle_new(pattern, false, &p, &err), RC_OK);
	init.pattern = p;
	if (find_run(s, &init, f, &found, &err) != RC_OK)
		fail_msg("%s", err.text);
	assert_int_equal(fclose(f), 0);
	if (strcmp(text, want) != 0)
		fail_msg("%s: '%s'", pattern, text);
	assert_int_equal(found, want_found);
	free(text);
	needle_free(p);
	source_close(s);
	close(fd);
}

/* However it came to the screen, and however soon it left. */
static void
all_that_was_shown_is_found(void **state)
{
	static const struct {
		const char *out, *line;
	} rows[] = {
		{ "a secret", "a secret" },
		{ "\\u001b[31mse\\u001b[32mcr\\u001b[0met", "secret" },
		{ "cret\\rse\\u001b[Cret\\b\\b\\b\\bcre", "secret" },
		{ "xxxxxxxxxxxxxxxxxsecret", "xxxxxxxxxxxxxxxxxsecret" },
		{ "secret\\rpublic", "secret" },
		{ "secret\\u001b[2K", "secret" },
		{ "secret\\u001b[2J\\u001b[H", "secret" },
		{ "secret\\r\\n\\r\\n\\r\\n\\r\\n\\r\\n\\r\\n", "secret" },
		{ "\\u001b[?1049hsecret\\u001b[?1049l", "secret" },
		{ "secret\\u001bc", "secret" },
		{ "\\u001b[3;3Hcret\\u001b[3;1Hse", "secret" },
		{ "s\\u200be\\u202ecret", "secret" },
		{ "\\u001b(0\\u001b(Bsecret", "secret" },
		{ "se\\u0007cret", "secret" },
		{ "cret\\u001b[4m\\r\\u001b[4hse\\u001b[4l", "secret" },
		{ "secret\\u001b[1P\\u001b[9D\\u001b[20P", "secret" },
		{ "\\u001b[4;1Hsecret\\u001b[1;2r\\u001b[99M\\u001b[r\\u001b[4;"
		  "1H\\u001b[M",
		    "secret" },
	};
	char cast[1000], want[200];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		snprintf(cast, sizeof cast, HEAD "[1.5, \"o\", \"%s\"]\n", rows[i].out);
		snprintf(want, sizeof want, "0:00:01.500  %s\n", rows[i].line);
		run("secret", 0, false, cast, 1, want);
		run("/s.c[a-z]et/", 0, false, cast, 1, want);
	}
}

static void
it_may_come_in_parts(void **state)
{
	(void)state;
	run("secret", 0, false,
	    HEAD "[1, \"o\", \"$ echo sec\"]\n[2, \"o\", \"ret\"]\n"
		 "[3, \"o\", \" and more\\r\\n\"]\n[4, \"o\", \"done\\r\\n\"]\n",
	    1, "0:00:02.000  $ echo secret\n");
}

static void
each_line_is_told_once_and_again_if_anew(void **state)
{
	(void)state;
	run("x", 0, false,
	    HEAD "[1, \"o\", \"x\\r\\n\"]\n[2, \"o\", \"x\\r\\n\"]\n"
		 "[3, \"o\", \"\\u001b[1;1H\\u001b[K\"]\n[4, \"o\", \"x again\"]\n",
	    3, "0:00:01.000  x\n0:00:02.000  x\n0:00:04.000  x again\n");
	run("nothing", 0, false, HEAD "[1, \"o\", \"x\"]\n", 0, "");
}

static void
commands_and_context_stand_around(void **state)
{
	static const char cast[] = HEAD "[0, \"m\", \"cmd: ls\"]\n"
					"[1, \"o\", \"one\\r\\ntwo\\r\\nthree\"]\n"
					"[2, \"o\", \"\\r\\u001b[Atwo!\"]\n";

	(void)state;
	run("two", 1, false, cast, 1,
	    "command: ls\n             one\n0:00:01.000  two\n");
	run("!", 2, false, cast, 1,
	    "command: ls\n             one\n0:00:02.000  two!\n             three\n");
}

static void
programs_get_objects(void **state)
{
	static const char cast[] = HEAD "[0, \"m\", \"cmd: ls\"]\n"
					"[1, \"o\", \"one\\r\\nt\\u00e9\\r\\n\"]\n";

	(void)state;
	run("t", 1, true, cast, 1,
	    "{\"t\":\"found\",\"at\":1.0,\"screen\":\"main\",\"text\":\"t\\u00E9\","
	    "\"before\":[\"one\"],\"after\":[\"\"],\"time\":\"2026-11-20T09:33:38Z\","
	    "\"command\":\"ls\"}\n{\"t\":\"end\",\"found\":1}\n");
	run("nothing", 1, true, cast, 0, "{\"t\":\"end\",\"found\":0}\n");
}

static void
a_broken_recording_is_refused(void **state)
{
	static const char cast[] = HEAD "[1, \"o\", \"x\"]\nno\n";
	struct find_init init = { 0 };
	struct needle *p;
	uint64_t found;
	struct err err;
	int fd;
	struct source *s = plain_source(cast, strlen(cast), &fd);
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	assert_int_equal(needle_new("x", false, &p, NULL), RC_OK);
	init.pattern = p;
	err_clear(&err);
	assert_int_equal(find_run(s, &init, f, &found, &err), RC_REFUSE);
	assert_non_null(strstr(err.text, "line 3"));
	needle_free(p);
	fclose(f);
	source_close(s);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_was_shown_is_found),
		cmocka_unit_test(it_may_come_in_parts),
		cmocka_unit_test(each_line_is_told_once_and_again_if_anew),
		cmocka_unit_test(commands_and_context_stand_around),
		cmocka_unit_test(programs_get_objects),
		cmocka_unit_test(a_broken_recording_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
