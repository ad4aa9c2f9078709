"""Families of masking cases: what the AWS CLI prints, in each output."""

import json

import made
from casekit import ESC, b64, case, cut, family, yaml_of


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
        return f"{lead}{{" + ",".join(items) + f"\n{lead}{'  ' * depth}}}{off}"
    if isinstance(v, list):
        items = [f"\n{pad}{jq(x, depth + 1)}{lead}" for x in v]
        return f"{lead}[" + ",".join(items) + f"\n{lead}{'  ' * depth}]{off}"
    if isinstance(v, str):
        return f"{ESC}[0;32m{json.dumps(v)}{off}"
    return f"{ESC}[0;39m{json.dumps(v)}{off}"


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
