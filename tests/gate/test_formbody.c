#include "tests/support/unit.h"

#include "broker/gate/formbody.h"

static void
a_form_is_decoded(void **state)
{
	struct refused why = { 0 };
	struct formbody f;

	(void)state;
	assert_int_equal(formbody_read(span_of("Action=A%2bB+c&x.1=&y&%C3%A4=%26"),
			     FORMBODY_PLUS, &f, &why),
	    RC_OK);
	assert_int_equal(f.n, 4);
	assert_true(span_is(*formbody_find(&f, "Action"), "A+B c"));
	assert_true(span_is(*formbody_find(&f, "x.1"), ""));
	assert_true(span_is(*formbody_find(&f, "y"), ""));
	assert_true(span_is(f.v[3].name, "\xC3\xA4"));
	assert_null(formbody_find(&f, "action"));
	formbody_clear(&f);
	assert_int_equal(formbody_read(span_of(""), 0, &f, &why), RC_OK);
	assert_int_equal(f.n, 0);
	formbody_clear(&f);
	assert_int_equal(
	    formbody_read(span_of("a=1&a=2"), FORMBODY_REPEATS, &f, &why), RC_OK);
	assert_true(span_is(*formbody_find(&f, "a"), "1"));
	formbody_clear(&f);
}

static void
what_is_no_form_is_refused(void **state)
{
	static const char *const rows[] = { "Action=A&Action=B", "a=1&b=2&%61=3", "a=%",
		"a=%1", "a=%zz", "%=1", "=1", "&", "a=1&", "a=1&&b=2", "a=%00", "a=%FF",
		"a=%C3" };
	struct refused why = { 0 };
	struct formbody f;
	char *many;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (formbody_read(span_of(rows[i]), FORMBODY_PLUS, &f, &why) !=
		    (strcmp(rows[i], "a=1&") == 0 ? RC_OK : RC_REFUSE))
			fail_msg("row %zu was not refused", i);
		else if (strcmp(rows[i], "a=1&") == 0)
			formbody_clear(&f);
	assert_int_equal(formbody_read(span_of("a=b+c"), 0, &f, &why), RC_REFUSE);
	many = malloc(2 * FORMBODY_PAIRS + 4);
	assert_non_null(many);
	for (size_t i = 0; i <= FORMBODY_PAIRS; i++)
		memcpy(many + 2 * i, "a&", 2);
	assert_int_equal(formbody_read(span_make(many, 2 * FORMBODY_PAIRS + 2),
			     FORMBODY_REPEATS, &f, &why),
	    RC_REFUSE);
	free(many);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_form_is_decoded),
		cmocka_unit_test(what_is_no_form_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
