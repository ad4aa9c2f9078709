#include "tests/support/unit.h"

#include <unistd.h>

#include "replay/info.h"
#include "tests/replay/plain.h"

static enum rc
info(const char *cast, struct buf *text, struct err *err)
{
	int fd;
	struct source *s = plain_source(cast, strlen(cast), &fd);
	json_t *j = NULL;
	enum rc rc;

	buf_reset(text);
	err_clear(err);
	if ((rc = info_read(s, &j, err)) == RC_OK)
		info_text(j, text);
	json_decref(j);
	source_close(s);
	close(fd);
	return rc;
}

static void
leaves_are_named(void **state)
{
	struct buf text;
	struct err err;

	(void)state;
	buf_init(&text, 65536);
	assert_int_equal(
	    info("{\"version\": 2, \"width\": 80, \"height\": 24, \"timestamp\": "
		 "1795167217, \"hoop\": {\"user\": \"alice\", \"groups\": [\"sre\"], "
		 "\"t\": {\"deep\": null}}}\n[0, \"o\", \"a\"]\n",
		&text, &err),
	    RC_OK);
	assert_string_equal(buf_cstr(&text),
	    "started: 2026-11-20T09:33:37Z\nversion: 2\nwidth: 80\nheight: 24\n"
	    "timestamp: 1795167217\nhoop.user: alice\nhoop.groups: [\"sre\"]\n"
	    "hoop.t.deep: null\n");
	buf_clear(&text);
}

/* What would reach the terminal must be text. */
static void
hostile_values_are_escaped(void **state)
{
	struct buf text;
	struct err err;

	(void)state;
	buf_init(&text, 65536);
	assert_int_equal(
	    info("{\"version\": 2, \"title\": \"a\\u001b[6nb\\u009b\\n\", "
		 "\"\\u001b]0;x\": [\"\\u001b[c\\u009b\"], \"\": {\"\": 1}}\n",
		&text, &err),
	    RC_OK);
	for (size_t i = 0; i < text.len; i++)
		if ((text.p[i] < 0x20 && text.p[i] != '\n') || text.p[i] > 0x7E)
			fail_msg("byte %zu", i);
	assert_non_null(strstr(buf_cstr(&text), "title: a\\x1B[6nb\\xC2\\x9B"));
	buf_clear(&text);
}

static void
depth_is_bounded(void **state)
{
	struct buf text;
	struct err err;
	char deep[4096] = "{\"version\": 2, \"x\": ";
	size_t n = strlen(deep);

	(void)state;
	buf_init(&text, 65536);
	for (unsigned i = 0; i < 100; i++, n += 5)
		memcpy(deep + n, "{\"a\":", 5);
	memcpy(deep + n, "1", 1);
	memset(deep + n + 1, '}', 101);
	deep[n + 102] = '\0';
	assert_int_equal(info(deep, &text, &err), RC_OK);
	assert_true(text.len < 4096);
	buf_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_are_named),
		cmocka_unit_test(hostile_values_are_escaped),
		cmocka_unit_test(depth_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
