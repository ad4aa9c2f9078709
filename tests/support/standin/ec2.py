"""EC2: DescribeInstances and the three that change a state (ec2 protocol)."""

import re
from xml.sax.saxutils import escape

from .sign import Refused

NS = "http://ec2.amazonaws.com/doc/2016-11-15/"
STATES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48,
          "stopping": 64, "stopped": 80}
# of DescribeInstances, but for the names of filters
PARAMETER = re.compile(r"Action|Version|DryRun|MaxResults|NextToken|InstanceId\.[0-9]{1,4}|"
                       r"Filter\.[0-9]{1,3}\.Value\.[0-9]{1,3}")
# operation: from which states, the state told, the state it comes to, the tag's name
CHANGES = {
    "StartInstances": (("stopped", "running"), "pending", "running"),
    "StopInstances": (("running", "stopped"), "stopping", "stopped"),
    "TerminateInstances": (("running", "stopped", "terminated"), "shutting-down",
                           "terminated"),
}


def error(refused, request_id):
    return ("text/xml;charset=UTF-8",
            '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>%s'
            "</Code><Message>%s</Message></Error></Errors><RequestID>%s</RequestID>"
            "</Response>" % (refused.code, escape(refused.message), request_id))


def numbered(form, name):
    """The values of name.1, name.2, …"""
    rows = [(int(k[len(name) + 1:]), v) for k, v in form.items()
            if re.fullmatch(re.escape(name) + r"\.[0-9]{1,4}", k)]
    return [v for _, v in sorted(rows)]


def resource_of(form):
    return ",".join(numbered(form, "InstanceId"))


def arn(world, who, instance):
    return "arn:aws:ec2:*:%s:instance/%s" % (who.account, instance)


def find(world, ids):
    for i in ids:
        if not re.fullmatch(r"i-[0-9a-f]{8,17}", i):
            raise Refused(400, "InvalidInstanceID.Malformed", 'Invalid id: "%s"' % i)
    missing = [i for i in ids if i not in world.instances]
    if missing:
        raise Refused(400, "InvalidInstanceID.NotFound",
                      "The instance ID '%s' does not exist" % missing[0])
    return [world.instances[i] for i in ids]


def check_allowed(world, who, op, ids):
    for resource in [arn(world, who, i) for i in ids] or ["*"]:
        if not who.may("ec2:" + op, resource):
            raise Refused(403, "UnauthorizedOperation", "You are not authorized to"
                          " perform this operation. User: %s is not authorized to"
                          " perform: ec2:%s on resource: %s" % (who.arn, op, resource))


def tags_of(instance):
    """The tag Name is a tag like the others."""
    name = {"Name": instance["name"]} if instance.get("name") else {}
    return {**name, **instance.get("tags", {})}


def values_of(instance, name):
    """What a filter of this name looks at; None: there is no such filter."""
    tags = tags_of(instance)
    tests = {"instance-state-name": [instance.get("state", "running")],
             "instance-id": [instance["id"]], "tag-key": list(tags),
             "instance-type": [instance.get("type", "t3.micro")],
             "private-ip-address": [instance.get("ip", "10.0.0.1")]}
    if name.startswith("tag:"):
        return [v for k, v in tags.items() if k == name[4:]]
    return tests.get(name)


def filter_re(value):
    r"""* and ? stand for others, a backslash takes that from them."""
    parts = re.findall(r"\\.|.", value, re.S)
    return "".join({"*": ".*", "?": "."}.get(p, re.escape(p[-1])) for p in parts)


def matches(instance, form):
    for key in [k for k in form if re.fullmatch(r"Filter\.[0-9]+\.Name", k)]:
        found = values_of(instance, form[key])
        wants = numbered(form, key[:-4] + "Value")
        if not any(re.fullmatch(filter_re(w), v, re.S) for w in wants for v in found):
            return False
    return True


def check_filters(form):
    for key in form:
        if re.fullmatch(r"Filter\.[0-9]+\.Name", key):
            if values_of({"id": ""}, form[key]) is None:
                raise Refused(400, "InvalidParameterValue",
                              "The filter '%s' is invalid" % form[key])
            if len(numbered(form, key[:-4] + "Value")) > 200:
                raise Refused(400, "FilterLimitExceeded", "more than 200 filter values")
        elif not PARAMETER.fullmatch(key):
            raise Refused(400, "UnknownParameter",
                          "The parameter %s is not recognized" % key)


