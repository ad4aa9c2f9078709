#!/usr/bin/python3
"""Families of cases for masking, in the format of vectors/masking-sample.jsonl.

A family is a function of a source of values that yields one case, or some; it is asked
anew for each variant.  All follows from the seed.

usage: families.py [--seed N] [--variants N] [FAMILY …]     cases, as JSON Lines
"""

import base64
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import made  # noqa: E402

FAMILIES = []  # (name, class, times, function): times as many as of others
ESC = "\x1b"


def family(cls, times=1.0):
    def add(f):
        FAMILIES.append((f.__name__.replace("_", "-"), cls, times, f))
        return f
    return add


def case(text, secrets, keep=(), form="terminal", **more):
    return {"format": form, "input": [text], "secrets": list(secrets), "keep": list(keep), **more}


def b64(s):
    return base64.b64encode(s.encode()).decode()


# ---- answers of AWS: a document, what in it is secret, what has to stay ----


def assume_role(m):
    key, secret, token = m.key_id("ASIA"), m.secret_key(), m.session_token()
    arn = f"arn:aws:sts::{m.account()}:assumed-role/{m.name()}/sess-{m.hex(6)}"
    when = m.time()
    return ({"Credentials": {"AccessKeyId": key, "SecretAccessKey": secret, "SessionToken": token,
                             "Expiration": when},
             "AssumedRoleUser": {"AssumedRoleId": m.unique("AROA") + ":sess", "Arn": arn}},
            [key, secret, token], [arn, when, "AssumedRoleUser"], "aws sts assume-role")


def create_access_key(m):
    key, secret, user, when = m.key_id(), m.secret_key(), m.name(), m.time()
    return ({"AccessKey": {"UserName": user, "AccessKeyId": key, "Status": "Active",
                           "SecretAccessKey": secret, "CreateDate": when}},
            [key, secret], [user, when, "Active"], "aws iam create-access-key")


def sso_credentials(m):
    key, secret, token = m.key_id("ASIA"), m.secret_key(), m.session_token("FwoGZXIvYXdz")
    return ({"roleCredentials": {"accessKeyId": key, "secretAccessKey": secret, "sessionToken": token,
                                 "expiration": 1790000000000}},
            [key, secret, token], ["1790000000000", "roleCredentials"], "aws sso get-role-credentials")


def secret_string(m):
    password, name, region = m.password(), m.name(), m.region()
    arn = f"arn:aws:secretsmanager:{region}:{m.account()}:secret:{name}-{m.run(made.ALNUM, 6)}"
    text = json.dumps({"username": "app_" + m.hex(4), "password": password, "engine": "postgres",
                       "host": f"{name}.cluster-{m.hex(8)}.{region}.rds.amazonaws.com", "port": 5432})
    return ({"ARN": arn, "Name": name, "VersionId": m.uuid(), "SecretString": text,
             "VersionStages": ["AWSCURRENT"], "CreatedDate": m.time()},
            [password], [arn, "AWSCURRENT"], "aws secretsmanager get-secret-value")


def secret_plain(m):
    password, name = m.password(8), m.name()
    version = m.uuid()
    return ({"Name": name, "VersionId": version, "SecretString": password, "VersionStages": ["AWSPREVIOUS"]},
            [password], [name, version, "AWSPREVIOUS"], "aws secretsmanager get-secret-value")


def secret_binary(m):
    value, version = m.b64(24, 90), m.uuid()
    return ({"Name": m.name(), "VersionId": version, "SecretBinary": value, "VersionStages": ["AWSCURRENT"]},
            [value], [version, "AWSCURRENT"], "aws secretsmanager get-secret-value")


def random_password(m):
    value = m.password(20, 40)
    return ({"RandomPassword": value}, [value], ["RandomPassword"], "aws secretsmanager get-random-password")


def parameter(m):
    value, name, when = m.password(), f"/prod/{m.name()}", m.time()
    arn = f"arn:aws:ssm:{m.region()}:{m.account()}:parameter{name}"
    return ({"Parameter": {"Name": name, "Type": "SecureString", "Value": value, "Version": 3,
                           "LastModifiedDate": when, "ARN": arn, "DataType": "text"}},
            [value], [name, when, arn], "aws ssm get-parameter --with-decryption")


def parameters(m):
    one, two, plain = m.password(), m.password(), m.name()
    return ({"Parameters": [
        {"Name": "/app/db/password", "Type": "SecureString", "Value": one, "Version": 1},
        {"Name": "/app/log/level", "Type": "String", "Value": plain, "Version": 7},
        {"Name": "/app/" + m.name(), "Type": "SecureString", "Value": two, "Version": 2}],
        "InvalidParameters": []},
        [one, two], ["/app/log/level", plain, "InvalidParameters"], "aws ssm get-parameters-by-path")


def ecr_token(m):
    value, account, when = b64("AWS:" + m.run(made.B64, 140, 200)), m.account(), m.time()
    return ({"authorizationData": [{"authorizationToken": value, "expiresAt": when,
                                    "proxyEndpoint": f"https://{account}.dkr.ecr.us-east-1.amazonaws.com"}]},
            [value], [f"https://{account}.dkr.ecr.us-east-1.amazonaws.com", when],
            "aws ecr get-authorization-token")


def kms_key(m):
    value, blob = m.b64(32), m.b64(168)
    arn = f"arn:aws:kms:{m.region()}:{m.account()}:key/{m.uuid()}"
    return ({"CiphertextBlob": blob, "Plaintext": value, "KeyId": arn}, [value], [blob, arn],
            "aws kms generate-data-key")


def password_data(m):
    value, instance = m.b64(256), "i-" + m.hex(17)
    return ({"InstanceId": instance, "PasswordData": value, "Timestamp": m.time()}, [value], [instance],
            "aws ec2 get-password-data")


def create_key_pair(m):
    first, body, last = m.pem()
    pair, key = "key-" + m.hex(17), m.name()
    print_ = ":".join(m.hex(2) for _ in range(20))
    return ({"KeyFingerprint": print_, "KeyMaterial": "\n".join([first, *body, last]), "KeyName": key,
             "KeyPairId": pair}, body, [print_, key, pair], "aws ec2 create-key-pair")


def service_credential(m):
    value, user = m.b64(32), m.name()
    return ({"ServiceSpecificCredential": {"CreateDate": m.time(), "ServiceName": "codecommit.amazonaws.com",
                                           "ServiceUserName": user + "-at-" + m.account(),
                                           "ServicePassword": value, "UserName": user, "Status": "Active"}},
            [value], [user, "codecommit.amazonaws.com"], "aws iam create-service-specific-credential")


def mfa_device(m):
    value, account = m.b64(64), m.account()
    return ({"VirtualMFADevice": {"SerialNumber": f"arn:aws:iam::{account}:mfa/{m.name()}",
                                  "Base32StringSeed": value}},
            [value], [f"arn:aws:iam::{account}:mfa/"], "aws iam create-virtual-mfa-device")


def cognito_tokens(m):
    access, ident, refresh = m.jwt(), m.jwt(), m.run(made.DASH, 200, 400)
    return ({"AuthenticationResult": {"AccessToken": access, "ExpiresIn": 3600, "TokenType": "Bearer",
                                      "RefreshToken": refresh, "IdToken": ident},
             "ChallengeParameters": {}},
            [access, ident, refresh], ['"ExpiresIn": 3600', "ChallengeParameters"],
            "aws cognito-idp initiate-auth")


def pool_client(m):
    value, name = m.run("abcdefghijklmnopqrstuvwxyz0123456789", 51), m.name()
    return ({"UserPoolClient": {"UserPoolId": f"eu-west-1_{m.run(made.ALNUM, 9)}", "ClientName": name,
                                "ClientId": m.run("abcdefghijklmnopqrstuvwxyz0123456789", 26),
                                "ClientSecret": value, "RefreshTokenValidity": 30}},
            [value], [name, '"RefreshTokenValidity": 30'], "aws cognito-idp describe-user-pool-client")


def identity_credentials(m):
    key, secret, token = m.key_id("ASIA"), m.secret_key(), m.session_token()
    ident = f"eu-west-1:{m.uuid()}"
    return ({"IdentityId": ident, "Credentials": {"AccessKeyId": key, "SecretKey": secret,
                                                  "SessionToken": token, "Expiration": m.time()}},
            [key, secret, token], [ident], "aws cognito-identity get-credentials-for-identity")


def lambda_environment(m):
    db, api, level = m.password(), m.run(made.ALNUM, 40), m.pick(["info", "debug"])
    sha, arn = m.b64(32), f"arn:aws:lambda:{m.region()}:{m.account()}:function:{m.name()}"
    return ({"FunctionArn": arn, "Runtime": "python3.12", "CodeSha256": sha,
             "Environment": {"Variables": {"LOG_LEVEL": level, "DB_PASSWORD": db, "STRIPE_API_KEY": api,
                                           "TABLE": m.name()}}},
            [db, api], [arn, sha, level], "aws lambda get-function-configuration")


def task_definition(m):
    db, token, port = m.password(), m.run(made.ALNUM, 32), str(m.n(1024, 9999))
    ref = f"arn:aws:ssm:{m.region()}:{m.account()}:parameter/prod/api"
    return ({"taskDefinition": {"family": m.name(), "containerDefinitions": [{"name": "web", "environment": [
        {"name": "PORT", "value": port}, {"name": "DB_PASSWORD", "value": db},
        {"name": "AUTH_TOKEN", "value": token}, {"name": "STAGE", "value": "prod"}],
        "secrets": [{"name": "API_KEY", "valueFrom": ref}]}]}},
        [db, token], [port, ref, "prod"], "aws ecs describe-task-definition")


def stack(m):
    db, key, bucket = m.password(), m.run(made.ALNUM, 32), m.name()
    return ({"Stacks": [{"StackName": m.name(), "Parameters": [
        {"ParameterKey": "Stage", "ParameterValue": "prod"},
        {"ParameterKey": "DBPassword", "ParameterValue": db}],
        "Outputs": [{"OutputKey": "BucketName", "OutputValue": bucket},
                    {"OutputKey": "ApiKey", "OutputValue": key}], "StackStatus": "CREATE_COMPLETE"}]},
        [db, key], [bucket, "CREATE_COMPLETE", "prod"], "aws cloudformation describe-stacks")


