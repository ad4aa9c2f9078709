#!/usr/bin/python3
"""Every kind of session against the stand-in, and every fault of it.

usage: ssm_cases.py DIR PORT VECTORS       prints TAP
DIR is the stand-in's; its faults are read from DIR/faults.json, its log of sessions is
DIR/ssm.log.
"""

import hashlib
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import ssm_client as client  # noqa: E402
from ssm_client import Aws, Refused, Session, Ws  # noqa: E402
from standin import sign, ssmframe as fr, ssmrun, wire  # noqa: E402

DIR, PORT, VECTORS = sys.argv[1], int(sys.argv[2]), sys.argv[3]
AWS = Aws(PORT, DIR + "/ca.pem")
CUT = Aws(PORT, DIR + "/ca.pem", "ASIASTANDINCUT000000", "cut", "cut-token==")
WEB, FAST, SEALED, SEALED_OLD, BASIC, LOSSY = ("i-0abc000000000000%d" % n
                                               for n in range(1, 7))
RUN, ASK = "AWS-StartNonInteractiveCommand", "AWS-StartInteractiveCommand"
PORTS, REMOTE = "AWS-StartPortForwardingSession", "AWS-StartPortForwardingSessionToRemoteHost"
number = 0


def ok(good, title, *notes):
    global number
    number += 1
    print("%sok %d - %s" % ("" if good else "not ", number, title), flush=True)
    if not good:
        for n in notes:
            print("# %s" % str(n)[:1500].replace("\n", "\n# "))


def refused(title, code, call, *args, **kw):
    try:
        got = call(*args, **kw)
    except Refused as e:
        ok(e.code == code or str(e.status) == code, title, e)
        return
    ok(False, title, got)


def faults(**rules):
    with open(DIR + "/faults.new", "w", encoding="ascii") as f:
        json.dump(rules, f)
    os.rename(DIR + "/faults.new", DIR + "/faults.json")
    time.sleep(0.25)  # it is looked at ten times a second


def logged(session=None, event=None):
    with open(DIR + "/ssm.log", encoding="ascii") as f:
        rows = [json.loads(line) for line in f]
    return [r for r in rows if (session is None or r.get("session") == session)
            and (event is None or r["event"] == event)]


def command(line, target=FAST, apart="true", aws=AWS, **kw):
    return Session(aws, target, RUN, {"command": line, "separateOutputStream": apart},
                   **kw)


# -- the API --

def api():
    start = dict(Target=WEB, DocumentName=RUN, Parameters={"command": ["true"]})
    bad = [("an unknown member", "ValidationException", {"Colour": "red"}),
           ("a reason of two lines", "ValidationException", {"Reason": "a\nb"}),
           ("a reason of 257", "ValidationException", {"Reason": "a" * 257}),
           ("an empty reason", "ValidationException", {"Reason": ""}),
           ("an empty target", "ValidationException", {"Target": ""}),
           ("a malformed document", "ValidationException", {"DocumentName": "a b"}),
           ("an unknown document", "InvalidDocument", {"DocumentName": "Corp-No"}),
           ("a parameter that is no list", "SerializationException",
            {"Parameters": {"command": "true"}}),
           ("an unknown parameter", "InvalidParameters",
            {"Parameters": {"command": ["true"], "shell": ["sh"]}}),
           ("no command", "InvalidParameters", {"Parameters": {}}),
           ("an empty value", "SerializationException", {"Parameters": {"command": [""]}}),
           ("a node that does not exist", "TargetNotConnected",
            {"Target": "i-0abc00000000000ff"}),
           ("a node that is asleep", "TargetNotConnected", {"Target": "i-0abc0000000000007"}),
           ("one without an agent", "TargetNotConnected", {"Target": "i-0abc0000000000008"}),
           ("one that is stopped", "TargetNotConnected", {"Target": "i-0abc0000000000009"})]
    for title, code, change in bad:
        refused(title + " is refused", code, AWS.ssm, "StartSession", **{**start, **change})
    refused("a wrong content type", "SerializationException", AWS.call, "ssm",
            "StartSession", start, kind="application/json")
    refused("another service's target", "UnknownOperationException", AWS.call, "ssm",
            "StartSession", start, target="TrentService.StartSession")
    refused("a wrong signature", "InvalidSignatureException", Aws(
        PORT, DIR + "/ca.pem", secret="wrong").ssm, "StartSession", **start)
    refused("a port of 65536", "InvalidParameters", AWS.ssm, "StartSession", Target=WEB,
            DocumentName=PORTS, Parameters={"portNumber": ["65536"]})
    refused("a session that is not there is not resumed", "DoesNotExistException", AWS.ssm,
            "ResumeSession", SessionId="gateway-0")
    ok(AWS.ssm("TerminateSession", SessionId="gateway-0") == {"SessionId": "gateway-0"},
       "but it is terminated")
    for code, status in (("ThrottlingException", 400), ("TooManyRequestsException", 429),
                         ("InternalServerError", 500)):
        faults(api={"StartSession": {"code": code, "status": status, "times": 1}})
        refused("planned: " + code, code, AWS.ssm, "StartSession", **start)
    ok("SessionId" in AWS.ssm("StartSession", **start), "and only as often as planned")
    faults(offline=True)
    refused("planned: offline", "TargetNotConnected", AWS.ssm, "StartSession", **start)
    faults()


