"""Who signed a request?  Signature Version 4, recomputed from the received bytes with
the real secret of the key that the request names.  Written apart from the broker's
own signer, so that each checks the other."""

import hashlib
import hmac
import re
import time
import urllib.parse
from calendar import timegm

SKEW = 300
AUTH = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([A-Z0-9]{4,128})/([0-9]{8})/([a-z0-9-]+)/([a-z0-9-]+)"
    r"/aws4_request, ?SignedHeaders=([a-z0-9;_-]+), ?Signature=([0-9a-f]{64})\Z")
EMPTY = hashlib.sha256().hexdigest()

# What each service calls a fault: fault -> {service: (status, code)}; "" is the rest.
FAULTS = {
    "unsigned": {"s3": (403, "AccessDenied"), "ec2": (401, "AuthFailure"),
                 "": (403, "MissingAuthenticationToken")},
    "malformed": {"s3": (400, "AuthorizationHeaderMalformed"),
                  "ec2": (401, "AuthFailure"), "": (400, "IncompleteSignature")},
    "unknown": {"s3": (403, "InvalidAccessKeyId"), "ec2": (401, "AuthFailure"),
                "": (403, "InvalidClientTokenId")},
    "token": {"s3": (400, "InvalidToken"), "ec2": (401, "AuthFailure"),
              "": (403, "InvalidClientTokenId")},
    "expired": {"s3": (400, "ExpiredToken"), "ec2": (400, "RequestExpired"),
                "": (403, "ExpiredToken")},
    "mismatch": {"ec2": (401, "AuthFailure"), "": (403, "SignatureDoesNotMatch")},
    "skew": {"s3": (403, "RequestTimeTooSkewed"), "ec2": (400, "RequestExpired"),
             "": (403, "SignatureDoesNotMatch")},
    "scope": {"s3": (400, "AuthorizationHeaderMalformed"),
              "ec2": (401, "AuthFailure"), "": (403, "SignatureDoesNotMatch")},
    "hash": {"s3": (400, "XAmzContentSHA256Mismatch"), "ec2": (401, "AuthFailure"),
             "": (403, "SignatureDoesNotMatch")},
    "header": {"s3": (403, "AccessDenied"), "ec2": (401, "AuthFailure"),
               "": (403, "SignatureDoesNotMatch")},
}

# How the services of sessions call them; with status 400, and 403 where a socket is asked
# for.
CALLED = {
    "unsigned": "MissingAuthenticationTokenException",
    "malformed": "IncompleteSignatureException", "unknown": "UnrecognizedClientException",
    "token": "UnrecognizedClientException", "expired": "ExpiredTokenException",
}
for _kind, _row in FAULTS.items():
    for _service, _status in (("ssm", 400), ("kms", 400), ("ssmmessages", 403)):
        _row[_service] = (_status, CALLED.get(_kind, "InvalidSignatureException"))


class Refused(Exception):
    def __init__(self, status, code, message, **extra):
        super().__init__(message)
        self.status, self.code, self.message, self.extra = status, code, message, extra


def fault(service, kind, message):
    row = FAULTS[kind]
    status, code = row.get(service) or row[""]
    return Refused(status, code, message)


def canonical_path(path, service):
    raw = path.encode("utf-8", "surrogateescape")
    if service == "s3":
        return urllib.parse.quote(urllib.parse.unquote_to_bytes(raw), safe="/~")
    kept = []
    for part in raw.split(b"/"):
        if part == b"..":
            del kept[-1:]
        elif part not in (b"", b"."):
            kept.append(part)
    text = b"/" + b"/".join(kept)
    if raw.endswith(b"/") and kept:
        text += b"/"
    return urllib.parse.quote(text, safe="/~")


def canonical_query(query, service=""):
    rows = []
    for part in query.split("&"):
        if not part:
            continue
        if service == "ssmmessages":  # its clients take a plus for a space
            part = part.replace("+", " ")
        if "+" in part:
            raise ValueError("a raw plus in the query")
        key, _, value = part.partition("=")
        rows.append(tuple(
            urllib.parse.quote(urllib.parse.unquote_to_bytes(
                x.encode("utf-8", "surrogateescape")), safe="~") for x in (key, value)))
    return "&".join("%s=%s" % row for row in sorted(rows))


def canonical_headers(req, names):
    lines = []
    for name in names:
        values = [re.sub(r"[ \t]+", " ", v.strip(" \t")) for v in req.all(name)]
        lines.append("%s:%s\n" % (name, ",".join(values)))
    return "".join(lines)


