#!/bin/sh
# Approvals fought over in a thousand rounds, and the keeper killed at every one of its
# calls that change something (`make check`: in some, and at some of them).
TEST_ROUNDS=1000 TEST_STEP=1 exec "$top_builddir/tests/keeper/test_approved"
