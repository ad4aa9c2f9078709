/* Requests as clients send them, and what becomes of them. */
#include "tests/support/unit.h"

#include "tests/gate/reading.h"

#define S3 "Host: s3.eu-west-1.amazonaws.com\nx-amz-content-sha256: UNSIGNED-PAYLOAD\n"
#define VHOST                                                                          \
	"Host: logs.s3.eu-west-1.amazonaws.com\nx-amz-content-sha256: "                \
	"UNSIGNED-PAYLOAD\n"
#define FORM "Content-Type: application/x-www-form-urlencoded; charset=utf-8\n"
#define EC2 "POST / HTTP/1.1\nHost: ec2.eu-west-1.amazonaws.com\n" FORM
#define STS "POST / HTTP/1.1\nHost: sts.eu-west-1.amazonaws.com\n" FORM
#define DYNAMODB                                                                       \
	"POST / HTTP/1.1\nHost: dynamodb.eu-west-1.amazonaws.com\n"                    \
	"Content-Type: application/x-amz-json-1.0\n"
#define LAMBDA "Host: lambda.eu-west-1.amazonaws.com\n"
#define EC2_VERSION "&Version=2016-11-15"

struct row {
	const char *lines, *service, *body, *text;
};

static void
check(const struct row *rows, size_t n, bool endpoint)
{
	for (size_t i = 0; i < n; i++) {
		struct reading r;
		enum rc rc = reading_of(&r, endpoint, rows[i].lines, rows[i].service,
		    "eu-west-1", span_of(rows[i].body));

		if (rc != RC_OK)
			fail_msg("row %zu: %s: %s", i, r.why.code, r.why.text);
		if (strcmp(reading_text(&r), rows[i].text) != 0)
			fail_msg(
			    "row %zu: %s\n\tnot %s", i, reading_text(&r), rows[i].text);
		reading_clear(&r);
	}
}

