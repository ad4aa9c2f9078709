#!/usr/bin/python3
"""Answers that hold secrets, through the gate to the real CLI in every form it has: the
secret is in none of them, and nothing breaks."""
import base64
import json
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bed import Asked, Client, Gate, Standin  # noqa: E402
from front import Tests  # noqa: E402

test = Tests()
standin = None
MASK = b"[MASKED:field]"
HIDDEN = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzFAKEFAKE1"
PLAIN = "the plain bytes of a key that nobody may see"
B64 = base64.b64encode(PLAIN.encode()).decode()
URL = ("https://awslambda.s3.amazonaws.com/x?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
       "ASIAX%2F2026&X-Amz-Security-Token=" + HIDDEN.replace("/", "%2F") + "&X-Amz-Signature=" + "ab" * 32)
WORDS = (HIDDEN, PLAIN, B64, "ab" * 32)
FUNCTION = {"FunctionName": "f", "FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:f",
            "Timeout": 3, "Environment": {"Variables": {"COLOUR": "blue", "DB_PASSWORD": HIDDEN,
                                                        "apiKey": HIDDEN}}}
SEED = {
    "parameters": {"/app/color": "blue", "/app/db": {"secure": HIDDEN},
                   "/app/plain-password": HIDDEN},
    "secrets": {"app/db": HIDDEN, "app/json": json.dumps({"user": "u", "password": HIDDEN})},
    "tables": {"people": [{"id": {"S": "1"}, "name": {"S": "Ann"}}],
               "logins": [{"id": {"S": "1"}, "password": {"S": HIDDEN},
                           "secret": {"B": B64}, "n": {"N": "5"},
                           "token": {"M": {"inner": {"L": [{"S": HIDDEN}]},
                                           "s": {"S": HIDDEN}}}}]},
    "looks": {"lambda:GetFunctionConfiguration": {"f": FUNCTION},
              "rds:DescribeDBInstances": {"db": {"DBInstances": {"DBInstance": {
                  "DBInstanceIdentifier": "db", "PendingModifiedValues": {
                      "MasterUserPassword": HIDDEN, "Port": 5}}}}}},
    "answers": {
        "ecr:GetAuthorizationToken": {"takes": ["registryIds"], "says": {"authorizationData": [{
            "authorizationToken": base64.b64encode(("AWS:" + HIDDEN).encode()).decode(),
            "expiresAt": 1767225600.5, "proxyEndpoint": "https://1.dkr.ecr.eu-west-1.amazonaws.com"}]}},
        "iam:CreateAccessKey": {"takes": ["UserName"], "says": {"AccessKey": {
            "UserName": "bob", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Active",
            "SecretAccessKey": HIDDEN, "CreateDate": "2026-01-01T00:00:00Z"}}},
        "iam:CreateVirtualMFADevice": {"takes": ["VirtualMFADeviceName"], "says": {"VirtualMFADevice": {
            "SerialNumber": "arn:aws:iam::111122223333:mfa/m", "Base32StringSeed": B64,
            "QRCodePNG": B64}}},
        "ec2:GetPasswordData": {"takes": ["InstanceId"], "says": {
            "instanceId": "i-0abc0000000000001", "timestamp": "2026-01-01T00:00:00.000Z",
            "passwordData": HIDDEN}},
        "ec2:CreateKeyPair": {"takes": ["KeyName", "KeyType", "KeyFormat"], "says": {
            "keyName": "k", "keyFingerprint": "1f:2e", "keyPairId": "key-1",
            "keyMaterial": "-----BEGIN RSA PRIVATE KEY-----\n" + HIDDEN}},
        "ec2:DescribeInstanceAttribute": {"takes": ["InstanceId", "Attribute"], "says": {
            "instanceId": "i-0abc0000000000001", "userData": {"value": B64}}},
        "kms:Decrypt": {"takes": ["CiphertextBlob", "KeyId"], "says": {
            "KeyId": "arn:aws:kms:eu-west-1:1:key/1", "Plaintext": B64,
            "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}},
        "kms:GenerateDataKey": {"takes": ["KeyId", "KeySpec"], "says": {
            "KeyId": "arn:aws:kms:eu-west-1:1:key/1", "Plaintext": B64, "CiphertextBlob": "Y2lwaGVy"}},
        "secretsmanager:GetRandomPassword": {"takes": ["PasswordLength"], "says": {
            "RandomPassword": HIDDEN}},
        "lambda:GetFunction": {"takes": [], "says": {
            "Configuration": FUNCTION, "Code": {"RepositoryType": "S3", "Location": URL}}},
    },
}
ASSUME = ["sts", "assume-role", "--role-arn", "arn:aws:iam::111122223333:role/broker",
          "--role-session-name", "me", "--source-identity", "alice"]
# words, --query of the secret, what else is to be seen in JSON
CASES = [
    (["secretsmanager", "get-secret-value", "--secret-id", "app/db"], "SecretString", b"app/db"),
    (["secretsmanager", "get-secret-value", "--secret-id", "app/json"], "SecretString", b"app/json"),
    (["secretsmanager", "get-random-password"], "RandomPassword", b""),
    (["ssm", "get-parameter", "--name", "/app/db", "--with-decryption"], "Parameter.Value", b"SecureString"),
    (["ssm", "get-parameters", "--names", "/app/db", "/app/color", "--with-decryption"],
     "Parameters[0].Value", b"blue"),
    (["ssm", "get-parameters-by-path", "--path", "/app", "--with-decryption"],
     "Parameters[].[Name,Value]", b"blue"),
    (["iam", "create-access-key", "--user-name", "bob"], "AccessKey.SecretAccessKey", b"AKIAIOSFODNN7EXAMPLE"),
    (["ecr", "get-authorization-token"], "authorizationData[0].authorizationToken", b"dkr.ecr"),
    (["ec2", "get-password-data", "--instance-id", "i-0abc0000000000001"], "PasswordData", b"i-0abc"),
    (["ec2", "create-key-pair", "--key-name", "k"], "KeyMaterial", b"1f:2e"),
    (["ec2", "describe-instance-attribute", "--instance-id", "i-0abc0000000000001", "--attribute",
      "userData"], "UserData.Value", b"i-0abc"),
    (["lambda", "get-function-configuration", "--function-name", "f"],
     "Environment.Variables.DB_PASSWORD", b"blue"),
    (["lambda", "get-function", "--function-name", "f"], "Code.Location", b"blue"),
    (["kms", "decrypt", "--ciphertext-blob", "Y2lwaGVy"], "Plaintext", b"arn:aws:kms"),
    (["kms", "generate-data-key", "--key-id", "k", "--key-spec", "AES_256"], "Plaintext", b"Y2lwaGVy"),
    (["rds", "describe-db-instances", "--db-instance-identifier", "db"],
     "DBInstances[0].PendingModifiedValues.MasterUserPassword", b"5"),
    (["dynamodb", "scan", "--table-name", "logins"], "Items[0].password.S", b'"N": "5"'),
    (ASSUME, "Credentials.SecretAccessKey", b"alice"),
]


def clean(out, who):
    for word in WORDS:
        for form in (word, json.dumps(word)[1:-1], base64.b64encode(word.encode()).decode()[:20]):
            assert form.encode() not in out, (who, word, out)
    for found in re.findall(rb"[A-Za-z0-9+/]{24,}={0,2}", out):
        try:
            inner = base64.b64decode(found, validate=True)
        except ValueError:
            continue
        assert not any(w.encode() in inner for w in WORDS), (who, found)


def masked(out):
    return MASK in out or base64.b64encode(MASK) in out or base64.b64encode(b"AWS:[MASKED]") in out


# Forms are the CLI's own affair, behind the answer: some operations show that all do.
EVERY_FORM = ("get-secret-value", "get-parameter", "create-access-key", "assume-role",
              "get-authorization-token", "get-password-data", "get-function-configuration")


def one(gate, words, query, seen):
    for output in ("json", "text", "table", "yaml") if words[1] in EVERY_FORM else ("json",):
        r = gate.aws(*words, "--output", output)
        assert r.returncode == 0, (words, output, r)
        clean(r.stdout + r.stderr, words)
        assert masked(r.stdout), (words, output, r.stdout)
        if output == "json":
            json.loads(r.stdout)
            assert seen in r.stdout, (words, r.stdout)
        if output in ("json", "text"):
            r = gate.aws(*words, "--output", output, "--query", query)
            assert r.returncode == 0, (words, query, r)
            clean(r.stdout + r.stderr, words)
            assert masked(r.stdout), (words, query, r.stdout)


@test
def no_form_of_the_clis_shows_a_secret():
    with Gate(standin, "bodies=masked") as g:
        for words, query, seen in CASES:
            one(g, words, query, seen)
        done = g.events("aws.done")
        assert all(e["status"] == 200 and e["masked"] >= 1 and "revealed" not in e
                   for e in done), done
        # nor is it in what would be recorded, nor said
        with g.news:
            clean("\n".join(g.lines).encode(), "the gate")


@test
def what_clients_take_apart_survives():
    with Gate(standin) as g:
        r = g.aws("ecr", "get-login-password")
        assert (r.returncode, r.stdout) == (0, b"[MASKED]\n"), r
        r = g.aws("iam", "create-virtual-mfa-device", "--virtual-mfa-device-name", "m",
                  "--outfile", "/dev/stdout", "--bootstrap-method", "Base32StringSeed")
        assert r.returncode == 0 and r.stdout.startswith(MASK), r
        clean(r.stdout, "mfa")


@test
def nothing_else_is_touched():
    with Gate(standin) as g:
        for words in (["ssm", "get-parameter", "--name", "/app/color"],
                      ["dynamodb", "scan", "--table-name", "people"],
                      ["ec2", "describe-instances"], ["sts", "get-caller-identity"],
                      ["s3api", "list-objects-v2", "--bucket", "logs"]):
            r = g.aws(*words)
            assert r.returncode == 0 and b"MASKED" not in r.stdout, r
        r = g.aws("ssm", "get-parameter", "--name", "/not/there")
        assert r.returncode == 254 and b"ParameterNotFound" in r.stderr, r
        r = g.aws("configure", "export-credentials")
        assert b"MASKED" not in r.stdout, r
        assert not any("masked" in e for e in g.events("aws.done"))


def exchange(gate, asked):
    c = Client(gate, asked.host)
    try:
        return c.ask(asked)
    finally:
        c.close()


def scan(gate, table="logins", **kw):
    body = json.dumps({"TableName": table}).encode()
    return exchange(gate, Asked(
        gate, "POST", "/", "dynamodb.eu-west-1.amazonaws.com", body,
        [("content-type", "application/x-amz-json-1.0"),
         ("x-amz-target", "DynamoDB_20120810.Scan")], service="dynamodb", **kw))


@test
def lengths_and_sums_follow():
    import zlib
    with Gate(standin) as g:
        for table in ("logins", "people"):
            status, headers, body = scan(g, table)
            assert status == 200 and int(headers["content-length"]) == len(body)
            assert int(headers["x-amz-crc32"]) == zlib.crc32(body), headers
            json.loads(body)


@test
def a_revealed_answer_is_the_clients_alone():
    with Gate(standin, "bodies=masked", "reveal=Scan", "reveal=GetSecretValue") as g:
        status, headers, body = scan(g)
        assert status == 200 and HIDDEN.encode() in body and MASK not in body
        e = g.wait_event("aws.done")
        assert e["revealed"] is True and e["masked"] == 4, e
        bodies = json.dumps(g.events("aws.body")).encode()
        assert b"MASKED" in bodies
        clean(bodies, "the recording")
        r = g.aws("secretsmanager", "get-secret-value", "--secret-id", "app/db", "--query",
                  "SecretString", "--output", "text")
        assert r.stdout.decode() == HIDDEN + "\n", r
        # that one alone
        r = g.aws("ssm", "get-parameter", "--name", "/app/db", "--with-decryption")
        assert MASK in r.stdout, r
        clean(r.stdout, "another operation")


@test
def names_of_rules_mask_texts():
    with Gate(standin, "masks=word") as g:
        r = g.aws("ssm", "get-parameter", "--name", "/app/color", "--query", "Parameter.Value",
                  "--output", "text")
        assert (r.returncode, r.stdout) == (0, b"[MASKED:word]\n"), r
    with Gate(standin, "masks=word", "masking=fails") as g:
        r = g.aws("ssm", "get-parameter", "--name", "/app/color")
        assert r.returncode != 0 and b"blue" not in r.stdout and b"cannot be masked" in r.stderr, r


def faulty(body):
    return Standin(**{**SEED, "faults": [{"operation": "GetSecretValue", "status": 200,
                                          "body": body, "times": 99}]})


def list_secrets(gate):
    return exchange(gate, Asked(
        gate, "POST", "/", "secretsmanager.eu-west-1.amazonaws.com", b"{}",
        [("content-type", "application/x-amz-json-1.1"),
         ("x-amz-target", "secretsmanager.ListSecrets")], service="secretsmanager"))


@test
def long_answers_arrive_whole_or_not_at_all():
    row = {"Name": "n" * 1000, "Description": "d" * 24, "Password": HIDDEN}
    for rows, fits in ((20_000, True), (64_000, False)):
        s = Standin(**{**SEED, "answers": {"secretsmanager:ListSecrets": {
            "takes": [], "says": {"SecretList": [row] * rows}}}})
        try:
            with Gate(s) as g:
                status, _, body = list_secrets(g)
                clean(body[:100_000] + body[-100_000:], rows)
                assert HIDDEN.encode() not in body
                if fits:
                    assert status == 200 and len(json.loads(body)["SecretList"]) == rows
                else:
                    assert status == 501 and b"AnswerTooLarge" in body, (status, body[:500])
                    assert "cut" in g.wait_event("aws.done")
        finally:
            s.close()


@test
def an_sdks_answers_are_masked_too():
    with Gate(standin, kind="sdk") as g:
        # A certificate comes from the monitor, and here is none: it speaks plainly.
        asked = Asked(g, "POST", "/", "dynamodb.eu-west-1.amazonaws.com",
                      b'{"TableName":"logins"}',
                      [("content-type", "application/x-amz-json-1.0"),
                       ("x-amz-target", "DynamoDB_20120810.Scan")], service="dynamodb")
        c = Client(g, straight=True)
        status, _, body = c.ask(asked)
        assert status == 200 and MASK in body, (status, body)
        clean(body, "an SDK")


@test
def what_cannot_be_read_is_not_passed():
    for body in ('{"SecretString":"%s"' % HIDDEN, HIDDEN, '{"a":"b"}{"SecretString":"%s"}' % HIDDEN,
                 '{"SecretString":"%s' % HIDDEN, "[" * 500 + '"%s"' % HIDDEN + "]" * 500,
                 "<a><SecretString>%s</b></a>" % HIDDEN):
        s = faulty(body)
        try:
            with Gate(s) as g:
                r = g.aws("secretsmanager", "get-secret-value", "--secret-id", "app/db")
                clean(r.stdout + r.stderr, body)
                assert r.returncode != 0 and b"masked" in r.stderr, (body, r)
        finally:
            s.close()


if __name__ == "__main__":
    standin = Standin(**SEED)
    try:
        outcome = test.run(sys.argv[1:])
    finally:
        standin.close()
    sys.exit(outcome)
