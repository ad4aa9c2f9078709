#include "tests/support/unit.h"
#include "broker/session/event.h"

#include <jansson.h>

static json_t *
parse(char *text)
{
	json_t *j = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(j);
	free(text);
	return j;
}

static const char *
string_of(json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	assert_non_null(s);
	return s;
}

static void
test_open(void **state)
{
	static const uint8_t sid[16] = { 1, 0x99, 0xf0, 0xc2, 0, 0, 0x70, 0, 0x80 };
	struct err err = { "" };
	char *text = NULL;
	json_t *j;

	(void)state;
	assert_int_equal(event_open(sid, &text, &err), RC_OK);
	j = parse(text);
	assert_string_equal(string_of(j, "t"), "session.open");
	assert_string_equal(
	    string_of(j, "sid"), "0199f0c2-0000-7000-8000-000000000000");
	json_decref(j);
}

static void
test_command(void **state)
{
	struct err err = { "" };
	char *text = NULL;
	json_t *j;

	(void)state;
	assert_int_equal(
	    event_command("{\"argv\":[\"aws\",\"s3\"],\"rule\":\"p/r\",\"secret\":1}",
		&text, &err),
	    RC_OK);
	j = parse(text);
	assert_string_equal(string_of(j, "t"), "command");
	assert_string_equal(string_of(j, "rule"), "p/r");
	assert_int_equal(json_array_size(json_object_get(j, "argv")), 2);
	/* Only what is listed. */
	assert_null(json_object_get(j, "secret"));
	json_decref(j);
}

static void
test_command_refused(void **state)
{
	static const char *const rows[] = { "", "[]", "1", "{", "{\"a\":1,\"a\":2}",
		"{} x" };
	char *text = NULL;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err err = { "" };

		assert_int_equal(event_command(rows[i], &text, &err), RC_REFUSE);
		assert_null(text);
	}
}

static void
test_meta(void **state)
{
	const struct event_recorder how = { .compression = "zstd",
		.chunk = 65536,
		.durability = "strict",
		.class_ = "glass",
		.hide_size = true,
		.quota = 1ull << 40,
		.wall_ms = 1795167217123,
		.mono_ms = 5000 };
	struct err err = { "" };
	char *text = NULL;
	json_t *j, *r, *clock;

	(void)state;
	assert_int_equal(
	    event_meta("{\"sid\":\"x\",\"recorder\":1}", &how, &text, &err), RC_OK);
	j = parse(text);
	assert_string_equal(string_of(j, "sid"), "x");
	r = json_object_get(j, "recorder");
	assert_string_equal(string_of(r, "compression"), "zstd");
	assert_string_equal(string_of(r, "durability"), "strict");
	assert_string_equal(string_of(r, "class"), "glass");
	assert_int_equal(json_integer_value(json_object_get(r, "chunk")), 65536);
	assert_true(json_is_true(json_object_get(r, "hide_size")));
	assert_true(json_is_false(json_object_get(r, "shreddable")));
	assert_true(json_integer_value(json_object_get(r, "quota")) == 1ll << 40);
	clock = json_object_get(j, "clock");
	assert_string_equal(string_of(clock, "source"), "CLOCK_MONOTONIC");
	assert_true(
	    json_integer_value(json_object_get(clock, "wall_ms")) == 1795167217123);
	assert_true(
	    json_integer_value(json_object_get(clock, "offset_ms")) == 1795167212123);
	json_decref(j);
	text = NULL;
	assert_int_equal(event_meta("[]", &how, &text, &err), RC_REFUSE);
	assert_int_equal(event_meta("{\"a\":1,\"a\":2}", &how, &text, &err), RC_REFUSE);
	assert_null(text);
}

static void
test_summary_of_people_and_calls(void **state)
{
	struct census calls = { .n = 0 };
	struct event_close e = { .reason = "exited",
		.meta = "{\"hold\":\"7F3K-Q2MX\",\"approvers\":[\"bob\"]}",
		.calls = &calls };
	struct err err = { "" };
	char *text = NULL;
	json_t *j, *commands;

	(void)state;
	census_add(&calls, "{\"t\":\"aws.call\",\"service\":\"s3\"}");
	assert_int_equal(event_close(&e, &text, &err), RC_OK);
	j = parse(text);
	commands = json_object_get(j, "commands");
	assert_int_equal(json_integer_value(json_object_get(commands, "allowed")), 1);
	assert_int_equal(json_integer_value(json_object_get(commands, "asked")), 1);
	assert_int_equal(json_integer_value(json_object_get(commands, "denied")), 0);
	assert_int_equal(json_array_size(json_object_get(j, "approvers")), 1);
	assert_int_equal(
	    json_integer_value(json_object_get(json_object_get(j, "aws_calls"), "s3")),
	    1);
	assert_int_equal(json_object_size(json_object_get(j, "aws_refused")), 0);
	assert_int_equal(json_integer_value(json_object_get(j, "dropped")), 0);
	json_decref(j);
	e.meta = "{}";
	assert_int_equal(event_close(&e, &text, &err), RC_OK);
	j = parse(text);
	commands = json_object_get(j, "commands");
	assert_int_equal(json_integer_value(json_object_get(commands, "asked")), 0);
	assert_int_equal(json_array_size(json_object_get(j, "approvers")), 0);
	json_decref(j);
}

static void
test_stop_escapes(void **state)
{
	struct err err = { "" };
	char *text = NULL;
	json_t *j;

	(void)state;
	assert_int_equal(
	    event_stop("limit", "time", "a\xff\x1b[2J\n", &text, &err), RC_OK);
	j = parse(text);
	assert_string_equal(string_of(j, "t"), "limit");
	assert_string_equal(string_of(j, "why"), "time");
	assert_string_equal(string_of(j, "text"), "a\\xFF\\x1B[2J\\x0A");
	json_decref(j);
}

static void
test_close(void **state)
{
	static const struct {
		uint8_t how;
		const char *key;
	} rows[] = { { HOW_EXIT, "status" }, { HOW_SIGNAL, "signal" },
		{ HOW_NEVER, "refused" } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct event_close e = { .reason = "exited",
			.how = rows[i].how,
			.code = 9,
			.stdout_bytes = 1ull << 40,
			.stdin_sha256 = { 0xab } };
		struct err err = { "" };
		char *text = NULL;
		json_t *j, *bytes;

		assert_int_equal(event_close(&e, &text, &err), RC_OK);
		j = parse(text);
		assert_string_equal(string_of(j, "t"), "session.close");
		assert_int_equal(
		    json_integer_value(json_object_get(j, rows[i].key)), 9);
		assert_null(json_object_get(j, "text"));
		bytes = json_object_get(j, "bytes");
		assert_true(
		    json_integer_value(json_object_get(bytes, "stdout")) == 1ll << 40);
		assert_int_equal(strlen(string_of(bytes, "stdin_sha256")), 64);
		assert_memory_equal(string_of(bytes, "stdin_sha256"), "ab00", 4);
		json_decref(j);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_command_refused),
		cmocka_unit_test(test_meta),
		cmocka_unit_test(test_summary_of_people_and_calls),
		cmocka_unit_test(test_stop_escapes),
		cmocka_unit_test(test_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
