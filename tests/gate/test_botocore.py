#!/usr/bin/python3
"""Every operation of botocore, as botocore itself writes it, and what the gate makes of
it: the same operation, with the members that were given.  TAP.

A check of hosts, templates, names on the wire and closed members against an
implementation that is not ours.
"""
import datetime
import os
import subprocess
import sys

sys.dont_write_bytecode = True
RESOLVER = os.path.join(os.environ.get("top_builddir", "."), "tests/gate/resolver")
REGION = "eu-west-1"
# Services in daily use; with --all, every one.
DAILY = """autoscaling cloudformation cloudwatch dynamodb ec2 ecr ecs eks elbv2 iam
kms lambda logs rds route53 s3 secretsmanager sns sqs ssm sts""".split()
# Services whose requests are those of another: nothing on the wire tells which is meant.
SAME_WIRE = {"docdb": "rds", "neptune": "rds", "chime": "chime-sdk-messaging",
             "chime-sdk-messaging": "chime", "chime-sdk-identity": "chime"}
# What must not be read as what botocore means by it: why.
REFUSED = {
    "no host of its own is known for it": {
        "s3:WriteGetObjectResponse", "s3control:CreateBucket",
        "s3control:ListRegionalBuckets", "importexport:*"},
    "its endpoint is discovered first, by another request": {
        "timestream-query:*", "timestream-write:*"},
    "an older name of the same request": {
        "s3:GetBucketLifecycle", "s3:GetBucketNotification", "s3:PutBucketLifecycle",
        "s3:PutBucketNotification"},
    "sent as a form to a service of another protocol": {"cloudsearchdomain:Search"},
    "signed by SigV4a": {"events:PutEvents"},
    "a URL in its body is signed with the keys that were given out": {
        "docdb:CopyDBClusterSnapshot", "docdb:CreateDBCluster", "ec2:CopySnapshot",
        "neptune:CopyDBClusterSnapshot", "neptune:CreateDBCluster",
        "rds:CopyDBClusterSnapshot", "rds:CopyDBSnapshot", "rds:CreateDBCluster",
        "rds:CreateDBInstanceReadReplica",
        "rds:StartDBInstanceAutomatedBackupsReplication"},
    "a request of version 1 too": {
        "greengrassv2:" + n for n in (
            "AssociateServiceRoleToAccount", "DisassociateServiceRoleFromAccount",
            "GetServiceRoleForAccount", "GetConnectivityInfo", "ListTagsForResource",
            "TagResource", "UntagResource", "UpdateConnectivityInfo")},
    "a stream of events": {"lexv2-runtime:StartConversation"},
}

# The botocore within the CLI: the very models that the tables are made of.
try:
    from awscli import botocore
    import awscli.botocore.session
    import awscli.botocore.config
except ImportError:
    try:
        import botocore.session
        import botocore.config
    except ImportError:
        print("1..0 # SKIP no botocore")
        sys.exit(0)


def sample(shape, seen=()):
    """A value for a shape; structures with all of their members, two levels deep."""
    kind = shape.type_name
    if kind == "structure":
        if shape.name in seen or len(seen) > 3:
            return {}
        if getattr(shape, "is_document_type", False):
            return {"a": 1}
        names = shape.members
        if getattr(shape, "is_tagged_union", False) or shape.metadata.get("union"):
            names = list(names)[:1]
        return {name: sample(shape.members[name], seen + (shape.name,))
                for name in names
                if not getattr(shape.members[name], "is_eventstream", False) and
                not shape.members[name].serialization.get("eventstream")}
    if kind == "list":
        return [sample(shape.member, seen)]
    if kind == "map":
        key = shape.key.enum[0] if getattr(shape.key, "enum", None) else "key"
        return {key: sample(shape.value, seen)}
    if kind == "string":
        if shape.name == "AccountId":
            return "111122223333"
        if shape.enum:
            return shape.enum[0]
        least = shape.metadata.get("min", 1)
        return "abc-123".ljust(least, "x") if least < 5000 else "abc-123"
    if kind in ("integer", "long"):
        return max(1, shape.metadata.get("min", 1))
    if kind in ("float", "double"):
        return 1.5
    if kind == "boolean":
        return True
    if kind == "timestamp":
        return datetime.datetime(2026, 11, 21, 8)
    if kind == "blob":
        return b"blob"
    raise ValueError(kind)


