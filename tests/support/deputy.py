#!/usr/bin/python3
"""Requests that mean one thing to the gate and another to AWS, through ssh -L.

usage: deputy.py PORT KEYS FOREIGN LOG ROWS    attack; prints TAP, writes ROWS
       deputy.py --recorded ROWS DIR           compare with the recordings in DIR
KEYS and FOREIGN are what `sdk-env --json` printed, for us and for another identity; LOG
is the stand-in's.  Each row takes one connection, which is one session of the broker's,
and ROWS says what its recording must hold.
"""
import base64
import gzip
import hashlib
import json
import os
import socket
import ssl
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from standin import sign, wire  # noqa: E402

REGION = "eu-west-1"
S3, STS = "logs.s3.eu-west-1.amazonaws.com", "sts.eu-west-1.amazonaws.com"
DYNAMO, SSM = "dynamodb.eu-west-1.amazonaws.com", "ssm.eu-west-1.amazonaws.com"
LAMBDA, EC2 = "lambda.eu-west-1.amazonaws.com", "ec2.eu-west-1.amazonaws.com"
CONTROL = "111122223333.s3-control.eu-west-1.amazonaws.com"
FORM = ("content-type", "application/x-www-form-urlencoded; charset=utf-8")
WHO = b"Action=GetCallerIdentity&Version=2011-06-15"
PUT = dict(method="PUT", target="/up/new.txt")
STREAM = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


class Keys:
    def __init__(self, path):
        with open(path) as f:
            o = json.load(f)
        self.id, self.secret, self.ca = o["AccessKeyId"], o["SecretAccessKey"], o["Ca"]


keys = foreign = None


def stamp(age=0):
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() - age))


