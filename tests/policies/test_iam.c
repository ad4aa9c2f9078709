/* From calls to needs: each service's names, what members imply, what is refused; and
 * walks over the tables, so that no row names what the model does not know. */
#include "tests/support/unit.h"

#include "policies/iam.h"
#include "policies/iam_parts.h"

static const struct iam_place place = {
	.partition = "aws", .account = "111122223333", .region = "eu-west-1"
};

#define R "eu-west-1:111122223333:"

/* "Member=value" lines; a line without '=' is a member whose value is not known. */
static struct apicall *
call_of(const char *service, const char *operation, const char *params)
{
	struct apicall *c = NULL;
	struct err err = { "" };

	assert_int_equal(apicall_new(service, operation, "eu-west-1", &c, &err), RC_OK);
	while (*params != 0) {
		size_t n = strcspn(params, "\n"), k = strcspn(params, "=\n");
		char name[128];

		assert_true(span_copy(span_make(params, k), name, sizeof name));
		if (k == n)
			assert_int_equal(apicall_member(c, name, &err), RC_OK);
		else
			assert_int_equal(
			    apicall_value(
				c, name, span_make(params + k + 1, n - k - 1), &err),
			    RC_OK);
		params += n + (params[n] == '\n');
	}
	return c;
}

/* A line a need: "Operation action arn", '+' before one that is implied, '~' before a
 * pattern, and " > resource" behind when a policy says something else. */
static void
show(const struct iam_needs *n, struct buf *out)
{
	for (size_t i = 0; i < n->n; i++) {
		const struct iam_need *d = &n->v[i];

		buf_printf(out, "%s%s%s %s %s%s", i == 0 ? "" : "\n",
		    d->implied ? "+" : "", d->operation, d->action,
		    d->pattern ? "~" : "", d->arn);
		if (strcmp(d->arn, d->resource) != 0)
			buf_printf(out, " > %s", d->resource);
	}
}

struct row {
	const char *service, *operation, *params, *needs;
};

static void
check(const struct row *row)
{
	struct apicall *c = call_of(row->service, row->operation, row->params);
	struct iam_needs needs = { 0 };
	struct err err = { "" };
	struct buf b;

	buf_init(&b, 1 << 16);
	if (iam_needs(c, &place, &needs, &err) != RC_OK)
		fail_msg("%s %s: %s", row->service, row->operation, err.text);
	show(&needs, &b);
	assert_string_equal(buf_cstr(&b), row->needs);
	buf_clear(&b);
	iam_clear(&needs);
	apicall_free(c);
}

static void
check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(&rows[i]);
}

