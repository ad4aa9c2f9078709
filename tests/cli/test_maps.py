#!/usr/bin/python3
"""The pages for developers name files, messages, events, tests and chores that exist."""

import glob
import os
import re
import sys

SOURCE = os.environ.get("top_srcdir", ".")
PAGES = ("README.md", "ARCHITECTURE.md", "HACKING.md", "SECURITY.md")
# Planned, or made by a build.
ELSEWHERE = {"broker/target", "recorder/mask", "recorder/log"}
count = failed = 0


def check(what, bad):
    """One test: passes when bad is empty."""
    global count, failed
    count += 1
    failed += bool(bad)
    print(f"{'not ok' if bad else 'ok'} {count} - {what}")
    if bad:
        print(f"# {sorted(bad)}")


def read(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8") as f:
        return f.read()


def quoted(page):
    return set(re.findall(r"`([^`\n]+)`", page))


def exists(path):
    return bool(glob.glob(os.path.join(SOURCE, path)))


def files(name):
    """Paths below a folder of ours that do not exist."""
    tops = "lib|policies|recorder|broker|replay|tests|man|build-aux"
    paths = {q.rstrip("/") for q in quoted(read(name)) if re.fullmatch(rf"({tops})/[\w./*-]+", q)}
    # ROOM, NAME and MODULE stand for any; what proofs() looks at is no path from the top.
    named = {p for p in paths if not re.search(r"[A-Z]{4}|^\w+/test_\w+$", p)}
    named = {p for p in named if not exists(f"tests/{p}")}
    return {p for p in named - ELSEWHERE if not exists(p)}


def messages():
    told = set(re.findall(r"`([A-Z_]+)`", read("ARCHITECTURE.md")))
    names = set(re.findall(r"^\tMSG_([A-Z_]+)", read("lib/wire/msg.h"), re.M)) - {"COUNT"}
    check("ARCHITECTURE.md has each message", names - told)
    rows = re.findall(r"^\| (`[A-Z].*?) \|.*→|^\| (`[A-Z].*?) \|.*↔", read("ARCHITECTURE.md"), re.M)
    in_table = set(re.findall(r"`([A-Z_]+)`", " ".join(a + b for a, b in rows)))
    check("ARCHITECTURE.md has no other message in its table", in_table - names)


def tables():
    told = quoted(read("ARCHITECTURE.md"))
    names = set(re.findall(r"^CREATE TABLE (\w+)", read("broker/store/schema.sql"), re.M))
    check("ARCHITECTURE.md has each table of the store", names - told)


def rooms():
    floors = re.findall(r'"([a-z/]+)": \d', read("tests/rooms/table.py"))
    there = {room for room in floors if exists(room)}
    check("ARCHITECTURE.md has each room", {r for r in there if r not in read("ARCHITECTURE.md")})


def chores():
    text = "".join(read(p) for p in ["tests/Makefile.inc", "tests/fuzz/Makefile.inc",
                                     "tests/rooms/Makefile.inc"])
    made = set(" ".join(re.findall(r"^\.PHONY: (.*)$", text, re.M)).split()) - {"sanitize-build"}
    told = set(re.findall(r"`make ([a-z]+)", read("HACKING.md")))
    check("HACKING.md has each chore", made - told)
    check("HACKING.md has no other chore", told - made - {"check", "distcheck", "tests"})


def proofs():
    """Test files, and names of tests, in the last column of SECURITY.md's table."""
    table = read("SECURITY.md").split("| attack |")[1].split("\n\n")[0]
    missing = set()
    for row in table.strip().split("\n")[2:]:
        room, text = "", ""
        for word in re.findall(r"`[^`]+`|\b[a-z]+(?:_[a-z0-9]+){2,}\b", row.split("|")[3]):
            if word[0] != "`":
                if word not in text:
                    missing.add(word)
                continue
            word = word.strip("`")
            if not re.match(r"[a-z]+/|test_", word):
                continue
            room = word.split("/")[0] if "/" in word else room
            path = f"tests/{word if '/' in word else f'{room}/{word}'}"
            path += "" if re.search(r"\.\w+$", path) else ".c"
            if exists(path):
                text = read(path)
            else:
                missing.add(path)
    check("SECURITY.md names tests that exist", missing)


def modes():
    run = re.compile(r"^(?:SCRIPTS_CHECK|WALK|WALKS|LONG)\b.*=(.*(?:\\\n.*)*)", re.M)
    names = set()
    for folder, _, there in os.walk(os.path.join(SOURCE, "tests")):
        if "Makefile.inc" in there:
            with open(os.path.join(folder, "Makefile.inc"), encoding="utf-8") as f:
                for words in run.findall(f.read()):
                    names.update(re.findall(r"tests/\S+\.(?:sh|py)\b", words))
    assert len(names) > 40, names
    check("what is run may be executed",
          {n for n in names if not os.access(os.path.join(SOURCE, n), os.X_OK)})


def main():
    modes()
    for name in PAGES:
        check(f"{name} names files that exist", files(name))
    messages()
    tables()
    rooms()
    chores()
    proofs()
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
