"""Writes the tables of awsmodel.c from the botocore models of an installed AWS CLI.

    awsmodel.py BOTOCORE-DATA-FOLDER OUTPUT

All texts stand in one pool and rows hold offsets into it: no pointer, so nothing is
relocated when a program starts, and pages nobody looks at are never read.  The same
models give the same bytes.
"""
import fnmatch
import importlib.util
import json
import os
import re
import sys

sys.dont_write_bytecode = True

# Commands of the CLI that are not called as their model's folder.
COMMANDS = {"s3": "s3api", "codedeploy": "deploy", "config": "configservice",
            "opsworkscm": "opsworks-cm"}
# What IAM actions begin with, where it is not the name in the signature's scope.
IAM_BY_SIGNING = {
    "monitoring": "cloudwatch", "iotdata": "iot", "iot-jobs-data": "iot",
    "IoTSecuredTunneling": "iot", "ioteventsdata": "iotevents", "tagging": "tag",
    "cloudcontrolapi": "cloudformation", "AWSMobileHubService": "mobilehub",
    "awsssoportal": "sso", "awsssooidc": "sso-directory",
    "mturk-requester": "mechanicalturk"}
IAM_BY_MODEL = {"iot": "iot"}
# Unsigned though the model does not say so: the client's code does.
UNSIGNED = {
    "cognito-identity": {"GetId", "GetOpenIdToken", "UnlinkIdentity",
                         "GetCredentialsForIdentity"},
    "sts": {"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"}}
# Members that name a role, and the operations that only look at one.
ROLE = re.compile(r"(?i:role_?arn)$|^(Role|role|(Execution|Service|Instance|Job|IAM|Iam|"
                  r"Invocation|service|instance|job|iam|execution)Role(Name)?|"
                  r"IamFleetRole)$")
LOOKS = re.compile(r"Get|List|Describe|Search|Delete|Remove|Disassociate|Untag|Tag|"
                   r"Batch|Validate|Simulate")
PATH_PARTS = 8
PROTOCOLS = {"json": "AWSMODEL_JSON", "rest-json": "AWSMODEL_REST_JSON",
             "rest-xml": "AWSMODEL_REST_XML", "query": "AWSMODEL_QUERY",
             "ec2": "AWSMODEL_EC2"}
PLACES = {"uri": "PATH", "querystring": "QUERY_STRING", "header": "HEADER",
          "headers": "HEADERS"}
SCALARS = {"string": "STRING", "character": "STRING", "boolean": "BOOLEAN",
           "integer": "NUMBER", "long": "NUMBER", "float": "NUMBER",
           "double": "NUMBER", "bigdecimal": "NUMBER", "biginteger": "NUMBER",
           "short": "NUMBER", "byte": "NUMBER", "timestamp": "TIMESTAMP",
           "blob": "BLOB"}
# The order of the enums in awsmodel.h.
PLACE_BITS = ["BODY", "PATH", "QUERY_STRING", "QUERY_MAP", "HEADER", "HEADERS",
              "PAYLOAD"]
TYPE_BITS = ["STRING", "NUMBER", "BOOLEAN", "BLOB", "TIMESTAMP", "STRUCTURE", "LIST",
             "TEXTS", "MAP"]
REQUIRED, IDEMPOTENCY, PAGING, NEGATED, SENSITIVE = 256, 512, 1024, 2048, 4096