static void
s3(void **state)
{
	static const struct row rows[] = {
		{ "s3", "ListBuckets", "", "ListBuckets s3:ListAllMyBuckets ~*" },
		{ "s3", "ListObjectsV2", "Bucket=b\nPrefix=x/",
		    "ListObjectsV2 s3:ListBucket arn:aws:s3:::b" },
		{ "s3", "HeadBucket", "Bucket=b",
		    "HeadBucket s3:ListBucket arn:aws:s3:::b" },
		{ "s3", "GetObject", "Bucket=b\nKey=a/b c",
		    "GetObject s3:GetObject arn:aws:s3:::b/a/b c" },
		{ "s3", "HeadObject", "Bucket=b\nKey=k",
		    "HeadObject s3:GetObject arn:aws:s3:::b/k" },
		{ "s3", "GetObject", "Bucket=b\nKey=k\nVersionId=v1",
		    "GetObject s3:GetObjectVersion arn:aws:s3:::b/k\n"
		    "+GetObjectVersion s3:GetObjectVersion arn:aws:s3:::b/k" },
		{ "s3", "GetObjectAttributes", "Bucket=b\nKey=k\nVersionId=v1",
		    "GetObjectAttributes s3:GetObjectVersionAttributes "
		    "arn:aws:s3:::b/k\n"
		    "+GetObjectVersionAttributes s3:GetObjectVersionAttributes "
		    "arn:aws:s3:::b/k\n"
		    "+GetObjectVersion s3:GetObjectVersion arn:aws:s3:::b/k" },
		{ "s3", "GetObjectAttributes", "Bucket=b\nKey=k",
		    "GetObjectAttributes s3:GetObjectAttributes arn:aws:s3:::b/k\n"
		    "+GetObject s3:GetObject arn:aws:s3:::b/k" },
		{ "s3", "PutObject", "Bucket=b\nKey=k\nBody",
		    "PutObject s3:PutObject arn:aws:s3:::b/k" },
		{ "s3", "PutObject",
		    "Bucket=b\nKey=k\nACL=public-read\nTagging=a%3Db\nGrantRead=x",
		    "PutObject s3:PutObject arn:aws:s3:::b/k\n"
		    "+PutObjectAcl s3:PutObjectAcl arn:aws:s3:::b/k\n"
		    "+PutObjectTagging s3:PutObjectTagging arn:aws:s3:::b/k" },
		{ "s3", "CreateMultipartUpload",
		    "Bucket=b\nKey=k\nObjectLockMode=GOVERNANCE\n"
		    "ObjectLockRetainUntilDate=2030\nObjectLockLegalHoldStatus=ON",
		    "CreateMultipartUpload s3:PutObject arn:aws:s3:::b/k\n"
		    "+PutObjectRetention s3:PutObjectRetention arn:aws:s3:::b/k\n"
		    "+PutObjectLegalHold s3:PutObjectLegalHold arn:aws:s3:::b/k" },
		{ "s3", "UploadPart", "Bucket=b\nKey=k\nPartNumber=1\nUploadId=u",
		    "UploadPart s3:PutObject arn:aws:s3:::b/k" },
		{ "s3", "ListParts", "Bucket=b\nKey=k\nUploadId=u",
		    "ListParts s3:ListMultipartUploadParts arn:aws:s3:::b/k" },
		{ "s3", "DeleteObject",
		    "Bucket=b\nKey=k\nVersionId=v\nBypassGovernanceRetention=true",
		    "DeleteObject s3:DeleteObjectVersion arn:aws:s3:::b/k\n"
		    "+DeleteObjectVersion s3:DeleteObjectVersion arn:aws:s3:::b/k\n"
		    "+BypassGovernanceRetention s3:BypassGovernanceRetention "
		    "arn:aws:s3:::b/k" },
		{ "s3", "DeleteObject",
		    "Bucket=b\nKey=k\nBypassGovernanceRetention=false",
		    "DeleteObject s3:DeleteObject arn:aws:s3:::b/k" },
		{ "s3", "CopyObject", "Bucket=b\nKey=k\nCopySource=src/a%20b%2Fc",
		    "CopyObject s3:PutObject arn:aws:s3:::b/k\n"
		    "+GetObject s3:GetObject arn:aws:s3:::src/a b/c" },
		{ "s3", "UploadPartCopy",
		    "Bucket=b\nKey=k\nCopySource=/src/x?versionId=v9",
		    "UploadPartCopy s3:PutObject arn:aws:s3:::b/k\n"
		    "+GetObjectVersion s3:GetObjectVersion arn:aws:s3:::src/x" },
		{ "s3", "CopyObject",
		    "Bucket=b\nKey=k\nCopySource=arn:aws:s3:eu-west-1:1:accesspoint/p/"
		    "object/o%3F",
		    "CopyObject s3:PutObject arn:aws:s3:::b/k\n"
		    "+GetObject s3:GetObject "
		    "arn:aws:s3:eu-west-1:1:accesspoint/p/object/o? > "
		    "arn:aws:s3:eu-west-1:1:accesspoint/p/object/o${?}" },
		/* a star in a key is a letter, not a wildcard */
		{ "s3", "GetObject", "Bucket=b\nKey=*",
		    "GetObject s3:GetObject arn:aws:s3:::b/* > arn:aws:s3:::b/${*}" },
		{ "s3", "GetObject", "Bucket=b\nKey=${aws:userid}",
		    "GetObject s3:GetObject arn:aws:s3:::b/${aws:userid} > "
		    "arn:aws:s3:::b/${$}{aws:userid}" },
		{ "s3", "PutObject", "Bucket=b",
		    "PutObject s3:PutObject ~arn:aws:s3:::b/*" },
		{ "s3", "PutObject",
		    "Bucket=arn:aws:s3:eu-west-1:9:accesspoint/p\nKey=k",
		    "PutObject s3:PutObject "
		    "arn:aws:s3:eu-west-1:9:accesspoint/p/object/k" },
		{ "s3", "GetBucketLifecycleConfiguration", "Bucket=b",
		    "GetBucketLifecycleConfiguration s3:GetLifecycleConfiguration "
		    "arn:aws:s3:::b" },
		{ "s3", "DeleteBucketEncryption", "Bucket=b",
		    "DeleteBucketEncryption s3:PutEncryptionConfiguration "
		    "arn:aws:s3:::b" },
		{ "s3", "CreateBucket", "Bucket=b\nACL=private\nObjectOwnership=x",
		    "CreateBucket s3:CreateBucket arn:aws:s3:::b\n"
		    "+PutBucketAcl s3:PutBucketAcl arn:aws:s3:::b\n"
		    "+PutBucketOwnershipControls s3:PutBucketOwnershipControls "
		    "arn:aws:s3:::b" },
		{ "s3", "DeleteObjects",
		    "Bucket=b\nDelete\nDelete.Objects.Key=x\nDelete.Objects.Key=y",
		    "DeleteObjects s3:DeleteObject arn:aws:s3:::b/x\n"
		    "+DeleteObject s3:DeleteObject arn:aws:s3:::b/x\n"
		    "DeleteObjects s3:DeleteObject arn:aws:s3:::b/y\n"
		    "+DeleteObject s3:DeleteObject arn:aws:s3:::b/y" },
		{ "s3", "DeleteObjects",
		    "Bucket=b\nDelete.Objects.Key=x\nDelete.Objects.VersionId=1",
		    "DeleteObjects s3:DeleteObjectVersion arn:aws:s3:::b/x\n"
		    "+DeleteObject s3:DeleteObjectVersion arn:aws:s3:::b/x\n"
		    "+DeleteObjectVersion s3:DeleteObjectVersion arn:aws:s3:::b/x" },
		{ "s3", "PutBucketReplication",
		    "Bucket=b\nReplicationConfiguration.Role=arn:aws:iam::1:role/r",
		    "PutBucketReplication s3:PutReplicationConfiguration "
		    "arn:aws:s3:::b\n"
		    "+PassRole iam:PassRole arn:aws:iam::1:role/r" },
	};

	(void)state;
	check_rows(rows, ROWS(rows));
}

/* Fewer versions than keys: no one can tell which key has one. */
static void
versions_of_some(void **state)
{
	static const struct row row = { "s3", "DeleteObjects",
		"Bucket=b\nDelete.Objects.Key=x\nDelete.Objects.Key=y\n"
		"Delete.Objects.VersionId=1",
		"DeleteObjects s3:DeleteObject arn:aws:s3:::b/x\n"
		"+DeleteObject s3:DeleteObject arn:aws:s3:::b/x\n"
		"+DeleteObjectVersion s3:DeleteObjectVersion arn:aws:s3:::b/x\n"
		"DeleteObjects s3:DeleteObject arn:aws:s3:::b/y\n"
		"+DeleteObject s3:DeleteObject arn:aws:s3:::b/y\n"
		"+DeleteObjectVersion s3:DeleteObjectVersion arn:aws:s3:::b/y" };

	(void)state;
	check(&row);
}

