#!/usr/bin/python3
"""hoop-replay --text, --find, --at and --export txt as their users see them, on the
vector and on hostile recordings; prints TAP."""
import json
import os
import resource
import stat
import sys

sys.dont_write_bytecode = True  # the sources may be read-only
from world import WITH_SANITIZERS, Terminal, holds, lacks, run, same  # noqa: E402

tests = []
# Section by section what a terminal would act upon; each with a word inside that may
# not come out.
HOSTILE = {
    "clipboard": "\x1b]52;c;QUJDREVG\x07", "title": "\x1b]0;QUJDREVG\x07",
    "window title": "\x1b]2;QUJDREVG\x1b\\", "status": "\x1b[6n", "attributes": "\x1b[c",
    "secondary attributes": "\x1b[>c", "DECRQSS": "\x1bP$qQUJDREVG\x1b\\",
    "DCS": "\x1bPQUJDREVG\x1b\\", "APC": "\x1b_QUJDREVG\x1b\\", "PM": "\x1b^QUJDREVG\x1b\\",
    "SOS": "\x1bXQUJDREVG\x1b\\", "C1": "\u009b6n\u0085\u009c", "mouse": "\x1b[?1000h\x1b[?1006h",
    "paste": "\x1b[?2004h", "focus": "\x1b[?1004h", "link": "\x1b]8;;http://QUJDREVG/\x07",
    "answerback": "\x05", "palette": "\x1b]4;1;QUJDREVG\x07", "printer": "\x1b[4i",
    "keys": "\x1b[>4;2m\x1b=", "bidi": "\u202e\u2066\u200f", "invisible": "\u200b\u2060\ufeff",
    "other": "\x00\x07\x0e\x0f\x7f\ue000\U000e0041\uffff",
}


def test(f):
    tests.append(f)
    return f


def cast(events, **header):
    head = {"version": 2, "width": 80, "height": 24, "timestamp": 1795167217}
    head.update(header)
    return "\n".join(json.dumps(e) for e in [head] + events) + "\n"