static void
s3_requests(void **state)
{
	static const struct row rows[] = {
		{ "GET / HTTP/1.1\n" S3, "s3", "", "s3:ListBuckets eu-west-1" },
		{ "GET /logs?list-type=2&prefix=a%2Fb&delimiter=%2F HTTP/1.1\n" S3,
		    "s3", "",
		    "s3:ListObjectsV2 eu-west-1 Bucket=logs Prefix=a/b Delimiter=/" },
		{ "GET /?list-type=2 HTTP/1.1\n" VHOST, "s3", "",
		    "s3:ListObjectsV2 eu-west-1 Bucket=logs" },
		{ "GET /logs/ HTTP/1.1\n" S3, "s3", "",
		    "s3:ListObjects eu-west-1 Bucket=logs" },
		{ "HEAD /logs HTTP/1.1\n" S3, "s3", "",
		    "s3:HeadBucket eu-west-1 Bucket=logs" },
		{ "GET /logs/a%20b/%C3%A4+%2B HTTP/1.1\n" S3, "s3", "",
		    "s3:GetObject eu-west-1 Bucket=logs Key=a b/\\xC3\\xA4++" },
		{ "GET /a/b/?x-id=GetObject HTTP/1.1\nRange: bytes=0-9\n" VHOST, "s3",
		    "", "s3:GetObject eu-west-1 Range=bytes=0-9 Bucket=logs Key=a/b/" },
		{ "GET /logs/k?versionId=7&partNumber=2 HTTP/1.1\n" S3, "s3", "",
		    "s3:GetObject eu-west-1 Bucket=logs Key=k VersionId=7 "
		    "PartNumber=2" },
		{ "HEAD /logs/k HTTP/1.1\n" S3, "s3", "",
		    "s3:HeadObject eu-west-1 Bucket=logs Key=k" },
		{ "PUT /logs/k HTTP/1.1\nContent-Length: 4\nContent-Type: text/plain\n"
		  "x-amz-acl: private\nx-amz-meta-Owner: me\nContent-MD5: x\n"
		  "Expect: 100-continue\n" S3,
		    "s3", "body",
		    "s3:PutObject eu-west-1 ContentType=text/plain ACL=private "
		    "Metadata "
		    "ContentMD5=x Bucket=logs Key=k Body" },
		{ "PUT /logs/k HTTP/1.1\nx-amz-copy-source: "
		  "/other/k%20x?versionId=3\n" S3,
		    "s3", "",
		    "s3:CopyObject eu-west-1 CopySource=/other/k%20x?versionId=3 "
		    "Bucket=logs Key=k" },
		{ "PUT /logs/k?partNumber=1&uploadId=u HTTP/1.1\n" S3, "s3", "x",
		    "s3:UploadPart eu-west-1 Bucket=logs Key=k PartNumber=1 UploadId=u "
		    "Body" },
		{ "PUT /logs/k?partNumber=1&uploadId=u HTTP/1.1\n"
		  "x-amz-copy-source: o/k\n" S3,
		    "s3", "",
		    "s3:UploadPartCopy eu-west-1 CopySource=o/k Bucket=logs Key=k "
		    "PartNumber=1 UploadId=u" },
		{ "POST /logs/k?uploads HTTP/1.1\n" S3, "s3", "",
		    "s3:CreateMultipartUpload eu-west-1 Bucket=logs Key=k" },
		{ "POST /logs/k?uploadId=u HTTP/1.1\n" S3, "s3",
		    "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/"
		    "2006-03-01/\"><Part><ETag>e</ETag><PartNumber>1</PartNumber></"
		    "Part>"
		    "<Part><ETag>f</ETag><PartNumber>2</PartNumber></Part>"
		    "</CompleteMultipartUpload>",
		    "s3:CompleteMultipartUpload eu-west-1 Bucket=logs Key=k UploadId=u "
		    "MultipartUpload" },
		{ "DELETE /logs/k?uploadId=u HTTP/1.1\n" S3, "s3", "",
		    "s3:AbortMultipartUpload eu-west-1 Bucket=logs Key=k UploadId=u" },
		{ "GET /logs/k?uploadId=u HTTP/1.1\n" S3, "s3", "",
		    "s3:ListParts eu-west-1 Bucket=logs Key=k UploadId=u" },
		{ "DELETE /logs/k HTTP/1.1\n"
		  "x-amz-bypass-governance-retention: True\n" S3,
		    "s3", "",
		    "s3:DeleteObject eu-west-1 BypassGovernanceRetention=true "
		    "Bucket=logs Key=k" },
		{ "DELETE /logs/k?versionId=9 HTTP/1.1\n"
		  "x-amz-bypass-governance-retention: true\n" S3,
		    "s3", "",
		    "s3:DeleteObject eu-west-1 BypassGovernanceRetention=true "
		    "Bucket=logs "
		    "Key=k VersionId=9" },
		{ "POST /logs?delete HTTP/1.1\n" S3, "s3",
		    "<Delete><Object><Key>a&amp;b</Key></Object><Object><Key>c</Key>"
		    "<VersionId>1</VersionId></Object><Quiet>true</Quiet></Delete>",
		    "s3:DeleteObjects eu-west-1 Bucket=logs Delete "
		    "Delete.Objects.Key=a&b "
		    "Delete.Objects.Key=c Delete.Objects.VersionId=1" },
		{ "GET /logs?acl HTTP/1.1\n" S3, "s3", "",
		    "s3:GetBucketAcl eu-west-1 Bucket=logs" },
		{ "GET /logs/k?tagging= HTTP/1.1\n" S3, "s3", "",
		    "s3:GetObjectTagging eu-west-1 Bucket=logs Key=k" },
		{ "PUT /logs?policy HTTP/1.1\n" S3, "s3", "{}",
		    "s3:PutBucketPolicy eu-west-1 Bucket=logs Policy={}" },
		{ "PUT /logs?notification HTTP/1.1\n" S3, "s3",
		    "<NotificationConfiguration/>",
		    "s3:PutBucketNotificationConfiguration eu-west-1 Bucket=logs "
		    "NotificationConfiguration" },
		{ "GET /logs?analytics&id=x HTTP/1.1\n" S3, "s3", "",
		    "s3:GetBucketAnalyticsConfiguration eu-west-1 Bucket=logs Id=x" },
		{ "GET /logs?analytics HTTP/1.1\n" S3, "s3", "",
		    "s3:ListBucketAnalyticsConfigurations eu-west-1 Bucket=logs" },
		{ "PUT /logs HTTP/1.1\n" S3, "s3",
		    "<CreateBucketConfiguration><LocationConstraint>eu-west-1"
		    "</LocationConstraint></CreateBucketConfiguration>",
		    "s3:CreateBucket eu-west-1 Bucket=logs CreateBucketConfiguration" },
	};

	(void)state;
	check(rows, ROWS(rows), false);
}

