#include "tests/support/unit.h"

#include "policies/arnpattern.h"
#include "policies/decide.h"
#include "policies/ssmrule.h"

static enum rc
read_text(const char *text, struct yaml_doc **doc, struct ssmrule **r, struct err *err)
{
	*r = NULL;
	assert_int_equal(yaml_parse("s.yaml", span_of(text), doc, err), RC_OK);
	return ssmrule_read(yaml_root(*doc), r, err);
}

static void
sessions_fit_or_do_not(void **state)
{
	static const struct {
		const char *text, *document;
		enum ssm_mode mode;
		unsigned fit;
	} rows[] = {
		{ "{mode: [single]}", "D-1", SSM_SINGLE, FIT_BOTH },
		{ "{mode: [single]}", "D-1", SSM_FED, FIT_NO },
		{ "{mode: single}", NULL, SSM_SINGLE, FIT_BOTH },
		/* Nobody opens a shell without having said so. */
		{ "{mode: [fed, program]}", "D-1", SSM_FED, FIT_MAYBE },
		{ "{mode: [fed, program], shell: true}", "D-1", SSM_FED, FIT_BOTH },
		{ "{mode: [fed, program], shell: true}", "D-1", SSM_PROGRAM, FIT_BOTH },
		{ "{mode: [fed, program], shell: true}", "D-1", SSM_RAW, FIT_NO },
		{ "{mode: [fed], shell: false}", "D-1", SSM_FED, FIT_MAYBE },
		{ "{shell: true}", "D-1", SSM_FED, FIT_BOTH },
		{ "{shell: true}", "D-1", SSM_RAW, FIT_MAYBE },
		{ "{shell: true}", "D-1", SSM_SINGLE, FIT_SURE },
		{ "{mode: [raw], shell: true}", "D-1", SSM_RAW, FIT_BOTH },
		{ "{mode: [raw]}", "D-1", SSM_RAW, FIT_MAYBE },
		{ "{documents: [D-1, D-2]}", "D-2", SSM_SINGLE, FIT_BOTH },
		{ "{documents: [D-1, D-2]}", "D-3", SSM_SINGLE, FIT_NO },
		{ "{documents: {glob: 'AWS-*'}}", "AWS-X", SSM_SINGLE, FIT_BOTH },
		{ "{documents: [D-1]}", NULL, SSM_SINGLE, FIT_MAYBE },
		{ "{documents: [D-1]}", "D-1", SSM_FED, FIT_MAYBE },
		{ "{shell: true}", "D-1", (enum ssm_mode)9, FIT_MAYBE },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct ssmrule *r;

		assert_int_equal(read_text(rows[i].text, &doc, &r, NULL), RC_OK);
		if (ssmrule_fit(r, rows[i].document, rows[i].mode) != rows[i].fit)
			fail_msg("row %zu: %s", i, rows[i].text);
		ssmrule_free(r);
		yaml_doc_free(doc);
	}
}

static void
malformed_ones_are_refused(void **state)
{
	static const struct {
		const char *text, *err;
	} rows[] = {
		{ "fed", "s.yaml:1:1: expected a mapping" },
		{ "{}", "at least 1 entry" },
		{ "{modes: [fed]}", "expected a key out of documents, mode, shell" },
		{ "{mode: [live]}",
		    "s.yaml:1:9: expected one of single, fed, program, raw" },
		{ "{mode: []}", "at least 1 entry" },
		{ "{mode: [fed, fed]}", "s.yaml:1:14: fed stands here twice" },
		{ "{shell: yes}", "s.yaml:1:9: expected true or false" },
		{ "{documents: []}", "at least 1 entry" },
		{ "{documents: ['a b']}", "expected the name of a document" },
		{ "{documents: [ab]}", "expected the name of a document" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct ssmrule *r;
		struct err err = { "" };

		if (read_text(rows[i].text, &doc, &r, &err) != RC_REFUSE ||
		    strstr(err.text, rows[i].err) == NULL)
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_null(r);
		yaml_doc_free(doc);
	}
}

/* The names are in the order of the numbers. */
static void
modes_are_named(void **state)
{
	(void)state;
	assert_string_equal(ssmrule_modes[SSM_SINGLE], "single");
	assert_string_equal(ssmrule_modes[SSM_FED], "fed");
	assert_string_equal(ssmrule_modes[SSM_PROGRAM], "program");
	assert_string_equal(ssmrule_modes[SSM_RAW], "raw");
	assert_null(ssmrule_modes[SSM_RAW + 1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_fit_or_do_not),
		cmocka_unit_test(malformed_ones_are_refused),
		cmocka_unit_test(modes_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
