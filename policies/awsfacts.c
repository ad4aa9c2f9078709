/* Closed lists about the AWS CLI.  Found by asking the command tables of version 2.9.19
 * itself (its driver, each service's sub-commands and their argument classes), and
 * completed with names that only later versions have.  What stands in no list is not
 * run. */
#include "policies/awsfacts.h"

#include <stdlib.h>
#include <string.h>

#define ROWS(t) (sizeof(t) / sizeof(t)[0])

/* Commands that are service models, in order.  Left out: sso, whose calls hand out
 * credentials and are not signed, and opsworkscm, a hidden second name. */
static const char *const services[] = { "accessanalyzer", "account", "acm", "acm-pca",
	"alexaforbusiness", "amp", "amplify", "amplifybackend", "amplifyuibuilder",
	"apigateway", "apigatewaymanagementapi", "apigatewayv2", "appconfig",
	"appconfigdata", "appflow", "appintegrations", "application-autoscaling",
	"application-insights", "applicationcostprofiler", "appmesh", "apprunner",
	"appstream", "appsync", "arc-zonal-shift", "athena", "auditmanager",
	"autoscaling", "autoscaling-plans", "backup", "backup-gateway", "backupstorage",
	"batch", "billingconductor", "braket", "budgets", "ce", "chime",
	"chime-sdk-identity", "chime-sdk-media-pipelines", "chime-sdk-meetings",
	"chime-sdk-messaging", "chime-sdk-voice", "cleanrooms", "cloud9",
	"cloudcontrol", "clouddirectory", "cloudformation", "cloudfront", "cloudhsm",
	"cloudhsmv2", "cloudsearch", "cloudsearchdomain", "cloudtrail", "cloudwatch",
	"codeartifact", "codebuild", "codecatalyst", "codecommit", "codeguru-reviewer",
	"codeguruprofiler", "codepipeline", "codestar", "codestar-connections",
	"codestar-notifications", "cognito-identity", "cognito-idp", "cognito-sync",
	"comprehend", "comprehendmedical", "compute-optimizer", "configservice",
	"connect", "connect-contact-lens", "connectcampaigns", "connectcases",
	"connectparticipant", "controltower", "cur", "customer-profiles", "databrew",
	"dataexchange", "datapipeline", "datasync", "dax", "deploy", "detective",
	"devicefarm", "devops-guru", "directconnect", "discovery", "dlm", "dms",
	"docdb", "docdb-elastic", "drs", "ds", "dynamodb", "dynamodbstreams", "ebs",
	"ec2", "ec2-instance-connect", "ecr", "ecr-public", "ecs", "efs", "eks",
	"elastic-inference", "elasticache", "elasticbeanstalk", "elastictranscoder",
	"elb", "elbv2", "emr", "emr-containers", "emr-serverless", "es", "events",
	"evidently", "finspace", "finspace-data", "firehose", "fis", "fms", "forecast",
	"forecastquery", "frauddetector", "fsx", "gamelift", "gamesparks", "glacier",
	"globalaccelerator", "glue", "grafana", "greengrass", "greengrassv2",
	"groundstation", "guardduty", "health", "healthlake", "honeycode", "iam",
	"identitystore", "imagebuilder", "importexport", "inspector", "inspector2",
	"iot", "iot-data", "iot-jobs-data", "iot-roborunner", "iot1click-devices",
	"iot1click-projects", "iotanalytics", "iotdeviceadvisor", "iotevents",
	"iotevents-data", "iotfleethub", "iotfleetwise", "iotsecuretunneling",
	"iotsitewise", "iotthingsgraph", "iottwinmaker", "iotwireless", "ivs",
	"ivschat", "kafka", "kafkaconnect", "kendra", "kendra-ranking", "keyspaces",
	"kinesis", "kinesis-video-archived-media", "kinesis-video-media",
	"kinesis-video-signaling", "kinesis-video-webrtc-storage", "kinesisanalytics",
	"kinesisanalyticsv2", "kinesisvideo", "kms", "lakeformation", "lambda",
	"lex-models", "lex-runtime", "lexv2-models", "lexv2-runtime", "license-manager",
	"license-manager-linux-subscriptions", "license-manager-user-subscriptions",
	"lightsail", "location", "logs", "lookoutequipment", "lookoutmetrics",
	"lookoutvision", "m2", "machinelearning", "macie", "macie2",
	"managedblockchain", "marketplace-catalog", "marketplace-entitlement",
	"marketplacecommerceanalytics", "mediaconnect", "mediaconvert", "medialive",
	"mediapackage", "mediapackage-vod", "mediastore", "mediastore-data",
	"mediatailor", "memorydb", "meteringmarketplace", "mgh", "mgn",
	"migration-hub-refactor-spaces", "migrationhub-config",
	"migrationhuborchestrator", "migrationhubstrategy", "mobile", "mq", "mturk",
	"mwaa", "neptune", "network-firewall", "networkmanager", "nimble", "oam",
	"omics", "opensearch", "opensearchserverless", "opsworks", "opsworks-cm",
	"organizations", "outposts", "panorama", "personalize", "personalize-events",
	"personalize-runtime", "pi", "pinpoint", "pinpoint-email", "pinpoint-sms-voice",
	"pinpoint-sms-voice-v2", "pipes", "polly", "pricing", "privatenetworks",
	"proton", "qldb", "qldb-session", "quicksight", "ram", "rbin", "rds",
	"rds-data", "redshift", "redshift-data", "redshift-serverless", "rekognition",
	"resiliencehub", "resource-explorer-2", "resource-groups",
	"resourcegroupstaggingapi", "robomaker", "rolesanywhere", "route53",
	"route53-recovery-cluster", "route53-recovery-control-config",
	"route53-recovery-readiness", "route53domains", "route53resolver", "rum",
	"s3api", "s3control", "s3outposts", "sagemaker", "sagemaker-a2i-runtime",
	"sagemaker-edge", "sagemaker-featurestore-runtime", "sagemaker-geospatial",
	"sagemaker-metrics", "sagemaker-runtime", "savingsplans", "scheduler",
	"schemas", "sdb", "secretsmanager", "securityhub", "securitylake",
	"serverlessrepo", "service-quotas", "servicecatalog",
	"servicecatalog-appregistry", "servicediscovery", "ses", "sesv2", "shield",
	"signer", "simspaceweaver", "sms", "snow-device-management", "snowball", "sns",
	"sqs", "ssm", "ssm-contacts", "ssm-incidents", "ssm-sap", "sso-admin",
	"sso-oidc", "stepfunctions", "storagegateway", "sts", "support", "support-app",
	"swf", "synthetics", "textract", "timestream-query", "timestream-write",
	"transcribe", "transfer", "translate", "voice-id", "waf", "waf-regional",
	"wafv2", "wellarchitected", "wisdom", "workdocs", "worklink", "workmail",
	"workmailmessageflow", "workspaces", "workspaces-web", "xray" };

