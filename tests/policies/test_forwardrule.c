#include "tests/support/unit.h"

#include "policies/arnpattern.h"
#include "policies/forwardrule.h"

static enum rc
read_text(const char *text, enum effect effect, struct yaml_doc **doc,
    struct forwardrule **r, struct err *err)
{
	*r = NULL;
	assert_int_equal(yaml_parse("f.yaml", span_of(text), doc, err), RC_OK);
	return forwardrule_read(yaml_root(*doc), NULL, effect, r, err);
}

static void
connections_fit_or_do_not(void **state)
{
	static const struct facts facts = { .target = "db-1", .target_id = "i-0abc" };
	static const struct {
		const char *text, *host;
		unsigned port, fit;
	} rows[] = {
		{ "{port: 5432}", NULL, 5432, FIT_BOTH },
		{ "{port: 5432}", NULL, 5433, FIT_NO },
		{ "{port: [80, 8000-8010]}", NULL, 80, FIT_BOTH },
		{ "{port: [80, 8000-8010]}", NULL, 7999, FIT_NO },
		{ "{port: [80, 8000-8010]}", NULL, 8000, FIT_BOTH },
		{ "{port: [80, 8000-8010]}", NULL, 8010, FIT_BOTH },
		{ "{port: [80, 8000-8010]}", NULL, 8011, FIT_NO },
		{ "{port: 1-65535}", NULL, 0, FIT_NO },
		{ "{port: 1-65535}", NULL, 65536, FIT_NO },
		/* Without a host only the target itself is surely meant. */
		{ "{port: 5432}", "db.internal", 5432, FIT_MAYBE },
		{ "{port: 5432, host: db.internal}", NULL, 5432, FIT_NO },
		{ "{port: 5432, host: db.internal}", "db.internal", 5432, FIT_BOTH },
		{ "{port: 5432, host: db.internal}", "DB.Internal.", 5432, FIT_BOTH },
		{ "{port: 5432, host: db.internal}", "db.internal.x", 5432, FIT_NO },
		{ "{port: 5432, host: {glob: '*.internal'}}", "a.internal", 5432,
		    FIT_BOTH },
		{ "{port: 5432, host: [a, '10.0.0.1']}", "10.0.0.1", 5432, FIT_BOTH },
		{ "{port: 5432, target: db-1}", NULL, 5432, FIT_BOTH },
		{ "{port: 5432, target: i-0abc}", NULL, 5432, FIT_BOTH },
		{ "{port: 5432, target: db-2}", NULL, 5432, FIT_NO },
		{ "{port: 5432, target: {glob: 'db-*'}}", NULL, 5432, FIT_BOTH },
		{ "{target: db-1}", "anything", 1, FIT_MAYBE },
		{ "{}", NULL, 22, FIT_BOTH },
		{ "{}", "db.internal", 22, FIT_MAYBE },
	};
	char huge[400];

	(void)state;
	memset(huge, 'a', sizeof huge - 1);
	huge[sizeof huge - 1] = '\0';
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct forwardrule *r;

		assert_int_equal(
		    read_text(rows[i].text, EFFECT_DENY, &doc, &r, NULL), RC_OK);
		if (forwardrule_fit(r, rows[i].host, rows[i].port, &facts) !=
		    rows[i].fit)
			fail_msg("row %zu: %s", i, rows[i].text);
		assert_int_not_equal(
		    forwardrule_fit(r, huge, rows[i].port, &facts) & FIT_SURE,
		    FIT_SURE);
		forwardrule_free(r);
		yaml_doc_free(doc);
	}
}

static void
malformed_ones_are_refused(void **state)
{
	static const struct {
		const char *text, *err;
	} rows[] = {
		{ "5432", "f.yaml:1:1: expected a mapping" },
		{ "{}", "f.yaml:1:1: the key port is missing" },
		{ "{host: x}", "the key port is missing" },
		{ "{ports: 1}",
		    "f.yaml:1:2: expected a key out of host, port, target" },
		{ "{port: 0}", "f.yaml:1:8: expected a port from 1 to 65535" },
		{ "{port: 65536}", "expected a port" },
		{ "{port: 080}", "expected a port" },
		{ "{port: -80}", "expected a port" },
		{ "{port: 80-}", "expected a port" },
		{ "{port: 90-80}", "expected a port" },
		{ "{port: 80-90-100}", "expected a port" },
		{ "{port: http}", "expected a port" },
		{ "{port: []}", "at least 1 entry" },
		{ "{port: {a: b}}", "expected a list" },
		{ "{port: 80, host: 'a b'}", "expected the name of a host" },
		{ "{port: 80, host: '[::1]'}", "expected the name of a host" },
		{ "{port: 80, host: 'a/b'}", "expected the name of a host" },
		{ "{port: 80, target: ''}", "expected text of 1 to 256" },
	};
	struct buf many;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct forwardrule *r;
		struct err err = { "" };

		if (read_text(rows[i].text, EFFECT_ALLOW, &doc, &r, &err) !=
			RC_REFUSE ||
		    strstr(err.text, rows[i].err) == NULL)
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_null(r);
		yaml_doc_free(doc);
	}
	buf_init(&many, 4096);
	buf_text(&many, "{port: [1");
	for (unsigned i = 0; i < FORWARDRULE_PORTS; i++)
		buf_printf(&many, ", %u", i + 2);
	buf_text(&many, "]}");
	{
		struct yaml_doc *doc = NULL;
		struct forwardrule *r;
		struct err err = { "" };

		assert_int_equal(
		    read_text(buf_cstr(&many), EFFECT_DENY, &doc, &r, &err), RC_REFUSE);
		assert_non_null(strstr(err.text, "expected at most 64 entries"));
		yaml_doc_free(doc);
	}
	buf_clear(&many);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_fit_or_do_not),
		cmocka_unit_test(malformed_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
