/* What a receiver computes, with numbers that anybody can check. */
#include "tests/support/unit.h"

#include "broker/monitor/noticesign.h"

#define ID "0193a5c0f00d0123456789"

static char line[256];

static enum rc
sign(const char *secret, uint64_t t, const char *id, const char *body)
{
	struct buf b;

	buf_over(&b, line, sizeof line);
	if (noticesign_put(span_of(secret), t, id, span_of(body), &b, NULL) != RC_OK)
		return RC_FAIL;
	(void)buf_cstr(&b);
	return RC_OK;
}

/* Made by
 *	printf '1763712000.%s.{"event":"test"}' ID | openssl dgst -sha256 -hmac SECRET
 */
static void
a_vector(void **state)
{
	(void)state;
	assert_int_equal(sign("a secret of sixteen bytes and more", 1763712000, ID,
			     "{\"event\":\"test\"}"),
	    RC_OK);
	assert_string_equal(line,
	    "Broker-Signature: t=1763712000,id=" ID
	    ",v1=f82846001ad78fed14c3286b015afa8a21f27d7ee39e67b04726f1a8854a7d54\r\n");
}

static void
each_part_counts(void **state)
{
	static const struct {
		const char *secret;
		uint64_t t;
		const char *id, *body;
	} rows[] = {
		{ "0123456789abcdef", 1, "a", "b" },
		{ "0123456789abcdeg", 1, "a", "b" },
		{ "0123456789abcdef", 2, "a", "b" },
		{ "0123456789abcdef", 1, "c", "b" },
		{ "0123456789abcdef", 1, "a", "c" },
		{ "0123456789abcdef", 1, "a", "" },
	};
	char seen[ROWS(rows)][65];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(
		    sign(rows[i].secret, rows[i].t, rows[i].id, rows[i].body), RC_OK);
		assert_int_equal(strlen(strstr(line, "v1=")), 3 + 64 + 2);
		snprintf(seen[i], sizeof seen[i], "%.64s", strstr(line, "v1=") + 3);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(seen[i], seen[k]);
	}
}

static void
a_line_that_does_not_fit_is_an_error(void **state)
{
	char room[32];
	struct buf b;

	(void)state;
	buf_over(&b, room, sizeof room);
	assert_int_equal(
	    noticesign_put(span_of("s"), 1, ID, span_of("x"), &b, NULL), RC_FAIL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vector),
		cmocka_unit_test(each_part_counts),
		cmocka_unit_test(a_line_that_does_not_fit_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
