/* The generated tables: facts of AWS that do not change from one model to the next, and
 * a walk over all rows. */
#include "tests/support/unit.h"

#include "policies/awsfacts.h"
#include "policies/awsmodel.h"

static struct awsmodel_service
service(const char *name)
{
	struct awsmodel_service s;

	assert_true(awsmodel_service(name, &s));
	return s;
}

static struct awsmodel_operation
operation(const char *name, const char *op)
{
	struct awsmodel_service s = service(name);
	struct awsmodel_operation o;

	assert_true(awsmodel_operation(&s, span_of(op), &o));
	return o;
}

static void
services(void **state)
{
	static const struct {
		const char *name, *command, *signing, *endpoint, *target, *iam, *global;
		enum awsmodel_protocol protocol;
	} rows[] = {
		{ "s3", "s3api", "s3", "s3", "", "s3", "", AWSMODEL_REST_XML },
		{ "ec2", "ec2", "ec2", "ec2", "", "ec2", "", AWSMODEL_EC2 },
		{ "iam", "iam", "iam", "iam", "", "iam", "us-east-1", AWSMODEL_QUERY },
		{ "sts", "sts", "sts", "sts", "", "sts", "", AWSMODEL_QUERY },
		{ "cloudwatch", "cloudwatch", "monitoring", "monitoring", "",
		    "cloudwatch", "", AWSMODEL_QUERY },
		{ "dynamodb", "dynamodb", "dynamodb", "dynamodb", "DynamoDB_20120810",
		    "dynamodb", "", AWSMODEL_JSON },
		{ "lambda", "lambda", "lambda", "lambda", "", "lambda", "",
		    AWSMODEL_REST_JSON },
		{ "deploy", "deploy", "codedeploy", "codedeploy", "CodeDeploy_20141006",
		    "codedeploy", "", AWSMODEL_JSON },
		{ "configservice", "configservice", "config", "config",
		    "StarlingDoveService", "config", "", AWSMODEL_JSON },
		{ "route53", "route53", "route53", "route53", "", "route53",
		    "us-east-1", AWSMODEL_REST_XML },
		{ "elbv2", "elbv2", "elasticloadbalancing", "elasticloadbalancing", "",
		    "elasticloadbalancing", "", AWSMODEL_QUERY },
		{ "iot", "iot", "execute-api", "iot", "", "iot", "",
		    AWSMODEL_REST_JSON },
		{ "iot-data", "iot-data", "iotdata", "data-ats.iot", "", "iot", "",
		    AWSMODEL_REST_JSON },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct awsmodel_service s = service(rows[i].name);

		assert_string_equal(s.command, rows[i].command);
		assert_string_equal(s.signing, rows[i].signing);
		assert_string_equal(s.endpoint, rows[i].endpoint);
		assert_string_equal(s.target, rows[i].target);
		assert_string_equal(s.iam, rows[i].iam);
		assert_string_equal(s.global, rows[i].global);
		assert_int_equal(s.protocol, rows[i].protocol);
		assert_true(awsmodel_command(rows[i].command, &s));
		assert_string_equal(s.name, rows[i].name);
	}
}

static void
unknown_ones(void **state)
{
	static const char *const names[] = { "", "S3", "s3 ", "s", "zzz", "codedeploy",
		"config", "\xff" };
	struct awsmodel_service s = service("s3");
	struct awsmodel_operation o = operation("s3", "ListBuckets");
	struct awsmodel_param p;

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		struct awsmodel_service none;

		assert_false(awsmodel_service(names[i], &none));
		assert_false(awsmodel_command(names[i], &none));
	}
	assert_false(awsmodel_command("s3", &s));
	assert_false(awsmodel_operation(&s, span_of("listBuckets"), &o));
	assert_false(awsmodel_operation(&s, span_of("RunInstances"), &o));
	assert_false(awsmodel_operation(&s, span_of(""), &o));
	assert_false(awsmodel_operation(&s, span_make("ListBuckets\0", 12), &o));
	assert_false(awsmodel_operation_cli(&s, span_of("ListBuckets"), &o));
	assert_int_equal(o.n_params, 0);
	assert_false(awsmodel_param(&o, span_of("Bucket"), &p));
	assert_false(awsmodel_param_option(&o, span_of(""), &p));
	assert_false(awsmodel_waiter(&s, span_of("bucket"), &o));
}

