/* The rows of previewtable.h.  That each call takes its members and each path leads to
 * something is held against the CLI's own models by tests/policies/test_previewtable.py;
 * a read here shows no member that may hold a secret (environments, user data, inputs). */
#include "policies/previewtable_parts.h"

#define ROWS(t) (sizeof(t) / sizeof(t)[0])

/* EC2: the same for all. */
#define SET(op, set, one, many, id, shown)                                             \
	{                                                                              \
		"ec2", op, one, many, set ".item", id, shown, "tagSet.item", NULL,     \
		    NULL, "NextToken=nextToken", PREVIEWTABLE_PLAIN                    \
	}

enum reads {
	OBJECTS,
	OBJECT,
	INSTANCES,
	VOLUMES,
	SNAPSHOTS,
	SECURITY_GROUPS,
	IMAGES,
	VPCS,
	SUBNETS,
	ROUTE_TABLES,
	NAT_GATEWAYS,
	INTERNET_GATEWAYS,
	INTERFACES,
	ADDRESSES,
	KEY_PAIRS,
	TEMPLATES,
	SCALING_GROUPS,
	SCALING_INSTANCES,
	LAUNCH_CONFIGURATIONS,
	ECS_SERVICES,
	ECS_TASKS,
	ECS_CLUSTERS,
	TASK_DEFINITION,
	DB_INSTANCES,
	DB_CLUSTERS,
	DB_SNAPSHOTS,
	DB_CLUSTER_SNAPSHOTS,
	ROLE,
	ROLE_POLICIES,
	ROLE_INLINE,
	USER,
	USER_POLICIES,
	POLICY,
	ACCESS_KEYS,
	GROUP,
	INSTANCE_PROFILE,
	FUNCTION,
	FUNCTION_ALIAS,
	TABLE,
	BACKUP,
	LOG_GROUP,
	LOG_STREAM,
	KEY,
	SECRET,
	STACK,
	STACK_RESOURCES,
	EKS_CLUSTER,
	NODEGROUP,
	LOAD_BALANCERS,
	TARGET_GROUPS,
	CACHE_CLUSTERS,
	REPLICATION_GROUPS,
	REPOSITORIES,
	ALARMS,
	EVENT_RULE,
	STATE_MACHINE,
	ZONE,
	STREAM,
};