static void
a_thousand_keys(void **state)
{
	struct apicall *c =
	    call_of("s3", "DeleteObjects", "Bucket=b\nBypassGovernanceRetention=true");
	struct iam_needs needs = { 0 };
	char key[64];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof key, "some/folder/%d", i);
		assert_int_equal(
		    apicall_value(c, "Delete.Objects.Key", span_of(key), NULL), RC_OK);
		assert_int_equal(
		    apicall_value(c, "Delete.Objects.VersionId", span_of("v"), NULL),
		    RC_OK);
	}
	assert_int_equal(iam_needs(c, &place, &needs, NULL), RC_OK);
	assert_int_equal(needs.n, 4000);
	assert_string_equal(needs.v[3999].arn, "arn:aws:s3:::b/some/folder/999");
	iam_clear(&needs);
	for (int i = 0; i < 48; i++)
		assert_int_equal(
		    apicall_value(c, "Delete.Objects.Key", span_of("k"), NULL), RC_OK);
	assert_int_equal(iam_needs(c, &place, &needs, NULL), RC_REFUSE);
	assert_int_equal(needs.n, 0);
	apicall_free(c);
}

static void
compute(void **state)
{
	static const struct row rows[] = {
		{ "ec2", "DescribeInstances", "",
		    "DescribeInstances "
		    "ec2:DescribeInstances ~*" },
		{ "ec2", "DescribeInstances", "InstanceIds=i-1\nInstanceIds=i-2",
		    "DescribeInstances ec2:DescribeInstances arn:aws:ec2:" R
		    "instance/i-1 > *\n"
		    "DescribeInstances ec2:DescribeInstances arn:aws:ec2:" R
		    "instance/i-2 > *" },
		{ "ec2", "TerminateInstances", "InstanceIds=i-1",
		    "TerminateInstances ec2:TerminateInstances arn:aws:ec2:" R
		    "instance/i-1" },
		{ "ec2", "AttachVolume",
		    "InstanceId=i-1\nVolumeId=vol-1\nDevice=/dev/x",
		    "AttachVolume ec2:AttachVolume arn:aws:ec2:" R "instance/i-1\n"
		    "AttachVolume ec2:AttachVolume arn:aws:ec2:" R "volume/vol-1" },
		{ "ec2", "DeleteSnapshot", "SnapshotId=snap-1",
		    "DeleteSnapshot ec2:DeleteSnapshot "
		    "arn:aws:ec2:eu-west-1::snapshot/snap-1" },
		{ "ec2", "CreateTags", "Resources=vpc-1\nResources=tgw-rtb-1",
		    "CreateTags ec2:CreateTags arn:aws:ec2:" R "vpc/vpc-1\n"
		    "CreateTags ec2:CreateTags arn:aws:ec2:" R
		    "transit-gateway-route-table/tgw-rtb-1\n"
		    "CreateTags ec2:CreateTags ~*" },
		{ "ec2", "DisassociateAddress", "AssociationId=eipassoc-1",
		    "DisassociateAddress ec2:DisassociateAddress ~*" },
		{ "ec2", "CreateCarrierGateway", "VpcId=vpc-1",
		    "CreateCarrierGateway ec2:CreateCarrierGateway arn:aws:ec2:" R
		    "vpc/vpc-1\n"
		    "CreateCarrierGateway ec2:CreateCarrierGateway ~*" },
		{ "ec2", "CreateKeyPair", "KeyName=k",
		    "CreateKeyPair ec2:CreateKeyPair arn:aws:ec2:" R "key-pair/k" },
		{ "ec2", "AssociateIamInstanceProfile",
		    "InstanceId=i-1\nIamInstanceProfile.Name=p",
		    "AssociateIamInstanceProfile ec2:AssociateIamInstanceProfile "
		    "arn:aws:ec2:" R "instance/i-1\n"
		    "+PassRole iam:PassRole "
		    "arn:aws:iam::111122223333:instance-profile/p > "
		    "arn:aws:iam::111122223333:role/*" },
		{ "ec2", "RunInstances",
		    "ImageId=ami-1\nSubnetId=subnet-1\nSecurityGroupIds=sg-1\n"
		    "IamInstanceProfile.Arn=arn:aws:iam::1:instance-profile/p",
		    "RunInstances ec2:RunInstances ~arn:aws:ec2:" R "instance/*\n"
		    "RunInstances ec2:RunInstances ~arn:aws:ec2:" R "volume/*\n"
		    "RunInstances ec2:RunInstances ~arn:aws:ec2:" R
		    "network-interface/*\n"
		    "RunInstances ec2:RunInstances arn:aws:ec2:eu-west-1::image/ami-1\n"
		    "RunInstances ec2:RunInstances arn:aws:ec2:" R "subnet/subnet-1\n"
		    "RunInstances ec2:RunInstances arn:aws:ec2:" R
		    "security-group/sg-1\n"
		    "+PassRole iam:PassRole arn:aws:iam::1:instance-profile/p > "
		    "arn:aws:iam::111122223333:role/*" },
		{ "autoscaling", "SetDesiredCapacity",
		    "AutoScalingGroupName=g\nDesiredCapacity=2",
		    "SetDesiredCapacity autoscaling:SetDesiredCapacity "
		    "~arn:aws:autoscaling:" R
		    "autoScalingGroup:*:autoScalingGroupName/g" },
		{ "lambda", "Invoke", "FunctionName=f\nQualifier=prod\nPayload",
		    "Invoke lambda:InvokeFunction arn:aws:lambda:" R
		    "function:f:prod" },
		{ "lambda", "Invoke",
		    "FunctionName=arn:aws:lambda:us-east-1:9:function:f",
		    "Invoke lambda:InvokeFunction "
		    "arn:aws:lambda:us-east-1:9:function:f" },
		{ "lambda", "GetPolicy", "FunctionName=9:function:f",
		    "GetPolicy lambda:GetPolicy "
		    "arn:aws:lambda:eu-west-1:9:function:f" },
		{ "lambda", "GetLayerVersion", "LayerName=l\nVersionNumber=3",
		    "GetLayerVersion lambda:GetLayerVersion arn:aws:lambda:" R
		    "layer:l:3" },
		{ "lambda", "CreateFunction",
		    "FunctionName=f\nRole=arn:aws:iam::1:role/r\nCode",
		    "CreateFunction lambda:CreateFunction arn:aws:lambda:" R
		    "function:f\n"
		    "+PassRole iam:PassRole arn:aws:iam::1:role/r" },
		{ "ecs", "UpdateService", "cluster=c\nservice=s\ntaskDefinition=t:3",
		    "UpdateService ecs:UpdateService arn:aws:ecs:" R "service/c/s\n"
		    "UpdateService ecs:UpdateService arn:aws:ecs:" R
		    "task-definition/t:3" },
		{ "ecs", "StopTask", "task=t1",
		    "StopTask ecs:StopTask arn:aws:ecs:" R "task/default/t1" },
		{ "ecs", "RunTask",
		    "cluster=arn:aws:ecs:eu-west-1:1:cluster/c\ntaskDefinition=f\n"
		    "overrides.taskRoleArn=r",
		    "RunTask ecs:RunTask arn:aws:ecs:" R "task-definition/f > "
		    "arn:aws:ecs:" R "task-definition/f:*\n"
		    "RunTask ecs:RunTask arn:aws:ecs:eu-west-1:1:cluster/c\n"
		    "+PassRole iam:PassRole arn:aws:iam::111122223333:role/r" },
		{ "eks", "DescribeNodegroup", "clusterName=c\nnodegroupName=n",
		    "DescribeNodegroup eks:DescribeNodegroup ~arn:aws:eks:" R
		    "nodegroup/c/n/*\n"
		    "DescribeNodegroup eks:DescribeNodegroup arn:aws:eks:" R
		    "cluster/c" },
		{ "eks", "DescribeAddonVersions", "addonName=x",
		    "DescribeAddonVersions eks:DescribeAddonVersions ~*" },
		{ "ecr", "BatchGetImage", "repositoryName=a/b\nimageIds",
		    "BatchGetImage ecr:BatchGetImage arn:aws:ecr:" R "repository/a/b" },
		{ "ecr", "BatchGetImage", "registryId=9\nrepositoryName=a/b\nimageIds",
		    "BatchGetImage ecr:BatchGetImage "
		    "arn:aws:ecr:eu-west-1:9:repository/a/b" },
	};

	(void)state;
	check_rows(rows, ROWS(rows));
}

