#!/usr/bin/python3
"""A receiver of the broker's notices on loopback, for tests and walks.

usage: hook_standin.py DIR READY SECRET_FILE [plain]

DIR gets ca.pem; READY the port.  Speaks HTTPS as "localhost", or HTTP when plain.  Each
notice is checked with the secret as the manual says: header, HMAC over the bytes as they
came, a time within five minutes, and whether its id came before.  DIR/log gets a line for
each request: NUMBER VERDICT ID EVENT HOLD ANSWER, where the verdict is "new", "again" or
what is wrong; DIR/body.NUMBER the body.

What it answers stands in DIR/mode, looked at for each request; 204 without it:
    slow        nothing, until DIR/mode says something else
    down        closes each connection before anything is read
    close       reads the request, then closes
    half        half of an answer, then closes
    500, 410 …  that status;  429 asks to be left alone for a second
    redirect    307 to another path
    long        200 with a body without end
    tls         no TLS at all, but bytes
"""

import hashlib
import hmac
import json
import os
import re
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from standin import tls, wire  # noqa: E402

HEADER = re.compile(r"t=([0-9]{10}),id=([0-9a-f]{22}),v1=([0-9a-f]{64})\Z")


class Receiver:
    def __init__(self, folder, secret):
        self.folder = folder
        self.secret = secret
        self.lock = threading.Lock()
        self.seen = set()
        self.number = 0

    def mode(self):
        try:
            with open(os.path.join(self.folder, "mode"), encoding="ascii") as f:
                return f.read().strip()
        except FileNotFoundError:
            return ""

    def verdict(self, req):
        match = HEADER.match(req.one("broker-signature") or "")
        if req.method != "POST" or req.one("content-type") != "application/json":
            return "request", "-"
        if match is None:
            return "header", "-"
        sent, name, mac = match.groups()
        text = b"%s.%s.%s" % (sent.encode(), name.encode(), req.body)
        want = hmac.new(self.secret, text, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(want, mac):
            return "forged", name
        if abs(time.time() - int(sent)) > 300:
            return "old", name
        return ("again" if name in self.seen else "new"), name

    def what(self, body):
        try:
            o = json.loads(body)
            return o.get("event", "-"), o.get("hold", {}).get("id", "-")
        except (ValueError, AttributeError):
            return "-", "-"

    def note(self, req, answer):
        with self.lock:
            verdict, name = self.verdict(req)
            event, hold = self.what(req.body)
            # Only what was taken counts as seen: a refusal may be sent again.
            if verdict == "new" and answer.startswith("2"):
                self.seen.add(name)
            self.number += 1
            with open(os.path.join(self.folder, "body.%d" % self.number), "wb") as f:
                f.write(req.body)
            with open(os.path.join(self.folder, "log"), "a", encoding="utf-8") as f:
                f.write("%d %s %s %s %s %s\n" % (self.number, verdict, name, event, hold,
                                                 answer))


def endless(sock):
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n")
    for _ in range(1000):
        sock.sendall(b"x" * 10000)


def reply(r, link, req, mode):
    """False: the connection ends."""
    if mode == "slow":
        r.note(req, "slow")
        while r.mode() == "slow":
            time.sleep(0.05)
        return False
    if mode in ("close", "half", "long"):
        r.note(req, mode)
        if mode == "half":
            link.sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        if mode == "long":
            endless(link.sock)
        return False
    status = {"": 204, "redirect": 307}.get(mode) or int(mode)
    headers = {429: [("Retry-After", "1")], 307: [("Location", "/elsewhere")]}
    r.note(req, str(status))
    link.answer(status, "As asked", headers.get(status, []), b"")
    return True


def serve(r, authority, sock):
    try:
        sock.settimeout(120)
        mode = r.mode()
        if mode == "down":
            return
        if mode == "tls":
            sock.sendall(b"220 this is no TLS\r\n")
            return
        if authority is not None:
            sock, _ = authority.accept(sock, lambda name: name == "localhost")
        link = wire.Wire(sock)
        while (req := link.read_head()) is not None:
            link.read_body(req, 1 << 20)
            if not reply(r, link, req, r.mode()):
                return
    except (OSError, ValueError, wire.BadRequest, wire.Gone):
        pass
    finally:
        sock.close()


def main():
    folder, ready, secret = sys.argv[1:4]
    with open(secret, "rb") as f:
        r = Receiver(folder, f.read().rstrip(b"\r\n"))
    authority = tls.Authority(folder) if sys.argv[4:] != ["plain"] else None
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    with open(ready + ".new", "w", encoding="ascii") as f:
        f.write("%d\n" % listener.getsockname()[1])
    os.rename(ready + ".new", ready)
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=serve, args=(r, authority, sock), daemon=True).start()


main()
