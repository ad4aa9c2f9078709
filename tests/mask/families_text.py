"""Families of masking cases: what files and programs say."""

import json

import made
from casekit import NAMES, b64, case, cut, family, yaml_of


# ---- JSON in JSON ----


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


@family("json-line")
def symbols(m):
    """Any printable characters in quotes."""
    odd = "".join(chr(c) for c in range(33, 127) if chr(c) not in "\"'\\$`{[<*%!")
    value = m.run(made.ALNUM, 2) + m.run(odd, 14, 30) + m.run(made.ALNUM, 2)
    ident = m.uuid()
    text, form = m.pick([(json.dumps({"password": value, "id": ident}) + "\n", "json"),
                         (json.dumps({"detail": json.dumps({"api_key": value}), "id": ident}) + "\n", "json"),
                         (f'DB_PASSWORD="{value}"\n{ident}\n', "text"), (f"DB_PASSWORD='{value}'\n{ident}\n", "text"),
                         (f"password: '{value}'\nid: {ident}\n", "yaml")])
    return cut(m, case(text, [value], [ident], form), 0, 4)


@family("json-line")
def blanks_in_quotes(m):
    """Words as a pass phrase."""
    value, ident = " ".join(m.run("abcdefghijklmnopqrstuvwxyz", 4, 9) for _ in range(m.n(3, 6))), m.uuid()
    text, form = m.pick([(json.dumps({"passphrase": value, "id": ident}) + "\n", "json"),
                         (f'PASSPHRASE="{value}"\n{ident}\n', "text"), (f"passphrase: '{value}'\nid: {ident}\n", "yaml")])
    return cut(m, case(text, [value], [ident], form), 0, 4)