class Asked:
    """A request, well signed; what is in late was added behind the signature's back."""

    def __init__(self, method="GET", target="/a.txt", host=S3, body=b"", headers=(), late=(),
                 service="s3", region=REGION, key=None, secret=None, payload=None, age=0,
                 unsigned=(), sent=None, version="HTTP/1.1", algorithm="AWS4-HMAC-SHA256"):
        date = stamp(age)
        hashed = payload or hashlib.sha256(body).hexdigest()
        rows = [("host", host), ("x-amz-date", date), *headers]
        if service == "s3":
            rows.append(("x-amz-content-sha256", hashed))
        names = sorted({n for n, _ in rows} - set(unsigned))
        value = sign.signature(secret or keys.secret, wire.Request(method, target, rows), date,
                               region, service, names, hashed)
        rows.append(("authorization", "%s Credential=%s/%s/%s/%s/aws4_request, SignedHeaders=%s, "
                     "Signature=%s" % (algorithm, key or keys.id, date[:8], region, service,
                                       ";".join(names), value)))
        rows += late
        body = body if sent is None else sent
        if not any(n.lower() in ("content-length", "transfer-encoding") for n, _ in rows):
            rows.append(("content-length", str(len(body))))
        head = ["%s %s %s" % (method, target, version)] + ["%s: %s" % row for row in rows]
        self.bytes = ("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + body
        self.host = host

    def spoil(self, old, new):
        assert old in self.bytes, old
        self.bytes = self.bytes.replace(old, new, 1)
        return self


def sts(body=WHO, target="/", **kw):
    kw.setdefault("headers", [FORM])
    return Asked("POST", target, STS, body, service="sts", **kw)


def ec2(body):
    return Asked("POST", "/", EC2, body, [FORM], service="ec2")


def target_of(operation, body, host=DYNAMO, service="dynamodb", prefix="DynamoDB_20120810",
              kind="application/x-amz-json-1.0", **kw):
    body = json.dumps(body).encode() if isinstance(body, dict) else body
    rows = [("content-type", kind), ("x-amz-target", prefix + "." + operation)]
    return Asked("POST", "/", host, body, rows + kw.pop("headers", []), service=service, **kw)


def ssm(operation, body, **kw):
    return target_of(operation, body, SSM, "ssm", "AmazonSSM", "application/x-amz-json-1.1", **kw)


def rest(method, target, body=None, host=LAMBDA, service="lambda", **kw):
    body = json.dumps(body).encode() if isinstance(body, dict) else body or b""
    return Asked(method, target, host, body, kw.pop("headers", [("content-type", "application/json")]),
                 service=service, **kw)


def delete(text, target="/?delete", headers=()):
    body = text if isinstance(text, bytes) else text.encode()
    return Asked("POST", target, S3, body, [("content-md5", base64.b64encode(
        hashlib.md5(body).digest()).decode()), *headers])


def objects(*names, front="", back=""):
    return delete(front + "<Delete %s>" % XMLNS + "".join(
        "<Object><Key>%s</Key></Object>" % n for n in names) + back + "</Delete>")


def presigned(target="/a.txt", expires=60, age=0, extra=(), spoiled="", secret=None, host=S3):
    date = stamp(age)
    q = [("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
         ("X-Amz-Credential", "%s/%s/%s/s3/aws4_request" % (keys.id, date[:8], REGION)),
         ("X-Amz-Date", date), ("X-Amz-Expires", str(expires)),
         ("X-Amz-SignedHeaders", "host"), *extra]
    query = urllib.parse.urlencode(q, quote_via=urllib.parse.quote)
    value = sign.signature(secret or keys.secret, wire.Request(
        "GET", target + "?" + query, [("host", host)]), date, REGION, "s3", ["host"],
        "UNSIGNED-PAYLOAD")
    a = Asked()
    a.bytes = ("GET %s?%s&X-Amz-Signature=%s%s HTTP/1.1\r\nhost: %s\r\n\r\n"
               % (target, query, value, spoiled, host)).encode()
    return a


def raw(data, host=S3):
    a = Asked()
    a.bytes, a.host = data, host
    return a


def framed(data, names="x-amz-checksum-crc32", tail="x-amz-checksum-crc32:AAAAAA==\r\n", length=None):
    body = b"%x\r\n%s\r\n0\r\n%s\r\n" % (len(data), data, tail.encode())
    return Asked(body=body, payload=STREAM, headers=[
        ("x-amz-decoded-content-length", str(len(data) if length is None else length)),
        ("content-encoding", "aws-chunked"), ("x-amz-trailer", names)], **PUT)


# ---- connections ----

class Closed(Exception):
    pass


def connect(port, way, name, sni):
    sock = socket.create_connection(("127.0.0.1", port), timeout=30)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if way == "plain":
        return sock
    if way == "proxy":
        sock.sendall(("CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (name, name)).encode())
        head = until(sock, b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            sock.close()
            raise Closed(int(head.split()[1]) if head else 0)
    context = ssl.create_default_context(cadata=keys.ca)
    if way == "h2":
        context.set_alpn_protocols(["h2"])
    try:
        return context.wrap_socket(sock, server_hostname=sni)
    except (ssl.SSLError, OSError):
        sock.close()
        raise Closed(0)


def until(sock, mark):
    data = b""
    while mark not in data:
        try:
            piece = sock.recv(65536)
        except OSError:
            piece = b""
        if not piece:
            break
        data += piece
    return data


def answer(sock, no_body=False):
    """(status, everything)."""
    data = until(sock, b"\r\n\r\n")
    if not data.startswith(b"HTTP/1.1 "):
        return 0, data
    head, _, rest_ = data.partition(b"\r\n\r\n")
    if not no_body:
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                want = int(line.split(b":")[1])
                while len(rest_) < want:
                    piece = sock.recv(65536)
                    if not piece:
                        break
                    rest_ += piece
    return int(head.split()[1]), head + b"\r\n\r\n" + rest_


def exchange(port, asked, way, name, sni):
    try:
        sock = connect(port, way, name, sni)
    except Closed as e:
        return e.args[0], b""
    with sock:
        try:
            sock.sendall(asked.bytes)
        except OSError:
            pass
        return answer(sock, asked.bytes.startswith(b"HEAD "))


# ---- the rows ----

GOOD, BAD = [], []


def good(title, asked, text=b"", status=200, **kw):
    GOOD.append((title, asked, (status,), text, kw))


def bad(title, asked, *status, text=b"", **kw):
    BAD.append((title, asked, status or (400, 403), text, kw))


def rows_good():
    good("an object", Asked(), b"alpha")
    good("the same by endpoint", Asked(target="/logs/a.txt", host="localhost:1"), b"alpha", way="tls")
    good("the same by plain HTTP", Asked(target="/logs/a.txt", host="localhost:1"), b"alpha", way="plain")
    good("a presigned URL", presigned(), b"alpha")
    good("an upload", Asked(body=b"x", **PUT))
    good("a copy within", Asked(headers=[("x-amz-copy-source", "/logs/a.txt")], **PUT))
    good("objects deleted by a list", objects("up/1", "up/2"))
    good("and with a declaration", objects("up/3", front='<?xml version="1.0" encoding="UTF-8"?>\n'))
    good("a form", sts(), b"assumed-role")
    good("a target", target_of("Scan", {"TableName": "people"}), b"Ann")
    good("a parameter", ssm("GetParameter", {"Name": "/app/color"}), b"blue")
    body = gzip.compress(b'{"Name": "/app/color"}')
    good("a body in gzip", ssm("GetParameter", body, headers=[("content-encoding", "gzip")]), b"blue")


def rows_names():
    names = {"s3": S3, "sts": STS, "ec2": EC2}
    for c in names:
        for s in names:
            for h in names:
                if c == s == h:
                    continue
                asked = {"s3": Asked(), "sts": sts(), "ec2": ec2(
                    b"Action=DescribeInstances&Version=2016-11-15")}[h]
                bad("CONNECT %s, TLS %s, Host %s" % (c, s, h), asked, 0, 400, 403,
                    name=names[c] + ":443", sni=names[s])
    bad("CONNECT to a foreign name", Asked(), 403, name="example.com:443", sni=S3)
    bad("CONNECT to a name that only begins well", Asked(), 403,
        name="sts.eu-west-1.amazonaws.com.evil.com:443", sni=STS)
    bad("CONNECT to a customer's name below AWS's", Asked(
        host="x.eu-west-1.elb.amazonaws.com"), 403, name="x.eu-west-1.elb.amazonaws.com:443",
        sni="x.eu-west-1.elb.amazonaws.com")
    bad("CONNECT to an address", Asked(), 403, name="169.254.169.254:443", sni=S3)
    bad("CONNECT to another port", Asked(), 403, name=S3 + ":22", sni=S3)
    bad("CONNECT inside of a connection", raw(b"CONNECT sts.amazonaws.com:443 HTTP/1.1\r\n\r\n"))
    for scope in ("ec2", "s3", "iam"):
        bad("the scope of %s to STS" % scope, sts().spoil(b"/sts/aws4", ("/%s/aws4" % scope).encode()))
        bad("a signature for %s to STS" % scope,
            Asked("POST", "/", STS, WHO, [FORM], service=scope))
    bad("another region's scope", sts(region="us-east-1"))
    bad("a scope that would be part of a name", sts(region="x.y"))
    bad("another region's host", Asked(host="logs.s3.us-east-1.amazonaws.com"),
        name="logs.s3.us-east-1.amazonaws.com:443", sni="logs.s3.us-east-1.amazonaws.com")
    bad("an endpoint's scope of no service", Asked("POST", "/", "localhost:1", WHO, [FORM],
        service="nothing"), way="tls")
    bad("a port in Host that is not TLS's", Asked(host=S3 + ":80"))
    bad("two Host headers", Asked(late=[("Host", "east.s3.eu-west-1.amazonaws.com")]))
    bad("a Host header that is folded", Asked().spoil(b"host: ", b"host:\r\n "), 400)
    bad("a whole URL by the proxy", raw(b"GET http://%s/a.txt HTTP/1.1\r\nHost: %s\r\n\r\n"
        % (S3.encode(), S3.encode())), 400, way="plain")
    bad("a whole URL inside of TLS", Asked(target="https://east.s3.eu-west-1.amazonaws.com/e.txt"), 400)
    bad("S3 Express", Asked(host="b--euw1-az1--x-s3.s3express-euw1-az1.eu-west-1.amazonaws.com",
        service="s3express"), name="b--euw1-az1--x-s3.s3express-euw1-az1.eu-west-1.amazonaws.com:443",
        sni="b--euw1-az1--x-s3.s3express-euw1-az1.eu-west-1.amazonaws.com")
    bad("an access point's alias", Asked(host="ap-s3alias.s3.eu-west-1.amazonaws.com"),
        name="ap-s3alias.s3.eu-west-1.amazonaws.com:443", sni="ap-s3alias.s3.eu-west-1.amazonaws.com")


def rows_heads():
    bad("HTTP/2 by preface", raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 400)
    bad("HTTP/2 by preface, in plain", raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 400, way="plain")
    bad("HTTP/2 by ALPN", Asked(), 0, way="h2", sni=S3)
    bad("HTTP/1.0", Asked(version="HTTP/1.0"), 400)
    bad("a header that is folded", sts().spoil(b"content-type: ", b"content-type:\r\n\t"), 400)
    bad("a bare LF", sts().spoil(b"\r\nx-amz-date", b"\nx-amz-date"), 400)
    bad("a bare CR", sts().spoil(b"HTTP/1.1\r\n", b"HTTP/1.1\r\nX-A: b\rc\r\n"), 400)
    bad("a NUL", sts().spoil(b"content-type: ", b"x-a: \0\r\ncontent-type: "), 400)
    bad("a blank before the colon", sts().spoil(b"content-type: ", b"content-type : "), 400)
    bad("an empty line in front", raw(b"\r\n" + Asked().bytes), 400)
    bad("a head without end", raw(b"GET /a HTTP/1.1\r\n" + b"x: y\r\n" * 20000), 400)
    bad("too many headers", Asked(late=[("a-%d" % i, "b") for i in range(300)]), 400)
    bad("Content-Length and Transfer-Encoding", sts(late=[
        ("content-length", str(len(WHO))), ("transfer-encoding", "chunked")]), 400)
    bad("two lengths", sts(late=[("content-length", "0"), ("Content-Length", str(len(WHO)))]), 400)
    bad("a length with a sign", sts(late=[("content-length", "+43")]), 400)
    bad("a length of two values", sts(late=[("content-length", "43, 43")]), 400)
    bad("a coding of two words", sts(late=[("transfer-encoding", "gzip, chunked")]), 400)
    bad("a chunk with an extension", sts(sent=b"2b;a=b\r\n" + WHO + b"\r\n0\r\n\r\n",
        late=[("transfer-encoding", "chunked")]), 400)
    bad("a trailer", sts(sent=b"2b\r\n" + WHO + b"\r\n0\r\nx-amz-acl: a\r\n\r\n",
        late=[("transfer-encoding", "chunked")]), 400)
    bad("Connection takes a header away", Asked(late=[("connection", "x-amz-date")]), 400)
    bad("an upgrade", Asked(late=[("upgrade", "h2c")]), 400)
    bad("another method by a header", Asked(late=[("x-http-method-override", "DELETE")]), 400)
    bad("an unknown method", Asked("TRACE"))
    bad("a lower-case method", Asked("get"), 400)
    bad("an unknown expectation", Asked(late=[("expect", "200-ok")]), 400)


def rows_signatures():
    bad("no signature", raw(b"GET /a.txt HTTP/1.1\r\nHost: %s\r\n\r\n" % S3.encode()), 403)
    bad("a wrong secret", Asked(secret="A" * 40), 403, text=b"SignatureDoesNotMatch")
    bad("a key of nobody's", Asked(key="AKIAIOSFODNN7EXAMPLE"), 403, text=b"InvalidAccessKeyId")
    bad("the gateway's own key", Asked(key="AKIASTANDINGATEWAY00", secret="gateway/secret+for=the/stand-in"),
        403)
    bad("another identity's keys", Asked(key=foreign.id, secret=foreign.secret), 403)
    bad("our key with another's secret", Asked(secret=foreign.secret), 403)
    bad("a key id with a later end", Asked(key=keys.id[:-3] + "AAA"), 403)
    bad("an old date", Asked(age=3600), 403)
    bad("a date to come", Asked(age=-3600), 403)
    bad("a date that is not the scope's", sts().spoil(b"Credential=" + keys.id.encode() + b"/2",
        b"Credential=" + keys.id.encode() + b"/1"), 403)
    bad("the newest algorithm", Asked(algorithm="AWS4-ECDSA-P256-SHA256", headers=[
        ("x-amz-region-set", "*")]), 400)
    bad("the oldest algorithm", raw(b"GET /a.txt HTTP/1.1\r\nHost: %s\r\nDate: x\r\nAuthorization: "
        b"AWS %s:abcd\r\n\r\n" % (S3.encode(), keys.id.encode())), 400)
    bad("two signatures", Asked(target="/a.txt?X-Amz-Signature=" + "0" * 64), 400)
    bad("a session token", Asked(headers=[("x-amz-security-token", "t")]), 403)
    bad("a session token in the query", presigned(extra=[("X-Amz-Security-Token", "t")]), 403)
    bad("Host is not signed", Asked(unsigned=["host"]), 403)
    for name, value in (("x-amz-acl", "public-read"), ("x-amz-copy-source", "/logs/secret/s.txt"),
                        ("x-amz-tagging", "a=b"), ("x-amz-meta-a", "b")):
        bad("%s is not signed" % name, Asked(body=b"x", late=[(name, value)], **PUT), 403)
    bad("X-Amz-Target is not signed", sts(late=[("X-Amz-Target", "X.Y")]))
    bad("a changed path", Asked().spoil(b"GET /a.txt", b"GET /2026"), 403)
    bad("a changed method", Asked().spoil(b"GET ", b"DELETE "), 403)
    bad("a changed body", sts(sent=WHO.replace(b"Caller", b"Called")), 403)
    bad("an added parameter", Asked().spoil(b"/a.txt ", b"/a.txt?versionId=1 "), 403)
    bad("a presigned URL for another key", presigned().spoil(b"/a.txt", b"/e.txt"), 403)
    bad("a presigned URL with more", presigned(spoiled="&versionId=1"), 403)
    bad("a presigned URL that has expired", presigned(expires=10, age=60), 403)
    bad("a presigned URL for too long", presigned(expires=604801), 400)
    bad("a presigned URL with two dates", presigned(spoiled="&X-Amz-Date=" + stamp()), 400)
    bad("a presigned URL and a header that is not signed",
        presigned().spoil(b"\r\n\r\n", b"\r\nx-amz-request-payer: requester\r\n\r\n"), 403)


def rows_forms():
    bad("Action twice", sts(WHO + b"&Action=GetSessionToken"), 400)
    bad("Action twice, once encoded", sts(WHO + b"&%41ction=GetSessionToken"), 400)
    bad("Action in the query, too", sts(target="/?Action=GetSessionToken"), 400)
    bad("Action in the query of a GET, and a body", Asked("GET", "/?Action=GetSessionToken&Version="
        "2011-06-15", STS, WHO, [FORM], service="sts"), 400)
    bad("Version twice", sts(WHO + b"&Version=2011-06-15"), 400)
    bad("Version of another model", sts(WHO.replace(b"2011-06-15", b"2010-05-08")))
    bad("an action in other letters", sts(WHO.replace(b"Action=", b"action=")))
    bad("an operation in other letters", sts(WHO.replace(b"GetCaller", b"getcaller")))
    bad("a form that is called JSON", sts(headers=[("content-type", "application/json")]))
    bad("a form in several parts", sts(headers=[("content-type", "multipart/form-data; boundary=x")]))
    bad("a form in UTF-7", sts(headers=[("content-type", FORM[1].replace("utf-8", "utf-7"))]), 400)
    bad("a form in UTF-7, said in capitals", sts(headers=[
        ("content-type", "application/x-www-form-urlencoded; CHARSET=UTF-7")]), 400)
    bad("a form in two character sets", sts(headers=[
        ("content-type", FORM[1] + "; charset=utf-7")]), 400)
    bad("a form to another path", sts(target="/x"))
    bad("a form with a target", sts(headers=[FORM, ("x-amz-target", "DynamoDB_20120810.ListTables")]))
    bad("a form with an operation that gives credentials", sts(
        b"Action=GetSessionToken&Version=2011-06-15"), 403)
    bad("a list's place named twice", ec2(b"Action=DescribeInstances&Version=2016-11-15&InstanceId.1=a"
                                          b"&InstanceId.01=b"))
    bad("a list without numbers", ec2(b"Action=DescribeInstances&Version=2016-11-15&InstanceId=a"))
    bad("an unknown parameter", ec2(b"Action=DescribeInstances&Version=2016-11-15&Strange=a"))
    bad("CBOR", target_of("ListTables", b"\xa0", kind="application/x-amz-cbor-1.1"))
    bad("CBOR by its header", target_of("ListTables", {}, headers=[("smithy-protocol", "rpc-v2-cbor")]))
    bad("CBOR by its path", Asked("POST", "/service/DynamoDB_20120810/operation/ListTables", DYNAMO, b"\xa0",
        [("content-type", "application/cbor")], service="dynamodb"))


def rows_json():
    one = {"TableName": "people", "Key": {"id": {"S": "1"}}}
    text = json.dumps(one)
    bad("a key twice", target_of("GetItem", b'{"TableName":"people",' + text[1:].encode()), 400)
    bad("a key twice, once escaped", target_of("GetItem",
        b'{"\\u0054ableName":"other",' + text[1:].encode()), 400)
    bad("a key in other letters", target_of("GetItem", dict(one, tableName="other")))
    bad("UTF-16", target_of("GetItem", text.encode("utf-16")), 400)
    bad("UTF-16 without a mark", target_of("GetItem", text.encode("utf-16-le")), 400)
    bad("UTF-32", target_of("GetItem", text.encode("utf-32-be")), 400)
    bad("a byte order mark", target_of("GetItem", b"\xef\xbb\xbf" + text.encode()), 400)
    bad("a NUL in a text", target_of("GetItem", text.replace("people", "people\\u0000").encode()), 400)
    bad("half a surrogate", target_of("GetItem", text.replace("people", "\\ud800").encode()), 400)
    bad("bytes behind", target_of("GetItem", text.encode() + b"{}"), 400)
    bad("a comment", target_of("GetItem", text.encode() + b"//"), 400)
    bad("very deep", target_of("GetItem", b'{"Key":' * 5000 + b"1" + b"}" * 5000), 400)
    bad("a list for an object", target_of("GetItem", b"[" + text.encode() + b"]"), 400)
    bad("an unknown member", target_of("GetItem", dict(one, Strange=1)))
    bad("two targets", target_of("GetItem", one, late=[
        ("X-Amz-Target", "DynamoDB_20120810.DeleteTable")]))
    bad("a target with a parameter", Asked("POST", "/?Action=DeleteTable", DYNAMO, text.encode(), [
        ("content-type", "application/x-amz-json-1.0"), ("x-amz-target", "DynamoDB_20120810.GetItem")],
        service="dynamodb"), 400)
    bad("a target of another service", target_of("GetItem", one, prefix="AmazonSSM"))
    bad("a target with more dots", target_of("x.GetItem", one))
    bad("an unknown operation", target_of("DropEverything", one))
    bad("gzip that is none", ssm("GetParameter", b"x", headers=[("content-encoding", "gzip")]), 400)
    bad("gzip within gzip", ssm("GetParameter", gzip.compress(gzip.compress(b'{"Name": "/app/color"}')),
        headers=[("content-encoding", "gzip")]), 400)
    bad("gzip and more", ssm("GetParameter", gzip.compress(b'{"Name": "/app/color"}') + b"x",
        headers=[("content-encoding", "gzip")]), 400)
    bad("two of gzip", ssm("GetParameter", gzip.compress(b'{"Name": ') + gzip.compress(b'"/app/color"}'),
        headers=[("content-encoding", "gzip")]), 400)
    bad("gzip, twice named", ssm("GetParameter", gzip.compress(b'{"Name": "/app/color"}'),
        headers=[("content-encoding", "gzip, gzip")]), 400)
    bad("another coding", ssm("GetParameter", b"x", headers=[("content-encoding", "deflate")]), 400)
    bad("a bomb", ssm("GetParameter", gzip.compress(b" " * (200 << 20)),
        headers=[("content-encoding", "gzip")]), 413)
    bad("a denied call in gzip", ssm("PutParameter", gzip.compress(
        b'{"Name": "/x", "Value": "y", "Type": "String"}'), headers=[("content-encoding", "gzip")]), 400, 403)


def rows_paths():
    for path in ("/x/../a.txt", "/./a.txt", "/x/..", "/..", "/%2e%2e/a.txt", "/x/%2E%2E/secret/s.txt",
                 "//a.txt", "/x//a.txt", "/secret%2Fs.txt", "/up%2f..%2fa.txt", "/a.txt%00", "/a%0D%0A.txt",
                 "/%C3", "/a%2", "/a\\b", "/a#b", "/a b"):
        bad("the path %s" % path, Asked(target=path), 400, 403)
    bad("a bucket in capitals", Asked(target="/LOGS/a.txt", host="localhost:1"), way="tls")
    bad("a bucket that is an ARN", Asked(
        target="/arn%3Aaws%3As3%3Aeu-west-1%3A111122223333%3Aaccesspoint%2Fx/a.txt", host="localhost:1"), way="tls")
    bad("an unknown sub-resource", Asked(target="/a.txt?strange"))
    bad("two sub-resources", Asked(target="/a.txt?acl&tagging"))
    bad("a sub-resource twice", Asked(target="/a.txt?versionId=1&versionId=2"))
    bad("a sub-resource, once encoded", Asked(target="/a.txt?tagging&%61cl"))
    bad("a sub-resource of other letters", Asked(target="/a.txt?ACL"))
    bad("x-id says another operation", Asked("DELETE", "/up/keep?x-id=GetObject"), 403)
    bad("a form upload", Asked("POST", "/", body=b"x", headers=[
        ("content-type", "multipart/form-data; boundary=x")]))
    bad("an upload by POST", Asked("POST", "/up/x", body=b"x"))
    bad("a GET that deletes", Asked("GET", "/?delete"))
    bad("a path of one label as two, in S3's control", rest("DELETE", "/v20180820/accesspoint/mine%2Fpolicy",
        host=CONTROL, service="s3", headers=[("x-amz-account-id", "111122223333")]), 400)
    bad("a function's name that climbs", rest("GET", "/2015-03-31/functions/..%2Fx"))
    bad("a function's name with an escape that nothing needs", rest("GET", "/2015-03-31/functions/%66"))


def rows_xml():
    bad("a foreign key among many", objects("up/1", "secret/s.txt", "up/2"), 403)
    bad("an object's version, too", delete("<Delete %s><Object><Key>up/1</Key><VersionId>1</VersionId>"
        "</Object></Delete>" % XMLNS), 403)
    bad("a key twice in one object", delete("<Delete %s><Object><Key>up/1</Key><Key>secret/s.txt</Key>"
        "</Object></Delete>" % XMLNS), 400)
    bad("a document type", objects("&x;", front='<!DOCTYPE a [<!ENTITY x "secret/s.txt">]>'), 400)
    bad("an unknown entity", objects("up/&x;"), 400)
    bad("a comment", objects("up/<!-- -->1"), 400)
    bad("a section of characters", objects("<![CDATA[secret/s.txt]]>"), 400)
    bad("an instruction", objects("up/1", back="<?x y?>"), 400)
    bad("another name space", objects("up/1", back="<x:Object><Key>secret/s.txt</Key></x:Object>"))
    bad("an unknown element", objects("up/1", back="<Strange/>"))
    bad("two roots", objects("up/1", front="<Delete></Delete>"), 400)
    bad("XML in UTF-16", delete(("<Delete %s></Delete>" % XMLNS).encode("utf-16")), 400)
    bad("XML with a mark", delete(b"\xef\xbb\xbf<Delete></Delete>"), 400)
    for name in ("UTF-7", "ISO-8859-1", "UTF-16", "IBM037"):
        bad("XML that says %s" % name, objects("up/+AC4-", front='<?xml version="1.0" encoding="%s"?>' % name), 400)
    bad("XML of another version", objects("up/1", front='<?xml version="1.1"?>'), 400)
    bad("XML that is called UTF-7", delete("<Delete %s><Object><Key>up/1</Key></Object></Delete>" % XMLNS,
        headers=[("content-type", "application/xml; Charset=UTF-7")]), 400)
    bad("governance is passed over", delete("<Delete %s><Object><Key>up/1</Key></Object></Delete>" % XMLNS,
        headers=[("x-amz-bypass-governance-retention", "true")]), 403)


def rows_implied():
    for name, value in (("x-amz-acl", "public-read"), ("x-amz-grant-read", "id=1"), ("x-amz-tagging", "a=b"),
                        ("x-amz-object-lock-mode", "GOVERNANCE"), ("x-amz-object-lock-legal-hold", "ON"),
                        ("x-amz-copy-source", "/east/e.txt"), ("x-amz-copy-source", "logs/secret/s.txt"),
                        ("x-amz-copy-source", "logs%2Fsecret%2Fs.txt"),
                        ("x-amz-copy-source", "arn:aws:s3:eu-west-1:444455556666:accesspoint/x/object/y"),
                        ("x-amz-rename-source", "/logs/secret/s.txt")):
        body = b"" if "source" in name else b"x"
        bad("%s: %s" % (name, value), Asked(body=body, headers=[(name, value)], **PUT))
    bad("a version", Asked(target="/a.txt?versionId=1"), 403)
    bad("another bucket", Asked(target="/east/e.txt", host="localhost:1"), way="tls")
    bad("another key", Asked(target="/secret/s.txt"), 403)
    bad("an upload of another key", Asked("PUT", "/secret/x", body=b"x"), 403)
    bad("a member that the rule does not list", Asked("PUT", "/listed/x", body=b"x", headers=[
        ("content-language", "tlh")]), 403)
    bad("and one that sends visitors elsewhere", Asked("PUT", "/listed/x", body=b"x", headers=[
        ("x-amz-website-redirect-location", "https://example.com")]), 403)
    bad("a batch with a foreign table", target_of("BatchGetItem", {"RequestItems": {
        "people": {"Keys": [{"id": {"S": "1"}}]}, "secrets": {"Keys": [{"id": {"S": "1"}}]}}}), 400, 403)
    bad("a batch of writes with a foreign table", target_of("BatchWriteItem", {"RequestItems": {
        "people": [{"PutRequest": {"Item": {"id": {"S": "9"}}}}],
        "secrets": [{"DeleteRequest": {"Key": {"id": {"S": "1"}}}}]}}), 400, 403)
    bad("a transaction with a foreign table", target_of("TransactWriteItems", {"TransactItems": [
        {"Put": {"TableName": "people", "Item": {"id": {"S": "9"}}}},
        {"Delete": {"TableName": "secrets", "Key": {"id": {"S": "1"}}}}]}), 400, 403)
    bad("a transaction that reads a foreign table", target_of("TransactGetItems", {"TransactItems": [
        {"Get": {"TableName": "people", "Key": {"id": {"S": "1"}}}},
        {"Get": {"TableName": "secrets", "Key": {"id": {"S": "1"}}}}]}), 400, 403)
    bad("a table of another account", target_of("GetItem", {
        "TableName": "arn:aws:dynamodb:eu-west-1:444455556666:table/people", "Key": {"id": {"S": "1"}}}), 400, 403)
    for text in ("SELECT * FROM secrets", "SELECT * FROM \"secrets\"", "DELETE FROM people WHERE id='1'",
                 "SELECT * FROM people; DELETE FROM secrets", "select*from/**/secrets",
                 "SELECT 'FROM people' FROM secrets", "EXISTS(SELECT * FROM secrets)"):
        bad("PartiQL: %s" % text, target_of("ExecuteStatement", {"Statement": text}), 400, 403)
    bad("PartiQL in a batch", target_of("BatchExecuteStatement", {"Statements": [
        {"Statement": "SELECT * FROM people"}, {"Statement": "SELECT * FROM secrets"}]}), 400, 403)
    bad("a role that is passed on", rest("POST", "/2015-03-31/functions", {
        "FunctionName": "f", "Role": "arn:aws:iam::111122223333:role/admin", "Code": {"ZipFile": "UEs="},
        "Runtime": "python3.11", "Handler": "a.b"}), 403)
    bad("a role that is passed on, inside", ec2(b"Action=RunInstances&Version=2016-11-15&ImageId=ami-1&MinCount=1"
        b"&MaxCount=1&IamInstanceProfile.Name=admin"), 401, 403)
    bad("a parameter of another name", ssm("GetParameters", {"Names": ["/app/color", "/db/password"]}), 400, 403)
    bad("what is denied by name", Asked("DELETE", "/up/keep"), 403, text=b"deputy/keep")


def rows_bodies():
    bad("aws-chunked with more than it says", framed(b"hello", length=4), 400)
    bad("aws-chunked with less than it says", framed(b"hello", length=6), 400)
    bad("a trailer that was not announced", framed(b"hello", tail="x-amz-meta-a:b\r\n"), 400)
    bad("a trailer that is no sum", framed(b"hello", names="x-amz-acl", tail="x-amz-acl:public-read\r\n"), 400)
    bad("aws-chunked where nothing is streamed", sts(headers=[FORM, ("x-amz-content-sha256", STREAM)]))
    bad("a body that was not signed", Asked(body=b"x", sent=b"y", **PUT), 400)
    bad("a form as large as nobody's", sts(WHO + b"&Version=" + b"x" * (11 << 20)), 413)
    bad("too many parameters", sts(WHO + b"".join(b"&a%d=b" % i for i in range(20000))), 400)
    bad("a HEAD with a body", Asked("HEAD", "/a.txt", body=b"x"))


# What AWS itself finds in the end: the request begins to go on, and is never whole there.
CUT = ("aws-chunked with less than it says", "aws-chunked with more than it says",
       "a trailer that was not announced", "a body that was not signed", "a HEAD with a body")


def reached(log):
    with open(log) as f:
        rows = [json.loads(line) for line in f]
    return [r for r in rows if r.get("event") == "request" and r.get("operation") != "AssumeRole"]


number = failed = 0


def tap(title, fine, detail=""):
    global number, failed
    number += 1
    failed += not fine
    print("%sok %d - %s" % ("" if fine else "not ", number, title), flush=True)
    if not fine:
        print("# " + str(detail).replace("\\", "/").replace("\n", " ")[:1500])


def run(port, log, out):
    done = []
    for is_good, rows in ((True, GOOD), (False, BAD)):
        for title, asked, status, text, kw in rows:
            way, host = kw.get("way", "proxy"), asked.host.split(":")[0]
            before = len(reached(log))
            began = time.monotonic()
            got, all_ = exchange(port, asked, way, kw.get("name", host + ":443"),
                                 kw.get("sni", host if way == "proxy" else "localhost"))
            took = time.monotonic() - began
            news = [r for r in reached(log)[before:] if r.get("status") in (200, 204)]
            # Nothing here waits for a clock: a longest sleep of ours is ten seconds.
            fine = took < 9 and got in status and text in all_ and (
                is_good or not news or title in CUT)
            tap(("served: " if is_good else "refused: ") + title, fine, (took, got, status, all_[-600:], news))
            done.append([title, is_good, title in CUT, all_[-200:].decode("latin-1")])
            time.sleep(0.02)
    with open(out, "w") as f:
        json.dump(done, f)


def recorded(rows, folder):
    """Recordings are named after their time, and each connection was one."""
    with open(rows) as f:
        rows = json.load(f)
    files = sorted(os.listdir(folder))
    tap("each connection has its recording", len(files) == len(rows), (len(files), len(rows)))
    for name, (title, is_good, cut, _) in zip(files, rows):
        events = []
        with open(os.path.join(folder, name)) as f:
            for line in f.readlines()[1:]:
                e = json.loads(line)
                if e[1] == "B":
                    events.append(json.loads(e[2]))
        calls = [e for e in events if e.get("t") == "aws.call"]
        ends = [e for e in events if e.get("t") == "aws.done"]
        refused = [e for e in events if e.get("t") == "aws.refused"]
        if is_good:
            fine = len(calls) == len(ends) == 1 and not refused
        elif cut and calls:
            fine = len(calls) == len(ends) == 1 and not refused and (
                ends[0].get("cut") or ends[0]["status"] == 400)
        else:
            fine = len(refused) == 1 and not calls and refused[0].get("reason")
        tap("recorded: " + title, fine, events)


def main():
    global keys, foreign
    if sys.argv[1] == "--recorded":
        recorded(sys.argv[2], sys.argv[3])
    else:
        keys, foreign = Keys(sys.argv[2]), Keys(sys.argv[3])
        for f in (rows_good, rows_names, rows_heads, rows_signatures, rows_forms, rows_json, rows_paths,
                  rows_xml, rows_implied, rows_bodies):
            f()
        run(int(sys.argv[1]), sys.argv[4], sys.argv[5])
    print("1..%d" % number)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
