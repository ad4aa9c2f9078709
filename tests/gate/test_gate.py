#!/usr/bin/python3
"""The whole gate, between real clients and the stand-in for AWS."""
import concurrent.futures
import hashlib
import os
import socket
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bed import KEY, S3, SECRET, SLOW, STS, Asked, Client, Gate, Standin  # noqa: E402
from front import Tests  # noqa: E402

test = Tests()
standin = None
WHO = b"Action=GetCallerIdentity&Version=2011-06-15"
FORM = ("content-type", "application/x-www-form-urlencoded; charset=utf-8")


def sts(gate, **kw):
    return Asked(gate, "POST", "/", STS, WHO, [FORM], service="sts", **kw)


def say(gate, text):
    gate.wait_for("say ")
    assert any(text in x for x in gate.told("say")), (text, gate.told("say"))


@test
def the_cli_works():
    with Gate(standin) as g, tempfile.TemporaryDirectory() as d:
        data = os.urandom(30_000_000)
        with open(d + "/big", "wb") as f:
            f.write(data)
        r = g.aws("sts", "get-caller-identity", "--output", "text")
        assert r.returncode == 0 and b"111122223333" in r.stdout, r
        for words in (("s3", "mb", "s3://mine"), ("s3", "cp", d + "/big", "s3://mine/big"),
                      ("s3", "cp", "s3://mine/big", "s3://mine/copy"),
                      ("s3", "cp", "s3://mine/copy", d + "/back")):
            r = g.aws(*words)
            assert r.returncode == 0, r
        with open(d + "/back", "rb") as f:
            assert f.read() == data
        r = g.aws("s3", "cp", "-", "s3://mine/odd key+&%2F.txt", stdin=b"typed")
        assert r.returncode == 0, r
        r = g.aws("s3", "cp", "s3://mine/odd key+&%2F.txt", "-")
        assert r.stdout == b"typed", r
        r = g.aws("s3", "rm", "--recursive", "s3://mine")
        assert r.returncode == 0, r
        assert b"blue" in g.aws("ssm", "get-parameter", "--name", "/app/color").stdout
        assert b"Ann" in g.aws("dynamodb", "scan", "--table-name", "people").stdout
        assert b"web-1" in g.aws("ec2", "describe-instances").stdout
        # Each call has its beginning and its end
        begun, done = g.events("aws.call"), g.events("aws.done")
        assert sorted(e["call"] for e in begun) == sorted(e["call"] for e in done)
        assert all(e["status"] in (200, 204, 206) and "cut" not in e for e in done), done
        assert [x for x in done if x["sent"] > 1_000_000]


@test
def redirects_are_the_clients():
    with Gate(standin) as g:
        r = g.aws("s3", "ls", "s3://east")
        assert b"e.txt" in r.stdout, r
        assert any(e["status"] in (301, 400) for e in g.events("aws.done")), g.events("aws.done")


@test
def nothing_of_the_lease_is_told():
    with Gate(standin) as g:
        g.aws("s3", "ls", "s3://logs", "--debug")
        assert not any(SECRET in x or KEY in x for x in g.lines)


@test
def a_denied_call_goes_nowhere():
    with Gate(standin, "deny=DeleteObject", "deny=GetCallerIdentity") as g:
        before = len(standin.calls())
        r = g.aws("s3", "rm", "s3://logs/a.txt")
        assert r.returncode == 1 and b"AccessDenied" in r.stderr and b"not today" in r.stderr, r
        r = g.aws("sts", "get-caller-identity")
        assert r.returncode == 254 and b"(AccessDenied)" in r.stderr, r
        assert len(standin.calls()) == before
        e = g.events("aws.refused")[0]
        assert e["code"] == "AccessDenied" and e["rule"] == "test/deny", e
        assert e["actions"] == ["s3:DeleteObject"] and e["call"] == 1, e
        say(g, "denied: s3:DeleteObject on arn:aws:s3:::logs/a.txt: by rule test/deny: not today")


@test
def a_sentence_is_said_once():
    with Gate(standin, "deny=GetCallerIdentity") as g:
        c = Client(g, STS)
        for _ in range(5):
            assert c.ask(sts(g))[0] == 403
        assert len(g.told("say")) == 1 and len(g.events("aws.refused")) == 5