def page(world, form, chosen):
    """(those of this page, the token of the next or None)"""
    most, token = form.get("MaxResults"), form.get("NextToken")
    if most is not None and numbered(form, "InstanceId"):
        raise Refused(400, "InvalidParameterCombination", "The parameter instancesSet"
                      " cannot be used with the parameter maxResults")
    if most is not None and not (re.fullmatch("[0-9]{1,4}", most)
                                 and 5 <= int(most) <= 1000):
        raise Refused(400, "InvalidParameterValue", "Value ( %s ) for parameter"
                      " maxResults is invalid. Expecting a value from 5 to 1000." % most)
    if token is not None and not re.fullmatch("instances-[0-9]{1,6}", token):
        raise Refused(400, "InvalidNextToken", "The token is invalid")
    first = int(token.partition("-")[2]) if token else 0
    after = first + min(int(most or 1000), world.look_page)
    return chosen[first:after], "instances-%d" % after if after < len(chosen) else None


def tag_items(tags):
    return "".join("<item><key>%s</key><value>%s</value></item>" % (escape(k), escape(v))
                   for k, v in tags.items())


def state(name):
    return "<code>%d</code><name>%s</name>" % (STATES[name], name)


def describe(world, who, form):
    check_filters(form)
    ids = numbered(form, "InstanceId")
    chosen = find(world, ids) if ids else list(world.instances.values())
    chosen, token = page(world, form, [x for x in chosen if matches(x, form)])
    items = []
    for i in chosen:
        items.append(
            "<item><reservationId>r-%s</reservationId><ownerId>%s</ownerId><groupSet/>"
            "<instancesSet><item><instanceId>%s</instanceId><instanceState>%s"
            "</instanceState><instanceType>%s</instanceType><privateIpAddress>%s"
            "</privateIpAddress><tagSet>%s</tagSet></item></instancesSet></item>"
            % (i["id"][2:], who.account, i["id"], state(i.get("state", "running")),
               i.get("type", "t3.micro"), i.get("ip", "10.0.0.1"),
               tag_items(tags_of(i))))
    return "<reservationSet>%s</reservationSet>%s" % (
        "".join(items), "<nextToken>%s</nextToken>" % token if token else "")


def change(world, who, form):
    allowed, told, final = CHANGES[form["Action"]]
    ids = numbered(form, "InstanceId")
    if not ids:
        raise Refused(400, "MissingParameter",
                      "The request must contain the parameter InstanceId")
    items = []
    with world.lock:
        chosen = find(world, ids)
        bad = [i for i in chosen if i.get("state", "running") not in allowed]
        if bad:
            raise Refused(400, "IncorrectInstanceState", "The instance '%s' is not in a"
                          " state from which it can be changed." % bad[0]["id"])
        for i in chosen:
            before = i.get("state", "running")
            i["state"] = final
            items.append(
                "<item><instanceId>%s</instanceId><currentState>%s</currentState>"
                "<previousState>%s</previousState></item>"
                % (i["id"], state(before if before == final else told), state(before)))
    return "<instancesSet>%s</instancesSet>" % "".join(items)


def create_vpc(_world, who, form, row, request_id):
    """So that a dry run has something that a wet one would do: the log tells."""
    resource = "arn:aws:ec2:eu-west-1:%s:vpc/vpc-new" % who.account
    if not who.may("ec2:CreateVpc", resource):
        raise Refused(403, "UnauthorizedOperation", "not authorized: ec2:CreateVpc")
    if form.get("DryRun") == "true":
        raise Refused(412, "DryRunOperation",
                      "Request would have succeeded, but DryRun flag is set.")
    row["made"] = "vpc-new"
    return ("text/xml;charset=UTF-8", '<CreateVpcResponse xmlns="%s"><requestId>%s'
            "</requestId><vpc><vpcId>vpc-new</vpcId></vpc></CreateVpcResponse>"
            % (NS, request_id))


def handle(world, who, form, row, request_id):
    op = form.get("Action", "")
    if op == "CreateVpc":
        return create_vpc(world, who, form, row, request_id)
    if op != "DescribeInstances" and op not in CHANGES:
        raise Refused(400, "InvalidAction",
                      "The action %s is not valid for this web service." % op)
    check_allowed(world, who, op, numbered(form, "InstanceId"))
    if form.get("DryRun") == "true":
        raise Refused(412, "DryRunOperation",
                      "Request would have succeeded, but DryRun flag is set.")
    inner = describe(world, who, form) if op == "DescribeInstances" else change(
        world, who, form)
    return ("text/xml;charset=UTF-8",
            '<?xml version="1.0" encoding="UTF-8"?>\n<%sResponse xmlns="%s"><requestId>%s'
            "</requestId>%s</%sResponse>" % (op, NS, request_id, inner, op))
