#include "tests/support/unit.h"
#include "broker/session/tty.h"

static void
test_output(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "\n", "\r\n" },
		{ "a\nb\n", "a\r\nb\r\n" },
		{ "\n\n\n", "\r\n\r\n\r\n" },
		/* As a terminal does: the CR that was there stays. */
		{ "a\r\nb", "a\r\r\nb" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err err = { "" };
		struct buf out;

		buf_init(&out, 1000);
		assert_int_equal(tty_output(NULL, WRITER_STDOUT, span_of(rows[i].in),
				     false, &out, &err),
		    RC_OK);
		assert_true(span_is(buf_span(&out), rows[i].out));
		buf_clear(&out);
	}
}

static void
test_output_bound(void **state)
{
	struct err err = { "" };
	struct buf out;

	(void)state;
	buf_init(&out, 3);
	assert_int_equal(
	    tty_output(NULL, WRITER_STDERR, span_of("\n\n"), false, &out, &err),
	    RC_FAIL);
	buf_clear(&out);
}

/* What a message gives, as letters: text in brackets, I, Q, E. */
static void
pieces(struct span in, char *out)
{
	bool first = true;

	for (*out = '\0'; in.len > 0; first = false) {
		struct span text = { 0 };

		switch (tty_input(&in, first, &text)) {
		case TTY_TEXT:
			sprintf(out + strlen(out), "[%.*s]", (int)text.len,
			    (const char *)text.p);
			break;
		case TTY_INTERRUPT:
			strcat(out, "I");
			break;
		case TTY_QUIT:
			strcat(out, "Q");
			break;
		case TTY_END:
			strcat(out, "E");
			break;
		}
	}
}

static void
test_input(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "ls\n", "[ls\n]" },
		{ "\003", "I" },
		{ "a\003b", "[a]I[b]" },
		{ "\003\003\034", "IIQ" },
		{ "\004", "E" },
		{ "\004x", "E[x]" },
		{ "x\004", "[x\004]" },
		{ "\003\004", "I[\004]" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		pieces(span_of(rows[i].in), out);
		assert_string_equal(out, rows[i].out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_output_bound),
		cmocka_unit_test(test_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