@test
def signatures_are_the_dummys():
    with Gate(standin) as g:
        for asked, code in ((sts(g, secret="another secret of nobody's"), b"SignatureDoesNotMatch"),
                            (sts(g, key=KEY), b"InvalidClientTokenId"),
                            (sts(g, key=KEY, secret=SECRET), b"InvalidClientTokenId"),
                            (sts(g, age=3600), b""), (sts(g, age=-3600), b"")):
            c = Client(g, STS)
            status, _, body = c.ask(asked)
            assert status == 403 and code in body, (status, body)
        # what was signed is what is judged
        a = sts(g)
        a.body = WHO.replace(b"GetCallerIdentity", b"GetSessionToken__")
        assert Client(g, STS).ask(a)[0] == 403
        assert not g.told("ask")


@test
def names_must_agree():
    with Gate(standin) as g:
        # CONNECT, then another Host; another service's scope; another region's
        assert Client(g, "ec2.eu-west-1.amazonaws.com").ask(sts(g))[0] in (400, 403)
        assert Client(g, STS).ask(Asked(g, "POST", "/", STS, WHO, [FORM], service="ec2"))[0] in (400, 403)
        assert Client(g, STS).ask(Asked(g, "POST", "/", STS, WHO, [FORM], service="sts",
                                        region="us-east-1"))[0] in (400, 403)
        for name, sni in (("example.com", None), ("sts.amazonaws.com.evil.com", None),
                          (STS, "ec2.eu-west-1.amazonaws.com")):
            try:
                Client(g, name, sni=sni)
                raise AssertionError(name)
            except OSError:
                pass
        assert not g.told("ask") and len(g.events("aws.refused")) == 6


@test
def confused_deputies_are_refused():
    twice = WHO + b"&Action=AssumeRole"
    lengths = [("transfer-encoding", "chunked")]
    with Gate(standin) as g:
        rows = [
            Asked(g, "POST", "/", STS, twice, [FORM], service="sts"),
            Asked(g, "POST", "/?Action=AssumeRole", STS, WHO, [FORM], service="sts"),
            Asked(g, "POST", "/", STS, WHO, [FORM, ("x-amz-target", "X.Y")], service="sts"),
            Asked(g, "POST", "/", STS, WHO, [FORM], service="sts", late=lengths),
            Asked(g, "POST", "/", STS, WHO, [FORM], service="sts", late=[("content-length", "3")]),
            Asked(g, "POST", "/", STS, WHO, [FORM], service="sts", late=[("x-amz-acl", "public")]),
            Asked(g, "POST", "/", STS, WHO, [FORM], service="sts", late=[("host", "x")]),
            Asked(g, "GET", "/a.txt?acl&tagging"), Asked(g, "GET", "/x/../a.txt"),
            Asked(g, "GET", "/a.txt?strange"), Asked(g, "PATCH", "/a.txt"),
        ]
        for n, asked in enumerate(rows):
            status, _, body = Client(g, asked.host).ask(asked)
            assert 400 <= status < 500, (n, status, body)
        assert not g.told("ask")


@test
def one_connection_serves_many():
    with Gate(standin) as g:
        c = Client(g)
        for _ in range(20):
            status, headers, body = c.ask(Asked(g))
            assert (status, body) == (200, b"alpha\n"), (status, body)
        assert c.ask(Asked(g, "HEAD"), head_only=True)[0] == 200
        assert c.ask(Asked(g, target="/none"))[0] == 404
        assert c.ask(Asked(g, "DELETE", "/none"))[0] == 204
        assert c.ask(Asked(g))[0] == 200
        done = g.events("aws.done")
        assert [e["error"] for e in done if e["status"] == 404] == ["NoSuchKey"], done
        assert len([x for x in standin.calls() if x.get("event") == "connect"]) < 30


@test
def a_second_request_must_wait():
    with Gate(standin) as g:
        c = Client(g)
        c.send(Asked(g).bytes() + Asked(g).bytes())
        assert c.answer()[0] == 200
        assert c.closed() and len(g.events("aws.done")) == 1


