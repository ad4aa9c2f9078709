#include "tests/support/unit.h"

#include "replay/event.h"

static void
events_are_read(void **state)
{
	static const struct {
		const char *line;
		uint64_t us;
		char code;
		const char *data;
		size_t len;
	} rows[] = {
		{ "[0.25, \"o\", \"a\\r\\n\"]", 250000, 'o', "a\r\n", 3 },
		{ "[0, \"o\", \"\"]", 0, 'o', "", 0 },
		{ "[1.000001,\"m\",\"\\u2713\"]", 1000001, 'm', "\xE2\x9C\x93", 3 },
		{ "[3,\"o\",\"a\\u0000b\"]", 3000000, 'o', "a\0b", 3 },
		{ " [3, \"long\", \"x\"] ", 3000000, '\0', "x", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct event e;

		assert_int_equal(event_parse(span_of(rows[i].line), &e, NULL), RC_OK);
		if (e.us != rows[i].us || e.code != rows[i].code ||
		    !span_eq(e.data, span_make(rows[i].data, rows[i].len)))
			fail_msg("row %zu", i);
		event_clear(&e);
	}
}

static void
all_else_is_refused(void **state)
{
	static const char *bad[] = { "", "[", "{}", "[]", "[1,\"o\"]",
		"[1,\"o\",\"a\",1]", "[\"1\",\"o\",\"a\"]", "[-1,\"o\",\"a\"]",
		"[1e30,\"o\",\"a\"]", "[1,2,\"a\"]", "[1,\"\",\"a\"]", "[1,\"o\",2]",
		"[1,\"o\",null]", "[1,\"o\",\"a\"] x", "[1,\"o\",\"\xFF\"]",
		"[1,\"o\",\"\\ud800\"]", "[1,\"o\",\"\x01\"]", "[1e999,\"o\",\"a\"]" };

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		struct event e;
		struct err err;

		err_clear(&err);
		if (event_parse(span_of(bad[i]), &e, &err) != RC_REFUSE)
			fail_msg("row %zu", i);
		assert_true(strlen(err.text) > 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_read),
		cmocka_unit_test(all_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
