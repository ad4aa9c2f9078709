#include "tests/support/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "replay/export_v3.h"
#include "tests/replay/plain.h"

#define V2 "{\"version\":2,\"width\":90,\"height\":30}\n"

static enum rc export(const char *cast, char *text, size_t size, struct err *err) {
	int fd, out = plain_file("", 0);
	struct source *s = plain_source(cast, strlen(cast), &fd);
	enum rc rc = export_v3(s, out, err);
	ssize_t n = pread(out, text, size - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	source_close(s);
	close(fd);
	close(out);
	return rc;
}

static void
lines_are_written(void **state)
{
	static const struct {
		const char *cast, *want;
	} rows[] = {
		{ V2, "{\"version\":3,\"term\":{\"cols\":90,\"rows\":30}}\n" },
		{ V2 "[0.3333333,\"o\",\"a\\u001b\\u0000\"]\n[0.6666666,\"x\",\"1\"]\n",
		    "{\"version\":3,\"term\":{\"cols\":90,\"rows\":30}}\n"
		    "[0.333333, \"o\", \"a\\u001b\\u0000\"]\n"
		    "[0.333334, \"x\", \"1\"]\n" },
		/* codes of several letters, or that JSON would have to quote, mean
		 * nothing; their time is not lost */
		{ V2 "[1,\"ox\",\"a\"]\n[2,\"\\\"\",\"a\"]\n[3,\"\\\\\",\"a\"]\n"
		     "[4,\"o\",\"b\"]\n",
		    "{\"version\":3,\"term\":{\"cols\":90,\"rows\":30}}\n"
		    "[4.000000, \"o\", \"b\"]\n" },
		{ "{\"version\":3,\"term\":{\"cols\":9,\"rows\":8,\"type\":\"vt\","
		  "\"theme\":{}},\"tags\":[\"x\"]}\n#\n[1,\"o\",\"b\"]\n[1,\"o\",\"c\"]"
		  "\n",
		    "{\"version\":3,\"term\":{\"cols\":9,\"rows\":8,\"type\":\"vt\","
		    "\"theme\":{}},\"tags\":[\"x\"]}\n"
		    "[1.000000, \"o\", \"b\"]\n[1.000000, \"o\", \"c\"]\n" },
		{ "{\"version\":2,\"env\":{\"TERM\":\"xt\"},\"duration\":5}\n",
		    "{\"version\":3,\"term\":{\"cols\":80,\"rows\":24,\"type\":\"xt\"},"
		    "\"env\":{\"TERM\":\"xt\"}}\n" },
	};
	char text[4096];
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(export(rows[i].cast, text, sizeof text, &err), RC_OK);
		assert_string_equal(text, rows[i].want);
	}
}
static void
trouble_is_told(void **state)
{
	static const char *bad[] = { V2 "[0,\"o\"]\n", V2 "x\n",
		"{\"version\":2,\"width\":1}\n[0,\"o\",\"a\"]\n\n" };
	char text[4096];
	struct err err;
	struct source *s;
	int fd, out = open("/dev/full", O_WRONLY);

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		assert_int_equal(export(bad[i], text, sizeof text, &err), RC_REFUSE);
		assert_non_null(strstr(err.text, "line "));
	}
	s = plain_source(V2, strlen(V2), &fd);
	assert_int_equal(export_v3(s, out, &err), RC_FAIL);
	source_close(s);
	close(fd);
	close(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_written),
		cmocka_unit_test(trouble_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
