#!/usr/bin/python3
"""The aws reader beside the CLI's own parser: the first half of the lines.  TAP."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import difference  # noqa: E402

sys.exit(difference.main(range(0, 1300), 1000))
