#!/usr/bin/python3
"""The sample and the families of cases, through `broker mask filter --jsonl`, and 2 MB of
text without secrets.  long_corpus.sh has more of each."""

import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import chunks  # noqa: E402
import clean  # noqa: E402
import families  # noqa: E402
import judge  # noqa: E402

SOURCE = os.path.abspath(os.environ.get("top_srcdir", "."))
BUILD = os.path.abspath(os.environ.get("top_builddir", "."))
BROKER = os.path.join(BUILD, "broker/cli/broker")
SAMPLE = os.path.join(SOURCE, "tests/vectors/masking-sample.jsonl")
VARIANTS = int(os.environ.get("MASK_VARIANTS", "4"))
SEED = os.environ.get("MASK_SEED", "1")
WAYS = int(os.environ.get("MASK_WAYS", "2"))
CLEAN = int(os.environ.get("MASK_CLEAN", "2"))  # MB
count = failed = 0


def check(what, wrong):
    """One test: passes when wrong is empty."""
    global count, failed
    count += 1
    failed += bool(wrong)
    print(f"{'not ok' if wrong else 'ok'} {count} - {what}", flush=True)
    for text in wrong[:5]:
        print("# " + str(text)[:1500])


def tell(bad):
    return [f"{c['id']}: {'; '.join(wrong)}: {b''.join(judge.pieces(c))[:400]!r} became {out[:400]!r}"
            for c, out, wrong in bad]


def main():
    sample = judge.read(SAMPLE)
    bad = judge.judge_all(BROKER, sample)
    for c in sample:
        check(f"sample {c['id']}", tell([b for b in bad if b[0]["id"] == c["id"]]))

    cases = list(families.make(SEED, VARIANTS))
    check("each case demands something",
          [f"{c['id']}: {w}" for c in (cases if VARIANTS < 8 else cases[::8]) for w in judge.sound(c)])
    bad = judge.judge_all(BROKER, cases)
    for name in dict.fromkeys(c["family"] for c in cases):
        check(f"family {name}", tell([b for b in bad if b[0]["family"] == name]))

    few = sample + (cases if VARIANTS > 4 else cases[::4])
    check(f"the same in any chunks: {len(few)} cases, byte by byte and {WAYS} at random",
          chunks.differ(BROKER, few, WAYS, SEED))

    with tempfile.TemporaryDirectory(prefix="test_corpus.") as folder:
        path = os.path.join(folder, "clean")
        with open(path, "wb") as f:
            size = clean.write_small(f, CLEAN << 20, SOURCE)
        check(f"{size >> 20} MB without secrets stay as they are",
              [json.dumps(x) for x in clean.masked(BROKER, path)])
    print(f"1..{count}")
    return 1 if failed else 0


sys.exit(main())
