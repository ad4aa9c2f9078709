/* EC2: an id says itself what it is of; what a call makes has no id yet. */
#include "policies/iam_parts.h"

#include <string.h>

#define ROWS(t) (sizeof(t) / sizeof(t)[0])

/* What stands before the dash of an id.  Images and snapshots have no account in their
 * ARNs. */
static const struct {
	const char *prefix, *arn;
} kinds[] = {
	{ "i", "ec2:{r}:{a}:instance/{v}" },
	{ "ami", "ec2:{r}::image/{v}" },
	{ "aki", "ec2:{r}::image/{v}" },
	{ "ari", "ec2:{r}::image/{v}" },
	{ "snap", "ec2:{r}::snapshot/{v}" },
	{ "vol", "ec2:{r}:{a}:volume/{v}" },
	{ "sg", "ec2:{r}:{a}:security-group/{v}" },
	{ "sgr", "ec2:{r}:{a}:security-group-rule/{v}" },
	{ "subnet", "ec2:{r}:{a}:subnet/{v}" },
	{ "vpc", "ec2:{r}:{a}:vpc/{v}" },
	{ "eni", "ec2:{r}:{a}:network-interface/{v}" },
	{ "key", "ec2:{r}:{a}:key-pair/{v}" },
	{ "rtb", "ec2:{r}:{a}:route-table/{v}" },
	{ "igw", "ec2:{r}:{a}:internet-gateway/{v}" },
	{ "eigw", "ec2:{r}:{a}:egress-only-internet-gateway/{v}" },
	{ "nat", "ec2:{r}:{a}:natgateway/{v}" },
	{ "eipalloc", "ec2:{r}:{a}:elastic-ip/{v}" },
	{ "acl", "ec2:{r}:{a}:network-acl/{v}" },
	{ "lt", "ec2:{r}:{a}:launch-template/{v}" },
	{ "pl", "ec2:{r}:{a}:prefix-list/{v}" },
	{ "vpce", "ec2:{r}:{a}:vpc-endpoint/{v}" },
	{ "pcx", "ec2:{r}:{a}:vpc-peering-connection/{v}" },
	{ "dopt", "ec2:{r}:{a}:dhcp-options/{v}" },
	{ "vgw", "ec2:{r}:{a}:vpn-gateway/{v}" },
	{ "cgw", "ec2:{r}:{a}:customer-gateway/{v}" },
	{ "vpn", "ec2:{r}:{a}:vpn-connection/{v}" },
	{ "fl", "ec2:{r}:{a}:vpc-flow-log/{v}" },
	{ "cr", "ec2:{r}:{a}:capacity-reservation/{v}" },
	{ "h", "ec2:{r}:{a}:dedicated-host/{v}" },
	{ "fleet", "ec2:{r}:{a}:fleet/{v}" },
	{ "sir", "ec2:{r}:{a}:spot-instances-request/{v}" },
	{ "sfr", "ec2:{r}:{a}:spot-fleet-request/{v}" },
	{ "tgw", "ec2:{r}:{a}:transit-gateway/{v}" },
	{ "tgw-attach", "ec2:{r}:{a}:transit-gateway-attachment/{v}" },
	{ "tgw-rtb", "ec2:{r}:{a}:transit-gateway-route-table/{v}" },
	{ "vpce-svc", "ec2:{r}:{a}:vpc-endpoint-service/{v}" },
};

/* Members that hold ids without being called so, or inside others. */
static const char *const holders[] = { "Resources", "Groups", "SecurityGroups",
	"LaunchTemplate.LaunchTemplateId", "NetworkInterfaces.SubnetId",
	"NetworkInterfaces.Groups", "NetworkInterfaces.NetworkInterfaceId",
	"BlockDeviceMappings.Ebs.SnapshotId", "InstanceSpecification.InstanceId" };

/* Members called so that name nothing of ours. */
#define NO_RESOURCE                                                                    \
	"AvailabilityZoneId AwsAccountId PeerOwnerId PeerAccountId OwnerIds UserIds "  \
	"SourceSecurityGroupOwnerId RestorableByUserIds TransferAccountId ZoneIds "    \
	"DelegatedAdminAccountId ConnectionId VlanId KmsKeyId"

