"""Security Token Service: AssumeRole, GetCallerIdentity (query protocol)."""

import json
import re
import time
from xml.sax.saxutils import escape

from .sign import Refused
from .world import policy_fault

NS = "https://sts.amazonaws.com/doc/2011-06-15/"
NAME = re.compile(r"[\w+=,.@-]{2,64}\Z", re.ASCII)
ROLE = re.compile(r"arn:aws(-[a-z-]+)?:iam::[0-9]{12}:role/[\w+=,.@/-]{1,512}\Z",
                  re.ASCII)
EXTERNAL = re.compile(r"[\w+=,.@:/-]{2,1224}\Z", re.ASCII)
TAG_KEY = re.compile(r"[\w .:/=+@-]{1,128}\Z")
TAG_VALUE = re.compile(r"[\w .:/=+@-]{0,256}\Z")
PLAIN = {"Action", "Version", "RoleArn", "RoleSessionName", "DurationSeconds", "Policy",
         "SourceIdentity", "ExternalId"}
NUMBERED = re.compile(r"Tags\.member\.([1-9][0-9]?)\.(Key|Value)\Z"
                      r"|TransitiveTagKeys\.member\.[1-9][0-9]?\Z"
                      r"|PolicyArns\.member\.[1-9][0-9]?\.arn\Z")


def invalid(message):
    return Refused(400, "ValidationError", message)


def denied(who, action, resource):
    return Refused(403, "AccessDenied", "User: %s is not authorized to perform: %s on"
                   " resource: %s" % (who.arn, action, resource))


def error(refused, request_id):
    return ("text/xml", '<ErrorResponse xmlns="%s"><Error><Type>Sender</Type><Code>%s'
            "</Code><Message>%s</Message></Error><RequestId>%s</RequestId>"
            "</ErrorResponse>\n" % (NS, refused.code, escape(refused.message), request_id))


def tags_of(form):
    keys, values = {}, {}
    for name, value in form.items():
        m = NUMBERED.match(name)
        if m and m.group(1):
            (keys if m.group(2) == "Key" else values)[int(m.group(1))] = value
    if set(keys) != set(values) or set(keys) != set(range(1, len(keys) + 1)):
        raise invalid("Tags must be numbered from 1, each with Key and Value")
    if len(keys) > 50 or len({k.lower() for k in keys.values()}) != len(keys):
        raise invalid("Too many tags, or a tag key twice")
    for i, key in keys.items():
        if not TAG_KEY.match(key) or not TAG_VALUE.match(values[i]):
            raise invalid("1 validation error detected: a tag is malformed")
    return {keys[i]: values[i] for i in keys}


def duration_of(form, role, who):
    text = form.get("DurationSeconds", "3600")
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 900 <= int(text) <= 43200:
        raise invalid("1 validation error detected: Value '%s' at 'durationSeconds'"
                      " failed to satisfy constraint: between 900 and 43200" % text)
    if who.role is not None and int(text) > 3600:
        raise invalid("The requested DurationSeconds exceeds the 1 hour session limit"
                      " for roles assumed by role chaining.")
    if int(text) > role.get("max_duration", 3600):
        raise invalid("The requested DurationSeconds exceeds the MaxSessionDuration set"
                      " for this role.")
    return int(text)


def policy_of(form):
    text = form.get("Policy")
    if text is None:
        return None
    if len(text) > 2048:
        raise Refused(400, "PackedPolicyTooLarge", "the session policy is too long")
    try:
        policy = json.loads(text)
    except ValueError:
        raise Refused(400, "MalformedPolicyDocument", "Policy is no JSON")
    why = policy_fault(policy)
    if why:
        raise Refused(400, "MalformedPolicyDocument", why)
    return policy


