/* Calls as people read them, and as approvals bind them. */
#include "tests/support/unit.h"

#include "broker/monitor/calltext.h"

static struct apicall *
put_object(void)
{
	struct apicall *c = NULL;

	assert_int_equal(apicall_new("s3", "PutObject", "eu-west-1", &c, NULL), RC_OK);
	return c;
}

static void
add(struct apicall *c, const char *name, const char *value)
{
	if (value == NULL)
		assert_int_equal(apicall_member(c, name, NULL), RC_OK);
	else
		assert_int_equal(apicall_value(c, name, span_of(value), NULL), RC_OK);
}

static void
is_text(const struct apicall *c, const char *text, bool whole)
{
	bool is_whole = !whole;
	struct buf b;

	buf_init(&b, CALLTEXT_MAX + 1);
	assert_int_equal(calltext_put(c, &b, &is_whole, NULL), RC_OK);
	assert_string_equal(buf_cstr(&b), text);
	assert_int_equal(is_whole, whole);
	buf_clear(&b);
}

static void
members_stand_in_order(void **state)
{
	struct apicall *c = put_object();

	(void)state;
	is_text(c, "s3:PutObject in eu-west-1", true);
	add(c, "Key", "b");
	add(c, "Bucket", "z");
	add(c, "Key", "a"); /* a list is not sorted */
	is_text(c, "s3:PutObject in eu-west-1: Bucket='z' Key='b' Key='a'", true);
	add(c, "Body", NULL);
	is_text(
	    c, "s3:PutObject in eu-west-1: Body=? Bucket='z' Key='b' Key='a'", false);
	apicall_free(c);
}

/* No value reads like the end of one and the beginning of another. */
static void
values_cannot_pass_for_others(void **state)
{
	static const struct {
		const char *value, *text;
	} rows[] = {
		{ "", "''" },
		{ "a' Body='", "'a\\x27 Body=\\x27'" },
		{ "\\x27", "'\\\\x27'" },
		{ "?", "'?'" },
		{ "a\nb", "'a\\x0Ab'" },
		{ "gr\xc3\xbcn", "'gr\xc3\xbcn'" },
		{ "\xe2\x80\xae", "'\\xE2\\x80\\xAE'" },
		{ "\xff", "'\\xFF'" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct apicall *c = put_object();
		char want[128];

		add(c, "Key", rows[i].value);
		snprintf(want, sizeof want, "s3:PutObject in eu-west-1: Key=%s",
		    rows[i].text);
		is_text(c, want, true);
		apicall_free(c);
	}
}

static void
a_long_one_is_not_cut(void **state)
{
	struct apicall *c = put_object();
	char value[2001];
	struct buf b;
	bool whole;

	(void)state;
	memset(value, 'x', 2000);
	value[2000] = '\0';
	for (int i = 0; i < 20; i++)
		add(c, "Key", value);
	buf_init(&b, 1 << 20);
	assert_int_equal(calltext_put(c, &b, &whole, NULL), RC_REFUSE);
	buf_clear(&b);
	apicall_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_stand_in_order),
		cmocka_unit_test(values_cannot_pass_for_others),
		cmocka_unit_test(a_long_one_is_not_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
