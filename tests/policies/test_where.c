#include "tests/support/unit.h"

#include "policies/arnpattern.h"
#include "policies/where.h"

static enum rc
read_text(const char *text, struct yaml_doc **doc, struct where **w, struct err *err)
{
	*w = NULL;
	assert_int_equal(yaml_parse("w.yaml", span_of(text), doc, err), RC_OK);
	return where_read(yaml_root(*doc), NULL, w, err);
}

static const struct facts_pair tags[] = { { "app", "shop" }, { "tier", "web" },
	{ "twice", "a" }, { "twice", "b" } };
static const struct facts known = { .profile = "prod",
	.account = "111122223333",
	.target = "web-1",
	.target_id = "i-0abc",
	.env = "prod",
	.os_user = "app",
	.tags = tags,
	.n_tags = 4 };
static const struct facts unknown = { .n_tags = 0 };

static void
places_fit_or_do_not(void **state)
{
	static const struct {
		const char *text;
		unsigned fit, unknown; /* of all facts; of none */
	} rows[] = {
		{ "{target: web-1}", FIT_BOTH, FIT_MAYBE },
		{ "{target: i-0abc}", FIT_BOTH, FIT_MAYBE },
		{ "{target: web-2}", FIT_NO, FIT_MAYBE },
		{ "{target: {glob: 'web-*'}}", FIT_BOTH, FIT_MAYBE },
		{ "{account: '111122223333'}", FIT_BOTH, FIT_MAYBE },
		{ "{account: ['111122223334', '111122223333']}", FIT_BOTH, FIT_MAYBE },
		{ "{account: '111122223334'}", FIT_NO, FIT_MAYBE },
		{ "{region: eu-west-1}", FIT_BOTH, FIT_MAYBE },
		{ "{region: [us-gov-east-1, ap-southeast-2]}", FIT_NO, FIT_MAYBE },
		{ "{region: {glob: 'us-*'}}", FIT_NO, FIT_MAYBE },
		{ "{profile: prod}", FIT_BOTH, FIT_MAYBE },
		{ "{profile: [test, staging]}", FIT_NO, FIT_MAYBE },
		{ "{env: prod}", FIT_BOTH, FIT_MAYBE },
		{ "{env: {glob: 'prod?'}}", FIT_NO, FIT_MAYBE },
		{ "{os_user: app}", FIT_BOTH, FIT_MAYBE },
		{ "{os_user: root}", FIT_NO, FIT_MAYBE },
		{ "{tag: {app: shop}}", FIT_BOTH, FIT_MAYBE },
		{ "{tag: {app: shop, tier: [db, web]}}", FIT_BOTH, FIT_MAYBE },
		{ "{tag: {app: shop, tier: db}}", FIT_NO, FIT_MAYBE },
		{ "{tag: {other: x}}", FIT_MAYBE, FIT_MAYBE },
		{ "{tag: {other: {glob: '*'}}}", FIT_MAYBE, FIT_MAYBE },
		{ "{tag: {app: x, other: x}}", FIT_NO, FIT_MAYBE },
		{ "{tag: {twice: a}}", FIT_MAYBE, FIT_MAYBE },
		{ "{tag: {twice: [a, b]}}", FIT_BOTH, FIT_MAYBE },
		{ "{env: prod, target: web-1, tag: {app: shop}}", FIT_BOTH, FIT_MAYBE },
		{ "{env: test, target: web-1, tag: {app: shop}}", FIT_NO, FIT_MAYBE },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct where *w;
		struct err err = { "" };

		if (read_text(rows[i].text, &doc, &w, &err) != RC_OK)
			fail_msg("%s: %s", rows[i].text, err.text);
		if (where_fit(w, &known, "eu-west-1") != rows[i].fit ||
		    where_fit(w, &unknown, NULL) != rows[i].unknown)
			fail_msg("%s", rows[i].text);
		where_free(w);
		yaml_doc_free(doc);
	}
	assert_int_equal(where_fit(NULL, &unknown, NULL), FIT_BOTH);
}

static void
a_role_is_one_condition_more(void **state)
{
	static const struct facts mine = { .role = "arn:aws:iam::111122223333:role/a",
		.env = "prod" };
	static const struct facts other = { .role =
						"arn:aws:iam::111122223333:role/b" };
	struct yaml_doc *doc = NULL;
	struct where *w = NULL;

	(void)state;
	assert_int_equal(where_add_role(&w, mine.role, NULL), RC_OK);
	assert_int_equal(where_fit(w, &mine, NULL), FIT_BOTH);
	assert_int_equal(where_fit(w, &other, NULL), FIT_NO);
	assert_int_equal(where_fit(w, &unknown, NULL), FIT_MAYBE);
	where_free(w);
	assert_int_equal(read_text("{env: test}", &doc, &w, NULL), RC_OK);
	assert_int_equal(where_add_role(&w, mine.role, NULL), RC_OK);
	assert_int_equal(where_fit(w, &mine, NULL), FIT_NO);
	where_free(w);
	yaml_doc_free(doc);
}

