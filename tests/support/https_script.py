#!/usr/bin/python3
"""An HTTPS server on loopback that does what the path says, for the tests of the
client side.  usage: https_script.py DIR   (ends when its stdin closes)

Prints "port N"; DIR gets ca.pem.  Any *.test name gets a certificate.
    /status/N     that status, body "status N"
    /echo         the request, head and body
    /body/N       a body of N bytes;  /head/N   a header of N bytes
    /cut          fewer bytes than Content-Length says;  /close   nothing at all
    /slow         nothing for ten seconds;  /redirect   301 to /status/200
    /garbage      no HTTP
"""

import os
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from standin import tls, wire  # noqa: E402


def reply(link, req):
    _, what, number = (req.path + "/0").split("/")[:3]
    raw = {"close": b"", "garbage": b"220 ready\r\n",
           "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"}
    if what in raw:
        link.sock.sendall(raw[what])
        return False
    if what == "slow":
        time.sleep(10)
        return False
    status, headers, body = 200, [], b""
    if what == "status":
        status, body = int(number), b"status " + number.encode()
    elif what == "redirect":
        status, headers = 301, [("Location", "/status/200")]
    elif what == "body":
        body = b"x" * int(number)
    elif what == "head":
        headers = [("X-Long", "y" * 8000)] * (int(number) // 8000)
    elif what == "echo":
        lines = ["%s %s" % (req.method, req.target)]
        lines += ["%s: %s" % (n, v.strip()) for n, v in req.headers]
        body = "\n".join(lines).encode() + b"\n\n" + req.body
    link.answer(status, "As asked", headers, body, head_only=req.method == "HEAD")
    return True


def serve(authority, sock):
    try:
        sock.settimeout(30)
        conn, _ = authority.accept(sock, lambda name: name.endswith(".test"))
        link = wire.Wire(conn)
        while True:
            req = link.read_head()
            if req is None:
                break
            link.read_body(req, 1 << 20)
            if not reply(link, req):
                break
        conn.close()
    except (OSError, IndexError, ValueError, wire.BadRequest, wire.Gone):
        sock.close()


def accept_all(authority, listener):
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=serve, args=(authority, sock), daemon=True).start()


def main():
    authority = tls.Authority(sys.argv[1])
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=accept_all, args=(authority, listener), daemon=True).start()
    print("port %d" % listener.getsockname()[1], flush=True)
    while os.read(0, 4096):
        pass
    os._exit(0)


main()