@test
def the_vector_as_text(w):
    r = w.known("--text", w.cast)
    same((r.returncode, r.stderr), (0, b""))
    text = r.stdout.decode()
    same(text.startswith("Linux \u2713\n"), True)
    same(text.endswith("bye\n"), True)
    same(w.known("--export", "txt", w.cast).stdout, r.stdout)
    # without a key, and changed: nothing
    r = w.run("--text", "--trust", w.trust, w.cast)
    same((r.returncode, r.stdout), (5, b""))
    bad = bytearray(w.sample)
    bad[len(bad) // 2] ^= 1
    for deed in (("--text",), ("--find", "Linux"), ("--at", "1"), ("--export", "html")):
        r = w.known(*deed, w.put("bad.cast", bytes(bad)))
        same((deed, r.returncode, r.stdout), (deed, 3, b""))


@test
def what_was_found_and_what_was_not(w):
    r = w.known("--find", "linux", "--ignore-case", w.cast)
    same((r.returncode, r.stderr), (0, b""))
    same(r.stdout.decode(), "command: uname -a\n0:00:00.250  Linux \u2713\n")
    r = w.known("--find", "/^b.e$/", "--json", w.cast)
    rows = [json.loads(line) for line in r.stdout.splitlines()]
    same([(o["t"], o.get("at"), o.get("text")) for o in rows],
         [("found", 3.6, "bye"), ("end", None, None)])
    r = w.known("--find", "linux", w.cast)
    same((r.returncode, r.stdout), (0, b""))
    holds(r.stderr, b"not found")
    same(w.known("--find", "linux", "--json", w.cast).stdout, b'{"t":"end","found":0}\n')
    for wrong in (("--find", "/(/"), ("--find", ""), ("--find", "a", "--context", "21"),
                  ("--find", "a", "--context", "x"), ("--at", "soon"), ("--at", "1", "--find", "x"),
                  ("--context", "1"), ("--text", "--json")):
        same((wrong, w.known(*wrong, w.cast).returncode), (wrong, 1))


@test
def the_screen_at_a_time(w):
    same(w.known("--at", "0.2", w.cast).stdout, b"")
    same(w.known("--at", "0.25", w.cast).stdout.decode(), "Linux \u2713\n")
    last = w.known("--at", "-0", w.cast)
    same((last.returncode, last.stdout[-4:]), (0, b"bye\n"))
    o = json.loads(w.known("--at", "2026-11-20T09:33:38Z", "--json", w.cast).stdout)
    same((o["at"], o["columns"], o["rows"], o["command"]), (1.0, 120, 40, "uname -a"))
    same(o["lines"][0], "Linux \u2713")


@test
def files_are_the_caller_s_alone(w):
    path = os.path.join(w.dir, "text")
    same(w.known("--text", "-o", path, w.cast).returncode, 0)
    same(stat.S_IMODE(os.stat(path).st_mode), 0o600)
    same(w.known("--text", "-o", path, w.cast).returncode, 2)
    same(w.known("--text", "-o", path, "--force", w.cast).returncode, 0)
    # a broken end leaves nothing that could pass for the whole
    broken = w.put("broken.cast", cast([[0, "o", "x\r\n"] for _ in range(9)]) + "no\n")
    r = w.run("--text", "-o", path, "--force", broken)
    same((r.returncode, os.path.getsize(path)), (2, 0))
    holds(r.stderr, b"left empty")
    page = os.path.join(w.dir, "broken.html")
    r = w.run("--export", "html", "-o", page, broken)
    same((r.returncode, os.path.getsize(page)), (2, 0))


@test
def text_may_go_to_a_terminal_and_a_page_may_not(w):
    t = Terminal(w, "--text", "--key", w.key, "--trust", w.trust, w.cast)
    same(t.end(), 0)
    holds(t.text, "Linux \u2713".encode())
    t = Terminal(w, "--export", "html", "--key", w.key, "--trust", w.trust, w.cast)
    same(t.end(), 1)
    lacks(t.text, b"<html")


@test
def no_sequence_comes_out(w):
    for name, sequence in HOSTILE.items():
        path = w.put("hostile.cast", cast([[1, "o", "before" + sequence + "after"]], title=name))
        for deed in (("--text",), ("--find", "after"), ("--find", "after", "--json"),
                     ("--at", "2"), ("--at", "2", "--json"), ("--export", "txt"),
                     ("--export", "html")):
            out = w.run(*deed, path).stdout
            bad = [c for c in out.decode() if not (c.isprintable() or c in "\n\t")]
            same((name, deed, bad), (name, deed, []))
            lacks(out, b"QUJDREVG")
            if "html" not in deed:
                holds(out, b"after")
                holds(out, b"before")


@test
def what_was_hidden_from_the_eye_is_found(w):
    secret = [[1, "o", "AKIAEXAMPLE\r\x1b[2K"], [2, "o", "\x1b[8mAKIA\x1b[0mEXAMPLE\x1b[2J\x1b[H"],
              [3, "o", "\x1b[?1049hAKIA\x1b[1CX\x1b[1D\x1b[1DE\x1b[1CAMPLE\x1b[?1049l"]]
    r = w.run("--find", "AKIAEXAMPLE", "--json", w.put("hidden.cast", cast(secret)))
    found = [json.loads(line) for line in r.stdout.splitlines()]
    same([(o["t"], o.get("at"), o.get("screen")) for o in found],
         [("found", 1.0, "main"), ("found", 2.0, "main"), ("found", 3.0, "alternate"),
          ("end", None, None)])


@test
def what_was_let_go_half_decided_is_masked(w):
    secret, half = "AKIAIOSFODNN7EXAMPLX", "AKIAIOSFODNN"
    events = [[0.5, "o", "the key " + half], [3, "o", secret[len(half):] + " and acme_" + "7" * 32 + "\r\n"],
              [4, "m", "next"], [5, "o", "$ "]]
    path = w.put("torn.cast", cast(events).encode())
    for deed in (("--text",), ("--find", "acme_"), ("--find", "acme_", "--json")) + tuple(
            ("--export", f) for f in ("cast", "v3", "jsonl", "txt")):
        r = w.known(*deed, path)
        same((deed, r.returncode), (deed, 6))
        holds(r.stdout, b"[MASKED:aws-access-key-id]")
        holds(r.stdout, b"acme_")
        lacks(r.stdout, half.encode())
        # as it was recorded
        r = w.known(*deed, "--raw", path)
        lacks(r.stdout, b"MASKED")
        holds(r.stdout, half.encode())
    # a page holds frames, packed: there is no word of it in a text of its own
    same(w.known("--export", "html", path).returncode, 6)
    same(w.known("--find", half, path).stdout, b"")
    same(w.known("--export", "cast", "--raw", path).stdout, cast(events).encode())
    # by another policy
    rules = w.put("rules.yaml", b"masking:\n  rules:\n    - {id: acme-key, literal: [\"acme_\"], class: "
                  b"\"0-9\", min: 32, max: 32, boundary: both}\n")
    r = w.known("--text", "--masking", rules, path)
    holds(r.stdout, b"[MASKED:acme-key]")
    lacks(r.stdout, b"acme_7")
    for wrong, status in ((("--masking", w.put("bad.yaml", b"masking: {x: 1}\n")), 2),
                          (("--masking", "/nonexistent"), 2), (("--masking", rules, "--raw"), 1)):
        r = w.known("--text", *wrong, path)
        same((wrong, r.returncode, r.stdout), (wrong, status, b""))


@test
def much_takes_little(w):
    """Ten megabytes of output, and sizes that come and go: bounded in memory and
    time."""
    line = "".join("%06d " % i for i in range(1500)) + "\r\n"
    events = [[i / 10, "o", line] for i in range(1000)]
    for i in range(0, len(events), 10):
        events[i:i] = [[i / 10, "r", "%dx%d" % (20 + i % 900, 2 + i % 300)]]
    path = w.put("long.cast", cast(events))

    def limited():
        if not WITH_SANITIZERS:
            resource.setrlimit(resource.RLIMIT_AS, (300 << 20, 300 << 20))

    for deed in (("--text",), ("--find", "/001499 +000000x/"), ("--at", "-1"), ("--export", "html")):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        r = w.run(*deed, path, preexec_fn=limited)
        same((deed, r.returncode), (deed, 6))
        took = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        if not WITH_SANITIZERS and took > 20:
            raise AssertionError("%r took %.1f s" % (deed, took))
        if deed == ("--text",):
            same(len(r.stdout.split(b"000000 ")) - 1, 1000)


if __name__ == "__main__":
    sys.exit(run(tests))
