#!/usr/bin/python3
"""A client of sessions, written apart from the broker's: it proves the stand-in (see
ssm_cases.py), and tests may ask it for a second opinion.

    aws = Aws(PORT, CA); s = Session(aws, TARGET, DOCUMENT, {PARAMETER: VALUE}).finish()
    s.out, s.err, s.code, s.closed
"""

import base64
import hashlib
import http.client
import json
import os
import re
import select
import socket
import ssl
import struct
import sys
import time
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from standin import sign, ssmframe as fr, wire  # noqa: E402

KEY, SECRET = "AKIASTANDINGATEWAY00", "gateway/secret+for=the/stand-in"
REGION = "eu-west-1"
VERSION = "1.2.677.0"
TARGETS = {"ssm": "AmazonSSM", "kms": "TrentService", "secretsmanager": "secretsmanager"}
ENDLESS = 60


class Refused(Exception):
    def __init__(self, status, code, message):
        super().__init__("%d %s: %s" % (status, code, message))
        self.status, self.code, self.message = status, code, message


class Aws:
    """Signed calls to the stand-in."""

    def __init__(self, port, ca, key=KEY, secret=SECRET, token=None, region=REGION):
        self.port, self.key, self.secret, self.token = port, key, secret, token
        self.context = ssl.create_default_context(cafile=ca)
        self.region = region

    def connect(self, host):
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=ENDLESS)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.context.wrap_socket(sock, server_hostname=host)

    def signed(self, method, target, host, service, body=b"", headers=()):
        date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        rows = [("host", host), ("x-amz-date", date), *headers]
        if self.token:
            rows.append(("x-amz-security-token", self.token))
        names = sorted(n for n, _ in rows)
        value = sign.signature(self.secret, wire.Request(method, target, rows), date,
                               self.region, service, names,
                               hashlib.sha256(body).hexdigest())
        rows.append(("authorization", "AWS4-HMAC-SHA256 Credential=%s/%s/%s/%s/"
                     "aws4_request, SignedHeaders=%s, Signature=%s"
                     % (self.key, date[:8], self.region, service, ";".join(names),
                        value)))
        return rows

    def call(self, service, operation, data, target=None,
             kind="application/x-amz-json-1.1"):
        host = "%s.%s.amazonaws.com" % (service, self.region)
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        rows = self.signed("POST", "/", host, service, body, [
            ("content-type", kind),
            ("x-amz-target", target or TARGETS[service] + "." + operation)])
        c = http.client.HTTPConnection(host)
        c.sock = self.connect(host)
        c.putrequest("POST", "/", skip_host=True, skip_accept_encoding=True)
        for row in rows:
            c.putheader(*row)
        c.putheader("content-length", str(len(body)))
        c.endheaders(body)
        r = c.getresponse()
        out = json.loads(r.read() or b"{}")
        c.sock and c.sock.close()
        if r.status != 200:
            raise Refused(r.status, out["__type"], out.get("message", ""))
        return out

    def ssm(self, operation, **data):
        return self.call("ssm", operation, data)


