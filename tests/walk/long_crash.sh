#!/bin/sh
# crash.sh, with each write met in all three ways.
export CRASH_HOW=3
exec sh "${top_srcdir:-.}/tests/walk/crash.sh"