def codebuild_project(m):
    value, name = m.password(), m.name()
    return ({"projects": [{"name": name, "environment": {"environmentVariables": [
        {"name": "NPM_TOKEN", "value": value, "type": "PLAINTEXT"},
        {"name": "NODE_ENV", "value": "production", "type": "PLAINTEXT"}]}}]},
        [value], [name, "production", "NODE_ENV"], "aws codebuild batch-get-projects")


def vpn(m):
    value, vpn_id = m.run(made.WORD, 32), "vpn-" + m.hex(17)
    return ({"VpnConnection": {"VpnConnectionId": vpn_id, "Options": {"TunnelOptions": [
        {"OutsideIpAddress": f"203.0.113.{m.n(1, 254)}", "PreSharedKey": value}]}}},
        [value], [vpn_id, "203.0.113."], "aws ec2 create-vpn-connection")


def iot_keys(m):
    first, body, last = m.pem()
    cert = m.pem("CERTIFICATE")
    ident = m.hex(64)
    return ({"certificateId": ident, "certificatePem": "\n".join([cert[0], *cert[1], cert[2]]) + "\n",
             "keyPair": {"PublicKey": "-----BEGIN PUBLIC KEY-----\nMIIB" + m.run(made.B64, 60)
                         + "\n-----END PUBLIC KEY-----\n",
                         "PrivateKey": "\n".join([first, *body, last]) + "\n"}},
            body, [ident, *cert[1], "-----BEGIN PUBLIC KEY-----"], "aws iot create-keys-and-certificate")


def start_session(m):
    value, session = "AAEAA" + m.run(made.ALNUM, 140, 300), m.name() + "-" + m.hex(17)
    return ({"SessionId": session, "TokenValue": value,
             "StreamUrl": f"wss://ssmmessages.{m.region()}.amazonaws.com/v1/data-channel/{session}?role=publish_subscribe"},
            [value], [session], "aws ssm start-session")


def load_balancer_rule(m):
    value, client = m.run(made.WORD, 40), m.uuid()
    return ({"Rules": [{"Actions": [{"Type": "authenticate-oidc", "AuthenticateOidcConfig": {
        "Issuer": "https://login.example.com", "ClientId": client, "ClientSecret": value,
        "SessionCookieName": "AWSELBAuthSessionCookie", "Scope": "openid"}}]}]},
        [value], [client, "AWSELBAuthSessionCookie"], "aws elbv2 describe-rules")


def cluster_credentials(m):
    value, when = m.run(made.B64, 60, 120), m.time()
    return ({"DbUser": "IAM:" + m.name(), "DbPassword": value, "Expiration": when}, [value], [when, "IAM:"],
            "aws redshift get-cluster-credentials")


ANSWERS = [assume_role, create_access_key, sso_credentials, secret_string, secret_plain, secret_binary,
           random_password, parameter, parameters, ecr_token, kms_key, password_data, create_key_pair,
           service_credential, mfa_device, cognito_tokens, pool_client, identity_credentials,
           lambda_environment, task_definition, stack, codebuild_project, vpn, iot_keys, start_session,
           load_balancer_rule, cluster_credentials]


def yaml_of(v, indent=0, item=False):
    """As `--output yaml` prints it."""
    pad, lines = " " * indent, []
    if isinstance(v, dict):
        for i, (k, x) in enumerate(v.items()):
            start = "" if item and i == 0 else pad
            if isinstance(x, (dict, list)) and x:
                lines.append(f"{start}{k}:")
                lines.append(yaml_of(x, indent if isinstance(x, list) else indent + 2))
            elif isinstance(x, str) and "\n" in x:
                lines.append(f"{start}{k}: |{'' if x.endswith(chr(10)) else '-'}")
                lines += [f"{pad}  {line}" for line in x.rstrip("\n").split("\n")]
            else:
                lines.append(f"{start}{k}: {yaml_scalar(x)}")
    else:
        for x in v:
            if isinstance(x, dict):
                lines.append(f"{pad}- {yaml_of(x, indent + 2, True)}")
            else:
                lines.append(f"{pad}- {yaml_scalar(x)}")
    return "\n".join(lines)


def yaml_scalar(x):
    if isinstance(x, str):
        odd = x == "" or x[0] in "{[!&*%@`'\"#|>" or ": " in x or x.isdigit() or " #" in x
        return "'" + x.replace("'", "''") + "'" if odd else x
    return {True: "true", False: "false", None: "null"}.get(x, str(x)) if not isinstance(x, (dict, list)) else (
        "[]" if isinstance(x, list) else "{}")


def yaml_keeps(keeps):
    """What of a JSON answer is in the YAML, too."""
    return [k.replace('"', "") for k in keeps]


@family("json-pretty", 4)
def aws_pretty(m):
    doc, secrets, keep, command = m.pick(ANSWERS)(m)
    return case(json.dumps(doc, indent=4) + "\n", secrets, keep, "json", command=command)


@family("json-line", 3)
def aws_line(m):
    doc, secrets, keep, command = m.pick(ANSWERS)(m)
    keep = [k.replace('": ', '":') for k in keep]
    return case(json.dumps(doc, separators=(",", ":")) + "\n", secrets, keep, "json", command=command)


@family("chunk-split", 4)
def aws_chunks(m):
    c = m.pick([aws_pretty, aws_line, aws_yaml])(m)
    return cut(m, c, 1, 9)


@family("yaml", 3)
def aws_yaml(m):
    doc, secrets, keep, command = m.pick(ANSWERS)(m)
    return case(yaml_of(doc) + "\n", secrets, yaml_keeps(keep), "yaml", command=command + " --output yaml")


@family("ansi", 3)
def aws_jq(m):
    """jq -C, cut by the terminal's reads."""
    doc, secrets, keep, command = m.pick(ANSWERS)(m)
    keep = [k for k in keep if '"' not in k]
    return cut(m, case(jq(doc) + "\n", secrets, keep, command=command + " | jq -C ."), 0, 6)


def jq(v, depth=0):
    pad, off, lead = "  " * (depth + 1), f"{ESC}[0m", f"{ESC}[1;39m"
    if isinstance(v, dict):
        items = [f'\n{pad}{off}{ESC}[34;1m{json.dumps(k)}{off}{lead}: {jq(x, depth + 1)}{lead}' for k, x in v.items()]
        return f"{lead}{{" + f",".join(items) + f"\n{lead}{'  ' * depth}}}{off}"
    if isinstance(v, list):
        items = [f"\n{pad}{jq(x, depth + 1)}{lead}" for x in v]
        return f"{lead}[" + ",".join(items) + f"\n{lead}{'  ' * depth}]{off}"
    if isinstance(v, str):
        return f"{ESC}[0;32m{json.dumps(v)}{off}"
    return f"{ESC}[0;39m{json.dumps(v)}{off}"


def cut(m, c, least, most):
    """The case in other chunks; where a character is parted, as base64."""
    raw = "".join(c["input"]).encode()
    at = sorted({m.n(1, max(1, len(raw) - 1)) for _ in range(m.n(least, most))})
    pieces = [raw[a:b] for a, b in zip([0, *at], [*at, len(raw)])]
    try:
        return {**c, "input": [p.decode() for p in pieces]}
    except UnicodeDecodeError:
        return {**c, "enc": "b64", "input": [base64.b64encode(p).decode() for p in pieces]}


# ---- --output text and table ----


@family("text", 2)
def aws_text(m):
    key, secret, token, when = m.key_id("ASIA"), m.secret_key(), m.session_token(), m.time()
    arn = f"arn:aws:sts::{m.account()}:assumed-role/{m.name()}/x"
    user = m.name()
    text = m.pick([
        f"ASSUMEDROLEUSER\t{arn}\t{m.unique('AROA')}:x\nCREDENTIALS\t{key}\t{when}\t{secret}\t{token}\n",
        f"{key}\t{secret}\t{token}\n{arn}\t{when}\n",
        f"ACCESSKEY\t{key}\t{when}\t{secret}\tActive\t{user}\nARN\t{arn}\n",
        f"[\n    \"{key}\",\n    \"{secret}\"\n]\n{arn} {when}\n",
        f"{key}:{secret}\n{arn} {when}\n",
        f"{key} {secret}\n{arn} {when}\n",
    ])
    return cut(m, case(text, [s for s in (key, secret, token) if s in text], [arn, when], "text",
                       command="aws sts assume-role --output text"), 0, 4)


@family("text")
def export_credentials(m):
    key, secret, token, when = m.key_id("ASIA"), m.secret_key(), m.session_token(), m.time()
    form = m.pick(["export {}={}\n", "{}={}\n", "SET {}={}\r\n", "$Env:{}=\"{}\"\n", "setenv {} {}\n"])
    if form.startswith("setenv"):
        form = "export {}='{}'\n"
    text = "".join(form.format(k, v) for k, v in (
        ("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", secret), ("AWS_SESSION_TOKEN", token),
        ("AWS_CREDENTIAL_EXPIRATION", when)))
    return case(text, [key, secret, token], ["AWS_CREDENTIAL_EXPIRATION", when], "text",
                command="aws configure export-credentials --format env")


def table(title, rows):
    left = max(len(k) for k, _ in rows) + 2
    right = max(len(v) for _, v in rows) + 2
    rule = f"+{'-' * left}+{'-' * right}+\n"
    out = "-" * (left + right + 3) + "\n|" + title.center(left + right + 1) + "|\n" + rule
    for k, v in rows:
        out += "|" + f"  {k}".ljust(left) + "|" + f"  {v}".ljust(right) + "|\n"
    return out + rule


@family("table", 2)
def aws_table(m):
    doc, secrets, keep, command = m.pick([assume_role, create_access_key, parameter, kms_key, password_data,
                                          cluster_credentials, sso_credentials, secret_plain, random_password])(m)
    flat = {}
    for k, v in doc.items():
        flat.update(v if isinstance(v, dict) else {k: v})
    text = table(command.split()[2].replace("-", " ").title().replace(" ", ""),
                 [(k, str(v)) for k, v in flat.items() if not isinstance(v, list)])
    return case(text, secrets, [k for k in keep if k in text], "table", command=command + " --output table")


