"""Families of masking cases: tokens, encodings, terminals, people, pauses."""

import base64
import json

import made
from casekit import ESC, NAMES, b64, case, cut, family, untouched


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
    """Typed wrong and rubbed out: the terminal shows the whole."""
    token = m.pick([t for _, t in made.vendor_tokens(m) if 24 < len(t) < 80])
    a = m.n(12, len(token) - 4)
    rub = m.pick(["\b", "\b \b", f"\b{ESC}[K"])
    text = f"$ echo {token[:a]}{token[-2:]}{rub}{rub}{token[a:]}\r\nok\r\n"
    return cut(m, case(text, [token], ["ok"]), 0, 4)


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
