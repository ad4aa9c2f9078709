#!/usr/bin/python3
"""Every row of the table of previews against the CLI's own botocore: the operation and
its members are in the models, the read call goes out as botocore would send it, and each
path leads to something in the answer's shape.  TAP.
"""
import json
import os
import re
import subprocess
import sys
import urllib.parse

sys.dont_write_bytecode = True
PREVIEWING = os.path.join(os.environ.get("top_builddir", "."), "tests/policies/previewing")
REGIONS = ("eu-west-1", "us-east-1", "cn-north-1", "us-gov-west-1")
LEAST = 25  # operations that are to be served
# What a read call may be called, so that no row asks for anything that changes.
READS = re.compile(r"(Describe|Get|List|Head)[A-Z]")
# Answers that hold what nobody is to be shown, though the operation only looks.
NEVER = {"GetSecretValue", "GetParameter", "GetParameters", "GetFunction", "GetObject",
         "GetPasswordData", "GetLoginProfile", "GetAuthorizationToken"}

# Members of answers that came after these models: shown where they are.
LATER = {("DescribeTable", "DeletionProtectionEnabled")}
# What the CLI wants beside.
BESIDE = {"invoke": ["-"]}

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

bad = []


def fault(*what):
    bad.append(" ".join(str(w) for w in what))


class Sent(Exception):
    pass


class Botocore:
    def __init__(self):
        self.session = botocore.session.Session()
        self.clients = {}

    def client(self, service, region):
        if (service, region) not in self.clients:
            self.clients[service, region] = self.session.create_client(
                service, region_name=region, aws_access_key_id="AKIADUMMY",
                aws_secret_access_key="dummy",
                config=botocore.config.Config(
                    parameter_validation=False, retries={"max_attempts": 1},
                    s3={"addressing_style": "virtual"}))
        return self.clients[service, region]

    def model(self, service):
        return self.client(service, "eu-west-1").meta.service_model

    def request(self, service, region, operation, params):
        """(method, host, path, query, content type, target, body, region of the scope)"""
        client, found = self.client(service, region), []

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
        r = found[0]
        url = urllib.parse.urlsplit(r.url)
        heads = {k.lower(): v.decode() if isinstance(v, bytes) else str(v)
                 for k, v in r.headers.items()}
        body = r.body or b""
        body = body if isinstance(body, bytes) else body.encode()
        scope = re.search(r"Credential=[^/]*/[0-9]*/([^/]*)/([^/]*)/",
                          heads["authorization"])
        return {"method": r.method, "host": url.netloc, "path": url.path or "/",
                "query": sorted(urllib.parse.parse_qsl(url.query, True)),
                "type": heads.get("content-type") if body else None,
                "target": heads.get("x-amz-target", ""), "body": body.decode(),
                "region": scope.group(1), "signing": scope.group(2)}


def name_on_wire(shape, member):
    """As botocore's readers find the member of an answer."""
    inner = shape.members[member]
    if inner.type_name == "list" and inner.serialization.get("flattened"):
        of_element = inner.member.serialization.get("name")
        if of_element:
            return of_element
    return inner.serialization.get("name", member)


def follow(shape, path, protocol):
    """The shape at the end of a path, or None."""
    parts = path.split(".") if path else []
    while True:
        while shape.type_name == "list" and (
                "json" in protocol or shape.serialization.get("flattened")):
            shape = shape.member
        if not parts:
            return shape
        part = parts.pop(0)
        if shape.type_name == "list":
            if part != shape.member.serialization.get("name", "member"):
                return None
            shape = shape.member
        elif shape.type_name == "structure":
            fits = [m for m in shape.members if name_on_wire(shape, m) == part]
            if not fits:
                return None
            shape = shape.members[fits[0]]
        else:
            return None


def root_of(op, path):
    """The answer's shape, and the path without what wraps it."""
    shape = op.output_shape
    wrapper = shape.serialization.get("resultWrapper")
    if wrapper is None:
        return shape, path
    first, _, rest = path.partition(".")
    return (shape, rest) if first == wrapper else (None, path)


def shown(row):
    for word in (row["shown"] or "").split():
        yield re.split("[=@]", word, 1)[1]