@family("text")
def text_of_secrets(m):
    """--output text of what has a secret in JSON, or after its type."""
    value, name, when = m.password(), m.name(), m.time()
    arn = f"arn:aws:ssm:{m.region()}:{m.account()}:parameter/prod/{name}"
    inner = json.dumps({"username": "app", "password": value, "port": 5432})
    text = m.pick([f"PARAMETER\t{arn}\ttext\t{when}\t/prod/{name}\tSecureString\t{value}\t4\n",
                   f"{arn}\t{when}\t{name}\t{inner}\t{m.uuid()}\nVERSIONSTAGES\tAWSCURRENT\n",
                   f"{arn} {when} {name}\n{inner}\n"])
    return cut(m, case(text, [value], [arn, when, name], "text", command="aws ssm get-parameter --output text"), 0, 3)


@family("table")
def table_of_json(m):
    value, name = m.password(), m.name()
    inner = json.dumps({"username": "app", "password": value, "port": 5432})
    return case(table("GetSecretValue", [("Name", name), ("SecretString", inner), ("VersionId", m.uuid())]), [value],
                [name, "SecretString"], "table", command="aws secretsmanager get-secret-value --output table")


@family("table")
def table_of_pairs(m):
    """Names and values side by side, one a row."""
    value, plain = m.password(), m.name()
    rows = [("Stage", plain), (m.pick(["DBPassword", "ApiKey", "MasterUserPassword", "client_secret"]), value),
            ("BucketName", "logs-" + m.hex(6))]
    return case(table("Parameters", rows), [value], [plain, rows[2][1], rows[1][0]], "table",
                command="aws cloudformation describe-stacks --output table")


@family("table")
def table_siblings(m):
    value, name = m.password(), m.pick(["DB_PASSWORD", "API_KEY", "SMTP_PASSWORD"])
    rows = m.pick([[("Name", "/prod/" + m.name()), ("Type", "SecureString"), ("Value", value), ("Version", "4")],
                   [("Name", name), ("Value", value)],
                   [("ParameterKey", "MasterPassword"), ("ParameterValue", value)]])
    return case(table("GetParameter", rows), [value], [rows[0][1], rows[0][0]], "table",
                command="aws ssm get-parameter --with-decryption --output table")


@family("table")
def sql_table(m):
    """As psql and mysql print one row, turned."""
    value, user = m.password(), m.pick(made.USERS)
    text = m.pick([
        f"-[ RECORD 1 ]---\nid       | {m.n(1, 99)}\nlogin    | {user}\npassword | {value}\n",
        f"+----------+--------------------------+\n| key      | value                    |\n"
        f"+----------+--------------------------+\n| login    | {user} |\n| password | {value} |\n"])
    return case(text, [value], [user, "password"], "table")


# ---- JSON in JSON ----


def nest(text, levels):
    for _ in range(levels):
        text = json.dumps(text)[1:-1]
    return text


@family("json-escaped", 3)
def json_in_json(m):
    value, ident = m.password(), m.uuid()
    key = m.pick(["password", "secret_key", "apiKey", "client_secret", "accessToken", "DB_PASSWORD", "authToken"])
    inner, levels = json.dumps({"level": "info", "db": {"user": "svc", key: value}, "requestId": ident}), m.n(1, 4)
    for _ in range(levels - 1):
        inner = json.dumps({"body": inner, "n": 1})
    text = json.dumps({"detail": inner, "id": ident}, indent=m.pick([None, 4])) + "\n"
    return case(text, [value], [ident], "json")


@family("json-escaped", 2)
def log_events(m):
    value, ident, event = m.password(), m.uuid(), m.run("0123456789", 56)
    token = m.pick([t for _, t in made.vendor_tokens(m)])
    message = m.pick([
        json.dumps({"level": "info", "db": {"user": "svc", "password": value}, "requestId": ident}),
        f"INFO {ident}\nconnect postgres://svc:{value}@db.internal:5432/app\n",
        f"env:\nDB_PASSWORD={value}\nSTAGE=prod\n{ident}",
        f"got {token}\n{ident} done",
        f"\t{token}\t{ident}",
    ])
    secrets = [s for s in (value, token) if s in message]
    doc = {"events": [{"timestamp": 1790000000000, "message": message, "eventId": event}]}
    return case(json.dumps(doc, indent=4) + "\n", secrets, [ident, event], "json",
                command="aws logs filter-log-events")


@family("json-escaped")
def key_in_json(m):
    """A PEM key, its newlines escaped once, twice, or as CR LF."""
    first, body, last = m.pem(m.pick(["RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY",
                                      "ENCRYPTED PRIVATE KEY", "DSA PRIVATE KEY"]))
    text = m.pick(["\n", "\r\n"]).join([first, *body, last, ""])
    doc = {"pem": text, "host": m.name()}
    for _ in range(m.n(0, 2)):
        doc = {"wrapped": json.dumps(doc), "host": doc["host"]}
    return case(json.dumps(doc) + "\n", body, [first, last, doc["host"]], "json")


@family("json-escaped")
def net_escapes(m):
    """As .NET (\\u002B) and PHP (\\/) write."""
    key, secret, account = m.key_id(), m.secret_key(), m.account()
    text = json.dumps({"Account": account, "AccessKeyId": key, "SecretAccessKey": secret})
    text = m.pick([lambda s: s.replace("+", "\\u002B").replace("/", "\\/"),
                   lambda s: s.replace("+", "\\u002b"), lambda s: s.replace("/", "\\/"),
                   lambda s: s.replace("A", "\\u0041", 3)])(text)
    return case(text + "\n", [key, secret], [], "json")


@family("json-escaped")
def escaped_as_unicode(m):
    """Quotes and more as \\u0022: .NET and Go."""
    value, ident = m.password() + m.pick(["", "&x7", "<x7", "+x7"]), m.uuid()
    inner = json.dumps({m.pick(["password", "secretKey", "clientSecret"]): value, "n": 1})
    for c, code in (("&", "\\u0026"), ("<", "\\u003C"), ("+", "\\u002B"), ('"', "\\u0022")):
        inner = inner.replace(c, code)
    text = m.pick([f'{{"detail":"{inner}","id":"{ident}"}}\n', f'{{\n  "id": "{ident}",\n  "detail": "{inner}"\n}}\n'])
    return case(text, [value], [ident], "json")


@family("json-escaped")
def escaped_quotes(m):
    """Quotes and backslashes within the secret itself."""
    value = m.password(6, 10) + m.pick(['"', "\\", '\\"', "\\\\", '"x"']) + m.password(6, 10)
    ident = m.uuid()
    text = json.dumps({"password": value, "id": ident})
    return case(text + "\n", [value.replace("\\", "\\\\").replace('"', '\\"'), value], [ident], "json")


# ---- terminals ----


NAMES = ["DB_PASSWORD", "PGPASSWORD", "MYSQL_ROOT_PASSWORD", "REDIS_PASSWORD", "SECRET_KEY", "DJANGO_SECRET_KEY",
         "JWT_SECRET", "API_KEY", "STRIPE_API_KEY", "GITHUB_TOKEN", "AUTH_TOKEN", "CLIENT_SECRET", "SMTP_PASSWD",
         "AWS_SECRET_ACCESS_KEY", "ENCRYPTION_KEY", "SIGNING_SECRET", "WEBHOOK_SECRET", "SESSION_SECRET",
         "VAULT_TOKEN", "KEYSTORE_PASSPHRASE", "ACCESS_TOKEN", "REFRESH_TOKEN", "PRIVATE_KEY"]


@family("terminal", 2)
def dotenv(m):
    name, value = m.pick(NAMES), m.password(16)
    eol = m.pick(["\r\n", "\n"])
    q = m.pick(["", "", '"', "'"])
    text = f"$ cat .env{eol}APP_ENV=production{eol}{name}={q}{value}{q}{eol}PORT=8080{eol}$ "
    return cut(m, case(text, [value], ["APP_ENV=production", "PORT=8080", name]), 0, 3)


@family("terminal")
def environment(m):
    a, b = m.password(16), m.password(16)
    text = (f"$ env\r\nSHELL=/bin/bash\r\n{m.pick(NAMES)}={a}\r\nPWD=/home/ops\r\nOLDPWD=/var/log\r\n"
            f"{m.pick(NAMES)}={b}\r\nLANG=C.UTF-8\r\nSSH_AUTH_SOCK=/run/user/1000/agent\r\n_=/usr/bin/env\r\n$ ")
    return case(text, [a, b], ["PWD=/home/ops", "OLDPWD=/var/log", "SHELL=/bin/bash", "LANG=C.UTF-8"])


@family("terminal")
def exports(m):
    name, value = m.pick(NAMES), m.password(16)
    text = m.pick([f"export {name}={value}\n", f"export {name}='{value}'\n", f'declare -x {name}="{value}"\n',
                   f"{name}={value} ./run --fast\n", f"$ {name}={value} make deploy\r\n",
                   f"+ {name}={value}\n",
                   f"Environment={name}={value}\n", f"ENV {name}={value}\n", f"docker run -e {name}={value} app:1\n"])
    return case(text + "# end\n", [value], ["# end", name])


@family("terminal")
def options(m):
    value, host = m.password(16), "db." + m.name()
    opt = m.pick(["--password", "--api-key", "--token", "--client-secret", "--secret", "--master-user-password",
                  "--db-password", "--access-token", "--auth-token", "--passphrase"])
    sep, end = m.pick([" ", "="]), m.pick(["\n", " --verbose\n", " \\\n  --port 1\n", "\r\n"])
    text = f"$ tool --host {host} {opt}{sep}{value}{end}"
    return case(text, [value], [host, opt])


@family("terminal")
def ps_list(m):
    value = m.password(16)
    text = (f"root      1 0.0 /sbin/init\r\napp    {m.n(100, 9999)} 0.3 java -jar app.jar --spring.datasource.password="
            f"{value} --server.port=8443\r\nops   99 0.0 -bash\r\n")
    return case(text, [value], ["--server.port=8443", "/sbin/init", "-bash"])


