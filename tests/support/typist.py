#!/usr/bin/python3
"""Type at a program on a terminal, and look at what it shows: for walks.

usage: typist.py [-q] [-s COLSxROWS] [-t SECONDS] [-o FILE] SCRIPT -- COMMAND…

SCRIPT is a file (- is stdin) with a step a line; empty lines and those that begin with #
are nothing.  A step's text reads \\r \\n \\t \\e \\xNN \\uNNNN and \\\\; ^X is a control key
(^C, ^[, ^?), and ^^ is ^.  Expressions are Python's, over what came behind the last
finding: text, its lines end with \\n, without colours and other escape sequences; with
"raw expect" as it came.

    send TEXT         type it
    line TEXT         type it and Return
    keys NAME…        up down left right home end delete pgup pgdn tab enter escape
                      backspace
    slow MS TEXT      type it, so long between two characters
    paste TEXT        as a terminal pastes: in brackets
    file PATH         type what the file holds
    expect RE         until it matches
    quick SECONDS RE  expect, within so many seconds
    never RE          from the start to now it has matched nowhere
    until COMMAND     until the shell command succeeds
    not COMMAND       the shell command fails now
    run COMMAND       the shell command succeeds now
    resize COLS ROWS
    pause SECONDS     type nothing, read on
    mark              what came until now is not looked at any more
    hangup            the terminal goes away
    kill SIGNAL       to the command
    eof               until it says no more
    exit N            until it ends, with this status (128 + N: by signal N)

At the end it must have ended, or been told to: without exit or hangup it is killed, and
that is an error.  FILE gets what came, as it came.  Exit status 0: all steps went well;
1: one did not, and the transcript is on stderr; 2: the script is malformed.
"""

import argparse
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

KEYS = {"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
        "home": "\x1b[H", "end": "\x1b[F", "delete": "\x1b[3~", "pgup": "\x1b[5~",
        "pgdn": "\x1b[6~", "tab": "\t", "enter": "\r", "escape": "\x1b",
        "backspace": "\x7f"}
ESCAPES = {"r": "\r", "n": "\n", "t": "\t", "e": "\x1b", "\\": "\\", "0": "\0"}
TEXT = re.compile(r"\\x([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\(.)|\^(.)|([^\\^]+)", re.S)
SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]"
                      rb"|[=>78cDEHM])|\r(?=\n)")
TAIL = 6000


class Failed(Exception):
    """A step that was in vain."""


class Malformed(Exception):
    """No such step."""


def typed(text):
    """The bytes that a step's text stands for."""
    out, at = b"", 0
    while at < len(text):
        m = TEXT.match(text, at)
        if m is None:
            raise Malformed("a lone \\ or ^ at the end")
        byte, code, escape, control, plain = m.groups()
        if byte:
            out += bytes([int(byte, 16)])
        elif code:
            out += chr(int(code, 16)).encode()
        elif escape:
            if escape not in ESCAPES:
                raise Malformed("\\%s stands for nothing" % escape)
            out += ESCAPES[escape].encode()
        elif control:
            out += b"^" if control == "^" else b"\x7f" if control == "?" else bytes(
                [ord(control.upper()) & 0x1f])
        else:
            out += plain.encode()
        at = m.end()
    return out


