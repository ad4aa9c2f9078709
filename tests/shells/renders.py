#!/usr/bin/python3
"""What is sent to a target for a line means there what the broker reads in the line: the
same words, redirections, pipes and order, through a splitter like the agent's and through
five shells.

usage: renders.py [LINES [SEED]]     500 lines and a fixed seed without"""

import os
import random
import shlex
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from differ import BUILD, WITNESS, fit, read_all, vector_lines  # noqa: E402
from expect import records, same  # noqa: E402
from lines import Lines  # noqa: E402
from run import SHELLS, Room  # noqa: E402

RENDERER = os.path.abspath(os.path.join(BUILD, "tests/shells/renderer"))
FORMS = ("command", "placed", "bytes", "program", "run", "fed", "canon")


def split(text):
    """As the agent of a target does it, as far as single quotes go: blanks part words, #
    begins a comment, a backslash takes what follows, and characters are those of Unicode."""
    reader = shlex.shlex(text.decode(), posix=True, punctuation_chars=False)
    reader.whitespace_split = True
    reader.whitespace = " \t\r\n"
    return [w.encode() for w in reader]


def quoted(word):
    return b"'" + word.replace(b"'", b"'\\''") + b"'"


def render_all(reads, folder):
    """[{form: bytes or None}]"""
    done = subprocess.run([RENDERER, folder], stdout=subprocess.PIPE, check=True,
                          input=b"".join(r.text + b"\n" for r in reads))
    out = []
    for row in done.stdout.decode().split("\n")[:-1]:
        out.append({f: None if x == "-" else bytes.fromhex(x)
                    for f, x in zip(FORMS, row.split())})
    assert len(out) == len(reads)
    return out


def through_splitter(text):
    """Text for a shell that does what the agent would do with it: words, none of which
    the shell looks into."""
    return b" ".join(quoted(w) for w in split(text))


def jobs_of(read, made, own):
    """[(form, text, stdin)]; sh in them is the shell that is tested."""
    out = []
    for form in ("command", "placed", "bytes"):
        if made[form] is None:
            continue
        words = split(made[form])
        if words[:2] != [b"sh", b"-c"]:
            assert words == read.commands[0].words, (words, read.text)
        out.append((form, b"sh() { %s \"$@\"; }; %s" % (own, through_splitter(made[form])),
                    b"in"))
    for form, text in (("program", b"( %s )"), ("run", b"%s")):
        if made[form] is not None:
            out.append((form, text % made[form], b"in"))
    if made["fed"] is not None:
        assert made["fed"].endswith(b"\n") and made["fed"].count(b"\n") == 1
        out.append(("fed", made["fed"][:-1], b"/dev/null"))
    return out


def known_gaps(read, made):
    """What is refused, with its reason; else a word for the report."""
    braces = any(b"{{" in t or b"}}" in t for t in (read.canon,))
    for form in ("command", "placed", "run"):
        if (made[form] is None) != braces:
            return f"{form} is {made[form]!r}"
    one = len(read.commands) == 1 and not read.commands[0].words[0].startswith(b"-")
    if (made["program"] is None) != (braces or not one):
        return f"program is {made['program']!r}"
    return None if made["fed"] is not None else "no line for a fed shell"


def check(shell, reads, room):
    """[what differs]"""
    own = b" ".join(s.encode() for s in SHELLS[shell])
    table, jobs, bad = {}, [], []
    for glob in (False, True):
        folder = "empty" if glob else "files"
        some = [r for r in reads if r.has_glob() == glob]
        for r in some:
            for name in r.names():
                room.command(name)
            for target in r.targets() - {b"/dev/null"}:
                room.file(target)
        place = room.path(folder.encode())
        for made, r in zip(render_all(some, place), some):
            gap = known_gaps(r, made)
            if gap:
                bad.append(f"{r.text!r}: {gap}")
                continue
            for form, text, stdin in jobs_of(r, made, own):
                # A shell of its own for each is slow: some of them.
                if form in ("command", "placed", "bytes") and len(jobs) % 5:
                    continue
                key = f"{len(table)}"
                base = [stdin if stdin == b"/dev/null" else room.path(stdin),
                        room.path(b"out"), room.path(b"err")]
                table[key] = (r, form, text, records(r, base, place))
                jobs.append((key, folder, text))
    got, stops = room.run_all(shell, jobs)
    bad += [f"the shell stopped after {k}: {s!r}" for k, s in stops]
    for key, (r, form, text, want) in table.items():
        if not same(r, want, got.get(key, [])):
            bad.append(f"{form} {r.text!r} {text!r}\n#   want {want}\n"
                       f"#   have {got.get(key, [])}")
    return len(table), bad


def accepted(lines, seed):
    reads = [r for r in read_all([t for t in vector_lines() if b"\n" not in t]) if fit(r)]
    supply, more = Lines(random.Random(seed)), []
    while len(more) < lines:
        more += [r for r in read_all([supply.line() for _ in range(500)]) if fit(r)]
    # "time" as typed is a word of shells; what is rendered is not.
    return [r for r in reads + more[:lines] if b"time" not in r.names()]


def main():
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    reads, failed = accepted(lines, seed), False
    print(f"1..{len(SHELLS)}\n# {len(reads)} lines, seed {seed}", flush=True)
    for n, shell in enumerate(SHELLS):
        if not os.path.exists(SHELLS[shell][0]):
            print(f"ok {n + 1} # SKIP {shell} is not installed")
            continue
        with tempfile.TemporaryDirectory() as folder:
            ran, bad = check(shell, reads, Room(os.path.join(folder, "room"), WITNESS))
        for b in bad[:20]:
            print(f"# {b}")
        failed = failed or bool(bad)
        print(f"{'not ok' if bad else 'ok'} {n + 1} - {shell}: {ran} runs, "
              f"{len(bad)} differ", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
