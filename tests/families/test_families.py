#!/usr/bin/python3
"""No line of any family is let through, and every honest one is: by `broker policy decide`,
which asks the engine that brokerd asks."""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from families import all_lines  # noqa: E402

BROKER = os.path.join(os.environ.get("top_builddir", "."), "broker/cli/broker")
LEAST_EVASIONS, LEAST_HONEST = 1600, 300


def decide(lines):
    """The answers by number, in one run."""
    asked = "".join(json.dumps({"id": n, "path": path, "line": text}) + "\n" for n, (_, path, text, _) in enumerate(lines))
    r = subprocess.run([BROKER, "policy", "decide", "--policy", os.path.join(HERE, "policy.yaml"), "--as", "agent-7"],
                       input=asked.encode(), stdout=subprocess.PIPE, timeout=240, check=False)
    answers = {}
    for row in r.stdout.decode().splitlines():
        o = json.loads(row)
        answers[o["id"]] = o
    return r.returncode, answers


def main():
    lines = list(dict.fromkeys(all_lines()))
    status, answers = decide(lines)
    families = list(dict.fromkeys(row[0] for row in lines))
    print("1..%d" % (len(families) + 2))
    bad = 0
    for n, family in enumerate(families, 1):
        rows = [(k, r) for k, r in enumerate(lines) if r[0] == family]
        wrong = [(k, r) for k, r in rows if k not in answers or (answers[k]["verdict"] == "allow") != (r[3] == "allow")]
        print("%s %d - %s: %d lines" % ("not ok" if wrong else "ok", n, family, len(rows)))
        for k, r in wrong[:int(os.environ.get("SHOW", "20"))]:
            print("#  %r: %s" % (r[2], answers.get(k, "no answer")))
        bad += bool(wrong)
    evasions = sum(r[3] != "allow" for r in lines)
    enough = evasions >= LEAST_EVASIONS and len(lines) - evasions >= LEAST_HONEST
    print("%s %d - %d evasions and %d honest lines" % ("ok" if enough else "not ok", len(families) + 1, evasions, len(lines) - evasions))
    print("%s %d - it ended with %d, an answer for each" % ("ok" if status == 0 and len(answers) == len(lines) else "not ok", len(families) + 2, status))
    return 1 if bad or not enough or status != 0 or len(answers) != len(lines) else 0


if __name__ == "__main__":
    sys.exit(main())
