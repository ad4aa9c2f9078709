"""Synthetic values for families.py: secrets as their makers shape them, and what only looks
like one.  Nothing here ever opened anything; all follows from a seed."""

import base64
import random
import string

UPPER32 = string.ascii_uppercase + "234567"
ALNUM = string.ascii_letters + string.digits
B64 = ALNUM + "+/"
WORD = ALNUM + "_"
DASH = ALNUM + "_-"
HEX = "0123456789abcdef"
BECH = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
SERVICES = ["orders", "billing", "ledger", "reports", "media", "search", "audit", "events"]
PARTS = ["gateway", "checkout", "worker", "api", "sync", "batch", "portal", "index"]
REGIONS = ["us-east-1", "eu-west-1", "ap-southeast-2", "eu-central-1"]
USERS = ["app", "svc", "deploy", "reader", "batch", "admin"]


class Made:
    """A source of values, by a seed."""

    def __init__(self, seed):
        self.r = random.Random(seed)

    def run(self, alphabet, n, most=None):
        n = n if most is None else self.r.randint(n, most)
        return "".join(self.r.choice(alphabet) for _ in range(n))

    def pick(self, of):
        return self.r.choice(of)

    def n(self, low, high):
        return self.r.randint(low, high)

    # ---- what surrounds secrets ----

    def account(self):
        return self.run(string.digits, 12)

    def region(self):
        return self.pick(REGIONS)

    def name(self):
        return f"{self.pick(SERVICES)}-{self.pick(PARTS)}"

    def uuid(self):
        return "-".join(self.run(HEX, n) for n in (8, 4, 4, 4, 12))

    def time(self):
        return (f"2026-{self.n(1, 12):02}-{self.n(1, 28):02}T{self.n(0, 23):02}:{self.n(0, 59):02}"
                f":{self.n(0, 59):02}+00:00")

    def unique(self, prefix):
        """An id that is no secret: AROA, AIDA, AIPA."""
        return prefix + self.run(UPPER32, 17)

    def hex(self, n):
        return self.run(HEX, n)

    # ---- secrets of AWS ----

    def key_id(self, prefix="AKIA"):
        return prefix + self.run(UPPER32, 16)

    def secret_key(self):
        while True:
            s = self.run(B64, 40)
            if any(c.isdigit() for c in s) and len(set(s)) > 24:
                return s

    def session_token(self, prefix="IQoJb3JpZ2luX2Vj"):
        return prefix + self.run(B64, 180, 420) + self.pick(["", "=", "=="])

    # ---- others ----

    def password(self, least=12, most=26):
        """Letters and digits, sometimes more: none that ends a bare value."""
        while True:
            s = self.run(ALNUM + self.pick(["", "", "_-", "!%^*+", "_.~"]), least, most)
            if any(c.isdigit() for c in s) and s[0] in ALNUM and s[-1] in ALNUM:
                return s

    def b64(self, least, most=None):
        """Base64 of that many bytes."""
        n = least if most is None else self.r.randint(least, most)
        return base64.b64encode(bytes(self.r.randrange(256) for _ in range(n))).decode()

    def jwt(self):
        head = base64.urlsafe_b64encode(b'{"alg":"RS256","typ":"JWT","kid":"%s"}'
                                        % self.hex(8).encode()).decode().rstrip("=")
        body = base64.urlsafe_b64encode(b'{"sub":"%s","iss":"https://idp.example.com","exp":1893456000}'
                                        % self.uuid().encode()).decode().rstrip("=")
        return f"{head}.{body}.{self.run(DASH, 86)}"

    def pem(self, words="RSA PRIVATE KEY", lines=None, width=64):
        """(marker, body lines, marker)"""
        lines = self.n(5, 14) if lines is None else lines
        body = ["MII" + self.run(B64, width - 3)] + [self.run(B64, width) for _ in range(lines - 1)]
        body.append(self.run(B64, self.n(20, width - 8)) + self.pick(["=", "==", ""]))
        return f"-----BEGIN {words}-----", body, f"-----END {words}-----"

    def card(self, iin, n):
        digits = iin + self.run(string.digits, n - len(iin) - 1)
        total = 0
        for i, c in enumerate(reversed(digits)):
            d = int(c) * (2 if i % 2 == 0 else 1)
            total += d - 9 if d > 9 else d
        return digits + str(-total % 10)

    def ssn(self):
        area = self.pick([n for n in range(1, 900) if n != 666])
        return f"{area:03}-{self.n(1, 99):02}-{self.n(1, 9999):04}"

    def iban(self, country="DE", n=18):
        body = self.run(string.digits, n)
        digits = "".join(str(int(c, 36)) for c in body + country + "00")
        return f"{country}{98 - int(digits) % 97:02}{body}"


