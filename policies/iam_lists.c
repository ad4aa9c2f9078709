/* Closed lists about operations and members, without any ARN in them. */
#include "policies/iam.h"

#include <string.h>

#include "policies/iam_parts.h"

#define ROWS(t) (sizeof(t) / sizeof(t)[0])

/* Operations whose answers carry credentials: of AWS first, then of other systems.
 * Those that only newer models have are listed all the same. */
static const struct {
	const char *service, *operations;
} credentials[] = {
	{ "sts", "AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot "
		 "GetDelegatedAccessToken GetFederationToken GetSessionToken "
		 "GetWebIdentityToken" },
	{ "iam", "CreateAccessKey CreateLoginProfile CreateServiceSpecificCredential "
		 "ResetServiceSpecificCredential CreateVirtualMFADevice" },
	{ "cognito-identity", "GetCredentialsForIdentity GetOpenIdToken "
			      "GetOpenIdTokenForDeveloperIdentity" },
	{ "sso", "GetRoleCredentials" },
	{ "sso-oidc", "CreateToken CreateTokenWithIAM RegisterClient" },
	{ "s3", "CreateSession" },
	{ "s3control", "GetDataAccess" },
	{ "eks-auth", "AssumeRoleForPodIdentity" },
	{ "lakeformation", "GetTemporary* AssumeDecoratedRoleWithSAML" },
	{ "datazone", "GetEnvironmentCredentials GetConnection" },
	{ "deadline", "Assume*" },
	{ "gamelift", "GetComputeAccess GetComputeAuthToken GetInstanceAccess "
		      "RequestUploadCredentials CreateBuild" },
	{ "lightsail",
	    "CreateBucketAccessKey GetBucketAccessKeys DownloadDefaultKeyPair "
	    "GetInstanceAccessDetails CreateKeyPair "
	    "GetRelationalDatabaseMasterUserPassword "
	    "CreateContainerServiceRegistryLogin" },
	{ "codepipeline", "PollForJobs GetJobDetails GetThirdPartyJobDetails" },
	{ "finspace-data",
	    "GetProgrammaticAccessCredentials GetExternalDataViewAccessDetails "
	    "ResetUserPassword" },
	{ "ssm", "GetAccessToken GetParameter GetParameters GetParametersByPath "
		 "GetParameterHistory StartSession ResumeSession CreateActivation" },
	{ "signin", "CreateOAuth2Token" },
	{ "appsync", "CreateDataSource GetDataSource ListDataSources UpdateDataSource "
		     "CreateApiKey ListApiKeys UpdateApiKey" },
	{ "ecr", "GetAuthorizationToken" },
	{ "ecr-public", "GetAuthorizationToken" },
	{ "codeartifact", "GetAuthorizationToken" },
	{ "redshift", "GetClusterCredentials GetClusterCredentialsWithIAM" },
	{ "redshift-serverless", "GetCredentials" },
	{ "ec2", "CreateKeyPair GetPasswordData" },
	{ "ecs", "ExecuteCommand" },
	{ "secretsmanager", "GetSecretValue BatchGetSecretValue" },
	{ "kms", "Decrypt GenerateDataKey GenerateDataKeyPair" },
	{ "acm", "ExportCertificate" },
	{ "iot", "CreateKeysAndCertificate CreateProvisioningClaim" },
	{ "bedrock-agentcore", "Get*Token* GetResource*" },
	{ "cognito-idp",
	    "InitiateAuth AdminInitiateAuth RespondToAuthChallenge "
	    "AdminRespondToAuthChallenge AssociateSoftwareToken "
	    "CreateUserPoolClient DescribeUserPoolClient UpdateUserPoolClient" },
	{ "connect", "GetFederationToken" },
	{ "sagemaker", "CreatePresigned*" },
	{ "emr", "GetClusterSessionCredentials Get*PresignedURL" },
	{ "emr-containers", "GetManagedEndpointSessionCredentials" },
	{ "lambda", "GetFunction" },
	{ "mwaa", "CreateCliToken CreateWebLoginToken" },
	{ "apigateway",
	    "GetApiKey GetApiKeys CreateApiKey UpdateApiKey ImportApiKeys" },
	{ "storagegateway", "DescribeChapCredentials" },
};

