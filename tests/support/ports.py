#!/usr/bin/python3
"""Services that port connections lead to, and clients of them: for walks and the bench.

usage: ports.py serve FILE      on loopback; FILE gets a line NAME PORT each when all listen:
           echo    gives back what comes
           mute    never reads
           late    reads until it gets a line, waits 0.3 s, answers "late LINE", goes on
           hash    when nothing more comes: a line "BYTES SHA256" into FILE.hash
           source  reads a line "N SEED", sends N bytes of SEED, and closes
       ports.py echo PORT BYTES [COUNT [SECONDS]]
                                COUNT connections at once; each must give back what it sent
       ports.py stall PORT ECHO-PORT [COUNT]
                                fills PORT until it takes no more; then echoes on the other
       ports.py half PORT       says a line and that it is the last; must get its answer
       ports.py send PORT BYTES SEED
       ports.py take PORT BYTES SEED
       ports.py dead PORT       the connection must end without a byte
       ports.py line COMMAND…   gives the command a line, shows the one it answers, ends it
       ports.py hold PORT       connects, writes "held", waits for its stdin's end
"""

import hashlib
import os
import random
import socket
import socketserver
import subprocess
import sys
import threading
import time

LONG = 120
PIECE = 1 << 16


def noise(n, seed):
    """n bytes, in pieces, that nothing compresses."""
    dice = random.Random(seed)
    while n > 0:
        yield dice.randbytes(min(n, PIECE))
        n -= PIECE


# ---- services ----

class Service(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 512

    def handle_error(self, request, client_address):
        pass  # clients may go at any time

    def __init__(self, handle):
        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                handle(self.request)
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


def echo(s):
    while data := s.recv(PIECE):
        s.sendall(data)


def mute(_s):
    time.sleep(3600)


def late(s):
    with s.makefile("rb") as f:
        for line in f:
            time.sleep(0.3)
            s.sendall(b"late " + line)


def hasher(path):
    def handle(s):
        sha, n, told = hashlib.sha256(), 0, 0
        s.settimeout(0.3)
        while True:
            try:
                data = s.recv(PIECE)
            except TimeoutError:
                data = None
            except OSError:
                return
            if data:
                sha.update(data)
                n += len(data)
            elif n > told:
                told = n
                with open(path, "a", encoding="ascii") as f:
                    f.write("%d %s\n" % (n, sha.hexdigest()))
            if data == b"":
                return
    return handle


def source(s):
    with s.makefile("rb") as f:
        n, seed = f.readline().split()
    for piece in noise(int(n), seed.decode()):
        s.sendall(piece)


def serve(path):
    with open(path + ".new", "w", encoding="ascii") as f:
        for name, handle in (("echo", echo), ("mute", mute), ("late", late),
                             ("hash", hasher(path + ".hash")), ("source", source)):
            f.write("%s %d\n" % (name, Service(handle).server_address[1]))
    os.rename(path + ".new", path)
    threading.Event().wait()


# ---- clients ----

def connect(port):
    s = socket.create_connection(("127.0.0.1", int(port)), LONG)
    s.settimeout(LONG)
    return s


def read_exactly(s, n):
    got = bytearray()
    while len(got) < n:
        data = s.recv(min(PIECE, n - len(got)))
        if not data:
            raise EOFError("%d of %d bytes came" % (len(got), n))
        got += data
    return bytes(got)


def echo_one(port, n, seed, stay, gate):
    """What is sent comes back; it stays open until all are done."""
    with connect(port) as s:
        sent = b"".join(noise(n, seed))
        writer = threading.Thread(target=s.sendall, args=(sent,), daemon=True)
        writer.start()
        if read_exactly(s, n) != sent:
            raise ValueError("other bytes came back")
        writer.join()
        gate.wait(LONG)
        time.sleep(stay)


def echo_many(port, n, count=1, stay=0):
    n, count, stay = int(n), int(count), float(stay)
    gate, good, bad = threading.Barrier(count), [], []

    def one(i):
        try:
            echo_one(port, n, "echo %d" % i, stay, gate)
            good.append(i)
        except (OSError, EOFError, ValueError, threading.BrokenBarrierError) as e:
            gate.abort()
            bad.append("%d: %r" % (i, e))
    threads = [threading.Thread(target=one, args=(i,)) for i in range(count)]
    begun = time.monotonic()
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    print("%d of %d" % (len(good), count))
    print("%.1f s" % (time.monotonic() - begun), *bad[:5], sep="\n", file=sys.stderr)
    return not bad


def stall(port, other, count=1):
    """Until nothing is taken for 2 s."""
    with connect(port) as s:
        s.setblocking(False)
        sent, last = 0, time.monotonic()
        while time.monotonic() - last < 2:
            try:
                sent += s.send(bytes(PIECE))
                last = time.monotonic()
            except BlockingIOError:
                time.sleep(0.02)
        print("stalled at %d" % sent, file=sys.stderr)
        return echo_many(other, 20000, count)


def half(port):
    with connect(port) as s:
        s.sendall(b"question\n")
        s.shutdown(socket.SHUT_WR)
        with s.makefile("rb") as f:
            print(f.readline().decode().strip())
            # The other end has not heard of the end; its side stays open.
            s.settimeout(2)
            try:
                more = f.read(1)
            except TimeoutError:
                print("open")
                return True
            print("closed" if not more else "more")
            return False


def send(port, n, seed):
    sha = hashlib.sha256()
    with connect(port) as s:
        for piece in noise(int(n), seed):
            sha.update(piece)
            s.sendall(piece)
    print(n, sha.hexdigest())
    return True


def take(port, n, seed):
    want, got, count = hashlib.sha256(), hashlib.sha256(), 0
    for piece in noise(int(n), seed):
        want.update(piece)
    with connect(port) as s:
        s.sendall(("%s %s\n" % (n, seed)).encode())
        while data := s.recv(PIECE):
            got.update(data)
            count += len(data)
    print(count, got.hexdigest())
    if got.digest() != want.digest():
        print("not what was sent: %d of %s" % (count, n), file=sys.stderr)
    return got.digest() == want.digest()


def dead(port):
    with connect(port) as s:
        try:
            return s.recv(1) == b""
        except ConnectionResetError:
            return True


def line(*argv):
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        p.stdin.write(b"hello\n")
        p.stdin.flush()
        print(p.stdout.readline().decode().strip())
        p.terminate()
    return True


def hold(port):
    with connect(port) as s:
        s.sendall(b"x\n")
        print(read_exactly(s, 1) and "held", flush=True)
        sys.stdin.read()
    return True


def main(argv):
    verbs = {"serve": serve, "echo": echo_many, "stall": stall, "half": half, "send": send,
             "take": take, "dead": dead, "line": line, "hold": hold}
    if len(argv) < 2 or argv[1] not in verbs:
        sys.exit(__doc__)
    try:
        sys.exit(0 if verbs[argv[1]](*argv[2:]) else 1)
    except (OSError, EOFError, ValueError) as e:
        sys.exit("ports: %s: %r" % (argv[1], e))


if __name__ == "__main__":
    main(sys.argv)