def vendor_tokens(m):
    """(rule, token) of each row of the vendors' tokens."""
    a, w, d = ALNUM, WORD, DASH
    digits = string.digits
    for p in ("AKIA", "ASIA", "ABIA", "ACCA"):
        yield f"aws-{p.lower()}", m.key_id(p)
    for p in ("IQoJb3JpZ2luX2Vj", "FwoGZXIvYXdzE", "FQoGZXIvYXdzE"):
        yield f"sts-{p[:3].lower()}", m.session_token(p)
    yield "bedrock-absk", "ABSK" + m.run(B64, 109, 240) + "="
    yield "bedrock-api-key", "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t" + m.run(B64, 90, 200)
    for p in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"):
        yield f"github-{p[:3]}", p + m.run(a, 36)
    yield "github-fine", "github_pat_" + m.run(a, 22) + "_" + m.run(a, 59)
    for p in ("glpat-", "gldt-", "glrt-", "glcbt-", "glft-"):
        yield f"gitlab-{p[:-1]}", p + m.run(d[:-1], 20, 30)
    yield "gitlab-glptt", "glptt-" + m.hex(40)
    for p in ("xoxb-", "xoxp-", "xoxr-", "xoxs-"):
        yield f"slack-{p[:-1]}", f"{p}{m.run(digits, 12)}-{m.run(digits, 13)}-{m.run(a, 24)}"
    yield "slack-xoxa", f"xoxa-2-{m.run(digits, 12)}-{m.run(digits, 13)}-{m.run(a, 32)}"
    yield "slack-xoxe", f"xoxe-1-{m.run(a, 146)}"
    yield "slack-xapp", f"xapp-1-A{m.run(UPPER32, 10)}-{m.run(digits, 13)}-{m.hex(64)}"
    yield "slack-hook", (f"hooks.slack.com/services/T{m.run(UPPER32, 8)}/B{m.run(UPPER32, 8)}/"
                         f"{m.run(a, 24)}")
    for p in ("sk_live_", "sk_test_", "rk_live_", "rk_test_"):
        yield f"stripe-{p[:-1]}", p + m.run(a, 24, 99)
    yield "stripe-whsec", "whsec_" + m.run(B64, 32)
    yield "openai-proj", "sk-proj-" + m.run(d, 48, 150)
    yield "openai-svcacct", "sk-svcacct-" + m.run(d, 48, 150)
    yield "anthropic", "sk-ant-api03-" + m.run(d, 93) + "AA"
    yield "google-api", "AIza" + m.run(d[:-1], 35)
    yield "google-oauth", "ya29." + m.run(d[:-1], 60, 160)
    yield "google-client", "GOCSPX-" + m.run(d[:-1], 28)
    yield "npm", "npm_" + m.run(a, 36)
    yield "pypi", "pypi-AgEIcHlwaS5vcmc" + m.run(d[:-1], 90, 150)
    yield "huggingface", "hf_" + m.run(string.ascii_letters, 34)
    yield "sendgrid", f"SG.{m.run(d[:-1], 22)}.{m.run(d[:-1], 43)}"
    yield "twilio", "SK" + m.hex(32)
    yield "digitalocean-dop", "dop_v1_" + m.hex(64)
    yield "digitalocean-doo", "doo_v1_" + m.hex(64)
    yield "databricks", "dapi" + m.hex(32)
    yield "vault-hvs", "hvs." + m.run(d[:-1], 90, 120)
    yield "vault-hvs-short", "hvs." + m.run(a, 24)
    yield "vault-hvb", "hvb." + m.run(d[:-1], 140, 300)
    yield "age", "AGE-SECRET-KEY-1" + m.run(BECH, 58)
    for p in ("shpat_", "shpss_", "shpca_", "shppa_"):
        yield f"shopify-{p[:-1]}", p + m.hex(32)
    yield "grafana-glsa", f"glsa_{m.run(a, 32)}_{m.hex(8)}"
    yield "grafana-glc", "glc_eyJ" + m.run(B64, 80, 140)
    yield "pulumi", "pul-" + m.hex(40)
    yield "linear", "lin_api_" + m.run(a, 40)
    yield "postman", f"PMAK-{m.hex(24)}-{m.hex(34)}"
    yield "docker", "dckr_pat_" + m.run(d[:-1], 27)
    yield "newrelic", "NRAK-" + m.run(string.ascii_uppercase + digits, 27)
    yield "doppler", "dp.pt." + m.run(a, 43)
    yield "rubygems", "rubygems_" + m.hex(48)
    yield "openshift", "sha256~" + m.run(d[:-1], 43)
    yield "jwt", m.jwt()


def crypt_hashes(m):
    c = ALNUM + "./"
    yield "$5$" + m.run(c, 16) + "$" + m.run(c, 43)
    yield "$6$" + m.run(c, 16) + "$" + m.run(c, 86)
    yield "$y$j9T$" + m.run(c, 22) + "$" + m.run(c, 43)
    yield "$2b$12$" + m.run(c, 53)
    yield "$2y$10$" + m.run(c, 53)
