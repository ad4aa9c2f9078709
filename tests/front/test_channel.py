#!/usr/bin/python3
"""Commands, streams and refusals through broker-front."""
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import paramiko

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from front import FRONT, SLOW, Harness, Tests, pattern  # noqa: E402
from test_login import alive  # noqa: E402

test = Tests()
MB = 1 << 20


def shown(r):
    """The fields of the question, as the verb show prints them."""
    out = {}
    for line in r.stdout.decode().replace("\r\n", "\n").splitlines():
        name, _, value = line.partition("=")
        out.setdefault(name, []).append(value)
    return out


@test
def statuses_and_streams():
    with Harness() as h:
        r = h.ssh("both 3")
        assert (r.returncode, r.stdout, r.stderr) == (3, b"to stdout\n", b"to stderr\n"), r
        for n in (0, 1, 2, 77, 130, 255):
            assert h.ssh("exit %d" % n).returncode == n
        r = h.ssh("signal 15", "-o", "LogLevel=INFO")
        assert r.returncode == 255, r
        r = h.ssh("never 70")
        assert (r.returncode, r.stdout) == (70, b""), r
        assert r.stderr == b"broker: recording failed: no space\n", r
        for line in ("lost", "broken"):
            r = h.ssh(line)
            assert r.returncode == 70 and r.stderr == b"broker: the session was lost\n", r
        r = h.ssh("nonsense")
        assert (r.returncode, r.stderr) == (77, b"broker: denied: not in the script\n"), r


@test
def exit_signals_have_names():
    with Harness() as h:
        c = h.raw()
        got = []
        chan = c.t.open_session()
        c.t._channel_handler_table = dict(c.t._channel_handler_table)
        old = paramiko.Channel._handle_request

        def note(self, m):
            data = m.asbytes()
            at = data.find(b"exit-signal")
            if at >= 0:
                n = int.from_bytes(data[at + 12:at + 16], "big")
                got.append(data[at + 16:at + 16 + n].decode())
            return old(self, m)

        c.t._channel_handler_table[98] = note
        chan.exec_command("signal 9")
        while chan.recv(100):
            pass
        time.sleep(0.3)
        assert got == ["KILL"], got
        # A signal that SSH has no name for is a status.
        assert c.run("signal 30").recv_exit_status() == 158
        c.close()


@test
def the_last_line_is_the_brokers():
    env = {"BROKER_OUTPUT": "json"}
    opts = ("-o", "SendEnv=BROKER_OUTPUT")
    with Harness() as h:
        for line, status, ran in (("both 3", 3, True), ("exit 0", 0, True), ("never 70", 70, False),
                                  ("lost", 70, True), ("nonsense", 77, False), ("show", 0, False)):
            r = h.ssh(line, *opts, env=env)
            last = r.stderr.decode().splitlines()[-1]
            assert json.loads(last) == {"broker": {"event": "exit", "status": status, "ran": ran}}, (line, r)
            assert r.returncode == status, (line, r)
        r = h.ssh("never 70", *opts, env=env)
        first = json.loads(r.stderr.decode().splitlines()[0])
        assert first == {"broker": {"event": "stopped", "text": "recording failed: no space"}}, first
        # A command that ends within a line cannot make the broker's words its own.
        r = h.ssh("half 3", *opts, env=env)
        assert r.stderr.splitlines() == [
            b"half a line", b'{"broker":{"event":"exit","status":3,"ran":true}}'], r
        assert h.ssh("half 3").stderr == b"half a line"
        r = h.ssh("both 3")
        assert b"{" not in r.stderr, r


@test
def twenty_megabytes_down():
    with Harness() as h:
        want = pattern(20 * MB)
        r = h.ssh("produce %d" % len(want))
        assert r.returncode == 0 and r.stdout == want, (r.returncode, len(r.stdout))


