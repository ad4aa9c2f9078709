/* An API call's facts: what they keep, their bounds, and their bytes both ways. */
#include "tests/support/unit.h"

#include "policies/apicall.h"

static struct apicall *
call_of(const char *service, const char *operation)
{
	struct apicall *c = NULL;

	assert_int_equal(apicall_new(service, operation, "eu-west-1", &c, NULL), RC_OK);
	return c;
}

static void
value(struct apicall *c, const char *name, const char *text)
{
	assert_int_equal(apicall_value(c, name, span_of(text), NULL), RC_OK);
}

static void
names_are_checked(void **state)
{
	static const struct {
		const char *service, *operation, *region;
	} rows[] = {
		{ "", "ListBuckets", "eu-west-1" },
		{ NULL, "ListBuckets", "eu-west-1" },
		{ "s3", "", "eu-west-1" },
		{ "s3", "ListBuckets", "" },
		{ "s3/x", "ListBuckets", "eu-west-1" },
		{ "s3", "List Buckets", "eu-west-1" },
		{ "s3", "List.Buckets", "eu-west-1" },
		{ "s3", "ListBuckets", "eu_west" },
		{ "s3", "ListBuckets", "\xc3\xa4" },
		{ "a1234567890123456789012345678901234567890123456789012345678901234",
		    "X", "eu-west-1" },
	};
	struct apicall *c = NULL;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_int_equal(apicall_new(rows[i].service, rows[i].operation,
				     rows[i].region, &c, NULL),
		    RC_REFUSE);
	assert_null(c);
	c = call_of("s3", "ListBuckets");
	assert_int_equal(apicall_member(c, "", NULL), RC_REFUSE);
	assert_int_equal(apicall_member(c, "a b", NULL), RC_REFUSE);
	assert_int_equal(apicall_member(c, "a\n", NULL), RC_REFUSE);
	assert_int_equal(apicall_count(c), 0);
	apicall_free(c);
	apicall_free(NULL);
}

static void
keeps_order_and_values(void **state)
{
	struct apicall *c = call_of("s3", "DeleteObjects");
	const struct apicall_param *p;
	size_t at = 0;

	(void)state;
	value(c, "Bucket", "b");
	value(c, "Delete.Objects.Key", "one");
	assert_int_equal(apicall_member(c, "Delete", NULL), RC_OK);
	value(c, "Delete.Objects.Key", "");
	assert_string_equal(apicall_service(c), "s3");
	assert_string_equal(apicall_operation(c), "DeleteObjects");
	assert_string_equal(apicall_region(c), "eu-west-1");
	assert_int_equal(apicall_count(c), 4);
	p = apicall_next(c, "Delete.Objects.Key", &at);
	assert_true(p->known && span_is(p->value, "one"));
	p = apicall_next(c, "Delete.Objects.Key", &at);
	assert_true(p->known && p->value.len == 0);
	assert_null(apicall_next(c, "Delete.Objects.Key", &at));
	assert_false(apicall_at(c, 2)->known);
	assert_null(apicall_at(c, 4));
	at = 0;
	assert_null(apicall_next(c, "delete", &at));
	apicall_free(c);
}

static void
long_values_are_not_known(void **state)
{
	static char text[APICALL_VALUE + 2];
	struct apicall *c = call_of("ssm", "PutParameter");

	(void)state;
	memset(text, 'x', sizeof text - 1);
	value(c, "Value", text);
	text[APICALL_VALUE] = 0;
	value(c, "Name", text);
	assert_false(apicall_at(c, 0)->known);
	assert_int_equal(apicall_at(c, 0)->value.len, 0);
	assert_true(apicall_at(c, 1)->known);
	assert_int_equal(apicall_at(c, 1)->value.len, APICALL_VALUE);
	apicall_free(c);
}

static void
bounds_hold(void **state)
{
	static char text[APICALL_VALUE];
	struct apicall *c = call_of("s3", "DeleteObjects");
	char name[16];
	size_t n = 0;

	(void)state;
	for (; n < APICALL_PARAMS; n++)
		assert_int_equal(apicall_value(c, "K", span_of("x"), NULL), RC_OK);
	assert_int_equal(apicall_value(c, "K", span_of("x"), NULL), RC_REFUSE);
	apicall_free(c);

	c = call_of("s3", "DeleteObjects");
	for (n = 0; apicall_value(c, "K", span_make(text, sizeof text), NULL) == RC_OK;)
		n++;
	assert_in_range(n, 60, APICALL_BYTES / sizeof text);
	apicall_free(c);

	c = call_of("s3", "DeleteObjects");
	for (n = 0; n < 600; n++) {
		snprintf(name, sizeof name, "M%zu", n);
		if (apicall_member(c, name, NULL) != RC_OK)
			break;
	}
	assert_int_equal(n, 512);
	apicall_free(c);
}

/* The largest request of everyday life: a thousand keys, each with its version. */
static void
a_thousand_versions_fit(void **state)
{
	struct apicall *c = call_of("s3", "DeleteObjects"), *back = NULL;
	struct buf b;
	char text[96];

	(void)state;
	value(c, "Bucket", "bucket");
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(text, sizeof text, "logs/2026/%070u", i);
		value(c, "Delete.Objects.Key", text);
		snprintf(text, sizeof text, "%032u", i);
		value(c, "Delete.Objects.VersionId", text);
	}
	buf_init(&b, APICALL_BYTES);
	assert_int_equal(apicall_pack(c, &b, NULL), RC_OK);
	assert_int_equal(apicall_read(buf_span(&b), &back, NULL), RC_OK);
	assert_int_equal(apicall_count(back), 2001);
	assert_true(span_is(apicall_at(back, 2000)->value, text));
	apicall_free(back);
	apicall_free(c);
	buf_clear(&b);
}

