#!/usr/bin/python3
"""Raw requests against the stand-in: what an SDK would never send.

usage: standin_client.py PORT CA FIRST
Prints TAP lines numbered from FIRST.  Each case signs a good request, spoils one thing,
and says which status and code must come back.
"""

import hashlib
import os
import socket
import ssl
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from standin import sign, wire  # noqa: E402

KEY, SECRET = "AKIASTANDINGATEWAY00", "gateway/secret+for=the/stand-in"
ROLE = "arn:aws:iam::111122223333:role/broker"
STS = "sts.eu-west-1.amazonaws.com"
S3 = "logs.s3.eu-west-1.amazonaws.com"
PORT, CA = int(sys.argv[1]), sys.argv[2]
number = int(sys.argv[3])


class Asked:
    """A request to be signed, then spoiled: `late` are headers added unsigned."""

    def __init__(self, method="GET", target="/a.txt", host=S3, body=b"", headers=(),
                 age=0, service="s3", region="eu-west-1", key=KEY, secret=SECRET,
                 payload=None, unsigned=()):
        self.method, self.target, self.host, self.body = method, target, host, body
        self.late, self.payload = [], payload
        date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() - age))
        rows = [("host", host), ("x-amz-date", date), *headers]
        if service == "s3":
            self.payload = payload or hashlib.sha256(body).hexdigest()
            rows.append(("x-amz-content-sha256", self.payload))
        names = sorted({n for n, _ in rows} - set(unsigned))
        req = wire.Request(method, target, rows)
        value = sign.signature(secret, req, date, region, service, names,
                               self.payload or hashlib.sha256(body).hexdigest())
        rows.append(("authorization", "AWS4-HMAC-SHA256 Credential=%s/%s/%s/%s/"
                     "aws4_request, SignedHeaders=%s, Signature=%s"
                     % (key, date[:8], region, service, ";".join(names), value)))
        self.rows = rows

    def bytes(self):
        rows = self.rows + self.late
        if not any(n in ("content-length", "transfer-encoding") for n, _ in rows):
            rows = rows + [("content-length", str(len(self.body)))]
        head = ["%s %s HTTP/1.1" % (self.method, self.target)]
        head += ["%s: %s" % row for row in rows]
        return ("\r\n".join(head) + "\r\n\r\n").encode() + self.body


def connect(name, tunnel=None):
    sock = socket.create_connection(("127.0.0.1", PORT), timeout=10)
    if tunnel:
        sock.sendall(("CONNECT %s:443 HTTP/1.1\r\n\r\n" % tunnel).encode())
        if b" 200 " not in sock.recv(4096):
            raise ConnectionRefusedError("CONNECT")
    return ssl.create_default_context(cafile=CA).wrap_socket(sock, server_hostname=name)


def exchange(data, name, tunnel=None):
    """(status, whole answer); (0, '') when the connection was refused or dropped."""
    try:
        with connect(name, tunnel) as tls:
            tls.sendall(data)
            out = b""
            while b"\r\n\r\n" not in out:
                piece = tls.recv(65536)
                if not piece:
                    break
                out += piece
            head, _, rest = out.partition(b"\r\n\r\n")
            length = [int(x.split(b":")[1]) for x in head.split(b"\r\n")
                      if x.lower().startswith(b"content-length:")]
            while length and len(rest) < length[0]:
                piece = tls.recv(65536)
                if not piece:
                    break
                rest += piece
            return int(head.split(b" ")[1]) if head else 0, (head + rest).decode()
    except OSError:
        return 0, ""


def check(title, asked, status, text="", name=None, tunnel=None):
    global number
    data = asked if isinstance(asked, bytes) else asked.bytes()
    got, answer = exchange(data, name or asked.host, tunnel)
    good = got == status and text in answer
    print("%sok %d - %s" % ("" if good else "not ", number, title))
    if not good:
        print("# wanted %d %s, got %d %s" % (status, text, got, answer[-600:]))
    number += 1
    return answer


def form(**fields):
    return urllib.parse.urlencode(fields, quote_via=urllib.parse.quote).encode()


def sts(fields, **kw):
    body = fields if isinstance(fields, bytes) else form(Version="2011-06-15", **fields)
    kw.setdefault("headers", [("content-type",
                               "application/x-www-form-urlencoded; charset=utf-8")])
    return Asked("POST", "/", STS, body, service="sts", **kw)


def spoil(asked, change):
    change(asked)
    return asked


def assume(**changes):
    fields = {"Action": "AssumeRole", "RoleArn": ROLE, "RoleSessionName": "alice-1",
              "SourceIdentity": "alice"}
    fields.update(changes)
    return sts({k: v for k, v in fields.items() if v is not None})