/* service, operation, one, many, each, name, shown, tags, bytes, only, next, form */
static const struct previewtable_read reads[] = {
	[OBJECTS] = { "s3", "ListObjectsV2", "object", "objects", "Contents", "Key",
	    "class=StorageClass changed=LastModified", NULL, "Size", NULL,
	    "ContinuationToken=NextContinuationToken", PREVIEWTABLE_ENCODED },
	[OBJECT] = { "s3", "HeadObject", "object", "objects", "", NULL,
	    "changed=last-modified type=content-type class=x-amz-storage-class "
	    "version=x-amz-version-id lock=x-amz-object-lock-mode",
	    NULL, "content-length", NULL, NULL, PREVIEWTABLE_HEAD },
	[INSTANCES] = SET("DescribeInstances", "reservationSet.item.instancesSet",
	    "instance", "instances", "instanceId",
	    "state=instanceState.name type=instanceType zone=placement.availabilityZone"
	    " launched@launchTime vpc=vpcId address=privateIpAddress"),
	[VOLUMES] = SET("DescribeVolumes", "volumeSet", "volume", "volumes", "volumeId",
	    "GiB=size type=volumeType state=status zone=availabilityZone "
	    "on=attachmentSet.item.instanceId encrypted=encrypted"),
	[SNAPSHOTS] = SET("DescribeSnapshots", "snapshotSet", "snapshot", "snapshots",
	    "snapshotId",
	    "of=volumeId GiB=volumeSize state=status made@startTime "
	    "description=description"),
	[SECURITY_GROUPS] = SET("DescribeSecurityGroups", "securityGroupInfo",
	    "security group", "security groups", "groupId",
	    "called=groupName vpc=vpcId description=groupDescription"),
	[IMAGES] = SET("DescribeImages", "imagesSet", "image", "images", "imageId",
	    "called=name state=imageState public=isPublic made@creationDate "
	    "snapshot=blockDeviceMapping.item.ebs.snapshotId"),
	[VPCS] = SET("DescribeVpcs", "vpcSet", "VPC", "VPCs", "vpcId",
	    "network=cidrBlock state=state default=isDefault"),
	[SUBNETS] = SET("DescribeSubnets", "subnetSet", "subnet", "subnets", "subnetId",
	    "network=cidrBlock vpc=vpcId zone=availabilityZone state=state"),
	[ROUTE_TABLES] = SET("DescribeRouteTables", "routeTableSet", "route table",
	    "route tables", "routeTableId",
	    "vpc=vpcId subnet=associationSet.item.subnetId "
	    "to=routeSet.item.destinationCidrBlock"),
	[NAT_GATEWAYS] = SET("DescribeNatGateways", "natGatewaySet", "NAT gateway",
	    "NAT gateways", "natGatewayId",
	    "state=state vpc=vpcId subnet=subnetId "
	    "address=natGatewayAddressSet.item.publicIp"),
	[INTERNET_GATEWAYS] = SET("DescribeInternetGateways", "internetGatewaySet",
	    "internet gateway", "internet gateways", "internetGatewayId",
	    "vpc=attachmentSet.item.vpcId"),
	[INTERFACES] = SET("DescribeNetworkInterfaces", "networkInterfaceSet",
	    "network interface", "network interfaces", "networkInterfaceId",
	    "state=status address=privateIpAddress on=attachment.instanceId vpc=vpcId "
	    "description=description"),
	[ADDRESSES] = { "ec2", "DescribeAddresses", "address", "addresses",
	    "addressesSet.item", "publicIp",
	    "id=allocationId on=instanceId interface=networkInterfaceId", "tagSet.item",
	    NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[KEY_PAIRS] = { "ec2", "DescribeKeyPairs", "key pair", "key pairs",
	    "keySet.item", "keyName", "id=keyPairId fingerprint=keyFingerprint",
	    "tagSet.item", NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[TEMPLATES] = SET("DescribeLaunchTemplates", "launchTemplates",
	    "launch template", "launch templates", "launchTemplateId",
	    "called=launchTemplateName latest=latestVersionNumber made@createTime"),
	[SCALING_GROUPS] = { "autoscaling", "DescribeAutoScalingGroups",
	    "auto scaling group", "auto scaling groups",
	    "DescribeAutoScalingGroupsResult.AutoScalingGroups.member",
	    "AutoScalingGroupName",
	    "desired=DesiredCapacity min=MinSize max=MaxSize status=Status "
	    "instance=Instances.member.InstanceId",
	    "Tags.member", NULL, NULL,
	    "NextToken=DescribeAutoScalingGroupsResult.NextToken", PREVIEWTABLE_PLAIN },
	[SCALING_INSTANCES] = { "autoscaling", "DescribeAutoScalingInstances",
	    "instance", "instances",
	    "DescribeAutoScalingInstancesResult.AutoScalingInstances.member",
	    "InstanceId",
	    "group=AutoScalingGroupName state=LifecycleState health=HealthStatus "
	    "type=InstanceType zone=AvailabilityZone",
	    NULL, NULL, NULL, "NextToken=DescribeAutoScalingInstancesResult.NextToken",
	    PREVIEWTABLE_PLAIN },
	[LAUNCH_CONFIGURATIONS] = { "autoscaling", "DescribeLaunchConfigurations",
	    "launch configuration", "launch configurations",
	    "DescribeLaunchConfigurationsResult.LaunchConfigurations.member",
	    "LaunchConfigurationName",
	    "image=ImageId type=InstanceType made@CreatedTime", NULL, NULL, NULL, NULL,
	    PREVIEWTABLE_PLAIN },
	[ECS_SERVICES] = { "ecs", "DescribeServices", "service", "services", "services",
	    "serviceName",
	    "status=status desired=desiredCount running=runningCount "
	    "pending=pendingCount task=taskDefinition launch=launchType made@createdAt",
	    "tags", NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[ECS_TASKS] = { "ecs", "DescribeTasks", "task", "tasks", "tasks", "taskArn",
	    "status=lastStatus group=group definition=taskDefinitionArn "
	    "launch=launchType started@startedAt",
	    "tags", NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[ECS_CLUSTERS] = { "ecs", "DescribeClusters", "cluster", "clusters", "clusters",
	    "clusterName",
	    "status=status services=activeServicesCount running=runningTasksCount "
	    "instances=registeredContainerInstancesCount",
	    "tags", NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[TASK_DEFINITION] = { "ecs", "DescribeTaskDefinition", "task definition",
	    "task definitions", "taskDefinition", "taskDefinitionArn",
	    "status=status image=containerDefinitions.image cpu=cpu memory=memory "
	    "role=taskRoleArn",
	    NULL, NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[DB_INSTANCES] = { "rds", "DescribeDBInstances", "database", "databases",
	    "DescribeDBInstancesResult.DBInstances.DBInstance", "DBInstanceIdentifier",
	    "status=DBInstanceStatus engine=Engine version=EngineVersion "
	    "class=DBInstanceClass GiB=AllocatedStorage multi-az=MultiAZ "
	    "protected=DeletionProtection backups=BackupRetentionPeriod "
	    "replica=ReadReplicaDBInstanceIdentifiers.ReadReplicaDBInstanceIdentifier",
	    "TagList.Tag", NULL, NULL, "Marker=DescribeDBInstancesResult.Marker",
	    PREVIEWTABLE_PLAIN },
	[DB_CLUSTERS] = { "rds", "DescribeDBClusters", "database cluster",
	    "database clusters", "DescribeDBClustersResult.DBClusters.DBCluster",
	    "DBClusterIdentifier",
	    "status=Status engine=Engine version=EngineVersion "
	    "protected=DeletionProtection backups=BackupRetentionPeriod "
	    "member=DBClusterMembers.DBClusterMember.DBInstanceIdentifier",
	    "TagList.Tag", NULL, NULL, "Marker=DescribeDBClustersResult.Marker",
	    PREVIEWTABLE_PLAIN },
	[DB_SNAPSHOTS] = { "rds", "DescribeDBSnapshots", "database snapshot",
	    "database snapshots", "DescribeDBSnapshotsResult.DBSnapshots.DBSnapshot",
	    "DBSnapshotIdentifier",
	    "of=DBInstanceIdentifier status=Status kind=SnapshotType engine=Engine "
	    "GiB=AllocatedStorage made@SnapshotCreateTime",
	    "TagList.Tag", NULL, NULL, "Marker=DescribeDBSnapshotsResult.Marker",
	    PREVIEWTABLE_PLAIN },
	[DB_CLUSTER_SNAPSHOTS] = { "rds", "DescribeDBClusterSnapshots",
	    "database snapshot", "database snapshots",
	    "DescribeDBClusterSnapshotsResult.DBClusterSnapshots.DBClusterSnapshot",
	    "DBClusterSnapshotIdentifier",
	    "of=DBClusterIdentifier status=Status kind=SnapshotType engine=Engine "
	    "GiB=AllocatedStorage made@SnapshotCreateTime",
	    "TagList.Tag", NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[ROLE] = { "iam", "GetRole", "role", "roles", "GetRoleResult.Role", "RoleName",
	    "path=Path made@CreateDate used@RoleLastUsed.LastUsedDate "
	    "description=Description",
	    "Tags.member", NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[ROLE_POLICIES] = { "iam", "ListAttachedRolePolicies", "attached policy",
	    "attached policies",
	    "ListAttachedRolePoliciesResult.AttachedPolicies.member", "PolicyArn",
	    "called=PolicyName", NULL, NULL, NULL,
	    "Marker=ListAttachedRolePoliciesResult.Marker", PREVIEWTABLE_PLAIN },
	[ROLE_INLINE] = { "iam", "ListRolePolicies", "inline policy", "inline policies",
	    "ListRolePoliciesResult.PolicyNames.member", "", NULL, NULL, NULL, NULL,
	    "Marker=ListRolePoliciesResult.Marker", PREVIEWTABLE_PLAIN },
	[USER] = { "iam", "GetUser", "user", "users", "GetUserResult.User", "UserName",
	    "path=Path made@CreateDate password-used@PasswordLastUsed", "Tags.member",
	    NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[USER_POLICIES] = { "iam", "ListAttachedUserPolicies", "attached policy",
	    "attached policies",
	    "ListAttachedUserPoliciesResult.AttachedPolicies.member", "PolicyArn",
	    "called=PolicyName", NULL, NULL, NULL,
	    "Marker=ListAttachedUserPoliciesResult.Marker", PREVIEWTABLE_PLAIN },
	[POLICY] = { "iam", "GetPolicy", "policy", "policies", "GetPolicyResult.Policy",
	    "Arn",
	    "attached=AttachmentCount boundary-of=PermissionsBoundaryUsageCount "
	    "version=DefaultVersionId changed@UpdateDate description=Description",
	    "Tags.member", NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[ACCESS_KEYS] = { "iam", "GetAccessKeyLastUsed", "access key", "access keys",
	    "GetAccessKeyLastUsedResult", "UserName",
	    "used@AccessKeyLastUsed.LastUsedDate service=AccessKeyLastUsed.ServiceName "
	    "region=AccessKeyLastUsed.Region",
	    NULL, NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[GROUP] = { "iam", "GetGroup", "member", "members",
	    "GetGroupResult.Users.member", "UserName", "path=Path", NULL, NULL, NULL,
	    "Marker=GetGroupResult.Marker", PREVIEWTABLE_PLAIN },
	[INSTANCE_PROFILE] = { "iam", "GetInstanceProfile", "instance profile",
	    "instance profiles", "GetInstanceProfileResult.InstanceProfile",
	    "InstanceProfileName", "role=Roles.member.RoleName made@CreateDate",
	    "Tags.member", NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[FUNCTION] = { "lambda", "GetFunctionConfiguration", "function", "functions",
	    "", "FunctionName",
	    "runtime=Runtime version=Version state=State memory=MemorySize "
	    "timeout=Timeout changed@LastModified role=Role description=Description",
	    NULL, "CodeSize", NULL, NULL, PREVIEWTABLE_PLAIN },
	[FUNCTION_ALIAS] = { "lambda", "GetAlias", "alias", "aliases", "", "Name",
	    "version=FunctionVersion description=Description", NULL, NULL, NULL, NULL,
	    PREVIEWTABLE_PLAIN },
	[TABLE] = { "dynamodb", "DescribeTable", "table", "tables", "Table",
	    "TableName",
	    "status=TableStatus items=ItemCount protected=DeletionProtectionEnabled "
	    "billing=BillingModeSummary.BillingMode made@CreationDateTime "
	    "index=GlobalSecondaryIndexes.IndexName replica=Replicas.RegionName",
	    NULL, "TableSizeBytes", NULL, NULL, PREVIEWTABLE_PLAIN },
	[BACKUP] = { "dynamodb", "DescribeBackup", "backup", "backups",
	    "BackupDescription", "BackupDetails.BackupName",
	    "of=SourceTableDetails.TableName status=BackupDetails.BackupStatus "
	    "made@BackupDetails.BackupCreationDateTime",
	    NULL, "BackupDetails.BackupSizeBytes", NULL, NULL, PREVIEWTABLE_PLAIN },
	[LOG_GROUP] = { "logs", "DescribeLogGroups", "log group", "log groups",
	    "logGroups", "logGroupName", "days=retentionInDays made@creationTime", NULL,
	    "storedBytes", "logGroupName", "nextToken=nextToken", PREVIEWTABLE_PLAIN },
	[LOG_STREAM] = { "logs", "DescribeLogStreams", "log stream", "log streams",
	    "logStreams", "logStreamName", "made@creationTime last@lastEventTimestamp",
	    NULL, NULL, "logStreamName", "nextToken=nextToken", PREVIEWTABLE_PLAIN },
	[KEY] = { "kms", "DescribeKey", "key", "keys", "KeyMetadata", "KeyId",
	    "state=KeyState usage=KeyUsage enabled=Enabled manager=KeyManager "
	    "regions=MultiRegion made@CreationDate description=Description",
	    NULL, NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[SECRET] = { "secretsmanager", "DescribeSecret", "secret", "secrets", "",
	    "Name",
	    "rotated=RotationEnabled changed@LastChangedDate used@LastAccessedDate "
	    "description=Description",
	    "Tags", NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[STACK] = { "cloudformation", "DescribeStacks", "stack", "stacks",
	    "DescribeStacksResult.Stacks.member", "StackName",
	    "status=StackStatus protected=EnableTerminationProtection "
	    "made@CreationTime changed@LastUpdatedTime description=Description",
	    "Tags.member", NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[STACK_RESOURCES] = { "cloudformation", "ListStackResources", "resource",
	    "resources", "ListStackResourcesResult.StackResourceSummaries.member",
	    "LogicalResourceId",
	    "type=ResourceType id=PhysicalResourceId status=ResourceStatus", NULL, NULL,
	    NULL, "NextToken=ListStackResourcesResult.NextToken", PREVIEWTABLE_PLAIN },
	[EKS_CLUSTER] = { "eks", "DescribeCluster", "cluster", "clusters", "cluster",
	    "name", "status=status version=version made@createdAt", NULL, NULL, NULL,
	    NULL, PREVIEWTABLE_PLAIN },
	[NODEGROUP] = { "eks", "DescribeNodegroup", "node group", "node groups",
	    "nodegroup", "nodegroupName",
	    "status=status desired=scalingConfig.desiredSize type=instanceTypes "
	    "version=version",
	    NULL, NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[LOAD_BALANCERS] = { "elbv2", "DescribeLoadBalancers", "load balancer",
	    "load balancers", "DescribeLoadBalancersResult.LoadBalancers.member",
	    "LoadBalancerName",
	    "type=Type scheme=Scheme state=State.Code name=DNSName vpc=VpcId "
	    "made@CreatedTime",
	    NULL, NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[TARGET_GROUPS] = { "elbv2", "DescribeTargetGroups", "target group",
	    "target groups", "DescribeTargetGroupsResult.TargetGroups.member",
	    "TargetGroupName",
	    "protocol=Protocol port=Port vpc=VpcId "
	    "balancer=LoadBalancerArns.member",
	    NULL, NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[CACHE_CLUSTERS] = { "elasticache", "DescribeCacheClusters", "cache cluster",
	    "cache clusters", "DescribeCacheClustersResult.CacheClusters.CacheCluster",
	    "CacheClusterId",
	    "status=CacheClusterStatus engine=Engine nodes=NumCacheNodes "
	    "type=CacheNodeType",
	    NULL, NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[REPLICATION_GROUPS] = { "elasticache", "DescribeReplicationGroups",
	    "replication group", "replication groups",
	    "DescribeReplicationGroupsResult.ReplicationGroups.ReplicationGroup",
	    "ReplicationGroupId",
	    "status=Status type=CacheNodeType member=MemberClusters.ClusterId "
	    "description=Description",
	    NULL, NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[REPOSITORIES] = { "ecr", "DescribeRepositories", "repository", "repositories",
	    "repositories", "repositoryName",
	    "address=repositoryUri made@createdAt tags=imageTagMutability", NULL, NULL,
	    NULL, NULL, PREVIEWTABLE_PLAIN },
	[ALARMS] = { "cloudwatch", "DescribeAlarms", "alarm", "alarms",
	    "DescribeAlarmsResult.MetricAlarms.member", "AlarmName",
	    "state=StateValue metric=MetricName actions=ActionsEnabled "
	    "description=AlarmDescription",
	    NULL, NULL, NULL, "NextToken=DescribeAlarmsResult.NextToken",
	    PREVIEWTABLE_PLAIN },
	[EVENT_RULE] = { "events", "DescribeRule", "rule", "rules", "", "Name",
	    "state=State schedule=ScheduleExpression bus=EventBusName "
	    "description=Description",
	    NULL, NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[STATE_MACHINE] = { "stepfunctions", "DescribeStateMachine", "state machine",
	    "state machines", "", "name", "status=status type=type made@creationDate",
	    NULL, NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[ZONE] = { "route53", "GetHostedZone", "hosted zone", "hosted zones",
	    "HostedZone", "Name",
	    "records=ResourceRecordSetCount private=Config.PrivateZone "
	    "comment=Config.Comment",
	    NULL, NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
	[STREAM] = { "kinesis", "DescribeStreamSummary", "stream", "streams",
	    "StreamDescriptionSummary", "StreamName",
	    "status=StreamStatus shards=OpenShardCount "
	    "hours=RetentionPeriodHours consumers=ConsumerCount "
	    "made@StreamCreationTimestamp",
	    NULL, NULL, NULL, NULL, PREVIEWTABLE_PLAIN },
};

const struct previewtable_read *const previewtable_objects = &reads[OBJECTS];
const struct previewtable_read *const previewtable_object = &reads[OBJECT];

#define LISTING "Bucket=Bucket EncodingType:url MaxKeys:1000"
#define DB "DBInstanceIdentifier=DBInstanceIdentifier"
#define CLUSTER "DBClusterIdentifier=DBClusterIdentifier"
#define STATES "start-instances stop-instances reboot-instances terminate-instances"

static const struct {
	const char *service, *operations, *give;
	enum reads read;
} rows[] = {
	{ "s3",
	    "delete-object put-object copy-object put-object-acl "
	    "put-object-tagging restore-object",
	    "Bucket=Bucket Key=Key VersionId?=VersionId", OBJECT },
	{ "s3", "delete-objects", "Bucket=Bucket Key*=Delete.Objects.Key", OBJECT },
	{ "s3", "delete-bucket", LISTING, OBJECTS },

	{ "ec2", STATES " monitor-instances unmonitor-instances",
	    "InstanceIds=InstanceIds", INSTANCES },
	{ "ec2",
	    "modify-instance-attribute reset-instance-attribute "
	    "modify-instance-metadata-options modify-instance-placement "
	    "create-image attach-volume",
	    "InstanceIds=InstanceId", INSTANCES },
	{ "ec2",
	    "delete-volume detach-volume attach-volume modify-volume "
	    "modify-volume-attribute create-snapshot",
	    "VolumeIds=VolumeId", VOLUMES },
	{ "ec2", "delete-snapshot modify-snapshot-attribute reset-snapshot-attribute",
	    "SnapshotIds=SnapshotId", SNAPSHOTS },
	{ "ec2",
	    "delete-security-group authorize-security-group-ingress "
	    "authorize-security-group-egress revoke-security-group-ingress "
	    "revoke-security-group-egress modify-security-group-rules",
	    "GroupIds=GroupId", SECURITY_GROUPS },
	{ "ec2", "deregister-image modify-image-attribute reset-image-attribute",
	    "ImageIds=ImageId", IMAGES },
	{ "ec2", "delete-vpc modify-vpc-attribute", "VpcIds=VpcId", VPCS },
	{ "ec2", "delete-subnet modify-subnet-attribute", "SubnetIds=SubnetId",
	    SUBNETS },
	{ "ec2", "delete-route-table create-route delete-route replace-route",
	    "RouteTableIds=RouteTableId", ROUTE_TABLES },
	{ "ec2", "delete-nat-gateway", "NatGatewayIds=NatGatewayId", NAT_GATEWAYS },
	{ "ec2", "delete-internet-gateway detach-internet-gateway",
	    "InternetGatewayIds=InternetGatewayId", INTERNET_GATEWAYS },
	{ "ec2", "delete-network-interface modify-network-interface-attribute",
	    "NetworkInterfaceIds=NetworkInterfaceId", INTERFACES },
	{ "ec2", "release-address", "AllocationIds=AllocationId", ADDRESSES },
	{ "ec2", "delete-key-pair", "KeyNames=KeyName", KEY_PAIRS },
	{ "ec2", "delete-launch-template modify-launch-template",
	    "LaunchTemplateIds=LaunchTemplateId", TEMPLATES },

	{ "autoscaling",
	    "set-desired-capacity update-auto-scaling-group "
	    "delete-auto-scaling-group suspend-processes "
	    "resume-processes detach-instances "
	    "start-instance-refresh cancel-instance-refresh",
	    "AutoScalingGroupNames=AutoScalingGroupName", SCALING_GROUPS },
	{ "autoscaling", "terminate-instance-in-auto-scaling-group",
	    "InstanceIds=InstanceId", SCALING_INSTANCES },
	{ "autoscaling", "delete-launch-configuration",
	    "LaunchConfigurationNames=LaunchConfigurationName", LAUNCH_CONFIGURATIONS },

	{ "ecs", "update-service delete-service",
	    "services=service cluster?=cluster include:TAGS", ECS_SERVICES },
	{ "ecs", "stop-task", "tasks=task cluster?=cluster include:TAGS", ECS_TASKS },
	{ "ecs", "delete-cluster update-cluster update-cluster-settings",
	    "clusters=cluster include:TAGS", ECS_CLUSTERS },
	{ "ecs", "run-task start-task deregister-task-definition",
	    "taskDefinition=taskDefinition", TASK_DEFINITION },

	{ "rds",
	    "start-db-instance stop-db-instance reboot-db-instance "
	    "delete-db-instance modify-db-instance promote-read-replica",
	    DB, DB_INSTANCES },
	{ "rds",
	    "start-db-cluster stop-db-cluster delete-db-cluster "
	    "modify-db-cluster failover-db-cluster reboot-db-cluster",
	    CLUSTER, DB_CLUSTERS },
	{ "rds", "delete-db-snapshot modify-db-snapshot modify-db-snapshot-attribute",
	    "DBSnapshotIdentifier=DBSnapshotIdentifier", DB_SNAPSHOTS },
	{ "rds", "delete-db-cluster-snapshot modify-db-cluster-snapshot-attribute",
	    "DBClusterSnapshotIdentifier=DBClusterSnapshotIdentifier",
	    DB_CLUSTER_SNAPSHOTS },

	{ "iam",
	    "delete-role attach-role-policy detach-role-policy put-role-policy "
	    "delete-role-policy update-role update-assume-role-policy "
	    "put-role-permissions-boundary delete-role-permissions-boundary",
	    "RoleName=RoleName", ROLE },
	{ "iam", "delete-role attach-role-policy detach-role-policy",
	    "RoleName=RoleName", ROLE_POLICIES },
	{ "iam", "delete-role put-role-policy delete-role-policy", "RoleName=RoleName",
	    ROLE_INLINE },
	{ "iam",
	    "delete-user attach-user-policy detach-user-policy put-user-policy "
	    "delete-user-policy update-user create-access-key "
	    "create-login-profile update-login-profile delete-login-profile",
	    "UserName=UserName", USER },
	{ "iam", "delete-user attach-user-policy detach-user-policy",
	    "UserName=UserName", USER_POLICIES },
	{ "iam",
	    "delete-policy attach-role-policy detach-role-policy "
	    "attach-user-policy detach-user-policy attach-group-policy "
	    "detach-group-policy create-policy-version delete-policy-version "
	    "set-default-policy-version",
	    "PolicyArn=PolicyArn", POLICY },
	{ "iam", "delete-access-key update-access-key", "AccessKeyId=AccessKeyId",
	    ACCESS_KEYS },
	{ "iam",
	    "delete-group attach-group-policy detach-group-policy "
	    "put-group-policy delete-group-policy",
	    "GroupName=GroupName", GROUP },
	{ "iam",
	    "delete-instance-profile remove-role-from-instance-profile "
	    "add-role-to-instance-profile",
	    "InstanceProfileName=InstanceProfileName", INSTANCE_PROFILE },

	{ "lambda",
	    "delete-function update-function-code "
	    "update-function-configuration publish-version invoke "
	    "add-permission remove-permission put-function-concurrency "
	    "delete-function-concurrency",
	    "FunctionName=FunctionName Qualifier?=Qualifier", FUNCTION },
	{ "lambda", "update-alias delete-alias", "FunctionName=FunctionName Name=Name",
	    FUNCTION_ALIAS },

	{ "dynamodb",
	    "delete-table update-table update-time-to-live "
	    "update-continuous-backups",
	    "TableName=TableName", TABLE },
	{ "dynamodb", "delete-backup", "BackupArn=BackupArn", BACKUP },

	{ "logs",
	    "delete-log-group put-retention-policy delete-retention-policy "
	    "put-subscription-filter delete-subscription-filter",
	    "logGroupNamePrefix=logGroupName !logGroupName", LOG_GROUP },
	{ "logs", "delete-log-stream",
	    "logGroupName=logGroupName logStreamNamePrefix=logStreamName "
	    "!logStreamName",
	    LOG_STREAM },

	{ "kms",
	    "schedule-key-deletion disable-key enable-key put-key-policy "
	    "cancel-key-deletion disable-key-rotation",
	    "KeyId=KeyId", KEY },
	{ "kms", "update-alias", "KeyId=TargetKeyId", KEY },
	{ "secretsmanager",
	    "delete-secret update-secret put-secret-value "
	    "restore-secret rotate-secret put-resource-policy",
	    "SecretId=SecretId", SECRET },
	{ "cloudformation",
	    "delete-stack update-stack create-change-set "
	    "execute-change-set set-stack-policy",
	    "StackName=StackName", STACK },
	{ "cloudformation", "delete-stack", "StackName=StackName", STACK_RESOURCES },
	{ "eks", "delete-cluster update-cluster-config update-cluster-version",
	    "name=name", EKS_CLUSTER },
	{ "eks", "delete-nodegroup update-nodegroup-config update-nodegroup-version",
	    "clusterName=clusterName nodegroupName=nodegroupName", NODEGROUP },
	{ "elbv2", "delete-load-balancer modify-load-balancer-attributes",
	    "LoadBalancerArns=LoadBalancerArn", LOAD_BALANCERS },
	{ "elbv2",
	    "delete-target-group modify-target-group deregister-targets "
	    "register-targets",
	    "TargetGroupArns=TargetGroupArn", TARGET_GROUPS },
	{ "elasticache",
	    "delete-cache-cluster reboot-cache-cluster "
	    "modify-cache-cluster",
	    "CacheClusterId=CacheClusterId", CACHE_CLUSTERS },
	{ "elasticache",
	    "delete-replication-group modify-replication-group "
	    "test-failover",
	    "ReplicationGroupId=ReplicationGroupId", REPLICATION_GROUPS },
	{ "ecr", "delete-repository batch-delete-image set-repository-policy",
	    "repositoryNames=repositoryName registryId?=registryId", REPOSITORIES },
	{ "cloudwatch", "delete-alarms disable-alarm-actions enable-alarm-actions",
	    "AlarmNames=AlarmNames", ALARMS },
	{ "events", "delete-rule disable-rule enable-rule",
	    "Name=Name EventBusName?=EventBusName", EVENT_RULE },
	{ "events", "put-targets remove-targets",
	    "Name=Rule EventBusName?=EventBusName", EVENT_RULE },
	{ "stepfunctions", "delete-state-machine update-state-machine start-execution",
	    "stateMachineArn=stateMachineArn", STATE_MACHINE },
	{ "route53", "delete-hosted-zone", "Id=Id", ZONE },
	{ "route53", "change-resource-record-sets", "Id=HostedZoneId", ZONE },
	{ "kinesis",
	    "delete-stream update-shard-count "
	    "decrease-stream-retention-period",
	    "StreamName=StreamName", STREAM },

	/* Commands on instances. */
	{ "ssm", "send-command", "InstanceIds=InstanceIds", INSTANCES },
};

bool
previewtable_row_at(size_t i, struct previewtable_row *ret)
{
	if (i >= ROWS(rows))
		return false;
	*ret = (struct previewtable_row){ rows[i].service, rows[i].operations,
		rows[i].give, &reads[rows[i].read] };
	return true;
}
