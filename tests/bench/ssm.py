"""Commands on instances beside a client without a broker, and idle sessions in number."""

import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__))))

import ssm_client  # noqa: E402
from calls import percentile  # noqa: E402
from held import PATIENCE, by_name, login, own_pss  # noqa: E402

TARGET = "i-0abc0000000000002"
DOCUMENT = "AWS-StartNonInteractiveCommand"
CHANNELS = 50


def by_broker(transport, line):
    """(ms, ms to the first byte) of a command on a connection that stands."""
    start = time.monotonic()
    c = transport.open_session()
    c.settimeout(PATIENCE)
    c.exec_command(line)
    c.recv(65536)
    first = time.monotonic()
    status = c.recv_exit_status()
    end = time.monotonic()
    if status != 0:
        raise SystemExit("bench: %s ended with %d: %s" % (line, status, c.recv_stderr(4096)))
    c.close()
    return (end - start) * 1000, (first - start) * 1000


class Direct(ssm_client.Session):
    """Notes when the first output came."""

    first = None

    def handle(self, m):
        super().handle(m)
        if self.out and self.first is None:
            self.first = time.monotonic()


def by_client(aws):
    start = time.monotonic()
    s = Direct(aws, TARGET, DOCUMENT, {"command": "echo a", "separateOutputStream": "true"})
    s.finish()
    end = time.monotonic()
    if s.code != 0:
        raise SystemExit("bench: the client's command ended with %s" % s.code)
    return (end - start) * 1000, (s.first - start) * 1000


def asked(world, operation, since):
    """Milliseconds that AWS took for it, by the stand-in's clock."""
    with open(os.path.join(world.top, "aws/requests.log"), encoding="utf-8") as f:
        rows = [json.loads(line) for line in f]
    return [r["took"] * 1000 for r in rows
            if r.get("operation") == operation and r["time"] >= since]


def commands(world, table, count):
    aws = ssm_client.Aws(world.aws_port, world.env["AWS_CA_BUNDLE"])
    agent, times = login(world, "agent"), {"broker": [], "direct": []}
    for _ in range(3):
        by_broker(agent, "ssm fast -- echo a")
        by_client(aws)
    since = time.time()
    for _ in range(count):
        times["broker"].append(by_broker(agent, "ssm fast -- echo a"))
        times["direct"].append(by_client(aws))
    agent.close()
    sts = sum(asked(world, "AssumeRole", since)) / count
    for which, label in ((0, "whole"), (1, "until its output")):
        for share, name in ((0.5, "p50"), (0.9, "p90")):
            ours, other = (percentile([t[which] for t in times[n]], share)
                           for n in ("broker", "direct"))
            table.row(f"command on an instance, {label}, {name} ms", ours, other)
        ours, other = (percentile([t[which] for t in times[n]], 0.5)
                       for n in ("broker", "direct"))
        more = ours - other - sts
        table.row("  added beyond STS, p50 ms", more, goal="<= 5", met=more <= 5)
    table.note(f"STS took {sts:.1f} ms of each, by the stand-in's clock")


def idle(world, table, count, tree, cpu):
    root = world.pids["broker"]
    before = by_name(tree(root), own_pss)
    clients = [login(world, "agent") for _ in range(-(-count // CHANNELS))]
    used, begin, channels = cpu(root), time.monotonic(), []
    for i in range(count):
        c = clients[i // CHANNELS].open_session()
        c.settimeout(PATIENCE)
        c.exec_command("ssm fast -- echo up; sleep 900")
        channels.append(c)
        # Leases that are asked for at once are bounded.
        if i % 20 == 19 or i == count - 1:
            for c in channels[i - i % 20:]:
                if c.recv(16) != b"up\n":
                    raise SystemExit("bench: no session: " + c.recv_stderr(4096).decode())
    seconds, used = time.monotonic() - begin, cpu(root) - used
    after = by_name(tree(root), own_pss)
    grown = {n: after[n] - before[n] for n in after}
    each = sum(grown.values()) / count / 1024
    table.row(f"{count} idle sessions on instances: MiB each (PSS)", each, goal="<= 2",
              met=each <= 2)
    table.note("KiB each: " + ", ".join(f"{n} {k / count:.1f}" for n, k in grown.items()
                                        if k > 0))
    table.row("  until all were, s", seconds)
    table.row("  CPU of the broker for it, ms each", used * 1000 / count)
    start = cpu(root)
    time.sleep(10)
    table.row("  CPU while they idle, % of one", (cpu(root) - start) * 10)
    for t in clients:
        t.close()
