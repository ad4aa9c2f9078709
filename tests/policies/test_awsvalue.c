#include "tests/policies/asking.h"

/* A command's one call, its members as "NAME=VALUE;?NAME;". */
static void
members_of(const char *line, char *out, size_t size)
{
	struct aws_request *req = asking_request(line);
	const struct apicall *c = req->calls[0].api;

	out[0] = '\0';
	for (size_t i = 0; i < apicall_count(c); i++) {
		const struct apicall_param *p = apicall_at(c, i);
		size_t n = strlen(out);

		if (p->known)
			snprintf(out + n, size - n, "%s=%.*s;", p->name,
			    (int)p->value.len, (const char *)p->value.p);
		else
			snprintf(out + n, size - n, "?%s;", p->name);
	}
	aws_free(req);
}

static void
words_become_members(void **state)
{
	static const struct {
		const char *line, *members;
	} rows[] = {
		{ "aws ec2 describe-instances", "" },
		{ "aws ec2 describe-instances --instance-ids i-1 i-2",
		    "InstanceIds=i-1;InstanceIds=i-2;" },
		{ "aws ec2 describe-instances --instance-ids '[\"i-1\", \"i-2\"]'",
		    "InstanceIds=i-1;InstanceIds=i-2;" },
		{ "aws ec2 describe-instances --instance-ids '[]'", "?InstanceIds;" },
		{ "aws ec2 describe-instances --max-results 10 --dry-run",
		    "MaxResults=10;DryRun=true;" },
		{ "aws ec2 describe-instances --no-dry-run", "DryRun=false;" },
		{ "aws ec2 describe-instances --filters Name=a,Values=b,c",
		    "?Filters;" },
		{ "aws ec2 create-image --instance-id i-1 --name n --reboot",
		    "InstanceId=i-1;Name=n;NoReboot=false;" },
		{ "aws ec2 create-image --instance-id i-1 --name=n --no-reboot",
		    "InstanceId=i-1;Name=n;NoReboot=true;" },
		{ "aws lambda invoke --function-name f --payload e30= -",
		    "FunctionName=f;?Payload;" },
		{ "aws ssm get-parameter --name /a --with-decryption",
		    "Name=/a;WithDecryption=true;" },
		{ "aws logs get-log-events --log-group-name g --log-stream-name s "
		  "--start-time 1",
		    "logGroupName=g;logStreamName=s;startTime=1;" },
		{ "aws emr list-instances --cluster-id j-1", "ClusterId=j-1;" },
		{ "aws s3api delete-objects --bucket b --delete "
		  "'{\"Objects\": [{\"Key\": \"a\"}, {\"Key\": \"b\", \"VersionId\": "
		  "\"1\"}], \"Quiet\": true}'",
		    "Bucket=b;?Delete;Delete.Objects.Key=a;Delete.Objects.Key=b;"
		    "Delete.Objects.VersionId=1;" },
		{ "aws ec2 run-instances --iam-instance-profile Name=x",
		    "?IamInstanceProfile;IamInstanceProfile.Name=x;" },
		{ "aws ec2 run-instances --iam-instance-profile '{\"Arn\": \"arn:x\"}'",
		    "?IamInstanceProfile;IamInstanceProfile.Arn=arn:x;" },
		{ "aws dynamodb batch-get-item --request-items "
		  "'{\"t\": {\"Keys\": []}, \"u\": {}}'",
		    "?RequestItems;RequestItems{}=t;RequestItems{}=u;" },
		/* What the CLI sends in another form than it was given. */
		{ "aws ec2 run-instances --user-data x", "?UserData;" },
		{ "aws s3api copy-object --bucket b --key k --copy-source 'c/l m%20'",
		    "Bucket=b;Key=k;CopySource=c/l%20m%2520;" },
		{ "aws s3api copy-object --bucket b --key k --copy-source "
		  "'c/l?versionId=1'",
		    "Bucket=b;Key=k;CopySource=c/l?versionId=1;" },
		{ "aws s3api copy-object --bucket b --key k --copy-source "
		  "'c/l?versionId=1 ?versionId=2'",
		    "Bucket=b;Key=k;CopySource=c/l%3FversionId%3D1%20?versionId=2;" },
		{ "aws s3api copy-object --bucket b --key k --copy-source "
		  "'c/l?versionId='",
		    "Bucket=b;Key=k;CopySource=c/l%3FversionId%3D;" },
		{ "aws s3api get-object-acl --bucket b --key k --version-id 1",
		    "Bucket=b;Key=k;VersionId=1;" },
		{ "aws route53 get-hosted-zone --id /hostedzone/Z1", "Id=Z1;" },
		{ "aws ec2 modify-instance-attribute --instance-id i-1 "
		  "--no-source-dest-check",
		    "InstanceId=i-1;?SourceDestCheck;" },
		{ "aws ec2 modify-instance-attribute --source-dest-check --instance-id "
		  "i-1",
		    "?SourceDestCheck;InstanceId=i-1;" },
		{ "aws ec2 modify-instance-attribute --source-dest-check Value=false "
		  "--instance-id i-1",
		    "?SourceDestCheck;InstanceId=i-1;" },
		/* Options that the CLI makes other members of. */
		{ "aws ec2 modify-instance-attribute --no-disable-api-termination",
		    "?DisableApiTermination;" },
		{ "aws ec2 run-instances --enable-api-termination --count 1:2",
		    "DisableApiTermination=false;MinCount=1;MaxCount=2;" },
		{ "aws ses send-email --from a@b.c --to d@e.f g@h.i --text t",
		    "Source=a@b.c;?Destination;?Message;" },
		{ "aws emr list-clusters --active --created-after 2026-11-21",
		    "?ClusterStates;?CreatedAfter;" },
		{ "aws lambda create-function --function-name f --zip-file fileb://-",
		    "FunctionName=f;?Code;" },
		{ "aws lambda publish-layer-version --zip-file=fileb://-",
		    "?Content;" },
		{ "aws deploy create-deployment --s3-location bucket=b,key=k",
		    "?revision;" },
		{ "aws rekognition detect-text --image-bytes fileb://-", "?Image;" },
		{ "aws iam list-users --max-items 5", "" },
		{ "aws autoscaling delete-tags --tags ResourceId=a,Key=k "
		  "ResourceId=b,Key=l",
		    "?Tags;Tags.ResourceId=a;Tags.ResourceId=b;" },
		{ "aws autoscaling delete-tags --tags '{\"ResourceId\": \"a\"}' "
		  "'{\"ResourceId\": \"b\"}'",
		    "?Tags;Tags.ResourceId=a;Tags.ResourceId=b;" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char got[1024];

		members_of(rows[i].line, got, sizeof got);
		if (strcmp(got, rows[i].members) != 0)
			fail_msg("%s: %s", rows[i].line, got);
	}
}

static void
what_can_be_read_twice_is_refused(void **state)
{
	static const struct {
		const char *line, *text;
	} rows[] = {
		{ "aws ec2 run-instances --iam-instance-profile 'Name=\"x\"'",
		    "write it as JSON" },
		{ "aws ec2 run-instances --iam-instance-profile 'Name=x y'",
		    "write it as JSON" },
		{ "aws ec2 run-instances --iam-instance-profile x",
		    "write it as JSON" },
		{ "aws ec2 run-instances --iam-instance-profile Name@=x",
		    "write it as JSON" },
		{ "aws ec2 run-instances --iam-instance-profile ''",
		    "write it as JSON" },
		{ "aws ec2 run-instances --iam-instance-profile '[\"x\"]'",
		    "a structure is expected" },
		{ "aws ec2 run-instances --iam-instance-profile "
		  "'{\"Name\": \"x\", \"Name\": \"y\"}'",
		    "not valid JSON" },
		{ "aws ec2 run-instances --iam-instance-profile '{\"Name\": \"x\"} '",
		    NULL },
		{ "aws ec2 run-instances --iam-instance-profile '{\"Name\": \"x\"}}'",
		    "not valid JSON" },
		{ "aws dynamodb batch-get-item --request-items 't={Keys=[]}'",
		    "write it as JSON" },
		{ "aws autoscaling delete-tags --tags '[{\"ResourceId\": \"a\"}]' "
		  "'[{\"ResourceId\": \"b\"}]'",
		    "write it as one JSON list" },
		{ "aws autoscaling delete-tags --tags '{\"ResourceId\": \"a\"}' "
		  "ResourceId=b",
		    "not valid JSON" },
		{ "aws autoscaling delete-tags --tags ResourceId=b "
		  "'{\"ResourceId\": \"a\"}'",
		    "write it as JSON" },
		{ "aws ec2 describe-instances --max-results 1e3", "plain decimal" },
		{ "aws ec2 describe-instances --max-results ' 5'", "plain decimal" },
		{ "aws ec2 describe-instances --max-results 0x10", "plain decimal" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct words *w = asking_words(rows[i].line);
		struct aws_request *req = NULL;
		struct refusal refusal = { 0 };
		enum rc rc = aws_read(w, &req, &refusal);

		if ((rc == RC_OK) != (rows[i].text == NULL) ||
		    (rc != RC_OK &&
			(refusal.status != STATUS_USAGE ||
			    strstr(refusal.err.text, rows[i].text) == NULL)))
			fail_msg("%s: %s", rows[i].line, refusal.err.text);
		aws_free(req);
		words_free(w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_become_members),
		cmocka_unit_test(what_can_be_read_twice_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
