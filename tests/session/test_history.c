#include "tests/support/unit.h"

#include "broker/session/history.h"
#include "policies/shell.h"

static struct history *h;

static void
begin(void)
{
	assert_int_equal(history_new(&h, NULL), RC_OK);
}

static void
lines_come_back_in_turn(void **state)
{
	struct span s;

	(void)state;
	begin();
	assert_false(history_back(h, span_of("x"), &s));
	assert_false(history_forth(h, &s));
	history_add(h, span_of("one"));
	history_add(h, span_of("two"));
	history_add(h, span_of("two"));
	history_add(h, span_of(""));
	assert_int_equal(history_count(h), 2);
	assert_true(history_back(h, span_of("draft"), &s));
	assert_true(span_is(s, "two"));
	assert_true(history_back(h, s, &s));
	assert_true(span_is(s, "one"));
	assert_false(history_back(h, s, &s));
	assert_true(history_forth(h, &s));
	assert_true(history_forth(h, &s));
	assert_true(span_is(s, "draft"));
	assert_false(history_forth(h, &s));
	assert_true(history_back(h, s, &s));
	history_rest(h);
	assert_true(history_back(h, s, &s));
	assert_true(span_is(s, "two"));
	assert_true(span_is(history_at(h, 0), "one"));
	assert_int_equal(history_at(h, 2).len, 0);
	history_free(h);
}

static void
number_and_bytes_are_bounded(void **state)
{
	char line[SHELL_LINE + 2];

	(void)state;
	begin();
	for (int i = 0; i < HISTORY_LINES + 50; i++) {
		snprintf(line, sizeof line, "line %d", i);
		history_add(h, span_of(line));
	}
	assert_int_equal(history_count(h), HISTORY_LINES);
	assert_true(span_is(history_at(h, 0), "line 50"));
	history_free(h);
	begin();
	memset(line, 'x', sizeof line);
	for (int i = 0; i < 200; i++) {
		line[0] = (char)('a' + i % 20);
		history_add(h, span_make(line, SHELL_LINE));
	}
	assert_true(history_count(h) * (SHELL_LINE + 1) <= HISTORY_BYTES);
	assert_true((history_count(h) + 1) * (SHELL_LINE + 1) > HISTORY_BYTES);
	history_add(h, span_make(line, SHELL_LINE + 1));
	assert_int_equal(history_at(h, history_count(h) - 1).len, SHELL_LINE);
	history_free(h);
	history_free(NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_back_in_turn),
		cmocka_unit_test(number_and_bytes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
