/* The walks through bodies, with paths of this test's own; whole requests are in
 * test_resolve.c. */
#include "tests/support/unit.h"

#include "broker/gate/gather.h"
#include "broker/gate/jsonbody.h"

static const char *
text_of(const struct apicall *c)
{
	static char text[4096];
	struct buf b;

	buf_init(&b, sizeof text);
	for (size_t i = 0; i < apicall_count(c); i++) {
		const struct apicall_param *p = apicall_at(c, i);

		buf_printf(&b, "%s%s", i > 0 ? " " : "", p->name);
		if (p->known)
			buf_printf(&b, "=%.*s", (int)p->value.len, p->value.p);
	}
	snprintf(text, sizeof text, "%s", buf_cstr(&b));
	buf_clear(&b);
	return text;
}

struct walk {
	const char *service, *operation;
	const char *paths[4];
	const char *body;
	const char *text; /* NULL: refused */
};

static enum rc
walk_json(struct gather *g, const char *body)
{
	json_t *v = NULL;
	enum rc rc;

	assert_int_equal(jsonbody_read(span_of(body), &v, g->why), RC_OK);
	rc = gather_json(g, v, NULL);
	json_decref(v);
	return rc;
}

static enum rc
walk_form(struct gather *g, const char *body)
{
	struct formbody f;
	enum rc rc;

	assert_int_equal(
	    formbody_read(span_of(body), FORMBODY_PLUS, &f, g->why), RC_OK);
	rc = gather_form(g, &f);
	formbody_clear(&f);
	return rc;
}

static enum rc
walk_xml(struct gather *g, const char *body)
{
	struct awsmodel_param payload = { .type = AWSMODEL_STRING };
	bool whole = false;
	struct xmlbody x;
	enum rc rc;

	for (uint32_t i = 0; i < g->op->n_params && !whole; i++) {
		awsmodel_param_at(g->op, i, &payload);
		whole = payload.place == AWSMODEL_PAYLOAD;
	}
	assert_int_equal(xmlbody_read(span_of(body), &x, g->why), RC_OK);
	rc = gather_xml(g, &x, whole ? &payload : NULL);
	xmlbody_clear(&x);
	return rc;
}

static void
check(const struct walk *rows, size_t n,
    enum rc (*walk)(struct gather *g, const char *body))
{
	for (size_t i = 0; i < n; i++) {
		struct refused why = { 0 };
		struct awsmodel_service s;
		struct awsmodel_operation op;
		struct gather g = {
			.service = &s, .op = &op, .paths = rows[i].paths, .why = &why
		};
		enum rc rc;

		assert_true(awsmodel_service(rows[i].service, &s));
		assert_true(awsmodel_operation(&s, span_of(rows[i].operation), &op));
		assert_int_equal(
		    apicall_new(s.name, op.name, "eu-west-1", &g.call, NULL), RC_OK);
		rc = walk(&g, rows[i].body);
		if (rc != (rows[i].text == NULL ? RC_REFUSE : RC_OK))
			fail_msg("row %zu: %s: %s", i, why.text, text_of(g.call));
		if (rc == RC_OK && strcmp(text_of(g.call), rows[i].text) != 0)
			fail_msg(
			    "row %zu: %s\n\tnot %s", i, text_of(g.call), rows[i].text);
		apicall_free(g.call);
	}
}

#define NONE                                                                           \
	{                                                                              \
		"", NULL                                                               \
	}

