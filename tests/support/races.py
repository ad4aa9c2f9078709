#!/usr/bin/python3
"""Races for one hold, with the real ssh: who gets to use an approval, and what of two
contrary changes is true.

usage: races.py FOLDER BROKERD KEEPER

FOLDER is a walk's, whose broker is up; the other two are process ids.  RACES_ROUNDS (20),
RACES_ATTEMPTS (200) and RACES_SEED say how much.  Prints TAP lines without a plan, each
beginning with "ok" or "not ok", and writes FOLDER/races.json: what each hold was for,
for races_look.py, which compares it with the store and with the requests that AWS got.
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

PATIENCE = 90
MASTERS = 8


class World:
    def __init__(self, top, brokerd, keeper):
        self.top, self.pids = top, [brokerd, keeper]
        self.lock = threading.Lock()
        self.holds = []

    def ssh(self, who, *words, more=()):
        return subprocess.Popen(
            ["ssh", "-F", os.path.join(self.top, "ssh_config"),
             "-i", os.path.join(self.top, "who", who), *more, "broker", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True)

    def note(self, **hold):
        with self.lock:
            self.holds.append(hold)


class Master:
    """One login of somebody's, on which requests cost no login any more."""
    made = 0
    lock = threading.Lock()

    def __init__(self, world, who):
        with Master.lock:
            Master.made += 1
            self.socket = os.path.join(world.top, "m%d" % Master.made)
        self.world, self.who = world, who
        self.client = world.ssh(who, more=("-N", "-M", "-S", self.socket))
        until = time.monotonic() + PATIENCE
        while not os.path.exists(self.socket):
            if time.monotonic() > until:
                raise SystemExit("no login as " + who)
            time.sleep(0.01)

    # A port where nobody listens: a client that is refused must not connect by itself.
    def ask(self, *words):
        return self.world.ssh(self.who, *words, more=("-S", self.socket, "-p", "1"))

    def close(self):
        self.client.kill()
        self.client.communicate()


def end(client):
    """Its status and what it said."""
    try:
        said = client.communicate(timeout=PATIENCE)[1]
    except subprocess.TimeoutExpired:
        client.kill()
        return -99, client.communicate()[1]
    return client.returncode, said


def left(world, key):
    """Asked for and not waited for: its id."""
    status, said = end(world.ssh("agent", "--", "--no-wait", "aws", "s3", "rm",
                                 "s3://logs/" + key))
    found = re.search(r"ssh broker request ([0-9A-Z-]+)$", said, re.M)
    if status != 75 or not found:
        raise RuntimeError("%s was not held: %d %s" % (key, status, said))
    return found.group(1)


def approve(world, hold):
    status, said = end(world.ssh("carol", "approve", hold))
    if status != 0:
        raise RuntimeError("no approval: " + said)


def pause(draw, most):
    time.sleep(draw.random() * most)


def spend(world, draw, name):
    """Several come back for what is approved."""
    hold = left(world, name)
    approve(world, hold)
    clients = []
    for _ in range(5):
        clients.append(world.ssh("agent", "request", hold))
        pause(draw, 0.01)
    world.note(race="spend", hold=hold, key=name, runs=[end(c)[0] for c in clients])


def contrary(world, draw, name):
    """One says yes, one says no, and the asker waits or comes back."""
    waits = draw.random() < 0.5
    asker = None
    if waits:
        asker, hold = waiting(world, name)
    else:
        hold = left(world, name)
    yes, no = Master(world, "carol"), Master(world, "alice")
    calls = [("yes", lambda: yes.ask("approve", hold)),
             ("no", lambda: no.ask("deny", hold, "--reason", "no"))]
    draw.shuffle(calls)
    asked = {}
    for what, ask in calls:
        asked[what] = ask()
        pause(draw, 0.006)
    said = {what: end(c)[0] for what, c in asked.items()}
    yes.close()
    no.close()
    run = end(asker if waits else world.ssh("agent", "request", hold, "--no-wait"))[0]
    world.note(race="contrary", hold=hold, key=name, runs=[run], **said)


