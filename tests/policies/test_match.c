#include "tests/support/unit.h"

#include "policies/match.h"

static struct yaml_doc *
text_node(const char *text)
{
	struct yaml_doc *doc = NULL;
	char quoted[600];

	snprintf(quoted, sizeof quoted, "\"%s\"", text);
	assert_int_equal(yaml_parse("m.yaml", span_of(quoted), &doc, NULL), RC_OK);
	return doc;
}

static void
both_spellings_name_the_call(void **state)
{
	static const struct {
		const char *pattern, *service, *cli, *api;
		bool match;
	} rows[] = {
		{ "s3:ls", "s3", "ls", NULL, true },
		{ "s3:ls", "s3", "lsx", NULL, false },
		{ "s3:ListObjectsV2", "s3", "list-objects-v2", "ListObjectsV2", true },
		{ "s3:list-objects-v2", "s3", "list-objects-v2", "ListObjectsV2",
		    true },
		{ "s3:ListObjects", "s3", "list-objects-v2", "ListObjectsV2", false },
		{ "s3api:ListBuckets", "s3", "list-buckets", "ListBuckets", true },
		{ "sts:GetCallerIdentity", "sts", "get-caller-identity",
		    "GetCallerIdentity", true },
		{ "sts:get-caller-identity", "ec2", "get-caller-identity",
		    "GetCallerIdentity", false },
		{ "ec2:Describe*", "ec2", "describe-instances", "DescribeInstances",
		    true },
		{ "ec2:describe-*", "ec2", "describe-instances", "DescribeInstances",
		    true },
		{ "ec2:Describe*s", "ec2", "describe-instances", "DescribeInstances",
		    true },
		{ "ec2:Describe*t", "ec2", "describe-instances", "DescribeInstances",
		    false },
		{ "ec2:*", "ec2", "run-instances", "RunInstances", true },
		{ "ec2:*Instances", "ec2", "run-instances", "RunInstances", true },
		{ "ec2:R*n*I*s", "ec2", "run-instances", "RunInstances", true },
		{ "iam:GetSAMLProvider", "iam", "get-saml-provider", "GetSAMLProvider",
		    true },
		{ "iam:GetSAMLP*", "iam", "get-saml-provider", "GetSAMLProvider",
		    true },
		{ "storagegateway:CreateCachediSCSIVolume", "storagegateway",
		    "create-cached-iscsi-volume", "CreateCachediSCSIVolume", true },
		{ "acm-pca:is-*", "acm-pca", "issue-certificate", "IssueCertificate",
		    false },
		{ "acm-pca:Is*", "acm-pca", "issue-certificate", "IssueCertificate",
		    true },
		{ "s3:?s", "s3", "ls", NULL, true },
		{ "s3:?s", "s3", "s", NULL, false },
		{ "s3:l?", "s3", "l", NULL, false },
		{ "config:PutConfigRule", "configservice", "put-config-rule",
		    "PutConfigRule", true },
		/* A command's own name is no name of the API. */
		{ "s3:Rm", "s3", "rm", NULL, false },
		{ "s3:rm", "s3", "rm", NULL, true },
		{ "lambda:invoke", "lambda", "invoke", "Invoke", true },
		{ "lambda:Invoke", "lambda", "invoke-async", "InvokeAsync", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = text_node(rows[i].pattern);
		struct match m;

		assert_int_equal(match_read(yaml_root(doc), &m, NULL), RC_OK);
		if (match_operation(&m, rows[i].service, rows[i].cli, rows[i].api) !=
		    rows[i].match)
			fail_msg("%s and %s:%s", rows[i].pattern, rows[i].service,
			    rows[i].cli);
		yaml_doc_free(doc);
	}
}

static void
malformed_patterns_are_refused(void **state)
{
	static const char *const rows[] = { "", "s3", ":", "s3:", ":ls", "nosuch:x",
		"S3:ls", "*:ls", "s*:ls", "s3 :ls", "s3:l s", "s3:ls:x", "s3:ls/x",
		"s3:[ab]", "s3:l\xC3\xBC", "s3:List-Buckets", "s3:{a,b}" };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = text_node(rows[i]);
		struct err err = { "" };
		struct match m;

		if (match_read(yaml_root(doc), &m, &err) != RC_REFUSE)
			fail_msg("%s", rows[i]);
		assert_non_null(strstr(err.text, "m.yaml:1:1: expected "));
		assert_int_equal(strstr(err.text, "SERVICE:OPERATION") != NULL,
		    strchr(rows[i], ':') == NULL);
		yaml_doc_free(doc);
	}
}

static void
only_texts_are_patterns(void **state)
{
	static const char *const rows[] = { "[s3:ls]", "{s3: ls}", "[]" };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct err err = { "" };
		struct match m;

		assert_int_equal(
		    yaml_parse("m.yaml", span_of(rows[i]), &doc, NULL), RC_OK);
		assert_int_equal(match_read(yaml_root(doc), &m, &err), RC_REFUSE);
		assert_non_null(strstr(err.text, "expected SERVICE:OPERATION"));
		yaml_doc_free(doc);
	}
}

/* Of 128 letters, and not of one more. */
static void
long_names_have_an_end(void **state)
{
	char text[140] = "s3:", name[130];

	(void)state;
	for (size_t n = 127; n < 130; n++)
		for (int lower = 0; lower < 2; lower++) {
			const char c = lower ? 'a' : 'A';
			struct yaml_doc *doc;
			struct match m;

			memset(name, c, n);
			name[n] = '\0';
			memcpy(text + 3, name, n + 1);
			doc = text_node(text);
			assert_int_equal(match_read(yaml_root(doc), &m, NULL),
			    n < 129 ? RC_OK : RC_REFUSE);
			yaml_doc_free(doc);
			doc = text_node(lower ? "s3:a*" : "s3:A*");
			assert_int_equal(match_read(yaml_root(doc), &m, NULL), RC_OK);
			assert_int_equal(
			    match_operation(&m, "s3", "a", name), lower || n < 129);
			yaml_doc_free(doc);
		}
}

/* As many stars as a pattern can hold against as long a name as there is. */
static void
stars_cost_little(void **state)
{
	char pattern[200] = "s3:", name[129];
	struct yaml_doc *doc;
	struct match m;

	(void)state;
	for (unsigned i = 0; i < 63; i++)
		strcat(pattern, "*a");
	strcat(pattern, "b");
	memset(name, 'a', 128);
	name[128] = '\0';
	doc = text_node(pattern);
	assert_int_equal(match_read(yaml_root(doc), &m, NULL), RC_OK);
	for (unsigned i = 0; i < 1000; i++)
		assert_false(match_operation(&m, "s3", name, name));
	yaml_doc_free(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_spellings_name_the_call),
		cmocka_unit_test(malformed_patterns_are_refused),
		cmocka_unit_test(only_texts_are_patterns),
		cmocka_unit_test(long_names_have_an_end),
		cmocka_unit_test(stars_cost_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
