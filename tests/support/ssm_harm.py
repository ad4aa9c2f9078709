"""Sessions to which harm is done: each fault of the stand-in; see ssm_cases.py."""

import hashlib
import http.client
import os
import time

from ssm_bed import (ASK, AWS, ECHO, FAST, LOSSY, SEALED, VECTORS, command, faults,
                     logged, ok, refused)
from ssm_client import Refused, Session


def damaged():
    want = "sh -c 'head -c 200000 /dev/zero | tr \"\\\\0\" x; echo end'"
    whole = b"x" * 200000 + b"end\n"
    bad = {"drop": 5, "duplicate": 5, "reorder": 5, "delay": 5}
    faults(to_client=bad, to_agent=bad, seed=4)
    s = command(want, LOSSY).finish()
    ok(s.out == whole and s.code == 0 and s.counts.get("double"),
       "lost, doubled, late, out of order: all is there", len(s.out), s.code, s.counts)
    s = Session(AWS, LOSSY, "AWS-StartSSHSession", {"portNumber": ECHO.port})
    s.until(lambda s: s.complete)
    text = os.urandom(60000)
    s.type(text)
    ok(s.until(lambda s: len(s.out) >= len(text)) and s.out == text,
       "and in the other direction", len(s.out))
    s.terminate()
    s.finish()
    faults(bad_digest=3, bad_length=3, garbage=3)
    s = command(want, LOSSY).finish()
    ok(s.out == whole and s.counts.get("bad", 0) > 5, "wrong digests and lengths, garbage",
       len(s.out), s.counts)
    faults()


def cut():
    want = "sh -c 'for i in 1 2 3 4 5 6 7 8; do head -c 20000 /dev/zero | tr \"\\\\0\" $i;" \
        " sleep 0.2; done'"
    whole = b"".join(b"%d" % i * 20000 for i in range(1, 9))
    for name in ("bye", "reset"):
        faults(**{name + "_every": 0.5})
        s = command(want, LOSSY).finish()
        ok(s.out == whole and s.resumes > 1, name + ": resumed, nothing lost or doubled",
           len(s.out), s.resumes)
    faults(bye_after=40)
    s = command(want, LOSSY).finish()
    ok(s.out == whole and s.resumes > 2, "after so many messages", len(s.out), s.resumes)
    faults(silence_after=20)
    s = command(want, LOSSY)
    s.until(lambda s: False, 2)
    before = len(s.out)
    s.until(lambda s: False, 1)
    faults()
    ok(len(s.out) == before, "silence")
    s.resume()
    s.finish()
    ok(s.out == whole, "and a new socket ends it", len(s.out))
    for rule, title in (({"code": "DoesNotExistException"}, "ResumeSession refused"),
                        ("empty", "a resume without a token"), ("none", "nor its member")):
        s = command("sleep 60")
        s.until(lambda s: s.complete)
        faults(resume=rule, bye_every=0.1)
        try:
            s.finish()
            ok(False, title)
        except Refused as e:
            ok(e.code in ("DoesNotExistException", "over"), title, e)
        faults()
        s.terminate()
    faults(upgrade=503)
    refused("a planned status for an upgrade", "503", command, "true")
    faults()


def hands():
    for how, words in (("refuse", "refused by the seed"), ("twice", "")):
        faults(handshake=how)
        s = command("true").finish()
        ok(words in s.closed, "handshake: " + how, s.closed)
    faults(handshake="unknown_action")
    s = command("true", status=3, error="no").finish()
    ok("failed on client with status 3 error: no" in s.closed, "a status of 3", s.closed)
    faults(handshake="unknown_type")
    s = command("true")
    s.until(lambda s: s.handshake)
    kind = s.handshake["RequestedClientActions"][0]["ActionParameters"]["SessionType"]
    ok(kind == "Tunnel", "an unknown session type", kind)
    s.finish()
    faults(handshake="wrong_challenge")
    try:
        Session(AWS, SEALED).finish()
        ok(False, "a wrong challenge")
    except Exception as e:  # cryptography's InvalidTag
        ok(type(e).__name__ == "InvalidTag", "a wrong challenge", repr(e))
    faults(kms="denied")
    refused("KMS refuses", "AccessDeniedException", lambda: Session(AWS, SEALED).finish())
    faults()
    s = command("true")
    s.respond = lambda: s.type(b"too early")
    s.until(lambda s: s.next and not s.unacked)
    what = [r["what"] for r in logged(s.id, "violation")]
    ok(what == ["type 1 within the handshake, thrown away"] and not logged(s.id, "input"),
       "data within the handshake is acknowledged and lost", what)
    s.terminate()
    s.finish()


def others():
    faults(start_delay=1.5)
    s, begun = command("true"), time.monotonic()
    s.finish()
    ok(time.monotonic() - begun >= 1.4, "a slow start")
    faults(withhold=True)
    s = Session(AWS, FAST)
    s.until(lambda s: s.out)
    s.type(b"echo held\r")
    s.until(lambda s: False, 1)
    held = len(s.unacked)
    faults()
    s.until(lambda s: b"\r\nheld" in s.out)
    ok(held == 1 and len(logged(s.id, "input")) == 1, "acks withheld", held)
    s.terminate()
    s.finish()
    faults(pause={"after": 3, "seconds": 1})
    s = command("echo pause").finish()
    ok(s.out == b"pause\n" and b"pause_publication" in s.kinds, "a pause", s.out, s.kinds)
    faults(closed=116, closed_output="so it is")
    s = command("true").finish()
    ok((s.closed, s.closed_form) == ("so it is", 116), "channel_closed in the other form")
    faults(giant={"after": 0, "bytes": 2 << 20})
    s = command("echo big").finish()
    ok(s.out == b"big\n", "a giant frame")
    with open(VECTORS + "/odd_unknown_message_type.hex", encoding="ascii") as f:
        faults(inject={"after": 1, "frames": [f.read().strip()]})
    s = command("echo odd").finish()
    ok(s.out == b"odd\n" and len(s.kinds) > 5, "frames of a test's own", s.kinds)
    faults(exit_first=True)
    s = command("echo a").finish()
    ok(s.out == b"a\nafter the exit code\n" and s.code == 0, "the exit code is not the last")
    faults()


def many():
    all_ = [Session(AWS, FAST, ASK, {"command": "read x; echo \"<$x>\""})
            for _ in range(200)]
    begun = time.monotonic()
    for i, s in enumerate(all_):
        s.type(b"%d\r" % i)
    for s in all_:
        s.finish()
    good = sum(b"<%d>" % i in s.out for i, s in enumerate(all_))
    ok(good == 200, "200 sessions at once", good, time.monotonic() - begun)


def bulk():
    n = 20_000_000
    s = command("head -c %d /dev/zero" % n).finish(300)
    ok(len(s.out) == n and hashlib.sha256(s.out).hexdigest() == logged(
        s.id, "end")[0]["sha256_out"], "20 MB", len(s.out))


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid, "rb") as f:
            return f.read().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def die():
    s = command("sh -c 'sleep 4321 & echo $!; sleep 4321'")
    s.until(lambda s: s.out.endswith(b"\n"))
    behind = int(s.out)
    pid = logged(s.id, "run")[0]["pid"]
    faults(die="start")
    try:
        command("true")
        ok(False, "it dies where it is told to")
    except (OSError, http.client.HTTPException):
        ok(True, "it dies where it is told to")
    for _ in range(600):
        left = [p for p in (pid, behind) if alive(p)]
        if not left:
            break
        time.sleep(0.1)
    ok(not left, "and its processes with it", left)
