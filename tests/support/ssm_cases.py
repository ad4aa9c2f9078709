#!/usr/bin/python3
"""Every kind of session against the stand-in, and every fault of it (ssm_harm.py).

usage: ssm_cases.py DIR PORT VECTORS [PART…]       prints TAP
DIR is the stand-in's; its faults are read from DIR/faults.json, its log of sessions is
DIR/ssm.log.
"""

import json
import os
import socket
import struct
import subprocess
import sys
import time
import traceback
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import ssm_bed  # noqa: E402
import ssm_client as client  # noqa: E402
import ssm_harm as harm  # noqa: E402
from ssm_bed import (ASK, AWS, BASIC, CUT, DIR, ECHO, FAST, LOSSY, PORT, PORTS,
                     REMOTE, RUN, SEALED, SEALED_OLD, VECTORS, WEB, command, faults,
                     logged, ok, refused, said, smux, streams)
from ssm_client import Aws, Refused, Session, Ws  # noqa: E402
from standin import sign, ssmframe as fr, ssmrun, wire  # noqa: E402


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
    ask = {"KeyId": "arn:aws:kms:eu-west-1:111122223333:key/0001", "NumberOfBytes": 64}
    got = CUT.call("kms", "GenerateDataKey",
                   {**ask, "EncryptionContext": {"aws:ssm:TargetId": WEB}})
    ok(len(got["Plaintext"]) == 88, "a key for its node")
    refused("not one for another node", "AccessDeniedException", CUT.call, "kms",
            "GenerateDataKey", {**ask, "EncryptionContext": {"aws:ssm:TargetId": FAST}})
    own = command("sleep 60", WEB, aws=CUT)
    own.until(lambda s: s.complete)
    own.terminate()
    own.finish()
    ok(own.closed == "", "but to its own")
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
                    "Name=instance-state-name,Values=running", "--page-size", "5")
    ok(got == list("138"), "aws: by filters", got)
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
    good = {"MessageSchemaVersion": "1.0", "RequestId": str(uuid.uuid4()),
            "TokenValue": said["TokenValue"], "ClientId": str(uuid.uuid4()),
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


def main():
    ssm_bed.echo_start()
    for part in (vectors, api, lease, real, run_command, sockets, commands, filtered,
                 terminals, sealed, ports, stalled, harm.damaged, harm.cut, harm.hands,
                 harm.others, harm.many, harm.bulk, harm.die):
        if len(sys.argv) > 4 and part.__name__ not in sys.argv[4:]:
            continue
        begun = time.monotonic()
        try:
            part()
            print("# %s: %.1f s" % (part.__name__, time.monotonic() - begun), flush=True)
        except Exception as e:
            ok(False, "%s: %r" % (part.__name__, e), traceback.format_exc())
            faults()
    print("1..%d" % ssm_bed.number)


main()
