"""Command lines for the comparison: over the services, operations and options that the
installed CLI itself lists, with values made from its models.  The same seed gives the
same lines; line i does not depend on the others.
"""
import json
import random

# Services in daily use, which stand in every second line.
DAILY = """autoscaling cloudformation cloudwatch dynamodb ec2 ecr ecs eks elbv2 events
iam kms lambda logs rds route53 s3api secretsmanager sns sqs ssm sts""".split()
# Commands of the CLI's own making.
NO_SERVICE = {"configure", "ddb", "deploy-wizard", "help", "history", "s3", "sso",
              "cli-dev", "login", "logout"}
NO_OPTION = {"cli-input-json", "cli-input-yaml", "generate-cli-skeleton"}
# Texts that have a meaning for one of those who read them on the way.
TEXTS = ["plain-1", "a b", "k=v", "a,b", "x:y/z", "\u00fcn\u00ef", "it's", 'say "x"',
         "100%", "a+b&c", "{x", "[x", "a\\b", "@x", "null", "true", "1.0", "07", "~",
         "*", "a?b", "#x", "<a>", "tab\tin", " lead", "trail ", "a;b|c", "$HOME",
         "`id`", "-5", "http://host/x", "abcdefghijklmnopqrstuvwxyz"]
GLOBALS = [["--output", "json"], ["--output", "text"], ["--output", "table"],
           ["--output", "yaml"], ["--query", "A[].B"], ["--query", "length(@)"],
           ["--region", "us-east-2"], ["--region", "eu-central-1"], ["--no-paginate"],
           ["--no-cli-pager"], ["--color", "off"], ["--profile", "prod"],
           ["--cli-binary-format", "raw-in-base64-out"], ["--no-cli-auto-prompt"]]
BLOB = "YmxvYg=="
TIMES = ["2026-11-21T08:00:00Z", "2026-11-21", "1700000000"]
PLAIN = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
            "*?[]{}~!=^%@,:+-./_")


class Line:
    """Words in groups: an option and its values belong together."""

    def __init__(self, kind, service, operation):
        self.kind, self.service, self.operation = kind, service, operation
        self.groups = []
        self.stdin, self.large, self.tags, self.fails = b"", False, "", ""
        self.text = None

    def words(self):
        return ["aws"] + [w for g in self.groups for w in g]

    def row(self):
        """As the reader's program takes it."""
        return {"argv": self.words()} if self.text is None else {"line": self.text}


