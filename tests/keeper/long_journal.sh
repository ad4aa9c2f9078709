#!/bin/sh
# The keeper killed at every one of its calls that change something (`make check`: at
# some of them).
TEST_STEP=1 exec "$top_builddir/tests/keeper/test_journal"