static void
framed_uploads(void **state)
{
	static const struct row rows[] = {
		{ "PUT /k HTTP/1.1\nHost: logs.s3.eu-west-1.amazonaws.com\n"
		  "Transfer-Encoding: chunked\nContent-Encoding: gzip,aws-chunked\n"
		  "x-amz-decoded-content-length: 5\n"
		  "x-amz-sdk-checksum-algorithm: CRC64NVME\n"
		  "x-amz-trailer: x-amz-checksum-crc64nvme\n"
		  "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\n",
		    "s3", "",
		    "s3:PutObject eu-west-1 ContentEncoding=gzip "
		    "ChecksumAlgorithm=CRC64NVME Bucket=logs Key=k Body" },
		{ "PUT /logs/k HTTP/1.1\nHost: s3.eu-west-1.amazonaws.com\n"
		  "Content-Encoding: aws-chunked\nContent-Length: 90\n"
		  "x-amz-decoded-content-length: 5\n"
		  "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\n",
		    "s3", "", "s3:PutObject eu-west-1 Bucket=logs Key=k Body" },
	};

	(void)state;
	check(rows, ROWS(rows), false);
}

static void
forms(void **state)
{
	static const struct row rows[] = {
		{ STS, "sts", "Action=GetCallerIdentity&Version=2011-06-15",
		    "sts:GetCallerIdentity eu-west-1" },
		{ "GET /?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Signature=x "
		  "HTTP/1.1\nHost: sts.eu-west-1.amazonaws.com\n",
		    "sts", "", "sts:GetCallerIdentity eu-west-1" },
		{ EC2, "ec2",
		    "Action=TerminateInstances" EC2_VERSION
		    "&InstanceId.1=i-1&InstanceId.2=i-2&DryRun=true",
		    "ec2:TerminateInstances eu-west-1 InstanceIds=i-1 InstanceIds=i-2 "
		    "DryRun=true" },
		{ EC2, "ec2",
		    "Action=DescribeInstances" EC2_VERSION
		    "&Filter.1.Name=tag%3Aa&Filter.1.Value.1=x+y&MaxResults=5",
		    "ec2:DescribeInstances eu-west-1 Filters MaxResults=5" },
		{ EC2, "ec2",
		    "Action=RunInstances" EC2_VERSION
		    "&ImageId=ami-1&MinCount=1&MaxCount=1&UserData=eA%3D%3D",
		    "ec2:RunInstances eu-west-1 ImageId=ami-1 MinCount=1 MaxCount=1 "
		    "UserData=eA==" },
		{ "POST / HTTP/1.1\nHost: rds.eu-west-1.amazonaws.com\n" FORM, "rds",
		    "Action=DescribeDBClusters&Version=2014-10-31&DBClusterIdentifier="
		    "c",
		    "rds:DescribeDBClusters eu-west-1 DBClusterIdentifier=c" },
		{ "POST / HTTP/1.1\nHost: "
		  "elasticloadbalancing.eu-west-1.amazonaws.com\n" FORM,
		    "elasticloadbalancing",
		    "Action=DescribeLoadBalancers&Version=2015-12-01&Names.member.1=x",
		    "elbv2:DescribeLoadBalancers eu-west-1 Names=x" },
		{ "POST / HTTP/1.1\nHost: "
		  "elasticloadbalancing.eu-west-1.amazonaws.com\n" FORM,
		    "elasticloadbalancing",
		    "Action=DescribeLoadBalancers&Version=2012-06-01"
		    "&LoadBalancerNames.member.1=x",
		    "elb:DescribeLoadBalancers eu-west-1 LoadBalancerNames=x" },
		{ "POST /111122223333/q HTTP/1.1\nHost: "
		  "sqs.eu-west-1.amazonaws.com\n" FORM,
		    "sqs",
		    "Action=SendMessage&Version=2012-11-05&MessageBody=m&QueueUrl="
		    "https%3A%2F%2Fsqs.eu-west-1.amazonaws.com%2F111122223333%2Fq",
		    "sqs:SendMessage eu-west-1 MessageBody=m QueueUrl="
		    "https://sqs.eu-west-1.amazonaws.com/111122223333/q" },
	};

	(void)state;
	check(rows, ROWS(rows), false);
}

