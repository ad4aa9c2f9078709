#!/usr/bin/python3
"""Cases in other chunks: what comes out without pauses must not depend on them.

usage: chunks.py [--ways N] [--seed N] [--halves] BROKER [FILE …]     cases as JSON Lines
"""

import base64
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import judge  # noqa: E402

BATCH = 4000
HALVES = 2048  # bytes of an input that is parted at each place


def as_case(name, parts, like):
    c = {"id": name, "enc": "b64", "input": [base64.b64encode(p).decode() for p in parts]}
    if "policy" in like:
        c["policy"] = like["policy"]
    return c


def cut(data, at):
    return [data[a:b] for a, b in zip([0, *at], [*at, len(data)])]


def ways(c, n, r, halves):
    """Its input in one piece, byte by byte, and n times at random; or in all pairs of two."""
    data = b"".join(judge.pieces(c))
    yield as_case(f"{c['id']} whole", [data], c)
    yield as_case(f"{c['id']} bytes", cut(data, range(1, len(data))), c)
    for i in range(n):
        few = min(len(data) - 1, r.choice([1, 2, 3, 8, 30, 100]))
        yield as_case(f"{c['id']} random {i}", cut(data, sorted(r.sample(range(1, len(data)), few))) if few > 0 else [data], c)
    for i in range(1, len(data)) if halves and len(data) <= HALVES else ():
        yield as_case(f"{c['id']} at {i}", cut(data, [i]), c)


def differ(broker, cases, n, seed, halves=False):
    """Sentences on those that came out in another way than in one piece."""
    r, out, batch, first = random.Random(f"chunks/{seed}"), [], [], None

    def run():
        nonlocal first
        for c, (got, _) in zip(batch, judge.outputs(broker, batch)):
            if c["id"].endswith(" whole"):
                first = got
            elif got != first:
                at = next((i for i, (x, y) in enumerate(zip(got, first)) if x != y), min(len(got), len(first)))
                out.append(f"{c['id']}: differs from byte {at}: {got[max(0, at - 40):at + 60]!r}, "
                           f"whole {first[max(0, at - 40):at + 60]!r}")
        batch.clear()

    for c in cases:
        for way in ways(c, n, r, halves):
            batch.append(way)
            if len(batch) >= BATCH:
                run()
    run()
    return out


def main():
    words, n, seed, halves = sys.argv[1:], 8, "1", False
    while words and words[0].startswith("--"):
        if words[0] == "--halves":
            halves = True
            words = words[1:]
            continue
        n = int(words[1]) if words[0] == "--ways" else n
        seed = words[1] if words[0] == "--seed" else seed
        words = words[2:]
    if len(words) < 2:
        sys.exit(__doc__)
    cases = [c for path in words[1:] for c in judge.read(path)]
    bad = differ(words[0], cases, n, seed, halves)
    print("\n".join(bad[:50]))
    print(f"{len(cases)} cases, {len(bad)} ways differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
