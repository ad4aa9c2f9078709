/* Operations whose IAM action is not called as they are. */
#include "policies/iam_parts.h"

#include <string.h>
#include <strings.h>

#define ROWS(t) (sizeof(t) / sizeof(t)[0])

static const struct {
	const char *service;
	const char *action;
	const char *operations; /* parted by blanks */
} actions[] = {
	{ "s3", "ListAllMyBuckets", "ListBuckets" },
	{ "s3", "ListBucket", "HeadBucket ListObjects ListObjectsV2" },
	{ "s3", "ListBucketVersions", "ListObjectVersions" },
	{ "s3", "ListBucketMultipartUploads", "ListMultipartUploads" },
	{ "s3", "ListMultipartUploadParts", "ListParts" },
	{ "s3", "GetObject", "HeadObject SelectObjectContent" },
	{ "s3", "PutObject",
	    "CopyObject CreateMultipartUpload UploadPart UploadPartCopy "
	    "CompleteMultipartUpload" },
	{ "s3", "DeleteObject", "DeleteObjects" },
	{ "s3", "GetAccelerateConfiguration", "GetBucketAccelerateConfiguration" },
	{ "s3", "PutAccelerateConfiguration", "PutBucketAccelerateConfiguration" },
	{ "s3", "GetAnalyticsConfiguration",
	    "GetBucketAnalyticsConfiguration ListBucketAnalyticsConfigurations" },
	{ "s3", "PutAnalyticsConfiguration",
	    "PutBucketAnalyticsConfiguration DeleteBucketAnalyticsConfiguration" },
	{ "s3", "GetBucketCORS", "GetBucketCors" },
	{ "s3", "PutBucketCORS", "PutBucketCors DeleteBucketCors" },
	{ "s3", "GetEncryptionConfiguration", "GetBucketEncryption" },
	{ "s3", "PutEncryptionConfiguration",
	    "PutBucketEncryption DeleteBucketEncryption" },
	{ "s3", "GetIntelligentTieringConfiguration",
	    "GetBucketIntelligentTieringConfiguration "
	    "ListBucketIntelligentTieringConfigurations" },
	{ "s3", "PutIntelligentTieringConfiguration",
	    "PutBucketIntelligentTieringConfiguration "
	    "DeleteBucketIntelligentTieringConfiguration" },
	{ "s3", "GetInventoryConfiguration",
	    "GetBucketInventoryConfiguration ListBucketInventoryConfigurations" },
	{ "s3", "PutInventoryConfiguration",
	    "PutBucketInventoryConfiguration DeleteBucketInventoryConfiguration" },
	{ "s3", "GetLifecycleConfiguration",
	    "GetBucketLifecycle GetBucketLifecycleConfiguration" },
	{ "s3", "PutLifecycleConfiguration",
	    "PutBucketLifecycle PutBucketLifecycleConfiguration "
	    "DeleteBucketLifecycle" },
	{ "s3", "GetMetricsConfiguration",
	    "GetBucketMetricsConfiguration ListBucketMetricsConfigurations" },
	{ "s3", "PutMetricsConfiguration",
	    "PutBucketMetricsConfiguration DeleteBucketMetricsConfiguration" },
	{ "s3", "GetBucketNotification", "GetBucketNotificationConfiguration" },
	{ "s3", "PutBucketNotification", "PutBucketNotificationConfiguration" },
	{ "s3", "PutBucketOwnershipControls", "DeleteBucketOwnershipControls" },
	{ "s3", "GetReplicationConfiguration", "GetBucketReplication" },
	{ "s3", "PutReplicationConfiguration",
	    "PutBucketReplication DeleteBucketReplication" },
	{ "s3", "PutBucketTagging", "DeleteBucketTagging" },
	{ "s3", "GetBucketObjectLockConfiguration", "GetObjectLockConfiguration" },
	{ "s3", "PutBucketObjectLockConfiguration", "PutObjectLockConfiguration" },
	{ "s3", "GetBucketPublicAccessBlock", "GetPublicAccessBlock" },
	{ "s3", "PutBucketPublicAccessBlock",
	    "PutPublicAccessBlock DeletePublicAccessBlock" },
	{ "s3control", "GetAccountPublicAccessBlock", "GetPublicAccessBlock" },
	{ "s3control", "PutAccountPublicAccessBlock",
	    "PutPublicAccessBlock DeletePublicAccessBlock" },
	{ "lambda", "InvokeFunction", "Invoke InvokeWithResponseStream" },
	{ "lambda", "GetLayerVersion", "GetLayerVersionByArn" },
	{ "sqs", "SendMessage", "SendMessageBatch" },
	{ "sqs", "DeleteMessage", "DeleteMessageBatch" },
	{ "sqs", "ChangeMessageVisibility", "ChangeMessageVisibilityBatch" },
	{ "sns", "Publish", "PublishBatch" },
	{ "kms", "ReEncryptFrom", "ReEncrypt" },
	{ "cloudfront", "CreateDistribution", "CreateDistributionWithTags" },
	{ "cloudfront", "CreateStreamingDistribution",
	    "CreateStreamingDistributionWithTags" },
	{ "budgets", "ModifyBudget",
	    "CreateBudget UpdateBudget DeleteBudget CreateNotification "
	    "UpdateNotification DeleteNotification CreateSubscriber UpdateSubscriber "
	    "DeleteSubscriber" },
	{ "budgets", "ViewBudget",
	    "DescribeBudget DescribeBudgets DescribeBudgetPerformanceHistory "
	    "DescribeNotificationsForBudget DescribeSubscribersForNotification" },
	{ "apigatewaymanagementapi", "ManageConnections",
	    "DeleteConnection GetConnection PostToConnection" },
};

const char *
iam_action_name(const char *service, const char *operation)
{
	for (size_t i = 0; i < ROWS(actions); i++)
		if (iam_same(actions[i].service, service) &&
		    iam_listed(actions[i].operations, operation))
			return actions[i].action;
	return operation;
}

const char *
iam_action_operations(const char *service, const char *action)
{
	for (size_t i = 0; i < ROWS(actions); i++)
		if (strcmp(actions[i].service, service) == 0 &&
		    strcasecmp(actions[i].action, action) == 0)
			return actions[i].operations;
	return NULL;
}
