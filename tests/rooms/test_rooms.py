#!/usr/bin/python3
"""The checks of rooms.py on a made-up tree: quiet on a good one, and a finding for each
way to break it."""

import contextlib
import io
import os
import shlex
import subprocess
import sys
import tempfile
import types

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import includes
import links
import rooms
import table

GOOD = {
    "lib/base/err.h": "",
    "lib/base/err.c": '#include "lib/base/err.h"\n#include <stdio.h>\nint err_x(void) { return 1; }\n',
    "lib/wire/msg.h": '#include "lib/base/err.h"\n',
    "policies/rule.h": '#include "lib/base/err.h"\n',
    "policies/rule.c": '#include "policies/rule.h"\nint rule_x(void) { return 2; }\n',
    "policies/rule_read.c": '#include "policies/rule.h"\n',
    "broker/front/relay.h": "",
    "broker/front/relay.c": '#include "config.h"\n#include "broker/front/relay.h"\n'
    '#include "lib/wire/msg.h"\nint relay_x(void) { return 3; }\n',
    "broker/front/main.c": '#include "broker/front/relay.h"\nint main(void) { return 0; }\n',
    "tests/base/test_err.c": "",
    "tests/policies/test_rule.c": "",
    "tests/front/test_relay.sh": "",
}

# What is changed in the good tree; a part of the finding that must come of it.
BROKEN = [
    ("a brick that knows our field", "lib/base/err.c",
     '#include "lib/base/err.h"\n#include "policies/rule.h"\n', "is of floor 2"),
    ("a program that includes another", "broker/front/main.c",
     '#include "broker/session/feed.h"\n', "is of floor 4"),
    ("rooms side by side", "policies/rule.c",
     '#include "policies/rule.h"\n#include "recorder/cast.h"\n', "recorder/cast.h is of floor 2"),
    ("a floor that is indented and spaced", "lib/base/err.c",
     '#include "lib/base/err.h"\n  #  include "lib/wire/msg.h"\n', "is of floor 1"),
    ("a folder on no floor", "broker/attic/a.c", "", "stands on no floor"),
    ("an include of tests", "policies/rule.c",
     '#include "policies/rule.h"\n#include "tests/support/unit.h"\n', "includes tests/"),
    ("an include without its room", "policies/rule_read.c",
     '#include "rule.h"\n', '"rule.h" finds policies/rule.h first'),
    ("an include of nothing", "policies/rule_read.c",
     '#include "policies/rules.h"\n', '"policies/rules.h" names no file'),
    ("config.h where the room has its own", "broker/front/config.h",
     "", '"config.h" finds broker/front/config.h first'),
    ("an include by way of ..", "policies/rule_read.c",
     '#include "../lib/base/err.h"\n', "names no file"),
    ("ours in angle brackets", "policies/rule_read.c",
     "#include <policies/rule.h>\n", "wants quotes"),
    ("own header second", "policies/rule.c",
     '#include <stdio.h>\n#include "policies/rule.h"\n', "stands before policies/rule.h"),
    ("own header left out", "policies/rule.c", "", "nothing stands before policies/rule.h"),
    ("a module without a test", "policies/pack.c", "", "no test_pack"),
    ("a cycle of two headers", "lib/base/err.h",
     '#include "lib/base/buf.h"\n', "lib/base/buf, lib/base/err"),
]


def rows(**changes):
    """The project's own table, without its exceptions, and with changes."""
    kept = {n: getattr(table, n) for n in dir(table) if n.isupper()}
    kept.update(ALLOWED={}, CYCLES={}, COVERED={}, PARTS={}, **changes)
    return types.SimpleNamespace(**kept)


def write(top, files):
    for name, text in files.items():
        path = os.path.join(top, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)


def findings(files, given):
    with tempfile.TemporaryDirectory() as top:
        write(top, files)
        tree = includes.Tree(top, given)
        return [line for check in includes.CHECKS for line in check(tree)]


class Tap:
    def __init__(self):
        self.count = self.bad = 0

    def test(self, good, what, shown=()):
        self.count += 1
        self.bad += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {what}")
        for line in () if good else shown:
            print(f"# {line}")

    def found(self, lines, part, what):
        self.test(any(part in line for line in lines), what, lines or ["no finding"])


def test_includes(tap):
    clean = findings(GOOD, rows())
    tap.test(clean == [], "a good tree has no finding", clean)
    helpers = {
        "lib/base/buf.h": '#include "lib/base/err.h"\n',
        "recorder/cast.h": "",
        "broker/session/feed.h": "",
    }
    for what, path, text, part in BROKEN:
        tap.found(findings({**GOOD, **helpers, path: text}, rows()), part, what)


