#!/usr/bin/python3
"""Text without secrets, as machines print it, and what would be masked of it.

usage: clean.py KIND MB FILE            write so much: aws, listing, git, packages, small
       clean.py look BROKER FILE …      list what would be masked, with its line, and
                                        whether it is a secret as far as its form says
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import families  # noqa: E402
import made  # noqa: E402

QUIET = ["describe-instances", "tokens-of-pages", "s3-listing", "lists-of-secrets", "iam-policies", "password-policy",
         "template", "digests", "certificates", "public-keys", "kubectl-lists", "config-map", "kubernetes-references",
         "terraform-plan", "arns", "git-log", "listings", "large-values", "manuals"]


# ---- answers of AWS ----


def item(m):
    """One thing that describe-* knows, with ids, digests and times."""
    r, a = m.region(), m.account()
    return m.pick([
        lambda: {"InstanceId": "i-" + m.hex(17), "ImageId": "ami-" + m.hex(17), "State": {"Code": 16, "Name": "running"},
                 "PrivateDnsName": f"ip-10-0-{m.n(0, 255)}-{m.n(0, 255)}.ec2.internal", "ClientToken": m.uuid(),
                 "LaunchTime": m.time(), "NetworkInterfaces": [{"NetworkInterfaceId": "eni-" + m.hex(17),
                                                                "MacAddress": ":".join(m.hex(2) for _ in range(6)),
                                                                "PrivateIpAddress": f"10.0.{m.n(0, 255)}.{m.n(0, 255)}"}],
                 "MetadataOptions": {"HttpTokens": "required"}, "Tags": [{"Key": "Name", "Value": m.name()}]},
        lambda: {"FunctionName": m.name(), "FunctionArn": f"arn:aws:lambda:{r}:{a}:function:{m.name()}", "Runtime": "python3.12",
                 "CodeSha256": m.b64(32), "RevisionId": m.uuid(), "LastModified": m.time(), "CodeSize": m.n(1, 10 ** 8),
                 "Environment": {"Variables": {"STAGE": "prod", "TABLE": m.name(), "SECRET_ARN": f"arn:aws:secretsmanager:{r}:{a}:secret:{m.name()}-AbCdEf"}}},
        lambda: {"Key": f"logs/{m.uuid()}/{m.hex(40)}.gz", "ETag": f'"{m.hex(32)}"', "Size": m.n(1, 10 ** 9), "ChecksumSHA256": m.b64(32)},
        lambda: {"imageDigest": "sha256:" + m.hex(64), "repositoryName": m.name(), "imageTags": [m.hex(40)], "registryId": a,
                 "imagePushedAt": m.time()},
        lambda: {"DBInstanceIdentifier": m.name(), "DbiResourceId": "db-" + m.run(made.UPPER32, 26), "MasterUsername": "postgres",
                 "IAMDatabaseAuthenticationEnabled": True, "KmsKeyId": f"arn:aws:kms:{r}:{a}:key/{m.uuid()}",
                 "MasterUserSecret": {"SecretArn": f"arn:aws:secretsmanager:{r}:{a}:secret:rds!db-{m.uuid()}-{m.run(made.ALNUM, 6)}",
                                      "SecretStatus": "active"}},
        lambda: {"eventId": m.run("0123456789", 56), "timestamp": 1790000000000 + m.n(0, 10 ** 9), "ingestionTime": 1790000000000,
                 "message": f"START RequestId: {m.uuid()} Version: $LATEST\n", "logStreamName": f"2026/05/04/[$LATEST]{m.hex(32)}"},
        lambda: {"UserName": m.name(), "UserId": m.unique("AIDA"), "Arn": f"arn:aws:iam::{a}:user/{m.name()}",
                 "CreateDate": m.time(), "PasswordLastUsed": m.time()},
        lambda: {"CertificateArn": f"arn:aws:acm:{r}:{a}:certificate/{m.uuid()}", "Serial": ":".join(m.hex(2) for _ in range(16)),
                 "SignatureAlgorithm": "SHA256WITHRSA", "InUseBy": [], "Status": "ISSUED"},
        lambda: {"ReceiptHandle": m.b64(260), "MessageId": m.uuid(), "MD5OfBody": m.hex(32), "Body": f"order {m.n(1, 10 ** 6)} of {m.name()}"},
        lambda: {"stackId": f"arn:aws:cloudformation:{r}:{a}:stack/{m.name()}/{m.uuid()}", "ParameterKey": "Stage", "ParameterValue": m.name(),
                 "NextToken": m.b64(120), "nextForwardToken": f"f/{m.run('0123456789', 56)}/s"},
    ])()


def aws(f, size, _):
    m = made.Made("clean")
    while f.tell() < size:
        doc = {m.pick(["Items", "Contents", "Resources", "events"]): [item(m) for _ in range(20)], "NextToken": m.b64(150)}
        f.write(json.dumps(doc, indent=m.pick([4, 4, 4, None])).encode() + b"\n")


# ---- what this machine has ----


def take(f, size, *words, **more):
    """What a command prints, up to size."""
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **more) as p:
        while f.tell() < size and (data := p.stdout.read(1 << 16)):
            f.write(data[:size - f.tell()])
        p.stdout.close()
        p.terminate()


def listing(f, size, _):
    take(f, size, "ls", "-lR", "/usr", "/etc", "/var/lib/dpkg")


def packages(f, size, _):
    take(f, size, "apt-cache", "show", ".*")
    if f.tell() < size:
        take(f, size, "cat", "/var/lib/dpkg/status")


def sources_of(folders):
    """Programs of the public that are installed here: their own texts, no data."""
    for folder in folders:
        for at, below, names in os.walk(folder):
            below[:] = sorted(x for x in below if x not in ("test", "tests", "testing", "data", "examples", "__pycache__"))
            for name in sorted(names):
                path = os.path.join(at, name)
                if name.endswith((".py", ".pm", ".pl", ".h", ".sh", ".js", ".rb", ".txt", ".md", ".rst", ".el", ".cmake")) \
                        and os.path.isfile(path) and os.path.getsize(path) < 300000:
                    yield path


def git(f, size, _):
    """`git log -p` of a tree made of what is installed, changed at random in each commit."""
    r = random.Random("clean")
    words = dict(os.environ, GIT_AUTHOR_NAME="Ops", GIT_AUTHOR_EMAIL="ops@example.com", GIT_COMMITTER_NAME="Ops",
                 GIT_COMMITTER_EMAIL="ops@example.com", GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null")
    paths = list(sources_of(["/usr/lib/python3", "/usr/share/perl", "/usr/share/perl5", "/usr/include", "/usr/share/doc",
                             "/usr/lib/python3.11", "/usr/share/nodejs", "/usr/share/cmake-3.25", "/usr/share/autoconf"]))
    r.shuffle(paths)
    with tempfile.TemporaryDirectory(prefix="clean.") as folder:
        def run(*command):
            subprocess.run(["git", "-C", folder, *command], env=words, check=True, stdout=subprocess.DEVNULL)

        run("init", "-q")
        done, kept = 0, []
        for i in range(0, len(paths), 200):
            for path in paths[i:i + 200]:
                name = os.path.join(folder, path.strip("/").replace("/", "_"))
                with open(path, "rb") as old, open(name, "wb") as new:
                    data = old.read()
                    new.write(data)
                done += len(data)
                kept.append(name)
            for name in r.sample(kept, min(30, len(kept))):
                with open(name, "rb") as old:
                    lines = old.read().split(b"\n")
                for _ in range(5):
                    lines.pop(r.randrange(len(lines))) if len(lines) > 9 else None
                with open(name, "wb") as new:
                    new.write(b"\n".join(lines))
            run("add", "-A")
            run("commit", "-q", "-m", r.choice(["auth: rotate keys", "token: fix", "Reset of passwords", "docs"]))
            if done > size:
                break
        take(f, size, "git", "-C", folder, "log", "-p", "--no-color", env=words)


def small(f, size, source):
    """The little sibling: what is the same everywhere."""
    half = size // 2
    aws(f, half, None)
    m, n = made.Made("small"), 0
    while f.tell() < half + size // 8:
        for c in families.make(f"clean/{n}", 1, QUIET):
            f.write("".join(c["input"]).encode())
        f.write("".join(f"-rw-r--r-- 1 root root {m.n(1, 10 ** 6):8} May  4 10:00 {m.name()}-{m.hex(8)}.gz\n" for _ in range(200)).encode())
        n += 1
    for room in ("lib/base", "lib/model", "lib/wire", "policies", "broker/keeper", "broker/store", "broker/front"):
        for name in sorted(os.listdir(os.path.join(source, room))):
            if name.endswith((".c", ".h")) and f.tell() < size:
                with open(os.path.join(source, room, name), "rb") as c:
                    f.write(c.read())


KINDS = {"aws": aws, "listing": listing, "git": git, "packages": packages, "small": small}


def write_small(f, size, source):
    small(f, size, source)
    return f.tell()


# A text in quotes that is assigned to a name, or the whole value of a line of settings.
ASSIGNED = re.compile(rb"(?:[=:]|=>)\s*[a-z]{0,2}[\"'`]$")
SETTING = re.compile(rb"^[-+ ]?\s*[\w.-]+\s*[=:]\s*$")


def doubtful(hit, before, inside, behind):
    """Is it no secret, as far as its form says?  Examples of secrets are some: they look
    like them, and nobody could tell."""
    if hit["rule"] != "field":
        return hit["rule"] not in ("url-password", "private-key", "jwt", "aws-access-key-id", "basic-auth")
    if ASSIGNED.search(before):
        return False
    return not (SETTING.match(before) and not behind.strip() and re.fullmatch(rb"[\w.+/=-]{4,}", inside))


def masked(broker, path):
    """What would be masked of a file: its rule, its line, and the text."""
    done = subprocess.run([broker, "mask", "test", "--json", path], capture_output=True, timeout=3600, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"status {done.returncode}: {done.stderr.decode(errors='replace')[:500]}")
    out = []
    with open(path, "rb") as f:
        for line in done.stdout.splitlines():
            hit = json.loads(line)
            f.seek(hit["from"] - hit["column"] + 1)
            before, inside, behind = f.read(hit["column"] - 1)[-200:], f.read(hit["to"] - hit["from"]), f.readline(80)
            out.append({"rule": hit["rule"], "line": hit["line"], "bytes": len(inside), "doubtful": doubtful(hit, before, inside, behind),
                        "text": f"{before[-60:].decode(errors='replace')}<<{inside[:60].decode(errors='replace')}>>{behind[:30].decode(errors='replace')}"})
    return out


def main():
    words = sys.argv[1:]
    if len(words) >= 3 and words[0] == "look":
        for path in words[2:]:
            for hit in masked(words[1], path):
                print(f"{'doubtful' if hit['doubtful'] else 'secret'}: {os.path.basename(path)}:{hit['line']}: {hit['rule']} "
                      f"({hit['bytes']}): {hit['text']!r}")
        return 0
    if len(words) != 3 or words[0] not in KINDS:
        sys.exit(__doc__)
    with open(words[2], "wb") as f:
        KINDS[words[0]](f, int(words[1]) << 20, os.environ.get("top_srcdir", "."))
        print(f"{words[2]}: {f.tell()} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
