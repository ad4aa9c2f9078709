#!/bin/sh
# crash_keeper.sh, with each change of the disk.
export CRASH_STEP=1
exec sh "${top_srcdir:-.}/tests/walk/crash_keeper.sh"
