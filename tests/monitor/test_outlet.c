#include "tests/support/unit.h"

#include "broker/monitor/outlet.h"

static void
each_form_is_read(void **state)
{
	static const struct {
		const char *text;
		enum outlet_kind kind;
		const char *bucket, *prefix, *region, *folder;
		bool answers;
	} rows[] = {
		{ "file:///srv/log", OUTLET_FILE, "", "", "", "/srv/log", false },
		{ "file:///a..b/c", OUTLET_FILE, "", "", "", "/a..b/c", false },
		{ "https://log.example/in", OUTLET_HTTPS, "", "", "", NULL, true },
		{ "https://log.example:8443/", OUTLET_HTTPS, "", "", "", NULL, true },
		{ "https://log.example", OUTLET_HTTPS, "", "", "", NULL, true },
		{ "s3://copies/a/b/?region=eu-west-1", OUTLET_S3, "copies", "a/b",
		    "eu-west-1", NULL, true },
		{ "s3://copies?region=eu-west-1", OUTLET_S3, "copies", "", "eu-west-1",
		    NULL, true },
		{ "syslog:", OUTLET_SYSLOG, "", "", "", NULL, false },
	};
	const char *why;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct outlet o;

		if (!outlet_parse(span_of(rows[i].text), &o, &why))
			fail_msg("%s: %s", rows[i].text, why);
		assert_int_equal(o.kind, rows[i].kind);
		assert_string_equal(o.text, rows[i].text);
		assert_string_equal(o.bucket, rows[i].bucket);
		assert_string_equal(o.prefix, rows[i].prefix);
		assert_string_equal(o.region, rows[i].region);
		assert_int_equal(outlet_answers(&o), rows[i].answers);
		if (rows[i].folder != NULL)
			assert_string_equal(outlet_folder(&o), rows[i].folder);
	}
}

static void
everything_else_is_refused(void **state)
{
	static const char *const rows[] = { "", "x", "http://log.example/",
		"file:", "file:///", "file://host/dir", "file:///a/../b",
		"file:///a/%2e%2e/b", "file:///a b", "file:///a\nb", "https://",
		"https:///path", "https://user@host/", "https://host:0/",
		"https://host:99999/", "https://host/a#b", "https://ho st/",
		"https://host/\r\nX: y", "https://[::1", "s3://", "s3://copies",
		"s3://copies/a", "s3://Copies/a?region=eu-west-1",
		"s3://copies/a?region=", "s3://copies/a?region=Nowhere!",
		"s3://copies//a?region=eu-west-1", "s3://copies/../a?region=eu-west-1",
		"s3://copies/a?region=eu-west-1&x=y", "s3://copies/a?REGION=eu-west-1",
		"syslog:x", "syslog://host", "SYSLOG:", "\xc3\xa9" };
	char longer[OUTLET_TEXT_MAX + 2];
	struct outlet o = { .kind = OUTLET_S3 };
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		if (outlet_parse(span_of(rows[i]), &o, &why))
			fail_msg("%s was read", rows[i]);
		assert_non_null(why);
	}
	memset(longer, 'a', sizeof longer);
	memcpy(longer, "https://h/", 10);
	assert_false(outlet_parse(span_make(longer, sizeof longer - 1), &o, &why));
	assert_false(outlet_parse(span_make("syslog:\0", 8), &o, &why));
	/* Untouched. */
	assert_int_equal(o.kind, OUTLET_S3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_is_read),
		cmocka_unit_test(everything_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