def check_head(row, op):
    heads = {m.serialization.get("name", "").lower()
             for m in op.output_shape.members.values()
             if m.serialization.get("location") == "header"}
    for path in list(shown(row)) + [row["bytes"]]:
        if path not in heads:
            fault(row["read"], "has no header", path)


def check_paths(row, op, protocol):
    each, rest = root_of(op, row["each"])
    thing = follow(each, rest, protocol) if each is not None else None
    if thing is None:
        fault(row["read"], "each", row["each"])
        return
    for path in [row["name"], row["only"], row["bytes"], row["tags"]] + list(shown(row)):
        if path is None:
            continue
        end = follow(thing, path, protocol)
        if end is None and (row["read"], path) in LATER:
            continue
        if end is None:
            fault(row["read"], "leads nowhere:", path)
        elif path == row["tags"]:
            if end.type_name != "structure" or not {"key", "value"} <= {
                    name_on_wire(end, m).lower() for m in end.members}:
                fault(row["read"], "no tags:", path)
        elif end.type_name in ("structure", "list", "map", "blob"):
            fault(row["read"], "no plain value:", path)
        elif end.metadata.get("sensitive"):
            fault(row["read"], "shows what is sensitive:", path)
    if row["next"]:
        member, path = row["next"].split("=")
        shape, rest = root_of(op, path)
        end = follow(shape, rest, protocol) if shape is not None else None
        if end is None or end.type_name != "string" or member not in op.input_shape.members:
            fault(row["read"], "next page:", row["next"])


def gifts(give):
    """(how, member of the call, member of the command or a text)"""
    for word in give.split():
        if word.startswith("!"):
            yield "!", "", word[1:]
        elif ":" in word:
            yield (":",) + tuple(word.split(":", 1))
        else:
            to, source = word.split("=")
            how = to[-1] if to[-1] in "?*" else "="
            yield how, to.rstrip("?*"), source


def check_row(aws, row):
    """Members at both ends, and the answer's paths."""
    model = aws.model(row["read_service"])
    op = model.operation_model(row["read"])
    if not READS.match(row["read"]) or row["read"] in NEVER:
        fault(row["read"], "is no call that only looks")
    for operation, options in row["operations"].items():
        if not options:
            fault(row["service"], operation, "is not in the model")
        for how, to, source in gifts(row["give"]):
            if how in "=*!" and source.split(".")[0] not in options:
                fault(row["service"], operation, "has no", source)
    for how, to, source in gifts(row["give"]):
        if how == "?" and not any(source in o for o in row["operations"].values()):
            fault(row["service"], row["operations"], "have no", source)
        if to and to not in op.input_shape.members:
            fault(row["read"], "takes no", to)
    if op.endpoint or op.auth_type == "none":
        fault(row["read"], "has a host of its own, or no signature")
    if row["form"] == 1:
        check_head(row, op)
    else:
        check_paths(row, op, model.metadata["protocol"])


def value_for(member):
    """What a word of that name could look like."""
    if member.lower().endswith("arn"):
        return "arn:aws:x:eu-west-1:111122223333:y/z-1"
    return "logs-1" if member == "Bucket" else "abc-123"


def line_for(row, operation, options):
    """A command that has what the row asks for, and the members of the read call."""
    words = ["aws", options[""], operation]
    params = {}
    for how, to, source in gifts(row["give"]):
        if how == ":":
            params[to] = source
            continue
        top = source.split(".")[0]
        if top not in options:
            continue
        value = value_for(source)
        if source == "Delete.Objects.Key":
            words += ["--delete", "'{\"Objects\":[{\"Key\":\"abc-123\"}]}'"]
        elif "--" + options[top] not in words:
            words += ["--" + options[top], value]
        if to:
            params[to] = value
    return " ".join(words + BESIDE.get(operation, [])), params


def as_members(op, params):
    """Texts as the read call's members take them."""
    out = {}
    for name, value in params.items():
        kind = op.input_shape.members[name].type_name
        out[name] = [value] if kind == "list" else int(value) if kind in (
            "integer", "long") else value
    return out


