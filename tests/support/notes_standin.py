#!/usr/bin/python3
"""An HTTPS server on loopback that keeps what is posted to it, for walks.

usage: notes_standin.py DIR READY

DIR gets ca.pem; READY the port.  Each body becomes DIR/note.N, its head DIR/head.N, from
1 on.  While DIR/down exists the answer is 503, and nothing is kept.
"""

import os
import socket
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from standin import tls, wire  # noqa: E402

LOCK = threading.Lock()


def keep(folder, req):
    with LOCK:
        n = 1
        while os.path.exists(os.path.join(folder, "head.%d" % n)):
            n += 1
        with open(os.path.join(folder, "note.%d" % n), "wb") as f:
            f.write(req.body)
        lines = ["%s %s" % (req.method, req.target)]
        lines += ["%s: %s" % (name, value.strip()) for name, value in req.headers]
        with open(os.path.join(folder, "head.%d" % n), "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")


def serve(authority, folder, sock):
    try:
        sock.settimeout(60)
        conn, _ = authority.accept(sock, lambda name: name == "localhost")
        link = wire.Wire(conn)
        while (req := link.read_head()) is not None:
            link.read_body(req, 1 << 20)
            down = os.path.exists(os.path.join(folder, "down"))
            if not down:
                keep(folder, req)
            link.answer(503 if down else 204, "As asked", [], b"")
        conn.close()
    except (OSError, wire.BadRequest, wire.Gone):
        sock.close()


def main():
    authority = tls.Authority(sys.argv[1])
    listener = socket.create_server(("127.0.0.1", 0))
    with open(sys.argv[2] + ".new", "w", encoding="ascii") as f:
        f.write("%d\n" % listener.getsockname()[1])
    os.rename(sys.argv[2] + ".new", sys.argv[2])
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=serve, args=(authority, sys.argv[1], sock),
                         daemon=True).start()


main()
