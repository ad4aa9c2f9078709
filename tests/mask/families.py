#!/usr/bin/python3
"""Families of cases for masking, in the format of vectors/masking-sample.jsonl.  All
follows from the seed.

usage: families.py [--seed N] [--variants N] [FAMILY …]     cases, as JSON Lines
"""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import families_aws  # noqa: E402,F401
import families_clean  # noqa: E402,F401
import families_stream  # noqa: E402,F401
import families_text  # noqa: E402,F401
import made  # noqa: E402
from casekit import FAMILIES  # noqa: E402


def make(seed=1, variants=16, only=None):
    """All cases, each with an id, its family and its class."""
    for name, cls, times, f in FAMILIES:
        if only and name not in only:
            continue
        m, n = made.Made(f"{seed}/{name}"), 0
        for _ in range(max(1, round(variants * times)) if name != "vendor-each" else max(1, variants // 4)):
            got = f(m)
            for c in got if isinstance(got, list) else [got]:
                yield {"id": f"{name}-{n:04}", "class": cls, "family": name, **c}
                n += 1


def main():
    words, seed, variants = sys.argv[1:], 1, 16
    while words and words[0].startswith("--"):
        if words[0] == "--seed":
            seed = words[1]
        elif words[0] == "--variants":
            variants = int(words[1])
        else:
            sys.exit(__doc__)
        words = words[2:]
    for c in make(seed, variants, words):
        print(json.dumps(c))


if __name__ == "__main__":
    main()
