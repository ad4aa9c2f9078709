#!/usr/bin/python3
"""Options in full, cut short, twice and joined: of all services.  TAP."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import edges  # noqa: E402

sys.exit(edges.main([], edges.SHORTENED))
