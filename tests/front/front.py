"""What the tests of the front share: the harness, OpenSSH's client, a raw client."""
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import paramiko
from paramiko.common import cMSG_CHANNEL_OPEN, cMSG_CHANNEL_REQUEST, cMSG_USERAUTH_REQUEST

BUILD = os.environ.get("top_builddir", ".")
FRONT = os.path.abspath(os.path.join(BUILD, "broker/front/broker-front"))
HARNESS = os.path.abspath(os.path.join(BUILD, "tests/front/harness"))
SLOW = 10 if os.environ.get("BROKER_SLOW_TESTS") else 1


class Harness:
    """The small monitor and the front, in a folder of their own."""

    def __init__(self, **settings):
        self.dir = tempfile.mkdtemp(prefix="front.")
        self.lines = []
        self.news = threading.Condition()
        self.key("id")
        self.allow("id")
        args = ["%s=%s" % s for s in settings.items()]
        self.process = subprocess.Popen(
            [HARNESS, FRONT, self.dir] + args, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0)
        self.said = self.process.stdout.fileno()
        self.torn = b""
        threading.Thread(target=self._read, daemon=True).start()
        self.port = int(self.wait_for("port ").split()[1])
        self.front = int(self.wait_for("front pid ").split()[2])

    def _take(self):
        """What the harness has said by now; False at its end.  With the lock held."""
        while select.select([self.said], [], [], 0)[0]:
            data = os.read(self.said, 65536)
            if not data:
                return False
            *lines, self.torn = (self.torn + data).split(b"\n")
            self.lines += [x.decode(errors="replace") for x in lines]
            self.news.notify_all()
        return True

    def _read(self):
        going = True
        while going:
            try:
                select.select([self.said], [], [])
                with self.news:
                    going = self._take()
            except (OSError, ValueError):
                return  # closed meanwhile

    def wait_for(self, text, start=0, seconds=10):
        """The first line from start on that holds text."""
        end = time.time() + seconds * SLOW
        with self.news:
            while True:
                for line in self.lines[start:]:
                    if text in line:
                        return line
                if time.time() > end:
                    raise AssertionError("no %r in:\n%s" % (text, "\n".join(self.lines[-15:])))
                self.news.wait(0.2)

    def mark(self):
        """Behind all that the harness said so far, also what lies in the pipe yet."""
        with self.news:
            self._take()
            return len(self.lines)

    def heard(self, start):
        """All lines from start on."""
        return self.lines[start:self.mark()]

    def path(self, name):
        return os.path.join(self.dir, name)

    def key(self, name, *args, env=None):
        subprocess.run(["ssh-keygen", "-q", "-N", "", "-C", "", "-f", self.path(name)]
                       + list(args or ("-t", "ed25519")), check=True, stdin=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL if env else None, env=dict(os.environ, **(env or {})))
        return self.path(name)

    def allow(self, name):
        with open(self.path("authorized"), "a") as f, open(self.path(name + ".pub")) as pub:
            f.write(pub.read())

    def args(self, *options, key="id", user="tester"):
        return ["ssh", "-F", "none"] + list(options) + ["-p", str(self.port), "-i", self.path(key), "-l", user,
                "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes",
                "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=20", "127.0.0.1"]

    def ssh(self, command, *options, key="id", user="tester", stdin=b"", env=None, timeout=60):
        return subprocess.run(
            self.args(*options, key=key, user=user) + ([command] if command else []),
            input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=timeout * SLOW, env=dict(os.environ, **(env or {})))

    def children(self):
        """Processes of connections."""
        path = "/proc/%d/task/%d/children" % (self.front, self.front)
        try:
            with open(path) as f:
                return [int(p) for p in f.read().split()]
        except FileNotFoundError:
            return []

    def raw(self, key="id", login=True, user="tester"):
        return Raw(self, key, login, user)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir)

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()