def test_tables(tap):
    """A row is believed where it is needed, and found where it is not."""
    pair = ("broker/identity", "broker/vault")
    beside = {**GOOD, "broker/vault/key.h": "",
              "broker/identity/who.h": '#include "broker/vault/key.h"\n'}
    given = rows()
    given.ALLOWED = {pair: "a reason"}
    tap.test(findings(beside, given) == [], "an allowed pair of rooms is allowed")
    tap.found(findings(GOOD, given), "any more", "a pair that is not needed is a finding")

    given = rows()
    given.CYCLES = {("lib/base/buf", "lib/base/err"): "a reason"}
    ring = {**GOOD, "lib/base/buf.h": '#include "lib/base/err.h"\n',
            "lib/base/err.h": '#include "lib/base/buf.h"\n'}
    tap.test(findings(ring, given) == [], "a cycle of the table is allowed")
    tap.found(findings(GOOD, given), "no such cycle", "a cycle that is gone is a finding")

    given = rows()
    given.COVERED = {"policies/pack": ("tests/policies/test_rule.c", "a reason")}
    more = {**GOOD, "policies/pack.c": ""}
    tap.test(findings(more, given) == [], "a module may be covered by another's test")
    tap.found(findings({**more, "tests/policies/test_pack.c": ""}, given),
              "has its own test now", "until it has its own")
    tap.found(findings(GOOD, given), "no module", "a row of no module is a finding")
    given.COVERED = {"policies/pack": ("tests/policies/test_gone.c", "a reason")}
    tap.found(findings(more, given), "is not there", "a row of no test is a finding")


def compiler():
    return shlex.split(os.environ.get("CC", "cc"))


def build(top, parts, linked, flags=()):
    """Compile parts in their rooms; link those named in linked into the front."""
    write(top, parts)
    objects = {}
    for name in parts:
        objects[name] = os.path.join(top, name[:-2] + ".o")
        subprocess.run(compiler() + ["-c", "-o", objects[name], os.path.join(top, name)],
                       check=True)
    subprocess.run(compiler() + ["-o", os.path.join(top, "broker/front/broker-front")]
                   + [objects[n] for n in linked] + list(flags), check=True)


def link_findings(linked, flags=(), after=None, allowed="broker/front lib/base"):
    parts = {n: t for n, t in GOOD.items() if n.endswith(".c") and not n.startswith("tests/")}
    parts = {n: "\n".join(l for l in t.split("\n") if not l.startswith("#"))
             for n, t in parts.items()}
    given = rows(PROGRAMS={"broker/front/broker-front": (allowed, "ssh")})
    with tempfile.TemporaryDirectory() as top:
        build(top, parts, linked, flags)
        if after:
            after(top)
        made = links.Build(top, given)
        return [line for check in links.CHECKS for line in check(made)]


def test_links(tap):
    main, relay = "broker/front/main.c", "broker/front/relay.c"
    held = [main, relay, "lib/base/err.c"]
    clean = link_findings(held)
    tap.test(clean == [], "a program of its own rooms has no finding", clean)
    tap.found(link_findings(held + ["policies/rule.c"]), "rule_x is of policies",
              "an object of a room that the row lacks")
    tap.found(link_findings(held, ["-Wl,--no-as-needed", "-lcrypto"]), "needs libcrypto",
              "a library that the row lacks")
    tap.found(link_findings(held, ["-s"]), "stripped", "a program without symbols")

    def rename(top):
        os.rename(f"{top}/broker/front/broker-front", f"{top}/broker/front/other")
    lines = link_findings(held, after=rename)
    tap.found(lines, "broker-front: not built", "a program that is missing")
    tap.found(lines, "other: not in the table", "a program that no row names")


def test_report(tap):
    """What is found reaches the output and the answer."""
    with tempfile.TemporaryDirectory() as top:
        write(top, {**GOOD, "lib/base/err.c": '#include "policies/rule.h"\n'})
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            good = rooms.check_all(top, None, rows())
        lines = out.getvalue().splitlines()
        tap.test(not good and any(l.startswith("not ok 4 ") for l in lines),
                 "a finding is a failed test", lines)
    with tempfile.TemporaryDirectory() as top:
        with contextlib.redirect_stdout(io.StringIO()):
            good = rooms.check_all(top, None, rows())
        tap.test(not good, "an empty tree is no good tree")


def main():
    tap = Tap()
    for part in (test_includes, test_tables, test_links, test_report):
        part(tap)
    print(f"1..{tap.count}")
    return 1 if tap.bad else 0


if __name__ == "__main__":
    sys.exit(main())