@test
def continue_comes_after_the_verdict():
    with Gate(standin, "deny=DeleteObject") as g:
        data = os.urandom(100_000)
        c = Client(g, "big.s3.eu-west-1.amazonaws.com")
        a = Asked(g, "PUT", "/e", "big.s3.eu-west-1.amazonaws.com", data, late=[("expect", "100-continue")])
        c.send(a.head)
        assert c.answer()[0] == 100
        assert g.events("aws.call") and not g.events("aws.done")
        c.send(a.body)
        assert c.answer()[0] == 200
        assert g.events("aws.done")[0]["sent_sha256"] == hashlib.sha256(data).hexdigest()
    with Gate(standin, "deny=PutObject") as g:
        c = Client(g)
        a = Asked(g, "PUT", "/e", body=data, late=[("expect", "100-continue")])
        c.send(a.head)
        status, headers, _ = c.answer()
        assert status == 403 and headers["connection"] == "close"
        # without asking first: the answer comes all the same
        c = Client(g)
        assert c.ask(Asked(g, "PUT", "/e", body=os.urandom(5_000_000)))[0] == 403


def chunked(data, trailer=b"x-amz-checksum-crc32"):
    import base64
    import zlib
    crc = base64.b64encode(zlib.crc32(data).to_bytes(4, "big"))
    return b"%x\r\n%s\r\n0\r\n%s:%s\r\n\r\n" % (len(data), data, trailer, crc)


