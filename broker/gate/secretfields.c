/* The table, and lookup in it; see secretfields.h.  Rows are reviewed by hand; none is
 * made from the models' own marks, which miss most. */
#include "broker/gate/secretfields.h"

#include <string.h>
#include <strings.h>

/* First what exists to return secrets, closed: a member that is new there is masked.
 * Then members that no name tells.  Then names that tell what is none. */
static const struct secretfields_row table[] = {
	{ "sts", "AssumeRole* AssumeRoot GetFederationToken GetSessionToken",
	    "Credentials.*",
	    "Credentials.Expiration AssumedRoleId Arn PackedPolicySize SourceIdentity "
	    "Subject SubjectType Issuer Audience NameQualifier Provider "
	    "SubjectFromWebIdentityToken FederatedUserId",
	    true },
	{ "sts", "GetDelegatedAccessToken GetWebIdentityToken", "", "Expiration",
	    true },
	{ "iam", "CreateAccessKey", "SecretAccessKey",
	    "UserName AccessKeyId Status CreateDate", true },
	{ "iam", "CreateServiceSpecificCredential ResetServiceSpecificCredential",
	    "ServicePassword",
	    "CreateDate ServiceName ServiceUserName ServiceSpecificCredentialId "
	    "UserName Status",
	    true },
	{ "iam", "CreateVirtualMFADevice ListVirtualMFADevices",
	    "Base32StringSeed/base64 QRCodePNG/base64", NULL, false },
	{ "secretsmanager", "GetSecretValue BatchGetSecretValue",
	    "SecretString SecretBinary/base64",
	    "ARN Name VersionId VersionStages CreatedDate NextToken SecretId ErrorCode "
	    "Message",
	    true },
	{ "secretsmanager", "GetRandomPassword", "RandomPassword", "", true },
	{ "ssm", "StartSession ResumeSession", "TokenValue StreamUrl", "SessionId",
	    true },
	{ "ssm", "CreateActivation", "ActivationCode", "ActivationId", true },
	{ "ssm", "GetAccessToken", "", "AccessRequestStatus Expiration", true },
	{ "ec2", "GetPasswordData", "passwordData", "instanceId timestamp", true },
	{ "ec2", "CreateKeyPair", "keyMaterial",
	    "keyFingerprint keyName keyPairId tagSet.key tagSet.value", true },
	{ "ecr", "GetAuthorizationToken", "authorizationToken/login",
	    "expiresAt proxyEndpoint", true },
	{ "ecr-public", "GetAuthorizationToken", "authorizationToken/login",
	    "expiresAt", true },
	{ "codeartifact", "GetAuthorizationToken", "authorizationToken", "expiration",
	    true },
	{ "kms", "Decrypt GenerateDataKey GenerateDataKeyPair GenerateRandom",
	    "Plaintext/base64 PrivateKeyPlaintext/base64 "
	    "CiphertextForRecipient/base64",
	    "KeyId EncryptionAlgorithm CiphertextBlob PrivateKeyCiphertextBlob "
	    "PublicKey KeyPairSpec KeyMaterialId",
	    true },
	{ "redshift", "GetClusterCredentials GetClusterCredentialsWithIAM",
	    "DbPassword", "DbUser Expiration NextRefreshTime", true },
	{ "redshift-serverless", "GetCredentials", "dbPassword",
	    "dbUser expiration nextRefreshTime", true },
	{ "cognito-identity",
	    "GetCredentialsForIdentity GetOpenIdToken "
	    "GetOpenIdTokenForDeveloperIdentity",
	    "Credentials.* Token", "Credentials.Expiration IdentityId", true },
	{ "sso", "GetRoleCredentials", "roleCredentials.*",
	    "roleCredentials.expiration", true },
	{ "sso-oidc", "CreateToken*", "accessToken refreshToken idToken",
	    "tokenType expiresIn issuedTokenType scope", true },
	{ "sso-oidc", "RegisterClient", "clientSecret",
	    "clientId clientIdIssuedAt clientSecretExpiresAt authorizationEndpoint "
	    "tokenEndpoint",
	    true },
	{ "sso-oidc", "StartDeviceAuthorization",
	    "deviceCode userCode verificationUriComplete",
	    "verificationUri expiresIn interval", true },
	{ "s3", "CreateSession", "Credentials.*", "Credentials.Expiration", true },
	{ "s3control", "GetDataAccess", "Credentials.*",
	    "Credentials.Expiration MatchedGrantTarget", true },
	{ "eks-auth", "AssumeRoleForPodIdentity", "credentials.*",
	    "credentials.expiration namespace serviceAccount audience arn "
	    "assumeRoleId associationArn associationId",
	    true },
	{ "lakeformation", "GetTemporary* AssumeDecoratedRoleWithSAML",
	    "AccessKeyId SecretAccessKey SessionToken", "Expiration", true },
	{ "gamelift", "GetComputeAccess GetInstanceAccess RequestUploadCredentials",
	    "Credentials.* UploadCredentials.*",
	    "Credentials.UserName FleetId FleetArn ComputeName ComputeArn InstanceId "
	    "IpAddress OperatingSystem Bucket Key RoleArn ObjectVersion Target",
	    true },
	{ "gamelift", "GetComputeAuthToken", "AuthToken",
	    "FleetId FleetArn ComputeName ComputeArn ExpirationTimestamp", true },
	{ "gamelift", "CreateBuild", "UploadCredentials.*", NULL, false },
	{ "lightsail", "CreateBucketAccessKey GetBucketAccessKeys", "secretAccessKey",
	    NULL, false },
	{ "lightsail", "CreateKeyPair DownloadDefaultKeyPair", "privateKeyBase64", NULL,
	    false },
	{ "lightsail", "GetInstanceAccessDetails", "password ciphertext privateKey",
	    "certKey expiresAt ipAddress keyPairName protocol instanceName username "
	    "algorithm publicKey witnessedAt fingerprintSHA1 fingerprintSHA256 "
	    "notValidBefore notValidAfter ipv6Addresses",
	    true },
	{ "lightsail", "GetRelationalDatabaseMasterUserPassword", "masterUserPassword",
	    "createdAt", true },
	{ "lightsail", "CreateContainerServiceRegistryLogin", "password",
	    "username expiresAt registry", true },
	{ "finspace-data",
	    "GetProgrammaticAccessCredentials GetExternalDataViewAccessDetails",
	    "credentials.*", "credentials.expiration durationInMinutes bucket key",
	    true },
	{ "finspace-data", "ResetUserPassword", "temporaryPassword", "userId", true },
	{ "acm", "ExportCertificate", "PrivateKey", "Certificate CertificateChain",
	    true },
	{ "iot", "CreateKeysAndCertificate CreateProvisioningClaim",
	    "keyPair.PrivateKey",
	    "certificateArn certificateId certificatePem keyPair.PublicKey expiration",
	    true },
	{ "connect", "GetFederationToken", "AccessToken RefreshToken SignInUrl",
	    "AccessTokenExpiration RefreshTokenExpiration UserArn UserId", true },
	{ "mwaa", "CreateCliToken CreateWebLoginToken", "CliToken WebToken",
	    "WebServerHostname IamIdentity AirflowIdentity", true },
	{ "emr", "GetClusterSessionCredentials", "Credentials.*", "ExpiresAt", true },
	{ "emr-containers", "GetManagedEndpointSessionCredentials", "credentials.*",
	    "id expiresAt", true },
	{ "ecs", "ExecuteCommand", "streamUrl tokenValue",
	    "clusterArn containerArn containerName sessionId taskArn", true },
	{ "codecatalyst", "CreateAccessToken", "secret",
	    "name expiresTime accessTokenId", true },
	{ "codecatalyst", "StartDevEnvironmentSession", "streamUrl tokenValue",
	    "sessionId spaceName projectName id", true },
	{ "codepipeline", "GetJobDetails GetThirdPartyJobDetails PollForJobs",
	    "artifactCredentials.*", "encryptionKey.id encryptionKey.type", false },
	{ "datazone", "GetEnvironmentCredentials",
	    "accessKeyId secretAccessKey "
	    "sessionToken",
	    "expiration", true },
	{ "deadline", "Assume*", "credentials.*", "credentials.expiration", true },
	{ "license-manager", "CreateToken GetAccessToken", "Token AccessToken",
	    "TokenId TokenType", true },
	{ "workmail", "AssumeImpersonationRole", "Token", "ExpiresIn", true },
	{ "ivschat", "CreateChatToken", "token",
	    "sessionExpirationTime tokenExpirationTime", true },
	{ "iotsecuretunneling", "OpenTunnel RotateTunnelAccessToken",
	    "sourceAccessToken destinationAccessToken", "tunnelId tunnelArn", true },
	{ "amplifyuibuilder", "ExchangeCodeForToken RefreshToken",
	    "accessToken refreshToken", "expiresIn", true },
	{ "cognito-idp", "AssociateSoftwareToken", "SecretCode Session", "", true },

	/* Who has the URL may use it. */
	{ "athena", "CreatePresignedNotebookUrl", "NotebookUrl AuthToken",
	    "AuthTokenExpirationTime", true },
	{ "sagemaker", "CreatePresigned*", "AuthorizedUrl", "", true },
	{ "kinesisanalyticsv2", "CreateApplicationPresignedUrl", "AuthorizedUrl", "",
	    true },
	{ "quicksight", "GenerateEmbedUrl* GetDashboardEmbedUrl GetSessionEmbedUrl",
	    "EmbedUrl", "Status RequestId AnonymousUserArn", true },
	{ "appstream", "CreateStreamingURL", "StreamingURL", "Expires", true },
	{ "lambda", "GetFunction", "Code.Location", NULL, false },
	{ "lambda", "GetLayerVersion GetLayerVersionByArn PublishLayerVersion",
	    "Content.Location", NULL, false },
	{ "ecr", "GetDownloadUrlForLayer", "downloadUrl", "layerDigest", true },
	{ "ssm", "GetDeployablePatchSnapshotForInstance", "SnapshotDownloadUrl", NULL,
	    false },
	{ "kinesis-video-archived-media",
	    "GetDASHStreamingSessionURL GetHLSStreamingSessionURL",
	    "DASHStreamingSessionURL HLSStreamingSessionURL", NULL, false },
	{ "gamelift", "GetGameSessionLogUrl", "PreSignedUrl", NULL, false },
	{ "cognito-idp", "*UserImportJob*", "PreSignedUrl", NULL, false },
	{ "greengrassv2", "GetComponentVersionArtifact", "preSignedUrl", NULL, false },
	{ "dataexchange", "*",
	    "SignedUrl ApiSpecificationDownloadUrl "
	    "ApiSpecificationUploadUrl",
	    NULL, false },
	{ "workdocs", "InitiateDocumentVersionUpload", "UploadUrl", NULL, false },
	{ "lexv2-models", "DescribeExport CreateUploadUrl", "downloadUrl uploadUrl",
	    NULL, false },
	{ "discovery", "DescribeExportConfigurations DescribeExportTasks",
	    "configurationsDownloadUrl", NULL, false },
	{ "iotdeviceadvisor", "GetSuiteRunReport", "qualificationReportDownloadUrl",
	    NULL, false },
	{ "amplify", "CreateDeployment", "zipUploadUrl fileUploadUrls.*", NULL, false },
	{ "amplify", "*Webhook*", "webhookUrl", NULL, false },

	/* Secrets among other things. */
	{ "appsync", "*ApiKey*", "apiKey.id apiKeys.id", NULL, false },
	{ "apigateway", "*ApiKey*", "value", NULL, false },
	{ "apigateway", "*UsagePlanKey*", "value", NULL, false },
	{ "route53domains", "RetrieveDomainAuthCode", "AuthCode", "", true },
	{ "dms", "*Certificate*", "CertificateWallet/base64", NULL, false },
	{ "amplify", "*", "basicAuthCredentials", NULL, false },
	{ "eks", "*Cluster", "activationCode", NULL, false },
	{ "imagebuilder", "*", "userDataOverride", NULL, false },
	{ "gamelift", "DescribeFleetEvents", "PreSignedLogUrl", NULL, false },
	{ "pinpoint", "*GcmChannel *BaiduChannel", "Credential", NULL, false },
	{ "directconnect", "*", "authKey", NULL, false },
	{ "kinesis-video-signaling", "GetIceServerConfig", "Password", NULL, false },

	/* Tokens that only say which version, page or task is meant, names of keys, and
	 * flags. */
	{ "appconfigdata", "StartConfigurationSession", NULL,
	    "InitialConfigurationToken", false },
	{ "appconfigdata", "GetLatestConfiguration", NULL, "NextPollConfigurationToken",
	    false },
	{ "backupstorage", "*", NULL, "ChunkToken ObjectToken", false },
	{ "cloudformation", "RegisterType", NULL, "RegistrationToken", false },
	{ "codeartifact", "*", NULL, "encryptionKey", false },
	{ "codebuild", "*", NULL, "encryptionKey lastModifiedSecret", false },
	{ "codepipeline", "GetPipelineState", NULL, "token", false },
	{ "codepipeline", "CreateCustomActionType ListActionTypes", NULL, "secret",
	    false },
	{ "cognito-idp", "*UserPoolClient", NULL,
	    "TokenValidityUnits.AccessToken TokenValidityUnits.IdToken "
	    "TokenValidityUnits.RefreshToken",
	    false },
	{ "cognito-sync", "ListRecords", NULL, "SyncSessionToken", false },
	{ "configservice", "*", NULL, "ResultToken", false },
	{ "customer-profiles", "*", NULL, "DefaultEncryptionKey EncryptionKey", false },
	{ "devops-guru", "*", NULL, "LogAnomalyToken", false },
	{ "ebs", "*", NULL, "BlockToken FirstBlockToken SecondBlockToken", false },
	{ "ec2", "DescribeScheduledInstanceAvailability", NULL, "purchaseToken",
	    false },
	{ "elbv2", "*", NULL, "UseExistingClientSecret", false },
	{ "events", "DescribeConnection", NULL, "IsValueSecret", false },
	{ "fms", "*", NULL, "ListUpdateToken PolicyUpdateToken", false },
	{ "iam", "GetAccountPasswordPolicy", NULL, "AllowUsersToChangePassword",
	    false },
	{ "inspector", "CreateExclusionsPreview", NULL, "previewToken", false },
	{ "kendra", "Query", NULL, "FeedbackToken", false },
	{ "kinesisanalyticsv2", "*", NULL, "ConditionalToken", false },
	{ "kms", "CreateGrant", NULL, "GrantToken", false },
	{ "kms", "GetParametersForImport", NULL, "ImportToken", false },
	{ "lakeformation", "GetWorkUnits", NULL, "WorkUnitToken", false },
	{ "license-manager", "*", NULL, "LicenseConsumptionToken", false },
	{ "network-firewall", "*", NULL, "SourceUpdateToken", false },
	{ "opsworks-cm", "*", NULL, "NodeAssociationStatusToken", false },
	{ "pinpoint", "*", NULL, "HasTokenKey", false },
	{ "proton", "*", NULL, "encryptionKey", false },
	{ "qldb-session", "SendCommand", NULL, "StartSession.SessionToken", false },
	{ "quicksight", "*", NULL, "PlainText", false },
	{ "sagemaker", "ListPipelineExecutionSteps", NULL, "CallbackToken", false },
	{ "securityhub", "GetFindings", NULL, "EncryptionKey", false },
	{ "securitylake", "*", NULL, "encryptionKey", false },
	{ "servicecatalog", "*", NULL, "CopyProductToken PortfolioShareToken", false },
	{ "ses", "*", NULL, "VerificationToken", false },
	{ "stepfunctions", "GetActivityTask", NULL, "taskToken", false },
	{ "swf", "PollFor*", NULL, "taskToken", false },
	{ "wafv2", "*", NULL, "NextLockToken NextWebACLLockToken", false },
	{ "workspaces", "*", NULL, "ConnectionString VolumeEncryptionKey", false },
};
#define ROWS (sizeof table / sizeof table[0])

