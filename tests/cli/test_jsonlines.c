/* JSON Lines: what is an object, what is not, and bytes that JSON does not have. */
#include "tests/support/unit.h"

#include <sys/mman.h>
#include <unistd.h>

#include "broker/cli/jsonlines.h"
#include "lib/base/buf.h"

static int
file_of(const char *bytes, size_t n)
{
	int fd = memfd_create("lines", MFD_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t at = 0; at < n;) {
		ssize_t w = write(fd, bytes + at, n - at);

		assert_true(w > 0);
		at += (size_t)w;
	}
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static struct jsonlines *
open_bytes(const char *bytes, size_t n, int *fd)
{
	struct jsonlines *l = NULL;
	struct err err;

	*fd = file_of(bytes, n);
	assert_int_equal(jsonlines_new(*fd, NULL, NULL, &l, &err), RC_OK);
	return l;
}

/* One line, and the bytes of its "line" (UTF-8 of U+FFFF: \xEF\xBF\xBF). */
static const struct row {
	const char *in;
	size_t n;
	const char *out;
	size_t out_n;
} rows[] = {
#define ROW(in, out)                                                                   \
	{                                                                              \
		in, sizeof in - 1, out, sizeof out - 1                                 \
	}
	ROW("{\"line\":\"ls -l\"}", "ls -l"),
	ROW("{\"line\":\"a\\u0000b\"}", "a\0b"),
	ROW("{\"line\":\"a\\nb\\tc\"}", "a\nb\tc"),
	ROW("{\"line\":\"a\x01"
	    "b\"}",
	    "a\x01"
	    "b"),
	ROW("{\"line\":\"a\0b\"}", "a\0b"),
	ROW("{\"line\":\"a\tb\"}", "a\tb"),
	ROW("{\"line\":\"\xFF\"}", "\xEF\xBF\xBF"),
	ROW("{\"line\":\"\xC3\"}", "\xEF\xBF\xBF"),
	ROW("{\"line\":\"\xC0\xAF\"}", "\xEF\xBF\xBF\xEF\xBF\xBF"),
	ROW("{\"line\":\"\xED\xA0\x80\"}", "\xEF\xBF\xBF\xEF\xBF\xBF\xEF\xBF\xBF"),
	ROW("{\"line\":\"\\ud800\"}", "\xEF\xBF\xBF"),
	ROW("{\"line\":\"\\udc00x\"}", "\xEF\xBF\xBFx"),
	ROW("{\"line\":\"\\ud83d\\ude00\"}", "\xF0\x9F\x98\x80"),
	ROW("{\"line\":\"\\ud83d\\ud83d\\ude00\"}", "\xEF\xBF\xBF\xF0\x9F\x98\x80"),
	/* Half a pair that only looks like one: its backslash is text. */
	ROW("{\"line\":\"\\\\ud800\"}", "\\ud800"),
	ROW("{\"line\":\"\xFF\\\\\\\"\"}", "\xEF\xBF\xBF\\\""),
	ROW("{\"a\":\"\xFF\",\"line\":\"ok\"}", "ok"),
	ROW(" {\"line\":\"\xC3\xA4\"} \r", "\xC3\xA4"),
#undef ROW
};

static void
test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err err = { "" };
		json_t *o = NULL, *v;
		int fd;
		struct jsonlines *l = open_bytes(rows[i].in, rows[i].n, &fd);

		if (jsonlines_next(l, &o, &err) != RC_OK)
			fail_msg("row %zu: %s", i, err.text);
		v = json_object_get(o, "line");
		assert_int_equal(json_string_length(v), rows[i].out_n);
		assert_memory_equal(json_string_value(v), rows[i].out, rows[i].out_n);
		json_decref(o);
		assert_int_equal(jsonlines_next(l, &o, &err), RC_END);
		jsonlines_free(l);
		close(fd);
	}
}

static void
test_no_object(void **state)
{
	static const char *const bad[] = { "x", "[1]", "\"a\"", "{", "{\"a\":1}}",
		"{}{}", "{\"a\":\"\\x\"}", "{\"a\":\xFF}", "{\"a\":\"b}", "null",
		"{\"a\":nul}", "\xEF\xBB\xBF{}", "{'a':1}", "{\"a\":\"\\u12\"}" };

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		char text[64];
		struct err err = { "" };
		json_t *o = NULL;
		int fd, n = snprintf(text, sizeof text, "%s\n{}\n", bad[i]);
		struct jsonlines *l = open_bytes(text, (size_t)n, &fd);

		if (jsonlines_next(l, &o, &err) != RC_REFUSE)
			fail_msg("row %zu is an object", i);
		assert_null(o);
		assert_int_equal(strncmp(err.text, "line 1: ", 8), 0);
		/* And the next one is read as if nothing had been. */
		assert_int_equal(jsonlines_next(l, &o, &err), RC_OK);
		assert_int_equal(jsonlines_number(l), 2);
		json_decref(o);
		jsonlines_free(l);
		close(fd);
	}
}