class Sent(Exception):
    pass


def capture(client, operation, params):
    """The request as it would go out: head and body."""
    found = []

    def keep(request, **_):
        found.append(request)
        raise Sent()

    client.meta.events.register_last("before-send", keep)
    try:
        client._make_api_call(operation, params)
    except Sent:
        pass
    finally:
        client.meta.events.unregister("before-send", keep)
    request = found[0]
    scheme, rest = request.url.split("://", 1)
    host, _, path = rest.partition("/")
    lines = ["%s /%s HTTP/1.1" % (request.method, path), "Host: " + host]
    for name, value in request.headers.items():
        value = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        if name.lower() != "host":
            lines.append("%s: %s" % (name, value))
    body = request.body or b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        body = body.encode()
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
    return head, bytes(body)


def scalars(op, params):
    """Each member that was given: whether it is one scalar."""
    return {name: op.input_shape.members[name].type_name in
            ("string", "integer", "long", "boolean") for name in params}


def requests(session):
    """(service, operation, members given, head, body), or an error's text."""
    for service in sorted(session.get_available_services()):
        try:
            client = session.create_client(
                service, region_name=REGION, aws_access_key_id="AKIADUMMY",
                aws_secret_access_key="dummy",
                config=botocore.config.Config(
                    parameter_validation=False, retries={"max_attempts": 1},
                    s3={"addressing_style": "path"}))
        except Exception as e:
            yield service, "*", [], None, str(e)
            continue
        model = client.meta.service_model
        for operation in model.operation_names:
            op = model.operation_model(operation)
            params = sample(op.input_shape) if op.input_shape else {}
            try:
                head, body = capture(client, operation, params)
            except Exception as e:
                yield service, operation, [], None, "%s: %s" % (type(e).__name__, e)
                continue
            yield service, operation, scalars(op, params), head, body


def expected(service, operation, line):
    for which in REFUSED.values():
        if "%s:%s" % (service, operation) in which or service + ":*" in which:
            return True
    return line.startswith("refused MissingAuthenticationToken")


def resolve(rows):
    feed = b"".join(b"%d %d\n" % (len(head), len(body)) + head + body
                    for _, _, _, head, body in rows)
    out = subprocess.run([RESOLVER], input=feed, stdout=subprocess.PIPE, timeout=300)
    return out.returncode, out.stdout.decode().split("\n")[:-1]


def called(service):
    """As the tables call it."""
    return {"codedeploy": "deploy", "config": "configservice",
            "opsworkscm": "opsworks-cm"}.get(service, service)


def read_right(service, operation, members, line):
    """The service or one of the same wire, the operation, and no member that was not given; scalars are all there."""
    words = line.split("\t")
    if line.startswith("refused") or words[0].split(":")[-1] != operation:
        return False
    if words[0] != called(service) + ":" + operation and service not in SAME_WIRE:
        return False
    names = {w.split("=")[0].split(".")[0].replace("{}", "") for w in words[2:]}
    return (names <= set(members) and
            {m for m in members if members[m]} - names <=
            {"ContentLength", "SourceRegion"})


def main():
    verbose = "-v" in sys.argv
    session = botocore.session.Session()
    names = [a for a in sys.argv[1:] if not a.startswith("-")]
    if "--all" not in sys.argv:
        session.get_available_services = lambda: names or DAILY
    rows, unsent = [], 0
    for row in requests(session):
        if row[3] is None:
            unsent += 1
            print("# not sent: %s:%s %s" % (row[0], row[1], row[4]))
        else:
            rows.append(row)
    code, lines = resolve(rows)
    bad = 0
    for (service, operation, members, head, body), line in zip(rows, lines):
        if read_right(service, operation, members, line) or expected(service, operation, line):
            continue
        bad += 1
        print("# %s:%s: %s" % (service, operation, line[:300]))
        if verbose:
            print("#", head, body[:1000])
    print("1..2")
    print("# %d requests; %d not sent by botocore" % (len(rows), unsent))
    whole = code == 0 and len(lines) == len(rows) and len(rows) > 20 * unsent
    print("%sok 1 - an answer for each request" % ("" if whole else "not "))
    print("%sok 2 - each is read as what it is" % ("" if bad == 0 else "not "))
    return 0 if whole and bad == 0 else 1


sys.exit(main())
