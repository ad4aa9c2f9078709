#!/usr/bin/python3
"""What came of the holds of a walk: the store and AWS's log must tell one story.

usage: races_look.py FOLDER

Reads FOLDER/races.json: a list of holds, each with "hold" (its id), "key" (of the object
that it deletes), "race", "runs" (exit statuses of those who would use it) and, where
somebody decided on it, "yes" and "no" (theirs).  FOLDER is a walk's; its broker has ended.
Prints a TAP line for each race, without a plan.
"""

import collections
import json
import os
import sqlite3
import sys

STATES = {1: "pending", 2: "approved", 3: "denied", 4: "expired", 5: "cancelled", 6: "spent"}
FINAL = {"denied", "expired", "cancelled", "spent"}
# What must not have happened for a hold to end so.
BEFORE = {"pending": {"approved"}, "denied": {"approved"}, "spent": set(),
          "approved": set(), "expired": set(), "cancelled": set()}


def stories(db):
    """What happened to each hold, in order."""
    told = collections.defaultdict(list)
    for kind, detail in db.execute("SELECT kind, detail FROM events ORDER BY seq"):
        said = json.loads(detail) if detail else {}
        if kind.startswith("hold.") and isinstance(said, dict):
            told[said.get("hold") or said.get("id")].append(kind[5:])
    return told


def deleted(path):
    """How often AWS was asked to delete each object."""
    count = collections.Counter()
    with open(path, encoding="utf-8") as f:
        for line in f:
            row = json.loads(line)
            if row.get("operation") == "DeleteObject":
                count[row["resource"]] += 1
    return count


def faults(hold, state, story, calls):
    """What is wrong with one: a sentence each."""
    ends = [s for s in story if s in FINAL]
    ran = [s for s in hold["runs"] if s == 0]
    if len(ends) > 1 or (ends and (ends != story[-1:] or ends[0] != state)):
        yield "it ended as %s, and is %s" % (ends, state)
    if not ends and state in FINAL:
        yield "nobody was told that it is " + state
    if BEFORE[state] & set(story):
        yield "it was approved and is " + state
    if state == "spent" and story.count("approved") != 1:
        yield "spent, and approved %d times" % story.count("approved")
    if calls > (state == "spent"):
        yield "%s, and AWS was asked %d times" % (state, calls)
    if len(ran) > (state == "spent"):
        yield "%s, and %d were told that it ran" % (state, len(ran))
    if ran and calls != 1:
        yield "somebody was told that it ran, and AWS was asked %d times" % calls
    if "yes" in hold and (hold["yes"] == 0) != ("approved" in story):
        yield "who approved it got %d" % hold["yes"]
    if "no" in hold and (hold["no"] == 0) != ("denied" in story):
        yield "who denied it got %d" % hold["no"]
    if -99 in hold["runs"]:
        yield "a caller was left hanging"


def main():
    top = sys.argv[1]
    db = sqlite3.connect("file:%s?mode=ro" % os.path.join(
        top, "root/var/lib/broker/broker.db"), uri=True)
    states = {i: STATES[s] for i, s in db.execute("SELECT id, state FROM holds")}
    told, calls = stories(db), deleted(os.path.join(top, "aws/requests.log"))
    with open(os.path.join(top, "races.json"), encoding="ascii") as f:
        holds = json.load(f)
    found, ends = collections.defaultdict(list), collections.defaultdict(collections.Counter)
    for h in holds:
        state = states[h["hold"]]
        ends[h["race"]][state] += 1
        found[h["race"]] += [(h, told[h["hold"]], text) for text in faults(
            h, state, told[h["hold"]], calls["logs/" + h["key"]])]
    for race, how in ends.items():
        for h, story, text in found[race][:10]:
            print("# %s: %s (%s)" % (h, text, " ".join(story)))
        print("%sok - %s: one outcome of each of %d (%s)" % (
            "not " if found[race] else "", race, sum(how.values()),
            ", ".join("%d %s" % (n, s) for s, n in sorted(how.items()))))
    alien = set(states) - {h["hold"] for h in holds}
    print("%sok - and there are no others" % ("not " if alien else ""))
    wanted = {"logs/" + h["key"] for h in holds}
    print("%sok - nor was anything else deleted" % ("not " if set(calls) - wanted else ""))


if __name__ == "__main__":
    main()