def same(ours, want, protocol):
    """The parts that differ."""
    ours = dict(ours, query=sorted(urllib.parse.parse_qsl(ours["query"], True)))
    if "json" in protocol:
        ours["body"] = json.loads(ours["body"] or "{}")
        want = dict(want, body=json.loads(want["body"] or "{}"))
    elif protocol in ("query", "ec2"):
        ours["body"] = sorted(urllib.parse.parse_qsl(ours["body"], True, True))
        want = dict(want, body=sorted(urllib.parse.parse_qsl(want["body"], True)))
    return {k: (ours[k], want[k]) for k in want if ours[k] != want[k]}


def ask(lines):
    out = subprocess.run([PREVIEWING, "ask"], input="\n".join(lines) + "\n", text=True,
                         stdout=subprocess.PIPE, timeout=120, check=True)
    return [json.loads(line) for line in out.stdout.splitlines()]


def policy_fault(step, service):
    """Why the lease would not be for this call alone; None when it is."""
    if not step["policy"]:
        return "there is none"
    for s in json.loads(step["policy"])["Statement"]:
        for action in s["Action"]:
            verb = action.split(":")[1]
            if not READS.match(verb) or (verb == "GetObject" and service != "s3"):
                return action
    return None


def check_requests(aws, rows):
    made = []
    for row in rows:
        for operation, options in row["operations"].items():
            if not options:
                continue
            line, params = line_for(row, operation, options)
            for region in REGIONS:
                made.append((row, region, line, params))
    for (row, region, line, params), answer in zip(
            made, ask("%s %s" % (m[1], m[2]) for m in made)):
        steps = [s for s in answer["steps"] if s.get("operation") == row["read"]
                 and s["service"] == row["read_service"]]
        if not steps:
            fault(line, "asks", answer)
            continue
        model = aws.model(row["read_service"])
        op = model.operation_model(row["read"])
        try:
            want = aws.request(row["read_service"], region, row["read"],
                               as_members(op, params))
        except Exception as e:
            fault(line, region, type(e).__name__, e)
            continue
        wrong = [same(s, want, model.metadata["protocol"]) for s in steps]
        if all(wrong):
            fault(line, region, wrong[0])
        why = policy_fault(steps[0], row["service"])
        if why:
            fault(line, "lease:", why)
    return len(made)


def main():
    out = subprocess.run([PREVIEWING, "rows"], stdout=subprocess.PIPE, text=True,
                         timeout=60, check=True)
    rows = [json.loads(line) for line in out.stdout.splitlines()]
    aws = Botocore()
    served = {(r["service"], o) for r in rows for o in r["operations"]}
    print("1..4")
    print("# %d rows, %d operations, %d reads" % (
        len(rows), len(served), len({r["read"] for r in rows})))
    print("%sok 1 - so many operations are previewed" % (
        "" if len(served) >= LEAST else "not "))
    for row in rows:
        check_row(aws, row)
    tell(2, "members and paths are those of the models")
    n = check_requests(aws, rows)
    print("# %d requests" % n)
    tell(3, "requests are those of botocore, leases for reading")
    check_lines()
    tell(4, "commands lead to the calls that tell of them")
    return 1 if failed or len(served) < LEAST else 0


