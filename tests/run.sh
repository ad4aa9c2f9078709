#!/bin/sh
# Run test programs one after the other and count what they say in TAP ("ok …",
# "not ok …").  A program that dies, times out, says nothing, or announces more
# tests than it ran counts as a failure.  The last line is "N passed, N failed".
#
# usage: tests/run.sh PROGRAM…     (relative to $top_builddir or $top_srcdir)
: "${top_srcdir:=.}" "${top_builddir:=.}" "${TEST_TIMEOUT:=300}"
export top_srcdir top_builddir
export CMOCKA_MESSAGE_OUTPUT=TAP
passed=0 failed=0
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
for t in "$@"; do
	if [ -x "$top_builddir/$t" ]; then p=$top_builddir/$t; else p=$top_srcdir/$t; fi
	timeout -k 10 "$TEST_TIMEOUT" "$p" >"$out" 2>&1 </dev/null
	status=$?
	good=$(grep -c '^ok ' "$out")
	bad=$(grep '^not ok ' "$out" | grep -vc '# SKIP')
	planned=$(sed -n 's/^1\.\.\([0-9][0-9]*\).*/\1/p' "$out" | awk '{n += $1} END {print n + 0}')
	# cmocka 1.1.5 calls what it skips "not ok".
	skipped=$(grep -c '^not ok .*# SKIP' "$out")
	if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ $((good + skipped)) -eq 0 ] ||
	    [ $((good + skipped)) -lt "$planned" ]; }; then
		bad=1
		echo "not ok - $t ended with status $status after $good of $planned tests"
	fi
	if [ "$bad" -ne 0 ]; then
		echo "--- $t"
		cat "$out"
		echo "---"
	fi
	skipped=$((skipped + $(grep -c '^ok .*# SKIP' "$out")))
	echo "$t: $good ok, $bad not ok$([ "$skipped" -gt 0 ] && echo ", $skipped skipped")"
	passed=$((passed + good))
	failed=$((failed + bad))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
