"""What the tests of hoop-replay stand on: the vector with its keys, the program run in
pipes and on a terminal, TAP."""
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

SRC = os.environ.get("top_srcdir", ".")
BUILD = os.environ.get("top_builddir", ".")
PROGRAM = os.path.join(BUILD, "replay", "hoop-replay")
VECTOR = os.path.join(SRC, "tests", "vectors", "recording-sample")
WITH_SANITIZERS = "#define BROKER_SANITIZED" in open(os.path.join(BUILD, "config.h")).read()
class Skip(Exception):
    pass


class World:
    """A home with key and trust file, and the vector."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="hoop-replay.")
        self.keys = json.load(open(os.path.join(VECTOR, "keys.json")))
        self.sample = open(os.path.join(VECTOR, "sample.cast"), "rb").read()
        self.plain = open(os.path.join(VECTOR, "export.cast"), "rb").read()
        self.cast = self.put("sample.cast", self.sample)
        self.key = self.put("key", "hoop-key 1 auditor x25519 %s\n" % self.keys["recipient_sk"])
        self.trust = self.put(
            "trust", "hoop-trust 1\ndevice rec.example/a1 %s\n" % self.keys["device_pk"])
        self.home = os.path.join(self.dir, "home")
        os.mkdir(self.home)
        self.env = {"PATH": "/usr/bin:/bin", "HOME": self.home, "TERM": "xterm",
                    # the leak checker cannot look into a process that is not dumpable
                    "ASAN_OPTIONS": "detect_leaks=0"}

    def put(self, name, data, mode=0o600):
        path = os.path.join(self.dir, name)
        if isinstance(data, str):
            data = data.encode()
        with open(path, "wb") as f:
            f.write(data)
        os.chmod(path, mode)
        return path

    def run(self, *args, **kw):
        kw.setdefault("stdin", subprocess.DEVNULL)
        if kw.get("stdin", 0) is None:
            del kw["stdin"]  # input is given
        r = subprocess.run([PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           env=self.env, timeout=60, check=False, **kw)
        if r.returncode < 0 or b"Sanitizer" in r.stderr:
            raise AssertionError("died: %r %r" % (r.returncode, r.stderr))
        return r

    def known(self, *args, **kw):
        return self.run("--key", self.key, "--trust", self.trust, *args, **kw)

    def verify(self, data, *args):
        return self.run("--verify", "--trust", self.trust, *args, self.put("x.cast", data))


def same(got, want):
    if got != want:
        raise AssertionError("got %r, want %r" % (got, want))


def holds(text, part):
    if part not in text:
        raise AssertionError("%r is not in %r" % (part, text))


def lacks(text, part):
    if part in text:
        raise AssertionError("%r is in %r" % (part, text))


def shown(w):
    """What the o events of the vector hold."""
    lines = [json.loads(line) for line in w.plain.splitlines()[1:]]
    return "".join(e[2] for e in lines if e[1] == "o").encode()


class Terminal:
    """The program on a terminal of its own."""

    def __init__(self, w, *args, size=None):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            if size is not None:
                fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
            os.execve(PROGRAM, [PROGRAM, *args], w.env)
        self.text = b""
        self.status = None

    def read(self, seconds, until=None):
        end = time.monotonic() + seconds
        while time.monotonic() < end and (until is None or until not in self.text):
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                break
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                break
            if not data:
                break
            self.text += data
        if until is not None:
            holds(self.text, until)
        return self.text

    def type(self, keys):
        os.write(self.fd, keys)

    def size(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        return self

    def screen(self):
        """The rows that the player's picture shows now.  It is drawn by few sequences;
        any other is an error."""
        rows = {1: {}}
        at = [1, 1]
        text = self.text.decode("utf-8", "replace")
        begin = text.rfind("\x1b[2J")
        text = text[begin:] if begin >= 0 else ""
        for m in re.finditer(r"\x1b\[([0-9;?]*)([A-Za-z])|([^\x1b])|\x1b", text, re.S):
            if m.group(2) == "H":
                at = [int(n) for n in m.group(1).split(";")]
            elif m.group(3) is not None and m.group(3) >= " ":
                rows.setdefault(at[0], {})[at[1]] = m.group(3)
                at[1] += 1
            elif m.group(2) not in ("m", "J", "h", "l"):
                raise AssertionError("not of a picture: %r" % m.group(0))
        return ["".join(rows.get(r, {}).get(c, " ") for c in range(1, max(rows.get(r) or {0: 0}) + 1))
                for r in range(1, max(rows, default=0) + 1)]

    def bar(self):
        return self.screen()[-1]

    def until(self, what, seconds=20):
        """Read until what(self) is true."""
        end = time.monotonic() + seconds
        while not what(self):
            if time.monotonic() > end:
                raise AssertionError("did not come; shows\n# %s" % "\n# ".join(self.screen()))
            self.read(0.05)

    def quit(self):
        """Wait until nothing more is to be shown, then leave."""
        self.until(lambda t: t.bar().startswith(" end ") and "100%" in t.bar())
        self.type(b"q")
        return self.end()

    def end(self, seconds=20):
        """Read to the end and give the exit status."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.read(0.05)
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)
        raise AssertionError("did not end; showed %r" % self.text)


def run(tests):
    """Run them all on one World, print TAP, give the exit status."""
    failed = 0
    w = World()
    try:
        for n, f in enumerate(tests, 1):
            name = f.__name__.replace("_", " ")
            try:
                f(w)
                print("ok %d - %s" % (n, name))
            except Skip as e:
                print("ok %d - %s # SKIP %s" % (n, name, e))
            except Exception as e:  # a broken test must not hide the others
                failed += 1
                print("not ok %d - %s\n# %s: %s" % (n, name, type(e).__name__, e))
            sys.stdout.flush()
    finally:
        shutil.rmtree(w.dir)
    print("1..%d" % len(tests))
    return 1 if failed else 0
