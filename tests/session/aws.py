#!/usr/bin/python3
"""The AWS of test_ontarget: nodes that run real commands, and an answer a line.

Says "PORT CA" first.  A line "faults JSON" sets what goes wrong from the next session on,
"calls OPERATION" is answered with their number."""
import json
import os
import sys

TOP = os.environ.get("top_srcdir", ".")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, "tests/target"))
from bed import Standin  # noqa: E402

with Standin({2: {"kms_key": "arn:aws:kms:eu-west-1:111122223333:key/1234"}}) as bed:
    print(bed.port, bed.ca, flush=True)
    for line in sys.stdin:
        what, rest = line.rstrip("\n").split(" ", 1)
        if what == "faults":
            bed.faults(**json.loads(rest))
            print("set", flush=True)
        else:
            print(len(bed.calls(rest)), flush=True)
