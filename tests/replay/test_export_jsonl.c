#include "tests/support/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "replay/export_jsonl.h"
#include "tests/replay/plain.h"

#define V2 "{\"version\":2,\"width\":90,\"height\":30}\n"

static enum rc export(const char *cast, char *text, size_t size, struct err *err) {
	int fd, out = plain_file("", 0);
	struct source *s = plain_source(cast, strlen(cast), &fd);
	enum rc rc = export_jsonl(s, NULL, out, err);
	ssize_t n = pread(out, text, size - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	source_close(s);
	close(fd);
	close(out);
	return rc;
}

#define FIRST "{\"t\":\"session\",\"at\":0.0,\"columns\":90,\"rows\":30,\"meta\":"

static void
lines_are_written(void **state)
{
	static const struct {
		const char *event, *want;
	} rows[] = {
		{ "[0.1,\"o\",\"a\\u007f\\u009b\\u0000\"]",
		    "{\"t\":\"output\",\"at\":0.1,\"text\":"
		    "\"a\\u007f\\u009B\\u0000\"}" },
		{ "[1,\"i\",\"k\"]", "{\"t\":\"input\",\"at\":1.0,\"text\":\"k\"}" },
		{ "[1,\"b\",\"/w==\"]",
		    "{\"t\":\"raw\",\"at\":1.0,\"base64\":\"/w==\"}" },
		{ "[1,\"r\",\"9x8\"]",
		    "{\"t\":\"resize\",\"at\":1.0,\"columns\":9,\"rows\":8}" },
		{ "[1,\"r\",\"9\"]", "{\"t\":\"resize\",\"at\":1.0,\"text\":\"9\"}" },
		{ "[1,\"m\",\"l\"]", "{\"t\":\"marker\",\"at\":1.0,\"label\":\"l\"}" },
		{ "[1,\"B\",\"{\\\"t\\\":\\\"x\\\"}\"]",
		    "{\"t\":\"event\",\"at\":1.0,\"event\":{\"t\":\"x\"}}" },
		{ "[1,\"B\",\"[]\"]", "{\"t\":\"event\",\"at\":1.0,\"text\":\"[]\"}" },
		{ "[1,\"B\",\"{\"]", "{\"t\":\"event\",\"at\":1.0,\"text\":\"{\"}" },
		{ "[1,\"x\",\"130\"]", "{\"t\":\"exit\",\"at\":1.0,\"status\":130}" },
		{ "[1,\"x\",\"1 \"]", "{\"t\":\"exit\",\"at\":1.0,\"text\":\"1 \"}" },
		{ "[1,\"x\",\"\"]", "{\"t\":\"exit\",\"at\":1.0,\"text\":\"\"}" },
		{ "[1,\"x\",\"-\"]", "{\"t\":\"exit\",\"at\":1.0,\"text\":\"-\"}" },
		{ "[1,\"x\",\"99999999999999999999\"]",
		    "{\"t\":\"exit\",\"at\":1.0,\"text\":\"99999999999999999999\"}" },
		{ "[1,\"kk\",\"v\"]",
		    "{\"t\":\"other\",\"at\":1.0,\"code\":\"kk\",\"text\":\"v\"}" },
	};
	char text[4096], cast[1024];
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *second;

		snprintf(cast, sizeof cast, "%s%s\n", V2, rows[i].event);
		assert_int_equal(export(cast, text, sizeof text, &err), RC_OK);
		assert_int_equal(strncmp(text, FIRST, strlen(FIRST)), 0);
		second = strchr(text, '\n') + 1;
		if (strncmp(second, rows[i].want, strlen(rows[i].want)) != 0 ||
		    strcmp(second + strlen(rows[i].want), "\n") != 0)
			fail_msg("row %zu: %s", i, second);
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
	assert_int_equal(export_jsonl(s, NULL, out, &err), RC_FAIL);
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
