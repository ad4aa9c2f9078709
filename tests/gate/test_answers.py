#!/usr/bin/python3
"""Every member of every answer in the models of the AWS CLI, and what the gate makes of it:
the table by hand names what exists, masks have their member's type, pages can be turned,
and what looks like a secret and is shown was looked at (reviewed.txt).  TAP.

    test_answers.py --list    what would stand in reviewed.txt
"""
import fnmatch
import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
TOP = os.environ.get("top_srcdir", ".")
LIST = os.path.join(os.environ.get("top_builddir", "."), "tests/gate/fieldslist")
REVIEWED = os.path.join(TOP, "tests/gate/reviewed.txt")
# As awsmodel.py has them.
SERVICES = {"codedeploy": "deploy", "config": "configservice", "opsworkscm": "opsworks-cm"}
# What only newer models than the installed have: service, or service:operation, or
# service:member.
NEWER = set("""
datazone deadline eks-auth
codecatalyst:accessTokenId emr-containers:GetManagedEndpointSessionCredentials gamelift:Target
kms:CiphertextForRecipient/base64 kms:KeyMaterialId lightsail:ipv6Addresses
mwaa:AirflowIdentity mwaa:IamIdentity s3:CreateSession s3control:GetDataAccess
secretsmanager:BatchGetSecretValue secretsmanager:ErrorCode secretsmanager:Message
secretsmanager:NextToken secretsmanager:SecretId ssm:GetAccessToken
sso-oidc:issuedTokenType sso-oidc:scope sts:AssumeRoot sts:GetDelegatedAccessToken
sts:GetWebIdentityToken sts:Expiration
""".split())
LOOKS = re.compile(
    r"secret|passw|passphrase|token|credential|priv(ate)?_?key|api_?key|plaintext|pwd|authcode|"
    r"activationcode|presigned|signed_?url|seed$|otp|pincode|keymaterial|userdata|wallet|"
    r"shared_?key|signature|cookie|session_?id$|(download|upload|access|embed|signin|webhook)_?url",
    re.I)
SHOWN = ("string", "blob", "map")


def data_folder():
    try:
        from awscli import botocore
    except ImportError:
        try:
            import botocore
        except ImportError:
            print("1..0 # SKIP no botocore")
            sys.exit(0)
    return os.path.join(os.path.dirname(botocore.__file__), "data")


def models():
    """(service, model, paginators) each."""
    data = data_folder()
    for folder in sorted(os.listdir(data)):
        path = os.path.join(data, folder)
        versions = sorted(v for v in (os.listdir(path) if os.path.isdir(path) else [])
                          if os.path.exists(os.path.join(path, v, "service-2.json")))
        if not versions:
            continue
        pages = os.path.join(path, versions[-1], "paginators-1.json")
        with open(os.path.join(path, versions[-1], "service-2.json"), encoding="utf-8") as f:
            model = json.load(f)
        page = {}
        if os.path.exists(pages):
            with open(pages, encoding="utf-8") as f:
                page = json.load(f)["pagination"]
        yield SERVICES.get(folder, folder), model, page


def walk(shapes, name, path, above):
    """(path on the wire, type, location) of each member."""
    shape = shapes[name]
    if shape["type"] in ("list", "map"):
        inner = shape["member" if shape["type"] == "list" else "value"]["shape"]
        if inner not in above:
            yield from walk(shapes, inner, path, above | {inner})
        return
    for member, ref in shape.get("members", {}).items():
        inner, here = ref["shape"], path + (ref.get("locationName") or member,)
        yield here, shapes[inner]["type"], ref.get("location")
        if inner not in above:
            yield from walk(shapes, inner, here, above | {inner})


class Members:
    """All of them, each with its verdict."""

    def __init__(self):
        self.operations, self.rows, self.pages = {}, {}, []
        for service, model, pages in models():
            self.operations[service] = sorted(model["operations"])
            for name, op in model["operations"].items():
                for path, kind, place in walk(model["shapes"], op["output"]["shape"], (), frozenset()) \
                        if "output" in op else ():
                    # Deep recursion gives the same ends again and again.
                    self.rows[service, name, path[-4:]] = (kind, place)
            for name, page in pages.items():
                tokens = page["output_token"]
                for token in [tokens] if isinstance(tokens, str) else tokens:
                    self.pages += [(service, name, m) for m in re.split(r"[^A-Za-z0-9]+", token)
                                   if m and not m.isdigit()]
        self.table, self.verdicts = self.ask(list(self.rows))

    @staticmethod
    def ask(keys):
        asked = "".join("%s %s %s\n" % (s, o, ".".join(p)) for s, o, p in keys)
        out = subprocess.run([LIST], input=asked, text=True, stdout=subprocess.PIPE, check=True,
                             timeout=600).stdout.splitlines()
        table = [x.split("\t")[1:] for x in out if x.startswith("row\t")]
        return table, dict(zip(keys, out[len(table):]))


