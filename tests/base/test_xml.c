#include "tests/support/unit.h"

#include "lib/base/xml.h"

static enum rc
read_one(const char *doc, size_t len, const char *path, struct xml_field *f)
{
	struct err err;

	*f = (struct xml_field){ .path = path };
	return xml_read(span_make(doc, len), f, 1, &err);
}

static void
fields_are_found_by_path(void **state)
{
	static const struct {
		const char *doc, *raw;
	} rows[] = { { "<a><b>x</b></a>", "x" },
		{ "<?xml version=\"1.0\"?>\n<a>\n <b>x</b></a>\n", "x" },
		{ "<?xml version='1.0' encoding=\"utf-8\"?><a><b>x</b></a>", "x" },
		{ "<?xml\tversion = '1.0' standalone='yes' ?><a><b>x</b></a>", "x" },
		{ "<?xml version='1.0' encoding='UTF-7'?><a><b>x</b></a>", NULL },
		{ "<?xml version='1.0' encoding='ISO-8859-1'?><a><b>x</b></a>", NULL },
		{ "<?xml version='1.0' encoding?><a><b>x</b></a>", NULL },
		{ "<?xml version='1.0' encoding='UTF-8' encoding='UTF-7'?><a/>", NULL },
		{ "<?xml version='1.1'?><a><b>x</b></a>", NULL },
		{ "<?xml encoding='UTF-8'?><a><b>x</b></a>", NULL },
		{ "<?xml version='1.0?><a><b>x</b></a>", NULL },
		{ "<?xml-stylesheet href='x'?><a><b>x</b></a>", NULL },
		{ "<a n='1' m=\"<>\"><b>x</b></a>", NULL },
		{ "<a n='>' xmlns=\"u\"><c/><b >x</b ></a>", "x" },
		{ "<a><b></b></a>", "" }, { "<a><b/></a>", "" },
		{ "<a><c><b>y</b></c><b>x&amp;</b></a>", "x&amp;" } };
	struct xml_field f;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		enum rc rc = read_one(rows[i].doc, strlen(rows[i].doc), "a/b", &f);

		assert_int_equal(rc, rows[i].raw == NULL ? RC_REFUSE : RC_OK);
		if (rows[i].raw == NULL)
			continue;
		assert_true(f.found);
		assert_true(span_is(f.raw, rows[i].raw));
	}
	assert_int_equal(read_one("<a><c/></a>", 11, "a/b", &f), RC_OK);
	assert_false(f.found);
	assert_int_equal(read_one("<b>x</b>", 8, "a/b", &f), RC_OK);
	assert_false(f.found);
}

static void
malformed_documents_are_refused(void **state)
{
	static const char *const bad[] = { "", " ", "x", "<", "<a", "<a>", "<a><b></a>",
		"<a></b>", "</a>", "<a></a><b></b>", "<a></a>x", "x<a></a>", "<a></a",
		"<a><!-- c --></a>", "<!DOCTYPE a><a></a>", "<a><![CDATA[x]]></a>",
		"<a><?pi?></a>", "<a b></a>", "<a b=c></a>", "<a b=\"c></a>",
		"<a / ></a>", "< a></a>", "<a><b>1</b><b>2</b></a>",
		"<a><b><c>1</c></b></a>", "<a\"></a>", "<a><b>\xFF</b></a>",
		"<a><b>\x01</b></a>", "<?xml version='1.0'", "\xEF\xBB\xBF<a></a>",
		"<a>\x7F</a", "<a><></a>" };
	struct xml_field f;

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		if (read_one(bad[i], strlen(bad[i]), "a/b", &f) != RC_REFUSE)
			print_error("# %s\n", bad[i]);
		assert_int_equal(
		    read_one(bad[i], strlen(bad[i]), "a/b", &f), RC_REFUSE);
	}
	assert_int_equal(read_one("<a>\0</a>", 8, "a/b", &f), RC_REFUSE);
}

static void
bounds_are_kept(void **state)
{
	struct xml_field f;
	struct buf doc;

	(void)state;
	buf_init(&doc, 1 << 20);
	for (unsigned i = 0; i <= XML_DEPTH_MAX; i++)
		buf_text(&doc, "<a>");
	for (unsigned i = 0; i <= XML_DEPTH_MAX; i++)
		buf_text(&doc, "</a>");
	assert_int_equal(read_one((char *)doc.p, doc.len, "a/b", &f), RC_REFUSE);
	/* One level less is fine. */
	assert_int_equal(read_one((char *)doc.p + 3, doc.len - 7, "a/b", &f), RC_OK);
	buf_reset(&doc);
	buf_text(&doc, "<a>");
	for (unsigned i = 0; i < XML_COUNT_MAX; i++)
		buf_text(&doc, "<c/>");
	buf_text(&doc, "</a>");
	assert_int_equal(read_one((char *)doc.p, doc.len, "a/b", &f), RC_REFUSE);
	buf_reset(&doc);
	buf_text(&doc, "<");
	for (unsigned i = 0; i <= XML_NAME_MAX; i++)
		buf_text(&doc, "n");
	buf_text(&doc, "/>");
	assert_int_equal(read_one((char *)doc.p, doc.len, "a/b", &f), RC_REFUSE);
	buf_clear(&doc);
}

static void
entities_are_resolved(void **state)
{
	static const struct {
		const char *raw, *text;
	} rows[] = { { "", "" }, { "a&amp;b&lt;&gt;&quot;&apos;", "a&b<>\"'" },
		{ "&#65;&#x41;&#x2f;", "AA/" }, { "&#xE4;&#8364;&#x1F600;", "ä€😀" },
		{ "a\r\nb\rc\r\r\nd&#13;", "a\nb\nc\n\nd\r" }, { "&amp;lt;", "&lt;" },
		{ "&", NULL }, { "&;", NULL }, { "&amp", NULL }, { "&foo;", NULL },
		{ "&#0;", NULL }, { "&#x0;", NULL }, { "&#xD800;", NULL },
		{ "&#x110000;", NULL }, { "&#1;", NULL }, { "&#;", NULL },
		{ "&#x;", NULL }, { "&#-1;", NULL }, { "&#99999999999;", NULL },
		{ "&#6 5;", NULL } };
	struct buf b;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		enum rc rc;

		buf_init(&b, 256);
		rc = xml_decode(span_of(rows[i].raw), &b, NULL);
		assert_int_equal(rc, rows[i].text == NULL ? RC_REFUSE : RC_OK);
		if (rows[i].text != NULL)
			assert_string_equal(buf_cstr(&b), rows[i].text);
		buf_clear(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_found_by_path),
		cmocka_unit_test(malformed_documents_are_refused),
		cmocka_unit_test(bounds_are_kept),
		cmocka_unit_test(entities_are_resolved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