class Raw:
    """A client that can say what ssh never says."""

    def __init__(self, harness, key, login, user):
        self.t = paramiko.Transport(socket.create_connection(("127.0.0.1", harness.port)))
        self.t.start_client(timeout=20)
        self.key = paramiko.Ed25519Key.from_private_key_file(harness.path(key))
        if login:
            self.t.auth_publickey(user, self.key)

    def message(self, *fields):
        m = paramiko.Message()
        m.add_byte(fields[0])
        for f in fields[1:]:
            if isinstance(f, bool):
                m.add_boolean(f)
            elif isinstance(f, int):
                m.add_int(f)
            else:
                m.add_string(f)
        return m

    def send(self, *fields):
        self.t._send_message(self.message(*fields))

    def auth(self, *fields, seconds=5):
        """One request; the reply's class: 'failure', 'ok', 'success', 'silent', 'closed'."""
        got = []
        seen = threading.Event()

        class Handler:
            """Takes the place of paramiko's own."""

        def note(name):
            def handle(_self, _m):
                got.append(name)
                seen.set()
            return handle

        handler = paramiko.auth_handler.AuthHandler(self.t)
        handler._client_handler_table = {
            51: note("failure"), 52: note("success"), 60: note("ok"), 53: lambda s, m: None,
            6: lambda s, m: None}
        self.t.auth_handler = handler
        self.send(cMSG_USERAUTH_REQUEST, *fields)
        end = time.time() + seconds * SLOW
        while not seen.wait(0.05):
            if not self.t.is_active():
                return "closed"
            if time.time() > end:
                return "silent"
        return got[0]

    def burst(self, requests):
        """Many login requests in one piece."""
        handler = paramiko.auth_handler.AuthHandler(self.t)
        handler._client_handler_table = {51: lambda s, m: None, 52: lambda s, m: None, 60: lambda s, m: None}
        self.t.auth_handler = handler
        out, write = [], self.t.packetizer.write_all
        self.t.packetizer.write_all = out.append
        for fields in requests:
            self.send(cMSG_USERAUTH_REQUEST, *fields)
        self.t.packetizer.write_all = write
        write(b"".join(out))

    def service(self):
        handler = paramiko.auth_handler.AuthHandler(self.t)
        handler._client_handler_table = {6: lambda s, m: None, 51: lambda s, m: None}
        self.t.auth_handler = handler
        self.send(b"\x05", "ssh-userauth")
        time.sleep(0.2)

    def run(self, command):
        c = self.t.open_session(timeout=20)
        c.exec_command(command)
        return c

    def open_raw(self, kind, window, packet, *more):
        """Open a channel with sizes of our own; its number on our side."""
        chan = self.t._next_channel()
        c = paramiko.Channel(chan)
        self.t._channels.put(chan, c)
        event = threading.Event()
        self.t.channel_events[chan] = event
        self.t.channels_seen[chan] = True
        c._set_transport(self.t)
        c._set_window(window, packet)
        self.send(cMSG_CHANNEL_OPEN, kind, chan, window, packet, *more)
        event.wait(5)
        return c if c in [self.t._channels.get(chan)] else None

    def close(self):
        self.t.close()


def pattern(n):
    """The bytes that the harness's produce makes."""
    return bytes((i * 31 + (i >> 8) * 7 + (i >> 16)) & 255 for i in range(n))


class Tests:
    """Runs named functions and prints TAP."""

    def __init__(self):
        self.all = []

    def __call__(self, f):
        self.all.append(f)
        return f

    def run(self, only=None):
        bad = 0
        chosen = [f for f in self.all if not only or f.__name__ in only]
        print("1..%d" % len(chosen), flush=True)
        for n, f in enumerate(chosen, 1):
            began = time.time()
            try:
                f()
                print("ok %d - %s (%.1f s)" % (n, f.__name__, time.time() - began), flush=True)
            except Exception as e:  # noqa: each failure is told, the rest runs on
                bad += 1
                for line in ("%s: %s" % (type(e).__name__, e)).splitlines():
                    print("# " + line)
                print("not ok %d - %s" % (n, f.__name__), flush=True)
        return 1 if bad else 0
