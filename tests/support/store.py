#!/usr/bin/python3
"""Look into a broker's store from outside, for walks.

usage: store.py DATABASE holds            a line a hold: ID STATE
       store.py DATABASE story HOLD       KIND:WHO of its events, in order, in one line
       store.py DATABASE details KIND     what events of that kind say: a JSON object each
       store.py DATABASE kinds            the kind of each event, in order, a line each
       store.py DATABASE chain            "whole N" when each event proves the one before
       store.py DATABASE attack           what an editor of the file may not do: a line
                                          each, "refused" or "done"
attack works on a copy.
"""

import hashlib
import json
import shutil
import sqlite3
import struct
import sys

STATES = {1: "pending", 2: "approved", 3: "denied", 4: "expired", 5: "cancelled", 6: "spent"}
ATTACKS = [
    "UPDATE events SET detail = '{}' WHERE seq = 1",
    "UPDATE events SET seq = seq + 1000",
    "DELETE FROM events",
    "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)",
    "INSERT OR REPLACE INTO events SELECT seq, at_ms, 'x', identity, sid, rule, detail, h "
    "FROM events WHERE seq = 1",
    "INSERT INTO events SELECT seq + 5000, at_ms, kind, identity, sid, rule, detail, h "
    "FROM events WHERE seq = 1",
    "DELETE FROM holds",
    "UPDATE holds SET state = 2 WHERE state > 2",
    "UPDATE holds SET digest = zeroblob(32)",
    "UPDATE holds SET identity = 'x'",
    "UPDATE holds SET until_ms = until_ms + 1",
    "DELETE FROM votes",
    "UPDATE votes SET by = 'x'",
]


def text(value):
    raw = value if isinstance(value, bytes) else value.encode()
    return struct.pack(">I", len(raw)) + raw


def chain(db):
    prev, want = bytes(32), 1
    rows = db.execute("SELECT seq, at_ms, kind, identity, sid, rule, detail, h "
                      "FROM events ORDER BY seq")
    for seq, at, kind, identity, sid, rule, detail, h in rows:
        said = hashlib.sha256(
            b"broker-event/1\0" + prev + struct.pack(">QQ", seq, at) + text(kind)
            + text(identity) + text(sid) + text(rule) + text(detail)).digest()
        if seq != want or said != h:
            return "broken at %d" % seq
        prev, want = h, want + 1
    return "whole %d" % (want - 1)


def story(db, hold):
    words = []
    rows = db.execute("SELECT kind, identity, detail FROM events ORDER BY seq")
    for kind, identity, detail in rows:
        said = json.loads(detail) if detail else {}
        if isinstance(said, dict) and hold in (said.get("hold"), said.get("id")):
            words.append(kind + ":" + identity)
    return " ".join(words)


def attack(path):
    shutil.copy(path, path + ".attacked")
    db = sqlite3.connect(path + ".attacked", isolation_level=None)
    for line in ATTACKS:
        try:
            touched = db.execute(line).rowcount
            yield "done" if touched else "nothing to attack: " + line
        except sqlite3.Error:
            yield "refused"
    yield chain(db)


def main():
    path, what = sys.argv[1:3]
    if what == "attack":
        print("\n".join(attack(path)))
        return
    db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    if what == "holds":
        for hold, state in db.execute("SELECT id, state FROM holds ORDER BY at_ms"):
            print(hold, STATES[state])
    elif what == "story":
        print(story(db, sys.argv[3]))
    elif what == "kinds":
        for kind, in db.execute("SELECT kind FROM events ORDER BY seq"):
            print(kind)
    elif what == "details":
        for detail, in db.execute("SELECT detail FROM events WHERE kind = ? ORDER BY seq",
                                  sys.argv[3:4]):
            print(detail)
    else:
        print(chain(db))


if __name__ == "__main__":
    main()
