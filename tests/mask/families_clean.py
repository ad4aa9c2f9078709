"""Families of masking cases: what has to stay as it is."""

import json

import made
from casekit import ESC, b64, family, untouched, yaml_of


# ---- what has to stay as it is ----


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


@family("negative")
def no_policy(m):
    """Without the policy, people's data stays."""
    text = f"card {m.card('4', 16)} ssn {m.ssn()} iban {m.iban()} mail {m.pick(made.USERS)}@example.com\n"
    return untouched(text)


@family("negative")
def no_cards(m):
    n = m.card("4", 16)
    wrong, iban = n[:-1] + str((int(n[-1]) + 1) % 10), m.iban()
    text = "".join(f"{x}\n" for x in (
        f"pan {wrong}", f"timestamp {1790000000000 + m.n(0, 9999999)}", f"event {m.run('0123456789', 56)}",
        f"order 1.{n}", f"id_{n}", f"{n}.5", f"{n}-x", f"tel +49 30 {m.run('0123456789', 8)}", f"id {m.uuid()}",
        "ssn 000-12-3456 666-12-3456 912-12-3456", f"iban {iban[:-1]}{(int(iban[-1]) + 1) % 10}"))
    return {**untouched(text), "policy": ["pii"]}


@family("negative")
def about_secrets(m):
    """Lines that machines print about secrets."""
    lines = [f"      DB_PASSWORD:  <set to the key 'password' in secret '{m.name()}'>  Optional: false",
             "ERROR 1045 (28000): Access denied for user 'x'@'localhost' (using password: YES)",
             "passwd: password updated successfully", "sudo: a password is required", "token: <redacted>", "password=<hidden>",
             "Secret: db-app (namespace default)", f'Error from server (NotFound): secrets "{m.name()}" not found',
             "secret/db-password created", '{"ForceNewPassword": false, "PasswordVerifier": null}', '"passwordPolicy": {"minLength": 8}',
             f"Enter MFA code for arn:aws:iam::{m.account()}:mfa/alice: ", f"max_tokens={m.n(1, 9999)} total_tokens: {m.n(1, 9999)}",
             '"token_type": "Bearer", "expires_in": 3600', "grant_type=password&scope=x", "?token_use=access",
             "token_endpoint: https://login.example.com/oauth2/token", f'"secretName": "{m.name()}"', f"existingSecret: {m.name()}",
             f"passwordSecretRef: {{name: {m.name()}, key: password}}", "--token-ttl 3600 --password-stdin",
             "debug1: Authentications that can continue: publickey,password,keyboard-interactive",
             "Last password change                                    : May 01, 2026", "PasswordAuthentication: no",
             '"token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"]', "PWD=/home/ops", "pwd: /home/ops",
             f"X-Amz-Request-Id: {m.hex(16).upper()}", f"x-amz-id-2: {m.b64(36)}", f"Content-MD5: {m.b64(16)}", f"Sec-WebSocket-Key: {m.b64(16)}",
             'WWW-Authenticate: Basic realm="Registry"', 'WWW-Authenticate: Bearer realm="https://auth.docker.io/token",service="registry.docker.io"',
             "An error occurred (InvalidClientTokenId): The security token included in the request is invalid",
             "An error occurred (ExpiredToken) when calling the ListBuckets operation: The provided token has expired.",
             "AWS_SECRET_ACCESS_KEY is not set", 'password: "{{ vault_db_password }}"', "password: {{ vault_db_password }}",
             "DB_PASSWORD_FILE=/run/secrets/db_password", '"hasPassword": true, "passwordSet": false', '"Plaintext": null',
             "docker login --username AWS --password-stdin 123456789012.dkr.ecr.us-east-1.amazonaws.com", "AWS_SECRET_ACCESS_KEY=",
             "AUTH_PASSWORD_VALIDATORS = [", "secret_key_base is missing", "error: token: unexpected EOF", "password: [REDACTED]"]
    return untouched("\n".join(m.pick(lines) for _ in range(4)) + "\n")