static void
data(void **state)
{
	static const struct row rows[] = {
		{ "dynamodb", "GetItem", "TableName=t\nKey",
		    "GetItem dynamodb:GetItem arn:aws:dynamodb:" R "table/t" },
		{ "dynamodb", "Query", "TableName=t\nIndexName=i",
		    "Query dynamodb:Query arn:aws:dynamodb:" R "table/t\n"
		    "Query dynamodb:Query arn:aws:dynamodb:" R "table/t/index/i" },
		{ "dynamodb", "BatchWriteItem",
		    "RequestItems\nRequestItems{}=a\n"
		    "RequestItems{}=b",
		    "BatchWriteItem dynamodb:BatchWriteItem arn:aws:dynamodb:" R
		    "table/a\n"
		    "BatchWriteItem dynamodb:BatchWriteItem arn:aws:dynamodb:" R
		    "table/b" },
		{ "dynamodb", "TransactWriteItems",
		    "TransactItems.Put.TableName=a\nTransactItems.Delete.TableName=b",
		    "TransactWriteItems dynamodb:PutItem arn:aws:dynamodb:" R
		    "table/a\n"
		    "+PutItem dynamodb:PutItem arn:aws:dynamodb:" R "table/a\n"
		    "TransactWriteItems dynamodb:DeleteItem arn:aws:dynamodb:" R
		    "table/b\n"
		    "+DeleteItem dynamodb:DeleteItem arn:aws:dynamodb:" R "table/b" },
		{ "dynamodb", "ExecuteStatement",
		    "Statement=SELECT * FROM \"t-1\" WHERE x = 'FROM y'",
		    "ExecuteStatement dynamodb:PartiQLSelect arn:aws:dynamodb:" R
		    "table/t-1\n"
		    "+PartiQLSelect dynamodb:PartiQLSelect arn:aws:dynamodb:" R
		    "table/t-1" },
		{ "dynamodb", "BatchExecuteStatement",
		    "Statements.Statement=insert into abc value {'a': 1}\n"
		    "Statements.Statement=UPDATE \"abc\" SET a=1 WHERE k=2",
		    "BatchExecuteStatement dynamodb:PartiQLInsert arn:aws:dynamodb:" R
		    "table/abc\n"
		    "+PartiQLInsert dynamodb:PartiQLInsert arn:aws:dynamodb:" R
		    "table/abc\n"
		    "BatchExecuteStatement dynamodb:PartiQLUpdate arn:aws:dynamodb:" R
		    "table/abc\n"
		    "+PartiQLUpdate dynamodb:PartiQLUpdate arn:aws:dynamodb:" R
		    "table/abc" },
		{ "rds", "DeleteDBInstance",
		    "DBInstanceIdentifier=d\n"
		    "SkipFinalSnapshot=true",
		    "DeleteDBInstance rds:DeleteDBInstance arn:aws:rds:" R "db:d" },
		{ "rds", "CopyDBSnapshot",
		    "SourceDBSnapshotIdentifier=arn:aws:rds:us-east-1:9:snapshot:s\n"
		    "TargetDBSnapshotIdentifier=t",
		    "CopyDBSnapshot rds:CopyDBSnapshot "
		    "arn:aws:rds:us-east-1:9:snapshot:s\n"
		    "CopyDBSnapshot rds:CopyDBSnapshot arn:aws:rds:" R "snapshot:t" },
		{ "kinesis", "PutRecord", "StreamName=s\nData\nPartitionKey=k",
		    "PutRecord kinesis:PutRecord arn:aws:kinesis:" R "stream/s" },
	};

	(void)state;
	check_rows(rows, ROWS(rows));
}