/* Members that a rule must list by name. */
static const struct {
	const char *service;	/* NULL: any */
	const char *operations; /* NULL: any */
	const char *members;
} listed_only[] = {
	/* Programs that run with the machine's role. */
	{ NULL, NULL, "UserData userData" },
	{ "ec2", "ModifyInstanceAttribute", "Value" }, /* with Attribute=userData */
	{ "ec2", "CreateLaunchTemplate CreateLaunchTemplateVersion",
	    "LaunchTemplateData" },
	{ "ec2", "RequestSpotInstances", "LaunchSpecification" },
	{ "ec2", "RequestSpotFleet", "SpotFleetRequestConfig" },
	{ "ec2", "RunScheduledInstances", "LaunchSpecification" },
	{ "ecs", "RunTask StartTask", "overrides" },
	{ "ecs", NULL, "enableExecuteCommand" },
	{ "lambda", NULL, "Layers FileSystemConfigs ImageConfig" },
	{ "autoscaling", NULL, "MixedInstancesPolicy" },
	{ "sagemaker", NULL, "LifecycleConfigName" },
	{ "emr", "RunJobFlow", "BootstrapActions" },
	/* Who may use the thing later. */
	{ "ec2", "CreateVpcEndpoint ModifyVpcEndpoint", "PolicyDocument" },
	{ "kms", "CreateKey ReplicateKey", "Policy" },
	{ "kms", NULL, "BypassPolicyLockoutSafetyCheck" },
	{ "sqs", "CreateQueue", "Attributes" },
	{ "sns", "CreateTopic", "Attributes" },
	{ "iam", "CreatePolicyVersion", "SetAsDefault" },
	{ "rds", "ModifyDBInstance ModifyDBCluster", "MasterUserPassword" },
	{ "rds", NULL, "PubliclyAccessible" },
	{ "redshift", "ModifyCluster", "MasterUserPassword" },
	{ "redshift", NULL, "PubliclyAccessible" },
	{ "lambda", "UpdateFunctionUrlConfig", "AuthType" },
	{ "secretsmanager", "PutResourcePolicy", "BlockPublicPolicy" },
	/* What makes a deletion final, or wider than its name says. */
	{ "secretsmanager", "DeleteSecret", "ForceDeleteWithoutRecovery" },
	{ "rds", NULL, "SkipFinalSnapshot DeleteAutomatedBackups" },
	{ "redshift", NULL, "SkipFinalClusterSnapshot" },
	{ "ecr", "DeleteRepository SetRepositoryPolicy", "force" },
	{ "ecs", "DeleteService", "force" },
	{ "autoscaling", "DeleteAutoScalingGroup DeleteWarmPool", "ForceDelete" },
	{ "s3", "PutBucketPolicy", "ConfirmRemoveSelfBucketAccess" },
	/* Templates from elsewhere, and what they may make. */
	{ "cloudformation", NULL,
	    "Capabilities TemplateURL StackPolicyURL StackPolicyDuringUpdateURL "
	    "StackPolicyDuringUpdateBody" },
	/* The unmasked text of what the service masks. */
	{ "logs", NULL, "unmask" },
};

/* Members that the CLI adds, or that only narrow or pace a listing. */
static const struct {
	const char *service, *operations, *members;
} harmless[] = {
	{ "s3", NULL,
	    "ContentMD5 ChecksumAlgorithm ChecksumMode ChecksumCRC32 ChecksumCRC32C "
	    "ChecksumCRC64NVME ChecksumSHA1 ChecksumSHA256 ChecksumType "
	    "EncodingType SSECustomerKeyMD5 CopySourceSSECustomerKeyMD5" },
	{ "s3", "ListObjects ListObjectsV2 ListObjectVersions ListMultipartUploads",
	    "Delimiter FetchOwner" },
	{ "s3", "PutObject UploadPart", "ContentLength" },
	{ "s3", "PutObject CreateMultipartUpload CopyObject", "ContentType" },
	{ "s3", "UploadPart UploadPartCopy", "PartNumber UploadId CopySourceRange" },
	{ "s3", "CompleteMultipartUpload", "MultipartUpload UploadId MpuObjectSize" },
	{ "s3", "AbortMultipartUpload ListParts", "UploadId" },
	{ "s3", "GetObject HeadObject", "Range PartNumber IfMatch IfUnmodifiedSince" },
	{ "s3", "UploadPartCopy CopyObject",
	    "CopySourceIfMatch CopySourceIfUnmodifiedSince" },
	{ "glacier", NULL, "accountId checksum" },
};

#define PATHS(...)                                                                     \
	(const char *const[])                                                          \
	{                                                                              \
		__VA_ARGS__, "", NULL                                                  \
	}

#define PROFILES(at) at "IamInstanceProfile.Arn", at "IamInstanceProfile.Name"