/* S3 sends blanks until it is done; a client must not wait for them in vain. */
static const struct {
	const char *service, *operations;
} slow[] = {
	{ "s3", "CopyObject UploadPartCopy CompleteMultipartUpload DeleteObjects" },
};

const struct secretfields_row *
secretfields_row(size_t i)
{
	return i < ROWS ? &table[i] : NULL;
}

/* One word of a list, of n bytes, and what is behind it. */
static const char *
word(const char **list, size_t *n)
{
	const char *at = *list + strspn(*list, " ");

	*n = strcspn(at, " ");
	*list = at + *n;
	return *n > 0 ? at : NULL;
}

/* Stars stand for anything; patterns are ours and short. */
static bool
fits(const char *pattern, size_t n, const char *name)
{
	if (n == 0)
		return *name == '\0';
	if (*pattern == '*')
		return fits(pattern + 1, n - 1, name) ||
		       (*name != '\0' && fits(pattern, n, name + 1));
	return *name == *pattern && fits(pattern + 1, n - 1, name + 1);
}

static bool
lists(const char *operations, const char *operation)
{
	const char *at;
	size_t n;

	while ((at = word(&operations, &n)) != NULL)
		if (fits(at, n, operation))
			return true;
	return false;
}

bool
secretfields_of(const char *service, const char *operation, struct secretfields *ret)
{
	*ret = (struct secretfields){ .n = 0 };
	for (size_t i = 0; i < ROWS && ret->n < SECRETFIELDS_ROWS; i++)
		if (strcmp(table[i].service, service) == 0 &&
		    lists(table[i].operations, operation)) {
			ret->rows[ret->n++] = &table[i];
			ret->closed |= table[i].closed;
		}
	return ret->n > 0;
}

