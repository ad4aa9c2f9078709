#!/usr/bin/python3
"""Hostile SSH clients on loopback, many at once.

usage: flood.py PORT COUNT MODE [SOURCE]

Opens COUNT connections (from the address SOURCE, 127.0.0.1 else), all at once, and
behaves on each as MODE says:
    silent   send nothing
    slow     send a version string without an end, a byte at a time
    half     send a version string and the first half of a key exchange
    garbage  send a version string and noise
Prints "open N refused M" once each connection is answered, and then, when the server has
closed them all, "over SECONDS" (since the last was answered).  Gives up after 30 seconds.
"""

import random
import selectors
import socket
import sys
import time

GIVE_UP = 30
VERSION = b"SSH-2.0-flood\r\n"
NOISE = random.Random(1)
FIRST = {
    "silent": b"",
    "slow": b"S",
    # a packet of 1000 bytes is said to follow, type KEXINIT; most of it never comes
    "half": VERSION + b"\0\0\3\xe8\4\x14" + bytes(300),
    "garbage": VERSION + bytes(NOISE.randrange(256) for _ in range(65536)),
}


class Client:
    def __init__(self, sock):
        self.sock, self.got, self.answered, self.over = sock, b"", False, False

    def read(self):
        try:
            data = self.sock.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.got = (self.got + data)[:200]
        self.answered = self.answered or b"\n" in self.got or not data
        if not data:
            self.over = True
            self.sock.close()


def connect(port, count, source):
    for _ in range(count):
        s = socket.socket()
        s.bind((source, 0))
        s.setblocking(False)
        s.connect_ex(("127.0.0.1", port))
        yield Client(s)


def begin(clients, mode):
    """The first bytes, where the connection stands."""
    for c in clients:
        try:
            c.sock.send(FIRST[mode])
        except OSError:
            pass  # turned away already


def drip(clients):
    for c in clients:
        try:
            if not c.over:
                c.sock.send(b"x")
        except OSError:
            pass


def main():
    port, count, mode = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    clients = list(connect(port, count, (sys.argv[4:] or ["127.0.0.1"])[0]))
    chosen = selectors.DefaultSelector()
    for c in clients:
        chosen.register(c.sock, selectors.EVENT_READ, c)
    start, begun, answered = time.monotonic(), False, None
    while not all(c.over for c in clients):
        if time.monotonic() - start > GIVE_UP:
            sys.exit("still open: %d" % sum(not c.over for c in clients))
        for key, _ in chosen.select(0.1):
            key.data.read()
            if key.data.over:
                chosen.unregister(key.fileobj)
        if not begun:
            begin(clients, mode)
            begun = True
        elif mode == "slow":
            drip(clients)
        if answered is None and all(c.answered for c in clients):
            answered = time.monotonic()
            refused = sum(c.got.startswith(b"broker: too many") for c in clients)
            print("open %d refused %d" % (
                sum(c.got.startswith(b"SSH-2.0-broker_") for c in clients), refused),
                flush=True)
    print("over %.1f" % (time.monotonic() - (answered or start)), flush=True)


if __name__ == "__main__":
    main()
