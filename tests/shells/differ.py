#!/usr/bin/python3
"""Lines that the broker accepts mean in five shells what the broker reads in them: the
same words, redirections, pipes and order, as typed and as canonical text.

usage: differ.py [LINES [SEED]]     1000 lines and a fixed seed without"""

import concurrent.futures
import os
import random
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from expect import Read, records, same  # noqa: E402
from lines import Lines  # noqa: E402
from run import SHELLS, Room  # noqa: E402

SOURCE = os.environ.get("top_srcdir", ".")
BUILD = os.environ.get("top_builddir", ".")
READER = os.environ.get("READER") or os.path.abspath(
    os.path.join(BUILD, "tests/shells/reader"))
WITNESS = os.path.abspath(os.path.join(BUILD, "tests/shells/witness"))
BATCH = 2000
SHOWN = 20
# Commands that a shell has itself, and lines can hit: of zsh and mksh, r repeats one.
BUILTIN = {b".", b":", b"[", b"", b"..", b"+", b"r", b"echo", b"cd"}


def read_all(texts):
    """What the broker reads, by its own program."""
    done = subprocess.run([READER], input=b"".join(t + b"\n" for t in texts),
                          stdout=subprocess.PIPE, check=True)
    answers = done.stdout.split(b"\n")
    assert len(answers) == len(texts) + 1, "an answer a line"
    return [Read(t, a) for t, a in zip(texts, answers)]


def vector_lines():
    """The lines of tests/vectors/shell, too."""
    folder = os.path.join(SOURCE, "tests/vectors/shell")
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".txt"):
            continue
        with open(os.path.join(folder, name), "rb") as f:
            for row in f.read().split(b"\n"):
                if row.startswith(b"in "):
                    parts = row[3:].split(b"%")
                    yield parts[0] + b"".join(
                        bytes([int(p[:2], 16)]) + p[2:] for p in parts[1:])


def wild(word):
    """A glob that might match in an empty folder: . and .., or beyond it."""
    return word.startswith(b"/") or word.startswith(b".") or b"/." in word


def fit(read):
    """Whether a line can be run here, by what was read in it."""
    if read.commands is None:
        return False
    for c in read.commands:
        if c.words[0] in BUILTIN or b"/" in c.words[0] or len(c.words[0]) > 200:
            return False
        if any(wild(w) for w, g in zip(c.words, c.globs) if g):
            return False
        for op, _, target in c.redirs:
            if op == b"d" or target == b"/dev/null":
                continue
            if target in (b"", b".", b"..") or b"/" in target or len(target) > 200:
                return False
    return not (read.has_glob() and read.targets() - {b"/dev/null"})


def forms(number, read, shell):
    """[(name, text, stdin)]: as typed, and in turn one of the other forms."""
    out = []
    # With these names the caller's own text would be the shell's; ours is not.
    if b"time" not in read.names():
        out.append(("typed", read.text, b"in"))
    which = number % 3
    if which == 0:
        out.append(("canon", read.canon, b"in"))
    elif which == 1:
        out.append(("braces", b"{ " + read.canon + b" ; } </dev/null", b"/dev/null"))
    elif number % 60 == 2:
        line = b" ".join(s.encode() for s in SHELLS[shell])
        out.append(("single", line + b" -c " + read.quoted, b"in"))
    else:
        out.append(("single", b"eval " + read.quoted, b"in"))
    return out


class Differ:
    """One shell."""

    def __init__(self, shell, room):
        self.shell = shell
        self.room = room
        self.bad = []
        self.shown = self.ran = 0

    def prepare(self, reads):
        for r in reads:
            for name in r.names():
                self.room.command(name)
            for target in r.targets() - {b"/dev/null"}:
                self.room.file(target)

    def jobs(self, reads):
        """{id: (read, form, want)} and what to run; a line with globs runs where nothing
        matches, and where something does, typed and as canonical text."""
        table, jobs = {}, []
        for number, r in enumerate(reads):
            folder = "empty" if r.has_glob() else "files"
            for name, text, stdin in forms(number, r, self.shell):
                key = f"{number}.{name}"
                base = [self.room.path(stdin) if stdin != b"/dev/null" else stdin,
                        self.room.path(b"out"), self.room.path(b"err")]
                table[key] = (r, name, records(r, base, self.room.path(folder.encode())))
                jobs.append((key, folder, text))
            if r.has_glob() and b"time" not in r.names():
                table[f"{number}.known"] = (r, "known", None)
                jobs.append((f"{number}.known", "known", r.text))
                jobs.append((f"{number}.known2", "known", r.canon))
        return table, jobs

    def run(self, reads):
        self.prepare(reads)
        table, jobs = self.jobs(reads)
        got, stops = self.room.run_all(self.shell, jobs)
        self.bad += [f"the shell stopped after {k}: {s!r}" for k, s in stops]
        for key, (r, name, want) in table.items():
            self.ran += 1
            have = got.get(key, [])
            if want is None:
                want = got.get(key + "2", [])
            if not same(r, want, have):
                self.bad.append(f"{name} {r.text!r} canon {r.canon!r}\n"
                                f"#   want {want}\n#   have {have}")

    def show(self):
        """What is new, while there is not too much."""
        for b in self.bad[self.shown:SHOWN]:
            print(f"# {self.shell}: {b}")
        self.shown = len(self.bad)


def batches(lines, rng):
    """Lists of lines that are accepted and can be run: the vectors, then random ones."""
    yield [r for r in read_all([t for t in vector_lines() if b"\n" not in t]) if fit(r)]
    supply, batch, tried = Lines(rng), [], 0
    while lines > 0:
        while len(batch) < min(BATCH, lines):
            texts = [supply.line() for _ in range(BATCH)]
            tried += len(texts)
            batch += [r for r in read_all(texts) if fit(r)]
        yield batch[:min(BATCH, lines)]
        lines -= BATCH
        batch = batch[BATCH:]
    print(f"# out of {tried} random ones")


def main():
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    print(f"# {lines} lines, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        differs = [Differ(s, Room(os.path.join(folder, s[:4]), WITNESS))
                   for s in SHELLS if os.path.exists(SHELLS[s][0])]
        for reads in batches(lines, random.Random(seed)):
            list(pool.map(lambda d: d.run(reads), differs))
            for d in differs:
                d.show()
            print(f"# {differs[0].ran} runs", flush=True)
    for n, d in enumerate(differs):
        print(f"{'not ok' if d.bad else 'ok'} {n + 1} - {d.shell}: {d.ran} runs, "
              f"{len(d.bad)} differ")
    for n in range(len(differs), len(SHELLS)):
        print(f"ok {n + 1} # SKIP a shell is not installed")
    print(f"1..{len(SHELLS)}")
    return any(d.bad for d in differs)


if __name__ == "__main__":
    sys.exit(main())
