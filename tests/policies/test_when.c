#include "tests/support/unit.h"

#include "policies/arnpattern.h"
#include "policies/when.h"

static struct zones *zones;

static enum rc
read_text(const char *text, struct yaml_doc **doc, struct when **w, struct err *err)
{
	*w = NULL;
	assert_int_equal(yaml_parse("w.yaml", span_of(text), doc, err), RC_OK);
	return when_read(yaml_root(*doc), zones, w, err);
}

static uint64_t
moment(const char *text)
{
	struct yaml_doc *doc = NULL;
	char quoted[64];
	uint64_t ms = 0;

	snprintf(quoted, sizeof quoted, "\"%s\"", text);
	assert_int_equal(yaml_parse("m.yaml", span_of(quoted), &doc, NULL), RC_OK);
	if (when_read_moment(yaml_root(doc), NULL, NULL, &ms, NULL) != RC_OK)
		fail_msg("%s", text);
	yaml_doc_free(doc);
	return ms;
}

static void
moments_are_in_or_out(void **state)
{
	static const struct {
		const char *text, *at;
		unsigned fit;
	} rows[] = {
		/* 2026-01-02 was a Friday. */
		{ "{days: fri}", "2026-01-02T00:00Z", FIT_BOTH },
		{ "{days: fri}", "2026-01-02T23:59:59Z", FIT_BOTH },
		{ "{days: fri}", "2026-01-03T00:00Z", FIT_NO },
		{ "{days: [mon, fri]}", "2026-01-02T12:00Z", FIT_BOTH },
		{ "{days: mon-fri}", "2026-01-02T12:00Z", FIT_BOTH },
		{ "{days: mon-fri}", "2026-01-03T12:00Z", FIT_NO },
		{ "{days: [mon-wed, sat-sun]}", "2026-01-02T12:00Z", FIT_NO },
		{ "{days: sat-mon}", "2026-01-04T12:00Z", FIT_BOTH },
		{ "{days: sat-mon}", "2026-01-05T12:00Z", FIT_BOTH },
		{ "{days: sat-mon}", "2026-01-06T12:00Z", FIT_NO },
		{ "{hours: '08:00-18:00'}", "2026-01-02T07:59:59Z", FIT_NO },
		{ "{hours: '08:00-18:00'}", "2026-01-02T08:00Z", FIT_BOTH },
		{ "{hours: '08:00-18:00'}", "2026-01-02T17:59:59Z", FIT_BOTH },
		{ "{hours: '08:00-18:00'}", "2026-01-02T18:00Z", FIT_NO },
		{ "{hours: ['08:00-09:00', '10:30-10:31']}", "2026-01-02T10:30Z",
		    FIT_BOTH },
		{ "{hours: ['08:00-09:00', '10:30-10:31']}", "2026-01-02T10:31Z",
		    FIT_NO },
		{ "{hours: '00:00-24:00'}", "2026-01-02T23:59:59Z", FIT_BOTH },
		{ "{hours: '00:00-24:00', days: thu}", "2026-01-02T00:00Z", FIT_NO },
		{ "{hours: '22:00-06:00'}", "2026-01-02T05:59Z", FIT_BOTH },
		{ "{hours: '22:00-06:00'}", "2026-01-02T06:00Z", FIT_NO },
		{ "{hours: '22:00-06:00'}", "2026-01-02T22:00Z", FIT_BOTH },
		{ "{hours: '22:00-00:00'}", "2026-01-02T23:59Z", FIT_BOTH },
		{ "{hours: '22:00-00:00'}", "2026-01-02T00:00Z", FIT_NO },
		/* The day is the one on which the hours begin. */
		{ "{days: fri, hours: '22:00-06:00'}", "2026-01-02T05:00Z", FIT_NO },
		{ "{days: fri, hours: '22:00-06:00'}", "2026-01-02T22:00Z", FIT_BOTH },
		{ "{days: fri, hours: '22:00-06:00'}", "2026-01-03T05:00Z", FIT_BOTH },
		{ "{days: sun, hours: '22:00-06:00'}", "2026-01-05T05:00Z", FIT_BOTH },
		{ "{days: fri, hours: '22:00-06:00'}", "2026-01-03T22:00Z", FIT_NO },
		/* In Berlin, one or two hours ahead. */
		{ "{hours: '08:00-18:00', tz: Europe/Berlin}", "2026-01-02T07:00Z",
		    FIT_BOTH },
		{ "{hours: '08:00-18:00', tz: Europe/Berlin}", "2026-01-02T06:59Z",
		    FIT_NO },
		{ "{hours: '08:00-18:00', tz: Europe/Berlin}", "2026-07-03T06:00Z",
		    FIT_BOTH },
		{ "{hours: '08:00-18:00', tz: Europe/Berlin}", "2026-07-03T16:00Z",
		    FIT_NO },
		{ "{days: sat, tz: Pacific/Auckland}", "2026-01-02T12:00Z", FIT_BOTH },
		{ "{days: thu, tz: America/Los_Angeles}", "2026-01-02T07:59Z",
		    FIT_BOTH },
		{ "{days: thu, tz: UTC}", "2026-01-02T07:59Z", FIT_NO },
		/* from is included, until is not. */
		{ "{from: '2026-01-02T08:00Z'}", "2026-01-02T07:59:59Z", FIT_NO },
		{ "{from: '2026-01-02T08:00Z'}", "2026-01-02T08:00Z", FIT_BOTH },
		{ "{until: '2026-01-02T08:00:30+01:00'}", "2026-01-02T07:00:29Z",
		    FIT_BOTH },
		{ "{until: '2026-01-02T08:00:30+01:00'}", "2026-01-02T07:00:30Z",
		    FIT_NO },
		{ "{from: '2026-01-02T08:00-05:30'}", "2026-01-02T13:30Z", FIT_BOTH },
		{ "{from: '2026-01-02T08:00-05:30'}", "2026-01-02T13:29Z", FIT_NO },
		/* A date is a whole day of the zone. */
		{ "{from: 2026-01-02, until: 2026-01-02, tz: Europe/Berlin}",
		    "2026-01-01T22:59:59Z", FIT_NO },
		{ "{from: 2026-01-02, until: 2026-01-02, tz: Europe/Berlin}",
		    "2026-01-01T23:00Z", FIT_BOTH },
		{ "{from: 2026-01-02, until: 2026-01-02, tz: Europe/Berlin}",
		    "2026-01-02T22:59:59Z", FIT_BOTH },
		{ "{from: 2026-01-02, until: 2026-01-02, tz: Europe/Berlin}",
		    "2026-01-02T23:00Z", FIT_NO },
		{ "{until: 2028-02-29}", "2028-02-29T23:59:59Z", FIT_BOTH },
		{ "{until: 2028-02-29}", "2028-03-01T00:00Z", FIT_NO },
		{ "{days: fri, from: 2026-01-03}", "2026-01-02T12:00Z", FIT_NO },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct when *w;
		struct err err = { "" };

		if (read_text(rows[i].text, &doc, &w, &err) != RC_OK)
			fail_msg("%s: %s", rows[i].text, err.text);
		if (when_fit(w, moment(rows[i].at)) != rows[i].fit)
			fail_msg("%s at %s", rows[i].text, rows[i].at);
		assert_int_equal(when_fit(w, 0), FIT_MAYBE);
		assert_int_equal(when_fit(w, UINT64_MAX), FIT_MAYBE);
		when_free(w);
		yaml_doc_free(doc);
	}
	assert_int_equal(when_fit(NULL, 0), FIT_BOTH);
}