def newer(service, *words):
    return service in NEWER or any("%s:%s" % (service, w) in NEWER for w in words)


def ends(path, wanted):
    """Does the path end so?"""
    parts = [w.lower() for w in wanted.split("/")[0].split(".")]
    names = [p.lower().replace("_", "").replace("-", "") for p in path]
    if parts[-1] == "*":
        return any(names[i:i + len(parts) - 1] == parts[:-1] for i in range(len(names)))
    return names[len(names) - len(parts):] == parts


def rows_name_what_exists(m):
    for service, operations, secrets, keeps, _ in m.table:
        if newer(service):
            continue
        if service not in m.operations:
            yield "no service " + service
            continue
        for pattern in operations.split():
            if not fnmatch.filter(m.operations[service], pattern) and not newer(service, pattern):
                yield "no operation %s:%s" % (service, pattern)
        paths = [p for s, o, p in m.rows if s == service and any(
            fnmatch.fnmatchcase(o, x) for x in operations.split())]
        for wanted in (secrets + " " + keeps).split():
            if not any(ends(p, wanted) for p in paths) and not newer(service, wanted, operations):
                yield "no member %s:%s of %s" % (service, wanted, operations)


def closed_operations_are_known_whole(m):
    for (service, operation, path), verdict in m.verdicts.items():
        kind, _ = m.rows[service, operation, path]
        if verdict == "closed" and kind in ("string", "blob", "timestamp", "list") and (
                path[-1] not in ("ResponseMetadata",)) and not inner(m, service, operation, path):
            yield "%s:%s %s" % (service, operation, ".".join(path))


def inner(m, service, operation, path):
    """Has it members of its own?"""
    return any(s == service and o == operation and len(p) > len(path) and p[:len(path)] == path
               for s, o, p in m.rows)


def masks_have_their_members_type(m):
    for key, verdict in m.verdicts.items():
        kind, place = m.rows[key]
        if place in ("header", "headers", "statusCode") or verdict in ("keep", "open", "closed"):
            continue
        if kind in ("structure", "list", "map"):
            continue
        if (kind == "blob") != (verdict == "base64") or kind not in ("string", "blob"):
            yield "%s:%s %s is a %s, masked as %s" % (key[0], key[1], ".".join(key[2]), kind, verdict)


def pages_can_be_turned(m):
    _, verdicts = m.ask([(s, o, (t,)) for s, o, t in m.pages])
    for (service, operation, path), verdict in verdicts.items():
        if verdict not in ("open", "keep"):
            yield "%s:%s %s" % (service, operation, path[0])


def headers_hold_no_secrets(m):
    for key, verdict in m.verdicts.items():
        if m.rows[key][1] in ("header", "headers") and verdict not in ("open", "keep"):
            yield "%s:%s %s" % (key[0], key[1], key[2][-1])


def suspects(m):
    """Member: services where it is shown though its name makes one think."""
    found = {}
    for (service, _, path), verdict in m.verdicts.items():
        kind, _ = m.rows[service, _, path]
        if verdict == "open" and kind in SHOWN and LOOKS.search(path[-1]):
            found.setdefault(path[-1], set()).add(service)
    return found


def what_is_shown_was_looked_at(m):
    with open(REVIEWED, encoding="ascii") as f:
        known = {line.split(":")[0]: set(line.split(":")[1].split()) for line in f
                 if line.strip() and not line.startswith("#")}
    for member, services in sorted(suspects(m).items()):
        strange = services - known.get(member, set())
        if strange:
            yield "%s of %s" % (member, " ".join(sorted(strange)))


CHECKS = (rows_name_what_exists, closed_operations_are_known_whole, masks_have_their_members_type,
          pages_can_be_turned, headers_hold_no_secrets, what_is_shown_was_looked_at)


def main():
    m = Members()
    if sys.argv[1:] == ["--list"]:
        for member, services in sorted(suspects(m).items()):
            print("%s: %s" % (member, " ".join(sorted(services))))
        return 0
    bad = 0
    print("1..%d" % len(CHECKS))
    for number, check in enumerate(CHECKS, 1):
        wrong = sorted(set(check(m)))
        for line in wrong[:60]:
            print("# " + line)
        bad += bool(wrong)
        print("%sok %d - %s" % ("not " if wrong else "", number, check.__name__))
    return bool(bad)


sys.exit(main())
