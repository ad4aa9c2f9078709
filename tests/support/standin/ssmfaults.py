"""What goes wrong on purpose, from the seed or from a file that is read again whenever it
has changed.  One JSON object; under "targets", by a node's id, what differs for it:

    seed              number the dice start with
    to_client, to_agent   {"drop", "duplicate", "reorder", "delay": percent,
                      "delay_ms": [least, most], "what": "all"|"data"|"acks"}
    withhold          true: input is neither taken nor acknowledged
    bye_every, reset_every, silence_every     seconds of one socket's life
    bye_after, reset_after, silence_after     messages to the client on one socket
    bye_code          1000
    resume            {"code", "status", "times"}, or "empty", or "none"
    bad_digest, bad_length, garbage   percent of messages to the client
    giant             {"after": messages, "bytes": n}: one frame, once a session
    inject            {"after": messages, "frames": [hex]}: as they are, once a session
    handshake         "refuse", "unknown_action", "unknown_type", "wrong_challenge",
                      "silent", "twice"
    kms               "denied"
    offline           true: TargetNotConnected
    start_delay       seconds before the agent speaks
    upgrade           a status in the place of 101
    publications      "object" (the default), "empty", "none"; pause: {"after", "seconds"}
    closed            116: channel_closed in the other form; "none": never; "junk"
    closed_output     its Output
    exit_first        EXIT_CODE before the last output
    api               {OPERATION: {"status", "code", "message", "times"}}
    die               "start", "resume", "upgrade", "open", "handshake", "running",
                      "input", "output", "terminate", "closing": the process ends there
"""

import json
import os
import random
import threading
import time

from . import ssmchild
from .sign import Refused

KEYS = {"seed", "to_client", "to_agent", "withhold", "bye_every", "reset_every",
        "silence_every", "bye_after", "reset_after", "silence_after", "bye_code",
        "resume", "bad_digest", "bad_length", "garbage", "giant", "inject", "handshake", "kms",
        "offline", "start_delay", "upgrade", "publications", "pause", "closed",
        "closed_output", "exit_first", "api", "die", "targets", "tick_ms"}
WAYS = {"drop", "duplicate", "reorder", "delay", "delay_ms", "what"}


def check(o):
    unknown = set(o) - KEYS
    unknown |= {k for way in ("to_client", "to_agent") for k in o.get(way, {})} - WAYS
    if unknown:
        raise ValueError("faults: unknown key %s" % sorted(unknown))
    for own in o.get("targets", {}).values():
        check(own)


class Faults:
    def __init__(self, path, seed):
        check(seed)
        self.path, self.now, self.stamp, self.looked = path, seed, None, 0
        self.lock = threading.Lock()
        self.spent = {}  # what counts down: name -> times

    def fresh(self):
        """The file, if it has changed; a half-written one is read later."""
        if self.path is None or time.monotonic() - self.looked < 0.1:
            return self.now
        with self.lock:
            self.looked = time.monotonic()
            try:
                st = os.stat(self.path)
                stamp = (st.st_mtime_ns, st.st_size, st.st_ino)
                if stamp != self.stamp:
                    with open(self.path, encoding="utf-8") as f:
                        now = json.load(f)
                    check(now)
                    self.now, self.stamp, self.spent = now, stamp, {}
            except (OSError, ValueError) as e:
                if not isinstance(e, FileNotFoundError):
                    print("faults: %s" % e, flush=True)
        return self.now

    def of(self, target):
        now = self.fresh()
        own = now.get("targets", {}).get(target)
        return {**now, **own} if own else now

    def counted(self, name, rule):
        """Whether it is to happen once more."""
        if "times" not in rule:
            return True
        with self.lock:
            done = self.spent.get(name, 0)
            self.spent[name] = done + 1
            return done < rule["times"]

    def api(self, operation):
        self.looked = 0
        rule = self.fresh().get("api", {}).get(operation)
        if rule is None or not self.counted("api:" + operation, rule):
            return
        time.sleep(min(30, rule.get("delay", 0)))
        if "code" in rule:
            raise Refused(rule.get("status", 400), rule["code"],
                          rule.get("message", "planned"))

    def resume(self, target):
        rule = self.of(target).get("resume")
        if isinstance(rule, dict) and not self.counted("resume", rule):
            return None
        return rule

    def kms(self):
        return self.fresh().get("kms") == "denied"

    def step(self, name, target):
        if self.of(target).get("die") == name:
            ssmchild.kill_all()
            os._exit(9)

    def dice(self, session):
        return random.Random("%s %s" % (self.now.get("seed", 1), session))