/* What else an operation needs: things that it makes, and things by name. */
static const struct {
	const char *operations;
	const char *member; /* "": always; "-M": only when M is missing */
	const char *arn;
	const char *policy;
} extras[] = {
	{ "RunInstances", "", "ec2:{r}:{a}:instance/*", NULL },
	{ "RunInstances", "", "ec2:{r}:{a}:volume/*", NULL },
	{ "RunInstances", "", "ec2:{r}:{a}:network-interface/*", NULL },
	{ "RunInstances", "-SubnetId", "ec2:{r}:{a}:subnet/*", NULL },
	{ "RunInstances", "-SecurityGroupIds", "ec2:{r}:{a}:security-group/*", NULL },
	{ "RunInstances", "-ImageId", "ec2:{r}::image/*", NULL },
	{ "RunInstances", "KeyName", "ec2:{r}:{a}:key-pair/{v}", NULL },
	{ "RunInstances", "LaunchTemplate.LaunchTemplateName",
	    "ec2:{r}:{a}:launch-template/*", NULL },
	{ "CreateKeyPair ImportKeyPair DeleteKeyPair", "KeyName",
	    "ec2:{r}:{a}:key-pair/{v}", NULL },
	{ "CreateVolume", "", "ec2:{r}:{a}:volume/*", NULL },
	{ "CreateSnapshot CreateSnapshots CopySnapshot", "", "ec2:{r}::snapshot/*",
	    NULL },
	{ "CreateImage", "", "ec2:{r}::image/*", NULL },
	{ "CreateImage", "", "ec2:{r}::snapshot/*", NULL },
	{ "CreateSecurityGroup", "", "ec2:{r}:{a}:security-group/*", NULL },
	{ "CreateSubnet", "", "ec2:{r}:{a}:subnet/*", NULL },
	{ "CreateVpc", "", "ec2:{r}:{a}:vpc/*", NULL },
	{ "CreateRouteTable", "", "ec2:{r}:{a}:route-table/*", NULL },
	{ "CreateNetworkInterface", "", "ec2:{r}:{a}:network-interface/*", NULL },
	{ "CreateLaunchTemplate", "", "ec2:{r}:{a}:launch-template/*", NULL },
	{ "CreateLaunchTemplateVersion DeleteLaunchTemplate "
	  "DeleteLaunchTemplateVersions ModifyLaunchTemplate",
	    "LaunchTemplateName", "ec2:{r}:{a}:launch-template/*", NULL },
	{ "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress "
	  "RevokeSecurityGroupIngress RevokeSecurityGroupEgress DeleteSecurityGroup",
	    "GroupName", "ec2:{r}:{a}:security-group/*", NULL },
	{ "CreatePlacementGroup DeletePlacementGroup", "GroupName",
	    "ec2:{r}:{a}:placement-group/{v}", NULL },
	{ "AllocateAddress", "", "ec2:{r}:{a}:elastic-ip/*", NULL },
	{ "AssociateAddress DisassociateAddress ReleaseAddress", "PublicIp",
	    "ec2:{r}:{a}:elastic-ip/*", NULL },
};

/* What only looks needs nothing else, and makes nothing. */
#define LOOKS "Describe* Get* Search*"

/* The other operations that make something: which kinds, is not told here. */
#define MAKES "Create* Copy* Import* Register* Request* Allocate* Provision* Purchase*"

/* The kind of an id: by the longest prefix that a dash ends. */
static const char *
kind_of(struct span v)
{
	const char *found = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < ROWS(kinds); i++) {
		size_t n;

		if (v.len == 0 || kinds[i].prefix[0] != v.p[0])
			continue;
		n = strlen(kinds[i].prefix);
		if (n > longest && v.len > n + 1 && v.p[n] == '-' &&
		    memcmp(v.p, kinds[i].prefix, n) == 0) {
			found = kinds[i].arn;
			longest = n;
		}
	}
	return found;
}

static bool
holds_ids(const char *member)
{
	size_t n = strlen(member);

	for (size_t i = 0; i < ROWS(holders); i++)
		if (iam_same(holders[i], member))
			return true;
	if (!(n > 2 && strcmp(member + n - 2, "Id") == 0) &&
	    !(n > 3 && strcmp(member + n - 3, "Ids") == 0))
		return false;
	return strchr(member, '.') == NULL && !iam_listed(NO_RESOURCE, member);
}

static enum rc
add_id(struct iam_work *w, const struct apicall_param *p)
{
	struct iam_resource r = { .arn = "*", .policy = "*", .pattern = true };
	const char *kind = kind_of(p->value);
	enum rc rc = RC_OK;

	if (!p->known)
		return err_set(
		    w->err, RC_REFUSE, "the value of %s is not known", p->name);
	/* An id of a kind that is not known here may be anything. */
	if (kind != NULL)
		rc = iam_fill(w, kind, NULL, p->value, &r);
	return rc == RC_OK ? iam_add_own(w, &r) : rc;
}

static enum rc
add_extra(struct iam_work *w, size_t i)
{
	struct iam_resource r = { 0 };
	const char *member = extras[i].member;
	struct span v = { 0 };
	bool there = false;
	enum rc rc;

	rc = iam_value(w, member + (member[0] == '-'), &v, &there);
	if (rc != RC_OK)
		return rc;
	if (member[0] != 0 && there == (member[0] == '-'))
		return RC_OK;
	if ((rc = iam_fill(w, extras[i].arn, extras[i].policy, v, &r)) != RC_OK)
		return rc;
	return iam_add_own(w, &r);
}

enum rc
iam_ec2(struct iam_work *w)
{
	const struct iam_resource all = { .arn = "*", .policy = "*", .pattern = true };
	bool extra = false;
	bool looks = iam_listed(LOOKS, w->op.name);
	enum rc rc = RC_OK;

	for (size_t i = 0; !looks && i < ROWS(extras) && rc == RC_OK; i++)
		if (iam_listed(extras[i].operations, w->op.name)) {
			extra = true;
			rc = add_extra(w, i);
		}
	for (size_t i = 0; i < apicall_count(w->call) && rc == RC_OK; i++)
		if (holds_ids(apicall_at(w->call, i)->name))
			rc = add_id(w, apicall_at(w->call, i));
	if (rc == RC_OK && !looks && !extra && iam_listed(MAKES, w->op.name))
		rc = iam_add_own(w, &all);
	return rc;
}