static void
json_requests(void **state)
{
	static const struct row rows[] = {
		{ DYNAMODB "X-Amz-Target: DynamoDB_20120810.ListTables\n", "dynamodb",
		    "{}", "dynamodb:ListTables eu-west-1" },
		{ DYNAMODB "X-Amz-Target: DynamoDB_20120810.GetItem\n", "dynamodb",
		    "{\"TableName\":\"t\",\"Key\":{\"id\":{\"S\":\"1\"}},"
		    "\"ConsistentRead\":true}",
		    "dynamodb:GetItem eu-west-1 TableName=t Key ConsistentRead=true" },
		{ "POST / HTTP/1.1\nHost: sqs.eu-west-1.amazonaws.com\n"
		  "Content-Type: application/x-amz-json-1.0\n"
		  "X-Amz-Target: AmazonSQS.SendMessage\nx-amzn-query-mode: true\n",
		    "sqs", "{\"QueueUrl\":\"https://x/1/q\",\"MessageBody\":\"m\"}",
		    "sqs:SendMessage eu-west-1 QueueUrl=https://x/1/q MessageBody=m" },
		{ "POST /2015-03-31/functions/f%3A1/invocations HTTP/1.1\n"
		  "X-Amz-Invocation-Type: Event\n" LAMBDA,
		    "lambda", "{\"a\":1,\"a\":2}",
		    "lambda:Invoke eu-west-1 InvocationType=Event FunctionName=f:1 "
		    "Payload" },
		{ "GET /2015-03-31/functions/?MaxItems=5 HTTP/1.1\n" LAMBDA, "lambda",
		    "", "lambda:ListFunctions eu-west-1 MaxItems=5" },
		{ "POST /2015-03-31/functions HTTP/1.1\n" LAMBDA
		  "Content-Type: application/json\n",
		    "lambda",
		    "{\"FunctionName\":\"f\",\"Role\":\"arn:aws:iam::1:role/"
		    "r\",\"Code\":"
		    "{\"ZipFile\":\"eA==\"},\"Timeout\":3,\"Description\":null}",
		    "lambda:CreateFunction eu-west-1 FunctionName=f "
		    "Role=arn:aws:iam::1:role/r Code Timeout=3 Description" },
		{ "GET "
		  "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3Afunction%3Af "
		  "HTTP/1.1\n" LAMBDA,
		    "lambda", "",
		    "lambda:ListTags eu-west-1 "
		    "Resource=arn:aws:lambda:eu-west-1:1:function:f" },
		{ "DELETE /tags/arn%3Aa%2Fb?tagKeys=x&tagKeys=y HTTP/1.1\n"
		  "Host: eks.eu-west-1.amazonaws.com\n",
		    "eks", "",
		    "eks:UntagResource eu-west-1 resourceArn=arn:a/b tagKeys=x "
		    "tagKeys=y" },
		{ "POST /2013-04-01/hostedzone/Z1/rrset/ HTTP/1.1\n"
		  "Host: route53.eu-west-1.amazonaws.com\n",
		    "route53",
		    "<ChangeResourceRecordSetsRequest><ChangeBatch><Changes><Change>"
		    "<Action>DELETE</Action><ResourceRecordSet><Name>a</Name><Type>A</"
		    "Type>"
		    "</ResourceRecordSet></Change></Changes></ChangeBatch>"
		    "</ChangeResourceRecordSetsRequest>",
		    "route53:ChangeResourceRecordSets eu-west-1 HostedZoneId=Z1 "
		    "ChangeBatch" },
	};

	(void)state;
	check(rows, ROWS(rows), false);
}

static void
endpoint_requests(void **state)
{
	static const struct row rows[] = {
		{ "GET /s3/logs/k HTTP/1.1\nHost: localhost:8443\n"
		  "x-amz-content-sha256: UNSIGNED-PAYLOAD\n",
		    "s3", "", "s3:GetObject eu-west-1 Bucket=logs Key=k" },
		{ "GET /logs/k HTTP/1.1\nHost: 127.0.0.1:8443\n"
		  "x-amz-content-sha256: UNSIGNED-PAYLOAD\n",
		    "s3", "", "s3:GetObject eu-west-1 Bucket=logs Key=k" },
		{ "POST /iam HTTP/1.1\nHost: localhost\n" FORM, "iam",
		    "Action=ListUsers&Version=2010-05-08", "iam:ListUsers us-east-1" },
	};

	(void)state;
	check(rows, ROWS(rows), true);
}

struct bad {
	const char *lines, *service, *body;
};

static void
refuse(const struct bad *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct reading r;
		enum rc rc = reading_of(&r, false, rows[i].lines, rows[i].service,
		    "eu-west-1", span_of(rows[i].body));

		if (rc != RC_REFUSE)
			fail_msg("row %zu was not refused: %s", i,
			    rc == RC_OK ? reading_text(&r) : r.why.text);
		assert_in_range(r.why.status, 400, 501);
		assert_int_not_equal(r.why.text[0], '\0');
		reading_clear(&r);
	}
}

