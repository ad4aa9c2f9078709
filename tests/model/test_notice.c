#include "tests/support/unit.h"

#include "lib/model/notice.h"

static void
a_line_cannot_be_forged(void **state)
{
	struct notice n = { .event = "denied",
		.text = "denied: x\nbroker: approved",
		.retry_after = -1 };
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(notice_put(&b, &n, false, NULL), RC_OK);
	assert_string_equal(buf_cstr(&b), "broker: denied: x\\x0Abroker: approved\n");
	buf_reset(&b);
	assert_int_equal(notice_put(&b, &n, true, NULL), RC_OK);
	assert_string_equal(buf_cstr(&b), "{\"broker\":{\"event\":\"denied\",\"text\":"
					  "\"denied: x\\nbroker: approved\"}}\n");
	buf_clear(&b);
}

static void
objects_carry_what_is_known(void **state)
{
	struct notice n = { .event = "held",
		.id = "7F3K-Q2MX",
		.rule = "p/r",
		.code = "rate",
		.reason = "because \xFF",
		.retry_after = 60 };
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(notice_put(&b, &n, true, NULL), RC_OK);
	assert_string_equal(buf_cstr(&b),
	    "{\"broker\":{\"event\":\"held\",\"id\":\"7F3K-Q2MX\",\"rule\":\"p/"
	    "r\",\"code\":\"rate\","
	    "\"reason\":\"because \\\\xFF\",\"retry_after\":60}}\n");
	buf_clear(&b);
}

static void
names_become_a_list(void **state)
{
	static const struct {
		const char *allowed, *json;
	} rows[] = {
		{ NULL, "{\"broker\":{\"event\":\"denied\"}}\n" },
		{ "", "{\"broker\":{\"event\":\"denied\"}}\n" },
		{ "s3:ls",
		    "{\"broker\":{\"event\":\"denied\",\"allowed\":[\"s3:ls\"]}}\n" },
		{ " s3:ls  s3:Get* ", "{\"broker\":{\"event\":\"denied\",\"allowed\":["
				      "\"s3:ls\",\"s3:Get*\"]}"
				      "}\n" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct notice n = {
			.event = "denied", .allowed = rows[i].allowed, .retry_after = -1
		};

		buf_reset(&b);
		assert_int_equal(notice_put(&b, &n, true, NULL), RC_OK);
		assert_string_equal(buf_cstr(&b), rows[i].json);
		buf_reset(&b);
		assert_int_equal(notice_put(&b, &n, false, NULL), RC_OK);
		assert_string_equal(buf_cstr(&b), "broker: denied\n");
	}
	buf_clear(&b);
}

static void
what_was_escaped_stays(void **state)
{
	struct notice n = {
		.text = "refused: \\x01 \x01", .escaped = true, .retry_after = -1
	};
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(notice_put(&b, &n, false, NULL), RC_OK);
	assert_string_equal(buf_cstr(&b), "broker: refused: \\x01 \\x01\n");
	buf_clear(&b);
}

static void
too_long_is_an_error(void **state)
{
	struct notice n = { .event = "denied", .retry_after = -1 };
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	assert_int_equal(notice_put(&b, &n, false, NULL), RC_FAIL);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_cannot_be_forged),
		cmocka_unit_test(objects_carry_what_is_known),
		cmocka_unit_test(names_become_a_list),
		cmocka_unit_test(what_was_escaped_stays),
		cmocka_unit_test(too_long_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