static void
operations(void **state)
{
	static const struct {
		const char *service, *name, *cli, *method, *path;
		unsigned flags;
	} rows[] = {
		{ "s3", "ListObjectsV2", "list-objects-v2", "GET",
		    "/{Bucket}?list-type=2", 0 },
		{ "s3", "PutObject", "put-object", "PUT", "/{Bucket}/{Key+}",
		    AWSMODEL_STREAM_IN },
		{ "s3", "GetObject", "get-object", "GET", "/{Bucket}/{Key+}",
		    AWSMODEL_OUTFILE },
		{ "s3", "SelectObjectContent", "select-object-content", "POST",
		    "/{Bucket}/{Key+}?select&select-type=2", AWSMODEL_EVENTS_OUT },
		{ "lambda", "Invoke", "invoke", "POST",
		    "/2015-03-31/functions/{FunctionName}/invocations",
		    AWSMODEL_OUTFILE },
		{ "sts", "AssumeRoleWithWebIdentity", "assume-role-with-web-identity",
		    "POST", "/", AWSMODEL_NO_AUTH },
		{ "ec2", "DescribeInstances", "describe-instances", "POST", "/", 0 },
		{ "waf", "ListIPSets", "list-ip-sets", "POST", "/", 0 },
		{ "storagegateway", "CreateCachediSCSIVolume",
		    "create-cached-iscsi-volume", "POST", "/", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct awsmodel_service s = service(rows[i].service);
		struct awsmodel_operation o = operation(rows[i].service, rows[i].name);

		assert_string_equal(o.cli, rows[i].cli);
		assert_string_equal(o.method, rows[i].method);
		assert_string_equal(o.path, rows[i].path);
		assert_int_equal(o.flags, rows[i].flags);
		assert_true(awsmodel_operation_cli(&s, span_of(rows[i].cli), &o));
		assert_string_equal(o.name, rows[i].name);
	}
	assert_true(operation("glacier", "UploadArchive").flags & AWSMODEL_STREAM_IN);
	assert_true(operation("s3control", "GetBucket").flags & AWSMODEL_HOST_PREFIX);
	assert_true(
	    operation("lexv2-runtime", "StartConversation").flags & AWSMODEL_EVENTS_IN);
}

static void
params(void **state)
{
	static const struct {
		const char *service, *operation, *name, *option, *wire, *item;
		enum awsmodel_place place;
		enum awsmodel_type type;
		bool required;
	} rows[] = {
		{ "s3", "PutObject", "Bucket", "bucket", "Bucket", "", AWSMODEL_PATH,
		    AWSMODEL_STRING, true },
		{ "s3", "PutObject", "ACL", "acl", "x-amz-acl", "", AWSMODEL_HEADER,
		    AWSMODEL_STRING, false },
		{ "s3", "PutObject", "Body", "body", "Body", "", AWSMODEL_PAYLOAD,
		    AWSMODEL_BLOB, false },
		{ "s3", "PutObject", "Metadata", "metadata", "x-amz-meta-", "",
		    AWSMODEL_HEADERS, AWSMODEL_MAP, false },
		{ "s3", "GetObject", "VersionId", "version-id", "versionId", "",
		    AWSMODEL_QUERY_STRING, AWSMODEL_STRING, false },
		{ "s3", "DeleteObjects", "Delete", "delete", "Delete", "",
		    AWSMODEL_PAYLOAD, AWSMODEL_STRUCTURE, true },
		{ "ec2", "DescribeInstances", "InstanceIds", "instance-ids",
		    "InstanceId", "", AWSMODEL_BODY, AWSMODEL_TEXTS, false },
		{ "ec2", "DescribeInstances", "DryRun", "dry-run", "DryRun", "",
		    AWSMODEL_BODY, AWSMODEL_BOOLEAN, false },
		{ "ec2", "DescribeInstances", "Filters", "filters", "Filter", "",
		    AWSMODEL_BODY, AWSMODEL_LIST, false },
		{ "iam", "CreateRole", "Tags", "tags", "Tags", "member", AWSMODEL_BODY,
		    AWSMODEL_LIST, false },
		{ "sts", "AssumeRole", "TransitiveTagKeys", "transitive-tag-keys",
		    "TransitiveTagKeys", "member", AWSMODEL_BODY, AWSMODEL_TEXTS,
		    false },
		{ "rds", "DescribeDBInstances", "Filters", "filters", "Filters",
		    "Filter", AWSMODEL_BODY, AWSMODEL_LIST, false },
		{ "sns", "CreateTopic", "Attributes", "attributes", "Attributes",
		    "entry", AWSMODEL_BODY, AWSMODEL_MAP, false },
		{ "lambda", "Invoke", "FunctionName", "function-name", "FunctionName",
		    "", AWSMODEL_PATH, AWSMODEL_STRING, true },
		{ "lambda", "Invoke", "Payload", "payload", "Payload", "",
		    AWSMODEL_PAYLOAD, AWSMODEL_BLOB, false },
		{ "apigateway", "GetRestApi", "restApiId", "rest-api-id", "restapi_id",
		    "", AWSMODEL_PATH, AWSMODEL_STRING, true },
		{ "iot", "SearchIndex", "queryString", "query-string", "queryString",
		    "", AWSMODEL_BODY, AWSMODEL_STRING, true },
		/* renamed by the CLI */
		{ "emr", "ListSteps", "ClusterId", "cluster-id", "ClusterId", "",
		    AWSMODEL_BODY, AWSMODEL_STRING, true },
		{ "opsworks", "CloneStack", "Region", "stack-region", "Region", "",
		    AWSMODEL_BODY, AWSMODEL_STRING, false },
		{ "eks", "CreateCluster", "version", "kubernetes-version", "version",
		    "", AWSMODEL_BODY, AWSMODEL_STRING, false },
		{ "sns", "Subscribe", "Endpoint", "notification-endpoint", "Endpoint",
		    "", AWSMODEL_BODY, AWSMODEL_STRING, false },
		{ "deploy", "CreateDeploymentGroup", "ec2TagFilters", "ec2-tag-filters",
		    "ec2TagFilters", "", AWSMODEL_BODY, AWSMODEL_LIST, false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct awsmodel_operation o =
		    operation(rows[i].service, rows[i].operation);
		struct awsmodel_param p, q;

		assert_true(awsmodel_param(&o, span_of(rows[i].name), &p));
		assert_string_equal(p.name, rows[i].name);
		assert_string_equal(p.option, rows[i].option);
		assert_string_equal(p.wire, rows[i].wire);
		assert_string_equal(p.item, rows[i].item);
		assert_int_equal(p.place, rows[i].place);
		assert_int_equal(p.type, rows[i].type);
		assert_int_equal(p.required, rows[i].required);
		assert_true(awsmodel_param_option(&o, span_of(rows[i].option), &q));
		assert_string_equal(q.name, p.name);
		assert_true(
		    awsmodel_param_wire(&o, rows[i].place, span_of(rows[i].wire), &q));
		assert_string_equal(q.name, p.name);
	}
}

static void
options_that_say_no(void **state)
{
	static const struct {
		const char *service, *operation, *option, *name;
		bool negative;
	} rows[] = {
		{ "ec2", "RunInstances", "dry-run", "DryRun", false },
		{ "ec2", "RunInstances", "no-dry-run", "DryRun", true },
		{ "ec2", "CreateImage", "no-reboot", "NoReboot", false },
		{ "ec2", "CreateImage", "reboot", "NoReboot", true },
		{ "ec2", "CreateImage", "no-no-reboot", NULL, false },
		{ "ec2", "CreateNetworkAclEntry", "ingress", "Egress", true },
		{ "ec2", "CreateNetworkAclEntry", "no-egress", NULL, false },
		/* a structure of one boolean */
		{ "ec2", "ModifyInstanceAttribute", "no-source-dest-check",
		    "SourceDestCheck", true },
		{ "ecs", "UpdateService", "disable-execute-command",
		    "enableExecuteCommand", true },
		/* a second name */
		{ "mgn", "DescribeSourceServers", "no-filters", NULL, false },
		{ "mgn", "DescribeJobLogItems", "job-id", "jobID", false },
		{ "elasticache", "CreateReplicationGroup",
		    "preferred-cache-cluster-a-zs", "PreferredCacheClusterAZs", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct awsmodel_operation o =
		    operation(rows[i].service, rows[i].operation);
		struct awsmodel_param p;
		bool there = awsmodel_param_option(&o, span_of(rows[i].option), &p);

		assert_int_equal(there, rows[i].name != NULL);
		if (!there)
			continue;
		assert_string_equal(p.name, rows[i].name);
		assert_int_equal(p.negative, rows[i].negative);
	}
}

static void
marks(void **state)
{
	struct awsmodel_operation o = operation("s3", "ListObjectsV2");
	struct awsmodel_param p;

	(void)state;
	assert_true(awsmodel_param(&o, span_of("ContinuationToken"), &p));
	assert_true(p.paging);
	assert_true(awsmodel_param(&o, span_of("MaxKeys"), &p));
	assert_true(p.paging);
	assert_true(awsmodel_param(&o, span_of("Prefix"), &p));
	assert_false(p.paging || p.idempotency || p.sensitive || p.negative);
	o = operation("ec2", "RunInstances");
	assert_true(awsmodel_param(&o, span_of("ClientToken"), &p));
	assert_true(p.idempotency);
	o = operation("secretsmanager", "PutSecretValue");
	assert_true(awsmodel_param(&o, span_of("SecretString"), &p));
	assert_true(p.sensitive);
	o = operation("s3", "PutObject");
	assert_true(awsmodel_param_wire(&o, AWSMODEL_HEADER, span_of("X-AMZ-ACL"), &p));
	assert_false(awsmodel_param_wire(&o, AWSMODEL_BODY, span_of("x-amz-acl"), &p));
	assert_false(awsmodel_param_wire(&o, AWSMODEL_HEADER, span_of("x-amz-ac"), &p));
}

static void
nested(void **state)
{
	struct awsmodel_operation o = operation("s3", "DeleteObjects");
	struct awsmodel_param p, objects, key;

	(void)state;
	assert_true(awsmodel_param(&o, span_of("Delete"), &p));
	assert_true(awsmodel_member(&p, span_of("Objects"), &objects));
	assert_string_equal(objects.wire, "Object");
	assert_string_equal(objects.item, "");
	assert_true(awsmodel_member_wire(&p, span_of("Object"), &key));
	assert_string_equal(key.name, "Objects");
	assert_true(awsmodel_member(&objects, span_of("Key"), &key));
	assert_true(key.required);
	assert_int_equal(awsmodel_members(&key), 0);
	assert_false(awsmodel_member(&key, span_of("Key"), &p));
	assert_false(awsmodel_member(&objects, span_of("key"), &p));

	o = operation("dynamodb", "TransactWriteItems");
	assert_true(awsmodel_param(&o, span_of("TransactItems"), &p));
	assert_true(awsmodel_member(&p, span_of("Put"), &objects));
	assert_true(awsmodel_member(&objects, span_of("TableName"), &key));
	o = operation("dynamodb", "BatchWriteItem");
	assert_true(awsmodel_param(&o, span_of("RequestItems"), &p));
	assert_int_equal(p.type, AWSMODEL_MAP);
	assert_true(awsmodel_member(&p, span_of("PutRequest"), &key));

	o = operation("ec2", "RunInstances");
	assert_true(awsmodel_param(&o, span_of("IamInstanceProfile"), &p));
	assert_true(awsmodel_member(&p, span_of("Arn"), &key));
	assert_string_equal(key.wire, "Arn");
	assert_string_equal(key.option, "");
	o = operation("s3", "PutBucketTagging");
	assert_true(awsmodel_param(&o, span_of("Tagging"), &p));
	assert_true(awsmodel_member(&p, span_of("TagSet"), &objects));
	assert_string_equal(objects.item, "Tag");
}

static void
waiters(void **state)
{
	struct awsmodel_service s = service("s3");
	struct awsmodel_operation o;

	(void)state;
	assert_true(awsmodel_waiter(&s, span_of("bucket-exists"), &o));
	assert_string_equal(o.name, "HeadBucket");
	s = service("ec2");
	assert_true(awsmodel_waiter(&s, span_of("instance-running"), &o));
	assert_string_equal(o.name, "DescribeInstances");
	assert_false(awsmodel_waiter(&s, span_of("bucket-exists"), &o));
}

static void
walk_params(const struct awsmodel_operation *o)
{
	struct awsmodel_param p, q, inner;
	char no[128];

	for (uint32_t i = 0; i < o->n_params; i++) {
		awsmodel_param_at(o, i, &p);
		assert_true(awsmodel_param(o, span_of(p.name), &q));
		assert_ptr_equal(p.name, q.name);
		assert_true(awsmodel_param_option(o, span_of(p.option), &q));
		assert_ptr_equal(p.name, q.name);
		assert_true(p.wire[0] != 0 || p.place == AWSMODEL_HEADERS ||
			    p.place == AWSMODEL_QUERY_MAP);
		assert_false(p.type == AWSMODEL_STRUCTURE && p.inner == 0);
		snprintf(no, sizeof no, "no-%s", p.option);
		if (p.type == AWSMODEL_BOOLEAN &&
		    awsmodel_param_option(o, span_of(no), &q))
			assert_true(q.negative || q.name != p.name);
		for (uint32_t k = 0; k < awsmodel_members(&p); k++) {
			awsmodel_member_at(&p, k, &q);
			assert_true(awsmodel_member(&p, span_of(q.name), &inner));
			assert_ptr_equal(q.name, inner.name);
		}
	}
}

static void
walk(void **state)
{
	struct awsmodel_service s, found;
	struct awsmodel_operation o, same;
	size_t total = 0;

	(void)state;
	for (uint32_t i = 0; i < awsmodel_count(); i++) {
		awsmodel_service_at(i, &s);
		assert_true(awsmodel_service(s.name, &found));
		assert_int_equal(found.number, i);
		assert_true(awsmodel_command(s.command, &found));
		assert_int_equal(found.number, i);
		for (uint32_t k = 0; k < s.n_operations; k++, total++) {
			awsmodel_operation_at(&s, k, &o);
			assert_true(awsmodel_operation(&s, span_of(o.name), &same));
			assert_int_equal(same.number, k);
			assert_true(awsmodel_operation_cli(&s, span_of(o.cli), &same));
			assert_int_equal(same.number, k);
			assert_int_equal(o.path[0], '/');
			walk_params(&o);
		}
	}
	assert_in_range(awsmodel_count(), 300, 1000);
	assert_in_range(total, 12000, 60000);
}

/* Two lists of the CLI's services, one kept by hand: what a command may name, the model
 * has. */
static void
agrees_with_awsfacts(void **state)
{
	struct awsmodel_service s;
	size_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < awsmodel_count(); i++) {
		awsmodel_service_at(i, &s);
		if (!awsfacts_service(s.command))
			continue;
		assert_string_equal(awsfacts_rule_service(s.command), s.name);
		n++;
	}
	assert_in_range(n, 300, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services),
		cmocka_unit_test(unknown_ones),
		cmocka_unit_test(operations),
		cmocka_unit_test(params),
		cmocka_unit_test(options_that_say_no),
		cmocka_unit_test(marks),
		cmocka_unit_test(nested),
		cmocka_unit_test(waiters),
		cmocka_unit_test(walk),
		cmocka_unit_test(agrees_with_awsfacts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