/* Names that people know from elsewhere for the CLI's own. */
static const struct {
	const char *name, *cli;
} aliases[] = {
	{ "codedeploy", "deploy" },
	{ "config", "configservice" },
	{ "opsworkscm", "opsworks-cm" },
};

struct row {
	const char *service;
	const char *operations; /* parted by blanks */
};

/* Sub-commands that are programs of the CLI and no single API call: they read and
 * write local files, start programs, or make tokens without any request. */
static const struct row customs[] = {
	{ "cloudformation", "deploy package" },
	{ "cloudfront", "sign" },
	{ "cloudtrail", "validate-logs" },
	{ "codeartifact", "login" },
	{ "codecommit", "credential-helper" },
	{ "configservice", "get-status subscribe" },
	{ "datapipeline", "create-default-roles list-runs" },
	{ "deploy", "deregister install push register uninstall" },
	{ "dlm", "create-default-role" },
	{ "dynamodb", "wizard" },
	{ "ec2-instance-connect", "open-tunnel ssh" },
	{ "ecr", "get-login-password" },
	{ "ecr-public", "get-login-password" },
	{ "ecs", "deploy execute-command" },
	{ "eks", "get-token update-kubeconfig" },
	{ "emr", "add-instance-groups add-steps create-cluster create-default-roles "
		 "create-hbase-backup describe-cluster disable-hbase-backups get "
		 "install-applications modify-cluster-attributes put "
		 "restore-from-hbase-backup schedule-hbase-backup socks ssh "
		 "terminate-clusters" },
	{ "emr-containers", "update-role-trust-policy" },
	{ "events", "wizard" },
	{ "gamelift", "get-game-session-log upload-build" },
	{ "iam", "wizard" },
	{ "lambda", "wizard" },
	{ "lightsail", "push-container-image" },
	{ "logs", "start-live-tail tail" },
	{ "opsworks", "register" },
	{ "rds", "generate-db-auth-token" },
	{ "servicecatalog", "generate" },
	{ "ssm", "start-session" },
};

/* Operations whose answer is written to a file named on the command line. */
static const struct row outfiles[] = {
	{ "apigateway", "get-export get-sdk" },
	{ "apigatewayv2", "export-api" },
	{ "appconfig", "create-hosted-configuration-version get-configuration "
		       "get-hosted-configuration-version" },
	{ "appconfigdata", "get-latest-configuration" },
	{ "appsync", "get-introspection-schema" },
	{ "backupstorage", "get-chunk get-object-metadata" },
	{ "cloudfront", "get-function" },
	{ "codeartifact", "get-package-version-asset" },
	{ "codeguruprofiler", "get-profile" },
	{ "ebs", "get-snapshot-block" },
	{ "glacier", "get-job-output" },
	{ "iot-data", "delete-thing-shadow get-thing-shadow update-thing-shadow" },
	{ "iotwireless", "get-position-estimate get-resource-position" },
	{ "kinesis-video-archived-media", "get-clip get-media-for-fragment-list" },
	{ "kinesis-video-media", "get-media" },
	{ "lakeformation", "get-work-unit-results" },
	{ "lambda", "invoke" },
	{ "lex-runtime", "post-content put-session" },
	{ "lexv2-runtime", "put-session recognize-utterance" },
	{ "location",
	    "get-map-glyphs get-map-sprites get-map-style-descriptor get-map-tile" },
	{ "medialive", "describe-input-device-thumbnail" },
	{ "mediastore-data", "get-object" },
	{ "omics", "get-read-set get-reference" },
	{ "polly", "synthesize-speech" },
	{ "s3api", "get-object get-object-annotation get-object-torrent "
		   "select-object-content" },
	{ "sagemaker-geospatial", "get-tile" },
	{ "sagemaker-runtime", "invoke-endpoint" },
	{ "schemas", "get-code-binding-source" },
	{ "workmailmessageflow", "get-raw-message-content" },
};