class Values:
    """Words for the value of an option, and JSON for what is inside of one."""

    def __init__(self, rng, service):
        self.rng, self.service = rng, service

    def text(self, shape, name, plain=False):
        rng = self.rng
        if getattr(shape, "enum", None) and rng.random() < 0.9:
            return rng.choice(shape.enum)
        known = self.named(name, shape)
        if known is not None:
            return known
        text = "plain-1" if plain or rng.random() < 0.5 else rng.choice(TEXTS)
        if shape.serialization.get("location") in ("header", "headers"):
            # Blanks around a header's value get lost, others are refused on the wire.
            text = text.strip() if text.isascii() else "plain-1"
        least = shape.metadata.get("min", 0)
        return text.ljust(min(least, 1000), "x")

    def named(self, name, shape):
        low = name.lower()
        if shape.serialization.get("hostLabel") or low in ("accountid", "account-id"):
            return "111122223333"
        if self.service in ("s3api", "s3control") and low == "bucket":
            return self.rng.choice(["bucket-a", "logs.example", "data-2026"])
        if self.service == "s3api" and low in ("copysource", "copy-source"):
            return self.rng.choice(["src-b/k", "src-b/a b+c", "src-b/k?versionId=v1"])
        if low.endswith(("queueurl", "queue-url")):
            return "https://sqs.eu-west-1.amazonaws.com/111122223333/q-1"
        if low.endswith("arn"):
            return ("arn:aws:%s:eu-west-1:111122223333:thing/x-1" % self.service)
        return None

    def number(self, shape):
        least = max(shape.metadata.get("min", 0), 0)
        most = min(shape.metadata.get("max", 10 ** 6), 10 ** 6)
        return self.rng.randint(int(least), max(int(least), int(most)))

    def json(self, shape, name="", depth=0):
        rng = self.rng
        kind = shape.type_name
        if kind == "structure":
            if getattr(shape, "is_document_type", False):
                return {"a": 1, "b": ["x"]}
            return self.structure(shape, depth)
        if kind == "list":
            return [self.json(shape.member, name, depth + 1)
                    for _ in range(max(rng.randint(1, 2), shape.metadata.get("min", 1)))]
        if kind == "map":
            key = rng.choice(shape.key.enum) if getattr(shape.key, "enum", None) else "k"
            return {key: self.json(shape.value, name, depth + 1)}
        if kind == "string":
            return self.text(shape, name)
        if kind in ("integer", "long"):
            return self.number(shape)
        if kind in ("float", "double"):
            return 1.5
        if kind == "boolean":
            return rng.random() < 0.5
        if kind == "timestamp":
            return rng.choice(TIMES[:2])
        return BLOB

    def structure(self, shape, depth):
        names = list(shape.members)
        if getattr(shape, "is_tagged_union", False) or shape.metadata.get("union"):
            names = names[:1]
        needed = set(shape.required_members) | set(names[:1])
        return {n: self.json(shape.members[n], n, depth + 1) for n in names
                if (n in needed and depth < 8) or
                (depth < 3 and self.rng.random() < 0.3)}

    def shorthand(self, shape, depth=0):
        """Or None where it would not do."""
        if shape.type_name == "map" and shape.value.type_name == "string":
            return ",".join("%s=%s" % (k, v) for k, v in
                            (("k1", "v1"), ("k2", "v2"))[:self.rng.randint(1, 2)])
        if shape.type_name != "structure":
            return None
        parts = []
        for name, member in shape.members.items():
            needed = name in shape.required_members
            if not needed and self.rng.random() < 0.5:
                continue
            text = self.shorthand_member(member, name, depth)
            if text is not None:
                parts.append("%s=%s" % (name, text))
            elif needed:
                return None
        return ",".join(parts) or None

    def shorthand_member(self, member, name, depth):
        if member.type_name == "list" and member.member.type_name == "string":
            return ",".join(self.text(member.member, name, True) for _ in range(2))
        if member.type_name == "structure" and depth < 2:
            inner = self.shorthand(member, depth + 1)
            return None if inner is None else "{%s}" % inner
        if member.type_name == "string":
            return self.text(member, name, self.rng.random() < 0.7)
        if member.type_name in ("integer", "long"):
            return str(self.number(member))
        if member.type_name == "boolean":
            return self.rng.choice(["true", "false"])
        return None

    def words(self, shape, name):
        """Words behind an option of that shape."""
        rng, kind = self.rng, shape.type_name
        if kind == "list":
            return self.list_words(shape, name)
        if kind in ("structure", "map"):
            text = self.shorthand(shape) if rng.random() < 0.4 else None
            return [text or json.dumps(self.json(shape), ensure_ascii=False)]
        if kind == "string":
            if shape.serialization.get("jsonvalue"):
                return ['{"a": 1}']
            return [self.text(shape, name)]
        if kind in ("integer", "long"):
            return [str(self.number(shape))]
        if kind in ("float", "double"):
            return [rng.choice(["1.5", "2", "0.25"])]
        if kind == "timestamp":
            return [rng.choice(TIMES)]
        return [BLOB]

    def list_words(self, shape, name):
        rng, member = self.rng, shape.member
        count = max(rng.randint(1, 3), min(shape.metadata.get("min", 1), 9))
        form = rng.random()
        if form < 0.3:
            return [json.dumps(self.json(shape, name), ensure_ascii=False)]
        if member.type_name in ("structure", "map"):
            some = [self.shorthand(member) for _ in range(count)]
            if form < 0.7 and None not in some:
                return some
            return [json.dumps(self.json(member), ensure_ascii=False)
                    for _ in range(count)]
        if member.type_name == "list":
            return [json.dumps(self.json(shape, name))]
        return [self.words(member, name)[0] for _ in range(count)]


