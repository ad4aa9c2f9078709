#include "tests/support/unit.h"

#include <string.h>

#include "replay/calls.h"

static struct calls *
make(void)
{
	struct calls *c = NULL;

	assert_int_equal(calls_new(&c, NULL), RC_OK);
	return c;
}

static enum rc
add(struct calls *c, const char *type, int number)
{
	json_t *o = json_pack("{s:s, s:i}", "t", type, "call", number);
	enum rc rc = calls_add(c, (uint64_t)number, o, 10, NULL);

	json_decref(o);
	return rc;
}

/* "made 1 whole", "refused 2", "made 3 open", "end 4", or "". */
static const char *
take(struct calls *c, bool all)
{
	static char text[64];
	struct calls_row row;
	json_t *o;

	text[0] = '\0';
	if (!calls_take(c, all, &row))
		return text;
	o = row.event != NULL ? row.event : row.done;
	snprintf(text, sizeof text, "%s %lld%s",
	    row.event == NULL		? "end"
	    : row.kind == CALLS_MADE	? "made"
	    : row.kind == CALLS_REFUSED ? "refused"
					: "note",
	    (long long)json_integer_value(json_object_get(o, "call")),
	    row.event == NULL || row.kind != CALLS_MADE ? ""
	    : row.done != NULL				? " whole"
							: " open");
	json_decref(row.event);
	json_decref(row.done);
	return text;
}

static void
ends_find_their_beginnings(void **state)
{
	struct calls *c = make();

	(void)state;
	assert_int_equal(add(c, "aws.call", 1), RC_OK);
	assert_int_equal(add(c, "aws.call", 2), RC_OK);
	assert_int_equal(add(c, "aws.refused", 3), RC_OK);
	assert_int_equal(add(c, "aws.done", 2), RC_OK);
	/* In the order of their beginnings. */
	assert_string_equal(take(c, false), "");
	assert_int_equal(add(c, "aws.done", 1), RC_OK);
	assert_string_equal(take(c, false), "made 1 whole");
	assert_string_equal(take(c, false), "made 2 whole");
	assert_string_equal(take(c, false), "refused 3");
	assert_string_equal(take(c, false), "");
	assert_string_equal(take(c, true), "");
	calls_free(c);
	calls_free(NULL);
}

static void
what_has_no_end_comes_at_the_end(void **state)
{
	struct calls *c = make();

	(void)state;
	assert_int_equal(add(c, "aws.call", 1), RC_OK);
	assert_int_equal(add(c, "limit", 2), RC_OK);
	assert_string_equal(take(c, false), "");
	assert_string_equal(take(c, true), "made 1 open");
	assert_string_equal(take(c, true), "note 2");
	calls_free(c);
}

static void
strange_events_do_no_harm(void **state)
{
	static const char *const rows[] = { "{}", "{\"t\":7}",
		"{\"t\":\"session.open\"}", "{\"t\":\"aws.body\",\"call\":1}",
		"{\"t\":\"aws.calls\"}" };
	struct calls *c = make();

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		json_t *o = json_loads(rows[i], 0, NULL);

		assert_non_null(o);
		assert_int_equal(calls_add(c, 0, o, 10, NULL), RC_OK);
		assert_string_equal(take(c, true), "");
		json_decref(o);
	}
	/* An end without a beginning, twice; the same number twice. */
	assert_int_equal(add(c, "aws.done", 9), RC_OK);
	assert_string_equal(take(c, false), "end 9");
	assert_int_equal(add(c, "aws.call", 5), RC_OK);
	assert_int_equal(add(c, "aws.call", 5), RC_OK);
	assert_int_equal(add(c, "aws.done", 5), RC_OK);
	assert_string_equal(take(c, true), "made 5 open");
	assert_string_equal(take(c, true), "made 5 whole");
	/* What is left is freed. */
	assert_int_equal(add(c, "aws.call", 6), RC_OK);
	calls_free(c);
}

static void
what_waits_is_bounded(void **state)
{
	struct calls *c = make();
	json_t *o = json_pack("{s:s, s:i}", "t", "aws.call", "call", 1);

	(void)state;
	for (int i = 0; i < CALLS_MOST; i++)
		assert_int_equal(add(c, "aws.call", i), RC_OK);
	assert_string_equal(take(c, false), "");
	assert_int_equal(add(c, "aws.call", CALLS_MOST), RC_OK);
	/* Nobody takes it: no more. */
	assert_int_equal(add(c, "aws.call", CALLS_MOST + 1), RC_FAIL);
	assert_string_equal(take(c, false), "made 0 open");
	assert_string_equal(take(c, false), "");
	while (take(c, true)[0] != '\0')
		;
	assert_int_equal(calls_add(c, 0, o, CALLS_BYTES, NULL), RC_OK);
	assert_string_equal(take(c, false), "");
	assert_int_equal(calls_add(c, 0, o, 1, NULL), RC_OK);
	assert_string_equal(take(c, false), "made 1 open");
	assert_string_equal(take(c, false), "");
	json_decref(o);
	calls_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_find_their_beginnings),
		cmocka_unit_test(what_has_no_end_comes_at_the_end),
		cmocka_unit_test(strange_events_do_no_harm),
		cmocka_unit_test(what_waits_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
