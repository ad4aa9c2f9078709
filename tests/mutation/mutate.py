#!/usr/bin/python3
"""Does each comparison and each check of a source file matter to some test?

usage: mutate.py [--from N] [--seed N --sample N] SRCDIR BUILDDIR FILE TEST...

For every mutant of FILE (relative to SRCDIR) the file is rewritten, the tests are built
and run in BUILDDIR, and a mutant that no test notices is reported as a survivor.  The
file is put back at the end, whatever happens.  SRCDIR should be a copy of its own.
"""
import argparse
import os
import random
import re
import subprocess
import sys

FLIPS = {"==": "!=", "!=": "==", "<=": ">", ">=": "<", "<": ">=", ">": "<=", "&&": "||", "||": "&&", "|=": "=", "&=": "="}
TOKEN = re.compile(r"""(?P<skip>/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|^\s*\#[^\n]*|->|<<|>>)|
                       (?P<op>==|!=|<=|>=|&&|\|\||\|=|&=|(?<=[\s)])[<>](?=\s))""", re.X | re.S | re.M)
IF = re.compile(r"\bif \(")
WORDS = [(re.compile(r"\breturn true;"), "return false;"), (re.compile(r"\breturn false;"), "return true;"),
         (re.compile(r"\bcontinue;"), ";"), (re.compile(r"\bbreak;"), ";"), (re.compile(r"(?<=[=(] )!(?=[a-z])"), ""),
         (re.compile(r"(?<=\()!(?=[a-z])"), ""), (re.compile(r"\b(FIT_SURE)\b"), "FIT_MAYBE"), (re.compile(r"\b(FIT_MAYBE)\b"), "FIT_SURE"),
         (re.compile(r"\bEFFECT_DENY\b"), "EFFECT_ALLOW"), (re.compile(r"\bEFFECT_HOLD\b"), "EFFECT_ALLOW")]


def covered(text):
    """Where comments, strings and directives stand: nothing there is a mutant."""
    return [(m.start(), m.end()) for m in TOKEN.finditer(text) if m.group("skip")]


def closing(text, at):
    depth = 0
    for i in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    return None


def mutants(text):
    skip = covered(text)
    out = []

    def add(start, end, new, kind):
        if not any(a <= start < b for a, b in skip):
            out.append((start, end, new, kind))

    for m in TOKEN.finditer(text):
        if m.group("op"):
            add(m.start(), m.end(), FLIPS[m.group("op")], "flip %s" % m.group("op"))
    for m in IF.finditer(text):
        end = closing(text, m.end() - 1)
        if end is not None:
            add(m.end(), end, "false", "never")
            add(m.end(), end, "true", "always")
    for pattern, new in WORDS:
        for m in pattern.finditer(text):
            add(m.start(), m.end(), new, "%s for %s" % (new or "nothing", m.group(0)))
    return sorted(set(out))


def run(args, cwd, limit):
    try:
        return subprocess.run(args, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=limit, check=False).returncode
    except subprocess.TimeoutExpired:
        return -1


def verdict(build, tests, src):
    """"no build", "found" by a test, or "SURVIVED"."""
    programs = [t for t in tests if not t.endswith(".py")]
    if run(["make", "-s", "CFLAGS=-O1 -g0 -w"] + programs, build, 300) != 0:
        return "no build"
    env = dict(os.environ, top_srcdir=src, top_builddir=build, CMOCKA_MESSAGE_OUTPUT="TAP")
    for t in tests:
        path = os.path.join(src if t.endswith(".py") else build, t)
        try:
            r = subprocess.run([path], cwd=build, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            return "found (%s: no end)" % t
        if r.returncode != 0 or b"\nnot ok" in r.stdout:
            return "found (%s)" % t
    return "SURVIVED"


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--from", dest="first", type=int, default=0)
    ap.add_argument("--sample", type=int, default=0)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("src")
    ap.add_argument("build")
    ap.add_argument("file")
    ap.add_argument("test", nargs="+")
    a = ap.parse_args()
    path = os.path.join(a.src, a.file)
    with open(path) as f:
        text = f.read()
    every = mutants(text)
    if a.sample and a.sample < len(every):
        every = sorted(random.Random(a.seed).sample(every, a.sample))
    counts = {}
    try:
        for n, (start, end, new, kind) in enumerate(every[a.first:], a.first):
            with open(path, "w") as f:
                f.write(text[:start] + new + text[end:])
            what = verdict(a.build, a.test, a.src)
            counts[what.split()[0]] = counts.get(what.split()[0], 0) + 1
            line = text.count("\n", 0, start) + 1
            print("%d/%d %s:%d %s: %s" % (n + 1, len(every), a.file, line, kind, what), flush=True)
            if what == "SURVIVED":
                print("    " + text.splitlines()[line - 1].strip(), flush=True)
    finally:
        with open(path, "w") as f:
            f.write(text)
    print(counts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
