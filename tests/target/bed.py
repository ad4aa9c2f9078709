"""What tests of sessions on targets share: the program that opens one, the stand-in, and an
AWS that says what it is told to."""
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

TOP = os.environ.get("top_srcdir", ".")
BUILD = os.environ.get("top_builddir", ".")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, "tests/support"))
sys.path.insert(0, os.path.join(TOP, "tests/front"))
from standin import ssmframe as fr, ssmsocket, tls, wire  # noqa: E402

DRIVE = os.path.abspath(os.path.join(BUILD, "tests/target/drive"))
REGION = "eu-west-1"
HOSTS = ["%s.%s.amazonaws.com" % (s, REGION) for s in ("ssm", "kms", "ssmmessages")]
KEY, SECRET = "AKIASTANDINGATEWAY00", "gateway/secret+for=the/stand-in"
NODE = "i-00000000000000001"
LONG = 120  # seconds for what must come


class End:
    """How one came out: what it said on descriptor 3, its outputs."""

    def __init__(self, code, out, err, told):
        self.code, self.out, self.err = code, out, err
        self.told = [x.split(" ", 1) for x in told.splitlines()]
        ends = [x[1] for x in self.told if x[0] == "end"]
        assert len(ends) == 1, (told, err)
        how, status, closed, cut, held, text = ends[0].split(" ", 5)
        self.how, self.status, self.text = how, int(status), text
        self.closed, self.cut, self.held = closed == "closed", cut == "cut", int(held)

    def count(self, word):
        return sum(x[0] == word for x in self.told)

    def __repr__(self):
        return repr((self.told, self.out[-300:], self.err[-600:]))


class Drive:
    """A running one; its stdin is a pipe unless bytes are given."""

    def __init__(self, port, ca, *args, stdin=None, env=None):
        told_r, told_w = os.pipe()
        argv = [DRIVE, "-C", ca]
        for h in HOSTS:
            argv += ["-c", "%s:443:127.0.0.1:%d" % (h, port)]
        self.stdin = stdin
        argv += ["-T", str(told_w)]
        self.process = subprocess.Popen(
            [*argv, *args],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            pass_fds=[told_w], env=env)
        os.close(told_w)
        self.told, self.news, self.torn = [], threading.Condition(), b""
        self.out, self.err = bytearray(), bytearray()
        self.readers = [threading.Thread(target=f, args=a, daemon=True) for f, a in (
            (self._read, (told_r,)), (self._gather, (self.process.stdout, self.out)),
            (self._gather, (self.process.stderr, self.err)))]
        for r in self.readers:
            r.start()

    @staticmethod
    def _gather(f, into):
        while True:
            piece = f.read1(65536)
            if not piece:
                return
            into += piece

    def _read(self, fd):
        with os.fdopen(fd, "rb") as f:
            for line in f:
                with self.news:
                    self.told.append(line.decode(errors="replace").rstrip("\n"))
                    self.news.notify_all()

    def wait_for(self, word, times=1):
        with self.news:
            good = self.news.wait_for(
                lambda: sum(x.split(" ")[0] == word for x in self.told) >= times, LONG)
        assert good, (word, self.told)

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def finish(self):
        try:
            if self.stdin:
                self.write(self.stdin)
            self.process.stdin.close()
        except OSError:
            pass  # it has ended
        try:
            self.process.wait(LONG)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("it does not end: %r %r" % (self.told, self.err[-500:]))
        for r in self.readers:
            r.join(LONG)
        out, err = bytes(self.out), bytes(self.err)
        if b"Sanitizer" in err:
            raise AssertionError(err.decode(errors="replace"))
        return End(self.process.returncode, out, err.decode(errors="replace"),
                   "\n".join(self.told))