static void
malformed_times_are_refused(void **state)
{
	static const struct {
		const char *text, *err;
	} rows[] = {
		{ "[]", "w.yaml:1:1: expected a mapping" },
		{ "{}", "at least 1 entry" },
		{ "{day: mon}", "w.yaml:1:2: expected a key out of days, hours, tz" },
		{ "{change_ticket: required}",
		    "`change_ticket` is not in this version" },
		{ "{days: monday}", "w.yaml:1:8: expected a day, mon to sun" },
		{ "{days: Mon}", "expected a day" },
		{ "{days: mon-}", "expected a day" },
		{ "{days: mon_fri}", "expected a day" },
		{ "{days: mon-fry}", "expected a day" },
		{ "{days: []}", "at least 1 entry" },
		{ "{days: {a: b}}", "expected a list" },
		{ "{hours: '8:00-18:00'}", "w.yaml:1:9: expected hours such as" },
		{ "{hours: '08:00'}", "expected hours such as" },
		{ "{hours: '08:00-25:00'}", "expected hours such as" },
		{ "{hours: '08:00-24:01'}", "expected hours such as" },
		{ "{hours: '24:00-08:00'}", "expected hours such as" },
		{ "{hours: '08:60-09:00'}", "expected hours such as" },
		{ "{hours: '08:00-18:00 '}", "expected hours such as" },
		{ "{hours: '08:00-18:00:00'}", "expected hours such as" },
		{ "{hours: '08:00-08:00'}", "expected hours with an end" },
		{ "{hours: []}", "at least 1 entry" },
		{ "{hours: ['00:00-01:00', '00:00-01:00', '00:00-01:00', "
		  "'00:00-01:00', '00:00-01:00', '00:00-01:00', '00:00-01:00', "
		  "'00:00-01:00', '00:00-01:00', '00:00-01:00', '00:00-01:00', "
		  "'00:00-01:00', '00:00-01:00', '00:00-01:00', '00:00-01:00', "
		  "'00:00-01:00', '00:00-01:00']}",
		    "expected at most 16 entries" },
		{ "{tz: Europe/Nowhere}", "w.yaml:1:6: expected a time zone of this" },
		{ "{tz: ../passwd}", "expected a time zone of this machine" },
		{ "{tz: [UTC]}", "expected text" },
		{ "{tz: +01:00}", "expected a time zone of this machine" },
		{ "{from: today}", "w.yaml:1:8: expected a moment such as" },
		{ "{from: '2026-01-02T08:00'}", "expected a moment" },
		{ "{from: '2026-01-02 08:00Z'}", "expected a moment" },
		{ "{from: '2026-01-02T08:00z'}", "expected a moment" },
		{ "{from: '2026-01-02T24:00Z'}", "expected a moment" },
		{ "{from: '2026-01-02T08:00:60Z'}", "expected a moment" },
		{ "{from: '2026-01-02T08:00:00.5Z'}", "expected a moment" },
		{ "{from: '2026-01-02T08:00+24:00'}", "expected a moment" },
		{ "{from: '2026-01-02T08:00+0100'}", "expected a moment" },
		{ "{from: '2026-01-02T08:00ZZ'}", "expected a moment" },
		{ "{from: '2026-13-02'}", "expected a moment" },
		{ "{from: '2026-00-02'}", "expected a moment" },
		{ "{from: '2026-01-00'}", "expected a moment" },
		{ "{from: '2026-02-29'}", "expected a moment" },
		{ "{from: '2100-02-29'}", "expected a moment" },
		{ "{from: '2026-04-31'}", "expected a moment" },
		{ "{from: '26-04-30'}", "expected a moment" },
		{ "{from: '1969-12-31'}", "expected a moment" },
		{ "{from: '1970-01-01'}", "expected a moment" },
		{ "{from: [x]}", "expected a moment" },
		{ "{from: 2026-01-02, until: 2026-01-01}",
		    "w.yaml:1:27: expected a moment behind that of `from`" },
		{ "{from: '2026-01-02T00:00Z', until: '2026-01-02T00:00Z'}",
		    "expected a moment behind" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct when *w;
		struct err err = { "" };

		if (read_text(rows[i].text, &doc, &w, &err) != RC_REFUSE ||
		    strstr(err.text, rows[i].err) == NULL)
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_null(w);
		yaml_doc_free(doc);
	}
}

static void
what_never_opens_is_known(void **state)
{
	static const struct {
		const char *text;
		bool possible, over; /* at the end of January 2026 */
	} rows[] = {
		{ "{days: fri}", true, false },
		{ "{from: 2026-01-02}", true, false },
		{ "{until: 2026-01-02}", true, true },
		{ "{until: 2026-02-02}", true, false },
		{ "{days: fri, from: 2026-01-02, until: 2026-01-02}", true, true },
		{ "{days: fri, from: 2026-01-03, until: 2026-01-08}", false, true },
		{ "{days: fri, from: 2026-01-03, until: 2026-01-09}", true, true },
		{ "{hours: '12:00-12:01', from: '2026-01-02T11:00Z', until: "
		  "'2026-01-02T12:00Z'}",
		    false, true },
		{ "{hours: '12:00-12:01', from: '2026-01-02T11:00:30Z', until: "
		  "'2026-01-02T12:00:01Z'}",
		    true, true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct when *w;

		assert_int_equal(read_text(rows[i].text, &doc, &w, NULL), RC_OK);
		if (when_possible(w) != rows[i].possible ||
		    when_over(w, moment("2026-01-31T00:00Z")) != rows[i].over)
			fail_msg("%s", rows[i].text);
		when_free(w);
		yaml_doc_free(doc);
	}
	assert_true(when_possible(NULL));
	assert_false(when_over(NULL, UINT64_MAX));
}

static int
set_up(void **state)
{
	(void)state;
	return (zones = zones_new(NULL)) == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	zones_free(zones);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_are_in_or_out),
		cmocka_unit_test(malformed_times_are_refused),
		cmocka_unit_test(what_never_opens_is_known),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
