"""Held commands: how soon one that is approved is a process, and what many of them cost."""

import collections
import ctypes
import json
import os
import re
import struct
import subprocess
import threading
import time

import paramiko
from paramiko.common import cMSG_CHANNEL_REQUEST

from calls import percentile

AWS = "/usr/bin/aws"
IN_OPEN = 0x20
PATIENCE = 300
CHANNELS = 250


def login(world, who):
    with open(os.path.join(world.top, "ssh_config"), encoding="ascii") as f:
        port = int(re.search(r"Port (\d+)", f.read()).group(1))
    t = paramiko.Transport(("127.0.0.1", port))
    t.start_client(timeout=PATIENCE)
    t.auth_publickey("broker", paramiko.Ed25519Key(
        filename=os.path.join(world.top, "who", who)))
    return t


def ask(channel, line):
    """An exec request, and no wait for the answer to it."""
    m = paramiko.Message()
    m.add_byte(cMSG_CHANNEL_REQUEST)
    m.add_int(channel.remote_chanid)
    m.add_string("exec")
    m.add_boolean(False)
    m.add_string(line)
    channel.transport._send_user_message(m)


def hear(channel, pattern):
    """The group of the pattern in what the broker says."""
    said = b""
    channel.settimeout(PATIENCE)
    while not (found := re.search(pattern, said)):
        more = channel.recv_stderr(4096)
        if not more:
            raise SystemExit("bench: not held: " + said.decode(errors="replace"))
        said += more
    return found.group(1).decode()


class Starts:
    """When each aws is opened to be executed, in the sandbox too: it is the same file."""

    def __init__(self):
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init1(os.O_CLOEXEC)
        if self.fd < 0 or libc.inotify_add_watch(self.fd, AWS.encode(), IN_OPEN) < 0:
            raise SystemExit("bench: no inotify on " + AWS)
        self.seen, self.news = [], threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while data := os.read(self.fd, 4096):
            now, at = time.time(), 0
            while at < len(data):
                length = struct.unpack_from("iIII", data, at)[3]
                at += 16 + length
                with self.news:
                    self.seen.append(now)
                    self.news.notify_all()

    def after(self, when):
        with self.news:
            self.news.wait_for(lambda: any(t >= when for t in self.seen), PATIENCE)
            return min(t for t in self.seen if t >= when)


def sts_times(world):
    """(begin, end) of each AssumeRole, with the connection that was made for it."""
    with open(os.path.join(world.top, "aws/requests.log"), encoding="utf-8") as f:
        rows = [json.loads(line) for line in f]
    return [(r.get("accepted", r["time"]), r["time"] + r["took"]) for r in rows
            if r.get("operation") == "AssumeRole"]


def starting(world, table, count):
    """From the word of an approver, who is logged in, to the command's exec."""
    agent, starts, spans = login(world, "agent"), Starts(), []
    for i in range(count):
        c = agent.open_session()
        ask(c, "aws s3 rm s3://logs/bench/%d" % i)
        hold = hear(c, rb"broker approve ([0-9A-Z-]+)")
        alice = login(world, "alice")
        word = alice.open_session()
        time.sleep(0.02)  # nothing else is to be done then
        begin = time.time()
        ask(word, "approve " + hold)
        spans.append((begin, starts.after(begin)))
        if c.recv_exit_status() != 0:
            raise SystemExit("bench: a held command failed")
        alice.close()
    agent.close()
    sts = sts_times(world)
    more = []
    for begin, end in spans:
        inside = [e - b for b, e in sts if begin <= b and e <= end]
        more.append((end - begin - sum(inside)) * 1000)
    for share, label in ((0.5, "p50"), (0.99, "p99")):
        ms = percentile(more, share)
        table.row(f"approve to exec, beyond STS, of {count}, {label} ms", ms,
                  goal="<= 10", met=ms <= 10)
    whole = [(e - b) * 1000 for b, e in spans]
    table.row("  with STS, p50 ms", percentile(whole, 0.5))


def by_name(pids, measure):
    """What each program of the broker has of it, together."""
    parts = collections.Counter()
    for pid in pids:
        try:
            with open(f"/proc/{pid}/comm", encoding="ascii") as f:
                parts[f.read().strip()] += measure(pid)
        except OSError:
            pass
    return parts


def own_pss(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        return sum(int(line.split()[1]) for line in f if line.startswith("Pss:"))


def time_pending(world, words):
    """Milliseconds of ssh on a connection that stands: the median, and the bytes."""
    control = os.path.join(world.top, "mux")
    ssh = ["/usr/bin/ssh", "-F", os.path.join(world.top, "ssh_config"), "-i",
           os.path.join(world.top, "who/alice"), "-S", control]
    master = subprocess.Popen([*ssh, "-N", "-M", "broker"], stdin=subprocess.DEVNULL)
    while not os.path.exists(control):
        time.sleep(0.05)
    times = []
    for _ in range(11):
        start = time.monotonic()
        out = subprocess.run([*ssh, "-p", "1", "broker", *words], check=True,
                             stdin=subprocess.DEVNULL, capture_output=True).stdout
        times.append((time.monotonic() - start) * 1000)
    master.kill()
    master.wait()
    os.unlink(control)
    return sorted(times)[5], len(out)


def crowd(world, table, count, tree, cpu):
    """So many held at once."""
    root = world.pids["broker"]
    before, used = by_name(tree(root), own_pss), cpu(root)
    empty = time_pending(world, ["pending"])[0]
    clients = [login(world, "agent") for _ in range(-(-count // CHANNELS))]
    channels = [clients[i // CHANNELS].open_session() for i in range(count)]
    used, begin = cpu(root), time.monotonic()
    for i, c in enumerate(channels):
        ask(c, "aws s3 rm s3://logs/crowd/%d" % i)
    for c in channels:
        hear(c, rb"broker approve ([0-9A-Z-]+)")
    seconds, used = time.monotonic() - begin, cpu(root) - used
    after = by_name(tree(root), own_pss)
    grown = {n: after[n] - before[n] for n in after}
    each = sum(grown.values()) / count / 1024
    table.row(f"{count} held at once: MiB each (PSS)", each, goal="<= 1", met=each <= 1)
    table.note("KiB each: " + ", ".join(f"{n} {k / count:.1f}" for n, k in grown.items()
                                        if k > 0))
    table.row("  until all were, s", seconds)
    table.row("  CPU of the broker for it, ms each", used * 1000 / count)
    used = cpu(root)
    for words in (["pending"], ["--", "--json", "pending"]):
        ms, size = time_pending(world, words)
        table.row(f"  {words[-1] if len(words) == 1 else '--json pending'}, ms", ms,
                  empty, goal="<= 50", met=ms <= 50, ratio=False)
        table.note(f"{size >> 10} KiB of answer; beside it nothing pending")
    start = cpu(root)
    time.sleep(10)
    table.row("  CPU while they wait, % of one", (cpu(root) - start) * 10)
    for t in clients:
        t.close()
