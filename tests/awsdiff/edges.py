"""Each option of each operation that the CLI lists, put to the reader alone: spelled in
full it is the member that the CLI fills; cut short, or twice, it is refused; joined to
its value by = it says the same.
"""
import collections
import fnmatch

import difference  # the CLI, and with it botocore
from botocore import xform_name  # noqa: E402
import lines

SHORTENED = """acm apigateway athena autoscaling cloudformation cloudfront cloudtrail
cloudwatch codebuild cognito-idp deploy dynamodb ec2 ecr ecs eks elbv2 events glue iam
kinesis kms lambda logs rds route53 s3api sns sqs ssm""".split()
# Services whose commands are not run: why they are none of ours is in awsfacts.c.
NOT_RUN = {"sso", "opsworkscm"}
GLOBAL = {"debug", "endpoint-url", "no-verify-ssl", "no-paginate", "output", "query",
          "profile", "region", "version", "color", "no-sign-request", "ca-bundle"}
# Options that name local files: refused for good.
FILES = ("names a local file", "writes a local file")
FLAGS = {"BooleanArgument", "NegativeBooleanParameter"}
VALUES = {"list": "x", "structure": '{"a": 1}', "map": '{"a": "b"}', "integer": "5",
          "long": "5", "float": "1.5", "double": "1.5", "timestamp": "2026-11-21",
          "blob": difference.lines.BLOB}
# (what it is given to, option): why the reader does not take it.
APART = {
    ("ecs execute-command", "*"): "no one call",
    ("ssm start-session", "*"): "no one call",
    ("cloudfront update-distribution", "default-root-object"):
    "asks for the distribution first",
    ("cloudsearch define-*", "*"): "parts of a structure under names of their own",
    ("datapipeline *-pipeline*", "p*"): "its value names a local file",
    ("ec2 bundle-instance", "*"): "signs with keys that are given on the command line",
    ("ec2 run-instances", "*associate-public-ip-address"):
    "moves other options' values into NetworkInterfaces",
    ("ec2 run-instances", "secondary-private-ip-address*"):
    "moves other options' values into NetworkInterfaces",
    ("iam create-virtual-mfa-device", "bootstrap-method"): "for a local file",
    ("machinelearning describe-*", "ge"): "the beginning of a global option too",
    ("rds *", "source-region"): "signs a URL with the keys that were given out",
    ("docdb *", "source-region"): "signs a URL with the keys that were given out",
    ("neptune *", "source-region"): "signs a URL with the keys that were given out",
    ("configservice put-configuration-recorder", "recording-group"):
    "goes into another option's member",
}


class Option:
    def __init__(self, service, operation, name, arg):
        self.name = name
        self.member = getattr(arg, "_serialized_name", None)
        self.command = ["aws", service, operation]
        self.tail = []
        self.value = None
        if type(arg).__name__ not in FLAGS and arg.cli_type_name != "boolean":
            shape = arg.argument_model
            kind = "string" if shape is None else shape.type_name
            self.value = VALUES.get(kind, "x")
            if kind == "list" and shape.member.type_name not in ("string", "blob"):
                self.value = "[]"
            if type(arg).__name__ == "PageArgument":
                self.value, self.member = "5", None
            if type(arg).__name__ == "CountArgument":
                self.value = "2"
            if kind == "blob" and shape.serialization.get("streaming"):
                self.value = "fileb://-"

    def words(self, name=None, joined=False):
        option = "--" + (self.name if name is None else name)
        if self.value is None:
            words = [option]
        else:
            words = [option + "=" + self.value] if joined else [option, self.value]
        return self.command + words + self.tail


def options_of(driver, service):
    """By operation: its options, and all their names."""
    for operation, command in sorted(driver.subcommand_table[service]
                                     .subcommand_table.items()):
        if not hasattr(command, "_operation_model"):
            continue
        args = lines.args_of(command)
        options = [Option(service, operation, arg.cli_name[2:], arg)
                   for name, arg in args.items()
                   if arg.cli_name.startswith("--") and name not in lines.NO_OPTION]
        if any(not arg.cli_name.startswith("--") for arg in args.values()):
            for option in options:
                option.tail = ["-"]
        # What a member would be called, were there no option of another name for it.
        shape = command._operation_model.input_shape
        gone = {xform_name(m, "-") for m in (shape.members if shape else ())}
        names = {o.name for o in options} | set(args)
        yield operation, options, names, gone - names - GLOBAL


def same(a, b):
    return {k: v for k, v in a.items() if k != "child"} == \
        {k: v for k, v in b.items() if k != "child"}


def apart(command, option):
    return any(fnmatch.fnmatchcase(command, c) and fnmatch.fnmatchcase(option, o)
               for c, o in APART)


class Edges:
    def __init__(self):
        self.cli = difference.cli.Cli()
        self.count = collections.Counter()
        self.wrong = []

    def note(self, what, good, words, reading):
        self.count[what] += 1
        if not good:
            self.wrong.append("%s: %s: %s" % (what, " ".join(words),
                                              reading.get("why", "accepted")))

    def service(self, service, shortened):
        rows, checks = [], []

        def put(check, words, *more):
            rows.append({"argv": words})
            checks.append((check, words, more))

        for operation, options, names, gone in options_of(self.cli.driver, service):
            for name in gone:
                put(self.refused, ["aws", service, operation, "--" + name, "x"], "gone")
            for o in options:
                put(self.full, o.words(), o, len(rows) + 1)
                put(self.joined, o.words(joined=True), len(rows) - 1)
                if not shortened:
                    continue
                twice = o.words()
                put(self.refused, twice[:3] + twice[3:5 - (o.value is None)] +
                    twice[3:], "twice")
                for n in range(1, len(o.name)):
                    if o.name[:n] not in names | GLOBAL:
                        put(self.refused, o.words(o.name[:n]), "shortened")
        answers = difference.ask(rows)
        for (check, words, more), answer in zip(checks, answers):
            check(words, answer, answers, *more)

    def full(self, words, reading, _, option, __):
        if reading["status"] == 77 and any(f in reading["why"] for f in FILES):
            self.count["file"] += 1
            return
        named = reading["status"] == 0 and (
            option.member is None or option.member in
            [m[0] for m in reading["calls"][0]["members"]])
        if not named and apart(" ".join(words[1:3]), option.name):
            self.count["apart"] += 1
            return
        self.note("full", named, words, reading)

    def joined(self, words, reading, answers, at):
        first = answers[at]
        if first["status"] != 0:
            return
        if words == answers[at].get("child"):
            return  # a flag
        self.note("joined", same(reading, first), words, reading)

    def refused(self, words, reading, _, what):
        self.note(what, reading["status"] != 0, words, reading)


def main(services, shortened):
    if difference.cli.awscli is None:
        print("1..0 # SKIP no aws command line interface of version 2")
        return 0
    e = Edges()
    table = e.cli.driver.subcommand_table
    for service in services or sorted(set(table) - lines.NO_SERVICE - NOT_RUN):
        e.service(service, service in shortened)
    print("1..2")
    print("# " + ", ".join("%s %d" % pair for pair in sorted(e.count.items())))
    for text in e.wrong[:200]:
        print("# " + text)
    enough = all(e.count[w] >= 100 for w in ("full", "joined", "twice", "shortened"))
    print("%sok 1 - options of %d services" % ("" if enough else "not ",
                                              len(services or table)))
    print("%sok 2 - each in full, once, as it is meant" % ("not " if e.wrong else ""))
    return 1 if e.wrong or not enough else 0
