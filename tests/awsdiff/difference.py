"""The whole comparison: lines are made, read, run and compared; TAP comes out."""
import collections
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TOP = os.environ.get("top_builddir", ".")
READER = os.path.join(TOP, "tests/awsdiff/reader")
SEED = "broker"
BODY = 1 << 20  # longer ones are streams, which the gate does not read

import cli  # noqa: E402  (takes the environment away first)
import compare  # noqa: E402
import lines  # noqa: E402
import reasons  # noqa: E402


def ask(rows):
    """What the reader's program says of each."""
    feed = "".join(json.dumps(row) + "\n" for row in rows).encode()
    out = subprocess.run([READER], input=feed, stdout=subprocess.PIPE, timeout=600,
                         check=True)
    answers = [json.loads(line) for line in out.stdout.decode().splitlines()]
    assert len(answers) == len(rows)
    return answers


class Difference:
    def __init__(self):
        self.cli = cli.Cli()
        self.folder = tempfile.mkdtemp(prefix="awsdiff.")
        self.lines, self.readings, self.runs = [], [], []
        self.findings = []  # (line, what, text)

    def close(self):
        shutil.rmtree(self.folder)

    def make(self, numbers):
        source = lines.Lines(self.cli.driver, SEED)
        self.lines = [source.at(i) for i in numbers]
        self.readings = ask([line.row() for line in self.lines])

    def accepted(self):
        return [(line, reading) for line, reading in zip(self.lines, self.readings)
                if reading["status"] == 0]

    def words(self, line, reading):
        """What the command gets, with its files in a folder of ours."""
        path = os.path.join(self.folder, "in")
        if reading["file_in"]:
            with open(path, "wb") as f:
                f.write(line.stdin)
        words = []
        for word in reading["child"][1:]:
            if reading["file_out"] and word == "/tmp/out":
                word = os.path.join(self.folder, "out")
            if reading["file_in"] and word.endswith("/tmp/in"):
                word = word[:-len("/tmp/in")] + path
            words.append(word)
        return words

    def run(self, line, reading):
        answers = cli.Answers(cli.LARGE if line.large else cli.SMALL, line.tags,
                              line.fails)
        stdin = line.stdin if reading["takes_stdin"] else b""
        return self.cli.run(self.words(line, reading), answers, stdin)

    def run_all(self):
        some = self.accepted()
        self.runs = [self.run(line, reading) for line, reading in some]
        rows = [dict(line.row(), sent=[
            [call.head.hex(), call.body.hex() if len(call.body) <= BODY else ""]
            for call in run.calls]) for (line, _), run in zip(some, self.runs)]
        for (line, reading), run, answer in zip(some, self.runs, ask(rows)):
            self.findings += [(line, what, text) for what, text in
                              compare.compare(reading, run, answer["sent"])]

    def judge(self):
        """Findings without a reason; those with one are counted."""
        left, excused = [], collections.Counter()
        for line, what, text in self.findings:
            why = reasons.why(what, text)
            if why is None:
                left.append((line, what, text))
            else:
                excused[why] += 1
        return left, excused

    def report(self):
        left, excused = self.judge()
        sent = sum(1 for run in self.runs if run.calls)
        requests = sum(len(run.calls) for run in self.runs)
        print("# %d lines: %d refused, %d accepted, %d of them sent %d requests; "
              "%d differ" % (len(self.lines), len(self.lines) - len(self.runs),
                             len(self.runs), sent, requests, len(left)))
        for why, n in sorted(excused.items()):
            print("# %d times: %s" % (n, why))
        for line, what, text in left:
            print("# %s: %s: %s" % (what, text[:300], json.dumps(line.row())[:700]))
        return left, sent


def altered(reading):
    """Readings that are wrong by one thing."""
    call = reading["calls"][0]
    free = set(call["own"].split()) | set(call["harmless"])
    yield dict(reading, calls=[dict(call, operation=call["operation"] + "X")])
    for i, member in enumerate(call["members"]):
        rest = call["members"][:i] + call["members"][i + 1:]
        tops = {compare.top(m[0]) for m in rest}
        if compare.top(member[0]) not in tops | free:
            yield dict(reading, calls=[dict(call, members=rest)])
        if len(member) > 1:
            wrong = [member[0], member[1] + "x"]
            yield dict(reading, calls=[dict(call, members=rest + [wrong])])
    yield dict(reading, calls=[dict(call, members=call["members"] + [["X", "x"]])])


def unnoticed(d):
    """Of those that went out, altered, how many the comparison lets pass; of all."""
    passed = every = 0
    for (_, reading), run in zip(d.accepted(), d.runs):
        if reading["operation"] in compare.HIGH or not run.calls:
            continue
        for wrong in altered(reading):
            every += 1
            try:
                compare.find_call(wrong, run.calls[0])
                passed += 1
                print("# unnoticed: %s" % json.dumps(wrong["calls"])[:500])
            except compare.Finding:
                pass
    return passed, every


def main(numbers, least):
    """Lines of these numbers; at least so many that go as far as the wire."""
    if cli.awscli is None:
        print("1..0 # SKIP no aws command line interface of version 2")
        return 0
    # Whoever runs out of time leaves nothing behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    d = Difference()
    try:
        d.make(numbers)
        d.run_all()
        print("1..3")
        left, sent = d.report()
        passed, every = unnoticed(d)
    finally:
        d.close()
    print("%sok 1 - %d lines reached the wire" % ("" if sent >= least else "not ", sent))
    print("%sok 2 - the reader said what they do" % ("not " if left else ""))
    print("%sok 3 - %d wrong readings are noticed" %
          ("not " if passed or every < least else "", every))
    return 1 if left or sent < least or passed or every < least else 0
