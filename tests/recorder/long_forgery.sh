#!/bin/sh
# Three bits of each byte of a recording flipped (`make check`: one bit a byte).
BROKER_LONG=1 exec "$top_builddir/tests/recorder/test_forgery"