static void
json_is_walked(void **state)
{
	static const struct walk rows[] = {
		{ "dynamodb", "BatchWriteItem", { "RequestItems{}", "" },
		    "{\"RequestItems\":{\"t\":[{\"PutRequest\":{\"Item\":{}}}],\"u\":[]"
		    "}}",
		    "RequestItems RequestItems{}=t RequestItems{}=u" },
		{ "dynamodb", "TransactWriteItems",
		    { "TransactItems.Put.TableName", "TransactItems.Delete.TableName",
			"" },
		    "{\"TransactItems\":[{\"Put\":{\"TableName\":\"t\",\"Item\":{}}},"
		    "{\"Delete\":{\"TableName\":\"u\",\"Key\":{}}}]}",
		    "TransactItems TransactItems.Put.TableName=t "
		    "TransactItems.Delete.TableName=u" },
		/* Where no decision looks, an unknown list may hold maps. */
		{ "dynamodb", "TransactWriteItems", NONE,
		    "{\"TransactItems\":[{\"Nosuch\":{}}]}", "TransactItems" },
		{ "dynamodb", "TransactWriteItems",
		    { "TransactItems.Put.TableName", "" },
		    "{\"TransactItems\":[{\"Nosuch\":{}}]}", NULL },
		{ "dynamodb", "BatchGetItem", { "RequestItems{}", "" },
		    "{\"RequestItems\":{\"t\":{\"Keys\":[{\"id\":{\"S\":\"1\"}}]}}}",
		    "RequestItems RequestItems{}=t" },
		{ "dynamodb", "PutItem", NONE,
		    "{\"Item\":{\"a\":{\"M\":{\"b\":{\"L\":[{\"S\":\"x\"}]}}}}}",
		    "Item" },
		{ "dynamodb", "PutItem", NONE, "{\"Item\":{\"a\":{\"Q\":\"x\"}}}",
		    "Item" },
		{ "dynamodb", "PutItem", NONE, "{\"Item\":[]}", NULL },
		{ "ssm", "GetParameters", NONE, "{\"Names\":[\"a\",\"b\"]}",
		    "Names=a Names=b" },
		{ "ssm", "GetParameters", NONE, "{\"Names\":[]}", "Names" },
		{ "ssm", "GetParameters", NONE, "{\"Names\":[[\"a\"]]}", NULL },
		{ "ssm", "GetParameters", NONE, "{\"Names\":\"a\"}", NULL },
		{ "kms", "Decrypt", NONE, "{\"CiphertextBlob\":\"eA==\"}",
		    "CiphertextBlob" },
		{ "kms", "Decrypt", NONE, "{\"CiphertextBlob\":{}}", NULL },
	};

	(void)state;
	check(rows, ROWS(rows), walk_json);
}

static void
forms_are_walked(void **state)
{
	static const struct walk rows[] = {
		{ "ec2", "RunInstances",
		    { "IamInstanceProfile.Arn", "TagSpecifications.Tags.Key", "" },
		    "Action=x&Version=y&IamInstanceProfile.Arn=a"
		    "&TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.2.Key=l",
		    "IamInstanceProfile IamInstanceProfile.Arn=a TagSpecifications "
		    "TagSpecifications.Tags.Key=k TagSpecifications.Tags.Key=l" },
		{ "iam", "CreateUser", NONE,
		    "Tags.member.1.Key=k&Tags.member.1.Value=v", "Tags" },
		{ "iam", "CreateUser", NONE, "Tags=", "Tags" },
		{ "iam", "CreateUser", NONE, "Tags=x", NULL },
		{ "iam", "CreateUser", NONE, "Tags.1.Key=k", NULL },
		{ "iam", "CreateUser", NONE, "Tags.member.Key=k", NULL },
		{ "iam", "CreateUser", NONE, "Tags.member.1.key=k", NULL },
		{ "iam", "CreateUser", NONE, "Tags.member.1.Key.x=k", NULL },
		{ "iam", "CreateUser", NONE, "Tags.member.1.=k", NULL },
		{ "iam", "CreateUser", NONE, "UserName=u", "UserName=u" },
		{ "iam", "CreateUser", NONE, ".UserName=u", NULL },
	};

	(void)state;
	check(rows, ROWS(rows), walk_form);
}

static void
xml_is_walked(void **state)
{
	static const struct walk rows[] = {
		{ "s3", "DeleteObjects", { "Delete.Objects.Key", "" },
		    "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object>"
		    "</Delete>",
		    "Delete Delete.Objects.Key=a Delete.Objects.Key=b" },
		{ "s3", "DeleteObjects", { "Delete.Objects.Key", "" },
		    "<Delete><Object><Key>a</Key><key>b</key></Object></Delete>",
		    NULL },
		{ "s3", "DeleteObjects", NONE,
		    "<Delete><Quiet>true</Quiet><Quiet>true</Quiet></Delete>", NULL },
		{ "s3", "PutBucketTagging", { "Tagging.TagSet.Key", "" },
		    "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet>"
		    "</Tagging>",
		    "Tagging Tagging.TagSet.Key=k" },
		{ "s3", "PutBucketTagging", NONE,
		    "<Tagging><TagSet><Nosuch/></TagSet></Tagging>", NULL },
		{ "route53", "ChangeResourceRecordSets",
		    { "ChangeBatch.Changes.Action", "" },
		    "<X><ChangeBatch><Changes><Change><Action>DELETE</Action></Change>"
		    "</Changes></ChangeBatch></X>",
		    "ChangeBatch ChangeBatch.Changes.Action=DELETE" },
	};

	(void)state;
	check(rows, ROWS(rows), walk_xml);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_walked),
		cmocka_unit_test(forms_are_walked),
		cmocka_unit_test(xml_is_walked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
