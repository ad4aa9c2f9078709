#include "tests/support/unit.h"

#include "broker/front/say.h"

static const struct say plain = { false, false }, json = { true, false },
			tty = { false, true }, json_tty = { true, true };

static void
expect(struct buf *b, const char *want)
{
	assert_true(buf_ok(b));
	assert_string_equal(buf_cstr(b), want);
	buf_reset(b);
}

static void
lines_have_their_form(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	say_event(&b, plain, "refused", "refused: %d bytes", 7);
	expect(&b, "broker: refused: 7 bytes\n");
	say_event(&b, tty, "refused", "refused: %d bytes", 7);
	expect(&b, "broker: refused: 7 bytes\r\n");
	say_event(&b, json, "refused", "refused: %s", "\"quoted\"");
	expect(&b, "{\"broker\":{\"event\":\"refused\",\"text\":"
		   "\"refused: \\\"quoted\\\"\"}}\n");
	say_exit(&b, json, 64, false);
	expect(&b, "{\"broker\":{\"event\":\"exit\",\"status\":64,\"ran\":false}}\n");
	say_exit(&b, json_tty, 0, true);
	expect(&b, "{\"broker\":{\"event\":\"exit\",\"status\":0,\"ran\":true}}\r\n");
	say_exit(&b, plain, 64, false);
	expect(&b, "");
	buf_clear(&b);
}

/* A forged line, a cursor movement, a broken character: one line, printable. */
static void
hostile_bytes_stay_in_their_line(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	say_event(&b, plain, "refused", "%s", "x\nbroker: approved\x1b[2J\xff");
	expect(&b, "broker: x\\x0Abroker: approved\\x1B[2J\\xFF\n");
	say_event(&b, json, "refused", "%s", "x\n\xff");
	expect(
	    &b, "{\"broker\":{\"event\":\"refused\",\"text\":\"x\\\\x0A\\\\xFF\"}}\n");
	buf_clear(&b);
}

static void
words_of_others_are_made_whole(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	say_word(&b, plain, "stopped", span_of(""));
	expect(&b, "");
	say_word(&b, plain, "stopped", span_of("time is over"));
	expect(&b, "broker: time is over\n");
	say_word(&b, plain, "stopped", span_of("broker: stopped: time is over\n"));
	expect(&b, "broker: stopped: time is over\n");
	say_word(&b, tty, "stopped", span_of("broker: stopped"));
	expect(&b, "broker: stopped\r\n");
	say_word(&b, json, "stopped", span_of("time is over"));
	expect(&b, "{\"broker\":{\"event\":\"stopped\",\"text\":\"time is over\"}}\n");
	say_word(&b, json, "stopped", span_of("{\"broker\":{}}\n"));
	expect(&b, "{\"broker\":{}}\n");
	buf_clear(&b);
}

static void
line_ends_are_a_terminals(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	say_text(&b, tty, span_of("a\nb\r\n\nc"));
	expect(&b, "a\r\nb\r\n\r\nc");
	say_text(&b, plain, span_of("a\nb\r\n\nc"));
	expect(&b, "a\nb\r\n\nc");
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_have_their_form),
		cmocka_unit_test(hostile_bytes_stay_in_their_line),
		cmocka_unit_test(words_of_others_are_made_whole),
		cmocka_unit_test(line_ends_are_a_terminals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
