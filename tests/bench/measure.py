#!/usr/bin/python3
"""Times what up.sh has started, in turns, and prints one table.

usage: measure.py DIR
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import calls as api  # noqa: E402
import held as holding  # noqa: E402
import keystrokes  # noqa: E402
import ssm as instances  # noqa: E402

SSH = "/usr/bin/ssh"
TICK = os.sysconf("SC_CLK_TCK")


def setting(name, default):
    return int(os.environ.get("BENCH_" + name, default))


class World:
    """Where things are, and how they are run."""

    def __init__(self, top):
        self.top = top
        with open(os.path.join(top, "ready"), encoding="ascii") as f:
            values = dict(line.strip().split("=", 1) for line in f)
        self.aws_port = int(values["aws_port"])
        self.pids = {"broker": int(values["broker"]), "sshd": int(values["sshd"])}
        self.env = {
            "PATH": "/nonexistent", "HOME": "/nonexistent", "LANG": "C.UTF-8",
            "AWS_PAGER": "", "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": os.path.join(top, "aws/credentials"),
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "eu-west-1",
            "HTTPS_PROXY": "http://127.0.0.1:" + values["aws_port"],
            "AWS_CA_BUNDLE": os.path.join(top, "aws/ca.pem"),
        }

    def ssh(self, host, *words, options=()):
        return [SSH, "-F", os.path.join(self.top, "ssh_config"),
                "-i", os.path.join(self.top, "who/agent"), *options, host, *words]

    def aws_by_sshd(self, *words):
        sets = [f"{k}='{v}'" for k, v in self.env.items()]
        return self.ssh("sshd", "env", "-i", *sets, "/usr/bin/aws", *words)

    def run(self, argv):
        """Seconds of one run; its output is thrown away.  A failure ends the bench."""
        start = time.monotonic()
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, env=self.env, timeout=300, check=False)
        seconds = time.monotonic() - start
        if done.returncode != 0:
            sys.exit(f"bench: {' '.join(argv[-4:])} ended with {done.returncode}: "
                     + done.stderr.decode(errors="replace"))
        return seconds


def stat_fields(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        return f.read().rpartition(")")[2].split()


def tree(root):
    """A process and all below it."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parents[int(name)] = int(stat_fields(name)[1])
            except OSError:
                pass
    found, left = [], [root]
    while left:
        pid = left.pop()
        found.append(pid)
        left += [p for p, parent in parents.items() if parent == pid]
    return found


def cpu(root):
    """Seconds of CPU of a tree, its reaped children included."""
    total = 0
    for pid in tree(root):
        try:
            total += sum(int(v) for v in stat_fields(pid)[11:15])
        except OSError:
            pass
    return total / TICK


def pss(root):
    """KiB of a tree's proportional share of memory; None if it may not be read."""
    total = 0
    for pid in tree(root):
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
                total += sum(int(l.split()[1]) for l in f if l.startswith("Pss:"))
        except (PermissionError, ProcessLookupError, FileNotFoundError):
            return None
    return total


def in_turns(world, count, commands):
    """Run each of {name: argv} count times in turns: {name: [seconds]}."""
    times = {name: [] for name in commands}
    for argv in commands.values():
        world.run(argv)
    for _ in range(count):
        for name, argv in commands.items():
            times[name].append(world.run(argv))
    return times


class Table:
    def __init__(self):
        self.missed = 0
        print(f"{'measure':44} {'broker':>10} {'other':>10} {'ratio':>7}  goal", flush=True)

    def row(self, what, ours, other=None, unit="", goal="", met=None, ratio=True):
        share = f"{ours / other:.2f}" if ratio and other else ""
        shown = "" if other is None else f"{other:.1f}{unit}"
        verdict = "" if met is None else (", met" if met else ", MISSED")
        self.missed += met is False
        print(f"{what:44} {ours:9.1f}{unit} {shown:>10} {share:>7}  {goal}{verdict}",
              flush=True)

    def note(self, text):
        print("  " + text, flush=True)


def logins(world, table):
    count = setting("LOGINS", 60)
    for label, options in (("", ()), (", same key exchange", ("-o", "KexAlgorithms=curve25519-sha256"))):
        before = {n: cpu(p) for n, p in world.pids.items()}
        times = in_turns(world, count, {
            "broker": world.ssh("broker", "whoami", options=options),
            "sshd": world.ssh("sshd", "true", options=options)})
        time.sleep(0.5)  # the last child is reaped
        used = {n: (cpu(p) - before[n]) * 1000 / (count + 1) for n, p in world.pids.items()}
        wall = {n: statistics.median(t) * 1000 for n, t in times.items()}
        least = {n: min(t) * 1000 for n, t in times.items()}
        table.row(f"login + no-op, wall, median ms{label}", wall["broker"], wall["sshd"],
                  goal="<= 0.20", met=wall["broker"] <= 0.2 * wall["sshd"])
        table.row(f"  wall, least ms{label}", least["broker"], least["sshd"])
        table.row(f"  server CPU ms{label}", used["broker"], used["sshd"])
    alone = statistics.median(world.run([SSH, "-V"]) for _ in range(10)) * 1000
    table.note(f"both walls hold the client's own: `ssh -V` alone takes {alone:.1f} ms")