# Lines, and what is asked: "operation@host query-or-body's end", with the flags that are
# said beside.
LINES = [
    ("ec2 create-vpc --cidr-block 10.0.0.0/16",
     ["CreateVpc@ec2.eu-west-1 DryRun=true&CidrBlock=10.0.0.0%2F16"], ""),
    ("ec2 create-vpc --cidr-block 10.0.0.0/16 --dry-run", [], ""),
    ("ec2 create-vpc --cidr-block 10.0.0.0/16 --no-dry-run", [], ""),
    ("ec2 describe-vpcs", [], ""),
    ("ec2 wait instance-running --instance-ids i-1", [], ""),
    # what is not known whole is not asked
    ("ec2 run-instances --image-id ami-1 --user-data abc --count 1", [], ""),
    ("ec2 create-tags --resources i-1 --tags '[{\"Key\":\"a\",\"Value\":\"b\"}]'", [],
     ""),
    ("ec2 import-key-pair --key-name k --public-key-material YWJj", [], ""),
    ("ec2 delete-security-group --group-name x",
     ["DeleteSecurityGroup@ec2.eu-west-1 DryRun=true&GroupName=x"], ""),
    ("ssm send-command --document-name x --instance-ids i-1",
     ["DescribeInstances@ec2.eu-west-1 InstanceId.1=i-1"], ""),
    ("ssm send-command --document-name x --targets "
     "'[{\"Key\":\"tag:a\",\"Values\":[\"b\"]}]'", [], ""),
    ("sns delete-topic --topic-arn arn:aws:sns:eu-west-1:1:x", [], ""),
    ("s3 ls s3://logs", [], ""),
    ("s3 mb s3://logs", [], ""),
    ("s3 cp - s3://logs/a", ["HeadObject@logs.s3.eu-west-1 /a"], ""),
    ("s3 cp s3://logs/a -", ["HeadObject@logs.s3.eu-west-1 /a"], ""),
    ("s3 cp s3://logs/x s3://logs/y/",
     ["HeadObject@logs.s3.eu-west-1 /x", "HeadObject@logs.s3.eu-west-1 /y/x"], ""),
    ("s3 mv s3://aaa/x s3://bbb/y/ --recursive",
     ["ListObjectsV2@aaa.s3.eu-west-1 prefix=x%2F&encoding-type=url&max-keys=1000",
      "ListObjectsV2@bbb.s3.eu-west-1 prefix=y%2F&encoding-type=url&max-keys=1000"], ""),
    ("s3 sync s3://aaa s3://bbb/y --delete",
     ["ListObjectsV2@aaa.s3.eu-west-1 prefix=&encoding-type=url&max-keys=1000",
      "ListObjectsV2@bbb.s3.eu-west-1 prefix=y%2F&encoding-type=url&max-keys=1000"],
     "at_most"),
    ("s3 rm s3://aaa/x --recursive --include 'y*'",
     ["ListObjectsV2@aaa.s3.eu-west-1 prefix=x%2F&encoding-type=url&max-keys=1000"],
     "filtered"),
    ("--region us-west-2 s3 rb s3://aaa",
     ["ListObjectsV2@aaa.s3.us-west-2 prefix=&encoding-type=url&max-keys=1000"], ""),
    ("s3api delete-objects --bucket aaa --delete '{\"Objects\":[%s]}'" % ",".join(
        '{\"Key\":\"k%d\"}' % i for i in range(9)),
     ["HeadObject@aaa.s3.eu-west-1 /k%d" % i for i in range(8)], "more"),
    ("iam attach-role-policy --role-name r --policy-arn arn:aws:iam::aws:policy/P",
     ["GetRole@iam RoleName=r", "ListAttachedRolePolicies@iam RoleName=r",
      "GetPolicy@iam PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FP"], ""),
    ("logs delete-log-group --log-group-name /a",
     ['DescribeLogGroups@logs.eu-west-1 {"logGroupNamePrefix":"/a"}'], ""),
]


def asked(step):
    said = step["body"] or step["query"] or step["path"]
    return "%s@%s" % (step["operation"], step["host"].replace(".amazonaws.com", "")), said


def check_lines():
    for (line, want, flags), got in zip(LINES, ask("eu-west-1 aws " + row[0]
                                                   for row in LINES)):
        if "refused" in got:
            fault(line, "is refused:", got["words"], got["refused"])
        steps = [asked(s) for s in got["steps"]]
        if len(steps) != len(want):
            fault(line, "asks", steps)
        for (where, said), text in zip(steps, want):
            if where != text.split(" ")[0] or not said.endswith(text.split(" ", 1)[1]):
                fault(line, "asks", where, said)
        if {k for k in ("more", "filtered", "at_most") if got.get(k)} != set(flags.split()):
            fault(line, "says", got)


failed = []


def tell(number, what):
    for line in bad[:100]:
        print("#", line)
    failed.extend(bad)
    print("%sok %d - %s" % ("not " if bad else "", number, what))
    bad.clear()


sys.exit(main())
