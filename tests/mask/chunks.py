#!/usr/bin/python3
"""Cases in other chunks: what comes out without pauses must not depend on them.

usage: chunks.py [--ways N] [--seed N] [--halves] [--text] BROKER FILE …
       FILE has cases as JSON Lines, or with --text is one text
"""

import base64
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import judge  # noqa: E402

BATCH = 16 << 20  # bytes of inputs
PIECE = 1 << 18  # bytes of a text that are a case
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
        few = min(len(data) - 1, r.choice([1, 2, 3, 8, 30, 100, len(data) // 64]))
        yield as_case(f"{c['id']} random {i}", cut(data, sorted(r.sample(range(1, len(data)), few))) if few > 0 else [data], c)
    for i in range(1, len(data)) if halves and len(data) <= HALVES else ():
        yield as_case(f"{c['id']} at {i}", cut(data, [i]), c)


def differ(broker, cases, n, seed, halves=False):
    """Sentences on those that came out in another way than in one piece."""
    r, out, batch, first, size = random.Random(f"chunks/{seed}"), [], [], None, 0

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
            size += sum(map(len, way["input"]))
            if size >= BATCH:
                run()
                size = 0
    run()
    return out


def pieces_of(path):
    """A text as cases."""
    with open(path, "rb") as f:
        while data := f.read(PIECE):
            yield as_case(f"{os.path.basename(path)}+{f.tell() - len(data)}", [data], {})


def main():
    words, n, seed, flags = sys.argv[1:], 8, "1", set()
    while words and words[0].startswith("--"):
        if words[0] in ("--halves", "--text"):
            flags.add(words[0])
            words = words[1:]
            continue
        n = int(words[1]) if words[0] == "--ways" else n
        seed = words[1] if words[0] == "--seed" else seed
        words = words[2:]
    if len(words) < 2:
        sys.exit(__doc__)
    read = pieces_of if "--text" in flags else judge.read
    bad = differ(words[0], (c for path in words[1:] for c in read(path)), n, seed, "--halves" in flags)
    print("\n".join(bad[:50]))
    print(f"{len(bad)} ways differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