class Lines:
    def __init__(self, driver, seed):
        self.driver, self.seed = driver, seed
        self.services = sorted(n for n in driver.subcommand_table
                               if n not in NO_SERVICE)

    def at(self, i):
        """Line i of all."""
        rng = random.Random("%s/%d" % (self.seed, i))
        dice = rng.random()
        if dice < 0.16:
            line = S3(rng).line()
        elif dice < 0.20:
            line = self.waiter(rng)
        else:
            line = self.call(rng)
        self.add_globals(rng, line)
        if rng.random() < 0.15:
            odd(rng, line)
        if rng.random() < 0.8:
            line.text = " ".join(quoted(rng, w) for w in line.words())
        return line

    def service(self, rng):
        return rng.choice(DAILY if rng.random() < 0.5 else self.services)

    def command(self, name):
        return self.driver.subcommand_table[name]

    def call(self, rng):
        service = self.service(rng)
        table = self.command(service).subcommand_table
        names = sorted(n for n in table if n not in ("wait", "wizard", "help"))
        if rng.random() < 0.05:
            found = [n for n in names if "outfile" in args_of(table[n])]
            names = found or names
        operation = rng.choice(names)
        return self.filled(rng, "call", service, [operation], table[operation])

    def waiter(self, rng):
        while True:
            service = self.service(rng)
            table = self.command(service).subcommand_table
            if "wait" in table:
                break
        waiters = table["wait"].subcommand_table
        name = rng.choice(sorted(n for n in waiters if n != "help"))
        return self.filled(rng, "waiter", service, ["wait", name], waiters[name])

    def filled(self, rng, kind, service, names, command):
        line = Line(kind, service, names[-1])
        line.groups = [[service]] + [[n] for n in names]
        options, last = [], []
        for name, arg in args_of(command).items():
            if name in NO_OPTION:
                continue
            if not arg.cli_name.startswith("--"):
                last.append(["-"])
            elif arg.required or rng.random() < 0.25:
                group = self.option(rng, service, name, arg, line)
                options.append(group)
        drop_contrary(options)
        rng.shuffle(options)
        at = rng.randint(0, len(options)) if rng.random() < 0.2 else len(options)
        line.groups += options[:at] + last + options[at:]
        return line

    def option(self, rng, service, name, arg, line):
        shape, option = arg.argument_model, arg.cli_name
        if arg.cli_type_name == "boolean" or \
                type(arg).__name__ in ("BooleanArgument", "NegativeBooleanParameter"):
            return [option]
        if shape is None:
            return [option, "x"]
        if type(arg).__name__ == "PageArgument":
            return [option, self.page(rng, arg)]
        serialization = getattr(shape, "serialization", None) or {}
        if shape.type_name == "blob" and (serialization.get("streaming") or
                                          rng.random() < 0.2) and not line.stdin:
            line.stdin = b"from stdin"
            return [option, rng.choice(["fileb://-", "fileb://-", "file://-"])]
        words = Values(rng, service).words(shape, name)
        if len(words) == 1 and (rng.random() < 0.3 or words[0].startswith("-")):
            return ["%s=%s" % (option, words[0])]
        return [option] + words

    @staticmethod
    def page(rng, arg):
        if arg.cli_type_name != "string":
            return str(rng.randint(1, 50))
        # {"NextToken": "abc"}, as the CLI itself hands it out, and any other.
        return rng.choice(["eyJOZXh0VG9rZW4iOiAiYWJjIn0=", "plain-1"])

    @staticmethod
    def add_globals(rng, line):
        """In any place between groups."""
        some = rng.sample(GLOBALS, rng.choice([0, 0, 1, 1, 2, 3]))
        seen = set()
        for words in some:
            if words[0] in seen:
                continue
            seen.add(words[0])
            if len(words) == 2 and rng.random() < 0.3:
                words = ["=".join(words)]
            line.groups.insert(rng.randint(0, len(line.groups)), list(words))


def args_of(command):
    """Of a command of the CLI's own making too, which lists some of its options."""
    return getattr(command, "arg_table", None) or {}


def drop_contrary(options):
    """Of --x and --no-x the first."""
    names = {g[0] for g in options if len(g) == 1}
    for g in list(options):
        other = "--no-" + g[0][2:]
        if len(g) == 1 and other in names:
            options.remove(g)


