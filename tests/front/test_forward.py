#!/usr/bin/python3
"""Port connections (ssh -L, -W) through broker-front."""
import os
import socket
import subprocess
import sys
import threading
import time

import paramiko

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from front import SLOW, Harness, Tests, pattern  # noqa: E402

test = Tests()
MB = 1 << 20


def forward(c, host, port=443, **more):
    return c.t.open_channel("direct-tcpip", (host, port), ("127.0.0.1", 5), timeout=20, **more)


def refused(c, host, port=443):
    try:
        forward(c, host, port)
    except paramiko.ChannelException as e:
        return e.code
    raise AssertionError("%s:%d was opened" % (host, port))


def read_all(chan):
    out = bytearray()
    while True:
        piece = chan.recv(1 << 16)
        if not piece:
            return bytes(out)
        out += piece


def dial(h, host, port=443, stdin=b""):
    """What comes back through ssh -W.  (paramiko loses a channel that is closed at once.)"""
    return subprocess.run(h.args("-W", "%s:%d" % (host, port)), input=stdin,
                          stdout=subprocess.PIPE, timeout=60 * SLOW).stdout


class Tunnel:
    """The real client with -L."""

    def __init__(self, h, host, port=443):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.process = subprocess.Popen(
            h.args("-N", "-v", "-L", "127.0.0.1:%d:%s:%d" % (self.port, host, port),
                   "-o", "ExitOnForwardFailure=yes", "-o", "LogLevel=DEBUG1"),
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.said = []
        threading.Thread(target=self._read, daemon=True).start()
        self.wait_for("Entering interactive session")

    def _read(self):
        for line in self.process.stderr:
            self.said.append(line.decode(errors="replace"))

    def wait_for(self, text):
        end = time.time() + 20 * SLOW
        while not any(text in line for line in list(self.said)):
            assert time.time() < end, "".join(self.said[-20:])
            time.sleep(0.02)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), 20 * SLOW)

    def close(self):
        # Not TERM: a client that is about to poll misses it.
        self.process.kill()
        self.process.wait()


@test
def the_monitor_is_asked_for_host_and_port():
    with Harness() as h:
        c = h.raw()
        mark = h.mark()
        chan = forward(c, "cat", 443)
        h.wait_for("forward cat 443", mark)
        chan.sendall(b"hello")
        assert chan.recv(5) == b"hello"
        chan.close()
        h.wait_for("session closed: cat", mark)
        c.close()


@test
def bytes_go_both_ways_and_the_end_too():
    data = os.urandom(3 * MB)
    with Harness() as h:
        c = h.raw()
        chan = forward(c, "cat")
        got = []
        t = threading.Thread(target=lambda: got.append(read_all(chan)))
        t.start()
        chan.sendall(data)
        chan.shutdown_write()
        t.join(60 * SLOW)
        assert got and got[0] == data, len(got[0]) if got else "nothing"
        # The session has ended: the channel is closed from this side.
        for n in (0, 1, 40000):
            assert dial(h, "produce", n) == pattern(n), n
        c.close()


@test
def twenty_megabytes_through_the_real_client():
    data = os.urandom(20 * MB)
    with Harness() as h:
        t = Tunnel(h, "cat")
        s = t.connect()
        threading.Thread(target=lambda: (s.sendall(data), s.shutdown(socket.SHUT_WR)), daemon=True).start()
        out = bytearray()
        while len(out) < len(data):
            piece = s.recv(1 << 16)
            assert piece, len(out)
            out += piece
        assert out == data
        assert s.recv(1) == b""
        s.close()
        assert dial(h, "sink", stdin=data) == b"%d\n" % len(data)
        t.close()


@test
def a_refusal_has_a_reason_with_v():
    with Harness() as h:
        c = h.raw()
        assert refused(c, "db.internal", 5432) == 1
        assert c.run("exit 3").recv_exit_status() == 3
        c.close()
        t = Tunnel(h, "db.internal", 5432)
        s = t.connect()
        assert s.recv(1) == b""
        t.wait_for("refused: only aws:443 is here")
        t.wait_for("administratively prohibited")
        # The connection lives on.
        s = t.connect()
        assert s.recv(1) == b""
        assert t.process.poll() is None
        t.close()


@test
def a_held_one_is_opened_when_it_is_allowed():
    with Harness() as h:
        c = h.raw()
        chan = forward(c, "late")
        chan.sendall(b"x")
        assert chan.recv(1) == b"x"
        c.close()


@test
def nobody_who_is_not_logged_in_opens_one():
    with Harness() as h:
        c = h.raw(login=False)
        mark = h.mark()
        c.open_raw("direct-tcpip", 1 << 20, 1 << 15, "cat", 443, "127.0.0.1", 5)
        time.sleep(0.3)
        assert not any("forward" in line for line in h.heard(mark))
        c.close()


