"""Differences that are none, or that end in a refusal before anything is done: why."""
import fnmatch

# (what is concerned, how the finding reads): why.
REASONS = {
    ("s3:*", "gate refuses: the path has an empty segment*"):
    "a key with // in it is refused on the wire",
    ("*", "gate refuses: the path has a dot segment*"):
    "a name of dots in a path is refused on the wire",
    ("*", "gate refuses: the path has a control character"):
    "a tab in a name that stands in a path is refused on the wire",
    ("neptune:* docdb:*", "gate: not covered: rds:*: the command makes no such call*"):
    "nothing on the wire tells the service from rds: refused there",
    ("chime:* chime-sdk-identity:* chime-sdk-messaging:*",
     "gate: not covered: chime*: the command makes no such call*"):
    "chime's services share their requests: refused on the wire",
    ("s3:GetBucketLifecycle s3:PutBucketLifecycle s3:GetBucketNotification "
     "s3:PutBucketNotification", "gate: not covered: *: the command makes no such call*"):
    "an older name of the same request: refused on the wire",
    ("timestream-query:DescribeEndpoints timestream-write:DescribeEndpoints",
     "no such call: DescribeEndpoints"):
    "the endpoint is discovered first: refused on the wire",
    ("sts:AssumeRoleWith* sso-oidc:* cognito-identity:* cognito-idp:* sdb:*",
     "gate refuses: the request is not signed"):
    "a request without signature (or an old kind of it) is refused on the wire",
    ("importexport:*", "gate refuses: the host is not the one of the service *"):
    "no host is known for it: refused on the wire",
    ("s3:WriteGetObjectResponse", "gate refuses: *"):
    "its host is another's: refused on the wire",
    ("*", "gate refuses: the signature is for no region of the host"):
    "a region that AWS does not have",
    ("dynamodb:*", "gate: a PartiQL statement is not understood"):
    "texts that are no PartiQL are refused on the wire",
    ("ec2:RunInstances", "left open: M??Count"):
    "made of --count",
    ("s3:*", "left open: *SSECustomerKey"):
    "a key that is encoded on its way",
    ("ec2:RunInstances autoscaling:CreateLaunchConfiguration", "left open: UserData"):
    "a text that is encoded on its way",
    ("s3:*", "not sent: Expires"):
    "an empty date is left out",
}


def why(what, text):
    for (where, pattern), reason in REASONS.items():
        if any(fnmatch.fnmatchcase(what, w) for w in where.split()) and \
                fnmatch.fnmatchcase(text, pattern):
            return reason
    return None
