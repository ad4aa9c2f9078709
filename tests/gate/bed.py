"""What tests of the whole gate share: the stand-in, a gate in front of it, the CLI, and a
client that signs like an SDK and then says what no SDK would."""
import hashlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.environ.get("top_srcdir", ".")
BUILD = os.environ.get("top_builddir", ".")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, "tests/support"))
sys.path.insert(0, os.path.join(TOP, "tests/front"))
from standin import sign, wire  # noqa: E402

HARNESS = os.path.abspath(os.path.join(BUILD, "tests/gate/harness"))
SLOW = 10 if os.environ.get("BROKER_SLOW_TESTS") else 1
KEY, SECRET = "AKIASTANDINGATEWAY00", "gateway/secret+for=the/stand-in"
REGION = "eu-west-1"
S3 = "logs.s3.eu-west-1.amazonaws.com"
STS = "sts.eu-west-1.amazonaws.com"


class Lines:
    """A child's stdout, line by line."""

    def __init__(self, argv, **kw):
        self.lines, self.news = [], threading.Condition()
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, **kw)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.news:
                self.lines.append(line.rstrip("\n"))
                self.news.notify_all()

    def wait_for(self, text, seconds=20):
        end = time.time() + seconds * SLOW
        with self.news:
            while True:
                for line in self.lines:
                    if text in line:
                        return line
                if time.time() > end:
                    raise AssertionError("no %r in:\n%s" % (text, "\n".join(self.lines[-20:])))
                self.news.wait(0.2)

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self):
        """Its exit status, once its stdin is closed."""
        self.process.stdin.close()
        try:
            return self.process.wait(20 * SLOW)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class Standin:
    """One for all tests of a run."""

    def __init__(self, **more):
        """more: what is in the seed beside, or instead."""
        self.dir = tempfile.mkdtemp(prefix="gate.")
        self.log = os.path.join(self.dir, "log")
        self.ca = os.path.join(self.dir, "ca.pem")
        support = os.path.join(TOP, "tests/support")
        with open(os.path.join(support, "standin-seed.json"), encoding="utf-8") as f:
            seed = json.load(f)
        with open(os.path.join(self.dir, "seed.json"), "w", encoding="utf-8") as f:
            json.dump({**seed, **more}, f)
        self.child = Lines(["/usr/bin/python3", os.path.join(support, "aws_standin.py"),
                            "--dir", self.dir, "--log", self.log, "--until-stdin-closes",
                            "--seed", os.path.join(self.dir, "seed.json")])
        self.port = int(self.child.wait_for("port ").split()[1])

    def calls(self):
        with open(self.log) as f:
            return [json.loads(line) for line in f]

    def close(self):
        self.child.end()
        shutil.rmtree(self.dir)


class Gate(Lines):
    def __init__(self, standin, *answers, kind="command", key=KEY, secret=SECRET, port=None):
        self.dir = tempfile.mkdtemp(prefix="gate.")
        super().__init__([HARNESS, kind, standin.ca if standin else "/dev/null",
                          "::127.0.0.1:%d" % (port or standin.port), key, secret, ""] + list(answers))
        self.kind = kind
        self.wait_for("END CERT" if kind == "command" else "ca 0")
        self.port = int(self.value("port"))
        self.proxy, self.id = self.value("proxy"), self.value("id")
        self.secret = self.value("secret")
        self.ca = os.path.join(self.dir, "ca.pem")
        with self.news:
            with open(self.ca, "w") as f:
                f.write("\n".join(x for x in self.lines if not x.startswith(
                    ("port ", "proxy ", "id ", "secret ", "ca "))) + "\n")

    def value(self, name):
        return self.wait_for(name + " ")[len(name) + 1:]

    def sync(self):
        """All that the gate has said by now is here when this returns."""
        with self.news:
            n = self.lines.count("sync here")
        self.tell("sync")
        end = time.time() + 20 * SLOW
        with self.news:
            while self.lines.count("sync here") == n:
                assert time.time() < end, "the gate does not answer"
                self.news.wait(0.2)

    def told(self, what):
        """Lines of one kind, without its name."""
        self.sync()
        with self.news:
            return [x[len(what) + 1:] for x in self.lines if x.startswith(what + " ")]

    def events(self, t=None):
        all_ = [json.loads(x) for x in self.told("event")]
        return [e for e in all_ if t is None or e["t"] == t]

    def wait_event(self, t, n=1):
        end = time.time() + 20 * SLOW
        while len(self.events(t)) < n:
            assert time.time() < end, (t, self.lines[-8:])
            time.sleep(0.02)
        return self.events(t)[n - 1]

    def aws(self, *words, stdin=b"", **more):
        env = {"PATH": "/nonexistent", "HOME": "/nonexistent", "LANG": "C.UTF-8",
               "AWS_PAGER": "", "AWS_CONFIG_FILE": "/dev/null",
               "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true",
               "AWS_MAX_ATTEMPTS": "1", "AWS_DEFAULT_REGION": REGION,
               "HTTPS_PROXY": "http://%s@127.0.0.1:%d" % (self.proxy, self.port),
               "AWS_CA_BUNDLE": self.ca, "AWS_ACCESS_KEY_ID": self.id,
               "AWS_SECRET_ACCESS_KEY": self.secret}
        env.update(more)
        return subprocess.run(["/usr/bin/aws", *words], input=stdin, env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120 * SLOW)

    def close(self):
        try:
            status = self.end()
            assert status == 0, "the gate ended with %d" % status
        finally:
            shutil.rmtree(self.dir)

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()


