#include "tests/support/unit.h"

#include "policies/clause.h"

/* What is refused when read is in test_policy.c. */
static void
both_spellings_find_a_name(void **state)
{
	static const char text[] =
	    "{InstanceIds: any, image-id: any, \"Delete.Objects.Key\": any}";
	struct yaml_doc *doc = NULL;
	struct clause *c = NULL;
	struct err err = { "" };

	(void)state;
	assert_int_equal(yaml_parse("c.yaml", span_of(text), &doc, &err), RC_OK);
	assert_int_equal(
	    clause_read(yaml_root(doc), NULL, CLAUSE_PARAMETERS, &c, &err), RC_OK);
	assert_int_equal(clause_count(c), 3);
	assert_non_null(clause_find(c, "InstanceIds", NULL));
	assert_non_null(clause_find(c, "instance-ids", NULL));
	assert_non_null(clause_find(c, "ImageId", NULL));
	assert_non_null(clause_find(c, "Delete.Objects.Key", NULL));
	assert_null(clause_find(c, "Delete", NULL));
	assert_null(clause_find(c, "InstanceId", NULL));
	assert_null(clause_find(c, "InstanceIdss", NULL));
	/* The CLI's other name for a member counts. */
	assert_non_null(clause_find(c, "Ids", "instance-ids"));
	assert_null(clause_find(c, "Ids", "ids"));
	clause_free(c);
	clause_free(NULL);
	yaml_doc_free(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_spellings_find_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