class Bed:
    """A folder, and a port with an AWS on it."""

    def drive(self, *args, stdin=b"", **kw):
        return Drive(self.port, self.ca, *args, stdin=stdin, **kw).finish()

    def start(self, *args, **kw):
        return Drive(self.port, self.ca, *args, **kw)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Standin(Bed):
    """The stand-in with nodes that behave as `nodes` says (each its id's tail)."""

    def __init__(self, nodes=None, **ssm):
        self.dir = tempfile.mkdtemp(prefix="target.")
        self.ca = self.dir + "/ca.pem"
        self.faults_path = self.dir + "/faults.json"
        instances = [{"id": "i-0000000000000000%d" % n, "name": "n%d" % n,
                      "state": "running", "ssm": own}
                     for n, own in ({1: {}} | (nodes or {})).items()]
        seed = {"account": "111122223333",
                "keys": [{"access_key_id": KEY, "secret_access_key": SECRET,
                          "arn": "arn:aws:iam::111122223333:user/gateway"}],
                "ssm": {"fast": True, "drain_seconds": 300, "tick_ms": 10} | ssm,
                "instances": instances}
        with open(self.dir + "/seed.json", "w") as f:
            json.dump(seed, f)
        self.faults()
        self.process = subprocess.Popen(
            ["/usr/bin/python3", os.path.join(TOP, "tests/support/aws_standin.py"),
             "--dir", self.dir, "--seed", self.dir + "/seed.json",
             "--log", self.dir + "/log", "--ssm-log", self.dir + "/ssm.log",
             "--ssm-faults", self.faults_path, "--until-stdin-closes"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def faults(self, **what):
        """From the next session on; the stand-in looks at the file ten times a second."""
        with open(self.faults_path + ".new", "w") as f:
            json.dump(what, f)
        os.rename(self.faults_path + ".new", self.faults_path)
        threading.Event().wait(0.3)

    def calls(self, operation):
        with open(self.dir + "/log") as f:
            rows = [json.loads(x) for x in f]
        return [r for r in rows if r.get("operation") == operation]

    def close(self):
        self.process.stdin.close()
        self.process.wait(LONG)
        shutil.rmtree(self.dir, ignore_errors=True)


class Script(Bed):
    """An AWS of a test's own: api(operation, request, times) gives (status, answer) or None
    for no answer at all; socket(link, request, times) has a connection to ssmmessages,
    of which the head was read."""

    def __init__(self, api, sock=None):
        self.dir = tempfile.mkdtemp(prefix="target.")
        self.api, self.sock = api, sock
        self.authority = tls.Authority(self.dir)
        for host in HOSTS:
            self.authority.context(host)
        self.ca = self.authority.ca
        self.calls, self.sockets, self.lock = [], 0, threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(conn,), daemon=True).start()

    def _serve(self, conn):
        try:
            conn.settimeout(LONG)
            conn, name = self.authority.accept(conn, lambda n: n in HOSTS)
            link = wire.Wire(conn)
            if name.startswith("ssmmessages"):
                with self.lock:
                    self.sockets += 1
                    times = self.sockets
                self.sock(conn, link.read_head(), times)
                return
            while self._answer(link):
                pass
        except (OSError, wire.Gone, wire.BadRequest, ssmsocket.Gone):
            pass
        finally:
            conn.close()

    def _answer(self, link):
        req = link.read_head()
        if req is None:
            return False
        link.read_body(req, 1 << 20)
        operation = req.one("x-amz-target").split(".")[1]
        with self.lock:
            self.calls.append((operation, json.loads(req.body)))
            times = self.count(operation)
        answer = self.api(operation, json.loads(req.body), times)
        if answer is None:
            return False
        status, body = answer
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        link.answer(status, "As told", [("x-amzn-RequestId", "r-%d" % times)], body)
        return True

    def count(self, operation):
        return sum(c[0] == operation for c in self.calls)

    def close(self):
        self.listener.close()
        shutil.rmtree(self.dir, ignore_errors=True)


SESSION = {"SessionId": "gateway-01", "TokenValue": "AAE+/first==",
           "StreamUrl": "wss://ssmmessages.%s.amazonaws.com/v1/data-channel/gateway-01"
                        "?role=publish_subscribe&cell-number=A+b/c==" % REGION}


def error(name, status=400, message="told so"):
    return status, {"__type": name, "message": message}


def usual(operation, _request=None, times=1):
    """What a quiet AWS answers."""
    if operation == "StartSession":
        return 200, SESSION
    if operation == "ResumeSession":
        return 200, SESSION | {"TokenValue": "AAE+/again-%d==" % times}
    if operation == "TerminateSession":
        return 200, {"SessionId": SESSION["SessionId"]}
    return error("ValidationException")


class Link:
    """A websocket's server side that blocks, and the agent's side of a session on it."""

    def __init__(self, conn, head, accept=True):
        self.conn, self.seq = conn, 0
        if accept:
            conn.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                         b"Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n"
                         % ssmsocket.accept_of(head.one("sec-websocket-key")).encode())
        self.got = bytearray()

    def need(self, n):
        while len(self.got) < n:
            piece = self.conn.recv(65536)
            if not piece:
                raise ssmsocket.Gone("closed")
            self.got += piece

    def frame(self):
        """(opcode, payload)"""
        self.need(2)
        size, at = self.got[1] & 127, 2
        assert self.got[1] & 128, "a frame without a mask"
        if size >= 126:
            at = 4 if size == 126 else 10
            self.need(at)
            size = int.from_bytes(self.got[2:at], "big")
        self.need(at + 4 + size)
        data = ssmsocket.unmask(bytes(self.got[at + 4:at + 4 + size]),
                                bytes(self.got[at:at + 4]))
        kind = self.got[0] & 15
        del self.got[:at + 4 + size]
        return kind, data

    def hello(self):
        kind, data = self.frame()
        assert kind == ssmsocket.TEXT, kind
        return json.loads(data)

    def send(self, data, kind=ssmsocket.BINARY):
        self.conn.sendall(ssmsocket.frame(kind, data))

    def say(self, type_, payload, seq=None):
        if seq is None:
            seq, self.seq = self.seq, self.seq + 1
        self.send(fr.write(fr.DATA_OUT, seq, type_, payload))

    def next_input(self):
        """The next message of input, acknowledged; acks are passed over."""
        while True:
            kind, data = self.frame()
            if kind != ssmsocket.BINARY:
                continue
            m = fr.read(data)
            if m.kind == fr.DATA_IN:
                self.send(fr.ack_of(fr.DATA_IN, m))
                return m

    def shake(self, session="NonInteractiveCommands", properties=None, agent="3.3.987.0"):
        actions = [{"ActionType": "SessionType", "ActionParameters":
                    {"SessionType": session, "Properties": properties}}]
        self.say(fr.REQUEST, json.dumps(
            {"AgentVersion": agent, "RequestedClientActions": actions}).encode())
        answer = self.next_input()
        assert answer.type == fr.RESPONSE, answer.type
        self.say(fr.COMPLETE, b'{"HandshakeTimeToComplete":1,"CustomerMessage":""}')
        return json.loads(answer.payload)

    def closed(self, output=""):
        self.send(fr.write_112(b"channel_closed", json.dumps(
            {"MessageType": "channel_closed", "Output": output}).encode()))

    def drain(self):
        """Until the client has gone."""
        try:
            while True:
                if self.frame()[0] == ssmsocket.CLOSE:
                    return True
        except (OSError, ssmsocket.Gone):
            return False


def digest(data):
    return hashlib.sha256(data).hexdigest()