static void
confused_paths(void **state)
{
	static const struct bad rows[] = {
		{ "GET /logs/../other/k HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs/a/../b HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs/a/.. HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs/./b HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs/%2e%2e/b HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs/%2E/b HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs//b HTTP/1.1\n" S3, "s3", "" },
		{ "GET //logs/b HTTP/1.1\n" S3, "s3", "" },
		{ "GET //b HTTP/1.1\n" VHOST, "s3", "" },
		{ "GET /logs/b// HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs%2Fb HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs/a%2fb HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs/a%2F..%2Fb HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs/a%00b HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs/a%0Ab HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs/%FF HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs/% HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs/%4 HTTP/1.1\n" S3, "s3", "" },
		{ "GET /LOGS/k HTTP/1.1\n" S3, "s3", "" },
		{ "GET /x-s3alias/k HTTP/1.1\n" S3, "s3", "" },
		{ "GET /x--use1-az4--x-s3/k HTTP/1.1\n" S3, "s3", "" },
		{ "GET /arn%3Aaws%3As3%3A%3A1%3Aaccesspoint%3Ax/k HTTP/1.1\n" S3, "s3",
		    "" },
		{ "GET /2015-03-31/functions/../x HTTP/1.1\n" LAMBDA, "lambda", "" },
		{ "GET /2015-03-31//functions/f HTTP/1.1\n" LAMBDA, "lambda", "" },
		{ "GET /2015-03-31/functions/%66 HTTP/1.1\n" LAMBDA, "lambda", "" },
		{ "GET /2015-03-31/%66unctions/f HTTP/1.1\n" LAMBDA, "lambda", "" },
		{ "GET /tags/arn%3Aa%2F..%2Fb HTTP/1.1\nHost: "
		  "eks.eu-west-1.amazonaws.com\n",
		    "eks", "" },
	};

	(void)state;
	refuse(rows, ROWS(rows));
}

static void
confused_operations(void **state)
{
	static const struct bad rows[] = {
		{ EC2, "ec2",
		    "Action=DescribeInstances&Action=TerminateInstances" EC2_VERSION },
		{ EC2, "ec2", "Action=DescribeInstances&%41ction=X" EC2_VERSION },
		{ "POST /?Action=TerminateInstances HTTP/1.1\n"
		  "Host: ec2.eu-west-1.amazonaws.com\n" FORM,
		    "ec2", "Action=DescribeInstances" EC2_VERSION },
		{ EC2, "ec2", "action=DescribeInstances" EC2_VERSION },
		{ EC2, "ec2", "Action=DescribeInstances" },
		{ EC2, "ec2", "Action=DescribeInstances&Version=2000-01-01" },
		{ EC2, "ec2", "Action=NoSuchThing" EC2_VERSION },
		{ EC2, "ec2", "" },
		{ EC2 "X-Amz-Target: EC2.DescribeInstances\n", "ec2",
		    "Action=DescribeInstances" EC2_VERSION },
		{ "GET /?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1\n"
		  "Host: sts.eu-west-1.amazonaws.com\n",
		    "sts", "Action=GetSessionToken&Version=2011-06-15" },
		{ "PUT / HTTP/1.1\nHost: sts.eu-west-1.amazonaws.com\n" FORM, "sts",
		    "Action=GetCallerIdentity&Version=2011-06-15" },
		{ "POST /x HTTP/1.1\nHost: sts.eu-west-1.amazonaws.com\n" FORM, "sts",
		    "Action=GetCallerIdentity&Version=2011-06-15" },
		{ "POST /111122223333/other HTTP/1.1\nHost: "
		  "sqs.eu-west-1.amazonaws.com\n" FORM,
		    "sqs",
		    "Action=PurgeQueue&Version=2012-11-05&QueueUrl="
		    "https%3A%2F%2Fsqs.eu-west-1.amazonaws.com%2F111122223333%2Fq" },
		{ "POST /111122223333/q HTTP/1.1\nHost: "
		  "sqs.eu-west-1.amazonaws.com\n" FORM,
		    "sqs", "Action=PurgeQueue&Version=2012-11-05" },
		{ DYNAMODB "X-Amz-Target: DynamoDB_20120810.NoSuchThing\n", "dynamodb",
		    "{}" },
		{ DYNAMODB "X-Amz-Target: DynamoDB_20111205.ListTables\n", "dynamodb",
		    "{}" },
		{ DYNAMODB "X-Amz-Target: ListTables\n", "dynamodb", "{}" },
		{ DYNAMODB "X-Amz-Target: DynamoDB_20120810.\n", "dynamodb", "{}" },
		{ DYNAMODB, "dynamodb", "{}" },
		{ "POST /?Action=Scan HTTP/1.1\nHost: "
		  "dynamodb.eu-west-1.amazonaws.com\n"
		  "Content-Type: application/x-amz-json-1.0\n"
		  "X-Amz-Target: DynamoDB_20120810.ListTables\n",
		    "dynamodb", "{}" },
		{ "POST / HTTP/1.1\nHost: dynamodb.eu-west-1.amazonaws.com\n" FORM
		  "X-Amz-Target: DynamoDB_20120810.ListTables\n",
		    "dynamodb", "{}" },
		{ "POST /service/X/operation/Y HTTP/1.1\nsmithy-protocol: rpc-v2-cbor\n"
		  "Host: monitoring.eu-west-1.amazonaws.com\n",
		    "monitoring", "" },
		{ "POST / HTTP/1.1\nHost: dynamodb.eu-west-1.amazonaws.com\n"
		  "Content-Type: application/cbor\n",
		    "dynamodb", "" },
		{ "GET /logs?acl&policy HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs/k?tagging&acl HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs?nosuch HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs?list-type=1 HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs?list-type=2&list-type=2 HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs/k?versionId=1&versionId=2 HTTP/1.1\n" S3, "s3", "" },
		{ "GET /logs?prefix=a+b HTTP/1.1\n" S3, "s3", "" },
		{ "PATCH /logs/k HTTP/1.1\n" S3, "s3", "" },
		{ "POST /logs HTTP/1.1\nContent-Type: multipart/form-data; "
		  "boundary=x\n" S3,
		    "s3", "--x--" },
		{ "POST /logs?delete HTTP/1.1\n"
		  "Content-Type: multipart/form-data; boundary=x\n" S3,
		    "s3", "<Delete/>" },
		{ "PUT /logs/k?uploadId=u HTTP/1.1\n" S3, "s3", "" },
	};

	(void)state;
	refuse(rows, ROWS(rows));
}