/* By hand: what the model's own list of roles does not have, or that list and more. */
static const struct {
	const char *service, *operations;
	const char *const *paths;
} paths[] = {
	{ "s3", "DeleteObjects",
	    PATHS("Delete.Objects.Key", "Delete.Objects.VersionId") },
	{ "s3", "PutBucketReplication", PATHS("ReplicationConfiguration.Role") },
	{ "dynamodb", "BatchGetItem BatchWriteItem", PATHS("RequestItems{}") },
	{ "dynamodb", "TransactGetItems", PATHS("TransactItems.Get.TableName") },
	{ "dynamodb", "TransactWriteItems",
	    PATHS("TransactItems.Put.TableName", "TransactItems.Update.TableName",
		"TransactItems.Delete.TableName",
		"TransactItems.ConditionCheck.TableName") },
	{ "dynamodb", "BatchExecuteStatement", PATHS("Statements.Statement") },
	{ "dynamodb", "ExecuteTransaction", PATHS("TransactStatements.Statement") },
	{ "dynamodb", "ImportTable", PATHS("TableCreationParameters.TableName") },
	{ "ec2", "RunInstances",
	    PATHS(PROFILES(""), "LaunchTemplate.LaunchTemplateId",
		"LaunchTemplate.LaunchTemplateName", "NetworkInterfaces.SubnetId",
		"NetworkInterfaces.Groups", "NetworkInterfaces.NetworkInterfaceId",
		"BlockDeviceMappings.Ebs.SnapshotId") },
	{ "ec2", "AssociateIamInstanceProfile ReplaceIamInstanceProfileAssociation",
	    PATHS(PROFILES("")) },
	{ "ec2", "RequestSpotInstances RunScheduledInstances",
	    PATHS(PROFILES("LaunchSpecification.")) },
	{ "ec2", "CreateLaunchTemplate CreateLaunchTemplateVersion",
	    PATHS(PROFILES("LaunchTemplateData.")) },
	{ "ec2", "RequestSpotFleet", PATHS("SpotFleetRequestConfig.IamFleetRole") },
	{ "ec2", "CreateImage", PATHS("BlockDeviceMappings.Ebs.SnapshotId") },
	{ "ec2", "CreateSnapshots", PATHS("InstanceSpecification.InstanceId") },
	{ "ecs", "RunTask StartTask",
	    PATHS("overrides.taskRoleArn", "overrides.executionRoleArn") },
	{ "ssm", "SendCommand", PATHS("Targets.Key") },
	{ "events", "PutTargets", PATHS("Targets.RoleArn") },
	{ "elbv2", "SetRulePriorities", PATHS("RulePriorities.RuleArn") },
	{ "autoscaling", "CreateOrUpdateTags DeleteTags", PATHS("Tags.ResourceId") },
};

const char *const *
iam_paths(const char *service, const char *operation)
{
	struct awsmodel_service s;
	struct awsmodel_operation o;

	for (size_t i = 0; i < ROWS(paths); i++)
		if (iam_same(paths[i].service, service) &&
		    iam_listed(paths[i].operations, operation))
			return paths[i].paths;
	if (!awsmodel_service(service, &s) ||
	    !awsmodel_operation(&s, span_of(operation), &o))
		return NULL;
	return awsmodel_roles(&o);
}

bool
iam_credentials(const char *service, const char *operation)
{
	for (size_t i = 0; i < ROWS(credentials); i++)
		if (iam_same(credentials[i].service, service) &&
		    iam_listed(credentials[i].operations, operation))
			return true;
	return false;
}

bool
iam_listed_only(const char *service, const char *operation, const char *member)
{
	for (size_t i = 0; i < ROWS(listed_only); i++)
		if ((listed_only[i].service == NULL ||
			iam_same(listed_only[i].service, service)) &&
		    (listed_only[i].operations == NULL ||
			iam_listed(listed_only[i].operations, operation)) &&
		    iam_listed(listed_only[i].members, member))
			return true;
	return false;
}

static bool
by_model(const char *service, const char *operation, const char *member)
{
	struct awsmodel_service s;
	struct awsmodel_operation o;
	struct awsmodel_param p;

	return awsmodel_service(service, &s) &&
	       awsmodel_operation(&s, span_of(operation), &o) &&
	       awsmodel_param(&o, span_of(member), &p) && (p.paging || p.idempotency);
}

bool
iam_harmless(const char *service, const char *operation, const char *member)
{
	for (size_t i = 0; i < ROWS(harmless); i++)
		if (iam_same(harmless[i].service, service) &&
		    (harmless[i].operations == NULL ||
			iam_listed(harmless[i].operations, operation)) &&
		    iam_listed(harmless[i].members, member))
			return true;
	return by_model(service, operation, member);
}