class S3:
    """The high-level commands."""

    FLAGS = {"cp": ["--quiet", "--dryrun", "--only-show-errors", "--no-progress",
                    "--no-guess-mime-type", "--force-glacier-transfer",
                    "--ignore-glacier-warnings", "--follow-symlinks",
                    "--no-follow-symlinks"],
             "rm": ["--quiet", "--dryrun", "--only-show-errors"],
             "ls": ["--human-readable", "--summarize"], "mb": [], "rb": []}
    GIVEN = [["--acl", "private"], ["--acl", "bucket-owner-full-control"],
             ["--cache-control", "no-cache"], ["--content-type", "text/plain"],
             ["--content-disposition", 'attachment; filename="x y"'],
             ["--content-encoding", "gzip"], ["--content-language", "de"],
             ["--expires", "2027-01-01T00:00:00Z"], ["--metadata", "k1=v1,k2=v2"],
             ["--metadata", '{"k": "a b"}'], ["--metadata-directive", "REPLACE"],
             ["--metadata-directive", "COPY"], ["--storage-class", "STANDARD_IA"],
             ["--storage-class", "DEEP_ARCHIVE"], ["--sse"], ["--sse", "aws:kms"],
             ["--sse-kms-key-id", "alias/k"], ["--sse-c", "AES256"], ["--sse-c"],
             ["--sse-c", "AES256"], ["--request-payer"],
             ["--request-payer", "requester"], ["--website-redirect", "/x"],
             ["--grants", "read=uri=http://acs.amazonaws.com/groups/global/AllUsers"],
             ["--grants", "read=id=a", "full=id=b,id=c"], ["--page-size", "7"],
             ["--copy-props", "none"], ["--copy-props", "metadata-directive"],
             ["--copy-props", "default"], ["--source-region", "us-east-2"],
             ["--sse-c-copy-source", "AES256"], ["--sse-c-copy-source"],
             ["--expected-size", "1000"],
             ["--grants", "read=id=a", "read=id=b"]]
    KEYS_FOR = {"--sse-c": "--sse-c-key", "--sse-c-copy-source":
                "--sse-c-copy-source-key"}
    FILTERS = [["--exclude", "*"], ["--include", "*.txt"], ["--exclude", "sub/*"]]
    KEYS = ["", "a", "a/", "a/b.txt", "a b+c", "x&y=1", "\u00fc/\u00f6", "a//b", "100%",
            "q?versionId=v", "it's", "[x]", "a:b@c", "~t", "dir/sub/"]

    def __init__(self, rng):
        self.rng = rng

    def path(self, where="from", keys=None):
        bucket = self.rng.choice(["bkt-1", "bkt.two", "bkt3"])
        if where == "to":
            bucket = "to-" + bucket
        key = self.rng.choice(keys or self.KEYS)
        return "s3://" + bucket + ("/" + key if key or self.rng.random() < 0.5 else "")

    def line(self):
        rng = self.rng
        name = rng.choice(["ls", "cp", "cp", "cp", "mv", "rm", "sync", "sync", "mb",
                           "rb"])
        line = Line("s3", "s3", name)
        paths, options = getattr(self, name)(line)
        rng.shuffle(options)
        at = rng.randint(0, len(options))
        # The two paths stand together.
        line.groups = [["s3"], [name]] + options[:at] + \
            ([paths] if paths else []) + options[at:]
        return line

    def some(self, *names):
        """Options, each once; a filter more often."""
        rng = self.rng
        flags = [[f] for n in names for f in self.FLAGS[n] if rng.random() < 0.15]
        given, seen = [], set()
        if "cp" in names:
            for words in rng.sample(self.GIVEN, rng.choice([0, 1, 2, 3])):
                if words[0] not in seen:
                    seen.add(words[0])
                    given.append(self.joined(words))
                    if words[0] in self.KEYS_FOR:
                        given.append([self.KEYS_FOR[words[0]],
                                      rng.choice("kc") * 32])
        return flags + given

    def joined(self, words):
        if len(words) == 2 and self.rng.random() < 0.3:
            return ["=".join(words)]
        return list(words)

    def filters(self):
        return [list(self.rng.choice(self.FILTERS))
                for _ in range(self.rng.choice([0, 0, 1, 2]))]

    def ls(self, _):
        options = self.some("ls")
        if self.rng.random() < 0.4:
            options.append(["--recursive"])
        if self.rng.random() < 0.2:
            options.append(["--page-size", "5"])
        if self.rng.random() < 0.2:
            options.append(self.joined(["--request-payer", "requester"]))
        return self.rng.choice([[], ["s3://"], [self.path()], [self.path()],
                                [self.path()]]), options

    def cp(self, line):
        rng = self.rng
        options = self.some("cp")
        line.large = rng.random() < 0.25
        if line.large:
            line.tags = rng.choice(["", "v", "v" * 3000])
            line.fails = rng.choice(["", "", "", "UploadPartCopy", "PutObjectTagging",
                                     "UploadPart"])
        form = rng.random()
        if form < 0.2:
            line.stdin = b"x" * ((9 << 20) if line.large else 10)
            return ["-", self.path("to", self.KEYS[1:])], options
        if form < 0.4:
            return [self.path("from", self.KEYS[1:]), "-"], options
        if form < 0.65:
            options += [["--recursive"]] + self.filters()
        return [self.path(), self.path("to")], options

    def mv(self, line):
        paths, options = self.cp(line)
        if "-" in paths:
            paths = [self.path(), self.path("to")]
        return paths, options

    def rm(self, _):
        options = self.some("rm") + self.filters()
        if self.rng.random() < 0.5:
            options.append(["--recursive"])
        if self.rng.random() < 0.2:
            options.append(["--request-payer", "requester"])
        return [self.path()], options

    def sync(self, line):
        line.large = self.rng.random() < 0.15
        options = self.some("cp") + self.filters()
        for flag in ("--delete", "--size-only", "--exact-timestamps"):
            if self.rng.random() < 0.3:
                options.append([flag])
        return [self.path(), self.path("to")], options

    def mb(self, _):
        return [self.path("from", [""])], []

    def rb(self, _):
        return [self.path("from", [""])], self.rng.choice([[], [["--force"]]])