@test
def streamed_bodies_go_through():
    big = "big.s3.eu-west-1.amazonaws.com"
    with Gate(standin) as g:
        data = os.urandom(300_000)
        framed = chunked(data)
        headers = [("x-amz-trailer", "x-amz-checksum-crc32"), ("content-encoding", "aws-chunked"),
                   ("x-amz-decoded-content-length", str(len(data)))]
        a = Asked(g, "PUT", "/t", big, framed, headers, payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        status, _, body = Client(g, big).ask(a)
        assert status == 200, body
        # the same in HTTP's chunks
        a = Asked(g, "PUT", "/t", big, framed, headers, payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                  late=[("transfer-encoding", "chunked")], length=False)
        c = Client(g, big)
        c.send(a.head)
        for i in range(0, len(framed), 70_000):
            piece = framed[i:i + 70_000]
            c.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        c.send(b"0\r\n\r\n")
        assert c.answer()[0] == 200
        r = g.aws("s3api", "put-object", "--bucket", "big", "--key", "c", "--checksum-algorithm", "CRC32",
                  "--body", os.path.abspath(__file__))
        assert r.returncode == 0, r
        # a framing that is false never becomes an object
        bad = framed[:-60] + b"y" * 60
        a = Asked(g, "PUT", "/t", big, bad, headers, payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        status, _, body = Client(g, big).ask(a)
        assert 400 <= status < 500, (status, body)
        done = g.wait_event("aws.done", 4)
        assert done["cut"] and done["status"] == 0, done


@test
def an_upload_that_breaks_off_is_cut():
    big = "big.s3.eu-west-1.amazonaws.com"
    with Gate(standin) as g:
        c = Client(g, big)
        a = Asked(g, "PUT", "/b", big, b"x" * 10_000_000)
        c.send(a.head + a.body[:3_000_000])
        g.wait_event("aws.call")
        c.close()
        done = g.wait_event("aws.done")
        assert done["cut"] == "the client is gone" and done["sent"] <= 3_000_000, done
        g.tell("busy")
        g.wait_for("busy 0")


@test
def a_download_that_breaks_off_is_cut():
    big = "big.s3.eu-west-1.amazonaws.com"
    with Gate(standin) as g:
        c = Client(g, big)
        c.send(Asked(g, "GET", "/1GiB", big).bytes())
        c.exactly(5_000_000)
        c.close()
        done = g.wait_event("aws.done")
        assert done["cut"] == "the client is gone" and done["received"] < 100_000_000, done


@test
def memory_stays_flat():
    big = "big.s3.eu-west-1.amazonaws.com"

    def rss(g):
        with open("/proc/%d/status" % g.process.pid) as f:
            return [int(x.split()[1]) for x in f if x.startswith("VmHWM")][0]

    with Gate(standin) as g:
        c = Client(g, big)
        c.ask(Asked(g, "GET", "/40MB", big))
        before = rss(g)
        piece = b"y" * 1_000_000
        a = Asked(g, "PUT", "/flat", big, b"", late=[("content-length", "200000000")], length=False,
                  payload="UNSIGNED-PAYLOAD")
        c.send(a.head)
        for _ in range(200):
            c.send(piece)
        assert c.answer()[0] == 200
        # a reader that is slow for a while
        c.send(Asked(g, "GET", "/40MB", big).bytes())
        time.sleep(0.5)
        assert c.answer()[0] == 200
        # a sanitizer's allocator keeps what was freed
        assert SLOW > 1 or rss(g) - before < 8000, (before, rss(g))


@test
def a_lease_is_waited_for():
    with Gate(standin, "lease=later") as g:
        c = Client(g, STS)
        c.send(sts(g).bytes())
        g.wait_event("aws.call")
        assert not g.events("aws.done")
        g.tell("lease")
        # the argument says "later", which is no time to live: the lease is long gone
        g.wait_for("fresh please")


@test
def an_old_lease_is_renewed():
    with Gate(standin, "lease=60000") as g:
        c = Client(g, STS)
        assert c.ask(sts(g))[0] == 200
        assert g.told("fresh") == ["please"]
        assert c.ask(sts(g))[0] == 200
        assert g.told("fresh") == ["please"]
    with Gate(standin, "lease=1000") as g:
        c = Client(g, STS)
        c.send(sts(g).bytes())
        g.wait_for("fresh please")
        assert not g.events("aws.done")


@test
def without_a_lease_nothing_goes():
    with Gate(standin, "lease=none") as g:
        before = len(standin.calls())
        g.aws("sts", "get-caller-identity")
        r = g.aws("sts", "get-caller-identity")
        assert r.returncode != 0 and b"STS says no" in r.stderr or b"no credentials" in r.stderr, r
        assert len(standin.calls()) == before


@test
def aws_may_be_out_of_reach():
    with Gate(None, port=1) as g:
        c = Client(g, STS)
        status, _, body = c.ask(sts(g))
        # the system's CAs, and nobody there
        assert status == 503 and b"could not be reached" in body, (status, body)
        assert g.events("aws.done")[0]["cut"], g.events()
    with Gate(None, port=standin.port) as g:
        status, _, body = Client(g, STS).ask(sts(g))
        assert status == 502 and b"not trusted" in body, (status, body)
        say(g, "failed: " + STS)


@test
def what_is_not_recorded_does_not_go():
    with Gate(standin, "events=fail") as g:
        before = len(standin.calls())
        c = Client(g, STS)
        c.send(sts(g).bytes())
        assert c.answer()[0] == 0
        assert len(standin.calls()) == before


@test
def a_hold_waits():
    with Gate(standin, "hold=GetCallerIdentity") as g:
        for word, status in (("yes", 200), ("no", 403)):
            c = Client(g, STS)
            c.send(sts(g).bytes())
            g.wait_for("held GetCallerIdentity")
            time.sleep(0.2)
            g.tell(word)
            got, _, body = c.answer()
            assert got == status, (word, got, body)
            with g.news:
                g.lines.remove("held GetCallerIdentity")
        assert g.events("aws.call")[0]["hold"] == "7F3K-Q2MX"
        c = Client(g, STS)
        c.send(sts(g).bytes())
        g.wait_for("held GetCallerIdentity")
        c.close()
        g.wait_for("gone 3")


@test
def bodies_are_recorded_without_secrets():
    with Gate(standin) as g:
        g.aws("ssm", "put-parameter", "--name", "/a", "--type", "SecureString", "--overwrite",
              "--value", "hunter2hunter2")
        g.aws("secretsmanager", "get-secret-value", "--secret-id", "app/db")
        text = "\n".join(g.lines)
        assert "hunter2hunter2" not in text and "the-database-password" not in text
        bodies = g.events("aws.body")
        assert any("[MASKED:field]" in e.get("text", "") for e in bodies), bodies
        # an object's content is nobody's business here
        c = Client(g)
        assert c.ask(Asked(g))[2] == b"alpha\n"
        assert c.ask(Asked(g, "PUT", "/n", body=b"omega-content"))[0] in (200, 403)
        assert "omega-content" not in "\n".join(g.lines)
        assert "alpha" not in "\n".join(x for x in g.lines if "aws.body" in x)
    with Gate(standin, "bodies=digest") as g:
        assert Client(g, STS).ask(sts(g))[0] == 200
        assert not g.events("aws.body") and g.events("aws.done")[0]["received_sha256"]
    with Gate(standin, "bodies=none") as g:
        assert Client(g, STS).ask(sts(g))[0] == 200
        done = g.wait_event("aws.done")
        assert done["received"] > 0 and "received_sha256" not in done, done
        assert not g.events("aws.body")


@test
def objects_are_recorded_where_a_rule_says_so():
    with Gate(standin, "bodies=masked") as g:
        c = Client(g)
        assert c.ask(Asked(g))[2] == b"alpha\n"
        assert c.ask(Asked(g, "PUT", "/n", body=b"omega-content"))[0] == 200
        assert len([1 for _ in range(2) if g.wait_event("aws.done")]) == 2
        texts = {(e["of"], e.get("text")) for e in g.events("aws.body")}
        assert {("response", "alpha\n"), ("request", "omega-content")} <= texts, texts


@test
def credentials_are_never_recorded():
    role = b"Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fbroker&RoleSessionName=abc"
    with Gate(standin) as g:
        status, _, body = Client(g, STS).ask(Asked(g, "POST", "/", STS, role, [FORM], service="sts"))
        assert g.wait_event("aws.done")["received"] == len(body) > 0, (status, body)
        assert not g.events("aws.body")


@test
def a_presigned_url_is_signed_anew():
    with Gate(standin) as g:
        r = g.aws("s3", "presign", "s3://logs/a.txt", "--region", "eu-west-1")
        url = r.stdout.decode().strip()
        host, _, target = url[len("https://"):].partition("/")
        c = Client(g, host)
        c.send(("GET /%s HTTP/1.1\r\nHost: %s\r\n\r\n" % (target, host)).encode())
        status, _, body = c.answer()
        assert (status, body) == (200, b"alpha\n"), (status, body, url)
        bad = target.replace("a.txt", "b.txt")
        c.send(("GET /%s HTTP/1.1\r\nHost: %s\r\n\r\n" % (bad, host)).encode())
        assert c.answer()[0] == 403


@test
def many_at_once():
    with Gate(standin) as g:
        def one(_):
            c = Client(g)
            got = [c.ask(Asked(g))[2] for _ in range(5)]
            c.close()
            return got

        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            for got in pool.map(one, range(60)):
                assert got == [b"alpha\n"] * 5, got
        assert len(g.events("aws.done")) == 300
        g.tell("busy")
        g.wait_for("busy 0")


@test
def a_stop_cuts_what_is_open():
    big = "big.s3.eu-west-1.amazonaws.com"
    with Gate(standin) as g:
        c = Client(g, big)
        c.send(Asked(g, "GET", "/1GiB", big).bytes())
        c.exactly(1_000_000)
        g.tell("stop")
        done = g.wait_event("aws.done")
        assert done["cut"] == "the session was stopped", done
        try:
            while c.sock.recv(1 << 20):
                pass
        except OSError:
            pass
        try:
            assert Client(g, STS).ask(sts(g))[0] == 0
        except OSError:
            pass


@test
def an_sdk_may_speak_plainly():
    local = "localhost:8443"
    with Gate(standin, "deny=DeleteObject", kind="sdk") as g:
        def ask(*a, **kw):
            c = Client(g, straight=True)
            return c.ask(Asked(g, *a, host=local, **kw))

        status, _, body = ask("POST", "/", body=WHO, headers=[FORM], service="sts")
        assert status == 200 and b"111122223333" in body, (status, body)
        assert ask("GET", "/logs/a.txt")[2] == b"alpha\n"
        status, _, body = ask("DELETE", "/logs/a.txt")
        assert status == 403 and b"<Code>AccessDenied</Code>" in body
        # no TLS without a leaf; the tunnel needs no password, but the keys must be right
        c = Client(g, straight=True)
        c.send(("CONNECT %s:443 HTTP/1.1\r\nHost: %s:443\r\n\r\n" % (S3, S3)).encode())
        assert b" 200 " in c.until(b"\r\n\r\n")
        assert ask("GET", "/logs/a.txt", secret="not the secret")[0] == 403
        assert ask("GET", "/logs/a.txt", key="AKBROKERAAAAAAAAAAAA")[0] == 403


@test
def junk_harms_nobody():
    with Gate(standin) as g:
        for junk in (b"", b"\0" * 100, b"\x16\x03\x01\x00\x05abcde", b"GET / HTTP/1.1\r\n\r\n",
                     os.urandom(5000), b"CONNECT " + b"a" * 70000):
            s = socket.create_connection(("127.0.0.1", g.port))
            s.sendall(junk)
            s.close()
        assert Client(g, STS).ask(sts(g))[0] == 200


if __name__ == "__main__":
    standin = Standin()
    try:
        status = test.run(sys.argv[1:])
    finally:
        standin.close()
    sys.exit(status)
