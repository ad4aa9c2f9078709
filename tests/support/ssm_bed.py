#!/usr/bin/python3
"""What the tests of the stand-in's sessions share: the stand-in that they ask, its nodes,
TAP, faults, and a port that echoes."""

import json
import os
import socket
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from ssm_client import Aws, Refused, Session  # noqa: E402

DIR, PORT, VECTORS = sys.argv[1], int(sys.argv[2]), sys.argv[3]
AWS = Aws(PORT, DIR + "/ca.pem")
CUT = Aws(PORT, DIR + "/ca.pem", "ASIASTANDINCUT000000", "cut", "cut-token==")
WEB, FAST, SEALED, SEALED_OLD, BASIC, LOSSY = ("i-0abc000000000000%d" % n
                                               for n in range(1, 7))
RUN, ASK = "AWS-StartNonInteractiveCommand", "AWS-StartInteractiveCommand"
PORTS, REMOTE = "AWS-StartPortForwardingSession", "AWS-StartPortForwardingSessionToRemoteHost"
number = 0  # of tests, so far


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


def echo_start():
    ECHO.start()
    with open(DIR + "/echo", "w", encoding="ascii") as f:
        f.write("port %s\n" % ECHO.port)


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
