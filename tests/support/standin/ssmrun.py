"""What runs on a node: a shell or a program on a terminal, or a command without one."""

import fcntl
import os
import pty
import select
import shlex
import signal
import struct
import subprocess
import tempfile
import termios
import time

from . import ssmchild
from .ssmframe import EXIT, OUTPUT, STDERR

IN, OUT = select.EPOLLIN, select.EPOLLOUT
FAST_READ = 1 << 16
PENDING_MAX = 4096
NEEDS = [(0xc2, 0xdf, 2), (0xe0, 0xef, 3), (0xf0, 0xf4, 4)]
SECOND = {0xe0: (0xa0, 0xbf), 0xed: (0x80, 0x9f), 0xf0: (0x90, 0xbf), 0xf4: (0x80, 0x8f)}


class Cannot(Exception):
    """The session ends with these words."""


def unfinished(data):
    """How many bytes at the end are the beginning of a character."""
    for n in range(1, min(3, len(data)) + 1):
        first = data[-n]
        if 0x80 <= first <= 0xbf:
            continue
        need = next((k for low, high, k in NEEDS if low <= first <= high), 1)
        if need <= n:
            return 0
        low, high = SECOND.get(first, (0x80, 0xbf))
        return n if n == 1 or low <= data[1 - n] <= high else 0
    return 0


class Filter:
    """The agent's idea of UTF-8: an unfinished character waits for the next read (and is
    lost without one), U+FFFD loses two of its bytes."""

    def __init__(self):
        self.kept = b""

    def __call__(self, data):
        data = self.kept + data
        n = unfinished(data) if data and data[-1] >= 0x80 else 0
        self.kept = data[len(data) - n:]
        data = data[:len(data) - n]
        return data.replace(b"\xef\xbf\xbd", b"\xef")


class Source:
    """A descriptor of the node's that is read when the agent may send."""

    def __init__(self, agent, fd, take, ended):
        self.agent, self.fd, self.take, self.ended = agent, fd, take, ended
        self.loop, self.fast = agent.ch.loop, agent.o["fast"]
        self.chunk, self.next_at, self.open = agent.o["chunk"], 0, True
        os.set_blocking(fd, False)
        self.mask = 0

    def turn(self, now):
        want = IN if self.open and self.agent.may_send() and now >= self.next_at else 0
        self.set(want)

    def set(self, mask):
        if self.open and mask != self.mask:
            self.mask = mask
            if mask:
                self.loop.set(self.fd, mask, self.ready)
            else:
                self.loop.drop(self.fd)

    def due(self, now):
        return self.next_at - now if self.open and self.next_at > now else 1.0

    def ready(self, _mask):
        try:
            data = os.read(self.fd, FAST_READ if self.fast else self.chunk)
        except BlockingIOError:
            return
        except OSError:  # EIO: nobody has the terminal open any more
            data = b""
        if not data:
            self.close()
            self.ended()
            return
        for at in range(0, len(data), self.chunk):
            self.take(data[at:at + self.chunk])
        if not self.fast:
            self.next_at = time.monotonic() + 0.001
            self.set(0)

    def close(self):
        if self.open:
            self.set(0)
            self.open = False
            os.close(self.fd)


class Terminal:
    """sh, or sh -c COMMAND, on a terminal of its own."""

    def __init__(self, agent):
        self.agent, self.closed = agent, False
        folder = agent.ch.ssm.sessions.folder(agent.ch.node)
        command = agent.ch.parameters.get("command")
        argv = ["sh"] if command is None else ["sh", "-c", command]
        master, slave = pty.openpty()
        self.resize(master, 80, 24)
        self.child = ssmchild.start(argv, folder, ssmchild.environment(folder), slave,
                                    slave, slave, terminal=True)
        os.close(slave)
        agent.ch.log(event="run", argv=argv, folder=folder, pid=self.child.pid)
        self.filter, self.pending, self.hung = Filter(), b"", False
        self.source = Source(agent, master, self.output, self.ended)
        self.out = os.dup(master)

    @staticmethod
    def resize(fd, cols, rows):
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def output(self, data):
        self.agent.data(OUTPUT, self.filter(data))

    def ended(self):
        self.agent.finish("")

    def turn(self, now):
        if self.pending:
            self.write()
        self.source.turn(now)

    def due(self, now):
        return min(self.source.due(now), 0.01 if self.pending else 1.0)

    def write(self):
        try:
            n = os.write(self.out, self.pending)
            self.pending = self.pending[n:]
        except BlockingIOError:
            pass
        except OSError:
            self.pending = b""

    def input(self, data):
        if len(self.pending) > PENDING_MAX:
            return None
        self.pending += data
        self.write()
        return True

    def size(self, cols, rows):
        self.agent.ch.log(event="size", cols=cols, rows=rows)
        self.resize(self.out, cols, rows)
        return True

    def flag(self, _value):
        return True

    def close(self):
        if not self.closed:
            self.closed = True
            ssmchild.kill(self.child)
            self.source.close()
            os.close(self.out)