def signing_key(secret, day, region, service):
    key = ("AWS4" + secret).encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def signature(secret, req, date, region, service, names, payload_hash):
    canonical = "\n".join([
        req.method, canonical_path(req.path, service), canonical_query(req.query, service),
        canonical_headers(req, names), ";".join(names), payload_hash])
    scope = "%s/%s/%s/aws4_request" % (date[:8], region, service)
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, digest])
    key = signing_key(secret, date[:8], region, service)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def must_be_signed(name):
    return name.startswith("x-amz-") or name in ("host", "content-type", "content-md5")


def check_names(req, names, service):
    present = [n for n, _ in req.headers]
    if names != sorted(set(names)):
        raise fault(service, "malformed", "SignedHeaders is not sorted")
    missing = [n for n in names if n not in present]
    if missing:
        raise fault(service, "mismatch", "signed header %s is not there" % missing[0])
    loose = sorted({n for n in present if must_be_signed(n)} - set(names))
    if loose:
        raise fault(service, "header", "There were headers present in the request which"
                    " were not signed: " + ", ".join(loose))


def check_date(date, day, service):
    if date is None or not re.fullmatch(r"[0-9]{8}T[0-9]{6}Z", date):
        raise fault(service, "malformed", "X-Amz-Date is missing or malformed")
    try:
        then = timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise fault(service, "malformed", "X-Amz-Date is no date")
    if day != date[:8]:
        raise fault(service, "malformed", "Date in Credential scope does not match"
                    " YYYYMMDD from ISO-8601 version of date from HTTP")
    if abs(time.time() - then) > SKEW:
        raise fault(service, "skew", "Signature expired: %s is not within 5 min. of"
                    " the server's time" % date)


def payload_literal(req, service):
    """What stands for the body in the signature, and whether the body is bound to it."""
    claim = req.one("x-amz-content-sha256")
    if service != "s3":
        if claim not in (None, req.sha256):
            raise fault(service, "hash", "x-amz-content-sha256 is not the body's")
        return req.sha256
    if claim is None:
        raise Refused(400, "InvalidRequest",
                      "Missing required header for this request: x-amz-content-sha256")
    if claim in ("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"):
        return claim
    if claim.startswith("STREAMING-"):
        raise Refused(501, "NotImplemented", "signed chunks are not served here")
    if not re.fullmatch(r"[0-9a-f]{64}", claim):
        raise Refused(400, "InvalidRequest", "x-amz-content-sha256 is malformed")
    return claim


def check_body(req, service):
    """After the body: is it the one that was signed?"""
    claim = req.one("x-amz-content-sha256")
    if service == "s3" and claim and re.fullmatch(r"[0-9a-f]{64}", claim) \
            and claim != req.sha256:
        raise fault(service, "hash", "The provided 'x-amz-content-sha256' header does"
                    " not match what was computed.")


def find_principal(world, key_id, req, service):
    who = world.principal(key_id)
    if who is None:
        raise fault(service, "unknown",
                    "The security token included in the request is invalid.")
    token = req.one("x-amz-security-token")
    if who.token is None and token is not None or who.token is not None and (
            token is None or not hmac.compare_digest(who.token, token)):
        raise fault(service, "token",
                    "The security token included in the request is invalid.")
    if who.expires is not None and who.expires <= time.time():
        raise fault(service, "expired",
                    "The security token included in the request is expired")
    return who


def verify(world, req, service, region):
    """The principal who signed this request for this service and region; else Refused.
    Outside S3 the body must have been read."""
    auth = req.one("authorization")
    if auth is None:
        raise fault(service, "unsigned", "Request is missing Authentication Token")
    m = AUTH.match(auth)
    if m is None:
        raise fault(service, "malformed", "The authorization header is malformed")
    key_id, day, scope_region, scope_service, names, given = m.groups()
    who = find_principal(world, key_id, req, service)
    date = req.one("x-amz-date")
    check_date(date, day, service)
    if (scope_region, scope_service) != (region, service):
        raise fault(service, "scope", "Credential should be scoped to %s/%s"
                    % (region, service))
    check_names(req, names.split(";"), service)
    try:
        want = signature(who.secret, req, date, region, service, names.split(";"),
                         payload_literal(req, service))
    except ValueError as e:
        raise fault(service, "mismatch", str(e))
    if not hmac.compare_digest(want, given):
        raise fault(service, "mismatch", "The request signature we calculated does not"
                    " match the signature you provided. Check your AWS Secret Access Key"
                    " and signing method.")
    return who
