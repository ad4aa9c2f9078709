#include "tests/policies/asking.h"

#include "policies/awsfacts.h"

static const struct aws_call *
call_of(const struct aws_request *req, const char *operation, unsigned nth)
{
	for (size_t i = 0; i < req->n_calls; i++)
		if (strcmp(req->calls[i].operation, operation) == 0 && nth-- == 0)
			return &req->calls[i];
	fail_msg("no %s", operation);
	return NULL;
}

/* The value of a member; "" when there is none, "?" when nobody knows. */
static const char *
value_of(const struct aws_call *c, const char *name, char out[256])
{
	size_t at = 0;
	const struct apicall_param *p = apicall_next(c->api, name, &at);

	out[0] = '\0';
	if (p == NULL)
		return out;
	snprintf(out, 256, p->known ? "%.*s" : "?", (int)p->value.len,
	    (const char *)p->value.p);
	return out;
}

static void
keys_are_those_of_the_cli(void **state)
{
	static const struct {
		const char *line, *operation;
		unsigned nth;
		const char *bucket, *key, *prefix, *source;
		bool many;
	} rows[] = {
		{ "aws s3 rm s3://bkt/a/b", "delete-object", 0, "bkt", "a/b", "", "",
		    false },
		{ "aws s3 rm s3://bkt/a --recursive", "delete-object", 0, "bkt", "a/",
		    "", "", true },
		{ "aws s3 rm s3://bkt/a/ --recursive", "list-objects-v2", 0, "bkt", "",
		    "a/", "", false },
		{ "aws s3 rm s3://bkt --recursive", "delete-object", 0, "bkt", "", "",
		    "", true },
		{ "aws s3 ls s3://bkt/a", "list-objects-v2", 0, "bkt", "", "a", "",
		    false },
		{ "aws s3 ls s3://bkt/a --recursive", "list-objects-v2", 0, "bkt", "",
		    "a", "", false },
		{ "aws s3 cp s3://bkt/a/b s3://other", "copy-object", 0, "other", "b",
		    "", "bkt/a/b", false },
		{ "aws s3 cp s3://bkt/a/b s3://other/c/", "copy-object", 0, "other",
		    "c/b", "", "bkt/a/b", false },
		{ "aws s3 cp s3://bkt/a/b s3://other/c", "copy-object", 0, "other", "c",
		    "", "bkt/a/b", false },
		{ "aws s3 cp - s3://bkt/a/", "put-object", 0, "bkt", "a/-", "", "",
		    false },
		{ "aws s3 cp - s3://bkt", "put-object", 0, "bkt", "-", "", "", false },
		{ "aws s3 cp s3://bkt/a -", "get-object", 0, "bkt", "a", "", "",
		    false },
		{ "aws s3 mv s3://bkt/a s3://other/b", "delete-object", 0, "bkt", "a",
		    "", "", false },
		{ "aws s3 mv s3://bkt/a s3://other/b", "delete-object", 1, "other", "b",
		    "", "", false },
		{ "aws s3 sync s3://bkt/a s3://other/b/", "list-objects-v2", 0, "bkt",
		    "", "a/", "", false },
		{ "aws s3 sync s3://bkt/a s3://other/b/", "list-objects-v2", 1, "other",
		    "", "b/", "", false },
		{ "aws s3 cp 's3://bkt/a?versionId=1' s3://other/c", "copy-object", 0,
		    "other", "c", "", "bkt/a%3FversionId%3D1", false },
		{ "aws s3 sync s3://bkt s3://other/b", "upload-part-copy", 0, "other",
		    "b/", "", "", true },
		{ "aws s3 sync s3://bkt/a s3://other", "copy-object", 0, "other", "",
		    "", "bkt/a/", true },
		{ "aws s3 rb s3://bkt --force", "delete-object", 0, "bkt", "", "", "",
		    true },
		{ "aws s3 rb s3://bkt --force", "delete-bucket", 0, "bkt", "", "", "",
		    false },
		{ "aws s3 cp 's3://bkt/a b/\xC3\xBC' s3://other/c", "copy-object", 0,
		    "other", "c", "", "bkt/a%20b/%C3%BC", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct aws_request *req = asking_request(rows[i].line);
		const struct aws_call *c = call_of(req, rows[i].operation, rows[i].nth);
		char v[256];

		if (strcmp(value_of(c, "Bucket", v), rows[i].bucket) != 0 ||
		    strcmp(value_of(c, "Key", v), rows[i].key) != 0 ||
		    strcmp(value_of(c, "Prefix", v), rows[i].prefix) != 0 ||
		    strcmp(value_of(c, "CopySource", v), rows[i].source) != 0 ||
		    c->prefix != rows[i].many)
			fail_msg("%s: %s", rows[i].line, v);
		aws_free(req);
	}
}

static void
options_go_to_their_calls(void **state)
{
	struct aws_request *req = asking_request(
	    "aws s3 cp s3://bkt/a s3://other/b --acl private --grants read=id=1 "
	    "full=id=2 --metadata a=b --sse --sse-c AES256 --sse-c-key k "
	    "--request-payer --metadata-directive REPLACE");
	const struct aws_call *copy = call_of(req, "copy-object", 0);
	const struct aws_call *head = call_of(req, "head-object", 0);
	const struct aws_call *part = call_of(req, "upload-part-copy", 0);
	char v[256];

	(void)state;
	assert_string_equal(value_of(copy, "ACL", v), "private");
	assert_string_equal(value_of(copy, "GrantRead", v), "id=1");
	assert_string_equal(value_of(copy, "GrantFullControl", v), "id=2");
	assert_string_equal(value_of(copy, "Metadata", v), "?");
	assert_string_equal(value_of(copy, "ServerSideEncryption", v), "AES256");
	assert_string_equal(value_of(copy, "SSECustomerKey", v), "?");
	assert_string_equal(value_of(copy, "RequestPayer", v), "requester");
	assert_string_equal(value_of(copy, "MetadataDirective", v), "REPLACE");
	assert_string_equal(value_of(head, "ACL", v), "");
	assert_string_equal(value_of(head, "RequestPayer", v), "requester");
	assert_string_equal(value_of(part, "MetadataDirective", v), "");
	assert_true(awsfacts_listed(part->own, "PartNumber"));
	assert_false(awsfacts_listed(part->own, "ACL"));
	aws_free(req);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_those_of_the_cli),
		cmocka_unit_test(options_go_to_their_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