class Command:
    """A command without a shell, a terminal or input."""

    def __init__(self, agent):
        self.agent, self.sources, self.file, self.child = agent, [], None, None
        p = agent.ch.parameters
        self.apart = p.get("separateOutputStream", "false").lower() == "true"
        self.end_at, self.last_words = None, b""
        line = p.get("command", "")
        try:
            argv = shlex.split(line)
        except ValueError as e:
            raise Cannot("Error occurred starting the command: %s" % e) from None
        if not argv:
            raise Cannot("Commands cannot be empty for session type"
                         " NonInteractiveCommands")
        self.folder = agent.ch.ssm.sessions.folder(agent.ch.node)
        try:
            self.start(argv)
        except OSError as e:
            self.not_started(e)
            return
        agent.ch.log(event="run", argv=argv, folder=self.folder, pid=self.child.pid,
                     apart=self.apart)

    def start(self, argv):
        env = ssmchild.environment(self.folder)
        if not self.apart:
            self.file = tempfile.TemporaryFile()
            self.child = ssmchild.start(argv, self.folder, env, subprocess.DEVNULL,
                                        self.file, self.file)
            return
        self.child = ssmchild.start(argv, self.folder, env, subprocess.DEVNULL,
                                    subprocess.PIPE, subprocess.PIPE)
        for f, kind in ((self.child.stdout, OUTPUT), (self.child.stderr, STDERR)):
            self.sources.append(Source(
                self.agent, os.dup(f.fileno()),
                lambda data, k=kind, through=Filter(): self.agent.data(k, through(data)),
                lambda: None))
            f.close()

    def not_started(self, e):
        """The exit code first, the reason a second later."""
        self.agent.ch.log(event="run", error=str(e))
        self.last_words = ("Error occurred starting the command: %s\n" % e).encode()
        if self.apart:
            self.agent.emit(EXIT, b"EXIT_CODE: 1")
        self.end_at = time.monotonic() + (0.1 if self.agent.o["fast"] else 1.0)

    def turn(self, now):
        for s in self.sources:
            s.turn(now)
        if self.end_at is not None:
            if now >= self.end_at:
                self.agent.data(STDERR, self.last_words)
                self.agent.finish("")
        elif not any(s.open for s in self.sources) and self.agent.ch.connected() \
                and self.child.poll() is not None:
            self.ended()

    def ended(self):
        if self.file is not None:
            self.tell_file()
            return
        code = self.child.returncode
        self.agent.emit(EXIT, b"EXIT_CODE: %d" % (code if code >= 0 else -1))
        if self.agent.ch.faults.get("exit_first"):
            self.agent.data(OUTPUT, b"after the exit code\n")
        self.agent.finish("")

    def tell_file(self):
        self.file.seek(0)
        through = Filter()
        while True:
            data = self.file.read(1024)
            if not data:
                break
            self.agent.data(OUTPUT, through(data))
        self.agent.finish("")

    def due(self, now):
        if self.end_at is not None:
            return max(0, self.end_at - now)
        waits = [s.due(now) for s in self.sources if s.open]
        return min(waits, default=0.01)

    def input(self, data):
        """Bytes 03 and 1c are signals to the program itself; others are nothing."""
        for byte, number in ((3, signal.SIGINT), (0x1c, signal.SIGQUIT)):
            if byte in data and self.child is not None and self.child.poll() is None:
                self.agent.ch.log(event="signal", number=int(number))
                self.child.send_signal(number)
        return True

    def size(self, cols, rows):
        return True

    def flag(self, _value):
        return True

    def close(self):
        for s in self.sources:
            s.close()
        if self.child is not None:
            ssmchild.kill(self.child)
