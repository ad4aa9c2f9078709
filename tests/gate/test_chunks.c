#include "tests/support/unit.h"

#include "broker/gate/chunks.h"

#define S(text)                                                                        \
	{                                                                              \
		text, sizeof text - 1                                                  \
	}

static void
a_body_is_decoded_however_it_is_cut(void **state)
{
	static const char text[] = "5\r\nhello\r\n00A\r\n, world...\r\n0\r\n\r\nNEXT";

	(void)state;
	for (size_t cut = 0; cut < sizeof text; cut++) {
		struct chunks *c = NULL;
		size_t used = 0, more = 0;
		struct buf out;
		enum rc rc;

		buf_init(&out, 100);
		assert_int_equal(chunks_new(&c, NULL), RC_OK);
		rc = chunks_feed(c, span_make(text, cut), &used, &out, NULL);
		if (rc == RC_OK) {
			assert_int_equal(used, cut);
			rc =
			    chunks_feed(c, span_make(text + cut, sizeof text - 1 - cut),
				&more, &out, NULL);
		}
		assert_int_equal(rc, RC_END);
		assert_int_equal(used + more, sizeof text - 5);
		assert_string_equal(buf_cstr(&out), "hello, world...");
		chunks_free(c);
		buf_clear(&out);
	}
}

static void
ill_formed_chunks_are_refused(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} rows[] = { S("\r\n"), S("g\r\n"), S("5;x=1\r\n"), S("5 \r\n"), S(" 5\r\n"),
		S("5\n"), S("5\rx"), S("-1\r\n"), S("0x5\r\n"),
		S("1234567890123456\r\n"), S("2\r\nabc"), S("2\r\nab\n"),
		S("2\r\nab\rx"), S("0\r\nx: 1\r\n"), S("0\r\n\n") };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct chunks *c = NULL;
		size_t used = 0;
		struct buf out;

		buf_init(&out, 100);
		assert_int_equal(chunks_new(&c, NULL), RC_OK);
		if (chunks_feed(c, span_make(rows[i].text, rows[i].len), &used, &out,
			NULL) != RC_REFUSE)
			fail_msg("row %zu was not refused", i);
		chunks_free(c);
		buf_clear(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_is_decoded_however_it_is_cut),
		cmocka_unit_test(ill_formed_chunks_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