static void
members_are_closed(void **state)
{
	static const struct bad rows[] = {
		{ "PUT /logs/k HTTP/1.1\nx-amz-nosuch: 1\n" S3, "s3", "" },
		{ "PUT /logs/k HTTP/1.1\nx-amz-rename-source: 1\n" S3, "s3", "" },
		{ "PUT /logs HTTP/1.1\nx-amz-copy-source: o/k\n" S3, "s3", "" },
		{ "GET /logs/k HTTP/1.1\nx-amz-acl: private\n" S3, "s3", "" },
		{ "GET /logs/k HTTP/1.1\nCookie: a\n" S3, "s3", "" },
		{ "GET /logs/k HTTP/1.1\nx-amz-security-token: a\n" S3, "s3", "" },
		{ "GET /logs/k HTTP/1.1\nOrigin: a\n" S3, "s3", "" },
		{ "GET /logs/k HTTP/1.1\n" S3 "X-Forwarded-Host: a\n", "s3", "" },
		{ DYNAMODB "X-Amz-Target: DynamoDB_20120810.GetItem\n", "dynamodb",
		    "{\"TableName\":\"t\",\"Table\":\"u\"}" },
		{ DYNAMODB "X-Amz-Target: DynamoDB_20120810.GetItem\n", "dynamodb",
		    "{\"TableName\":\"t\",\"tableName\":\"u\"}" },
		{ DYNAMODB "X-Amz-Target: DynamoDB_20120810.GetItem\n", "dynamodb",
		    "{\"TableName\":\"t\",\"TableName\":\"u\"}" },
		{ DYNAMODB "X-Amz-Target: DynamoDB_20120810.GetItem\n", "dynamodb",
		    "{\"TableName\":\"t\",\"Table\\u004eame\":\"u\"}" },
		{ DYNAMODB "X-Amz-Target: DynamoDB_20120810.GetItem\n", "dynamodb",
		    "{\"TableName\":[\"t\"]}" },
		{ DYNAMODB "X-Amz-Target: DynamoDB_20120810.GetItem\n", "dynamodb",
		    "{\"TableName\":{}}" },
		{ DYNAMODB "X-Amz-Target: DynamoDB_20120810.GetItem\n", "dynamodb",
		    "{\"Key\":\"x\"}" },
		{ DYNAMODB "X-Amz-Target: DynamoDB_20120810.GetItem\n", "dynamodb",
		    "[]" },
		{ DYNAMODB "X-Amz-Target: DynamoDB_20120810.GetItem\n", "dynamodb",
		    "" },
		{ DYNAMODB "X-Amz-Target: DynamoDB_20120810.GetItem\n", "dynamodb",
		    "\xEF\xBB\xBF{\"TableName\":\"t\"}" },
		{ DYNAMODB "X-Amz-Target: DynamoDB_20120810.TransactWriteItems\n",
		    "dynamodb",
		    "{\"TransactItems\":[{\"Put\":{\"TableName\":\"t\",\"tableName\":"
		    "\"u\",\"Item\":{}}}]}" },
		{ DYNAMODB "X-Amz-Target: DynamoDB_20120810.TransactWriteItems\n",
		    "dynamodb",
		    "{\"TransactItems\":[{\"put\":{\"TableName\":\"t\",\"Item\":{}}}]"
		    "}" },
		{ "POST /logs?delete HTTP/1.1\n" S3, "s3", "<Remove/>" },
		{ "POST /logs?delete HTTP/1.1\n" S3, "s3",
		    "<Delete><object><Key>a</Key></object></Delete>" },
		{ "POST /logs?delete HTTP/1.1\n" S3, "s3",
		    "<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>" },
		{ "POST /logs?delete HTTP/1.1\n" S3, "s3",
		    "<Delete><Object><Key><Key>a</Key></Key></Object></Delete>" },
		{ "POST /logs?delete HTTP/1.1\n" S3, "s3",
		    "<!DOCTYPE x><Delete><Object><Key>a</Key></Object></Delete>" },
		{ "GET /logs?acl HTTP/1.1\n" S3, "s3", "<x/>" },
		{ EC2, "ec2",
		    "Action=TerminateInstances" EC2_VERSION "&InstanceId=i-1" },
		{ EC2, "ec2",
		    "Action=TerminateInstances" EC2_VERSION "&InstanceId.0=i-1" },
		{ EC2, "ec2",
		    "Action=TerminateInstances" EC2_VERSION "&InstanceId.01=i-1" },
		{ EC2, "ec2",
		    "Action=TerminateInstances" EC2_VERSION
		    "&InstanceId.member.1=i-1" },
		{ EC2, "ec2",
		    "Action=TerminateInstances" EC2_VERSION "&InstanceId.1.x=i-1" },
		{ EC2, "ec2",
		    "Action=TerminateInstances" EC2_VERSION
		    "&InstanceId.1=i-1&InstanceId.1=i-2" },
		{ EC2, "ec2",
		    "Action=TerminateInstances" EC2_VERSION "&instanceId.1=i-1" },
		{ EC2, "ec2", "Action=TerminateInstances" EC2_VERSION "&X=1" },
		{ EC2, "ec2", "Action=TerminateInstances" EC2_VERSION "&DryRun.1=1" },
		{ EC2, "ec2", "Action=DescribeInstances" EC2_VERSION "&Filter.1.X=1" },
		{ EC2, "ec2",
		    "Action=CopySnapshot" EC2_VERSION
		    "&SourceRegion=a&SourceSnapshotId=b&PresignedUrl=c" },
		{ EC2 "Content-Encoding: br\n", "ec2",
		    "Action=DescribeInstances" EC2_VERSION },
		{ "POST / HTTP/1.1\nHost: ec2.eu-west-1.amazonaws.com\nContent-Type: "
		  "application/x-www-form-urlencoded; charset=utf-7\n",
		    "ec2", "Action=DescribeInstances" EC2_VERSION },
		{ "POST / HTTP/1.1\nHost: ec2.eu-west-1.amazonaws.com\nContent-Type: "
		  "application/x-www-form-urlencoded; Charset=UTF-7\n",
		    "ec2", "Action=DescribeInstances" EC2_VERSION },
		{ "POST / HTTP/1.1\nHost: ec2.eu-west-1.amazonaws.com\nContent-Type: "
		  "application/x-www-form-urlencoded; charset=utf-8; charset=utf-7\n",
		    "ec2", "Action=DescribeInstances" EC2_VERSION },
		{ "POST / HTTP/1.1\nHost: ec2.eu-west-1.amazonaws.com\nContent-Type: "
		  "application/x-www-form-urlencoded; charset=utf-8x\n",
		    "ec2", "Action=DescribeInstances" EC2_VERSION },
		/* What goes on would be two segments, and another operation. */
		{ "DELETE /v20180820/accesspoint/mine%2Fpolicy HTTP/1.1\nHost: "
		  "111122223333.s3-control.eu-west-1.amazonaws.com\n"
		  "x-amz-account-id: 111122223333\n",
		    "s3", "" },
		{ "POST /logs?delete HTTP/1.1\nHost: s3.eu-west-1.amazonaws.com\n"
		  "Content-Type: application/xml; Charset=UTF-7\n",
		    "s3", "<Delete><Object><Key>a</Key></Object></Delete>" },
		{ "POST /2015-03-31/functions HTTP/1.1\n" LAMBDA, "lambda",
		    "{\"FunctionName\":\"f\",\"Nosuch\":1}" },
		{ "POST /2015-03-31/functions HTTP/1.1\n" LAMBDA
		  "Content-Type: text/plain\n",
		    "lambda", "{\"FunctionName\":\"f\"}" },
		{ "POST /2015-03-31/functions HTTP/1.1\n" LAMBDA, "lambda",
		    "{\"FunctionName\":\"f\",\"Code\":{\"Nosuch\":1}}" },
		{ "GET /2015-03-31/functions/?nosuch=1 HTTP/1.1\n" LAMBDA, "lambda",
		    "" },
		{ "GET /2015-03-31/functions/ HTTP/1.1\n" LAMBDA, "lambda",
		    "{\"a\":1}" },
		{ "POST /logs?delete HTTP/1.1\nHost: s3.eu-west-1.amazonaws.com\n"
		  "x-amz-decoded-content-length: 5\n"
		  "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\n",
		    "s3", "" },
	};

	(void)state;
	refuse(rows, ROWS(rows));
}