@family("terminal", 2)
def http_headers(m):
    value = m.run(made.DASH[:-1], 24, 80)
    user, password = m.pick(made.USERS), m.password()
    name = m.pick(["Authorization: Bearer {}", "authorization: bearer {}", "Authorization: Basic {}", "X-Api-Key: {}",
                   "x-api-key: {}", "Proxy-Authorization: Basic {}", "X-Auth-Token: {}", "X-Vault-Token: {}",
                   "Private-Token: {}"])
    if "Basic" in name:
        value = b64(f"{user}:{password}")
    lead = m.pick(["> ", "", "* [HTTP/2] [1] [", "    "])
    text = (f"> GET /v1/me HTTP/1.1\r\n> Host: api.example.com\r\n{lead}{name.format(value)}\r\n"
            f"> Accept: */*\r\n> User-Agent: curl/8.5.0\r\n")
    if lead.startswith("*"):
        text = text.replace(f"[{name.format(value)}]", name.format(value))
    return case(text, [value], ["Host: api.example.com", "Accept: */*", "curl/8.5.0"], command="curl -v")


@family("terminal")
def curl_line(m):
    value = m.run(made.ALNUM, 32, 60)
    text = m.pick([f"curl -H 'Authorization: Bearer {value}' https://api.example.com/v1/me\n",
                   f'curl -H "X-Api-Key: {value}" https://api.example.com/v1/me\n',
                   f"http GET https://api.example.com/v1/me 'Authorization:Bearer {value}'\n",
                   f"headers = {{'Authorization': 'Bearer {value}'}}  # https://api.example.com/v1/me\n",
                   f'wget --header="Authorization: Bearer {value}" https://api.example.com/v1/me\n'])
    return case(text, [value], ["https://api.example.com/v1/me"])


@family("terminal")
def credentials_file(m):
    key, secret, token = m.key_id(), m.secret_key(), m.session_token()
    eq = m.pick([" = ", "="])
    text = (f"$ cat ~/.aws/credentials\r\n[default]\r\naws_access_key_id{eq}{key}\r\naws_secret_access_key{eq}{secret}\r\n"
            f"aws_session_token{eq}{token}\r\nregion{eq}eu-west-1\r\n\r\n[other]\r\nrole_arn = arn:aws:iam::{m.account()}:role/x\r\n")
    return cut(m, case(text, [key, secret, token], ["[default]", "[other]", "eu-west-1", "arn:aws:iam::"]), 0, 4)


@family("terminal")
def netrc(m):
    value, host = m.password(), m.name() + ".example.com"
    text = m.pick([f"machine {host}\n  login {m.pick(made.USERS)}\n  password {value}\n",
                   f"machine {host} login {m.pick(made.USERS)} password {value}\nmachine other login x\n",
                   f"default login anonymous password {value}\n# {host}\n"])
    return case("$ cat ~/.netrc\n" + text, [value], [host])


@family("terminal", 2)
def urls(m):
    value, user, host = m.password(8, 40), m.pick(made.USERS), "db." + m.name() + ".internal"
    scheme = m.pick(["postgres", "postgresql", "mysql", "mongodb+srv", "redis", "amqp", "https", "ftp", "ldap",
                     "sqlserver", "smtp", "http"])
    user_part = m.pick([user, user, "", "user%40example.com"]) if scheme == "redis" else user
    url = f"{scheme}://{user_part}:{value}@{host}:5432/app"
    text = m.pick([f"connecting to {url}\n", f"DATABASE_URL={url}\n", f'"url": "{url}",\n', f"origin\t{url} (fetch)\n",
                   f"<{url}>\n", f"url: '{url}'\n"])
    return case(text, [value], [host, f"{scheme}://{user_part}:"])


@family("terminal")
def connection_strings(m):
    value, host = m.password(), m.name()
    text = m.pick([
        f"Server=tcp:{host}.database.windows.net,1433;User ID=app;Password={value};Encrypt=True;\n",
        f"Data Source={host};User Id=app;Pwd={value};MultipleActiveResultSets=true\n",
        f"host={host} port=5432 user=app password={value} sslmode=require\n",
        f"DefaultEndpointsProtocol=https;AccountName={host};SharedAccessKeyName=x;ApiKey={value};EndpointSuffix=x\n",
        f"jdbc:sqlserver://{host}:1433;databaseName=app;user=sa;password={value};\n",
        f'jdbc:mysql://{host}/app?user=app&password={value}&useSSL=true\n'])
    return case(text, [value], [host])


@family("terminal")
def properties(m):
    value, plain = m.password(), m.name()
    text = m.pick([
        f"spring.datasource.url=jdbc:postgresql://{plain}/app\nspring.datasource.password={value}\nserver.port=8080\n",
        f"[database]\nhost = {plain}\npassword = {value}\n; end\n",
        f"database.host: {plain}\ndatabase.password: {value}\nserver.port: 8080\n",
        f"{plain} {{\n  password := {value}\n}}\n",
        f"'host' => '{plain}',\n'password' => '{value}',\n",
        f'db_host     = "{plain}"\ndb_password = "{value}"\nport = 8080\n',
        f'<datasource host="{plain}" password="{value}" port="8080"/>\n',
        f'<add key="{plain}"/><login user="x" clientSecret="{value}"/>\n',
        f"<host>{plain}</host>\n<password>{value}</password>\n<port>8080</port>\n",
        f"params: {{host: {plain}, password: {value}, port: 8080}}\n",
        f"{plain}: {{'host': 'x', 'api_key': '{value}', 'port': 8080}}\n",
    ])
    return case(text, [value], [plain])


@family("terminal")
def private_key_shown(m):
    words = m.pick(["RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY",
                    "ENCRYPTED PRIVATE KEY", "PGP PRIVATE KEY BLOCK"])
    first, body, last = m.pem(words)
    eol = m.pick(["\n", "\r\n"])
    text = f"$ cat id_rsa{eol}" + eol.join([first, *body, last]) + f"{eol}$ ls{eol}id_rsa.pub{eol}"
    return cut(m, case(text, body, [first, last, "id_rsa.pub"]), 0, 8)


@family("terminal")
def putty_key(m):
    public, private = [m.run(made.B64, 64) for _ in range(3)], [m.run(made.B64, 64) for _ in range(m.n(2, 8))]
    mac = m.hex(64)
    text = "\n".join(["PuTTY-User-Key-File-3: ssh-ed25519", "Encryption: none", "Comment: ops", "Public-Lines: 3",
                      *public, f"Private-Lines: {len(private)}", *private, f"Private-MAC: {mac}", "done", ""])
    return case(text, private, ["Public-Lines: 3", *public, "Encryption: none", "done"])


@family("terminal")
def shadow_file(m):
    value = m.pick(list(made.crypt_hashes(m)))
    text = f"# getent shadow\r\nroot:{value}:19700:0:99999:7:::\r\ndaemon:*:19700:0:99999:7:::\r\n"
    return case(text, [value], ["root:", ":19700:0:99999:7:::", "daemon:*:"])


@family("terminal")
def presigned(m):
    key, sig, token, bucket = m.key_id("ASIA"), m.hex(64), m.run(made.ALNUM, 120) + "%2B%2F" + m.run(made.ALNUM, 60), m.name()
    text = (f"https://{bucket}.s3.eu-west-1.amazonaws.com/a.gz?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
            f"{key}%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=3600"
            f"&X-Amz-SignedHeaders=host&X-Amz-Security-Token={token}&X-Amz-Signature={sig}\n")
    return case(text, [key, sig, token], [bucket, "X-Amz-Date=20260101T000000Z", "X-Amz-Expires=3600"],
                command="aws s3 presign")


@family("terminal")
def sas_url(m):
    sig = m.run(made.ALNUM, 42) + m.pick(["%3D", "%2B%3D"])
    text = f"https://{m.name().replace('-', '')}.blob.core.windows.net/c?sv=2024-11-04&se=2026-12-31&sr=c&sp=rl&sig={sig}\n"
    return case(text, [sig], ["sv=2024-11-04", "&sp=rl"])


# ---- YAML, Kubernetes, Docker, Terraform, Ansible ----


