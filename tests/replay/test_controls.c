#include "tests/support/unit.h"

#include "replay/controls.h"

/* The last thing that these keys ask for. */
static struct controls_command
typed(struct controls *c, const char *keys)
{
	struct controls_command to = { .want = CONTROLS_WANTS };

	keyboard_put(&c->keyboard, span_of(keys));
	while (controls_take(c, true, &to))
		;
	return to;
}

static void
each_key_asks_for_something(void **state)
{
	static const struct {
		const char *keys;
		enum controls_want want;
		int n;
	} rows[] = {
		{ " ", CONTROLS_PAUSE, 0 },
		{ ".", CONTROLS_STEP, 0 },
		{ "q", CONTROLS_QUIT, 0 },
		{ "h", CONTROLS_MOVE, -10 },
		{ "\033[D", CONTROLS_MOVE, -10 },
		{ "l", CONTROLS_MOVE, 10 },
		{ "\033[C", CONTROLS_MOVE, 10 },
		{ "\033[H", CONTROLS_TENTH, 0 },
		{ "\033[F", CONTROLS_TENTH, 10 },
		{ "0", CONTROLS_TENTH, 0 },
		{ "9", CONTROLS_TENTH, 9 },
		{ "]", CONTROLS_MARK_NEXT, 0 },
		{ "[", CONTROLS_MARK_BEFORE, 0 },
		{ "+", CONTROLS_SPEED, 1 },
		{ "-", CONTROLS_SPEED, -1 },
		{ "=", CONTROLS_SPEED, 0 },
		{ "i", CONTROLS_IDLE, 0 },
		{ "b", CONTROLS_BAR, 0 },
		{ "?", CONTROLS_NOTHING, 0 },
		{ "x", CONTROLS_NOTHING, 0 },
		{ "\033", CONTROLS_NOTHING, 0 },
		{ "\033[Z", CONTROLS_NOTHING, 0 },
		{ "\xC3\xA9", CONTROLS_NOTHING, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct controls c = { 0 };
		struct controls_command to = typed(&c, rows[i].keys);

		if (to.want != rows[i].want || to.n != rows[i].n)
			fail_msg("row %zu: %d %d", i, (int)to.want, to.n);
	}
}

static void
places_are_asked_for(void **state)
{
	static const struct {
		const char *keys;
		enum controls_want want;
		int n;
		uint64_t us;
	} rows[] = {
		{ "g95\r", CONTROLS_GO, 0, 95000000 },
		{ "g1:35\n", CONTROLS_GO, 0, 95000000 },
		{ "g1:02:03\r", CONTROLS_GO, 0, 3723000000 },
		{ "g9\177\1775\r", CONTROLS_GO, 0, 5000000 },
		{ "gxyz7\r", CONTROLS_GO, 0, 7000000 },
		{ "g#3\r", CONTROLS_MARK, 3, 0 },
		{ "g#0\r", CONTROLS_MARK, 0, 0 },
		{ "g#99999999\r", CONTROLS_MARK, 99999999, 0 },
		{ "g#999999999\r", CONTROLS_UNKNOWN, 0, 0 },
		{ "g#\r", CONTROLS_UNKNOWN, 0, 0 },
		{ "g#3.5\r", CONTROLS_UNKNOWN, 0, 0 },
		{ "g1:99\r", CONTROLS_UNKNOWN, 0, 0 },
		{ "g\r", CONTROLS_NOTHING, 0, 0 },
		{ "g5\033", CONTROLS_NOTHING, 0, 0 },
		{ "g5q", CONTROLS_NOTHING, 0, 0 },
		{ "g5", CONTROLS_NOTHING, 0, 0 },
		{ "g111111111111111111111111111111111111111111\r", CONTROLS_UNKNOWN, 0,
		    0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct controls c = { 0 };
		struct controls_command to = typed(&c, rows[i].keys);

		if (to.want != rows[i].want || to.n != rows[i].n)
			fail_msg("row %zu: %d %d", i, (int)to.want, to.n);
		if (to.want == CONTROLS_GO && to.at.us != rows[i].us)
			fail_msg("row %zu: %llu", i, (unsigned long long)to.at.us);
		assert_true(strlen(c.asked) <= CONTROLS_ASKED);
	}
}

static void
help_takes_the_next_key(void **state)
{
	struct controls c = { 0 };

	(void)state;
	typed(&c, "?");
	assert_true(c.help);
	assert_int_equal(typed(&c, "q").want, CONTROLS_NOTHING);
	assert_false(c.help);
	assert_int_equal(typed(&c, "q").want, CONTROLS_QUIT);
	typed(&c, "g12");
	assert_true(c.asking);
	assert_string_equal(c.asked, "12");
	typed(&c, "g");
	assert_false(c.asking);
	typed(&c, "g");
	assert_string_equal(c.asked, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_asks_for_something),
		cmocka_unit_test(places_are_asked_for),
		cmocka_unit_test(help_takes_the_next_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