static bool
same(const char *part, size_t n, const char *name)
{
	return strlen(name) == n && strncasecmp(part, name, n) == 0;
}

/* Is the end of the path this one? */
static bool
ends(const char *wanted, size_t len, const char *const *path, size_t n)
{
	while (n > 0) {
		size_t part = 0;

		while (part < len && wanted[len - 1 - part] != '.')
			part++;
		if (part == 1 && wanted[len - 1] == '*') {
			/* Somewhere above. */
			for (size_t up = 1; up < n && len > 2; up++)
				if (ends(wanted, len - 2, path, n - up))
					return true;
			return false;
		}
		if (!same(wanted + len - part, part, path[n - 1]))
			return false;
		if (part == len)
			return true;
		len -= part + 1;
		n--;
	}
	return false;
}

static enum secretfields_as
form(const char *slash, size_t n)
{
	if (n == strlen("/base64") && strncmp(slash, "/base64", n) == 0)
		return SECRETFIELDS_BASE64;
	return n > 0 ? SECRETFIELDS_LOGIN : SECRETFIELDS_TEXT;
}

static enum secretfields_as
listed(const char *members, const char *const *path, size_t n)
{
	const char *at;
	size_t len;

	if (members == NULL)
		return SECRETFIELDS_UNSAID;
	while ((at = word(&members, &len)) != NULL) {
		const char *slash = memchr(at, '/', len);
		size_t own = slash != NULL ? (size_t)(slash - at) : len;

		if (ends(at, own, path, n))
			return form(at + own, len - own);
	}
	return SECRETFIELDS_UNSAID;
}

enum secretfields_as
secretfields_judge(const struct secretfields *s, const char *const *path, size_t n)
{
	enum secretfields_as as;

	for (size_t i = 0; i < s->n; i++)
		if (listed(s->rows[i]->keeps, path, n) != SECRETFIELDS_UNSAID)
			return SECRETFIELDS_KEEP;
	for (size_t i = 0; i < s->n; i++)
		if ((as = listed(s->rows[i]->secrets, path, n)) != SECRETFIELDS_UNSAID)
			return as;
	return SECRETFIELDS_UNSAID;
}

bool
secretfields_slow(const char *service, const char *operation)
{
	for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++)
		if (strcmp(slow[i].service, service) == 0 &&
		    lists(slow[i].operations, operation))
			return true;
	return false;
}