static void
bodies_are_streamed_or_read(void **state)
{
	static const struct {
		const char *lines, *service;
		bool streamed;
		size_t most;
	} rows[] = {
		{ "PUT /logs/k HTTP/1.1\n" S3, "s3", true, 0 },
		{ "POST /logs?delete HTTP/1.1\n" S3, "s3", false, 0 },
		{ EC2, "ec2", false, RESOLVE_BODY },
		{ "POST /2015-03-31/functions HTTP/1.1\n" LAMBDA, "lambda", false,
		    RESOLVE_BODY_BLOB },
		{ DYNAMODB "X-Amz-Target: DynamoDB_20120810.ListTables\n", "dynamodb",
		    false, RESOLVE_BODY },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct reading r;

		reading_of(&r, false, rows[i].lines, rows[i].service, "eu-west-1",
		    span_of(""));
		assert_int_equal(r.plan.streamed, rows[i].streamed);
		if (rows[i].most > 0)
			assert_int_equal(r.plan.most, rows[i].most);
		reading_clear(&r);
	}
}

/* "{}" and a bomb, by gzip. */
static void
gzip_is_undone_within_a_bound(void **state)
{
	static const uint8_t zipped[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xab,
		0xae, 5, 0, 0x43, 0xbf, 0xa6, 0xa3, 2, 0, 0, 0 };
	static const char lines[] = DYNAMODB
	    "X-Amz-Target: DynamoDB_20120810.ListTables\nContent-Encoding: gzip\n";
	uint8_t spoiled[sizeof zipped + 1] = { 0 };
	struct reading r;

	(void)state;
	assert_int_equal(reading_of(&r, false, lines, "dynamodb", "eu-west-1",
			     span_make(zipped, sizeof zipped)),
	    RC_OK);
	assert_true(r.inflated);
	assert_string_equal(reading_text(&r), "dynamodb:ListTables eu-west-1");
	reading_clear(&r);
	memcpy(spoiled, zipped, sizeof zipped);
	for (size_t n = 0; n <= sizeof spoiled; n++) {
		enum rc rc = reading_of(
		    &r, false, lines, "dynamodb", "eu-west-1", span_make(spoiled, n));

		assert_int_equal(rc, n == sizeof zipped ? RC_OK : RC_REFUSE);
		reading_clear(&r);
	}
	assert_int_equal(
	    reading_of(&r, false, lines, "dynamodb", "eu-west-1", span_of("{}")),
	    RC_REFUSE);
	reading_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s3_requests),
		cmocka_unit_test(framed_uploads),
		cmocka_unit_test(forms),
		cmocka_unit_test(json_requests),
		cmocka_unit_test(endpoint_requests),
		cmocka_unit_test(confused_paths),
		cmocka_unit_test(confused_operations),
		cmocka_unit_test(members_are_closed),
		cmocka_unit_test(bodies_are_streamed_or_read),
		cmocka_unit_test(gzip_is_undone_within_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
