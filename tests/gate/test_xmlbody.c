#include "tests/support/unit.h"

#include "broker/gate/xmlbody.h"

static void
a_tree_is_built(void **state)
{
	static const char text[] = "<?xml version=\"1.0\"?><Delete xmlns=\"u\"><Object>"
				   "<Key>a&amp;b</Key></Object><Object><Key/>"
				   "</Object><Quiet>true</Quiet></Delete>";
	struct refused why = { 0 };
	struct xmlbody x;
	struct buf b;
	size_t first, second, quiet;

	(void)state;
	assert_int_equal(xmlbody_read(span_of(text), &x, &why), RC_OK);
	assert_int_equal(x.n, 6);
	assert_true(span_is(x.v[0].name, "Delete"));
	first = x.v[0].child;
	second = x.v[first].next;
	quiet = x.v[second].next;
	assert_true(span_is(x.v[first].name, "Object"));
	assert_true(x.v[first].parent);
	assert_true(span_is(x.v[quiet].name, "Quiet"));
	assert_false(x.v[quiet].parent);
	assert_int_equal(x.v[quiet].next, 0);
	buf_init(&b, 100);
	assert_int_equal(xmlbody_text(&x.v[x.v[first].child], &b, &why), RC_OK);
	assert_string_equal(buf_cstr(&b), "a&b");
	assert_int_equal(x.v[x.v[second].child].raw.len, 0);
	buf_clear(&b);
	xmlbody_clear(&x);
}

static void
what_is_ill_formed_is_refused(void **state)
{
	static const char *const rows[] = { "", "x", "<a>", "<a></b>", "<a/><b/>",
		"<!DOCTYPE a><a/>", "<a><!-- --></a>", "<a><![CDATA[x]]></a>",
		"<?x?><a/>", "<a b=c/>", "<a>\x01</a>", "<a>\xFF</a>",
		"\xEF\xBB\xBF<a/>" };
	struct refused why = { 0 };
	struct xmlbody x;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (xmlbody_read(span_of(rows[i]), &x, &why) != RC_REFUSE)
			fail_msg("row %zu was not refused", i);
	assert_string_equal(why.code, "MalformedXML");
}

static void
entities_and_numbers_of_elements_are_bounded(void **state)
{
	struct refused why = { 0 };
	struct xmlbody x;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	assert_int_equal(xmlbody_read(span_of("<a>&x;</a>"), &x, &why), RC_OK);
	assert_int_equal(xmlbody_text(&x.v[0], &b, &why), RC_REFUSE);
	xmlbody_clear(&x);
	buf_reset(&b);
	buf_text(&b, "<a>");
	for (unsigned i = 0; i < XMLBODY_ELEMENTS; i++)
		buf_text(&b, "<b/>");
	buf_text(&b, "</a>");
	assert_int_equal(xmlbody_read(buf_span(&b), &x, &why), RC_REFUSE);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_is_built),
		cmocka_unit_test(what_is_ill_formed_is_refused),
		cmocka_unit_test(entities_and_numbers_of_elements_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
