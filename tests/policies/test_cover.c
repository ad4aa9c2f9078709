#include "tests/policies/asking.h"

#include "policies/cover.h"

static const struct iam_place place = { "aws", "111122223333", "eu-west-1" };

struct row {
	const char *line, *call, *region, *members;
	const char *why; /* NULL: covered */
};

static void
check(const struct row *r)
{
	struct aws_request *req = asking_request(r->line);
	struct apicall *c = asking_call(r->call, r->region, r->members);
	struct err why = { "" };
	bool good = cover_allows(req, c, &place, &why);

	if (good != (r->why == NULL) || (!good && strstr(why.text, r->why) == NULL))
		fail_msg("%s, %s %s: %s", r->line, r->call, r->members, why.text);
	apicall_free(c);
	aws_free(req);
}

#define RM "aws s3 rm s3://logs/a/x"
#define RM_ALL "aws s3 rm s3://logs/a --recursive"
#define CP "aws s3 cp s3://logs/a/x s3://copy/b/"
#define UP "aws s3 cp - s3://logs/x"
#define MV "aws s3 mv s3://logs/a s3://copy/b --recursive"
#define SYNC "aws s3 sync s3://logs s3://copy/b"

#define USERS "aws iam list-users --max-items 5"

/* How many the CLI gives is not how many it asks for at a time. */
static void
pages(void **state)
{
	static const struct row rows[] = {
		{ USERS, "iam:ListUsers", "us-east-1", "", NULL },
		{ USERS " --no-paginate", "iam:ListUsers", "us-east-1", "MaxItems=5",
		    NULL },
		{ USERS, "iam:ListUsers", "us-east-1", "PathPrefix=/x/",
		    "does not give PathPrefix" },
		{ "aws ssm describe-parameters --page-size 5", "ssm:DescribeParameters",
		    "eu-west-1", "MaxResults=5", NULL },
		{ "aws lambda list-code-signing-configs --page-size 5 --max-items 9",
		    "lambda:ListCodeSigningConfigs", "eu-west-1", "MaxItems=5", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check(&rows[i]);
}

#define PUT "aws s3api put-object --bucket logs --key x"

/* A body that is a stream is there when nobody fills it. */
static void
empty_streams(void **state)
{
	static const struct row rows[] = {
		{ PUT, "s3:PutObject", "eu-west-1", "Bucket=logs;Key=x;?Body", NULL },
		{ PUT " --body fileb://-", "s3:PutObject", "eu-west-1",
		    "Bucket=logs;Key=x;?Body", NULL },
		{ PUT, "s3:PutObject", "eu-west-1", "Bucket=logs;Key=x;?Metadata",
		    "does not give Metadata" },
		{ "aws lambda invoke --function-name f -", "lambda:Invoke", "eu-west-1",
		    "FunctionName=f;?Payload", "does not give Payload" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check(&rows[i]);
}

static void
calls_of_s3_commands(void **state)
{
	static const struct row rows[] = {
		{ RM, "s3:DeleteObject", "eu-west-1", "Bucket=logs;Key=a/x", NULL },
		{ RM, "s3:DeleteObject", "us-west-2", "Bucket=logs;Key=a/x", NULL },
		{ RM, "s3:DeleteObject", "eu-west-1", "Bucket=logs;Key=a/xy",
		    "does not name arn:aws:s3:::logs/a/xy" },
		{ RM, "s3:DeleteObject", "eu-west-1", "Bucket=log;Key=a/x",
		    "does not name" },
		{ RM, "s3:DeleteObject", "eu-west-1", "Bucket=logs;Key=a/x;VersionId=1",
		    "" },
		{ RM, "s3:DeleteObject", "eu-west-1",
		    "Bucket=logs;Key=a/x;BypassGovernanceRetention=true", "" },
		{ RM, "s3:DeleteObject", "eu-west-1", "Bucket=logs;Key=a/x;MFA=1",
		    "does not give MFA" },
		{ RM, "s3:GetObject", "eu-west-1", "Bucket=logs;Key=a/x",
		    "makes no such call" },
		{ RM, "s3:ListObjectsV2", "eu-west-1", "Bucket=logs;Prefix=a/x",
		    "makes no such call" },
		{ RM, "iam:ListUsers", "us-east-1", "", "makes no such call" },
		{ RM_ALL, "s3:ListObjectsV2", "eu-west-1",
		    "Bucket=logs;Prefix=a/;MaxKeys=1000;EncodingType=url", NULL },
		{ RM_ALL, "s3:ListObjectsV2", "eu-west-1", "Bucket=logs;Prefix=a",
		    "another value than the command's for Prefix" },
		{ RM_ALL, "s3:ListObjectsV2", "eu-west-1", "Bucket=logs",
		    "another value than the command's for Prefix" },
		{ RM_ALL, "s3:DeleteObject", "eu-west-1", "Bucket=logs;Key=a/b/c",
		    NULL },
		{ RM_ALL, "s3:DeleteObject", "eu-west-1", "Bucket=logs;Key=a/", NULL },
		{ RM_ALL, "s3:DeleteObject", "eu-west-1", "Bucket=logs;Key=ab",
		    "does not name" },
		{ RM_ALL, "s3:DeleteObject", "eu-west-1", "Bucket=logs2;Key=a/b",
		    "does not name" },
		{ "aws s3 rm s3://logs --recursive", "s3:DeleteObject", "eu-west-1",
		    "Bucket=logs;Key=any/thing", NULL },
		{ "aws s3 rm s3://logs --recursive", "s3:DeleteObject", "eu-west-1",
		    "Bucket=logs2;Key=any", "does not name" },
		{ "aws s3 rm s3://logs --recursive", "s3:DeleteObject", "eu-west-1",
		    "Bucket=logs;Key=any;MFA=1", "does not give MFA" },
		/* Nothing is below a bucket that is named without --recursive. */
		{ "aws s3 rm s3://logs", "s3:DeleteObject", "eu-west-1",
		    "Bucket=logs;Key=any", "does not give Key" },
		{ CP, "s3:HeadObject", "eu-west-1", "Bucket=logs;Key=a/x", NULL },
		{ CP, "s3:CopyObject", "eu-west-1",
		    "Bucket=copy;Key=b/x;CopySource=logs/a/x", NULL },
		{ CP, "s3:CopyObject", "eu-west-1",
		    "Bucket=copy;Key=b/x;CopySource=logs/a/y", "" },
		{ CP, "s3:CopyObject", "eu-west-1",
		    "Bucket=copy;Key=b/y;CopySource=logs/a/x", "does not name" },
		{ CP, "s3:CopyObject", "eu-west-1",
		    "Bucket=copy;Key=b/x;CopySource=secret/a/x", "" },
		{ CP, "s3:CopyObject", "eu-west-1", "Bucket=copy;Key=b/x",
		    "another value than the command's for CopySource" },
		{ CP, "s3:DeleteObject", "eu-west-1", "Bucket=copy;Key=b/x", NULL },
		{ CP, "s3:DeleteObject", "eu-west-1", "Bucket=logs;Key=a/x",
		    "does not name" },
		{ "aws s3 cp 's3://logs/a b+c' s3://copy/b", "s3:CopyObject",
		    "eu-west-1", "Bucket=copy;Key=b;CopySource=logs/a%20b%2Bc", NULL },
		{ UP, "s3:PutObject", "eu-west-1",
		    "Bucket=logs;Key=x;?Body;ContentMD5=x;ContentType=text/plain",
		    NULL },
		{ UP, "s3:PutObject", "eu-west-1",
		    "Bucket=logs;Key=x;?Body;ACL=public-read", "" },
		{ UP, "s3:PutObject", "eu-west-1", "Bucket=logs;Key=x;?Body;?Metadata",
		    "does not give Metadata" },
		{ UP, "s3:UploadPart", "eu-west-1",
		    "Bucket=logs;Key=x;?Body;UploadId=u;PartNumber=1", NULL },
		{ UP " --acl private", "s3:PutObject", "eu-west-1",
		    "Bucket=logs;Key=x;?Body;ACL=private", NULL },
		{ UP " --acl private", "s3:PutObject", "eu-west-1",
		    "Bucket=logs;Key=x;?Body;ACL=public-read",
		    "another value than the command's for ACL" },
		{ UP " --acl private", "s3:PutObject", "eu-west-1",
		    "Bucket=logs;Key=x;?Body;?ACL", "another value" },
		{ UP " --acl private", "s3:PutObject", "eu-west-1",
		    "Bucket=logs;Key=x;?Body", "another value" },
		{ UP " --sse --storage-class GLACIER", "s3:PutObject", "eu-west-1",
		    "Bucket=logs;Key=x;?Body;ServerSideEncryption=AES256;"
		    "StorageClass=GLACIER",
		    NULL },
		{ MV, "s3:CopyObject", "eu-west-1",
		    "Bucket=copy;Key=b/q;CopySource=logs/a/q", NULL },
		{ MV, "s3:CopyObject", "eu-west-1",
		    "Bucket=copy;Key=q;CopySource=logs/a/q", "does not name" },
		{ MV, "s3:DeleteObject", "eu-west-1", "Bucket=logs;Key=a/q", NULL },
		{ MV, "s3:DeleteObject", "eu-west-1", "Bucket=logs;Key=q",
		    "does not name" },
		{ SYNC, "s3:ListObjectsV2", "eu-west-1", "Bucket=logs", NULL },
		{ SYNC, "s3:ListObjectsV2", "eu-west-1", "Bucket=copy;Prefix=b/",
		    NULL },
		{ SYNC, "s3:ListObjectsV2", "eu-west-1", "Bucket=copy", "Prefix" },
		{ SYNC, "s3:CopyObject", "eu-west-1",
		    "Bucket=copy;Key=b/q;CopySource=logs/q", NULL },
		{ SYNC, "s3:CopyObject", "eu-west-1",
		    "Bucket=copy;Key=b/q;CopySource=logs2/q", "" },
		{ SYNC, "s3:DeleteObject", "eu-west-1", "Bucket=logs;Key=q",
		    "does not name" },
		/* What the source has goes on when the words change some of it. */
		{ CP " --content-type text/x", "s3:CopyObject", "eu-west-1",
		    "Bucket=copy;Key=b/x;CopySource=logs/a/x;ContentType=text/x;"
		    "CacheControl=no-store;?Metadata;MetadataDirective=REPLACE",
		    NULL },
		{ CP " --content-type text/x", "s3:CopyObject", "eu-west-1",
		    "Bucket=copy;Key=b/x;CopySource=logs/a/x;ContentType=text/y",
		    "another value than the command's for ContentType" },
		{ CP " --content-type text/x", "s3:CopyObject", "eu-west-1",
		    "Bucket=copy;Key=b/x;CopySource=logs/a/x;ContentType=text/x;"
		    "WebsiteRedirectLocation=/x",
		    "does not give WebsiteRedirectLocation" },
		{ UP " --sse-c AES256 --sse-c-key k", "s3:CompleteMultipartUpload",
		    "eu-west-1", "Bucket=logs;Key=x;UploadId=u;?MultipartUpload",
		    NULL },
		{ UP " --sse-c AES256 --sse-c-key k", "s3:CompleteMultipartUpload",
		    "eu-west-1",
		    "Bucket=logs;Key=x;UploadId=u;?MultipartUpload;"
		    "SSECustomerAlgorithm=AES256;?SSECustomerKey;?SSECustomerKeyMD5",
		    NULL },
		{ "aws s3 ls", "s3:ListBuckets", "eu-west-1", "", NULL },
		{ "aws s3 ls", "s3:ListObjectsV2", "eu-west-1", "Bucket=logs",
		    "makes no such call" },
		{ "aws s3 ls s3://logs/a", "s3:ListObjectsV2", "eu-west-1",
		    "Bucket=logs;Prefix=a;Delimiter=/", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check(&rows[i]);
}

#define EC2 "aws ec2 describe-instances --instance-ids i-1 i-2"

static void
calls_of_operations(void **state)
{
	static const struct row rows[] = {
		{ EC2, "ec2:DescribeInstances", "eu-west-1",
		    "InstanceIds=i-1;InstanceIds=i-2", NULL },
		{ EC2, "ec2:DescribeInstances", "eu-west-1",
		    "InstanceIds=i-2;InstanceIds=i-1;NextToken=x", NULL },
		{ EC2, "ec2:DescribeInstances", "eu-west-1", "InstanceIds=i-1",
		    "another value" },
		{ EC2, "ec2:DescribeInstances", "eu-west-1",
		    "InstanceIds=i-1;InstanceIds=i-2;InstanceIds=i-3",
		    "does not name arn:aws:ec2:eu-west-1:111122223333:instance/i-3" },
		{ EC2, "ec2:DescribeInstances", "eu-west-1", "", "does not name *" },
		{ EC2, "ec2:DescribeInstances", "us-west-2",
		    "InstanceIds=i-1;InstanceIds=i-2", "region us-west-2" },
		{ EC2 " --region us-west-2", "ec2:DescribeInstances", "us-west-2",
		    "InstanceIds=i-1;InstanceIds=i-2", NULL },
		{ EC2 " --region us-west-2", "ec2:DescribeInstances", "eu-west-1",
		    "InstanceIds=i-1;InstanceIds=i-2", "region eu-west-1" },
		{ EC2, "ec2:DescribeInstances", "eu-west-1",
		    "InstanceIds=i-1;InstanceIds=i-2;?Filters",
		    "does not give Filters" },
		{ EC2, "ec2:DescribeInstances", "eu-west-1",
		    "InstanceIds=i-1;InstanceIds=i-2;DryRun=true",
		    "does not give DryRun" },
		{ EC2 " --no-dry-run", "ec2:DescribeInstances", "eu-west-1",
		    "InstanceIds=i-1;InstanceIds=i-2;DryRun=false", NULL },
		{ EC2 " --dry-run", "ec2:DescribeInstances", "eu-west-1",
		    "InstanceIds=i-1;InstanceIds=i-2;DryRun=false",
		    "another value than the command's for DryRun" },
		{ EC2, "ec2:TerminateInstances", "eu-west-1",
		    "InstanceIds=i-1;InstanceIds=i-2", "makes no such call" },
		/* Signed for the one region that the service has. */
		{ "aws iam list-users", "iam:ListUsers", "us-east-1", "", NULL },
		{ "aws iam list-users", "iam:ListUsers", "eu-central-1", "",
		    "region eu-central-1" },
		{ "aws ec2 wait instance-running --instance-ids i-1",
		    "ec2:DescribeInstances", "eu-west-1", "InstanceIds=i-1", NULL },
		{ "aws s3api put-object --bucket b --key k --body fileb://-",
		    "s3:PutObject", "eu-west-1", "Bucket=b;Key=k;?Body", NULL },
		{ "aws s3api delete-object --bucket b", "s3:DeleteObject", "eu-west-1",
		    "Bucket=b;Key=k", "does not give Key" },
		{ "aws s3api delete-objects --bucket b --delete "
		  "'{\"Objects\": [{\"Key\": \"a\"}, {\"Key\": \"b\"}]}'",
		    "s3:DeleteObjects", "eu-west-1",
		    "Bucket=b;?Delete;Delete.Objects.Key=a;Delete.Objects.Key=b",
		    NULL },
		{ "aws s3api delete-objects --bucket b --delete "
		  "'{\"Objects\": [{\"Key\": \"a\"}, {\"Key\": \"b\"}]}'",
		    "s3:DeleteObjects", "eu-west-1",
		    "Bucket=b;?Delete;Delete.Objects.Key=a;Delete.Objects.Key=c",
		    "does not name arn:aws:s3:::b/c" },
		{ "aws s3api delete-objects --bucket b --delete "
		  "'{\"Objects\": [{\"Key\": \"a\", \"VersionId\": \"1\"}]}'",
		    "s3:DeleteObjects", "eu-west-1",
		    "Bucket=b;?Delete;Delete.Objects.Key=a;Delete.Objects.VersionId=2",
		    "another value" },
		{ "aws ec2 run-instances --image-id ami-1 --count 2",
		    "ec2:RunInstances", "eu-west-1",
		    "ImageId=ami-1;MinCount=2;MaxCount=2;ClientToken=x", NULL },
		{ "aws ec2 run-instances --image-id ami-1 --count 2",
		    "ec2:RunInstances", "eu-west-1",
		    "ImageId=ami-1;MinCount=2;MaxCount=2;UserData=x",
		    "does not give UserData" },
		{ "aws ssm get-parameter --name a", "ssm:GetParameter", "eu-west-1",
		    "Name=a;WithDecryption=true", "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check(&rows[i]);
}

static void
nobody_covers_without_a_place(void **state)
{
	static const struct iam_place nowhere = { "aws", NULL, "eu-west-1" };
	struct aws_request *req = asking_request("aws s3 ls");
	struct apicall *c = asking_call("s3:ListBuckets", "eu-west-1", "");
	struct iam_needs n;
	struct err why = { "" };

	(void)state;
	assert_true(cover_allows(req, c, &place, &why));
	assert_false(cover_allows(req, c, &nowhere, &why));
	assert_int_equal(cover_needs(req, &nowhere, &n, &why), RC_REFUSE);
	apicall_free(c);
	aws_free(req);
}

static void
needs_of_a_lease(void **state)
{
	static const struct {
		const char *line;
		const char *needs[8];
	} rows[] = {
		{ "aws s3 rm 's3://logs/a*'",
		    { "s3:DeleteObject arn:aws:s3:::logs/a${*}" } },
		{ "aws s3 rm s3://logs/a --recursive",
		    { "s3:ListBucket arn:aws:s3:::logs",
			"s3:DeleteObject arn:aws:s3:::logs/a/*" } },
		{ "aws s3 rm s3://logs --recursive",
		    { "s3:ListBucket arn:aws:s3:::logs",
			"s3:DeleteObject arn:aws:s3:::logs/*" } },
		/* HeadObject needs what GetObject does: once. */
		{ "aws s3 cp s3://logs/a -", { "s3:GetObject arn:aws:s3:::logs/a" } },
		{ "aws s3 ls", { "s3:ListAllMyBuckets *" } },
		{ "aws dynamodb get-item --table-name t --key '{}'",
		    { "dynamodb:GetItem "
		      "arn:aws:dynamodb:eu-west-1:111122223333:table/t" } },
		{ "aws --region us-west-2 dynamodb get-item --table-name t --key '{}'",
		    { "dynamodb:GetItem "
		      "arn:aws:dynamodb:us-west-2:111122223333:table/t" } },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct aws_request *req = asking_request(rows[i].line);
		struct err err = { "" };
		struct iam_needs n;
		size_t k;

		if (cover_needs(req, &place, &n, &err) != RC_OK)
			fail_msg("%s: %s", rows[i].line, err.text);
		for (k = 0; k < n.n; k++) {
			char text[512];

			snprintf(
			    text, sizeof text, "%s %s", n.v[k].action, n.v[k].resource);
			if (rows[i].needs[k] == NULL)
				fail_msg("%s: %s too", rows[i].line, text);
			assert_string_equal(text, rows[i].needs[k]);
		}
		assert_null(rows[i].needs[k]);
		cover_clear(&n);
		aws_free(req);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages),
		cmocka_unit_test(empty_streams),
		cmocka_unit_test(calls_of_s3_commands),
		cmocka_unit_test(calls_of_operations),
		cmocka_unit_test(nobody_covers_without_a_place),
		cmocka_unit_test(needs_of_a_lease),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