@test
def other_kinds_are_refused():
    with Harness() as h:
        c = h.raw()
        mark = h.mark()
        for kind in ("direct-streamlocal@openssh.com", "tun@openssh.com", "x11", "forwarded-tcpip", "direct-tcp"):
            assert c.open_raw(kind, 1 << 20, 1 << 15, "cat", 443, "127.0.0.1", 5) is None, kind
        assert not any("forward" in line for line in h.heard(mark))
        r = h.ssh("exit 0", "-R", "0:127.0.0.1:1", "-o", "ExitOnForwardFailure=yes")
        assert r.returncode == 255 and b"remote port forwarding failed" in r.stderr, r
        c.close()


@test
def names_that_do_not_fit_are_refused():
    with Harness() as h:
        c = h.raw()
        mark = h.mark()
        assert refused(c, "a" * 256) == 1
        assert refused(c, "a" * 60000) == 1
        assert not any("forward" in line for line in h.heard(mark))
        # What a host may be is the monitor's to say.
        assert refused(c, "a" * 255) == 1
        assert refused(c, "caf\u00e9\n") == 1
        h.wait_for("forward caf\\xC3\\xA9\\x0A 443", mark)
        assert refused(c, "aws", 0) == 1
        assert c.run("exit 3").recv_exit_status() == 3
        c.close()


@test
def they_count_as_channels():
    with Harness(channels=5) as h:
        c = h.raw()
        chans = [forward(c, "cat") for _ in range(3)] + [c.run("wait") for _ in range(2)]
        assert refused(c, "cat") == 1
        try:
            c.t.open_session(timeout=5)
            raise AssertionError("a sixth channel")
        except paramiko.ChannelException:
            pass
        chans[0].close()
        h.wait_for("session closed: cat")
        again = forward(c, "cat")
        again.sendall(b"x")
        assert again.recv(1) == b"x"
        c.close()


@test
def one_that_waits_for_its_answer_counts_too():
    with Harness(channels=3) as h:
        c = h.raw()
        mark = h.mark()
        for n in range(3):
            c.send(b"\x5a", "direct-tcpip", 70 + n, 1 << 20, 1 << 15, "silence", 443, "127.0.0.1", 5)
        for _ in range(100):
            if sum("forward silence" in line for line in h.heard(mark)) == 3:
                break
            time.sleep(0.02 * SLOW)
        assert refused(c, "cat") == 1
        c.close()
        # Whoever goes meanwhile is no longer waited for.
        h.wait_for("connection 1 gone", mark)
        h.wait_for("connection 1 closed", mark)
        assert sum("forward silence" in line for line in h.heard(mark)) == 3


@test
def a_session_that_breaks_closes_the_channel():
    with Harness() as h:
        c = h.raw()
        for word in ("lost", "broken", "never"):
            assert dial(h, word, 70) == b"", word
        assert dial(h, "both", 3) == b"to stdout\n"
        assert c.run("exit 3").recv_exit_status() == 3
        c.close()


@test
def a_client_that_goes_takes_its_sessions_along():
    with Harness() as h:
        t = Tunnel(h, "cat")
        s = t.connect()
        s.sendall(b"x")
        assert s.recv(1) == b"x"
        mark = h.mark()
        t.close()
        h.wait_for("session closed: cat", mark)


@test
def a_slow_session_slows_the_client():
    with Harness() as h:
        c = h.raw()
        chan = forward(c, "slow", 1500)
        sent = [0]

        def push():
            try:
                while sent[0] < 64 * MB:
                    sent[0] += chan.send(b"x" * 32768)
                chan.shutdown_write()
            except OSError:
                pass

        t = threading.Thread(target=push, daemon=True)
        t.start()
        time.sleep(1.0)
        # libssh's window, the front's and the sockets' room: no more than that.
        assert sent[0] < 12 * MB, sent[0]
        t.join(60 * SLOW)
        assert read_all(chan) == b"%d\n" % sent[0]
        c.close()


@test
def a_slow_client_slows_the_session():
    with Harness() as h:
        c = h.raw()
        mark = h.mark()
        assert dial(h, "produce", 65000) == pattern(65000)
        # A window that is never opened keeps the rest where it is.
        small = c.open_raw("direct-tcpip", 10, 1 << 15, "produce", 65534, "127.0.0.1", 5)
        h.wait_for("produced 65534", mark)
        time.sleep(0.3)
        assert len(small.in_buffer) == 10, len(small.in_buffer)
        c.close()


@test
def data_beyond_the_window_ends_the_connection():
    with Harness() as h:
        c = h.raw()
        chan = forward(c, "slow", 60000)
        piece = b"x" * 32000
        mark = h.mark()
        for _ in range(64 * MB // len(piece)):
            try:
                c.send(b"\x5e", chan.remote_chanid, piece)
            except (EOFError, OSError):
                break
        h.wait_for("connection 1 gone", mark)
        c.close()


if __name__ == "__main__":
    sys.exit(test.run(sys.argv[1:]))
