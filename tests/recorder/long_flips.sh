#!/bin/sh
# Every bit of the sample recording flipped, one at a time (`make check`: one bit a byte).
BROKER_LONG=1 exec "$top_builddir/tests/recorder/test_proof"