def odd(rng, line):
    """Something that the CLI may take, and the reader had better not; or both."""
    line.kind += "+odd"
    options = [i for i, g in enumerate(line.groups) if g[0].startswith("--")]
    i = rng.choice(options) if options else 0
    group = line.groups[i]
    how = rng.randint(0, 14)
    if not options or how == 0:
        line.groups.insert(rng.randint(0, len(line.groups)), ["--"])
    elif how <= 4:  # cut the name short
        name, equals, value = group[0].partition("=")
        name = name[:rng.randint(3, max(3, len(name) - 1))]
        group[0] = name + equals + value
    elif how == 5:
        line.groups.append(list(group))
    elif how == 6:
        group[0] = group[0].split("=")[0] + "="
    elif how == 7:
        group[0] = group[0][:-1] + group[0][-1].upper()
    elif how == 8:
        group[0] = group[0][1:]
    elif how == 9:  # an option of the whole within a list
        group.insert(rng.randint(1, len(group)), "--no-cli-pager")
    elif how == 10:
        line.groups.insert(0, line.groups.pop(i))
    elif how == 11:
        group[-1] = rng.choice(["007", "1_000", " 5", "+5", "1e3", "0x10", "-0", ""])
    elif how == 14:
        line.groups.append(["--no-" + group[0][2:]])
    elif how == 12:
        line.groups.append([rng.choice(["x", "help", "-", "-x", "--no-such"])])
    else:
        group.append(rng.choice(["x", "--x=1", "help", "-", "{}", "[]", "a=b"]))


def quoted(rng, word):
    """The word as somebody might write it; not each form can say each word."""
    forms = []
    if word and all(c in PLAIN for c in word) and word[0] != "#":
        forms += [word] * 4
    if "'" not in word:
        forms.append("'%s'" % word)
    forms.append('"%s"' % "".join("\\" + c if c in '"\\$`' else c for c in word))
    if word and all(" " < c < "\x7f" for c in word):
        forms.append("".join(c if c in PLAIN else "\\" + c for c in word))
    return rng.choice(forms)