static void
keys_and_secrets(void **state)
{
	static const struct row rows[] = {
		{ "iam", "GetRole", "RoleName=r",
		    "GetRole iam:GetRole arn:aws:iam::111122223333:role/r" },
		{ "iam", "CreateRole",
		    "RoleName=r\nPath=/a/b/\n"
		    "AssumeRolePolicyDocument={}",
		    "CreateRole iam:CreateRole arn:aws:iam::111122223333:role/a/b/r" },
		{ "iam", "AttachRolePolicy",
		    "RoleName=r\nPolicyArn=arn:aws:iam::aws:policy/AdministratorAccess",
		    "AttachRolePolicy iam:AttachRolePolicy "
		    "arn:aws:iam::111122223333:role/r\n"
		    "AttachRolePolicy iam:AttachRolePolicy "
		    "arn:aws:iam::aws:policy/AdministratorAccess" },
		{ "iam", "AddRoleToInstanceProfile",
		    "InstanceProfileName=p\nRoleName=r",
		    "AddRoleToInstanceProfile iam:AddRoleToInstanceProfile "
		    "arn:aws:iam::111122223333:instance-profile/p\n"
		    "+PassRole iam:PassRole arn:aws:iam::111122223333:role/r" },
		{ "iam", "CreatePolicyVersion",
		    "PolicyArn=arn:aws:iam::1:policy/p\nSetAsDefault=true",
		    "CreatePolicyVersion iam:CreatePolicyVersion "
		    "arn:aws:iam::1:policy/p\n"
		    "+SetDefaultPolicyVersion iam:SetDefaultPolicyVersion "
		    "arn:aws:iam::1:policy/p" },
		{ "iam", "ListRoles", "", "ListRoles iam:ListRoles ~*" },
		{ "sts", "GetCallerIdentity", "",
		    "GetCallerIdentity sts:GetCallerIdentity ~*" },
		{ "sts", "AssumeRole",
		    "RoleArn=arn:aws:iam::9:role/r\nRoleSessionName=s",
		    "AssumeRole sts:AssumeRole arn:aws:iam::9:role/r" },
		{ "kms", "Encrypt", "KeyId=1234\nPlaintext",
		    "Encrypt kms:Encrypt arn:aws:kms:" R "key/1234" },
		{ "kms", "Encrypt", "KeyId=alias/a\nPlaintext",
		    "Encrypt kms:Encrypt arn:aws:kms:" R "alias/a > arn:aws:kms:" R
		    "key/*" },
		{ "kms", "ReEncrypt", "SourceKeyId=1\nDestinationKeyId=2",
		    "ReEncrypt kms:ReEncryptFrom arn:aws:kms:" R "key/1\n"
		    "ReEncrypt kms:ReEncryptFrom arn:aws:kms:" R "key/2\n"
		    "+ReEncryptTo kms:ReEncryptTo arn:aws:kms:" R "key/2" },
		{ "kms", "Decrypt", "CiphertextBlob", "Decrypt kms:Decrypt ~*" },
		{ "kms", "CreateAlias", "AliasName=alias/a\nTargetKeyId=1",
		    "CreateAlias kms:CreateAlias arn:aws:kms:" R "alias/a\n"
		    "CreateAlias kms:CreateAlias arn:aws:kms:" R "key/1" },
		{ "secretsmanager", "GetSecretValue", "SecretId=prod/db",
		    "GetSecretValue secretsmanager:GetSecretValue "
		    "~arn:aws:secretsmanager:" R "secret:prod/db-??????" },
		{ "secretsmanager", "GetSecretValue",
		    "SecretId=arn:aws:secretsmanager:eu-west-1:9:secret:x-abcdef",
		    "GetSecretValue secretsmanager:GetSecretValue "
		    "arn:aws:secretsmanager:eu-west-1:9:secret:x-abcdef" },
		{ "ssm", "GetParameter", "Name=/a/b:3",
		    "GetParameter ssm:GetParameter arn:aws:ssm:" R "parameter/a/b" },
		{ "ssm", "GetParameters", "Names=x\nNames=/y",
		    "GetParameters ssm:GetParameters arn:aws:ssm:" R "parameter/x\n"
		    "GetParameters ssm:GetParameters arn:aws:ssm:" R "parameter/y" },
		{ "ssm", "GetParametersByPath", "Path=/a/\nRecursive=true",
		    "GetParametersByPath ssm:GetParametersByPath arn:aws:ssm:" R
		    "parameter/a\n"
		    "GetParametersByPath ssm:GetParametersByPath ~arn:aws:ssm:" R
		    "parameter/a/*" },
		{ "ssm", "GetParametersByPath", "Path=/",
		    "GetParametersByPath ssm:GetParametersByPath ~arn:aws:ssm:" R
		    "parameter/*" },
		{ "ssm", "SendCommand",
		    "DocumentName=AWS-RunShellScript\nInstanceIds=i-1",
		    "SendCommand ssm:SendCommand arn:aws:ssm:" R
		    "document/AWS-RunShellScript > "
		    "arn:aws:ssm:*:*:document/AWS-RunShellScript\n"
		    "SendCommand ssm:SendCommand arn:aws:ec2:" R "instance/i-1" },
		{ "ssm", "SendCommand", "DocumentName=d\nTargets.Key=tag:x",
		    "SendCommand ssm:SendCommand arn:aws:ssm:" R "document/d > "
		    "arn:aws:ssm:*:*:document/d\n"
		    "SendCommand ssm:SendCommand ~arn:aws:ec2:" R "instance/*" },
	};

	(void)state;
	check_rows(rows, ROWS(rows));
}