def signatures():
    check("a good request is served", Asked(), 200, "alpha")
    check("and through CONNECT", Asked(), 200, "alpha", tunnel=S3)
    check("a wrong secret is refused", Asked(secret="wrong"), 403, "SignatureDoesNotMatch")
    check("an unknown key is refused", Asked(key="AKIANOBODY0000000000"), 403,
          "InvalidAccessKeyId")
    check("a changed path is refused",
          spoil(Asked(), lambda a: setattr(a, "target", "/2026/01/x.log")), 403,
          "SignatureDoesNotMatch")
    check("an added parameter is refused",
          spoil(Asked(), lambda a: setattr(a, "target", "/a.txt?x-id=GetObject")), 403,
          "SignatureDoesNotMatch")
    check("a changed method is refused",
          spoil(Asked(), lambda a: setattr(a, "method", "DELETE")), 403,
          "SignatureDoesNotMatch")
    check("an unsigned x-amz header is refused",
          spoil(Asked(), lambda a: a.late.append(("x-amz-acl", "public-read"))), 403,
          "AccessDenied")
    check("a host that is not signed is refused", Asked(unsigned=["host"]), 403,
          "AccessDenied")
    check("an old date is refused", Asked(age=301), 403, "RequestTimeTooSkewed")
    check("a date to come is refused", Asked(age=-400), 403, "RequestTimeTooSkewed")
    check("another region's scope is refused", Asked(region="us-east-1"), 400,
          "AuthorizationHeaderMalformed")
    check("another service's scope is refused", sts({"Action": "GetCallerIdentity"},
          region="us-east-1"), 403, "SignatureDoesNotMatch")
    check("no signature, no answer", spoil(Asked(), lambda a: a.rows.pop()), 403,
          "AccessDenied")
    check("a session token with a static key is refused",
          Asked(headers=[("x-amz-security-token", "t")]), 400, "InvalidToken")


def bodies():
    put = dict(method="PUT", target="/up.txt")
    check("a body is stored", Asked(body=b"one", **put), 200, "ETag")
    check("a body other than the signed one is refused",
          spoil(Asked(body=b"one", **put), lambda a: setattr(a, "body", b"two")), 400,
          "XAmzContentSHA256Mismatch")
    check("UNSIGNED-PAYLOAD is taken on S3",
          Asked(body=b"two", payload="UNSIGNED-PAYLOAD", **put), 200, "ETag")
    check("and nowhere else", sts({"Action": "GetCallerIdentity"},
          payload="UNSIGNED-PAYLOAD"), 403, "SignatureDoesNotMatch")
    check("a wrong Content-MD5 is refused",
          Asked(body=b"one", headers=[("content-md5", "XrY7u+Ae7tCTyyK7j1rNww==")], **put),
          400, "BadDigest")
    framed = [("x-amz-decoded-content-length", "5"), ("content-encoding", "aws-chunked"),
              ("x-amz-trailer", "x-amz-checksum-crc32")]
    streaming = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    good = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
    check("aws-chunked is decoded", Asked(body=good, headers=framed, payload=streaming,
          **put), 200, "ETag: \"5d41402abc4b2a76b9719d911017c592\"")
    check("and its checksum is checked",
          Asked(body=good.replace(b"NhCmhg", b"AAAAAA"), headers=framed,
                payload=streaming, **put), 400, "BadDigest")
    check("aws-chunked cut short is refused",
          Asked(body=good[:-6], headers=framed, payload=streaming, **put), 400)
    chunked = spoil(Asked(body=b"3\r\none\r\n0\r\n\r\n", payload=hashlib.sha256(
        b"one").hexdigest(), **put),
        lambda a: a.late.append(("transfer-encoding", "chunked")))
    check("a chunked body is read", chunked, 200, "ETag")


def hostile():
    check("two lengths are refused", spoil(Asked(body=b"x", method="PUT", target="/u"),
          lambda a: a.late.extend([("content-length", "1"),
                                   ("transfer-encoding", "chunked")])), 400)
    check("Host and server name must agree", Asked(host=STS, service="sts"), 400, name=S3)
    check("CONNECT and server name must agree", Asked(), 0, tunnel=STS)
    check("CONNECT goes to AWS names only", Asked(), 0, tunnel="example.com")
    check("a foreign server name gets no certificate", b"GET / HTTP/1.1\r\n\r\n", 0,
          name="example.com")
    check("two Host headers are refused",
          spoil(Asked(), lambda a: a.late.append(("host", S3))), 400)
    check("an endless head is refused", b"GET / HTTP/1.1\r\nx: " + b"a" * 70000
          + b"\r\n\r\n", 400, name=S3)
    check("an action that stands twice is refused",
          sts(form(Version="2011-06-15", Action="GetCallerIdentity")
              + b"&Action=AssumeRole"), 400, "ValidationError")


def roles():
    check("AssumeRole answers with credentials",
          assume(**{"Tags.member.1.Key": "session", "Tags.member.1.Value": "s1"}), 200,
          "<SessionToken>")
    check("without SourceIdentity the trust policy says no",
          assume(SourceIdentity=None), 403, "AccessDenied")
    check("an unknown role is denied", assume(RoleArn=ROLE + "x"), 403, "AccessDenied")
    check("a session name outside the set is refused",
          assume(RoleSessionName="a b"), 400, "ValidationError")
    check("a session name of 65 characters is refused",
          assume(RoleSessionName="a" * 65), 400, "ValidationError")
    check("a source identity of AWS's own is refused",
          assume(SourceIdentity="aws:x"), 400, "ValidationError")
    check("899 seconds are refused", assume(DurationSeconds="899"), 400, "ValidationError")
    check("an external id is demanded where the role has one",
          assume(RoleArn=ROLE.replace("broker", "readers")), 403, "AccessDenied")
    check("a policy that is no JSON is refused", assume(Policy="{"), 400,
          "MalformedPolicyDocument")
    check("tags with a gap are refused",
          assume(**{"Tags.member.2.Key": "a", "Tags.member.2.Value": "b"}), 400,
          "ValidationError")


def main():
    for part in (signatures, bodies, hostile, roles):
        part()


main()
