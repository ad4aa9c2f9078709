"""What the families of masking cases are made with: a family is a function of a source of
values that yields one case, or some; it is asked anew for each variant."""

import base64

FAMILIES = []  # (name, class, times, function): times as many as of others
ESC = "\x1b"
NAMES = ["DB_PASSWORD", "PGPASSWORD", "MYSQL_ROOT_PASSWORD", "REDIS_PASSWORD", "SECRET_KEY", "DJANGO_SECRET_KEY",
         "JWT_SECRET", "API_KEY", "STRIPE_API_KEY", "GITHUB_TOKEN", "AUTH_TOKEN", "CLIENT_SECRET", "SMTP_PASSWD",
         "AWS_SECRET_ACCESS_KEY", "ENCRYPTION_KEY", "SIGNING_SECRET", "WEBHOOK_SECRET", "SESSION_SECRET",
         "VAULT_TOKEN", "KEYSTORE_PASSPHRASE", "ACCESS_TOKEN", "REFRESH_TOKEN", "PRIVATE_KEY"]


def family(cls, times=1.0):
    def add(f):
        FAMILIES.append((f.__name__.replace("_", "-"), cls, times, f))
        return f
    return add


def case(text, secrets, keep=(), form="terminal", **more):
    return {"format": form, "input": [text], "secrets": list(secrets), "keep": list(keep), **more}


def b64(s):
    return base64.b64encode(s.encode()).decode()


def cut(m, c, least, most):
    """The case in other chunks; where a character is parted, as base64."""
    raw = "".join(c["input"]).encode()
    at = sorted({m.n(1, max(1, len(raw) - 1)) for _ in range(m.n(least, most))})
    pieces = [raw[a:b] for a, b in zip([0, *at], [*at, len(raw)])]
    try:
        return {**c, "input": [p.decode() for p in pieces]}
    except UnicodeDecodeError:
        return {**c, "enc": "b64", "input": [base64.b64encode(p).decode() for p in pieces]}


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


def untouched(text, form="terminal"):
    return case(text, [], [line for line in text.split("\n") if line.strip()], form)