def commands(world, table):
    times = in_turns(world, setting("COMMANDS", 15), {
        "broker": world.ssh("broker", "aws", "s3", "ls"),
        "local": ["/usr/bin/aws", "s3", "ls"]})
    pairs = [b - l for b, l in zip(times["broker"], times["local"])]
    wall = {n: statistics.median(t) * 1000 for n, t in times.items()}
    table.row("aws s3 ls against local, wall, median ms", wall["broker"], wall["local"])
    least = (min(times["broker"]) - min(times["local"])) * 1000
    more = statistics.median(pairs) * 1000
    table.row("  overhead ms: median of pairs", more, goal="<= 30", met=more <= 30)
    table.row("  overhead ms: least against least", least)


def forty(world, table):
    """So many commands at once, all of which must end well."""
    count = setting("AT_ONCE", 40)
    wall = {}
    for name, argv in (("local", ["/usr/bin/aws", "s3", "ls"]),
                       ("broker", world.ssh("broker", "aws", "s3", "ls"))):
        start = time.monotonic()
        running = [subprocess.Popen(argv, stdin=subprocess.DEVNULL, env=world.env,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                   for _ in range(count)]
        for p in running:
            text = p.communicate(timeout=300)[1]
            if p.returncode != 0:
                sys.exit(f"bench: one of {count} ended with {p.returncode}: "
                         + text.decode(errors="replace"))
        wall[name] = time.monotonic() - start
    table.row(f"{count} x aws s3 ls at once, wall s", wall["broker"], wall["local"])


class Tunnel:
    """ssh -L to the gate for SDKs, and the keys for it."""

    def __init__(self, world):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        text = subprocess.run(world.ssh("broker", "--", "--json", "sdk-env", "--port",
                                        str(self.port)), env=world.env, check=True,
                              stdin=subprocess.DEVNULL, capture_output=True).stdout
        made = json.loads(text.splitlines()[0])
        self.key, self.secret = made["AccessKeyId"], made["SecretAccessKey"]
        self.ca = os.path.join(world.top, "sdk-ca.pem")
        with open(self.ca, "w", encoding="ascii") as f:
            f.write(made["Ca"])
        self.client = subprocess.Popen(
            world.ssh("broker", options=("-N", "-L", f"{self.port}:aws:443")),
            env=world.env, stdin=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        sys.exit("bench: ssh -L does not listen")

    def close(self):
        self.client.kill()
        self.client.wait()


def calls(world, table):
    """One API call on a connection that stands: through the gate against direct."""
    count = setting("CALLS", 300)
    tunnel = Tunnel(world)
    try:
        callers = {
            "broker": api.Caller(("127.0.0.1", tunnel.port), tunnel.ca, tunnel.key,
                                 tunnel.secret),
            "direct": api.Caller(("127.0.0.1", world.aws_port), world.env["AWS_CA_BUNDLE"],
                                 "AKIASTANDINGATEWAY00", "gateway/secret+for=the/stand-in")}
        times = {name: [] for name in callers}
        for name, caller in callers.items():
            for _ in range(5):
                caller.call("/a.txt")
        for _ in range(count):
            for name, caller in callers.items():
                times[name].append(caller.call("/a.txt") * 1000)
        for caller in callers.values():
            caller.close()
    finally:
        tunnel.close()
    for share, label in ((0.5, "p50"), (0.99, "p99")):
        ours, other = (api.percentile(times[n], share) for n in ("broker", "direct"))
        more = ours - other
        table.row(f"API call on a warm connection, {label} ms", ours, other)
        table.row("  added ms", more, goal="<= 3", met=more <= 3)


def feed(argv, mib, env):
    """Seconds to give mib MiB of zeros to a command."""
    start = time.monotonic()
    p = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, env=env)
    piece = bytes(1 << 20)
    for _ in range(mib):
        p.stdin.write(piece)
    text = p.communicate(timeout=300)[1]
    if p.returncode != 0:
        sys.exit(f"bench: {' '.join(argv[-4:])} ended with {p.returncode}: "
                 + text.decode(errors="replace"))
    return time.monotonic() - start


def upload(world, table):
    mib = setting("MIB", 1024)
    copy = ("s3", "cp", "--expected-size", str(mib << 20), "-", "s3://big/up")
    rate = {"broker": mib / feed(world.ssh("broker", "aws", *copy), mib, world.env),
            "local": mib / feed(["/usr/bin/aws", *copy], mib, world.env)}
    table.row(f"upload of {mib} MiB, MiB/s, against aws without ssh", rate["broker"],
              rate["local"], goal=">= 0.80", met=rate["broker"] >= 0.8 * rate["local"])


def bulk(world, table):
    mib = setting("MIB", 1024)
    name = {1024: "1GiB", 40: "40MB"}.get(mib)
    if name is None:
        sys.exit("bench: BENCH_MIB is 1024 or 40: the stand-in has no other")
    copy = ("s3", "cp", "s3://big/" + name, "-")
    runs = {
        "broker": world.ssh("broker", "aws", *copy),
        "sshd": world.ssh("sshd", "head", "-c", str(mib << 20), "/dev/zero"),
        "sshd+aws": world.aws_by_sshd(*copy),
        "local": ["/usr/bin/aws", *copy],
    }
    before = {n: cpu(p) for n, p in world.pids.items()}
    rate = {n: mib / world.run(argv) for n, argv in runs.items()}
    time.sleep(0.5)
    used = {n: cpu(p) - before[n] for n, p in world.pids.items()}
    what = f"bulk {name} recorded, MiB/s, against"
    table.row(f"{what} sshd head -c", rate["broker"], rate["sshd"],
              goal=">= 0.50", met=rate["broker"] >= 0.5 * rate["sshd"])
    table.row("  against aws s3 cp in sshd", rate["broker"], rate["sshd+aws"])
    table.row("  against aws s3 cp without ssh", rate["broker"], rate["local"])
    table.note(f"server CPU: broker with its aws {used['broker']:.1f} s, "
               f"sshd with both of its {used['sshd']:.1f} s")


def wait_for_lines(streams, seconds):
    """True once each stream has given a line."""
    threads = [threading.Thread(target=s.readline, daemon=True) for s in streams]
    for t in threads:
        t.start()
    end = time.monotonic() + seconds
    for t in threads:
        t.join(max(0.0, end - time.monotonic()))
    return not any(t.is_alive() for t in threads)


def held_logins(world, host, count):
    """KiB that count logins without a session add to a server."""
    base = pss(world.pids[host])
    if base is None:
        return None
    options = ("-N", "-o", "PermitLocalCommand=yes", "-o", "LocalCommand=echo in")
    clients = []
    try:
        # Servers bound the logins that are under way at once, so they come in groups.
        while len(clients) < count:
            group = [subprocess.Popen(world.ssh(host, options=options), env={**world.env, "SHELL": "/bin/sh", "PATH": "/bin"},
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
                     for _ in range(min(10, count - len(clients)))]
            clients += group
            if not wait_for_lines([c.stdout for c in group], 60):
                sys.exit(f"bench: {count} logins to {host} were not to be had")
        time.sleep(1)
        return (pss(world.pids[host]) - base) / count
    finally:
        for client in clients:
            client.kill()
        for client in clients:
            client.wait()
            client.stdout.close()


def idle(world, table):
    count = setting("IDLE", 50)
    ours = held_logins(world, "broker", count)
    if ours is None:
        table.note("memory: only root may look into these processes")
        return
    other = held_logins(world, "sshd", count)
    table.row(f"memory (PSS) of each of {count} idle logins, KiB", ours, other,
              goal="<= 614", met=ours <= 614.4)


def held(world, table):
    holding.crowd(world, table, setting("HELD", 2000), tree, cpu)
    holding.starting(world, table, setting("APPROVED", 100))


def shell(world, table):
    keystrokes.typing(world, table, setting("KEYS", 300))


def ssm(world, table):
    instances.commands(world, table, setting("SSM", 40))
    instances.idle(world, table, setting("SSM_IDLE", 100), tree, cpu)


def main():
    world = World(sys.argv[1])
    table = Table()
    parts = {"logins": logins, "commands": commands, "forty": forty, "calls": calls,
             "bulk": bulk, "upload": upload, "idle": idle,
             "held": held, "ssm": ssm, "shell": shell}
    wanted = os.environ.get("BENCH_ONLY", " ".join(parts)).split()
    for name in wanted:
        if name not in ("policies", "recorder", "target"):  # bench.sh has measured these
            parts[name](world, table)
    print("every goal met" if table.missed == 0 else f"{table.missed} goals missed")


if __name__ == "__main__":
    main()
