#!/usr/bin/python3
"""Input that is read whole before people are asked, through broker-front."""
import hashlib
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from front import SLOW, Harness, Tests  # noqa: E402

test = Tests()
MB = 1 << 20
NOTHING = "0" * 64


def told(h, mark):
    """What the monitor was told of the staged input: fits, length, digest."""
    f = h.wait_for("staged ", mark, 60).split()
    return int(f[3]), int(f[5]), f[6].lower()


def sha(data):
    return hashlib.sha256(data).hexdigest()


def start(h, line, *options):
    return subprocess.Popen(h.args(*options) + [line], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def shut(p):
    for f in (p.stdin, p.stdout, p.stderr):
        f.close()


@test
def the_command_gets_what_was_staged():
    data = os.urandom(16 * MB)
    with Harness() as h:
        for n in (0, 1, 32767, 32768, 32769, 65536, 3 * MB, 16 * MB):
            mark = h.mark()
            r = h.ssh("stage %d cat" % (16 * MB), stdin=data[:n])
            assert r.returncode == 0 and r.stdout == data[:n], (n, r.returncode, len(r.stdout), r.stderr)
            assert told(h, mark) == (1, n, sha(data[:n])), n
            assert r.stderr == b"broker: approved\n", r.stderr
            # The end comes with it, and it was told once.
            h.wait_for("eof after %d" % n, mark)
            assert sum(x.startswith("staged ") for x in h.heard(mark)) == 1


@test
def exactly_the_bound_fits():
    data = os.urandom(100001)
    with Harness() as h:
        mark = h.mark()
        r = h.ssh("stage 100000 sink", stdin=data[:100000])
        assert r.stdout == b"100000\n", r
        assert told(h, mark)[0] == 1
        for most, n in ((100000, 100001), (0, 1), (1000, 3 * MB)):
            mark = h.mark()
            r = h.ssh("stage %d cat" % most, stdin=(data * 32)[:n])
            assert r.returncode == 77 and r.stdout == b"", r
            assert told(h, mark) == (0, 0, NOTHING), most
            assert not any("session closed" in x for x in h.heard(mark))
        # No bound of the monitor's is more than the front's own.
        mark = h.mark()
        r = h.ssh("stage %d cat" % (1 << 40), stdin=os.urandom(16 * MB + 1))
        assert r.returncode == 77, r
        assert told(h, mark)[0] == 0


@test
def input_that_did_not_fit_has_no_hole():
    """A monitor that let it run all the same would give it all of it."""
    data = os.urandom(4 * MB)
    with Harness() as h:
        mark = h.mark()
        r = h.ssh("stage 500000 anyway cat", stdin=data)
        assert told(h, mark)[0] == 0
        assert r.returncode == 0 and r.stdout == data, (r.returncode, len(r.stdout))


@test
def the_rest_of_a_line_of_json_is_staged():
    data = os.urandom(200000)
    with Harness() as h:
        mark = h.mark()
        r = subprocess.run(h.args("-s") + ["broker-argv"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           input=b'{"argv":["stage","300000","cat"]}\n' + data, timeout=60 * SLOW)
        assert r.returncode == 0 and r.stdout == data, (r.returncode, len(r.stdout))
        assert told(h, mark) == (1, len(data), sha(data))


@test
def one_that_never_ends_waits():
    with Harness() as h:
        # Nothing is asked, until the client closes its stdin ...
        p = start(h, "stage 100 cat")
        p.stdin.write(b"half")
        p.stdin.flush()
        h.wait_for("exec stage")
        mark = h.mark()
        # ... which others on other connections do meanwhile.
        assert h.ssh("stage 100 cat", stdin=b"x").stdout == b"x"
        assert sum(x.startswith("staged ") for x in h.heard(mark)) == 1
        p.stdin.write(b" and half")
        p.stdin.close()
        assert p.stdout.read() == b"half and half"
        assert p.wait(60 * SLOW) == 0
        shut(p)
        # A client that dies instead.
        mark = h.mark()
        p = start(h, "stage 100 cat")
        p.stdin.write(b"half")
        p.stdin.flush()
        h.wait_for("exec stage", mark)
        mark = h.mark()
        p.kill()
        p.wait()
        h.wait_for("closed", mark)
        assert not any(x.startswith("staged ") for x in h.heard(mark))
        shut(p)


@test
def a_closed_channel_is_not_withdrawn():
    with Harness() as h:
        c = h.raw()
        mark = h.mark()
        chan = c.run("stage 100 cat")
        chan.sendall(b"half")
        h.wait_for("exec stage", mark)
        chan.close()
        assert h.wait_for("gone ", mark).endswith("gone 1")
        assert c.run("exit 5").recv_exit_status() == 5
        # Held with its input staged.
        chan = c.run("stage 100 hold")
        chan.shutdown_write()
        h.wait_for("staged ", mark)
        mark = h.mark()
        chan.close()
        assert h.wait_for("gone ", mark).endswith("gone 3")
        c.close()


@test
def signals_and_typed_interrupts_withdraw():
    with Harness() as h:
        c = h.raw()
        for line in ("hold", "stage 100 hold", "stage 100 cat"):
            mark = h.mark()
            chan = c.run(line)
            if line == "stage 100 hold":
                chan.shutdown_write()
                h.wait_for("staged ", mark)
            h.wait_for("exec " + line, mark)
            c.send(b"\x62", chan.remote_chanid, "signal", False, "INT")
            assert h.wait_for("gone ", mark).endswith(" withdrawn"), line
            assert chan.recv_exit_status() == 130, line
            chan.close()
        # While the input is being read, and a terminal's is none.
        mark = h.mark()
        chan = c.t.open_session()
        chan.get_pty()
        chan.exec_command("stage 100 hold")
        h.wait_for("staged ", mark)
        assert told(h, mark) == (1, 0, sha(b""))
        chan.sendall(b"x\x03")
        assert h.wait_for("gone ", mark).endswith(" withdrawn")
        assert chan.recv_exit_status() == 130
        c.close()


@test
def what_is_typed_on_a_terminal_is_no_input():
    with Harness() as h:
        c = h.raw()
        mark = h.mark()
        chan = c.t.open_session()
        chan.get_pty()
        chan.exec_command("stage 100 wait")
        # The end first, then what is typed: its interrupts still count there.
        h.wait_for("eof after 0", mark)
        chan.sendall(b"typed\x03")
        chan.resize_pty(100, 50)
        h.wait_for("resized 100x50", mark)
        chan.close()
        h.wait_for("session closed: wait sent 0 got 6", mark)
        c.close()


@test
def signals_come_behind_the_input():
    with Harness() as h:
        c = h.raw()
        mark = h.mark()
        chan = c.run("stage 100000 wait")
        chan.sendall(b"x" * 100000)
        chan.shutdown_write()
        h.wait_for("eof after 100000", mark)
        c.send(b"\x62", chan.remote_chanid, "signal", False, "TERM")
        h.wait_for("signal 15", mark)
        # What is sent behind the end is for nobody.
        c.send(b"\x5e", chan.remote_chanid, b"more")
        assert c.run("exit 5").recv_exit_status() == 5
        chan.close()
        h.wait_for("session closed: wait sent 0 got 100000", mark)
        c.close()


@test
def a_slow_session_gets_all_of_it():
    data = os.urandom(5 * MB)
    with Harness() as h:
        r = h.ssh("stage %d slow 1500" % (16 * MB), stdin=data)
        assert r.stdout == b"%d\n" % len(data), r


def memory_kb(pid):
    with open("/proc/%d/status" % pid) as f:
        for line in f:
            if line.startswith("VmRSS"):
                return int(line.split()[1])
    return 0


@test
def all_channels_share_one_bound():
    """Three times 12 MB: the third does not fit, whatever it alone may have; memory is
    given back when they are gone."""
    piece = os.urandom(32000)
    with Harness() as h:
        c = h.raw()
        pid = h.children()[0]
        fits = []
        chans = []
        for _ in range(3):
            mark = h.mark()
            chan = c.run("stage %d hold" % (16 * MB))
            h.wait_for("exec stage", mark)
            for _ in range(12 * MB // len(piece)):
                # The one that does not fit is not read any more.
                chan.settimeout(5)
                try:
                    chan.sendall(piece)
                except OSError:
                    break
            chan.shutdown_write()
            fits.append(told(h, mark)[0])
            chans.append(chan)
        assert fits == [1, 1, 0], fits
        assert memory_kb(pid) < 100000, memory_kb(pid)
        for chan in chans:
            chan.close()
        end = time.time() + 60 * SLOW
        while memory_kb(pid) > 30000 and time.time() < end:
            time.sleep(0.1)
        assert memory_kb(pid) <= 30000, memory_kb(pid)
        mark = h.mark()
        chan = c.run("stage %d sink" % (16 * MB))
        for _ in range(12 * MB // len(piece)):
            chan.sendall(piece)
        chan.shutdown_write()
        assert told(h, mark)[0] == 1
        c.close()


def keepalives(log):
    """Those that ssh -v was asked for; it answers them by itself."""
    with open(log) as f:
        return f.read().count("rtype keepalive@openssh.com")


@test
def who_waits_is_sent_keepalives():
    end = time.time() + 120 * SLOW
    while keepalives(waiting.log) < 2 and time.time() < end:
        time.sleep(0.2)
    assert keepalives(waiting.log) >= 2
    assert waiting.held.poll() is None
    # A command that runs is sent none, whatever it waits for.
    assert keepalives(waiting.other) == 0 and waiting.running.poll() is None


class Waiting:
    """Two clients that wait while the other tests run: one is held, one's command runs."""

    def __init__(self):
        self.h = Harness()
        self.log, self.other = self.h.path("held.log"), self.h.path("running.log")
        self.held = self.start("hold", self.log)
        self.running = self.start("wait", self.other)

    def start(self, line, log):
        with open(log, "w") as f:
            return subprocess.Popen(["ssh", "-v", "-o", "LogLevel=DEBUG1"] + self.h.args()[1:] + [line],
                                    stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=f)

    def close(self):
        for p in (self.held, self.running):
            p.kill()
            p.wait()
            p.stdin.close()
        self.h.close()


if __name__ == "__main__":
    waiting = Waiting()
    try:
        status = test.run(sys.argv[1:])
    finally:
        waiting.close()
    sys.exit(status)