@family("yaml", 2)
def kubernetes_secret(m):
    one, two = b64(m.password(14)), b64(m.password(20, 40))
    name, uid = m.name(), m.uuid()
    data, meta = {"password": one, "tls.extra": two}, {"creationTimestamp": "2026-05-01T10:00:00Z", "name": name,
                                                       "namespace": "default", "uid": uid}
    doc = m.pick([{"apiVersion": "v1", "data": data, "kind": "Secret", "metadata": meta, "type": "Opaque"},
                  {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": data, "type": "Opaque"}])
    if list(doc)[1] == "data":
        doc = {"apiVersion": "v1", "kind": "Secret", **{k: v for k, v in doc.items() if k not in ("apiVersion", "kind")}}
    if m.n(0, 1):
        return case(yaml_of(doc) + "\n", [one, two], [name, uid, "Opaque"], "yaml", command="kubectl get secret -o yaml")
    return case(json.dumps(doc, indent=4) + "\n", [one, two], [name, uid, "Opaque"], "json",
                command="kubectl get secret -o json")


@family("yaml")
def kubernetes_data_first(m):
    """As kubectl prints it: the data stands before the kind."""
    one, two = b64(m.password(14)), b64(m.password(20, 40))
    name = m.name()
    doc = {"apiVersion": "v1", "data": {"password": one, "api-token": two}, "kind": "Secret",
           "metadata": {"name": name, "namespace": "default"}, "type": "Opaque"}
    if m.n(0, 1):
        return case(yaml_of(doc) + "\n", [one, two], [name, "Opaque"], "yaml", command="kubectl get secret -o yaml")
    return case(json.dumps(doc, indent=4) + "\n", [one, two], [name, "Opaque"], "json",
                command="kubectl get secret -o json")


@family("yaml")
def helm_values(m):
    value, plain, q = m.password(), m.name(), m.pick(["", '"', "'"])
    key = m.pick(["password", "adminPassword", "rootPassword", "secretKey", "apiKey", "existingPassword",
                  "clientSecret", "replicationPassword"])
    text = f"postgresql:\n  auth:\n    username: {plain}\n    {key}: {q}{value}{q}\n  replicas: 2\nimage: app:1.2\n"
    return case(text, [value], [plain, "replicas: 2", "image: app:1.2"], "yaml")


@family("yaml")
def yaml_block(m):
    lines, plain = [m.run(made.ALNUM, 30, 50) for _ in range(m.n(1, 4))], m.name()
    bar = m.pick(["|", "|-", ">", "|+", ">-"])
    text = f"app:\n  name: {plain}\n  {m.pick(['password', 'client_secret', 'private_key', 'apiKey'])}: {bar}\n"
    text += "".join(f"    {line}\n" for line in lines) + f"  port: 8080\n  after: {plain}-x\n"
    return case(text, lines, [plain, "port: 8080", f"after: {plain}-x"], "yaml")


@family("yaml")
def compose(m):
    value, name, plain = m.password(), m.pick(NAMES[:6]), m.name()
    text = m.pick([f"services:\n  {plain}:\n    environment:\n      - {name}={value}\n      - STAGE=prod\n",
                   f"services:\n  {plain}:\n    environment:\n      {name}: {value}\n      STAGE: prod\n",
                   f"env:\n- name: {name}\n  value: {value}\n- name: STAGE\n  value: prod\n# {plain}\n",
                   f"env:\n  - name: {name}\n    value: \"{value}\"\n  - name: STAGE\n    value: prod\n# {plain}\n"])
    return case(text, [value], [plain, "STAGE", "prod"], "yaml")


@family("json-pretty")
def docker_inspect(m):
    value, name, plain = m.password(), m.pick(NAMES), m.hex(64)
    doc = [{"Id": plain, "Config": {"Hostname": plain[:12], "Env": ["PATH=/usr/bin:/bin", f"{name}={value}", "LANG=C"],
                                    "Image": "sha256:" + m.hex(64)}}]
    return case(json.dumps(doc, indent=4) + "\n", [value], [plain, "PATH=/usr/bin:/bin", "LANG=C"], "json",
                command="docker inspect")


@family("json-pretty")
def any_key(m):
    """Names of keys, in each way to write them."""
    words = m.pick(["db password", "master user password", "api key", "client secret", "access token",
                    "refresh token", "private key", "auth token", "secret key", "session token", "webhook secret",
                    "encryption key", "jwt secret", "bearer token", "shared secret", "id token",
                    "secret access key", "signing secret", "api token", "connection string", "passphrase",
                    "passwd", "pre shared key", "token value", "key material"]).split()
    style = m.pick(["_".join(words), "".join(w.title() for w in words), "-".join(words), "_".join(words).upper(),
                    words[0] + "".join(w.title() for w in words[1:])])
    if style.replace("-", "_").lower() in ("pre_shared_key", "key_material", "token_value", "bearer_token", "shared_secret",
                                           "session-token"):
        style = "".join(w.title() for w in words)
    elif "-" in style and style != "api-key":
        style = style.replace("-", "_")
    value, plain = m.password(16), m.uuid()
    form = m.n(0, 5)
    text = [json.dumps({"id": plain, style: value, "n": 1}, indent=2), json.dumps({style: value, "id": plain}),
            f"{{'id': '{plain}', '{style}': '{value}'}}", f"id: {plain}\n{style}: {value}",
            f"id={plain}\n{style}={value}", f'id = "{plain}"\n{style} = "{value}"'][form]
    return case(text + "\n", [value], [plain, style], "json" if form < 2 else "text")


@family("json-pretty")
def pairs_json(m):
    value, plain = m.password(), m.name()
    n, v = m.pick([("name", "value"), ("Name", "Value"), ("ParameterKey", "ParameterValue"),
                   ("OutputKey", "OutputValue"), ("key", "value"), ("Key", "Value")])
    key = m.pick(["DB_PASSWORD", "ApiKey", "MasterUserPassword", "client_secret", "/app/db/password"])
    doc = {"items": [{n: "STAGE", v: plain}, {n: key, v: value}, {n: "PORT", v: "8080"}], "count": 3}
    text = json.dumps(doc, indent=m.pick([4, 2, None])) + "\n"
    return case(text, [value], [plain, "8080", key], "json")


@family("json-line")
def bare_json_values(m):
    """Numbers and words that JSON writes without quotes: they become texts."""
    value = m.run("123456789", 8, 18)
    ident = m.uuid()
    text = m.pick([f'{{"password": {value}, "id": "{ident}"}}\n', f'{{"id":"{ident}","apiKey":{value}}}\n',
                   f'[{{"client_secret": {value}}}, "{ident}"]\n'])
    return case(text, [value], [ident], "json")


# ---- vendors' tokens ----


CONTEXTS = [("Using {} for authentication\r\n", ["Using ", "for authentication"]),
            ("{}\n", []), ("  value {} end\n", ["value", "end"]), ("'{}' is set\n", ["is set"]),
            ('{{"note": "found {} here", "n": 1}}\n', ["found ", " here"]), ("export FOO={}\n", ["export FOO="]),
            ("?key={}&next=1\n", ["&next=1"]), ("({}), then more\n", ["then more"]), ("a,{},b\n", ["a,", ",b"]),
            ("\x1b[32m{}\x1b[0m ok\r\n", [" ok"]), ("log: {}; retry\n", ["; retry"]), ("<code>{}</code>\n", ["<code>", "</code>"])]


@family("vendor-token", 8)
def vendor_token(m):
    """Each row of the table in two ways to stand there, of which the rest follow."""
    out = []
    rows = list(made.vendor_tokens(m))
    start = m.n(0, len(rows) - 1)
    for i in range(2):
        rule, token = rows[(start + i * 31) % len(rows)]
        out.append(vendor_case(m, rule, token, m.pick(CONTEXTS)))
    return out


def vendor_case(m, rule, token, context):
    form, keep = context
    if rule == "slack-hook":
        form = form.replace("{}", "https://{}") if "{{" not in form else form.replace("{}", "https://{}")
    c = case(form.format(token), [token], keep, "terminal", rule=rule)
    if form.startswith("{{"):
        c["format"] = "json"
    if m.n(0, 3) == 0:
        c = cut(m, c, 1, 3)
    return c


@family("vendor-token", 1)
def vendor_each(m):
    """All rows, in one context."""
    context = m.pick(CONTEXTS)
    return [vendor_case(m, rule, token, context) for rule, token in made.vendor_tokens(m)]


# ---- base64 ----


def wrapped(text, width=76):
    s = base64.b64encode(text.encode()).decode()
    return [s[i:i + width] for i in range(0, len(s), width)]


@family("base64", 2)
def base64_line(m):
    key, secret = m.key_id(), m.secret_key()
    text = m.pick(["", "x", "xy", "id="]) + m.pick([
        f"{key}:{secret}", f"{key} {secret}", json.dumps({"AccessKeyId": key, "SecretAccessKey": secret}),
        f"aws_secret_access_key = {secret}\n", f"AWS_SECRET_ACCESS_KEY={secret}\n",
        json.dumps({"user": "svc", "password": secret}), f"[default]\naws_access_key_id={key}\n"])
    lines = wrapped(text, 10000)
    return case(f"$ echo creds | base64 -w0\r\n{lines[0]}\r\n$ ", [lines[0], key, secret], ["$ echo creds"])


@family("base64")
def base64_lines(m):
    key, secret = m.key_id(), m.secret_key()
    text = m.pick([f"{key}:{secret}:" + m.password(60, 200), f"-----BEGIN RSA PRIVATE KEY-----\n{m.run(made.B64, 400)}\n",
                   json.dumps({"SecretAccessKey": secret, "SessionToken": m.session_token()})])
    width = m.pick([76, 64])
    lines = wrapped(text, width)
    eol = m.pick(["\n", "\r\n"])
    return case(f"$ base64 f{eol}{eol.join(lines)}{eol}$ ls{eol}f{eol}", [x for x in lines if len(x) >= 16], ["$ base64 f", "$ ls"])


@family("base64")
def base64_field(m):
    key, secret, ident = m.key_id(), m.secret_key(), m.uuid()
    inner = json.dumps({"AccessKeyId": key, "SecretAccessKey": secret})
    text = json.dumps({"id": ident, "payload": b64(inner), "n": 2}) + "\n"
    return case(text, [b64(inner)], [ident], "json")


# ---- colours, cursors, redrawing ----


@family("ansi", 2)
def grep_colour(m):
    """grep --color: the found word stands within the secret."""
    token = m.pick([t for _, t in made.vendor_tokens(m) if len(t) < 120])
    a = m.n(5, len(token) - 2)
    b = m.n(a, len(token))
    text = f".env:GITHUB={token[:a]}{ESC}[01;31m{ESC}[K{token[a:b]}{ESC}[m{ESC}[K{token[b:]}\r\nDEBUG=1\r\n"
    return cut(m, case(text, [token], ["DEBUG=1", ".env:"]), 0, 4)


@family("ansi")
def coloured_key(m):
    value, name = m.password(), m.pick(NAMES[:8])
    c = [f"{ESC}[{n}m" for n in ("31", "1;32", "0", "38;5;208", "48;2;1;2;3", "m"[:0])]
    text = m.pick([f"{c[0]}{name}{c[2]}={c[1]}{value}{c[2]}\r\n", f"{name[:3]}{c[3]}{name[3:]}{c[2]}={value}\r\n",
                   f"{c[0]}{name}{c[2]}{c[4]}={c[2]}{value[:4]}{c[1]}{value[4:]}{c[2]}\r\n",
                   f'{c[0]}"{name}"{c[2]}: {c[1]}"{value}"{c[2]},\r\n'])
    return cut(m, case(text + "DEBUG=1\r\n", [value], ["DEBUG=1"]), 0, 4)


@family("ansi")
def other_sequences(m):
    """Titles, links, charsets, hidden text between the parts of a token."""
    token = m.pick([t for _, t in made.vendor_tokens(m) if len(t) < 120])
    a = m.n(2, len(token) - 2)
    mid = m.pick([f"{ESC}]0;title\x07", f"{ESC}]8;;https://x.example\x1b\\", f"{ESC}(B", f"{ESC}[?25l", f"{ESC}=",
                  f"{ESC}P1$r0m{ESC}\\", "\x0f", "\x00", f"{ESC}[1C"[:0], f"{ESC}7", "\x07", f"{ESC}[0K"])
    return cut(m, case(f"id {token[:a]}{mid}{token[a:]} end\r\n", [token], ["id ", " end"]), 0, 3)


@family("ansi")
def backspaces(m):
    """Typed wrong and mended: the terminal shows the whole."""
    token = m.pick([t for _, t in made.vendor_tokens(m) if len(t) < 80])
    a = m.n(6, len(token) - 1)
    text = f"$ echo {token[:a]}xq\b \b\b \b{token[a:]}\r\nok\r\n"
    return case(text, [token], ["ok"])


@family("ansi")
def painted(m):
    """A screen painted piece by piece: on one row it is one text."""
    token = "ghp_" + m.run(made.ALNUM, 36)
    a, row = m.n(5, 30), m.n(1, 24)
    text = f"{ESC}[{row};5H{token[:a]}{ESC}[{row};{5 + a}H{token[a:]} end{ESC}[{row + 1};1Hmore\r\n"
    return case(text, [token], ["end", "more"])


@family("ansi")
def rows_apart(m):
    """Cursor moves to another row part words, as newlines do."""
    token, plain = m.key_id(), m.name()
    text = f"{ESC}[2;1H{plain}{ESC}[3;1H{token}{ESC}[4;1Hdone\r\n"
    return case(text, [token], [plain, "done"])


# ---- people ----


CARDS = [("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("34", 15), ("37", 15), ("6011", 16),
         ("65", 16), ("4", 13), ("4", 19)]


@family("pii", 2)
def cards(m):
    iin, n = m.pick(CARDS)
    digits = m.card(iin, n)
    groups = [digits[:4], digits[4:10], digits[10:]] if n == 15 else [digits[i:i + 4] for i in range(0, n, 4)]
    shown = m.pick([digits, " ".join(groups), "-".join(groups)]) if n in (15, 16) else digits
    text, keep, form = m.pick([
        (f"card on file: {shown} exp 09/29\r\n", ["card on file: ", " exp 09/29"], "terminal"),
        (json.dumps({"customer": "x", "pan": shown, "amount": 1250}, indent=4) + "\n", ['"amount": 1250'], "json"),
        (f"pan,{shown},ok\n", ["pan,", ",ok"], "text"), (f"PAN={shown}\n", ["PAN="], "text")])
    return cut(m, case(text, [shown], keep, form, policy=["pii"]), 0, 3)


@family("pii")
def bare_cards(m):
    digits = m.card(*m.pick(CARDS))
    text = f'{{"pan": {digits}, "amount": 1250}}\n'
    return case(text, [digits], ['"amount": 1250'], "json", policy=["pii"])


@family("pii")
def numbers_of_people(m):
    value = m.ssn()
    text = m.pick([f"SSN: {value}\r\n", f'{{"ssn": "{value}", "id": 7}}\n', f"row\t{value}\t7\n", f"({value})\n"])
    return case(text, [value], [], "json" if text[0] == "{" else "terminal", policy=["pii"])


@family("pii")
def ibans(m):
    country, n = m.pick([("DE", 18), ("ES", 20), ("FR", 23), ("AT", 16), ("PL", 24), ("BE", 12), ("PT", 21)])
    value = m.iban(country, n)
    shown = m.pick([value, " ".join(value[i:i + 4] for i in range(0, len(value), 4))])
    text = m.pick([f"iban {shown} ok\r\n", f"account: {shown}\n", json.dumps({"iban": shown, "n": 1}) + "\n"])
    return case(text, [shown], [], "json" if text[0] == "{" else "terminal", policy=["pii"])


@family("pii")
def emails(m):
    value = f"{m.pick(made.USERS)}.{m.hex(4)}@{m.name()}.example.{m.pick(['com', 'org', 'co.uk'])}"
    text = m.pick([f"From: <{value}>\r\nSubject: hi\r\n", f'{{"email": "{value}", "n": 1}}\n', f"user {value}, ok\n"])
    return case(text, [value], [], "json" if text[0] == "{" else "terminal", policy=["email"])


@family("negative")
def no_policy(m):
    """Without the policy, people's data stays."""
    text = f"card {m.card('4', 16)} ssn {m.ssn()} iban {m.iban()} mail {m.pick(made.USERS)}@example.com\n"
    return untouched(text)


@family("negative")
def no_cards(m):
    n = m.card("4", 16)
    wrong = n[:-1] + str((int(n[-1]) + 1) % 10)
    text = "".join(f"{x}\n" for x in (
        f"pan {wrong}", f"timestamp {1790000000000 + m.n(0, 9999999)}", f"event {m.run('0123456789', 56)}",
        f"order 1.{n}", f"id_{n}", f"{n}.5", f"{n}-x", f"tel +49 30 {m.run('0123456789', 8)}", f"id {m.uuid()}",
        "ssn 000-12-3456 666-12-3456 912-12-3456", f"iban DE01{m.run('123456789', 18)}"))
    return {**untouched(text), "policy": ["pii"]}


# ---- UTF-8 ----


@family("utf8")
def utf8_around(m):
    value = m.password(14)
    text = f"se\u00f1al \u2713 DB_PASSWORD={value} # a\u00f1adido \u2713\n\u65e5\u672c\u8a9e \U0001f511 ok\n"
    raw = text.encode()
    at = sorted({i + 1 for i, c in enumerate(raw[:-1]) if c >= 0xC0 and m.n(0, 1)} | {m.n(20, 30)})
    pieces = [raw[a:b] for a, b in zip([0, *at], [*at, len(raw)])]
    return {**case(text, [value], ["se\u00f1al \u2713", "a\u00f1adido \u2713", "\u65e5\u672c\u8a9e \U0001f511 ok"]), "enc": "b64",
            "input": [base64.b64encode(p).decode() for p in pieces]}


@family("utf8")
def utf8_inside(m):
    value = m.password(6) + m.pick(["\u00f1", "\u00e9\u00e8", "\u2713", "\U0001f511", "\u5bc6\u7801"]) + m.password(6)
    text = m.pick([f'{{"password": "{value}", "id": "\u00fc"}}\n', f"DB_PASSWORD={value}\n\u00fc\n",
                   json.dumps({"password": value, "id": "\u00fc"}) + "\n"])
    secrets = [value] if value in text else [value, json.dumps(value)[1:-1]]
    return cut(m, case(text, secrets, [], "json" if text[0] == "{" else "text"), 0, 4)


@family("utf8")
def not_utf8(m):
    token = m.pick([t for _, t in made.vendor_tokens(m) if len(t) < 100])
    raw = b"\xff\xfe bin \x80 " + token.encode() + b" \xc3( end\n"
    return {**case("", [token], ["end", "bin"]), "enc": "b64", "input": [base64.b64encode(raw).decode()]}


# ---- pauses and prompts ----


@family("interactive")
def prompts(m):
    prompt = m.pick(["Password: ", "password for ops: ", "Are you sure (y/n)? ", "mysql> ", ">>> ", "(gdb) ", "# ",
                     "Enter passphrase for key '/home/ops/.ssh/id_ed25519': ", "[sudo] password for ops: ", "Token: ",
                     "AWS Access Key ID [None]: ", "AWS Secret Access Key [None]: ", "Secret: "])
    return {**case("", [], [prompt, "Login ok"]), "input": [prompt, "\r\n", "Login ok\r\n$ "],
            "visible": [{"after": 0, "text": prompt}, {"after": 2, "text": "$ "}]}


@family("interactive")
def typed(m):
    line = m.pick(["kubectl get po", "ghc --version", "sk list", "hf login", "npm run x", "SGML", "AKI x", "dp ls",
                   "glab mr list", "export A=b", "psql -h db", "gh pr list", "eyes", "sha256sum f", "xoxo",
                   "aws sts get-caller-identity", "ls SK", "echo IQ", "git log --oneline"])
    chunks, visible = ["$ "], []
    for i, c in enumerate(line):
        chunks.append(c)
        visible.append({"after": i + 1, "text": "$ " + line[:i + 1]})
    return {**case("", [], ["$ " + line]), "input": [*chunks, "\r\n"], "visible": visible}


@family("gap", 2)
def gap_in_token(m):
    rule, token = m.pick(list(made.vendor_tokens(m)))
    a = m.n(3, min(len(token) - 16, 40))
    if rule == "jwt":
        a = m.n(3, 30)
    return {**case("", [token, token[a:]], ["id=", " done"]), "input": [f"id={token[:a]}", f"{token[a:]} done\r\n"],
            "gap_ms": [0, 1500], "rule": rule}


@family("gap")
def gap_in_field(m):
    value = m.password(16)
    a = m.n(0, len(value) - 2)
    name = m.pick(["DbPassword", "api_key", "clientSecret", "password"])
    head, tail = m.pick([(f'{{"{name}": "', '", "DbUser": "svc"}\n'), (f"{name}=", "\nDbUser svc\n"),
                         (f"{name}: ", "\nDbUser svc\n"), (f"| {name} | ", " |\nDbUser svc\n")])
    c = case("", [value, value[a:]] if len(value) - a > 4 else [value], ["DbUser"], "json" if head[0] == "{" else "terminal")
    return {**c, "input": [head + value[:a], value[a:] + tail], "gap_ms": [0, m.pick([300, 1500, 20000])]}


@family("gap")
def gap_in_key(m):
    first, body, last = m.pem()
    text = "\n".join([first, *body, last, "after", ""])
    a = len(first) + m.n(5, 300)
    return {**case("", body[1:], [first, last, "after"]), "input": [text[:a], text[a:]], "gap_ms": [0, 1500]}


@family("gap")
def gap_in_url(m):
    value = m.password(20, 30)
    a = m.n(1, 10)
    return {**case("", [value, value[a:]], ["db.internal"]), "gap_ms": [0, 1500],
            "input": [f"postgres://svc:{value[:a]}", f"{value[a:]}@db.internal/app\n"]}


# ---- what has to stay as it is ----


def untouched(text, form="terminal"):
    return case(text, [], [line for line in text.split("\n") if line.strip()], form)


def next_token(m):
    return m.b64(90, 200)


@family("negative")
def describe_instances(m):
    doc = {"Reservations": [{"Instances": [{
        "InstanceId": "i-" + m.hex(17), "ImageId": "ami-" + m.hex(17), "ClientToken": m.uuid(),
        "KeyName": "ops-key", "PrivateDnsName": f"ip-10-0-{m.n(0, 255)}-{m.n(0, 255)}.ec2.internal",
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
        "IamInstanceProfile": {"Arn": f"arn:aws:iam::{m.account()}:instance-profile/web", "Id": m.unique("AIPA")},
        "Tags": [{"Key": "Name", "Value": m.name()}, {"Key": "TokenExpiry", "Value": "30d"}]}],
        "ReservationId": "r-" + m.hex(17), "OwnerId": m.account()}], "NextToken": next_token(m)}
    return untouched(json.dumps(doc, indent=4) + "\n", "json")


@family("negative")
def tokens_of_pages(m):
    name = m.pick(["NextToken", "nextForwardToken", "nextBackwardToken", "NextContinuationToken", "ContinuationToken",
                   "PaginationToken", "StartingToken", "ClientToken", "ClientRequestToken", "RequestToken",
                   "ChangeToken", "LockToken", "UpdateToken", "IdempotencyToken", "CreationToken", "NextPageToken",
                   "SequenceToken", "UploadSequenceToken", "HttpTokens", "TokenType", "TokenEndpoint", "nextToken",
                   "PasswordLastUsed", "SecretArn", "TokenExpiry", "password_policy", "SecretVersionId"])
    value = m.pick([next_token(m), m.uuid(), "f/" + m.run("0123456789", 56) + "/s"])
    return untouched(m.pick([json.dumps({"a": 1, name: value}, indent=4) + "\n", f"{name}: {value}\n",
                             f"{name.upper()}\t{value}\n", f"|  {name}  |  {value}  |\n"]),
                     "text")


@family("negative")
def s3_listing(m):
    doc = {"Contents": [{"Key": f"logs/{m.uuid()}.gz", "ETag": f'"{m.hex(32)}"', "Size": m.n(1, 10 ** 6),
                         "LastModified": m.time(), "StorageClass": "STANDARD"} for _ in range(3)],
           "NextContinuationToken": next_token(m), "IsTruncated": True}
    return untouched(json.dumps(doc, indent=4) + "\n", "json")


@family("negative")
def lists_of_secrets(m):
    name, region, account = m.name(), m.region(), m.account()
    arn = f"arn:aws:secretsmanager:{region}:{account}:secret:{name}-{m.run(made.ALNUM, 6)}"
    doc = {"SecretList": [{"ARN": arn, "Name": name, "LastChangedDate": m.time(), "Tags": [],
                           "SecretVersionsToStages": {m.uuid(): ["AWSCURRENT"]}, "RotationEnabled": False}],
           "MasterUserSecret": {"SecretArn": arn, "SecretStatus": "active",
                                "KmsKeyId": f"arn:aws:kms:{region}:{account}:key/{m.uuid()}"}}
    return untouched(json.dumps(doc, indent=4) + "\n", "json")


@family("negative")
def iam_policies(m):
    doc = {"Version": "2012-10-17", "Statement": [
        {"Sid": "Secrets", "Effect": "Allow", "Action": ["secretsmanager:GetSecretValue", "iam:ChangePassword",
                                                         "sts:GetSessionToken", "ec2:GetPasswordData"],
         "Resource": f"arn:aws:secretsmanager:*:{m.account()}:secret:prod/*",
         "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-" + m.hex(10), "secretsmanager:VersionStage": "AWSCURRENT"}}}]}
    return untouched(json.dumps(doc, indent=m.pick([2, 4])) + "\n", "json")


@family("negative")
def password_policy(m):
    doc = {"PasswordPolicy": {"MinimumPasswordLength": 14, "RequireSymbols": True, "AllowUsersToChangePassword": True,
                              "ExpirePasswords": True, "MaxPasswordAge": m.n(30, 90), "PasswordReusePrevention": 24},
           "Users": [{"UserName": m.name(), "UserId": m.unique("AIDA"), "PasswordLastUsed": m.time(),
                      "Arn": f"arn:aws:iam::{m.account()}:user/{m.name()}"}]}
    return untouched(json.dumps(doc, indent=4) + "\n", "json")


@family("negative")
def template(m):
    q = m.pick(["", "'"])
    return untouched(
        "Resources:\n  Db:\n    Type: AWS::RDS::DBInstance\n    Properties:\n"
        f"      MasterUserPassword: {q}{{{{resolve:secretsmanager:{m.name()}:SecretString:password}}}}{q}\n"
        f"      DBInstanceIdentifier: {m.name()}\n"
        f"Parameters:\n  DBPassword:\n    NoEcho: true\n    Type: String\n    MinLength: 8\n"
        f"  Token:\n    Default: \"\"\nOutputs:\n  SecretArn:\n    Value: !Ref Secret\n", "yaml")


@family("negative")
def references(m):
    """Values that only say where the secret is."""
    name = m.pick(["DB_PASSWORD", "API_KEY", "CLIENT_SECRET", "password"])
    value = m.pick(["${DB_PASSWORD}", "$(cat /run/secrets/db)", "$DB_PASSWORD", "****", "********", "null", "true", "false",
                    "None", "nil", '""', f"arn:aws:secretsmanager:eu-west-1:{m.account()}:secret:{m.name()}-AbCdEf",
                    "{{resolve:ssm-secure:/prod/db:1}}", f"arn:aws:ssm:eu-west-1:{m.account()}:parameter/prod/db"])
    form = m.pick(["{}={}\n", "{}: {}\n", "export {}={}\n", '  "{}": "{}",\n', '{} = "{}"\n'])
    if value == '""' and '"{}"' in form:
        value = ""
    return untouched(form.format(name, value) + "next: line\n")


@family("negative")
def placeholders_json(m):
    doc = {"password": m.pick([None, True, False, "", {}, [], {"type": "string"}, ["a", "b"], "****", "${PASSWORD}"]),
           "id": m.uuid()}
    return untouched(json.dumps(doc, indent=m.pick([2, None])) + "\n", "json")


@family("negative")
def prose(m):
    lines = ["The password is required and must be at least 12 characters.", "To rotate the secret, see the docs.",
             "Enter your password, then press return.", "If the token has expired, sign in again.",
             "Error: invalid token (code 403)", "Your API key can be found in the settings.", "secret: yes", "token: none",
             "Failed password for root from 203.0.113.7 port 51122 ssh2", "Accepted publickey for ops from 10.0.0.1",
             "Password:", "WARNING: password expires in 3 days", "the --password option reads from the terminal",
             "usage: login [--password PASSWORD] [--token TOKEN]", "pwd", "/home/ops/secret/token.txt",
             "password_file=/etc/app/password", "PasswordAuthentication no", "PermitEmptyPasswords no",
             "tokens: 512", "max_tokens: 4096", "token count: 17", "secrets/", "git commit -m 'fix password reset'",
             "Basic usage of the program", "Bearer of bad news", "Basic information follows", "password-store: 1.7.4-6"]
    return untouched("\n".join(m.pick(lines) for _ in range(5)) + "\n")


@family("negative")
def manuals(m):
    """Options and their descriptions."""
    return untouched(m.pick([
        "  --password <value>    the password of the user\n  --token <value>       a token\n",
        "       --secret-string (string)\n              The text data to encrypt and store in this new version of the secret.\n",
        "       [--master-user-password <value>]\n       [--client-token <value>]\n",
        "  -p, --password=PASSWORD  Password to use when connecting to server.\n",
        "PASSWORD\n    The password. If it is missing, it is asked for.\n",
        "aws secretsmanager get-secret-value --secret-id prod/db --query SecretString\n",
        "aws rds modify-db-instance --master-user-password \"$NEW\"\n"]))


@family("negative", 2)
def program_text(m):
    """Programs that speak of passwords and hold none."""
    return untouched(m.pick([
        "def login(user, password=None, token=None):\n    return check(user, password)\n",
        "password = get_password(user)\ntoken = request.headers.get('Authorization')\n",
        "password = os.environ[\"DB_PASSWORD\"]\n", "const secret = process.env.CLIENT_SECRET;\n",
        "self.password = password\nself.token = token\n", "password: string;\n  token?: string;\n",
        "password: String,\npub token: Option<String>,\n", "char *password;\nsize_t token;\n",
        "password := flag.String(\"password\", \"\", \"the password\")\n",
        "if password == confirm:\n    user.set_password(password)\n", "password = models.CharField(max_length=128)\n",
        "user.password = bcrypt.hash(password, 10)\n", "var token = localStorage.getItem('token');\n",
        "  password: ${{ secrets.DB_PASSWORD }}\n  token: ${{ github.token }}\n",
        "password = var.db_password\n  token = data.aws_ssm_parameter.token.value\n",
        "$password = $_POST['password'];\n", "String password = request.getParameter(\"password\");\n",
        "password=\"$(pass show db)\"\n", "PASSWORD=$1\nTOKEN=${2:-}\n", "password = input('Password: ')\n",
        "token = token.strip()\n", "let token = lexer.next_token();\n", "int token = next();\n",
        "secret_key = Fernet.generate_key()\n", "@Value(\"${db.password}\") String password;\n",
        "    'password' => env('DB_PASSWORD'),\n", "password: process.env.PGPASSWORD,\n",
        "      password: Joi.string().min(8).required(),\n", "apiKey: this.config.apiKey,\n"]))


@family("negative")
def git_log(m):
    return untouched("".join(
        f"commit {m.hex(40)}\nMerge: {m.hex(7)} {m.hex(7)}\nAuthor: Ops <ops@example.com>\nDate:   Mon May 4 10:00:0{i} 2026 +0000\n\n"
        f"    {m.pick(['token: fix refresh', 'auth: rotate keys', 'Reset of passwords', 'ci: bump actions'])}\n\n"
        f"diff --git a/{m.name()}.py b/{m.name()}.py\nindex {m.hex(7)}..{m.hex(7)} 100644\n" for i in range(3)))


@family("negative")
def listings(m):
    return untouched("".join(
        f"-rw-r--r-- 1 root root {m.n(1, 99999):6} May  4 10:0{i} {m.pick(['password.txt', 'id_rsa.pub', 'secrets.yaml', 'token', m.hex(40) + '.gz'])}\n"
        for i in range(6)) + f"drwx------ 2 ops ops 4096 May  4 10:00 .ssh\ntotal {m.n(1, 999)}\n")


@family("negative")
def digests(m):
    return untouched(f"{m.hex(64)}  app.tar.gz\nsha256:{m.hex(64)}\nDigest: sha256:{m.hex(64)}\n\"CodeSha256\": \"{m.b64(32)}\"\n"
                     f"integrity sha512-{m.b64(64)}\nETag: \"{m.hex(32)}-12\"\nmd5 {m.b64(16)}\ncommit {m.hex(40)}\n"
                     f"SHA256:{m.b64(32).rstrip('=')} ops@host (ED25519)\nrequest {m.uuid()}\n")


@family("negative")
def certificates(m):
    one, two = m.pem("CERTIFICATE"), m.pem("PUBLIC KEY", 3)
    body = "\n".join([one[0], *one[1], one[2], two[0], *two[1], two[2], "-----BEGIN CERTIFICATE REQUEST-----",
                      m.run(made.B64, 64), "-----END CERTIFICATE REQUEST-----", ""])
    return untouched(body)


@family("negative")
def cluster_certificate(m):
    """A certificate as base64, as EKS and kubeconfig have it."""
    cert = m.pem("CERTIFICATE")
    data = b64("\n".join([cert[0], *cert[1], cert[2], ""]))
    return untouched(m.pick([
        json.dumps({"cluster": {"name": m.name(), "certificateAuthority": {"data": data}, "status": "ACTIVE"}}, indent=4) + "\n",
        f"clusters:\n- cluster:\n    certificate-authority-data: {data}\n    server: https://{m.hex(32)}.gr7.eu-west-1.eks.amazonaws.com\n"]))


@family("negative")
def public_keys(m):
    return untouched(f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{m.run(made.B64, 43)} ops@host\n"
                     f"github.com ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ{m.run(made.B64, 340)}=\n"
                     f"|1|{m.b64(20)}|{m.b64(20)} ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABB{m.run(made.B64, 86)}=\n")


@family("negative")
def kubectl_lists(m):
    return untouched("".join([
        "NAME                      TYPE                                  DATA   AGE\n",
        f"db-password               Opaque                                1      {m.n(1, 90)}d\n",
        f"default-token-{m.hex(5)}       kubernetes.io/service-account-token   3      12d\n",
        "NAME                     READY   STATUS    RESTARTS   AGE\n",
        f"{m.name()}-{m.hex(10)}-{m.run('bcdfghjklm', 5)}   1/1     Running   0          {m.n(1, 90)}m\n"]))


@family("negative")
def config_map(m):
    data = {"LOG_LEVEL": "info", "greeting": b64("hello world, this is only a text"), "tokenizer": "bert-base",
            "passwordMinLength": "12"}
    doc = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": m.name(), "uid": m.uuid()}, "data": data}
    return untouched(yaml_of(doc) + "\n", "yaml") if m.n(0, 1) else untouched(json.dumps(doc, indent=4) + "\n", "json")


@family("negative")
def kubernetes_references(m):
    return untouched("        env:\n        - name: DB_PASSWORD\n          valueFrom:\n            secretKeyRef:\n"
                     f"              name: {m.name()}\n              key: password\n        - name: STAGE\n          value: prod\n"
                     "      imagePullSecrets:\n      - name: registry\n      automountServiceAccountToken: false\n", "yaml")


@family("negative")
def terraform_plan(m):
    return untouched(
        "  # aws_db_instance.main will be created\n  + resource \"aws_db_instance\" \"main\" {\n"
        f"      + identifier        = \"{m.name()}\"\n      + password          = (sensitive value)\n"
        "      + manage_master_user_password = true\n      + master_user_secret = (known after apply)\n"
        f"      + ca_cert_identifier = \"rds-ca-rsa2048-g1\"\n    }}\n\nPlan: {m.n(1, 9)} to add, 0 to change, 0 to destroy.\n")


@family("negative")
def near_tokens(m):
    """Too short, too long, or within a word."""
    return untouched(m.pick([
        f"AKIA{m.run(made.UPPER32, 15)} x\n", f"AKIA{m.run(made.UPPER32, 18)} x\n", f"xAKIA{m.run(made.UPPER32, 16)} x\n",
        f"AKIA{m.run(made.UPPER32, 16)}x y\n", f"ghp_{m.run(made.ALNUM, 12)} x\n", "ghp_ and github_pat_ are prefixes\n",
        f"AIza{m.run(made.ALNUM, 20)} x\n", "sk-proj-\n", "eyJhbGciOiJ\n", f"dapi{m.hex(20)} x\n", f"SK{m.hex(20)} x\n",
        f"npm_config_cache=/tmp/{m.hex(8)}\n", "hf_hub_download(repo)\n", "xoxb-\n", f"{m.unique('AROA')} {m.unique('AIDA')}\n",
        f"sha256~{m.run(made.ALNUM, 12)}\n", "glpat-example\n", f"pul-{m.hex(12)}\n", "risk-project_sk-live sk_live_\n",
        "https://hooks.slack.com/docs\n", f"task-proj-{m.name()}\n", "SG.com SG.x\n", "dp.pt.x\n", "hvs.x\n",
        f"ASIA Pacific, AKIAH\nABSK {m.name()}\n", f"shpat_{m.hex(9)}\n"]))


@family("negative")
def far_from_key_id(m):
    """Forty characters are no key where no id stands near."""
    return untouched(f"{m.hex(40)}\n{m.secret_key()}\nresult {m.run(made.B64, 40)} end\n")


@family("negative")
def urls_without(m):
    return untouched(f"https://{m.name()}.example.com:8443/a@b\nhttps://user@example.com/x\nssh://git@github.com:22/x.git\n"
                     f"git@github.com:org/{m.name()}.git\nhttp://[::1]:8080/a?b=c:d@e\npostgres://localhost:5432/app\n"
                     f"https://example.com/?redirect=https://a:80/b@c\nredis://cache.internal:6379/0\n")


@family("negative")
def arns(m):
    a, r = m.account(), m.region()
    return untouched(f"arn:aws:secretsmanager:{r}:{a}:secret:{m.name()}-AbCdEf\narn:aws:ssm:{r}:{a}:parameter/prod/password\n"
                     f"arn:aws:kms:{r}:{a}:key/{m.uuid()}\narn:aws:iam::{a}:role/token-service\n"
                     f"\"secretArn\": \"arn:aws:secretsmanager:{r}:{a}:secret:rds!db-{m.uuid()}-Ab12Cd\"\n")


@family("negative")
def ansi_plain(m):
    return untouched(f"{ESC}[1;34mdrwxr-xr-x{ESC}[0m {ESC}[01;32mtoken.sh{ESC}[0m\r\n{ESC}]0;ops@host: ~{ESC}\\$ ls\r\n"
                     f"{ESC}[2J{ESC}[Hpassword strength: {ESC}[32mgood{ESC}[0m\r\n{m.hex(40)}\r\n")


# ---- what a session is ----


@family("terminal")
def long_session(m):
    """Many commands, three secrets, cut at random."""
    a, b, c = m.password(16), m.key_id(), m.secret_key()
    text = (f"$ ls -la\r\ntotal {m.n(1, 99)}\r\n-rw------- 1 ops ops 220 May  4 10:00 .env\r\n$ cat .env\r\nSTAGE=prod\r\n"
            f"DB_PASSWORD={a}\r\n$ aws configure list\r\n      Name                    Value             Type    Location\r\n"
            f"   profile                <not set>             None    None\r\naccess_key     ****************{m.run(made.UPPER32, 4)} shared-credentials-file\r\n"
            f"$ tail -2 ~/.aws/credentials\r\naws_access_key_id = {b}\r\naws_secret_access_key = {c}\r\n$ exit\r\n")
    return cut(m, case(text, [a, b, c], ["STAGE=prod", "$ exit", "<not set>", "shared-credentials-file"]), 3, 30)


@family("negative")
def large_values(m):
    """Long base64 that is no secret."""
    return untouched(json.dumps({"CiphertextBlob": m.b64(200, 2000), "UserDataHash": m.hex(64), "Payload": m.b64(300, 900)}) + "\n", "json")


@family("json-line")
def long_secret(m):
    """A value longer than anything that is held."""
    value, ident = m.run(made.ALNUM, 9000, 20000), m.uuid()
    text = m.pick([json.dumps({"password": value, "id": ident}), json.dumps({"SecretString": value, "id": ident})]) + "\n"
    return cut(m, case(text, [value], [ident], "json"), 0, 6)


def make(seed=1, variants=16, only=None):
    """All cases, each with an id, its family and its class."""
    for name, cls, times, f in FAMILIES:
        if only and name not in only:
            continue
        m, n = made.Made(f"{seed}/{name}"), 0
        for _ in range(max(1, round(variants * times)) if name != "vendor-each" else max(1, variants // 4)):
            got = f(m)
            for c in got if isinstance(got, list) else [got]:
                yield {"id": f"{name}-{n:04}", "class": cls, "family": name, **c}
                n += 1


def main():
    words, seed, variants = sys.argv[1:], 1, 16
    while words and words[0].startswith("--"):
        if words[0] == "--seed":
            seed = words[1]
        elif words[0] == "--variants":
            variants = int(words[1])
        else:
            sys.exit(__doc__)
        words = words[2:]
    for c in make(seed, variants, words):
        print(json.dumps(c))


if __name__ == "__main__":
    main()
