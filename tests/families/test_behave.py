#!/usr/bin/python3
"""Some random commands that are let through, run by the real programs.  TAP."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import behave  # noqa: E402

sys.exit(behave.main(160, 20261121))