def module(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


class Pool:
    """Texts, each once, by offset."""

    def __init__(self):
        self.offsets, self.texts, self.size = {}, [], 0
        self.add("")

    def add(self, text):
        at = self.offsets.get(text)
        if at is None:
            at = self.offsets[text] = self.size
            text.encode("ascii")
            self.texts.append(text)
            self.size += len(text) + 1
        return at


class Cli:
    """How the CLI spells things: read off its own code."""

    def __init__(self, data):
        botocore = os.path.dirname(os.path.abspath(data))
        awscli = os.path.dirname(botocore)
        self.xform = lambda name, f=module(
            os.path.join(botocore, "__init__.py"), "names").xform_name: f(name, "-")
        # argrename.py imports a package that need not be on this Python's path; all
        # that is wanted of it are two tables.
        names = {}
        path = os.path.join(awscli, "customizations", "argrename.py")
        with open(path, encoding="utf-8") as f:
            text = f.read()
        text = "\n".join(line for line in text.split("\n")
                         if not line.startswith(("from ", "import ")))
        exec(compile(text, path, "exec"), names)
        self.renames = self.split(names["ARGUMENT_RENAMES"])
        self.renames.append(("ses.send-email", "source", "from"))
        self.aliases = self.split(names["HIDDEN_ALIASES"])

    @staticmethod
    def split(table):
        return [(*where.rsplit(".", 1), new) for where, new in table.items()]

    @staticmethod
    def of(table, command, operation):
        where = command + "." + operation
        return {old: new for pattern, old, new in table
                if pattern.startswith((command, "*")) and
                fnmatch.fnmatchcase(where, pattern)}


class Tables:
    def __init__(self, cli):
        self.cli, self.pool = cli, Pool()
        self.services, self.operations, self.by_cli = [], [], []
        # The first structure is that of operations that take nothing.
        self.shapes, self.members, self.options = [0], [], []
        self.others, self.waiters, self.roles = [], [], []

    def service(self, folder, model, waiters, pages, world):
        meta = model["metadata"]
        command = COMMANDS.get(folder, folder)
        signing = meta.get("signingName", meta["endpointPrefix"])
        reader = Reader(self, model, command)
        first, first_waiter = len(self.operations), len(self.waiters)
        shift = len(self.members) - len(self.options)
        reader.operations_in(pages)
        for name, waiter in sorted((self.cli.xform(n), w) for n, w in waiters.items()):
            self.waiters.append((self.pool.add(name),
                                 reader.numbers[waiter["operation"]]))
        put = self.pool.add
        self.services.append((
            "s3" if folder == "s3" else command, command,
            (put("s3" if folder == "s3" else command), put(command), put(signing),
             put(meta["endpointPrefix"]), put(meta.get("targetPrefix", "")),
             put(meta["apiVersion"]),
             put(IAM_BY_MODEL.get(folder, IAM_BY_SIGNING.get(signing, signing))),
             put(world), first, len(self.operations) - first, first_waiter,
             len(self.waiters) - first_waiter, shift, PROTOCOLS[meta["protocol"]])))


class Reader:
    """One service's model."""

    def __init__(self, tables, model, command):
        self.t, self.command = tables, command
        self.shapes, self.protocol = model["shapes"], model["metadata"]["protocol"]
        self.operations, self.numbers, self.known = model["operations"], {}, {}
        self.roles = []

    def operations_in(self, pages):
        start = len(self.t.operations)
        rows = sorted(self.operations)
        for number, name in enumerate(rows):
            self.numbers[name] = number
        # Inputs first: rows of their members have options beside them.
        inputs = {}
        for name in rows:
            op = self.operations[name]
            if "input" in op:
                inputs[name] = self.structure(op["input"]["shape"], name, pages)
        queue = [shape for shape, _ in inputs.values()]
        self.nested(queue)
        for name in rows:
            if name in inputs and not LOOKS.match(name):
                self.roles.append((len(self.t.operations), sorted(
                    self.role_paths(inputs[name][0], "", ()))))
            self.operation(name, inputs.get(name, (None, 0))[1])
        self.t.roles += [r for r in self.roles if r[1]]
        order = sorted(range(len(rows)), key=lambda n: self.t.cli.xform(rows[n]))
        self.t.by_cli += order
        assert len(self.t.operations) - start == len(rows)

    def operation(self, name, shape):
        op, put = self.operations[name], self.t.pool.add
        self.t.operations.append((
            put(name), put(self.t.cli.xform(name)), put(op["http"]["method"]),
            put(op["http"]["requestUri"]), shape, self.flags(name, op)))

    def flags(self, name, op):
        flags = set()
        body = self.payload(op.get("input"))
        if body and body["type"] == "blob" and body.get("streaming"):
            flags.add("STREAM_IN")
        if self.events(op.get("input")):
            flags.add("EVENTS_IN")
        answer = self.payload(op.get("output"))
        if answer and answer["type"] == "blob":
            flags.add("OUTFILE")
        if self.events(op.get("output")):
            flags.add("EVENTS_OUT")
        auth = op.get("authtype")
        if auth in ("none", "bearer") or name in UNSIGNED.get(self.command, ()):
            flags.add("NO_AUTH")
        elif auth == "v4-unsigned-body":
            flags.add("UNSIGNED_BODY")
        if op.get("endpoint", {}).get("hostPrefix"):
            flags.add("HOST_PREFIX")
        return " | ".join("AWSMODEL_" + f for f in sorted(flags)) or "0"

    def payload(self, ref):
        shape = self.shapes[ref["shape"]] if ref else {}
        if "payload" not in shape:
            return None
        member = shape["members"][shape["payload"]]
        return {**self.shapes[member["shape"]], **member}

    def events(self, ref):
        members = self.shapes[ref["shape"]]["members"].values() if ref else []
        return any(self.shapes[m["shape"]].get("eventstream") for m in members)

    # A structure gets its number when it is first met, its rows when its turn comes.
    def structure(self, name, operation, pages):
        number = len(self.t.shapes)
        shape = self.shapes[name]
        page = pages.get(operation, {})
        page = set(sum(([v] if isinstance(v, str) else v for k, v in page.items()
                        if k in ("input_token", "limit_key")), []))
        self.t.shapes.append(len(self.t.members))
        options = self.option_names(shape, operation)
        for member in sorted(shape["members"]):
            row = self.row(shape, member)
            row[4] |= PAGING if member in page else 0
            row[4] |= NEGATED if options[member][1] == "no-" + options[member][0] else 0
            self.t.options.append(self.t.pool.add(options[member][0]))
            for other in options[member][1:]:
                if other and other != "no-" + options[member][0]:
                    self.t.others.append((len(self.t.members),
                                          self.t.pool.add(other),
                                          int(other == options[member][1])))
            self.t.members.append(row)
        return name, number

    def option_names(self, shape, operation):
        """member → [option, its negative or "", other names…]"""
        op = self.t.cli.xform(operation)
        table = {}
        for member, ref in shape["members"].items():
            name = self.t.cli.xform(member)
            table[name] = (member, 0)
            if self.negated(ref) == "boolean":
                table["no-" + name] = (member, 1)
        for old, new in self.t.cli.of(self.t.cli.renames, self.command, op).items():
            if old in table:
                assert new not in table, (self.command, op, new)
                table[new] = table.pop(old)
        # These come behind the renames.
        for member, ref in shape["members"].items():
            if self.negated(ref) == "structure":
                table["no-" + self.t.cli.xform(member)] = (member, 1)
        found = {member: ["", ""] for member in shape["members"]}
        for name, (member, which) in table.items():
            found[member][which] = name
        for old, new in self.t.cli.of(self.t.cli.aliases, self.command, op).items():
            if old in table:
                found[table[old][0]].append(new)
        return found

    def negated(self, ref):
        """The type of a member that has an option that says no, or None."""
        shape = self.shapes[ref["shape"]]
        if shape["type"] == "boolean":
            return "boolean"
        # The CLI makes --x and --no-x of these in ec2.
        if (self.command == "ec2" and shape["type"] == "structure" and
                list(shape["members"]) == ["Value"] and
                self.shapes[shape["members"]["Value"]["shape"]]["type"] == "boolean"):
            return "structure"
        return None

    def nested(self, inputs):
        queue, done = list(inputs), set()
        while queue:
            for ref in self.shapes[queue.pop(0)]["members"].values():
                name = self.inner(ref["shape"])
                if name is None or name in done:
                    continue
                done.add(name)
                queue.append(name)
        base = len(self.t.shapes)
        self.known = {name: base + n for n, name in enumerate(sorted(done))}
        for name in sorted(done):
            self.t.shapes.append(len(self.t.members))
            shape = self.shapes[name]
            self.t.members += [self.row(shape, m) for m in sorted(shape["members"])]
        for row in self.t.members:
            if isinstance(row[2], str):
                row[2] = self.known[row[2]]

    def role_paths(self, name, path, above):
        """Where roles stand below the first level."""
        found = set()
        for member, ref in self.shapes[name]["members"].items():
            inside = self.inner(ref["shape"])
            if inside and inside not in above and len(above) < PATH_PARTS:
                found |= self.role_paths(inside, path + member + ".", (*above, inside))
            elif path and not inside and ROLE.search(member) and (
                    self.type(self.shapes[ref["shape"]]) == "STRING"):
                found.add(path + member)
        return found

    def inner(self, name):
        """The structure behind lists and maps, or None."""
        shape = self.shapes[name]
        while shape["type"] in ("list", "map"):
            name = shape["member" if shape["type"] == "list" else "value"]["shape"]
            shape = self.shapes[name]
        return name if shape["type"] == "structure" else None

    def row(self, shape, member):
        """[name, wire, inner, item, bits]"""
        ref = shape["members"][member]
        target = self.shapes[ref["shape"]]
        wire, item = self.wire(member, ref, target)
        bits = PLACE_BITS.index(self.place(shape, member, ref, target))
        # JSON in a header stands there in another form, as bytes do.
        coded = ref.get("jsonvalue") and ref.get("location") == "header"
        kind = "BLOB" if coded else self.type(target)
        bits |= TYPE_BITS.index(kind) << 3
        if member in shape.get("required", []):
            bits |= REQUIRED
        if ref.get("idempotencyToken") or target.get("idempotencyToken"):
            bits |= IDEMPOTENCY
        if ref.get("sensitive") or target.get("sensitive"):
            bits |= SENSITIVE
        return [self.t.pool.add(member), self.t.pool.add(wire),
                self.inner(ref["shape"]) or 0, self.t.pool.add(item), bits]

    def place(self, shape, member, ref, target):
        where = PLACES.get(ref.get("location"))
        if where == "QUERY_STRING" and target["type"] == "map":
            return "QUERY_MAP"
        if where is None and shape.get("payload") == member:
            return "PAYLOAD"
        return where or "BODY"

    def type(self, target):
        if target["type"] in SCALARS:
            return SCALARS[target["type"]]
        if target["type"] == "list":
            inner = SCALARS.get(self.shapes[target["member"]["shape"]]["type"], "BLOB")
            return "LIST" if inner == "BLOB" else "TEXTS"
        return target["type"].upper()

    def wire(self, member, ref, target):
        """The name on the wire, and what stands between it and an element."""
        name = ref.get("locationName", target.get("locationName", member))
        if self.protocol == "ec2":
            name = ref.get("queryName", name[:1].upper() + name[1:])
            return name, ""
        flat = ref.get("flattened") or target.get("flattened")
        if ref.get("location") or self.protocol in ("json", "rest-json"):
            return name, ""
        if target["type"] == "map":
            return name, "" if flat else "entry"
        if target["type"] != "list":
            return name, ""
        element = target["member"].get("locationName")
        if not flat:
            return name, element or "member"
        return (element or name) if self.protocol == "query" else name, ""


def latest(data, folder, name):
    path = os.path.join(data, folder)
    versions = sorted(v for v in os.listdir(path)
                      if os.path.exists(os.path.join(path, v, "service-2.json")))
    path = os.path.join(path, versions[-1], name)
    return load(path) if os.path.exists(path) else {}


def global_regions(data):
    found = {}
    for name, s in load(os.path.join(data, "endpoints.json"))["partitions"][0][
            "services"].items():
        one = s.get("partitionEndpoint")
        regional = [e for e in s["endpoints"] if not e.endswith("-global") and
                    not e.startswith(("fips-", "aws-"))]
        if one and (s.get("isRegionalized") is False or not regional):
            found[name] = s["endpoints"][one].get("credentialScope", {}).get(
                "region", "us-east-1")
    return found


def gather(data):
    tables, world = Tables(Cli(data)), global_regions(data)
    for folder in sorted(os.listdir(data)):
        if not os.path.isdir(os.path.join(data, folder)):
            continue
        model = latest(data, folder, "service-2.json")
        tables.service(
            folder, model,
            latest(data, folder, "waiters-2.json").get("waiters", {}),
            latest(data, folder, "paginators-1.json").get("pagination", {}),
            world.get(model["metadata"]["endpointPrefix"], ""))
    return tables


def write(out, tables):
    def rows(head, items):
        out.write("static const %s = {\n" % head)
        out.writelines(items)
        out.write("};\n")

    services = sorted(tables.services)
    out.write("/* Generated by awsmodel.py. */\n")
    rows("struct service_row services[]",
         ("{%s},\n" % ",".join(map(str, row)) for _, _, row in services))
    by_command = sorted(range(len(services)), key=lambda n: services[n][1])
    rows("uint16_t by_command[]", ("%d," % n for n in by_command))
    rows("struct operation_row operations[]",
         ("{%s},\n" % ",".join(map(str, o)) for o in tables.operations))
    rows("uint16_t by_cli[]", ("%d,\n" % n for n in tables.by_cli))
    rows("uint32_t shapes[]", ("%d,\n" % n for n in tables.shapes +
                               [len(tables.members)]))
    rows("struct member_row members[]",
         ("{%d,%d,%d,%d,%d},\n" % tuple(m) for m in tables.members))
    rows("uint32_t options[]", ("%d,\n" % o for o in tables.options))
    rows("struct other_row others[]", ("{%d,%d,%d},\n" % o for o in tables.others))
    rows("struct waiter_row waiters[]", ("{%d,%d},\n" % w for w in tables.waiters))
    paths = [p for _, ps in tables.roles for p in (*ps, "")]
    starts, at = [], 0
    for operation, ps in tables.roles:
        starts.append((operation, at))
        at += len(ps) + 1
    rows("struct role_row roles[]", ("{%d,%d},\n" % s for s in starts))
    rows("char *const role_paths[]", ('"%s",\n' % p for p in paths))
    rows("char pool[]", ('"%s\\0"\n' % t.replace("\\", "\\\\").replace('"', '\\"')
                         for t in tables.pool.texts))


def main():
    _, data, output = sys.argv
    tables = gather(data)
    with open(output + ".new", "w", encoding="ascii") as out:
        write(out, tables)
    os.replace(output + ".new", output)
    if os.environ.get("AWSMODEL_VERBOSE"):
        print(len(tables.services), "services", len(tables.operations), "operations",
              len(tables.shapes), "structures", len(tables.members), "members",
              len(tables.options), "options", tables.pool.size, "bytes of text")


main()