def check_syntax(form):
    for name in form:
        if name not in PLAIN and not NUMBERED.match(name):
            raise invalid("an unknown parameter: " + name)
    if not ROLE.match(form.get("RoleArn", "")):
        raise invalid("RoleArn is missing or malformed")
    if not NAME.match(form.get("RoleSessionName", "")):
        raise invalid("1 validation error detected: Value at 'roleSessionName' failed to"
                      r" satisfy constraint: [\w+=,.@-]{2,64}")
    identity = form.get("SourceIdentity")
    if identity is not None and (not NAME.match(identity) or identity.startswith("aws:")):
        raise invalid("1 validation error detected: Value at 'sourceIdentity' failed to"
                      r" satisfy constraint: [\w+=,.@-]{2,64}")
    if "ExternalId" in form and not EXTERNAL.match(form["ExternalId"]):
        raise invalid("ExternalId is malformed")


def check_trust(form, role, who, tags):
    """The role's trust policy, and the caller's own."""
    arn = form["RoleArn"]
    needed = ["sts:AssumeRole"]
    if tags:
        needed.append("sts:TagSession")
    if "SourceIdentity" in form:
        needed.append("sts:SetSourceIdentity")
    for action in needed:
        if role is None or action not in role.get("trust", [action]) \
                or who.arn not in role.get("trusted", [who.arn]) \
                or not who.may(action, arn):
            raise denied(who, action, arn)
    if role.get("source_identity", True) and "SourceIdentity" not in form:
        raise denied(who, "sts:AssumeRole", arn)
    if who.source_identity not in (None, form.get("SourceIdentity")):
        raise denied(who, "sts:SetSourceIdentity", arn)
    if form.get("ExternalId") != role.get("external_id"):
        raise denied(who, "sts:AssumeRole", arn)


def assume_role(world, who, form):
    check_syntax(form)
    tags = tags_of(form)
    policy = policy_of(form)
    role = world.roles.get(form["RoleArn"])
    check_trust(form, role, who, tags)
    seconds = duration_of(form, role, who)
    new = world.issue(role, form["RoleSessionName"], seconds,
                      form.get("SourceIdentity"), tags, policy)
    expiry = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(new.expires))
    source = "" if new.source_identity is None else (
        "<SourceIdentity>%s</SourceIdentity>" % escape(new.source_identity))
    return new, (
        "%s<AssumedRoleUser><AssumedRoleId>%s</AssumedRoleId><Arn>%s</Arn>"
        "</AssumedRoleUser>\n<Credentials>\n<AccessKeyId>%s</AccessKeyId>"
        "<SecretAccessKey>%s</SecretAccessKey><SessionToken>%s</SessionToken>"
        "<Expiration>%s</Expiration></Credentials><PackedPolicySize>6</PackedPolicySize>"
        % (source, escape(new.user_id), escape(new.arn), new.access_key_id,
           escape(new.secret), escape(new.token), expiry))


def caller_identity(world, who, form):
    if set(form) != {"Action", "Version"}:
        raise invalid("GetCallerIdentity takes no parameter")
    return None, ("<Arn>%s</Arn><UserId>%s</UserId><Account>%s</Account>"
                  % (escape(who.arn), escape(who.user_id), who.account))


OPERATIONS = {"AssumeRole": assume_role, "GetCallerIdentity": caller_identity}


def resource_of(form):
    return form.get("RoleArn", "")


def handle(world, who, form, row, request_id):
    op = form.get("Action", "")
    if form.get("Version") != "2011-06-15" or op not in OPERATIONS:
        raise Refused(400, "InvalidAction", "Could not find operation %s" % op)
    new, inner = OPERATIONS[op](world, who, form)
    if new is not None:
        row.update(issued=new.access_key_id, session_name=new.session_name,
                   source_identity=new.source_identity, tags=new.tags,
                   duration=form.get("DurationSeconds"), policy=form.get("Policy"))
    return ("text/xml", '<%sResponse xmlns="%s"><%sResult>%s</%sResult><ResponseMetadata>'
            "<RequestId>%s</RequestId></ResponseMetadata></%sResponse>\n"
            % (op, NS, op, inner, op, request_id, op))
