#!/usr/bin/python3
"""Many random commands that are let through, run by the real programs: LINES, SEED.  TAP."""
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import behave  # noqa: E402

sys.exit(behave.main(int(os.environ.get("LINES", "6000")), int(os.environ.get("SEED", str(int(time.time()))))))
