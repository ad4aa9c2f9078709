"""Services that are only looked at: what Describe, Get and List calls say, from the seed.

"looks": {"rds:DescribeDBInstances": {"db-1": ANSWER, …}, …}: for each operation what it
says of each name.  Who may ask is judged by the resource that is named.
"""

import json
import re
from xml.sax.saxutils import escape

from .sign import Refused

# operation: version (of a form), the member that names, the ARN of what it names ("*"
# where IAM knows no resource), what is said of a name that is not there
FORMS = {
    "rds:DescribeDBInstances": (
        "2014-10-31", "DBInstanceIdentifier", "arn:aws:rds:{r}:{a}:db:{v}",
        (404, "DBInstanceNotFound")),
    "autoscaling:DescribeAutoScalingGroups": (
        "2011-01-01", "AutoScalingGroupNames.member.1", "*", None),
    "iam:GetRole": ("2010-05-08", "RoleName", "arn:aws:iam::{a}:role/{v}",
                    (404, "NoSuchEntity")),
    "iam:ListAttachedRolePolicies": (
        "2010-05-08", "RoleName", "arn:aws:iam::{a}:role/{v}", (404, "NoSuchEntity")),
    "iam:ListRolePolicies": (
        "2010-05-08", "RoleName", "arn:aws:iam::{a}:role/{v}", (404, "NoSuchEntity")),
    "iam:GetPolicy": ("2010-05-08", "PolicyArn", "{v}", (404, "NoSuchEntity")),
}
JSON = {
    "ecs:DescribeServices": (
        "services", "arn:aws:ecs:{r}:{a}:service/{cluster}/{v}", None),
    "logs:DescribeLogGroups": ("logGroupNamePrefix", "arn:aws:logs:{r}:{a}:log-group::log-stream:",
                               None),
}
TARGETS = {"ecs": "AmazonEC2ContainerServiceV20141113", "logs": "Logs_20140328"}
FUNCTION = re.compile(r"/2015-03-31/functions/([A-Za-z0-9_-]{1,64})/configuration\Z")


def xml_of(name, value):
    """Lists are elements of one name, beside each other."""
    if isinstance(value, list):
        return "".join(xml_of(name, v) for v in value)
    inner = "".join(xml_of(k, v) for k, v in value.items()) if isinstance(
        value, dict) else escape(str(value))
    return "<%s>%s</%s>" % (name, inner, name)


class Looks:
    def __init__(self, world, seed):
        self.world = world
        self.said = seed.get("looks", {})

    def check(self, who, service, operation, template, **names):
        action = "%s:%s" % (service, operation)
        arn = template
        for key, value in dict(names, a=self.world.account).items():
            arn = arn.replace("{%s}" % key, value)
        if not who.may(action, arn):
            raise Refused(403, "AccessDenied", "User: %s is not authorized to perform:"
                          " %s on resource: %s" % (who.arn, action, arn))

    def find(self, key, name, missing):
        answers = self.said.get(key, {})
        if name in answers:
            return answers[name]
        if missing is None:
            return {}
        raise Refused(missing[0], missing[1], "there is no %s" % name)

    def form(self, who, service, region, form, request_id):
        """(content type, text) of a form that was signed well."""
        operation = form.get("Action", "")
        key = "%s:%s" % (service, operation)
        if key not in FORMS:
            raise Refused(400, "InvalidAction", "Could not find operation " + operation)
        version, member, template, missing = FORMS[key]
        if set(form) - {"Action", "Version", member, "Marker"} or (
                form.get("Version") != version or not form.get(member)):
            raise Refused(400, "ValidationError", "not the parameters that are served")
        self.check(who, service, operation, template, v=form[member], r=region)
        answer = self.find(key, form[member], missing)
        return "text/xml", xml_of(operation + "Response", {
            operation + "Result": answer,
            "ResponseMetadata": {"RequestId": request_id}})

    def json(self, who, service, region, operation, data):
        key = "%s:%s" % (service, operation)
        member, template, missing = JSON[key]
        name = data.get(member)
        name = name[0] if isinstance(name, list) and len(name) == 1 else name
        if not isinstance(name, str):
            raise Refused(400, "InvalidParameterException", member)
        self.check(who, service, operation, template, v=name, r=region,
                   cluster=data.get("cluster", "default"))
        return self.find(key, name, missing)

    def rest(self, who, req, region, row):
        """Lambda: GetFunctionConfiguration."""
        found = FUNCTION.match(req.path)
        if req.method != "GET" or req.query or found is None:
            raise Refused(404, "UnknownOperationException", "not served here")
        row.update(operation="GetFunctionConfiguration", resource=found.group(1))
        self.check(who, "lambda", "GetFunctionConfiguration",
                   "arn:aws:lambda:{r}:{a}:function:{v}", v=found.group(1), r=region)
        return json.dumps(self.find("lambda:GetFunctionConfiguration", found.group(1),
                                    (404, "ResourceNotFoundException")))