static void
the_rest(void **state)
{
	static const struct row rows[] = {
		{ "sqs", "SendMessage",
		    "QueueUrl=https://sqs.us-east-2.amazonaws.com/9/q\nMessageBody=x",
		    "SendMessage sqs:SendMessage arn:aws:sqs:us-east-2:9:q" },
		{ "sqs", "SendMessageBatch",
		    "QueueUrl=https://eu-west-1.queue.amazonaws.com/9/q.fifo\nEntries",
		    "SendMessageBatch sqs:SendMessage arn:aws:sqs:eu-west-1:9:q.fifo\n"
		    "+SendMessage sqs:SendMessage arn:aws:sqs:eu-west-1:9:q.fifo" },
		{ "sqs", "GetQueueUrl", "QueueName=q",
		    "GetQueueUrl sqs:GetQueueUrl arn:aws:sqs:" R "q" },
		{ "sqs", "GetQueueUrl", "QueueName=q\nQueueOwnerAWSAccountId=9",
		    "GetQueueUrl sqs:GetQueueUrl arn:aws:sqs:eu-west-1:9:q" },
		{ "sqs", "ListQueues", "", "ListQueues sqs:ListQueues ~*" },
		{ "sns", "Publish", "TopicArn=arn:aws:sns:eu-west-1:1:t\nMessage=m",
		    "Publish sns:Publish arn:aws:sns:eu-west-1:1:t" },
		{ "sns", "Publish", "PhoneNumber=+1\nMessage=m",
		    "Publish sns:Publish ~*" },
		{ "logs", "FilterLogEvents", "logGroupName=/aws/l",
		    "FilterLogEvents logs:FilterLogEvents arn:aws:logs:" R
		    "log-group:/aws/l > arn:aws:logs:" R "log-group:/aws/l:*" },
		{ "logs", "GetLogEvents", "logGroupName=g\nlogStreamName=s",
		    "GetLogEvents logs:GetLogEvents arn:aws:logs:" R
		    "log-group:g:log-stream:s" },
		{ "cloudwatch", "PutMetricAlarm", "AlarmName=a\nNamespace=n",
		    "PutMetricAlarm cloudwatch:PutMetricAlarm arn:aws:cloudwatch:" R
		    "alarm:a" },
		{ "cloudwatch", "PutMetricData", "Namespace=n",
		    "PutMetricData cloudwatch:PutMetricData ~*" },
		{ "cloudformation", "CreateStack",
		    "StackName=s\nTemplateBody\nRoleARN=arn:aws:iam::1:role/r",
		    "CreateStack cloudformation:CreateStack ~arn:aws:cloudformation:" R
		    "stack/s/*\n"
		    "+PassRole iam:PassRole arn:aws:iam::1:role/r" },
		{ "route53", "ChangeResourceRecordSets", "HostedZoneId=/hostedzone/Z1",
		    "ChangeResourceRecordSets route53:ChangeResourceRecordSets "
		    "arn:aws:route53:::hostedzone/Z1" },
		{ "route53", "ListTagsForResource",
		    "ResourceType=healthcheck\n"
		    "ResourceId=h1",
		    "ListTagsForResource route53:ListTagsForResource "
		    "arn:aws:route53:::healthcheck/h1" },
		{ "elbv2", "DeleteLoadBalancer", "LoadBalancerArn=arn:aws:elb:x",
		    "DeleteLoadBalancer elasticloadbalancing:DeleteLoadBalancer "
		    "arn:aws:elb:x" },
		{ "apigateway", "UpdateRestApi", "restApiId=abc\npatchOperations",
		    "UpdateRestApi apigateway:PATCH "
		    "arn:aws:apigateway:eu-west-1::/restapis/abc" },
		{ "apigatewayv2", "GetApi", "ApiId=abc",
		    "GetApi apigateway:GET arn:aws:apigateway:eu-west-1::/apis/abc" },
		{ "stepfunctions", "StartExecution", "stateMachineArn=arn:x",
		    "StartExecution states:StartExecution arn:x" },
		/* a role in a service without a row of its own */
		{ "batch", "RegisterJobDefinition",
		    "jobDefinitionName=j\ntype=container\ncontainerProperties\n"
		    "containerProperties.jobRoleArn=arn:aws:iam::1:role/r",
		    "RegisterJobDefinition batch:RegisterJobDefinition ~*\n"
		    "+PassRole iam:PassRole arn:aws:iam::1:role/r" },
		{ "firehose", "ListDeliveryStreams", "",
		    "ListDeliveryStreams firehose:ListDeliveryStreams ~*" },
		{ "scheduler", "DeleteSchedule", "Name=x",
		    "DeleteSchedule scheduler:DeleteSchedule ~*" },
		{ "sagemaker", "CreateTrainingJob",
		    "TrainingJobName=x\nRoleArn=arn:aws:iam::1:role/r",
		    "CreateTrainingJob sagemaker:CreateTrainingJob ~*\n"
		    "+PassRole iam:PassRole arn:aws:iam::1:role/r" },
	};

	(void)state;
	check_rows(rows, ROWS(rows));
}

