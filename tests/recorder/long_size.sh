#!/bin/sh
# A recording of 1 GB (`make check`: of 20 MB): jumps, the rate of the proof, memory.
BROKER_LONG=1 exec "$top_builddir/tests/recorder/test_size"