class Asked:
    """A signed request as bytes; late headers are put behind the signature."""

    def __init__(self, gate, method="GET", target="/a.txt", host=S3, body=b"", headers=(), late=(),
                 service="s3", region=REGION, key=None, secret=None, payload=None, age=0,
                 length=True):
        date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() - age))
        hashed = payload or hashlib.sha256(body).hexdigest()
        rows = [("host", host), ("x-amz-date", date), *headers]
        if service == "s3":
            rows.append(("x-amz-content-sha256", hashed))
        names = sorted({n for n, _ in rows})
        value = sign.signature(secret or gate.secret, wire.Request(method, target, rows), date,
                               region, service, names, hashed)
        rows.append(("authorization", "AWS4-HMAC-SHA256 Credential=%s/%s/%s/%s/aws4_request, "
                     "SignedHeaders=%s, Signature=%s" % (key or gate.id, date[:8], region,
                                                         service, ";".join(names), value)))
        rows += list(late)
        if length:
            rows.append(("content-length", str(len(body))))
        self.head = ("\r\n".join(["%s %s HTTP/1.1" % (method, target)]
                                 + ["%s: %s" % row for row in rows]) + "\r\n\r\n").encode()
        self.body, self.host = body, host

    def bytes(self):
        return self.head + self.body


class Client:
    """One connection through CONNECT (or straight, to an SDK's gate)."""

    def __init__(self, gate, name=S3, sni=None, straight=False):
        self.sock = socket.create_connection(("127.0.0.1", gate.port), timeout=20 * SLOW)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""
        if straight:
            return
        import base64
        auth = base64.b64encode(gate.proxy.encode()).decode()
        self.sock.sendall(("CONNECT %s:443 HTTP/1.1\r\nHost: %s:443\r\nProxy-Authorization: "
                           "Basic %s\r\n\r\n" % (name, name, auth)).encode())
        head = self.until(b"\r\n\r\n")
        if b" 200 " not in head:
            raise ConnectionRefusedError(head.decode())
        self.sock = ssl.create_default_context(cafile=gate.ca).wrap_socket(
            self.sock, server_hostname=sni or name)

    def send(self, data):
        self.sock.sendall(data)

    def until(self, mark):
        while mark not in self.rest:
            piece = self.sock.recv(65536)
            if not piece:
                out, self.rest = self.rest, b""
                return out
            self.rest += piece
        out, _, self.rest = self.rest.partition(mark)
        return out + mark

    def exactly(self, n):
        pieces, size = [self.rest], len(self.rest)
        while size < n:
            piece = self.sock.recv(262144)
            if not piece:
                break
            pieces.append(piece)
            size += len(piece)
        out = b"".join(pieces)
        out, self.rest = out[:n], out[n:]
        return out

    def answer(self, head_only=False):
        """(status, headers in lower case, body); status 0: closed without one."""
        head = self.until(b"\r\n\r\n").decode("latin-1")
        if not head:
            return 0, {}, b""
        lines = head.split("\r\n")
        headers = {k.lower(): v for k, _, v in (x.partition(": ") for x in lines[1:] if x)}
        status = int(lines[0].split()[1])
        if status == 100 or head_only or status in (204, 304):
            return status, headers, b""
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while True:
                size = int(self.until(b"\r\n"), 16)
                body += self.exactly(size + 2)[:size]
                if size == 0:
                    return status, headers, body
        return status, headers, self.exactly(int(headers.get("content-length", 0)))

    def ask(self, asked, **kw):
        self.send(asked.bytes())
        return self.answer(**kw)

    def closed(self):
        try:
            return self.sock.recv(1) == b""
        except (ssl.SSLError, OSError):
            return True

    def close(self):
        self.sock.close()