@test
def twenty_megabytes_up_and_back():
    data = os.urandom(20 * MB)
    with Harness() as h:
        r = h.ssh("sink", stdin=data)
        assert r.stdout == b"%d\n" % len(data), r.stdout
        r = h.ssh("cat", stdin=data)
        assert r.returncode == 0 and r.stdout == data, (r.returncode, len(r.stdout))
        for n in (0, 1, 32767, 32768, 32769):
            assert h.ssh("cat", stdin=data[:n]).stdout == data[:n], n


@test
def ten_channels_on_one_connection():
    with Harness() as h:
        data = os.urandom(2 * MB)
        control = ("-o", "ControlMaster=auto", "-o", "ControlPath=" + h.path("mux"), "-o", "ControlPersist=30")
        assert h.ssh("exit 0", *control).returncode == 0
        mark = h.mark()
        results = {}

        def one(i):
            if i % 2:
                r = h.ssh("both %d" % i, *control)
                results[i] = (r.returncode, r.stdout, r.stderr) == (i, b"to stdout\n", b"to stderr\n")
            else:
                results[i] = h.ssh("cat", *control, stdin=data[i:]).stdout == data[i:]

        threads = [threading.Thread(target=one, args=(i,)) for i in range(10)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert results == {i: True for i in range(10)}, results
        assert not any(x.startswith("login") for x in h.heard(mark)), "one login was to do"
        for _ in range(100):
            assert h.ssh("exit 4", *control).returncode == 4
        subprocess.run(h.args(*control, "-O", "exit"), stderr=subprocess.DEVNULL)


@test
def channels_have_a_limit():
    with Harness(channels=5) as h:
        c = h.raw()
        running = [c.run("wait") for _ in range(5)]
        for r in running:
            assert r.recv(8) == b"waiting\n"
        try:
            c.t.open_session(timeout=5)
            raise RuntimeError("a sixth channel")
        except Exception as e:
            assert type(e).__name__ == "ChannelException", e
        running[0].close()
        time.sleep(0.3)
        assert c.run("exit 3").recv_exit_status() == 3
        c.close()


@test
def one_channel_one_command():
    with Harness() as h:
        c = h.raw()
        mark = h.mark()
        chan = c.run("wait")
        assert chan.recv(8) == b"waiting\n"
        for again in (lambda: chan.exec_command("both 3"), chan.invoke_shell,
                      lambda: chan.invoke_subsystem("broker-argv"), lambda: chan.get_pty()):
            chan.event.clear()
            chan.event_ready = False
            try:
                again()
                raise RuntimeError("a second request was taken")
            except Exception as e:
                assert type(e).__name__ == "SSHException", e
            break  # paramiko closes its end of the channel on a refusal
        h.wait_for("session closed: wait", mark)
        assert sum(x.startswith("exec ") for x in h.heard(mark)) == 1
        c.close()


@test
def signals_and_sizes_arrive():
    with Harness() as h:
        c = h.raw()
        chan = c.t.open_session()
        chan.get_pty("xterm", 101, 33)
        chan.exec_command("wait")
        assert chan.recv(100) == b"waiting\n"
        chan.resize_pty(132, 43)
        h.wait_for("resized 132x43")
        c.send(b"\x62", chan.remote_chanid, "signal", False, "WINCH")
        c.send(b"\x62", chan.remote_chanid, "signal", False, "USR1")
        h.wait_for("signal 10")
        c.close()


@test
def a_terminal_is_told_of():
    with Harness() as h:
        r = h.ssh("show", "-tt")
        got = shown(r)
        assert got["pty"] == ["yes"] and r.stdout.count(b"\r\n") == r.stdout.count(b"\n"), r
        r = h.ssh("nonsense", "-tt")
        assert r.stdout + r.stderr == b"broker: denied: not in the script\r\n", r
        assert shown(h.ssh("show"))["pty"] == ["no"]


@test
def a_hold_waits_and_ends():
    with Harness() as h:
        # stdin at its end is not a withdrawal: programs run with </dev/null.
        r = h.ssh("hold then cat", stdin=b"kept for later")
        assert r.stdout == b"kept for later" and r.stderr.count(b"\n") == 2, r
        p = subprocess.Popen(h.args() + ["hold"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert p.stderr.readline() == b"broker: held: 7F3K-Q2MX\n"
        time.sleep(0.7)
        assert p.poll() is None
        mark = h.mark()
        p.kill()
        p.wait()
        h.wait_for("gone", mark)
        # The interrupt key withdraws where there is a terminal, and only there.
        for tty, text in (("-tt", b"\x03"), ("-T", b"\x03")):
            mark = h.mark()
            p = subprocess.Popen(h.args(tty) + ["hold"], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            assert p.stdout.readline().startswith(b"broker: held")
            p.stdin.write(text)
            p.stdin.flush()
            if tty == "-tt":
                assert p.stdout.read() == b"broker: withdrawn\r\n"
                assert p.wait(10) == 130
                h.wait_for("gone", mark)
            else:
                time.sleep(0.5)
                assert p.poll() is None
                p.kill()
            p.wait()
            p.stdin.close()
            p.stdout.close()


@test
def what_is_typed_ahead_reaches_the_command():
    with Harness() as h:
        c = h.raw()
        chan = c.t.open_session()
        chan.get_pty()
        chan.exec_command("hold then cat")
        chan.sendall(b"typed ahead\n")
        chan.shutdown_write()
        got = b""
        while True:
            piece = chan.recv(100)
            if not piece:
                break
            got += piece
        assert got == b"typed ahead\n", got
        c.close()


@test
def other_requests_are_refused():
    with Harness() as h:
        r = h.ssh(None, "-s", timeout=20)
        # -s without a subsystem is ssh's own error.
        assert r.returncode == 255
        r = subprocess.run(h.args("-s") + ["sftp"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, timeout=20 * SLOW)
        assert r.returncode == 64, r
        assert r.stderr.startswith(b"broker: refused: subsystem sftp; allowed are: "), r
        assert r.stderr.count(b"\n") == 1
        r = subprocess.run(["scp", "-F", "none", "-P", str(h.port), "-i", h.path("id"), "-o", "BatchMode=yes",
                            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                            "127.0.0.1:/etc/passwd", h.path("stolen")],
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           timeout=20 * SLOW)
        assert r.returncode != 0 and b"broker: refused: subsystem sftp" in r.stderr, r
        assert not os.path.exists(h.path("stolen"))
        r = subprocess.run(h.args("-s") + ["\x1b]0;evil\x07"], stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20 * SLOW)
        assert b"\\x1B]0;evil\\x07" in r.stderr and b"\x1b" not in r.stderr, r
        r = h.ssh(None)
        assert r.returncode == 64 and r.stderr == b"broker: refused: no shell in this version\n", r
        h.wait_for("shell pty 0")
        r = h.ssh(None, "-tt")
        assert r.returncode == 64 and b"no shell" in r.stdout + r.stderr, r
        h.wait_for("shell pty 1")


@test
def forwarding_is_refused():
    info = ("-o", "LogLevel=INFO")
    with Harness() as h:
        r = h.ssh("exit 3", "-R", "0:127.0.0.1:1", *info)
        assert r.returncode == 3 and b"remote port forwarding failed" in r.stderr, r
        r = h.ssh("exit 0", "-R", "0:127.0.0.1:1", "-o", "ExitOnForwardFailure=yes", *info)
        assert r.returncode == 255, r
        r = h.ssh(None, "-W", "127.0.0.1:22", *info)
        assert r.returncode == 255 and b"administratively prohibited" in r.stderr, r
        r = h.ssh("exit 3", "-A", *info)
        assert r.returncode == 3, r
        r = h.ssh("exit 3", "-X", *info, env={"DISPLAY": "127.0.0.1:9"})
        assert r.returncode == 3, r
        r = h.ssh("exit 3", "-w", "0:0", *info)
        assert b"Tunnel" in r.stderr or r.returncode in (3, 255), r
        c = h.raw()
        for kind, more in (("direct-tcpip", ("127.0.0.1", 22, "127.0.0.1", 5)), ("x11", ("127.0.0.1", 5)),
                           ("forwarded-tcpip", ("a", 1, "b", 2)), ("tun@openssh.com", (1, 0)),
                           ("direct-streamlocal@openssh.com", ("/run/x", "", 0)), ("auth-agent@openssh.com", ()),
                           ("nonsense", ())):
            assert c.open_raw(kind, MB, 32768, *more) is None, kind
        for _ in range(200):
            c.send(b"\x50", "tcpip-forward", True, "127.0.0.1", 0)
        assert c.run("exit 5").recv_exit_status() == 5
        c.close()


@test
def three_variables_are_taken():
    env = {"BROKER_REASON": "why ü", "BROKER_WAIT": "30", "BROKER_OUTPUT": "text", "LANG": "C",
           "LD_PRELOAD_": "x", "BROKER_OTHER": "y"}
    with Harness() as h:
        r = h.ssh("show", "-o", "SendEnv=BROKER_* LANG LD_*", env=env)
        got = shown(r)
        assert got["reason"] == ["why \\xC3\\xBC"] and got["wait"] == ["30"] and got["output"] == ["text"], got
        r = h.ssh("show", "-o", "SendEnv=BROKER_*", env={"BROKER_REASON": "x" * 1024})
        assert shown(r)["reason"] == ["x" * 1024]
        # What does not fit must not vanish.
        mark = h.mark()
        r = h.ssh("show", "-o", "SendEnv=BROKER_*", env={"BROKER_REASON": "x" * 1025})
        assert r.returncode == 64 and b"broker: refused: BROKER_REASON is longer than 1024 bytes\n" == r.stderr, r
        r = h.ssh("show", "-o", "SendEnv=BROKER_*", env={"BROKER_WAIT": "1" * 33, "BROKER_OUTPUT": "json"})
        lines = [json.loads(x)["broker"] for x in r.stderr.decode().splitlines()]
        assert lines[0]["event"] == "refused" and lines[1] == {"event": "exit", "status": 64, "ran": False}, lines
        assert not any(x.startswith("exec ") for x in h.heard(mark))


@test
def long_commands_have_an_end():
    with Harness() as h:
        c = h.raw()

        def length(n):
            chan = c.run("show " + "x" * (n - 5))
            out = err = b""
            while True:
                piece = chan.recv(65536)
                if not piece:
                    break
                out += piece
            while True:
                piece = chan.recv_stderr(65536)
                if not piece:
                    break
                err += piece
            return chan.recv_exit_status(), out, err

        status, out, _ = length(65536)
        assert status == 0 and b"length=65536\n" in out, (status, out[-200:])
        for n in (65537, 200000):
            mark = h.mark()
            status, out, err = length(n)
            assert status == 64 and out == b"", (n, status, out)
            assert err == b"broker: refused: a command of %d bytes; 65536 are allowed\n" % n, err
            assert not any(x.startswith("exec ") for x in h.heard(mark))
        c.close()


@test
def argv_comes_as_json():
    def run(h, line, more=b"", env=None):
        return subprocess.run(h.args("-s", "-o", "SendEnv=BROKER_*") + ["broker-argv"], input=line + more,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20 * SLOW,
                              env=dict(os.environ, **(env or {})))

    with Harness() as h:
        r = run(h, b'{"argv":["show","two words","\xc3\xbc;$(x)"],"profile":"p","reason":"r","wait":5}\n')
        got = shown(r)
        assert r.returncode == 0 and got["form"] == ["argv"], r
        assert got["word"] == ["show", "two words", "\\xC3\\xBC;$(x)"], got
        assert (got["profile"], got["reason"], got["wait"]) == (["p"], ["r"], ["5"]), got
        data = os.urandom(3 * MB)
        r = run(h, b'{"argv":["cat"]}\n', data)
        assert r.returncode == 0 and r.stdout == data, (r.returncode, len(r.stdout))
        bad = [b"\n", b"[]\n", b"{}\n", b'{"argv":[]}\n', b'{"argv":"x"}\n', b'{"argv":["a",1]}\n',
               b'{"argv":["a"],"argv":["b"]}\n', b'{"argv":["a"],"other":1}\n', b'{"argv":["a\\u0000b"]}\n',
               b'{"argv":["a"],"wait":"5"}\n', b'{"argv":["a"],"wait":-1}\n', b'{"argv":["a"],"wait":1.5}\n',
               b'{"argv":["a"],"profile":7}\n', b'{"argv":["a"]} x\n', b'{"argv":["a\xff"]}\n',
               b'{"argv":["a"]}', b"x" * 65537, b"x" * 70000 + b"\n", b"[" * 60000 + b"\n",
               b'{"argv":[' + b'"a",' * 300 + b'"a"]}\n', b""]
        mark = h.mark()
        for line in bad:
            r = run(h, line)
            assert r.returncode == 64 and r.stderr.startswith(b"broker: refused: the line of broker-argv: "), (line[:40], r)
            assert r.stderr.count(b"\n") == 1, r
        r = run(h, b"x\n", env={"BROKER_OUTPUT": "json"})
        assert json.loads(r.stderr.decode().splitlines()[-1])["broker"]["status"] == 64, r
        assert not any(x.startswith("exec ") for x in h.heard(mark))


@test
def a_client_that_dies_ends_its_command():
    with Harness() as h:
        for line in ("wait", "produce 900000000", "cat"):
            p = subprocess.Popen(h.args() + [line], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            h.wait_for("exec " + line)
            if line != "cat":
                assert p.stdout.read(8)
            mark = h.mark()
            p.send_signal(signal.SIGKILL)
            p.wait()
            h.wait_for("session closed: " + line.split()[0], mark)
            h.wait_for("closed", mark)
            p.stdin.close()
            p.stdout.close()
        c = h.raw()
        mark = h.mark()
        chan = c.run("wait")
        assert chan.recv(8) == b"waiting\n"
        chan.close()
        h.wait_for("gone", mark)
        h.wait_for("session closed: wait", mark)
        # Its connection lives on.
        assert c.run("exit 3").recv_exit_status() == 3
        c.close()


def memory_kb(pid):
    with open("/proc/%d/status" % pid) as f:
        for line in f:
            if line.startswith("VmRSS"):
                return int(line.split()[1])
    return 0


@test
def a_client_that_does_not_read_costs_little():
    with Harness() as h:
        c = h.raw()
        # A window of 4 GiB, and then no reading at all.
        chan = c.open_raw("session", 0xffffffff, 32768)
        pid = h.children()[0]
        before = memory_kb(pid)
        c.t.packetizer.read_message = lambda: threading.Event().wait()  # stop reading
        c.send(b"\x62", chan.remote_chanid, "exec", False, "produce 900000000")
        h.wait_for("produced")
        time.sleep(2)
        sent = [int(x.split()[1]) for x in h.lines if x.startswith("produced")][-1]
        assert memory_kb(pid) - before < 12000, (before, memory_kb(pid))
        assert sent < 60 * MB, sent
        c.t.sock.close()
        h.wait_for("session closed: produce")


@test
def a_command_that_does_not_read_costs_little():
    with Harness() as h:
        p = subprocess.Popen(h.args() + ["slow 2000"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        h.wait_for("exec slow")
        pid = h.children()[0]
        before = memory_kb(pid)
        data = os.urandom(30 * MB)
        writer = threading.Thread(target=lambda: (p.stdin.write(data), p.stdin.close()))
        writer.start()
        time.sleep(1.2)
        assert memory_kb(pid) - before < 12000, (before, memory_kb(pid))
        writer.join()
        assert p.stdout.read() == b"%d\n" % len(data)
        p.stdout.close()
        assert p.wait(20) == 0


@test
def rows_that_nobody_reads_are_bounded():
    with Harness() as h:
        c = h.raw()
        c.t.window_size = 32768
        chan = c.open_raw("session", 32768, 32768)
        mark = h.mark()
        chan.exec_command("flood")
        time.sleep(0.5)
        pid = h.children()[0]
        assert memory_kb(pid) < 60000
        c.t.sock.close()
        h.wait_for("gone", mark)


@test
def data_beyond_the_window_drops_the_client():
    with Harness() as h:
        c = h.raw()
        chan = c.run("slow 60000")
        h.wait_for("exec slow")
        mark = h.mark()
        piece = b"x" * 32000
        try:
            for _ in range(1000):
                c.send(b"\x5e", chan.remote_chanid, piece)
        except (OSError, EOFError):
            pass
        h.wait_for("closed", mark, 20)


@test
def a_spinning_process_is_ended():
    with Harness() as h:
        c = h.raw()
        chan = c.open_raw("session", MB, 10)
        pid = h.children()[0]
        began, calm = time.time(), False
        c.send(b"\x62", chan.remote_chanid, "exec", True, "both 3")
        # It may cope, as newer libraries do; it must not spin for ever.
        while alive(pid) and time.time() - began < 25 * SLOW:
            with open("/proc/%d/stat" % pid) as f:
                f.read()
            time.sleep(0.2)
            if time.time() - began > 2 and not busy(pid):
                calm = True
                break
        assert calm or not alive(pid), "still spinning"
        assert h.ssh("exit 3").returncode == 3


def busy(pid):
    def ticks():
        try:
            with open("/proc/%d/stat" % pid) as f:
                fields = f.read().rsplit(")", 1)[1].split()
                return int(fields[11]) + int(fields[12])
        except FileNotFoundError:
            return 0
    first = ticks()
    time.sleep(0.5)
    return ticks() - first > 10


@test
def a_session_is_watched_to_its_own_end():
    with Harness() as h:
        r = h.ssh("watch both 3")
        direct = h.ssh("both 3")
        assert r.returncode == 3 and r.stdout == direct.stdout, r
        assert r.stderr == b"broker: watching\n" + direct.stderr, r
        # All of it, whatever the monitor has said meanwhile.
        want = pattern(4 * MB)
        r = h.ssh("watch produce %d" % len(want))
        assert r.returncode == 0 and r.stdout == want, (r.returncode, len(r.stdout))
        # One that breaks off: what the monitor says counts.
        r = h.ssh("watch lost")
        assert r.returncode == 69, r
        assert b"watching\n" in r.stderr, r


@test
def keepalives_are_answered():
    with Harness() as h:
        p = subprocess.Popen(h.args("-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=2") + ["wait"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert p.stdout.readline() == b"waiting\n"
        time.sleep(4)
        assert p.poll() is None
        p.kill()
        p.wait()
        p.stdin.close()
        p.stdout.close()


@test
def processes_are_confined():
    with open(FRONT, "rb") as f:
        sanitized = b"__asan_init" in f.read()  # their run time needs more calls
    with Harness() as h:
        c = h.raw()
        for pid, filters in ((h.front, "1"), (h.children()[0], "2")):
            with open("/proc/%d/status" % pid) as f:
                status = dict(x.split(":\t") for x in f.read().splitlines() if ":\t" in x)
            assert status["NoNewPrivs"] == "1", (pid, status)
            if not sanitized:
                assert status["Seccomp"] == "2", (pid, status)
                assert status.get("Seccomp_filters", filters).strip() == filters, status
        # stdio, the client, sign, talk; the status pipe closes right behind the login.
        for _ in range(40):
            fds = os.listdir("/proc/%d/fd" % h.children()[0])
            if len(fds) == 6:
                break
            time.sleep(0.05)
        assert len(fds) == 6, fds
        c.close()


if __name__ == "__main__":
    sys.exit(test.run(sys.argv[1:]))