static void
malformed_places_are_refused(void **state)
{
	static const struct {
		const char *text, *err;
	} rows[] = {
		{ "prod", "w.yaml:1:1: expected a mapping" },
		{ "{}", "at least 1 entry" },
		{ "{host: x}", "w.yaml:1:2: expected a key out of target, account" },
		{ "{account: 111}", "w.yaml:1:11: expected an account of 12 digits" },
		{ "{account: [x]}", "expected an account of 12 digits" },
		{ "{region: Eu}", "expected the name of a region" },
		{ "{region: eu}", "expected the name of a region" },
		{ "{region: eu-west}", "expected the name of a region" },
		{ "{region: eu-1}", "expected the name of a region" },
		{ "{region: eu-west-1a}", "expected the name of a region" },
		{ "{region: eu-west1}", "expected the name of a region" },
		{ "{region: 1-2-3}", "expected the name of a region" },
		{ "{region: [eu-west-1, home]}", "expected the name of a region" },
		{ "{region: {in: [home]}}", "expected the name of a region" },
		{ "{region: {in: eu}}", "expected the name of a set" },
		{ "{profile: 'a b'}", "expected the name of a profile" },
		{ "{env: ''}", "expected text of 1 to 256 bytes" },
		{ "{os_user: 0}", "expected the name of an OS user" },
		{ "{os_user: '#0'}", "expected the name of an OS user" },
		{ "{os_user: -x}", "expected the name of an OS user" },
		{ "{os_user: a/b}", "expected the name of an OS user" },
		{ "{tag: app}", "expected a mapping" },
		{ "{tag: {}}", "at least 1 entry" },
		{ "{tag: {app: {}}}", "at least 1 entry" },
		{ "{tag: {'': x}}", "expected text of 1 to 128 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct where *w;
		struct err err = { "" };

		if (read_text(rows[i].text, &doc, &w, &err) != RC_REFUSE ||
		    strstr(err.text, rows[i].err) == NULL)
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_null(w);
		yaml_doc_free(doc);
	}
}

/* A bare name means a set among the options of aws, but never here. */
static void
names_of_sets_want_in(void **state)
{
	static const struct {
		const char *text, *err; /* NULL: it is read */
	} rows[] = {
		{ "{region: home}", "expected the name of a region; a set is written "
				    "{in: home}" },
		{ "{region: [eu-west-1, home]}", "a set is written {in: home}" },
		{ "{region: {in: [home]}}", "a set is written {in: home}" },
		{ "{region: {in: home}}", NULL },
		{ "{region: other}", "expected the name of a region" },
		{ "{account: accounts}", "a set is written {in: accounts}" },
		{ "{profile: web}", "expected [web] for the text, since there is such "
				    "a set; a set is written {in: web}" },
		{ "{env: web}", "a set is written {in: web}" },
		{ "{target: web}", "a set is written {in: web}" },
		{ "{os_user: web}", "a set is written {in: web}" },
		{ "{tag: {app: web}}", "a set is written {in: web}" },
		{ "{env: [web]}", NULL },
		{ "{env: {in: web}}", NULL },
		{ "{env: {glob: web}}", NULL },
		{ "{env: webs}", NULL },
	};
	struct yaml_doc *sets = NULL;

	(void)state;
	assert_int_equal(
	    yaml_parse("s.yaml",
		span_of("{home: {regions: [eu-west-1]}, web: {values: [a, b]}, "
			"accounts: {values: ['111122223333']}}"),
		&sets, NULL),
	    RC_OK);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct where *w = NULL;
		struct err err = { "" };
		enum rc rc;

		assert_int_equal(
		    yaml_parse("w.yaml", span_of(rows[i].text), &doc, NULL), RC_OK);
		rc = where_read(yaml_root(doc), yaml_root(sets), &w, &err);
		if (rc != (rows[i].err == NULL ? RC_OK : RC_REFUSE) ||
		    strstr(err.text, rows[i].err == NULL ? "" : rows[i].err) == NULL)
			fail_msg("%s: %s", rows[i].text, err.text);
		where_free(w);
		yaml_doc_free(doc);
	}
	yaml_doc_free(sets);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_fit_or_do_not),
		cmocka_unit_test(a_role_is_one_condition_more),
		cmocka_unit_test(malformed_places_are_refused),
		cmocka_unit_test(names_of_sets_want_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
