#!/bin/sh
# The differential test with many lines and a seed of today.  SHELLS_LINES and
# SHELLS_SEED choose others.
: "${top_srcdir:=.}" "${top_builddir:=.}"
export top_srcdir top_builddir
seed=${SHELLS_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
exec "$top_srcdir/tests/shells/differ.py" "${SHELLS_LINES:-100000}" "$seed"