class Typist:
    def __init__(self, command, cols, rows, seconds):
        self.seconds, self.all, self.at = seconds, b"", 0
        self.status, self.ended, self.hung = None, False, False
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.environ.setdefault("TERM", "xterm-256color")
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
                os.execvp(command[0], command)
            finally:
                os._exit(127)

    # -- reading --

    def read(self, seconds):
        """What comes within this time; false at the end."""
        if self.ended or self.hung:
            time.sleep(min(seconds, 0.02))
            return False
        if not select.select([self.fd], [], [], max(0, seconds))[0]:
            return True
        try:
            more = os.read(self.fd, 65536)
        except OSError:  # EIO: nobody has the other side any more
            more = b""
        self.all += more
        self.ended = not more
        return not self.ended

    def type(self, data):
        """Reads on while it writes, so that neither side waits for the other."""
        while data and not self.ended and not self.hung:
            _, w, _ = select.select([], [self.fd], [], 0.05)
            if w:
                data = data[os.write(self.fd, data[:512]):]
            self.read(0)

    def find(self, pattern, raw):
        """Where it matches behind the last finding: the end, or None."""
        new = self.all[self.at:]
        plain, cuts, at = bytearray(), [], 0
        for s in () if raw else SEQUENCE.finditer(new):
            plain += new[at:s.start()]
            at = s.end()
            cuts.append((len(plain), at - s.start()))
        plain += new[at:]
        text = shown(plain)
        m = pattern.search(text)
        if m is None:
            return None
        end = len(text[:m.end()].encode("utf-8", "surrogateescape"))
        # What was left out before the match's end lies before it in the bytes, too.
        return self.at + end + sum(n for place, n in cuts if place < end)

    def wait(self, what, seconds, why):
        until = time.monotonic() + seconds
        while True:
            got = what()
            if got is not None and got is not False:
                return got
            if time.monotonic() > until:
                raise Failed(why + ", not within %g s" % seconds)
            if not self.read(0.05) and what() in (None, False) and self.ended:
                self.reap()
                if self.status is not None:
                    raise Failed(why + ", and it has ended with %d" % self.status)

    def reap(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self.status = code if code >= 0 else 128 - code
        return self.status

    # -- steps --

    def do_send(self, text):
        self.type(typed(text))

    def do_line(self, text):
        self.type(typed(text) + b"\r")

    def do_keys(self, text):
        for name in text.split():
            if name not in KEYS:
                raise Malformed("no key is called " + name)
            self.type(KEYS[name].encode())

    def do_slow(self, text):
        ms, _, text = text.partition(" ")
        for c in typed(text).decode("utf-8", "surrogateescape"):
            self.type(c.encode("utf-8", "surrogateescape"))
            self.do_pause(str(float(ms) / 1000))

    def do_paste(self, text):
        self.type(b"\x1b[200~" + typed(text) + b"\x1b[201~")

    def do_file(self, text):
        with open(text, "rb") as f:
            self.type(f.read())

    def do_expect(self, text, raw=False, seconds=None):
        pattern = expression(text)
        self.at = self.wait(lambda: self.find(pattern, raw), seconds or self.seconds,
                            "expected %s" % text)

    def do_raw(self, text):
        word, _, text = text.partition(" ")
        if word != "expect":
            raise Malformed("raw is for expect")
        self.do_expect(text, raw=True)

    def do_quick(self, text):
        seconds, _, text = text.partition(" ")
        self.do_expect(text, seconds=float(seconds))

    def do_never(self, text):
        self.read(0)
        m = expression(text).search(shown(SEQUENCE.sub(b"", self.all)))
        if m:
            raise Failed("%s has come: %r" % (text, m.group()))

    def do_until(self, text):
        self.wait(lambda: succeeds(text), self.seconds, "waited for " + text)

    def do_not(self, text):
        if succeeds(text):
            raise Failed("it succeeds: " + text)

    def do_run(self, text):
        if not succeeds(text):
            raise Failed("it fails: " + text)

    def do_resize(self, text):
        cols, rows = (int(n) for n in text.split())
        # The kernel tells the foreground group.
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def do_pause(self, text):
        until = time.monotonic() + float(text)
        while (left := until - time.monotonic()) > 0:
            if not self.read(left):
                time.sleep(min(left, 0.05))

    def do_mark(self, _text):
        self.read(0)
        self.at = len(self.all)

    def do_hangup(self, _text):
        os.close(self.fd)
        self.hung = True

    def do_kill(self, text):
        os.kill(self.pid, getattr(signal, "SIG" + text.removeprefix("SIG")))

    def do_eof(self, _text):
        self.wait(lambda: self.ended, self.seconds, "waited for its last word")

    def do_exit(self, text):
        def over():
            self.read(0.02)
            return self.reap() is not None
        self.wait(over, self.seconds, "waited for its end")
        while self.read(0.2) and not self.ended:
            pass
        if self.status != int(text):
            raise Failed("it ended with %d, not %s" % (self.status, text))

    def end(self):
        """Whether it had ended by itself."""
        if not self.hung:
            os.close(self.fd)
            self.hung = True
        until = time.monotonic() + 5
        while self.reap() is None and time.monotonic() < until:
            time.sleep(0.02)
        if self.reap() is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            return False
        return True


def shown(data):
    return bytes(data).decode("utf-8", "surrogateescape")


def succeeds(line):
    return subprocess.call(["sh", "-c", line], stdin=subprocess.DEVNULL) == 0


def expression(text):
    try:
        return re.compile(text, re.M)
    except re.error as e:
        raise Malformed("%s: %s" % (text, e)) from None


def steps_of(lines):
    """[(line number, name, text)], checked before anything is started."""
    out = []
    for n, line in enumerate(lines, 1):
        line = line.rstrip("\n").lstrip()
        if not line or line.startswith("#"):
            continue
        name, _, text = line.partition(" ")
        if not hasattr(Typist, "do_" + name):
            raise Malformed("line %d: no step is called %s" % (n, name))
        out.append((n, name, text))
    return out


def report(typist, n, line, why):
    text = typist.all[-TAIL:].decode("utf-8", "backslashreplace")
    sys.stderr.write("typist: line %d: %s: %s\n" % (n, line, why))
    for row in text.replace("\r", "").split("\n"):
        sys.stderr.write("  | %s\n" % "".join(
            c if c.isprintable() else "\\x%02x" % ord(c) for c in row))
    rest = typist.all[typist.at:][-400:]
    sys.stderr.write("typist: not looked at yet: %r\n" % rest)


def play(typist, steps):
    for n, name, text in steps:
        try:
            getattr(typist, "do_" + name)(text)
        except Failed as e:
            typist.read(0.2)
            report(typist, n, name + " " + text, e)
            return 1
        except Malformed as e:
            sys.stderr.write("typist: line %d: %s\n" % (n, e))
            return 2
    names = [name for _, name, _ in steps]
    if "exit" not in names and "hangup" not in names:
        report(typist, 0, "the end", "the script has neither exit nor hangup")
        return 1
    return 0


def main():
    p = argparse.ArgumentParser(description="Type at a program on a terminal.")
    p.add_argument("-q", action="store_true", help="do not show what came")
    p.add_argument("-s", default="80x24", metavar="COLSxROWS")
    p.add_argument("-t", type=float, default=60, metavar="SECONDS")
    p.add_argument("-o", metavar="FILE")
    p.add_argument("script")
    p.add_argument("command", nargs=argparse.REMAINDER)
    a = p.parse_args()
    command = a.command[1:] if a.command[:1] == ["--"] else a.command
    try:
        with (sys.stdin if a.script == "-" else open(a.script, encoding="utf-8")) as f:
            steps = steps_of(f)
    except Malformed as e:
        sys.stderr.write("typist: %s\n" % e)
        return 2
    if not command:
        p.error("no command")
    cols, rows = (int(n) for n in a.s.split("x"))
    typist = Typist(command, cols, rows, a.t)
    status = play(typist, steps)
    if not typist.end() and status == 0:
        report(typist, 0, "the end", "it had to be killed")
        status = 1
    if a.o:
        with open(a.o, "wb") as f:
            f.write(typist.all)
    if not a.q:
        sys.stdout.buffer.write(typist.all)
    return status


if __name__ == "__main__":
    sys.exit(main())
