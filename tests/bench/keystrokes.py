"""How long a key takes to its echo, and a line to the next prompt: a shell on a target by
the broker, sshd, and the same instance without a broker."""

import fcntl
import os
import pty
import re
import select
import statistics
import socket
import struct
import subprocess
import sys
import termios
import time

import ssm_client

FAST = "i-0abc0000000000002"
PROMPT = re.compile(rb"gated\](?: \(\d+\))?\$ $")


class Terminal:
    def __init__(self, argv, env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            os.execve(argv[0], argv, {**env, "TERM": "xterm-256color"})
        self.text = b""

    @classmethod
    def without(cls, argv, env):
        """By pipes: an sshd that is not root has no terminals to give."""
        self = cls.__new__(cls)
        ours, its = socket.socketpair()
        self.child = subprocess.Popen(argv, env=env, stdin=its, stdout=its)
        its.close()
        self.pid, self.fd, self.text = self.child.pid, ours.detach(), b""
        return self

    def until(self, there, what):
        end = time.monotonic() + 60
        while not there(self.text):
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                sys.exit(f"bench: no {what}: {self.text[-300:]!r}")
            try:
                self.text += os.read(self.fd, 65536)
            except OSError:
                sys.exit(f"bench: no {what}, it ended: {self.text[-300:]!r}")

    def timed(self, data, there, what):
        self.text = b""
        start = time.perf_counter()
        os.write(self.fd, data)
        self.until(there, what)
        return (time.perf_counter() - start) * 1000

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def at(times, percent):
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


def echoes(terminal, count):
    """Keys are typed as a quick typist would, each after the one before is seen."""
    times = []
    for i in range(count):
        key = b"abcdefghij"[i % 10:i % 10 + 1]
        times.append(terminal.timed(key, lambda t, k=key: k in t, "echo"))
        time.sleep(0.02)
        if i % 10 == 9:
            os.write(terminal.fd, b"\x15")  # the line is empty again
            time.sleep(0.1)
            while select.select([terminal.fd], [], [], 0)[0]:
                os.read(terminal.fd, 65536)
    return times


class Bare:
    """The same on the instance by a client of its own: a shell, no rules, no recording."""

    def __init__(self, world):
        aws = ssm_client.Aws(world.aws_port, os.path.join(world.top, "aws/ca.pem"))
        self.s = ssm_client.Session(aws, FAST, "AWS-StartInteractiveCommand", {
            "command": "stty -echo; exec env -i PATH=/usr/bin:/bin PS1= bash --noprofile --norc --noediting"})
        self.n = 0
        self.line()

    def line(self):
        self.n += 1
        mark = b"<%d>" % self.n
        start = time.perf_counter()
        self.s.type(b"{ 'true' ; } </dev/null; printf '<%%d>' %d\n" % self.n)
        while mark not in self.s.out:
            self.s.pump(1)
        return (time.perf_counter() - start) * 1000

    def close(self):
        self.s.terminate()
        self.s.ws.close()


def typing(world, table, count):
    ours = Terminal(world.ssh("broker", "ssm", "fast", options=("-tt",)), world.env)
    ours.until(PROMPT.search, "prompt")
    theirs = Terminal.without(world.ssh("sshd", "/bin/cat"), world.env)
    time.sleep(1)
    a, b = echoes(ours, count), echoes(theirs, count)
    table.row("key to echo, p50 ms, other: sshd", at(a, 50), at(b, 50), goal="<= 5", met=at(a, 50) <= 5)
    table.row("  p99 ms", at(a, 99), at(b, 99))
    os.write(ours.fd, b"\x15")
    time.sleep(0.2)
    bare = Bare(world)
    ours.timed(b"true\r", PROMPT.search, "prompt")
    pairs = []
    for _ in range(count):
        pairs.append((ours.timed(b"true\r", PROMPT.search, "prompt"), bare.line()))
        time.sleep(0.06)  # more than twenty lines a second are slowed down
    a, b = [p[0] for p in pairs], [p[1] for p in pairs]
    more = statistics.median(x - y for x, y in pairs)
    table.row("line to prompt, p50 ms, other: no broker", at(a, 50), at(b, 50))
    table.row("  p99 ms", at(a, 99), at(b, 99))
    table.row("  more than without, median of pairs, ms", more, goal="<= 5", met=more <= 5)
    bare.close()
    os.write(ours.fd, b"exit 0\r")
    time.sleep(0.5)
    ours.close()
    theirs.close()