class Ws:
    """A websocket's client side, blocking."""

    def __init__(self, aws, url, unsigned=False, extra=()):
        host, path = re.match(r"wss://([^/]+)(/.*)\Z", url).groups()
        self.sock = aws.connect(host)
        rows = [("host", host)] if unsigned else aws.signed("GET", path, host,
                                                            "ssmmessages")
        rows += [("Upgrade", "websocket"), ("Connection", "Upgrade"),
                 ("Sec-WebSocket-Version", "13"),
                 ("Sec-WebSocket-Key", base64.b64encode(os.urandom(16)).decode()), *extra]
        head = "GET %s HTTP/1.1\r\n%s\r\n\r\n" % (path, "\r\n".join(
            "%s: %s" % r for r in rows))
        self.sock.sendall(head.encode())
        self.buf = b""
        while b"\r\n\r\n" not in self.buf:
            piece = self.sock.recv(4096)
            if not piece:
                raise ConnectionError("no answer to the upgrade")
            self.buf += piece
        head, _, self.buf = self.buf.partition(b"\r\n\r\n")
        self.status = int(head.split()[1])
        if self.status != 101:
            raise Refused(self.status, "upgrade", self.buf.decode())

    def send(self, opcode, data, mask=True, first=0x80):
        n = len(data)
        bit = 0x80 if mask else 0
        head = struct.pack(">BB", first | opcode, bit | n) if n < 126 else (
            struct.pack(">BBH", first | opcode, bit | 126, n) if n < 65536 else
            struct.pack(">BBQ", first | opcode, bit | 127, n))
        if mask:
            key = os.urandom(4)
            whole = int.from_bytes(data, "big") ^ int.from_bytes(
                (key * (n // 4 + 1))[:n], "big")
            head, data = head + key, whole.to_bytes(n, "big")
        self.sock.sendall(head + data)

    def take(self):
        """A frame that has come whole: (opcode, data); None."""
        b = self.buf
        if len(b) < 2:
            return None
        if b[1] & 0x80:
            raise ConnectionError("a masked frame from the server")
        size, head = b[1] & 127, 2
        if size == 126:
            size, head = (struct.unpack_from(">H", b, 2)[0] if len(b) > 3 else 1 << 60), 4
        elif size == 127:
            size, head = (struct.unpack_from(">Q", b, 2)[0] if len(b) > 9 else 1 << 60), 10
        if len(b) < head + size:
            return None
        self.buf = b[head + size:]
        return b[0] & 15, b[head:head + size]

    def read(self, seconds):
        """The next frame, or None when none came in time; ConnectionError at the end."""
        until = time.monotonic() + seconds
        while True:
            f = self.take()
            if f is not None:
                return f
            left = until - time.monotonic()
            if left <= 0 and not self.sock.pending():
                return None
            if not self.sock.pending() and not select.select(
                    [self.sock], [], [], max(0, left))[0]:
                return None
            piece = self.sock.recv(65536)
            if not piece:
                raise ConnectionError("the socket ended")
            self.buf += piece

    def close(self):
        self.sock.close()


class Session:
    """A session as a good client leads it."""

    def __init__(self, aws, target, document=None, parameters=None, reason=None,
                 version=VERSION, acks=True, **how):
        self.aws, self.target, self.version, self.acks = aws, target, version, acks
        self.how = how
        data = {"Target": target}
        if document:
            data["DocumentName"] = document
        if parameters:
            data["Parameters"] = {k: [v] for k, v in parameters.items()}
        if reason:
            data["Reason"] = reason
        said = aws.ssm("StartSession", **data)
        self.id, self.token, self.url = said["SessionId"], said["TokenValue"], said["StreamUrl"]
        self.client = str(uuid.uuid4())
        self.expected, self.ahead, self.next, self.unacked = 0, {}, 0, {}
        self.out, self.err, self.code, self.flags = bytearray(), bytearray(), None, []
        self.closed, self.complete, self.handshake, self.kinds = None, None, None, []
        self.read_key = self.write_key = None
        self.sent_at, self.running, self.resumes, self.held, self.counts = 0, False, 0, [], {}
        self.smux = b""
        self.open()

    def open(self):
        self.ws = Ws(self.aws, self.url, unsigned=self.how.get("unsigned", False))
        self.ws.send(1, json.dumps({
            "MessageSchemaVersion": "1.0", "RequestId": str(uuid.uuid4()),
            "TokenValue": self.token, "ClientId": self.client,
            "ClientVersion": self.version}).encode())

    def resume(self):
        self.ws.close()
        said = self.aws.ssm("ResumeSession", SessionId=self.id)
        if not said.get("TokenValue"):
            raise Refused(200, "over", "no token")
        self.token = said["TokenValue"]
        self.resumes += 1
        self.open()
        for seq in sorted(self.unacked):
            self.ws.send(2, self.unacked[seq])
        self.sent_at = time.monotonic()

    def send(self, kind, payload):
        if self.write_key and kind == fr.OUTPUT:
            nonce = os.urandom(12)
            payload = nonce + self.write_key.encrypt(nonce, payload, None)
        raw = fr.write(fr.DATA_IN, self.next, kind, payload)
        self.unacked[self.next] = raw
        self.next += 1
        if len(self.unacked) == 1:
            self.sent_at = time.monotonic()
        try:
            self.ws.send(2, raw)
        except OSError:
            self.resume()

    def type(self, data):
        for at in range(0, len(data), 1024):
            self.send(fr.OUTPUT, data[at:at + 1024])

    def size(self, cols, rows):
        self.send(fr.SIZE, json.dumps({"cols": cols, "rows": rows}).encode())

    def terminate(self):
        self.aws.ssm("TerminateSession", SessionId=self.id)

    # -- receiving --

    def pump(self, seconds=0.1):
        """One frame, if one comes."""
        try:
            f = self.ws.read(seconds)
        except OSError:
            f = (8, b"")
        if f is not None and f[0] == 8 and self.closed is None:
            self.resume()
        elif f is not None and f[0] == 9:
            self.ws.send(10, f[1])
        elif f is not None and f[0] == 2:
            self.binary(f[1])
        if self.unacked and time.monotonic() - self.sent_at > 0.3 and self.closed is None:
            self.sent_at = time.monotonic()
            for seq in sorted(self.unacked)[:64]:
                self.ws.send(2, self.unacked[seq])

    def binary(self, raw):
        if len(raw) < 116 or struct.unpack_from(">I", raw)[0] not in (112, 116):
            self.count("bad")
            return
        try:
            head, m = fr.read_any(raw)
        except struct.error:
            self.count("bad")
            return
        if len(m.payload) != len(raw) - head - 4:
            self.count("bad")
            return
        self.kinds.append(m.kind)
        if m.kind in (b"start_publication", b"pause_publication"):
            return
        if hashlib.sha256(m.payload).digest() != raw[80:112]:
            self.count("bad")
            return
        if m.kind == b"channel_closed":
            self.closed = json.loads(m.payload)["Output"]
            self.closed_form = head
        elif m.kind == fr.ACK:
            seq = int(fr.ACK_FORM.match(m.payload).group(3))
            self.unacked.pop(seq, None)
        elif m.kind == fr.DATA_OUT:
            self.data(m)

    def count(self, name):
        self.counts[name] = self.counts.get(name, 0) + 1

    def data(self, m):
        if not self.acks or m.seq > self.expected + 10000:
            return
        try:
            self.ws.send(2, fr.ack_of(fr.DATA_OUT, m))
        except OSError:
            pass  # the next read finds out
        if m.seq < self.expected:
            self.count("double")
        elif m.seq > self.expected:
            self.ahead[m.seq] = m
        else:
            self.handle(m)
            self.expected += 1
            while self.expected in self.ahead:
                self.handle(self.ahead.pop(self.expected))
                self.expected += 1

    def handle(self, m):
        payload = m.payload
        if self.read_key and m.type in (fr.OUTPUT, fr.STDERR, fr.EXIT):
            payload = self.read_key.decrypt(payload[:12], payload[12:], None)
        if m.type == fr.OUTPUT:
            self.out += payload
        elif m.type == fr.STDERR:
            self.err += payload
        elif m.type == fr.EXIT:
            self.code = int(re.fullmatch(rb"EXIT_CODE: (-?[0-9]+)", payload).group(1))
        elif m.type == fr.FLAG:
            self.flags.append(struct.unpack(">I", payload)[0])
        elif m.type == fr.REQUEST:
            self.handshake = json.loads(payload)
            self.respond()
        elif m.type == fr.CHALLENGE:
            self.answer(json.loads(payload))
        elif m.type == fr.COMPLETE:
            self.complete = json.loads(payload)

    def respond(self):
        rows = []
        for a in self.handshake["RequestedClientActions"]:
            result = None
            if a["ActionType"] == "KMSEncryption":
                result = self.kms(a["ActionParameters"])
            rows.append({"ActionType": a["ActionType"], "ActionResult": result,
                         "ActionStatus": self.how.get("status", 1),
                         "Error": self.how.get("error", "")})
        self.send(fr.RESPONSE, json.dumps({
            "ClientVersion": self.version, "ProcessedClientActions": rows,
            "Errors": None}).encode())

    def kms(self, p):
        context = {"aws:ssm:SessionId": self.id, "aws:ssm:TargetId": self.target}
        result = {"KMSCipherTextHash": None}
        if p.get("Challenge") and not self.how.get("old"):
            context["aws:ssm:RandomChallenge"] = p["Challenge"]
            result["ChallengeAcknowledgement"] = True
        context.update(self.how.get("context", {}))
        key = self.aws.call("kms", "GenerateDataKey", {
            "KeyId": p["KMSKeyId"], "NumberOfBytes": 64, "EncryptionContext": context})
        result["KMSCipherTextKey"] = key["CiphertextBlob"]
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        plain = base64.b64decode(key["Plaintext"])
        self.read, self.write = AESGCM(plain[:32]), AESGCM(plain[32:])
        return result

    def answer(self, o):
        sealed = base64.b64decode(o["Challenge"])
        plain = self.read.decrypt(sealed[:12], sealed[12:], None)
        nonce = os.urandom(12)
        self.send(fr.CHALLENGED, json.dumps({"Challenge": base64.b64encode(
            nonce + self.write.encrypt(nonce, plain, None)).decode()}).encode())
        self.read_key, self.write_key = self.read, self.write

    def until(self, what, seconds=ENDLESS):
        """Whether it came true."""
        end = time.monotonic() + seconds
        while not what(self):
            if time.monotonic() > end or self.closed is not None:
                return bool(what(self))
            self.pump()
        return True

    def finish(self, seconds=ENDLESS):
        """Lead it to its end."""
        self.until(lambda s: s.closed is not None, seconds)
        self.ws.close()
        return self