def lease():
    s = command("echo cut", WEB, aws=CUT).finish()
    ok(s.out == b"cut\n" and s.id.startswith("alice@example-"),
       "a lease that is cut to a node and a document", s.out, s.id)
    refused("not to another node", "AccessDeniedException", command, "true", FAST, aws=CUT)
    refused("not to another document", "AccessDeniedException", Session, CUT, WEB)
    refused("and not to what is not said", "AccessDeniedException", CUT.ssm,
            "DescribeSessions", State="Active")
    s = command("sleep 30", aws=AWS)
    refused("nor to another's session", "AccessDeniedException", CUT.ssm,
            "TerminateSession", SessionId=s.id)
    try:
        Ws(CUT, s.url)
        ok(False, "nor to its socket")
    except Refused as e:
        ok(e.status == 403, "nor to its socket", e)
    s.terminate()
    s.finish()


def aws(*words):
    """The real one: (what it says, its exit status)."""
    env = {"PATH": "/nonexistent", "HOME": "/nonexistent", "LANG": "C.UTF-8",
           "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
           "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": "",
           "AWS_DEFAULT_REGION": client.REGION, "AWS_DEFAULT_OUTPUT": "json",
           "HTTPS_PROXY": "http://127.0.0.1:%d" % PORT, "AWS_CA_BUNDLE": DIR + "/ca.pem",
           "AWS_ACCESS_KEY_ID": client.KEY, "AWS_SECRET_ACCESS_KEY": client.SECRET}
    done = subprocess.run([os.environ.get("AWS", "/usr/bin/aws"), *words], env=env,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        return done.stderr.decode()
    return json.loads(done.stdout or b"null")


def instances(*words):
    return [i["InstanceId"][-1] for r in aws("ec2", "describe-instances", *words)
            ["Reservations"] for i in r["Instances"]]


def real():
    got = instances()
    ok(got == list("123456789a"), "aws: instances, in pages", got)
    got = instances("--filters", "Name=tag:Name,Values=web-*,sealed",
                    "Name=instance-state-name,Values=running")
    ok(got == list("138"), "aws: by filters", got)
    got = instances("--filters", "Name=tag:env,Values=test", "--page-size", "5")
    ok(got == ["1"], "aws: by a tag of their own", got)
    ok("InvalidParameterValue" in str(aws(
        "ec2", "describe-instances", "--filters", "Name=colour,Values=red")),
       "aws: an unknown filter is an error")
    got = aws("ssm", "describe-instance-information")["InstanceInformationList"]
    ok([(i["InstanceId"], i["PingStatus"]) for i in got][5:] == [
        (LOSSY, "Online"), ("i-0abc0000000000007", "ConnectionLost"),
        ("i-0abc0000000000009", "ConnectionLost"), ("i-0abc000000000000a", "Online"),
        ("mi-0abc0000000000001", "Online")], "aws: nodes, in pages", got)
    got = aws("ssm", "describe-instance-information", "--filters",
              "Key=InstanceIds,Values=" + WEB)["InstanceInformationList"]
    ok([i["AgentVersion"] for i in got] == ["3.3.987.0"], "aws: one node", got)
    s = command("sleep 60")
    s.until(lambda s: s.complete)
    got = aws("ssm", "describe-sessions", "--state", "Active", "--filters",
              "key=SessionId,value=" + s.id)["Sessions"]
    ok([(r["Status"], r["Target"]) for r in got] == [("Connected", FAST)],
       "aws: sessions", got)
    aws("ssm", "terminate-session", "--session-id", s.id)
    s.finish()
    ok(s.closed == "", "aws: one is terminated")
    got = aws("kms", "generate-data-key", "--key-id",
              "arn:aws:kms:eu-west-1:111122223333:key/0001", "--number-of-bytes", "64",
              "--encryption-context", "a=b")
    back = aws("kms", "decrypt", "--ciphertext-blob", got["CiphertextBlob"],
               "--encryption-context", "a=b", "--cli-binary-format", "base64")
    ok(back["Plaintext"] == got["Plaintext"], "aws: a data key and back", back)
    got = aws("kms", "decrypt", "--ciphertext-blob", got["CiphertextBlob"],
              "--encryption-context", "a=c", "--cli-binary-format", "base64")
    ok("InvalidCiphertextException" in got, "aws: not in another context", got)


def invocation(name, wanted, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            got = AWS.ssm("GetCommandInvocation", CommandId=name, InstanceId=FAST)
            if got["Status"] in wanted:
                return got
        except Refused as e:
            if e.code != "InvocationDoesNotExist":
                raise
        time.sleep(0.05)
    return None


def send(line, **parameters):
    return AWS.ssm("SendCommand", DocumentName="AWS-RunShellScript", InstanceIds=[FAST],
                   Parameters={"commands": [line], **parameters},
                   TimeoutSeconds=60)["Command"]["CommandId"]


FINAL = ("Success", "Failed", "Cancelled", "TimedOut")


def run_command():
    name = send("echo out; echo err >&2; exit 3")
    refused("a command is not known at once", "InvocationDoesNotExist", AWS.ssm,
            "GetCommandInvocation", CommandId=name, InstanceId=FAST)
    got = invocation(name, FINAL)
    ok((got["Status"], got["ResponseCode"], got["StandardOutputContent"],
        got["StandardErrorContent"]) == ("Failed", 3, "out\n", "err\n"),
       "what it said, and how it ended", got)
    got = invocation(send("head -c 30000 /dev/zero | tr '\\0' x"), FINAL)
    ok(len(got["StandardOutputContent"]) == 24000
       and got["StandardOutputContent"].endswith("\n---Output truncated---"),
       "no more than 24000 of it", len(got["StandardOutputContent"]))
    name = send("sleep 60")
    invocation(name, ("InProgress",))
    AWS.ssm("CancelCommand", CommandId=name, InstanceIds=[FAST])
    got = invocation(name, FINAL)
    ok(got["Status"] == "Cancelled", "it is cancelled", got)
    got = invocation(send("sleep 60", executionTimeout=["1"]), FINAL)
    ok(got["Status"] == "TimedOut", "it takes too long", got)
    refused("a node that is asleep", "InvalidInstanceId", AWS.ssm, "SendCommand",
            DocumentName="AWS-RunShellScript", InstanceIds=["i-0abc0000000000007"],
            Parameters={"commands": ["true"]})


# -- the socket --

def vectors():
    with open(VECTORS + "/ws_sigv4.json", encoding="ascii") as f:
        for v in json.load(f):
            host, _, target = v["url"][len("wss://"):].partition("/")
            rows = [("host", host), ("x-amz-date", v["amz_date"])]
            if v["session_token"]:
                rows.append(("x-amz-security-token", v["session_token"]))
            got = sign.signature(v["secret_key"], wire.Request("GET", "/" + target, rows),
                                 v["amz_date"], v["region"], v["service"],
                                 v["signed_headers"].split(";"), sign.EMPTY)
            ok(got == v["signature"], "the vector of a signed upgrade", got)
    with open(VECTORS + "/manifest.json", encoding="ascii") as f:
        manifest = json.load(f)
    wrong = []
    for name, v in manifest.items():
        if v["kind"] != "frame":
            continue
        with open("%s/%s.hex" % (VECTORS, name), encoding="ascii") as f:
            raw = bytes.fromhex(f.read().strip())
        head, m = fr.read_any(raw)
        if (head, m.kind.decode(), m.seq, m.flags, m.uuid()) != (
                v["header_length"], v["message_type"], v["sequence"], v["flags"],
                v["message_id"]):
            wrong.append(name)
        elif head == 112 and fr.write_112(m.kind, m.payload)[116:] != raw[116:]:
            wrong.append(name)
        elif head == 116 and fr.write(m.kind, m.seq, m.type, m.payload, m.flags, m.id,
                                      v["created_ms"]) != raw:
            wrong.append(name)
        elif name.startswith("client_"):
            fr.read(raw, v["created_ms"] / 1000)
    ok(not wrong, "the vectors of frames are read, and written the same", wrong)
    kept = []
    for name in manifest:
        if name.startswith("bad_") and name != "bad_negative_sequence":
            with open("%s/%s.hex" % (VECTORS, name), encoding="ascii") as f:
                try:
                    fr.read(bytes.fromhex(f.read().strip()), 1700000000)
                    kept.append(name)
                except fr.Bad:
                    pass
    ok(not kept, "and the bad ones refused", kept)


def upgrade(title, code, url=None, **kw):
    said = AWS.ssm("StartSession", Target=FAST)
    try:
        Ws(AWS, url or said["StreamUrl"], **kw)
        ok(False, title)
    except Refused as e:
        ok(e.status == code, title, e)


def broken(title, code, first, *more):
    """A socket that is closed for what is sent on it."""
    said = AWS.ssm("StartSession", Target=FAST)
    ws = Ws(AWS, said["StreamUrl"])
    good = {"MessageSchemaVersion": "1.0", "RequestId": str(client.uuid.uuid4()),
            "TokenValue": said["TokenValue"], "ClientId": str(client.uuid.uuid4()),
            "ClientVersion": "1.2.677.0"}
    if first is not None:
        ws.send(1, json.dumps({**good, **first}).encode())
    for args, kw in more:
        ws.send(*args, **kw)
    seen = None
    try:
        for _ in range(20):
            f = ws.read(10)
            if f is None or f[0] == 8:
                seen = f and struct.unpack(">H", f[1][:2])[0]
                break
    except OSError as e:
        seen = e
    ok(seen == code, title, seen)
    ws.close()


def sockets():
    upgrade("an upgrade without a signature", 403, unsigned=True)
    upgrade("one of no session", 404,
            "wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/x-1?role=a")
    upgrade("one that offers an extension", 400,
            extra=[("Sec-WebSocket-Extensions", "permessage-deflate")])
    said = AWS.ssm("StartSession", Target=FAST)
    upgrade("one with another query", 400, said["StreamUrl"].replace("+", "%20"))
    binary = ((2, fr.write(fr.DATA_IN, 0, 1, b"x")), {})
    broken("a binary frame before OpenDataChannel", 1008, None, binary)
    broken("a wrong token", 1008, {"TokenValue": "AAEAA"})
    broken("an unknown member", 1008, {"Colour": "red"})
    broken("a ClientId that is no UUID", 1008, {"ClientId": "1"})
    broken("a second text frame", 1008, {}, ((1, b"{}"), {}))
    broken("a frame without a mask", 1002, {}, ((2, b"x"), {"mask": False}))
    broken("a reserved bit", 1002, {}, ((2, b"x"), {"first": 0xc0}))
    broken("an unknown opcode", 1002, {}, ((3, b"x"), {}))
    broken("a giant frame", 1009, {}, ((2, bytes(1 << 21)), {}))
    s = Session(AWS, FAST)
    s.until(lambda s: s.out)
    s.ws.close()
    s.open()
    f = s.ws.read(10)
    ok(f and f[0] == 8 and f[1][:2] == struct.pack(">H", 1008),
       "a token is good for one use", f)
    rows = [r["what"] for r in logged(s.id, "violation")]
    ok(rows == ["an unknown or used token"], "and the log says so", rows)
    s.terminate()


# -- sessions --

def commands():
    s = command("sh -c 'echo out; echo err >&2; exit 7'").finish()
    ok((s.out, s.err, s.code, s.closed) == (b"out\n", b"err\n", 7, ""),
       "a command: streams apart, its exit code", s.out, s.err, s.code)
    ok(s.closed_form == 112, "channel_closed has the short head")
    s = command("sh -c 'echo out; echo err >&2; exit 7'", apart="false").finish()
    ok((s.out, s.code) == (b"out\nerr\n", None), "together: no exit code", s.out)
    s = command("echo 'a  b' $HOME * | cat; exit 3").finish()
    ok(s.out == b"a  b $HOME * | cat; exit 3\n", "no shell reads it", s.out)
    s = command("cat").finish()
    ok(s.code == 0, "it has no input")
    s = command("/no/such/program").finish()
    ok(s.code == 1 and b"Error occurred starting" in s.err, "one that cannot be started",
       s.code, s.err)
    s = command("'").finish()
    ok("Error occurred starting" in s.closed, "a quote that is open", s.closed)
    for byte in (b"\x03", b"\x1c"):
        s = command("sleep 60")
        s.until(lambda s: s.complete)
        time.sleep(0.3)
        s.type(byte)
        s.finish()
        ok(s.code == -1, "byte %d is a signal" % byte[0], s.code)
    s = Session(AWS, "i-0abc000000000000a", "Corp-Run", {"command": "echo own"}).finish()
    ok((s.out, s.code) == (b"own\n", 0), "a document of their own", s.out)
    s = command("head -c 300000 /dev/zero", WEB).finish()
    ok(len(s.out) == 300000, "at the agent's pace", len(s.out))


def filtered():
    f = ssmrun.Filter()
    ok([f(b"a\xe2\x82"), f(b"\xac"), f(b"\xef\xbf\xbd"), f(b"\xff\xc3"), f(b"\xa9")]
       == [b"a", b"\xe2\x82\xac", b"\xef", b"\xff", b"\xc3\xa9"],
       "the agent's idea of UTF-8")
    s = command("printf '\\303\\251\\357\\277\\275\\377\\303'").finish()
    ok(s.out == b"\xc3\xa9\xef\xff", "in what a command says", s.out)


def terminals():
    s = Session(AWS, WEB)
    begun = time.monotonic()
    s.until(lambda s: s.out)
    ok(time.monotonic() - begun > 0.8 and s.handshake is None,
       "a shell speaks after a second, without a handshake")
    s.size(101, 37)
    s.type(b"stty size; echo $TERM; pwd; exit 3\r")
    s.finish()
    ok(b"37 101\r\nxterm-256color\r\n" in s.out and WEB.encode() in s.out and s.code is None,
       "its size, its terminal, its folder", s.out)
    s = Session(AWS, FAST, ASK, {"command": "read x; echo \"[$x]\"; sleep 60"})
    s.until(lambda s: s.complete or s.out or not s.unacked)
    s.type(b"hello\r")
    ok(s.until(lambda s: b"[hello]" in s.out), "a command on a terminal", s.out)
    s.type(b"\x03")
    s.finish()
    ok(s.closed == "", "Ctrl-C ends it")
    rows = logged(s.id)
    ok([r["hex"] for r in rows if r["event"] == "input"] == [b"hello\r".hex(), "03"],
       "the log has each byte", rows)
    ok([r["argv"][:2] for r in rows if r["event"] == "run"] == [["sh", "-c"]],
       "and what ran")
    s = Session(AWS, FAST)
    s.until(lambda s: s.out)
    s.type(b"sleep 1234 & (sleep 1235 &) ; echo pid=$$\r")
    s.until(lambda s: b"\r\npid=" in s.out)
    pid = logged(s.id, "run")[0]["pid"]
    s.terminate()
    s.finish()
    left = subprocess.run(["ps", "-o", "stat=,args=", "-s", str(pid)], check=False,
                          stdout=subprocess.PIPE).stdout
    left = [row for row in left.splitlines() if not row.startswith(b"Z")]
    ok(not left, "TerminateSession leaves no process", left)
    refused("and nothing to resume", "DoesNotExistException", s.resume)


def sealed():
    s = Session(AWS, SEALED)
    s.until(lambda s: s.out)
    s.type(b"echo se''cret; exit\r")
    s.finish()
    ok(b"secret" in s.out and s.complete["CustomerMessage"], "a sealed shell, challenged",
       s.out)
    s = command("sh -c 'echo a; echo b >&2; exit 4'", SEALED_OLD).finish()
    ok((s.out, s.err, s.code) == (b"a\n", b"b\n", 4), "a sealed command, unchallenged")
    s = command("true", SEALED, old=True).finish()
    ok("required encryption context random challenge" in s.closed,
       "an old client is refused where the challenge is required", s.closed)
    s = command("true", SEALED_OLD, context={"aws:ssm:TargetId": WEB}).finish()
    ok("InvalidCiphertext" in s.closed, "another context is refused", s.closed)
    s = Session(AWS, SEALED)
    s.until(lambda s: s.out)
    s.write_key = None
    s.type(b"in the clear")
    s.finish()
    ok("decrypt" in s.closed, "input in the clear ends it", s.closed)


class Echo(threading.Thread):
    """On a port of loopback: says what it hears."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = str(self.listener.getsockname()[1])

    def run(self):
        while True:
            c, _ = self.listener.accept()
            threading.Thread(target=self.one, args=(c,), daemon=True).start()

    @staticmethod
    def one(c):
        with c:
            while data := c.recv(65536):
                c.sendall(data)


ECHO = Echo()


def smux(cmd, sid, data=b""):
    return struct.pack("<BBHI", 1, cmd, len(data), sid) + data


def streams(out):
    """The smux frames of what came: [(cmd, sid, data)]."""
    at, rows = 0, []
    while len(out) - at >= 8:
        _, cmd, n, sid = struct.unpack_from("<BBHI", out, at)
        rows.append((cmd, sid, bytes(out[at + 8:at + 8 + n])))
        at += 8 + n
    return rows


def said(s, sid):
    return b"".join(d for c, i, d in streams(s.out) if c == 2 and i == sid)


def ports():
    s = Session(AWS, FAST, "AWS-StartSSHSession", {"portNumber": ECHO.port})
    s.until(lambda s: s.complete)
    text = os.urandom(200000)
    s.type(text)
    ok(s.until(lambda s: len(s.out) == len(text)) and s.out == text,
       "a stream, 8-bit clean", len(s.out))
    s.send(fr.FLAG, b"\0\0\0\2")
    s.finish()
    ok(s.closed == "", "flag 2 ends it")
    s = Session(AWS, FAST, "AWS-StartSSHSession", {"portNumber": "1"}).finish()
    ok("failed" in s.closed, "a port that nobody has", s.closed)
    s = Session(AWS, BASIC, PORTS, {"portNumber": ECHO.port})
    s.until(lambda s: s.complete)
    s.type(b"one")
    s.until(lambda s: s.out == b"one")
    s.send(fr.FLAG, b"\0\0\0\1")
    s.until(lambda s: not s.unacked)
    s.type(b"two")
    ok(s.until(lambda s: s.out == b"onetwo"), "an old agent: one connection, and another",
       s.out)
    s.terminate()
    s.finish()
    s = Session(AWS, FAST, REMOTE, {"host": "db.internal", "portNumber": "5432"})
    s.until(lambda s: s.complete)
    s.type(smux(0, 3) + smux(2, 3, b"first") + smux(0, 5) + smux(2, 5, text[:40000]))
    ok(s.until(lambda s: said(s, 3) == b"first" and said(s, 5) == text[:40000]),
       "smux: two streams to a host behind the node", len(s.out))
    s.type(smux(1, 3))
    ok(s.until(lambda s: (1, 3, b"") in streams(s.out)), "FIN is answered")
    s.type(smux(3, 0) + smux(2, 99, b"nobody") + smux(2, 5, b"more"))
    ok(s.until(lambda s: said(s, 5).endswith(b"more")),
       "a NOP and another stream's bytes are nothing")
    s.send(fr.FLAG, b"\0\0\0\2")
    s.finish()
    s = Session(AWS, FAST, PORTS, {"portNumber": "1"})
    s.until(lambda s: s.complete)
    s.type(smux(0, 3))
    ok(s.until(lambda s: (1, 3, b"") in streams(s.out)) and s.flags == [3],
       "a connection that is refused: the flag, then FIN", s.flags, s.out)
    s.type(b"\x02\0\0\0\3\0\0\0")
    s.finish()
    ok(s.closed == "invalid protocol", "another version of smux ends it", s.closed)
    for host, words in (("169.254.169.254", "is forbidden"), ("no.where", "no such host")):
        s = Session(AWS, FAST, REMOTE, {"host": host, "portNumber": "80"}).finish()
        ok(words in s.closed, "%s: %s" % (host, words), s.closed)


def stalled():
    """A destination that does not read blocks the whole channel."""
    sink = socket.create_server(("127.0.0.1", 0))
    sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s = Session(AWS, FAST, PORTS, {"portNumber": str(sink.getsockname()[1])})
    s.until(lambda s: s.complete)
    s.type(smux(0, 3))
    c, _ = sink.accept()
    for _ in range(1000):
        s.type(smux(2, 3, bytes(32760)))
        if not s.until(lambda s: len(s.unacked) < 100, 2):
            break
    held = len(s.unacked)
    got = 0
    c.settimeout(0.5)
    try:
        while True:
            got += len(c.recv(1 << 20))
            s.pump(0)
    except socket.timeout:
        pass
    s.until(lambda s: not s.unacked, 30)
    ok(held >= 100 and not s.unacked and got > 4 << 20,
       "what a destination does not read stays unacknowledged", held, len(s.unacked), got)
    s.terminate()
    s.finish()
    c.close()


# -- faults --

def damaged():
    want = "sh -c 'head -c 200000 /dev/zero | tr \"\\\\0\" x; echo end'"
    whole = b"x" * 200000 + b"end\n"
    bad = {"drop": 5, "duplicate": 5, "reorder": 5, "delay": 5}
    faults(to_client=bad, to_agent=bad, seed=4)
    s = command(want, LOSSY).finish()
    ok(s.out == whole and s.code == 0 and s.counts.get("double"),
       "lost, doubled, late, out of order: all is there", len(s.out), s.code, s.counts)
    s = Session(AWS, LOSSY, "AWS-StartSSHSession", {"portNumber": ECHO.port})
    s.until(lambda s: s.complete)
    text = os.urandom(60000)
    s.type(text)
    ok(s.until(lambda s: len(s.out) >= len(text)) and s.out == text,
       "and in the other direction", len(s.out))
    s.terminate()
    s.finish()
    faults(bad_digest=3, bad_length=3, garbage=3)
    s = command(want, LOSSY).finish()
    ok(s.out == whole and s.counts.get("bad", 0) > 5, "wrong digests and lengths, garbage",
       len(s.out), s.counts)
    faults()


def cut():
    want = "sh -c 'for i in 1 2 3 4 5 6 7 8; do head -c 20000 /dev/zero | tr \"\\\\0\" $i;" \
        " sleep 0.2; done'"
    whole = b"".join(b"%d" % i * 20000 for i in range(1, 9))
    for name in ("bye", "reset"):
        faults(**{name + "_every": 0.5})
        s = command(want, LOSSY).finish()
        ok(s.out == whole and s.resumes > 1, name + ": resumed, nothing lost or doubled",
           len(s.out), s.resumes)
    faults(bye_after=40)
    s = command(want, LOSSY).finish()
    ok(s.out == whole and s.resumes > 2, "after so many messages", len(s.out), s.resumes)
    faults(silence_after=20)
    s = command(want, LOSSY)
    s.until(lambda s: False, 2)
    before = len(s.out)
    s.until(lambda s: False, 1)
    faults()
    ok(len(s.out) == before, "silence")
    s.resume()
    s.finish()
    ok(s.out == whole, "and a new socket ends it", len(s.out))
    for rule, title in (({"code": "DoesNotExistException"}, "ResumeSession refused"),
                        ("empty", "a resume without a token"), ("none", "nor its member")):
        s = command("sleep 60")
        s.until(lambda s: s.complete)
        faults(resume=rule, bye_every=0.1)
        try:
            s.finish()
            ok(False, title)
        except Refused as e:
            ok(e.code in ("DoesNotExistException", "over"), title, e)
        faults()
        s.terminate()
    faults(upgrade=503)
    refused("a planned status for an upgrade", "503", command, "true")
    faults()


def hands():
    for how, words in (("refuse", "refused by the seed"), ("twice", "")):
        faults(handshake=how)
        s = command("true").finish()
        ok(words in s.closed, "handshake: " + how, s.closed)
    faults(handshake="unknown_action")
    s = command("true", status=3, error="no").finish()
    ok("failed on client with status 3 error: no" in s.closed, "a status of 3", s.closed)
    faults(handshake="unknown_type")
    s = command("true")
    s.until(lambda s: s.handshake)
    kind = s.handshake["RequestedClientActions"][0]["ActionParameters"]["SessionType"]
    ok(kind == "Tunnel", "an unknown session type", kind)
    s.finish()
    faults(handshake="wrong_challenge")
    try:
        Session(AWS, SEALED).finish()
        ok(False, "a wrong challenge")
    except Exception as e:  # cryptography's InvalidTag
        ok(type(e).__name__ == "InvalidTag", "a wrong challenge", repr(e))
    faults(kms="denied")
    refused("KMS refuses", "AccessDeniedException", lambda: Session(AWS, SEALED).finish())
    faults()
    s = command("true")
    s.respond = lambda: s.type(b"too early")
    s.until(lambda s: s.next and not s.unacked)
    what = [r["what"] for r in logged(s.id, "violation")]
    ok(what == ["type 1 within the handshake, thrown away"] and not logged(s.id, "input"),
       "data within the handshake is acknowledged and lost", what)
    s.terminate()
    s.finish()


def others():
    faults(start_delay=1.5)
    s, begun = command("true"), time.monotonic()
    s.finish()
    ok(time.monotonic() - begun >= 1.4, "a slow start")
    faults(withhold=True)
    s = Session(AWS, FAST)
    s.until(lambda s: s.out)
    s.type(b"echo held\r")
    s.until(lambda s: False, 1)
    held = len(s.unacked)
    faults()
    s.until(lambda s: b"\r\nheld" in s.out)
    ok(held == 1 and len(logged(s.id, "input")) == 1, "acks withheld", held)
    s.terminate()
    s.finish()
    faults(pause={"after": 3, "seconds": 1})
    s = command("echo pause").finish()
    ok(s.out == b"pause\n" and b"pause_publication" in s.kinds, "a pause", s.out, s.kinds)
    faults(closed=116, closed_output="so it is")
    s = command("true").finish()
    ok((s.closed, s.closed_form) == ("so it is", 116), "channel_closed in the other form")
    faults(giant={"after": 0, "bytes": 2 << 20})
    s = command("echo big").finish()
    ok(s.out == b"big\n", "a giant frame")
    with open(VECTORS + "/odd_unknown_message_type.hex", encoding="ascii") as f:
        faults(inject={"after": 1, "frames": [f.read().strip()]})
    s = command("echo odd").finish()
    ok(s.out == b"odd\n" and len(s.kinds) > 5, "frames of a test's own", s.kinds)
    faults(exit_first=True)
    s = command("echo a").finish()
    ok(s.out == b"a\nafter the exit code\n" and s.code == 0, "the exit code is not the last")
    faults()


def many():
    all_ = [Session(AWS, FAST, ASK, {"command": "read x; echo \"<$x>\""})
            for _ in range(200)]
    begun = time.monotonic()
    for i, s in enumerate(all_):
        s.type(b"%d\r" % i)
    for s in all_:
        s.finish()
    good = sum(b"<%d>" % i in s.out for i, s in enumerate(all_))
    ok(good == 200, "200 sessions at once", good, time.monotonic() - begun)


def bulk():
    n = 20_000_000
    s = command("head -c %d /dev/zero" % n).finish(300)
    ok(len(s.out) == n and hashlib.sha256(s.out).hexdigest() == logged(
        s.id, "end")[0]["sha256_out"], "20 MB", len(s.out))


def die():
    s = command("sleep 4321")
    s.until(lambda s: s.complete)
    pid = logged(s.id, "run")[0]["pid"]
    faults(die="start")
    try:
        command("true")
        ok(False, "it dies where it is told to")
    except (OSError, client.http.client.HTTPException):
        ok(True, "it dies where it is told to")
    for _ in range(100):
        if not os.path.exists("/proc/%d" % pid):
            break
        time.sleep(0.1)
    ok(not os.path.exists("/proc/%d" % pid), "and its processes with it")


def main():
    ECHO.start()
    with open(DIR + "/echo", "w", encoding="ascii") as f:
        f.write("port %s\n" % ECHO.port)
    for part in (vectors, api, lease, real, run_command, sockets, commands, filtered, terminals, sealed, ports,
                 stalled, damaged, cut, hands, others, many, bulk, die):
        if len(sys.argv) > 4 and part.__name__ not in sys.argv[4:]:
            continue
        begun = time.monotonic()
        try:
            part()
            print("# %s: %.1f s" % (part.__name__, time.monotonic() - begun), flush=True)
        except Exception as e:
            ok(False, "%s: %r" % (part.__name__, e), client.traceback.format_exc())
            faults()
    print("1..%d" % number)


main()
