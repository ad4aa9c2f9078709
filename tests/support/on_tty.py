#!/usr/bin/python3
"""Run a command on a terminal of its own, for walks.

usage: on_tty.py STEP… -- COMMAND…

Steps, in order, before the end is awaited:
    wait:TEXT     until the output holds TEXT (behind what an earlier step found)
    send:TEXT     type TEXT; Python's escapes (\\x03) are read
    until:LINE    until the shell command LINE succeeds
    size:C,R      the terminal has C columns and R rows from now on
What the terminal shows goes to stdout.  The exit status is the command's (128 + N for a
signal), or 124 when a step or the end took longer than 30 seconds.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

SECONDS = 30


class Terminal:
    def __init__(self, command):
        self.seen, self.at, self.status = b"", 0, None
        self.deadline = time.monotonic() + SECONDS
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.execvp(command[0], command)
            finally:
                os._exit(127)

    def read(self, seconds):
        """False at the end of output."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            more = os.read(self.fd, 65536)
        except OSError:  # EIO: the last one has closed the other side
            more = b""
        self.seen += more
        os.write(1, more)
        return more != b""

    def late(self):
        return time.monotonic() > self.deadline

    def wait(self, text):
        while True:
            found = self.seen.find(text, self.at)
            if found >= 0:
                self.at = found + len(text)
                return True
            if self.late() or not self.read(0.2):
                return False

    def send(self, text):
        os.write(self.fd, text)
        return True

    def until_true(self, line):
        while subprocess.call(["sh", "-c", line], stdin=subprocess.DEVNULL):
            if self.late() or not self.read(0.1):
                return False
        return True

    def size(self, text):
        columns, rows = (int(n) for n in text.split(b","))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)
        return True

    def end(self):
        while not self.late() and self.read(0.2):
            pass
        if self.late():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            return 124
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def main():
    middle = sys.argv.index("--")
    terminal = Terminal(sys.argv[middle + 1:])
    steps = {"wait": terminal.wait, "send": terminal.send, "size": terminal.size,
             "until": terminal.until_true}
    for step in sys.argv[1:middle]:
        name, _, text = step.partition(":")
        text = text.encode().decode("unicode_escape").encode("latin-1")
        if not steps[name](text):
            sys.stderr.write("on_tty.py: %s was in vain\n" % step)
            os.kill(terminal.pid, signal.SIGKILL)
            os.waitpid(terminal.pid, 0)
            return 124
    status = terminal.end()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