static struct buf
packed(void)
{
	struct apicall *c = call_of("s3", "PutObject");
	struct buf b;

	value(c, "Bucket", "b");
	assert_int_equal(apicall_value(c, "Key", span_make("a\0\xff", 3), NULL), RC_OK);
	assert_int_equal(apicall_member(c, "Body", NULL), RC_OK);
	value(c, "Key", "");
	buf_init(&b, APICALL_BYTES);
	assert_int_equal(apicall_pack(c, &b, NULL), RC_OK);
	apicall_free(c);
	return b;
}

static void
bytes_both_ways(void **state)
{
	struct buf b = packed(), again;
	struct apicall *c = NULL;

	(void)state;
	assert_int_equal(apicall_read(buf_span(&b), &c, NULL), RC_OK);
	assert_int_equal(apicall_count(c), 4);
	assert_string_equal(apicall_at(c, 1)->name, "Key");
	assert_true(span_eq(apicall_at(c, 1)->value, span_make("a\0\xff", 3)));
	assert_false(apicall_at(c, 2)->known);
	assert_true(apicall_at(c, 3)->known);
	buf_init(&again, APICALL_BYTES);
	assert_int_equal(apicall_pack(c, &again, NULL), RC_OK);
	assert_true(span_eq(buf_span(&b), buf_span(&again)));
	apicall_free(c);
	buf_clear(&again);
	buf_clear(&b);
}

static void
no_room_is_said(void **state)
{
	struct apicall *c = call_of("s3", "PutObject");
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_int_equal(apicall_pack(c, &b, NULL), RC_FAIL);
	buf_clear(&b);
	apicall_free(c);
}

static void
every_cut_is_refused(void **state)
{
	struct buf b = packed();
	struct apicall *c = NULL;

	(void)state;
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(apicall_read(span_make(b.p, n), &c, NULL), RC_REFUSE);
	buf_u8(&b, 0);
	assert_int_equal(apicall_read(buf_span(&b), &c, NULL), RC_REFUSE);
	assert_null(c);
	buf_clear(&b);
}

/* service "s", operation "O", region "r", then what the case says. */
static enum rc
read_after(const char *tail, size_t n)
{
	struct apicall *c = NULL;
	struct buf b;
	enum rc rc;

	buf_init(&b, 4096);
	buf_string(&b, span_of("s"));
	buf_string(&b, span_of("O"));
	buf_string(&b, span_of("r"));
	buf_put(&b, tail, n);
	rc = apicall_read(buf_span(&b), &c, NULL);
	apicall_free(c);
	buf_clear(&b);
	return rc;
}

#define TAIL(s) s, sizeof(s) - 1

static void
malformed_is_refused(void **state)
{
	static const struct {
		const char *tail;
		size_t n;
		enum rc rc;
	} rows[] = {
		{ TAIL("\0\0\0\0"), RC_OK },
		{ TAIL("\0\1\0\0\0\1A\0\1\0\0\0"), RC_OK },
		{ TAIL("\0\1\0\0\0\1A\0\1\0\0\1\0\0\0\0"), RC_OK },
		/* a flag that is none, a name out of range, a name twice */
		{ TAIL("\0\1\0\0\0\1A\0\1\0\0\2"), RC_REFUSE },
		{ TAIL("\0\1\0\0\0\1A\0\1\0\1\0"), RC_REFUSE },
		{ TAIL("\0\2\0\0\0\1A\0\0\0\1A\0\0"), RC_REFUSE },
		/* an empty name, one with a NUL, one with a blank */
		{ TAIL("\0\1\0\0\0\0\0\0"), RC_REFUSE },
		{ TAIL("\0\1\0\0\0\1\0\0\0"), RC_REFUSE },
		{ TAIL("\0\1\0\0\0\1 \0\0"), RC_REFUSE },
		/* counts that promise too much */
		{ TAIL("\xff\xff"), RC_REFUSE },
		{ TAIL("\0\0\xff\xff"), RC_REFUSE },
		{ TAIL("\0\1\0\0\0\1A\0\1\0\0\1\xff\xff\xff\xff"), RC_REFUSE },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_int_equal(read_after(rows[i].tail, rows[i].n), rows[i].rc);
}

static void
members_of_the_input_end_at_a_dot(void **state)
{
	static const struct {
		const char *name, *top;
	} rows[] = {
		{ "Bucket", "Bucket" },
		{ "Tags.Key", "Tags" },
		{ "Item{id}.S", "Item" },
		{ "a.b{c}", "a" },
		{ ".x", "" },
	};
	char top[APICALL_TOP], huge[APICALL_TOP + 1];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_true(apicall_top(rows[i].name, top));
		assert_string_equal(top, rows[i].top);
	}
	memset(huge, 'a', APICALL_TOP);
	huge[APICALL_TOP] = '\0';
	assert_false(apicall_top(huge, top));
	huge[APICALL_TOP - 1] = '.';
	assert_true(apicall_top(huge, top));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(members_of_the_input_end_at_a_dot),
		cmocka_unit_test(keeps_order_and_values),
		cmocka_unit_test(long_values_are_not_known),
		cmocka_unit_test(bounds_hold),
		cmocka_unit_test(a_thousand_versions_fit),
		cmocka_unit_test(bytes_both_ways),
		cmocka_unit_test(no_room_is_said),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(malformed_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
