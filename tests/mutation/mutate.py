#!/usr/bin/python3
"""Does each comparison and each check of a source file matter to some test?

usage: mutate.py [--from N] [--only LINE,…] [--list] [--with PROGRAM] SRCDIR BUILDDIR FILE TEST...

For every mutant of FILE (relative to SRCDIR) the file is rewritten, compiled as make
would, and linked into one TEST after the other, which is run; a mutant that no test
notices is reported as a survivor.  Tests in scripts stand last, and run the PROGRAMs
given by --with.  All of it has to be built before.  The file is put back at the end,
whatever happens.  SRCDIR should be a copy of its own.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import threading

FLIPS = {"==": "!=", "!=": "==", "<=": ">", ">=": "<", "<": ">=", ">": "<=", "|=": "=", "&=": "=",
         "&": "|", "|": "&", "+": "-", "-": "+", "+=": "=", "-=": "="}
# To leave out one side of && or || says more than to take the one for the other.
EDGES = {"<=": "<", ">=": ">", "<": "<=", ">": ">="}
TOKEN = re.compile(r"""(?P<skip>/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|^\s*\#[^\n]*|->|<<|>>)|
                       (?P<op>==|!=|<=|>=|&&|\|\||\|=|&=|[-+]=|(?<=[\s)\w\]])\s[-+<>&|](?=\s))""", re.X | re.S | re.M)
IF = re.compile(r"\b(?:if|while) \(")
TERNARY = re.compile(r"\s\? ")
ASSIGNS = re.compile(r"[^=!<>]= ")
# A statement of its own: a call, an assignment, a plain return.
STATEMENT = re.compile(r"(?<=[\n\t])(?!return\b|case\b|else\b|break;|continue;|goto\b|static\b|const\b|struct\b)"
                       r"[a-z_][\w.>\[\]-]*(?:\+\+|--|\(| (?:[-+|&]?=) |;)|(?<=\t)return;")
WORDS = [(re.compile(r"\breturn true;"), "return false;"), (re.compile(r"\breturn false;"), "return true;"),
         (re.compile(r"\bcontinue;"), ";"), (re.compile(r"\bbreak;"), ";"), (re.compile(r"(?<=[=( ])!(?=[a-z(])"), ""),
         (re.compile(r"(?<=[=,(] )true\b"), "false"), (re.compile(r"(?<=[=,(] )false\b"), "true"),
         (re.compile(r"(?<== )0(?=;)"), "1"), (re.compile(r" [-+] 1\b"), ""),
         (re.compile(r"\bFIT_SURE\b"), "FIT_MAYBE"), (re.compile(r"\bFIT_MAYBE\b"), "FIT_SURE"), (re.compile(r"\bFIT_BOTH\b"), "FIT_MAYBE"),
         (re.compile(r"\bFIT_BOTH\b"), "FIT_SURE"), (re.compile(r"\breturn FIT_NO;"), "return FIT_BOTH;"),
         (re.compile(r"\bEFFECT_DENY\b"), "EFFECT_ALLOW"), (re.compile(r"\bEFFECT_HOLD\b"), "EFFECT_ALLOW"),
         (re.compile(r"\bEFFECT_ALLOW\b"), "EFFECT_HOLD")]


def covered(text):
    """Where comments, strings and directives stand: nothing there is a mutant."""
    return [(m.start(), m.end()) for m in TOKEN.finditer(text) if m.group("skip")]


def closing(text, at):
    """The bracket that closes the one at that place."""
    depth = 0
    for i in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    return None


def left_of(text, at):
    """Where the operand begins that ends here."""
    depth, i = 0, at
    while i > 0:
        c = text[i - 1]
        depth += {")": 1, "]": 1, "(": -1, "[": -1}.get(c, 0)
        if depth < 0 or depth == 0 and (c in ",;{}?" or text[i - 2:i] in ("&&", "||", ": ") or ASSIGNS.search(text, i - 3, i) or text[max(0, i - 7):i] == "return "):
            break
        i -= 1
    return i + len(text[i:at]) - len(text[i:at].lstrip())


def right_of(text, at):
    """Where the operand ends that begins here."""
    depth = 0
    for i in range(at, len(text)):
        c = text[i]
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(c, 0)
        if depth < 0 or depth == 0 and (c in ",;?}" or text[i:i + 2] in ("&&", "||")):
            return len(text[:i].rstrip())
    return len(text)


def mutants(text):
    """Where each begins and ends, what it puts there, and what it is called."""
    skip = covered(text)
    out = []

    def add(start, end, new, kind):
        if not any(a <= start < b for a, b in skip) and text[start:end] != new:
            out.append((start, end, new, kind))

    for m in TOKEN.finditer(text):
        op = (m.group("op") or "").strip()
        start = m.end() - len(op)
        if op in FLIPS:
            add(start, m.end(), FLIPS[op], "flip %s" % op)
        if op in EDGES:
            add(start, m.end(), EDGES[op], "edge %s" % op)
        if op in ("&&", "||"):
            none = "true" if op == "&&" else "false"
            add(left_of(text, start - 1), start - 1, none, "without what stands before %s" % op)
            right = m.end() + len(text[m.end():]) - len(text[m.end():].lstrip())
            add(right, right_of(text, right), none, "without what stands behind %s" % op)
    for m in IF.finditer(text):
        end = closing(text, m.end() - 1)
        if end is not None:
            add(m.end(), end, "false", "never")
            if m.group(0).startswith("if"):
                add(m.end(), end, "true", "always")
    for m in TERNARY.finditer(text):
        start = left_of(text, m.start())
        add(start, m.start(), "false", "never ?")
        add(start, m.start(), "true", "always ?")
    for m in STATEMENT.finditer(text):
        end = text.find(";", m.end() - 1)
        if end >= 0 and "{" not in text[m.start():end] and text[:m.start()].rstrip()[-1] in ";{})/":
            add(m.start(), end, "", "no statement")
    for pattern, new in WORDS:
        for m in pattern.finditer(text):
            add(m.start(), m.end(), new, "%s for %s" % (new or "nothing", m.group(0)))
    return sorted({(s, e, new): (s, e, new, kind) for s, e, new, kind in out}.values())


class Build:
    """How make brings the file into the programs, asked once."""

    def __init__(self, build, file, programs):
        self.dir = build
        said = subprocess.run(["make", "-n", "V=1", "-W", file, "CFLAGS=-O0 -g0 -w"] + programs, cwd=build,
                              stdout=subprocess.PIPE, check=True).stdout.decode().replace("\\\n", " ").splitlines()
        self.compile = next(c for c in said if " -c -o " in c and file in c).split("&&")[0]
        obj = re.search(r" -c -o (\S+)", self.compile).group(1)
        library = next(c for c in said if re.match(r"ar \w+ \S+\.a ", c) and obj in c.split()).split()[2]
        self.archive = "ar r %s %s 2>/dev/null" % (library, obj)
        self.link = {p: next(c for c in said if " -o %s " % p in c) for p in programs}

    def do(self, command):
        return subprocess.run(["sh", "-c", command], cwd=self.dir, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300,
                              check=False).returncode == 0


def passes(path, build, env, limit=120):
    """True when a test says ok to the end; ended at its first failure."""
    p = subprocess.Popen([path], cwd=build, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    timer = threading.Timer(limit, p.kill)
    timer.start()
    try:
        good = not any(line.startswith(b"not ok") for line in p.stdout)
        if not good:
            p.kill()
        return p.wait() == 0 and good
    finally:
        timer.cancel()
        p.stdout.close()


def verdict(b, tests, extra, src):
    """"no build", "found" by a test, or "SURVIVED"."""
    if not b.do(b.compile) or not b.do(b.archive):
        return "no build"
    env = dict(os.environ, top_srcdir=src, top_builddir=".", CMOCKA_MESSAGE_OUTPUT="TAP")
    linked = False
    for t in tests:
        script = t.endswith(".py")
        if script and not linked:
            linked = True
            if not all(b.do(b.link[p]) for p in extra):
                return "no build"
        if not script and not b.do(b.link[t]):
            return "no build"
        if not passes(os.path.join(src if script else b.dir, t), b.dir, env):
            return "found (%s)" % t
    return "SURVIVED"


def tell(counts):
    print(", ".join("%d %s" % (n, what) for what, n in counts.items()))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--from", dest="first", type=int, default=0)
    ap.add_argument("--only", default="")
    ap.add_argument("--list", action="store_true")
    ap.add_argument("--with", dest="extra", action="append", default=[])
    ap.add_argument("src")
    ap.add_argument("build")
    ap.add_argument("file")
    ap.add_argument("test", nargs="+")
    a = ap.parse_args()
    path = os.path.join(os.path.abspath(a.src), a.file)
    with open(path) as f:
        text = f.read()
    every = mutants(text)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    lines = {int(n) for n in a.only.split(",") if n}
    counts = dict.fromkeys(("no build", "found", "SURVIVED"), 0)
    b = None if a.list else Build(a.build, path, [t for t in a.test if not t.endswith(".py")] + a.extra)
    if b and verdict(b, a.test, a.extra, os.path.abspath(a.src)) != "SURVIVED":
        sys.exit("the tests do not pass with the file as it is")
    try:
        for n, (start, end, new, kind) in enumerate(every):
            line = text.count("\n", 0, start) + 1
            if n < a.first or lines and line not in lines:
                continue
            what = "listed"
            if not a.list:
                with open(path, "w") as f:
                    f.write(text[:start] + new + text[end:])
                what = verdict(b, a.test, a.extra, os.path.abspath(a.src))
                counts[what.split(" (")[0]] += 1
            print("%d/%d %s:%d %s: %s" % (n + 1, len(every), a.file, line, kind, what), flush=True)
            if what in ("SURVIVED", "listed"):
                print("    %r -> %r" % (" ".join(text[start:end].split()), new), flush=True)
    finally:
        with open(path, "w") as f:
            f.write(text)
        if b:
            b.do(b.compile)
            b.do(b.archive)
    tell(counts)
    return 1 if counts["SURVIVED"] else 0


if __name__ == "__main__":
    sys.exit(main())