/* Options whose value is a local path although no file:// says so. */
static const struct {
	const char *service, *operation, *option;
} file_options[] = {
	{ "backupstorage", "notify-object-complete", "--metadata-blob" },
	{ "backupstorage", "put-chunk", "--data" },
	{ "backupstorage", "put-object", "--inline-chunk" },
	{ "cloudsearchdomain", "upload-documents", "--documents" },
	{ "codeartifact", "publish-package-version", "--asset-content" },
	{ "ebs", "put-snapshot-block", "--block-data" },
	{ "ec2", "get-password-data", "--priv-launch-key" },
	{ "glacier", "upload-archive", "--body" },
	{ "glacier", "upload-multipart-part", "--body" },
	{ "iam", "create-virtual-mfa-device", "--outfile" },
	{ "iot", "create-certificate-from-csr", "--certificate-pem-outfile" },
	{ "iot", "create-keys-and-certificate", "--certificate-pem-outfile" },
	{ "iot", "create-keys-and-certificate", "--private-key-outfile" },
	{ "iot", "create-keys-and-certificate", "--public-key-outfile" },
	{ "lambda", "invoke-async", "--invoke-args" },
	{ "lex-runtime", "post-content", "--input-stream" },
	{ "lexv2-runtime", "recognize-utterance", "--input-stream" },
	{ "lookoutvision", "detect-anomalies", "--body" },
	{ "mediastore-data", "put-object", "--body" },
	{ "omics", "upload-read-set-part", "--payload" },
	{ "s3api", "put-object", "--body" },
	{ "s3api", "put-object-annotation", "--annotation-payload" },
	{ "s3api", "upload-part", "--body" },
	{ "s3api", "write-get-object-response", "--body" },
	{ "translate", "import-terminology", "--data-file" },
};

/* Sub-commands that stand for another operation's call. */
static const struct {
	const char *service, *operation, *call;
} renamed[] = {
	{ "rds", "add-option-to-option-group", "modify-option-group" },
	{ "rds", "remove-option-from-option-group", "modify-option-group" },
};

static int
by_name(const void *key, const void *row)
{
	return strcmp(key, *(const char *const *)row);
}

bool
awsfacts_service(const char *command)
{
	return bsearch(command, services, ROWS(services), sizeof services[0],
		   by_name) != NULL;
}

const char *
awsfacts_rule_service(const char *name)
{
	const char *const *row;

	if (strcmp(name, "s3") == 0 || strcmp(name, "s3api") == 0)
		return "s3";
	for (size_t i = 0; i < ROWS(aliases); i++)
		if (strcmp(name, aliases[i].name) == 0)
			return aliases[i].cli;
	row = bsearch(name, services, ROWS(services), sizeof services[0], by_name);
	return row == NULL ? NULL : *row;
}

bool
awsfacts_listed(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; n > 0 && *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		if (len == n && memcmp(p, word, n) == 0)
			return true;
		p += len;
	}
	return false;
}

static bool
has_operation(
    const struct row *rows, size_t n, const char *command, const char *operation)
{
	for (size_t i = 0; i < n; i++)
		if (awsfacts_same(rows[i].service, command))
			return awsfacts_listed(rows[i].operations, operation);
	return false;
}

bool
awsfacts_custom(const char *command, const char *operation)
{
	return has_operation(customs, ROWS(customs), command, operation);
}

bool
awsfacts_outfile(const char *command, const char *operation)
{
	return has_operation(outfiles, ROWS(outfiles), command, operation);
}

bool
awsfacts_file_option(
    const char *command, const char *operation, const char *option, size_t len)
{
	static const char suffix[] = "outfile";
	size_t n = sizeof suffix - 1;

	if (len >= n && memcmp(option + len - n, suffix, n) == 0)
		return true;
	for (size_t i = 0; i < ROWS(file_options); i++)
		if (awsfacts_same(file_options[i].service, command) &&
		    strcmp(file_options[i].operation, operation) == 0 &&
		    strncmp(file_options[i].option, option, len) == 0)
			return true;
	return false;
}

const char *
awsfacts_call(const char *command, const char *operation)
{
	for (size_t i = 0; i < ROWS(renamed); i++)
		if (awsfacts_same(renamed[i].service, command) &&
		    strcmp(renamed[i].operation, operation) == 0)
			return renamed[i].call;
	return operation;
}