static void
test_twice(void **state)
{
	static const char text[] = "{\"id\":7,\"a\":1,\"a\":2}\n{}\n";
	struct err err = { "" };
	json_t *o = NULL;
	int fd;
	struct jsonlines *l = open_bytes(text, sizeof text - 1, &fd);

	(void)state;
	assert_int_equal(jsonlines_next(l, &o, &err), RC_REFUSE);
	assert_int_equal(
	    json_integer_value(json_object_get(jsonlines_refused(l), "id")), 7);
	assert_int_equal(jsonlines_next(l, &o, &err), RC_OK);
	assert_null(jsonlines_refused(l));
	json_decref(o);
	jsonlines_free(l);
	close(fd);
}

/* Blank lines are no lines; the last one needs no newline; nothing at all is nothing. */
static void
test_ends(void **state)
{
	static const char text[] = "\n \t\r\n{\"a\":1}\n\n{\"a\":2}";
	struct err err = { "" };
	json_t *o = NULL;
	int fd;
	struct jsonlines *l = open_bytes(text, sizeof text - 1, &fd);

	(void)state;
	for (int i = 1; i <= 2; i++) {
		assert_int_equal(jsonlines_next(l, &o, &err), RC_OK);
		assert_int_equal(json_integer_value(json_object_get(o, "a")), i);
		json_decref(o);
	}
	assert_int_equal(jsonlines_number(l), 5);
	assert_int_equal(jsonlines_next(l, &o, &err), RC_END);
	assert_int_equal(jsonlines_next(l, &o, &err), RC_END);
	jsonlines_free(l);
	close(fd);
	l = open_bytes("", 0, &fd);
	assert_int_equal(jsonlines_next(l, &o, &err), RC_END);
	jsonlines_free(l);
	close(fd);
}

/* A line of n bytes, then one more. */
static void
read_long(size_t n, enum rc want)
{
	char *text = malloc(n + 16);
	struct err err = { "" };
	json_t *o = NULL;
	int fd;
	struct jsonlines *l;

	assert_non_null(text);
	memset(text, 'x', n);
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + n - 2, "\"}\n{\"b\":1}", 10);
	l = open_bytes(text, n + 8, &fd);
	free(text);
	assert_int_equal(jsonlines_next(l, &o, &err), want);
	if (want == RC_OK)
		json_decref(o);
	assert_int_equal(jsonlines_next(l, &o, &err), RC_OK);
	assert_int_equal(json_integer_value(json_object_get(o, "b")), 1);
	json_decref(o);
	assert_int_equal(jsonlines_next(l, &o, &err), RC_END);
	jsonlines_free(l);
	close(fd);
}

static void
test_long(void **state)
{
	(void)state;
	read_long(JSONLINES_LINE, RC_OK);
	read_long(JSONLINES_LINE + 1, RC_REFUSE);
	read_long(3 * JSONLINES_LINE + 17, RC_REFUSE);
}

static enum rc
count_waits(void *arg, struct err *err)
{
	(void)err;
	++*(int *)arg;
	return RC_OK;
}

/* Answers are not held back while a question is waited for. */
static void
test_waits(void **state)
{
	struct jsonlines *l = NULL;
	struct err err = { "" };
	json_t *o = NULL;
	int p[2], waits = 0;

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(jsonlines_new(p[0], count_waits, &waits, &l, &err), RC_OK);
	assert_int_equal(write(p[1], "{}\n{}\n", 6), 6);
	assert_int_equal(jsonlines_next(l, &o, &err), RC_OK);
	json_decref(o);
	assert_int_equal(waits, 1);
	assert_int_equal(jsonlines_next(l, &o, &err), RC_OK);
	json_decref(o);
	assert_int_equal(waits, 1);
	close(p[1]);
	assert_int_equal(jsonlines_next(l, &o, &err), RC_END);
	assert_int_equal(waits, 2);
	jsonlines_free(l);
	close(p[0]);
}

static void
test_unreadable(void **state)
{
	struct jsonlines *l = NULL;
	struct err err = { "" };
	json_t *o = NULL;

	(void)state;
	assert_int_equal(jsonlines_new(-1, NULL, NULL, &l, &err), RC_OK);
	assert_int_equal(jsonlines_next(l, &o, &err), RC_FAIL);
	jsonlines_free(l);
	jsonlines_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_no_object),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