static void
refusals(void **state)
{
	static const struct row rows[] = {
		{ "nosuch", "Get", "", "no service nosuch" },
		{ "s3", "getObject", "", "s3 has no operation getObject" },
		{ "s3", "GetObject", "Bucket=b\nKey", "the value of Key is not known" },
		{ "s3", "GetObject", "Bucket\nKey=k",
		    "the value of Bucket is not known" },
		{ "s3", "GetObject", "Bucket=b\nKey=", "a value is no name" },
		{ "s3", "GetObject", "Bucket=b\nKey=k\nVersionId",
		    "the value of VersionId is not known" },
		{ "s3", "CopyObject", "Bucket=b\nKey=k\nCopySource",
		    "the value of CopySource is not known" },
		{ "s3", "CopyObject",
		    "Bucket=b\nKey=k\nCopySource=", "CopySource is empty" },
		{ "s3", "CopyObject", "Bucket=b\nKey=k\nCopySource=src",
		    "CopySource is malformed" },
		{ "s3", "CopyObject", "Bucket=b\nKey=k\nCopySource=//x",
		    "CopySource is malformed" },
		{ "s3", "CopyObject", "Bucket=b\nKey=k\nCopySource=s/k%2",
		    "CopySource is malformed" },
		{ "s3", "CopyObject", "Bucket=b\nKey=k\nCopySource=s/k?other=1",
		    "CopySource is malformed" },
		{ "s3", "CopyObject", "Bucket=b\nKey=k\nCopySource=s/a%00b",
		    "a value is no name" },
		{ "s3", "DeleteObjects", "Bucket=b\nDelete",
		    "DeleteObjects names no keys" },
		{ "s3", "DeleteObjects", "Bucket=b\nDelete.Objects.Key",
		    "a key to delete is not known" },
		{ "ec2", "StopInstances", "InstanceIds",
		    "the value of InstanceIds is not known" },
		{ "lambda", "Invoke", "FunctionName=f\nQualifier",
		    "the value of Qualifier is not known" },
		{ "sqs", "PurgeQueue", "QueueUrl=https://sqs.x/9",
		    "QueueUrl is malformed" },
		{ "sqs", "PurgeQueue", "QueueUrl=https://sqs.x.y/9/q/z",
		    "QueueUrl is malformed" },
		{ "sqs", "PurgeQueue", "QueueUrl=9/q", "QueueUrl is malformed" },
		{ "dynamodb", "ExecuteStatement", "Statement=DROP TABLE abc",
		    "a PartiQL statement is not understood" },
		{ "dynamodb", "ExecuteStatement", "Statement=SELECT * FROM \"abc",
		    "a PartiQL statement is not understood" },
		{ "dynamodb", "ExecuteStatement",
		    "Statement=SELECT * FROM abc FROM other",
		    "a PartiQL statement is not understood" },
		{ "dynamodb", "ExecuteStatement", "Statement=SELECT * FROM/**/abc",
		    "a PartiQL statement is not understood" },
		{ "dynamodb", "ExecuteStatement", "Statement",
		    "the value of Statement is not known" },
		{ "dynamodb", "TransactWriteItems", "TransactItems",
		    "TransactWriteItems names no table" },
		{ "dynamodb", "GetItem", "TableName=", "TableName is empty" },
		{ "secretsmanager", "GetSecretValue", "SecretId=a*",
		    "a value is no name" },
		{ "eks", "DescribeNodegroup", "nodegroupName=n",
		    "the call lacks clusterName" },
		{ "ssm", "GetParametersByPath", "Path=a", "Path begins with no slash" },
		{ "lambda", "CreateFunction", "FunctionName=f\nRole",
		    "the value of Role is not known" },
		{ "sagemaker", "CreateTrainingJob", "RoleArn",
		    "the value of RoleArn is not known" },
		{ "apigateway", "GetRestApi", "", "the call lacks restApiId" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct apicall *c =
		    call_of(rows[i].service, rows[i].operation, rows[i].params);
		struct iam_needs needs = { 0 };
		struct err err = { "" };

		assert_int_equal(iam_needs(c, &place, &needs, &err), RC_REFUSE);
		assert_string_equal(err.text, rows[i].needs);
		assert_null(needs.v);
		apicall_free(c);
	}
}

static void
credentials(void **state)
{
	static const struct {
		const char *service, *operation;
		bool carries;
	} rows[] = {
		{ "sts", "AssumeRole", true },
		{ "sts", "GetSessionToken", true },
		{ "sts", "GetCallerIdentity", false },
		{ "iam", "CreateAccessKey", true },
		{ "iam", "ListAccessKeys", false },
		{ "ecr", "GetAuthorizationToken", true },
		{ "ec2", "CreateKeyPair", true },
		{ "ec2", "GetPasswordData", true },
		{ "secretsmanager", "GetSecretValue", true },
		{ "secretsmanager", "DescribeSecret", false },
		{ "kms", "Decrypt", true },
		{ "kms", "GenerateDataKeyWithoutPlaintext", false },
		{ "lakeformation", "GetTemporaryGlueTableCredentials", true },
		{ "sagemaker", "CreatePresignedDomainUrl", true },
		{ "s3", "CreateSession", true },
		{ "s3", "GetObject", false },
		{ "lambda", "GetFunction", true },
		{ "lambda", "GetFunctionConfiguration", false },
		{ "", "", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_int_equal(iam_credentials(rows[i].service, rows[i].operation),
		    rows[i].carries);
}

static void
members(void **state)
{
	(void)state;
	assert_true(iam_listed_only("ec2", "RunInstances", "UserData"));
	assert_true(iam_listed_only("ec2", "ModifyInstanceAttribute", "Value"));
	assert_false(iam_listed_only("ec2", "RunInstances", "ImageId"));
	assert_true(iam_listed_only("lightsail", "CreateInstances", "userData"));
	assert_true(iam_listed_only("ecs", "RunTask", "overrides"));
	assert_true(iam_listed_only(
	    "secretsmanager", "DeleteSecret", "ForceDeleteWithoutRecovery"));
	assert_false(iam_listed_only("s3", "PutObject", "Body"));

	assert_true(iam_harmless("s3", "ListObjectsV2", "EncodingType"));
	assert_true(iam_harmless("s3", "ListObjectsV2", "ContinuationToken"));
	assert_true(iam_harmless("s3", "PutObject", "ContentMD5"));
	assert_false(iam_harmless("s3", "PutObject", "ACL"));
	assert_false(iam_harmless("s3", "ListObjectsV2", "Prefix"));
	assert_false(iam_harmless("s3", "GetObject", "VersionId"));
	assert_true(iam_harmless("ec2", "RunInstances", "ClientToken"));
	assert_true(iam_harmless("ec2", "DescribeInstances", "NextToken"));
	assert_false(iam_harmless("ec2", "RunInstances", "UserData"));
	assert_false(iam_harmless("nosuch", "X", "NextToken"));
}

/* Every word of a list of operations is one of the service's. */
static void
operations_exist(const char *service, const char *list)
{
	struct awsmodel_service s;
	struct awsmodel_operation o;

	assert_true(awsmodel_service(service, &s));
	for (size_t k; list != NULL && *list != 0; list += k + strspn(list + k, " ")) {
		k = strcspn(list, " ");
		if (list[k - 1] != '*' &&
		    !awsmodel_operation(&s, span_make(list, k), &o))
			fail_msg("%s: %.*s", service, (int)k, list);
	}
}

/* The member, or each part of the path, is one of the operation's. */
static bool
path_exists(const struct awsmodel_operation *o, const char *path)
{
	struct awsmodel_param p, q;
	size_t n = strcspn(path, ".{");

	if (!awsmodel_param(o, span_make(path, n), &p))
		return false;
	for (path += n; *path == '.'; path += n + 1) {
		n = strcspn(path + 1, ".{");
		if (!awsmodel_member(&p, span_make(path + 1, n), &q))
			return false;
		p = q;
	}
	return strcmp(path, "{}") == 0 ? p.type == AWSMODEL_MAP : *path == 0;
}

static bool
is_path(const char *service, const char *operation, const char *member)
{
	const char *const *at = iam_paths(service, operation);

	for (; at != NULL && (*at)[0] != 0; at++)
		if (strcmp(*at, member) == 0)
			return true;
	return false;
}

/* A row's member is one of each operation that it names, or of one at least when it
 * names none; and one inside others is a path that is read. */
static void
row_holds(const struct iam_row *row)
{
	struct awsmodel_service s;
	struct awsmodel_operation o;
	bool found = row->member[0] == 0;

	operations_exist(row->service, row->operations);
	assert_true(awsmodel_service(row->service, &s));
	for (uint32_t i = 0; i < s.n_operations; i++) {
		awsmodel_operation_at(&s, i, &o);
		if ((row->operations != NULL && !iam_listed(row->operations, o.name)) ||
		    !path_exists(&o, row->member))
			continue;
		found = true;
		if (strpbrk(row->member, ".{") != NULL &&
		    !is_path(row->service, o.name, row->member))
			fail_msg(
			    "no path: %s %s %s", row->service, o.name, row->member);
	}
	if (!found)
		fail_msg("%s %s", row->service, row->member);
}

static void
rows_name_what_there_is(void **state)
{
	struct iam_row row;
	const char *last = "";
	bool general = false;

	(void)state;
	for (size_t i = 0; i < iam_rows_n; i++) {
		row_holds(&iam_rows[i]);
		/* special rows first */
		if (strcmp(iam_rows[i].service, last) != 0)
			general = false;
		last = iam_rows[i].service;
		assert_false(general && iam_rows[i].operations != NULL);
		general = iam_rows[i].operations == NULL;
	}
	for (size_t i = 0; iam_pass_row(i, &row); i++)
		row_holds(&row);
}

/* A list by hand stands in place of the model's, so it must have all of that. */
static void
holds_roles(const struct awsmodel_service *s, const struct awsmodel_operation *o)
{
	const char *const *at = awsmodel_roles(o);

	for (; at != NULL && (*at)[0] != 0; at++)
		if (!is_path(s->name, o->name, *at))
			fail_msg("no path: %s %s %s", s->name, o->name, *at);
}

static void
paths_are_real(void **state)
{
	struct awsmodel_service s;
	struct awsmodel_operation o;
	size_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < awsmodel_count(); i++) {
		awsmodel_service_at(i, &s);
		for (uint32_t k = 0; k < s.n_operations; k++) {
			const char *const *at;

			awsmodel_operation_at(&s, k, &o);
			holds_roles(&s, &o);
			at = iam_paths(s.name, o.name);
			for (; at != NULL && (*at)[0] != 0; at++, n++)
				if (!path_exists(&o, *at))
					fail_msg("%s %s %s", s.name, o.name, *at);
		}
	}
	assert_in_range(n, 300, 3000);
	assert_null(iam_paths("s3", "GetObject"));
}

/* Each operation without any member: own need first, and an action of IAM's form. */
static void
every_operation(void **state)
{
	struct awsmodel_service s;
	struct awsmodel_operation o;
	struct apicall *c = NULL;
	size_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < awsmodel_count(); i++) {
		awsmodel_service_at(i, &s);
		for (uint32_t k = 0; k < s.n_operations; k++) {
			struct iam_needs needs = { 0 };

			awsmodel_operation_at(&s, k, &o);
			assert_int_equal(
			    apicall_new(s.name, o.name, "eu-west-1", &c, NULL), RC_OK);
			if (iam_needs(c, &place, &needs, NULL) == RC_OK) {
				n++;
				assert_in_range(needs.n, 1, 8);
				assert_false(needs.v[0].implied);
				assert_string_equal(needs.v[0].operation, o.name);
				assert_non_null(strchr(needs.v[0].action, ':'));
			}
			iam_clear(&needs);
			apicall_free(c);
		}
	}
	assert_in_range(n, 12000, 60000);
}

/* Escaped, a star is four bytes: two long values come to the bound of a resource, and
 * over it, at each of its last bytes. */
static void
long_names_are_refused(void **state)
{
	char params[2 * 2048 + 64];
	unsigned good = 0, bad = 0;

	(void)state;
	for (int name = 2030; name <= 2048; name++)
		for (int fill = 0; fill < 4; fill++) {
			size_t n = (size_t)snprintf(params, sizeof params, "Path=");
			struct apicall *c;
			struct iam_needs needs = { 0 };
			struct err err = { "" };
			enum rc rc;

			memset(params + n, '*', 2048);
			memset(params + n, 'x', (size_t)fill);
			n += 2048;
			n += (size_t)snprintf(
			    params + n, sizeof params - n, "\nPolicyName=");
			memset(params + n, '*', (size_t)name);
			params[n + (size_t)name] = '\0';
			c = call_of("iam", "CreatePolicy", params);
			rc = iam_needs(c, &place, &needs, &err);
			good += rc == RC_OK;
			bad += rc == RC_REFUSE;
			if (rc == RC_REFUSE)
				assert_non_null(strstr(err.text, "too long"));
			iam_clear(&needs);
			apicall_free(c);
		}
	assert_true(good > 0 && bad > 0 && good + bad == 19 * 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(s3),
		cmocka_unit_test(versions_of_some),
		cmocka_unit_test(a_thousand_keys),
		cmocka_unit_test(compute),
		cmocka_unit_test(data),
		cmocka_unit_test(keys_and_secrets),
		cmocka_unit_test(the_rest),
		cmocka_unit_test(refusals),
		cmocka_unit_test(credentials),
		cmocka_unit_test(members),
		cmocka_unit_test(rows_name_what_there_is),
		cmocka_unit_test(paths_are_real),
		cmocka_unit_test(every_operation),
		cmocka_unit_test(long_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
