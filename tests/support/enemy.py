#!/usr/bin/python3
"""In the place of the aws command, inside its walls: asks its gate for what its words did
not name, and looks for ways around.  Prints TAP.  Alone in its file, since nothing else of
ours is there."""
import base64
import gzip
import hashlib
import hmac
import os
import re
import socket
import ssl
import sys
import time
import urllib.parse

REGION = "eu-west-1"
S3, EAST = "logs.s3.eu-west-1.amazonaws.com", "east.s3.us-east-1.amazonaws.com"
STS, SSM = "sts.eu-west-1.amazonaws.com", "ssm.eu-west-1.amazonaws.com"
FORM = ("content-type", "application/x-www-form-urlencoded; charset=utf-8")
KEY, SECRET = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
PROXY, PORT = re.match(r"http://(.*)@127\.0\.0\.1:(\d+)\Z", os.environ["HTTPS_PROXY"]).groups()
PORT = int(PORT)
number = failed = 0


def tap(title, good, detail=""):
    global number, failed
    number += 1
    failed += not good
    print("%sok %d - %s" % ("" if good else "not ", number, title), flush=True)
    if not good:
        print("# " + repr(detail).replace("\\", "/")[:600], flush=True)


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def request(method, host, path, query=(), body=b"", headers=(), service="s3", region=REGION, late=(),
            key=KEY, secret=SECRET):
    """Signed as AWS has it, as bytes."""
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    hashed = hashlib.sha256(body).hexdigest()
    rows = dict([("host", host), ("x-amz-date", date), ("x-amz-content-sha256", hashed), *headers])
    names = ";".join(sorted(rows))
    wire_path = urllib.parse.quote(path, safe="/~")
    wire_query = "&".join(sorted("%s=%s" % (urllib.parse.quote(k, safe="~"), urllib.parse.quote(v, safe="~"))
                                 for k, v in query))
    canonical = "\n".join([method, wire_path, wire_query,
                           "".join("%s:%s\n" % (n, rows[n]) for n in sorted(rows)), names, hashed])
    scope = "%s/%s/%s/aws4_request" % (date[:8], region, service)
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    k = ("AWS4" + secret).encode()
    for part in (date[:8], region, service, "aws4_request"):
        k = mac(k, part)
    rows["authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s" % (
        key, scope, names, mac(k, text).hex())
    rows["content-length"] = str(len(body))
    head = "%s %s%s HTTP/1.1\r\n" % (method, wire_path, "?" + wire_query if wire_query else "")
    lines = ["%s: %s\r\n" % row for row in [*rows.items(), *late]]
    return (head + "".join(lines) + "\r\n").encode() + body


def connect(host, password=PROXY, port=PORT):
    sock = socket.create_connection(("127.0.0.1", port), timeout=40)
    auth = "Proxy-Authorization: Basic %s\r\n" % base64.b64encode(password.encode()).decode()
    sock.sendall(("CONNECT %s:443 HTTP/1.1\r\nHost: %s:443\r\n%s\r\n" % (
        host, host, auth if password else "")).encode())
    head = sock.recv(4096)
    if b" 200 " not in head:
        sock.close()
        return None, head
    context = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
    return context.wrap_socket(sock, server_hostname=host), head


def ask(host, data):
    """(status, all of the answer)."""
    tls, head = connect(host)
    if tls is None:
        return int(head.split()[1]), head
    out = b""
    with tls:
        try:
            tls.sendall(data)
        except OSError:
            pass
        try:
            while True:
                piece = tls.recv(65536)
                if not piece:
                    break
                out += piece
                done, _, rest = out.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", done)
                if b"\r\n\r\n" in out and data.startswith(b"HEAD ") or b"\r\n\r\n" in out and len(rest) >= int(length.group(1) if length else 0):
                    break
        except OSError:
            pass
    return (int(out.split()[1]) if out else 0), out


def allowed(title, host, data, *status):
    got, text = ask(host, data)
    tap("served: " + title, got in status, (got, text))


def denied(title, host, data, *status):
    got, text = ask(host, data)
    tap("refused: " + title, got in (status or (400, 403)) and b"AccessDenied" in text, (got, text))


def s3(method, path, query=(), host=S3, **kw):
    return request(method, host, path, query, **kw)


def sts(text):
    return request("POST", STS, "/", body=text.encode(), headers=[FORM], service="sts")


def ssm(operation, text):
    return request("POST", SSM, "/", body=text.encode(), headers=[
        ("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "AmazonSSM." + operation)],
        service="ssm")


LIST = [("delimiter", ""), ("encoding-type", "url"), ("list-type", "2"), ("prefix", "up/a/")]


def listing(**changes):
    rows = dict(LIST[1:])
    rows.update(changes)
    return sorted((k, v) for k, v in rows.items() if v is not None)


def calls():
    """The words: s3 rm --recursive s3://logs/up/a"""
    allowed("the prefix is listed", S3, s3("GET", "/", listing()), 200)
    allowed("an object below is deleted", S3, s3("DELETE", "/up/a/1"), 204)
    again = s3("DELETE", "/up/a/2")
    allowed("another one", S3, again, 204)
    allowed("and the same again", S3, again, 204)
    denied("a prefix that only begins so", S3, s3("DELETE", "/up/ab/1"))
    denied("the prefix itself", S3, s3("DELETE", "/up/a"))
    denied("above it", S3, s3("DELETE", "/up/1"))
    denied("another key", S3, s3("DELETE", "/a.txt"))
    denied("in other letters", S3, s3("DELETE", "/Up/a/1"))
    denied("another bucket", EAST, s3("DELETE", "/up/a/1", host=EAST, region="us-east-1"))
    denied("a longer list", S3, s3("GET", "/", listing(prefix="up/")))
    denied("a list of all", S3, s3("GET", "/", listing(prefix=None)))
    denied("a list of versions", S3, s3("GET", "/", [("prefix", "up/a/"), ("versions", "")]))
    denied("to read", S3, s3("GET", "/up/a/1"))
    got, text = ask(S3, s3("HEAD", "/up/a/1"))
    tap("refused: to look", got == 403, (got, text))
    denied("to write", S3, s3("PUT", "/up/a/1", body=b"x"))
    denied("to copy in", S3, s3("PUT", "/up/a/1", headers=[("x-amz-copy-source", "/logs/secret/s.txt")]))
    denied("to tag", S3, s3("DELETE", "/up/a/1", [("tagging", "")]))
    denied("a version", S3, s3("DELETE", "/up/a/1", [("versionId", "1")]))
    denied("past governance", S3, s3("DELETE", "/up/a/1", headers=[("x-amz-bypass-governance-retention", "true")]))
    denied("with a device's code", S3, s3("DELETE", "/up/a/1", headers=[("x-amz-mfa", "1 2")]))
    denied("of whose account", S3, s3("DELETE", "/up/a/1", headers=[("x-amz-expected-bucket-owner", "444455556666")]))
    body = b"<Delete><Object><Key>up/a/1</Key></Object></Delete>"
    denied("by a list", S3, s3("POST", "/", [("delete", "")], body=body, headers=[
        ("content-md5", base64.b64encode(hashlib.md5(body).digest()).decode())]))
    denied("the bucket", S3, s3("DELETE", "/"))
    denied("its policy", S3, s3("DELETE", "/", [("policy", "")]))
    denied("all buckets", "s3.eu-west-1.amazonaws.com", s3("GET", "/", host="s3.eu-west-1.amazonaws.com"))
    denied("who am I", STS, sts("Action=GetCallerIdentity&Version=2011-06-15"))
    denied("another role", STS, sts("Action=AssumeRole&Version=2011-06-15&RoleSessionName=xx&RoleArn="
                                    "arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Freaders"))
    denied("credentials", STS, sts("Action=GetSessionToken&Version=2011-06-15"))
    denied("a parameter", SSM, ssm("GetParameter", '{"Name":"/app/color"}'))
    other = request("DELETE", S3, "/up/a/3", key="AKIAIOSFODNN7EXAMPLE")
    got, text = ask(S3, other)
    tap("refused: a key of nobody's", got == 403 and b"Invalid" in text, (got, text))
    got, text = ask(S3, again.replace(b"/up/a/2", b"/up/a/4"))
    tap("refused: a signature of another request", got == 403 and b"SignatureDoesNotMatch" in text, (got, text))


def parameter():
    """The words: ssm get-parameter --name /app/color"""
    allowed("the parameter", SSM, ssm("GetParameter", '{"Name":"/app/color"}'), 200)
    for title, text in (("another one", '{"Name":"/app/colors"}'), ("one above", '{"Name":"/app"}'),
                        ("a version", '{"Name":"/app/color:1"}'),
                        ("by its ARN, of another account",
                         '{"Name":"arn:aws:ssm:eu-west-1:444455556666:parameter/app/color"}'),
                        ("decrypted", '{"Name":"/app/color","WithDecryption":true}'),
                        ("no name", '{}'), ("a null", '{"Name":null}')):
        denied(title, SSM, ssm("GetParameter", text))
    denied("more of them", SSM, ssm("GetParameters", '{"Names":["/app/color"]}'))
    denied("to write it", SSM, ssm("PutParameter", '{"Name":"/app/color","Value":"x"}'))
    far = "ssm.us-east-1.amazonaws.com"
    denied("in another region", far, request("POST", far, "/", body=b'{"Name":"/app/color"}', headers=[
        ("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "AmazonSSM.GetParameter")],
        service="ssm", region="us-east-1"))


def unreachable(title, address, kind=socket.SOCK_STREAM, family=socket.AF_INET):
    try:
        with socket.socket(family, kind) as s:
            s.settimeout(3)
            s.connect(address)
            if kind == socket.SOCK_DGRAM:
                s.send(b"x")
            tap("no way to " + title, False)
    except OSError as e:
        tap("no way to " + title, not isinstance(e, TimeoutError), e)


def walls(ports):
    for port in ports:
        unreachable("port %s of the host" % port, ("127.0.0.1", int(port)))
    unreachable("the metadata service", ("169.254.169.254", 80))
    unreachable("names", ("127.0.0.53", 53))
    unreachable("the network", ("192.0.2.1", 443))
    unreachable("names of elsewhere", ("192.0.2.1", 53), socket.SOCK_DGRAM)
    for kind in (socket.AF_NETLINK, socket.AF_PACKET):
        try:
            socket.socket(kind, socket.SOCK_RAW).close()
            tap("no socket of kind %d" % kind, False)
        except OSError:
            tap("no socket of kind %d" % kind, True)
    for path in ("/proc/self/environ", "/proc/1/environ", "/etc/passwd", "/root", "/var/lib", "/run", "/sys"):
        tap("there is no " + path, not os.path.exists(path), path)
    for path in ("/usr/x", "/x", "/home/x", os.environ["AWS_CA_BUNDLE"]):
        try:
            open(path, "w").close()
            tap("nothing is written to " + path, False)
        except OSError:
            tap("nothing is written to " + path, True)
    for name, call in (("fork into the background", lambda: os.setsid()), ("trace", lambda: os.kill(1, 9)),
                       ("mount", lambda: os.chroot("/tmp"))):
        try:
            call()
            fine = name != "mount"  # process 1 of a namespace takes no signal from inside
        except OSError:
            fine = True
        tap("nothing comes of: " + name, fine)
    env = " ".join("%s=%s" % row for row in os.environ.items())
    tap("no lease in its environment", "ASIA" not in env and "TOKEN" not in env.replace(PROXY, ""), env)


def gate():
    for title, password in (("no password", ""), ("another password", "broker:" + "A" * 43),
                            ("half of it", PROXY[:-1]), ("more of it", PROXY + "x"),
                            ("another user's", PROXY.replace("broker", "root"))):
        tls, head = connect(S3, password)
        tap("the proxy refuses " + title, tls is None and b" 407 " in head, head)
    with socket.create_connection(("127.0.0.1", PORT), timeout=20) as s:
        s.sendall(b"\x16\x03\x01\x00\x01\x00")
        try:
            text = s.recv(100)
        except ConnectionError:
            text = b""
        tap("the proxy takes no TLS", text == b"", text)
    slow = socket.create_connection(("127.0.0.1", PORT), timeout=40)
    slow.sendall(b"CONNECT ")
    begun = time.monotonic()
    got, text = ask(S3, b"GET / HTTP/1.1\r\n" + b"x: " + b"y" * 100000)
    tap("a head without end is refused", got == 400, (got, text))
    got, text = ask(S3, request("DELETE", S3, "/up/a/1", late=[("a-%d" % i, "b") for i in range(400)]))
    tap("too many headers are refused", got == 400, (got, text))
    endless(begun)
    many = []
    for _ in range(200):
        try:
            many.append(socket.create_connection(("127.0.0.1", PORT), timeout=2))
        except OSError:
            break
    for s in many:
        s.close()
    allowed("one more, behind many that say nothing", S3, s3("DELETE", "/up/a/5"), 204)
    unread = []
    for _ in range(20):
        tls, _ = connect(S3)
        tls.sendall(s3("GET", "/", listing()))
        unread.append(tls)
    allowed("one more, beside answers that nobody reads", S3, s3("DELETE", "/up/a/6"), 204)
    for i in range(2000):
        if i % 100 == 0:
            tls, _ = connect(S3)
            tls.settimeout(20)
        tls.sendall(s3("DELETE", "/secret/%d" % (i % 3)))
        if b" 403 " not in tls.recv(65536):
            tap("each of many denials is one", False, i)
            break
    allowed("one more, after many denials", S3, s3("DELETE", "/up/a/7"), 204)
    try:
        end = slow.recv(10)
    except ConnectionError:
        end = b""
    tap("who says half a word is let go", end == b"" and time.monotonic() - begun < 39, end)
    bomb = gzip.compress(b" " * (200 << 20))
    got, text = ask(SSM, request("POST", SSM, "/", body=bomb, service="ssm", headers=[
        ("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "AmazonSSM.GetParameter"),
        ("content-encoding", "gzip")]))
    tap("a bomb is refused", got == 413, (got, text))


def endless(begun):
    tls, _ = connect(STS)
    data = sts("Action=GetCallerIdentity&Version=2011-06-15").replace(
        b"content-length: 43", b"transfer-encoding: chunked")
    tls.sendall(data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    sent = 0
    tls.settimeout(20)
    try:
        while sent < 64 << 20:
            tls.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            sent += 65536
            tls.settimeout(0.0)
            try:
                if tls.recv(12):
                    break
            except (ssl.SSLWantReadError, BlockingIOError):
                pass
            tls.settimeout(20)
    except OSError:
        pass
    tap("a body without end is refused", sent < 64 << 20, sent)
    tls.close()


def main():
    words = sys.argv[1:]
    if words[:1] == ["ssm"]:
        parameter()
    else:
        calls()
        walls([w for w in words[-1].rpartition("/")[2].split("-") if w.isdigit()])
        gate()
    print("1..%d" % number)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