def waiting(world, key):
    """A caller that waits, and its id."""
    client = world.ssh("agent", "aws", "s3", "rm", "s3://logs/" + key)
    said = ""
    for line in client.stderr:
        said += line
        found = re.search(r"broker approve ([0-9A-Z-]+)$", line)
        if found:
            return client, found.group(1)
    raise RuntimeError("%s was not held: %s" % (key, said))


def too_late(world, draw, name):
    """A yes in the moment in which nobody may say it any more."""
    yes = Master(world, "carol")
    began = time.monotonic()
    hold = left(world, "decide/" + name)
    # It was made somewhere between the two.
    made = began + draw.random() * (time.monotonic() - began)
    time.sleep(max(0.0, made + 0.97 + 0.05 * draw.random() - time.monotonic()))
    said = end(yes.ask("approve", hold))[0]
    yes.close()
    run = end(world.ssh("agent", "request", hold, "--no-wait"))[0]
    world.note(race="decide", hold=hold, key="decide/" + name, runs=[run], yes=said)


def used_late(world, draw, name):
    """Somebody comes back in the moment in which the approval ends."""
    hold = left(world, "use/" + name)
    back = Master(world, "agent")
    began = time.monotonic()
    approve(world, hold)
    made = began + draw.random() * (time.monotonic() - began)
    time.sleep(max(0.0, made + 0.97 + 0.05 * draw.random() - time.monotonic()))
    clients = [back.ask("request", hold) for _ in range(2)]
    runs = [end(c)[0] for c in clients]
    back.close()
    world.note(race="use", hold=hold, key="use/" + name, runs=runs, yes=0)


def gone(world, draw, name):
    """The asker goes while somebody says yes; then comes back."""
    key = draw.choice(("keep/", "cancel/")) + name
    asker, hold = waiting(world, key)
    yes = Master(world, "carol")
    first = draw.random() < 0.5
    if first:
        asker.kill()
        pause(draw, 0.006)
    client = yes.ask("approve", hold)
    if not first:
        pause(draw, 0.012)
        asker.kill()
    said = end(client)[0]
    yes.close()
    asker.communicate()
    run = end(world.ssh("agent", "request", hold, "--no-wait"))[0]
    world.note(race="gone", hold=hold, key=key, runs=[run], yes=said)


def many(world, draw, name, attempts, victim):
    """So many attempts lie before a broker that stands still, and are then free."""
    hold = left(world, name)
    approve(world, hold)
    masters = [Master(world, "agent") for _ in range(MASTERS)]
    os.kill(victim, signal.SIGSTOP)
    try:
        clients = [draw.choice(masters).ask("request", hold) for _ in range(attempts)]
        time.sleep(1)  # no condition: the more of them have arrived, the harder the race
    finally:
        os.kill(victim, signal.SIGCONT)
    runs = [end(c)[0] for c in clients]
    for m in masters:
        m.close()
    world.note(race="many", hold=hold, key=name, runs=runs)


RACES = [spend, contrary, too_late, used_late, gone]


def worker(world, draw, jobs, failed):
    while True:
        try:
            race, name = jobs.pop()
        except IndexError:
            return
        try:
            race(world, draw, name)
        except (RuntimeError, OSError) as e:
            failed.append("%s %s: %s" % (race.__name__, name, e))


def main():
    world = World(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    rounds = int(os.environ.get("RACES_ROUNDS", "20"))
    attempts = int(os.environ.get("RACES_ATTEMPTS", "200"))
    seed = int(os.environ.get("RACES_SEED", time.time_ns() & 0xffffffff))
    print("# RACES_SEED=%d" % seed, flush=True)
    draw, failed = random.Random(seed), []
    for i, victim in enumerate(world.pids):
        many(world, draw, "many%d" % i, attempts // 2, victim)
    jobs = [(race, "%s-%d" % (race.__name__, n)) for n in range(rounds) for race in RACES]
    threads = [threading.Thread(target=worker, args=(world, random.Random(seed + i), jobs,
                                                     failed)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for line in failed[:20]:
        print("# " + line)
    print("%sok - each race was held" % ("not " if failed else ""))
    with open(os.path.join(world.top, "races.json"), "w", encoding="ascii") as f:
        json.dump(world.holds, f)


if __name__ == "__main__":
    main()
